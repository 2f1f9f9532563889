//! Logs as they come to `ci-guard triage`: files, pipes and standard input, packed and not, many and large.

use crate::support::{BINARY, Ended, Sandbox, ended, feed};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

const LOG: &str = "checking things\nsrc/a.c:3:1: error: it broke here\nProcess completed with exit code 1.\n";

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text).unwrap();
    packer.finish().unwrap()
}

fn zstd(text: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
}

fn triage(sandbox: &Sandbox, logs: &[impl AsRef<Path>], stdin: &[u8]) -> Ended {
    let mut command = sandbox.command(BINARY);
    command.current_dir(sandbox.path("")).args(["triage", "--no-record", "--format", "jsonl"]);
    feed(command.args(logs.iter().map(|log| log.as_ref().as_os_str())), stdin)
}

/// The packs that were printed, without the name of the log.
fn packs(ended: &Ended) -> Vec<serde_json::Value> {
    let lines = ended.stdout.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    lines.map(|mut pack| pack.as_object_mut().unwrap().remove("log").map(|_| pack).unwrap()).collect()
}

#[test]
fn however_a_log_comes_the_answer_is_the_same() {
    let sandbox = Sandbox::new();
    let forms =
        [("plain.log", LOG.as_bytes().to_vec()), ("x.gz", gzip(LOG.as_bytes())), ("x.zst", zstd(LOG.as_bytes()))];
    for (name, bytes) in &forms {
        std::fs::write(sandbox.path(name), bytes).unwrap();
    }
    let expected = packs(&triage(&sandbox, &["plain.log"], b"")).remove(0);
    assert_eq!(expected["excerpt"]["lines"][0], "checking things");
    let files: Vec<&str> = forms.iter().map(|form| form.0).collect();
    assert_eq!(packs(&triage(&sandbox, &files, b"")), vec![expected.clone(); 3]);
    for (_, bytes) in &forms {
        for stdin in ["-", "/dev/stdin"] {
            assert_eq!(packs(&triage(&sandbox, &[stdin], bytes)), vec![expected.clone()], "{stdin}");
        }
    }
}

#[test]
fn a_named_pipe_is_waited_for() {
    let sandbox = Sandbox::new();
    let pipe = sandbox.path("pipe");
    assert!(sandbox.command("mkfifo").arg(&pipe).status().unwrap().success());
    let child = sandbox
        .command(BINARY)
        .args(["triage", "--no-record", "--format", "jsonl"])
        .arg(&pipe)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::fs::OpenOptions::new().write(true).open(&pipe).unwrap().write_all(&gzip(LOG.as_bytes())).unwrap();
    let ended = ended(child.wait_with_output().unwrap());
    assert_eq!(packs(&ended).len(), 1, "{}", ended.stderr);
}

#[test]
fn what_is_no_log_is_told_and_the_others_are_answered() {
    let sandbox = Sandbox::new();
    let packed = [gzip(LOG.repeat(50).as_bytes()), zstd(LOG.repeat(50).as_bytes())];
    std::fs::create_dir(sandbox.path("folder")).unwrap();
    std::fs::write(sandbox.path("good.log"), LOG).unwrap();
    std::fs::write(sandbox.path("half.gz"), &packed[0][..packed[0].len() / 2]).unwrap();
    std::fs::write(sandbox.path("half.zst"), &packed[1][..packed[1].len() / 2]).unwrap();
    for (name, words) in [
        ("nowhere.log", "nowhere.log: there is no such file"),
        ("folder", "folder: it is a folder"),
        ("half.gz", "half.gz: it is gzip data that ends early or is damaged"),
        ("half.zst", "zstdcat LOG | ci-guard triage -"),
    ] {
        let ended = triage(&sandbox, &["good.log", name, "good.log"], b"");
        assert_eq!(packs(&ended).len(), 2, "{name}");
        assert!(ended.stderr.contains(words), "{name}: {}", ended.stderr);
        assert_ne!(ended.code, Some(0), "{name}");
    }
    let ended = triage(&sandbox, &["-", "-"], LOG.as_bytes());
    assert!(ended.stderr.contains("standard input is one log"), "{}", ended.stderr);
    assert_ne!(ended.code, Some(0));
}

#[test]
fn many_logs_are_answered_in_the_order_in_which_they_were_named() {
    let sandbox = Sandbox::new();
    let names: Vec<PathBuf> = (0..300).map(|n| PathBuf::from(format!("{n}.log"))).collect();
    for (nth, name) in names.iter().enumerate() {
        // The first ones are the longest: their answers come last.
        let text = "nothing to see\n".repeat((300 - nth) * 40) + &format!("fatal: {nth} broke\n");
        std::fs::write(sandbox.path(name), text).unwrap();
    }
    let ended = triage(&sandbox, &names, b"");
    let said: Vec<String> =
        packs(&ended).iter().map(|pack| pack["first_failure_line"].as_str().unwrap().to_owned()).collect();
    assert_eq!(said, (0..300).map(|nth| format!("fatal: {nth} broke")).collect::<Vec<_>>());
}

#[test]
fn lines_of_a_large_log_keep_their_numbers() {
    let sandbox = Sandbox::new();
    let quiet = "one more line in which nothing is wrong, as there are so many of them\n".repeat(600_000);
    for (name, text) in
        [("large.log", quiet.clone()), ("marked.log", quiet.replace("nothing is wrong", "an error hides"))]
    {
        std::fs::write(sandbox.path(name), text + "fatal: it broke\n").unwrap();
        let packs = packs(&triage(&sandbox, &[name], b""));
        assert_eq!(packs[0]["excerpt"]["end"], 600_001, "{name}");
        assert_eq!(packs[0]["excerpt"]["lines"].as_array().unwrap().last().unwrap(), "fatal: it broke", "{name}");
    }
}
