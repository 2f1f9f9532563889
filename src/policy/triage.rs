//! What a policy says about red runs: which texts mean which bucket, and how much automation each bucket gets. What a
//! failure is and what follows from it is not decided here.

use crate::model::{Action, Bucket};
use regex::{Regex, RegexBuilder};
use std::fmt;
use std::time::Duration;

/// The `triage` key, with every default filled in.
#[derive(Clone, Debug)]
pub struct Triage {
    rules: [BucketRule; 5],
}

/// What holds for one bucket.
#[derive(Clone, Debug)]
pub struct BucketRule {
    /// Lines that put a failure into this bucket, before the built-in table is asked.
    pub match_any: Vec<LinePattern>,
    /// What to do.
    pub action: Action,
    /// How many times, at most, the same commit runs again without a person.
    pub max_auto_retries: u64,
    /// How long to wait before the first of them; each further one waits twice as long.
    pub cooldown: Duration,
}

/// A text or a regular expression to look for in a line of a failure.
#[derive(Clone, Debug)]
pub struct LinePattern {
    text: String,
    regex: Regex,
}

impl LinePattern {
    /// Longer patterns are refused.
    pub const LONGEST: usize = 1000;
    /// Shorter texts are refused: they are in nearly every line.
    pub const SHORTEST: usize = 3;
    /// Bytes that a compiled pattern may take: enough for any line that somebody writes by hand.
    const MAX_COMPILED: usize = 256 << 10;

    /// Understand a pattern: `re:` and a regular expression, or else a text as it stands, in any case of ASCII letters.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(text: &str) -> Result<LinePattern, String> {
        let long = text.chars().count();
        if long > LinePattern::LONGEST {
            return Err(format!("is {long} characters long, {} are allowed", LinePattern::LONGEST));
        }
        if text.contains(['\n', '\r']) {
            return Err("has a line break, and it is compared with single lines".to_owned());
        }
        let regex = match text.strip_prefix("re:") {
            Some(regex) => compiled(regex)?,
            None => {
                if text.trim().chars().count() < LinePattern::SHORTEST {
                    return Err(format!(
                        "`{text}` is in nearly every line: write at least {} characters",
                        LinePattern::SHORTEST
                    ));
                }
                compiled(&literal(text))?
            }
        };
        if regex.is_match("") {
            return Err(format!("`{text}` also matches a line with nothing in it, and so every line"));
        }
        Ok(LinePattern { text: text.to_owned(), regex })
    }

    /// Whether the line has it.
    pub fn is_in(&self, line: &str) -> bool {
        self.regex.is_match(line)
    }

    /// How it was written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for LinePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A text as a regular expression that takes ASCII letters in any case, and any other letter as it is.
fn literal(text: &str) -> String {
    let one = |letter: char| match letter.is_ascii_alphabetic() {
        true => format!("[{}{}]", letter.to_ascii_lowercase(), letter.to_ascii_uppercase()),
        false => regex::escape(letter.encode_utf8(&mut [0; 4])),
    };
    text.chars().map(one).collect()
}

fn compiled(pattern: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(pattern).size_limit(LinePattern::MAX_COMPILED).nest_limit(50).build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => {
            "the regular expression is too large when it is compiled; repeat less, or write several".to_owned()
        }
        error => {
            let said = error.to_string();
            // Its report draws the pattern over several lines; the last one says what is wrong.
            let last = said.lines().last().unwrap_or_default();
            format!("no regular expression: {}", last.trim_start_matches("error: "))
        }
    })
}

impl Triage {
    /// What holds for a bucket.
    pub fn of(&self, bucket: Bucket) -> &BucketRule {
        &self.rules[bucket as usize]
    }

    /// The same with one bucket's rule changed.
    #[must_use]
    pub fn with(mut self, bucket: Bucket, rule: BucketRule) -> Triage {
        self.rules[bucket as usize] = rule;
        self
    }

    /// The actions that make sense for a bucket. What a person has to look at gets no automation; a regression is never
    /// run again in the hope that it goes away; and nothing in the repository mends a network.
    pub fn actions(bucket: Bucket) -> &'static [Action] {
        match bucket {
            Bucket::CodeRegression => &[Action::OpenPatchLane, Action::Escalate],
            Bucket::FlakyTest => &Action::ALL,
            Bucket::InfraFault => &[Action::RerunSameSha, Action::CooldownRetry, Action::Escalate],
            Bucket::SecretOrConfig | Bucket::Unknown => &[Action::Escalate],
        }
    }
}

impl Default for Triage {
    fn default() -> Triage {
        let rule = |action, max_auto_retries, minutes: u64| BucketRule {
            match_any: Vec::new(),
            action,
            max_auto_retries,
            cooldown: Duration::from_secs(60 * minutes),
        };
        Triage {
            rules: [
                rule(Action::OpenPatchLane, 0, 0),
                rule(Action::RerunSameSha, 1, 0),
                rule(Action::CooldownRetry, 2, 5),
                rule(Action::Escalate, 0, 0),
                rule(Action::Escalate, 0, 0),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_ignore_the_case_of_ascii_letters_and_expressions_do_not() {
        for (pattern, line, want) in [
            ("failed to pull image", "Warning  Failed  Failed to pull image \"a\"", true),
            ("failed to pull image", "failed to push image", false),
            ("a.c", "abc", false),
            ("a.c", "A.C", true),
            ("(503)", "error (503)", true),
            ("gr\u{fc}n", "GR\u{dc}N", false),
            ("re:^npm ERR! .* 503", "npm ERR! code 503", true),
            ("re:^npm ERR! .* 503", "npm err! code 503", false),
            ("re:(?i)^npm err! .* 503", "NPM ERR! code 503", true),
            ("re:^npm", " npm", false),
        ] {
            assert_eq!(LinePattern::new(pattern).unwrap().is_in(line), want, "{pattern}: {line}");
        }
    }

    #[test]
    fn patterns_that_mean_nothing_are_refused() {
        for (pattern, says) in [
            ("", "is in nearly every line"),
            (" e ", "is in nearly every line"),
            ("a\nb", "has a line break"),
            ("re:", "every line"),
            ("re:a*", "every line"),
            ("re:(", "no regular expression: unclosed group"),
            ("re:(?=x)", "no regular expression: look-around"),
            ("re:(a{1000}){1000}", "too large"),
            ("re:[a", "unclosed character class"),
            (&"x".repeat(1001), "is 1001 characters long"),
        ] {
            let error = LinePattern::new(pattern).unwrap_err();
            assert!(error.contains(says) && !error.contains('\n'), "{pattern}: {error}");
        }
        assert!(LinePattern::new(&"x".repeat(1000)).is_ok());
    }

    #[test]
    fn the_defaults_are_actions_that_make_sense() {
        for bucket in Bucket::ALL {
            assert!(Triage::actions(bucket).contains(&Triage::default().of(bucket).action), "{bucket:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_pattern_or_a_sentence(text in "(re:)?\\PC{0,40}", line in "\\PC{0,40}") {
            match LinePattern::new(&text) {
                Ok(pattern) => { pattern.is_in(&line); }
                Err(error) => prop_assert!(!error.is_empty() && !error.contains('\n')),
            }
        }

        #[test]
        fn a_text_is_found_where_it_stands(text in "[a-zA-Z0-9.*()\\[\\]+?^$|\\\\]{3,20}", before in "[a-z]{0,5}") {
            let pattern = LinePattern::new(&text);
            prop_assume!(!text.starts_with("re:"));
            let line = before + &text;
            prop_assert!(pattern.unwrap().is_in(&line), "{}", line);
        }
    }
}
