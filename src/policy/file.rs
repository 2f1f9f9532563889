//! The policy file, version 1: bytes in, a [`Policy`] or one sentence about what is wrong and where out.
//!
//! Keys are checked strictly, since a misspelt key would silently weaken a guard. A file without `version` is read as
//! version 1: every later version has to name itself. Which file is read is not decided here.
//!
//! serde knows where a value stands only while it reads it. So names, patterns and numbers are checked while they are
//! read (`text`, `number`), and never afterwards.

mod scope;
mod triage;

use self::scope::ScopeKeys;
use self::triage::TriageKeys;
use super::{ForeignCommits, Name, NamePattern, PathGlob, PathGlobs, Policy, PolicyError, schema};
use bstr::ByteSlice;
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

/// The only version there is.
pub const VERSION: u64 = 1;
/// A longer file is refused.
pub const MAX_BYTES: usize = 1 << 20;
/// More entries in one list are refused: each is a pattern that has to be compiled before a push may go on.
const MAX_ENTRIES: usize = 1000;
/// Days that packs may be kept whole: ten years are for ever in CI.
const KEEP_DAYS: std::ops::RangeInclusive<u64> = 1..=3650;
/// Seconds that a judgement may be given.
const TIME_LIMITS: std::ops::RangeInclusive<u64> = 1..=300;

/// Read a policy file.
pub fn parse(bytes: &[u8]) -> Result<Policy, PolicyError> {
    let text = text_of(bytes)?;
    let explain = |error| PolicyError::of_json(text, &error);
    // The version comes first: a file for a later ci-guard is told that, and not which of its keys is unknown.
    serde_json::from_str::<Object<OnlyVersion>>(text).map_err(explain)?;
    let Object(file) = serde_json::from_str::<Object<File>>(text).map_err(explain)?;
    let List(ignored) = file.conflict_markers.ignore;
    let ignored: Vec<_> = ignored.into_iter().map(|IgnoredPath(pattern)| pattern).collect();
    let ignore = PathGlobs::new(&ignored)
        .map_err(|error| PolicyError::of_file(format!("`conflict_markers.ignore`, all together: {error}")))?;
    Ok(Policy {
        feature: file.feature.map(|Pattern(pattern)| pattern),
        base: file.base.map(|Branch(name)| name),
        allowed: file.allowed.0.into_iter().map(|Pattern(pattern)| pattern).collect(),
        foreign_commits: match file.foreign_commits {
            OnForeignCommits::Block => ForeignCommits::Block,
            OnForeignCommits::Warn => ForeignCommits::Warn,
            OnForeignCommits::Off => ForeignCommits::Off,
        },
        ignore,
        scope: file.scope.map(|Object(keys)| keys.scope()).transpose()?,
        keep_packs: Duration::from_secs(file.audit.keep_days.0 * 86_400),
        triage: file.triage.triage(),
        time_limit: Duration::from_secs(file.guard.time_limit_s.0),
    })
}

/// The text of the file, a byte order mark taken off.
fn text_of(bytes: &[u8]) -> Result<&str, PolicyError> {
    if bytes.len() > MAX_BYTES {
        return Err(PolicyError::of_file(format!("the file is longer than {MAX_BYTES} bytes")));
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if text.trim_ascii().is_empty() {
        return Err(PolicyError::of_file("the file is empty"));
    }
    if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") || text.iter().take(4).any(|&byte| byte == 0) {
        return Err(PolicyError::of_file("the file is UTF-16 or binary; save it as UTF-8"));
    }
    text.to_str().map_err(|error| {
        PolicyError::at(text, error.valid_up_to(), "the file is not UTF-8 from here on; save it as UTF-8")
    })
}

// What a file may say. The comments below are the descriptions in the schema, so each is one line.

#[derive(Default, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(
    title = "ci-guard policy",
    description = "Which branches may flow into a feature branch, what a change may be, and how ci-guard judges a push.",
    extend("$id" = schema::ID)
)]
pub(super) struct File {
    /// For editors: where to find this schema. ci-guard does not read it.
    #[serde(rename = "$schema")]
    #[schemars(title = "Schema", with = "String")]
    _schema: Unread,

    /// The version of the policy format. A file without it is read as version 1.
    #[schemars(title = "Version", with = "u64", extend("const" = VERSION, "default" = VERSION))]
    version: Version,

    /// The branch that the work is done on, a name or a pattern: what the remote has of it is the feature's own line.
    #[serde(deserialize_with = "given")]
    #[schemars(title = "Feature branch", with = "Pattern")]
    feature: Option<Pattern>,

    /// The branch that the work starts from: `main`, `upstream/main` or a full name. Default: the remote's main branch.
    #[serde(deserialize_with = "given")]
    #[schemars(title = "Base branch", with = "Branch")]
    base: Option<Branch>,

    /// Further branches that may be merged: names, or patterns over whole names; `upstream/...` for another remote.
    #[schemars(title = "Allowed branches", with = "Vec<Pattern>", length(max = MAX_ENTRIES), extend("default" = []))]
    allowed: List<Pattern>,

    /// What to do about commits of a remote branch that is neither the feature nor the base nor allowed.
    #[schemars(title = "Foreign commits", extend("default" = "block"))]
    foreign_commits: OnForeignCommits,

    /// The conflict-marker rule.
    #[serde(deserialize_with = "object")]
    #[schemars(title = "Conflict markers")]
    conflict_markers: ConflictMarkers,

    /// What a change may be, and who must approve it. Without it no push is judged for that; with `{}`, by the defaults.
    #[serde(deserialize_with = "given")]
    #[schemars(title = "Scope", with = "ScopeKeys")]
    scope: Option<Object<ScopeKeys>>,

    /// What is done about red runs.
    #[serde(deserialize_with = "object")]
    #[schemars(title = "Triage")]
    triage: TriageKeys,

    /// How the guard works.
    #[serde(deserialize_with = "object")]
    #[schemars(title = "Guard")]
    guard: Guard,

    /// What is kept of red runs.
    #[serde(deserialize_with = "object")]
    #[schemars(title = "Audit")]
    audit: Audit,
}

#[derive(Default, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct ConflictMarkers {
    /// Paths whose conflict markers are no finding: patterns as in `.gitignore`, without negation.
    #[schemars(title = "Ignored paths", with = "Vec<IgnoredPath>", length(max = MAX_ENTRIES), extend("default" = []))]
    ignore: List<IgnoredPath>,
}

#[derive(Default, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Guard {
    /// How many seconds a judgement may take. After that the push goes on with a warning.
    #[schemars(title = "Time limit", with = "u64", range(min = 1, max = 300), extend("default" = 20))]
    time_limit_s: Seconds,
}

#[derive(Default, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Audit {
    /// How many days artifact packs are kept whole. After that their excerpts go; the events stay.
    #[schemars(title = "Days to keep packs", with = "u64", range(min = 1, max = 3650), extend("default" = 180))]
    keep_days: Days,
}

#[derive(Default, JsonSchema)]
#[schemars(inline, rename_all = "lowercase")]
enum OnForeignCommits {
    /// Stop the push.
    #[default]
    Block,
    /// Say it and let the push through.
    Warn,
    /// Do not look.
    Off,
}

/// A branch name.
#[derive(JsonSchema)]
#[schemars(inline, transparent)]
struct Branch(#[schemars(with = "String", length(min = 1, max = 1000))] Name);

/// A branch name or a pattern over whole branch names.
#[derive(JsonSchema)]
#[schemars(inline, transparent)]
struct Pattern(#[schemars(with = "String", length(min = 1, max = 1000))] NamePattern);

/// A pattern over paths, as in `.gitignore`.
#[derive(JsonSchema)]
#[schemars(inline, transparent)]
struct IgnoredPath(#[schemars(with = "String", length(min = 1, max = 1000))] PathGlob);

#[derive(Default)]
struct Unread;

#[derive(Default)]
struct Version;

struct Days(u64);

impl Default for Days {
    fn default() -> Self {
        Days(Policy::KEEP_PACKS.as_secs() / 86_400)
    }
}

struct Seconds(u64);

impl Default for Seconds {
    fn default() -> Self {
        Seconds(Policy::TIME_LIMIT.as_secs())
    }
}

/// The version alone; every other key passes.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct OnlyVersion {
    #[serde(rename = "version")]
    _version: Version,
}

// How it is read.

impl<'de> Deserialize<'de> for OnForeignCommits {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text(from, |word| match word {
            "block" => Ok(OnForeignCommits::Block),
            "warn" => Ok(OnForeignCommits::Warn),
            "off" => Ok(OnForeignCommits::Off),
            other => Err(format!("`{other}` is none of `block`, `warn`, `off`")),
        })
    }
}

impl<'de> Deserialize<'de> for Branch {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text(from, |name| Name::new(name).map(Branch))
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text(from, |pattern| NamePattern::new(pattern).map(Pattern))
    }
}

impl<'de> Deserialize<'de> for IgnoredPath {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text(from, |pattern| PathGlob::new(pattern).map(IgnoredPath))
    }
}

impl<'de> Deserialize<'de> for Unread {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text(from, |_| Ok(Unread))
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        number(from, |version| match version {
            VERSION => Ok(Version),
            other => Err(format!("{other} is not supported; this ci-guard understands version 1; update ci-guard")),
        })
    }
}

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        number(from, |days| match KEEP_DAYS.contains(&days) {
            true => Ok(Days(days)),
            false => Err(format!("{days} is not from {} to {}", KEEP_DAYS.start(), KEEP_DAYS.end())),
        })
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        number(from, |seconds| match TIME_LIMITS.contains(&seconds) {
            true => Ok(Seconds(seconds)),
            false => Err(format!("{seconds} is not from {} to {}", TIME_LIMITS.start(), TIME_LIMITS.end())),
        })
    }
}

/// A string that has to mean something.
fn text<'de, D: Deserializer<'de>, T>(from: D, read: fn(&str) -> Result<T, String>) -> Result<T, D::Error> {
    struct Text<T>(fn(&str) -> Result<T, String>);
    impl<T> Visitor<'_> for Text<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            (self.0)(text).map_err(E::custom)
        }
    }
    from.deserialize_str(Text(read))
}

/// A whole number that has to mean something.
fn number<'de, D: Deserializer<'de>, T>(from: D, read: fn(u64) -> Result<T, String>) -> Result<T, D::Error> {
    struct Number<T>(fn(u64) -> Result<T, String>);
    impl<T> Visitor<'_> for Number<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a whole number")
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
            (self.0)(number).map_err(E::custom)
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
            Err(E::custom(format!("{number} is negative")))
        }
    }
    from.deserialize_u64(Number(read))
}

/// A list that stops reading when it gets too long.
struct List<T, const LEAST: usize = 0>(Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        List(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>, const LEAST: usize> Deserialize<'de> for List<T, LEAST> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Elements<T, const LEAST: usize>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const LEAST: usize> Visitor<'de> for Elements<T, LEAST> {
            type Value = List<T, LEAST>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of strings")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<List<T, LEAST>, A::Error> {
                let mut list = Vec::new();
                while let Some(element) = elements.next_element()? {
                    if list.len() == MAX_ENTRIES {
                        return Err(de::Error::custom(format!("the list is longer than {MAX_ENTRIES} entries")));
                    }
                    list.push(element);
                }
                if list.len() < LEAST {
                    return Err(de::Error::custom("must not be empty"));
                }
                Ok(List(list))
            }
        }
        from.deserialize_seq(Elements::<T, LEAST>(PhantomData))
    }
}

/// A struct that is written as an object. Left alone, serde would also read it from a list, by position.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(members)).map(Object)
            }
        }
        from.deserialize_map(Members(PhantomData))
    }
}

fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Object::deserialize(from).map(|Object(inner)| inner)
}

/// A key that may be left out, and not be `null`: a generated `null` is more likely a slip than a wish.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

#[cfg(test)]
mod tests;
