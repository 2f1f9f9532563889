//! Answering an agent that is about to use a tool: `ci-guard hook agent`.
//!
//! A fault of ours is a notice and never a denial. What an agent is told is noted for the audit stream; no store is waited for.

use super::place::Place;
use crate::agent::Agent;
use crate::agent::command::{self, Change, Finding, Instead, Judgement, Protected, Shell};
use crate::agent::protocol::{self, Answer, Reply, Tool};
use crate::model::visible;
use crate::ops::{audit, bounded};
use crate::system::streams;
use crate::triage::redact;
use std::time::Duration;

/// No request is larger; what is, would not be read by any shell either.
const MAX_SIZE: u64 = 16 << 20;

/// Shorter than any agent's own patience, so that it is we who say that it took too long.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who judges command lines, and changes to files.
#[derive(Clone, Copy)]
struct Judge {
    line: fn(&str, Shell, &Protected) -> (Judgement, Vec<Change>),
    edit: fn(&str, &Protected) -> Judgement,
}

const JUDGE: Judge = Judge { line: command::judge_and_list, edit: command::judge_edit };

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
        Tool::Command { line, shell } => {
            let place = Place::around(asked.cwd, asked.agent);
            let (said, changes) = (judge.line)(line, *shell, &place.facts);
            let more = std::iter::once_with(|| changed(&changes, place, judge));
            worst(std::iter::once(said).chain(more))
        }
        Tool::Edit { paths } => {
            let change = |path: &String| Change { path: path.clone(), follows_link: true };
            let changes: Vec<Change> = paths.iter().map(change).collect();
            changed(&changes, Place::around(asked.cwd, asked.agent), judge)
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

/// What is to be said of files by the names that were typed, and by those that links lead to.
fn changed(changes: &[Change], mut place: Place, judge: Judge) -> Judgement {
    place.look_below(changes);
    worst(changes.iter().flat_map(|change| {
        let typed = (judge.edit)(&change.path, &place.facts);
        let real = place.behind_links(change).map(|(path, facts)| (judge.edit)(&path, facts));
        std::iter::once(typed).chain(real)
    }))
}

fn told(judgement: Judgement) -> Answer {
    match judgement {
        Judgement::Silent => Answer::Silent,
        Judgement::Notice(found) => Answer::Notice(format!(
            "ci-guard lets this pass, and somebody should know: {} ({})",
            public(&found.what),
            found.why()
        )),
        Judgement::Deny(found) => Answer::Deny(format!(
            "ci-guard denies this: {} ({}). Instead: {}",
            public(&found.what),
            found.why(),
            match &found.instead {
                // A command with a hole in it is none.
                Instead::Command { line, words } if public(line) != visible(line) => public(words),
                instead => public(&instead.to_string()),
            }
        )),
    }
}

/// Text of a request as it may stand in logs and transcripts: on one visible line, and without secrets.
fn public(text: &str) -> String {
    visible(redact::text(text))
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
            line: |line, _, protected| {
                let said = match command::judge_edit(".git/hooks/pre-push", protected) {
                    Judgement::Deny(found) if line == "round" => Judgement::Deny(found),
                    Judgement::Deny(found) if line == "$X" => Judgement::Notice(found),
                    _ => Judgement::Silent,
                };
                (said, Vec::new())
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

    /// The agent wrote the secret itself, but the answer goes to logs and transcripts.
    #[test]
    fn no_secret_is_repeated() {
        let token = format!("ghp_{}", "a1B2c3D4e5".repeat(4));
        for line in [
            format!("git push --no-verify https://user:{token}@github.com/o/r"),
            format!("git -c http.extraHeader='Authorization: Bearer {token}' push --no-verify"),
            format!(
                "git -c http.extraHeader='Authorization: Basic dXNlcjpodW50ZXIyaHVudGVyMg==' -c core.hooksPath=x push {token}"
            ),
            format!("GIT_CONFIG_PARAMETERS=\"'core.hooksPath'='x' 'a.b'='{token}'\" git push"),
            format!("$RUN push --no-verify --password {token}"),
            format!("python3 -c \"subprocess.run(['git','push','--no-verify','{token}'])\""),
            format!("git push --no-verify {} {token}", "a ".repeat(83)),
        ] {
            let (_, answer, _) = answer_to(&bash(&line), None, JUDGE);
            let (Answer::Deny(text) | Answer::Notice(text)) = &answer else { panic!("{line}") };
            assert!(!text.contains(&token[..8]) && !text.contains("dXNlcjpo"), "{text}");
            let advice = text.split("Instead: ").nth(1).unwrap_or_default();
            assert!(advice.is_empty() || advice.starts_with("run the same command without "), "{text}");
            assert!(!advice.contains("redacted"), "{text}");
        }
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
