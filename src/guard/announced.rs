//! What git announces to a hook on standard input: one line for each ref of a push.
//!
//! Lines are read from the right, because a pre-push line begins with what a person typed, spaces and all
//! (`HEAD@{1 day ago}`). A line that is none of git's is reported and judged by nobody; it never stops a push.

use crate::model::{Oid, RefUpdate, visible};
use bstr::{BString, ByteSlice};

/// The updates that were understood, and a visible sentence for each line that was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Announced {
    /// In the order of the lines.
    pub updates: Vec<RefUpdate>,
    /// What could not be read, naming its line.
    pub unreadable: Vec<String>,
}

/// Read the lines of pre-push: `<local ref> SP <local id> SP <remote ref> SP <remote id> LF`.
pub fn pre_push(stdin: &[u8]) -> Announced {
    read(stdin, |line| {
        let (rest, old) = last_word(line)?;
        let (rest, remote_ref) = last_word(rest)?;
        let (local_ref, new) = last_word(rest)?;
        Some((local_ref, new, remote_ref, old))
    })
}

/// Read the lines of pre-receive: `<old id> SP <new id> SP <ref> LF`.
pub fn pre_receive(stdin: &[u8]) -> Announced {
    read(stdin, |line| {
        let (rest, remote_ref) = last_word(line)?;
        let (old, new) = last_word(rest)?;
        Some((b"", new, remote_ref, old))
    })
}

/// Local ref, new id, remote ref, old id, still as text.
type Words<'a> = (&'a [u8], &'a [u8], &'a [u8], &'a [u8]);

fn read(stdin: &[u8], split: impl Fn(&[u8]) -> Option<Words<'_>>) -> Announced {
    let mut announced = Announced::default();
    for (number, line) in (1..).zip(stdin.lines()) {
        if line.is_empty() {
            continue;
        }
        match split(line).and_then(update) {
            Some(update) => announced.updates.push(update),
            None => {
                let shown = visible(&line[..line.len().min(120)]);
                announced.unreadable.push(format!("standard input, line {number} is no ref update of git's: {shown}"));
            }
        }
    }
    announced
}

fn update((local_ref, new, remote_ref, old): Words<'_>) -> Option<RefUpdate> {
    let (new, old) = (Oid::from_hex(new)?, Oid::from_hex(old)?);
    let sound = new.as_bytes().len() == old.as_bytes().len()
        && !remote_ref.is_empty()
        && !remote_ref.iter().any(u8::is_ascii_control)
        && !local_ref.contains(&0);
    sound.then(|| RefUpdate { local_ref: BString::from(local_ref), new, remote_ref: BString::from(remote_ref), old })
}

fn last_word(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = line.rfind_byte(b' ')?;
    Some((&line[..space], &line[space + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    const ZERO: &str = "0000000000000000000000000000000000000000";

    fn names(announced: &Announced) -> Vec<(String, String)> {
        announced.updates.iter().map(|u| (u.local_ref.to_string(), u.remote_ref.to_string())).collect()
    }

    #[test]
    fn what_was_typed_may_hold_spaces_and_every_line_counts() {
        let stdin = format!(
            "refs/heads/x {A} refs/heads/x {ZERO}\nHEAD@{{1 day ago}} {A} refs/heads/y {B}\n\
             (delete) {ZERO} refs/heads/z {B}\n{A} {A} refs/for/main {ZERO}"
        );
        let announced = pre_push(stdin.as_bytes());
        let want = [
            ("refs/heads/x", "refs/heads/x"),
            ("HEAD@{1 day ago}", "refs/heads/y"),
            ("(delete)", "refs/heads/z"),
            (A, "refs/for/main"),
        ];
        assert_eq!(names(&announced), want.map(|(a, b)| (a.to_owned(), b.to_owned())));
        assert_eq!(announced.unreadable, Vec::<String>::new());
        let deletions: Vec<_> = announced.updates.iter().map(RefUpdate::is_deletion).collect();
        assert_eq!(deletions, [false, false, true, false]);
    }

    #[test]
    fn both_hashes_are_read_and_never_mixed() {
        let (long, zeros) = ("c".repeat(64), "0".repeat(64));
        assert_eq!(pre_push(format!("x {long} refs/heads/x {zeros}\n").as_bytes()).updates.len(), 1);
        assert_eq!(pre_push(format!("x {long} refs/heads/x {ZERO}\n").as_bytes()).unreadable.len(), 1);
    }

    #[test]
    fn pre_receive_has_another_order() {
        let announced = pre_receive(format!("{A} {B} refs/heads/x\n").as_bytes());
        assert_eq!(announced.updates[0].old.to_string(), A);
        assert_eq!(announced.updates[0].new.to_string(), B);
        assert_eq!(announced.updates[0].remote_ref, "refs/heads/x");
    }

    #[test]
    fn what_is_not_gits_is_named_and_harms_no_other_line() {
        let good = format!("x {A} refs/heads/x {ZERO}");
        for bad in [
            "garbage".to_owned(),
            format!("x {A} refs/heads/x"),
            format!("x {} refs/heads/x {ZERO}", "g".repeat(40)),
            format!("x {A} refs/heads/\x1b[2J {ZERO}"),
            format!("x {A}  {ZERO}"),
            format!("x\0y {A} refs/heads/x {ZERO}"),
        ] {
            let announced = pre_push(format!("{bad}\n{good}\n").as_bytes());
            assert_eq!((announced.updates.len(), announced.unreadable.len()), (1, 1), "{bad:?}");
            assert!(announced.unreadable[0].contains("line 1 ") && !announced.unreadable[0].contains('\x1b'));
        }
        for fine in [format!("{good}\r\n"), good.clone(), format!("\n\n{good}\n")] {
            assert_eq!(pre_push(fine.as_bytes()), Announced { unreadable: vec![], ..pre_push(good.as_bytes()) });
        }
        assert_eq!(pre_push(b""), Announced::default());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_the_end(stdin: Vec<u8>) {
            for announced in [pre_push(&stdin), pre_receive(&stdin)] {
                let lines = stdin.lines().filter(|line| !line.is_empty()).count();
                prop_assert_eq!(announced.updates.len() + announced.unreadable.len(), lines);
            }
        }

        #[test]
        fn any_typed_ref_comes_back(typed in "[^\n\r\0]{0,40}", name in "refs/heads/[a-z/]{1,20}") {
            let announced = pre_push(format!("{typed} {A} {name} {B}\n").as_bytes());
            prop_assert_eq!(names(&announced), [(typed, name)]);
        }
    }
}
