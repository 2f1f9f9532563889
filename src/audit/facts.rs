//! Events in order, each once, by what they tell: who failed, who passed, what was decided, what landed.

use crate::model::{Event, EventKind, Moment, Outcome};
use std::collections::{HashMap, HashSet};

/// Events as facts: sorted by time, duplicates gone.
pub(super) struct Facts<'e> {
    events: Vec<&'e Event>,
    passes: Vec<&'e Event>,
    by_commit: HashMap<&'e str, Vec<&'e Event>>,
}

impl<'e> Facts<'e> {
    pub(super) fn of(events: &'e [Event]) -> Facts<'e> {
        let mut known = HashSet::new();
        let mut events: Vec<&Event> =
            events.iter().filter(|event| event.id.is_empty() || known.insert(&event.id)).collect();
        // What happened in one millisecond happened in this order: a failure, what was decided, what came of it.
        events.sort_by_key(|event| (event.at, event.kind, event.result, &event.id));
        let passes = events.iter().copied().filter(|event| event.result == Some(Outcome::Green)).collect();
        let mut by_commit: HashMap<&str, Vec<&Event>> = HashMap::new();
        for event in &events {
            if let Some(sha) = &event.run.sha {
                by_commit.entry(sha).or_default().push(event);
            }
        }
        Facts { events, passes, by_commit }
    }

    pub(super) fn len(&self) -> u64 {
        self.events.len() as u64
    }

    /// Failures that were read from a log.
    pub(super) fn failures(&self) -> impl Iterator<Item = &'e Event> {
        self.events.iter().copied().filter(|event| event.kind == EventKind::Triage)
    }

    /// Failures of any kind: also jobs of which only somebody said that they were red.
    pub(super) fn reds(&self) -> impl Iterator<Item = &'e Event> {
        self.events.iter().copied().filter(|event| is_red(event))
    }

    /// Jobs that passed, from this moment on.
    pub(super) fn passes_from(&self, from: Moment) -> impl Iterator<Item = &'e Event> {
        self.passes[self.passes.partition_point(|event| event.at < from)..].iter().copied()
    }

    /// Passes of the same commit and job.
    pub(super) fn passes_of(&self, event: &Event) -> impl Iterator<Item = &'e Event> {
        self.alike(event).filter(|other| other.result == Some(Outcome::Green))
    }

    /// Failures of the same commit and job.
    pub(super) fn reds_of(&self, event: &Event) -> impl Iterator<Item = &'e Event> {
        self.alike(event).filter(|other| is_red(other))
    }

    /// What is told of the same commit and job.
    fn alike(&self, event: &Event) -> impl Iterator<Item = &'e Event> {
        let of_commit = event.run.sha.as_deref().and_then(|sha| self.by_commit.get(sha));
        let of_commit = of_commit.map(Vec::as_slice).unwrap_or_default();
        of_commit.iter().copied().filter(move |other| is_same_job(other, event))
    }

    /// What somebody told of this kind.
    pub(super) fn told(&self, outcome: Outcome) -> impl Iterator<Item = &'e Event> {
        self.events.iter().copied().filter(move |event| event.result == Some(outcome))
    }

    /// What was decided.
    pub(super) fn decisions(&self) -> impl Iterator<Item = &'e Event> {
        self.events.iter().copied().filter(|event| event.kind == EventKind::Decision)
    }
}

/// Whether both tell of the same job of the same repository. Who names no job speaks of the whole run.
pub(super) fn is_same_job(one: &Event, other: &Event) -> bool {
    let agrees = |one: &Option<String>, other: &Option<String>| one.is_none() || other.is_none() || one == other;
    let (one, other) = (&one.run, &other.run);
    one.repo == other.repo && agrees(&one.workflow, &other.workflow) && agrees(&one.job, &other.job)
}

fn is_red(event: &Event) -> bool {
    event.kind == EventKind::Triage || event.result == Some(Outcome::Red)
}
