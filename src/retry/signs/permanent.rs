//! What looks like a transient failure and is none: a service of the job itself, a host without a domain, a certificate, a
//! thing that a registry does not have or does not give.
//!
//! Only lines that a transient row has matched are looked at. A server's own 429 or 5xx is never permanent.

use super::Last;
use crate::triage::signatures::{Kind, Signature};
use regex::bytes::Regex;
use std::sync::LazyLock;

/// How many lines before and behind a registry's failure may say why.
const REACH: usize = 6;

static LOCAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i-u)\blocalhost\b|\b127\.[0-9]+\.[0-9]+\.[0-9]+|\b0\.0\.0\.0\b|\[::1\]|::1[:, )]").ok()
});

/// A name that is asked for.
static ASKED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"(?i-u)(?:\blookup|\bENOTFOUND|\bEAI_AGAIN|resolve host(?:name)?:?|host address|host name|UnknownHostException:"#,
        r#"|failed resolving|resolving|https?://|host=)\s*(?:[\x27\x22`(]|\xe2\x80\x98)?((?:[a-z0-9_-]+\.)*[a-z0-9_-]+)"#,
        r#"|connect to (?:host )?((?:[a-z0-9_-]+\.)*[a-z0-9_-]+) port\b"#
    ))
    .ok()
});

/// A name or an address that is somewhere else.
static REMOTE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i-u)\b(?:[a-z0-9_-]+\.)+[a-z]{2,}\b|\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b|[0-9a-f]+:[0-9a-f:]+:[0-9a-f]+",
    )
    .ok()
});

static REFUSED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i-u)\brefused\b|ECONNREFUSED").ok());

/// Somebody was there, and went away.
static LOST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i-u)\breset\b|ECONNRESET|\bclosed\b|empty reply|hang up|hung up|broken pipe|EPIPE|\bEOF\b|disconnect",
    )
    .ok()
});

static CERTIFICATE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i-u)certificate|\bx509\b|self[- ]signed|\bEINTEGRITY\b|TARBALL_INTEGRITY").ok());

static REFUSAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i-u)\b(?:40[0134]|410)\b|not ?found\b|unknown: |manifest unknown|name unknown|unauthorized|denied\b|forbidden|does not (?:exist|have)",
        r"|no such (?:image|file|container|repository)|no (?:available )?releases? match|no longer has|not signed|no matching|invalid reference|match any of the",
        r"|authentication required|malformed"
    ))
    .ok()
});

/// Whether the line at this index, which the row names, will say the same next time.
pub(super) fn is_so(row: &Signature, is_answer: bool, last: &Last, index: usize) -> bool {
    let clean = last.clean(index);
    if !matches!(row.kind, Kind::Network | Kind::Registry) || is_answer {
        return false;
    }
    is(&CERTIFICATE, clean)
        || is_near(clean) && !is(&LOST, clean)
        || row.kind == Kind::Registry && last.around(index, REACH).any(|line| is(&REFUSAL, line))
}

/// Whether what does not answer is of the job itself. Refused by nobody in particular counts as that.
fn is_near(clean: &[u8]) -> bool {
    let names: Vec<&[u8]> = ASKED
        .as_ref()
        .map(|asked| {
            asked.captures_iter(clean).filter_map(|found| Some(found.get(1).or(found.get(2))?.as_bytes())).collect()
        })
        .unwrap_or_default();
    if names.iter().any(|name| name.contains(&b'.') && !is(&LOCAL, name)) {
        return false;
    }
    !names.is_empty() || is(&LOCAL, clean) || is(&REFUSED, clean) && !is_remote(clean)
}

/// Whether somebody else is named. Names of classes have dots too.
fn is_remote(clean: &[u8]) -> bool {
    const CLASSES: [&[u8]; 4] = [b"Exception", b"Error", b"Connection", b"exceptions"];
    let is_class = |name: &[u8]| CLASSES.iter().any(|class| memchr::memmem::find(name, class).is_some());
    REMOTE.as_ref().is_some_and(|remote| remote.find_iter(clean).any(|name| !is_class(name.as_bytes())))
}

fn is(what: &LazyLock<Option<Regex>>, line: &[u8]) -> bool {
    what.as_ref().is_some_and(|regex| regex.is_match(line))
}
