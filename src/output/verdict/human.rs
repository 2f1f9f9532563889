//! Verdicts for people: the verdict, a line a reviewer with what was found below it, who is missing, what comes next.

use super::super::escape::{clip, plain};
use super::super::listing::{BOLD, ERROR, PASSED, WARNING};
use super::words;
use crate::model::{Panel, Review, ReviewFinding, ReviewVerdict};
use anstyle::Style;
use std::io::{self, Write};

/// How many findings of a reviewer are spelled out.
const SHOWN: usize = 20;

/// How much of a text is; a reviewer may send pages, and JSON has them.
const TEXT: usize = 300;

/// How much of a name.
const NAME: usize = 40;

/// The longest verdict.
const WIDEST: &str = "CRITICAL_FAIL";

pub(super) fn panel(panel: &Panel, out: &mut dyn Write) -> io::Result<()> {
    let (style, (_, sentence)) = (style(panel.verdict), words::meaning(panel));
    writeln!(out, "{style}{}{style:#}: {sentence}", panel.verdict.id())?;
    let names: Vec<String> = panel.reviews.iter().map(|review| name(&review.agent)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default();
    for (review, name) in panel.reviews.iter().zip(names) {
        let gap = width - name.chars().count();
        let style = self::style(review.verdict);
        write!(out, "  {BOLD}{name}{BOLD:#}{:gap$}  {style}{}{style:#}", "", review.verdict.id())?;
        let said = said(review);
        let gap = if said.is_empty() { 0 } else { 2 + WIDEST.len() - review.verdict.id().len() };
        writeln!(out, "{:gap$}{said}", "")?;
        write_details(review, out)?;
    }
    if !panel.not_run.is_empty() {
        let missed = words::missed(panel);
        let mark = |missing: &String| if missed.contains(missing.as_str()) { " (required)" } else { "" };
        let names = panel.not_run.iter().map(|missing| format!("{}{}", name(missing), mark(missing)));
        writeln!(out, "{WARNING}did not run{WARNING:#}: {}", names.collect::<Vec<_>>().join(", "))?;
    }
    for step in &panel.next {
        let who = step.agent.as_ref().map(|agent| format!("{}: ", name(agent))).unwrap_or_default();
        let deed = words::step(step);
        writeln!(out, "{BOLD}next{BOLD:#}: {who}{deed} ({})", plain(clip(&step.reason, TEXT)))?;
    }
    Ok(())
}

pub(super) fn review(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    let style = style(review.verdict);
    let said = said(review);
    let colon = if said.is_empty() { "" } else { ": " };
    writeln!(out, "{style}{}{style:#}: {}{colon}{said}", review.verdict.id(), name(&review.agent))?;
    write_details(review, out)
}

fn style(verdict: ReviewVerdict) -> Style {
    match verdict {
        ReviewVerdict::Pass => PASSED,
        ReviewVerdict::CriticalFail => ERROR,
        ReviewVerdict::Warn | ReviewVerdict::Degraded | ReviewVerdict::InfraFail => WARNING,
    }
}

fn name(agent: &str) -> String {
    plain(clip(agent, NAME))
}

/// What was said, in one line: the words, and the numbers where there are any.
fn said(review: &Review) -> String {
    let words = plain(clip(words::because(review), TEXT));
    let found = (!review.findings.is_empty()).then(|| words::findings(review));
    let retries = (review.retry_count > 0).then(|| words::retries(review.retry_count));
    let numbers: Vec<String> = found.into_iter().chain(retries).collect();
    match (words.is_empty(), numbers.is_empty()) {
        (true, _) => numbers.join(", "),
        (false, true) => words,
        (false, false) => format!("{words} ({})", numbers.join(", ")),
    }
}

/// What the reviewer said besides its reason, and what was found.
fn write_details(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    if let Some(message) = words::said_besides(review) {
        writeln!(out, "      it said: {}", plain(clip(message, TEXT)))?;
    }
    let (shown, rest) = review.findings.split_at(review.findings.len().min(SHOWN));
    shown.iter().try_for_each(|found| writeln!(out, "      {}", finding(found)))?;
    match rest.len() {
        0 => Ok(()),
        rest => writeln!(out, "      … {rest} more; see them all: --format json"),
    }
}

/// `error src/pay.rs:12: what it is (rule)`.
fn finding(found: &ReviewFinding) -> String {
    let place = words::place(found).map(|place| clip(&place, TEXT));
    let severity = found.severity.as_ref().map(|severity| clip(severity, NAME));
    let head: Vec<String> = severity.into_iter().chain(place).collect();
    let unlabelled = ReviewFinding { severity: None, ..found.clone() };
    let what = clip(&words::what(&unlabelled), TEXT);
    // The line as a whole: what begins it is theirs.
    plain(if head.is_empty() { what } else { format!("{}: {what}", head.join(" ")) })
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::super::listing::tests::without_styles;
    use super::super::{Format, samples};
    use super::*;

    pub(in super::super) fn text(panel: &Panel) -> String {
        let mut out = Vec::new();
        super::super::panel(panel, Format::Human, &mut out).unwrap();
        without_styles(String::from_utf8(out).unwrap())
    }

    pub(in super::super) fn one(review: &Review) -> String {
        let mut out = Vec::new();
        super::super::review(review, false, &mut out).unwrap();
        without_styles(String::from_utf8(out).unwrap())
    }

    #[test]
    fn six_reviewers() {
        insta::assert_snapshot!(text(&samples::six()), @"
        CRITICAL_FAIL: A reviewer found something that must not land.
          security      CRITICAL_FAIL  Two ways in. (2 findings)
              critical src/pay.rs:12: SQL is built from the request's `id`: use a parameter
              high src/__init__.py:3: a key in the source | see #12 (no-secrets)
          tests         CRITICAL_FAIL  The refund path has no test at all. (1 retry)
          architecture  WARN           1 finding
              minor src/cart.rs:80: this module now does two things; ask @org/core
          performance   INFRA_FAIL     there is no VERDICT line in its answer (2 retries)
              it said: fetch failed: socket hang up
          docs          PASS           1 retry
        did not run: licences (required), performance
        next: security: mend what was found (it found something that must not land)
        next: tests: mend what was found (it found something that must not land)
        next: architecture: read the warnings (it has warnings)
        next: performance: run only this reviewer again (the infrastructure failed it)
        next: licences: run only this reviewer again (it is required and did not run)
        ");
    }

    #[test]
    fn short_ones() {
        insta::assert_snapshot!(text(&samples::pass()), @"
        PASS: No reviewer has anything against this change.
          security  PASS
          docs      PASS           1 retry
        next: go on: nothing stands in the way (all reviewers have passed it)
        ");
        insta::assert_snapshot!(text(&samples::degraded()), @"
        DEGRADED: Some reviewers could not review. Those who could found nothing that stops this change.
          security  INFRA_FAIL     exit code 124: it timed out (2 retries)
          docs      PASS
        did not run: security
        next: security: run only this reviewer again (the infrastructure failed it)
        ");
        insta::assert_snapshot!(text(&samples::nobody()), @"INFRA_FAIL: No reviewer could review, so nothing is known about this change.");
    }

    #[test]
    fn one_reviewer() {
        for review in &samples::six().reviews[..1] {
            insta::assert_snapshot!(one(review), @"
            CRITICAL_FAIL: security: Two ways in. (2 findings)
                  critical src/pay.rs:12: SQL is built from the request's `id`: use a parameter
                  high src/__init__.py:3: a key in the source | see #12 (no-secrets)
            ");
        }
        insta::assert_snapshot!(one(&samples::six().reviews[3]), @"
        INFRA_FAIL: performance: there is no VERDICT line in its answer (2 retries)
              it said: fetch failed: socket hang up
        ");
        insta::assert_snapshot!(one(&samples::review("docs", ReviewVerdict::Pass)), @"PASS: docs");
    }

    #[test]
    fn thousands_of_findings_are_twenty_and_a_number() {
        let text = text(&samples::flood());
        assert_eq!(text.lines().filter(|line| line.contains("src/a|b.rs:")).count(), 5 * SHOWN);
        assert!(text.contains("      … 29980 more; see them all: --format json\n"), "{text}");
    }
}
