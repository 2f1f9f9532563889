//! `verdict parse` and `verdict merge`.

use super::args::{self, MergeFormat, ParseFormat};
use super::audit;
use super::commands::{complain, lost};
use super::exit::ExitStatus;
use crate::model::FailureType;
use crate::ops::verdict;
use crate::output::verdict::{self as output, Format};
use crate::system::terminal;
use crate::verdict::parse::About;

pub(super) fn run_parse(args: args::VerdictParse) -> ExitStatus {
    let about = About {
        agent: args.agent,
        exit_code: args.exit_code,
        retry_count: args.retry_count,
        failure: args.failure_type.map(FailureType::from),
    };
    match verdict::parse_file(&args.file, &about) {
        Ok(review) => {
            let arrived = terminal::stdout(|out| output::review(&review, args.format == ParseFormat::Json, out));
            if arrived { ExitStatus::of_review(review.verdict) } else { lost() }
        }
        Err(error) => complain(&format!("{error:#}")),
    }
}

pub(super) fn run_merge(args: args::VerdictMerge) -> ExitStatus {
    match verdict::merge_files(&args.files, &args.required) {
        Ok(panel) => {
            let arrived = terminal::stdout(|out| output::panel(&panel, args.format.into(), out));
            // The answer is out: whatever becomes of its record changes nothing of it.
            if !args.no_record {
                audit::warn(crate::ops::audit::merged(&panel));
            }
            if arrived { ExitStatus::of_panel(&panel, args.strict) } else { lost() }
        }
        Err(error) => complain(&format!("{error:#}")),
    }
}

impl From<MergeFormat> for Format {
    fn from(typed: MergeFormat) -> Format {
        match typed {
            MergeFormat::Human => Format::Human,
            MergeFormat::Json => Format::Json,
            MergeFormat::Junit => Format::Junit,
            MergeFormat::Sarif => Format::Sarif,
        }
    }
}

impl From<args::FailureType> for FailureType {
    fn from(typed: args::FailureType) -> FailureType {
        match typed {
            args::FailureType::None => FailureType::None,
            args::FailureType::Infra => FailureType::Infra,
            args::FailureType::CodeQuality => FailureType::CodeQuality,
        }
    }
}
