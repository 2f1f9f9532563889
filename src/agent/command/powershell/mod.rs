//! The same question for PowerShell: which simple commands does a text run, and what do they mean?
//!
//! | part | what it knows |
//! |---|---|
//! | [`tree`] | what a text is made of |
//! | [`read`] | text to statements; [`quotes`] to arguments |
//! | [`walk`] | which commands run, in order, with variables, functions, aliases, script blocks and what is piped into them |
//! | [`cmdlets`] | PowerShell's own commands that change files or run others |
//!
//! Programs become words and go to the rules that judge the words of any shell. What this reader does not understand is never
//! denied, and a notice only where it names what matters.

mod cmdlets;
mod quotes;
mod read;
mod tree;
mod walk;

#[cfg(test)]
mod tests;

use super::files::Change;
use super::finding::{self, Finding, Judgement, Kind};
use super::script::{self, State};
use super::simple::{Run, Stream};
use super::words::UNKNOWN;
use super::{files, switches};

/// Judge a line that an agent gives to PowerShell; with the files that it changes for sure.
pub(super) fn judge(line: &str, mut state: State) -> (Judgement, Vec<Change>) {
    // A variable is the only way to say `HUSKY=0 npm ci` here: it is left behind by everybody.
    if !run(line, &[], &mut state) {
        switches::left_behind(&mut state);
    }
    let told = |found: Finding| Finding { instead: found.instead.for_power_shell(), ..found };
    let judgement = match finding::conclude(state.findings) {
        Judgement::Deny(found) => Judgement::Deny(told(found)),
        Judgement::Notice(found) => Judgement::Notice(told(found)),
        Judgement::Silent => Judgement::Silent,
    };
    (judgement, state.changes)
}

/// Follow a text; whether it ran any command.
fn run(text: &str, arguments: &[String], state: &mut State) -> bool {
    let Some(script) = Some(text).filter(|text| state.take(text.len())).and_then(read::read) else {
        if script::mentions(text) {
            state.notice(
                Kind::Undecided,
                "a command line that this reader of PowerShell cannot take apart",
                files::SPLIT,
            );
        }
        return true;
    };
    walk::follow(&script, arguments, state)
}

/// `pwsh -Command TEXT`, `powershell TEXT`, `TEXT | pwsh -`, from any shell.
pub(super) fn started(run_: &Run, state: &mut State) {
    let Some(_level) = state.deeper() else { return };
    let file = run_.words[0].to_ascii_lowercase();
    let windows = file.rsplit(['/', '\\']).next().is_some_and(|name| name.starts_with("powershell"));
    let mut words = run_.words[1..].iter();
    let mut text = None;
    while let Some(word) = words.next() {
        let option = word.strip_prefix(['-', '/']).filter(|name| !name.is_empty()).map(str::to_ascii_lowercase);
        match option.as_deref() {
            Some(name) if "command".starts_with(name) => {
                text = Some(words.by_ref().cloned().collect::<Vec<_>>().join(" "));
            }
            Some(name) if name == "ec" || name.len() < 15 && "encodedcommand".starts_with(name) => {
                return state.notice(Kind::Undecided, "a command in base64, given to PowerShell", files::SPLIT);
            }
            Some(name) if name.len() > 1 && "file".starts_with(name) || name == "f" => return,
            Some(
                "nologo" | "noprofile" | "nop" | "noninteractive" | "noni" | "noexit" | "noe" | "l" | "login" | "i"
                | "interactive" | "sta" | "mta",
            ) => {}
            Some(_) => drop(words.next()),
            None if word == "-" => text = Some(word.clone()),
            None if windows => {
                let rest = std::iter::once(word).chain(words.by_ref()).cloned();
                text = Some(rest.collect::<Vec<_>>().join(" "));
            }
            // A file, for `pwsh`.
            None => return,
        }
    }
    let text = match (text, &run_.stdin) {
        (Some(text), _) if text != "-" => text,
        (_, Stream::Known(text)) => text.to_string(),
        (Some(_), Stream::Unknown) => UNKNOWN.to_string(),
        _ => return,
    };
    if !text.trim().is_empty() && text.trim().chars().all(|c| c == UNKNOWN) {
        return state.notice(Kind::Undecided, "a text that is made while it runs, given to PowerShell", files::SPLIT);
    }
    state.in_scope(&run_.settings, |state| {
        run(&text, &[], state);
    });
}
