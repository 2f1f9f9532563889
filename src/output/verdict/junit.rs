//! JUnit XML, as CI systems show it: a test case a reviewer. What must not land is a failure; what the infrastructure did is an
//! error, which no passing run has either.
//!
//! Written by hand: the format is four elements, and what is hard about it, characters that XML cannot hold, is no
//! business of a crate for test runners.

use super::super::escape::{clip, plain};
use super::words;
use crate::model::{Panel, Review, ReviewVerdict};
use std::io::{self, Write};

/// The suite, and the class of its cases.
const SUITE: &str = "ci-guard verdict";

/// How many findings of a reviewer are listed.
const LISTED: usize = 200;

/// How much of a text is shown.
const TEXT: usize = 1000;

pub(super) fn panel(panel: &Panel, out: &mut dyn Write) -> io::Result<()> {
    let mut cases: Vec<Case> = panel.reviews.iter().map(Case::of_review).collect();
    cases.extend(words::silent(panel).map(|name| Case::error(name, "it did not run".into())));
    if cases.is_empty() {
        // An empty suite looks like a good one.
        let (_, sentence) = words::meaning(panel);
        cases.push(Case::error("reviewers", sentence.into()));
    }
    let count = |outcome| cases.iter().filter(|case| case.outcome == outcome).count();
    let (tests, failures, errors) = (cases.len(), count(Outcome::Failure), count(Outcome::Error));
    let counts = format!("name=\"{SUITE}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"");
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites {counts}>")?;
    writeln!(out, "  <testsuite {counts} skipped=\"0\">")?;
    cases.iter().try_for_each(|case| case.write(out))?;
    writeln!(out, "  </testsuite>")?;
    writeln!(out, "</testsuites>")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failure,
    Error,
}

struct Case {
    name: String,
    outcome: Outcome,
    /// What it comes to, in a line.
    message: String,
    /// What was found, a line each.
    lines: Vec<String>,
}

impl Case {
    fn error(name: &str, message: String) -> Case {
        Case { name: name.to_owned(), outcome: Outcome::Error, message, lines: Vec::new() }
    }

    fn of_review(review: &Review) -> Case {
        let outcome = match review.verdict {
            ReviewVerdict::Pass | ReviewVerdict::Warn => Outcome::Passed,
            ReviewVerdict::CriticalFail => Outcome::Failure,
            ReviewVerdict::InfraFail | ReviewVerdict::Degraded => Outcome::Error,
        };
        let retries = (review.retry_count > 0).then(|| words::retries(review.retry_count));
        let found = review.findings.iter().take(LISTED).map(|finding| {
            let place = words::place(finding).map(|place| format!("{place}: ")).unwrap_or_default();
            format!("{place}{}", words::what(finding))
        });
        let more = review.findings.len().checked_sub(LISTED).filter(|more| *more > 0);
        let more = more.map(|more| format!("… {more} more; --format json has them all"));
        let said = words::said_besides(review).map(str::to_owned);
        Case {
            name: review.agent.clone(),
            outcome,
            message: words::because(review).to_owned(),
            lines: said.into_iter().chain(found).chain(more).chain(retries).collect(),
        }
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let (name, message) = (xml(&self.name), xml(&self.message));
        let lines: Vec<String> = self.lines.iter().map(|line| xml(line)).collect();
        write!(out, "    <testcase classname=\"{SUITE}\" name=\"{name}\"")?;
        let (element, kind) = match self.outcome {
            Outcome::Failure => ("failure", "review"),
            Outcome::Error => ("error", "infrastructure"),
            Outcome::Passed if message.is_empty() && lines.is_empty() => return writeln!(out, "/>"),
            Outcome::Passed => {
                let all: Vec<String> = [message].into_iter().chain(lines).filter(|line| !line.is_empty()).collect();
                writeln!(out, ">\n      <system-out>{}</system-out>", all.join("\n"))?;
                return writeln!(out, "    </testcase>");
            }
        };
        writeln!(out, ">\n      <{element} type=\"{kind}\" message=\"{message}\">{}</{element}>", lines.join("\n"))?;
        writeln!(out, "    </testcase>")
    }
}

/// One line for an attribute or an element.
fn xml(text: &str) -> String {
    let mut safe = String::new();
    for c in plain(clip(text, TEXT)).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            // No XML 1.0 document may hold them, not even as references; other such characters are visible by now.
            '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::{Format, samples};
    use super::*;

    pub(in super::super) fn text(panel: &Panel) -> String {
        let mut out = Vec::new();
        super::super::panel(panel, Format::Junit, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// `name: what` of each test case, by a reader that takes nothing but well-formed XML. Counts must be right.
    pub(in super::super) fn cases(text: &str) -> Vec<String> {
        let document = roxmltree::Document::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let of = |tag: &'static str| document.descendants().filter(move |node| node.has_tag_name(tag));
        for (tag, count) in [("testcase", "tests"), ("failure", "failures"), ("error", "errors")] {
            for suite in of("testsuite").chain(of("testsuites")) {
                assert_eq!(suite.attribute(count), Some(of(tag).count().to_string().as_str()), "{count}");
            }
        }
        let outcome = |case: roxmltree::Node| {
            let element = case.first_element_child();
            let name = element.map(|element| element.tag_name().name().to_owned()).unwrap_or("passed".into());
            format!("{}: {name}", case.attribute("name").unwrap())
        };
        of("testcase").map(outcome).collect()
    }

    #[test]
    fn a_case_a_reviewer_and_infrastructure_is_an_error() {
        assert_eq!(
            cases(&text(&samples::six())),
            [
                "security: failure",
                "tests: failure",
                "architecture: system-out",
                "performance: error",
                "docs: system-out",
                "licences: error",
            ]
        );
        assert_eq!(cases(&text(&samples::degraded())), ["security: error", "docs: passed"]);
        assert_eq!(cases(&text(&samples::nobody())), ["reviewers: error"], "an empty suite would look like a good one");
        assert_eq!(cases(&text(&samples::flood())).len(), 6);
    }

    #[test]
    fn a_suite_word_for_word() {
        insta::assert_snapshot!(text(&samples::six()), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="ci-guard verdict" tests="6" failures="2" errors="2">
          <testsuite name="ci-guard verdict" tests="6" failures="2" errors="2" skipped="0">
            <testcase classname="ci-guard verdict" name="security">
              <failure type="review" message="Two ways in.">src/pay.rs:12: critical: SQL is built from the request's `id`: use a parameter
        src/__init__.py:3: high: a key in the source | see #12 (no-secrets)</failure>
            </testcase>
            <testcase classname="ci-guard verdict" name="tests">
              <failure type="review" message="The refund path has no test at all.">1 retry</failure>
            </testcase>
            <testcase classname="ci-guard verdict" name="architecture">
              <system-out>src/cart.rs:80: minor: this module now does two things; ask @org/core</system-out>
            </testcase>
            <testcase classname="ci-guard verdict" name="performance">
              <error type="infrastructure" message="there is no VERDICT line in its answer">fetch failed: socket hang up
        2 retries</error>
            </testcase>
            <testcase classname="ci-guard verdict" name="docs">
              <system-out>1 retry</system-out>
            </testcase>
            <testcase classname="ci-guard verdict" name="licences">
              <error type="infrastructure" message="it did not run"></error>
            </testcase>
          </testsuite>
        </testsuites>
        "#);
    }

    #[test]
    fn what_xml_cannot_hold_is_shown_another_way() {
        for (raw, want) in [
            ("a < b && c > \"d\"", "a &lt; b &amp;&amp; c &gt; &quot;d&quot;"),
            ("]]>", "]]&gt;"),
            ("\0\u{8}\x1b[1m", "\\x00\\x08\\x1b[1m"),
            ("\u{fffe}\u{ffff}", "\u{fffd}\u{fffd}"),
            ("::error::x ##[group]", "\\x3a:error::x #\\x23[group]"),
        ] {
            assert_eq!(xml(raw), want);
        }
    }
}
