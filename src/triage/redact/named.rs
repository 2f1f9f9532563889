//! Secrets that only their surroundings give away: values after a name, headers, URLs with credentials, arguments of commands.
//!
//! Logs are full of such names in prose and in code (`unexpected token: ;`, `password = get_password()`), so the value is
//! looked at a second time.

use super::{Judge, Shape};
use regex::bytes::Captures;

const fn row(
    kind: &'static str,
    needles: &'static [&'static str],
    pattern: &'static str,
    judge: Judge,
    example: &'static str,
    unlike: &'static [&'static str],
) -> Shape {
    Shape { kind, needles, pattern, judge, example, unlike }
}

/// What stands between a name and its value, and the value: in quotes, or up to a blank. Quotes may be escaped.
macro_rules! assigned {
    ($name:literal) => {
        concat!(
            "(?i)",
            $name,
            r#"(?:[_.-][\w-]{0,24}|[0-9]{1,3}|s|value|hash|data)?(?:\\{0,7}["'`])?\]?\s{0,8}(?:=>|:=|={1,3}|:)\s{0,8}(?:Some\()?(?:\\{1,7}"(?P<q3>[^"\\]+)\\{1,7}"|"(?P<q1>[^"]+)"|'(?P<q2>[^']+)'|(?P<bare>[^\s"',;&<>)}\]]+))"#
        )
    };
}

/// In the order in which they name what they find.
pub(super) const TABLE: &[Shape] = &[
    row(
        "authorization",
        &["authorization"],
        r#"(?i)authorization\\?["']?\s*[:=]\s*\\?["']?(?:(?:basic|bearer|token|digest|bot|negotiate|ntlm|apikey|aws4-hmac-sha256|sswS)\s+)?(?P<secret>[^\s"'\\,]{6,}(?:,? ?[a-z]+=[^\s"'\\]+)*)"#,
        Judge::Shape,
        "> Authorization: Basic {b24}==",
        &["Authorization: none", "Authorization: ***"],
    ),
    row(
        "bearer-token",
        &["bearer "],
        r"(?i)\bbearer\s+(?P<secret>[A-Za-z0-9._~+/-]{16,}=*)",
        Judge::Random,
        "sent 'Bearer {a40}'",
        &["expected a bearer authentication-header", "Bearer token missing"],
    ),
    row(
        "cookie",
        &["cookie:"],
        r#"(?i)\b(?:set-)?cookie:\s*(?P<secret>[^\s=;"']+=[^"']{4,})"#,
        Judge::Shape,
        "< Set-Cookie: session={a32}; Path=/; HttpOnly",
        &["Cookie: none", "no cookie: give up"],
    ),
    row(
        "url-credentials",
        &["://"],
        r#"[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@"'<>]*:(?P<secret>[^\s/"'<>]+|[^\s/"'<>0-9][^\s"'<>/]*/[^\s"'<>/@]+)@"#,
        Judge::Shape,
        "fatal: unable to access 'https://bot:{a20}@git.example.org/shop.git/'",
        &["https://example.org:8080/@scope/name", "postgres://app:***@db/shop", "https://$USER:$PASS@example.org"],
    ),
    row(
        "url-credentials",
        &["://"],
        r#"[A-Za-z][A-Za-z0-9+.-]*://(?P<secret>[A-Za-z0-9_%.=+~-]{20,}|[A-Za-z0-9_+-]{12,}(?:=|%3[Dd]){1,2})@"#,
        Judge::User,
        "cloning https://{a40}@git.example.org/shop.git",
        &[
            "ssh://some-long-deployment-user@example.org/shop",
            "https://first.last-of-the-name2024@example.org/shop",
            "https://First.Last99%40shop.example.org@example.org/shop",
            "https://git@example.org/shop",
            "npm://some.package-with-a-name.2@12.3.4",
        ],
    ),
    row(
        "url-credentials",
        &["%3a"],
        r#"[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@"'<>]*%3[Aa](?P<secret>[^\s/:@"'<>]{6,})@"#,
        Judge::Random,
        "cloning https://u%3A{a12}@git.example.org/shop.git",
        &["https://example.org%3A8080@x", "https://u%3Apassword@example.org"],
    ),
    row(
        "url-credentials",
        &["://"],
        r#"[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@"'<>]*:(?P<secret>[^\s/"'<>0-9{(][^\s"'<>/@]*(?:/[^\s"'<>/@]+){2,6})@"#,
        Judge::User,
        "cloning https://u:x{a7}/{a5}/{a9}@git.example.org/shop.git",
        &[
            "http://localhost:8080/path@v1",
            "http://localhost:8080/aZ3/bY4xQ/c@v1",
            "ssh://example.org:team/group2/shop3@v12",
            "http://localhost:{port}/aZ3/bY4xQ/c@v1",
        ],
    ),
    row(
        "curl-user",
        &["curl", "wget", "http "],
        r#"(?i)\b(?:curl|wget|http)\b.*?\s(?:-u\s?|--user[= ]|--proxy-user[= ]|-a\s)["']?[^\s:"']*:(?P<secret>[^\s"'/][^\s"']*)"#,
        Judge::Shape,
        "+ curl -sf -u deploy:{a12} https://repo.example.org",
        &["+ curl -u https://example.org", "curl -u $USER:$PASS x"],
    ),
    row(
        "vault-token",
        &[" s.", "=s.", ":s.", "\"s.", "'s.", "`s.", "/s."],
        r"\bs\.[A-Za-z0-9]{24}\b",
        Judge::Random,
        "denied to s.{a24}",
        &["s.toString()", "at s.handlesEveryCaseOfTheDay()"],
    ),
    row(
        "netrc",
        &["machine"],
        r"\bmachine\s+\S+\s+login\s+\S+\s+password\s+(?P<secret>\S+)",
        Judge::Shape,
        "machine git.example.org login ci password {a14}",
        &["a machine wants a login and a password"],
    ),
    row(
        "pgpass",
        &[":543", ":*:", ":6432:"],
        r"(?:^|\s)[\w.*-]+:(?:543[0-9]|6432|\*):[\w*-]+:[\w*-]+:(?P<secret>[^\s:]{3,})\s*$",
        Judge::Shape,
        "db.example.org:5432:shop:ci:{a14}",
        &["main.c:5432:12: error: x", "127.0.0.1:5432: refused"],
    ),
    row(
        "password-argument",
        &["pass", "pwd", "secret", "credentials", "key", "token"],
        r#"(?i)(?:^|[\s"'])--?[a-z_-]{0,24}?(?:password|passwd|passphrase|pass|pwd|secret|credentials|(?:api|access|secret|private|signing|encryption|master)[_-]?key|token)[= ](?:"(?P<q1>[^"$]{4,})"|'(?P<q2>[^'$]{4,})'|(?P<secret>[^\s"'-][^\s"']{3,}))"#,
        Judge::Password,
        "deploy --user ci --password {a12} --verbose",
        &["unknown option --password-file secrets.txt", "usage: --token TOKEN", "--pass-through option"],
    ),
    row(
        "password",
        &["passw", "passphrase", "pwd", "pass=", "pass:", "_pass", "contrase", "kennwort", "mot_de_passe"],
        assigned!(
            r"(?:passw(?:or)?d|passphrase|pwd|(?:^|[^a-z])pass|_pass|contrase(?:n|\xc3\xb1)a|kennwort|mot_de_passe)"
        ),
        Judge::Password,
        "DB_PASSWORD={a9}",
        &["PASSWORD_FILE=/run/secrets/db", "password == expected", "PWD=/home/ann/shop", "OLDPWD=/builds/acme/shop"],
    ),
    row(
        "secret",
        &[
            "secret",
            "credential",
            "_authtoken",
            "_auth",
            "private_key",
            "privatekey",
            "private-key",
            "signing",
            "encryption",
            "master_key",
            "client-key-data",
            "webhook",
        ],
        assigned!(
            r"(?:secret(?:[_.-]?(?:access)?[_.-]?key)?|credentials?|_auth(?:token)?|private[_-]?key|(?:signing|encryption|master)[_-]?key|client-key-data|webhook)"
        ),
        Judge::Random,
        "AWS_SECRET_ACCESS_KEY={b40}",
        &["secret_name: shop-db", "secret: true", "credentials: include"],
    ),
    row(
        "api-key",
        &["key"],
        assigned!(
            r"(?:(?:api|access|auth|app|application|service|account|license|routing|integration|ingest|write|deploy|subscription|consumer|session|storage|record|hmac|encrypt|ssh|jwt)[_. -]?key|[a-z0-9]_key)"
        ),
        Judge::Random,
        "DD_API_KEY: {h32}",
        &["api_key: str", "api-key = foo.bar", "sort_key: name"],
    ),
    row(
        "token",
        &["token", "session", "sid=", "jsessionid", "nonce", "otp"],
        assigned!(r"(?:token|session_?id|sessid|jsessionid|[_.-]sid|csrf|_session)"),
        Judge::Random,
        "{\"access_token\":\"{a40}\",\"expires_in\":3600}",
        &["token: identifier", "tokens: 1024", "token = lexer.next_token()", "max_tokens=4096"],
    ),
    row(
        "registry-auth",
        &["\"auth\"", "\\\"auth\\\""],
        r#"\\?"auth\\?"\s*:\s*\\?"(?P<secret>[A-Za-z0-9+/]{12,}={0,2})\\?""#,
        Judge::Shape,
        "{\"auths\":{\"ghcr.io\":{\"auth\":\"{b32}==\"}}}",
        &["\"auth\": \"none\""],
    ),
    row(
        "service-key",
        &[
            "heroku",
            "fastly",
            "datadog",
            "cloudflare",
            "snyk",
            "codecov",
            "pagerduty",
            "sonar",
            "zendesk",
            "algolia",
            "okta",
        ],
        r#"(?i)(?:(?:heroku|fastly|datadog|cloudflare|snyk|codecov|pagerduty|sonar|zendesk|algolia|okta)[\w .-]{0,20}?(?:key|token|auth|secret|login)[\w-]{0,10}|heroku|codecov)\\?["']?\s{0,3}[=:]\s{0,3}\\?["']?(?P<secret>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[A-Za-z0-9_-]{32,64})\b"#,
        Judge::Random,
        "heroku: {h8}-{h4}-{h4}-{h4}-{h12}",
        &["sonar: analysis-of-the-whole-project-has-begun-here"],
    ),
];

/// What stands where a secret was, or will be.
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    let value = trimmed(value);
    let lower = value.to_ascii_lowercase();
    let same = |byte: u8| !value.is_empty() && value.iter().all(|other| *other == byte);
    value.len() < 3
        || same(b'*')
        || same(b'x')
        || same(b'X')
        || same(b'.')
        || value.starts_with(b"***")
        || value.starts_with(b"$")
        || value.starts_with(b"%(")
        || value.starts_with(b"{{")
        || value.starts_with(b"<")
        || (value.starts_with(b"%") && value.ends_with(b"%"))
        || (value.starts_with(b"[")
            && lower.windows(5).any(|word| word == b"maske" || word == b"redac" || word == b"filte"))
        || WORDS.iter().any(|word| lower == *word)
}

/// Values that are no secrets, whatever they stand after.
const WORDS: &[&[u8]] = &[
    b"null",
    b"nil",
    b"none",
    b"true",
    b"false",
    b"undefined",
    b"empty",
    b"str",
    b"string",
    b"optional",
    b"required",
    b"missing",
    b"invalid",
    b"expected",
    b"password",
    b"secret",
    b"token",
    b"yes",
    b"redacted",
    b"masked",
    b"filtered",
    b"hidden",
    b"unset",
    b"include",
    b"omit",
    b"same-origin",
    b"inherit",
    b"bytes",
    b"number",
    b"object",
    b"void",
    b"changed",
    b"wrong",
    b"incorrect",
];

fn trimmed(value: &[u8]) -> &[u8] {
    let value = value.trim_ascii();
    let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
    value.strip_suffix(b"\"").or_else(|| value.strip_suffix(b"'")).unwrap_or(value)
}

/// Endings of names whose values are no secrets: `password_file`, `secret_name`, `token_count`.
const HARMLESS: &[&[u8]] = &[
    b"file", b"path", b"name", b"count", b"length", b"len", b"type", b"url", b"uri", b"dir", b"policy", b"field",
    b"_id", b"-id", b"keyid", b"expires", b"expiry", b"ttl", b"mode", b"env", b"var", b"arn", b"version", b"size",
    b"limit", b"class", b"s_in", b"format",
];

/// A value after the name of a password. Words of prose and of code stay.
pub(super) fn is_password(text: &[u8], found: &Captures<'_>, start: usize, end: usize) -> bool {
    let Some(value) = Value::of(text, found, start, end) else { return false };
    if value.is_quoted {
        return value.bytes.len() >= 3 && !value.is_prose() && !value.is_path();
    }
    value.bytes.len() >= 4
        && !value.is_code()
        && !value.is_path()
        && (value.is_mixed() || value.is_made() || value.ends_line)
}

/// A value after the name of a token or a key. It has to look made by a machine.
pub(super) fn is_named_key(text: &[u8], found: &Captures<'_>, start: usize, end: usize) -> bool {
    let Some(value) = Value::of(text, found, start, end) else { return false };
    let letters = value.bytes.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let digits = value.bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    let is_made = (value.bytes.len() >= 8 && letters >= 2 && digits >= 2) || value.is_made();
    is_made && !value.is_code() && !value.is_path() && !value.is_prose()
}

/// A value, and how it stands there.
struct Value<'a> {
    bytes: &'a [u8],
    is_quoted: bool,
    /// Nothing follows it but other assignments.
    ends_line: bool,
}

impl<'a> Value<'a> {
    fn of(text: &'a [u8], found: &Captures<'_>, start: usize, end: usize) -> Option<Value<'a>> {
        let name = &text[found.get(0)?.start()..start];
        let name = name.to_ascii_lowercase();
        let name = without_end(&name, b"=:>\"'`\\] ");
        // `PASS: test_login` is a result, not a password.
        if name.trim_ascii_start() == b"pass"
            && text[..start].trim_ascii_end().ends_with(b":")
            && is_word(&text[start..end])
        {
            return None;
        }
        if HARMLESS.iter().any(|ending| name.ends_with(ending)) {
            return None;
        }
        let bytes = trimmed(&text[start..end]);
        let before = text[..start].last().copied();
        let is_quoted = matches!(before, Some(b'"' | b'\'')) && found.name("bare").is_none();
        let rest = text[end..].trim_ascii_start();
        let ends_line = rest.is_empty() || matches!(rest[0], b',' | b';' | b'&' | b'}' | b')' | b'-' | b'"' | b'\'');
        Some(Value { bytes, is_quoted, ends_line })
    }

    fn is_mixed(&self) -> bool {
        self.bytes.iter().any(u8::is_ascii_digit)
            || self.bytes.iter().any(|byte| matches!(byte, b'!' | b'#' | b'%' | b'^' | b'*' | b'?'))
    }

    /// Whether a machine made it up, although it has few digits or none: capitals stand where no word has them, or more
    /// consonants stand together than anybody says.
    fn is_made(&self) -> bool {
        let bytes = self.bytes;
        let is_text = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_-.~!#%^*@".contains(byte);
        if bytes.len() < 12 || !bytes.iter().all(is_text) {
            return false;
        }
        let letters: Vec<u8> = bytes.iter().copied().filter(u8::is_ascii_alphabetic).collect();
        let has = |is: fn(&u8) -> bool| bytes.iter().any(is);
        let changes =
            letters.windows(2).filter(|two| two[0].is_ascii_lowercase() != two[1].is_ascii_lowercase()).count();
        let is_vowel = |byte: &u8| b"aeiouyAEIOUY".contains(byte);
        let consonants = letters.split(is_vowel).map(<[u8]>::len).max().unwrap_or(0);
        let both = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
        // camelCase changes twice a word too, but has one capital at a time.
        let in_row = letters.windows(2).filter(|two| two.iter().all(u8::is_ascii_uppercase)).count();
        let is_irregular = in_row > 0 && changes >= 5 && changes * 5 >= letters.len() * 2;
        let most = if both { 5 } else { 7 };
        is_irregular
            || (both && has(u8::is_ascii_digit) && changes >= 4 && changes * 3 >= letters.len())
            || (both && consonants >= most && changes >= 4)
    }

    fn is_prose(&self) -> bool {
        self.bytes.iter().filter(|byte| **byte == b' ').count() > 1 && !self.is_mixed()
    }

    fn is_code(&self) -> bool {
        let has = |text: &str| memchr::memmem::find(self.bytes, text.as_bytes()).is_some();
        // Erlang and Elixir name functions like that: `translate/2`.
        let is_arity = matches!(self.bytes, [.., b'/', b'0'..=b'9']);
        is_arity || ["(", "[", "self.", "this.", "env.", "env:", "file:", "::", "://", "->"].into_iter().any(has)
    }

    fn is_path(&self) -> bool {
        let is_absolute = ["/", "./", "~/", "../"].iter().any(|start| self.bytes.starts_with(start.as_bytes()));
        is_absolute && self.bytes.split(|byte| *byte == b'/').all(is_name)
    }
}

/// The name of a test or of its file: words with `_`, `.`, `/` and the like between them.
fn is_word(value: &[u8]) -> bool {
    value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-./:[]".contains(byte))
        && value
            .split(|byte| !byte.is_ascii_alphanumeric())
            .all(|part| part.iter().rev().skip_while(|byte| byte.is_ascii_digit()).all(u8::is_ascii_alphabetic))
}

/// Names with signs between them, as people, machines and paths have: `first.last99`, `group/shop2`, and a mail's `%40`.
pub(super) fn is_names(value: &[u8]) -> bool {
    let value = String::from_utf8_lossy(value).replace("%40", ".");
    let is_name = |part: &str| {
        let word = part.trim_end_matches(|c: char| c.is_ascii_digit());
        word.bytes().enumerate().all(|(at, byte)| byte.is_ascii_lowercase() || at == 0 && byte.is_ascii_uppercase())
    };
    let mut parts = value.split(['.', '-', '_', '+', '~', '/']);
    value.contains(['.', '-', '_', '+', '~', '/']) && parts.all(is_name)
}

/// What people call files and folders: base 64 has parts that are longer, or mixed.
fn is_name(part: &[u8]) -> bool {
    let has = |is: fn(&u8) -> bool| part.iter().any(is);
    let is_mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    part.len() < 20 && !is_mixed && !has(|byte| matches!(byte, b'+' | b'='))
}

/// A name without what stands between it and its value.
fn without_end<'a>(name: &'a [u8], bytes: &[u8]) -> &'a [u8] {
    &name[..name.iter().rposition(|byte| !bytes.contains(byte)).map_or(0, |at| at + 1)]
}

#[cfg(test)]
mod tests {
    use super::is_names;
    use crate::triage::redact::text;

    #[test]
    fn users_of_urls_that_are_secrets() {
        for (line, expected) in [
            ("https://hunter2.SuperSecret99@example.org/o/r", "https://[redacted:url-credentials]@example.org/o/r"),
            ("https://dXNlcjpwYXNz99OQ==@example.org/o/r", "https://[redacted:url-credentials]@example.org/o/r"),
            ("https://u%3Ahunter2SuperSecret99@h/r", "https://[redacted:url-credentials]@h/r"),
            ("https://u%3Ahunter2Sup9@h/r", "https://u%3A[redacted:url-credentials]@h/r"),
            ("https://user:wJalr/K7MDENG/bPx@h/r", "https://user:[redacted:url-credentials]@h/r"),
        ] {
            assert_eq!(text(line), expected);
        }
    }

    #[test]
    fn names_of_people_and_of_paths() {
        for (value, expected) in [
            ("first.last", true),
            ("First-Last99", true),
            ("first.last%40shop.example", true),
            ("group2/shop3", true),
            ("verylongtoken99", false),
            ("hunter2.SuperSecret99", false),
            ("a1b2.c3d4", false),
        ] {
            assert_eq!(is_names(value.as_bytes()), expected, "{value}");
        }
    }
}
