//! `hook agent`, and `install` and `uninstall` with `--agent`: their requests, and what they say.

use super::args::{AgentName, Install, Uninstall};
use super::commands::complain;
use super::exit::ExitStatus;
use super::install::for_each;
use crate::agent::Agent;
use crate::agent::protocol::Reply;
use crate::git::hooks::HookSetup;
use crate::model::{shell_word, visible};
use crate::ops::agent::hook;
use crate::ops::agent::install::{self, Base, Change, Outcome};
use crate::system::{files, terminal};
use anyhow::{Context, Result};
use std::cell::Cell;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Exit code, standard output and standard error are what the agent expects; nothing is added to them.
pub(super) fn run_hook(named: Option<&str>) -> ExitStatus {
    say_to_agent(&hook::answer(named))
}

/// A fault in how we are called is ours too, and the 2 that misuse ends with elsewhere would deny whatever the agent does. Nothing
/// where nobody asks for an agent.
pub(super) fn misused(words: impl Iterator<Item = OsString>, reason: &str) -> Option<ExitStatus> {
    let words: Vec<String> = words.map(|word| word.to_string_lossy().into_owned()).collect();
    words.windows(2).position(|pair| pair == ["hook", "agent"])?;
    let attached = words.iter().find_map(|word| word.strip_prefix("--agent="));
    let next = words.windows(2).find(|pair| pair[0] == "--agent").map(|pair| pair[1].as_str());
    Some(say_to_agent(&hook::fault(attached.or(next), reason)))
}

fn say_to_agent(reply: &Reply) -> ExitStatus {
    terminal::stdout(|out| out.write_all(&reply.stdout));
    terminal::stderr(|out| out.write_all(&reply.stderr));
    ExitStatus::OfAgent(reply.code)
}

pub(super) fn run_install(args: &Install) -> ExitStatus {
    let program = match files::this_program().context("ci-guard cannot tell where its own program is") {
        Ok(program) => program,
        Err(error) => return complain(&format!("{error:#}")),
    };
    in_each("install", &args.repo, args.global, |base| {
        let agents = chosen(&args.agent, || install::found(&around(base)));
        if agents.is_empty() {
            terminal::stdout(|out| writeln!(out, "no agent was found: name one, as in --agent claude"));
        }
        install::install(&agents, base, &program)
    })
}

pub(super) fn run_uninstall(args: &Uninstall) -> ExitStatus {
    in_each("uninstall", &args.repo, args.global, |base| {
        let outcomes = install::uninstall(&chosen(&args.agent, || Agent::ALL.to_vec()), base);
        if outcomes.is_empty() {
            terminal::stdout(|out| writeln!(out, "no agent's configuration has an entry of ci-guard, nothing changed"));
        }
        Ok(outcomes)
    })
}

/// The agents that were named, each once.
fn chosen(named: &[AgentName], auto: impl FnOnce() -> Vec<Agent>) -> Vec<Agent> {
    let mut agents: Vec<Agent> = named.iter().filter_map(|name| name.agent()).collect();
    if named.contains(&AgentName::Auto) {
        agents.extend(auto());
    }
    agents.sort();
    agents.dedup();
    agents
}

/// Where a trace of an agent may be: here, and in the home folder.
fn around(base: &Base) -> Vec<Base> {
    let user = Base::user().ok().filter(|_| matches!(base, Base::Repository(_)));
    std::iter::once(base.clone()).chain(user).collect()
}

/// Act for this user, or in every repository named, and say what was done.
fn in_each(
    command: &str,
    repositories: &[PathBuf],
    global: bool,
    act: impl Fn(&Base) -> Result<Vec<Outcome>>,
) -> ExitStatus {
    if global {
        return match Base::user().and_then(|base| act(&base)) {
            Ok(outcomes) => say(&outcomes, &format!("{command} --global")),
            Err(error) => complain(&format!("{error:#}")),
        };
    }
    let worst = Cell::new(ExitStatus::Clean);
    let status = for_each(repositories, |git| {
        let root = HookSetup::read(git)?.root;
        let again = format!("{command} --repo {}", shell_word(root.as_os_str().as_encoded_bytes()));
        if say(&act(&Base::Repository(root))?, &again) != ExitStatus::Clean {
            worst.set(ExitStatus::Undecided);
        }
        Ok(())
    });
    if status == ExitStatus::Clean { worst.get() } else { status }
}

/// What was done, and for what could not be done the command that does it later.
fn say(outcomes: &[Outcome], again: &str) -> ExitStatus {
    let mut status = ExitStatus::Clean;
    for Outcome { agent, file, change } in outcomes {
        let (agent, file) = (agent.id(), shown(file));
        match change {
            Ok(change) => {
                terminal::stdout(|out| writeln!(out, "{agent}: {file}: {}", told(*change)));
            }
            Err(error) => {
                status = ExitStatus::Undecided;
                terminal::stderr(|out| {
                    let reason = visible(format!("{error:#}"));
                    writeln!(out, "ci-guard: {agent}: {file}: {reason}; nothing was changed there")?;
                    writeln!(out, "  once that is put right, run: ci-guard {again} --agent {agent}")
                });
            }
        }
    }
    let is_new = |outcome: &&Outcome| matches!(outcome.change, Ok(Change::Made | Change::Added));
    for outcome in outcomes.iter().filter(is_new) {
        if let Some(word) = word_to_its_user(outcome.agent) {
            terminal::stdout(|out| writeln!(out, "  {word}"));
        }
    }
    status
}

/// What an agent does that our entry alone does not help against.
fn word_to_its_user(agent: Agent) -> Option<&'static str> {
    match agent {
        Agent::Codex => Some(
            "Codex runs a new hook only once you trust it: open /hooks there; codex exec passes over it until then, without a word",
        ),
        Agent::Gemini => Some(
            "Gemini CLI runs git without its hook folders, so a plain push of it is not judged but where, with git 2.54 or later, \
             ci-guard install --configured was run",
        ),
        _ => None,
    }
}

fn told(change: Change) -> &'static str {
    match change {
        Change::Made => "made, it asks ci-guard now",
        Change::Added => "entry written, the rest is as it was",
        Change::Nothing => "nothing changed, all is as it should be",
        Change::Removed => "entry removed, the rest is as it was",
        Change::Deleted => "removed, nothing else was in it",
    }
}

fn shown(path: &Path) -> String {
    visible(path.as_os_str().as_encoded_bytes())
}
