//! What can be wrong, in words: the case, where it stands, why it matters, and what to run.
//!
//! Decides from what the survey has seen; finds out nothing else but what stands beside it, in the repository and the environment.

use super::{Asker, configured_file, problem};
use crate::git::hooks::{Scope, Setting};
use crate::model::{Gravity, HookName, Problem, Seat, shell_word, visible};
use crate::ops::hooking::folder::{self, Occupant, Ours};
use crate::ops::hooking::survey::Survey;
use crate::ops::hooking::{configured, shim, shown, takeover, word};
use crate::system::files;
use bstr::{BStr, ByteSlice};
use std::path::Path;

use Gravity::{Stops, Warns};

/// What renews the seat for all repositories.
const GLOBALLY: &str = "ci-guard install --global";

/// Of the seat for all repositories, this repository's own `install` would mend nothing.
pub(super) fn mend_globally(problem: &mut Problem) {
    for command in problem.mend.iter_mut().filter(|command| *command == "ci-guard install") {
        *command = GLOBALLY.to_owned();
    }
}

/// Why git does not find our judge: the one reason that comes first.
pub(super) fn no_seat(survey: &Survey) -> Problem {
    let hook = survey.hook.id();
    let install = &*install(survey.hook);
    // git that heeds nothing else is asked for nothing else.
    let only_folder = survey.is_before_all() && !survey.setup.version.has_configured_hooks();
    if let Some(problem) = configured_in_vain(survey, install).filter(|_| !only_folder) {
        return problem;
    }
    if let Some(global) = survey.global.as_ref().filter(|_| survey.is_before_all()) {
        let file = global.hook();
        return match folder::occupant(&file) {
            Occupant::Shim(ours) => broken(&file, &ours, GLOBALLY),
            Occupant::Foreign(foreign) => {
                let by = foreign.maker.map_or("another tool", |maker| maker.name);
                let message = format!("{by} has replaced the hook for all repositories: {}", shown(&file));
                problem("hook-replaced", Stops, message, &[GLOBALLY])
            }
            _ => problem("hook-missing", Stops, format!("{} is not there", shown(&file)), &[GLOBALLY]),
        };
    }
    if let Occupant::Shim(ours) = &survey.here.occupant {
        return broken(&survey.here.file(), ours, install);
    }
    let elsewhere = survey.setup.all("core.hookspath").next_back();
    let waits = matches!(&survey.default.occupant, Occupant::Shim(_)) && !survey.is_own;
    let waits = waits.then(|| survey.default.file());
    let own_folder = takeover::hooks_folder(&survey.setup);
    let own_folder = (!takeover::in_force(&survey.setup)).then_some(own_folder);
    let for_all = survey.global.as_ref().filter(|_| !survey.is_before_all()).map(|global| global.hooks());
    let waits = waits.or_else(|| own_folder.into_iter().chain(for_all).find(|path| path.exists()));
    if let (Some(waits), Some(setting)) = (&waits, elsewhere) {
        let message = format!("{}, so git does not read {}", told(setting), shown(waits));
        if setting.scope == Scope::Command {
            return problem("hooks-path", Stops, message, &["unset GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS"]);
        }
        let for_all = setting.scope == Scope::Global && survey.global.is_some();
        return problem("hooks-path", Stops, message, &[if for_all { GLOBALLY } else { install }]);
    }
    if let Occupant::Foreign(foreign) = &survey.here.occupant
        && survey.here.contended()
    {
        let by = foreign.maker.map_or("another tool", |maker| maker.name);
        let message = format!("{by} has replaced ci-guard's hook: {}", shown(&survey.here.file()));
        return problem("hook-replaced", Stops, message, &[install]);
    }
    let mut message = format!("ci-guard is not installed here: there is no {hook} hook of its own");
    match elsewhere {
        Some(setting) if setting.scope == Scope::Command => {
            message = format!("{}, and ci-guard is not in there", told(setting));
        }
        Some(setting) => message += &format!(" ({})", told(setting)),
        None => {}
    }
    problem("not-installed", Stops, message, &[install])
}

/// Our configured hook is written down, and yet git does not run it.
fn configured_in_vain(survey: &Survey, install: &str) -> Option<Problem> {
    let ours = survey.configured_written()?;
    let global = survey.global.as_ref().filter(|global| configured::leads_to(ours, &global.front()));
    let install = if global.is_some() { GLOBALLY } else { install };
    let key = format!("hook.{}", configured::name(survey.hook));
    let off = |setting: &Setting| {
        let message = format!("{} is false ({}), so git skips ci-guard", visible(&setting.key), place(setting));
        let flag = if setting.scope == Scope::Command { "" } else { setting.scope.id() };
        let unset = match flag {
            "" => "unset GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS".to_owned(),
            flag => format!("git config --{flag} --unset-all {}", shell_word(&setting.key)),
        };
        problem("hook-disabled", Stops, message, &[&unset])
    };
    if !survey.setup.version.has_configured_hooks() {
        let version = survey.setup.version;
        let message = format!(
            "ci-guard is a hook of the configuration ({key}), which git runs from 2.54 on; this git is {version}"
        );
        return Some(problem("git-too-old", Stops, message, &[install]));
    }
    if let Some(setting) = survey.event_disabled.as_ref().or(ours.disabled.as_ref()) {
        return Some(off(setting));
    }
    if let Some(global) = global {
        let file = if files::is_program(&global.front()) { global.judge() } else { global.front() };
        return Some(match folder::occupant(&file) {
            Occupant::Shim(found) => broken(&file, &found, install),
            _ => problem("hook-missing", Stops, format!("{key} runs {}, which is not there", shown(&file)), &[install]),
        });
    }
    if !configured::leads_here(ours, &survey.setup, survey.hook) {
        let file = shown(&configured_file(survey));
        let message = format!("{key}.command does not run {file}: the repository was moved, or the setting changed");
        return Some(problem("hook-changed", Stops, message, &[install]));
    }
    Some(match &survey.configured_file {
        Occupant::Shim(found) => broken(&configured_file(survey), found, install),
        _ => {
            let message = format!("{key} runs {}, which is not there", shown(&configured_file(survey)));
            problem("hook-missing", Stops, message, &[install])
        }
    })
}

/// Our shim is in its place, and cannot run.
fn broken(file: &Path, ours: &Ours, install: &str) -> Problem {
    let shown = shown(file);
    if ours.broken_shebang {
        let message =
            format!("{shown} begins with a line that ends in CR LF: its interpreter is not found, pushes hang");
        return problem("hook-crlf", Stops, message, &[install]);
    }
    if ours.filled.is_none() {
        let message = format!("{shown} was changed so that its program cannot be read off it");
        return problem("hook-changed", Stops, message, &[install]);
    }
    problem("hook-not-executable", Stops, format!("{shown} is not executable, so git skips it"), &[install])
}

/// The judge is in its seat; what could be better about it.
pub(super) fn of_seat(survey: &Survey, seat: &Seat) -> Vec<Problem> {
    let install = &*install(survey.hook);
    let mut problems = Vec::new();
    if let Occupant::Shim(ours) = folder::occupant(seat.file())
        && !ours.intact
    {
        let file = shown(seat.file());
        let (gravity, message) = if ours.of_this_version {
            (Stops, format!("{file} was changed since ci-guard wrote it, so it is not certain that it still judges"))
        } else {
            (Warns, format!("{file} is not as this version of ci-guard writes it"))
        };
        problems.push(problem("hook-changed", gravity, message, &[install]));
    }
    if let Seat::MovedAside(file, maker) = seat {
        let message = format!("{maker} has taken the hook's name and runs ours as {}", shown(file));
        problems.push(problem("hook-moved", Warns, message, &[]));
        if survey.here.is_stale() {
            let message = format!("{} is an older copy of {maker}'s hook", shown(&survey.here.chained_file()));
            problems.push(problem("hook-stale", Warns, message, &[install]));
        }
    }
    let also = matches!(&survey.here.occupant, Occupant::Shim(ours) if ours.runs());
    let by_another = survey.here.run_by_another().is_some();
    if matches!(seat, Seat::Global(_)) && by_another {
        let message = format!("a push is judged twice: for all repositories and by {}", shown(&survey.here.file()));
        problems.push(problem("judged-twice", Warns, message, &["ci-guard uninstall"]));
    }
    if matches!(seat, Seat::Configuration(_)) && (also || by_another) {
        let message = format!("a push is judged twice: by the configuration and by {}", shown(&survey.here.file()));
        problems.push(problem("judged-twice", Warns, message, &[install]));
    }
    let file = if survey.here.chained == Occupant::Nobody { survey.here.file() } else { survey.here.chained_file() };
    if files::head(&file, shim::ENOUGH).is_some_and(|text| shim::has_broken_shebang(&text)) {
        let message = format!("{} begins with a line that ends in CR LF: it cannot run and stops pushes", shown(&file));
        let mend = format!("sed -i 's/\\r$//' {}", word(&file));
        problems.push(problem("chained-crlf", Warns, message, &[&mend]));
    }
    if let Seat::OwnFolder(_) = seat {
        for name in takeover::not_forwarded(&survey.setup) {
            let there = takeover::underlying_folder(&survey.setup).join(name);
            let message = format!("{} came after ci-guard and does not run", shown(&there));
            problems.push(problem("hook-not-forwarded", Warns, message, &[install]));
        }
    }
    problems
}

/// What stands around the hook, wherever it sits.
pub(super) fn around(survey: &Survey, seat: Option<&Seat>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let setup = &survey.setup;
    for hook in survey.configured.iter().filter(|hook| hook.command.is_none() && hook.disabled.is_none()) {
        if setup.version.has_configured_hooks() {
            let section = shell_word(format!("hook.{}", hook.name));
            let message = format!("{} has an event and no command: git ends every push", visible(section.as_bytes()));
            problems.push(problem(
                "hook-without-command",
                Warns,
                message,
                &[&format!("git config --remove-section {section}")],
            ));
        }
    }
    if matches!(seat, Some(Seat::HooksFolder(_) | Seat::OwnFolder(_) | Seat::MovedAside(..))) {
        for (worktree, hooks) in setup.worktrees().unwrap_or_default() {
            if hooks != setup.hooks_dir && worktree != setup.root {
                let (tree, hooks) = (shown(&worktree), shown(&hooks));
                let message = format!("git reads the hooks of the worktree {tree} from {hooks}: not judged there");
                problems.push(problem(
                    "worktree-elsewhere",
                    Warns,
                    message,
                    &[&format!("ci-guard install --repo {}", word(&worktree))],
                ));
            }
        }
    }
    for setting in setup.settings.iter().filter(|setting| goes_around(setting)) {
        let message = format!("{} ({}) pushes past every hook", visible(&setting.key), place(setting));
        let edit = format!("git config --{} --edit", setting.scope.id());
        problems.push(problem("alias-bypass", Warns, message, &[&edit]));
    }
    if setup.root.join(".jj").is_dir() && survey.hook == HookName::PrePush {
        let message = "Jujutsu works in this folder, and `jj git push` runs no hooks";
        problems.push(problem("jj", Warns, message, &["ci-guard check && jj git push"]));
    }
    problems
}

/// An alias that pushes without hooks.
fn goes_around(setting: &Setting) -> bool {
    let Some(value) = setting.value.as_ref().filter(|_| setting.key.starts_with(b"alias.")) else { return false };
    value.contains_str("push")
        && (value.contains_str("--no-verify") || value.to_lowercase().contains_str("core.hookspath"))
}

/// What no hook sees.
pub(super) fn bypasses(survey: &Survey, seat: Option<&Seat>) -> Vec<String> {
    let mut list: Vec<&str> = match survey.hook {
        HookName::PrePush => vec![
            "git push --no-verify",
            "git -c core.hooksPath=... push, and the same through GIT_CONFIG_COUNT",
            "git send-pack, and a push from another clone",
            "clients that run no hooks: jj, libgit2, gitoxide, isomorphic-git, a forge's web pages and API",
        ],
        HookName::PreReceive => vec!["whoever can write to this folder without a push"],
    };
    let configured = match seat {
        Some(Seat::Configuration(_)) => true,
        Some(Seat::Global(_)) => !survey.is_before_all(),
        _ => false,
    };
    if configured {
        list[1] = "git -c hook.ci-guard-pre-push.enabled=false push, and the same through GIT_CONFIG_COUNT";
        list.push("a git before 2.54, such as an editor may bring along");
    }
    if survey.setup.common_dir.join("modules").is_dir() && !matches!(seat, Some(Seat::Global(_))) {
        list.push("pushes of submodules, which have hooks of their own: ci-guard install --repo SUBMODULE");
    }
    list.into_iter().map(str::to_owned).collect()
}

pub(super) fn policy(error: &str) -> Problem {
    let message = format!("the policy cannot be used, so only markers are judged: {error}");
    problem("policy", Warns, message, &["ci-guard policy show"])
}

pub(super) fn missing_base(base: &BStr) -> Problem {
    let message = format!("the merge rules cannot judge: the policy's base `{}` is no branch here", visible(base));
    problem("policy-base", Warns, message, &["ci-guard policy show", "git branch --all"])
}

pub(super) fn binary_missing(path: &Path) -> Problem {
    let message = format!("{} is not there, and no ci-guard is on the PATH: pushes go out with a warning", shown(path));
    problem("binary-missing", Stops, message, &["cargo install --path .", "ci-guard install"])
}

pub(super) fn binary_moved(path: &Path, found: &Path) -> Problem {
    let message = format!("{} is not there; {} is taken from the PATH instead", shown(path), shown(found));
    problem("binary-moved", Warns, message, &["ci-guard install"])
}

pub(super) fn binary_broken(path: &Path, reason: &str) -> Problem {
    let message = format!("{} does not run ({}): pushes go out with a warning", shown(path), visible(reason));
    problem("binary-broken", Stops, message, &["ci-guard install"])
}

pub(super) fn binary_differs(path: &Path, version: &str, asker: Asker) -> Problem {
    let message = format!("the hook starts {} ({}), you run {}", shown(path), visible(version), asker.version);
    problem("binary-version", Warns, message, &["ci-guard install"])
}

fn install(hook: HookName) -> String {
    match hook {
        HookName::PrePush => "ci-guard install".to_owned(),
        HookName::PreReceive => "ci-guard install --hook pre-receive".to_owned(),
    }
}

/// A setting in words: `core.hooksPath is .husky/_ (local, file:.git/config)`.
fn told(setting: &Setting) -> String {
    let value = setting.value.as_ref().map(visible).unwrap_or_default();
    format!("core.hooksPath is {} ({})", if value.is_empty() { "empty" } else { &value }, place(setting))
}

fn place(setting: &Setting) -> String {
    format!("{}, {}", setting.scope.id(), visible(&setting.origin))
}
