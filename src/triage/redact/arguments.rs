//! Secrets among the arguments of a command: what stands behind a flag of such a name is one, whatever it looks like.
//!
//! Logs are read with more caution, since they are full of prose about flags; a command is no prose. The value is the next argument,
//! or the next word of a script. What follows `=` is taken here too.

use super::OPENING;
use regex::{Captures, Regex};
use std::borrow::Cow;
use std::sync::LazyLock;

/// What stands in a value's place.
const KIND: &str = "password-argument";

/// A flag that a secret follows, and one that names a user, perhaps with a password.
const FLAG: &str = r"--?(?:[a-z0-9]+[_-])*(?:password|passwd|passphrase|pass|pwd|secret|credentials?|token|(?:api|access|secret|private|signing|encryption|master|auth|account|ssh|deploy)[_-]?key|apikey|authtoken)";
const USER: &str = r"-u|--user|--proxy-user";

/// A flag alone, or a name in JSON or of a header whose value is another argument.
static ALONE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(&format!(
        r#"^(?:(?i:{FLAG})|{USER}|(?is:.*(?:password|passwd|passphrase|secret|token|api[_-]?key)["']?\s*:\s*))$"#
    ))
    .ok()
});

static WITHIN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    // A script inside of a script has its quotes escaped.
    let value = r#"(?:'\\''(?P<q1>[^']+)'\\''|\\"(?P<q2>[^"\\]+)\\"|"(?P<q3>[^"]+)"|'(?P<q4>[^']+)'|(?P<bare>[^\s"'\\-][^\s"';|&)]*))"#;
    Regex::new(&format!(r#"(?P<before>(?:^|[\s"'(;&|`])(?P<flag>(?i:{FLAG})|{USER})(?:=|\s+)){value}"#)).ok()
});

/// Whether a secret is what comes after this argument.
pub(super) fn asks(argument: &str) -> bool {
    ALONE.as_ref().is_some_and(|alone| alone.is_match(argument))
}

/// The value behind a flag: of a user's, what stands after the colon.
pub(super) fn value(is_user: bool, value: &str) -> String {
    let is_reference = value.starts_with('$') || value.is_empty() || value.contains(OPENING);
    match value.split_once(':') {
        _ if is_reference => value.to_owned(),
        Some((user, word)) if is_user && is_password(user, word) => format!("{user}:{OPENING}{KIND}]"),
        _ if is_user => value.to_owned(),
        _ => format!("{OPENING}{KIND}]"),
    }
}

/// The numbers of a user and a group, an address or a variable are none.
fn is_password(user: &str, word: &str) -> bool {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !(word.is_empty() || word.starts_with(['$', '/']) || is_number(user) && is_number(word))
}

/// A script without the values behind its flags.
pub(super) fn within(script: &str) -> Cow<'_, str> {
    let Some(within) = WITHIN.as_ref() else { return Cow::Borrowed(script) };
    within.replace_all(script, |found: &Captures<'_>| {
        let is_user = is_user(&found["flag"]);
        let (quote, group) = [("'\\''", "q1"), ("\\\"", "q2"), ("\"", "q3"), ("'", "q4"), ("", "bare")]
            .into_iter()
            .find(|(_, group)| found.name(group).is_some())
            .unwrap_or(("", "bare"));
        let secret = found.name(group).map_or("", |value| value.as_str());
        format!("{}{quote}{}{quote}", &found["before"], value(is_user, secret))
    })
}

/// Whether a flag names a user.
pub(super) fn is_user(flag: &str) -> bool {
    USER.split('|').any(|user| user == flag)
}
