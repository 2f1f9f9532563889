//! The reader of patches beside git itself: what it says a text touches is what git changes, or it refuses the text; and it
//! refuses nothing that git itself has written.
//!
//! `CI_GUARD_TEST_PATCHES=50000` makes a long run of it, which also counts what is refused although git applies it.

use crate::patch_maker::{Dice, Made, edited, make, spoiled, store, traditional, tree};
use crate::support::{Repo, Sandbox};
use bstr::{BString, ByteSlice};
use ci_guard::patch::text::{Claim, FlawKind, PatchText, read};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

const THREADS: usize = 4;

/// Patches of a usual run.
const USUAL: usize = 3_000;

/// How many patches are made between one pair of trees.
const PER_PAIR: usize = 12;

/// Pairs of trees in one repository.
const PAIRS: usize = 25;

#[test]
fn what_the_text_claims_is_what_git_does() {
    let asked = std::env::var("CI_GUARD_TEST_PATCHES").ok().map(|count| count.parse::<usize>().unwrap());
    let start = std::env::var("CI_GUARD_TEST_SEED").map_or(1, |seed| seed.parse().unwrap());
    let count = asked.unwrap_or(USUAL) / THREADS;
    let runs: Vec<_> = (0..THREADS).map(|thread| move || run(start * 1_000_003 + thread as u64, count)).collect();
    let tallies: Vec<Tally> = std::thread::scope(|scope| {
        let threads: Vec<_> = runs.into_iter().map(|run| scope.spawn(run)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut all = Tally::default();
    for tally in tallies {
        for (what, count) in tally.0 {
            *all.0.entry(what).or_default() += count;
        }
    }
    if asked.is_some() {
        for (what, count) in &all.0 {
            eprintln!("{count:8} {what}");
        }
    }
    for what in ["applied, read", "refused by git, read", "refused by git, flawed", "whole, applied"] {
        assert!(all.0.contains_key(what), "the patches are of every sort: {:?}", all.0);
    }
}

/// How often what happened.
#[derive(Default)]
struct Tally(BTreeMap<String, usize>);

impl Tally {
    fn count(&mut self, what: impl Into<String>) {
        *self.0.entry(what.into()).or_default() += 1;
    }
}

fn run(seed: u64, count: usize) -> Tally {
    let mut dice = Dice(seed);
    let mut tally = Tally::default();
    let mut done = 0;
    while done < count {
        let sandbox = Sandbox::new();
        let repo = sandbox.repo_with("w", &["--bare", "--template="]);
        let mut trees = Vec::new();
        for _ in 0..PAIRS {
            let old = tree(&mut dice);
            let new = edited(&old, &mut dice);
            trees.extend([old, new]);
        }
        store(&repo, &trees, &mut dice);
        for pair in 0..PAIRS {
            pair_of_trees(&repo, 2 * pair, &mut dice, &mut tally);
            done += PER_PAIR;
        }
    }
    tally
}

fn pair_of_trees(repo: &Repo, number: usize, dice: &mut Dice, tally: &mut Tally) {
    let made: Vec<Made> = (0..2).map(|_| make(repo, number, dice)).collect();
    let bases = [0, 1].map(|side| Base::new(repo, number + side));
    for patch in &made {
        let base = &bases[usize::from(patch.options.iter().any(|option| option == "-R") && patch.options[2] != "diff")];
        let unapplied = check(base, &patch.bytes, tally, Some(patch));
        assert!(!unapplied, "git does not apply what it made: {:?}", patch.options);
    }
    for _ in 2..PER_PAIR {
        let one = &made[dice.below(2)].bytes;
        let other = &made[dice.below(2)].bytes;
        let patch = match dice.below(8) {
            0 => traditional(one, dice),
            1 => {
                let one = traditional(one, dice);
                spoiled(&one, other, dice)
            }
            _ => spoiled(one, other, dice),
        };
        check(&bases[usize::from(dice.one_in(12))], &patch, tally, None);
    }
}

type Entries = BTreeMap<BString, (u32, String)>;

/// A tree to apply patches to, as an index.
struct Base<'r> {
    repo: &'r Repo<'r>,
    index: Vec<u8>,
    entries: Entries,
}

/// What git made of a patch.
struct Applied {
    /// The paths that changed, when it was applied.
    changed: Option<BTreeSet<BString>>,
    /// Added lines, deleted lines and name of each patch, as `--numstat` has them; `None` when git could not read it.
    numstat: Option<Vec<(String, String, BString)>>,
    stderr: String,
}

impl<'r> Base<'r> {
    fn new(repo: &'r Repo<'r>, number: usize) -> Base<'r> {
        let file = Base::file(repo);
        let _ = std::fs::remove_file(&file);
        let _ = std::fs::remove_file(file.with_extension("index.lock"));
        let made =
            repo.command("git").args(["read-tree", &format!("refs/t/{number}")]).env("GIT_INDEX_FILE", &file).status();
        assert!(made.unwrap().success());
        Base { repo, index: std::fs::read(&file).unwrap(), entries: Base::entries(repo) }
    }

    fn file(repo: &Repo) -> PathBuf {
        repo.dir.join("test.index")
    }

    fn entries(repo: &Repo) -> Entries {
        let options = gix::index::decode::Options::default();
        let index = gix::index::File::at(Base::file(repo), gix::hash::Kind::Sha1, false, options).unwrap();
        let entry =
            |entry: &gix::index::Entry| (entry.path(&index).to_owned(), (entry.mode.bits(), entry.id.to_string()));
        index.entries().iter().map(entry).collect()
    }

    fn apply(&self, patch: &[u8]) -> Applied {
        // Some patches crash git, which leaves its lock behind.
        let _ = std::fs::remove_file(Base::file(self.repo).with_extension("index.lock"));
        std::fs::write(Base::file(self.repo), &self.index).unwrap();
        let file = self.repo.dir.join("patch-of-the-test");
        std::fs::write(&file, patch).unwrap();
        let git = |further: &[&str]| {
            let mut command = self.repo.command("git");
            command
                .args(["--no-replace-objects", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"])
                .args(["-c", "apply.whitespace=nowarn", "-c", "apply.ignoreWhitespace=no"])
                .args(["-c", "core.protectHFS=true", "-c", "core.protectNTFS=true"])
                .args(["apply", "--numstat", "-z", "--unidiff-zero"])
                .args(further)
                .arg(&file)
                .env("GIT_INDEX_FILE", Base::file(self.repo))
                .output()
                .unwrap()
        };
        let output = git(&["--cached", "--apply"]);
        let stderr = output.stderr.to_str_lossy().into_owned();
        if output.status.success() {
            let after = Base::entries(self.repo);
            let paths = self.entries.keys().chain(after.keys());
            let changed = paths.filter(|&path| self.entries.get(path) != after.get(path)).cloned().collect();
            return Applied { changed: Some(changed), numstat: Some(numstat(&output.stdout)), stderr };
        }
        let output = git(&[]);
        let numstat = output.status.success().then(|| numstat(&output.stdout));
        Applied { changed: None, numstat, stderr: stderr + &output.stderr.to_str_lossy() }
    }
}

fn numstat(output: &[u8]) -> Vec<(String, String, BString)> {
    let lines = output.split(|&byte| byte == 0).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let mut parts = line.splitn(3, |&byte| byte == b'\t');
            let mut part = || BString::from(parts.next().unwrap());
            (part().to_string(), part().to_string(), part())
        })
        .collect()
}

/// The same of what the text claims.
fn claimed_numstat(claims: &[Claim]) -> Vec<(String, String, BString)> {
    let lines = claims.iter().map(|claim| {
        let name = claim.new.clone().or_else(|| claim.old.clone()).unwrap();
        match claim.binary {
            Some(_) => ("-".into(), "-".into(), name),
            None => (claim.added.to_string(), claim.deleted.to_string(), name),
        }
    });
    lines.collect()
}

/// Check one patch; whether git did not apply what it should.
fn check(base: &Base, patch: &[u8], tally: &mut Tally, made: Option<&Made>) -> bool {
    let text = read(patch);
    let applied = base.apply(patch);
    let context = || {
        let options = made.map(|made| made.options.clone());
        format!("{options:?}\n{text:#?}\n{:?}\n{}\n{}", applied.changed, applied.stderr, patch.to_str_lossy())
    };
    let reads = text.flaws.is_empty();
    let is_whole = made.is_some_and(|made| made.is_whole);
    match (&applied.changed, reads) {
        (Some(changed), true) => {
            agree(&text, changed, &applied, &context);
            if made.is_some() {
                sizes(&text, base, &context);
            }
            tally.count(if is_whole { "whole, applied" } else { "applied, read" });
        }
        (Some(_), false) => {
            assert!(made.is_none(), "what git wrote and applies is refused\n{}", context());
            for flaw in &text.flaws {
                tally.count(format!("applied, flawed: {}", word(&flaw.kind)));
            }
        }
        (None, _) => {
            let is_read = applied.numstat.is_some();
            tally.count(match (reads, is_read) {
                (true, true) => "refused by git, read",
                (true, false) => "not read by git, read",
                (false, true) => "refused by git, flawed",
                (false, false) => "not read by git, flawed",
            });
            if let (true, Some(numstat)) = (reads, &applied.numstat)
                && !applied.stderr.contains("corrupt binary patch")
            {
                assert_eq!(&claimed_numstat(&text.claims), numstat, "{}", context());
            }
            // A commit that changes nothing; its message may talk of patches.
            let is_nothing = text.claims.is_empty() && !reads && applied.stderr.contains("No valid patches");
            if is_whole && !is_nothing {
                eprintln!("{}", context());
                return true;
            }
        }
    }
    false
}

/// That names, numbers and order are the same, and the changed paths are those that are named.
fn agree(text: &PatchText, changed: &BTreeSet<BString>, applied: &Applied, context: &dyn Fn() -> String) {
    let numstat = applied.numstat.as_ref().unwrap();
    let ours = claimed_numstat(&text.claims);
    if applied.stderr.contains("corrupt binary patch") {
        // git stops there, and what it has read so far it applies: the rule that compares the paths refuses that.
        assert!(ours.starts_with(numstat) && ours.len() > numstat.len(), "{}", context());
        return;
    }
    assert_eq!(&ours, numstat, "{}", context());
    let mut claimed: BTreeMap<&BString, Vec<&Claim>> = BTreeMap::new();
    for claim in &text.claims {
        let old = claim.old.as_ref().filter(|_| !claim.is_copy);
        let names: BTreeSet<_> = old.into_iter().chain(&claim.new).collect();
        for name in names {
            claimed.entry(name).or_default().push(claim);
        }
    }
    for path in changed {
        assert!(claimed.contains_key(path), "{path:?} changes and is not named\n{}", context());
    }
    for (path, claims) in claimed {
        // Named and not changed: only what was written twice, or says of a file what it is already.
        let idle = |claim: &Claim| claim.old == claim.new;
        let may_be_idle = claims.len() > 1 || claims.iter().all(|claim| idle(claim));
        assert!(changed.contains(path) || may_be_idle, "{path:?} is named and does not change\n{}", context());
    }
}

/// That a binary patch says how long its result is. Only of what git wrote: git believes the `index` line more than the
/// data and takes an object of that id where it has one, so of a spoiled patch the sizes may differ.
fn sizes(text: &PatchText, base: &Base, context: &dyn Fn() -> String) {
    let entries = Base::entries(base.repo);
    for claim in &text.claims {
        if let (Some(size), Some(path)) = (claim.binary, &claim.new) {
            let real = base.repo.git(&["cat-file", "-s", &entries[path].1]);
            assert_eq!(real, size.to_string(), "{}", context());
        }
    }
}

fn word(kind: &FlawKind) -> String {
    match kind {
        FlawKind::Broken(why) => why.clone(),
        other => format!("{other:?}"),
    }
}
