//! One arm a command: typed words become a use case's request, its answer becomes output and an exit code.

use super::args::{Cli, Command};
use super::exit::ExitStatus;
use super::install;

pub(super) fn run(args: Cli) -> ExitStatus {
    match &args.command {
        Command::Install(options) => install::run_install(&args, options),
        Command::Uninstall(options) => install::run_uninstall(&args, options),
        Command::Doctor(options) => install::run_doctor(&args, options),
        _ => ExitStatus::Undecided,
    }
}
