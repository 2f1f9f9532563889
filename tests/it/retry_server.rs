//! `ci-guard retry` around a real client (git) and a real server on this machine, which answers as servers in trouble do.

use crate::support::{Ended, Sandbox, ended};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// What a dumb HTTP server says of a repository with one branch.
const REFS: &str = "1111111111111111111111111111111111111111\trefs/heads/main\n";

/// A server that gives these answers, one a connection, the last one again and again; its port, and when it was asked.
fn server(answers: &'static [(&'static str, &'static str, &'static str)]) -> (u16, Receiver<Instant>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (asked, times) = channel();
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let _ = asked.send(Instant::now());
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            let (status, header, body) = answers[number.min(answers.len() - 1)];
            // Nothing at all: the connection is closed in the client's face.
            if !status.is_empty() {
                let length = body.len();
                let head =
                    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{header}\r\n");
                let _ = stream.write_all(format!("{head}{body}").as_bytes());
            }
        }
    });
    (port, times)
}

/// `git ls-remote` from that server, through `ci-guard retry` with these options.
fn ask(sandbox: &Sandbox, port: u16, options: &[&str]) -> Ended {
    let url = format!("http://127.0.0.1:{port}/r.git");
    let mut retry = sandbox.command(crate::support::BINARY);
    // As curl -v does, and every client that logs what it was told.
    retry.env("GIT_CURL_VERBOSE", "1").env("CI_GUARD_STORE", "off");
    ended(retry.arg("retry").args(options).args(["--", "git", "ls-remote", &url]).output().unwrap())
}

fn report(sandbox: &Sandbox) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(sandbox.path("retry.json")).unwrap()).unwrap()
}

#[test]
fn the_server_is_given_the_time_it_asks_for() {
    let sandbox = Sandbox::new();
    let (port, times) = server(&[("429 Too Many Requests", "Retry-After: 2\r\n", ""), ("200 OK", "", REFS)]);
    let ended = ask(&sandbox, port, &["--delay", "0s", "--max-delay", "1s", "--report", "retry.json"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), REFS), "{}", ended.stderr);
    let times: Vec<Instant> = times.try_iter().collect();
    assert!(times[1] - times[0] >= Duration::from_secs(2), "{:?}", times[1] - times[0]);
    let report = report(&sandbox);
    let first = &report["attempts"][0];
    assert_eq!((&first["delay_ms"], &first["delay_by"]), (&2000.into(), &"server".into()), "{report:#}");
    assert_eq!((&report["retry_count"], &report["failure_type"]), (&1.into(), &"NONE".into()));
}

#[test]
fn a_deadline_that_the_servers_delay_would_cross_ends_it_at_once() {
    let sandbox = Sandbox::new();
    let (port, times) = server(&[("429 Too Many Requests", "Retry-After: 600\r\n", "")]);
    let ended = ask(&sandbox, port, &["--deadline", "5m", "--report", "retry.json"]);
    assert_eq!(ended.code, Some(128), "git's own code: {}", ended.stderr);
    assert_eq!(times.try_iter().count(), 1);
    let report = report(&sandbox);
    assert_eq!((&report["end"], &report["failure_type"]), (&"deadline".into(), &"INFRA".into()), "{report:#}");
    assert!(ended.stderr.contains("10 min"), "it says what the server asks for: {}", ended.stderr);
}

#[test]
fn servers_in_trouble_are_asked_again_and_those_that_refuse_are_not() {
    for (status, attempts) in [
        ("500 Internal Server Error", 3),
        ("502 Bad Gateway", 3),
        ("503 Service Unavailable", 3),
        ("504 Gateway Timeout", 3),
        ("", 3),
        ("401 Unauthorized", 1),
        ("403 Forbidden", 1),
        ("404 Not Found", 1),
    ] {
        let sandbox = Sandbox::new();
        let answers: &'static _ = vec![(status, "", "")].leak();
        let (port, _) = server(answers);
        let ended = ask(&sandbox, port, &["--delay", "0s", "--report", "retry.json"]);
        assert_eq!(ended.code, Some(128), "{status}: {}", ended.stderr);
        let report = report(&sandbox);
        assert_eq!(report["attempts"].as_array().unwrap().len(), attempts, "{status}: {report:#}");
        let failure = if attempts == 1 { "CODE_QUALITY" } else { "INFRA" };
        assert_eq!(report["failure_type"], failure, "{status}");
    }
}
