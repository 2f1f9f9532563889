//! Rule `merge-source` from the outside: every shape of merge, by every name a policy can give, through real git.

use crate::drawn::{announce, check, draw, push, redraw, world};
use crate::support::{Repo, Sandbox};

/// A base `b` with two commits on top, and everybody's branches.
const HISTORY: &str = "
    b
    b2 b
    b3 b2
    d1 b
    d2 d1
    r1 b
    r2 b
    c1 b
    l1 b
    f1 b2
    origin/main = b3
    origin/develop = d2
    origin/release/1 = r1
    origin/release/8/2 = r2
    origin/chore/release/x = c1
    origin/chore/backmerge-main-1 = c1
    wip = l1
";

const POLICY: &str = r#"{"feature": "feature", "base": "main", "allowed": ["develop", "release/*"]}"#;

/// What is said about pushing `feature`, drawn over [`HISTORY`].
fn judged(work: &Repo, policy: &str, history: &str) -> String {
    redraw(work, policy, &format!("{HISTORY}{history}"));
    let said = push(work, &["feature"]);
    assert_eq!(said.doubts(), "", "nothing is in doubt");
    said.findings()
}

#[test]
fn base_and_allowed_branches_may_be_merged() {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, "");
    for (what, history) in [
        ("nothing new", "feature = b2"),
        ("the tip of the base", "feature = b3"),
        ("plain commits", "f2 f1; feature = f2"),
        ("the base", "m f1 b3; feature = m"),
        ("an older commit of the base", "x b3; m x b; feature = m"),
        ("an allowed branch", "m f1 d2; feature = m"),
        ("an older commit of an allowed branch", "m f1 d1; feature = m"),
        ("a branch that an allowed pattern matches", "m f1 r1; feature = m"),
        ("one after the other", "m f1 b3; n m d1; f2 n; o f2 d2; feature = o"),
        ("an octopus", "m f1 b3 d2 r1; feature = m"),
        ("a foxtrot: the published feature as second parent", "m b3 f1; feature = m; origin/feature = f1"),
        (
            "the remote's version of the feature, as git pull does",
            "g f1; f2 f1; m f2 g; feature = m; origin/feature = g",
        ),
        ("an older commit of the own line", "f2 f1; f3 f2; m f3 f1; feature = m"),
        ("a root that allowed branches have", "o; m f1 o; feature = m; origin/release/2 = o"),
    ] {
        assert_eq!(judged(&work, POLICY, history), "", "{what}");
    }
}

#[test]
fn everything_else_may_not() {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, "");
    let policy = r#"{"feature": "feature", "base": "main", "allowed": ["release/*"]}"#;
    for (history, want) in [
        ("m f1 d2; feature = m", "block merge-source m d2\nblock foreign-commits d1 d2"),
        ("m f1 d1; feature = m", "block merge-source m d1\nblock foreign-commits d1"),
        // Patterns and names mean whole names.
        ("m f1 r2; feature = m", "block merge-source m r2\nblock foreign-commits r2"),
        ("m f1 c1; feature = m", "block merge-source m c1\nblock foreign-commits c1"),
        // What is here only is on no branch that others know of.
        ("m f1 l1; feature = m", "block merge-source m l1"),
        ("x b3; m f1 x; main = x; feature = m", "block merge-source m x"),
        // Without a history in common.
        ("o; m f1 o; feature = m", "block merge-source m o"),
        // Of an octopus, only the bad parents.
        ("m f1 b3 d1 r1; feature = m", "block merge-source m d1\nblock foreign-commits d1"),
        ("m f1 l1 r1 d1; feature = m", "block merge-source m d1\nblock merge-source m l1\nblock foreign-commits d1"),
        // Not only the tip is looked at, and every merge is said.
        ("m f1 l1; f2 m; f3 f2; feature = f3", "block merge-source m l1"),
        ("k; m f1 l1; f2 m; n f2 k; feature = n", "block merge-source n k\nblock merge-source m l1"),
        // What came in through a merge is that merge's.
        ("k; x l1 k; y x; m f1 y; feature = m", "block merge-source m y"),
        // A foxtrot is fine for what is published, not for anything else.
        ("f2 f1; m b3 f2; feature = m; origin/feature = f1", "block merge-source m f2"),
    ] {
        assert_eq!(judged(&work, policy, history), want, "{history}");
    }
}

#[test]
fn a_merge_that_the_remote_has_is_not_judged_again() {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, "");
    let bad = "m f1 l1; f2 m;";
    for (history, want) in [
        ("feature = m; origin/feature = m", ""),
        ("feature = f2; origin/feature = m", ""),
        // Brought by a colleague to the same branch.
        ("n f1 f2; feature = n; origin/feature = f2", ""),
        // A second one is judged.
        ("k; n f2 k; feature = n; origin/feature = m", "block merge-source n k"),
        // Base and allowed branches answer for what they have.
        ("feature = f2; origin/release/9 = m", ""),
        ("p b3 f2; g p; feature = g; origin/main = p", ""),
    ] {
        assert_eq!(judged(&work, POLICY, &format!("{bad}{history}")), want, "{history}");
    }
}

#[test]
fn a_base_full_of_merges_is_nobodys_fault() {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, "");
    let mut history = String::from("p0 b3;");
    for number in 1..=40 {
        history += &format!("x{number} b; y{number} x{number}; p{number} p{} y{number};", number - 1);
    }
    history += "g p40; h p20; m h p39; origin/main = p40;";
    for feature in ["feature = p40", "feature = g", "feature = m", "feature = m; origin/feature = h"] {
        assert_eq!(judged(&work, POLICY, &format!("{history}{feature}")), "", "{feature}");
    }
    // Rebased onto it: the old tip is no ancestor any more, and `old..new` holds every merge of the base.
    assert_eq!(judged(&work, POLICY, &format!("{history}feature = g; origin/feature = f1")), "");
}

#[test]
fn names_of_the_policy_mean_branches_and_nothing_else() {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, "");
    let allowed = |name: &str| format!(r#"{{"base": "main", "allowed": ["{name}"]}}"#);
    let merge = "m f1 l1; feature = m;";
    for (name, refs, ok) in [
        ("wip", "", true),
        ("refs/heads/wip", "", true),
        ("w*", "", true),
        // A branch of a remote stands before a local one of the same name.
        ("wip", "origin/wip = r1", false),
        ("refs/heads/wip", "origin/wip = r1", true),
        ("wip", "origin/wip = l1", true),
        ("upstream/x", "upstream/x = l1", true),
        ("x", "upstream/x = l1", true),
        ("refs/remotes/upstream/x", "upstream/x = l1", true),
        ("refs/remotes/origin/x", "upstream/x = l1", false),
        // Who can make a tag or a local branch can make any name.
        ("x", "refs/tags/x = l1", false),
        ("origin/x", "refs/heads/origin/x = l1", false),
        ("origin/x", "refs/tags/origin/x = l1; refs/heads/origin/x = l1", false),
        ("x", "refs/tags/x = l1; origin/x = b", false),
        ("x", "refs/heads/origin/x = l1; origin/x = b", false),
        ("wi", "", false),
        ("ip", "", false),
        ("WIP", "", false),
    ] {
        redraw(&work, &allowed(name), &format!("{HISTORY}{merge}{refs}"));
        let said = push(&work, &["feature"]);
        let merges = said.findings().lines().filter(|line| line.contains("merge-source m l1")).count();
        assert_eq!(merges == 0, ok, "{name}, {refs}: {said:#?}");
    }
}

#[test]
fn a_base_that_is_shadowed_is_still_the_remotes() {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, "");
    // A tag `main`, a local branch `origin/main`, a tag `origin/main`: each holds what the base has not.
    for shadow in ["refs/tags/main = l1", "refs/heads/origin/main = l1", "refs/tags/origin/main = l1", "main = l1"] {
        for base in ["main", "origin/main", "refs/remotes/origin/main"] {
            let policy = format!(r#"{{"base": "{base}"}}"#);
            assert_eq!(judged(&work, &policy, &format!("m f1 b3; feature = m; {shadow}")), "", "{shadow}");
            let bad = judged(&work, &policy, &format!("m f1 l1; feature = m; {shadow}"));
            assert_eq!(bad, "block merge-source m l1", "{shadow}");
        }
    }
}

#[test]
fn a_policy_may_leave_out_all_but_one_thing() {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, "");
    let merge = "m f1 d2; feature = m";
    let base = "m f1 b3; feature = m";
    let bad = "block merge-source m d2\nblock foreign-commits d1 d2";
    for (policy, history, want) in [
        (r#"{"allowed": ["develop"]}"#, merge, ""),
        (r#"{"allowed": ["develop"]}"#, base, ""),
        (r#"{"allowed": ["release/*"]}"#, merge, bad),
        (r#"{"feature": "feature"}"#, merge, bad),
        (r#"{"feature": "feature/*"}"#, base, ""),
        (r#"{"feature": "feature/*"}"#, merge, bad),
        (r#"{"version": 1}"#, base, ""),
        (r#"{"version": 1}"#, merge, bad),
        (r#"{"base": "develop"}"#, "g b; m g d2; feature = m", ""),
        (r#"{"base": "develop"}"#, base, "block merge-source m b3\nblock foreign-commits b2 b3"),
    ] {
        assert_eq!(judged(&work, policy, history), want, "{policy} {history}");
    }
}

#[test]
fn a_feature_that_is_a_pattern_is_whatever_is_pushed() {
    let policy = r#"{"feature": "feature/*", "base": "main"}"#;
    let sandbox = Sandbox::new();
    let history = "m f1 d2; feature/1 = m; feature/2 = d2; other = m; n f1 b3; feature/3 = n; origin/feature/4 = d2;";
    let work = world(&sandbox, policy, &format!("{HISTORY}{history}"));
    for (branch, blocked) in [("feature/1", true), ("feature/2", true), ("other", true), ("feature/3", false)] {
        assert_eq!(push(&work, &[branch]).blocked(), blocked, "{branch}");
    }
}

#[test]
fn the_base_and_allowed_branches_do_their_own_merging() {
    let sandbox = Sandbox::new();
    let history = "p b3 f1; q p l1; main = q; develop = q; release/2 = q; release/7/3 = q";
    let work = world(&sandbox, POLICY, &format!("{HISTORY}{history}"));
    for (branch, blocked) in [("main", false), ("develop", false), ("release/2", false), ("release/7/3", true)] {
        assert_eq!(push(&work, &[branch]).blocked(), blocked, "{branch}");
    }
}

#[test]
fn branches_that_go_out_together_may_be_merged_into_each_other() {
    let policy = r#"{"feature": "feature/*", "base": "main"}"#;
    let sandbox = Sandbox::new();
    let work = world(&sandbox, policy, "");
    // B stands on A and merges A's later tip.
    let stacked = "a1 b2; k1 a1; a2 a1; m k1 a2; A = a2; B = m;";
    for (refs, pushed, blocked) in [
        ("", &["A", "B"][..], false),
        ("", &["B", "A"], false),
        ("", &["A"], false),
        // A is nobody's business as long as it is here only.
        ("", &["B"], true),
        ("origin/A = a2", &["B"], true),
        ("origin/A = a1", &["A", "B"], false),
        // What A brings in is judged with A.
        ("a3 a2 l1; n m a3; A = a3; B = n", &["A", "B"], true),
        ("a3 a2 l1; n m a3; A = a3; B = n; origin/A = a3", &["A", "B"], false),
    ] {
        redraw(&work, policy, &format!("{HISTORY}{stacked}{refs}"));
        let said = push(&work, pushed);
        assert_eq!(said.blocked(), blocked, "{refs} {pushed:?}: {}", said.hook);
    }
}

#[test]
fn refs_with_the_same_merge_do_not_vouch_for_each_other() {
    let history = "m f1 l1; x m; y m; A = m; B = m; C = x; D = y; E = l1; release/2 = m; main = b3; good = f1;";
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, &format!("{HISTORY}{history}"));
    for pushed in [
        &["A", "B"][..],
        &["A", "C"],
        &["C", "A"],
        &["C", "D"],
        &["A", "B", "C", "D"],
        &["good", "A"],
        &["A", "main"],
        &["A", "release/2"],
    ] {
        assert!(push(&work, pushed).blocked(), "{pushed:?}");
    }
    // The merged branch itself in the same push: its commits are here only, so it is a line of its own.
    assert!(!push(&work, &["A", "E"]).blocked());
    // A tag is no branch, and vouches for nothing.
    work.git(&["tag", "v1", "refs/drawn/l1"]);
    let zero = "0".repeat(40);
    let tag = format!("refs/tags/v1 {} refs/tags/v1 {zero}\n", work.rev("v1"));
    assert_eq!(work.pre_push(&(announce(&work, &["A"]) + &tag)).code, Some(1));
}

#[test]
fn a_merge_is_found_behind_an_annotated_tag() {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, &format!("{HISTORY}m f1 l1; n f1 b3; feature = m"));
    let zero = "0".repeat(40);
    work.git(&["tag", "-a", "-m", "bad", "bad", "refs/drawn/m"]);
    work.git(&["tag", "-a", "-m", "bad", "tag-of-tag", "bad"]);
    work.git(&["tag", "-a", "-m", "good", "good", "refs/drawn/n"]);
    for (tag, code) in [("bad", 1), ("tag-of-tag", 1), ("good", 0)] {
        let line = format!("refs/tags/{tag} {} refs/tags/{tag} {zero}\n", work.rev(tag));
        assert_eq!(work.pre_push(&line).code, Some(code), "{tag}");
    }
}

#[test]
fn tags_are_merged_by_their_commit() {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, &format!("{HISTORY}feature = f1"));
    work.git(&["checkout", "-q", "feature"]);
    work.git(&["tag", "-a", "-m", "one", "v1", "origin/release/1"]);
    // The merge keeps the whole tag in a `mergetag` header, whose lines look like the commit's own.
    let person = "A <a@example.org> 1767225600 +0000";
    let signature = "-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n";
    let lookalike = format!("object {0}\nparent {0}\n", work.rev("refs/drawn/c1"));
    for (name, commit) in [("v2", "refs/drawn/r1"), ("v3", "refs/drawn/l1")] {
        let head = format!("object {}\ntype commit\ntag {name}\ntagger {person}\n", work.rev(commit));
        let id = work.store("tag", format!("{head}\n{name}\n\n{lookalike}{signature}").as_bytes());
        work.git(&["update-ref", &format!("refs/tags/{name}"), &id]);
    }
    work.git(&["merge", "-q", "--no-ff", "-m", "m1", "v1"]);
    assert_eq!(push(&work, &["feature"]).findings(), "");
    work.git(&["reset", "-q", "--hard", "HEAD^"]);
    work.git(&["merge", "-q", "--no-ff", "-m", "m2", "v2"]);
    assert!(work.git(&["cat-file", "commit", "HEAD"]).contains("\n parent "), "a tag inside a commit");
    assert_eq!(push(&work, &["feature"]).findings(), "");
    work.git(&["merge", "-q", "--no-ff", "-m", "m2", "v3"]);
    assert_eq!(push(&work, &["feature"]).findings(), "block merge-source m2 l1");
}

#[test]
fn a_merge_that_keeps_none_of_the_content_is_one_all_the_same() {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, &format!("{HISTORY}feature = f1"));
    work.git(&["checkout", "-q", "feature"]);
    work.git(&["merge", "-q", "-s", "ours", "-m", "ours", "wip"]);
    assert_eq!(work.git(&["diff", "HEAD", "HEAD^"]), "");
    assert_eq!(push(&work, &["feature"]).findings(), "block merge-source ours l1");
}

#[test]
fn one_parent_twice_is_one_parent() {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, &format!("{HISTORY}feature = f1"));
    // git refuses to write this by its porcelain; other tools do not.
    let twice = |message: &str, parents: &[&str]| {
        let tree = work.rev("feature^{tree}");
        let parents: String = parents.iter().map(|parent| format!("parent {}\n", work.rev(parent))).collect();
        let person = "A <a@example.org> 1767225600 +0000";
        let text = format!("tree {tree}\n{parents}author {person}\ncommitter {person}\n\n{message}\n");
        work.git(&["update-ref", "refs/heads/feature", &work.store("commit", text.as_bytes())]);
        push(&work, &["feature"]).findings()
    };
    assert_eq!(twice("own", &["refs/drawn/f1", "refs/drawn/f1"]), "");
    assert_eq!(twice("base", &["refs/drawn/f1", "origin/main", "origin/main"]), "");
    let foreign = ["refs/drawn/f1", "wip", "wip"];
    assert_eq!(twice("bad", &foreign), "block merge-source bad l1");
    assert_eq!(twice("bad", &["wip", "wip"]), "", "a line of its own");
}

#[test]
fn a_stash_merges_no_branches() {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, &format!("{HISTORY}feature = f1"));
    work.git(&["checkout", "-q", "feature"]);
    work.write(&[("f1.txt", "changed\n"), ("untracked.txt", "new\n")]);
    let zero = "0".repeat(40);
    for arg in ["--quiet", "--include-untracked"] {
        work.write(&[("f1.txt", "changed\n"), ("untracked.txt", "new\n")]);
        work.git(&["stash", "push", arg]);
        let stash = work.rev("stash@{0}");
        for (typed, target, code) in [
            ("refs/stash", "refs/stash", 0),
            ("stash@{0}", "refs/heads/feature", 0),
            ("refs/stash", "refs/heads/wip", 0),
            // By its bare id, nothing says that it is one.
            (stash.as_str(), "refs/heads/wip", 1),
        ] {
            let ended = work.pre_push(&format!("{typed} {stash} {target} {zero}\n"));
            assert_eq!(ended.code, Some(code), "{typed} to {target}: {}", ended.stderr);
        }
    }
    // What hides behind the name is a merge.
    draw(&work, "m f1 l1; refs/stash = m");
    let line = format!("refs/stash {} refs/heads/wip {zero}\n", work.rev("refs/stash"));
    assert_eq!(work.pre_push(&line).code, Some(1));
}

#[test]
fn what_the_remote_had_before_may_be_unknown_here() {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, &format!("{HISTORY}m f1 b3; n f1 l1; feature = m; bad = n"));
    let unknown = "1".repeat(40);
    for (branch, code) in [("feature", 0), ("bad", 1)] {
        let line = format!("{branch} {} refs/heads/{branch} {unknown}\n", work.rev(branch));
        let ended = work.pre_push(&line);
        assert_eq!(ended.code, Some(code), "{}", ended.stderr);
    }
    // That the remote's value is known is enough, tracking ref or not.
    let line = format!("bad {0} refs/heads/elsewhere {0}\n", work.rev("bad"));
    assert_eq!(work.pre_push(&line).code, Some(0));
}

#[test]
fn where_it_goes_is_not_always_a_branch() {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, &format!("{HISTORY}m f1 l1; n f1 b3; feature = m; origin/feature = f1"));
    let zero = "0".repeat(40);
    for (target, bad) in [
        ("refs/for/main", 1),
        ("refs/changes/1/2", 1),
        ("refs/tags/v1", 1),
        ("refs/heads/main", 0),
        ("refs/notes/commits", 0),
        ("refs/remotes/origin/x", 0),
    ] {
        let pushed = |id: &str| work.pre_push(&format!("HEAD {id} {target} {zero}\n")).code;
        assert_eq!(pushed(&work.rev("refs/drawn/m")), Some(bad), "{target}");
        assert_eq!(pushed(&work.rev("refs/drawn/n")), Some(0), "{target}");
    }
}

#[test]
fn people_are_told_which_merge_which_parent_and_what_came_with_it() {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, r#"{"base": "main"}"#, &format!("{HISTORY}m f1 b3 d2; feature = m"));
    let short = |commit: &str| work.rev(&format!("refs/drawn/{commit}"))[..10].to_owned();
    let said = push(&work, &["feature"]);
    let want = format!(
        "merge {} \"m\" brings in {} \"d2\" of origin/develop and 1 commit with it, which is on none of the branches \
         that the policy allows\n\
         brings 2 commits of origin/develop, a branch outside the policy: {} \"d1\" to {} \"d2\"",
        short("m"),
        short("d2"),
        short("d1"),
        short("d2"),
    );
    assert_eq!(said.messages(), want);
    assert!(said.commands().contains(&"git fetch origin".to_owned()), "the tracking ref may be stale: {said:#?}");
    assert_eq!(said.report["findings"][0]["commit"], work.rev("refs/drawn/m"));
    assert_eq!(said.report["findings"][0]["ref"], "refs/heads/feature");
    // By hand, any name of the commit will do.
    for typed in [&work.rev("feature"), "refs/heads/feature", "feature~0"] {
        assert_eq!(check(&work, &[typed]).messages(), want, "{typed}");
    }
}
