//! What the workflow packs for a release is what the actions take: its own steps, and then the action that downloads. `gh`, `rustc` and
//! `cargo` are stand-ins.

use crate::gate_action::{Job, pull_request, run_with};
use crate::runner::{self, block, steps};
use crate::support::{BINARY, Repo, Sandbox, make_executable};
use std::path::PathBuf;

const WORKFLOW: &str = include_str!("../../.github/workflows/release.yml");
const FIND: &str = include_str!("../../action/find.sh");
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What is released for the machine of the test, if anything.
fn target() -> Option<String> {
    let system = match std::env::consts::OS {
        "linux" => "unknown-linux-gnu",
        "macos" => "apple-darwin",
        _ => return None,
    };
    Some(format!("{}-{system}", std::env::consts::ARCH))
}

fn script(sandbox: &Sandbox, name: &str, text: &str) {
    let file = sandbox.path(name);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, text).unwrap();
    make_executable(&file);
}

/// The archive and the sums, made below `dist` by the steps `Pack` and `Publish` for this tag.
fn release(sandbox: &Sandbox, target: &str, tag: &str) -> (bool, String) {
    script(sandbox, "target/release/ci-guard", &format!("#!/bin/sh\nexec '{BINARY}' \"$@\"\n"));
    script(sandbox, "tools/rustc", &format!("#!/bin/sh\necho 'host: {target}'\n"));
    script(sandbox, "tools/gh", "#!/bin/sh\necho \"$*\" >published\n");
    for file in ["LICENSE", "README.md"] {
        std::fs::write(sandbox.path(file), "text\n").unwrap();
    }
    let jobs = block(WORKFLOW, 0, "jobs").join("\n");
    let all = ["build", "release"].map(|job| steps(&block(&jobs, 2, job), 4)).into_iter().flatten();
    let mut job = runner::Job {
        sandbox,
        name: "release".to_owned(),
        values: [("matrix.target", target), ("github.token", "none"), ("github.repository", "o/ci-guard")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        env: vec![("GITHUB_REF_NAME".to_owned(), tag.to_owned())],
        path: vec![sandbox.path("tools")],
    };
    for step in all.filter(|step| ["Pack", "Publish"].contains(&&*step.name)) {
        let ended = job.run_step(&step);
        if ended.code != Some(0) {
            return (false, ended.stdout);
        }
    }
    (true, std::fs::read_to_string(sandbox.path("dist/published")).unwrap())
}

/// The action on a machine without ci-guard, taken at this reference of `o/ci-guard`.
fn act(work: &Repo, reference: &str) -> Job {
    let (sandbox, root) = (work.sandbox, work.sandbox.path(""));
    let dist: PathBuf = sandbox.path("dist");
    let gh = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$*\" >>\"$RUNNER_TEMP/asked\"\n\
         while [ $# -gt 0 ]; do if [ \"$1\" = --dir ]; then dir=$2; fi; shift; done\ncp '{}'/*.tar.gz '{}'/SHA256SUMS \"$dir/\"\n",
        dist.display(),
        dist.display()
    );
    script(sandbox, "empty/gh", &gh);
    let cargo = format!(
        "#!/bin/sh\npwd >'{root}/built'\nwhile [ $# -gt 0 ]; do if [ \"$1\" = --root ]; then root=$2; fi; shift; done\n\
         mkdir -p \"$root/bin\"\nprintf '#!/bin/sh\\nexec {BINARY} \"$@\"\\n' > \"$root/bin/ci-guard\"\nchmod +x \"$root/bin/ci-guard\"\n",
        root = root.display()
    );
    script(sandbox, "empty/cargo", &cargo);
    let _ = std::fs::remove_dir_all(sandbox.path("temp"));
    let _ = std::fs::remove_file(sandbox.path("built"));
    run_with(work, &sandbox.path("empty"), &[("ACTION_REPOSITORY", "o/ci-guard"), ("ACTION_REF", reference)])
}

#[test]
fn what_is_released_is_what_the_action_takes_and_anything_else_is_built() {
    let Some(target) = target() else { return eprintln!("skipped: nothing is released for this kind of machine") };
    let sandbox = Sandbox::new();
    let work = pull_request(&sandbox, &[("a.txt", "a\n")]);
    let found = std::process::Command::new("sh").args(["-c", "command -v ci-guard"]).output().unwrap();
    if found.status.success() {
        return eprintln!("skipped: there is a ci-guard on the PATH of this machine");
    }
    let tag = format!("v{VERSION}");
    let (true, published) = release(&sandbox, &target, &tag) else { panic!("nothing was released") };
    let archive = format!("ci-guard-{VERSION}-{target}.tar.gz");
    assert!(published.starts_with(&format!("release create {tag} --verify-tag ")), "{published}");
    assert!(published.trim().ends_with(&format!(" -- {archive} SHA256SUMS")), "{published}");

    let job = act(&work, &tag);
    assert_eq!(job.ended.code, Some(0), "{:#?}", job.ended);
    assert!(!sandbox.path("built").exists() && !job.ended.stdout.contains("Building"), "{:#?}", job.ended);
    assert!(job.asked.starts_with(&format!("release download {tag} --repo o/ci-guard ")), "{}", job.asked);

    let said_and_built = |reference: &str, reason: &str| {
        let job = act(&work, reference);
        assert_eq!(job.ended.code, Some(0), "{:#?}", job.ended);
        let line = format!("::group::Building ci-guard: it is not on the PATH, and {reason}\n");
        assert!(job.ended.stdout.contains(&line), "{reason}: {:#?}", job.ended);
        // In the judged checkout a rust-toolchain.toml could name a compiler of its own.
        let built = std::fs::read_to_string(sandbox.path("built")).unwrap();
        assert!(!built.contains(work.dir.to_str().unwrap()), "{built}");
        job.asked
    };
    for reference in ["main", "v1", "0123456789012345678901234567890123456789", ""] {
        assert_eq!(said_and_built(reference, "the action was not taken at a version"), "");
    }
    said_and_built(
        "v99.0.0",
        &format!("the release v99.0.0 of o/ci-guard has no ci-guard-99.0.0-{target}.tar.gz, or no SHA256SUMS"),
    );
    let sums = std::fs::read_to_string(sandbox.path("dist/SHA256SUMS")).unwrap();
    std::fs::write(sandbox.path("dist/SHA256SUMS"), sums.replace(&archive, "another.tar.gz")).unwrap();
    said_and_built(&tag, &format!("{archive} is not the file that SHA256SUMS of the release {tag} names"));
    std::fs::remove_file(sandbox.path("dist/SHA256SUMS")).unwrap();
    said_and_built(&tag, &format!("the release {tag} of o/ci-guard cannot be had"));
}

#[test]
fn a_tag_that_is_not_the_version_is_not_released() {
    let sandbox = Sandbox::new();
    let (released, said) = release(&sandbox, "x86_64-unknown-linux-gnu", "v99.0.0");
    assert!(!released && said.contains("The tag is v99.0.0, and Cargo.toml says ci-guard "), "{said}");
}

/// Both sides know the same machines.
#[test]
fn every_released_machine_is_looked_for() {
    let released: Vec<&str> = WORKFLOW.lines().filter_map(|line| line.trim().strip_prefix("- target: ")).collect();
    let wanted: Vec<&str> = FIND
        .lines()
        .filter_map(|line| line.trim().strip_suffix(" ;;")?.split_once("target="))
        .map(|(_, target)| target)
        .collect();
    assert_eq!(released, wanted);
    let pinned = WORKFLOW.lines().filter_map(|line| line.trim().strip_prefix("uses: ")?.split_once('@'));
    for (action, reference) in pinned {
        let (commit, version) = reference.split_once(" # v").unwrap_or_default();
        assert!(commit.len() == 40 && !version.is_empty(), "{action}@{reference}");
    }
}
