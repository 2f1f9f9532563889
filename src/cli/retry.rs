//! `retry`: typed words become a plan, the command's exit code becomes ours.

use super::args::{self, FlakyResult, RetryScan};
use super::exit::ExitStatus;
use crate::model::{End, Ending, RetryRun, shell_word};
use crate::ops::retry::{self, Happening, Machine, Request};
use crate::output::retry as output;
use crate::retry::course::Plan;
use crate::retry::judge::Rules;
use crate::system::attempt::Runner;
use crate::system::terminal;

pub(super) fn run(args: args::Retry) -> ExitStatus {
    let words: Vec<String> = args.command.iter().map(|word| shell_word(word.as_encoded_bytes())).collect();
    let flat = |given: Vec<args::Conditions>| given.into_iter().flat_map(|one| one.0).collect();
    let request = Request {
        name: args.name,
        command: words.join(" "),
        plan: Plan {
            max_retries: args.max_retries,
            delay: args.delay,
            max_delay: args.max_delay,
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
    let mut machine = Machine::new(Runner::new(args.command));
    let run = retry::run(&request, &mut machine, &mut |happening| {
        terminal::stderr(|out| match happening {
            Happening::Again { attempt, .. } => {
                let of = request.plan.max_retries.saturating_add(1);
                output::again(attempt, of, request.name.as_deref(), output::Style::Human, out)
            }
            Happening::Over { run, .. } => output::over(run, output::Style::Human, out),
        });
    });
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
