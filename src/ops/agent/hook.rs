//! Answering an agent that is about to use a tool: `ci-guard hook agent`.
//!
//! A fault of ours is a notice and never a denial. What an agent is told is noted for the audit stream; no store is waited for.

use super::place;
use crate::agent::Agent;
use crate::agent::command::{self, Finding, Judgement, Protected, Shell};
use crate::agent::protocol::{self, Answer, Reply, Tool};
use crate::model::visible;
use crate::ops::{audit, bounded};
use crate::system::streams;
use std::time::Duration;

/// No request is larger; what is, would not be read by any shell either.
const MAX_SIZE: u64 = 16 << 20;

/// Shorter than any agent's own patience, so that it is we who say that it took too long.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who judges command lines, and changes to files.
#[derive(Clone, Copy)]
struct Judge {
    line: fn(&str, Shell, &Protected) -> Judgement,
    edit: fn(&str, &Protected) -> Judgement,
}

const JUDGE: Judge = Judge { line: command::judge, edit: command::judge_edit };

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
        Ok(answer_to(&request, named, JUDGE))
    });
    match answered {
        Ok((agent, answer, found)) => {
            if let Some((word, found)) = found {
                audit::agent_asked(agent.map(Agent::id), word, found.kind.id(), found.what);
            }
            protocol::reply(agent, &answer)
        }
        Err(error) => protocol::reply(named, &undecided(&format!("{error:#}"))),
    }
}

/// The answer where it does not come to a question, because of how we were called.
pub fn fault(named: Option<&str>, reason: &str) -> Reply {
    protocol::reply(named.and_then(Agent::named), &undecided(reason))
}

/// The answer to one request, and what was found, where it is worth a note.
fn answer_to(
    request: &[u8],
    named: Option<Agent>,
    judge: Judge,
) -> (Option<Agent>, Answer, Option<(&'static str, Finding)>) {
    let asked = protocol::read(request, named);
    let judgement = match &asked.tool {
        Tool::Command { line, shell } => (judge.line)(line, *shell, &place::of(asked.cwd)),
        Tool::Edit { paths } => {
            let protected = place::of(asked.cwd);
            worst(paths.iter().flat_map(|path| edited(path, &protected, judge)))
        }
        Tool::Other => Judgement::Silent,
        Tool::Unreadable(reason) => return (asked.agent, undecided(reason), None),
    };
    let found = match &judgement {
        Judgement::Silent => None,
        Judgement::Notice(found) => Some(("notice", found.clone())),
        Judgement::Deny(found) => Some(("deny", found.clone())),
    };
    (asked.agent, told(judgement), found)
}

/// What is to be said of a file by the name that was typed, and by the one that links lead to.
fn edited(path: &str, protected: &Protected, judge: Judge) -> impl Iterator<Item = Judgement> + use<> {
    let real = place::behind_links(path, protected).map(|(real, protected)| (judge.edit)(&real, &protected));
    std::iter::once((judge.edit)(path, protected)).chain(real)
}

fn told(judgement: Judgement) -> Answer {
    match judgement {
        Judgement::Silent => Answer::Silent,
        Judgement::Notice(found) => Answer::Notice(format!(
            "ci-guard lets this pass, and somebody should know: {} ({})",
            visible(&found.what),
            found.why()
        )),
        Judgement::Deny(found) => Answer::Deny(format!(
            "ci-guard denies this: {} ({}). Instead: {}",
            visible(&found.what),
            found.why(),
            visible(&found.instead)
        )),
    }
}

/// Of several files, the first that is denied counts, else the first that is noticed.
fn worst(judgements: impl Iterator<Item = Judgement>) -> Judgement {
    let mut worst = Judgement::Silent;
    for judgement in judgements {
        match judgement {
            Judgement::Deny(_) => return judgement,
            Judgement::Notice(_) if worst == Judgement::Silent => worst = judgement,
            _ => {}
        }
    }
    worst
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

    /// Text in a request may be anything; what a judge makes of it is on one visible line, or is made so.
    #[test]
    fn a_judgement_becomes_an_answer() {
        const STRICT: Judge = Judge {
            line: |line, _, protected| match command::judge_edit(".git/hooks/pre-push", protected) {
                Judgement::Deny(found) if line == "round" => Judgement::Deny(found),
                Judgement::Deny(found) if line == "$X" => Judgement::Notice(found),
                _ => Judgement::Silent,
            },
            edit: command::judge_edit,
        };
        let said = |line: &str| answer_to(&bash(line), None, STRICT);
        assert_eq!(said("ls"), (Some(Agent::Claude), Answer::Silent, None));
        let denied = said("round").1;
        assert!(
            matches!(&denied, Answer::Deny(text) if text.starts_with("ci-guard denies this: ") && text.contains("Instead: "))
        );
        assert!(
            matches!(said("$X").1, Answer::Notice(text) if text.starts_with("ci-guard lets this pass, and somebody"))
        );
        let (_, answer, _) = answer_to(b"{", Some(Agent::Codex), STRICT);
        assert!(
            matches!(&answer, Answer::Notice(text) if text.starts_with("ci-guard could not judge this, and lets it pass: "))
        );
    }

    #[test]
    fn the_worst_file_counts() {
        let edit =
            |paths: &[&str]| told(worst(paths.iter().map(|path| command::judge_edit(path, &Protected::default()))));
        assert_eq!(edit(&["src/a.rs"]), Answer::Silent);
        let denied = edit(&["src/a.rs", ".git/hooks/pre\npush"]);
        assert!(matches!(denied, Answer::Deny(text) if text.contains(r"a change to .git/hooks/pre\npush (")));
    }
}
