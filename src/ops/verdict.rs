//! Verdicts: reviewers' texts and files are read, one verdict comes of them. Secrets stay behind.
//!
//! What cannot be read is a reviewer that did not review, never an error: a file that is not there may be that of a reviewer that was
//! killed before it could write one.

mod papers;

pub use papers::{SUMMARY_VARIABLE, append_summary, summary_file, write_comment};

use crate::model::{Panel, Review};
use crate::system::{files, streams};
use crate::triage::redact;
use crate::verdict::{input, merge, parse};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// More than any reviewer writes.
const MAX_SIZE: u64 = 16 << 20;

/// Read a reviewer's free text; `-` is standard input.
pub fn parse_file(path: &Path, about: &parse::About) -> Review {
    let mut about = about.clone();
    if !is_stdin(path) && about.agent.is_none() {
        about.agent = Some(stem(path));
    }
    let text = read(path);
    let mut review = parse::parse(text.as_deref().unwrap_or_default(), &about, redact::text);
    if let Err(error) = text {
        review.reason = Some(redact::text(&unread(path, &error)));
    }
    review
}

/// What a merge came to.
#[derive(Debug)]
pub struct Merged {
    /// What the reviewers come to.
    pub panel: Panel,
    /// A file that looks like an answer and lies too deep to be read: the first of each folder that was named.
    pub too_deep: Vec<PathBuf>,
}

/// Read reviewers' answers and merge them. A folder stands for the `.json` and `.jsonl` files in it and in the folders right below,
/// which is how artifacts arrive.
pub fn merge_files(paths: &[PathBuf], required: &[String]) -> Merged {
    let mut answers = input::Answers::new(redact::text);
    let mut too_deep = Vec::new();
    for path in paths {
        match is_stdin(path) {
            true => add(&mut answers, path, merge::STANDARD_INPUT),
            false if path.is_dir() => {
                for (file, name) in answers_below(path) {
                    add(&mut answers, &file, &name);
                }
                too_deep.extend(answer_deeper(path));
            }
            false => add(&mut answers, path, &stem(path)),
        }
    }
    // They are compared with names that have lost their secrets.
    let required: Vec<String> = required.iter().filter_map(|name| input::name(name, redact::text)).collect();
    Merged { panel: merge::tally(answers.finish(), &required), too_deep }
}

fn add(answers: &mut input::Answers, path: &Path, name: &str) {
    match read(path) {
        Ok(bytes) => answers.add(&bytes, name),
        Err(error) => answers.fail(name, unread(path, &error)),
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    match is_stdin(path) {
        true => streams::read_stdin_up_to(MAX_SIZE),
        false => files::read_regular_up_to(MAX_SIZE, path)?.context("there is no such file"),
    }
}

/// Why there is no text.
fn unread(path: &Path, error: &anyhow::Error) -> String {
    match is_stdin(path) {
        true => format!("{error:#}"),
        false => format!("{}: {error:#}", path.display()),
    }
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

/// A file that looks like an answer, deeper than those that are read. Nobody follows a link for it, nor looks through a whole disk.
fn answer_deeper(folder: &Path) -> Option<PathBuf> {
    const MOST_FOLDERS: usize = 1000;
    const DEEPEST: usize = 8;
    let mut folders = vec![(folder.to_owned(), 0)];
    let mut at = 0;
    while let Some((folder, depth)) = folders.get(at).cloned() {
        at += 1;
        for path in files::names(&folder).iter().map(|name| folder.join(name)) {
            if path.is_dir() {
                if depth < DEEPEST && folders.len() < MOST_FOLDERS && !path.is_symlink() {
                    folders.push((path, depth + 1));
                }
            } else if depth > 1 && is_answer(&path) {
                return Some(path);
            }
        }
    }
    None
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
