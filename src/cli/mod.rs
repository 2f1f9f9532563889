//! The command line: parse, hand over to a use case, print what it says, exit with its code.
//!
//! clap's types stop here. No judgement is made on this floor.

mod agent;
mod args;
mod audit;
mod commands;
mod exit;
mod install;
mod patch;
mod retry;
mod triage;
mod verdict;

pub use exit::ExitStatus;

use clap::Parser;
use std::process::ExitCode;

/// Run the program that was asked for on the command line.
pub fn main() -> ExitCode {
    let args = match args::Cli::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let text = error.to_string();
            let misused = || agent::misused(std::env::args_os(), text.lines().next().unwrap_or_default());
            return error.use_stderr().then(misused).flatten().unwrap_or_else(|| exit::usage(&error)).into();
        }
    };
    commands::run(args).into()
}
