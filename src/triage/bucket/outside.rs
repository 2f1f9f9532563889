//! Failures whose own text says that the cause is outside of the repository, although their kind alone would not.
//!
//! Only what the failure says of itself is read, never the rest of the log.

use super::{Found, Hit, Kind, Rank, Sorted, Table, sorted, veto};
use crate::model::Bucket;

/// A test whose failure is that a client gave up on a remote server, and not that anything was compared.
pub(super) fn of_test(found: &Found) -> Option<Sorted> {
    const COMPARES: [&str; 8] = ["expect", "assert", " got ", " want", "should", "mismatch", "not equal", "actual"];
    let tests = found.failed_tests();
    let compares = |line: &&str| {
        // The names of tests say what should be, and an unexpected error is none that was compared.
        let line = tests.iter().fold((*line).to_owned(), |line, test| line.replace(test, ""));
        let line = line.to_ascii_lowercase().replace("unexpected", "");
        COMPARES.iter().any(|word| line.contains(word))
    };
    let told = found.told();
    if tests.len() > 1 || told.iter().any(compares) {
        return None;
    }
    let remote = transient(told.into_iter());
    remote.then(|| sorted(Bucket::InfraFault, 0.6, "all that failed in the test is a request to a remote server"))
}

/// A program's last words about a request that failed, where the line that was found says only that something went wrong.
pub(super) fn of_error(found: &Found, hit: &Hit) -> Option<Sorted> {
    let vague = hit.signature.rank == Rank::Symptom && matches!(hit.signature.kind, Kind::Crash | Kind::Build);
    if !vague || !found.failed_tests().is_empty() || veto(found, Kind::Network).is_some() {
        return None;
    }
    let remote = transient(found.block.iter().map(String::as_str).chain(found.after().take(NEAR)));
    remote.then(|| {
        sorted(Bucket::InfraFault, 0.65, "the error that stopped it is a request that a remote server did not answer")
    })
}

/// A file that is missing inside of an installed package: it was published or unpacked incompletely.
pub(super) fn of_install(found: &Found, hit: &Hit) -> Option<Sorted> {
    if hit.signature.kind != Kind::Missing {
        return None;
    }
    let (_, line) = found.failure.as_ref()?;
    let relative = ["Cannot find module './", "Cannot find module '../"].iter().any(|text| line.contains(text));
    let frame = found.block.iter().find(|line| {
        line.trim_start().starts_with("at ")
            && line.contains('/')
            && !line.contains("node:internal")
            && !line.contains("(module.js")
            && !line.contains("(internal/")
    })?;
    (relative && frame.contains("node_modules/"))
        .then(|| sorted(Bucket::InfraFault, 0.6, "an installed package lacks a file of its own"))
}

/// Whether the server says, beside a refusal, that it is overloaded or down. That beats words about rights.
pub(super) fn busy(found: &Found) -> bool {
    is_any(found.block.iter().map(String::as_str), |hit| {
        matches!(hit.signature.name, "rate-limit-http" | "http-server-error" | "rate-limit-github")
    })
}

/// How many lines after a vague error are still its own: a cause or two, and never the next step.
const NEAR: usize = 3;

/// Whether one of these lines names a cause outside of the repository.
fn transient<'a>(lines: impl Iterator<Item = &'a str>) -> bool {
    let kinds = [Kind::Network, Kind::RateLimit, Kind::Registry];
    is_any(lines, |hit| kinds.contains(&hit.signature.kind) && hit.signature.rank == Rank::Cause)
}

fn is_any<'a>(lines: impl Iterator<Item = &'a str>, wanted: impl Fn(&Hit) -> bool) -> bool {
    // Some tools draw a frame around their messages.
    let bare = lines.map(|line| line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '│' | '|')));
    bare.filter_map(|line| Table::get().look_up(line.as_bytes())).any(|hit| wanted(&hit))
}

#[cfg(test)]
mod tests {
    use super::super::tests::bucket;
    use super::*;

    const EXIT: &str = "##[error]Process completed with exit code 1.\n";

    fn table(rows: &[(&str, Bucket)]) {
        for (log, want) in rows {
            assert_eq!(bucket(&format!("{log}\n{EXIT}")), *want, "{log}");
        }
    }

    #[test]
    fn a_test_that_only_asked_a_remote_server() {
        table(&[
            (
                "--- FAIL: TestMirror (30.02s)\n    mirror_test.go:31: Get \"https://mirror.example/list\": dial tcp 203.0.113.9:443: i/o timeout\nFAIL",
                Bucket::InfraFault,
            ),
            // What go test -v prints stands above the name.
            (
                "=== RUN   TestMirror\n    mirror_test.go:31: unexpected error: exit status 1\n        │ Could not fetch the list\n        │ net/http: TLS handshake timeout\n--- FAIL: TestMirror (14.05s)\n    --- PASS: TestMirror/offline (0.10s)\nFAIL",
                Bucket::InfraFault,
            ),
            // Another test's chatter is none of it.
            (
                "=== RUN   TestRetry\n    retry_test.go:9: net/http: TLS handshake timeout\n--- PASS: TestRetry (1.05s)\n=== RUN   TestTotal\n    total_test.go:3: total is off by one\n--- FAIL: TestTotal (0.01s)\nFAIL",
                Bucket::CodeRegression,
            ),
            // A network mock, and values that were compared.
            (
                "--- FAIL: TestMirror (0.02s)\n    mirror_test.go:31: got Get \"https://mirror.example/list\": dial tcp 203.0.113.9:443: i/o timeout, want nil\nFAIL",
                Bucket::CodeRegression,
            ),
            (
                "--- FAIL: TestStatus (0.02s)\n    status_test.go:31: expected 503 but got 200\nFAIL",
                Bucket::CodeRegression,
            ),
            (
                "--- FAIL: test_connection_timeout (0.02s)\n    timeout_test.go:31: the limit is ignored\nFAIL",
                Bucket::CodeRegression,
            ),
            // Two of them: what they share is in the repository.
            (
                "--- FAIL: TestOne (9.02s)\n    a_test.go:31: dial tcp 203.0.113.9:443: i/o timeout\n--- FAIL: TestTwo (9.02s)\n    a_test.go:41: dial tcp 203.0.113.9:443: i/o timeout\nFAIL",
                Bucket::CodeRegression,
            ),
        ]);
    }

    #[test]
    fn words_about_networks_excuse_no_compiler_and_no_download_that_came() {
        let broken = "error[E0425]: cannot find value `total` in this scope\n  --> src/cart.rs:70:26\n";
        table(&[
            (&format!("npm WARN retry ECONNRESET read ECONNRESET\n{broken}"), Bucket::CodeRegression),
            (
                &format!("{broken}Error: read ECONNRESET\n    at TLSWrap.onStreamRead (stream.js:111:27)"),
                Bucket::CodeRegression,
            ),
            (
                "curl: (56) Recv failure: Connection reset by peer\nRetrying in 2 seconds\nfetched tools.tar.gz\n--- FAIL: TestTotal (0.01s)\n    total_test.go:3: total is off by one\nFAIL",
                Bucket::CodeRegression,
            ),
        ]);
    }

    #[test]
    fn a_vague_error_is_told_by_its_cause() {
        table(&[
            (
                "error: could not list the tool chains\n  Caused by: error sending request\n  Caused by: dial tcp 203.0.113.9:443: i/o timeout",
                Bucket::InfraFault,
            ),
            (
                "error: could not list the tool chains\n  Caused by: the file tools.toml is empty",
                Bucket::CodeRegression,
            ),
        ]);
    }

    #[test]
    fn an_installed_package_without_its_own_files() {
        let log = |module: &str, frame: &str| {
            format!(
                "module.js:327\n    throw err;\n    ^\n\nError: Cannot find module '{module}'\n    at Function.Module._load (module.js:276:25)\n    at Object.<anonymous> (/builds/shop/{frame}:11:18)"
            )
        };
        table(&[
            (&log("./db.json", "node_modules/mime-db/index.js"), Bucket::InfraFault),
            (&log("./db.json", "src/index.js"), Bucket::CodeRegression),
            (&log("left-pad", "src/index.js"), Bucket::CodeRegression),
        ]);
    }
}
