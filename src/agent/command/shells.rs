//! Commands that are given a text to run: shells, by an option, by standard input or by a file; those of other systems and of other
//! machines.
//!
//! What the text does is [`script`](super::script)'s.

use super::files;
use super::finding::Kind;
use super::script::{self, State};
use super::simple::{Run, Stream};
use super::words::{UNKNOWN, is_open};
use super::wrappers::{program, start, value_end, wrapper};

/// A text that a shell runs; nothing of it may be known.
pub(super) fn script_of(text: &str, arguments: Option<Vec<String>>, settings: &[(String, String)], state: &mut State) {
    if is_open(text) && text.trim().chars().all(|c| c == UNKNOWN) {
        return state.notice(Kind::Undecided, "a text that is made while it runs, given to a shell", files::SPLIT);
    }
    let Some(_level) = state.deeper() else { return };
    if arguments.is_none() && settings.is_empty() {
        // `eval`, `trap`: in this very shell.
        return script::run(text, state);
    }
    state.nested(text, arguments, settings);
}

/// `sh -c TEXT`, `sh <<EOF`, `TEXT | sh`.
pub(super) fn shell(run: &Run, state: &mut State) {
    let mut rest = run.words[1..].iter();
    let (mut text, mut from_stdin) = (false, false);
    let mut plain = None;
    while let Some(word) = rest.next() {
        match word.as_str() {
            "--rcfile" | "--init-file" | "-o" | "+o" | "-O" | "+O" => drop(rest.next()),
            "--" | "-" => {
                plain = rest.next();
                break;
            }
            "--help" | "--version" => return,
            long if long.starts_with("--") => {}
            bundle if bundle.len() > 1 && bundle.starts_with(['-', '+']) => {
                // `-n` reads and runs nothing.
                if bundle.starts_with('-') && bundle.contains('n') {
                    return;
                }
                text |= bundle.contains('c');
                from_stdin |= bundle.contains('s');
                if bundle.ends_with('o') {
                    rest.next();
                }
            }
            _ => {
                plain = Some(word);
                break;
            }
        }
    }
    match plain {
        Some(script) if text => {
            let arguments = rest.skip(1).cloned().collect();
            return script_of(script, Some(arguments), &run.settings, state);
        }
        Some(file) if !from_stdin && file != "/dev/stdin" => {
            if let Some(text) = run.substituted.as_ref().filter(|_| is_open(file)) {
                script_of(text, Some(rest.cloned().collect()), &run.settings, state);
            }
            return;
        }
        _ => {}
    }
    let arguments = plain.into_iter().chain(rest).cloned().collect();
    read_from_stdin(run, arguments, state);
}

fn read_from_stdin(run: &Run, arguments: Vec<String>, state: &mut State) {
    match &run.stdin {
        Stream::Known(text) => script_of(text, Some(arguments), &run.settings, state),
        Stream::Unknown => {
            state.notice(Kind::Undecided, "what another program writes, given to a shell", files::SPLIT);
        }
        Stream::Nothing => {}
    }
}

/// Windows' shells: what they are given is read like a POSIX text, and not for sure.
pub(super) fn foreign_shell(run: &Run, state: &mut State) {
    let given = |word: &String| matches!(word.to_ascii_lowercase().as_str(), "/c" | "/k");
    let Some(at) = run.words.iter().position(given) else { return };
    let text = run.words[at + 1..].join(" ");
    let doubtful = std::mem::replace(&mut state.doubtful, true);
    script_of(&text, Some(Vec::new()), &run.settings, state);
    state.doubtful = doubtful;
}

/// `source <(TEXT)`, `. /dev/stdin <<EOF`.
pub(super) fn sourced(run: &Run, state: &mut State) {
    match (run.words.get(1), &run.substituted) {
        (Some(file), _) if file == "/dev/stdin" => read_from_stdin(run, Vec::new(), state),
        (Some(file), Some(text)) if is_open(file) => script_of(text, None, &run.settings, state),
        _ => {}
    }
}

/// `su -c TEXT`, `script -c TEXT`, `flock FILE COMMAND`, `flock FILE -c TEXT`.
pub(super) fn behind_option(run: &Run, state: &mut State) {
    let given = |word: &String| {
        word == "--command"
            || word == "--session-command"
            || (word.starts_with('-') && !word.starts_with("--") && word.ends_with('c'))
    };
    if let Some(text) = run.words.iter().position(given).and_then(|at| run.words.get(at + 1)) {
        return script_of(text, Some(Vec::new()), &run.settings, state);
    }
    if program(&run.words[0]) == "flock" {
        let at = value_end(&wrapper("flock", "wE", &["timeout", "conflict-exit-code"], 1), &run.words) + 1;
        if let Some(words) = run.words.get(at..).filter(|words| !words.is_empty()) {
            start(Run { words: words.to_vec(), ..run.clone() }, state);
        }
    }
}

/// `ssh HOST TEXT`, `ssh HOST <<EOF`: the words are joined and read by a shell over there.
pub(super) fn remote_shell(run: &Run, state: &mut State) {
    let ssh = wrapper("ssh", "bBcDeEFIiJLlmoOpPQRSwW", &[], 0);
    let host = value_end(&ssh, &run.words);
    let behind = run.words.get(host..).unwrap_or_default();
    let words = behind.get(value_end(&ssh, behind)..).unwrap_or_default().to_vec();
    let shell = if words.is_empty() { vec!["sh".to_owned()] } else { words.clone() };
    state.on_another_machine(|state| {
        script_of(&words.join(" "), Some(Vec::new()), &[], state);
        // What is written into a shell over there.
        start(Run { stdin: run.stdin.clone(), ..Run::of(shell) }, state);
    });
}

/// `docker exec CONTAINER COMMAND`, `kubectl exec POD -- COMMAND`
pub(super) fn container(run: &Run, state: &mut State) {
    let Some(verb) = run.words.iter().position(|word| word == "exec") else { return };
    let exec =
        wrapper("exec", "euwnc", &["env", "env-file", "user", "workdir", "detach-keys", "index", "namespace"], 1);
    let behind = &run.words[verb..];
    let marked = behind.iter().position(|word| word == "--").filter(|_| program(&run.words[0]) == "kubectl");
    let at = marked.unwrap_or_else(|| value_end(&exec, behind)) + exec.skips;
    let words = behind.get(at..).unwrap_or_default().to_vec();
    if !words.is_empty() {
        state.on_another_machine(|state| start(Run { stdin: run.stdin.clone(), ..Run::of(words) }, state));
    }
}
