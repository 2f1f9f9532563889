//! Verdicts: reviewers' texts and files are read, one verdict comes of them. Secrets stay behind.
//!
//! What cannot be read is a reviewer that did not review, never an error: a file that is not there may be that of a reviewer that was
//! killed before it could write one.

mod papers;

pub use papers::{SUMMARY_VARIABLE, append_summary, summary_file, write_comment};

use crate::model::{Panel, Review};
use crate::system::{files, streams};
use crate::triage::redact;
use crate::verdict::{input::Answers, merge, parse};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// More than any reviewer writes.
const MAX_SIZE: u64 = 16 << 20;

/// Read a reviewer's free text; `-` is standard input.
///
/// # Errors
/// Standard input cannot be read.
pub fn parse_file(path: &Path, about: &parse::About) -> Result<Review> {
    let mut about = about.clone();
    let text = match is_stdin(path) {
        true => Ok(streams::read_stdin_up_to(MAX_SIZE)?),
        false => read(path),
    };
    if !is_stdin(path) && about.agent.is_none() {
        about.agent = Some(stem(path));
    }
    let mut review = parse::parse(text.as_deref().unwrap_or_default(), &about);
    if let Err(error) = text {
        review.reason = Some(format!("{} could not be read: {error:#}", path.display()));
    }
    without_secrets(&mut review);
    Ok(review)
}

/// Read reviewers' answers and merge them. A folder stands for the `.json` and `.jsonl` files in it and in the folders right below,
/// which is how artifacts arrive.
///
/// # Errors
/// Standard input cannot be read.
pub fn merge_files(paths: &[PathBuf], required: &[String]) -> Result<Panel> {
    let mut answers = Answers::default();
    for path in paths {
        match is_stdin(path) {
            true => answers.add(&streams::read_stdin_up_to(MAX_SIZE)?, "stdin"),
            false if path.is_dir() => {
                for (file, name) in answers_below(path) {
                    add(&mut answers, &file, &name);
                }
            }
            false => add(&mut answers, path, &stem(path)),
        }
    }
    let mut ballots = answers.finish();
    ballots.iter_mut().flat_map(|ballot| &mut ballot.reviews).for_each(without_secrets);
    Ok(merge::tally(ballots, required))
}

fn add(answers: &mut Answers, path: &Path, name: &str) {
    match read(path) {
        Ok(bytes) => answers.add(&bytes, name),
        Err(error) => answers.fail(name, format!("{} could not be read: {error:#}", path.display())),
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    files::read_regular_up_to(MAX_SIZE, path)?.context("there is no such file")
}

/// The files with answers in a folder and right below it, sorted, with the names of their reviewers where they say none.
fn answers_below(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for name in files::names(folder) {
        let path = folder.join(&name);
        if !path.is_dir() {
            found.extend(is_answer(&path).then(|| (path.clone(), stem(&path))));
            continue;
        }
        for file in files::names(&path).iter().map(|file| path.join(file)).filter(|file| is_answer(file)) {
            let name = format!("{}/{}", name.display(), stem(&file));
            found.push((file, name));
        }
    }
    found
}

fn is_answer(path: &Path) -> bool {
    let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let ending = path.extension().unwrap_or_default();
    !is_hidden && (ending.eq_ignore_ascii_case("json") || ending.eq_ignore_ascii_case("jsonl"))
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// From here on, no text of a reviewer has a secret in it. Names stay: they are compared with those that are required.
fn without_secrets(review: &mut Review) {
    let clean = |text: &mut String| *text = redact::text(text);
    clean(&mut review.message);
    review.reason.iter_mut().for_each(clean);
    for finding in &mut review.findings {
        clean(&mut finding.message);
        finding.path.iter_mut().chain(&mut finding.rule).chain(&mut finding.severity).for_each(clean);
    }
}
