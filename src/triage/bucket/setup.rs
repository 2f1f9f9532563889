//! Whether anything of the repository had run when the job failed.

use super::{Found, Hit, Rank};

/// Names of steps that come before anything of the repository runs: how they begin, in lower case.
const SETUP: [&str; 15] = [
    "set up job",
    "setting up",
    "run actions/",
    "initialize containers",
    "initialize job",
    "checkout",
    "preparing environment",
    "preparing the ",
    "getting source",
    "prepare_executor",
    "prepare_script",
    "get_sources",
    "git clone",
    "git.checkout",
    "worker_info",
];

/// The set-up step that failed, where it was one.
pub(super) fn failed(found: &Found) -> Option<&str> {
    let step = found.structure.steps.iter().find(|step| step.failed)?;
    let name = step.name.to_ascii_lowercase();
    SETUP.iter().any(|setup| name.starts_with(setup)).then_some(step.name.as_str())
}

/// Whether what should be checked out is no more: it was deleted after the run began. A rerun fails again, and no file mends it.
pub(super) fn is_gone(hit: &Hit) -> bool {
    hit.signature.name == "git-ref-gone"
}

/// Whether the failure line is a warning: the tool that wrote it went on without the secret, as tools do for forks.
pub(super) fn is_remark(found: &Found) -> bool {
    let line = found.failure.as_ref().map_or("", |(_, line)| line).to_ascii_lowercase();
    ["warning:", "warn ", "[warn", "warning -", "##[warning]"].iter().any(|word| line.contains(word))
}

/// Whether the lines before the failure hold more than what CI systems write around every command.
pub(super) fn has_output(found: &Found) -> bool {
    const FRAME: [&str; 12] = [
        "##[",
        "shell: ",
        "env:",
        "travis_",
        "section_",
        "$ ",
        "+ ",
        "[Pipeline]",
        "[command]",
        "  with:",
        "Post job",
        "Cleaning up",
    ];
    let echoes: Vec<u64> =
        found.hits.iter().filter(|(_, hit)| hit.signature.rank == Rank::Echo).map(|(number, _)| *number).collect();
    let excerpt = found.excerpt.iter().flat_map(|excerpt| (excerpt.span.start..).zip(&excerpt.lines));
    let said = excerpt.filter(|(number, line)| {
        !line.trim().is_empty() && !echoes.contains(number) && !FRAME.iter().any(|frame| line.starts_with(frame))
    });
    said.count() >= 3
}

#[cfg(test)]
mod tests {
    use super::super::tests::bucket;
    use crate::model::Bucket;

    #[test]
    fn what_failed_before_the_repository_had_a_word() {
        for (log, want) in [
            // Nobody can say why, and nothing of the repository ran.
            ("##[group]Run actions/checkout@v4\nwith:\n##[endgroup]\n##[error]The process failed.\n", Bucket::Unknown),
            ("##[error]Process completed with exit code 1.\n", Bucket::Unknown),
            // A script that says something does so for the repository.
            (
                "##[group]Run ./check\n##[endgroup]\nchecking a\nchecking b\nchecking c\nthree are stale\n##[error]Process completed with exit code 1.\n",
                Bucket::CodeRegression,
            ),
            (
                "Cloning into 'quill/harbor'...\nwarning: Could not find remote branch fix/basket to clone.\nfatal: Remote branch fix/basket not found in upstream origin\n",
                Bucket::Unknown,
            ),
        ] {
            assert_eq!(bucket(log), want, "{log}");
        }
    }

    #[test]
    fn a_secret_that_is_only_warned_of_is_not_missed() {
        let exit = "##[error]Process completed with exit code 1.\n";
        let missing = "upload_report.py:156: UserWarning: Unable to locate credentials\n";
        let without = format!("one\ntwo\nthree\n{missing}{exit}");
        assert_eq!(bucket(&without), Bucket::CodeRegression);
        assert_eq!(bucket(&without.replace("UserWarning", "Error")), Bucket::SecretOrConfig);
    }
}
