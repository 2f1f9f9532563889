//! What `triage` of a policy file may say and what is wrong with it, as tables.

use super::*;
use crate::policy::parse;

fn triage(buckets: &str) -> Triage {
    parse(format!("{{\"triage\": {{\"buckets\": {buckets}}}}}").as_bytes()).unwrap().triage
}

fn error(buckets: &str) -> String {
    parse(format!("{{\"triage\": {{\"buckets\": {buckets}}}}}").as_bytes()).unwrap_err().to_string()
}

#[test]
fn every_key_is_read() {
    let triage = triage(
        r#"{"code_regression": {"match_any": ["assertion"], "action": "escalate"},
            "flaky_test": {"match_any": ["re:^Timeout"], "action": "cooldown_retry", "max_auto_retries": 0, "cooldown_s": 7},
            "infra_fault": {"match_any": ["failed to pull image", "re:^npm ERR! .* 503"], "action": "rerun_same_sha",
                            "max_auto_retries": 10, "cooldown_s": 86400},
            "secret_or_config": {"match_any": ["vault"], "action": "escalate"}, "unknown": {"match_any": ["dunno"]}}"#,
    );
    for (bucket, line, action, retries, wait) in [
        (Bucket::CodeRegression, "Assertion failed", Action::Escalate, 0, 0),
        (Bucket::FlakyTest, "Timeout 3", Action::CooldownRetry, 0, 7),
        (Bucket::InfraFault, "npm ERR! code 503", Action::RerunSameSha, 10, 86400),
        (Bucket::SecretOrConfig, "Vault is sealed", Action::Escalate, 0, 0),
        (Bucket::Unknown, "dunno", Action::Escalate, 0, 0),
    ] {
        let rule = triage.of(bucket);
        assert!(rule.match_any.iter().any(|pattern| pattern.is_in(line)), "{bucket:?}");
        assert_eq!(
            (rule.action, rule.max_auto_retries, rule.cooldown.as_secs()),
            (action, retries, wait),
            "{bucket:?}"
        );
    }
}

#[test]
fn what_is_not_said_is_as_usual() {
    let usual = Triage::default();
    for text in ["{}", r#"{"infra_fault": {}}"#] {
        let triage = triage(text);
        for bucket in Bucket::ALL {
            assert_eq!(format!("{:?}", triage.of(bucket)), format!("{:?}", usual.of(bucket)));
        }
    }
    assert_eq!(triage(r#"{"infra_fault": {"max_auto_retries": 3}}"#).of(Bucket::InfraFault).cooldown.as_secs(), 300);
}

#[test]
fn automation_where_there_is_none_is_refused() {
    for (bucket, word, says) in [
        ("secret_or_config", "cooldown_retry", "automation, and here a person has to look"),
        ("secret_or_config", "open_patch_lane", "automation, and here a person has to look"),
        ("unknown", "rerun_same_sha", "automation, and here a person has to look"),
        ("code_regression", "rerun_same_sha", "would run a regression again"),
        ("code_regression", "cooldown_retry", "would run a regression again"),
        ("infra_fault", "open_patch_lane", "no patch mends"),
        ("infra_fault", "retry", "`retry` is none of `rerun_same_sha`, `cooldown_retry`, `escalate`"),
    ] {
        let error = error(&format!("{{\"{bucket}\": {{\"action\": \"{word}\"}}}}"));
        let key = format!("`triage.buckets.{bucket}.action`: ");
        assert!(error.contains(&key) && error.contains(says), "{error}");
    }
    for bucket in ["code_regression", "secret_or_config", "unknown"] {
        let error = error(&format!("{{\"{bucket}\": {{\"max_auto_retries\": 1}}}}"));
        assert!(error.contains("unknown key `max_auto_retries`"), "{error}");
    }
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (buckets, says) in [
        (r#"{"infra": {}}"#, "unknown key `infra` in `triage.buckets`; did you mean `infra_fault`?"),
        (r#"{"infra_fault": {"match": []}}"#, "did you mean `match_any`?"),
        (
            r#"{"infra_fault": {"match_any": ["fine", "re:("]}}"#,
            "`triage.buckets.infra_fault.match_any[1]`: no regular expression: unclosed group",
        ),
        (r#"{"infra_fault": {"match_any": ["e"]}}"#, "is in nearly every line"),
        (r#"{"infra_fault": {"match_any": "a"}}"#, "expected a list"),
        (r#"{"infra_fault": {"max_auto_retries": 11}}"#, "11 is not from 0 to 10"),
        (r#"{"infra_fault": {"cooldown_s": 86401}}"#, "86401 is not from 0 to 86400"),
        (r#"{"infra_fault": null}"#, "invalid type: null"),
    ] {
        let error = error(buckets);
        assert!(error.starts_with("line 1, column ") && error.contains(says), "{error}");
    }
    let error = parse(br#"{"triage": {"infra_fault": {}}}"#).unwrap_err().to_string();
    assert!(error.contains("did you mean `buckets.infra_fault`?"), "{error}");
}
