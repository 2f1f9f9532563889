//! The recipes of docs/ci.md in real runners, where they are on the PATH: GitHub's in `act`, with the real `gh` and a stand-in for the API;
//! GitLab's in `gitlab-ci-local`. Neither needs containers.

use crate::forge::Forge;
use crate::gate_action::{flood, pull_request};
use crate::support::{BINARY, CONFLICT, Ended, Repo, Sandbox, ended, feed};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What a step behind the action sees of it.
const LATER: &str = "      - if: ${{ always() }}
        env:
          SEEN: ${{ steps.guard.outputs.verdict }},${{ steps.guard.outputs.decision }}
        run: echo \"a later step sees $SEEN\"
";

fn has(programs: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap();
    let missing =
        programs.iter().find(|program| !std::env::split_paths(&path).any(|folder| folder.join(program).is_file()));
    if let Some(missing) = missing {
        eprintln!("skipped: {missing} is not on the PATH");
    }
    missing.is_none()
}

/// With the binary under test as the `ci-guard` of the PATH.
fn with_ci_guard(command: &mut Command, sandbox: &Sandbox) {
    let bin = sandbox.path("tools");
    std::fs::create_dir_all(&bin).unwrap();
    let _ = std::os::unix::fs::symlink(BINARY, bin.join("ci-guard"));
    let old = std::env::var_os("PATH").unwrap();
    command.env("PATH", std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&old))).unwrap());
    command.env("CI_GUARD_STORE", "off").env("XDG_CACHE_HOME", sandbox.path("home/cache"));
}

/// The workflow of the page, with the action where the test has it, and one more step.
fn workflow() -> String {
    let page = include_str!("../../docs/ci.md");
    let block = page.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(block.contains("uses: OWNER/ci-guard@v"), "{block}");
    format!("{}{LATER}", block.replace("OWNER/ci-guard@", "o/ci-guard@"))
}

/// The action, as its checkout on a runner has it.
fn action(sandbox: &Sandbox) -> PathBuf {
    let action = sandbox.path("action");
    std::fs::create_dir_all(&action).unwrap();
    let mut copied = Command::new("cp");
    copied.arg("-R").args(["action.yml", "action"].map(|name| Path::new(ROOT).join(name))).arg(&action);
    assert!(copied.status().unwrap().success());
    action
}

/// What stands in for `actions/checkout`: a clone of the remote, and its commit alone checked out.
const CHECKOUT: &str = "name: checkout
inputs: {fetch-depth: {required: true}, ref: {required: true}, persist-credentials: {required: false}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {REF: '${{ inputs.ref }}'}
      run: git clone -q $CLONE . && git checkout -q --detach \"$REF\"
";

/// A pull request's event, run by act; `options` are those of the clone.
fn act(work: &Repo, forge: &Forge, options: &str) -> Ended {
    let sandbox = work.sandbox;
    let remote = format!("file://{}", sandbox.path("o.git").display());
    work.git(&["push", "-q", &remote, "HEAD:feature/x"]);
    let checkout = sandbox.path("checkout");
    std::fs::create_dir_all(&checkout).unwrap();
    std::fs::write(checkout.join("action.yml"), CHECKOUT).unwrap();
    let head = json!({"ref": "feature/x", "sha": work.rev("HEAD"), "repo": {"full_name": "o/r"}});
    let event = json!({
        "number": 7,
        "pull_request": {"number": 7, "head": head, "base": {"ref": "main", "sha": head["sha"]}},
        "repository": {"full_name": "o/r", "name": "r", "owner": {"login": "o"}, "default_branch": "main"},
    });
    std::fs::write(sandbox.path("event.json"), event.to_string()).unwrap();
    std::fs::write(sandbox.path("workflow.yml"), workflow()).unwrap();
    let host = format!("localhost:{}", forge.port);
    work.git(&["remote", "set-url", "origin", &format!("https://{host}/o/r")]);
    let workflow = workflow();
    let used = workflow.lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("uses: "));
    let places = [checkout, action(sandbox)];
    let local =
        used.zip(&places).map(|(used, place)| format!("--local-repository=https://{host}/{used}={}", place.display()));
    let certificate = format!("SSL_CERT_FILE={}", forge.certificate.display());
    let mut command = work.command("act");
    command.args(["pull_request", "-W"]).arg(sandbox.path("workflow.yml")).arg("-e").arg(sandbox.path("event.json"));
    command.args(["-P", "ubuntu-latest=-self-hosted", "--github-instance", &host]).args(local);
    command.args(["-s", "GITHUB_TOKEN=none", "--env", &certificate]);
    command.arg("--env").arg(format!("CLONE={options} {remote}"));
    with_ci_guard(&mut command, sandbox);
    ended(command.output().unwrap())
}

/// The log that was uploaded, which GitHub would take: the standard's schema, and what it asks for beyond that.
fn uploaded(asked: &[(String, Value)], head: &str) -> Option<Value> {
    let (_, body) = asked.iter().find(|(what, _)| what == "POST /repos/o/r/code-scanning/sarifs")?;
    let about = ["commit_sha", "ref", "tool_name"].map(|key| body[key].as_str().unwrap());
    assert_eq!(about, [head, "refs/pull/7/head", "ci-guard"]);
    let mut unpack = Command::new("sh");
    let log = feed(unpack.args(["-c", "base64 -d | gzip -d"]), body["sarif"].as_str().unwrap().as_bytes());
    let log: Value = serde_json::from_str(&log.stdout).unwrap();
    let mut schema: Value = serde_json::from_str(include_str!("../data/sarif-2.1.0.json")).unwrap();
    for name in ["run", "toolComponent"] {
        // No regular expressions; errata 1 mends them.
        let language = schema.pointer_mut(&format!("/definitions/{name}/properties/language")).unwrap();
        language.as_object_mut().unwrap().remove("pattern");
    }
    let errors: Vec<String> =
        jsonschema::draft7::new(&schema).unwrap().iter_errors(&log).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0]);
    assert_eq!(log["runs"][0]["automationDetails"]["id"], "ci-guard/check/");
    for result in log["runs"][0]["results"].as_array().unwrap() {
        assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string(), "{result}");
    }
    Some(log)
}

#[test]
fn act_runs_the_workflow_of_the_page() {
    if !has(&["act", "gh", "openssl"]) {
        return;
    }
    let flood = flood();
    for (files, is_green, seen, words, rule) in [
        (&[("a.txt", "a\n")][..], true, "allow,allow", "in scope: 1 file", None),
        (&[("c.txt", CONFLICT)], false, "block,allow", "::error file=c.txt,line=1", Some("conflict-marker")),
        (&[("a.txt", &*flood)], false, "allow,deny", "too_many_lines", None),
        (&[], false, "block,allow", "brings in", Some("merge-source")),
    ] {
        let sandbox = Sandbox::new();
        let Some(forge) = Forge::start(&sandbox.path("home")) else { return };
        let work = pull_request(&sandbox, files);
        if files.is_empty() {
            work.git(&["checkout", "-q", "-b", "develop", "main"]);
            work.commit("foreign", &[("d.txt", "d\n")]);
            work.git(&["push", "-q", "origin", "develop"]);
            work.git(&["checkout", "-q", "feature/x"]);
            work.git(&["merge", "-q", "--no-edit", "develop"]);
        }
        let ran = act(&work, &forge, "");
        assert_eq!(ran.code == Some(0), is_green, "{ran:#?}");
        for words in [words, &format!("a later step sees {seen}"), "### Patch gate"] {
            assert!(ran.stdout.contains(words), "{words}: {ran:#?}");
        }
        let log = uploaded(&forge.asked(), &work.rev("HEAD")).unwrap_or_else(|| panic!("no upload: {ran:#?}"));
        assert_eq!(log["runs"][0]["results"][0]["ruleId"].as_str(), rule);
        assert_eq!(forge.comments().len(), 1);
        assert!(forge.comments()[0].starts_with("<!-- ci-guard:gate -->\n### Merge guard: "));
        if rule == Some("conflict-marker") {
            work.commit("mended", &[("c.txt", "c\n")]);
            assert_eq!(act(&work, &forge, "").code, Some(0));
            assert!(forge.comments().len() == 1 && forge.comments()[0].contains("### Merge guard: clean"));
        }
    }
}

#[test]
fn act_runs_it_where_nothing_can_be_judged() {
    if !has(&["act", "gh", "openssl"]) {
        return;
    }
    let sandbox = Sandbox::new();
    let Some(forge) = Forge::start(&sandbox.path("home")) else { return };
    let work = pull_request(&sandbox, &[("a.txt", "a\n")]);
    let ran = act(&work, &forge, "--depth 1 -b feature/x");
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    for words in ["The base origin/main is not in this checkout", "a later step sees undecided,"] {
        assert!(ran.stdout.contains(words), "{words}: {ran:#?}");
    }
    assert!(forge.asked().is_empty(), "nothing to upload, and nothing to comment");
}

/// A merge request's pipeline, run by gitlab-ci-local; its end, and the artifact.
fn gitlab(work: &Repo, variables: &[(&str, &str)]) -> (Ended, PathBuf) {
    let place = work.git(&["remote", "get-url", "origin"]);
    if place.starts_with('/') {
        work.git(&["remote", "set-url", "origin", "git@gitlab.example.org:o/r.git"]);
        work.git(&["config", &format!("url.{place}.insteadOf"), "git@gitlab.example.org:o/r.git"]);
    }
    std::fs::copy(Path::new(ROOT).join("ci/gitlab.yml"), work.dir.join(".gitlab-ci.yml")).unwrap();
    let mut command = work.command("gitlab-ci-local");
    command.args(["--force-shell-executor", "--no-color"]);
    let of_a_merge_request = [
        ("CI_PIPELINE_SOURCE", "merge_request_event"),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
        ("CI_PROJECT_ID", "5"),
        ("CI_MERGE_REQUEST_PROJECT_ID", "5"),
    ];
    for (name, value) in of_a_merge_request.iter().chain(variables) {
        command.args(["--variable", &format!("{name}={value}")]);
    }
    with_ci_guard(&mut command, work.sandbox);
    (ended(command.output().unwrap()), work.dir.join(".gitlab-ci-local/artifacts/ci-guard/ci-guard.sarif"))
}

#[test]
fn gitlab_ci_local_runs_the_job() {
    if !has(&["gitlab-ci-local", "rsync"]) {
        return;
    }
    let flood = flood();
    for (files, gate, is_green) in [
        (&[("a.txt", "a\n")][..], "warn", true),
        (&[("c.txt", CONFLICT)], "warn", false),
        (&[("a.txt", &*flood)], "warn", true),
        (&[("a.txt", &*flood)], "true", false),
        (&[("a.txt", &*flood)], "false", true),
    ] {
        let sandbox = Sandbox::new();
        let work = pull_request(&sandbox, files);
        let (ran, artifact) = gitlab(&work, &[("CI_GUARD_GATE", gate)]);
        assert_eq!(ran.code == Some(0), is_green, "{gate}: {ran:#?}");
        let log: Value = serde_json::from_slice(&std::fs::read(artifact).unwrap()).unwrap();
        assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), usize::from(files[0].0 == "c.txt"));
    }
}

#[test]
fn gitlab_ci_local_runs_it_for_merged_results() {
    if !has(&["gitlab-ci-local", "rsync"]) {
        return;
    }
    let sandbox = Sandbox::new();
    let work = pull_request(&sandbox, &[("a.txt", "a\n")]);
    work.git(&["push", "-q", "origin", "feature/x"]);
    let source = work.rev("HEAD");
    work.git(&["checkout", "-q", "--detach", "main"]);
    work.git(&["merge", "-q", "--no-ff", "--no-edit", "feature/x"]);
    assert_ne!(gitlab(&work, &[]).0.code, Some(0), "GitLab's merge is taken for the branch's own");
    let (ran, _) = gitlab(&work, &[("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", &source)]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
}
