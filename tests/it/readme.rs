//! What the README shows of the patch gate and of triage is what they say.

use crate::support::{Repo, Sandbox};

const POLICY: &str =
    r#"{"scope": {"core_paths": ["src/pay/**"], "jobs": {"unit": {"modules": ["src/**", "tests/**"]}}}}"#;

/// The patch that these edits make.
fn patch_of(repo: &Repo, name: &str, files: &[(&str, &str)]) {
    repo.write(files);
    repo.git(&["add", "-A"]);
    let patch = repo.git(&["diff", "--cached"]);
    repo.git(&["reset", "-q", "--hard"]);
    std::fs::write(repo.sandbox.path(name), patch + "\n").unwrap();
}

fn numbered(what: &str, count: usize) -> String {
    (1..=count).map(|number| format!("{what} {number}\n")).collect()
}

#[test]
fn every_tier_as_the_readme_shows_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop");
    let cart = numbered("line", 40);
    let tests = "def test_total():\n    assert total([1, 2]) == 3\n    assert total([]) == 0\n";
    repo.commit(
        "base",
        &[
            ("src/cart.rs", &cart),
            ("src/pay/charge.rs", "pub fn charge(cents: u64) -> u64 {\n    cents\n}\n"),
            ("tests/test_cart.py", tests),
            (".github/CODEOWNERS", "/src/pay/ @shop/payments\n"),
        ],
    );
    repo.policy(POLICY);
    patch_of(&repo, "fix.patch", &[("src/cart.rs", &cart.replace("line 7\n", "line seven\n"))]);
    let pay = "pub fn charge(cents: u64) -> u64 {\n    cents.max(1)\n}\n";
    patch_of(&repo, "pay.patch", &[("src/pay/charge.rs", pay)]);
    patch_of(&repo, "tests.patch", &[("tests/test_cart.py", &tests.replace("    assert total([]) == 0\n", ""))]);
    patch_of(&repo, "flood.patch", &[("src/gen.rs", &numbered("x", 4000))]);

    let readme = include_str!("../../README.md");
    assert!(readme.contains(POLICY), "the README shows the policy");
    let in_job = &["--job", "unit", "--checks", "green"][..];
    for (patch, args, code) in [("fix", in_job, 0), ("pay", in_job, 4), ("tests", in_job, 4), ("flood", &[], 1)] {
        let file = sandbox.path(format!("{patch}.patch"));
        let ended = repo.ci_guard(&[&["patch", "check", file.to_str().unwrap()], args].concat());
        assert_eq!(ended.code, Some(code), "{ended:#?}");
        let typed = [&["$ ci-guard patch check", &format!("{patch}.patch")], args].concat().join(" ");
        let shown = format!("{typed}\n{}", ended.stdout.trim_end());
        assert!(readme.contains(&shown), "the README does not show:\n{shown}");
    }
}

#[test]
fn a_red_log_as_the_readme_shows_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop");
    let log = "\
=== RUN   TestCheckout
--- FAIL: TestCheckout (0.03s)
    checkout_test.go:88: total: got 41.90, want 42.90
FAIL
FAIL\texample.org/shop/checkout\t0.121s
##[error]Process completed with exit code 1.
";
    std::fs::write(repo.dir.join("unit.log"), log).unwrap();
    let ended = repo.ci_guard(&["triage", "unit.log"]);
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    let shown = format!("$ ci-guard triage unit.log\n{}", ended.stdout.trim_end());
    assert!(include_str!("../../README.md").contains(&shown), "the README does not show:\n{shown}");
}
