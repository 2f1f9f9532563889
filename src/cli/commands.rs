//! One function a command: typed words become a use case's request, its answer becomes output and an exit code.

use super::args::{self, Cli, Color, Command, PolicyFormat};
use super::exit::ExitStatus;
use super::{agent, audit, install, patch, retry, triage, verdict};
use crate::model::visible;
use crate::ops::{check, hook, policy_source};
use crate::output::{self, Caller, Context, Format};
use crate::policy;
use crate::system::terminal;
use bstr::{BString, ByteVec};
use std::ffi::OsString;

pub(super) fn run(args: Cli) -> ExitStatus {
    match args.color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    // A panic is a fault with a reason like any other; its trace would only bury that.
    std::panic::set_hook(Box::new(|_| {}));
    if let Some(directory) = &args.directory
        && let Err(error) = std::env::set_current_dir(directory)
    {
        let reason = format!("cannot work in {}: {error}", directory.display());
        return agent::misused(std::env::args_os(), &reason).unwrap_or_else(|| complain(&reason));
    }
    match args.command {
        Command::Check(check) => run_check(check, args.verbose),
        Command::Patch(args::Patch::Check(check)) => patch::run_check(check, args.verbose),
        Command::Triage(triage) => triage::run_triage(*triage, args.verbose),
        Command::Decide(args) => triage::run_decide(args),
        Command::History(args) => audit::run_history(args),
        Command::Record(args::Record::Outcome(args)) => audit::run_record(*args),
        Command::Record(args::Record::Pending) => audit::run_pending(),
        Command::Judged(args) => audit::run_judged(&args),
        Command::Metrics(args) => audit::run_metrics(args),
        Command::Export(args) => audit::run_export(args),
        Command::Retry(retry) => retry::run(*retry, args.verbose),
        Command::Verdict(args::Verdict::Parse(args)) => verdict::run_parse(args),
        Command::Verdict(args::Verdict::Merge(args)) => verdict::run_merge(args),
        Command::Hook(hook) => run_hook(hook, args.verbose),
        Command::Install(args) => install::run_install(args),
        Command::Uninstall(args) => install::run_uninstall(args),
        Command::Doctor(args) => install::run_doctor(args),
        Command::Policy(policy) => run_policy(policy),
        Command::Completions { shell } => {
            terminal::stdout(|out| {
                clap_complete::generate(shell, &mut command(), "ci-guard", out);
                Ok(())
            });
            ExitStatus::Clean
        }
        Command::Man => {
            terminal::stdout(|out| clap_mangen::Man::new(command()).render(out));
            ExitStatus::Clean
        }
    }
}

fn run_check(args: args::Check, verbose: bool) -> ExitStatus {
    let subject = match (args.range, args.staged) {
        (Some(range), _) => check::Subject::Range(range),
        (None, true) => check::Subject::Index,
        (None, false) => check::Subject::Commit(args.rev.unwrap_or_else(|| "HEAD".to_owned())),
    };
    let request = check::Request { subject, base: args.base, branch: args.branch, all: args.all, policy: args.policy };
    let report = check::check(request.clone());
    let format = args.format.into();
    terminal::stdout(|out| output::write(&report, format, &Context { verbose, ..Context::default() }, out));
    // The answer is out: whatever becomes of its record changes nothing of it.
    audit::warn(crate::ops::audit::checked(&report, &request.subject, request.policy.as_deref()));
    ExitStatus::by_hand(report.verdict())
}

fn run_hook(args: args::Hook, verbose: bool) -> ExitStatus {
    let bytes = |text: OsString| Vec::from_os_string(text).ok().map(BString::from);
    let (report, caller) = match args {
        args::Hook::PrePush { remote, url, more: _ } => {
            let request = hook::PrePush { remote: remote.and_then(bytes), url: url.and_then(bytes) };
            (hook::pre_push(request), Caller::PrePush)
        }
        args::Hook::PreReceive { more: _ } => (hook::pre_receive(), Caller::PreReceive),
        args::Hook::Agent { agent, more: _ } => return agent::run_hook(agent.as_deref()),
    };
    // git hands both streams of a hook on; what is said about a push belongs beside git's own messages.
    let rerun = format!("ci-guard check {}", report.by_hand.as_deref().unwrap_or_default()).trim_end().to_owned();
    let context = Context { verbose, caller, rerun };
    terminal::stderr(|out| output::write(&report, Format::Human, &context, out));
    match caller {
        Caller::PrePush => ExitStatus::in_client_hook(report.verdict()),
        Caller::PreReceive | Caller::Hand => ExitStatus::by_hand(report.verdict()),
    }
}

impl From<args::Format> for Format {
    fn from(typed: args::Format) -> Format {
        match typed {
            args::Format::Human => Format::Human,
            args::Format::Json => Format::Json,
            args::Format::Jsonl => Format::Jsonl,
            args::Format::Sarif => Format::Sarif,
            args::Format::Github => Format::Github,
            args::Format::Markdown => Format::Markdown,
        }
    }
}

fn run_policy(args: args::Policy) -> ExitStatus {
    let (typed, format) = match args {
        args::Policy::Schema => {
            terminal::stdout(policy::schema::print);
            return ExitStatus::Clean;
        }
        args::Policy::Show { policy, format } => (policy, format),
    };
    let in_force = match policy_source::in_force_here(typed.as_deref()) {
        Ok(in_force) => in_force,
        Err(error) => return complain(&format!("{error:#}")),
    };
    let usable = in_force.used.error.is_none();
    terminal::stdout(|out| match format {
        PolicyFormat::Human => policy::show::human(out, &in_force.used, in_force.policy.as_ref()),
        PolicyFormat::Json => policy::show::json(out, &in_force.used, in_force.policy.as_ref()),
    });
    if usable { ExitStatus::Clean } else { ExitStatus::Undecided }
}

/// The answer was for a file, and did not get there.
pub(super) fn lost() -> ExitStatus {
    complain("the answer could not be written to standard output: is the disk full?")
}

/// Say on standard error why nothing was done.
pub(super) fn complain(reason: &str) -> ExitStatus {
    terminal::stderr(|out| writeln!(out, "ci-guard: {}", visible(reason)));
    ExitStatus::Undecided
}

fn command() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}
