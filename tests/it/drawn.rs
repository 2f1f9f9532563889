//! Histories drawn as text, made by one `git fast-import`, and what the two merge rules say about pushing a branch of
//! them. Trees hold one file a commit, so nothing here ever conflicts.

use crate::support::{Repo, Sandbox};
use serde_json::Value;
use std::fmt::Write;

/// The time of the first commit that gives none; each further one is a minute later.
pub(crate) const START: i64 = 1_767_225_600;

/// A repository `w` with remotes `origin` and `upstream`, this policy in its git folder, and this history.
pub(crate) fn world<'s>(sandbox: &'s Sandbox, policy: &str, history: &str) -> Repo<'s> {
    let work = sandbox.repo_with("w", &["--template="]);
    let remotes = ["origin", "upstream"].map(|name| {
        format!("[remote \"{name}\"]\n\turl = /srv/{name}.git\n\tfetch = +refs/heads/*:refs/remotes/{name}/*\n")
    });
    configure(&work, &remotes.concat());
    std::fs::create_dir(work.dir.join(".git/ci-guard")).unwrap();
    redraw(&work, policy, history);
    work
}

/// Another policy and another history in the same place.
pub(crate) fn redraw(work: &Repo, policy: &str, history: &str) {
    std::fs::write(work.dir.join(".git/ci-guard/policy.json"), policy).unwrap();
    for (folder, inside) in [("refs", "heads"), ("objects", "pack")] {
        let folder = work.dir.join(".git").join(folder);
        std::fs::remove_dir_all(&folder).unwrap();
        std::fs::create_dir_all(folder.join(inside)).unwrap();
    }
    draw(work, history);
}

/// Add to a repository's configuration.
pub(crate) fn configure(repo: &Repo, text: &str) {
    let file = [".git/config", "config"].map(|name| repo.dir.join(name)).into_iter().find(|file| file.is_file());
    let file = file.unwrap();
    let before = std::fs::read_to_string(&file).unwrap();
    std::fs::write(file, before + text).unwrap();
}

/// Draw commits and refs. Entries stand on lines or between semicolons: `commit parent parent…`, with `@seconds` for
/// its committer time, or `ref = commit`, where `origin/x` and `upstream/x` are remote-tracking branches, other short
/// names local ones. Every commit is also to be found as `refs/drawn/<commit>`.
pub(crate) fn draw(repo: &Repo, text: &str) {
    let mut stream = String::from("feature done\nfeature date-format=raw-permissive\n");
    let mut refs = String::new();
    for (count, entry) in text.split(['\n', ';']).map(str::trim).filter(|entry| !entry.is_empty()).enumerate() {
        if let Some((name, commit)) = entry.split_once(" = ") {
            let name = full_name(name.trim());
            write!(refs, "reset {name}\nfrom refs/drawn/{}\n\n", commit.trim()).unwrap();
            continue;
        }
        let mut words: Vec<&str> = entry.split_whitespace().collect();
        let time = match words.last().and_then(|word| word.strip_prefix('@')) {
            Some(time) => {
                words.pop();
                time.parse().unwrap()
            }
            None => START + 60 * count as i64,
        };
        let (name, parents) = words.split_first().unwrap();
        write!(stream, "commit refs/drawn/{name}\ncommitter C O Mitter <c@example.org> {time} +0000\n").unwrap();
        write!(stream, "data {}\n{name}\n", name.len()).unwrap();
        for (nth, parent) in parents.iter().enumerate() {
            let word = if nth == 0 { "from" } else { "merge" };
            // A commit of an earlier drawing is known by its ref.
            writeln!(stream, "{word} refs/drawn/{parent}").unwrap();
        }
        write!(stream, "M 100644 inline {name}.txt\ndata {}\n{name}\n\n", name.len()).unwrap();
    }
    stream += &refs;
    stream += "done\n";
    repo.import(stream);
}

fn full_name(name: &str) -> String {
    let below = if name.starts_with("refs/") {
        ""
    } else if name.starts_with("origin/") || name.starts_with("upstream/") {
        "refs/remotes/"
    } else {
        "refs/heads/"
    };
    format!("{below}{name}")
}

/// What is said about pushing local branches to branches of the same name of `origin`: by the hook, and, for a single
/// branch, the very same by `check`.
pub(crate) fn push(work: &Repo, branches: &[&str]) -> Said {
    let hook = work.pre_push(&announce(work, branches));
    if let [branch] = branches {
        let said = check(work, &[branch]);
        let code = if said.blocked() { 1 } else { 0 };
        assert_eq!(hook.code, Some(code), "the hook and check agree: {}", hook.stderr);
        return said;
    }
    Said { hook: hook.stderr, code: hook.code, report: Value::Null }
}

/// What git would tell the hook: one line a branch.
pub(crate) fn announce(work: &Repo, branches: &[&str]) -> String {
    let mut names: Vec<String> = branches.iter().map(|branch| format!("refs/heads/{branch}")).collect();
    names.extend(branches.iter().map(|branch| format!("refs/remotes/origin/{branch}")));
    let format = "--format=%(refname) %(objectname)";
    let listed = work.git(&["for-each-ref", format, "refs/heads/", "refs/remotes/origin/"]);
    let id = |name: &str| listed.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned));
    let mut lines = String::new();
    for branch in branches {
        let new = id(&format!("refs/heads/{branch}")).unwrap_or_else(|| panic!("there is no branch {branch}"));
        let old = id(&format!("refs/remotes/origin/{branch}")).unwrap_or_else(|| "0".repeat(new.len()));
        writeln!(lines, "refs/heads/{branch} {new} refs/heads/{branch} {old}").unwrap();
    }
    lines
}

/// What `check` says with these arguments.
pub(crate) fn check(work: &Repo, args: &[&str]) -> Said {
    let ended = work.ci_guard(&[&["check", "--format", "json"], args].concat());
    Said { report: ended.report(), hook: ended.stderr, code: ended.code }
}

/// A verdict and its reasons.
#[derive(Debug)]
pub(crate) struct Said {
    /// The words of the hook, where only the hook was asked.
    pub(crate) hook: String,
    pub(crate) code: Option<i32>,
    pub(crate) report: Value,
}

impl Said {
    pub(crate) fn blocked(&self) -> bool {
        self.code == Some(1)
    }

    /// The findings, one a line: level, rule, and the subjects that it names.
    pub(crate) fn findings(&self) -> String {
        self.rows(|finding| {
            let message = finding["message"].as_str().unwrap();
            let subjects: Vec<&str> = message.split('"').skip(1).step_by(2).collect();
            let words = [finding["level"].as_str().unwrap(), finding["rule"].as_str().unwrap()];
            [&words[..], &subjects].concat().join(" ")
        })
    }

    /// Their messages.
    pub(crate) fn messages(&self) -> String {
        self.rows(|finding| finding["message"].as_str().unwrap().to_owned())
    }

    /// The commands in their help, in order.
    pub(crate) fn commands(&self) -> Vec<String> {
        let findings = self.report["findings"].as_array().unwrap().iter();
        let help = findings.flat_map(|finding| finding["help"].as_str().unwrap().lines());
        help.filter_map(|line| line.find("git ").map(|at| line[at..].to_owned())).collect()
    }

    /// What could not be told, each rule with its reason, where that has to be said aloud.
    pub(crate) fn doubts(&self) -> String {
        let skipped = self.report["skipped"].as_array().unwrap().iter();
        let aloud = skipped.filter(|skip| skip["cause"] != "not-asked");
        let row =
            |skip: &Value| format!("{} {}", skip["rule"].as_str().unwrap_or("all"), skip["reason"].as_str().unwrap());
        aloud.map(row).collect::<Vec<_>>().join("\n")
    }

    fn rows(&self, row: impl Fn(&Value) -> String) -> String {
        self.report["findings"].as_array().unwrap().iter().map(row).collect::<Vec<_>>().join("\n")
    }
}
