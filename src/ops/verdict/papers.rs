//! Where a verdict is left for others: the file of a comment, the step summary.

use crate::model::Panel;
use crate::output::verdict as output;
use crate::system::env;
use crate::system::files::{self, Purpose};
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};

/// What names the file of the step summary: on GitHub, and on the forges that do as GitHub does.
pub const SUMMARY_VARIABLE: &str = "GITHUB_STEP_SUMMARY";

/// Write the comment, whole or not at all.
///
/// # Errors
/// It cannot be written there.
pub fn write_comment(panel: &Panel, path: &Path) -> Result<()> {
    let place = || format!("the comment cannot be written to {}", path.display());
    ensure!(path != Path::new("-"), "{}: it has to be a file, for standard output has the verdict", place());
    let mut comment = Vec::new();
    output::comment(panel, &mut comment).and_then(|()| files::write(path, &comment, Purpose::Data)).with_context(place)
}

/// The file that a summary belongs in: the one that was named, else the CI system's, where there is one.
pub fn summary_file(named: Option<PathBuf>) -> Option<PathBuf> {
    named.or_else(|| env::path(SUMMARY_VARIABLE))
}

/// Append the section of the step summary to what other steps have written.
///
/// # Errors
/// It cannot be written there.
pub fn append_summary(panel: &Panel, path: &Path) -> Result<()> {
    // What stands there may end in the middle of a table.
    let mut section = b"\n".to_vec();
    output::summary(panel, &mut section)
        .map_err(anyhow::Error::from)
        .and_then(|()| files::append(path, &section))
        .with_context(|| format!("the summary cannot be written to {}", path.display()))
}
