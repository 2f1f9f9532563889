//! Paths of the machine that ran the job: workspaces, homes, temporary folders.
//!
//! Where CI systems check repositories out is known well enough to tell the path in the repository from the rest. A folder
//! of any other machine is told by the caller, where the log names it.

use regex::Regex;
use std::borrow::Cow;
use std::sync::LazyLock;

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
const BEFORE: &str = r#"(^|[\s"'`(\[<=:,;|@]|file://)"#;

static ROOT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let any: Vec<String> =
        ROOTS.iter().map(|root| regex::escape(root).replace('%', r#"[^/\s"'<>|]+"#).replace("[A-Z]", "")).collect();
    Regex::new(&format!("(?-u){BEFORE}(?i:{})", any.join("|")).replace("(?-u)", "")).ok()
});

/// The same folders themselves.
static ROOT_ITSELF: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let folder = |root: &&str| regex::escape(root.trim_end_matches('/')).replace('%', r#"[^/\s"'`<>|()\[\]:,;]+"#);
    let any: Vec<String> = ROOTS.iter().map(folder).collect();
    Regex::new(&format!(r#"{BEFORE}(?i:{})([\s"'`)\]>:,;|]|$)"#, any.join("|"))).ok()
});

static TEMPORARY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let folders = r"(?:/private)?/var/folders/[^/\s]+/[^/\s]+/[TC0]|(?:/private)?/tmp|/var/tmp|/dev/shm|[A-Z]:/Users/[^/\s]+/AppData/Local/Temp|[A-Z]:/(?:Windows/)?Te?mp|/builds/[^\s]{1,80}\.tmp";
    Regex::new(&format!(r#"(?i){BEFORE}(?:{folders})((?:/[^/\s"'`()<>|:,;]*)+)"#)).ok()
});

static HOME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(&format!(r"(?i){BEFORE}(?:/home/[^/\s]+|/Users/[^/\s]+|/root|[A-Z]:/Users/[^/\s]+|/c/Users/[^/\s]+)/"))
        .ok()
});

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
    if !text.contains('/') {
        return text;
    }
    replaced(replaced(text, &ROOT, "$1"), &ROOT_ITSELF, "$1.$2")
}

/// Besides: homes and temporary folders lose what is the machine's.
pub(super) fn anonymous<'a>(text: &'a str, root: Option<&str>) -> Cow<'a, str> {
    let text = relative(text, root);
    if !text.contains('/') {
        return text;
    }
    let text = match TEMPORARY.as_ref() {
        Some(regex) => replaced_with(text, regex, |found| {
            // A name with an ending, below a folder, was given by somebody; the others were drawn.
            let path = &found[2];
            let name = path.rsplit('/').next().filter(|name| name.contains('.') && path.matches('/').count() > 1);
            format!("{}<tmp>{}{}", &found[1], if name.is_some() { "/" } else { "" }, name.unwrap_or_default())
        }),
        None => text,
    };
    replaced(text, &HOME, "$1~/")
}

fn replaced<'a>(text: Cow<'a, str>, regex: &LazyLock<Option<Regex>>, by: &str) -> Cow<'a, str> {
    let Some(regex) = regex.as_ref() else { return text };
    match regex.replace_all(&text, by) {
        Cow::Borrowed(_) => text,
        Cow::Owned(new) => Cow::Owned(new),
    }
}

fn replaced_with<'a>(text: Cow<'a, str>, regex: &Regex, by: impl Fn(&regex::Captures<'_>) -> String) -> Cow<'a, str> {
    match regex.replace_all(&text, by) {
        Cow::Borrowed(_) => text,
        Cow::Owned(new) => Cow::Owned(new),
    }
}

#[cfg(test)]
mod tests {
    use super::{anonymous, relative};

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
            ("cannot enter /home/travis/build/acme/shop: no", None, "cannot enter .: no"),
            ("(in '/builds/acme/shop')", None, "(in '.')"),
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
}
