//! What a command writes to standard output, where that stands in the command line itself: `echo`, `printf`, `cat` of a
//! here-document.
//!
//! Needed for what is piped into a shell and for `$(echo …)`. Everything else is not known.

use super::find;
use super::script::State;
use super::simple::{Run, Stream};
use super::words::{SCRATCH, UNKNOWN, ansi_c, is_open};
use tree_sitter::Node;

/// More than this is not followed.
const LONGEST: usize = 64 * 1024;

/// The text of `$(…)` and `<(…)`. Of several commands, each may write or not.
pub(super) fn of_substitution(node: Node, source: &str, state: &State) -> Option<String> {
    let _level = state.deeper()?;
    let (commands, only) = commands(node);
    let mut found = String::new();
    for command in commands {
        let Some((run, _)) = Run::read(command, source, state, Stream::Nothing) else { continue };
        match of(&run) {
            Stream::Known(text) if only => return Some(text.to_string()),
            Stream::Known(text) if !text.is_empty() && found.len() < LONGEST => {
                found.push(UNKNOWN);
                found.push_str(&text);
            }
            _ => {}
        }
    }
    (!found.is_empty()).then_some(found)
}

/// The simple commands of a substitution, and whether there is nothing else in it than one.
fn commands(substitution: Node) -> (Vec<Node>, bool) {
    const MOST: usize = 64;
    let mut found = Vec::new();
    let mut open = vec![substitution];
    let mut parts = 0;
    while let Some(node) = open.pop().filter(|_| found.len() < MOST) {
        let is_simple = match node.kind() {
            "command" => true,
            "redirected_statement" => node.child_by_field_name("body").is_none_or(|body| body.kind() == "command"),
            _ => false,
        };
        if is_simple {
            found.push(node);
        } else if !matches!(node.kind(), "function_definition" | "pipeline") {
            // What a pipeline writes, only its last command could tell.
            let mut cursor = node.walk();
            let inner: Vec<Node> = node.named_children(&mut cursor).filter(|it| it.kind() != "comment").collect();
            parts += inner.len();
            open.extend(inner.into_iter().rev());
        }
    }
    let only = parts == 1 && found.len() == 1;
    (found, only)
}

/// What a command writes.
pub(super) fn of(run: &Run) -> Stream {
    let Some((name, words)) = run.words.split_first() else { return Stream::Nothing };
    let text = match name.rsplit('/').next().unwrap_or_default() {
        "echo" => echo(words),
        "printf" => printf(words),
        "cat" | "tee" if words.iter().all(|word| word == "-") => return run.stdin.clone(),
        "true" | ":" | "cd" => String::new(),
        name if prints_settings(name, words) => String::new(),
        "find" if !words.is_empty() => find::found(words).join("\n"),
        "ls" if words.iter().any(|word| word.contains('/')) => {
            words.iter().filter(|word| !word.starts_with('-')).cloned().collect::<Vec<_>>().join("\n")
        }
        "mktemp" if words.iter().any(|word| word == "--directory" || is_bundle_with(word, 'd')) => {
            format!("{SCRATCH}\n")
        }
        "git" => places(words).unwrap_or_else(|| UNKNOWN.to_string()),
        _ => return Stream::Unknown,
    };
    // All of it unknown is as much as nothing known.
    if is_open(&text) && text.trim().chars().all(|c| c == UNKNOWN) {
        Stream::Unknown
    } else {
        Stream::Known(text.into())
    }
}

fn is_bundle_with(word: &str, letter: char) -> bool {
    word.strip_prefix('-').is_some_and(|letters| !letters.starts_with('-') && letters.contains(letter))
}

/// What git says of its own folders, as good as the usual names; and of the files in others.
fn places(words: &[String]) -> Option<String> {
    if words.first().is_some_and(|word| word == "ls-files") {
        // Names that are below these.
        let named: Vec<_> = words[1..].iter().filter(|word| !word.starts_with('-')).map(String::as_str).collect();
        return (!named.is_empty()).then(|| named.join("\n"));
    }
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["rev-parse", "--git-dir" | "--git-common-dir" | "--absolute-git-dir"] => Some(".git".to_owned()),
        ["rev-parse", "--show-toplevel"] => Some(".".to_owned()),
        ["rev-parse", "--git-path", path] => Some(format!(".git/{path}")),
        _ => None,
    }
}

/// Programs whose output is made for `eval` in everybody's start files: variables, and nothing that has to do with hooks.
fn prints_settings(name: &str, words: &[String]) -> bool {
    match name {
        "ssh-agent" | "keychain" | "dircolors" | "lesspipe" | "resize" | "register-python-argcomplete" => true,
        "brew" | "direnv" | "pyenv" | "rbenv" | "nodenv" | "fnm" | "mise" | "opam" | "zoxide" | "starship"
        | "conda" => {
            matches!(
                words.first().map(String::as_str),
                Some("shellenv" | "hook" | "export" | "init" | "env" | "activate")
            ) || words.iter().any(|word| word == "shell.bash")
        }
        _ => false,
    }
}

fn echo(words: &[String]) -> String {
    let flag = |word: &&String| word.len() > 1 && word.starts_with('-') && word[1..].chars().all(|c| "neE".contains(c));
    let flags = words.iter().take_while(flag).count();
    let escapes = words[..flags].iter().any(|word| word.contains('e'));
    let text = words[flags..].join(" ");
    let end = if words[..flags].iter().any(|word| word.contains('n')) { "" } else { "\n" };
    (if escapes { ansi_c(&text) } else { text }) + end
}

/// What `printf` makes of its words.
pub(super) fn printf(words: &[String]) -> String {
    let words = if words.first().is_some_and(|word| word == "--") { &words[1..] } else { words };
    let Some((format, mut values)) = words.split_first() else { return String::new() };
    let format = ansi_c(format);
    let mut out = String::new();
    // The format is used again while there are values.
    loop {
        let before = values.len();
        let mut chars = format.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            match chars.next() {
                Some('%') => out.push('%'),
                Some('s' | 'b' | 'q' | 'd') => {
                    if let Some((value, rest)) = values.split_first() {
                        out.push_str(value);
                        values = rest;
                    }
                }
                _ => out.push(UNKNOWN),
            }
        }
        if values.is_empty() || values.len() == before || out.len() > LONGEST {
            return out;
        }
    }
}
