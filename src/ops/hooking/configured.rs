//! A hook of git's configuration (git 2.54 and later): it runs beside the hooks folder, wherever that is, and outlives
//! every other tool's taking of it.
//!
//! Its command leads to a shim file, because git lets every exit code but 0 stop a push. The keys are set in an order
//! in which no moment has an event without a command: that would end every push.

use super::folder::{self, Occupant};
use super::shim::{Shim, quoted};
use super::{Changes, cannot, own_folder, shown};
use crate::git::hooks::{HookSetup, Scope, Setting};
use crate::model::HookName;
use anyhow::Result;
use bstr::{BStr, BString, ByteSlice};
use std::fs;
use std::path::{Path, PathBuf};

/// One configured hook for an event, as all scopes together have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Configured {
    /// Its friendly name.
    pub name: BString,
    /// What it runs.
    pub command: Option<BString>,
    /// The setting that switched it off.
    pub disabled: Option<Setting>,
}

/// The friendly name of ours. It must not be that of an event.
pub(crate) fn name(hook: HookName) -> String {
    format!("ci-guard-{}", hook.id())
}

/// The file that our command runs.
pub(crate) fn file(setup: &HookSetup, hook: HookName) -> PathBuf {
    own_folder(setup).join(hook.id())
}

/// The configured hooks for an event, read as git does: the last word counts, an empty event takes all earlier away.
pub(crate) fn list(settings: &[Setting], event: &str) -> Vec<Configured> {
    let mut hooks: Vec<Configured> = Vec::new();
    let mut events: Vec<(BString, bool)> = Vec::new();
    for setting in settings {
        let Some((name, variable)) = split(setting.key.as_ref()) else { continue };
        let index = hooks.iter().position(|hook| hook.name == name).unwrap_or_else(|| {
            hooks.push(Configured { name: name.to_owned(), command: None, disabled: None });
            events.push((name.to_owned(), false));
            hooks.len() - 1
        });
        let value = setting.value.as_ref().map(|value| value.as_bytes());
        match (variable.as_bytes(), value) {
            (b"command", Some(value)) => hooks[index].command = Some(value.into()),
            (b"event", Some(b"")) => events[index].1 = false,
            (b"event", Some(value)) if value == event.as_bytes() => events[index].1 = true,
            (b"enabled", value) => hooks[index].disabled = (!is_true(value)).then(|| setting.clone()),
            _ => {}
        }
    }
    hooks.into_iter().zip(events).filter_map(|(hook, (_, listens))| listens.then_some(hook)).collect()
}

/// The setting that switched all configured hooks of an event off.
pub(crate) fn event_disabled<'a>(settings: &'a [Setting], event: &str) -> Option<&'a Setting> {
    let key = format!("hook.{event}.enabled");
    let last = settings.iter().rfind(|setting| setting.key == key)?;
    (!is_true(last.value.as_ref().map(|value| value.as_bytes()))).then_some(last)
}

/// Whether ours is written down, whether or not git heeds it.
pub(crate) fn is_written(setup: &HookSetup, hook: HookName) -> bool {
    let prefix = format!("hook.{}.", name(hook));
    setup.settings.iter().any(|setting| setting.key.starts_with(prefix.as_bytes())) || file(setup, hook).exists()
}

/// Whether what git runs for it is our shim where it is now: a repository that was moved still names the old place.
pub(crate) fn leads_here(ours: &Configured, setup: &HookSetup, hook: HookName) -> bool {
    leads_to(ours, &file(setup, hook))
}

/// Whether what git runs for it is this file.
pub(crate) fn leads_to(ours: &Configured, file: &Path) -> bool {
    ours.command.as_ref() == Some(&command(file))
}

/// Write the shim and the keys.
pub(crate) fn sit(setup: &HookSetup, hook: HookName, binary: &Path) -> Result<Changes> {
    let mut changes = Changes::new();
    let file = file(setup, hook);
    let folder = own_folder(setup);
    fs::create_dir_all(&folder).map_err(|error| cannot("made", &folder, &error))?;
    let shim = Shim { hook, binary: binary.to_owned(), made_folder: false };
    match folder::occupant(&file) {
        Occupant::Shim(found) => folder::refresh(&file, &found, &shim, &mut changes)?,
        _ => folder::put(&file, &shim, &mut changes)?,
    }
    let key = |variable: &str| format!("hook.{}.{variable}", name(hook));
    let wanted = [("command", command(&file)), ("event", hook.id().into())];
    for (variable, value) in wanted {
        let key = key(variable);
        let found: Vec<_> = local(setup, &key).collect();
        if found.len() != 1 || found[0].value.as_ref() != Some(&value) {
            if found.len() > 1 {
                setup.unset(Scope::Local, &key)?;
            }
            setup.set(Scope::Local, &key, value.to_os_str_lossy())?;
            changes.push(format!("set {key} in this repository's configuration"));
        }
    }
    if local(setup, &key("enabled")).next().is_some() {
        setup.unset(Scope::Local, &key("enabled"))?;
        changes.push(format!("took away {}", key("enabled")));
    }
    Ok(changes)
}

/// Take the keys and the shim away.
pub(crate) fn leave(setup: &HookSetup, hook: HookName) -> Result<Changes> {
    let mut changes = Changes::new();
    for variable in ["event", "command", "enabled"] {
        let key = format!("hook.{}.{variable}", name(hook));
        if local(setup, &key).next().is_some() {
            setup.unset(Scope::Local, &key)?;
            changes.push(format!("took away {key}"));
        }
    }
    let file = file(setup, hook);
    if let Occupant::Shim(_) = folder::occupant(&file) {
        folder::remove(&file, &mut changes)?;
    }
    super::remove_if_empty(&own_folder(setup));
    Ok(changes)
}

fn local<'a>(setup: &'a HookSetup, key: &'a str) -> impl Iterator<Item = &'a Setting> {
    setup.all(key).filter(|setting| setting.scope == Scope::Local)
}

/// What git runs, with the hook's arguments after it. A shim that is gone, a folder now, or taken away just then says so
/// and stops nothing: only exit code 1 does.
pub(crate) fn command(file: &Path) -> BString {
    let path = quoted(file.as_os_str().as_encoded_bytes());
    let missing = format!("ci-guard: {} is missing, so this push was NOT checked", shown(file));
    let say = quoted(missing.as_bytes());
    let is_there = [b"[ -f ", &path[..], b" ] && [ -x ", &path, b" ]"].concat();
    let run = [&path[..], b" \"$@\"; [ $? != 1 ]"].concat();
    [b"ci_guard() { ", &is_there[..], b" || { echo ", &say, b" >&2; return 0; }; ", &run, b"; }; ci_guard"]
        .concat()
        .into()
}

/// `hook.<name>.<variable>`.
fn split(key: &BStr) -> Option<(&BStr, &BStr)> {
    let (name, variable) = key.strip_prefix(b"hook.")?.rsplit_once_str(".")?;
    Some((name.into(), variable.into()))
}

/// A boolean as git reads it; a key without a value is true.
fn is_true(value: Option<&[u8]>) -> bool {
    let no = |value: &[u8]| ["false", "no", "off", "0", ""].iter().any(|no| value.eq_ignore_ascii_case(no.as_bytes()));
    !value.is_some_and(no)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Vec<Setting> {
        let setting = |&(key, value): &(&str, &str)| Setting {
            key: key.into(),
            value: Some(value.into()),
            scope: Scope::Local,
            origin: "file:.git/config".into(),
        };
        pairs.iter().map(setting).collect()
    }

    #[test]
    fn the_last_word_counts() {
        let settings = settings(&[
            ("core.hookspath", "/x"),
            ("hook.A.b.command", "old"),
            ("hook.A.b.event", "pre-push"),
            ("hook.A.b.command", "new"),
            ("hook.off.event", "pre-push"),
            ("hook.off.enabled", "No"),
            ("hook.other.event", "pre-commit"),
            ("hook.reset.event", "pre-push"),
            ("hook.reset.event", ""),
        ]);
        let found = list(&settings, "pre-push");
        assert_eq!(found.iter().map(|hook| hook.name.to_string()).collect::<Vec<_>>(), ["A.b", "off"]);
        assert_eq!(found[0].command, Some("new".into()));
        assert!(found[0].disabled.is_none() && found[1].disabled.is_some());
    }

    #[test]
    fn an_event_can_be_switched_off_and_on_again() {
        let mut pairs = vec![("hook.pre-push.enabled", "false")];
        assert!(event_disabled(&settings(&pairs), "pre-push").is_some());
        assert!(event_disabled(&settings(&pairs), "pre-receive").is_none());
        pairs.push(("hook.pre-push.enabled", "true"));
        assert!(event_disabled(&settings(&pairs), "pre-push").is_none());
    }
}
