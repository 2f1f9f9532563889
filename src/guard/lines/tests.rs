//! Names and what they lead to, as tables: refs, remotes and pushes in, lines out.

use super::*;
use crate::model::Oid;
use crate::policy::parse;
use bstr::ByteSlice;
use proptest::prelude::*;

/// What a ref of this name leads to before the push, and after it.
fn old(name: &[u8]) -> Oid {
    let mut raw = [1; 20];
    name.iter().enumerate().for_each(|(at, byte)| raw[at % 20] ^= byte.rotate_left(at as u32));
    Oid::from_bytes(&raw).unwrap()
}

fn new(name: &[u8]) -> Oid {
    let mut raw = old(name).as_bytes().to_owned();
    raw[0] ^= 0x80;
    Oid::from_bytes(&raw).unwrap()
}

fn zero() -> Oid {
    Oid::from_bytes(&[0; 20]).unwrap()
}

fn table(refs: &[&str]) -> RefTable {
    refs.iter().map(|&name| (name, old(name.as_bytes()))).collect()
}

/// `name` is written, `+name` is new, `-name` is deleted; a branch where the name is no full one.
fn update(written: &str) -> RefUpdate {
    let name = written.trim_start_matches(['+', '-']);
    let name = if name.starts_with("refs/") { name.to_owned() } else { format!("refs/heads/{name}") };
    RefUpdate {
        local_ref: name.clone().into(),
        new: if written.starts_with('-') { zero() } else { new(name.as_bytes()) },
        old: if written.starts_with('+') { zero() } else { old(name.as_bytes()) },
        remote_ref: name.into(),
    }
}

fn client(remote: Option<&str>, remotes: &[&str]) -> Side {
    Side::Client {
        remote: remote.map(BString::from),
        remotes: remotes.iter().map(|&remote| BString::from(remote)).collect(),
    }
}

fn policy(json: &str) -> Policy {
    parse(json.as_bytes()).unwrap()
}

/// Refs by name; one whose target is not the one before the push is marked with `*`.
fn named<'t>(tips: impl IntoIterator<Item = &'t Tip>) -> String {
    let one = |tip: &Tip| format!("{}{}", tip.name, if tip.target == old(&tip.name) { "" } else { "*" });
    tips.into_iter().map(one).collect::<Vec<_>>().join(" ")
}

#[derive(Debug, Default, PartialEq)]
struct Seen {
    base: String,
    allowed: String,
    own: String,
    outside: String,
    together: String,
    namesakes: String,
    missing: String,
}

fn see(side: &Side, refs: &[&str], json: &str, pushed: &[&str]) -> Seen {
    let refs = table(refs);
    let updates: Vec<_> = pushed.iter().map(|written| update(written)).collect();
    let sources = Sources::new(&policy(json), side, &refs, &updates, &|_| None);
    let lines = sources.lines(&updates[0]);
    assert_eq!(lines.base_missing, lines.base.is_empty());
    Seen {
        base: named(lines.base),
        allowed: named(lines.allowed),
        own: named(&lines.own),
        outside: named(lines.outside),
        together: lines.together.iter().map(|update| update.remote_ref.to_string()).collect::<Vec<_>>().join(" "),
        namesakes: named(lines.namesakes),
        missing: lines.missing.iter().map(|name| name.to_string()).collect::<Vec<_>>().join(" "),
    }
}

fn s(text: &str) -> String {
    text.to_owned()
}

const FORK: &[&str] = &[
    "refs/heads/main",
    "refs/heads/local-only",
    "refs/heads/origin/main",
    "refs/remotes/origin/HEAD",
    "refs/remotes/origin/main",
    "refs/remotes/origin/develop",
    "refs/remotes/origin/release/1",
    "refs/remotes/origin/release/1/2",
    "refs/remotes/origin/chore/release/x",
    "refs/remotes/upstream/HEAD",
    "refs/remotes/upstream/main",
    "refs/remotes/upstream/next",
    "refs/remotes/upstream/release/9",
    "refs/tags/main",
    "refs/tags/next",
    "refs/tags/v1",
];

#[test]
fn names_lead_to_full_refs_in_order() {
    let side = client(Some("origin"), &["origin", "upstream"]);
    let main = "refs/remotes/origin/main";
    for (name, want) in [
        ("main", "refs/remotes/origin/main"),
        ("origin/main", "refs/remotes/origin/main"),
        ("upstream/main", "refs/remotes/upstream/main"),
        ("refs/remotes/upstream/main", "refs/remotes/upstream/main"),
        ("refs/heads/main", "refs/heads/main"),
        ("next", "refs/remotes/upstream/next"),
        ("local-only", "refs/heads/local-only"),
        ("develop", "refs/remotes/origin/develop"),
        ("release/*", "refs/remotes/origin/release/1"),
        ("release/**", "refs/remotes/origin/release/1 refs/remotes/origin/release/1/2"),
        ("upstream/release/*", "refs/remotes/upstream/release/9"),
        ("upstream/*", "refs/remotes/upstream/main refs/remotes/upstream/next"),
        ("n*", "refs/remotes/upstream/next"),
        ("local-*", "refs/heads/local-only"),
        ("refs/heads/*", "refs/heads/local-only refs/heads/main"),
        ("refs/remotes/*/main", "refs/remotes/origin/main refs/remotes/upstream/main"),
        (
            "refs/remotes/**",
            "refs/remotes/origin/chore/release/x refs/remotes/origin/develop refs/remotes/origin/main \
          refs/remotes/origin/release/1 refs/remotes/origin/release/1/2 refs/remotes/upstream/main \
          refs/remotes/upstream/next refs/remotes/upstream/release/9",
        ),
        ("HEA?", ""),
        ("v1", ""),
        ("v*", ""),
        ("elsewhere/main", ""),
        ("refs/remotes/origin/next", ""),
        ("mai", ""),
        ("in", ""),
    ] {
        let json = format!(r#"{{"base": "main", "allowed": ["{name}"]}}"#);
        let seen = see(&side, FORK, &json, &["+refs/tags/new"]);
        assert_eq!(seen.allowed, want, "{name}");
        assert_eq!(seen.base, main);
        assert_eq!(seen.missing, if want.is_empty() && !name.contains(['*', '?']) { name } else { "" }, "{name}");
        if !name.contains('*') {
            let seen = see(&side, FORK, &format!(r#"{{"base": "{name}"}}"#).replace('?', ""), &["+feature"]);
            assert_eq!(seen.base, want, "{name} as base");
        }
    }
}

#[test]
fn the_remote_that_is_pushed_to_comes_first() {
    for (remote, want) in [
        (Some("origin"), "refs/remotes/origin/main"),
        (Some("upstream"), "refs/remotes/upstream/main"),
        (None, "refs/remotes/origin/main refs/remotes/upstream/main"),
        (Some("new"), "refs/remotes/origin/main refs/remotes/upstream/main"),
    ] {
        let side = client(remote, &["origin", "upstream"]);
        assert_eq!(see(&side, FORK, r#"{"base": "main"}"#, &["+feature"]).base, want, "{remote:?}");
    }
}

#[test]
fn a_branch_that_looks_qualified_counts_only_where_the_qualified_one_is_not() {
    let side = client(Some("origin"), &["origin", "upstream"]);
    let json = r#"{"base": "upstream/main"}"#;
    let odd = "refs/remotes/origin/upstream/main";
    assert_eq!(see(&side, &[odd, "refs/remotes/upstream/main"], json, &["+f"]).base, "refs/remotes/upstream/main");
    assert_eq!(see(&side, &[odd], json, &["+f"]).base, odd);
    let seen = see(&side, &["refs/heads/upstream/main"], json, &["+f"]);
    assert_eq!((seen.base, seen.missing), (s(""), s("upstream/main")), "a local branch of that name proves nothing");
    // Nobody can push their own proof under that name.
    let pushed = see(&side, &["refs/remotes/upstream/main"], json, &["+f", "+upstream/main"]);
    assert_eq!((pushed.base, pushed.together), (s("refs/remotes/upstream/main"), s("refs/heads/upstream/main")));
}

#[test]
fn the_lines_of_a_push_in_a_fork() {
    let side = client(Some("origin"), &["origin", "upstream"]);
    let refs = &[
        "refs/heads/main",
        "refs/remotes/origin/HEAD",
        "refs/remotes/origin/alice",
        "refs/remotes/origin/develop",
        "refs/remotes/origin/feature/1",
        "refs/remotes/origin/main",
        "refs/remotes/origin/release/1",
        "refs/remotes/origin/wip",
        "refs/remotes/svn",
        "refs/remotes/upstream/bob",
        "refs/remotes/upstream/main",
        "refs/remotes/upstream/release/2",
        "refs/remotes/upstream/wip",
        "refs/tags/alice",
    ];
    let json = r#"{"feature": "feature/1", "base": "main", "allowed": ["develop", "release/*", "gone"]}"#;
    let seen = see(&side, refs, json, &["wip", "+alice", "-bob", "+refs/tags/v1", "-gone2", "+develop"]);
    let want = Seen {
        base: s("refs/remotes/origin/main"),
        allowed: s("refs/heads/develop* refs/remotes/origin/develop refs/remotes/origin/release/1"),
        own: s("refs/heads/wip refs/remotes/origin/feature/1 refs/remotes/origin/wip refs/remotes/upstream/wip"),
        outside: s("refs/remotes/upstream/bob"),
        together: s("refs/heads/alice"),
        namesakes: s("refs/remotes/upstream/main refs/remotes/upstream/release/2"),
        missing: s("gone"),
    };
    assert_eq!(seen, want);
}

#[test]
fn a_branch_renamed_on_the_remote_is_not_foreign_to_itself() {
    let side = client(Some("origin"), &["origin"]);
    let refs = &["refs/remotes/origin/main", "refs/remotes/origin/old-name", "refs/remotes/origin/other"];
    let json = r#"{"base": "main"}"#;
    assert_eq!(see(&side, refs, json, &["+new-name", "-old-name"]).outside, "refs/remotes/origin/other");
    assert_eq!(
        see(&side, refs, json, &["+new-name"]).outside,
        "refs/remotes/origin/old-name refs/remotes/origin/other"
    );
}

#[test]
fn what_goes_out_together_is_known_at_the_receiver_only() {
    let side = client(Some("origin"), &["origin", "upstream"]);
    let refs = &["refs/remotes/origin/a", "refs/remotes/origin/main", "refs/remotes/upstream/a"];
    let json = r#"{"base": "main"}"#;
    assert_eq!(see(&side, refs, json, &["+f", "a"]).outside, "refs/remotes/upstream/a");
    // A bare URL may be any of them.
    assert_eq!(see(&client(None, &["origin", "upstream"]), refs, json, &["+f", "a"]).outside, "");
    let own = see(&side, refs, json, &["a", "+f"]);
    assert_eq!(own.own, "refs/heads/a refs/remotes/origin/a refs/remotes/upstream/a");
    assert_eq!(own.outside, "");
}

#[test]
fn a_missing_name_may_come_with_the_push() {
    let side = client(Some("origin"), &["origin"]);
    let seen = see(&side, &[], r#"{"base": "main", "allowed": ["release/*"]}"#, &["+f", "+main", "+release/1"]);
    assert_eq!(seen.base, "refs/heads/main*");
    assert_eq!(seen.allowed, "refs/heads/release/1*");
    assert_eq!((seen.missing, seen.together), (s(""), s("")));
    let seen = see(&side, &[], r#"{"base": "main"}"#, &["+f", "-main"]);
    assert_eq!((seen.base, seen.missing), (s(""), s("main")));
}

#[test]
fn only_a_feature_that_is_a_name_and_on_the_remote_is_the_own_line() {
    let side = client(Some("origin"), &["origin", "upstream"]);
    let refs =
        &["refs/heads/local", "refs/remotes/origin/f/1", "refs/remotes/origin/main", "refs/remotes/upstream/f/2"];
    for (feature, own) in [
        ("f/1", "refs/remotes/origin/f/1"),
        ("f/2", "refs/remotes/upstream/f/2"),
        ("upstream/f/2", "refs/remotes/upstream/f/2"),
        ("f/*", ""),
        ("local", ""),
        ("refs/heads/local", ""),
    ] {
        let json = format!(r#"{{"base": "main", "feature": "{feature}"}}"#);
        for pushed in ["+refs/for/main", "+refs/tags/v1", "+other"] {
            let seen = see(&side, refs, &json, &[pushed]);
            assert_eq!(seen.own, own, "{feature} {pushed}");
            assert!(own.is_empty() || !seen.outside.contains(own), "{feature}");
        }
    }
}

#[test]
fn without_a_base_the_policy_means_the_branch_that_content_is_compared_with() {
    let side = client(Some("origin"), &["origin", "upstream"]);
    let heads = |remote: &[u8]| (remote == b"origin").then(|| BString::from("refs/remotes/origin/trunk"));
    let policy = policy(r#"{"allowed": ["develop"]}"#);
    for (refs, want) in [
        (&["refs/remotes/origin/main", "refs/remotes/origin/trunk"][..], "refs/remotes/origin/trunk"),
        (&["refs/remotes/origin/main"], "refs/remotes/origin/main"),
        (&["refs/remotes/upstream/master", "refs/heads/main"], "refs/remotes/upstream/master"),
        (&["refs/heads/main"], ""),
    ] {
        let refs = table(refs);
        let updates = [update("+f"), update("trunk")];
        let sources = Sources::new(&policy, &side, &refs, &updates[..1], &heads);
        assert_eq!(named(sources.lines(&updates[0]).base), want);
        assert!(!sources.lines(&updates[0]).missing.contains(&"trunk".into()));
        assert_eq!(sources.exempt(&updates[1]), want.ends_with("trunk"), "{want}");
    }
}

#[test]
fn remote_names_may_hold_slashes() {
    let side = client(Some("team"), &["team", "team/origin"]);
    let refs = &[
        "refs/remotes/team/HEAD",
        "refs/remotes/team/main",
        "refs/remotes/team/origin/HEAD",
        "refs/remotes/team/origin/main",
        "refs/remotes/team/origin/side",
        "refs/remotes/unknown/x/HEAD",
        "refs/remotes/unknown/x/y",
    ];
    let seen = see(&side, refs, r#"{"base": "main", "allowed": ["origin/*", "team/origin/s*"]}"#, &["+y"]);
    assert_eq!(seen.base, "refs/remotes/team/main");
    assert_eq!(seen.allowed, "refs/remotes/team/origin/side");
    assert_eq!(seen.namesakes, "refs/remotes/team/origin/main");
    assert_eq!(seen.outside, "", "what stands beside the remotes is nobody's");
    let nothing_else = see(&client(None, &[]), &["refs/remotes/unknown/x/y"], r#"{"base": "main"}"#, &["+y"]);
    assert_eq!(nothing_else.outside, "refs/remotes/unknown/x/y", "unless there are none");
    assert_eq!(see(&side, refs, "{}", &["+origin/side"]).own, "", "it is the other remote's `side`");
    let side = client(Some("team/origin"), &["team"]);
    assert_eq!(see(&side, refs, r#"{"base": "main"}"#, &["+y"]).base, "refs/remotes/team/origin/main");
}

#[test]
fn on_a_server_branches_are_the_truth() {
    let refs = &[
        "refs/heads/develop",
        "refs/heads/f",
        "refs/heads/feature/1",
        "refs/heads/main",
        "refs/heads/other",
        "refs/heads/stacked",
        "refs/heads/upstream/main",
        "refs/remotes/origin/main",
        "refs/tags/develop",
    ];
    let json = r#"{"base": "main", "allowed": ["develop", "release/*"], "feature": "feature/1"}"#;
    let seen = see(&Side::Server, refs, json, &["f", "+release/1", "develop", "stacked"]);
    let want = Seen {
        base: s("refs/heads/main"),
        allowed: s("refs/heads/develop refs/heads/develop* refs/heads/release/1*"),
        own: s("refs/heads/f refs/heads/feature/1"),
        outside: s("refs/heads/other refs/heads/upstream/main"),
        together: s("refs/heads/stacked"),
        namesakes: s(""),
        missing: s(""),
    };
    assert_eq!(seen.allowed.split(' ').collect::<HashSet<_>>(), want.allowed.split(' ').collect());
    assert_eq!(Seen { allowed: s(""), ..seen }, Seen { allowed: s(""), ..want });
    let seen = see(&Side::Server, refs, r#"{"base": "upstream/main", "allowed": ["refs/heads/main"]}"#, &["+g"]);
    assert_eq!((seen.base, seen.allowed), (s("refs/heads/upstream/main"), s("refs/heads/main")));
    let seen = see(&Side::Server, refs, r#"{"base": "elsewhere/main"}"#, &["+g"]);
    assert_eq!((seen.base, seen.missing), (s(""), s("elsewhere/main")));
}

#[test]
fn the_merge_rules_leave_some_refs_alone() {
    let fork = client(Some("origin"), &["origin", "upstream"]);
    let json = r#"{"base": "main", "allowed": ["release/*", "upstream/next", "refs/heads/full"]}"#;
    for (side, written, exempt) in [
        (&fork, "main", true),
        (&fork, "release/1", true),
        (&fork, "release/1/2", false),
        (&fork, "chore/release/x", false),
        (&fork, "next", false),
        (&fork, "upstream/next", false),
        (&fork, "full", true),
        (&fork, "feature", false),
        (&fork, "-feature", true),
        (&fork, "-refs/tags/v1", true),
        (&fork, "refs/tags/main", false),
        (&fork, "+refs/for/main", false),
        (&fork, "+refs/stash", true),
        (&fork, "+refs/stash2", false),
        (&fork, "+refs/notes/commits", true),
        (&fork, "+refs/remotes/origin/x", true),
        (&client(Some("upstream"), &["origin", "upstream"]), "next", true),
        (&client(None, &["origin", "upstream"]), "main", true),
        (&client(None, &["origin", "upstream"]), "next", false),
        (&Side::Server, "main", true),
        (&Side::Server, "full", true),
        (&Side::Server, "next", false),
        (&Side::Server, "upstream/next", true),
    ] {
        let refs = table(FORK);
        let updates = [update(written)];
        let sources = Sources::new(&policy(json), side, &refs, &updates, &|_| None);
        assert_eq!(sources.exempt(&updates[0]), exempt, "{side:?} {written}");
    }
    let side = client(Some("origin"), &["origin"]);
    let (refs, updates) = (table(&[]), [update("main"), update("x")]);
    let sources = Sources::new(&policy(r#"{"base": "refs/remotes/origin/main"}"#), &side, &refs, &updates, &|_| None);
    assert!(sources.exempt(&updates[0]) && !sources.exempt(&updates[1]));
}

#[test]
fn the_base_for_markers_is_never_a_local_branch_of_a_clone() {
    let head_of = |remote: &[u8]| match remote {
        b"origin" => Some(BString::from("refs/remotes/origin/trunk")),
        b"upstream" => Some("refs/heads/forged".into()),
        b"" => Some("refs/heads/trunk".into()),
        _ => None,
    };
    let fork = client(Some("origin"), &["upstream", "origin"]);
    let usual = "origin/trunk origin/main origin/master upstream/main upstream/master";
    for (side, base, want) in [
        (&fork, None, usual.to_owned()),
        (&fork, Some("dev"), format!("origin/dev upstream/dev {usual}")),
        (&fork, Some("main"), s("origin/main upstream/main origin/trunk origin/master upstream/master")),
        (&fork, Some("upstream/dev"), format!("upstream/dev origin/upstream/dev upstream/upstream/dev {usual}")),
        (&fork, Some("refs/remotes/x/y"), format!("x/y {usual}")),
        (&fork, Some("refs/heads/dev"), usual.to_owned()),
        (
            &client(None, &["upstream", "origin"]),
            Some("dev"),
            s("upstream/dev origin/dev upstream/main upstream/master origin/trunk origin/main origin/master"),
        ),
        (&client(None, &[]), Some("dev"), s("")),
        (&client(Some("new"), &["origin"]), None, s("new/main new/master origin/trunk origin/main origin/master")),
        (&Side::Server, None, s("trunk main master")),
        (&Side::Server, Some("a/dev"), s("a/dev trunk main master")),
        (&Side::Server, Some("refs/heads/dev"), s("dev trunk main master")),
        (&Side::Server, Some("refs/remotes/o/dev"), s("trunk main master")),
    ] {
        let policy = base.map(|base| policy(&format!(r#"{{"base": "{base}"}}"#)));
        let prefix = if matches!(side, Side::Server) { "refs/heads/" } else { "refs/remotes/" };
        let want: Vec<_> = want.split_whitespace().map(|name| format!("{prefix}{name}")).collect();
        assert_eq!(base_candidates(policy.as_ref(), side, &head_of), want, "{side:?} {base:?}");
    }
}

#[test]
fn people_read_short_names() {
    for (name, want) in [
        ("refs/remotes/origin/a/b", "origin/a/b"),
        ("refs/heads/a/b", "a/b"),
        ("refs/for/main", "refs/for/main"),
        ("refs/tags/v1", "refs/tags/v1"),
    ] {
        assert_eq!(Tip { name: name.into(), target: zero() }.short(), want);
    }
}

fn some_name() -> impl Strategy<Value = BString> {
    let part = prop::sample::select(vec!["main", "a", "b", "HEAD", "origin", "up/stream", "up", "", "*", "\u{e9}"]);
    let name = prop::collection::vec(part, 0..4).prop_map(|parts| BString::from(parts.join("/")));
    prop_oneof![4 => name, 1 => prop::collection::vec(any::<u8>(), 0..6).prop_map(BString::from)]
}

fn some_ref() -> impl Strategy<Value = BString> {
    let prefix = prop::sample::select(vec!["refs/heads/", "refs/remotes/", "refs/remotes/origin/", "refs/tags/", ""]);
    (prefix, some_name()).prop_map(|(prefix, name)| [prefix.as_bytes(), &name].concat().into())
}

fn some_side() -> impl Strategy<Value = Side> {
    let remotes = prop::collection::vec(some_name(), 0..3);
    prop_oneof![
        1 => Just(Side::Server),
        4 => (prop::option::of(some_name()), remotes).prop_map(|(remote, mut remotes)| {
            remotes.extend(["origin", "up", "up/stream"].map(BString::from));
            Side::Client { remote, remotes }
        }),
    ]
}

fn some_policy() -> impl Strategy<Value = Policy> {
    let pattern = || prop::sample::select(vec!["main", "a/*", "up/a", "up/stream/*", "**", "refs/remotes/*/a", "a/b"]);
    let base = prop::option::of(prop::sample::select(vec!["main", "up/main", "refs/heads/a", "refs/remotes/up/a"]));
    (base, prop::option::of(pattern()), prop::collection::vec(pattern(), 0..3)).prop_map(|(base, feature, allowed)| {
        Policy {
            base: base.map(|base| Name::new(base).unwrap()),
            feature: feature.map(|feature| NamePattern::new(feature).unwrap()),
            allowed: allowed.into_iter().map(|allowed| NamePattern::new(allowed).unwrap()).collect(),
            ..Policy::default()
        }
    })
}

proptest! {
    #[test]
    fn nobody_is_inside_and_outside(
        side in some_side(),
        policy in some_policy(),
        refs in prop::collection::vec(some_ref(), 0..12),
        pushed in prop::collection::vec((some_ref(), any::<bool>()), 1..4),
        head in prop::option::of(some_ref()),
    ) {
        let refs: RefTable = refs.into_iter().map(|name| { let target = old(&name); (name, target) }).collect();
        let updates: Vec<_> = pushed.into_iter().map(|(name, deleted)| RefUpdate {
            local_ref: name.clone(),
            new: if deleted { zero() } else { new(&name) },
            old: old(&name),
            remote_ref: name,
        }).collect();
        let sources = Sources::new(&policy, &side, &refs, &updates, &|_| head.clone());
        for update in &updates {
            let lines = sources.lines(update);
            let inside = lines.base.iter().chain(lines.allowed).chain(&lines.own).chain(lines.namesakes);
            let inside: HashSet<_> = inside.map(|tip| tip.name.clone()).collect();
            for tip in &lines.outside {
                prop_assert!(!inside.contains(&tip.name), "{tip:?}");
                prop_assert_eq!(refs.get(&tip.name), Some(tip.target));
                prop_assert!(side == Side::Server || !tip.name.ends_with(b"/HEAD"));
                let published: &[u8] = if side == Side::Server { b"refs/heads/" } else { b"refs/remotes/" };
                prop_assert!(tip.name.starts_with(published));
            }
            // A ref that is judged is no proof of itself.
            for tip in lines.base.iter().chain(lines.allowed) {
                prop_assert!(!tip.name.starts_with(b"refs/tags/"));
                prop_assert!(sources.exempt(update) || tip.name != update.remote_ref || tip.target != update.new);
            }
        }
        for name in base_candidates(Some(&policy), &side, &|_| head.clone()) {
            prop_assert_eq!(name.starts_with(b"refs/heads/"), side == Side::Server);
        }
    }

    #[test]
    fn every_ref_reads_back(side in some_side(), name in some_ref()) {
        let refs = RefTable::default();
        let branches = Branches::new(&side, &refs);
        if let Some(branch) = branches.read(&name) {
            let full = match branch.remote {
                Some(remote) => tracking(remote, branch.name),
                None => [b"refs/heads/", branch.name.as_bytes()].concat().into(),
            };
            prop_assert_eq!(full, name);
        }
    }
}
