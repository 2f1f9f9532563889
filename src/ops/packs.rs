//! Artifact packs as files in a folder: one for each log, named like it.

use crate::model::Pack;
use crate::output::triage;
use crate::system::files::{self, Purpose};
use anyhow::{Context, Result};
use std::collections::HashSet;
use std::path::Path;

/// A longer name of a log is cut: file systems take 255 bytes.
const MAX_NAME: usize = 100;

/// Write the packs. The folder is made where there is none.
///
/// # Errors
/// The folder cannot be made or written to.
pub fn write(folder: &Path, packs: &[Pack]) -> Result<()> {
    files::make_folder(folder).with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    let mut taken = HashSet::new();
    for pack in packs {
        let stem = stem(&pack.log);
        let numbered = (2..).map(|number| format!("{stem}-{number}"));
        let name = std::iter::once(stem.clone()).chain(numbered).find(|name| !taken.contains(name)).unwrap_or_default();
        let path = folder.join(format!("{name}.pack.json"));
        taken.insert(name);
        let bytes = triage::file(pack)?;
        files::write(&path, &bytes, Purpose::Data).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
}

/// The last part of a log's name without its ending, in characters that mean nothing to a shell.
fn stem(log: &str) -> String {
    let name = log.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = [".gz", ".zst", ".log", ".txt"].iter().fold(name, |name, end| name.strip_suffix(end).unwrap_or(name));
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
    let name: String = name.chars().map(plain).take(MAX_NAME).collect();
    match name.trim_matches(['.', '-', '_']) {
        "" => "log".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_is_named_like_its_log() {
        for (log, want) in [
            ("-", "log"),
            ("", "log"),
            ("build.log", "build"),
            ("out/job 7.log.gz", "job_7"),
            ("C:\\ci\\job.txt", "job"),
            ("../..", "log"),
            (".hidden", "hidden"),
            ("a\n;rm.log", "a__rm"),
            ("ü.log", "log"),
        ] {
            assert_eq!(stem(log), want, "{log:?}");
        }
        assert_eq!(stem(&"x".repeat(500)).len(), MAX_NAME);
    }
}
