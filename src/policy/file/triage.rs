//! The object `triage` of the policy file: keys in, a [`Triage`] with every default filled in out. Each bucket has the keys that mean something for it, so that no automation can be asked for where there is none.

use super::{List, MAX_ENTRIES, given, number, object, text};
use crate::model::{Action, Bucket};
use crate::policy::{BucketRule, LinePattern, Triage};
use schemars::JsonSchema;
use serde::de::{Deserialize, Deserializer};
use std::time::Duration;

/// Reruns that a bucket may be given.
const MOST_RETRIES: u64 = 10;
/// Seconds that a wait may be set to: a day.
const LONGEST_WAIT: u64 = 86_400;

// What it may say. The comments below are the descriptions in the schema, so each is one line.

#[derive(Default, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct TriageKeys {
    /// What puts a failure into a bucket, and what is done then.
    #[serde(deserialize_with = "object")]
    #[schemars(title = "Buckets")]
    buckets: BucketKeys,
}

#[derive(Default, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct BucketKeys {
    /// A change of files in the repository mends it. It is never run again.
    #[serde(deserialize_with = "object")]
    #[schemars(title = "Code regression")]
    code_regression: CodeKeys,

    /// A test that passes and fails on the same commit.
    #[serde(deserialize_with = "object")]
    #[schemars(title = "Flaky test")]
    flaky_test: FlakyKeys,

    /// Network, registry, runner, disk: the same commit passes an hour later.
    #[serde(deserialize_with = "object")]
    #[schemars(title = "Infrastructure fault")]
    infra_fault: InfraKeys,

    /// Credentials, permissions, variables or settings outside of the repository. A person mends them.
    #[serde(deserialize_with = "object")]
    #[schemars(title = "Secret or configuration")]
    secret_or_config: PersonKeys,

    /// The log does not say. It never triggers automation.
    #[serde(deserialize_with = "object")]
    #[schemars(title = "Unknown")]
    unknown: PersonKeys,
}

#[derive(Default, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct CodeKeys {
    /// Texts, or `re:` and a regular expression: a line of the failure that has one puts it into this bucket.
    #[schemars(title = "Lines", with = "Vec<Line>", length(max = MAX_ENTRIES), extend("default" = []))]
    match_any: List<Line>,

    /// What is done.
    #[serde(deserialize_with = "given")]
    #[schemars(title = "Action", with = "CodeAction", extend("default" = "open_patch_lane"))]
    action: Option<CodeAction>,
}

#[derive(Default, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct FlakyKeys {
    /// Texts, or `re:` and a regular expression: a line of the failure that has one puts it into this bucket.
    #[schemars(title = "Lines", with = "Vec<Line>", length(max = MAX_ENTRIES), extend("default" = []))]
    match_any: List<Line>,

    /// What is done.
    #[serde(deserialize_with = "given")]
    #[schemars(title = "Action", with = "FlakyAction", extend("default" = "rerun_same_sha"))]
    action: Option<FlakyAction>,

    /// How many times the same commit may run again without a person.
    #[serde(deserialize_with = "given")]
    #[schemars(title = "Retries", with = "u64", range(min = 0, max = MOST_RETRIES), extend("default" = 1))]
    max_auto_retries: Option<Retries>,

    /// How many seconds to wait before the first retry with `cooldown_retry`. Each further one waits twice as long.
    #[serde(deserialize_with = "given")]
    #[schemars(title = "Cooldown", with = "u64", range(min = 0, max = LONGEST_WAIT), extend("default" = 0))]
    cooldown_s: Option<Wait>,
}

#[derive(Default, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct InfraKeys {
    /// Texts, or `re:` and a regular expression: a line of the failure that has one puts it into this bucket.
    #[schemars(title = "Lines", with = "Vec<Line>", length(max = MAX_ENTRIES), extend("default" = []))]
    match_any: List<Line>,

    /// What is done.
    #[serde(deserialize_with = "given")]
    #[schemars(title = "Action", with = "InfraAction", extend("default" = "cooldown_retry"))]
    action: Option<InfraAction>,

    /// How many times the same commit may run again without a person.
    #[serde(deserialize_with = "given")]
    #[schemars(title = "Retries", with = "u64", range(min = 0, max = MOST_RETRIES), extend("default" = 2))]
    max_auto_retries: Option<Retries>,

    /// How many seconds to wait before the first retry with `cooldown_retry`. Each further one waits twice as long.
    #[serde(deserialize_with = "given")]
    #[schemars(title = "Cooldown", with = "u64", range(min = 0, max = LONGEST_WAIT), extend("default" = 300))]
    cooldown_s: Option<Wait>,
}

#[derive(Default, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct PersonKeys {
    /// Texts, or `re:` and a regular expression: a line of the failure that has one puts it into this bucket.
    #[schemars(title = "Lines", with = "Vec<Line>", length(max = MAX_ENTRIES), extend("default" = []))]
    match_any: List<Line>,

    /// What is done. A person looks at it, whatever else.
    #[serde(deserialize_with = "given")]
    #[schemars(title = "Action", with = "PersonAction", extend("default" = "escalate"))]
    action: Option<PersonAction>,
}

/// A text, or `re:` and a regular expression.
#[derive(JsonSchema)]
#[schemars(inline, transparent)]
struct Line(#[schemars(with = "String", length(min = LinePattern::SHORTEST, max = LinePattern::LONGEST))] LinePattern);

/// What is done about a regression.
#[derive(JsonSchema)]
#[schemars(inline, transparent)]
struct CodeAction(#[schemars(with = "String", extend("enum" = ["open_patch_lane", "escalate"]))] Action);

/// What is done about a flaky test.
#[derive(JsonSchema)]
#[schemars(inline, transparent)]
struct FlakyAction(
    #[schemars(with = "String", extend("enum" = ["open_patch_lane", "rerun_same_sha", "cooldown_retry", "escalate"]))]
    Action,
);

/// What is done about an infrastructure fault.
#[derive(JsonSchema)]
#[schemars(inline, transparent)]
struct InfraAction(
    #[schemars(with = "String", extend("enum" = ["rerun_same_sha", "cooldown_retry", "escalate"]))] Action,
);

/// What is done where a person is needed.
#[derive(JsonSchema)]
#[schemars(inline, transparent)]
struct PersonAction(#[schemars(with = "String", extend("enum" = ["escalate"]))] Action);

struct Retries(u64);
struct Wait(u64);

impl TriageKeys {
    /// What these keys mean.
    pub(super) fn triage(self) -> Triage {
        let keys = self.buckets;
        let (flaky, infra) = (keys.flaky_test, keys.infra_fault);
        let [code, flaky, infra, secret, unknown] = [
            (keys.code_regression.match_any, keys.code_regression.action.map(|CodeAction(action)| action), None, None),
            (flaky.match_any, flaky.action.map(|FlakyAction(a)| a), flaky.max_auto_retries, flaky.cooldown_s),
            (infra.match_any, infra.action.map(|InfraAction(a)| a), infra.max_auto_retries, infra.cooldown_s),
            (keys.secret_or_config.match_any, keys.secret_or_config.action.map(|PersonAction(a)| a), None, None),
            (keys.unknown.match_any, keys.unknown.action.map(|PersonAction(a)| a), None, None),
        ];
        let said = [code, flaky, infra, secret, unknown];
        Bucket::ALL.into_iter().zip(said).fold(Triage::default(), |triage, (bucket, (lines, action, retries, wait))| {
            let usual = triage.of(bucket);
            let rule = BucketRule {
                match_any: lines.0.into_iter().map(|Line(pattern)| pattern).collect(),
                action: action.unwrap_or(usual.action),
                max_auto_retries: retries.map_or(usual.max_auto_retries, |Retries(most)| most),
                cooldown: wait.map_or(usual.cooldown, |Wait(seconds)| Duration::from_secs(seconds)),
            };
            triage.with(bucket, rule)
        })
    }
}

// How it is read.

/// The action of that name, where it makes sense for the bucket.
fn action(bucket: Bucket, word: &str) -> Result<Action, String> {
    let allowed = Triage::actions(bucket);
    let words = allowed.iter().map(|action| format!("`{}`", action.id())).collect::<Vec<_>>().join(", ");
    match Action::from_id(word) {
        Some(action) if allowed.contains(&action) => Ok(action),
        None if allowed.len() > 1 => Err(format!("`{word}` is none of {words}")),
        None => Err(format!("`{word}` is not {words}")),
        Some(_) => Err(match bucket {
            Bucket::CodeRegression => {
                format!("`{word}` would run a regression again in the hope that it goes away; it can be {words}")
            }
            Bucket::InfraFault => {
                format!("`{word}`: no patch mends what is outside of the repository; it can be {words}")
            }
            _ => format!("`{word}` is automation, and here a person has to look: it can only be {words}"),
        }),
    }
}

impl<'de> Deserialize<'de> for CodeAction {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text(from, |word| action(Bucket::CodeRegression, word).map(CodeAction))
    }
}

impl<'de> Deserialize<'de> for FlakyAction {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text(from, |word| action(Bucket::FlakyTest, word).map(FlakyAction))
    }
}

impl<'de> Deserialize<'de> for InfraAction {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text(from, |word| action(Bucket::InfraFault, word).map(InfraAction))
    }
}

impl<'de> Deserialize<'de> for PersonAction {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text(from, |word| action(Bucket::Unknown, word).map(PersonAction))
    }
}

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text(from, |pattern| LinePattern::new(pattern).map(Line))
    }
}

impl<'de> Deserialize<'de> for Retries {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        number(from, |most| match most {
            0..=MOST_RETRIES => Ok(Retries(most)),
            more => Err(format!("{more} is not from 0 to {MOST_RETRIES}")),
        })
    }
}

impl<'de> Deserialize<'de> for Wait {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        number(from, |seconds| match seconds {
            0..=LONGEST_WAIT => Ok(Wait(seconds)),
            more => Err(format!("{more} is not from 0 to {LONGEST_WAIT}, which is a day")),
        })
    }
}

#[cfg(test)]
mod tests;
