//! Variables that switch hook managers off, or git's own configuration of hooks, for the commands that see them.
//!
//! `HUSKY=0 npm ci` is what every build does: a variable counts where a command that runs hooks sees it.

use super::config::{self, Meaning};
use super::finding::{Finding, Kind};
use super::instead::Instead;
use super::script::State;
use super::words::{UNKNOWN, is_open};

/// What a variable does to the hooks, with this value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// They do not run, or others do.
    Away(Kind),
    /// That depends on what stands elsewhere.
    Perhaps,
}

/// What a variable does to the hooks; most do nothing.
pub(super) fn effect(name: &str, value: &str) -> Option<Effect> {
    let bare = value.replace(UNKNOWN, "");
    let off = matches!(&*bare, "0" | "false" | "no" | "off");
    let on = !value.is_empty() && !off;
    match name {
        "HUSKY" | "LEFTHOOK" | "HK" if is_open(value) => (off || bare.is_empty()).then_some(Effect::Perhaps),
        "HUSKY" | "LEFTHOOK" | "HK" if off => Some(Effect::Away(Kind::SwitchedOff)),
        "HUSKY_SKIP_HOOKS"
        | "OVERCOMMIT_DISABLE"
        | "SKIP_SIMPLE_GIT_HOOKS"
        | "LEFTHOOK_EXCLUDE"
        | "HK_SKIP_STEPS"
        | "HK_SKIP_HOOK"
        | "SKIP"
        | "PREK_SKIP"
            if on =>
        {
            Some(if is_open(value) { Effect::Perhaps } else { Effect::Away(Kind::SwitchedOff) })
        }
        "PRE_COMMIT_ALLOW_NO_CONFIG" if on => Some(Effect::Perhaps),
        "CI_GUARD_POLICY" => Some(Effect::Away(Kind::OtherPolicy)),
        // Where git looks for the user's configuration. What is wholly unknown is most likely what it was.
        "HOME" | "XDG_CONFIG_HOME" if value.is_empty() || !bare.is_empty() => Some(Effect::Perhaps),
        "GIT_CONFIG_GLOBAL" | "GIT_CONFIG_SYSTEM" | "GIT_EXEC_PATH" => Some(Effect::Perhaps),
        "GIT_CONFIG_PARAMETERS" => match quoted(value).into_iter().find_map(|(key, _)| config::meaning(&key)) {
            Some(Meaning::Away(kind)) => Some(Effect::Away(kind)),
            Some(Meaning::Perhaps) => Some(Effect::Perhaps),
            None => is_open(value).then_some(Effect::Perhaps),
        },
        _ if name.starts_with("GIT_CONFIG_KEY_") => match config::meaning(value) {
            Some(Meaning::Away(kind)) => Some(Effect::Away(kind)),
            Some(Meaning::Perhaps) => Some(Effect::Perhaps),
            None => is_open(value).then_some(Effect::Perhaps),
        },
        _ => None,
    }
}

/// A line ends with such a variable exported: what comes next in the same shell is not known.
pub(super) fn left_behind(state: &mut State) {
    let away = |(name, value): (&str, &str)| match effect(name, value) {
        Some(Effect::Away(kind)) => Some((kind, name.to_owned(), value.to_owned())),
        _ => None,
    };
    if let Some((kind, name, value)) = state.exported().filter_map(away).min_by(|a, b| a.1.cmp(&b.1)) {
        state.notice(
            kind,
            &format!("export {name}={value}"),
            Instead::Command { line: format!("unset {name}"), words: format!("take the variable {name} away") },
        );
    }
}

/// What a program sees: the variables before it, then those that are exported.
pub(super) fn seen(settings: &[(String, String)], state: &State) -> Vec<(String, String)> {
    let own = settings
        .iter()
        .enumerate()
        .filter(|(at, (name, _))| !settings[at + 1..].iter().any(|(later, _)| later == name));
    let mut seen: Vec<(String, String)> = own.map(|(_, setting)| setting.clone()).collect();
    let mut inherited: Vec<(String, String)> = state
        .exported()
        .filter(|(name, _)| !settings.iter().any(|(own, _)| own == name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    inherited.sort();
    seen.extend(inherited);
    seen
}

/// The configuration that variables hand to git: keys and values.
pub(super) fn configured(settings: &[(String, String)], state: &State) -> Vec<(String, String)> {
    let seen = seen(settings, state);
    let value = |wanted: &str| seen.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
    let counted = seen.iter().filter_map(|(name, key)| {
        let number = name.strip_prefix("GIT_CONFIG_KEY_")?;
        Some((key.clone(), value(&format!("GIT_CONFIG_VALUE_{number}")).unwrap_or(UNKNOWN.to_string())))
    });
    let mut found: Vec<(String, String)> = counted.collect();
    found.extend(value("GIT_CONFIG_PARAMETERS").iter().flat_map(|value| quoted(value)));
    found
}

/// Judge what a command that runs hooks sees.
pub(super) fn judge(settings: &[(String, String)], command: &str, instead: &Instead, state: &mut State) {
    for (name, value) in seen(settings, state) {
        let what = told(command, &name, &value);
        match effect(&name, &value) {
            Some(Effect::Away(kind)) => {
                state.deny(Finding::new(kind, &what, instead));
            }
            Some(Effect::Perhaps) => {
                state.notice(Kind::Undecided, &what, instead);
            }
            None => {}
        }
    }
}

/// What is wrong with a variable. One that holds much else, a header with a token for instance, is not repeated.
fn told(command: &str, name: &str, value: &str) -> String {
    let keys: Vec<String> = quoted(value).into_iter().map(|(key, _)| key).collect();
    match keys.iter().find(|key| config::meaning(key).is_some()).filter(|_| name == "GIT_CONFIG_PARAMETERS") {
        Some(key) => format!("`{command}` with {key} in {name}"),
        None if name == "GIT_CONFIG_PARAMETERS" => format!("`{command}` with {name}"),
        None => format!("`{command}` with {name}={value}"),
    }
}

/// The variables of a command that a better one has too, and the names of those that it has not; nothing when they cannot
/// be told apart.
pub(super) fn kept(settings: &[(String, String)], state: &State) -> (Option<Vec<(String, String)>>, Vec<String>) {
    let away = |(name, value): &(String, String)| effect(name, value).is_some().then(|| name.clone());
    let gone: Vec<String> = seen(settings, state).iter().filter_map(away).collect();
    let counted = |name: &str| name.starts_with("GIT_CONFIG_") && gone.iter().any(|it| it.starts_with("GIT_CONFIG_"));
    // One key is gone with its list; of several, who knows which the others need.
    let tangled = configured(settings, state).len() > 1 && gone.iter().any(|name| counted(name));
    let stay = |(name, _): &&(String, String)| !gone.contains(name) && !counted(name);
    let own = settings.iter().filter(stay).cloned().collect();
    ((!tangled).then_some(own), gone)
}

/// `'core.hooksPath'='x' 'a.b=c'`, as git hands it to its children: keys and values.
fn quoted(value: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut before = "";
    for (at, part) in value.split('\'').enumerate() {
        match (at % 2 == 0, before, found.last_mut()) {
            (true, ..) => before = part,
            (false, "=", Some(last)) => part.clone_into(&mut last.1),
            _ => {
                let (key, value) = part.split_once('=').unwrap_or((part, ""));
                found.push((key.to_owned(), value.to_owned()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Effect, effect};
    use crate::agent::command::Kind;

    #[test]
    fn what_variables_do() {
        let off = Some(Effect::Away(Kind::SwitchedOff));
        let table = [
            ("HUSKY", "0", off),
            ("HUSKY", "1", None),
            ("HUSKY", "2", None),
            ("HUSKY", "\u{f8ff}", Some(Effect::Perhaps)),
            ("HUSKY", "\u{f8ff}0", Some(Effect::Perhaps)),
            ("HUSKY", "\u{f8ff}1", None),
            ("HOME", "/x", Some(Effect::Perhaps)),
            ("HOME", "\u{f8ff}", None),
            ("LEFTHOOK", "false", off),
            ("LEFTHOOK", "1", None),
            ("SKIP", "lint", off),
            ("SKIP", "", None),
            ("PATH", "/x", None),
            ("GIT_CONFIG_KEY_3", "Core.HOOKSpath", Some(Effect::Away(Kind::OtherHooks))),
            ("GIT_CONFIG_KEY_0", "user.name", None),
            ("GIT_CONFIG_PARAMETERS", "'user.name'='core.hookspath'", None),
            ("GIT_CONFIG_PARAMETERS", "'a.b=c' 'core.hookspath=x'", Some(Effect::Away(Kind::OtherHooks))),
            ("GIT_CONFIG_GLOBAL", "/dev/null", Some(Effect::Perhaps)),
            ("CI_GUARD_POLICY", "x.json", Some(Effect::Away(Kind::OtherPolicy))),
        ];
        for (name, value, expected) in table {
            assert_eq!(effect(name, value), expected, "{name}={value}");
        }
    }
}
