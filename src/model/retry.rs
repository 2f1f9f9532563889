//! A command that is run again while the infrastructure fails it: how each attempt ended, whose business that was, and why
//! there was no further one.

use super::Moment;
use std::time::Duration;

/// Whose business a failure is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FailureType {
    /// There is none.
    #[default]
    None,
    /// The infrastructure's: it says nothing about anybody's work.
    Infra,
    /// The work's.
    CodeQuality,
}

impl FailureType {
    /// All of them.
    pub const ALL: [FailureType; 3] = [FailureType::None, FailureType::Infra, FailureType::CodeQuality];

    /// The word in files and output.
    pub fn id(self) -> &'static str {
        match self {
            FailureType::None => "NONE",
            FailureType::Infra => "INFRA",
            FailureType::CodeQuality => "CODE_QUALITY",
        }
    }

    /// The type of that name, in whatever letter case.
    pub fn from_id(id: &str) -> Option<FailureType> {
        FailureType::ALL.into_iter().find(|kind| kind.id().eq_ignore_ascii_case(id))
    }
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With this exit code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// We ended it: an attempt's time, or the time of all of them, was over.
    TimedOut,
    /// There is no such command.
    NotFound,
    /// It may not be run.
    NotPermitted,
    /// It could not be started for a reason of the machine's: no memory, no processes left.
    NotStarted,
}

impl Ending {
    /// As an exit code, the way shells and `timeout` have it: 128 and the signal's number, 124, 127, 126.
    pub fn code(self) -> i32 {
        match self {
            Ending::Code(code) => code,
            Ending::Signal(signal) => 128 + signal,
            Ending::TimedOut => 124,
            Ending::NotFound => 127,
            Ending::NotPermitted | Ending::NotStarted => 126,
        }
    }
}

/// What is kept of a stream: its end, and how much there was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tail {
    /// The last bytes.
    pub bytes: Vec<u8>,
    /// How many there were in all.
    pub total: u64,
    /// Whether any of them all was more than white space.
    pub has_text: bool,
}

/// Why an attempt counts as what it counts. The first ones are signs of the infrastructure, the later ones speak against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// Exit code 0.
    Passed,
    /// Its time was over (`--timeout`).
    Timeout,
    /// An exit code that stands for a time limit or a kill: 124, 137, 143.
    ExitCode,
    /// A signal from outside ended it.
    Signal,
    /// Exit code 1, and not a word.
    Silent,
    /// Exit code 0, and not a word, although output was required.
    NoOutput,
    /// A line of a transient failure among its last ones.
    Transient,
    /// The machine could not start it.
    NotStarted,
    /// The caller named it (`--retry-on`).
    Asked,
    /// It did its part, but what it wrote could not be written where it belongs.
    Undelivered,
    /// Nothing looks like the infrastructure.
    Failed,
    /// The caller excluded it (`--never-on`).
    Excluded,
    /// It gave a verdict: it has done its work.
    Verdict,
    /// A test failed.
    Test,
    /// A compiler, type checker or linter refused something.
    Compiler,
    /// Credentials are wrong: they are no better the next time.
    Auth,
    /// There is no such command.
    NotFound,
    /// A right is missing.
    Permission,
    /// The job's own time limit is named: there is no time for another attempt.
    JobLimit,
    /// Somebody cancelled it.
    Cancelled,
    /// Its own signal: a crash.
    Crash,
}

impl Why {
    /// All of them.
    pub const ALL: [Why; 21] = [
        Why::Passed,
        Why::Timeout,
        Why::ExitCode,
        Why::Signal,
        Why::Silent,
        Why::NoOutput,
        Why::Transient,
        Why::NotStarted,
        Why::Asked,
        Why::Undelivered,
        Why::Failed,
        Why::Excluded,
        Why::Verdict,
        Why::Test,
        Why::Compiler,
        Why::Auth,
        Why::NotFound,
        Why::Permission,
        Why::JobLimit,
        Why::Cancelled,
        Why::Crash,
    ];

    /// The word in files and output.
    pub fn id(self) -> &'static str {
        match self {
            Why::Passed => "passed",
            Why::Timeout => "timeout",
            Why::ExitCode => "exit_code",
            Why::Signal => "signal",
            Why::Silent => "silent",
            Why::NoOutput => "no_output",
            Why::Transient => "transient",
            Why::NotStarted => "not_started",
            Why::Asked => "asked",
            Why::Undelivered => "undelivered",
            Why::Failed => "failed",
            Why::Excluded => "excluded",
            Why::Verdict => "verdict",
            Why::Test => "test",
            Why::Compiler => "compiler",
            Why::Auth => "auth",
            Why::NotFound => "not_found",
            Why::Permission => "permission",
            Why::JobLimit => "job_limit",
            Why::Cancelled => "cancelled",
            Why::Crash => "crash",
        }
    }

    /// Whose business that is.
    pub fn failure(self) -> FailureType {
        match self {
            Why::Passed => FailureType::None,
            Why::Timeout
            | Why::ExitCode
            | Why::Signal
            | Why::Silent
            | Why::NoOutput
            | Why::Transient
            | Why::NotStarted
            | Why::Asked
            | Why::Undelivered => FailureType::Infra,
            Why::Failed
            | Why::Excluded
            | Why::Verdict
            | Why::Test
            | Why::Compiler
            | Why::Auth
            | Why::NotFound
            | Why::Permission
            | Why::JobLimit
            | Why::Cancelled
            | Why::Crash => FailureType::CodeQuality,
        }
    }
}

/// What an attempt was found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Why it counts as what it counts.
    pub why: Why,
    /// The row of the signature table, or the caller's own condition, that says so.
    pub pattern: Option<String>,
    /// The line that it stands in; without secrets, not escaped for any reader yet.
    pub line: Option<String>,
    /// A server asks for patience, for as long as it says or as is usual.
    pub is_quota: bool,
    /// How long the server asks to wait.
    pub told: Option<Duration>,
}

impl Judgement {
    /// Nothing more is known.
    pub fn of(why: Why) -> Judgement {
        Judgement { why, pattern: None, line: None, is_quota: false, told: None }
    }
}

/// Who chose how long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitBy {
    /// The options, or what stands for them.
    Schedule,
    /// The server named it.
    Server,
    /// A quota is spent and nobody said for how long: longer than for an ordinary network failure.
    Quota,
}

impl WaitBy {
    /// The word in files and output.
    pub fn id(self) -> &'static str {
        match self {
            WaitBy::Schedule => "schedule",
            WaitBy::Server => "server",
            WaitBy::Quota => "quota",
        }
    }
}

/// A pause between two attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// How long.
    pub length: Duration,
    /// By whose word.
    pub by: WaitBy,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Which, from 1.
    pub number: u32,
    /// When it began.
    pub started: Moment,
    /// How long it took.
    pub took: Duration,
    /// How it ended.
    pub ending: Ending,
    /// What that means.
    pub judgement: Judgement,
    /// The pause after it, where another attempt followed or was meant to.
    pub wait: Option<Wait>,
}

/// Why there was no further attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The last one passed.
    Passed,
    /// Its failure is no infrastructure's: the next would fail as well.
    NotInfra,
    /// All retries are used.
    RetriesUsed,
    /// The next one would begin after the deadline.
    Deadline {
        /// The pause that it would have taken.
        wait: Duration,
        /// What was left.
        left: Duration,
    },
    /// The server asks for more patience than anybody has.
    AsksTooMuch(Duration),
    /// Its input is gone: standard input was larger than what is kept of it.
    InputGone,
    /// Its output has no place to go: the disk is full, say.
    OutputGone,
    /// Somebody stopped us, by this signal.
    Stopped(i32),
}

impl End {
    /// The word in files and output.
    pub fn id(self) -> &'static str {
        match self {
            End::Passed => "passed",
            End::NotInfra => "not_infra",
            End::RetriesUsed => "retries_used",
            End::Deadline { .. } => "deadline",
            End::AsksTooMuch(_) => "asks_too_much",
            End::InputGone => "input_gone",
            End::OutputGone => "output_gone",
            End::Stopped(_) => "stopped",
        }
    }
}

/// All attempts of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryRun {
    /// What the caller calls it.
    pub name: Option<String>,
    /// The command, for people: quoted for a shell, without secrets.
    pub command: String,
    /// The attempts, the first one first; never empty.
    pub attempts: Vec<Attempt>,
    /// Why there was no further one.
    pub end: End,
    /// Whose business the failure is that is left.
    pub failure: FailureType,
    /// The exit code that the caller gets.
    pub exit_code: i32,
}

impl RetryRun {
    /// How many attempts there were beside the first.
    pub fn retry_count(&self) -> u32 {
        u32::try_from(self.attempts.len()).unwrap_or(u32::MAX).saturating_sub(1)
    }

    /// Whether it passed, but not at once.
    pub fn is_flaky(&self) -> bool {
        self.end == End::Passed && self.attempts.len() > 1
    }
}
