//! Does this command line walk around the hooks? A real shell grammar (tree-sitter's, in [`parse`]) says which simple commands
//! there are, [`script`], [`simple`] and [`words`] follow them as far as text alone allows, and the rest of the room knows what they mean.
//!
//! | part | what it knows |
//! |---|---|
//! | [`parse`] | text to a syntax tree, with limits; [`disguise`] what the grammar would misread |
//! | [`script`] | which simple commands run, in order, with variables, functions, aliases and what is piped into them |
//! | [`simple`] | one of them: its words, what it reads and writes |
//! | [`words`] | quoting and expansion, as far as it is known without running anything |
//! | [`scope`] | variables, lists and the folder, also where only one of several ways was gone |
//! | [`wrappers`] | commands that run other commands: `env`, `sudo`, `find -exec` … |
//! | [`gatherers`] | `xargs` |
//! | [`shells`] | commands that are given a text to run: `sh -c`, `bash <<EOF`, `ssh` … |
//! | [`builtins`] | the shell's own commands that change what later ones see |
//! | [`git`] | git's own command line; [`options`] its abbreviations, [`config`] its configuration keys |
//! | [`switches`] | variables that switch hook managers off |
//! | [`files`] | hook files, the policy, the agents' configuration, and commands that change files |
//!
//! A guard that reads command lines is advice: what is inside a program or behind a variable is not known here. That is a
//! [`Judgement::Notice`] where it could matter, never a denial. The gate that binds is the one on the server.

mod builtins;
mod config;
mod disguise;
mod files;
mod finding;
mod gatherers;
mod git;
mod options;
mod output;
mod parse;
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

pub use files::{Protected, judge_edit};
pub use finding::{Finding, Judgement, Kind};

/// Whose grammar a command line follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// `sh`, `bash`, `zsh` and their relatives.
    Posix,
    /// PowerShell. It is read as far as it looks like the others; whatever else it says is never denied.
    PowerShell,
}

/// What is to be said of a command line.
pub fn judge(line: &str, shell: Shell, protected: &Protected) -> Judgement {
    let mut state = script::State::new(protected);
    // No shell can be given a NUL: whatever this is, it is not read as one would.
    state.doubtful = line.contains('\0') || shell == Shell::PowerShell && !common_to_all(line);
    script::run(line, &mut state);
    for text in std::mem::take(&mut state.at_exit) {
        script::run(&text, &mut state);
    }
    switches::left_behind(&mut state);
    finding::conclude(state.findings)
}

/// Characters that mean the same to PowerShell and to the others, so that a denial is safe.
fn common_to_all(line: &str) -> bool {
    line.chars().all(|c| c.is_ascii_alphanumeric() || " -_=./:,+'\";|\n".contains(c))
}

#[cfg(test)]
mod tests {
    use super::{Judgement, Protected, Shell, judge};

    #[test]
    fn power_shell_is_denied_only_where_it_reads_like_the_others() {
        let said = |line: &str| judge(line, Shell::PowerShell, &Protected::default());
        assert!(matches!(said("git push --no-verify origin main"), Judgement::Deny(_)));
        assert!(matches!(said("$x | % { git push --no-verify }"), Judgement::Notice(_)));
        assert_eq!(said("git commit -m 'use --no-verify'"), Judgement::Silent);
    }
}
