//! Printers of what triage found, one file a format, and the artifact pack, which is also read back.

mod github;
mod human;
mod pack;

#[cfg(test)]
mod samples;

use super::Context;
use crate::model::{NextStep, Pack};
use std::io::{self, Write};

pub use pack::{SCHEMA, read};

/// How packs are printed. docs/triage.md describes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people, and for agents that read like people.
    Human,
    /// The pack, schema `ci-guard/pack/v1`.
    Json,
    /// A list of packs: several logs were asked about, however many could be read.
    JsonList,
    /// One pack a line.
    Jsonl,
    /// GitHub workflow commands, shown as annotations.
    Github,
}

/// Print packs as `format`. Only `out` can fail. `context` matters to people only.
pub fn write(packs: &[Pack], format: Format, context: &Context, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Human => human::write(packs, context, out),
        Format::Json => packs.iter().try_for_each(|one| pack::json(one, out)),
        Format::JsonList => pack::list(packs, out),
        Format::Jsonl => packs.iter().try_for_each(|one| pack::line(one, out)),
        Format::Github => github::write(packs, out),
    }
}

/// The pack as a file of its own.
pub fn file(pack: &Pack) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    pack::json(pack, &mut bytes)?;
    Ok(bytes)
}

/// Print what to do about a pack that was read back.
pub fn next_step(next: &NextStep, json: bool, out: &mut dyn Write) -> io::Result<()> {
    if json { pack::next_step(next, out) } else { human::next_step(next, out) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(packs: &[Pack], format: Format, verbose: bool) -> String {
        let mut out = Vec::new();
        write(packs, format, &Context { verbose, ..Context::default() }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_answer_for_people_word_for_word() {
        let want = "\
bucket:       flaky_test (confidence 0.82)
failure:      line 2819: Timeout 30000ms exceeded while waiting for [data-test=place-order]
fingerprint:  playwright-timeout:checkout.spec.ts:guest checkout works  (v1:9f3c0000…)
sha:          1d3c5af
next action:  rerun_same_sha
why:          single rerun allowed for flaky bucket
notes:        seen 3 times in 7 days on 2 branches; same commit passed once
";
        assert_eq!(print(&[samples::flake()], Format::Human, false), want);
        let verbose = print(&[samples::flake()], Format::Human, true);
        assert_eq!(
            verbose.strip_prefix(want).unwrap(),
            "\
because:      the same failure passed on the same commit before
step:         npx playwright test
tests:        checkout.spec.ts:guest checkout works
files:        e2e/checkout.spec.ts:41, src/cart.ts

    2818 | 1) guest checkout works
>   2819 | Timeout 30000ms exceeded
"
        );
        let both = print(&[samples::outage(), samples::silent()], Format::Human, false);
        assert_eq!(
            both,
            "\
log:          pull.log.gz
bucket:       infra_fault (confidence 0.82)
failure:      line 2819: failed to pull image: 503
fingerprint:  playwright-timeout:checkout.spec.ts:guest checkout works  (v1:9f3c0000…)
next action:  cooldown_retry (in 5 min)
why:          retry 1 of 2 allowed for infra_fault

log:          -
bucket:       unknown (confidence 0.00)
failure:      none found
next action:  escalate
why:          the log does not say why
"
        );
    }

    #[test]
    fn annotations_word_for_word() {
        assert_eq!(
            print(&[samples::flake(), samples::silent()], Format::Github, false),
            "\
::warning file=e2e/checkout.spec.ts,line=41,title=ci-guard%3A flaky_test::line 2819 of job.log: Timeout 30000ms \
exceeded while waiting for [data-test=place-order]%0Anext: rerun_same_sha, single rerun allowed for flaky bucket
::warning title=ci-guard%3A unknown::no failure was found in -%0Anext: escalate, the log does not say why
"
        );
    }

    #[test]
    fn no_text_of_a_log_is_a_command_or_moves_a_cursor() {
        for format in [Format::Human, Format::Json, Format::JsonList, Format::Jsonl, Format::Github] {
            let text = print(&[samples::hostile(), samples::flake()], format, true);
            assert!(
                !text.contains('\u{1b}') && !text.contains('\u{202e}') && !text.contains("##["),
                "{format:?}: {text}"
            );
            let commands = text.lines().filter(|line| line.trim_start().starts_with("::")).count();
            assert_eq!(commands, if format == Format::Github { 2 } else { 0 }, "{format:?}: {text}");
        }
    }
}
