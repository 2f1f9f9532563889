//! Rule `foreign-commits` from the outside: what comes along without any merge of its own, and what only looks like it.

use crate::drawn::{announce, check, draw, push, redraw, world};
use crate::support::{Repo, Sandbox};

/// A base with two commits on top, a branch outside the policy, and one of a colleague.
const HISTORY: &str = "
    b
    b2 b
    b3 b2
    d1 b
    d2 d1
    d3 d2
    r1 b
    c1 b2
    c2 c1
    f1 b2
    f2 f1
    origin/main = b3
    origin/develop = d3
    origin/release/1 = r1
    origin/colleague = c2
";

const POLICY: &str = r#"{"feature": "feature", "base": "main", "allowed": ["release/*"]}"#;

/// What is said about pushing `feature`, drawn over [`HISTORY`].
fn judged(work: &Repo, policy: &str, history: &str) -> String {
    redraw(work, policy, &format!("{HISTORY}{history}"));
    let said = push(work, &["feature"]);
    assert_eq!(said.doubts(), "", "nothing is in doubt");
    said.findings()
}

#[test]
fn what_another_branch_has_does_not_come_along() {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, "");
    for (what, history, want) in [
        ("a fast-forward", "feature = d3", "d1 d3"),
        ("to less than its tip", "feature = d2", "d1 d2"),
        ("one commit", "feature = d1", "d1"),
        ("a reset and own work", "g d3; feature = g", "d1 d3"),
        ("a rebase onto it", "g1 d2; g2 g1; feature = g2; origin/feature = f2", "d1 d2"),
        ("a branch cut from another feature", "g c2; feature = g", "c1 c2"),
        ("and from an older commit of it", "g c1; feature = g", "c1"),
        ("another feature under a new name", "feature = c2", "c1 c2"),
        ("a history without a base", "o; p o; q p; feature = q; origin/odd = p", "o p"),
        ("what came with an allowed branch that is here only", "l d2; m f1 l; release/9 = l; feature = l", "d1 d2"),
    ] {
        assert_eq!(judged(&work, POLICY, history), format!("block foreign-commits {want}"), "{what}");
    }
    // Two branches: each commit is said once, with the branch that explains the most.
    let two = "d4 d3 c2; feature = d4; origin/develop = d4";
    assert_eq!(judged(&work, POLICY, two), "block foreign-commits d1 d4");
    let two = "x c2; y d1 x; g y; feature = g; origin/x = x";
    assert_eq!(
        judged(&work, POLICY, two),
        "block merge-source y x\nblock foreign-commits c1 x\nblock foreign-commits d1"
    );
    let newest_first = "k; l; m f1 k; n m l; feature = n";
    assert_eq!(judged(&work, POLICY, newest_first), "block merge-source n l\nblock merge-source m k");
}

#[test]
fn what_is_ones_own_is_not_foreign() {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, "");
    for (what, history) in [
        ("own work", "feature = f2"),
        ("own work, published", "feature = f2; origin/feature = f1"),
        ("a colleague cut a branch from it", "g f2; k f1; feature = g; origin/feature = f2; origin/colleague = k"),
        ("the same, and it was rewritten since", "g f1; k f2; feature = g; origin/feature = f2; origin/colleague = k"),
        ("rebased, and a colleague has the old one", "g b3; feature = g; origin/feature = f2; origin/colleague = f2"),
        ("it went into another branch", "k d3 f2; feature = f2; origin/feature = f2; origin/develop = k"),
        ("it is on another remote", "g f2; feature = g; upstream/feature = f2; origin/colleague = f2"),
        ("another branch has the base", "k d3 b3; g b3; feature = g; origin/develop = k"),
        ("another branch has an allowed one", "k d3 r1; m f1 r1; feature = m; origin/develop = k"),
        ("another branch is at the base", "feature = b3; origin/colleague = b3"),
        ("another branch is older than the base", "g b3; feature = g; origin/colleague = b2"),
        ("a local branch is nobody's", "feature = f2; develop = f2; main = f2"),
        ("nor is a tag", "feature = f2; refs/tags/v1 = f2; refs/tags/origin/x = f2"),
    ] {
        assert_eq!(judged(&work, POLICY, history), "", "{what}");
    }
}

#[test]
fn new_ids_are_new_commits() {
    // Documented: a squash merge and a cherry-pick cannot be told from own work.
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, &format!("{HISTORY}feature = f1"));
    work.git(&["checkout", "-q", "feature"]);
    work.git(&["cherry-pick", "refs/drawn/d1"]);
    work.git(&["merge", "-q", "--squash", "origin/colleague"]);
    work.git(&["commit", "-q", "-m", "squashed"]);
    assert_eq!(push(&work, &["feature"]).findings(), "");
    // Rebased onto a foreign branch, own commits get new ids, and those of that branch keep theirs.
    work.git(&["rebase", "-q", "origin/develop"]);
    let findings = push(&work, &["feature"]).findings();
    assert_eq!(findings, "block foreign-commits d1 d3");
}

#[test]
fn the_policy_says_how_much_it_weighs() {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, "");
    let with = |word: &str| format!(r#"{{"base": "main", "foreign_commits": "{word}"}}"#);
    for (word, want) in [("block", "block foreign-commits d1 d2"), ("warn", "warn foreign-commits d1 d2"), ("off", "")]
    {
        assert_eq!(judged(&work, &with(word), "feature = d2"), want);
    }
    // A merge is a merge.
    let merge = "m f1 d2; feature = m";
    assert_eq!(judged(&work, &with("off"), merge), "block merge-source m d2");
    assert_eq!(judged(&work, &with("warn"), merge), "block merge-source m d2\nwarn foreign-commits d1 d2");
    // The merges that a foreign branch has inside are that branch's business.
    let inside = "k d3 c2; g k; feature = g; origin/develop = k";
    assert_eq!(judged(&work, &with("off"), inside), "");
    assert_eq!(judged(&work, &with("warn"), inside), "warn foreign-commits d1 k");
}

#[test]
fn a_branch_that_is_renamed_goes_with_its_old_name() {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, &format!("{HISTORY}new = c2"));
    assert!(push(&work, &["new"]).blocked(), "it might be anybody's");
    let zero = "0".repeat(40);
    let delete = format!("(delete) {zero} refs/heads/colleague {}\n", work.rev("origin/colleague"));
    let both = work.pre_push(&(announce(&work, &["new"]) + &delete));
    assert_eq!((both.code, both.stderr.as_str()), (Some(0), ""));
}

#[test]
fn branches_that_go_out_together_are_not_foreign_to_each_other() {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, "");
    for (refs, pushed, blocked) in [
        ("A = f1; B = f2", &["A", "B"][..], false),
        ("A = f2; B = f2", &["A", "B"], false),
        ("A = f2; B = f1; origin/A = f1", &["A", "B"], false),
        ("A = f1; B = f2; origin/A = f1", &["B"], true),
        // To send a foreign branch along under a new name is no way around.
        ("A = d3; g d3; B = g", &["A", "B"], true),
        ("A = d3; m f1 d3; B = m", &["A", "B"], true),
    ] {
        redraw(&work, POLICY, &format!("{HISTORY}{refs}"));
        let said = push(&work, pushed);
        assert_eq!(said.blocked(), blocked, "{refs} {pushed:?}: {}", said.hook);
    }
}

#[test]
fn a_tag_of_what_the_remotes_have_brings_nothing() {
    let sandbox = Sandbox::new();
    let history = "k d3 c2; g d1; m f1 g; origin/develop = k; u b; v u c1; upstream/next = v";
    let work = world(&sandbox, POLICY, &format!("{HISTORY}{history}"));
    let zero = "0".repeat(40);
    for (commit, code) in [("d2", 0), ("k", 0), ("v", 0), ("u", 0), ("f2", 0), ("g", 1), ("m", 1)] {
        work.git(&["tag", "-f", "-a", "-m", "v1", "v1", &format!("refs/drawn/{commit}")]);
        for id in [work.rev("v1"), work.rev("v1^{}")] {
            let ended = work.pre_push(&format!("refs/tags/v1 {id} refs/tags/v1 {zero}\n"));
            assert_eq!(ended.code, Some(code), "{commit}: {}", ended.stderr);
        }
    }
}

#[test]
fn in_a_fork_the_other_main_is_at_most_a_doubt() {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, "");
    // The fork's main is old; `upstream` has gone on, and its `develop` has all of that too.
    let fork =
        "t1 b2; u1 b3 t1; u2 u1; ud u2 d3; g u2; m f1 u2; w u2; feature = g; merged = m; main = u2; on-merges = u2;
        origin/main = b2; upstream/main = u2; upstream/develop = ud; upstream/topic = w;";
    let plain = r#"{"base": "main"}"#;
    let named = r#"{"base": "upstream/main"}"#;
    for (policy, branch, want) in [
        (named, "feature", ""),
        (named, "merged", ""),
        (plain, "feature", "warn foreign-commits b3 u2"),
        (plain, "merged", "warn merge-source m u2\nwarn foreign-commits b3 u2"),
        // Its merges are not made here, so nobody is asked about them.
        (plain, "main", ""),
        (plain, "on-merges", "warn foreign-commits b3 u2"),
    ] {
        redraw(&work, policy, &format!("{HISTORY}{fork}"));
        let said = push(&work, &[branch]);
        assert_eq!(said.findings(), want, "{policy} {branch}");
        assert_eq!(said.doubts().contains("upstream/main"), !want.is_empty(), "{}", said.doubts());
    }
    // News has to be fetched from where the names of the policy lead.
    let both = r#"{"base": "upstream/main", "allowed": ["origin/release/*"]}"#;
    for (policy, fetch) in [(named, "git fetch upstream"), (both, "git fetch --multiple upstream origin")] {
        redraw(&work, policy, &format!("{HISTORY}{fork} h d2; feature = h"));
        let commands = push(&work, &["feature"]).commands();
        assert!(commands.contains(&fetch.to_owned()), "{commands:?}");
    }
    // What is foreign beside that still blocks.
    redraw(&work, plain, &format!("{HISTORY}{fork} h g; n h d2; feature = n"));
    let said = push(&work, &["feature"]);
    assert_eq!(said.findings(), "block merge-source n d2\nblock foreign-commits d1 d2\nwarn foreign-commits b3 u2");
    redraw(&work, plain, &format!("{HISTORY}{fork} x ud; feature = x"));
    assert!(push(&work, &["feature"]).blocked());
}

#[test]
fn any_number_of_other_branches_can_be_told_apart() {
    let sandbox = Sandbox::new();
    let mut history = format!("{HISTORY} x0 b2;");
    for number in 1..=150 {
        history += &format!("x{number} x{}; y{number} x{number}; origin/other/{number} = y{number};", number - 1);
    }
    let work = world(&sandbox, POLICY, &format!("{history} feature = x90; all = y150; one = y1; f = f2"));
    assert_eq!(push(&work, &["feature"]).findings(), "block foreign-commits x0 x90");
    assert!(push(&work, &["feature"]).messages().contains("91 commits of origin/other/"));
    let said = push(&work, &["all"]);
    assert!(said.messages().starts_with("brings 152 commits of origin/other/150, "), "{said:#?}");
    assert_eq!(push(&work, &["f"]).findings(), "");
}

#[test]
fn people_are_told_how_many_whose_and_which() {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, &format!("{HISTORY}g d3; feature = g; one = d1"));
    let short = |commit: &str| work.rev(&format!("refs/drawn/{commit}"))[..10].to_owned();
    let want = format!(
        "brings 3 commits of origin/develop, a branch outside the policy: {} \"d1\" to {} \"d3\"",
        short("d1"),
        short("d3")
    );
    let said = push(&work, &["feature"]);
    assert_eq!(said.messages(), want);
    assert_eq!(said.report["findings"][0]["commit"], work.rev("refs/drawn/d3"));
    let want = format!("brings 1 commit of origin/develop, a branch outside the policy: {} \"d1\"", short("d1"));
    assert_eq!(push(&work, &["one"]).messages(), want);
    let range = check(&work, &["--range", "origin/main..feature"]);
    assert_eq!(range.messages(), said.messages());
}

#[test]
fn first_and_last_follow_the_history_where_clocks_do_not() {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, "");
    for times in [["5", "5", "5"], ["9", "7", "5"], ["5", "9", "7"], ["-1", "4102444800", "0"]] {
        let [one, two, three] = times;
        let history = format!("x b @{one}; y x @{two}; z y @{three}; origin/x = z; feature = z");
        assert_eq!(judged(&work, POLICY, &history), "block foreign-commits x z", "{times:?}");
    }
    // A branch that seems to have ended long ago hides nothing.
    let old = "x b; y x @86400; z y @0; origin/x = z; feature = x";
    assert_eq!(judged(&work, POLICY, old), "block foreign-commits x");
    draw(&work, "origin/colleague = b2");
}
