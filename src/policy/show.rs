//! How the policy in force is shown by `ci-guard policy show`: for people, and as `ci-guard/policy/v1`.
//!
//! Values are shown with every default filled in. A policy that cannot be used is shown as what is in force instead.

use super::{NamePattern, Policy};
use crate::model::{Bucket, PolicyUse, visible};
use bstr::ByteSlice;
use serde::Serialize;
use std::collections::BTreeMap;
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
    let mut rows: Vec<(String, String)> = vec![
        ("feature".into(), effective.feature.unwrap_or_else(none)),
        ("base".into(), effective.base.unwrap_or_else(|| "(the remote's main branch)".to_owned())),
        ("allowed".into(), list(&effective.allowed)),
        ("foreign_commits".into(), effective.foreign_commits.to_owned()),
        ("conflict_markers.ignore".into(), list(&effective.conflict_markers.ignore)),
    ];
    match &effective.scope {
        Some(scope) => rows.extend(scope_rows(scope).map(|(key, value)| (format!("scope.{key}"), value))),
        None => rows.push(("scope".into(), none())),
    }
    rows.extend(triage_rows(&effective.triage.buckets));
    rows.push(("guard.time_limit_s".into(), effective.guard.time_limit_s.to_string()));
    rows.push(("audit.keep_days".into(), effective.audit.keep_days.to_string()));
    // A job may have any name; the longest key of ours is what the values are aligned by.
    let width = rows.iter().map(|(key, _)| key.chars().count()).filter(|&width| width <= 31).max().unwrap_or(0);
    for (key, value) in rows {
        writeln!(out, "  {:<width$}  {}", visible(key), visible(value))?;
    }
    Ok(())
}

/// The scope's keys, without `scope.` before them.
fn scope_rows(scope: &Scope) -> impl Iterator<Item = (String, String)> {
    let all_or = |texts: &Option<Vec<String>>| texts.as_deref().map_or_else(|| "(all)".to_owned(), list);
    let before = [
        ("max_patch_lines", scope.max_patch_lines.to_string()),
        ("max_files", scope.max_files.to_string()),
        ("max_file_bytes", scope.max_file_bytes.to_string()),
        ("allowed_paths", all_or(&scope.allowed_paths)),
        ("blocked_paths", list(&scope.blocked_paths)),
        ("core_paths", list(&scope.core_paths)),
        ("sensitive_paths", list(&scope.sensitive_paths)),
        ("allowed_jobs", all_or(&scope.allowed_jobs)),
    ];
    let jobs = scope.jobs.iter().flat_map(|(name, job)| {
        let row = |key, texts: &[String]| (format!("jobs.{name}.{key}"), list(texts));
        [row("modules", &job.modules), row("companions", &job.companions)]
    });
    let jobs: Vec<_> = if scope.jobs.is_empty() { vec![("jobs".to_owned(), none())] } else { jobs.collect() };
    let after = [
        ("min_confidence", scope.min_confidence.map_or_else(none, |least| least.to_string())),
        ("require_human_approval", scope.require_human_approval.to_string()),
        ("exclude.migrations", scope.exclude.migrations.to_owned()),
        ("exclude.production_config", scope.exclude.production_config.to_owned()),
        ("exclude.automation", scope.exclude.automation.to_owned()),
        ("exclude.major_upgrades", scope.exclude.major_upgrades.to_owned()),
    ];
    let named = |(key, value): (&str, String)| (key.to_owned(), value);
    before.into_iter().map(named).chain(jobs).chain(after.into_iter().map(named))
}

/// One row a bucket: its action, the rest of its keys, and its patterns.
fn triage_rows(buckets: &Buckets) -> impl Iterator<Item = (String, String)> {
    buckets.all().map(|(bucket, rule)| {
        let limits = [("max_auto_retries", rule.max_auto_retries), ("cooldown_s", rule.cooldown_s)];
        let limits = limits.iter().filter_map(|(key, limit)| Some(format!(", {key} {}", (*limit)?)));
        let lines = match rule.match_any.is_empty() {
            true => String::new(),
            false => format!(", match_any {}", list(&rule.match_any)),
        };
        (format!("triage.buckets.{}", bucket.id()), format!("{}{}{lines}", rule.action, limits.collect::<String>()))
    })
}

fn none() -> String {
    "(none)".to_owned()
}

fn list(texts: &[String]) -> String {
    if texts.is_empty() { none() } else { texts.join(", ") }
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

/// The keys of a policy file, in the order of the documentation. `null` is a key that is not set and has no default.
#[derive(Serialize)]
struct Effective {
    feature: Option<String>,
    base: Option<String>,
    allowed: Vec<String>,
    foreign_commits: &'static str,
    conflict_markers: ConflictMarkers,
    scope: Option<Scope>,
    triage: Triage,
    guard: Guard,
    audit: Audit,
}

#[derive(Serialize)]
struct ConflictMarkers {
    ignore: Vec<String>,
}

#[derive(Serialize)]
struct Scope {
    max_patch_lines: u64,
    max_files: u64,
    max_file_bytes: u64,
    allowed_paths: Option<Vec<String>>,
    blocked_paths: Vec<String>,
    core_paths: Vec<String>,
    sensitive_paths: Vec<String>,
    allowed_jobs: Option<Vec<String>>,
    jobs: BTreeMap<String, Job>,
    min_confidence: Option<f64>,
    require_human_approval: bool,
    exclude: Exclude,
}

#[derive(Serialize)]
struct Job {
    modules: Vec<String>,
    companions: Vec<String>,
}

#[derive(Serialize)]
struct Exclude {
    migrations: &'static str,
    production_config: &'static str,
    automation: &'static str,
    major_upgrades: &'static str,
}

#[derive(Serialize)]
struct Triage {
    buckets: Buckets,
}

#[derive(Serialize)]
struct Buckets {
    code_regression: BucketRule,
    flaky_test: BucketRule,
    infra_fault: BucketRule,
    secret_or_config: BucketRule,
    unknown: BucketRule,
}

#[derive(Serialize)]
struct BucketRule {
    match_any: Vec<String>,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_auto_retries: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cooldown_s: Option<u64>,
}

#[derive(Serialize)]
struct Guard {
    time_limit_s: u64,
}

#[derive(Serialize)]
struct Audit {
    keep_days: u64,
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
            scope: policy.scope.as_ref().map(Scope::of),
            triage: Triage { buckets: Buckets::of(&policy.triage) },
            guard: Guard { time_limit_s: policy.time_limit.as_secs() },
            audit: Audit { keep_days: policy.keep_packs.as_secs() / 86_400 },
        }
    }
}

impl Buckets {
    fn of(triage: &super::Triage) -> Buckets {
        let of = |bucket| {
            let rule = triage.of(bucket);
            let reruns = super::Triage::actions(bucket).iter().any(|action| action.is_rerun());
            BucketRule {
                match_any: rule.match_any.iter().map(ToString::to_string).collect(),
                action: rule.action.id(),
                max_auto_retries: reruns.then_some(rule.max_auto_retries),
                cooldown_s: reruns.then_some(rule.cooldown.as_secs()),
            }
        };
        Buckets {
            code_regression: of(Bucket::CodeRegression),
            flaky_test: of(Bucket::FlakyTest),
            infra_fault: of(Bucket::InfraFault),
            secret_or_config: of(Bucket::SecretOrConfig),
            unknown: of(Bucket::Unknown),
        }
    }

    fn all(&self) -> impl Iterator<Item = (Bucket, &BucketRule)> {
        let rules = [&self.code_regression, &self.flaky_test, &self.infra_fault, &self.secret_or_config, &self.unknown];
        Bucket::ALL.into_iter().zip(rules)
    }
}

impl Scope {
    fn of(scope: &super::Scope) -> Scope {
        let jobs = scope.jobs.iter().map(|(name, job)| {
            let (modules, companions) = (job.modules.texts().to_vec(), job.companions.texts().to_vec());
            (name.clone(), Job { modules, companions })
        });
        Scope {
            max_patch_lines: scope.max_patch_lines,
            max_files: scope.max_files,
            max_file_bytes: scope.max_file_bytes,
            allowed_paths: scope.allowed_paths.as_ref().map(|paths| paths.texts().to_vec()),
            blocked_paths: scope.blocked_paths.texts().to_vec(),
            core_paths: scope.core_paths.texts().to_vec(),
            sensitive_paths: scope.sensitive_paths.texts().to_vec(),
            allowed_jobs: scope.allowed_jobs.clone(),
            jobs: jobs.collect(),
            min_confidence: scope.min_confidence,
            require_human_approval: scope.require_human_approval,
            exclude: Exclude {
                migrations: scope.exclude.migrations.id(),
                production_config: scope.exclude.production_config.id(),
                automation: scope.exclude.automation.id(),
                major_upgrades: scope.exclude.major_upgrades.id(),
            },
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
             \x20 feature                          feature/TASK-1\n\
             \x20 base                             main\n\
             \x20 allowed                          develop, release/*\n\
             \x20 foreign_commits                  block\n\
             \x20 conflict_markers.ignore          (none)\n\
             \x20 scope                            (none)\n\
             \x20 triage.buckets.code_regression   open_patch_lane\n\
             \x20 triage.buckets.flaky_test        rerun_same_sha, max_auto_retries 1, cooldown_s 0\n\
             \x20 triage.buckets.infra_fault       cooldown_retry, max_auto_retries 2, cooldown_s 300\n\
             \x20 triage.buckets.secret_or_config  escalate\n\
             \x20 triage.buckets.unknown           escalate\n\
             \x20 guard.time_limit_s               20\n\
             \x20 audit.keep_days                  180\n"
        );
    }

    #[test]
    fn people_see_what_holds_without_a_usable_policy() {
        let text = shown(human, None, None, None);
        assert!(text.starts_with("policy: none\nMerge sources and foreign commits are not judged"), "{text}");
        assert!(text.contains("base                             (the remote's main branch)\n"), "{text}");
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
                    "foreign_commits": "block", "conflict_markers": {"ignore": []}, "scope": null,
                    "triage": {"buckets": {
                        "code_regression": {"match_any": [], "action": "open_patch_lane"},
                        "flaky_test": {
                            "match_any": [], "action": "rerun_same_sha", "max_auto_retries": 1, "cooldown_s": 0
                        },
                        "infra_fault": {
                            "match_any": [], "action": "cooldown_retry", "max_auto_retries": 2, "cooldown_s": 300
                        },
                        "secret_or_config": {"match_any": [], "action": "escalate"},
                        "unknown": {"match_any": [], "action": "escalate"}
                    }},
                    "guard": {"time_limit_s": 20}, "audit": {"keep_days": 180}
                }
            })
        );
        let text = shown(json, Some("p.json"), Some("line 1: bad"), None);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((value["error"].as_str(), value["merge_rules"].as_bool()), (Some("line 1: bad"), Some(false)));
        assert_eq!(value["effective"]["feature"], serde_json::Value::Null);
    }

    #[test]
    fn people_see_patterns_as_they_were_written() {
        let policy = r#"{"triage": {"buckets": {"infra_fault": {"match_any": ["pull image", "re:^\u001b .*"]}}}}"#;
        let text = shown(human, Some("p.json"), None, Some(&parse(policy.as_bytes()).unwrap()));
        let row = "infra_fault       cooldown_retry, max_auto_retries 2, cooldown_s 300, match_any pull image, re:^\\x1b .*\n";
        assert!(text.contains(row), "{text}");
    }

    fn with_scope(scope: &str) -> Policy {
        parse(format!("{{\"scope\": {scope}}}").as_bytes()).unwrap()
    }

    #[test]
    fn people_see_the_scope_with_its_defaults() {
        let text = shown(human, Some("p.json"), None, Some(&with_scope("{}")));
        let scope: Vec<&str> = text.lines().filter_map(|line| line.trim_start().strip_prefix("scope.")).collect();
        assert_eq!(
            scope,
            [
                "max_patch_lines            120",
                "max_files                  50",
                "max_file_bytes             1048576",
                "allowed_paths              (all)",
                "blocked_paths              (none)",
                "core_paths                 (none)",
                "sensitive_paths            (none)",
                "allowed_jobs               (all)",
                "jobs                       (none)",
                "min_confidence             (none)",
                "require_human_approval     false",
                "exclude.migrations         review",
                "exclude.production_config  review",
                "exclude.automation         review",
                "exclude.major_upgrades     review",
            ]
        );
        let text = shown(
            human,
            Some("p.json"),
            None,
            Some(&with_scope(
                r#"{"allowed_paths": [], "blocked_paths": ["a", "b/**"], "allowed_jobs": [], "min_confidence": 0.5,
                    "jobs": {"unit\u001b[1m of a longer name": {"modules": ["m/"]}}, "exclude": {"automation": "deny"}}"#,
            )),
        );
        for row in [
            "scope.allowed_paths              (none)",
            "scope.blocked_paths              a, b/**",
            "scope.allowed_jobs               (none)",
            "scope.jobs.unit\\x1b[1m of a longer name.modules  m/",
            "scope.jobs.unit\\x1b[1m of a longer name.companions  (none)",
            "scope.min_confidence             0.5",
            "scope.exclude.automation         deny",
        ] {
            assert!(text.contains(&format!("\n  {row}\n")), "{row}\n{text}");
        }
    }

    #[test]
    fn programs_see_the_scope_with_its_defaults() {
        let text = shown(json, Some("p.json"), None, Some(&with_scope(r#"{"jobs": {"unit": {"modules": ["m/"]}}}"#)));
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            value["effective"]["scope"],
            serde_json::json!({
                "max_patch_lines": 120, "max_files": 50, "max_file_bytes": 1048576,
                "allowed_paths": null, "blocked_paths": [], "core_paths": [], "sensitive_paths": [],
                "allowed_jobs": null, "jobs": {"unit": {"modules": ["m/"], "companions": []}},
                "min_confidence": null, "require_human_approval": false,
                "exclude": {
                    "migrations": "review", "production_config": "review", "automation": "review",
                    "major_upgrades": "review"
                }
            })
        );
    }

    /// A copy without the keys that are `null`: those that are not set.
    fn set_keys(value: &serde_json::Value) -> serde_json::Value {
        match value.as_object() {
            Some(keys) => {
                let set = keys.iter().filter(|(_, value)| !value.is_null());
                set.map(|(key, value)| (key.clone(), set_keys(value))).collect()
            }
            None => value.clone(),
        }
    }

    #[test]
    fn what_is_shown_as_effective_and_set_is_itself_a_policy() {
        let example = parse(include_bytes!("../../policy.example.json")).unwrap();
        let shut = r#"{"allowed_paths": [], "allowed_jobs": [], "min_confidence": 0, "require_human_approval": true}"#;
        for policy in [short_form(), Policy::default(), with_scope("{}"), with_scope(shut), example.clone()] {
            let value: serde_json::Value = serde_json::from_str(&shown(json, None, None, Some(&policy))).unwrap();
            let again = parse(set_keys(&value["effective"]).to_string().as_bytes()).unwrap();
            assert_eq!(format!("{again:?}"), format!("{policy:?}"));
        }
        // The example sets every key, and so nothing has to be taken away.
        let value: serde_json::Value = serde_json::from_str(&shown(json, None, None, Some(&example))).unwrap();
        assert_eq!(set_keys(&value["effective"]), value["effective"]);
    }
}
