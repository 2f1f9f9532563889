//! `verdict parse` and `verdict merge`.

use super::args::{self, MergeFormat, ParseFormat};
use super::audit;
use super::commands::{complain, lost};
use super::exit::ExitStatus;
use crate::model::{FailureType, Panel};
use crate::ops::verdict::{self, Merged};
use crate::output::verdict::{self as output, Format};
use crate::system::terminal;
use crate::triage::redact;
use crate::verdict::parse::About;
use std::path::{Path, PathBuf};

pub(super) fn run_parse(args: args::VerdictParse) -> ExitStatus {
    let about = About {
        agent: args.agent,
        exit_code: args.exit_code,
        retry_count: args.retry_count,
        failure: args.failure_type.map(FailureType::from),
    };
    let review = verdict::parse_file(&args.file, &about);
    let arrived = terminal::stdout(|out| output::review(&review, args.format == ParseFormat::Json, out));
    if arrived { ExitStatus::of_review(review.verdict) } else { lost() }
}

pub(super) fn run_merge(args: args::VerdictMerge) -> ExitStatus {
    let Merged { panel, too_deep } = verdict::merge_files(&args.files, &args.required);
    for path in too_deep {
        complain(&redact::text(&format!(
            "{} is not read: a folder is read no deeper than the folders right below it. Name the file, or the folder that it is in.",
            path.display()
        )));
    }
    let mut status = ExitStatus::of_panel(&panel, args.strict);
    if !leave_papers(&panel, args.comment.as_deref(), args.summary) && status == ExitStatus::Clean {
        // What was asked for is not there. That makes no fail anything else than a fail.
        status = ExitStatus::Undecided;
    }
    let arrived = terminal::stdout(|out| output::panel(&panel, args.format.into(), out));
    // The answer is out: whatever becomes of its record changes nothing of it.
    if !args.no_record {
        audit::warn(crate::ops::audit::merged(&panel));
    }
    if arrived { status } else { lost() }
}

/// The comment and the summary, as far as they are asked for; whether they are where they belong.
fn leave_papers(panel: &Panel, comment: Option<&Path>, summary: Option<Option<PathBuf>>) -> bool {
    let comment = comment.map(|path| verdict::write_comment(panel, path));
    let summary = summary.and_then(|named| match verdict::summary_file(named) {
        Some(path) => Some(verdict::append_summary(panel, &path)),
        None => {
            // Outside of CI there is nowhere to put it, and nothing is wrong with that.
            let why = format!("no summary: {} is not set; --summary=FILE names a file", verdict::SUMMARY_VARIABLE);
            terminal::stderr(|out| writeln!(out, "ci-guard: {why}"));
            None
        }
    });
    let mut all_there = true;
    for error in [comment, summary].into_iter().flatten().filter_map(Result::err) {
        complain(&format!("{error:#}"));
        all_there = false;
    }
    all_there
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
