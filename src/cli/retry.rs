//! `retry`: typed words become a plan, the command's exit code becomes ours.

use super::args::{self, FlakyResult, RetryScan};
use super::exit::ExitStatus;
use crate::model::{End, Ending, RetryRun};
use crate::ops::audit::RetryRecorder;
use crate::ops::retry::{self, Machine, Request, told};
use crate::retry::course::Plan;
use crate::retry::judge::Rules;
use crate::system::attempt::Runner;
use crate::system::terminal;
use crate::triage::redact;

pub(super) fn run(args: args::Retry, is_verbose: bool) -> ExitStatus {
    let flat = |given: Vec<args::Conditions>| given.into_iter().flat_map(|one| one.0).collect();
    let request = Request {
        name: args.name.as_deref().map(redact::text),
        // Only the report shows it, and to look for secrets costs as much as to start.
        command: args.report.as_ref().map(|_| told::command(&args.command)).unwrap_or_default(),
        plan: Plan {
            max_retries: args.max_retries,
            delay: args.delay,
            max_delay: args.max_delay.unwrap_or_else(|| Plan::MAX_DELAY.max(args.delay.unwrap_or_default())),
            jitter: args.jitter,
            timeout: args.timeout,
            deadline: args.deadline,
            flaky_fails: args.flaky_result == FlakyResult::Fail,
        },
        rules: Rules {
            retry_on: flat(args.retry_on),
            never_on: flat(args.never_on),
            require_output: args.require_output,
            scan_stdout: args.scan == RetryScan::Both,
        },
    };
    // It gets ready while the command runs.
    let recorder = RetryRecorder::begin(!args.no_record);
    let mut machine = Machine::new(Runner::new(args.command));
    let mut words = told::Words::new(&request, told::Volume::of(args.quiet, is_verbose));
    let run = retry::run(&request, &mut machine, &mut |happening| terminal::stderr(|out| words.tell(happening, out)));
    // The command is over: whatever becomes of these changes nothing of it.
    let troubles = told::leave(&run, &request, args.report.as_deref()).into_iter().chain(recorder.keep(&run));
    troubles.for_each(|trouble| terminal::stderr(|out| words.warn(&trouble, out)));
    if let Some(signal) = unhandled(&run) {
        Runner::die_of(signal);
        return ExitStatus::OfCommand(u8::try_from(Ending::Signal(signal).code()).unwrap_or(1));
    }
    ExitStatus::OfCommand(u8::try_from(run.exit_code).unwrap_or(1))
}

/// The signal that nobody handled: not the command, which was ended by it, or there was none running. A shell that waits for us
/// has to see that end, or it goes on with its script after a Ctrl-C.
fn unhandled(run: &RetryRun) -> Option<i32> {
    let End::Stopped(signal) = run.end else { return None };
    let last = run.attempts.last()?;
    (last.ending == Ending::Signal(signal) || last.wait.is_some()).then_some(signal)
}
