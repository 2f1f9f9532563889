//! The patch gate by hand and in CI: a patch that somebody wants to apply, or a range of commits, beside its base.
//!
//! A patch is read by our own reader and applied by git in a private place; a range has its trees already. From there on
//! both are the same. Unlike at a push, whatever keeps the gate from judging is an error here: nobody may take silence
//! for consent.

use super::bounded::{self, Clock};
use super::change;
use super::check;
use super::policy_source::{self, InForce};
use super::scene::{Named, Place, Scene};
use crate::git::apply::{Trial, Verdict};
use crate::guard::{Sources, base_candidates};
use crate::model::{Decision, GateReport, Oid, Side, shell_word, visible};
use crate::patch::text::{self, PatchText};
use crate::patch::{self, Ask, Facts, Outcome, Written};
use crate::policy::{Policy, Scope};
use crate::system::{files, interrupt, streams};
use anyhow::{Context, Result, bail, ensure};
use bstr::{ByteSlice, ByteVec};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// The largest text that is read. What a person is to approve has a thousandth of it.
pub(super) const MAX_TEXT: u64 = 64 << 20;

/// How many lines of git's own words are handed on.
const MAX_WORDS: usize = 3;

/// How many bytes of them.
const MAX_WORDS_BYTES: usize = 600;

/// What is to be judged.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A patch in a file.
    File(PathBuf),
    /// A patch on standard input.
    Stdin,
    /// `A..B` or `A...B`, as typed. Both mean what B changes since it left A.
    Range(String),
}

/// A judgement asked for by hand.
#[derive(Clone, Debug)]
pub struct Request {
    /// What to judge.
    pub subject: Subject,
    /// What a patch is to be applied to, as typed; `None` for what is checked out.
    pub onto: Option<String>,
    /// What is asked about it.
    pub ask: Ask,
    /// A policy file.
    pub policy: Option<PathBuf>,
}

/// Judge it.
///
/// # Errors
/// It could not be judged: there is no repository, no such file or revision, no git that can be trusted with it, a policy
/// that cannot be used, objects that are not here, or no time left.
pub fn check(request: Request) -> Result<GateReport> {
    bounded::run(move |clock| run(clock, &request))
}

fn run(clock: &Clock, request: &Request) -> Result<GateReport> {
    let place = Place::open()?;
    let scene = Scene::at(&place)?;
    let (side, usual_base) = scene.by_hand()?;
    let usual_base = match usual_base {
        Some(base) => Some(base),
        None => named_base(&scene, &side, request)?,
    };
    let in_force = policy_source::find(&scene, request.policy.as_deref(), usual_base.as_ref());
    if let Some(error) = &in_force.used.error {
        bail!("the policy cannot be used: {error}");
    }
    let limit = in_force.policy.as_ref().map_or(Policy::TIME_LIMIT, |policy| policy.time_limit);
    let deadline = clock.set_limit(limit);
    let scope = in_force.policy.as_ref().and_then(|policy| policy.scope.clone()).unwrap_or_default();
    let gate = Gate { scene: &scene, side: &side, in_force: &in_force, usual_base, scope: &scope, ask: &request.ask };
    match &request.subject {
        Subject::Range(typed) => {
            ensure!(
                request.onto.is_none(),
                "--onto says where a patch is to be applied; a range has a base of its own"
            );
            gate.range(typed)
        }
        Subject::File(path) => {
            let file = || shell_word(Vec::from_path_lossy(path).as_ref());
            let content = read_patch(path).with_context(|| format!("the patch {} cannot be judged", file()))?;
            interrupt::heed();
            gate.patch(&content, request.onto.as_deref(), before(deadline, limit))
        }
        Subject::Stdin => {
            let content = streams::read_stdin_up_to(MAX_TEXT).context("the patch cannot be judged")?;
            interrupt::heed();
            gate.patch(&content, request.onto.as_deref(), before(deadline, limit))
        }
    }
}

/// The base where no branch of a remote is one: what the change is to be judged upon is not part of the change.
fn named_base(scene: &Scene, side: &Side, request: &Request) -> Result<Option<Named>> {
    match (&request.subject, &request.onto) {
        (Subject::Range(typed), _) => {
            let from = split(typed)?.0;
            no_option(&from)?;
            scene.resolve_base(side, &from).map(Some)
        }
        (_, Some(typed)) => {
            no_option(typed)?;
            scene.resolve_base(side, typed).map(Some)
        }
        (_, None) => scene.first_of(&["HEAD".into()]),
    }
}

/// Both ends of a range; an open one is HEAD, as in git.
fn split(typed: &str) -> Result<(String, String)> {
    let ((from, _), tip) = check::split_range(typed).with_context(|| format!("{} is no range", visible(typed)))?;
    ensure!(!typed.trim_matches('.').is_empty(), "{} has two open ends, and so nothing in between", visible(typed));
    Ok((if from.is_empty() { "HEAD".to_owned() } else { from.to_owned() }, tip.to_owned()))
}

/// A little before that, so that whoever has to tidy up can.
fn before(deadline: Instant, limit: Duration) -> Instant {
    deadline.checked_sub(limit / 10).unwrap_or(deadline)
}

fn read_patch(path: &Path) -> Result<Vec<u8>> {
    let stdin = || {
        format!(
            "what is no file is read from standard input: ci-guard patch check - <{}",
            shell_word(Vec::from_path_lossy(path).as_ref())
        )
    };
    let content = files::read_regular_up_to(MAX_TEXT, path);
    let content = if path.is_file() || !path.exists() || path.is_dir() { content } else { content.with_context(stdin) };
    content?.context("there is no such file")
}

/// Everything that holds for one question.
struct Gate<'g, 'p> {
    scene: &'g Scene<'p>,
    side: &'g Side,
    in_force: &'g InForce,
    usual_base: Option<Named>,
    scope: &'g Scope,
    ask: &'g Ask,
}

impl Gate<'_, '_> {
    fn patch(&self, content: &[u8], onto: Option<&str>, deadline: Instant) -> Result<GateReport> {
        let base = match onto {
            Some(typed) => Some(self.resolve(typed)?),
            None if self.scene.refs.get("HEAD".into())?.is_none() => None,
            None => Some(self.scene.resolve("HEAD")?),
        };
        let (base_tree, name) = match base {
            Some(commit) => (Some(self.tree(&commit)?), visible(onto.unwrap_or("HEAD"))),
            None => (None, "an empty tree: nothing is committed yet".to_owned()),
        };
        let text = text::read(content);
        let (mut facts, trial) = match self.apply(&text, base_tree, content, deadline)? {
            Applied::No(outcome) => {
                let written = Some(Written { text, outcome });
                let mut facts = Facts { written, ..Facts::default() };
                facts.links = change::links(self.scene.store, base_tree, &facts);
                (facts, None)
            }
            Applied::Yes(trial, tree) => {
                let written = Some(Written { text, outcome: Outcome::Applied });
                (change::facts(trial.store(), tree, &[base_tree], written, self.scope)?, Some(trial))
            }
        };
        thread::scope(|scope| {
            // Thousands of small files are gone meanwhile. Where there is no thread for it, they go right here.
            let _ = thread::Builder::new().name("tidy".into()).spawn_scoped(scope, move || drop(trial));
            let of_base = match self.base_branch()? {
                Some((_, commit)) => Some(self.tree(&commit)?),
                None => base_tree,
            };
            if let Some(tree) = of_base {
                facts.owners = change::owners(self.scene.store, tree)?;
            }
            facts.base = onto.map(shell_word).unwrap_or_default();
            self.judge(&facts, name)
        })
    }

    /// Have git apply a patch, unless its text alone is reason enough to refuse it.
    fn apply(&self, text: &PatchText, base: Option<Oid>, content: &[u8], deadline: Instant) -> Result<Applied> {
        if text.is_refused_unread(self.scope.max_files, self.scope.max_file_bytes) {
            return Ok(Applied::No(Outcome::NotTried));
        }
        let trial = Trial::run(self.scene.repo, base, content, deadline)?;
        Ok(match trial.verdict {
            Verdict::Applies(tree) => Applied::Yes(Box::new(trial), tree),
            Verdict::Refused(words) => Applied::No(Outcome::Refused(in_short(&words))),
        })
    }

    fn range(&self, typed: &str) -> Result<GateReport> {
        let (from, tip) = split(typed)?;
        let (_, base) = self.resolve_base(&from)?;
        let head = self.resolve(&tip)?;
        let merge_bases = self.scene.commits().merge_bases(head, base);
        if merge_bases.is_empty() {
            let how = match self.scene.repo.shallow_commits()?.is_empty() {
                true => "nothing can be said of what one changes over the other",
                false => "this clone is shallow, and git fetch --unshallow brings the rest of its history",
            };
            bail!("{} and {} have no history in common here: {how}", visible(&from), visible(&tip));
        }
        let mut baselines = merge_bases;
        let allowed = self.allowed_branches()?;
        if !allowed.is_empty() {
            baselines.extend(self.scene.commits().meeting_points(head, &[&[base], &allowed[..]].concat()));
        }
        let mut olds: Vec<Option<Oid>> = Vec::new();
        for commit in &baselines {
            let tree = Some(self.tree(commit)?);
            if !olds.contains(&tree) {
                olds.push(tree);
            }
        }
        let mut facts = change::facts(self.scene.store, Some(self.tree(&head)?), &olds, None, self.scope)?;
        facts.owners = change::owners(self.scene.store, self.tree(&base)?)?;
        facts.base = baselines[0].short();
        self.judge(&facts, format!("the merge base with {}", visible(&from)))
    }

    fn judge(&self, facts: &Facts, base: String) -> Result<GateReport> {
        let report = patch::judge(facts, self.scope, self.ask, self.in_force.used.clone(), base);
        let applied = facts.written.as_ref().is_none_or(|written| written.outcome == Outcome::Applied);
        // Whatever kept git from applying it has to be a denial of some rule.
        ensure!(applied || report.decision == Decision::Deny, "the patch was not applied, and no rule says why");
        // What is not known could only be one reason more against it.
        if let Some(gap) = facts.gap.as_ref().filter(|_| report.decision != Decision::Deny) {
            bail!("{gap}");
        }
        Ok(report)
    }

    /// The branch that the work goes back to, whose CODEOWNERS the author of a patch has not changed.
    fn base_branch(&self) -> Result<Option<Named>> {
        match &self.in_force.policy {
            Some(policy) => {
                let head_of = |remote: &[u8]| self.scene.head_of(self.side, remote);
                self.scene.first_of(&base_candidates(Some(policy), self.side, &head_of))
            }
            None => Ok(self.usual_base.clone()),
        }
    }

    /// The branches that the policy allows to be merged: what they brought is nobody's change here, as at a push.
    fn allowed_branches(&self) -> Result<Vec<Oid>> {
        let Some(policy) = self.in_force.policy.as_ref().filter(|policy| !policy.allowed.is_empty()) else {
            return Ok(Vec::new());
        };
        let head_of = |remote: &[u8]| self.scene.head_of(self.side, remote);
        let branches = self.scene.branches(self.side)?;
        let allowed = Sources::new(policy, self.side, &branches, &[], &head_of).allowed();
        Ok(allowed.into_iter().filter_map(|id| self.scene.commit_here(id)).collect())
    }

    fn resolve(&self, typed: &str) -> Result<Oid> {
        no_option(typed)?;
        self.scene.resolve(typed)
    }

    fn resolve_base(&self, typed: &str) -> Result<Named> {
        no_option(typed)?;
        self.scene.resolve_base(self.side, typed)
    }

    fn tree(&self, commit: &Oid) -> Result<Oid> {
        let tree = self.scene.commits().tree(commit);
        tree.with_context(|| format!("commit {commit} is not in this repository"))
    }
}

/// What came of a patch.
enum Applied {
    Yes(Box<Trial>, Option<Oid>),
    No(Outcome),
}

/// No name of a commit begins like an option, and git shall not have to tell.
fn no_option(typed: &str) -> Result<()> {
    ensure!(!typed.starts_with('-'), "{} is no revision", visible(typed));
    Ok(())
}

/// The first of git's words, as one visible line.
fn in_short(words: &[u8]) -> String {
    let lines = words.lines().map(|line| line.trim()).filter(|line| !line.is_empty()).take(MAX_WORDS);
    let plain = |line: &[u8]| visible(line.strip_prefix(b"error: ").unwrap_or(line));
    let text = lines.map(plain).collect::<Vec<_>>().join("; ");
    match text.char_indices().nth(MAX_WORDS_BYTES) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_is_quoted_in_one_short_visible_line() {
        for (words, want) in [
            (&b""[..], ""),
            (
                b"error: patch failed: a:1\nerror: a: patch does not apply\n",
                "patch failed: a:1; a: patch does not apply",
            ),
            (b"fatal: \x1b[2J\n\n  b\nc\nd\n", "fatal: \\x1b[2J; b; c"),
        ] {
            assert_eq!(in_short(words), want);
        }
        assert_eq!(in_short("ä".repeat(2000).as_bytes()).chars().count(), MAX_WORDS_BYTES + 1);
    }
}
