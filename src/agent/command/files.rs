//! Which words of a command are files that it changes.
//!
//! Which of these are not the agent's to change is known in [`protected`](super::protected).

use super::finding::{Finding, Kind};
use super::protected::{advice, agent_folder, class, joined};
use super::script::State;
use super::simple::Run;
use super::words::{UNKNOWN, is_open};
use super::{filters, find, patches};

/// More files than these are judged by their names only.
const MOST_CHANGES: usize = 64;

/// A file that a command line changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// As the line spells it, from the folder on in which that begins.
    pub path: String,
    /// Whether a link of this name stays, and what it leads to is changed.
    pub follows_link: bool,
}

/// What to do about a line that cannot be read.
pub(super) const SPLIT: &str = "run the commands one by one, written out";

/// Judge the files that a command changes.
pub(super) fn judge(run: &Run, state: &mut State) {
    for path in &run.writes {
        change(path, true, "a redirection into", state);
    }
    let Some((name, words)) = run.words.split_first() else { return };
    let name = name.rsplit('/').next().unwrap_or_default();
    let act = format!("`{name}` on");
    match name {
        "patch" => return patches::patch(run, state),
        "apply_patch" | "applypatch" => return patches::apply_patch(run, state),
        "sed" | "gsed" => written_by(filters::sed(words), &act, state),
        "awk" | "gawk" | "mawk" | "nawk" => {
            let printed = filters::awk(words);
            written_by(printed.files, &act, state);
            let doubtful = std::mem::replace(&mut state.doubtful, true);
            for command in printed.commands {
                state.nested(&command, Some(Vec::new()), &run.settings);
            }
            state.doubtful = doubtful;
        }
        _ => {}
    }
    // What mode another file has is not known.
    let doubtful = state.doubtful;
    state.doubtful |= name == "chmod" && words.iter().any(|word| word.starts_with("--ref"));
    // These put another file, or none, in the place of a link.
    let replaces = matches!(name, "rm" | "unlink" | "rmdir" | "mv" | "ln" | "install" | "sed" | "perl" | "find");
    for path in targets(name, words) {
        change(&path, !replaces || name != "rm" && path.ends_with('/'), &act, state);
        // What removes a folder takes what is in it.
        let removes = matches!(name, "rm" | "mv" | "rmdir" | "shred");
        if removes && !path.ends_with(".sample") {
            let inside = joined(state.folder().unwrap_or_default(), &format!("{path}/{ANY}"));
            judge_one(&inside, &act, state);
        }
        if (removes || name == "find") && agent_folder(&path) {
            state.notice(Kind::AgentConfiguration, &format!("{act} {path}"), advice(Kind::AgentConfiguration));
        }
    }
    state.doubtful = doubtful;
}

/// Files that a program in a word writes.
fn written_by(files: Vec<filters::Written>, act: &str, state: &mut State) {
    for (file, is_sure) in files {
        let doubtful = state.doubtful;
        state.doubtful |= !is_sure;
        change(&file, true, act, state);
        state.doubtful = doubtful;
    }
}

/// Stands for any file of a folder that is removed.
const ANY: &str = "any.json";

/// A path is changed by a command: what has this name itself.
pub(super) fn changed(path: &str, act: &str, state: &mut State) {
    change(path, false, act, state);
}

/// The same; it may be what a link of this name leads to.
pub(super) fn change(path: &str, follows_link: bool, act: &str, state: &mut State) {
    let Some(folder) = state.folder() else { return judge_one(path, act, state) };
    let path = joined(folder, path);
    if !is_open(&path) && !state.doubtful && state.changes.len() < MOST_CHANGES {
        state.changes.push(Change { path: path.clone(), follows_link });
    }
    judge_one(&path, act, state);
}

fn judge_one(path: &str, act: &str, state: &mut State) {
    match class(path, state.protected) {
        Some((kind, true)) => state.deny(Finding::new(kind, &format!("{act} {path}"), advice(kind))),
        Some((kind, false)) => state.notice(kind, &format!("{act} {path}"), advice(kind)),
        None => {}
    }
}

/// Which words of a command are files that it changes.
fn targets(name: &str, words: &[String]) -> Vec<String> {
    let plain = || words.iter().filter(|word| !word.starts_with('-') || word.len() == 1);
    let has = |letter: char, long: &str| {
        let short = |word: &String| word.starts_with('-') && !word.starts_with("--") && word.contains(letter);
        words.iter().any(|word| short(word) || word.starts_with(long))
    };
    match name {
        "rm" | "unlink" | "shred" | "rmdir" | "truncate" | "tee" | "mv" | "sponge" => plain().cloned().collect(),
        "cp" | "install" | "ln" | "rsync" => {
            let at = words.iter().position(|word| word == "-t" || word == "--target-directory");
            let named = words.iter().find_map(|word| word.strip_prefix("--target-directory="));
            let folder = at.and_then(|at| words.get(at + 1)).cloned().or_else(|| named.map(str::to_owned));
            folder.or_else(|| plain().next_back().cloned()).into_iter().collect()
        }
        // To make a hook executable arms it.
        "chmod" if words.iter().any(|word| word.starts_with("--ref")) => plain().cloned().collect(),
        "chmod" => {
            let Some(at) =
                words.iter().position(|word| is_mode(word) || !is_flag(word)).filter(|at| !arms(&words[*at]))
            else {
                return Vec::new();
            };
            words[at + 1..].iter().filter(|word| !is_flag(word)).cloned().collect()
        }
        "chown" | "chgrp" => plain().skip(1).cloned().collect(),
        "sed" | "perl" if has('i', "--in-place") => {
            let script = usize::from(!has('e', "--expression") && !has('f', "--file"));
            plain().skip(script).cloned().collect()
        }
        "curl" => behind(words, 'o', "--output"),
        "wget" => behind(words, 'O', "--output-document"),
        "sort" => behind(words, 'o', "--output"),
        "dd" => words.iter().filter_map(|word| word.strip_prefix("of=")).map(str::to_owned).collect(),
        "find" if words.iter().any(|word| word == "-delete") => match find::is_restricted(words) {
            true => find::found(words),
            false if !find::takes_files(words) => Vec::new(),
            false => find::roots(words).into_iter().map(str::to_owned).collect(),
        },
        "tar" | "gtar" | "bsdtar" if unpacks(words) => {
            let folders = behind(words, 'C', "--directory");
            folders.into_iter().chain(behind(words, 'C', "--cd")).collect()
        }
        "unzip" => behind(words, 'd', "--no such option"),
        _ => Vec::new(),
    }
}

/// The files that an option names: `-o FILE`, `-oFILE`, `--output FILE`, `--output=FILE`.
fn behind(words: &[String], short: char, long: &str) -> Vec<String> {
    let mut files = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let bundled = word.strip_prefix('-').filter(|it| !it.starts_with('-')).and_then(|it| it.split_once(short));
        let attached = match (bundled, word.strip_prefix(long)) {
            (Some((_, file)), _) => file,
            (None, Some(file)) if file.is_empty() || file.starts_with('=') => file.trim_start_matches('='),
            _ => continue,
        };
        let next = words.get(at + 1).filter(|_| attached.is_empty());
        files.push(next.cloned().unwrap_or_else(|| attached.to_owned()));
    }
    files
}

/// `tar xf`, `tar -xf`, `tar --extract`.
fn unpacks(words: &[String]) -> bool {
    // Behind `f` the archive may be attached.
    let bundle = |word: &str| !word.starts_with("--") && word.split('f').next().is_some_and(|it| it.contains('x'));
    words.first().is_some_and(|word| bundle(word))
        || words
            .iter()
            .any(|word| word.starts_with('-') && bundle(word) || matches!(word.as_str(), "--extract" | "--get"))
}

fn is_flag(word: &str) -> bool {
    word.starts_with('-')
}

/// `-x`, `-rwx`: a mode that takes away and looks like an option.
fn is_mode(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|mode| !mode.is_empty() && mode.chars().all(|c| "rwxXst".contains(c)))
}

/// A mode after which the owner can run the file.
fn arms(mode: &str) -> bool {
    match mode.trim_start_matches('0').parse::<u32>() {
        Ok(number) => number / 100 % 2 == 1,
        Err(_) => mode.contains("+") || mode.contains('=') && mode.contains('x') || mode == UNKNOWN.to_string(),
    }
}
