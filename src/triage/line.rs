//! What a line says without its dress: time stamps, colours, cursor movements, prefixes of CI systems and of tools that
//! run other tools.
//!
//! Only what stands around the words is taken away. What the words are, [`super::fingerprint`] makes equal.

use regex::bytes::Regex;
use std::borrow::Cow;
use std::sync::LazyLock;

static ANSI: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?-u)\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b").ok());
static STAMP: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?-u)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z ").ok());

/// The line, undressed.
pub fn clean(raw: &[u8]) -> Cow<'_, [u8]> {
    let mut line = Cow::Borrowed(raw);
    if let Some(stamp) = STAMP.as_ref().and_then(|stamp| stamp.find(raw)) {
        line = Cow::Borrowed(&raw[stamp.end()..]);
    }
    if memchr::memchr(b'\x1b', &line).is_some()
        && let Some(ansi) = ANSI.as_ref()
    {
        line = Cow::Owned(ansi.replace_all(&line, &b""[..]).into_owned());
    }
    // A progress line that was drawn over and over: what stood there at last.
    if let Some(at) = memchr::memrchr(b'\r', line.trim_ascii_end()) {
        line = Cow::Owned(line[at + 1..].to_vec());
    }
    line
}

/// The same as text.
pub fn text(raw: &[u8]) -> String {
    String::from_utf8_lossy(&clean(raw)).trim_end().to_owned()
}
