//! The audit store itself: the same promises of a file and of a server. Many processes at once, told twice, read while it is
//! written, thinned; and killed at any moment.

use crate::postgres::{PASSWORD, Server};
use crate::support::{BINARY, Sandbox};
use ci_guard::model::{Action, Bucket, Event, EventKind, Moment, Outcome, RunContext};
use ci_guard::store::{Access, Failure, Location, Query, Record, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::ops::ControlFlow;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
const DAY: i64 = 86_400_000;

fn open(place: &str) -> Store {
    Store::open(&Location::parse(place).unwrap(), Access::Write, PATIENCE).unwrap().unwrap()
}

fn event(id: &str, at: i64, repo: &str) -> Event {
    let run = RunContext { repo: Some(repo.into()), sha: Some(format!("sha-{id}")), ..RunContext::default() };
    Event { id: id.into(), ..Event::new(EventKind::Triage, Moment(at), run) }
}

fn record(event: Event) -> Record {
    Record { event, pack: None }
}

fn all(store: &mut Store, query: &Query) -> Vec<Event> {
    let mut events = Vec::new();
    let mut each = |event| {
        events.push(event);
        ControlFlow::Continue(())
    };
    store.events(query, &mut each).unwrap();
    events
}

fn what_is_told_twice_is_stored_once(place: &str) {
    let mut store = open(place);
    let records = [record(event("a", 1, "o/r")), record(event("b", 2, "o/r")), record(event("a", 3, "o/r"))];
    assert_eq!(store.append(&records).unwrap(), 2);
    assert_eq!(open(place).append(&records).unwrap(), 0);
    assert_eq!(all(&mut store, &Query::default()).iter().map(|event| event.at.0).collect::<Vec<_>>(), [1, 2]);
}

fn an_event_reads_back_as_it_was(place: &str) {
    let some = |text: &str| Some(text.to_owned());
    let full = Event {
        actor: some("Ünï"),
        run: RunContext {
            repo: some("o/r"),
            run_id: some("77"),
            run_attempt: Some(3),
            sha: some("abc"),
            branch: some("a\nb"),
            workflow: some("ci"),
            job: some("test (1, 2)"),
            step: some("Run"),
            url: some("https://x"),
            artifacts: some("https://y"),
        },
        policy: some("sha256:0"),
        verdict: some("deny"),
        codes: vec!["path_blocked".into(), "symlink".into()],
        bucket: Some(Bucket::InfraFault),
        action: Some(Action::CooldownRetry),
        fine: some("v1:f"),
        coarse: some("v1:c"),
        signature: some("key'; DROP TABLE ci_guard_event; --"),
        pack: some("sha256:1"),
        result: Some(Outcome::Reverted),
        extra: BTreeMap::from([("name".to_owned(), "\"quoted\" \u{1f9ea}".to_owned())]),
        ..event("full", -5, "o/r")
    };
    let mut store = open(place);
    store.append(&[Record { event: full.clone(), pack: Some("{\"a\":1}".into()) }]).unwrap();
    assert_eq!(all(&mut store, &Query::default()), [full]);
    assert_eq!(store.pack("sha256:1").unwrap().as_deref(), Some("{\"a\":1}"));
    assert_eq!(store.pack("sha256:2").unwrap(), None);
    let odd = Event { signature: some("nul\0byte"), ..event("odd", 0, "o/r") };
    assert_eq!(store.append(&[record(odd)]).unwrap(), 1);
}

fn a_part_of_the_stream_can_be_asked_for(place: &str) {
    let mut store = open(place);
    let many: Vec<_> =
        (0..2500).map(|n| record(event(&format!("{n:05}"), n, ["o/r", "o/x"][n as usize % 2]))).collect();
    assert_eq!(store.append(&many).unwrap(), 2500);
    let asked = |store: &mut Store, since: Option<i64>, repo: Option<&str>| {
        let query = Query { since: since.map(Moment), repo: repo.map(str::to_owned) };
        all(store, &query).len()
    };
    for (since, repo, want) in [
        (None, None, 2500),
        (Some(500), None, 2000),
        (None, Some("o/r"), 1250),
        (Some(2499), Some("o/x"), 1),
        (Some(2500), None, 0),
    ] {
        assert_eq!(asked(&mut store, since, repo), want, "{since:?} {repo:?}");
    }
    let mut read = 0;
    let mut until_three = |_| {
        read += 1;
        if read == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    store.events(&Query::default(), &mut until_three).unwrap();
    assert_eq!(read, 3);
}

fn what_was_seen_is_found_with_its_outcomes(place: &str) {
    let mut store = open(place);
    let told = |id: &str, at, repo: Option<&str>, sha: &str, fine: Option<&str>, result: Option<Outcome>| {
        let run = RunContext { repo: repo.map(Into::into), sha: Some(sha.into()), ..RunContext::default() };
        let kind = if result.is_none() { EventKind::Triage } else { EventKind::Outcome };
        record(Event { id: id.into(), fine: fine.map(Into::into), result, ..Event::new(kind, Moment(at), run) })
    };
    store
        .append(&[
            told("1", 10, Some("o/r"), "a", Some("f"), None),
            told("2", 11, Some("o/r"), "a", None, Some(Outcome::Green)),
            told("3", 12, Some("o/r"), "b", None, Some(Outcome::Green)),
            told("4", 13, Some("o/r"), "a", Some("g"), None),
            told("5", 14, Some("o/x"), "a", Some("f"), None),
            told("6", 15, Some("o/x"), "a", None, Some(Outcome::Green)),
            told("7", 9, Some("o/r"), "c", Some("f"), None),
            told("8", 16, None, "a", Some("f"), None),
        ])
        .unwrap();
    let mut ids_at = |repo: Option<&str>, sha: Option<&str>, since| {
        let (repo, sha) = (repo.map(str::to_owned), sha.map(str::to_owned));
        let events = store.seen(&Failure { fine: "f".into(), repo, sha, since: Moment(since) }).unwrap();
        events.into_iter().map(|event| event.id).collect::<Vec<_>>().join(" ")
    };
    // Of this commit nothing is known but that it passed.
    assert_eq!(ids_at(Some("o/r"), Some("b"), 10), "1 2 3");
    let mut ids = |repo, since| ids_at(repo, None, since);
    assert_eq!(ids(Some("o/r"), 10), "1 2");
    assert_eq!(ids(Some("o/r"), 0), "7 1 2");
    assert_eq!(ids(Some("o/x"), 0), "5 6");
    assert_eq!(ids(None, 0), "8");
    assert_eq!(ids(Some("o/y"), 0), "");
}

fn old_packs_are_thinned_once_a_day_and_events_stay(place: &str) {
    let mut store = open(place);
    let pack =
        |lines: &str| Some(format!(r#"{{"bucket":"x","excerpt":{{"lines":["{lines}"]}},"fingerprint_sample":"s"}}"#));
    for (id, at) in [("old", 0), ("young", 10 * DAY)] {
        let event = Event { pack: Some(format!("sha256:{id}")), ..event(id, at, "o/r") };
        store.append(&[Record { event, pack: pack(id) }]).unwrap();
    }
    let keep = Duration::from_millis(5 * DAY as u64);
    assert_eq!(store.thin(Moment(10 * DAY), keep).unwrap(), 1);
    let thin = store.pack("sha256:old").unwrap().unwrap();
    assert!(thin.contains("\"bucket\":\"x\"") && thin.contains("\"excerpt\":null") && !thin.contains("old"), "{thin}");
    assert!(store.pack("sha256:young").unwrap().unwrap().contains("young"));
    assert_eq!(all(&mut store, &Query::default()).len(), 2);
    // Once a day is enough, whoever asks.
    assert_eq!(open(place).thin(Moment(11 * DAY - 1), Duration::ZERO).unwrap(), 0);
    assert_eq!(open(place).thin(Moment(11 * DAY), Duration::ZERO).unwrap(), 1);
}

/// Events of each writer, and those that all of them tell.
const OWN: usize = 250;
const SHARED: usize = 50;
const WRITERS: usize = 8;

/// Not a test: what each of many processes does. Run by the one below.
#[test]
#[ignore = "one of many writers, started by another test"]
fn one_of_many_writers() {
    let (Ok(place), Ok(name)) = (std::env::var("CI_GUARD_TEST_PLACE"), std::env::var("CI_GUARD_TEST_WRITER")) else {
        return;
    };
    let mut store = open(&place);
    for n in 0..OWN {
        assert_eq!(store.append(&[record(event(&format!("{name}-{n}"), 0, "o/r"))]).unwrap(), 1);
        if n % (OWN / SHARED) == 0 {
            let (one, other) = (format!("shared-{n}"), format!("shared-too-{n}"));
            let mut both = [record(event(&one, 0, "o/r")), record(event(&other, 0, "o/r"))];
            if name.ends_with(['1', '3']) {
                both.reverse();
            }
            store.append(&both).unwrap();
        }
    }
}

fn many_processes_write_at_once(place: &str) {
    let writers: Vec<_> = (0..WRITERS)
        .map(|number| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--ignored", "--exact", "audit_store::one_of_many_writers"])
                .env("CI_GUARD_TEST_PLACE", place)
                .env("CI_GUARD_TEST_WRITER", format!("w{number}"))
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for writer in writers {
        let ended = writer.wait_with_output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
    }
    let events = all(&mut open(place), &Query::default());
    let ids: BTreeSet<_> = events.iter().map(|event| &event.id).collect();
    assert_eq!((events.len(), ids.len()), (WRITERS * OWN + 2 * SHARED, WRITERS * OWN + 2 * SHARED));
}

/// Kill `record outcome` at moments all over its life; what it said was stored has to be there.
fn what_was_reported_survives_a_kill(sandbox: &Sandbox, place: &str, times: usize) {
    let reported = Mutex::new(BTreeSet::new());
    let one = |number: usize, life: Option<Duration>| {
        let id = format!("killed-{number}");
        let mut child = sandbox
            .command(BINARY)
            .env("CI_GUARD_STORE", place)
            .args(["record", "outcome", "--result", "green", "--repo", "o/r", "--sha", "abc", "--id", &id])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        if let Some(life) = life {
            std::thread::sleep(life);
            let _ = child.kill();
        }
        let mut said = String::new();
        child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        child.wait().unwrap();
        if said.starts_with("stored") {
            reported.lock().unwrap().insert(id);
        }
    };
    // How long it lives undisturbed, so that moments all over its life are met on machines fast and slow.
    let start = Instant::now();
    one(0, None);
    let life = 2 * start.elapsed();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let killed = (1..=times).filter(move |number| number % 4 == thread);
            scope.spawn(move || {
                killed.for_each(|number| one(number, Some(life.mul_f64((number * 37 % 101) as f64 / 100.0))))
            });
        }
    });
    let reported = reported.into_inner().unwrap();
    let there: BTreeSet<_> = all(&mut open(place), &Query::default()).into_iter().map(|event| event.id).collect();
    let lost: Vec<_> = reported.difference(&there).collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert!(reported.contains("killed-0"), "nobody disturbed the first one");
}

type Case = (&'static str, fn(&str));

const CASES: [Case; 6] = [
    ("twice", what_is_told_twice_is_stored_once),
    ("back", an_event_reads_back_as_it_was),
    ("part", a_part_of_the_stream_can_be_asked_for),
    ("seen", what_was_seen_is_found_with_its_outcomes),
    ("thin", old_packs_are_thinned_once_a_day_and_events_stay),
    ("many", many_processes_write_at_once),
];

#[test]
fn a_file_keeps_its_promises() {
    let sandbox = Sandbox::new();
    for (name, case) in CASES {
        case(sandbox.path(format!("{name}.db")).to_str().unwrap());
    }
}

#[test]
fn no_kill_loses_what_was_reported() {
    let sandbox = Sandbox::new();
    let place = sandbox.path("state/audit.db");
    what_was_reported_survives_a_kill(&sandbox, place.to_str().unwrap(), 400);
    let file = rusqlite::Connection::open(&place).unwrap();
    let sound: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
}

#[test]
fn a_kill_while_the_file_is_made_leaves_one_that_opens() {
    let sandbox = Sandbox::new();
    for number in 0..40 {
        let place = sandbox.path(format!("{number}/audit.db"));
        let mut child = sandbox
            .command(BINARY)
            .env("CI_GUARD_STORE", &place)
            .args(["record", "outcome", "--result", "red", "--sha", "abc"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(number * 997));
        let _ = child.kill();
        child.wait().unwrap();
        assert_eq!(open(place.to_str().unwrap()).append(&[record(event("next", 0, "o/r"))]).unwrap(), 1);
    }
}

#[test]
fn a_server_keeps_the_same_promises() {
    let server = match Server::start() {
        Ok(server) => server,
        Err(reason) => return eprintln!("skipped: no PostgreSQL server to test with: {}", reason.trim()),
    };
    let sandbox = Sandbox::new();
    for (name, case) in CASES {
        case(&server.database(name));
    }
    what_was_reported_survives_a_kill(&sandbox, &server.database("killed"), 60);

    let ci_guard = |place: &str, args: &[&str]| {
        let ended = sandbox.command(BINARY).env("CI_GUARD_STORE", place).args(args).output().unwrap();
        let ended = crate::support::ended(ended);
        assert!(!format!("{ended:?}").contains(PASSWORD), "the password is shown: {ended:#?}");
        ended
    };
    let tell = ["record", "outcome", "--result", "green", "--sha", "abc"];

    // Nobody made the tables: that is no store, and asking makes none.
    let fresh = server.database("fresh");
    let empty = ci_guard(&fresh, &["history"]);
    assert_eq!((empty.code, empty.stderr.as_str()), (Some(0), ""));
    assert!(
        empty.stdout.starts_with("Nothing is recorded yet: there is no audit store at postgres://"),
        "{}",
        empty.stdout
    );
    assert_eq!(server.sql("fresh", "SELECT to_regclass('ci_guard_event') IS NULL"), "t");

    assert_eq!(ci_guard(&fresh, &tell).code, Some(0));
    for sql in ["DELETE FROM ci_guard_event", "UPDATE ci_guard_event SET sha = 'x'"] {
        assert!(server.sql("fresh", sql).contains("events are never changed or taken away"), "{sql}");
    }
    server.sql("fresh", "UPDATE ci_guard_meta SET value = 99 WHERE name = 'schema'");
    for args in [&tell[..], &["history"], &["export"], &["metrics"]] {
        ci_guard(&fresh, args).says(2, &["schema has version 99", "update ci-guard"]);
    }

    let wrong = server.over_tcp("postgres", "wrong-horse", "");
    let refused = ci_guard(&wrong, &tell);
    refused.says(2, &["password authentication failed", "127.0.0.1"]);
    assert!(!refused.stderr.contains("wrong-horse"), "{}", refused.stderr);
    ci_guard(&server.over_tcp("nowhere", PASSWORD, ""), &tell).says(2, &["database \"nowhere\" does not exist"]);

    if server.tls {
        let roots = server.root_certificate();
        let trusting = format!("?sslmode=verify-full&sslrootcert={}", roots.display());
        assert_eq!(ci_guard(&server.over_tcp("twice", PASSWORD, &trusting), &tell).code, Some(0));
        // A certificate that nobody here trusts.
        ci_guard(&server.over_tcp("twice", PASSWORD, "?sslmode=require"), &tell).says(2, &["certificate"]);
        // The socket speaks no TLS, and what was asked for is not done without it.
        let open = format!("{}?sslmode=require", server.database("plain"));
        assert_eq!(ci_guard(&open, &tell).code, Some(2));
    } else {
        eprintln!("skipped: no openssl to make a certificate for PostgreSQL with");
    }
}
