//! How the policy in force is shown by `ci-guard policy show`: for people, and as `ci-guard/policy/v1`.
//!
//! Values are shown with every default filled in. A policy that cannot be used is shown as what is in force instead.

use super::{NamePattern, Policy};
use crate::model::{PolicyUse, visible};
use bstr::ByteSlice;
use serde::Serialize;
use std::io::{self, Write};

/// Show it to people. `policy` is `None` where there is none, or none that can be used.
pub fn human(out: &mut dyn Write, origin: &PolicyUse, policy: Option<&Policy>) -> io::Result<()> {
    match &origin.source {
        Some(source) => writeln!(out, "policy: {}", visible(source))?,
        None => writeln!(out, "policy: none")?,
    }
    if let Some(error) = &origin.error {
        writeln!(out, "error: {}", visible(error))?;
    }
    if policy.is_none() {
        writeln!(out, "Merge sources and foreign commits are not judged; conflict markers are.")?;
    }
    writeln!(out)?;
    let effective = Effective::of(policy.unwrap_or(&Policy::default()));
    let none = || "(none)".to_owned();
    let list = |texts: &[String]| if texts.is_empty() { none() } else { texts.join(", ") };
    for (key, value) in [
        ("feature", effective.feature.unwrap_or_else(none)),
        ("base", effective.base.unwrap_or_else(|| "(the remote's main branch)".to_owned())),
        ("allowed", list(&effective.allowed)),
        ("foreign_commits", effective.foreign_commits.to_owned()),
        ("conflict_markers.ignore", list(&effective.conflict_markers.ignore)),
        ("guard.time_limit_s", effective.guard.time_limit_s.to_string()),
    ] {
        writeln!(out, "  {key:<23}  {}", visible(value))?;
    }
    Ok(())
}

/// Show it to programs: one JSON object, schema `ci-guard/policy/v1`.
pub fn json(out: &mut dyn Write, origin: &PolicyUse, policy: Option<&Policy>) -> io::Result<()> {
    let shown = Shown {
        schema: "ci-guard/policy/v1",
        source: origin.source.as_deref(),
        error: origin.error.as_deref(),
        merge_rules: policy.is_some(),
        effective: Effective::of(policy.unwrap_or(&Policy::default())),
    };
    serde_json::to_writer_pretty(&mut *out, &shown)?;
    writeln!(out)
}

/// The shape of `ci-guard/policy/v1`. It is frozen: what changes its meaning is a `v2`.
#[derive(Serialize)]
struct Shown<'a> {
    schema: &'static str,
    source: Option<&'a str>,
    error: Option<&'a str>,
    /// Whether merge sources and foreign commits are judged.
    merge_rules: bool,
    effective: Effective,
}

/// The keys of a policy file, in the order of the documentation.
#[derive(Serialize)]
struct Effective {
    feature: Option<String>,
    base: Option<String>,
    allowed: Vec<String>,
    foreign_commits: &'static str,
    conflict_markers: ConflictMarkers,
    guard: Guard,
}

#[derive(Serialize)]
struct ConflictMarkers {
    ignore: Vec<String>,
}

#[derive(Serialize)]
struct Guard {
    time_limit_s: u64,
}

impl Effective {
    fn of(policy: &Policy) -> Effective {
        let text = |pattern: &NamePattern| pattern.text().to_str_lossy().into_owned();
        Effective {
            feature: policy.feature.as_ref().map(text),
            base: policy.base.as_ref().map(|name| name.text().to_str_lossy().into_owned()),
            allowed: policy.allowed.iter().map(text).collect(),
            foreign_commits: policy.foreign_commits.id(),
            conflict_markers: ConflictMarkers { ignore: policy.ignore.texts().to_vec() },
            guard: Guard { time_limit_s: policy.time_limit.as_secs() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::parse;

    type Show = fn(&mut dyn Write, &PolicyUse, Option<&Policy>) -> io::Result<()>;

    fn shown(show: Show, source: Option<&str>, error: Option<&str>, policy: Option<&Policy>) -> String {
        let origin = PolicyUse { source: source.map(str::to_owned), error: error.map(str::to_owned) };
        let mut out = Vec::new();
        show(&mut out, &origin, policy).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn short_form() -> Policy {
        parse(br#"{"feature": "feature/TASK-1", "base": "main", "allowed": ["develop", "release/*"]}"#).unwrap()
    }

    #[test]
    fn people_see_the_source_and_every_value() {
        let text = shown(human, Some(".ci-guard.json of refs/remotes/origin/main"), None, Some(&short_form()));
        assert_eq!(
            text,
            "policy: .ci-guard.json of refs/remotes/origin/main\n\
             \n\
             \x20 feature                  feature/TASK-1\n\
             \x20 base                     main\n\
             \x20 allowed                  develop, release/*\n\
             \x20 foreign_commits          block\n\
             \x20 conflict_markers.ignore  (none)\n\
             \x20 guard.time_limit_s       20\n"
        );
    }

    #[test]
    fn people_see_what_holds_without_a_usable_policy() {
        let text = shown(human, None, None, None);
        assert!(text.starts_with("policy: none\nMerge sources and foreign commits are not judged"), "{text}");
        assert!(text.contains("base                     (the remote's main branch)\n"), "{text}");
        let text = shown(human, Some("a\x1b[1m.json"), Some("line 1, column 2: x\nforged"), None);
        assert!(
            text.starts_with("policy: a\\x1b[1m.json\nerror: line 1, column 2: x\\nforged\nMerge sources"),
            "{text}"
        );
    }

    #[test]
    fn programs_see_the_same() {
        let text = shown(json, Some("p.json"), None, Some(&short_form()));
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            value,
            serde_json::json!({
                "schema": "ci-guard/policy/v1", "source": "p.json", "error": null, "merge_rules": true,
                "effective": {
                    "feature": "feature/TASK-1", "base": "main", "allowed": ["develop", "release/*"],
                    "foreign_commits": "block", "conflict_markers": {"ignore": []}, "guard": {"time_limit_s": 20}
                }
            })
        );
        let text = shown(json, Some("p.json"), Some("line 1: bad"), None);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((value["error"].as_str(), value["merge_rules"].as_bool()), (Some("line 1: bad"), Some(false)));
        assert_eq!(value["effective"]["feature"], serde_json::Value::Null);
    }

    #[test]
    fn what_is_shown_as_effective_is_itself_a_policy() {
        let text = shown(json, None, None, Some(&short_form()));
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let again = parse(value["effective"].to_string().as_bytes()).unwrap();
        assert_eq!(format!("{again:?}"), format!("{:?}", short_form()));
    }
}
