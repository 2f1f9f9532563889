//! The composite action, run as GitHub's runner would run it, and the documented workflow of six reviewers, taken from the file that
//! people copy: from the first attempt to the merged verdict, and again for those alone who failed.

#![cfg(unix)]

use crate::runner::{Artifacts, Job, JobEnd, Step, block, steps};
use crate::support::{BINARY, Ended, Sandbox, ended, make_executable};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const ACTION: &str = include_str!("../../action/retry/action.yml");
const SCRIPT: &str = include_str!("../../action/retry/run.sh");
const DOCS: &str = include_str!("../../docs/retry.md");
const WORKFLOW: &str = include_str!("../../docs/workflows/reviewers.yml");

/// The keys below `key:` at the left margin.
fn keys(key: &str) -> BTreeSet<String> {
    let lines = block(ACTION, 0, key).into_iter();
    let names =
        lines.filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':').filter(|name| !name.starts_with(' ')));
    names.map(str::to_owned).collect()
}

/// What stands in the first column of a table of docs/retry.md.
fn rows(heading: &str) -> BTreeSet<String> {
    let section = DOCS.split(&format!("\n{heading}\n")).nth(1).unwrap_or_else(|| panic!("docs/retry.md has {heading}"));
    let section = section.split("\n#").next().unwrap();
    let cells = section.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    cells
        .flat_map(|cell| cell.split(", "))
        .filter_map(|cell| cell.strip_prefix('`')?.strip_suffix('`'))
        .map(str::to_owned)
        .collect()
}

/// All words of a text that begin so.
fn words(text: &str, prefix: &str, part: fn(char) -> bool) -> BTreeSet<String> {
    let rest = text.match_indices(prefix).map(|(at, _)| &text[at + prefix.len()..]);
    rest.map(|rest| rest[..rest.find(|c| !part(c)).unwrap_or(rest.len())].to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

fn variable(input: &str) -> String {
    input.to_uppercase().replace('-', "_")
}

#[test]
fn inputs_and_outputs_are_the_same_everywhere() {
    let inputs = keys("inputs");
    assert!(inputs.len() > 10 && inputs.contains("command"), "{inputs:?}");
    assert_eq!(rows("### Inputs"), inputs, "docs/retry.md and action.yml");
    assert_eq!(rows("### Outputs"), keys("outputs"), "docs/retry.md and action.yml");

    let step = &steps(&block(ACTION, 0, "runs"), 2)[0];
    let handed: BTreeMap<&str, &str> = step.env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    for input in &inputs {
        let name = format!("INPUT_{}", variable(input));
        assert_eq!(handed.get(name.as_str()), Some(&format!("${{{{ inputs.{input} }}}}").as_str()), "{input}");
    }
    let to_find_ci_guard = ["ACTION_REPOSITORY", "ACTION_REF", "ACTION_TOKEN"];
    assert_eq!(handed.len(), inputs.len() + to_find_ci_guard.len());
    assert!(to_find_ci_guard.iter().all(|name| handed.contains_key(name)), "{handed:?}");
    let variables: BTreeSet<String> = inputs.iter().map(|input| variable(input)).collect();
    let used = words(SCRIPT, "${INPUT_", |c| c.is_ascii_uppercase() || c == '_');
    assert_eq!(used, variables, "run.sh and action.yml");
    let unset = words(SCRIPT.split("unset ").nth(1).unwrap(), "INPUT_", |c| c.is_ascii_uppercase() || c == '_');
    assert_eq!(unset, variables, "what the command does not see");
}

#[test]
fn every_option_is_an_input_and_the_other_way_round() {
    let sandbox = Sandbox::new();
    let help = ended(sandbox.command(BINARY).args(["retry", "--help"]).output().unwrap());
    let name = |c: char| c.is_ascii_lowercase() || c == '-';
    let options = help.stdout.lines().filter_map(|line| {
        words(line.get(..60).unwrap_or(line), "  --", name)
            .pop_first()
            .or_else(|| words(line, ", --", name).pop_first())
    });
    let of_the_program = ["quiet", "no-record", "help", "verbose", "color", "policy"].map(str::to_owned);
    let options: BTreeSet<String> = options.filter(|name| !of_the_program.contains(name)).collect();
    let of_the_action = ["command", "shell", "working-directory"].map(str::to_owned);
    let inputs: BTreeSet<String> = keys("inputs").into_iter().filter(|name| !of_the_action.contains(name)).collect();
    assert_eq!(inputs, options, "{}", help.stdout);
}

#[test]
fn no_expression_stands_in_a_script() {
    let jobs = block(WORKFLOW, 0, "jobs").join("\n");
    let all = ["review", "verdict"].into_iter().flat_map(|job| steps(&block(&jobs, 2, job), 4));
    for step in all.chain(steps(&block(ACTION, 0, "runs"), 2)) {
        assert!(!step.run.contains("${{"), "{}", step.run);
    }
    assert!(!SCRIPT.contains("${{"));
}

/// Programs that stand in for those of a runner.
struct Bench {
    sandbox: Sandbox,
}

impl Bench {
    fn new() -> Bench {
        let bench = Bench { sandbox: Sandbox::new() };
        std::fs::create_dir_all(bench.bin()).unwrap();
        std::fs::create_dir_all(bench.sandbox.path("w")).unwrap();
        bench
    }

    fn bin(&self) -> PathBuf {
        self.sandbox.path("bin")
    }

    /// A program on the PATH.
    fn program(&self, name: &str, text: &str) {
        self.script(&self.bin().join(name), text);
    }

    fn script(&self, file: &Path, text: &str) {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
        make_executable(file);
    }

    /// Run the action's step with these inputs and the defaults of the others; its end, and its outputs.
    fn act(&self, inputs: &[(&str, &str)]) -> (Ended, BTreeMap<String, String>) {
        let defaults = keys("inputs").into_iter().map(|input| {
            let default = block(ACTION, 2, &input).into_iter().find_map(|line| line.trim().strip_prefix("default: "));
            (format!("inputs.{input}"), default.unwrap_or_default().trim_matches('\'').to_owned())
        });
        let mut values: BTreeMap<String, String> = defaults.collect();
        // As it is where an action is used from a folder, `uses: ./action/retry`.
        for name in ["action_repository", "action_ref"] {
            values.insert(format!("github.{name}"), String::new());
        }
        values.insert("github.token".to_owned(), "none".to_owned());
        for (input, value) in inputs {
            let before = values.insert(format!("inputs.{input}"), (*value).to_owned());
            assert!(before.is_some(), "{input}");
        }
        let action = Path::new(env!("CARGO_MANIFEST_DIR")).join("action/retry");
        let env = vec![("GITHUB_ACTION_PATH".to_owned(), action.to_str().unwrap().to_owned())];
        let mut job = Job { sandbox: &self.sandbox, name: "job".to_owned(), values, env, path: vec![self.bin()] };
        let ended = job.run_step(&steps(&block(ACTION, 0, "runs"), 2)[0]);
        let mut got = BTreeMap::new();
        for line in block(ACTION, 0, "outputs") {
            if let Some(expression) = line.trim().strip_prefix("value: ${{ ") {
                let expression = expression.strip_suffix(" }}").unwrap();
                let name = expression.strip_prefix("steps.retry.outputs.").unwrap();
                got.insert(name.to_owned(), job.values.get(expression).cloned().unwrap_or_default());
            }
        }
        (ended, got)
    }
}

/// A bench with ci-guard on the PATH.
fn with_ci_guard() -> Bench {
    let bench = Bench::new();
    bench.program("ci-guard", &format!("#!/bin/sh\nexec '{BINARY}' \"$@\"\n"));
    bench
}

/// How many attempts the output of that name lists.
fn attempts(outputs: &BTreeMap<String, String>) -> usize {
    let list: Value =
        serde_json::from_str(&outputs["attempts"]).unwrap_or_else(|error| panic!("{error}: {outputs:#?}"));
    list.as_array().unwrap().len()
}

#[test]
fn exit_codes_and_outputs_pass_through() {
    let bench = with_ci_guard();
    for (command, code, kind) in [("echo fine", 0, "NONE"), ("echo 'error: no' >&2\nexit 7", 7, "CODE_QUALITY")] {
        let (ended, outputs) = bench.act(&[("command", command)]);
        assert_eq!(ended.code, Some(code), "{ended:#?}");
        assert_eq!(outputs["failure_type"], kind);
        assert_eq!((outputs["retry_count"].as_str(), outputs["exit_code"].as_str()), ("0", code.to_string().as_str()));
        assert_eq!(attempts(&outputs), 1);
    }
}

#[test]
fn a_transient_failure_is_run_again() {
    let bench = with_ci_guard();
    let command = "echo try >> tries\necho 'curl: (6) Could not resolve host: example.org' >&2\nexit 6";
    let report = bench.sandbox.path("w/report.json");
    let (ended, outputs) = bench.act(&[
        ("command", command),
        ("working-directory", "w"),
        ("delay", "0s"),
        ("max-retries", "3"),
        ("name", "fetch"),
        ("report", "report.json"),
    ]);
    assert_eq!(ended.code, Some(6), "{ended:#?}");
    assert_eq!(outputs["failure_type"], "INFRA");
    assert_eq!((outputs["retry_count"].as_str(), attempts(&outputs)), ("3", 4));
    assert_eq!(std::fs::read_to_string(bench.sandbox.path("w/tries")).unwrap().lines().count(), 4);
    let report: Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    assert_eq!((&report["schema"], &report["failure_type"]), (&"ci-guard/retry/v1".into(), &"INFRA".into()));
    let summary = std::fs::read_to_string(bench.sandbox.path("job/summary.md")).unwrap();
    assert!(summary.contains("fetch"), "{summary}");
}

#[test]
fn every_line_of_conditions_is_an_option_and_a_pattern_keeps_its_comma() {
    let bench = with_ci_guard();
    let inputs = [("delay", "0s"), ("retry-on", "exit:40\n\n  pattern:busy, really\r\n"), ("never-on", "exit:41")];
    for (command, count) in
        [("exit 40", "2"), ("echo 'busy, really' >&2; exit 9", "2"), ("echo busy >&2; exit 9", "0"), ("exit 41", "0")]
    {
        let (ended, outputs) = bench.act(&[&inputs[..], &[("command", command)]].concat());
        assert_eq!(outputs["retry_count"], count, "{command}: {ended:#?}");
    }
}

#[test]
fn hostile_inputs_do_nothing_but_what_they_should() {
    let bench = with_ci_guard();
    let evil =
        "'; touch pwned; \"$(touch pwned)\" `touch pwned` ${IFS} %0A\nfailure_type=NONE\n::error::pwned\n--no-record";
    let command = "printf '%s\\n' \"it's $(echo fine) \\\"\"\necho '::stop' >&2\nexit 3";
    let (ended, outputs) = bench.act(&[("command", command), ("working-directory", "w"), ("name", evil)]);
    assert_eq!(ended.code, Some(3), "{ended:#?}");
    assert_eq!(ended.stdout, "it's fine \"\n");
    assert_eq!(outputs["failure_type"], "CODE_QUALITY");
    for input in ["delay", "max-retries", "retry-on", "report", "flaky-result", "jitter", "shell", "working-directory"]
    {
        let (ended, _) = bench.act(&[("command", "true"), (input, evil)]);
        if input != "report" {
            assert_ne!(ended.code, Some(0), "{input}: {ended:#?}");
        }
        assert!(!ended.stdout.lines().any(|line| line.starts_with("::error::pwned")), "{input}: {ended:#?}");
    }
    for folder in ["", "w", "job"] {
        assert!(!bench.sandbox.path(folder).join("pwned").exists(), "something ran in {folder:?}");
    }
    // A value that looks like an option is none.
    let (ended, _) = bench.act(&[("command", "true"), ("name", "--help")]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""), "{ended:#?}");
}

#[test]
fn wrong_inputs_are_told() {
    let bench = with_ci_guard();
    for (inputs, words) in [
        (&[("command", " \n")][..], "The input command is empty"),
        (&[("command", "true"), ("jitter", "yes")], "The input jitter is \"yes\"; it is true or false."),
        (&[("command", "true"), ("working-directory", "no/such")], "is \"no/such\", and there is no such folder."),
        (&[("command", "true"), ("shell", " ")], "The input shell names no program."),
    ] {
        let (ended, _) = bench.act(inputs);
        assert_eq!(ended.code, Some(2), "{ended:#?}");
        assert!(ended.stdout.contains(words) && ended.stdout.starts_with("::error "), "{ended:#?}");
    }
}

#[test]
fn the_command_has_its_own_shell_and_a_plain_environment() {
    let bench = with_ci_guard();
    let (ended, _) = bench.act(&[("command", "env | grep -e ^INPUT_ -e ^ACTION_ || echo none")]);
    assert_eq!(ended.stdout, "none\n");
    let silent = [("command", "false | true\necho unreachable"), ("max-retries", "0")];
    let (ended, _) = bench.act(&silent);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:#?}");
    let (ended, _) = bench.act(&[("command", "false; echo $0"), ("shell", "sh -c --")]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "sh\n"), "{ended:#?}");
}

#[test]
fn without_ci_guard_it_is_built_once_and_later_steps_have_it() {
    let bench = Bench::new();
    let cargo = format!(
        "#!/bin/sh\necho \"$@\" >> '{}'\nwhile [ $# -gt 0 ]; do if [ \"$1\" = --root ]; then root=$2; fi; shift; done\n\
         mkdir -p \"$root/bin\"\nprintf '#!/bin/sh\\nexec {BINARY} \"$@\"\\n' > \"$root/bin/ci-guard\"\nchmod +x \"$root/bin/ci-guard\"\n",
        bench.sandbox.path("built").display()
    );
    bench.program("cargo", &cargo);
    if found(&bench, "ci-guard") {
        eprintln!("skipped: there is a ci-guard on the PATH of this machine");
        return;
    }
    for _ in 0..2 {
        let (ended, _) = bench.act(&[("command", "ci-guard --version >/dev/null && exit 5")]);
        assert_eq!(ended.code, Some(5), "{ended:#?}");
        let path = std::fs::read_to_string(bench.sandbox.path("job/path")).unwrap();
        assert_eq!(path, format!("{}\n", bench.sandbox.path("job/ci-guard/bin").display()));
    }
    let built = std::fs::read_to_string(bench.sandbox.path("built")).unwrap();
    assert_eq!(built.lines().count(), 1, "{built}");
    assert!(built.starts_with("install --locked ") && built.contains("/action/retry/../.. --root "), "{built}");
    bench.program("cargo", "#!/bin/sh\nexit 101\n");
    std::fs::remove_dir_all(bench.sandbox.path("job/ci-guard")).unwrap();
    let (ended, _) = bench.act(&[("command", "true")]);
    assert_eq!(ended.code, Some(2), "{ended:#?}");
    assert!(ended.stdout.contains("building it failed, see above"), "{ended:#?}");
}

fn found(bench: &Bench, program: &str) -> bool {
    let mut command = bench.sandbox.command("bash");
    command.args(["-c", &format!("command -v {program}")]).output().unwrap().status.success()
}

/// What the reviewers of the workflow do: nothing is the matter, unless told otherwise by a file `ROLE` below `plan`.
const REVIEWER: &str = r#"#!/bin/bash
echo "$2" >> "$BENCH/started"
if [ -e "$BENCH/plan/$2" ]; then . "$BENCH/plan/$2"; fi
printf 'I have read it.\n\nVERDICT: PASS\n'
"#;

const OFFLINE: &str = "echo 'Error: getaddrinfo ENOTFOUND api.example.org' >&2; exit 1\n";
const OBJECTION: &str = "printf 'The token is logged in src/login.rs.\\n\\nVERDICT: CRITICAL_FAIL\\n'; exit 1\n";

const FORGE: &str = r#"#!/bin/bash
set -e
for word in "$@"; do case $word in body=@*) body=${word#body=@} ;; esac; done
case " $* " in
*" --paginate "*) if [ -e "$BENCH/comment.md" ]; then echo 7; fi ;;
*" POST "*) if [ -e "$BENCH/comment.md" ]; then exit 1; fi; cp "$body" "$BENCH/comment.md" ;;
*" PATCH repos/shop/web/issues/comments/7 "*) cp "$body" "$BENCH/comment.md" ;;
*) exit 1 ;;
esac
echo "$*" >> "$BENCH/forge"
"#;

/// A pull request whose workflow runs here.
struct PullRequest {
    bench: Bench,
    review: Vec<Step>,
    verdict: Vec<Step>,
    reviewers: Vec<String>,
    artifacts: Artifacts,
    attempt: u32,
}

impl PullRequest {
    fn new(plan: &[(&str, &str)]) -> PullRequest {
        let bench = Bench::new();
        // No pause between attempts; all else is the workflow's.
        let retry = format!("if [ \"$1\" = retry ]; then shift; exec '{BINARY}' retry --delay 0s \"$@\"; fi");
        let program = bench.sandbox.path("home/.ci-guard/bin/ci-guard");
        bench.script(&program, &format!("#!/bin/bash\n{retry}\nexec '{BINARY}' \"$@\"\n"));
        bench.program("reviewer-cli", REVIEWER);
        bench.program("gh", FORGE);
        std::fs::create_dir_all(bench.sandbox.path("plan")).unwrap();
        for (reviewer, does) in plan {
            std::fs::write(bench.sandbox.path("plan").join(reviewer), does).unwrap();
        }
        let jobs = block(WORKFLOW, 0, "jobs").join("\n");
        let review = block(&jobs, 2, "review");
        let list = review.iter().find_map(|line| line.trim().strip_prefix("reviewer: [")?.strip_suffix(']')).unwrap();
        PullRequest {
            reviewers: list.split(", ").map(str::to_owned).collect(),
            review: steps(&review, 4),
            verdict: steps(&block(&jobs, 2, "verdict"), 4),
            artifacts: Artifacts::new(),
            attempt: 0,
            bench,
        }
    }

    fn job(&self, name: &str, reviewer: &str) -> Job<'_> {
        let values = [
            ("matrix.reviewer", reviewer),
            ("github.run_attempt", &self.attempt.to_string()),
            ("github.event.pull_request.base.sha", "0123abc"),
            ("github.event.pull_request.number", "12"),
            ("github.token", "none"),
            ("secrets.REVIEWER_API_KEY", "none"),
        ];
        let env = [
            ("GITHUB_RUN_ATTEMPT", self.attempt.to_string()),
            ("GITHUB_REPOSITORY", "shop/web".to_owned()),
            ("BENCH", self.bench.sandbox.path("").to_str().unwrap().to_owned()),
        ];
        Job {
            sandbox: &self.bench.sandbox,
            name: format!("{name}-{}", self.attempt),
            values: values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            env: env.map(|(name, value)| (name.to_owned(), value)).to_vec(),
            path: vec![self.bench.bin()],
        }
    }

    /// One attempt of the run, with these reviewers: who of them is red, how the verdict's job ended, and what it says.
    fn attempt(&mut self, reviewers: &[String]) -> (Vec<String>, JobEnd, Value) {
        self.attempt += 1;
        let mut artifacts = std::mem::take(&mut self.artifacts);
        let mut red = Vec::new();
        for reviewer in reviewers {
            if self.job(reviewer, reviewer).run(&self.review, &mut artifacts).is_red {
                red.push(reviewer.clone());
            }
        }
        let mut job = self.job("verdict", "");
        let end = job.run(&self.verdict, &mut artifacts);
        let said = std::fs::read(job.temp().join("verdict.json")).unwrap();
        let said = serde_json::from_slice(&said).unwrap_or_else(|error| panic!("{error}: {end:#?}"));
        self.artifacts = artifacts;
        (red, end, said)
    }

    /// Who was started, since the last time that this was asked.
    fn started(&self) -> Vec<String> {
        let file = self.bench.sandbox.path("started");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    fn changes_mind(&self, reviewer: &str) {
        std::fs::remove_file(self.bench.sandbox.path("plan").join(reviewer)).unwrap();
    }

    fn comment(&self) -> String {
        std::fs::read_to_string(self.bench.sandbox.path("comment.md")).unwrap()
    }
}

/// How the last step of the verdict's job ended.
fn code(end: &JobEnd) -> Option<i32> {
    end.steps.last().unwrap().1.code
}

#[test]
fn the_lists_of_the_workflow_name_the_same_reviewers() {
    let pull = PullRequest::new(&[]);
    assert_eq!(pull.reviewers.len(), 6);
    let list = |name: &str| {
        let all = pull.verdict.iter().flat_map(|step| &step.env);
        all.clone().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap()
    };
    assert_eq!(list("REVIEWERS"), pull.reviewers.join(" "));
    assert!(list("REQUIRED").split(',').all(|name| pull.reviewers.contains(&name.to_owned())));
}

#[test]
fn six_reviewers_pass() {
    let mut pull = PullRequest::new(&[]);
    let (red, end, said) = pull.attempt(&pull.reviewers.clone());
    assert_eq!((red, said["verdict"].as_str()), (Vec::<String>::new(), Some("PASS")), "{end:#?}");
    assert_eq!((end.is_red, code(&end)), (false, Some(0)), "{end:#?}");
    assert_eq!(pull.started(), pull.reviewers);
}

#[test]
fn a_lost_network_is_run_again_alone_and_poisons_nobody() {
    let mut pull = PullRequest::new(&[("docs", OFFLINE)]);
    let (red, end, said) = pull.attempt(&pull.reviewers.clone());
    assert_eq!((&red[..], said["verdict"].as_str()), (&["docs".to_owned()][..], Some("DEGRADED")), "{end:#?}");
    assert_eq!((end.is_red, code(&end), &said["not_run"]), (false, Some(0), &serde_json::json!(["docs"])));
    assert_eq!(pull.started().iter().filter(|who| *who == "docs").count(), 3, "twice more inside of its job");
    assert!(pull.comment().contains("docs"), "{}", pull.comment());

    pull.changes_mind("docs");
    let (red, end, said) = pull.attempt(&red);
    assert_eq!((red, said["verdict"].as_str()), (Vec::<String>::new(), Some("PASS")), "{end:#?}");
    assert_eq!((code(&end), pull.started()), (Some(0), vec!["docs".to_owned()]), "nobody else ran again");
    assert_eq!(said["agents"].as_array().unwrap().len(), 6, "{said}");
    let forge = std::fs::read_to_string(pull.bench.sandbox.path("forge")).unwrap();
    assert_eq!((forge.matches(" POST ").count(), forge.matches(" PATCH ").count()), (1, 1), "one comment: {forge}");
}

#[test]
fn nothing_passes_without_who_is_required() {
    let mut pull = PullRequest::new(&[("security", OFFLINE)]);
    let (red, end, _) = pull.attempt(&pull.reviewers.clone());
    assert_eq!((&red[..], end.is_red, code(&end)), (&["security".to_owned()][..], true, Some(3)), "{end:#?}");
    pull.changes_mind("security");
    let (_, end, said) = pull.attempt(&red);
    assert_eq!((code(&end), said["verdict"].as_str()), (Some(0), Some("PASS")), "{end:#?}");
}

#[test]
fn an_objection_stands_whatever_else_happens() {
    let mut pull = PullRequest::new(&[("security", OBJECTION), ("docs", OFFLINE)]);
    let (red, end, said) = pull.attempt(&pull.reviewers.clone());
    assert_eq!(red, ["docs"], "who objects has done its work: {end:#?}");
    assert_eq!((code(&end), said["verdict"].as_str()), (Some(1), Some("CRITICAL_FAIL")), "{end:#?}");
    let started = pull.started();
    assert_eq!(
        started.iter().filter(|who| *who == "security").count(),
        1,
        "an objection is not asked for twice: {started:?}"
    );

    pull.changes_mind("docs");
    let (_, end, said) = pull.attempt(&red);
    assert_eq!((code(&end), said["verdict"].as_str()), (Some(1), Some("CRITICAL_FAIL")), "{end:#?}");
    assert_eq!((pull.started(), &said["not_run"]), (vec!["docs".to_owned()], &serde_json::json!([])));
}

#[test]
fn a_job_that_left_nothing_behind_did_not_review() {
    let mut pull = PullRequest::new(&[]);
    let five: Vec<String> = pull.reviewers.iter().filter(|who| *who != "tests").cloned().collect();
    let (_, end, said) = pull.attempt(&five);
    assert_eq!(
        (said["verdict"].as_str(), &said["not_run"]),
        (Some("DEGRADED"), &serde_json::json!(["tests"])),
        "{end:#?}"
    );
    let (_, end, said) = PullRequest::new(&[]).attempt(&[]);
    assert_eq!((code(&end), said["verdict"].as_str()), (Some(3), Some("INFRA_FAIL")), "{end:#?}");
}

/// A reviewer whose first attempt in a job ends like this, and whose second one objects.
fn objects_at_last(first: &str) -> String {
    format!(
        "if [ ! -e \"$BENCH/again\" ]; then touch \"$BENCH/again\"; printf '{first}'; echo 'socket hang up' >&2; exit 1; fi\n{OBJECTION}"
    )
}

#[test]
fn what_is_left_of_a_failed_attempt_hides_no_objection() {
    for first in ["Let me look at", "The file says:\\n```\\n", "<!-- \\n", "VERDICT:"] {
        let mut pull = PullRequest::new(&[("security", &objects_at_last(first))]);
        let (red, end, said) = pull.attempt(&pull.reviewers.clone());
        assert_eq!((red, code(&end)), (Vec::new(), Some(1)), "{first}: {end:#?}");
        assert_eq!((&said["verdict"], &said["not_run"]), (&"CRITICAL_FAIL".into(), &serde_json::json!([])), "{first}");
        let security = said["agents"].as_array().unwrap().iter().find(|agent| agent["agent"] == "security").unwrap();
        assert_eq!(security["retry_count"], 1, "{first}: {security}");
        assert_eq!(pull.started().iter().filter(|who| *who == "security").count(), 2, "{first}");
    }
}

#[test]
fn what_reviewers_say_is_no_command_to_the_runner() {
    let mut pull = PullRequest::new(&[("docs", "echo '::error::from a reviewer'\n")]);
    let job = pull.reviewers.iter().find(|who| *who == "docs").unwrap().clone();
    pull.attempt = 1;
    let end = pull.job(&job, &job).run(&pull.review, &mut pull.artifacts.clone());
    assert!(end.steps.iter().all(|(_, step)| !step.stdout.contains("::error::")), "{end:#?}");
    let answer = std::fs::read_to_string(pull.bench.sandbox.path("docs-1/answer.txt")).unwrap();
    assert!(answer.contains("::error::"), "{answer}");
}

#[test]
fn an_attempt_that_began_and_left_nothing_behind_does_not_pass_by_an_earlier_one() {
    let mut pull = PullRequest::new(&[]);
    let (red, end, _) = pull.attempt(&pull.reviewers.clone());
    assert_eq!((red, code(&end)), (Vec::new(), Some(0)), "{end:#?}");
    // The job of one who is run again ends from outside, right behind the beginning.
    pull.attempt += 1;
    let begin = pull.review.iter().position(|step| step.name == "Review").unwrap();
    let mut artifacts = std::mem::take(&mut pull.artifacts);
    pull.job("security", "security").run(&pull.review[..begin], &mut artifacts);
    pull.artifacts = artifacts;
    pull.attempt -= 1;
    let (_, end, said) = pull.attempt(&[]);
    assert_eq!((code(&end), &said["not_run"]), (Some(3), &serde_json::json!(["security"])), "{end:#?}");
    assert_eq!(said["agents"].as_array().unwrap().len(), 6, "the green ones of the first attempt count: {said}");
}

#[test]
fn the_comment_is_found_by_the_marker_that_it_begins_with() {
    let mut pull = PullRequest::new(&[]);
    pull.attempt(&pull.reviewers.clone());
    let marker = WORKFLOW.split("startswith(\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(pull.comment().starts_with(marker), "{marker}: {}", pull.comment());
}
