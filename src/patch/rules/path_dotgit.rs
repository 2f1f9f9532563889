//! `path_dotgit`: a name that is git's own folder, or that Windows or macOS takes for it: whoever writes there decides
//! what git runs. And `.gitmodules` as a symbolic link, by which the settings of submodules come from elsewhere.
//! Every path that a change names is looked at. Which names these are is known to gix-validate, as git knows them.

use super::super::facts::{Ask, Facts};
use crate::model::{Code, Objection, visible};
use crate::policy::Scope;
use bstr::{BStr, ByteSlice};
use gix_validate::path::component::{Error, Mode, Options};

pub(super) fn judge(facts: &Facts, _: &Scope, _: &Ask) -> Vec<Objection> {
    let links = facts.made_links();
    let mut objections = Vec::new();
    for touched in facts.touched() {
        let Some((part, wrong)) = wrong(touched.path, links.contains(touched.path)) else { continue };
        let part = visible(part);
        let message = match wrong {
            Wrong::Folder => {
                format!("`{part}` is git's own folder to some system; what is in it decides what git runs")
            }
            Wrong::Link => format!("`{part}` is a symbolic link, so the settings of submodules come from elsewhere"),
        };
        let objection = Objection::deny(Code::PathDotgit, message).at(touched.path);
        objections.push(objection.help("take it out of the change: git refuses such a name, or should"));
    }
    objections
}

#[derive(Debug, PartialEq, Eq)]
enum Wrong {
    Folder,
    Link,
}

/// Whether this, or a part of it, is git's own folder to some system.
pub(super) fn is_git_folder(path: &BStr) -> bool {
    matches!(wrong(path, false), Some((_, Wrong::Folder)))
}

/// The first part of a path that is, or may be taken for, `.git`; of a link also one that is taken for `.gitmodules`,
/// wherever it stands, as git has it. A backslash separates as well: it does on Windows.
fn wrong(path: &BStr, is_link: bool) -> Option<(&BStr, Wrong)> {
    let options = Options { protect_windows: false, protect_hfs: true, protect_ntfs: true };
    for part in path.split(|byte| matches!(byte, b'/' | b'\\')) {
        let mode = is_link.then_some(Mode::Symlink);
        match gix_validate::path::component(part.as_bstr(), mode, options) {
            Err(Error::DotGitDir) => return Some((part.as_bstr(), Wrong::Folder)),
            Err(Error::SymlinkedGitModules) => return Some((part.as_bstr(), Wrong::Link)),
            // Empty, `.` and `..` are the business of another rule.
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{added, claim, deleted, facts, linked, paths_against, refused, renamed};
    use super::*;

    #[test]
    fn every_spelling_of_the_folder() {
        let bad = [
            ".git",
            ".GIT",
            ".gIt",
            "git~1",
            "GIT~1",
            ".git.",
            ".git ",
            ".git . .",
            "git~1 .",
            ".git::$INDEX_ALLOCATION",
            ".git:x",
            "git~1:x",
            r".git\hooks",
            r"a\.git",
            r"a\git~1\b",
            ".git::$INDEX_ALLOCATION\\x",
        ];
        for part in bad {
            for path in [part.to_owned(), format!("{part}/config"), format!("a/{part}"), format!("a/{part}/hooks/x")] {
                assert_eq!(wrong(path.as_str().into(), false).map(|(_, wrong)| wrong), Some(Wrong::Folder), "{path:?}");
            }
        }
        let good = [
            ".gitignore",
            ".gitattributes",
            ".gitmodules",
            ".github/x",
            "git",
            "git~2",
            "git~10",
            ".gi",
            ".gitx",
            "a.git",
            "x.git/y",
            ".git-hooks",
            ".git~1",
            "..git",
            ".git.x",
            ".g\u{131}t",
            "",
            "..",
            ".",
            "a//b",
            ".git\u{200b}",
        ];
        for path in good {
            assert_eq!(wrong(path.into(), false), None, "{path:?}");
        }
    }

    /// The code points that HFS+ passes over in names, all that git lists.
    #[test]
    fn characters_that_macos_passes_over() {
        let points = ['\u{feff}'].into_iter().chain('\u{200c}'..='\u{200f}');
        let points = points.chain('\u{202a}'..='\u{202e}').chain('\u{206a}'..='\u{206f}');
        let mut seen = 0;
        for point in points {
            seen += 1;
            for name in
                [format!("{point}.git"), format!(".g{point}IT"), format!(".git{point}"), format!("{point}.Gi{point}t")]
            {
                let path = format!("a/{name}/b");
                assert!(wrong(path.as_str().into(), false).is_some(), "{name:?}");
            }
            assert!(wrong(format!(".git{point}modules").as_str().into(), true).is_some(), "{point:?}");
        }
        assert_eq!(seen, 16);
    }

    #[test]
    fn gitmodules_may_be_a_file_only() {
        for path in [
            ".gitmodules",
            "a/.GitModules",
            "gitmod~1",
            "GITMOD~4",
            "gi7eba~1",
            "gi7eb~10",
            ".gitmodules .",
            ".gitmodules:x",
            ".gitmodules/x",
        ] {
            assert_eq!(wrong(path.into(), true).map(|(_, wrong)| wrong), Some(Wrong::Link), "{path}");
            assert_eq!(wrong(path.into(), false), None, "{path}");
        }
        for path in ["gitmod~5", ".gitignore", "gitmodules"] {
            assert_eq!(wrong(path.into(), true), None, "{path}");
        }
    }

    #[test]
    fn every_name_is_looked_at() {
        let facts =
            facts([renamed(".git/a", "b"), deleted("x/GIT~1"), added(".gitmodules"), linked("sub/.gitmodules")]);
        assert_eq!(paths_against(judge, &facts), [".git/a", "sub/.gitmodules", "x/GIT~1"]);
        let mut link = claim(None, Some(".gitmodules"));
        link.new_mode = Some(0o120_000);
        let mut copy = claim(Some(".git/config"), Some("docs/x"));
        copy.is_copy = true;
        assert_eq!(paths_against(judge, &refused([link, copy])), [".git/config", ".gitmodules"]);
    }
}
