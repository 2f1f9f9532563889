//! Verdicts: reviewers' texts and files are read, one verdict comes of them.

mod papers;

pub use papers::{SUMMARY_VARIABLE, append_summary, summary_file, write_comment};

use crate::model::{Panel, Review};
use crate::system::{files, streams};
use crate::verdict::{input, merge, parse};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// More than any reviewer writes.
const MAX_SIZE: u64 = 16 << 20;

/// Read a reviewer's free text; `-` is standard input.
///
/// # Errors
/// It cannot be read.
pub fn parse_file(path: &Path, about: &parse::About) -> Result<Review> {
    let text = match path == Path::new("-") {
        true => streams::read_stdin_up_to(MAX_SIZE)?,
        false => files::read_regular_up_to(MAX_SIZE, path)
            .and_then(|text| text.context("there is no such file"))
            .with_context(|| path.display().to_string())?,
    };
    Ok(parse::parse(&text, about))
}

/// Read reviewers' answers and merge them.
///
/// # Errors
/// None so far: what cannot be read is a reviewer who did not run.
pub fn merge_files(paths: &[PathBuf], required: &[String]) -> Result<Panel> {
    let mut reviews = Vec::new();
    for path in paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let bytes = files::read_regular_up_to(MAX_SIZE, path)?.unwrap_or_default();
        reviews.extend(input::read(&bytes, &name));
    }
    Ok(merge::merge(reviews, required))
}
