//! One small log a system, as it writes them, and what is read from it.

use super::*;
use proptest::prelude::*;

/// What was found in a log of these lines: the steps with `!` before a failed one and the numbers of their lines, and the
/// numbers of the verdicts.
fn shape(log: &str) -> (Option<System>, Vec<String>, Vec<u64>) {
    let digest = Digest::of(log.as_bytes());
    let found = structure(&digest);
    let shown = found.steps.iter().map(|step| {
        let failed = if step.failed { "!" } else { "" };
        format!("{failed}{} {}-{}", step.name, digest.number(step.first), digest.number(step.last))
    });
    (found.system, shown.collect(), found.verdicts.iter().map(|&index| digest.number(index)).collect())
}

fn check(log: &str, system: System, steps: &[&str], verdicts: &[u64]) {
    assert_eq!(
        shape(log),
        (Some(system), steps.iter().map(|step| (*step).to_owned()).collect(), verdicts.to_vec()),
        "{log}"
    );
}

fn found(log: &str) -> Structure {
    structure(&Digest::of(log.as_bytes()))
}

const TRAVIS: &str = "\
Build id: 1234\r
travis_fold:start:git.checkout\r\x1b[0Ktravis_time:start:0a\r\x1b[0K$ git clone --depth=50 https://github.com/shop/web.git shop/web\r
Cloning into 'shop/web'...\r
travis_time:end:0a:start=1,finish=2,duration=1\r\x1b[0K$ cd shop/web\r
$ git checkout -qf 0123456789abcdef0123456789abcdef01234567\r
travis_fold:end:git.checkout\r\x1b[0K\r
travis_time:start:0b\r\x1b[0K$ make lint\r
travis_time:end:0b:start=1,finish=2,duration=1\r\x1b[0K\x1b[32;1mThe command \"make lint\" exited with 0.\x1b[0m\r
\r
travis_time:start:0c\r\x1b[0K$ make test\r
/home/travis/build/shop/web/a.c:3: assertion failed\r
no end of linetravis_time:end:0c:start=1,finish=2,duration=1\r\x1b[0K\r
\x1b[31;1mThe command \"make test\" exited with 2.\x1b[0m\r
travis_time:start:0d\r\x1b[0K$ make docs\r
travis_time:end:0d:start=1,finish=2,duration=1\r\x1b[0K\x1b[32;1mThe command \"make docs\" exited with 0.\x1b[0m\r
travis_fold:start:after_failure\r\x1b[0Ktravis_time:start:0e\r\x1b[0K$ cat log\r
travis_time:end:0e:start=1,finish=2,duration=1\r\x1b[0Ktravis_fold:end:after_failure\r\x1b[0K\r
\r
Done. Your build exited with 1.\r
";

#[test]
fn travis_says_which_command_failed() {
    let steps = [
        "git clone --depth=50 https://github.com/shop/web.git shop/web 2-4",
        "make lint 7-8",
        "!make test 10-13",
        "make docs 14-15",
        "cat log 16-17",
    ];
    check(TRAVIS, System::Travis, &steps, &[13, 19]);
    let found = found(TRAVIS);
    assert_eq!(found.context.repo.as_deref(), Some("shop/web"));
    assert_eq!(found.context.sha.as_deref(), Some("0123456789abcdef0123456789abcdef01234567"));
    assert_eq!(found.context.run_id.as_deref(), Some("1234"));
    assert_eq!(found.context.step.as_deref(), Some("make test"));
    assert_eq!(found.root.as_deref(), Some("/home/travis/build/shop/web"));
    assert!(!found.cancelled);
}

#[test]
fn travis_without_times_begins_after_the_last_verdict() {
    let log = "Using worker: w\ntravis_fold:end:install\r\n$ rake\nboom\n\x1b[31;1mThe command \"rake\" exited with 1.\x1b[0m\n\
        $ rake doc\nok\nThe command \"rake doc\" exited with 0.\nDone. Your build exited with 1.\n";
    check(log, System::Travis, &["!rake 3-5"], &[5, 9]);
}

#[test]
fn travis_set_up_limits_and_commands_of_many_lines() {
    let install = "travis_fold:start:install\r\x1b[0Ktravis_time:start:0a\r\x1b[0K$ npm ci\nnpm ERR! a\nmore\nmore\n\
        travis_time:end:0a:start=1\r\x1b[0K\n\x1b[31;1mThe command \"npm ci\" failed and exited with 1 during .\x1b[0m\n\
        Your build has been stopped.\n";
    check(install, System::Travis, &["!npm ci 1-6"], &[6, 7]);
    let still = "travis_time:start:0a\r\x1b[0K$ make\nwaiting\n\n\nNo output has been received in the last 10m0s, this \
        potentially indicates a stalled build or something wrong with the build itself.\n\nThe build has been terminated\n";
    check(still, System::Travis, &["!make 1-5"], &[5]);
    let many = "travis_time:start:0a\r\x1b[0K$ bash -c \"\n  make\n\"\nboom\ntravis_time:end:0a:start=1\r\x1b[0K\x1b[31;1mThe \
        command \"bash -c \"\n  make\n\"\n\" exited with 1.\x1b[0m\nDone. Your build exited with 1.\n";
    check(many, System::Travis, &["!bash -c \" 1-5"], &[5, 9]);
    // The script left the shell: nobody says that it ended.
    let left = "travis_time:start:0a\r\x1b[0K$ ./ci.sh\nboom\nDone. Your build exited with 1.\n";
    check(left, System::Travis, &["!./ci.sh 1-3"], &[3]);
    // A command that prints nothing looks at what the one before it left.
    let silent = "travis_time:start:0a\r\x1b[0K$ make > log; cat log\n1\n2\n3\ntravis_time:end:0a:start=1\r\x1b[0K\x1b[32;1mThe \
        command \"make\" exited with 0.\x1b[0m\n\ntravis_time:start:0b\r\x1b[0K$ grep -q ok log\n\
        travis_time:end:0b:start=1\r\x1b[0K\x1b[31;1mThe command \"grep\" exited with 1.\x1b[0m\n";
    check(silent, System::Travis, &["make > log; cat log 1-5", "!grep -q ok log 1-8"], &[8]);
}

const GITHUB: &str = "\
\u{feff}2024-01-02T03:04:05.1234567Z Current runner version: '2.311.0'
2024-01-02T03:04:05.1234567Z ##[group]Operating System
2024-01-02T03:04:05.1234567Z ##[endgroup]
2024-01-02T03:04:05.1234567Z Complete job name: test (ubuntu)
2024-01-02T03:04:05.1234567Z ##[group]Run actions/checkout@v4
2024-01-02T03:04:05.1234567Z with:
2024-01-02T03:04:05.1234567Z ##[endgroup]
2024-01-02T03:04:05.1234567Z Syncing repository: shop/web
2024-01-02T03:04:05.1234567Z Working directory is '/home/runner/work/web/web'
2024-01-02T03:04:05.1234567Z [command]/usr/bin/git -c protocol.version=2 fetch --depth=1 origin +0123456789abcdef0123456789abcdef01234567:refs/remotes/pull/3/merge
2024-01-02T03:04:05.1234567Z HEAD is now at 0123456 Merge a into b
2024-01-02T03:04:05.1234567Z ##[group]Run npm test
2024-01-02T03:04:05.1234567Z \x1b[36;1mnpm test\x1b[0m
2024-01-02T03:04:05.1234567Z shell: /usr/bin/bash -e {0}
2024-01-02T03:04:05.1234567Z ##[endgroup]
2024-01-02T03:04:05.1234567Z ##[group]Run all suites
2024-01-02T03:04:05.1234567Z ##[endgroup]
2024-01-02T03:04:05.1234567Z   ##[error]Process completed with exit code 9.
2024-01-02T03:04:05.1234567Z expected 2024-01-02T03:04:05.1234567Z ##[error]Process completed with exit code 9.
2024-01-02T03:04:05.1234567Z 1 failing
2024-01-02T03:04:05.1234567Z ##[error]Process completed with exit code 1.
2024-01-02T03:04:05.1234567Z Post job cleanup.
2024-01-02T03:04:05.1234567Z [command]/usr/bin/git version
2024-01-02T03:04:05.1234567Z Cleaning up orphan processes
";

#[test]
fn github_steps_begin_with_run_and_end_with_an_exit_code() {
    let steps = [
        "Run actions/checkout@v4 5-11",
        "!Run npm test 12-21",
        "Post job cleanup. 22-23",
        "Cleaning up orphan processes 24-24",
    ];
    check(GITHUB, System::GitHub, &steps, &[21]);
    let found = found(GITHUB);
    assert_eq!(found.context.sha.as_deref(), Some("0123456789abcdef0123456789abcdef01234567"));
    assert_eq!(found.context.repo.as_deref(), Some("shop/web"));
    assert_eq!(found.context.job.as_deref(), Some("test (ubuntu)"));
    assert_eq!(found.root.as_deref(), Some("/home/runner/work/web/web"));
}

#[test]
fn github_as_gh_prints_it_names_the_steps() {
    let log: String = [
        ("Set up job", "Current runner version: '2.311.0'"),
        ("Run npm test", "##[group]Run npm test"),
        ("Run npm test", "1 failing"),
        ("Run npm test", "##[error]Process completed with exit code 1."),
        ("Post Run actions/checkout@v4", "Post job cleanup."),
        ("Complete job", "Cleaning up orphan processes"),
    ]
    .iter()
    .map(|(step, line)| format!("test\t{step}\t2024-01-02T03:04:05.1234567Z {line}\n"))
    .collect();
    let steps = ["Set up job 1-1", "!Run npm test 2-4", "Post Run actions/checkout@v4 5-5", "Complete job 6-6"];
    check(&log, System::GitHub, &steps, &[4]);
}

#[test]
fn github_actions_that_fail_have_no_exit_code() {
    let log =
        "##[group]Run shop/deploy@v1\nwith:\n##[endgroup]\n##[error]Unable to find the artifact\nPost job cleanup.\n";
    check(log, System::GitHub, &["!Run shop/deploy@v1 1-4", "Post job cleanup. 5-5"], &[]);
    // A container says nothing at all.
    let log = "##[group]Run shop/tex@v1\nwith:\n##[endgroup]\nboom\nPost job cleanup.\nCleaning up orphan processes\n";
    let steps = ["!Run shop/tex@v1 1-4", "Post job cleanup. 5-5", "Cleaning up orphan processes 6-6"];
    check(log, System::GitHub, &steps, &[]);
}

#[test]
fn a_run_is_cancelled_when_somebody_or_a_newer_one_did_it() {
    let head = "##[group]Run a/b@v1\nwith:\n##[endgroup]\n";
    for (said, cancelled) in [
        ("##[error]The operation was canceled.", true),
        ("##[error]Canceling since a higher priority waiting request for 'CI-main' exists", true),
        // Out of time, or the machine went away: that is no cancellation, whatever follows.
        (
            "##[error]The action 'Run tests' has timed out after 10 minutes.\n##[error]The operation was canceled.",
            false,
        ),
        (
            "##[error]The job running on runner A 3 has exceeded the maximum execution time of 360 minutes.\n\
             ##[error]The operation was canceled.",
            false,
        ),
        (
            "##[error]The runner has received a shutdown signal. This can happen when the runner service is stopped.\n\
             ##[error]The operation was canceled.",
            false,
        ),
        // Not the runner's words: they do not stand at the beginning.
        ("test says ##[error]The operation was canceled.", false),
        (" ##[error]The operation was canceled.", false),
    ] {
        assert_eq!(found(&format!("{head}{said}\n")).cancelled, cancelled, "{said}");
    }
    for (log, cancelled) in [
        ("section_start:1:step_script\r\x1b[0K\n$ make\nERROR: Job failed: canceled\n", true),
        (
            "section_start:1:step_script\r\x1b[0K\n$ make\nERROR: Job failed: execution took longer than 1h0m0s seconds\n",
            false,
        ),
        ("Started by user A\nBuilding in workspace /w/a\nAborted by A\nFinished: ABORTED\n", true),
        (
            "Started by user A\nBuild timed out (after 30 minutes). Marking the build as aborted.\nBuild was aborted\nFinished: ABORTED\n",
            false,
        ),
        (
            "[taskcluster 2024-01-02 03:04:05.123Z] Task ID: AAAAAAAAAAAAAAAAAAAAAA\n[taskcluster:error] Task aborted - max run time exceeded\n",
            false,
        ),
        ("~~~ Running agent environment hook\n# Received cancellation signal, interrupting\n", true),
        ("Done: Job Cancelled\n", false),
        ("travis_fold:start:a\r\x1b[0K\nDone: Job Cancelled\n", true),
    ] {
        assert_eq!(found(log).cancelled, cancelled, "{log}");
    }
}

#[test]
fn gitlab_names_the_phase_that_failed() {
    let log = "\
Running with gitlab-runner 16.5.0 (853330f9)
section_start:1:prepare_executor\r\x1b[0K\x1b[0K\x1b[36;1mPreparing\x1b[0;m
section_end:2:prepare_executor\r\x1b[0Ksection_start:2:get_sources\r\x1b[0K\x1b[0KGetting source
Initialized empty Git repository in /builds/shop/web/.git/
Checking out 1d3c5af1 as detached HEAD (ref is main)...
section_end:3:get_sources\r\x1b[0Ksection_start:3:step_script\r\x1b[0K\x1b[0KExecuting
$ make test
section_start:4:my_fold\r\x1b[0K\x1b[0Kinner
boom
section_end:5:my_fold\r\x1b[0K
section_end:6:step_script\r\x1b[0Ksection_start:6:after_script\r\x1b[0K\x1b[0KRunning after_script
section_end:7:after_script\r\x1b[0Ksection_start:7:cleanup_file_variables\r\x1b[0K\x1b[0KCleaning up
section_end:8:cleanup_file_variables\r\x1b[0K\x1b[31;1mERROR: Job failed: exit code 2
\x1b[0;m
";
    let steps = [
        "prepare_executor 2-3",
        "get_sources 3-6",
        "!step_script 6-11",
        "after_script 11-12",
        "cleanup_file_variables 12-13",
    ];
    check(log, System::GitLab, &steps, &[13]);
    let found = found(log);
    assert_eq!(found.root.as_deref(), Some("/builds/shop/web"));
    assert_eq!(found.context.sha.as_deref(), Some("1d3c5af1"));
    let lost = "section_start:1:prepare_executor\r\x1b[0K\nERROR: Job failed (system failure): prepare environment: no route\n";
    check(lost, System::GitLab, &["!prepare_executor 1-2"], &[2]);
    let old = "Running with gitlab-runner 10.0\nChecking out 1d3c5af1 as main...\n$ make\nboom\nRunning after script...\n$ rm a\nERROR: Job failed: exit code 1\n";
    check(old, System::GitLab, &["!script 3-4", "after_script 5-7"], &[7]);
}

#[test]
fn jenkins_has_stages_or_scripts() {
    let pipeline = "\
Started by user Ada
Running on agent-1 in /home/jenkins/workspace/web
[Pipeline] { (Checkout)
Checking out Revision 0123456789abcdef0123456789abcdef01234567 (main)
[Pipeline] }
[Pipeline] // stage
[Pipeline] stage
[Pipeline] { (Test)
[Pipeline] sh
+ make test
boom
[Pipeline] }
[Pipeline] // stage
[Pipeline] { (Deploy)
Stage \"Deploy\" skipped due to earlier failure(s)
[Pipeline] // stage
[Pipeline] { (Declarative: Post Actions)
[Pipeline] // stage
ERROR: script returned exit code 2
Finished: FAILURE
";
    let steps = ["Checkout 3-6", "!Test 8-13", "Deploy 14-16", "Declarative: Post Actions 17-18"];
    check(pipeline, System::Jenkins, &steps, &[19, 20]);
    assert_eq!(found(pipeline).root.as_deref(), Some("/home/jenkins/workspace/web"));
    let free = "\
19:15:49 Started by upstream project \"all\" build number 3
19:15:49 Building remotely on box (linux) in workspace /data/ci/workspace/web
19:15:50 [web] $ /bin/sh -xe /tmp/jenkins12.sh
19:15:50 + make
19:15:51 boom
19:15:51 Build step 'Execute shell' marked build as failure
19:15:51 Recording test results
19:15:52 Finished: FAILURE
";
    let steps = ["!/bin/sh -xe /tmp/jenkins12.sh 3-6", "after the build 7-8"];
    check(free, System::Jenkins, &steps, &[6, 8]);
    assert_eq!(found(free).root.as_deref(), Some("/data/ci/workspace/web"));
}

#[test]
fn buildkite_groups_begin_with_signs() {
    let log = "\
\x1b_bk;t=1700000000000\x07~~~ Running agent environment hook
\x1b_bk;t=1700000000001\x07~~~ Preparing working directory
# Fetch and checkout
+++ :hammer: Test
--- FAIL: TestApply (0.01s)
--- a/file
\x1b_bk;t=1700000000002\x07^^^ +++
user command error: exit status 1
~~~ Running global pre-exit hook
\x1b[31m🚨 Error: The command exited with status 1\x1b[0m
";
    let steps = [
        "Running agent environment hook 1-1",
        "Preparing working directory 2-3",
        "!:hammer: Test 4-8",
        "Running global pre-exit hook 9-10",
    ];
    check(log, System::Buildkite, &steps, &[8, 10]);
}

#[test]
fn the_worker_of_taskcluster_is_believed_and_the_task_is_not() {
    let log = "\
[taskcluster 2024-01-02 03:04:05.123Z] Task ID: AbCdEfGhIjKlMnOpQrStUv
[taskcluster 2024-01-02 03:04:05.123Z] === Task Starting ===
[setup 2024-01-02T03:04:05.123Z] run-task started
[task 2024-01-02T03:04:05.123Z] Unsuccessful task run with exit code: 9 completed in 1 seconds
[task 2024-01-02T03:04:05.123Z] 03:04:05    ERROR - boom at /builds/worker/checkouts/web/a.py
[taskcluster 2024-01-02 03:04:05.123Z] === Task Finished ===
[taskcluster 2024-01-02 03:04:05.123Z] Unsuccessful task run with exit code: 2 completed in 1812.757 seconds
";
    check(log, System::Taskcluster, &["!task 2-7"], &[7]);
    let found = found(log);
    assert_eq!(found.context.run_id.as_deref(), Some("AbCdEfGhIjKlMnOpQrStUv"));
    assert_eq!(found.root.as_deref(), Some("/builds/worker/checkouts/web"));
}

#[test]
fn the_others() {
    let circle =
        "#!/bin/bash -eo pipefail\nmake test\nboom\n\nExited with code exit status 2\nCircleCI received exit code 2\n";
    check(circle, System::CircleCi, &["!run 1-6"], &[5, 6]);
    let azure = "\
2024-01-02T03:04:05.1234567Z ##[section]Starting: Build
2024-01-02T03:04:05.1234567Z boom at /home/vsts/work/1/s/a.cs
2024-01-02T03:04:05.1234567Z ##[error]Bash exited with code '1'.
2024-01-02T03:04:05.1234567Z ##[section]Finishing: Build
2024-01-02T03:04:05.1234567Z ##[section]Starting: Finalize Job
2024-01-02T03:04:05.1234567Z ##[section]Finishing: Finalize Job
";
    check(azure, System::Azure, &["!Build 1-3", "Finalize Job 5-6"], &[3]);
    assert_eq!(found(azure).root.as_deref(), Some("/home/vsts/work/1/s"));
    let appveyor = "Build started\ngit clone -q https://github.com/shop/web.git C:\\projects\\web\nboom\nCommand exited with code 1\n";
    check(appveyor, System::AppVeyor, &["!build 1-4"], &[4]);
    assert_eq!(found(appveyor).root.as_deref(), Some("C:\\projects\\web"));
    assert_eq!(found(appveyor).context.repo.as_deref(), Some("shop/web"));
    let act = "[CI/test] ⭐ Run Main npm test\n[CI/test]   | boom\n[CI/test]   ❌  Failure - Main npm test\n[CI/test] exitcode '1': failure\n[CI/test] 🏁  Job failed\n";
    check(act, System::Gitea, &["!npm test 1-4"], &[3, 4, 5]);
    let teamcity = "[13:04:51] : TeamCity build agent 2023.11\n[13:04:51] : Step 1/2: Build (Command Line)\n\
        [13:04:52]W:\t [Step 1/2] boom\n[13:04:52]W:\t [Step 1/2] Process exited with code 1\n";
    check(teamcity, System::TeamCity, &["!Build (Command Line) 2-4"], &[4]);
    assert_eq!(shape("gcc -c a.c\na.c:1: error: no\n--- a/x\n+++ b/x\n"), (None, vec![], vec![]));
    assert_eq!(found(""), Structure::default());
}

#[test]
fn what_a_line_says() {
    let failed = |code| Some(Marker::Failed { code });
    let begins = |name: &str| Some(Marker::Begins { name: name.to_owned() });
    for (line, marker) in [
        ("2024-01-02T03:04:05.1234567Z ##[error]Process completed with exit code 127.", failed(Some(127))),
        ("##[error]Process completed with exit code -1073741819.", failed(None)),
        ("Error: Process completed with exit code 1.", failed(Some(1))),
        ("##[error]src/a.ts(1,2): error TS2322: no", None),
        ("The command \"npm test\" exited with 0.", None),
        ("The command ./ci.sh exited with 3.", failed(Some(3))),
        ("\x1b[31;1mThe command \"a\" failed 3 times.\x1b[0m", failed(None)),
        ("child exited with 3.", None),
        ("Done. Your build exited with 1.", Some(Marker::GaveUp)),
        ("travis_time:start:0a\r\x1b[0K$ make", begins("")),
        ("section_start:1:get_sources\r\x1b[0K", begins("get_sources")),
        ("section_start:now:get_sources", None),
        ("ERROR: Job failed: exit code 137", failed(Some(137))),
        ("ERROR: Job failed (system failure): no", Some(Marker::GaveUp)),
        ("🚨 Error: The command exited with status 42", failed(Some(42))),
        ("Build step 'Execute shell' marked build as failure", failed(None)),
        ("Finished: UNSTABLE", Some(Marker::GaveUp)),
        ("Finished: SUCCESS", None),
        ("--- FAIL: TestApply (0.01s)", None),
        ("error: job failed", None),
        ("", None),
    ] {
        assert_eq!(super::marker(line.as_bytes()), marker, "{line}");
    }
}

#[test]
fn names_and_numbers_from_a_log_are_bounded() {
    let long = "x".repeat(5000);
    let log = format!(
        "##[group]Run a/b@{long}\nSyncing repository: {long}/{long}\nGITHUB_RUN_ID=12ab\nBUILD_URL=javascript:{long}\n\
         GITHUB_SHA={long}\nHEAD is now at beefcafe words\nHEAD is now at 1d3c5af words\nComplete job name: {long}\n"
    );
    let found = found(&log);
    assert!(found.steps[0].name.len() <= 200);
    assert_eq!(found.context, RunContext { sha: Some("1d3c5af".to_owned()), ..RunContext::default() });
}

/// Every line that says something is marked, or nobody would read it.
#[test]
fn needles_are_in_all_that_is_read() {
    let has = |line: &str| NEEDLES.iter().any(|needle| line.to_ascii_lowercase().contains(*needle));
    assert!(NEEDLES.iter().all(|needle| needle.len() >= 3 && needle.to_ascii_lowercase() == **needle));
    for log in [TRAVIS, GITHUB] {
        for line in log.lines() {
            assert!(super::marker(line.as_bytes()).is_none() || has(line), "{line}");
        }
    }
}

proptest! {
    /// Whatever a log holds, steps are in order and inside of it.
    #[test]
    fn any_log_has_a_structure(picks in prop::collection::vec((0..60usize, any::<bool>()), 0..40), noise in ".{0,20}") {
        let mut lines: Vec<&str> = TRAVIS.lines().chain(GITHUB.lines()).collect();
        let more = [
            "[Pipeline] { (A)", "[Pipeline] // stage", "Finished: FAILURE", "section_start:1:step_script", "section_end:1:step_script",
            "ERROR: Job failed: exit code 1", "~~~ Running agent environment hook", "--- a", "=== Task Starting ===", noise.as_str(),
            "##[section]Starting: A", "##[error]x", "##[section]Finishing: A", "[a] $ b", "Recording test results",
        ];
        lines.extend(more);
        let log: String = picks.iter().map(|(at, lf)| format!("{}{}", lines[at % lines.len()], if *lf { "\n" } else { "\r" })).collect();
        let digest = Digest::of(log.as_bytes());
        let found = structure(&digest);
        for step in &found.steps {
            prop_assert!(step.first <= step.last && step.last < digest.len());
        }
        prop_assert!(found.steps.windows(2).all(|pair| pair[0].first <= pair[1].first));
        prop_assert!(found.verdicts.iter().all(|&index| index < digest.len()));
    }
}
