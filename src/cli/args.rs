//! What can be typed, and its help text.

mod agent;
mod audit;
mod retry;
mod verdict;

pub(super) use agent::AgentName;
pub(super) use audit::{Export, History, HistoryFormat, Judged, Metrics, MetricsFormat, Record, RecordOutcome};
pub(super) use retry::{Conditions, FlakyResult, Retry, Scan as RetryScan};
pub(super) use verdict::{FailureType, MergeFormat, ParseFormat, Verdict, VerdictMerge, VerdictParse};

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;

/// A git hook toolkit and merge guard.
///
/// No half-resolved merge, no merge from a branch that your policy does not name and no commits of
/// somebody else's branch leave this repository with a plain `git push`.
#[derive(Debug, Parser)]
#[command(name = "ci-guard", version, arg_required_else_help = true, after_help = EXIT_CODES)]
pub(super) struct Cli {
    /// Run as if started in this folder
    #[arg(short = 'C', global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub directory: Option<PathBuf>,
    /// Say more: what was judged even when all is well; of a red log also the reason, the tests, the files and an excerpt
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    pub color: Color,
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 clean, 1 blocked, 2 wrong usage or could not judge, 3 infrastructure failed (verdict), 4 needs approval (patch check).\nretry exits with its command's own code.";

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Color {
    /// On a terminal only
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Judge a commit, a range or the index by hand or in CI
    Check(Check),
    /// Judge a change before it lands: is it in scope, and who must approve it?
    #[command(subcommand)]
    Patch(Patch),
    /// Read red CI logs: what failed, whose business it is, and what to do next
    Triage(Box<Triage>),
    /// What to do about a failure that was triaged before: by its pack, the policy and the retries so far
    Decide(Decide),
    /// What failed again and again lately, and what flakes
    History(History),
    /// Tell the audit store what became of a failure or a patch
    #[command(subcommand)]
    Record(Record),
    /// Was the push of a commit judged by a hook, as far as the audit store knows?
    Judged(Judged),
    /// How well red runs are dealt with: first-fix rate, false fixes, recurrence, time to recovery, reruns
    Metrics(Metrics),
    /// Print the audit store's events as JSON lines, with OpenTelemetry's names
    Export(Export),
    /// Run a command, and run it again only when the infrastructure failed it
    Retry(Box<Retry>),
    /// Reviewers' verdicts: read one from free text, or merge several
    #[command(subcommand)]
    Verdict(Verdict),
    /// Judge a push; run by git with its own arguments and standard input
    #[command(subcommand)]
    Hook(Hook),
    /// Arm a repository: judge every push from it (or to it)
    Install(Install),
    /// Take the hook away again and put back what was there before
    Uninstall(Uninstall),
    /// Would a push from here be judged, by what, under which policy, and what bypasses it?
    Doctor(Doctor),
    /// The policy: its JSON Schema, or the one in force here
    #[command(subcommand)]
    Policy(Policy),
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page (roff)
    Man,
}

#[derive(Debug, Args)]
pub(super) struct Check {
    /// What to judge: a commit, branch or tag [default: HEAD]
    pub rev: Option<String>,
    /// What counts as already there: a ref or commit [default: the policy's base, else the remote's main branch]
    #[arg(long, value_name = "REF")]
    pub base: Option<String>,
    /// Judge what B adds over A (A...B: over their merge base)
    #[arg(long, value_name = "A..B", conflicts_with_all = ["rev", "base", "staged"])]
    pub range: Option<String>,
    /// The branch that is judged, where only its commit is checked out, as in CI: what the remote has of it is its own
    #[arg(long, value_name = "BRANCH", conflicts_with = "staged")]
    pub branch: Option<String>,
    /// Report every marker in the tree, also what the base already has
    #[arg(long)]
    pub all: bool,
    /// Judge what is staged for the next commit
    #[arg(long, conflicts_with = "rev")]
    pub staged: bool,
    /// Use this policy file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub policy: Option<PathBuf>,
    /// How to print the report
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    #[default]
    Human,
    /// One JSON object, which names its schema
    Json,
    /// JSON Lines: one object a finding, then a summary
    Jsonl,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// GitHub workflow commands, shown as annotations
    Github,
    /// A section of Markdown, for the comment on a pull request or a step summary
    Markdown,
}

#[derive(Debug, Subcommand)]
pub(super) enum Patch {
    /// Judge a patch file, or what a range of commits brings
    ///
    /// A patch is applied to a temporary index in the way git does it; nothing is written to the repository. The answer
    /// is made from what really changes, not from what the text claims. docs/patch-gate.md has the table of codes.
    #[command(after_help = PATCH_EXIT_CODES)]
    Check(PatchCheck),
}

const PATCH_EXIT_CODES: &str =
    "Exit codes: 0 in scope, 1 denied, 2 wrong usage or could not judge, 4 in scope but needs approval.";

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("subject").required(true).args(["file", "range"]))]
pub(super) struct PatchCheck {
    /// The patch, as git diff or git format-patch writes it; - for standard input
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,
    /// What the patch is to be applied to [default: HEAD]
    #[arg(long, value_name = "REV", conflicts_with = "range", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub onto: Option<String>,
    /// Judge what HEAD brings over its merge base with BASE
    #[arg(long, value_name = "BASE..HEAD")]
    pub range: Option<String>,
    /// The failed job that the change is to mend
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub job: Option<String>,
    /// How sure the author is, from 0 to 1
    #[arg(long, value_name = "0..1", value_parser = confidence)]
    pub confidence: Option<f64>,
    /// What the checks of the change say
    #[arg(long, value_name = "STATE", value_enum)]
    pub checks: Option<Checks>,
    /// Use this policy file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub policy: Option<PathBuf>,
    /// How to print the answer
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Checks {
    /// All well
    Green,
    /// Something failed
    Red,
    /// They have not run, or nobody knows
    Unknown,
}

/// A share, which neither infinity nor "not a number" is.
fn confidence(typed: &str) -> Result<f64, String> {
    let value: f64 = typed.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1.0).contains(&value) { Ok(value) } else { Err("not from 0 to 1".into()) }
}

#[derive(Debug, Subcommand)]
pub(super) enum Hook {
    /// git's pre-push: the refs to push on standard input
    PrePush {
        /// The remote's name, or its URL where it has none
        #[arg(allow_hyphen_values = true)]
        remote: Option<std::ffi::OsString>,
        /// The URL that is pushed to
        #[arg(allow_hyphen_values = true)]
        url: Option<std::ffi::OsString>,
        /// Arguments that a later git may add
        #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
        more: Vec<std::ffi::OsString>,
    },
    /// git's pre-receive: the refs that arrive on standard input
    PreReceive {
        /// Arguments that a later git may add
        #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
        more: Vec<std::ffi::OsString>,
    },
    /// A coding agent, before it uses a tool: its request as JSON on standard input
    ///
    /// Exit code 2 denies, with the reason on standard error; everything else is 0. docs/agents.md has more.
    Agent {
        /// Which agent asks [default: told by what it sends]
        // Any text: a name that this version does not know is no reason to exit with clap's 2, which denies.
        #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "", overrides_with = "agent")]
        agent: Option<String>,
        /// Arguments that a later installation may add
        #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
        more: Vec<std::ffi::OsString>,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum HookName {
    /// In a clone: judge what leaves
    #[default]
    PrePush,
    /// In a bare repository on a server: judge what arrives
    PreReceive,
}

#[derive(Debug, Args)]
pub(super) struct Install {
    /// The repository to arm; may be given several times [default: the one around the current folder]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub repo: Vec<PathBuf>,
    /// Arm every repository of this user, those that are made tomorrow too; none of them is touched. With --agent: the agents of this user
    #[arg(long, conflicts_with_all = ["repo", "policy", "hook"])]
    pub global: bool,
    /// Copy this policy into the repository's git folder, where pushes do not change it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub policy: Option<PathBuf>,
    /// Which hook to install
    #[arg(long, value_name = "HOOK", value_enum, default_value_t)]
    pub hook: HookName,
    /// Sit in the repository's configuration (git 2.54 and later): no other tool takes the name there, and agents that run git
    /// without its hook folders, as Gemini CLI does, run it
    #[arg(long, conflicts_with = "global")]
    pub configured: bool,
    /// Instead of a git hook: have these coding agents ask before they run a command or change a file
    #[arg(long, value_name = "NAME", value_enum, value_delimiter = ',', conflicts_with_all = ["policy", "hook", "configured"])]
    pub agent: Vec<AgentName>,
}

#[derive(Debug, Args)]
pub(super) struct Uninstall {
    /// The repository to disarm; may be given several times [default: the one around the current folder]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub repo: Vec<PathBuf>,
    /// Disarm what `install --global` armed; what single repositories have of their own stays. With --agent: the agents of this user
    #[arg(long, conflicts_with_all = ["repo", "hook"])]
    pub global: bool,
    /// Which hook to take away
    #[arg(long, value_name = "HOOK", value_enum, default_value_t)]
    pub hook: HookName,
    /// Instead of a git hook: take our entry out of these coding agents' configuration; auto: out of every agent's
    #[arg(long, value_name = "NAME", value_enum, value_delimiter = ',', conflicts_with = "hook")]
    pub agent: Vec<AgentName>,
}

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Examine every workspace below this folder instead: exit code 0 if a push from each would be judged
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub all: Option<PathBuf>,
    /// How to print the answer
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: DoctorFormat,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum DoctorFormat {
    /// For people
    #[default]
    Human,
    /// One JSON object, schema ci-guard/doctor/v1 (with --all: ci-guard/doctor-all/v1)
    Json,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum PolicyFormat {
    /// For people
    #[default]
    Human,
    /// One JSON object, schema ci-guard/policy/v1
    Json,
}

#[derive(Debug, Subcommand)]
pub(super) enum Policy {
    /// Print the JSON Schema of the policy file
    Schema,
    /// Print the policy in force here, and where it was read
    Show {
        /// Use this policy file
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        policy: Option<PathBuf>,
        /// How to print it
        #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
        format: PolicyFormat,
    },
}

const TRIAGE_NOTES: &str = "\
What is said of the run by flags wins over the variables of a CI job, and those over what the log says.
Exit codes: 0 every log was read, whatever was found; 2 wrong usage, or something could not be read.";

#[derive(Debug, Args)]
#[command(after_help = TRIAGE_NOTES)]
pub(super) struct Triage {
    /// Logs of failed jobs, plain, gzip or zstd; - for standard input
    #[arg(required = true, value_name = "LOG", value_hint = ValueHint::FilePath)]
    pub logs: Vec<PathBuf>,
    /// A log of the same job when it passed: what it says too is not the failure; may be given several times
    #[arg(long, value_name = "LOG", value_hint = ValueHint::FilePath)]
    pub passing: Vec<PathBuf>,
    /// How to print the answer
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: TriageFormat,
    /// Write each log's artifact pack into this folder, as NAME.pack.json
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub pack: Option<PathBuf>,
    /// Use this policy file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub policy: Option<PathBuf>,
    /// Neither ask the audit store nor write to it
    #[arg(long)]
    pub no_record: bool,
    #[command(flatten)]
    pub run: Run,
}

/// Which run the logs are of. What is not given is taken from the job's variables, then from the log.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Which run the log is of")]
pub(super) struct Run {
    /// The repository, as the forge spells it
    #[arg(long, value_name = "OWNER/NAME")]
    pub repo: Option<String>,
    /// The run's number
    #[arg(long, value_name = "N")]
    pub run_id: Option<String>,
    /// Which attempt of the run, from 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub run_attempt: Option<u64>,
    /// The commit's id
    #[arg(long, value_name = "COMMIT")]
    pub sha: Option<String>,
    /// The branch
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// The workflow or pipeline
    #[arg(long, value_name = "NAME")]
    pub workflow: Option<String>,
    /// The job
    #[arg(long, value_name = "NAME")]
    pub job: Option<String>,
    /// The step
    #[arg(long, value_name = "NAME")]
    pub step: Option<String>,
    /// Where the run can be looked at
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum TriageFormat {
    /// For people
    #[default]
    Human,
    /// The artifact pack, schema ci-guard/pack/v1; of several logs, a list of them
    Json,
    /// JSON Lines: one pack a line
    Jsonl,
    /// GitHub workflow commands, shown as annotations
    Github,
}

#[derive(Debug, Args)]
pub(super) struct Decide {
    /// The pack that ci-guard triage wrote; - for standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub pack: PathBuf,
    /// How many times the same commit ran again already [default: what the pack says]
    #[arg(long, value_name = "N")]
    pub retries_used: Option<u64>,
    /// Use this policy file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub policy: Option<PathBuf>,
    /// How to print the answer
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: DecideFormat,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum DecideFormat {
    /// For people
    #[default]
    Human,
    /// One JSON object, schema ci-guard/decision/v1
    Json,
}
