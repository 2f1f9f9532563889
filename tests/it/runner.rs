//! A stand-in for GitHub's runner: it reads the steps of a job, runs their `run` blocks with the variables and files that the real one
//! gives them, and keeps artifacts. It reads the plain style that our own files are written in, not YAML, and knows no expression that
//! it was not told: what it does not know is a failed test.

use crate::support::{Ended, Sandbox, ended};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;

/// A step, as written.
#[derive(Debug, Default)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) uses: String,
    pub(crate) condition: Option<String>,
    pub(crate) continue_on_error: bool,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) with: Vec<(String, String)>,
    pub(crate) run: String,
}

/// The lines that are indented deeper than the line `key:`, which stands `depth` deep.
pub(crate) fn block<'t>(text: &'t str, depth: usize, key: &str) -> Vec<&'t str> {
    let head = format!("{}{key}:", " ".repeat(depth));
    let inside = |line: &&str| line.trim().is_empty() || line.len() - line.trim_start().len() > depth;
    let lines = text.lines().skip_while(|line| line.trim_end() != head).skip(1).take_while(inside);
    let lines: Vec<&str> = lines.filter(|line| !line.trim_start().starts_with('#')).collect();
    assert!(!lines.is_empty(), "there is no {head:?}");
    lines
}

/// The steps below the line `steps:`, which stands `depth` deep in these lines.
pub(crate) fn steps(lines: &[&str], depth: usize) -> Vec<Step> {
    let text = lines.join("\n");
    let (item, key) = (format!("{}- ", " ".repeat(depth + 2)), depth + 4);
    let mut steps: Vec<Step> = Vec::new();
    let mut section = String::new();
    for line in block(&text, depth, "steps") {
        let mut line = line.to_owned();
        if line.starts_with(&item) {
            steps.push(Step::default());
            line = line.replacen("- ", "  ", 1);
        }
        let Some(step) = steps.last_mut() else { continue };
        let indent = line.len() - line.trim_start().len();
        let (name, value) = line.trim().split_once(':').unwrap_or((line.trim(), ""));
        let pair = (name.to_owned(), value.trim().trim_matches('\'').to_owned());
        if section == "run" && (indent > key || line.trim().is_empty()) {
            step.run.push_str(line.get(key + 2..).unwrap_or_default());
            step.run.push('\n');
        } else if line.trim().is_empty() {
        } else if indent > key {
            match section.as_str() {
                "env" => step.env.push(pair),
                "with" => step.with.push(pair),
                other => panic!("{other} has nothing below it: {line}"),
            }
        } else {
            section = pair.0;
            match section.as_str() {
                "name" => step.name = pair.1,
                "id" => step.id = pair.1,
                "uses" => step.uses = pair.1,
                "if" => step.condition = Some(pair.1),
                "continue-on-error" => step.continue_on_error = pair.1 == "true",
                "run" if pair.1 != "|" => step.run = pair.1,
                "run" | "env" | "with" => {}
                "shell" => assert_eq!(pair.1, "bash"),
                other => panic!("a step has {other}"),
            }
        }
    }
    assert!(!steps.is_empty());
    steps
}

/// What artifacts are there: name, then file name and content.
pub(crate) type Artifacts = BTreeMap<String, Vec<(String, Vec<u8>)>>;

/// A job that runs.
pub(crate) struct Job<'s> {
    pub(crate) sandbox: &'s Sandbox,
    /// A folder of its own, below the sandbox.
    pub(crate) name: String,
    /// What expressions stand for.
    pub(crate) values: BTreeMap<String, String>,
    /// Variables of the job.
    pub(crate) env: Vec<(String, String)>,
    /// Folders in front of the PATH.
    pub(crate) path: Vec<PathBuf>,
}

/// How a job ended.
#[derive(Debug)]
pub(crate) struct JobEnd {
    pub(crate) is_red: bool,
    pub(crate) steps: Vec<(String, Ended)>,
}

impl Job<'_> {
    /// Run all steps, the way the real one does: after a failure only those that ask for it.
    pub(crate) fn run(&mut self, steps: &[Step], artifacts: &mut Artifacts) -> JobEnd {
        let mut end = JobEnd { is_red: false, steps: Vec::new() };
        std::fs::create_dir_all(self.temp()).unwrap();
        for step in steps {
            if !self.is_wanted(step, end.is_red) {
                continue;
            }
            if !step.run.is_empty() {
                let ran = self.run_step(step);
                end.is_red |= ran.code != Some(0) && !step.continue_on_error;
                end.steps.push((step.name.clone(), ran));
            } else if step.uses.starts_with("actions/upload-artifact@") {
                let file = PathBuf::from(self.told(step, "path"));
                if let Ok(content) = std::fs::read(&file) {
                    let name = file.file_name().unwrap().to_str().unwrap().to_owned();
                    let before = artifacts.insert(self.told(step, "name"), vec![(name, content)]);
                    assert!(before.is_none(), "an artifact of that name is there");
                }
            } else if step.uses.starts_with("actions/download-artifact@") {
                let (folder, pattern) = (PathBuf::from(self.told(step, "path")), self.told(step, "pattern"));
                let prefix = pattern.strip_suffix('*').unwrap();
                for (name, content) in
                    artifacts.iter().filter(|(name, _)| name.starts_with(prefix)).flat_map(|(_, files)| files)
                {
                    std::fs::create_dir_all(&folder).unwrap();
                    std::fs::write(folder.join(name), content).unwrap();
                }
            } else {
                let known = ["actions/checkout@", "actions/cache@"];
                assert!(known.iter().any(|known| step.uses.starts_with(known)), "{step:?}");
            }
        }
        end
    }

    /// One `run` block, with files of its own for outputs.
    pub(crate) fn run_step(&mut self, step: &Step) -> Ended {
        let temp = self.temp();
        std::fs::create_dir_all(&temp).unwrap();
        let [script, output, path] = ["step.sh", "output", "path"].map(|name| temp.join(name));
        assert!(!step.run.contains("${{"), "no expression inside of a script: {}", step.run);
        std::fs::write(&script, &step.run).unwrap();
        for file in [&output, &path] {
            std::fs::write(file, "").unwrap();
        }
        let before = std::env::var_os("PATH").unwrap_or_default();
        let all = std::env::join_paths(self.path.iter().cloned().chain(std::env::split_paths(&before))).unwrap();
        let mut command = self.sandbox.command("bash");
        command.args(["--noprofile", "--norc", "-e", "-o", "pipefail"]).arg(&script).stdin(Stdio::null());
        command.env("PATH", all).env("RUNNER_TEMP", &temp).env("GITHUB_ACTIONS", "true").env("GITHUB_OUTPUT", &output);
        command.env("GITHUB_PATH", &path).env("GITHUB_STEP_SUMMARY", temp.join("summary.md"));
        command.envs(self.env.iter().cloned());
        command.envs(step.env.iter().map(|(name, value)| (name, self.expand(value))));
        let ran = ended(command.output().unwrap());
        for (name, value) in outputs(&std::fs::read_to_string(&output).unwrap()) {
            self.values.insert(format!("steps.{}.outputs.{name}", step.id), value);
        }
        let added = std::fs::read_to_string(&path).unwrap();
        self.path.splice(0..0, added.lines().map(PathBuf::from));
        ran
    }

    /// The folder of files that go with the job.
    pub(crate) fn temp(&self) -> PathBuf {
        self.sandbox.path(&self.name)
    }

    fn told(&self, step: &Step, key: &str) -> String {
        let (_, value) =
            step.with.iter().find(|(name, _)| name == key).unwrap_or_else(|| panic!("{step:?} has no {key}"));
        self.expand(value)
    }

    fn expand(&self, text: &str) -> String {
        let mut parts = text.split("${{");
        let mut all = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (expression, rest) = part.split_once("}}").unwrap();
            all.push_str(&self.value(expression.trim()));
            all.push_str(rest);
        }
        all
    }

    fn value(&self, expression: &str) -> String {
        match self.values.get(expression) {
            Some(value) => value.clone(),
            None if expression.starts_with("steps.") => String::new(),
            None if expression == "runner.temp" => self.temp().to_str().unwrap().to_owned(),
            None => panic!("what is {expression}?"),
        }
    }

    fn is_wanted(&self, step: &Step, has_failed: bool) -> bool {
        let Some(condition) = &step.condition else { return !has_failed };
        let condition = condition.strip_prefix("${{ ").and_then(|inner| inner.strip_suffix(" }}")).unwrap();
        condition.split(" && ").all(|term| match term.split_once(" != ") {
            Some((left, "''")) => !self.value(left).is_empty(),
            _ => term == "!cancelled()" || panic!("what is {term}?"),
        })
    }
}

/// What a step has written to `GITHUB_OUTPUT`, in both forms.
fn outputs(text: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let simple = line.find('=').unwrap_or(usize::MAX);
        match line.find("<<") {
            Some(at) if at < simple => {
                let value: Vec<&str> = lines.by_ref().take_while(|next| *next != &line[at + 2..]).collect();
                all.push((line[..at].to_owned(), value.join("\n")));
            }
            _ => {
                let (name, value) = line.split_once('=').unwrap_or_else(|| panic!("no output: {line}"));
                all.push((name.to_owned(), value.to_owned()));
            }
        }
    }
    all
}
