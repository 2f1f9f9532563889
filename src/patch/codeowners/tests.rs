//! Whole CODEOWNERS files: who wins, sections, dialects, and files that somebody wrote to stop us.

use super::*;
use proptest::prelude::*;
use std::fmt::Write;

fn owners(place: &str, text: &str, path: &str) -> String {
    CodeOwners::parse(place, text.as_bytes()).of(path.into()).join(" ")
}

#[test]
fn on_github_the_last_match_wins() {
    let text = "# who owns what
*                 @acme/everyone
*.js              @js @acme/web   # both
/build/logs/      @ops
docs/*            docs@example.com
apps/             @apps
/apps/github
/apps/github/own  @own
broken line here
!/apps/x          @nobody
/scripts/ @Ops
";
    for (path, want) in [
        ("README.md", "@acme/everyone"),
        ("src/a.js", "@js @acme/web"),
        ("build/logs/a.js", "@ops"),
        ("x/build/logs/a", "@acme/everyone"),
        ("docs/a.md", "docs@example.com"),
        ("docs/a/b.md", "@acme/everyone"),
        ("x/apps/y", "@apps"),
        ("apps/github", ""),
        ("apps/github/x/y.js", ""),
        ("apps/github/own/x", "@own"),
        ("apps/x", "@apps"),
        ("scripts/a", "@Ops"),
        ("Scripts/a", "@acme/everyone"),
        ("broken", "@acme/everyone"),
    ] {
        assert_eq!(owners(".github/CODEOWNERS", text, path), want, "{path}");
        assert_eq!(owners("docs/CODEOWNERS", &text.replace('\n', "\r\n"), path), want, "{path}");
    }
}

#[test]
fn a_mark_in_front_of_the_first_line_is_no_part_of_it() {
    for place in [".github/CODEOWNERS", "CODEOWNERS", ".gitlab/CODEOWNERS"] {
        assert_eq!(owners(place, "\u{feff}/infra/ @ops\n*.js @js\n", "infra/x"), "@ops", "{place}");
    }
    assert_eq!(owners("CODEOWNERS", "\u{feff}[Docs] @d\ndocs/\n", "docs/x"), "@d");
}

#[test]
fn on_gitlab_every_section_has_a_say() {
    let text = r"
* @admin
!generated/

[Docs] @docs-team
docs/
README.md @writer   # with @second
README.md

^[Go] @go-team
*.go

[Database][2] @dba @@maintainer
model/db/
config/db/setup.md @docs-team nobody @acme/a/b
/sp\ ace/

[Ruby]
*.rb @ruby
!/config/**/*.rb
/config/routes.rb @ops
*.erb

^[DOCS] @other
/more/

[Twice] @one
^[Maybe]
maybe @maybe
";
    for (path, want) in [
        ("a.txt", "@admin"),
        ("generated/a", ""),
        ("docs/a.go", "@admin @docs-team"),
        ("README.md", "@admin @docs-team"),
        ("model/db/a.rb", "@admin @dba @@maintainer @ruby"),
        ("config/db/setup.md", "@admin @docs-team @acme/a/b"),
        ("sp ace/x", "@admin @dba @@maintainer"),
        ("config/routes.rb", "@admin"),
        ("a.erb", "@admin"),
        ("more/x", "@admin @other"),
        ("maybe", "@admin"),
    ] {
        assert_eq!(owners(".gitlab/CODEOWNERS", text, path), want, "{path}");
        assert_eq!(owners("CODEOWNERS", text, path), want, "{path}: sections say whose it is");
    }
    assert_eq!(owners(".gitlab/CODEOWNERS", "a @x # with @y", "a"), "@x @y", "a comment there is none to GitLab");
}

#[test]
fn the_place_tells_the_dialect_and_otherwise_the_sections_do() {
    let plain = "docs @x\n";
    assert_eq!(owners(".gitlab/CODEOWNERS", plain, "docs/a"), "");
    for place in [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"] {
        assert_eq!(owners(place, plain, "docs/a"), "@x", "{place}");
    }
    let sections = "[Docs] @team\n/docs/\n";
    assert_eq!(owners("docs/CODEOWNERS", sections, "docs/a"), "@team");
    assert_eq!(owners(".github/CODEOWNERS", sections, "docs/a"), "");
    assert_eq!(owners("CODEOWNERS", "/docs/ @x\n[id].ts @y\n", "docs/[id].ts"), "@y");
}

#[test]
fn names_are_bytes() {
    let file = CodeOwners::parse("CODEOWNERS", b"/latin\xe9/ @x\n?\xff @y\n");
    assert_eq!(file.of(b"latin\xe9/a".into()), ["@x"]);
    assert_eq!(file.of(b"latin\xe8/a".into()), [""; 0]);
    assert_eq!(file.of(b"a/\xfe\xff".into()), ["@y"]);
}

#[test]
fn several_paths_name_everybody_once_and_in_order() {
    let file = CodeOwners::parse("CODEOWNERS", b"a @x @y\nb @z @x\nc @w\n");
    let paths = ["b", "c/1", "a", "c/2", "nobody's"].map(BStr::new);
    assert_eq!(file.of_all(paths), ["@z", "@x", "@w", "@y"]);
    assert_eq!(CodeOwners::default().of_all(paths), [""; 0]);
}

#[test]
fn a_file_that_no_forge_reads_names_nobody_and_says_so() {
    let mut text = b"* @x\n".to_vec();
    text.resize(LARGEST, b'#');
    assert_eq!(CodeOwners::parse("CODEOWNERS", &text).of("a".into()), ["@x"]);
    assert_eq!(CodeOwners::parse("CODEOWNERS", &text).why_unusable(), None);
    text.push(b'#');
    let file = CodeOwners::parse("CODEOWNERS", &text);
    assert_eq!(file.of("a".into()), [""; 0]);
    assert!(file.why_unusable().is_some_and(|why| why.contains("3 MB")));
}

/// 20,000 paths of some depth, named so that hostile patterns almost match.
fn flood() -> Vec<String> {
    (0..20_000).map(|n| format!("src/{}/a{}/module{n}.rs", n % 100, "a".repeat(60))).collect()
}

#[test]
fn many_rules_cost_a_few_lookups() {
    let mut text = String::from("* @everyone\n");
    for n in 0..100_000 {
        let _ = writeln!(text, "/src/{}/m{n}/ @t{n}", n % 100);
    }
    let file = CodeOwners::parse("CODEOWNERS", text.as_bytes());
    assert_eq!(file.why_unusable(), None);
    assert_eq!(file.of("src/7/m99907/a".into()), ["@t99907"]);
    let paths = flood();
    assert_eq!(file.of_all(paths.iter().map(|path| path.as_str().into())), ["@everyone"]);
}

#[test]
fn hostile_files_end() {
    let paths = flood();
    let stars = |n: usize| format!("{}{n}", "a*".repeat(12));
    let files: [&dyn Fn(usize) -> String; 6] = [
        &|n| format!("/{} @x", stars(n)),
        &|n| format!("src/*/{} @x", stars(n)),
        &|n| format!("**/{} @x", "a/**/".repeat(3 + n % 3)),
        &|n| format!("[S{n}] @y\n*"),
        &|_| "* @x".to_owned(),
        &|n| format!("a @x{n}"),
    ];
    for (which, line) in files.iter().enumerate() {
        let text: Vec<String> = (0..100_000).map(line).collect();
        let file = CodeOwners::parse("CODEOWNERS", text.join("\n").as_bytes());
        let found = file.of_all(paths.iter().map(|path| path.as_str().into()));
        assert!(found.len() <= 1, "{which}");
        assert_eq!(file.why_unusable().is_some(), [0, 1, 3].contains(&which), "{which}");
    }
    let long = format!("* {}\n", "@owner ".repeat(400_000));
    let file = CodeOwners::parse("CODEOWNERS", long.as_bytes());
    assert_eq!(file.of_all(paths.iter().map(|path| path.as_str().into())), ["@owner"]);
}

/// What a file says without any index: rule after rule, the last match wins.
fn plainly(file: &CodeOwners, path: &str) -> Vec<String> {
    let names: Vec<&BStr> = path.split('/').map(BStr::new).collect();
    let last = file.rules.iter().rev().find(|rule| rule.pattern.matches(&names));
    last.map_or(Vec::new(), |rule| rule.owners.to_vec())
}

proptest! {
    #[test]
    fn any_bytes_are_a_file(place in 0..4usize, text in prop::collection::vec(any::<u8>(), 0..200), path in prop::collection::vec(any::<u8>(), 0..40)) {
        let file = CodeOwners::parse(PLACES[place], &text);
        for owner in file.of(path.as_bstr()) {
            prop_assert!(owner.bytes().all(|byte| byte.is_ascii_graphic()));
        }
    }

    #[test]
    fn any_characters_of_the_language_are_a_file(place in 0..4usize, text in "([\\[\\]!^#*?/\\\\ab. @-]{0,8} ?(@x)?\n){0,8}", path in "[ab.]{0,3}(/[ab.]{0,3}){0,3}") {
        for owner in CodeOwners::parse(PLACES[place], text.as_bytes()).of(path.as_str().into()) {
            prop_assert!(owner.starts_with('@'));
        }
    }

    #[test]
    fn the_index_finds_what_reading_line_by_line_finds(
        place in prop::sample::select(vec![".github/CODEOWNERS", ".gitlab/CODEOWNERS"]),
        patterns in prop::collection::vec("/?(([ab]{1,2}|\\*|\\*\\*|\\*\\.a|a\\*|[ab]\\.[ab])/){0,3}([ab]{0,2}|\\*|\\*\\*|\\*\\.a|b\\*)", 1..8),
        path in "([ab]{1,2}|a\\.a)(/[ab]{1,2}|/b\\.a){0,4}",
    ) {
        let lines: Vec<String> = patterns.iter().enumerate().map(|(n, pattern)| format!("{pattern} @o{n}")).collect();
        let file = CodeOwners::parse(place, lines.join("\n").as_bytes());
        prop_assert_eq!(file.of(path.as_str().into()), plainly(&file, &path));
    }
}
