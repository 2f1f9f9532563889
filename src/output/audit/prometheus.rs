//! The metrics in Prometheus' text format, version 0.0.4.
//!
//! Everything here is a gauge: a window moves on, so counts in it fall as well as rise, which a counter (`_total`) never does.
//! A share of nothing has no sample; its denominator, 0, is there.

use super::super::escape::plain;
use super::About;
use crate::model::{Metrics, Share};
use std::io::{self, Write};

/// Print them.
pub fn write(metrics: &Metrics, about: &About, out: &mut dyn Write) -> io::Result<()> {
    let repo = about.repo.map(|repo| ("repo", repo));
    let mut page = Page { repo, out };
    page.share("first_fix", "incidents whose first patch ended them, of incidents with a patch", metrics.first_fix)?;
    page.share(
        "false_fix",
        "patches whose failure came back in 24 h or that were reverted, of merged ones",
        metrics.false_fix,
    )?;
    page.share("recurrence_24h", "patches whose failure came back in 24 h, of merged ones", metrics.recurrence)?;
    page.share("rerun_success", "reruns that ended green, of those whose end is known", metrics.rerun_success)?;
    let recovery = &metrics.recovery;
    if let Some(median) = recovery.median {
        let help = "Median time from the first red to the first green on the target.";
        page.one("recovery_seconds", help, &[(None, median.as_secs_f64())])?;
    }
    let states = [("recovered", recovery.recovered), ("open", recovery.open), ("flaked", recovery.flaked)];
    let states = states.map(|(state, count)| (Some(("state", state)), count as f64));
    page.one("incidents", "Incidents by what became of them.", &states)?;
    let failures: Vec<_> =
        metrics.buckets.iter().map(|(bucket, of)| (Some(("bucket", bucket.id())), of.of as f64)).collect();
    page.one("failures", "Failures by bucket.", &failures)?;
    let retries = &metrics.retries;
    page.share(
        "retry_retried",
        "commands that were run more than once, of those run by ci-guard retry",
        retries.retried,
    )?;
    page.share("retry_saved", "commands that passed in the end, of those run more than once", retries.saved)?;
    page.share(
        "retry_infra",
        "commands that the infrastructure failed to the end, of those run by ci-guard retry",
        retries.infra,
    )?;
    for (name, help, value) in [
        ("retry_attempts", "Attempts of ci-guard retry.", retries.attempts as f64),
        ("retry_waited_seconds", "Time between attempts.", retries.waited.as_secs_f64()),
        (
            "retry_failed_attempts_seconds",
            "Time in attempts that failed for the infrastructure's sake.",
            retries.failing.as_secs_f64(),
        ),
        ("merges_too_young", "Patches merged less than 24 h ago, which no share holds.", metrics.too_young as f64),
        ("merges_without_run", "Merged patches after which no run is known.", metrics.without_run as f64),
        ("reruns_open", "Reruns of which no end is known.", metrics.reruns_open as f64),
        ("events", "Events in the window.", metrics.events as f64),
        ("window_seconds", "How far back all of this goes.", about.since.as_secs_f64()),
    ] {
        page.one(name, help, &[(None, value)])?;
    }
    Ok(())
}

type Label<'a> = (&'a str, &'a str);

struct Page<'a, 'o> {
    repo: Option<Label<'a>>,
    out: &'o mut dyn Write,
}

impl Page<'_, '_> {
    fn share(&mut self, name: &str, of: &str, share: Share) -> io::Result<()> {
        if let Some(value) = share.value() {
            self.one(&format!("{name}_ratio"), &format!("Share of {of}."), &[(None, value)])?;
        }
        self.one(&format!("{name}_numerator"), &format!("Numerator: {of}."), &[(None, share.of as f64)])?;
        self.one(&format!("{name}_denominator"), &format!("Denominator: {of}."), &[(None, share.all as f64)])
    }

    fn one(&mut self, name: &str, help: &str, samples: &[(Option<Label>, f64)]) -> io::Result<()> {
        writeln!(self.out, "# HELP ci_guard_{name} {help}")?;
        writeln!(self.out, "# TYPE ci_guard_{name} gauge")?;
        for (label, value) in samples {
            let labels: Vec<String> =
                self.repo.iter().chain(label).map(|(name, text)| format!("{name}=\"{}\"", escaped(text))).collect();
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            writeln!(self.out, "ci_guard_{name}{labels} {value}")?;
        }
        Ok(())
    }
}

/// A label's value. Nothing invisible is in it, so the format's own escapes are two.
fn escaped(text: &str) -> String {
    plain(text).replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::super::metrics::tests::{ABOUT, some};
    use super::*;

    fn page(about: &About) -> String {
        let mut out = Vec::new();
        write(&some(), about, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_sample_follows_its_help_and_type_and_has_a_valid_name() {
        let text = page(&About { repo: Some("o/\"r\\\n"), ..ABOUT });
        let (mut described, mut names) = (String::new(), Vec::new());
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                described = rest.split(' ').next().unwrap().to_owned();
                assert!(!names.contains(&described), "{described} is there once");
                names.push(described.clone());
                continue;
            }
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                assert_eq!(rest, format!("{described} gauge"));
                continue;
            }
            let (name, rest) = line.split_once('{').unwrap();
            assert_eq!(name, described);
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'));
            assert!(!name.ends_with("_total"), "gauges are no totals");
            let (labels, value) = rest.rsplit_once("} ").unwrap();
            assert!(labels.starts_with(r#"repo="o/\"r\\\\n""#), "{labels}");
            value.parse::<f64>().unwrap();
        }
        assert_eq!(names.len(), 31);
    }

    #[test]
    fn a_share_of_nothing_has_no_sample() {
        let text = page(&ABOUT);
        assert!(text.contains("ci_guard_first_fix_ratio 0.75\n"));
        assert!(!text.contains("rerun_success_ratio") && text.contains("ci_guard_rerun_success_denominator 0\n"));
        assert!(text.contains("ci_guard_recovery_seconds 5400.5\n"));
        assert!(
            text.contains("ci_guard_retry_saved_ratio 0.75\n") && text.contains("ci_guard_retry_waited_seconds 70.5\n")
        );
        assert!(text.contains("ci_guard_failures{bucket=\"flaky_test\"} 2\n"));
    }
}
