//! The shell's own commands that change what later ones see: the folder, aliases, arguments, variables.
//!
//! Assignments and `export` stand in the tree as such, and are [`script`](super::script)'s.

use super::output;
use super::script::State;
use super::simple::{Run, Stream};
use super::words::UNKNOWN;

/// Let it change what it does; whether it is one of them.
pub(super) fn judge(name: &str, run: &Run, state: &mut State) -> bool {
    let words = &run.words[1..];
    match name {
        "cd" | "pushd" => {
            let folder = words.iter().find(|word| !word.starts_with('-') || word.len() == 1);
            state.enter(folder.map(String::as_str).filter(|folder| *folder != "-"));
        }
        "popd" => state.enter(None),
        "alias" => {
            for (name, value) in words.iter().filter_map(|word| word.split_once('=')) {
                if state.aliases.len() < 64 && state.take(value.len()) {
                    state.aliases.insert(name.to_owned(), value.to_owned());
                }
            }
        }
        "set" => {
            for (index, word) in words.iter().take_while(|word| *word != "--").enumerate() {
                let all =
                    word.len() > 1 && !word.starts_with("--") && word.contains('a') && word.starts_with(['-', '+']);
                let named = word == "allexport" && index > 0 && words[index - 1].ends_with('o');
                if all || named {
                    let sign = if named { &words[index - 1] } else { word };
                    state.export_all(sign.starts_with('-'));
                }
            }
            if let Some(at) = words.iter().position(|word| word == "--") {
                state.arguments = Some(words[at + 1..].to_vec());
            }
        }
        "shift" => {
            if let Some(arguments) = &mut state.arguments {
                arguments.drain(..arguments.len().min(1));
            }
        }
        "printf" if words.first().is_some_and(|word| word == "-v") && words.len() > 2 => {
            state.set(&words[1], &output::printf(&words[2..]), false);
        }
        "read" | "mapfile" | "readarray" | "getopts" => {
            let names: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
            if let (true, [only], Stream::Known(text)) = (name == "read", &names[..], &run.stdin) {
                state.set(only, text.lines().next().unwrap_or_default().trim(), false);
                return true;
            }
            for name in words.iter().filter(|word| !word.starts_with('-')) {
                state.set(name, &UNKNOWN.to_string(), false);
            }
        }
        _ => return false,
    }
    true
}
