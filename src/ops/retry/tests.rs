//! The loop in a world where no time passes and every attempt ends as it is told to.

use super::*;
use crate::model::{Ending, FailureType, Tail, Why};
use crate::retry::course::Plan;
use proptest::prelude::*;
use std::collections::VecDeque;

/// How an attempt ends here, and what else is the case then.
#[derive(Clone, Debug)]
struct Turn {
    ending: Ending,
    stdout: &'static str,
    stderr: &'static str,
    took: Duration,
    undelivered: Option<&'static str>,
    stopped: Option<i32>,
    can_replay: bool,
}

const OK: Turn = Turn {
    ending: Ending::Code(0),
    stdout: "done\n",
    stderr: "",
    took: Duration::from_secs(1),
    undelivered: None,
    stopped: None,
    can_replay: true,
};
/// A time limit somewhere below us.
const INFRA: Turn = Turn { ending: Ending::Code(124), ..OK };
const CODE: Turn = Turn { ending: Ending::Code(7), stderr: "that is wrong\n", ..OK };

struct Fake {
    turns: VecDeque<Turn>,
    elapsed: Duration,
    /// How long each attempt might have taken.
    limits: Vec<Option<Duration>>,
    sleeps: Vec<Duration>,
    /// A signal in the pause of this number, from 0.
    stopped_in_pause: Option<(usize, i32)>,
    chance: f64,
}

fn world(turns: &[Turn]) -> Fake {
    Fake {
        turns: turns.iter().cloned().collect(),
        elapsed: Duration::ZERO,
        limits: Vec::new(),
        sleeps: Vec::new(),
        stopped_in_pause: None,
        chance: 1.0,
    }
}

impl World for Fake {
    fn now(&self) -> Moment {
        Moment(0).after(self.elapsed)
    }

    fn elapsed(&self) -> Duration {
        self.elapsed
    }

    fn attempt(&mut self, limit: Option<Duration>) -> Ran {
        self.limits.push(limit);
        let turn = self.turns.pop_front().expect("no attempt beyond those that are told of");
        let is_late = limit.is_some_and(|limit| limit < turn.took);
        let took = limit.map_or(turn.took, |limit| limit.min(turn.took));
        self.elapsed += took;
        let tail =
            |text: &str| Tail { bytes: text.into(), total: text.len() as u64, has_text: !text.trim().is_empty() };
        Ran {
            ending: if is_late { Ending::TimedOut } else { turn.ending },
            took,
            stdout: tail(turn.stdout),
            stderr: tail(turn.stderr),
            undelivered: turn.undelivered.map(str::to_owned),
            stopped: turn.stopped,
            can_replay: turn.can_replay,
        }
    }

    fn pause(&mut self, length: Duration) -> Option<i32> {
        self.sleeps.push(length);
        let signal =
            self.stopped_in_pause.filter(|(pause, _)| *pause + 1 == self.sleeps.len()).map(|(_, signal)| signal);
        self.elapsed += if signal.is_some() { length / 2 } else { length };
        signal
    }

    fn chance(&mut self) -> f64 {
        self.chance
    }
}

/// What can be typed, with nothing typed.
fn request() -> Request {
    Request {
        name: None,
        command: "true".into(),
        plan: Plan {
            max_retries: 2,
            delay: None,
            max_delay: Plan::MAX_DELAY,
            jitter: false,
            timeout: None,
            deadline: None,
            flaky_fails: false,
        },
        rules: Rules::default(),
    }
}

fn with(change: impl FnOnce(&mut Plan)) -> Request {
    let mut request = request();
    change(&mut request.plan);
    request
}

fn seconds(typed: &[u64]) -> Vec<Duration> {
    typed.iter().copied().map(Duration::from_secs).collect()
}

fn ran(request: &Request, world: &mut Fake) -> RetryRun {
    run(request, world, &mut |_| ())
}

#[test]
fn the_table_of_the_facts_row_by_row() {
    use FailureType::{CodeQuality, Infra, None};
    for (turns, retries, failure, exit_code, sleeps) in [
        (vec![OK], 0, None, 0, &[][..]),
        (vec![INFRA, OK], 1, None, 0, &[10]),
        (vec![INFRA, INFRA, OK], 2, None, 0, &[10, 20]),
        (vec![INFRA, INFRA, INFRA], 2, Infra, 124, &[10, 20]),
        (vec![INFRA, CODE], 1, CodeQuality, 7, &[10]),
        (vec![CODE], 0, CodeQuality, 7, &[]),
    ] {
        let attempts = turns.len();
        let mut world = world(&turns);
        let run = ran(&request(), &mut world);
        assert_eq!(run.attempts.len(), attempts);
        assert_eq!((run.retry_count(), run.failure, run.exit_code), (retries, failure, exit_code), "{turns:?}");
        assert_eq!(world.sleeps, seconds(sleeps), "{turns:?}");
        let waits: Vec<Duration> = run.attempts.iter().filter_map(|attempt| Some(attempt.wait?.length)).collect();
        assert_eq!(waits, world.sleeps, "what is told is what was slept");
    }
}

#[test]
fn attempts_are_numbered_and_dated() {
    let run = ran(&request(), &mut world(&[INFRA, INFRA, OK]));
    let told: Vec<(u32, Moment, Why)> =
        run.attempts.iter().map(|attempt| (attempt.number, attempt.started, attempt.judgement.why)).collect();
    assert_eq!(
        told,
        [(1, Moment(0), Why::ExitCode), (2, Moment(11_000), Why::ExitCode), (3, Moment(32_000), Why::Passed)]
    );
}

#[test]
fn pauses_double_up_to_the_longest_and_no_retries_are_none() {
    let five = vec![INFRA; 6];
    let request = with(|plan| (plan.max_retries, plan.max_delay) = (5, Duration::from_secs(35)));
    let mut world = world(&five);
    assert_eq!(ran(&request, &mut world).end, End::RetriesUsed);
    assert_eq!(world.sleeps, seconds(&[10, 20, 35, 35, 35]));

    let mut world = self::world(&[INFRA]);
    let run = ran(&with(|plan| plan.max_retries = 0), &mut world);
    assert_eq!((run.end, run.attempts.len(), world.sleeps.len()), (End::RetriesUsed, 1, 0));
}

#[test]
fn chance_shortens_a_pause_of_our_own() {
    for (chance, sleeps) in [(0.0, [0, 0]), (0.5, [5, 10]), (1.0, [10, 20])] {
        let mut world = world(&[INFRA, INFRA, OK]);
        world.chance = chance;
        ran(&with(|plan| plan.jitter = true), &mut world);
        assert_eq!(world.sleeps, seconds(&sleeps), "{chance}");
    }
}

#[test]
fn a_pause_that_would_cross_the_deadline_is_not_begun() {
    for (deadline, end, sleeps) in [
        // An attempt takes 1 s, so that 10 s are left of 11: as long as the pause, with nothing for the attempt.
        (11, End::Deadline { wait: Duration::from_secs(10), left: Duration::from_secs(10) }, &[][..]),
        (5, End::Deadline { wait: Duration::from_secs(10), left: Duration::from_secs(4) }, &[]),
        (15, End::Deadline { wait: Duration::from_secs(20), left: Duration::from_secs(3) }, &[10]),
        (40, End::RetriesUsed, &[10, 20]),
    ] {
        let mut world = world(&[INFRA, INFRA, INFRA]);
        let run = ran(&with(|plan| plan.deadline = Some(Duration::from_secs(deadline))), &mut world);
        assert_eq!((run.end, run.failure, run.exit_code), (end, FailureType::Infra, 124));
        assert_eq!(world.sleeps, seconds(sleeps));
    }
}

#[test]
fn an_attempt_has_its_own_time_or_what_is_left_of_all_of_it() {
    let request =
        with(|plan| (plan.timeout, plan.deadline) = (Some(Duration::from_secs(8)), Some(Duration::from_secs(25))));
    let long = Turn { took: Duration::from_secs(60), ..OK };
    let mut world = world(&[long.clone(), long.clone(), long]);
    let run = ran(&request, &mut world);
    // 8 s, a pause of 10, the 7 that are left; then nothing is.
    assert_eq!(world.limits, [Some(Duration::from_secs(8)), Some(Duration::from_secs(7))]);
    assert_eq!(run.attempts[1].judgement.why, Why::Timeout);
    assert_eq!((run.end.id(), run.failure, run.exit_code), ("deadline", FailureType::Infra, 124));

    let mut world = self::world(&[OK]);
    ran(&self::request(), &mut world);
    assert_eq!(world.limits, [None]);
}

/// A pause that lasts longer than it was meant to, as on a machine that went to sleep.
struct Oversleeps(Fake);

impl World for Oversleeps {
    fn now(&self) -> Moment {
        self.0.now()
    }
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
    fn attempt(&mut self, limit: Option<Duration>) -> Ran {
        self.0.attempt(limit)
    }
    fn pause(&mut self, length: Duration) -> Option<i32> {
        self.0.pause(length * 100)
    }
    fn chance(&mut self) -> f64 {
        self.0.chance()
    }
}

#[test]
fn no_attempt_begins_after_the_deadline() {
    let request = with(|plan| plan.deadline = Some(Duration::from_secs(60)));
    let run = run(&request, &mut Oversleeps(world(&[INFRA])), &mut |_| ());
    assert_eq!((run.attempts.len(), run.end.id(), run.exit_code), (1, "deadline", 124));
}

#[test]
fn whoever_stops_us_is_obeyed() {
    let mut in_attempt = world(&[Turn { stopped: Some(15), ..INFRA }]);
    let run = ran(&request(), &mut in_attempt);
    assert_eq!((run.end, in_attempt.sleeps.len()), (End::Stopped(15), 0));

    let mut in_pause = world(&[INFRA, INFRA]);
    in_pause.stopped_in_pause = Some((1, 2));
    let run = ran(&request(), &mut in_pause);
    assert_eq!((run.end, run.attempts.len(), run.failure), (End::Stopped(2), 2, FailureType::Infra));
}

#[test]
fn without_its_input_a_command_is_not_run_again() {
    let mut world = world(&[Turn { can_replay: false, ..INFRA }]);
    let run = ran(&request(), &mut world);
    assert_eq!((run.end, run.failure, run.exit_code), (End::InputGone, FailureType::Infra, 124));
    // One that passed or is wrong does not need it.
    for turn in [OK, CODE] {
        let run = ran(&request(), &mut self::world(&[Turn { can_replay: false, ..turn }]));
        assert_ne!(run.end, End::InputGone);
    }
}

#[test]
fn what_could_not_be_written_has_not_passed_and_is_not_tried_again() {
    let full = Some("cannot write to standard output: No space left on device");
    for (ending, why, end, exit_code) in [
        (Ending::Code(0), Why::Undelivered, End::OutputGone, 1),
        (Ending::Signal(13), Why::Undelivered, End::OutputGone, 1),
        (Ending::Code(124), Why::ExitCode, End::OutputGone, 124),
        (Ending::Code(7), Why::Failed, End::NotInfra, 7),
    ] {
        let run = ran(&request(), &mut world(&[Turn { ending, undelivered: full, ..OK }]));
        assert_eq!((run.attempts[0].judgement.why, run.end, run.exit_code), (why, end, exit_code));
    }
    let run = ran(&request(), &mut world(&[Turn { ending: Ending::Signal(13), ..OK }]));
    assert_eq!((run.end, run.exit_code), (End::NotInfra, 141), "a reader who went away");
}

#[test]
fn to_pass_after_a_failure_may_be_a_failure() {
    for (turns, fails, failure, exit_code) in [
        (vec![INFRA, OK], false, FailureType::None, 0),
        (vec![INFRA, OK], true, FailureType::Infra, 124),
        (vec![OK], true, FailureType::None, 0),
        (vec![INFRA, CODE], true, FailureType::CodeQuality, 7),
    ] {
        let run = ran(&with(|plan| plan.flaky_fails = fails), &mut world(&turns));
        assert_eq!((run.failure, run.exit_code), (failure, exit_code), "{turns:?}");
        assert_eq!(run.is_flaky(), run.end == End::Passed && turns.len() > 1);
    }
}

#[test]
fn what_happens_is_told_in_its_order_and_where_the_cursor_stands() {
    let mut told = Vec::new();
    let torn = Turn { stderr: "no line end", ..INFRA };
    run(&request(), &mut world(&[torn, OK]), &mut |happening| {
        told.push(match happening {
            Happening::Again { attempt, mid_line } => format!("again {} {mid_line}", attempt.number),
            Happening::Over { run, mid_line } => format!("over {} {mid_line}", run.end.id()),
        });
    });
    assert_eq!(told, ["again 1 true", "over passed false"]);
}

fn turn() -> impl Strategy<Value = Turn> {
    let ending = prop::sample::select(vec![0, 7, 124, 124, 124, 137]).prop_map(Ending::Code);
    let stopped = prop::option::weighted(0.03, Just(15));
    (ending, 0..40_u64, stopped, prop::bool::weighted(0.95)).prop_map(|(ending, took, stopped, can_replay)| Turn {
        ending,
        took: Duration::from_secs(took),
        stopped,
        can_replay,
        stderr: "some text\n",
        ..OK
    })
}

proptest! {
    #[test]
    fn whatever_happens_the_limits_hold(
        turns in prop::collection::vec(turn(), 12),
        retries in 0..11_u32,
        delay in prop::option::of(0..100_u64),
        max_delay in 0..200_u64,
        (timeout, deadline) in (prop::option::of(1..60_u64), prop::option::of(1..300_u64)),
        (jitter, chance) in (any::<bool>(), 0.0..=1.0_f64),
    ) {
        let request = with(|plan| {
            plan.max_retries = retries;
            plan.delay = delay.map(Duration::from_secs);
            plan.max_delay = Duration::from_secs(max_delay);
            plan.timeout = timeout.map(Duration::from_secs);
            plan.deadline = deadline.map(Duration::from_secs);
            plan.jitter = jitter;
        });
        let mut world = world(&turns);
        world.chance = chance;
        let run = ran(&request, &mut world);
        prop_assert!(run.attempts.len() as u64 <= u64::from(retries) + 1);
        prop_assert_eq!(world.sleeps.len() + 1, run.attempts.len(), "no sleep after the last attempt");
        prop_assert!(world.sleeps.iter().all(|sleep| *sleep <= request.plan.max_delay));
        if let Some(deadline) = request.plan.deadline {
            prop_assert!(world.elapsed <= deadline, "{:?} of {deadline:?}", world.elapsed);
        }
        prop_assert_eq!(run.failure == FailureType::None, run.exit_code == 0);
        // Only what is the infrastructure's was run again.
        let again = &run.attempts[..run.attempts.len() - 1];
        prop_assert!(again.iter().all(|attempt| attempt.judgement.why.failure() == FailureType::Infra));
    }
}
