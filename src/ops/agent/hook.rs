//! Answering an agent that is about to use a tool: `ci-guard hook agent`.
//!
//! A fault of ours is a notice and never a denial. Nothing is recorded: a hook waits for no store, so a notice is said to the agent
//! and its user, and whoever wants it kept reads it in the agent's own log.

use crate::agent::command::{Judgement, Shell};
use crate::agent::protected::{self, Protected};
use crate::agent::protocol::{self, Answer, Reply, Tool};
use crate::agent::{Agent, command};
use crate::model::visible;
use crate::ops::bounded;
use crate::system::streams;
use std::time::Duration;

/// No request is larger; what is, would not be read by any shell either.
const MAX_SIZE: u64 = 16 << 20;

/// Shorter than any agent's own patience, so that it is we who say that it took too long.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who judges command lines.
pub type Judge = fn(&str, Shell) -> Judgement;

/// Answer what is on standard input. `named` is the agent that the command line names.
pub fn answer(named: Option<&str>) -> Reply {
    if streams::is_keyboard() {
        let text = "ci-guard: agents give their request as JSON on standard input, and this is a keyboard; docs/agents.md has more";
        return protocol::reply(None, &Answer::Notice(text.into()));
    }
    let named = named.and_then(Agent::named);
    let answered = bounded::run(move |clock| {
        clock.set_limit(PATIENCE);
        let request = streams::read_stdin_up_to(MAX_SIZE)?;
        Ok(answer_to(&request, named, command::judge))
    });
    match answered {
        Ok((agent, answer)) => protocol::reply(agent, &answer),
        Err(error) => protocol::reply(named, &undecided(&format!("{error:#}"))),
    }
}

/// The answer to one request.
fn answer_to(request: &[u8], named: Option<Agent>, judge: Judge) -> (Option<Agent>, Answer) {
    let asked = protocol::read(request, named);
    let answer = match &asked.tool {
        Tool::Command { line, shell } => of_command(judge(line, *shell)),
        Tool::Edit { paths } => of_edit(paths),
        Tool::Other => Answer::Silent,
        Tool::Unreadable(reason) => undecided(reason),
    };
    (asked.agent, answer)
}

fn of_command(judgement: Judgement) -> Answer {
    match judgement {
        Judgement::Silent => Answer::Silent,
        Judgement::Notice { what, why } => {
            Answer::Notice(format!("ci-guard cannot judge this: {}: {}", visible(what), visible(why)))
        }
        Judgement::Deny { what, why, instead } => {
            Answer::Deny(format!("ci-guard denies this: {}: {}. {}", visible(what), visible(why), visible(instead)))
        }
    }
}

/// The worst of these files counts.
fn of_edit(paths: &[String]) -> Answer {
    let known = || paths.iter().filter_map(|path| Some((path, protected::of(path)?)));
    for (path, what) in known() {
        if let Protected::Denied(what) = what {
            return Answer::Deny(format!(
                "ci-guard denies this: {} is {what}, and decides what is judged. Leave it as it is; if it has to change, ask the \
                 person you work for to change it.",
                visible(path)
            ));
        }
    }
    match known().next() {
        Some((path, Protected::Noticed(what) | Protected::Denied(what))) => Answer::Notice(format!(
            "ci-guard: {} is {what}, and may decide what is judged: it deserves a look in review",
            visible(path)
        )),
        None => Answer::Silent,
    }
}

fn undecided(reason: &str) -> Answer {
    Answer::Notice(format!("ci-guard could not judge this, and lets it pass: {}", visible(reason)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bash(line: &str) -> Vec<u8> {
        let input = serde_json::json!({ "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": { "command": line } });
        input.to_string().into_bytes()
    }

    fn strict(line: &str, _: Shell) -> Judgement {
        match line {
            "go round\n" => Judgement::Deny { what: line.into(), why: "why".into(), instead: "Instead.".into() },
            "$X" => Judgement::Notice { what: line.into(), why: "a variable".into() },
            _ => Judgement::Silent,
        }
    }

    #[test]
    fn a_judgement_becomes_an_answer_that_can_be_shown() {
        for (line, want) in [
            ("ls", Answer::Silent),
            ("$X", Answer::Notice("ci-guard cannot judge this: $X: a variable".into())),
            ("go round\n", Answer::Deny("ci-guard denies this: go round\\n: why. Instead.".into())),
        ] {
            assert_eq!(answer_to(&bash(line), None, strict), (Some(Agent::Claude), want));
        }
        let (_, answer) = answer_to(b"{", Some(Agent::Codex), strict);
        assert!(
            matches!(&answer, Answer::Notice(text) if text.starts_with("ci-guard could not judge this, and lets it pass: "))
        );
    }

    #[test]
    fn the_worst_file_counts() {
        let edit = |paths: &[&str]| of_edit(&paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>());
        assert_eq!(edit(&["src/a.rs"]), Answer::Silent);
        assert!(
            matches!(edit(&["lefthook.yml", "src/a.rs"]), Answer::Notice(text) if text.contains("lefthook.yml is the configuration"))
        );
        let denied = edit(&["lefthook.yml", ".git/hooks/pre\npush"]);
        assert!(matches!(denied, Answer::Deny(text) if text.contains(r".git/hooks/pre\npush is a git hook")));
    }
}
