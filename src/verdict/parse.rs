//! The verdict in a reviewer's free text: the last structured `VERDICT:` line that is not quoted.
//!
//! A text that is one JSON object with a verdict is read as such. Nothing else is guessed: a text without a verdict, or one whose last
//! verdict is no known word, is a reviewer that did not review, and the reason says what to change.

use super::Clean;
use super::blocks::{Line, Lines, Standing};
use super::input;
use super::line::{self, Statement, Value, Word};
use super::settle::{Said, settle};
use super::text::{bare, decode, head, split_line};
use crate::model::{FailureType, Review, ReviewVerdict, visible};

/// More of what a reviewer has to say is not kept, in characters.
pub(super) const MESSAGE: usize = 2000;
/// More of a text is not quoted in a reason, in characters.
const QUOTE: usize = 60;

/// What else is known of the reviewer.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// Who it is.
    pub agent: Option<String>,
    /// How its process ended.
    pub exit_code: Option<i64>,
    /// How often it was started again.
    pub retry_count: u32,
    /// Whose business its failure is, where the caller knows.
    pub failure: Option<FailureType>,
}

/// What the text says. `clean` takes the secrets out of what is kept of it.
pub fn parse(text: &[u8], about: &About, clean: Clean) -> Review {
    let text = decode(text);
    let agent = about.agent.as_deref().and_then(|agent| input::name(agent, clean));
    let agent = agent.as_deref().unwrap_or("reviewer");
    let said = input::answer(&text, agent, clean).unwrap_or_else(|| spoken(&text, agent, clean));
    let trouble = match (about.exit_code, about.failure) {
        (Some(code), _) if code != 0 => Some(format!("its process ended with exit code {code}")),
        (None, Some(FailureType::CodeQuality)) => Some("its process failed (failure type CODE_QUALITY)".to_owned()),
        _ => None,
    };
    let settled = settle(&Said {
        verdict: said.verdict,
        failure: about.failure.filter(|failure| *failure != FailureType::None).or(Some(said.failure)),
        trouble: trouble.as_deref(),
        has_findings: said.findings.iter().any(|finding| finding.path.is_some()),
    });
    let own_reason = match (said.reason, trouble) {
        (Some(reason), Some(trouble)) if said.verdict == ReviewVerdict::InfraFail => {
            Some(format!("{reason}; {trouble}"))
        }
        (reason, _) => reason,
    };
    Review {
        agent: about.agent.as_ref().map_or(said.agent, |_| agent.to_owned()),
        verdict: settled.verdict,
        failure: settled.failure,
        retry_count: about.retry_count.max(said.retry_count),
        reason: settled.reason.or(own_reason),
        ..said
    }
}

/// Whether a text has judged somebody's work: a structured line that is not quoted, with a known word, and be it not the last.
/// INFRA_FAIL is no judgement.
pub fn has_verdict(text: &[u8]) -> bool {
    let text = decode(text);
    let judges = |line: Line| {
        line.standing == Standing::Own
            && matches!(line::read(&line.text), Some(Statement::Verdict(value))
                if value.known().is_some_and(|verdict| verdict != ReviewVerdict::InfraFail))
    };
    may_have_verdict(&text) && Lines::of(&text).any(judges)
}

/// Whether the word VERDICT is in a text at all.
fn may_have_verdict(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr2_iter(b'v', b'V', bytes)
        .any(|at| bytes.get(at..at + 7).is_some_and(|word| word.eq_ignore_ascii_case(b"verdict")))
}

/// What a free text says.
fn spoken(text: &str, agent: &str, clean: Clean) -> Review {
    let mut heard = Heard::default();
    let cleaned = cleaned(text, clean);
    let shown = cleaned.split('\n').chain(std::iter::repeat(""));
    for (line, shown) in Lines::of(text).zip(shown) {
        heard.line(&line, shown.strip_prefix(line.marks.as_str()).unwrap_or(shown));
    }
    let last = heard.last.take();
    let verdict = last.as_ref().and_then(|last| last.verdict);
    let reason = match (&last, verdict) {
        (_, Some(_)) => None,
        (Some(last), None) => Some(heard.unknown(last)),
        (None, None) => Some(heard.nothing(text)),
    };
    let because = last.map(|last| last.because).filter(|because| !because.is_empty());
    let message = heard.message.or(because).unwrap_or(heard.paragraph.text);
    Review {
        agent: agent.to_owned(),
        verdict: verdict.unwrap_or(ReviewVerdict::InfraFail),
        failure: match verdict {
            Some(ReviewVerdict::CriticalFail) => FailureType::CodeQuality,
            Some(ReviewVerdict::Pass | ReviewVerdict::Warn) => FailureType::None,
            _ => FailureType::Infra,
        },
        retry_count: 0,
        message: head(message.trim(), MESSAGE),
        findings: Vec::new(),
        reason,
    }
}

/// The text without secrets, line for line: a secret may go over many, or be cut off in one.
fn cleaned(text: &str, clean: Clean) -> String {
    let mut lines = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (line, below) = split_line(rest);
        lines.push_str(&bare(line));
        lines.push('\n');
        rest = below;
    }
    clean(&lines)
}

/// A verdict line.
#[derive(Clone, Debug)]
struct Told {
    number: u64,
    said: String,
    verdict: Option<ReviewVerdict>,
    /// It passes, and says something else too.
    is_torn: bool,
    because: String,
}

/// What was heard so far.
#[derive(Debug, Default)]
struct Heard {
    last: Option<Told>,
    /// What the last one was before a line came that may be the header of a table.
    before_header: Option<Option<Told>>,
    /// A verdict that was given earlier.
    earlier: Option<ReviewVerdict>,
    /// The last verdict line that does not count, and why.
    quoted: Option<(u64, Standing)>,
    message: Option<String>,
    paragraph: Paragraph,
}

impl Heard {
    /// The line decides; what is kept of it comes from what is shown.
    fn line(&mut self, line: &Line, shown: &str) {
        let (number, text) = (line.number, line.text.as_ref());
        let before_header = self.before_header.take();
        let is_blank = text.trim().is_empty();
        if line.standing != Standing::Own {
            self.paragraph.end();
            if let Some(Statement::Verdict(_)) = line::read(text) {
                self.quoted = Some((number, line.standing));
            }
            return;
        }
        match line::read(text) {
            Some(Statement::Verdict(value)) => self.verdict(number, &value, shown),
            Some(Statement::Message(_)) => {
                let message = match line::read(shown) {
                    Some(Statement::Message(message)) => message,
                    _ => shown.trim(),
                };
                self.message = Some(head(message, MESSAGE));
            }
            None if is_blank => self.paragraph.end(),
            None if line::is_delimiter_row(text) => {
                if let Some(before) = before_header {
                    self.last = before;
                }
            }
            None => self.paragraph.line(shown),
        }
    }

    fn verdict(&mut self, number: u64, value: &Value, shown: &str) {
        let verdict = value.known();
        let (said, because) = match line::read(shown) {
            Some(Statement::Verdict(Value { said, word: Word::Known { because, .. }, .. })) => (said, because),
            Some(Statement::Verdict(shown)) if shown.word != Word::Missing => (shown.said, ""),
            _ if value.word == Word::Missing => ("", ""),
            _ => (shown.trim(), ""),
        };
        let because = head(because.trim_matches(['*', '_', '|', ' ']), MESSAGE);
        let is_torn = value.word == Word::Torn;
        let told = Told { number, said: head(said, QUOTE), verdict, is_torn, because };
        let before = self.last.replace(told);
        self.earlier = before.as_ref().and_then(|told| told.verdict).or(self.earlier);
        self.before_header = (value.may_be_header && verdict.is_none()).then_some(before);
        self.paragraph.end();
    }

    fn unknown(&self, last: &Told) -> String {
        let said = match last.said.is_empty() {
            true => "has no word behind it".to_owned(),
            false if last.is_torn => format!("says \"{}\", which says two things", visible(&last.said)),
            false => format!("says \"{}\", which is no verdict", visible(&last.said)),
        };
        let earlier = match self.earlier {
            Some(earlier) => format!(" (an earlier one says {}, but the last one counts)", earlier.id()),
            None => String::new(),
        };
        format!(
            "its last VERDICT line (line {}) {said}{earlier}; it must be one of {}, in the same line, alone or with a dash and an explanation behind it",
            last.number,
            known_words()
        )
    }

    fn nothing(&self, text: &str) -> String {
        if text.trim().is_empty() {
            return "its answer is empty".to_owned();
        }
        match self.quoted {
            Some((number, standing)) => format!(
                "its only VERDICT line (line {number}) stands {}, where it does not count; it must be a line of its own, outside of quotes and fences",
                standing.place()
            ),
            None => format!(
                "there is no VERDICT line in its answer; it must end with a line such as VERDICT: PASS ({})",
                known_words()
            ),
        }
    }
}

fn known_words() -> String {
    ReviewVerdict::ALL.map(ReviewVerdict::id).join(", ")
}

/// The first paragraph of prose.
#[derive(Debug, Default)]
struct Paragraph {
    text: String,
    is_over: bool,
}

impl Paragraph {
    fn line(&mut self, text: &str) {
        let text = text.trim();
        let is_prose = !text.starts_with(['#', '|', '<']) && text.contains(char::is_alphanumeric);
        if self.is_over || !is_prose {
            return self.end();
        }
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(&head(text, MESSAGE));
        self.is_over = self.text.len() > 4 * MESSAGE;
    }

    fn end(&mut self) {
        self.is_over |= !self.text.is_empty();
    }
}

#[cfg(test)]
mod tests;
