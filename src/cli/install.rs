//! `install`, `uninstall` and `doctor`: their requests, and what they say.

use super::agent;
use super::args::{Doctor, DoctorFormat, HookName as Named, Install, Uninstall};
use super::exit::ExitStatus;
use crate::git::command::Git;
use crate::model::{HookName, PolicyUse, Seat, Trouble, visible};
use crate::ops::{doctor, global, install, policy_source, uninstall, workspaces};
use crate::output;
use crate::policy;
use crate::system::{files, interrupt, terminal};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

const VERSION: &str = concat!("ci-guard ", env!("CARGO_PKG_VERSION"));

pub(super) fn run_install(args: Install) -> ExitStatus {
    if !args.agent.is_empty() {
        interrupt::heed();
        return agent::run_install(&args);
    }
    let prepare = || {
        let binary = files::this_program().context("ci-guard cannot tell where its own program is")?;
        let policy = args.policy.as_ref().map(|file| install::PolicyFile::read(file, is_policy)).transpose()?;
        Ok((binary, policy))
    };
    let (binary, policy) = match prepare() {
        Ok(prepared) => prepared,
        Err(error) => return failed(None, &error),
    };
    interrupt::heed(); // it is done in no time; half done, drafts and git's lock would be left behind
    if args.global {
        return globally(|git| install_everywhere(git, &binary));
    }
    let request = install::Request {
        hook: hook(args.hook),
        binary: &binary,
        policy: policy.as_ref(),
        configured: args.configured,
    };
    for_each(&args.repo, |git| {
        let done = install::install(git, &request)?;
        say(&done.repository, &done.changes, "nothing changed, all is as it should be");
        terminal::stdout(|out| {
            if let Some(file) = &done.chained {
                writeln!(out, "  the hook of its own still runs: {}", shown(file))?;
            }
            writeln!(out, "  {}", armed(request.hook, &done.seat))?;
            let Some(hidden) = &done.hidden else { return Ok(()) };
            writeln!(out, "  but NOT in this environment: {}", hidden.message)?;
            hidden.mend.iter().try_for_each(|command| writeln!(out, "  run: {command}"))
        });
        Ok(())
    })
}

pub(super) fn run_uninstall(args: Uninstall) -> ExitStatus {
    interrupt::heed();
    if !args.agent.is_empty() {
        return agent::run_uninstall(&args);
    }
    if args.global {
        return globally(uninstall_everywhere);
    }
    for_each(&args.repo, |git| {
        let done = uninstall::uninstall(git, hook(args.hook))?;
        say(&done.repository, &done.changes, "ci-guard was not installed, nothing changed");
        if let Some(Seat::Global(_)) = done.still {
            let still = "pushes from here are still judged, by the hook of all your repositories";
            terminal::stdout(|out| writeln!(out, "  {still}\n  to end that: ci-guard uninstall --global"));
        }
        Ok(())
    })
}

pub(super) fn run_doctor(args: Doctor) -> ExitStatus {
    if let Some(folder) = &args.all {
        return examine_all(folder, args.format);
    }
    let examine = || {
        let path = files::this_program().context("ci-guard cannot tell where its own program is")?;
        let asker = doctor::Asker { path: &path, version: VERSION };
        doctor::diagnose(&Git::new(here()?)?, asker, || policy_in_force(Path::new(".")))
    };
    let diagnosis = match examine() {
        Ok(diagnosis) => diagnosis,
        Err(error) => return failed(None, &error),
    };
    terminal::stdout(|out| match args.format {
        DoctorFormat::Human => output::doctor::human(&diagnosis, out),
        DoctorFormat::Json => output::doctor::json(&diagnosis, out),
    });
    if diagnosis.judged() { ExitStatus::Clean } else { ExitStatus::Blocked }
}

/// Do it for all repositories of this user, in none of them.
fn globally(act: impl FnOnce(&Git) -> Result<()>) -> ExitStatus {
    let done = here().and_then(Git::new).and_then(|git| act(&git));
    done.map_or_else(|error| failed(None, &error), |()| ExitStatus::Clean)
}

fn install_everywhere(git: &Git, binary: &Path) -> Result<()> {
    let done = global::install(git, binary)?;
    say(&done.folder, &done.changes, "nothing changed, all is as it should be");
    terminal::stdout(|out| {
        writeln!(out, "  every git push of yours is judged, from every repository, those of tomorrow too")?;
        match done.passes_by {
            true => writeln!(
                out,
                "  but not from one with a core.hooksPath of its own (husky): ci-guard doctor --all DIR finds those below \
                 DIR, ci-guard install --repo DIR arms one"
            ),
            false => writeln!(out, "  which of them: ci-guard doctor --all DIR"),
        }
    });
    Ok(())
}

fn uninstall_everywhere(git: &Git) -> Result<()> {
    let changes = global::uninstall(git)?;
    terminal::stdout(|out| match changes.is_empty() {
        true => writeln!(out, "ci-guard was not installed for all your repositories, nothing changed"),
        false => changes.iter().try_for_each(|change| writeln!(out, "{change}")),
    });
    Ok(())
}

/// Whether these bytes are a policy; if not, why.
fn is_policy(text: &[u8]) -> Result<(), String> {
    policy::parse(text).map(drop).map_err(|error| error.to_string())
}

/// The doctor for every workspace below a folder.
fn examine_all(folder: &Path, format: DoctorFormat) -> ExitStatus {
    let examine = || {
        let path = files::this_program().context("ci-guard cannot tell where its own program is")?;
        let root = here()?.join(folder).components().collect::<PathBuf>();
        workspaces::examine(&root, doctor::Asker { path: &path, version: VERSION }, policy_in_force)
    };
    let all = match examine() {
        Ok(all) => all,
        Err(error) => return failed(None, &error),
    };
    terminal::stdout(|out| match format {
        DoctorFormat::Human => output::workspaces::human(&all, out),
        DoctorFormat::Json => output::workspaces::json(&all, out),
    });
    if all.judged() { ExitStatus::Clean } else { ExitStatus::Blocked }
}

/// The policy that a push from a folder would be judged under.
fn policy_in_force(folder: &Path) -> doctor::PolicyHere {
    let look = || {
        let in_force = policy_source::in_force_in(folder, None)?;
        let missing_base = |policy| policy_source::missing_base_in(folder, policy);
        let missing_base = in_force.policy.as_ref().map(missing_base).transpose()?.flatten();
        Ok(doctor::PolicyHere { used: in_force.used, missing_base })
    };
    look().unwrap_or_else(|error: anyhow::Error| {
        let used = PolicyUse { source: None, error: Some(visible(format!("{error:#}"))) };
        doctor::PolicyHere { used, missing_base: None }
    })
}

/// Do it in every repository named, or in the one around the current folder. One that fails stops no other.
pub(super) fn for_each(repositories: &[PathBuf], act: impl Fn(&Git) -> Result<()>) -> ExitStatus {
    let here = match here() {
        Ok(here) => here,
        Err(error) => return failed(None, &error),
    };
    let folders = match repositories {
        [] => vec![here],
        named => named.iter().map(|folder| here.join(folder)).collect(),
    };
    let mut status = ExitStatus::Clean;
    for folder in &folders {
        // Not `GIT_DIR`: an inherited one has led many a tool into a repository that nobody meant.
        let outcome = Git::new(folder).and_then(|git| act(&git.elsewhere(folder)));
        if let Err(error) = outcome {
            status = failed((folders.len() > 1).then_some(folder), &error);
        }
    }
    status
}

fn here() -> Result<PathBuf> {
    std::env::current_dir().context("the current folder cannot be told")
}

fn hook(named: Named) -> HookName {
    match named {
        Named::PrePush => HookName::PrePush,
        Named::PreReceive => HookName::PreReceive,
    }
}

fn armed(hook: HookName, seat: &Seat) -> String {
    let pushes = match hook {
        HookName::PrePush => "every git push from here is judged",
        HookName::PreReceive => "every push to here is judged",
    };
    match seat {
        Seat::HooksFolder(_) => pushes.into(),
        Seat::OwnFolder(_) => format!("{pushes}, before the hooks of core.hooksPath"),
        Seat::Configuration(_) => format!("{pushes}, by a hook of git's configuration"),
        Seat::MovedAside(_, maker) => format!("{pushes}: {maker} runs the hook"),
        Seat::Global(_) => format!("{pushes}, by the hook of all your repositories; without that one, by its own"),
    }
}

fn say(repository: &Path, changes: &[String], nothing: &str) {
    terminal::stdout(|out| {
        writeln!(out, "{}", shown(repository))?;
        if changes.is_empty() {
            writeln!(out, "  {nothing}")?;
        }
        changes.iter().try_for_each(|change| writeln!(out, "  {change}"))
    });
}

/// A fault, with the way out of it.
fn failed(folder: Option<&PathBuf>, error: &anyhow::Error) -> ExitStatus {
    terminal::stderr(|out| {
        let reason = format!("{error:#}");
        let whose = folder.map(|folder| shown(folder)).filter(|folder| !reason.contains(folder));
        writeln!(out, "ci-guard: {}{reason}", whose.map(|folder| folder + ": ").unwrap_or_default())?;
        let next = error.downcast_ref::<Trouble>().map(|trouble| &trouble.next[..]).unwrap_or_default();
        next.iter().try_for_each(|command| writeln!(out, "  run: {command}"))
    });
    ExitStatus::Undecided
}

fn shown(path: &Path) -> String {
    visible(path.as_os_str().as_encoded_bytes())
}
