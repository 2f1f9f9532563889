//! Programs in other languages that stand in a command line as text: `python3 -c`, `perl -e`, `node -e`, or on standard input.
//!
//! They are not read. A text counts where it can start programs and names git and a way round its hooks, or can change files
//! and names those of the hooks: that is a notice. One that only prints or searches for the words is nobody's business.

use super::finding::Kind;
use super::script::State;
use super::simple::{Run, Stream};
use super::{files, script};

/// How programs are started.
const STARTS: [&str; 9] =
    ["subprocess", "system", "popen", "exec", "spawn", "child_process", "check_call", "check_output", "proc_open"];

/// How files are changed.
const CHANGES: [&str; 16] = [
    "open(", "open ", "unlink", "remove", "rename", "chmod", "rmtree", "write", "copy", "link", "truncate", "move",
    "delete", "rmsync", "rm_", "touch",
];

/// Judge what an interpreter is given; `name` is its own.
pub(super) fn judge(name: &str, run: &Run, state: &mut State) {
    let quotes_run = matches!(name, "perl" | "ruby" | "php");
    let given = match &run.stdin {
        Stream::Known(text) => matters(text, quotes_run),
        _ => false,
    };
    let is_code = |word: &&String| word.contains([' ', '(', '\'', '`']);
    if given || run.words[1..].iter().filter(is_code).any(|word| matters(word, quotes_run)) {
        let what = format!("`{name}` with a program that names what goes round the hooks");
        state.notice(Kind::Undecided, &what, files::SPLIT);
    }
}

/// Whether a program may go round the hooks.
fn matters(text: &str, quotes_run: bool) -> bool {
    if !script::mentions(text) {
        return false;
    }
    let text = text.to_ascii_lowercase();
    let starts = STARTS.iter().any(|word| text.contains(word))
        || quotes_run && (text.contains('`') || text.contains("qx") || text.contains("%x"));
    let changes = CHANGES.iter().any(|word| text.contains(word));
    let files = text.contains(".git/hooks") || text.contains(".git/ci-guard");
    starts && (files || text.contains("git") || text.contains("ci-guard")) || files && changes
}

#[cfg(test)]
mod tests {
    use super::matters;

    #[test]
    fn programs_that_can_do_it_and_programs_that_only_say_it() {
        let table = [
            ("subprocess.run(['git','push','--no-verify'])", true),
            ("import os; os.system(\"git push --no-verify\")", true),
            ("require('child_process').execSync('git push --no-verify')", true),
            ("`git push --no-verify`", true),
            ("open('.git/hooks/pre-push','w')", true),
            ("os.remove('.git/hooks/pre-push')", true),
            ("print('git push --no-verify')", false),
            ("print if /no-verify/", false),
            ("print('core.hooksPath and .git/hooks')", false),
            ("import subprocess; subprocess.run(['git','push'])", false),
        ];
        for (text, expected) in table {
            assert_eq!(matters(text, true), expected, "{text}");
        }
        assert!(!matters("console.log(`git push --no-verify`)", false));
    }
}
