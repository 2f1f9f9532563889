//! One arm a command: typed words become a use case's request, its answer becomes output and an exit code.

use super::args::Cli;
use super::exit::ExitStatus;

pub(super) fn run(args: Cli) -> ExitStatus {
    let _ = args;
    ExitStatus::Undecided
}
