//! The gate's verdict in words: one line, and why a change that breaks no rule is not simply let through.

use super::super::escape::plain;
use super::super::listing::{headline, tally};
use crate::model::{Code, Decision, Effect, GateReport, Tier, counted};

/// How many owners are named in a line.
const OWNERS: usize = 5;

/// How many paths are named in a line.
const PATHS: usize = 2;

/// The verdict as one visible line: `needs approval: medium risk; the code owners approve: @org/core (src/pay.rs)`.
pub fn in_one_line(report: &GateReport) -> String {
    let (head, rest) = words(report);
    format!("{head}: {rest}")
}

/// The verdict, and what it means.
pub(super) fn words(report: &GateReport) -> (&'static str, String) {
    match report.decision {
        Decision::Allow => {
            let (files, lines) = (counted(report.files.len() as u64, "file"), counted(report.lines, "line"));
            ("in scope", format!("{files}, {lines}; low risk, a maintainer's click is enough"))
        }
        Decision::Review => ("needs approval", approval(report)),
        Decision::Deny => {
            let denials = report.objections.iter().filter(|objection| objection.effect == Effect::Deny).count();
            let them = if denials == 1 { "it" } else { "them" };
            let count = tally(denials, report.objections.len() - denials);
            ("out of scope", format!("{count}. Mend {them}, then check again."))
        }
    }
}

/// Why somebody is asked, as far as no headline says it: doubts that are no rule's business, and the policy's wish.
pub(super) fn because(report: &GateReport) -> Vec<&str> {
    if report.decision != Decision::Review {
        return Vec::new();
    }
    let said: Vec<String> = report.codes().into_iter().map(|code| headline(code.summary()).to_lowercase()).collect();
    let unsaid = |reason: &&str| !said.contains(&headline(reason).to_lowercase());
    report.reasons.iter().map(String::as_str).filter(unsaid).collect()
}

/// How risky it is, and who approves it.
fn approval(report: &GateReport) -> String {
    let owners = named(report.owners.iter(), OWNERS, ", ");
    match (report.tier, owners) {
        (Tier::Low, _) => "low risk; a maintainer approves it with one click".into(),
        (Tier::Medium, Some(owners)) => {
            let paths = asked_about(report).map(|paths| format!(" ({paths})")).unwrap_or_default();
            format!("medium risk; the code owners approve: {owners}{paths}")
        }
        (Tier::Medium, None) => match asked_about(report) {
            Some(paths) => format!("medium risk; a code owner approves it, but the base names none for {paths}"),
            None => "medium risk; a code owner approves it".into(),
        },
        (Tier::High, Some(owners)) => format!("high risk; somebody goes through it by hand; code owners: {owners}"),
        (Tier::High, None) => "high risk; somebody goes through it by hand".into(),
    }
}

/// The paths that code owners are asked about.
fn asked_about(report: &GateReport) -> Option<String> {
    let theirs = report.objections.iter().filter(|o| matches!(o.code, Code::CodeOwner | Code::SensitivePath));
    let mut paths: Vec<_> = theirs.filter_map(|objection| objection.path.as_ref()).collect();
    paths.sort();
    paths.dedup();
    named(paths.into_iter(), PATHS, ", ")
}

/// The first few, and how many more there are; `None` for nothing.
fn named(mut names: impl ExactSizeIterator<Item = impl AsRef<[u8]>>, most: usize, between: &str) -> Option<String> {
    let few: Vec<String> = names.by_ref().take(most).map(plain).collect();
    let more = if names.len() > 0 { format!(" and {} more", names.len()) } else { String::new() };
    (!few.is_empty()).then(|| few.join(between) + &more)
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn the_verdict_in_one_line() {
        let medium = samples::review_medium();
        let many_owners = GateReport { owners: (1..=7).map(|nth| format!("@org/{nth}")).collect(), ..medium.clone() };
        let mut many_paths = medium.clone();
        for path in ["src/a.rs", "src/b.rs", "src/a.rs"] {
            let again = many_paths.objections[1].clone().at(path);
            many_paths.objections.push(again);
        }
        let of_nobody = GateReport { owners: Vec::new(), ..medium.clone() };
        let mut no_path = of_nobody.clone();
        no_path.objections.retain(|objection| objection.code == Code::ModeChange);
        let owned = GateReport { owners: vec!["@org/core".into()], ..samples::review_high() };
        for (report, want) in [
            (samples::allow(), "in scope: 2 files, 14 lines; low risk, a maintainer's click is enough"),
            (samples::asked(), "needs approval: low risk; a maintainer approves it with one click"),
            (medium, "needs approval: medium risk; the code owners approve: @org/core (src/pay.rs)"),
            (
                many_owners,
                "needs approval: medium risk; the code owners approve: @org/1, @org/2, @org/3, @org/4, @org/5 and 2 more \
                 (src/pay.rs)",
            ),
            (
                many_paths,
                "needs approval: medium risk; the code owners approve: @org/core (src/a.rs, src/b.rs and 1 more)",
            ),
            (
                of_nobody,
                "needs approval: medium risk; a code owner approves it, but the base names none for src/pay.rs",
            ),
            (no_path, "needs approval: medium risk; a code owner approves it"),
            (samples::review_high(), "needs approval: high risk; somebody goes through it by hand"),
            (owned, "needs approval: high risk; somebody goes through it by hand; code owners: @org/core"),
            (samples::flood(), "out of scope: 2 findings, 1 warning. Mend them, then check again."),
            (samples::malformed(), "out of scope: 1 finding. Mend it, then check again."),
        ] {
            assert_eq!(in_one_line(&report), want);
        }
    }

    #[test]
    fn a_reason_that_a_headline_says_is_not_said_again() {
        for (report, want) in [
            (samples::allow(), &[][..]),
            (samples::asked(), &["the policy asks for a person's approval of every change"]),
            (samples::review_medium(), &[]),
            (samples::review_high(), &["the change is broad: 12 files", "the checks are red"]),
            (samples::flood(), &[]),
        ] {
            assert_eq!(because(&report), want);
        }
    }
}
