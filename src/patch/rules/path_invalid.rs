//! `path_invalid`: a name that is no path below the top of the tree. Every path that a change names is looked at, also one
//! that only goes away.

use super::super::facts::{Ask, Facts};
use super::super::text::FlawKind;
use crate::model::{Code, Objection, visible};
use crate::policy::Scope;
use bstr::{BStr, ByteSlice};

pub(super) fn judge(facts: &Facts, _: &Scope, _: &Ask) -> Vec<Objection> {
    let wrong = facts.touched().into_iter().filter_map(|touched| wrong(touched.path).map(|why| (touched.path, why)));
    let objection = |(path, why): (&BStr, &str)| {
        let message = match path.is_empty() {
            true => why.to_owned(),
            false => format!("`{}` {why}", visible(path)),
        };
        Objection::deny(Code::PathInvalid, message)
            .at(path)
            .help("name files by their path from the top of the tree, with a slash between its parts and no other")
    };
    let flaws = facts.written.iter().flat_map(|written| &written.text.flaws);
    let absolute = flaws.filter(|flaw| flaw.kind == FlawKind::Absolute).map(|flaw| {
        Objection::deny(
            Code::PathInvalid,
            "a name begins at the root of a file system; git cuts that off and changes another file",
        )
        .patch_line(flaw.line)
        .help("name files by their path from the top of the tree, behind `a/` and `b/`")
    });
    wrong.map(objection).chain(absolute).collect()
}

/// What is wrong with a path. `\` separates as well on Windows, where spaces at the end of a part count for nothing.
fn wrong(path: &BStr) -> Option<&'static str> {
    let parts = || path.split_str("/");
    let mut pieces = path.split(|byte| matches!(byte, b'/' | b'\\'));
    let drive = pieces.next().is_some_and(|first| matches!(first, [letter, b':'] if letter.is_ascii_alphabetic()));
    let goes_up = |piece: &[u8]| piece.trim_end_with(|c| c == ' ') == b"..";
    Some(match () {
        () if path.is_empty() => "a name is empty",
        () if parts().any(|part| part == b"..") => "leads out of its folder by `..`",
        () if path.starts_with(b"/") => "begins with a slash, which is no place in this tree",
        () if drive => "begins with a Windows drive, which is no place in this tree",
        () if path.split(|byte| matches!(byte, b'/' | b'\\')).any(goes_up) => {
            "leads out of its folder by `..` on Windows"
        }
        () if path.ends_with(b"/") => "ends with a slash, so it names no file",
        () if parts().any(|part| part.is_empty()) => "has nothing between two of its slashes",
        () if parts().any(|part| part == b".") => "has `.` for a part, which git does not keep",
        () => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{claim, deleted, facts, paths_against, refused, renamed};
    use super::*;

    #[test]
    fn what_is_no_path_in_the_tree() {
        for (path, want) in [
            ("", Some("empty")),
            ("..", Some("by `..`")),
            ("../x", Some("by `..`")),
            ("a/../x", Some("by `..`")),
            ("a/..", Some("by `..`")),
            ("/../x", Some("by `..`")),
            (r"a\..\x", Some("on Windows")),
            (r"..\x", Some("on Windows")),
            (".. /x", Some("on Windows")),
            ("/etc/x", Some("begins with a slash")),
            ("/", Some("begins with a slash")),
            ("C:/x", Some("drive")),
            (r"c:\x", Some("drive")),
            ("a/", Some("ends with a slash")),
            ("a//b", Some("nothing between")),
            (".", Some("`.`")),
            ("./a", Some("`.`")),
            ("a/./b", Some("`.`")),
            ("a/.", Some("`.`")),
            ("a", None),
            ("a/b.c/.d", None),
            ("...", None),
            ("..a/b..", None),
            ("a b/ c", None),
            ("ab:/c", None),
            ("a/C:/x", None),
            (r"a\b", None),
        ] {
            let why = wrong(path.into());
            assert_eq!(why.is_some(), want.is_some(), "{path:?}: {why:?}");
            assert!(why.unwrap_or_default().contains(want.unwrap_or_default()), "{path:?}: {why:?}");
        }
    }

    #[test]
    fn every_name_is_looked_at() {
        let facts = facts([renamed("../a", "b"), deleted("./c")]);
        assert_eq!(paths_against(judge, &facts), ["../a", "./c"]);
        let mut copy = claim(Some("../secret"), Some("docs/x"));
        copy.is_copy = true;
        let facts = refused([claim(None, Some("a//b")), copy]);
        assert_eq!(paths_against(judge, &facts), ["../secret", "a//b"]);
    }
}
