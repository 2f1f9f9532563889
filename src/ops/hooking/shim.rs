//! The scripts that ci-guard writes, as text: filled in, recognised, and read back.
//!
//! Their versioned second line says that a file is ours. No file is touched here.

use crate::model::HookName;
use bstr::ByteSlice;
use std::path::{Path, PathBuf};

/// Its version counts up with every release that changes it: what claims this version and says something else was
/// changed by somebody.
const SHIM: &str = include_str!("../../../hooks/shim");
const FORWARD: &str = include_str!("../../../hooks/forward");
const FORWARD_GLOBAL: &str = include_str!("../../../hooks/forward-global");
const GLOBAL: &str = include_str!("../../../hooks/global");
/// How the files begin by which git is led to a folder of forwarders, so that none of them leads to another in a circle.
pub(crate) const LEADS: &str = "# Written by `ci-guard install";
const PUSH_TO_CHECKOUT: &str = include_str!("../../../hooks/push-to-checkout");

/// How many bytes of a file are enough to see whose it is, and all that a script of ours ever has.
pub(crate) const ENOUGH: u64 = 64 << 10;

/// What is filled into the script that starts the judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shim {
    /// Which hook it is, whatever its file is called later.
    pub hook: HookName,
    /// The program to start.
    pub binary: PathBuf,
    /// Whether the hooks folder was not there before, so that it goes when the shim goes.
    pub made_folder: bool,
}

impl Shim {
    /// The whole script.
    pub(crate) fn text(&self) -> Vec<u8> {
        SHIM.replace("@HOOK@", self.hook.id())
            .replace("@FOLDER@", if self.made_folder { "made" } else { "found" })
            .as_bytes()
            .replace("@BINARY@", quoted(self.binary.as_os_str().as_encoded_bytes()))
    }

    /// What was filled into a script of ours, of this version or another.
    pub(crate) fn read(text: &[u8]) -> Option<Shim> {
        let (_, filled) = text.split_once_str("\nhook=")?;
        let (hook, rest) = filled.split_once_str(" ci_guard=")?;
        let hook = HookName::ALL.into_iter().find(|known| known.id().as_bytes() == hook)?;
        let (binary, rest) = unquoted(rest)?;
        let made_folder = rest.lines().next().is_some_and(|note| note.trim_ascii() == b"# hooks folder: made");
        Some(Shim { hook, binary: binary.to_path_lossy().into_owned(), made_folder })
    }
}

/// The script that runs a hook of the folder that git would read without ci-guard.
pub(crate) fn forward(folder: &Path) -> Vec<u8> {
    let own = quoted(folder.as_os_str().as_encoded_bytes());
    FORWARD.as_bytes().replace("@MARK@", mark()).replace("@FOLDER@", own)
}

/// The same for the hooks of every repository of this user, from the folder `own`. `files` may hold `core.hooksPath`: git is asked for it once
/// one of them is newer than `seen`; without a list, always.
pub(crate) fn forward_global(name: &str, own: &Path, seen: &Path, files: Option<&[PathBuf]>) -> Vec<u8> {
    let word = |path: &Path| quoted(path.as_os_str().as_encoded_bytes());
    let list: Vec<_> = files.unwrap_or_default().iter().map(|file| word(file)).collect();
    let otherwise = match name {
        // Each of the two does something by merely being there.
        "push-to-checkout" => PUSH_TO_CHECKOUT.trim_start_matches("#!/bin/sh\n").trim_end(),
        "proc-receive" => "echo \"cannot find hook 'proc-receive'\" >&2 && exit 1",
        _ => "exit 0",
    };
    FORWARD_GLOBAL
        .replace("@ASK@", if files.is_some() { "no" } else { "yes" })
        .replace("@ELSE@", otherwise)
        .as_bytes()
        .replace("@MARK@", mark())
        .replace("@OWN@", word(own))
        .replace("@SEEN@", word(seen))
        .replace("@FILES@", list.join(&b" "[..]))
}

fn mark() -> Vec<u8> {
    quoted(format!("^{LEADS}").as_bytes())
}

/// The script that git's configuration leads to for every repository of this user.
pub(crate) fn global(shim: &Path) -> Vec<u8> {
    GLOBAL.as_bytes().replace("@SHIM@", quoted(shim.as_os_str().as_encoded_bytes()))
}

/// Whether this is the start of that script.
pub(crate) fn is_global(text: &[u8]) -> bool {
    has_mark(text, b"# ci-guard global v")
}

/// Whether this is the start of a shim, of any version, and were its line ends changed.
pub(crate) fn is_shim(text: &[u8]) -> bool {
    has_mark(text, b"# ci-guard shim v")
}

/// Whether a shim claims to be of the version that is written here.
pub(crate) fn is_of_this_version(text: &[u8]) -> bool {
    text.lines().nth(1) == SHIM.as_bytes().lines().nth(1)
}

/// Whether this is the start of a forwarder.
pub(crate) fn is_forward(text: &[u8]) -> bool {
    has_mark(text, b"# ci-guard forward v")
}

/// Whether the shebang ends in CR LF, which names an interpreter that does not exist.
pub(crate) fn has_broken_shebang(text: &[u8]) -> bool {
    text.starts_with(b"#!") && text.lines_with_terminator().next().is_some_and(|line| line.ends_with(b"\r\n"))
}

fn has_mark(text: &[u8], mark: &[u8]) -> bool {
    text.lines().nth(1).is_some_and(|line| line.starts_with(mark))
}

/// One word for a POSIX shell, byte for byte.
pub(crate) fn quoted(bytes: &[u8]) -> Vec<u8> {
    [b"'", &bytes.replace("'", r"'\''")[..], b"'"].concat()
}

/// The word that [`quoted`] wrote, and what follows it.
fn unquoted(mut text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut word = Vec::new();
    loop {
        if let Some(rest) = text.strip_prefix(b"'") {
            let (inside, after) = rest.split_once_str("'")?;
            word.extend(inside);
            text = after;
        } else if let Some(after) = text.strip_prefix(br"\'") {
            word.push(b'\'');
            text = after;
        } else {
            return Some((word, text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_scripts_are_short_versioned_and_filled_in_wholly() {
        let shim = Shim { hook: HookName::PreReceive, binary: "/o'hara's bin/ci-guard".into(), made_folder: true };
        let text = shim.text();
        assert!(is_shim(&text) && !is_forward(&text) && !has_broken_shebang(&text));
        assert!(text.lines().count() <= 35, "{}", text.lines().count());
        assert!(!text.contains_str("@HOOK@") && !text.contains_str("@BINARY@") && !text.contains_str("@FOLDER@"));
        assert_eq!(Shim::read(&text), Some(shim));
        let forward = forward("/a b".as_ref());
        assert!(is_forward(&forward) && !is_shim(&forward) && forward.contains_str("here='/a b'\n"));
    }

    #[test]
    fn whose_a_file_is() {
        for (text, ours) in [
            ("#!/bin/sh\n# ci-guard shim v1: written by\nhook=", true),
            ("#!/bin/sh\r\n# ci-guard shim v7\r\n", true),
            ("#!/bin/sh\necho '# ci-guard shim v1'\n", false),
            ("# ci-guard shim v1\n", false),
            ("", false),
        ] {
            assert_eq!(is_shim(text.as_bytes()), ours, "{text}");
        }
        assert!(has_broken_shebang(b"#!/bin/sh\r\nexit"));
        assert!(!has_broken_shebang(b"#!/bin/sh\nexit\r\n"));
    }

    proptest! {
        #[test]
        fn any_path_comes_back(path in "[^\0]{1,40}", made_folder: bool) {
            let shim = Shim { hook: HookName::PrePush, binary: path.into(), made_folder };
            prop_assert_eq!(Shim::read(&shim.text()), Some(shim));
        }

        #[test]
        fn any_file_is_read_without_a_panic(text: Vec<u8>) {
            let _ = (Shim::read(&text), is_shim(&text), has_broken_shebang(&text));
            let _ = Shim::read(&[b"hook=pre-push ci_guard=", &text[..]].concat());
        }
    }
}
