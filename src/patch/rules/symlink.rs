//! `symlink`: a symbolic link comes, or leads elsewhere than before.
//!
//! In a diff a link looks like a text of one line. One that leads out of the tree, or into git's own folder, lets
//! others write there. Where it leads is judged by its words alone, from the link's own folder; links on the way are
//! not followed. A link that goes away is no objection; one that becomes a file is told by `mode_change`.

use super::super::facts::{Ask, Change, Facts};
use crate::model::{Code, EntryKind, Objection, Status, Tier, shell_word, visible};
use crate::policy::Scope;

/// How much of a target is shown, in characters.
const SHOWN: usize = 80;

pub(super) fn judge(facts: &Facts, _scope: &Scope, _ask: &Ask) -> Vec<Objection> {
    facts.changes.iter().filter_map(of).collect()
}

fn of(change: &Change) -> Option<Objection> {
    let file = &change.file;
    if file.new?.kind() != EntryKind::Symlink {
        return None;
    }
    let was_link = file.old.is_some_and(|old| old.kind() == EntryKind::Symlink);
    let came = match file.status {
        Status::Added | Status::Copied | Status::Deleted => "a symbolic link is added",
        Status::Renamed => "a symbolic link moves",
        Status::TypeChanged if !was_link => "a file becomes a symbolic link",
        Status::Modified | Status::TypeChanged => "a symbolic link leads elsewhere",
    };
    let target = match change.edit.added.as_slice() {
        [line] => line.text.as_slice(),
        // Moved as it is, so there is no line that differs: what it says is in the base already.
        [] if was_link && matches!(file.status, Status::Renamed | Status::Copied) => {
            let message = format!("{came} as it is, so that it leads elsewhere if its target is relative");
            return Some(review(change, message));
        }
        _ => {
            let message = format!("{came} whose target is no single line of text");
            let help = format!("see what it is: git cat-file blob {}", file.new?.id);
            return Some(Objection::deny(Code::Symlink, message).at(file.path.clone()).help(help));
        }
    };
    let shown = shown(target);
    let Some(why) = astray(&file.path, target) else {
        return Some(review(
            change,
            format!("{came}: it leads to {shown}; what is read or written there is not in the diff"),
        ));
    };
    let help = format!("make it a relative link inside the tree, or take it out: git rm -- {}", shell_word(&file.path));
    Some(Objection::deny(Code::Symlink, format!("{came}: it leads to {shown}, {why}")).at(file.path.clone()).help(help))
}

fn review(change: &Change, message: String) -> Objection {
    let objection = Objection::review(Code::Symlink, Tier::High, message).at(change.file.path.clone());
    objection.help("whoever approves it looks at what stands where it leads")
}

/// Why a target may not be, if so. Windows takes both slashes, so both are read as one.
fn astray(path: &[u8], target: &[u8]) -> Option<&'static str> {
    let is_slash = |byte: &u8| matches!(byte, b'/' | b'\\');
    if target.is_empty() || target.contains(&0) {
        return Some("which is no path");
    }
    let drive = matches!(target, [letter, b':', ..] if letter.is_ascii_alphabetic());
    if is_slash(&target[0]) || drive {
        return Some("an absolute path");
    }
    let folder = path.rsplitn(2, |&byte| byte == b'/').nth(1);
    let mut depth = folder.map_or(0, |folder| folder.split(|&byte| byte == b'/').count());
    for part in target.split(is_slash) {
        match part {
            b"" | b"." => {}
            b".." => match depth.checked_sub(1) {
                Some(up) => depth = up,
                None => return Some("out of the tree"),
            },
            part if super::path_dotgit::is_git_folder(part.into()) => return Some("into git's own folder"),
            _ => depth += 1,
        }
    }
    None
}

/// A target for people: visible, and not longer than a line.
fn shown(target: &[u8]) -> String {
    let text = visible(target);
    match text.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("`{}…`", &text[..cut]),
        None => format!("`{text}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::edits::{edit, modes, renamed};
    use super::*;
    use crate::model::Effect;
    use proptest::prelude::*;

    const FILE: u32 = 0o100_644;
    const LINK: u32 = 0o120_000;

    #[test]
    fn where_it_leads() {
        for (path, target, astray) in [
            ("link", "README.md", false),
            ("docs/link", "../README.md", false),
            ("docs/a/link", "../../src", false),
            ("docs/link", "..", false),
            ("link", ".", false),
            ("link", "./a//b/", false),
            ("docs/link", "x/../../y", false),
            ("link", ".github", false),
            ("link", ".gitignore", false),
            ("link", "a b:c", false),
            ("link", "", true),
            ("link", "..", true),
            ("link", "../other", true),
            ("docs/link", "../../etc/passwd", true),
            ("docs/link", "x/../../../y", true),
            ("link", "../repo/README.md", true),
            ("link", "/etc/passwd", true),
            ("link", "//server/share", true),
            ("link", "C:/Windows", true),
            ("link", "c:\\Windows", true),
            ("link", "\\\\server\\share", true),
            ("link", "a\\..\\..\\b", true),
            ("link", ".git", true),
            ("link", ".git/hooks/pre-commit", true),
            ("a/link", "../.GIT/config", true),
            ("link", "vendor/lib/.git", true),
            ("link", ".git./x", true),
            ("link", ".git /x", true),
            ("link", "GIT~1", true),
            ("link", ".git::$INDEX_ALLOCATION/x", true),
            ("link", ".g\u{200c}it/x", true),
        ] {
            let mut change = modes(path, 0, LINK, (1, 2));
            change.edit = edit(&format!("+{target}"));
            let found = of(&change).unwrap();
            let want = if astray { Effect::Deny } else { Effect::Review(Tier::High) };
            assert_eq!(found.effect, want, "{path} -> {target}: {}", found.message);
        }
    }

    #[test]
    fn coming_and_changing_count_and_going_does_not() {
        let diff = |mut change: Change, diff: &str| {
            change.edit = edit(diff);
            change
        };
        let effect = |change: &Change| of(change).map(|o| o.effect);
        let high = Some(Effect::Review(Tier::High));
        assert_eq!(effect(&diff(modes("l", LINK, 0, (1, 2)), "-/etc/passwd")), None);
        assert_eq!(effect(&diff(modes("l", LINK, FILE, (1, 2)), "-/etc\n+text")), None);
        assert_eq!(effect(&diff(modes("l", LINK, LINK, (1, 2)), "-a\n+b")), high);
        assert_eq!(effect(&diff(modes("l", LINK, LINK, (1, 2)), "-a\n+/b")), Some(Effect::Deny));
        assert_eq!(effect(&diff(modes("l", FILE, LINK, (1, 2)), "-text\n+b")), high);
        assert_eq!(effect(&renamed("k", modes("l", LINK, LINK, (1, 1)))), high);
        assert_eq!(effect(&modes("l", 0, LINK, (1, 2))), Some(Effect::Deny), "empty, binary or huge");
        assert_eq!(effect(&diff(modes("l", 0, LINK, (1, 2)), "+a\n+b")), Some(Effect::Deny));
        assert_eq!(effect(&diff(modes("l", 0, FILE, (1, 2)), "+/etc/passwd")), None);
    }

    #[test]
    fn hostile_targets_stay_on_one_short_line() {
        let target = format!("\x1b[31m\u{202e}{}", "x".repeat(5000));
        let shown = shown(target.as_bytes());
        assert!(shown.starts_with("`\\x1b[31m\\u{202e}xxx") && shown.chars().count() < SHOWN + 4);
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged(path in any::<Vec<u8>>(), target in any::<Vec<u8>>()) {
            let _ = (astray(&path, &target), shown(&target));
        }
    }
}
