//! What happened, for whoever asks later: one event a verdict, failure, decision or outcome.
//!
//! An event says which, when, where and by whom. What a failure looked like is in its pack, which the event names by
//! digest. How either is kept is the business of `store`.

use super::{Action, Bucket, RunContext};
use std::collections::BTreeMap;
use std::time::Duration;

/// A moment, in milliseconds since 1970 in UTC. No time zone and no summer time ever come near it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

impl Moment {
    /// So much earlier.
    #[must_use]
    pub fn before(self, span: Duration) -> Moment {
        Moment(self.0.saturating_sub(span.as_millis().try_into().unwrap_or(i64::MAX)))
    }

    /// So much later.
    #[must_use]
    pub fn after(self, span: Duration) -> Moment {
        Moment(self.0.saturating_add(span.as_millis().try_into().unwrap_or(i64::MAX)))
    }

    /// How much time has passed since `earlier`; none if that is later.
    pub fn since(self, earlier: Moment) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0).try_into().unwrap_or(0))
    }

    /// Its day in UTC, counted from 1970.
    pub fn day(self) -> i64 {
        self.0.div_euclid(86_400_000)
    }
}

/// What kind of event it is. A store may hold kinds that a later ci-guard wrote; these are passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventKind {
    /// A failure was found in a log and sorted.
    Triage,
    /// What to do about it was decided.
    Decision,
    /// What became of it, or of a patch.
    Outcome,
    /// The guard judged a commit, a range or the index.
    Check,
    /// The gate judged a patch.
    Patch,
    /// A job was run again.
    Retry,
    /// Reviewers' verdicts were brought together.
    Verdict,
}

impl EventKind {
    /// All of them.
    pub const ALL: [EventKind; 7] = [
        EventKind::Triage,
        EventKind::Decision,
        EventKind::Outcome,
        EventKind::Check,
        EventKind::Patch,
        EventKind::Retry,
        EventKind::Verdict,
    ];

    /// The word in stores and output.
    pub fn id(self) -> &'static str {
        match self {
            EventKind::Triage => "triage",
            EventKind::Decision => "decision",
            EventKind::Outcome => "outcome",
            EventKind::Check => "check",
            EventKind::Patch => "patch",
            EventKind::Retry => "retry",
            EventKind::Verdict => "verdict",
        }
    }

    /// The kind of that name.
    pub fn from_id(id: &str) -> Option<EventKind> {
        EventKind::ALL.into_iter().find(|kind| kind.id() == id)
    }
}

/// What became of a failure, a patch or a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// The patch landed.
    Merged,
    /// It was taken back.
    Reverted,
    /// The job passed.
    Green,
    /// The job failed.
    Red,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Outcome; 4] = [Outcome::Merged, Outcome::Reverted, Outcome::Green, Outcome::Red];

    /// The word in stores and output.
    pub fn id(self) -> &'static str {
        match self {
            Outcome::Merged => "merged",
            Outcome::Reverted => "reverted",
            Outcome::Green => "green",
            Outcome::Red => "red",
        }
    }

    /// The outcome of that name.
    pub fn from_id(id: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.id() == id)
    }
}

/// One event. What nobody knew is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which event: the same one, delivered twice, has the same id.
    pub id: String,
    /// The version of this struct that was written.
    pub schema: u32,
    /// When.
    pub at: Moment,
    /// What.
    pub kind: EventKind,
    /// Who: a person, a bot, an agent.
    pub actor: Option<String>,
    /// Where.
    pub run: RunContext,
    /// Digest of the policy in force.
    pub policy: Option<String>,
    /// What was said: `allow`, `block`, `deny`, …
    pub verdict: Option<String>,
    /// Why, as stable ids.
    pub codes: Vec<String>,
    /// Who has to act.
    pub bucket: Option<Bucket>,
    /// What is to be done.
    pub action: Option<Action>,
    /// The failure's fingerprint.
    pub fine: Option<String>,
    /// Its coarse fingerprint.
    pub coarse: Option<String>,
    /// The fingerprint as people read it.
    pub signature: Option<String>,
    /// Digest of the artifact pack: `sha256:` and 64 hexadecimal digits.
    pub pack: Option<String>,
    /// What became of it.
    pub result: Option<Outcome>,
    /// Whatever else is known, by name.
    pub extra: BTreeMap<String, String>,
}

impl Event {
    /// The version of the struct that is written.
    pub const SCHEMA: u32 = 1;

    /// An event of which no more is known than this, without an id.
    pub fn new(kind: EventKind, at: Moment, run: RunContext) -> Event {
        Event {
            id: String::new(),
            schema: Event::SCHEMA,
            at,
            kind,
            actor: None,
            run,
            policy: None,
            verdict: None,
            codes: Vec::new(),
            bucket: None,
            action: None,
            fine: None,
            coarse: None,
            signature: None,
            pack: None,
            result: None,
            extra: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_keep_their_distance() {
        let hour = Duration::from_secs(3600);
        let moment = Moment(5_000);
        assert_eq!(moment.after(hour).since(moment), hour);
        assert_eq!(moment.since(moment.after(hour)), Duration::ZERO);
        assert_eq!(moment.before(hour).day(), -1);
        assert_eq!((Moment(86_399_999).day(), Moment(86_400_000).day()), (0, 1));
        assert_eq!(Moment(i64::MIN).before(Duration::MAX), Moment(i64::MIN));
    }

    #[test]
    fn words_lead_back_to_what_they_name() {
        assert!(EventKind::ALL.iter().all(|kind| EventKind::from_id(kind.id()) == Some(*kind)));
        assert!(Outcome::ALL.iter().all(|outcome| Outcome::from_id(outcome.id()) == Some(*outcome)));
    }
}
