//! Patches that stand in a command line: the files that `apply_patch`, `patch` and `git apply` change.
//!
//! A patch in a file is not read.

use super::files::{change, changed};
use super::script::State;
use super::simple::{Run, Stream};
use crate::agent::patch;

/// How the names of a diff are read.
#[derive(Default)]
struct Options {
    /// How many folders are taken off.
    strip: Option<usize>,
    /// The folder that the names are below.
    folder: String,
    /// What is no option.
    plain: Vec<String>,
    /// Nothing is changed.
    idle: bool,
}

impl Options {
    /// Read the words behind a command; these one-letter options take a value.
    fn read(words: &[String], valued: &str) -> Options {
        let mut options = Options::default();
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            let (name, value) = match word.strip_prefix("--") {
                Some(long) => long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value))),
                None => match word.strip_prefix('-').and_then(|bundle| bundle.chars().next()) {
                    Some(letter) => {
                        let rest = &word[1 + letter.len_utf8()..];
                        (&word[1..1 + letter.len_utf8()], Some(rest).filter(|rest| !rest.is_empty()))
                    }
                    None => {
                        options.plain.push(word.to_owned());
                        continue;
                    }
                },
            };
            let takes = matches!(name, "strip" | "directory" | "input") || name.len() == 1 && valued.contains(name);
            let value = if takes { value.or_else(|| words.next()) } else { value };
            match name {
                "p" | "strip" => options.strip = value.and_then(|value| value.parse().ok()),
                "d" | "directory" => options.folder = value.unwrap_or_default().to_owned(),
                "i" | "input" | "check" | "stat" | "numstat" | "summary" | "dry-run" | "help" => options.idle = true,
                _ => {}
            }
        }
        options
    }
}

/// `apply_patch <<EOF`, `apply_patch TEXT`.
pub(super) fn apply_patch(run: &Run, state: &mut State) {
    let read = match &run.stdin {
        Stream::Known(text) => Some(&**text),
        _ => None,
    };
    for text in run.words[1..].iter().map(String::as_str).chain(read) {
        for path in patch::paths(text) {
            change(&path, true, "`apply_patch` on", state);
        }
    }
}

/// `patch -p1 <<EOF`, `patch FILE`.
pub(super) fn patch(run: &Run, state: &mut State) {
    let options = Options::read(&run.words[1..], "BDFgioprVxYz");
    match options.plain.first().filter(|_| !options.idle) {
        Some(file) => state.in_folder(&options.folder, |state| changed(file, "`patch` on", state)),
        None => diff(&options, run, "`patch` on", state),
    }
}

/// `git apply <<EOF`, `git am <<EOF`.
pub(super) fn git(subcommand: &str, rest: &[String], run: &Run, state: &mut State) {
    let options = Options::read(rest, "Cp");
    let strip = Some(options.strip.unwrap_or(1));
    diff(&Options { strip, ..options }, run, &format!("`git {subcommand}` on"), state);
}

/// The files of a diff on standard input.
fn diff(options: &Options, run: &Run, act: &str, state: &mut State) {
    let Stream::Known(text) = &run.stdin else { return };
    if options.idle {
        return;
    }
    state.in_folder(&options.folder, |state| {
        for path in patch::paths_of_diff(text, options.strip) {
            changed(&path, act, state);
        }
    });
}
