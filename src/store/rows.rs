//! An event as a row of a table, the same one in both kinds of store.
//!
//! Texts come from logs and from other people's machines: they lose what no database keeps (NUL) and what no event needs
//! (more than 4 KiB).

use crate::model::{Action, Bucket, Event, EventKind, Moment, Outcome, RunContext};
use std::collections::BTreeMap;

/// The columns of `ci_guard_event`, without its place in the stream.
pub(super) const COLUMNS: [(&str, Kind); 26] = [
    ("id", Kind::Text),
    ("schema", Kind::Number),
    ("at", Kind::Number),
    ("kind", Kind::Text),
    ("actor", Kind::Text),
    ("repo", Kind::Text),
    ("sha", Kind::Text),
    ("branch", Kind::Text),
    ("run_id", Kind::Text),
    ("run_attempt", Kind::Number),
    ("workflow", Kind::Text),
    ("job", Kind::Text),
    ("step", Kind::Text),
    ("url", Kind::Text),
    ("artifacts", Kind::Text),
    ("policy", Kind::Text),
    ("verdict", Kind::Text),
    ("codes", Kind::Text),
    ("bucket", Kind::Text),
    ("action", Kind::Text),
    ("fine", Kind::Text),
    ("coarse", Kind::Text),
    ("signature", Kind::Text),
    ("pack", Kind::Text),
    ("result", Kind::Text),
    ("extra", Kind::Text),
];

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
}

/// What stands in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Text(Option<String>),
    Number(Option<i64>),
}

/// The columns' names, as in a `SELECT`.
pub(super) fn names() -> String {
    COLUMNS.map(|(name, _)| name).join(", ")
}

/// The longest text of an event.
const MOST: usize = 4096;

/// An event's cells, in the order of [`COLUMNS`].
pub(super) fn cells(event: &Event) -> [Cell; COLUMNS.len()] {
    let text = |value: &Option<String>| Cell::Text(value.as_deref().map(storable));
    let word = |value: Option<&str>| Cell::Text(value.map(str::to_owned));
    let run = &event.run;
    [
        Cell::Text(Some(storable(&event.id))),
        Cell::Number(Some(event.schema.into())),
        Cell::Number(Some(event.at.0)),
        word(Some(event.kind.id())),
        text(&event.actor),
        text(&run.repo),
        text(&run.sha),
        text(&run.branch),
        text(&run.run_id),
        Cell::Number(run.run_attempt.and_then(|attempt| attempt.try_into().ok())),
        text(&run.workflow),
        text(&run.job),
        text(&run.step),
        text(&run.url),
        text(&run.artifacts),
        text(&event.policy),
        text(&event.verdict),
        Cell::Text(Some(storable(&event.codes.join(" ")))),
        word(event.bucket.map(Bucket::id)),
        word(event.action.map(Action::id)),
        text(&event.fine),
        text(&event.coarse),
        text(&event.signature),
        text(&event.pack),
        word(event.result.map(Outcome::id)),
        Cell::Text(Some(extra(&event.extra))),
    ]
}

/// The event of a row; `None` where only a later ci-guard knows its kind.
pub(super) fn event(cells: Vec<Cell>) -> Option<Event> {
    let mut cells = cells.into_iter();
    let mut next = move || cells.next().unwrap_or(Cell::Text(None));
    let mut text = {
        let next = &mut next;
        move || match next() {
            Cell::Text(text) => (text, None),
            Cell::Number(number) => (None, number),
        }
    };
    let id = text().0?;
    let schema = text().1.and_then(|schema| schema.try_into().ok())?;
    let at = Moment(text().1?);
    let kind = EventKind::from_id(&text().0?)?;
    let actor = text().0;
    let run = RunContext {
        repo: text().0,
        sha: text().0,
        branch: text().0,
        run_id: text().0,
        run_attempt: text().1.and_then(|attempt| attempt.try_into().ok()),
        workflow: text().0,
        job: text().0,
        step: text().0,
        url: text().0,
        artifacts: text().0,
    };
    Some(Event {
        id,
        schema,
        at,
        kind,
        actor,
        run,
        policy: text().0,
        verdict: text().0,
        codes: text().0.unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
        bucket: text().0.as_deref().and_then(Bucket::from_id),
        action: text().0.as_deref().and_then(Action::from_id),
        fine: text().0,
        coarse: text().0,
        signature: text().0,
        pack: text().0,
        result: text().0.as_deref().and_then(Outcome::from_id),
        extra: text().0.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
    })
}

/// A text that every database keeps as it is.
pub(super) fn storable(text: &str) -> String {
    let end = text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|&end| end <= MOST).last().unwrap_or(0);
    text[..end].replace('\0', "\u{fffd}")
}

fn extra(extra: &BTreeMap<String, String>) -> String {
    let short: BTreeMap<String, String> = extra.iter().map(|(name, text)| (storable(name), storable(text))).collect();
    // A map of strings is always JSON.
    serde_json::to_string(&short).unwrap_or_else(|_| "{}".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_reads_back_as_the_event_that_was_written() {
        let mut event = Event::new(EventKind::Triage, Moment(-5), RunContext::default());
        event.id = "triage:1".into();
        assert_eq!(super::event(cells(&event).to_vec()), Some(event.clone()));
        let some = |text: &str| Some(text.to_owned());
        event.run = RunContext {
            repo: some("o/r"),
            run_id: some("7"),
            run_attempt: Some(2),
            sha: some("abc"),
            branch: some("b"),
            workflow: some("w"),
            job: some("j"),
            step: some("s"),
            url: some("u"),
            artifacts: some("a"),
        };
        event.actor = some("who");
        event.policy = some("sha256:1");
        event.verdict = some("deny");
        event.codes = vec!["a".into(), "b-c".into()];
        event.bucket = Some(Bucket::FlakyTest);
        event.action = Some(Action::RerunSameSha);
        (event.fine, event.coarse, event.signature) = (some("v1:f"), some("v1:c"), some("key"));
        event.pack = some("sha256:2");
        event.result = Some(Outcome::Reverted);
        event.extra = [("a".into(), "\"b\"".into())].into();
        assert_eq!(super::event(cells(&event).to_vec()), Some(event));
    }

    #[test]
    fn what_only_a_later_version_knows_is_passed_over() {
        let mut row = cells(&Event::new(EventKind::Check, Moment(0), RunContext::default())).to_vec();
        row[3] = Cell::Text(Some("dream".into()));
        assert_eq!(event(row), None);
    }

    #[test]
    fn texts_are_kept_within_bounds() {
        assert_eq!(storable("a\0b"), "a\u{fffd}b");
        assert_eq!(storable(&"ä".repeat(MOST)).len(), MOST);
        assert_eq!(storable(&format!("a{}", "ä".repeat(MOST))).len(), MOST - 1);
    }
}
