//! `patch check`: what was typed becomes the question to the gate, its answer becomes output and an exit code.

use super::args::{Checks, PatchCheck};
use super::audit;
use super::commands::complain;
use super::exit::ExitStatus;
use crate::model::shell_word;
use crate::ops::patch::{self, Request, Subject};
use crate::output::{self, Context};
use crate::patch::Ask;
use crate::system::terminal;
use std::path::Path;

pub(super) fn run_check(args: PatchCheck, verbose: bool) -> ExitStatus {
    let context = Context { verbose, rerun: rerun(&args), ..Context::default() };
    let format = args.format.into();
    let request = request(args);
    match patch::check(request.clone()) {
        Ok(report) => {
            terminal::stdout(|out| output::patch::write(&report, format, &context, out));
            audit::warn(crate::ops::audit::patch_checked(&report, &request.subject, request.policy.as_deref()));
            ExitStatus::of_gate(report.decision)
        }
        Err(error) => complain(&format!("{error:#}")),
    }
}

fn request(args: PatchCheck) -> Request {
    let subject = match (args.range, args.file) {
        (Some(range), _) => Subject::Range(range),
        (None, Some(file)) if file != Path::new("-") => Subject::File(file),
        (None, _) => Subject::Stdin,
    };
    let checks = args.checks.map(|checks| match checks {
        Checks::Green => crate::patch::Checks::Green,
        Checks::Red => crate::patch::Checks::Red,
        Checks::Unknown => crate::patch::Checks::Unknown,
    });
    let ask = Ask { job: args.job, confidence: args.confidence, checks };
    Request { subject, onto: args.onto, ask, policy: args.policy }
}

/// The same question again, ready to be pasted, up to its format.
fn rerun(args: &PatchCheck) -> String {
    let path = |path: &Path| shell_word(path.as_os_str().as_encoded_bytes());
    let checks = args.checks.map(|checks| match checks {
        Checks::Green => "green",
        Checks::Red => "red",
        Checks::Unknown => "unknown",
    });
    let mut words = vec!["ci-guard patch check".to_owned()];
    let options = [
        ("--range", args.range.as_ref().map(shell_word)),
        ("--onto", args.onto.as_ref().map(shell_word)),
        ("--job", args.job.as_ref().map(shell_word)),
        ("--confidence", args.confidence.map(|confidence| confidence.to_string())),
        ("--checks", checks.map(str::to_owned)),
        ("--policy", args.policy.as_deref().map(path)),
    ];
    for (name, value) in options {
        words.extend(value.map(|value| format!("{name} {value}")));
    }
    words.extend(args.file.as_deref().map(|file| match file.as_os_str().as_encoded_bytes() {
        b"-" => "-".to_owned(),
        // It would be taken for an option.
        [b'-', ..] => path(&Path::new(".").join(file)),
        _ => path(file),
    }));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::args::{Cli, Command, Patch};
    use super::*;
    use clap::Parser;

    fn parse(words: &[&str]) -> Result<PatchCheck, clap::Error> {
        match Cli::try_parse_from([&["ci-guard", "patch", "check"], words].concat())?.command {
            Command::Patch(Patch::Check(args)) => Ok(args),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_cannot_be_asked_is_wrong_usage() {
        for wrong in [
            &[][..],
            &["--onto", "main"],
            &["--job", "build"],
            &["a.patch", "b.patch"],
            &["a.patch", "--range", "a..b"],
            &["-", "--range", "a..b"],
            &["--range", "a..b", "--onto", "main"],
            &["--range"],
            &["a.patch", "--confidence", "1.01"],
            &["a.patch", "--confidence=-0.1"],
            &["a.patch", "--confidence", "NaN"],
            &["a.patch", "--confidence", "inf"],
            &["a.patch", "--confidence", "86%"],
            &["a.patch", "--confidence", ""],
            &["a.patch", "--checks", "yellow"],
            &["a.patch", "--format", "xml"],
        ] {
            let error = parse(wrong).expect_err(&format!("{wrong:?}"));
            assert!(error.use_stderr(), "{wrong:?}");
        }
    }

    #[test]
    fn what_was_typed_is_asked() {
        let asked = |words: &[&str]| request(parse(words).unwrap());
        let file = asked(&["a.patch", "--onto", "main", "--job", "build", "--confidence", "0.86", "--checks", "red"]);
        assert!(matches!(file.subject, Subject::File(path) if path == Path::new("a.patch")));
        assert_eq!(file.onto.as_deref(), Some("main"));
        let ask = Ask { job: Some("build".into()), confidence: Some(0.86), checks: Some(crate::patch::Checks::Red) };
        assert_eq!(file.ask, ask);
        let stdin = asked(&["-", "--policy", "p.json", "--confidence", "0"]);
        assert!(matches!(stdin.subject, Subject::Stdin));
        assert_eq!((stdin.policy.as_deref(), stdin.ask.confidence), (Some(Path::new("p.json")), Some(0.0)));
        assert!(matches!(asked(&["./-"]).subject, Subject::File(_)));
        assert!(matches!(asked(&["--", "-x"]).subject, Subject::File(path) if path == Path::new("-x")));
        let range = asked(&["--range", "main..HEAD", "--confidence", "1"]);
        assert!(matches!(range.subject, Subject::Range(typed) if typed == "main..HEAD"));
        assert_eq!(range.ask, Ask { confidence: Some(1.0), ..Ask::default() });
    }

    #[test]
    fn the_command_that_shows_the_same_again_asks_the_same() {
        for (words, want) in [
            (&["a.patch"][..], "a.patch"),
            (&["-"], "-"),
            (&["--range", "main..HEAD", "--checks", "unknown"], "--range main..HEAD --checks unknown"),
            (&["a b.patch", "--job", "unit tests", "--onto", "v1"], "--onto v1 --job 'unit tests' 'a b.patch'"),
            (
                &["a", "--policy", "p.json", "--checks", "green", "--confidence", "0.860"],
                "--confidence 0.86 --checks green --policy p.json a",
            ),
            (&["--", "-x"], "./-x"),
        ] {
            assert_eq!(rerun(&parse(words).unwrap()), format!("ci-guard patch check {want}"));
        }
    }
}
