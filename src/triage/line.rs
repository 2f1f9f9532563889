//! What a line says without its dress: time stamps, colours, cursor movements, prefixes of CI systems and of tools that
//! run other tools.
//!
//! Only what stands around the words is taken away, and indentation stays: blocks are found by it. Words of tools such as
//! `[ERROR]` or `error:` are no dress. What the words are, [`super::fingerprint`] makes equal.

mod escapes;
mod prefixes;

use std::borrow::Cow;

pub(super) use prefixes::{gh_columns, unstamped};

/// The line, undressed. Doing it twice changes nothing.
pub fn clean(raw: &[u8]) -> Cow<'_, [u8]> {
    match plain(raw) {
        Cow::Borrowed(line) => Cow::Borrowed(prefixes::undress(line)),
        Cow::Owned(line) => Cow::Owned(shown(&line).to_vec()),
    }
}

/// The same as text, without blanks at its end.
pub fn text(raw: &[u8]) -> String {
    String::from_utf8_lossy(&clean(raw)).trim_end().to_owned()
}

/// The line as it was sent to the terminal, one piece for each time that it was drawn: CI systems hide markers in pieces
/// that are overwritten at once. Of a progress bar only the last ones.
pub(super) fn drawn(plain: &[u8]) -> impl Iterator<Item = &[u8]> {
    const PIECES: usize = 64;
    let first = memchr::memrchr_iter(b'\r', plain).nth(PIECES - 1).map_or(0, |at| at + 1);
    plain[first..].split(|&byte| byte == b'\r').filter(|piece| !piece.is_empty())
}

/// Without escape sequences and control characters; carriage returns stay where something follows.
pub(super) fn plain(raw: &[u8]) -> Cow<'_, [u8]> {
    let end = raw.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1);
    let line = &raw[..end];
    match line.iter().any(|&byte| escapes::is_control(byte)) {
        true => Cow::Owned(escapes::without(line)),
        false => Cow::Borrowed(line),
    }
}

/// Of a line that was drawn over and over: what stood there at last.
fn shown(plain: &[u8]) -> &[u8] {
    let pieces = plain.rsplit(|&byte| byte == b'\r').map(prefixes::undress);
    pieces.into_iter().find(|piece| !piece.trim_ascii().is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dress_goes_and_words_stay() {
        let table: &[(&str, &str)] = &[
            // Nothing to do.
            ("", ""),
            ("    at Foo.bar(Foo.java:12)", "    at Foo.bar(Foo.java:12)"),
            ("[ERROR] /src/A.java:[3,4] cannot find symbol", "[ERROR] /src/A.java:[3,4] cannot find symbol"),
            ("[error] (core / Test / test) failed", "[error] (core / Test / test) failed"),
            ("error: expected `;`", "error: expected `;`"),
            ("--- FAIL: TestApply (0.01s)", "--- FAIL: TestApply (0.01s)"),
            ("#12 0x00007f in main () at a.c:3", "#12 0x00007f in main () at a.c:3"),
            ("#0 /src/a.php(12): run()", "#0 /src/a.php(12): run()"),
            ("src/foo.c:12:3: error: no", "src/foo.c:12:3: error: no"),
            ("make: *** [all] Error 2", "make: *** [all] Error 2"),
            ("[1] TRUE", "[1] TRUE"),
            ("12 |     let x = 1;", "12 |     let x = 1;"),
            ("name\tcount", "name\tcount"),
            ("::ffff:127.0.0.1 refused", "::ffff:127.0.0.1 refused"),
            // Terminals.
            ("\x1b[31;1mFAIL\x1b[0m a", "FAIL a"),
            ("\x1b]0;title\x07words", "words"),
            ("\x1b]8;;https://a.example/x\x1b\\link\x1b]8;;\x1b\\ end", "link end"),
            ("\x1b(Bok\x1b[m", "ok"),
            ("a\0b\x07c\x7fd", "abcd"),
            ("10%\x08\x08\x0820%", "20%"),
            ("é\x08e", "e"),
            ("  1%\r 50%\r100% done\r", "100% done"),
            ("words\r   \r", "words"),
            ("\u{feff}first", "first"),
            // Travis.
            ("travis_fold:start:install.1\r\x1b[0Ktravis_time:start:0a1b\r\x1b[0K$ npm ci\r", "$ npm ci"),
            ("travis_fold:end:cache.2\r\x1b[0K\r", ""),
            (
                "travis_time:end:0a1b:start=1,finish=2,duration=1\r\x1b[0K\x1b[31;1mThe command \"x\" exited with 1.\x1b[0m",
                "The command \"x\" exited with 1.",
            ),
            ("3 failedtravis_time:end:0a1b:start=1,finish=2,duration=1", "3 failed"),
            ("$ echo travis_fold:start:x; make", "$ echo travis_fold:start:x; make"),
            // GitLab.
            ("section_start:1560896352:step_script\r\x1b[0K\x1b[0K$ make", "$ make"),
            ("section_start:1560896352:a_b[collapsed=true]\r\x1b[0KHeader", "Header"),
            ("2025-01-02T03:04:05.123456Z 01O   indented", "  indented"),
            ("2025-01-02T03:04:05.123456Z 01E+more", "more"),
            // GitHub and Azure.
            ("2024-01-02T03:04:05.1234567Z     indented", "    indented"),
            ("2024-01-02T03:04:05.1234567Z ", ""),
            ("2024-01-02T03:04:05.1234567Z", ""),
            (
                "2024-01-02T03:04:05.1234567Z ##[error]Process completed with exit code 1.",
                "Process completed with exit code 1.",
            ),
            ("build (3.9)\tRun tests\t2024-01-02T03:04:05.1234567Z \x1b[36;1mnpm t\x1b[0m", "npm t"),
            ("build\tSet up job\t\u{feff}2024-01-02T03:04:05.1234567Z hello", "hello"),
            ("##[section]Starting: Build", "Starting: Build"),
            ("[command]/usr/bin/git version", "/usr/bin/git version"),
            ("::error file=a.js,line=3::boom", "boom"),
            ("::endgroup::", ""),
            // Buildkite.
            ("\x1b_bk;t=1700000000000\x07  hi", "  hi"),
            ("_bk;t=1700000000000\x07hi", "hi"),
            // Taskcluster and mozharness.
            ("[taskcluster 2025-02-14 10:04:47.321Z] Task ID: A", "Task ID: A"),
            ("[task 2025-02-14T10:08:00.702Z] 10:08:00     INFO -    in", "  in"),
            (
                "[task 2025-02-14T10:08:00.702Z] 10:08:00  WARNING -  TEST-UNEXPECTED-FAIL | a",
                "TEST-UNEXPECTED-FAIL | a",
            ),
            ("10:08:00    ERROR - Got 1 unexpected status", "ERROR - Got 1 unexpected status"),
            // Jenkins.
            ("[2024-01-02T03:04:05.123Z] + make", "+ make"),
            ("00:01:02.345  + make", "+ make"),
            ("19:15:49     deep", "    deep"),
            ("\x1b[8mha:////4AbC+x==\x1b[0m[Pipeline] sh", "[Pipeline] sh"),
            // TeamCity, AppVeyor, act, Drone, Woodpecker.
            ("[13:04:51]W:\t [Step 1/2] boom", "boom"),
            ("[13:04:51] :\t [Step 1/2]   deep", "  deep"),
            ("[00:01:02] Build started", "Build started"),
            ("[CI/build]   | npm test", "npm test"),
            ("[build:12] + go test", "+ go test"),
            ("[test:L3:1s] ok", "ok"),
            // Tools that run tools.
            ("#12 3.456 error: no", "error: no"),
            (
                "#12 ERROR: process \"/bin/sh -c make\" did not complete",
                "ERROR: process \"/bin/sh -c make\" did not complete",
            ),
            ("web_1  | boom", "boom"),
            ("api-server-1 |   deep", "  deep"),
            ("@shop/web:test: FAIL a.test.ts", "FAIL a.test.ts"),
            ("web:build: boom", "boom"),
            ("@shop/web: boom", "boom"),
            ("[@shop/web]: boom", "boom"),
            ("packages/web test: boom", "boom"),
            ("packages/web test$ jest", "$ jest"),
        ];
        for (raw, words) in table {
            assert_eq!(String::from_utf8_lossy(&clean(raw.as_bytes())), *words, "{raw:?}");
        }
    }

    #[test]
    fn ordinary_lines_are_not_copied() {
        for raw in ["plain words", "2024-01-02T03:04:05.1234567Z ##[error]x", "  deep\t tabs\r\n"] {
            assert!(matches!(clean(raw.as_bytes()), Cow::Borrowed(_)), "{raw:?}");
        }
    }

    /// Pieces of which dress is made, in any order.
    fn dressed() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just("\x1b[31m"),
            Just("\x1b"),
            Just("\x1b]0;"),
            Just("\x07"),
            Just("\x08"),
            Just("\r"),
            Just("\u{feff}"),
            Just("2024-01-02T03:04:05.1234567Z "),
            Just("2024-01-02T03:04:05.1234567Z"),
            Just("01O+"),
            Just("10:08:00     INFO -  "),
            Just("10:08:00  "),
            Just("##[error]"),
            Just("::error a::"),
            Just("#12 3.4 "),
            Just("[task "),
            Just("[13:04:51]"),
            Just("W:\t [Step 1/2] "),
            Just("] "),
            Just("travis_fold:start:x"),
            Just("travis_time:end:0a:start=1"),
            Just("section_end:1:x"),
            Just("web_1 | "),
            Just("@a/b:test: "),
            Just("job\tstep\t"),
            Just("_bk;t=17"),
            Just("é"),
            Just(" "),
            "[a-z:\\[\\]# ]{0,6}".prop_map(|text| &*Box::leak(text.into_boxed_str())),
        ];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat().into_bytes())
    }

    proptest! {
        #[test]
        fn cleaning_twice_is_cleaning_once(raw in prop_oneof![dressed(), prop::collection::vec(any::<u8>(), 0..80)]) {
            let once = clean(&raw).into_owned();
            prop_assert!(once.len() <= raw.len());
            prop_assert!(!once.iter().any(|&byte| byte != b'\n' && escapes::is_control(byte)));
            prop_assert_eq!(clean(&once).into_owned(), once);
        }
    }
}
