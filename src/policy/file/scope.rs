//! The object `scope` of the policy file: keys in, a [`Scope`] with every default filled in out. How a change is judged
//! by it is not decided here.

use super::{List, MAX_ENTRIES, Object, given, number, object, text};
use crate::model::visible;
use crate::policy::{Exclude, JobScope, OnKind, PathGlob, PathGlobs, PolicyError, Scope};
use schemars::JsonSchema;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

/// Lines that `max_patch_lines` may be set to.
const MOST_LINES: u64 = 1_000_000;
/// Files that `max_files` may be set to.
const MOST_FILES: u64 = 1_000_000;
/// Bytes that `max_file_bytes` may be set to: more than git puts into one patch.
const MOST_BYTES: u64 = 1 << 30;
/// Path patterns of all jobs together: there are two lists a job, and each pattern is compiled.
const MAX_JOB_PATTERNS: usize = 5 * MAX_ENTRIES;
/// Longer names of jobs are refused: no CI has them.
const LONGEST_JOB: usize = 1000;

// What it may say. The comments below are the descriptions in the schema, so each is one line.

#[derive(Default, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct ScopeKeys {
    /// How many lines may be added and deleted, all files together. So many still pass.
    #[schemars(title = "Patch lines", with = "u64", range(min = 1, max = MOST_LINES), extend("default" = 120))]
    max_patch_lines: Limit<120, MOST_LINES>,

    /// How many files may be touched. So many still pass.
    #[schemars(title = "Files", with = "u64", range(min = 1, max = MOST_FILES), extend("default" = 50))]
    max_files: Limit<50, MOST_FILES>,

    /// How many bytes a file may have after the change. So many still pass.
    #[schemars(title = "File size", with = "u64", range(min = 1, max = MOST_BYTES), extend("default" = 1 << 20))]
    max_file_bytes: Limit<{ 1 << 20 }, MOST_BYTES>,

    /// The only paths that may change. Default: every path. With an empty list, none.
    #[serde(deserialize_with = "given")]
    #[schemars(title = "Allowed paths", with = "Vec<ScopePath>", length(max = MAX_ENTRIES))]
    allowed_paths: Option<List<ScopePath>>,

    /// Paths that may not change, also where they are allowed. Letter case does not count.
    #[schemars(title = "Blocked paths", with = "Vec<ScopePath>", length(max = MAX_ENTRIES), extend("default" = []))]
    blocked_paths: List<ScopePath>,

    /// Paths whose code owners must approve a change.
    #[schemars(title = "Core paths", with = "Vec<ScopePath>", length(max = MAX_ENTRIES), extend("default" = []))]
    core_paths: List<ScopePath>,

    /// Paths that somebody must look at when they change.
    #[schemars(title = "Sensitive paths", with = "Vec<ScopePath>", length(max = MAX_ENTRIES), extend("default" = []))]
    sensitive_paths: List<ScopePath>,

    /// The only jobs whose failures may be patched, by their exact names. Default: every job. With an empty list, none.
    #[serde(deserialize_with = "given")]
    #[schemars(title = "Allowed jobs", with = "Vec<JobName>", length(max = MAX_ENTRIES))]
    allowed_jobs: Option<List<JobName>>,

    /// Where the fix for a failed job belongs, by the exact name of the job.
    #[schemars(title = "Jobs", with = "BTreeMap<String, JobKeys>", extend("default" = {}, "maxProperties" = MAX_ENTRIES))]
    #[schemars(extend("propertyNames" = {"minLength": 1, "maxLength": LONGEST_JOB}))]
    jobs: Jobs,

    /// Less confidence than this, from 0 to 1, makes a change one of high risk. Default: confidence is not looked at.
    #[serde(deserialize_with = "given")]
    #[schemars(title = "Least confidence", with = "f64", range(min = 0, max = 1))]
    min_confidence: Option<Fraction>,

    /// Whether a person approves every change, also one of low risk.
    #[schemars(title = "Human approval")]
    require_human_approval: bool,

    /// What is done about kinds of change that are known for what they can break.
    #[serde(deserialize_with = "object")]
    #[schemars(title = "Kinds of change")]
    exclude: ExcludeKeys,
}

#[derive(serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(description = "Where the fix for one job belongs.")]
struct JobKeys {
    /// One of these paths has to change. The key has to be there: without it no fix could be in the job's module.
    #[schemars(title = "Modules", with = "Vec<ScopePath>", length(min = 1, max = MAX_ENTRIES))]
    modules: List<ScopePath, 1>,

    /// These paths may change as well, and no others.
    #[serde(default)]
    #[schemars(title = "Companions", with = "Vec<ScopePath>", length(max = MAX_ENTRIES), extend("default" = []))]
    companions: List<ScopePath>,
}

#[derive(Default, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct ExcludeKeys {
    /// Schema migrations of a database.
    #[schemars(title = "Migrations", extend("default" = "review"))]
    migrations: OnKindWord,

    /// Configuration of what runs in production.
    #[schemars(title = "Production configuration", extend("default" = "review"))]
    production_config: OnKindWord,

    /// CI workflows, git hooks, and the configuration of agents and of ci-guard.
    #[schemars(title = "Automation", extend("default" = "review"))]
    automation: OnKindWord,

    /// Nothing but lock files change, and a dependency gets a new major version.
    #[schemars(title = "Major upgrades", extend("default" = "review"))]
    major_upgrades: OnKindWord,
}

#[derive(Clone, Copy, Default, JsonSchema)]
#[schemars(inline, rename_all = "lowercase")]
enum OnKindWord {
    /// It may not land.
    Deny,
    /// Somebody must look at it.
    #[default]
    Review,
    /// It is a change like any other.
    Off,
}

/// A pattern over paths, as in `.gitignore`; `dir/**` and `dir/` also stand for `dir` itself.
#[derive(JsonSchema)]
#[schemars(inline, transparent)]
struct ScopePath(#[schemars(with = "String", length(min = 1, max = 1000))] PathGlob);

/// The exact name of a job.
#[derive(JsonSchema)]
#[schemars(inline, transparent)]
struct JobName(#[schemars(with = "String", length(min = 1, max = LONGEST_JOB))] String);

/// A whole number from 1, since to many 0 means that there is no limit and to others that nothing passes.
struct Limit<const USUAL: u64, const MOST: u64>(u64);

struct Fraction(f64);

#[derive(Default)]
struct Jobs(BTreeMap<String, JobKeys>);

impl ScopeKeys {
    /// What these keys mean.
    pub(super) fn scope(self) -> Result<Scope, PolicyError> {
        let jobs = self.jobs.0.into_iter().map(|(name, job)| {
            let key = |inner| format!("jobs.{}.{inner}", visible(&name));
            let modules = globs(&key("modules"), job.modules.0, PathGlobs::new)?;
            let companions = globs(&key("companions"), job.companions.0, PathGlobs::new)?;
            Ok((name, JobScope { modules, companions }))
        });
        let allowed_paths = self.allowed_paths.map(|List(paths)| globs("allowed_paths", paths, PathGlobs::new));
        let allowed_jobs = self.allowed_jobs.map(|List(jobs)| jobs.into_iter().map(|JobName(name)| name).collect());
        Ok(Scope {
            max_patch_lines: self.max_patch_lines.0,
            max_files: self.max_files.0,
            max_file_bytes: self.max_file_bytes.0,
            allowed_paths: allowed_paths.transpose()?,
            blocked_paths: globs("blocked_paths", self.blocked_paths.0, PathGlobs::ignoring_case)?,
            core_paths: globs("core_paths", self.core_paths.0, PathGlobs::new)?,
            sensitive_paths: globs("sensitive_paths", self.sensitive_paths.0, PathGlobs::new)?,
            allowed_jobs,
            jobs: jobs.collect::<Result<_, PolicyError>>()?,
            min_confidence: self.min_confidence.map(|Fraction(fraction)| fraction),
            require_human_approval: self.require_human_approval,
            exclude: Exclude {
                migrations: self.exclude.migrations.meaning(),
                production_config: self.exclude.production_config.meaning(),
                automation: self.exclude.automation.meaning(),
                major_upgrades: self.exclude.major_upgrades.meaning(),
            },
        })
    }
}

impl OnKindWord {
    fn meaning(self) -> OnKind {
        match self {
            OnKindWord::Deny => OnKind::Deny,
            OnKindWord::Review => OnKind::Review,
            OnKindWord::Off => OnKind::Off,
        }
    }
}

/// All patterns of one key together.
fn globs(
    key: &str,
    patterns: Vec<ScopePath>,
    together: fn(&[PathGlob]) -> Result<PathGlobs, String>,
) -> Result<PathGlobs, PolicyError> {
    let patterns: Vec<PathGlob> = patterns.into_iter().map(|ScopePath(pattern)| pattern).collect();
    together(&patterns).map_err(|error| PolicyError::of_file(format!("`scope.{key}`, all together: {error}")))
}

// How it is read.

impl<const USUAL: u64, const MOST: u64> Default for Limit<USUAL, MOST> {
    fn default() -> Self {
        Limit(USUAL)
    }
}

impl<'de, const USUAL: u64, const MOST: u64> Deserialize<'de> for Limit<USUAL, MOST> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        number(from, |limit| match limit {
            0 => Err(format!("0 is not from 1 to {MOST}; to allow no change at all, write `\"allowed_paths\": []`")),
            limit if limit > MOST => Err(format!("{limit} is not from 1 to {MOST}")),
            limit => Ok(Limit(limit)),
        })
    }
}

impl<'de> Deserialize<'de> for Fraction {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Fraction;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Fraction, E> {
                match (0.0..=1.0).contains(&number) {
                    true => Ok(Fraction(number)),
                    false => Err(E::custom(format!("{number} is not from 0 to 1"))),
                }
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Fraction, E> {
                self.visit_f64(number as f64)
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Fraction, E> {
                self.visit_f64(number as f64)
            }
        }
        from.deserialize_f64(Number)
    }
}

impl<'de> Deserialize<'de> for OnKindWord {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text(from, |word| match word {
            "deny" => Ok(OnKindWord::Deny),
            "review" => Ok(OnKindWord::Review),
            "off" => Ok(OnKindWord::Off),
            other => Err(format!("`{other}` is none of `deny`, `review`, `off`")),
        })
    }
}

impl<'de> Deserialize<'de> for ScopePath {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text(from, |pattern| PathGlob::in_scope(pattern).map(ScopePath))
    }
}

impl<'de> Deserialize<'de> for JobName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text(from, |name| match name.chars().count() {
            0 => Err("must not be empty".to_owned()),
            1..=LONGEST_JOB => Ok(JobName(name.to_owned())),
            long => Err(format!("is {long} characters long, {LONGEST_JOB} are allowed")),
        })
    }
}

impl<'de> Deserialize<'de> for Jobs {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Jobs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Jobs, A::Error> {
                let mut jobs = BTreeMap::new();
                let mut patterns = 0;
                while let Some(JobName(name)) = members.next_key()? {
                    if jobs.contains_key(&name) {
                        return Err(de::Error::custom("is there twice"));
                    }
                    if jobs.len() == MAX_ENTRIES {
                        return Err(de::Error::custom(format!(
                            "is a job more than the {MAX_ENTRIES} that are allowed"
                        )));
                    }
                    let Object::<JobKeys>(job) = members.next_value()?;
                    patterns += job.modules.0.len() + job.companions.0.len();
                    if patterns > MAX_JOB_PATTERNS {
                        return Err(de::Error::custom(format!("all jobs have more than {MAX_JOB_PATTERNS} patterns")));
                    }
                    jobs.insert(name, job);
                }
                Ok(Jobs(jobs))
            }
        }
        from.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests;
