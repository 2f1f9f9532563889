//! Does this command line walk around the hooks? A real shell grammar (tree-sitter's, in [`parse`]) says which simple commands
//! there are, [`script`], [`simple`] and [`words`] follow them as far as text alone allows, and the rest of the room knows what they mean.
//!
//! | part | what it knows |
//! |---|---|
//! | [`parse`] | text to a syntax tree, with limits; [`disguise`] what the grammar would misread |
//! | [`script`] | which simple commands run, in order, with variables, functions, aliases and what is piped into them |
//! | [`simple`] | one of them: its words, what it reads and writes |
//! | [`words`] | quoting and expansion, as far as it is known without running anything |
//! | [`conditions`] | which commands may fail, and which of several is the last |
//! | [`scope`] | variables, lists and the folder, also where only one of several ways was gone |
//! | [`wrappers`] | commands that run other commands: `env`, `sudo`, `find -exec` … |
//! | [`gatherers`] | `xargs` |
//! | [`shells`] | commands that are given a text to run: `sh -c`, `bash <<EOF`, `ssh` … |
//! | [`builtins`] | the shell's own commands that change what later ones see |
//! | [`powershell`] | the same for PowerShell: its own reader, its own commands |
//! | [`code`] | programs in other languages, given as text |
//! | [`git`] | git's own command line; [`options`] its abbreviations, [`config`] its configuration keys |
//! | [`switches`] | variables that switch hook managers off |
//! | [`files`] | which words of a command are files that it changes |
//! | [`find`], [`filters`], [`patches`] | the same of `find`, of programs for `sed` and `awk`, and of patches |
//! | [`protected`] | hook files, the policy, the agents' configuration |
//! | [`instead`] | what to do instead, as a command or in words |
//!
//! A guard that reads command lines is advice: what is inside a program or behind a variable is not known here. That is a
//! [`Judgement::Notice`] where it could matter, never a denial. The gate that binds is the one on the server.

mod builtins;
mod code;
mod conditions;
mod config;
mod disguise;
mod files;
mod filters;
mod find;
mod finding;
mod gatherers;
mod git;
mod instead;
mod options;
mod output;
mod parse;
mod patches;
mod powershell;
mod protected;
mod scope;
mod script;
mod shells;
mod simple;
mod switches;
mod words;
mod wrappers;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod properties;

pub use files::Change;
pub use finding::{Finding, Judgement, Kind};
pub use instead::Instead;
pub use protected::{Protected, judge_edit};

/// Whose grammar a command line follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// `sh`, `bash`, `zsh` and their relatives.
    Posix,
    /// PowerShell, of Windows and of everywhere.
    PowerShell,
}

/// What is to be said of a command line.
pub fn judge(line: &str, shell: Shell, protected: &Protected) -> Judgement {
    judge_and_list(line, shell, protected).0
}

/// The same, and the files that the line changes for sure: what their names lead to is for the caller to look up.
pub fn judge_and_list(line: &str, shell: Shell, protected: &Protected) -> (Judgement, Vec<Change>) {
    let mut state = script::State::new(protected);
    // No shell can be given a NUL: whatever this is, it is not read as one would.
    state.doubtful = line.contains('\0');
    if shell == Shell::PowerShell {
        return powershell::judge(line, state);
    }
    script::run(line, &mut state);
    for text in std::mem::take(&mut state.at_exit) {
        script::run(&text, &mut state);
    }
    switches::left_behind(&mut state);
    (finding::conclude(state.findings), state.changes)
}
