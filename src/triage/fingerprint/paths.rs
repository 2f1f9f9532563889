//! Paths of the machine that ran the job: workspaces, homes, temporary folders.
//!
//! Where CI systems check repositories out is known well enough to tell the path in the repository from the rest. A folder
//! of any other machine is told by the caller, where the log names it.

use crate::triage::hints::{Hinted, Pattern};
use regex::Captures;
use std::borrow::Cow;

/// Folders into which CI systems check out, each up to the repository's root. `%` is one part of a path.
const ROOTS: &[&str] = &[
    "/home/runner/work/%/%/",
    "/Users/runner/work/%/%/",
    "/runner/_work/%/%/",
    "/__w/%/%/",
    "/github/workspace/",
    "/github/home/",
    "D:/a/%/%/",
    "/home/vsts/work/%/s/",
    "/Users/vsts/agent/%/work/%/s/",
    "/azp/_work/%/s/",
    "/agent/_work/%/s/",
    "/builds/worker/checkouts/%/",
    "/builds/worker/workspace/%/",
    "/builds/%/%/",
    "/home/travis/gopath/src/%/%/%/",
    "/Users/travis/gopath/src/%/%/%/",
    "/home/travis/build/%/%/",
    "/Users/travis/build/%/%/",
    "C:/Users/travis/build/%/%/",
    "/home/gitlab-runner/builds/%/%/%/%/",
    "/var/lib/jenkins/workspace/%/",
    "/home/jenkins/workspace/%/",
    "/home/jenkins/agent/workspace/%/",
    "/jenkins/workspace/%/",
    "/home/iojs/build/workspace/%/",
    "/var/lib/buildkite-agent/builds/%/%/%/",
    "/home/circleci/project/",
    "/home/circleci/repo/",
    "/root/project/",
    "/root/repo/",
    "/Users/distiller/project/",
    "C:/projects/%/",
    "/home/appveyor/projects/%/",
    "/Users/appveyor/projects/%/",
    "/opt/atlassian/pipelines/agent/build/",
    "/bitbucket/pipelines/agent/build/",
    "/drone/src/",
    "/woodpecker/src/%/%/%/",
    "/tmp/cirrus-ci-build/",
    "/home/semaphore/%/",
    "/go/src/github.com/%/%/",
    "/go/src/gitlab.com/%/%/",
    "/usr/src/app/",
    "/usr/src/%/",
    "/workspaces/%/",
    "/workspace/",
];

/// Everything that a path may stand behind.
macro_rules! after_any {
    ($path:literal) => {
        concat!(r#"(^|[\s"'`(\[<=:,;|@]|file://)"#, "(?:", $path, ")")
    };
}

static TEMPORARY: Pattern = Pattern::new(
    &[b"tmp", b"temp", b"/var/folders/", b"/dev/shm"],
    concat!(
        "(?i)",
        after_any!(
            r"(?:/private)?/var/folders/[^/\s]+/[^/\s]+/[TC0]|(?:/private)?/tmp|/var/tmp|/dev/shm|[A-Z]:/Users/[^/\s]+/AppData/Local/Temp|[A-Z]:/(?:Windows/)?Te?mp|/builds/[^\s]{1,80}\.tmp"
        ),
        r#"((?:/[^/\s"'`()<>|:,;]*)+)"#
    ),
);

static HOME: Pattern = Pattern::new(
    &[b"/home/", b"/users/", b"/root/"],
    concat!("(?i)", after_any!(r"/home/[^/\s]+|/Users/[^/\s]+|/root|[A-Z]:/Users/[^/\s]+|/c/Users/[^/\s]+"), "/"),
);

/// The same text with `/` between the parts of paths, and those in the workspace counted from its root.
pub(in crate::triage) fn relative<'a>(text: &'a str, root: Option<&str>) -> Cow<'a, str> {
    let mut text = Cow::Borrowed(text);
    if text.contains('\\') {
        text = Cow::Owned(text.replace("\\\\", "/").replace('\\', "/"));
    }
    if let Some(root) = root.map(|root| root.trim_end_matches(['/', '\\'])).filter(|root| root.len() > 1) {
        let root = format!("{}/", root.replace('\\', "/"));
        if text.contains(&root) {
            text = Cow::Owned(text.replace(&root, ""));
        }
    }
    if text.contains('/') { without_roots(text) } else { text }
}

/// The text without the workspaces of CI systems, wherever a path may begin. As a pattern, so many folders would cost
/// more to compile than all else that is done to a line.
fn without_roots(text: Cow<'_, str>) -> Cow<'_, str> {
    let mut out = String::new();
    let (mut at, mut copied) = (0, 0);
    while let Some(before) = text[at..].chars().next() {
        let is_begin = matches!(before, '"' | '\'' | '`' | '(' | '[' | '<' | '=' | ':' | ',' | ';' | '|' | '@');
        let starts = [
            (at == 0).then_some(at),
            (is_begin || before.is_whitespace()).then(|| at + before.len_utf8()),
            text[at..].starts_with("file://").then(|| at + "file://".len()),
        ];
        let root = starts.into_iter().flatten().find_map(|start| Some((start, start + root(&text[start..])?)));
        match root {
            Some((start, end)) => {
                out.push_str(&text[copied..start]);
                (at, copied) = (end, end);
            }
            None => at += before.len_utf8(),
        }
    }
    if copied == 0 {
        return text;
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// How long the workspace is that this text begins with.
fn root(text: &str) -> Option<usize> {
    let first = text.as_bytes().first()?;
    if *first != b'/' && text.as_bytes().get(1) != Some(&b':') {
        return None;
    }
    ROOTS.iter().find_map(|root| {
        let mut rest = text;
        for (nth, fixed) in root.split('%').enumerate() {
            if nth > 0 {
                let is_end = |c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '<' | '>' | '|');
                let part = rest.find(is_end).unwrap_or(rest.len());
                rest = rest.get(part..).filter(|_| part > 0)?;
            }
            rest = rest
                .get(fixed.len()..)
                .filter(|_| rest.as_bytes()[..fixed.len()].eq_ignore_ascii_case(fixed.as_bytes()))?;
        }
        Some(text.len() - rest.len())
    })
}

/// Besides: homes and temporary folders lose what is the machine's.
pub(super) fn anonymous<'a>(text: &'a str, root: Option<&str>) -> Cow<'a, str> {
    let text = relative(text, root);
    if !text.contains('/') {
        return text;
    }
    let text = replaced(text, &TEMPORARY, |found| {
        // A name with an ending, below a folder, was given by somebody; the others were drawn.
        let path = &found[2];
        let name = path.rsplit('/').next().filter(|name| name.contains('.') && path.matches('/').count() > 1);
        format!("{}<tmp>{}{}", &found[1], if name.is_some() { "/" } else { "" }, name.unwrap_or_default())
    });
    replaced(text, &HOME, |found| format!("{}~/", &found[1]))
}

fn replaced<'a>(text: Cow<'a, str>, pattern: &Pattern, by: impl Fn(&Captures<'_>) -> String) -> Cow<'a, str> {
    let Some(regex) = pattern.on(&Hinted::of(&text)) else { return text };
    match regex.replace_all(&text, by) {
        Cow::Borrowed(_) => text,
        Cow::Owned(new) => Cow::Owned(new),
    }
}

#[cfg(test)]
mod tests {
    use super::{ROOTS, anonymous, relative, without_roots};
    use proptest::prelude::*;
    use std::borrow::Cow;

    #[test]
    fn workspaces_are_known() {
        for (text, root, expected) in [
            ("/home/runner/work/shop/shop/src/a.rs:1:2", None, "src/a.rs:1:2"),
            ("at (file:///home/runner/work/shop/shop/a.mjs:3)", None, "at (file://a.mjs:3)"),
            ("D:\\a\\shop\\shop\\src\\a.cs(1,2)", None, "src/a.cs(1,2)"),
            ("/__w/shop/shop/a.c", None, "a.c"),
            ("/builds/acme/shop/lib/a.rb:3", None, "lib/a.rb:3"),
            ("'/home/travis/build/acme/shop/a.py'", None, "'a.py'"),
            ("/Users/travis/build/acme/shop/a.swift", None, "a.swift"),
            ("/var/lib/jenkins/workspace/shop-main/a.java", None, "a.java"),
            ("C:\\projects\\shop\\a.cs", None, "a.cs"),
            ("/home/circleci/project/a.go", None, "a.go"),
            ("/srv/ci/7/a.go and /srv/ci/7/b.go", Some("/srv/ci/7"), "a.go and b.go"),
            ("C:\\w\\shop\\a.go", Some("C:\\w\\shop\\"), "a.go"),
            ("/usr/lib/a.so", None, "/usr/lib/a.so"),
            ("no path", None, "no path"),
        ] {
            assert_eq!(relative(text, root), expected, "{text}");
        }
    }

    #[test]
    fn homes_and_temporary_folders_are_not_told() {
        for (text, expected) in [
            ("open /tmp/tmp.X3k/config.yml: no such file", "open <tmp>/config.yml: no such file"),
            ("/tmp/tmpab12cd", "<tmp>"),
            ("'/private/var/folders/bb/n7t3r/T/dir/a.ps1'", "'<tmp>/a.ps1'"),
            ("C:\\Users\\ann\\AppData\\Local\\Temp\\x1\\a.log", "<tmp>/a.log"),
            ("/home/ann/.cargo/registry", "~/.cargo/registry"),
            ("/Users/ann/x", "~/x"),
            ("a/tmp/b", "a/tmp/b"),
        ] {
            assert_eq!(anonymous(text, None), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn roots_are_those_that_a_pattern_would_find(parts in prop::collection::vec(
            prop_oneof![
                prop::sample::select(ROOTS).prop_map(|root| root.replace('%', "shop")),
                prop::sample::select(ROOTS).prop_map(|root| root.replace('%', "a b").to_uppercase()),
                "[/ '(:.a%é]{0,3}",
                Just("file://".to_owned()),
                Just("/builds/".to_owned()),
            ], 0..6)) {
            let any: Vec<String> =
                ROOTS.iter().map(|root| regex::escape(root).replace('%', r#"[^/\s"'<>|]+"#)).collect();
            let pattern = format!(r#"(^|[\s"'`(\[<=:,;|@]|file://)(?i:{})"#, any.join("|"));
            let text = parts.concat();
            let expected = regex::Regex::new(&pattern).unwrap().replace_all(&text, "$1").into_owned();
            prop_assert_eq!(without_roots(Cow::Borrowed(&text)), expected);
        }
    }
}
