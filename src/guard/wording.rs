//! How commits and branches are named in findings: short id and subject for people, ids that git takes in commands.
//!
//! Words only. What is wrong was decided by the rules; here it is said so that somebody knows what to do next.

use super::foreign_commits::ForeignCommits;
use super::merge_source::ForeignParent;
use crate::model::{Finding, Level, NewHistory, Oid, Rule, counted, shell_word, visible};
use bstr::{BStr, BString};

/// How much of a subject is shown.
const SUBJECT_CHARS: usize = 72;

/// What both rules need to know to speak of one pushed ref.
pub struct Speaker<'a> {
    /// The ref that would change.
    pub reference: &'a BStr,
    /// What the push would add.
    pub history: &'a NewHistory,
    /// The first line of a commit's message.
    pub subject: &'a dyn Fn(&Oid) -> BString,
    /// The base as a command takes it (`origin/main`), when there is one: a word for a shell.
    pub base: Option<&'a str>,
    /// The remotes to fetch from for news of the base and of allowed branches.
    pub remotes: &'a [String],
    /// What there is to change here.
    pub pushed: Pushed,
    /// Where the policy was read.
    pub policy: &'a str,
}

/// What was pushed, as far as commands of git can change it. Names are words for a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// What is checked out.
    Head,
    /// A local branch that is not checked out.
    Branch(String),
    /// A tag.
    Tag(String),
    /// Something that has no name here, or that is not here at all.
    Elsewhere,
}

impl Speaker<'_> {
    /// What to say of a merge with a parent from elsewhere.
    pub fn merge_source(&self, found: &ForeignParent, level: Level) -> Finding {
        let merge = self.commit(&found.merge);
        let parent = self.commit(&found.parent);
        let of =
            found.branch.as_ref().map_or(String::new(), |branch| format!(" of {}", short_name(branch.name.as_ref())));
        let with_it = match found.brings {
            0 | 1 => String::new(),
            n => format!(" and {} with it", counted(n - 1, "commit")),
        };
        let message = format!(
            "merge {merge} brings in {parent}{of}{with_it}, which is on none of the branches that the policy allows"
        );
        let mut help = vec![match &self.pushed {
            Pushed::Tag(tag) => format!("tag a commit without it: git tag -f {tag} {}^1", found.merge.short()),
            _ => format!("take the merge out: {}", self.without(&found.merge)),
        }];
        help.extend(self.refresh());
        help.push(match &found.branch {
            Some(branch) => format!(
                "if {} is meant to come in, whoever keeps the policy ({}) adds it to \"allowed\"",
                short_name(branch.name.as_ref()),
                self.policy
            ),
            None => format!(
                "if it is meant to come in, whoever keeps the policy ({}) names its branch in \"allowed\"",
                self.policy
            ),
        });
        self.finding(Rule::MergeSource, level, found.merge, message, help)
    }

    /// What to say of commits that another branch has.
    pub fn foreign_commits(&self, found: &ForeignCommits, level: Level) -> Finding {
        let branch = short_name(found.branch.name.as_ref());
        let span = if found.count == 1 {
            self.commit(&found.last)
        } else {
            format!("{} to {}", self.commit(&found.first), self.commit(&found.last))
        };
        let message =
            format!("brings {} of {branch}, a branch outside the policy: {span}", counted(found.count, "commit"));
        let base = self.base.unwrap_or("BASE");
        let mut help = vec![match (found.own_begins_after, &self.pushed) {
            (None, Pushed::Tag(_)) => "a merge brought them; tag a commit without it".to_owned(),
            (None, _) => match &found.brought_by {
                Some(merge) => format!("take out the merge that brought them: {}", self.without(merge)),
                None => "a merge brought them; take it out".to_owned(),
            },
            (Some(_), Pushed::Tag(tag)) => {
                format!("tag a commit without them, of the base for one: git tag -f {tag} {base}")
            }
            (Some(last), Pushed::Head) if self.history.tip == Some(last) => {
                format!("nothing on top of them is yours; go back to the base: git reset --keep {base}")
            }
            (Some(last), _) => {
                let cut = last.short();
                format!("keep only what came after them: git rebase --onto {base} {cut}{}", self.branch())
            }
        }];
        help.extend(self.refresh());
        self.finding(Rule::ForeignCommits, level, found.last, message, help)
    }

    fn finding(&self, rule: Rule, level: Level, commit: Oid, message: String, help: Vec<String>) -> Finding {
        let reference = Some(self.reference.to_owned());
        Finding { rule, level, reference, commit: Some(commit), path: None, line: None, end_line: None, message, help }
    }

    /// `1a2b3c4d5e "Subject"`.
    fn commit(&self, id: &Oid) -> String {
        named(id, (self.subject)(id).as_ref())
    }

    /// The command that takes a merge out again and keeps what came after it.
    fn without(&self, merge: &Oid) -> String {
        let cut = merge.short();
        if self.pushed == Pushed::Head && self.history.tip == Some(*merge) {
            format!("git reset --keep {cut}^1")
        } else {
            format!("git rebase --rebase-merges --onto {cut}^1 {cut}{}", self.branch())
        }
    }

    /// The branch that a command has to name, since it is not checked out.
    fn branch(&self) -> String {
        match &self.pushed {
            Pushed::Branch(branch) => format!(" {branch}"),
            Pushed::Head | Pushed::Tag(_) | Pushed::Elsewhere => String::new(),
        }
    }

    /// The tracking refs may be older than the truth.
    fn refresh(&self) -> Option<String> {
        let remotes: Vec<_> = self.remotes.iter().map(shell_word).collect();
        let several = match remotes.len() {
            0 => return None,
            1 => "",
            _ => "--multiple ",
        };
        let remotes = remotes.join(" ");
        Some(format!(
            "if it is already on an allowed branch, this clone does not know yet: git fetch {several}{remotes}"
        ))
    }
}

/// A commit for people: `1a2b3c4d5e "Subject"`, cut where it gets long.
pub fn named(id: &Oid, subject: &BStr) -> String {
    let subject = visible(subject);
    if subject.is_empty() {
        return id.short();
    }
    match subject.char_indices().nth(SUBJECT_CHARS) {
        Some((end, _)) => format!("{} \"{}…\"", id.short(), &subject[..end]),
        None => format!("{} \"{subject}\"", id.short()),
    }
}

/// A ref as people and commands write it: `origin/main` for `refs/remotes/origin/main`.
pub fn short_name(full: &BStr) -> String {
    let short =
        ["refs/remotes/", "refs/heads/", "refs/tags/"].iter().find_map(|prefix| full.strip_prefix(prefix.as_bytes()));
    visible(short.unwrap_or(full))
}

#[cfg(test)]
mod tests {
    use super::super::{foreign_commits, merge_source};
    use super::*;
    use crate::model::fixtures::history;

    fn said(text: &str, outside: &[(&str, &str)]) -> Vec<String> {
        let history = history(text, outside);
        let speaker = Speaker {
            reference: "refs/heads/x".into(),
            history: &history,
            subject: &|id| format!("About {}\u{202e}", char::from(id.as_bytes()[0])).into(),
            base: Some("origin/main"),
            remotes: &["origin".to_owned()],
            pushed: Pushed::Head,
            policy: "policy.json",
        };
        let merges = merge_source::judge(&history).into_iter().map(|found| speaker.merge_source(&found, Level::Block));
        let foreign = foreign_commits::judge(&history);
        let foreign = foreign.iter().map(|found| speaker.foreign_commits(found, Level::Block));
        merges.chain(foreign).map(|finding| format!("{}\n  {}", finding.message, finding.help.join("\n  "))).collect()
    }

    #[test]
    fn a_merge_is_named_with_its_parent_and_a_way_out() {
        insta::assert_snapshot!(said("T:SX S:b X:Y Y:b", &[("refs/remotes/origin/develop", "XY")]).join("\n"), @r#"
        merge 5454545454 "About T\u{202e}" brings in 5858585858 "About X\u{202e}" of origin/develop and 1 commit with it, which is on none of the branches that the policy allows
          take the merge out: git reset --keep 5454545454^1
          if it is already on an allowed branch, this clone does not know yet: git fetch origin
          if origin/develop is meant to come in, whoever keeps the policy (policy.json) adds it to "allowed"
        brings 2 commits of origin/develop, a branch outside the policy: 5959595959 "About Y\u{202e}" to 5858585858 "About X\u{202e}"
          take out the merge that brought them: git reset --keep 5454545454^1
          if it is already on an allowed branch, this clone does not know yet: git fetch origin
        "#);
    }

    #[test]
    fn foreign_commits_below_own_ones_are_rebased_away() {
        let text = said("T:X X:b", &[("refs/remotes/origin/develop", "X")]).join("\n");
        insta::assert_snapshot!(text, @r#"
        brings 1 commit of origin/develop, a branch outside the policy: 5858585858 "About X\u{202e}"
          keep only what came after them: git rebase --onto origin/main 5858585858
          if it is already on an allowed branch, this clone does not know yet: git fetch origin
        "#);
    }

    #[test]
    fn long_subjects_are_cut_between_characters() {
        let id = crate::model::fixtures::id('A');
        let long = named(&id, "ä".repeat(100).as_str().into());
        assert_eq!(long, format!("4141414141 \"{}…\"", "ä".repeat(72)));
        assert_eq!(named(&id, "".into()), "4141414141");
    }
}
