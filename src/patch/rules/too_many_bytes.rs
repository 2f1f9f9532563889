//! `too_many_bytes`: a file that is too large to be read, after the change or by what a binary patch says of its result.
//! The latter is looked at also when git was not asked: 80 kB of patch may inflate to 64 MiB. A large file that only
//! moves or changes its mode brings nothing.

use super::super::facts::{Ask, Change, Facts};
use crate::model::{Code, Objection, Status, counted};
use crate::policy::Scope;
use bstr::{BStr, ByteSlice};
use std::collections::BTreeSet;

pub(super) fn judge(facts: &Facts, scope: &Scope, _: &Ask) -> Vec<Objection> {
    let most = scope.max_file_bytes;
    let objection = |path: &BStr, message: String| {
        Objection::deny(Code::TooManyBytes, format!("{message}; \"max_file_bytes\" is {most}"))
            .at(path)
            .help("take the file out of the change, or make it smaller")
            .help("if it has to be so large, whoever keeps the policy raises \"max_file_bytes\" in its \"scope\"")
    };
    let large = facts.changes.iter().filter(|change| change.file.size > most && brings_content(change));
    let large: BTreeSet<(&BStr, u64)> = large.map(|change| (change.file.path.as_bstr(), change.file.size)).collect();
    let mut objections: Vec<Objection> = large
        .iter()
        .map(|(path, size)| objection(path, format!("the file has {} after the change", counted(size, "byte"))))
        .collect();
    for claim in facts.written.iter().flat_map(|written| &written.text.claims) {
        let (Some(size), Some(path)) = (claim.binary.filter(|size| *size > most), &claim.new) else { continue };
        if !large.contains(&(path.as_bstr(), size)) {
            let message = format!("the binary patch says its result has {}", counted(size, "byte"));
            objections.push(objection(path.as_bstr(), message).patch_line(claim.line));
        }
    }
    objections
}

/// Whether there is content that the file did not have before.
fn brings_content(Change { file, .. }: &Change) -> bool {
    let same = match (file.old, file.new) {
        (Some(old), Some(new)) => old.id == new.id,
        _ => false,
    };
    !same || file.status == Status::Copied
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{added, applied, claim, facts, modified, refused, renamed};
    use super::*;

    fn messages(facts: &Facts) -> Vec<String> {
        let scope = Scope { max_file_bytes: 1000, ..Scope::default() };
        let said = judge(facts, &scope, &Ask::default());
        said.into_iter().map(|o| format!("{} {}", o.path.unwrap(), o.message.split(';').next().unwrap())).collect()
    }

    fn sized(mut change: Change, size: u64) -> Change {
        change.file.size = size;
        change
    }

    #[test]
    fn the_limit_itself_passes() {
        let changes = [added("a"), modified("b"), renamed("c", "d")];
        assert_eq!(messages(&facts(changes.clone().map(|change| sized(change, 1000)))), [""; 0]);
        let long = messages(&facts(changes.map(|change| sized(change, 1001))));
        let says = |path: &str| format!("{path} the file has 1,001 bytes after the change");
        assert_eq!(long, [says("a"), says("b"), says("d")]);
    }

    #[test]
    fn content_that_stays_the_same_is_not_counted() {
        let mut moved = sized(renamed("a", "b"), 5000);
        moved.file.old = moved.file.new;
        assert_eq!(messages(&facts([moved.clone()])), [""; 0]);
        moved.file.status = Status::Copied;
        assert_eq!(messages(&facts([moved])).len(), 1);
    }

    #[test]
    fn what_a_binary_patch_says_counts_before_it_is_applied() {
        let binary = |size| {
            let mut claim = claim(None, Some("a.bin"));
            claim.binary = Some(size);
            claim
        };
        assert_eq!(messages(&refused([binary(1000)])), [""; 0]);
        let says = |size: &str| format!("a.bin the binary patch says its result has {size} bytes");
        assert_eq!(messages(&refused([binary(67_108_864)])), [says("67,108,864")]);
        let true_words = applied([binary(2000)], [sized(added("a.bin"), 2000)]);
        assert_eq!(messages(&true_words), ["a.bin the file has 2,000 bytes after the change"]);
        let lie = applied([binary(3000)], [sized(added("a.bin"), 10)]);
        assert_eq!(messages(&lie), [says("3,000")]);
    }
}
