//! The nouns of triage: what a red log was found to say, and what is to be done about it.

use std::time::Duration;

/// Who has to act on a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bucket {
    /// A change of files in the repository mends it.
    CodeRegression,
    /// A test that passes and fails on the same commit.
    FlakyTest,
    /// Network, registry, runner, disk: the same commit passes an hour later.
    InfraFault,
    /// Credentials, permissions, variables or settings outside of the repository.
    SecretOrConfig,
    /// The log does not say. It never triggers automation.
    Unknown,
}

impl Bucket {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Bucket; 5] =
        [Bucket::CodeRegression, Bucket::FlakyTest, Bucket::InfraFault, Bucket::SecretOrConfig, Bucket::Unknown];

    /// The word used in policies, packs and output.
    pub fn id(self) -> &'static str {
        match self {
            Bucket::CodeRegression => "code_regression",
            Bucket::FlakyTest => "flaky_test",
            Bucket::InfraFault => "infra_fault",
            Bucket::SecretOrConfig => "secret_or_config",
            Bucket::Unknown => "unknown",
        }
    }

    /// The bucket of that name.
    pub fn from_id(id: &str) -> Option<Bucket> {
        Bucket::ALL.into_iter().find(|bucket| bucket.id() == id)
    }
}

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Somebody, or an agent, writes a patch.
    OpenPatchLane,
    /// The failed jobs run again on the same commit.
    RerunSameSha,
    /// The same after a while.
    CooldownRetry,
    /// A person looks at it.
    Escalate,
}

impl Action {
    /// All of them.
    pub const ALL: [Action; 4] = [Action::OpenPatchLane, Action::RerunSameSha, Action::CooldownRetry, Action::Escalate];

    /// The word used in policies, packs and output.
    pub fn id(self) -> &'static str {
        match self {
            Action::OpenPatchLane => "open_patch_lane",
            Action::RerunSameSha => "rerun_same_sha",
            Action::CooldownRetry => "cooldown_retry",
            Action::Escalate => "escalate",
        }
    }

    /// The action of that name.
    pub fn from_id(id: &str) -> Option<Action> {
        Action::ALL.into_iter().find(|action| action.id() == id)
    }

    /// Whether it runs the same commit again.
    pub fn is_rerun(self) -> bool {
        matches!(self, Action::RerunSameSha | Action::CooldownRetry)
    }
}

/// An action with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextStep {
    /// What to do.
    pub action: Action,
    /// Why, in one sentence.
    pub reason: String,
    /// How long to wait before it.
    pub wait: Option<Duration>,
}

/// Lines of a log, counted from 1, both ends included. A line ends at LF.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineSpan {
    /// The first line.
    pub start: u64,
    /// The last line.
    pub end: u64,
}

/// A piece of the log, its lines cleaned and without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// Where it stands.
    pub span: LineSpan,
    /// One string for each line of the span.
    pub lines: Vec<String>,
}

/// A file of the repository that the failure names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Suspect {
    /// Its path from the root of the repository.
    pub path: String,
    /// The line in it, where the log names one.
    pub line: Option<u64>,
}

/// What makes two failures the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// Hash of tool, kind, identity, message and frames: `v1:` and 32 hexadecimal digits.
    pub fine: String,
    /// Hash of less, for a second look: the same form.
    pub coarse: String,
    /// The same for people: `go-test-fail:TestApply`.
    pub key: String,
    /// The text that was hashed, to make hashes of a later version from.
    pub sample: String,
    /// Whether it was made from something that names the failure, and not of its echo.
    pub confident: bool,
}

/// Which run of which job a log is of. What nobody said is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunContext {
    /// `owner/name`, as the forge spells it.
    pub repo: Option<String>,
    /// The run's number.
    pub run_id: Option<String>,
    /// Which attempt of that run, from 1.
    pub run_attempt: Option<u64>,
    /// The commit that was built.
    pub sha: Option<String>,
    /// The branch that was built.
    pub branch: Option<String>,
    /// The workflow or pipeline.
    pub workflow: Option<String>,
    /// The job.
    pub job: Option<String>,
    /// The step that failed.
    pub step: Option<String>,
    /// Where people look at the run.
    pub url: Option<String>,
    /// Where its artifacts are.
    pub artifacts: Option<String>,
}

impl RunContext {
    /// Fill the gaps from `other`.
    #[must_use]
    pub fn or(self, other: RunContext) -> RunContext {
        RunContext {
            repo: self.repo.or(other.repo),
            run_id: self.run_id.or(other.run_id),
            run_attempt: self.run_attempt.or(other.run_attempt),
            sha: self.sha.or(other.sha),
            branch: self.branch.or(other.branch),
            workflow: self.workflow.or(other.workflow),
            job: self.job.or(other.job),
            step: self.step.or(other.step),
            url: self.url.or(other.url),
            artifacts: self.artifacts.or(other.artifacts),
        }
    }
}

/// What is known of a fingerprint from earlier runs, this one included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// In how many runs; the jobs of one run count once.
    pub times: u64,
    /// In how many days from now back.
    pub days: u64,
    /// On how many branches.
    pub branches: u64,
    /// On how many commits.
    pub commits: u64,
    /// How many commits both had this failure and passed the same job.
    pub passed_on_same_commit: u64,
    /// How many of the branches have nothing to do with each other: a failure on all of them is nobody's change.
    pub unrelated: u64,
    /// How many reruns of this commit were decided on before, for this failure.
    pub retries_used: u64,
}

/// Everything that is handed on about one failure: schema `ci-guard/pack/v1`. It holds no secrets.
#[derive(Clone, Debug, PartialEq)]
pub struct Pack {
    /// The log as named on the command line.
    pub log: String,
    /// Which run.
    pub run: RunContext,
    /// Who has to act.
    pub bucket: Bucket,
    /// How sure that is, from 0 to 1.
    pub confidence: f64,
    /// Why this bucket.
    pub because: String,
    /// The failure's identity; `None` where nothing was found.
    pub fingerprint: Option<Fingerprint>,
    /// The first line of the failure, from 1.
    pub failure_line: Option<u64>,
    /// Its text.
    pub first_failure_line: Option<String>,
    /// At most 100 lines with the failure in them.
    pub excerpt: Option<Excerpt>,
    /// The lines that tell of the failure.
    pub evidence: Vec<LineSpan>,
    /// Names of the tests that failed.
    pub failing_tests: Vec<String>,
    /// Files of the repository that the failure names.
    pub suspects: Vec<Suspect>,
    /// The log says that the run was cancelled, or that a later one took its place.
    pub cancelled: bool,
    /// Another job of the same run failed for a reason that no rerun mends.
    pub others_need_more: bool,
    /// What to do.
    pub next: NextStep,
    /// What is known from earlier runs; `None` where no history was asked.
    pub seen: Option<Seen>,
}
