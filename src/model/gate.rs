//! The answer of the patch gate: may this change land, how risky is it, who must approve it, and why.

use super::{FileChange, PolicyUse};
use bstr::BString;
use std::fmt;

/// May it land?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// It is in scope.
    Allow,
    /// It is in scope and needs somebody's approval.
    Review,
    /// It is not in scope, or not what it says it is.
    Deny,
}

impl Decision {
    /// The word used in every output format.
    pub fn id(self) -> &'static str {
        match self {
            Decision::Allow => "allow",
            Decision::Review => "review",
            Decision::Deny => "deny",
        }
    }
}

/// How risky a change is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Small, and nothing speaks against it.
    Low,
    /// It touches a core or sensitive path, or something that a reader easily overlooks.
    Medium,
    /// Broad, doubtful, or nothing that a diff could show.
    High,
}

impl Tier {
    /// The word used in every output format.
    pub fn id(self) -> &'static str {
        match self {
            Tier::Low => "low",
            Tier::Medium => "medium",
            Tier::High => "high",
        }
    }

    /// Who approves a change of this tier: `one-click` by a maintainer, the `code-owner`, or `manual` work of a person.
    pub fn approval(self) -> &'static str {
        match self {
            Tier::Low => "one-click",
            Tier::Medium => "code-owner",
            Tier::High => "manual",
        }
    }
}

/// What an objection does to the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// The change may not land.
    Deny,
    /// It may land once somebody has approved it; the tier says who.
    Review(Tier),
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $variant:ident $id:literal $summary:literal;)*) => {
        /// What the gate can object to. The names are part of the schema and never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $doc])* $variant,)*
        }

        impl Code {
            /// Every code, in the order of reports.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// The stable id.
            pub fn id(self) -> &'static str {
                match self { $(Code::$variant => $id,)* }
            }

            /// One sentence for people who meet it in a list.
            pub fn summary(self) -> &'static str {
                match self { $(Code::$variant => $summary,)* }
            }
        }
    };
}

codes! {
    /// No patch at all.
    NoPatch "no_patch" "The text holds no patch.";
    /// A form of patch that git does not apply.
    UnsupportedFormat "unsupported_format" "The text is a patch of a kind that git does not apply.";
    /// Broken, or not what git makes of it.
    Malformed "malformed" "The patch is broken, or its text and what git makes of it differ.";
    /// Lines that git would drop.
    HunkCountMismatch "hunk_count_mismatch" "A hunk has other lines than its header counts.";
    /// Something else around or between the patches.
    ProseOrBom "prose_or_bom" "The text holds something else beside the patch.";
    /// git refuses it on this base.
    DoesNotApply "does_not_apply" "The patch does not apply to the base.";
    /// `..`, an absolute path and the like.
    PathInvalid "path_invalid" "A name leads out of the tree or is no path in it.";
    /// `.git`, however it is spelled.
    PathDotgit "path_dotgit" "A name is, or is to some file system, git's own folder.";
    /// Control or invisible characters.
    PathControlChar "path_control_char" "A name has characters that nobody sees.";
    /// Bytes that are no text.
    PathNotUtf8 "path_not_utf8" "A name is no UTF-8.";
    /// Longer than file systems take.
    PathTooLong "path_too_long" "A name is longer than file systems take.";
    /// Not on Windows.
    PathNotPortable "path_not_portable" "A name that some systems cannot have.";
    /// The same name in other letter case.
    PathCaseCollision "path_case_collision" "Two names differ in letter case only.";
    /// The same name in another Unicode form.
    PathUnicodeCollision "path_unicode_collision" "Two names differ in Unicode form only.";
    /// The policy forbids the path.
    PathBlocked "path_blocked" "The policy blocks a path.";
    /// The policy does not list the path.
    PathNotAllowed "path_not_allowed" "A path is outside of what the policy allows.";
    /// Written through a link.
    BeyondSymlink "beyond_symlink" "A path leads through a symbolic link.";
    /// Beyond `max_patch_lines`.
    TooManyLines "too_many_lines" "The change has more lines than the policy allows.";
    /// Beyond `max_files`.
    TooManyFiles "too_many_files" "The change touches more files than the policy allows.";
    /// Beyond `max_file_bytes`.
    TooManyBytes "too_many_bytes" "A file is larger than the policy allows.";
    /// Not in `allowed_jobs`.
    JobNotAllowed "job_not_allowed" "The policy does not let this job's failures be patched.";
    /// Outside of the failed job's module.
    ModuleMismatch "module_mismatch" "The change is not in the failed job's module.";
    /// A mode that git does not write.
    ModeInvalid "mode_invalid" "A file mode that git does not write.";
    /// A permission or kind changed.
    ModeChange "mode_change" "A file's mode changes.";
    /// A link comes or changes.
    Symlink "symlink" "A symbolic link comes or changes.";
    /// A submodule comes, goes or moves.
    Gitlink "gitlink" "A submodule comes, goes or moves.";
    /// A text turned or treated as binary.
    BinaryInText "binary_in_text" "A text is changed so that no diff shows it.";
    /// A binary file.
    BinaryChange "binary_change" "A binary file comes or changes.";
    /// Trojan Source.
    BidiContent "bidi_content" "New lines hold characters that turn the order of text around.";
    /// The test that failed is gone.
    TestDeleted "test_deleted" "A test file goes away.";
    /// The test that failed asks for less.
    TestWeakened "test_weakened" "Tests lose assertions or are skipped.";
    /// A core path.
    CodeOwner "code_owner" "A core path changes; its code owners must approve.";
    /// A sensitive path.
    SensitivePath "sensitive_path" "A sensitive path changes.";
    /// Nothing.
    Ok "ok" "No rule has anything against it.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// What a rule has against a change. `message` and `help` are finished single lines: whatever they quote has been made
/// visible (see [`super::visible`]); `path` is raw and is escaped by each printer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// Which rule.
    pub code: Code,
    /// How it weighs.
    pub effect: Effect,
    /// The file.
    pub path: Option<BString>,
    /// The line in the file as it is after the change, counted from 1.
    pub line: Option<u64>,
    /// The line in the text of the patch, counted from 1.
    pub patch_line: Option<u64>,
    /// What was found and why it matters.
    pub message: String,
    /// What to do next, a line each, the exact command among them.
    pub help: Vec<String>,
}

impl Objection {
    /// An objection with no place and no help yet.
    pub fn new(code: Code, effect: Effect, message: impl Into<String>) -> Objection {
        let message = message.into();
        Objection { code, effect, path: None, line: None, patch_line: None, message, help: Vec::new() }
    }

    /// That the change may not land.
    pub fn deny(code: Code, message: impl Into<String>) -> Objection {
        Objection::new(code, Effect::Deny, message)
    }

    /// That somebody must approve it.
    pub fn review(code: Code, tier: Tier, message: impl Into<String>) -> Objection {
        Objection::new(code, Effect::Review(tier), message)
    }

    /// Which file it is about.
    #[must_use]
    pub fn at(mut self, path: impl Into<BString>) -> Objection {
        self.path = Some(path.into());
        self
    }

    /// Which line of the file it is about.
    #[must_use]
    pub fn line(mut self, line: u64) -> Objection {
        self.line = Some(line);
        self
    }

    /// Which line of the patch's text it is about.
    #[must_use]
    pub fn patch_line(mut self, line: u64) -> Objection {
        self.patch_line = Some(line);
        self
    }

    /// One line about what to do next.
    #[must_use]
    pub fn help(mut self, line: impl Into<String>) -> Objection {
        self.help.push(line.into());
        self
    }
}

/// Everything the gate has to say about one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateReport {
    /// May it land?
    pub decision: Decision,
    /// How risky it is.
    pub tier: Tier,
    /// Who must approve it, as CODEOWNERS names them (`@org/team`, an address); each once, in the order of the files.
    pub owners: Vec<String>,
    /// Why the tier is not low, or why a person is asked all the same; one visible line each. Empty for a plain allow.
    pub reasons: Vec<String>,
    /// What stands against it: denials first, then in the order of codes, paths and lines.
    pub objections: Vec<Objection>,
    /// Lines added and deleted, all files together.
    pub lines: u64,
    /// What really changes, by path. Empty when the patch was refused before git would apply it.
    pub files: Vec<FileChange>,
    /// The policy in force; without a `scope` of its own the defaults hold.
    pub policy: PolicyUse,
    /// What it was judged upon, for people (`HEAD`, `the merge base with origin/main`).
    pub base: String,
}

impl GateReport {
    /// The codes of all objections, each once, in their order; `ok` where there is none.
    pub fn codes(&self) -> Vec<Code> {
        let mut codes: Vec<Code> = self.objections.iter().map(|objection| objection.code).collect();
        codes.sort();
        codes.dedup();
        if codes.is_empty() {
            codes.push(Code::Ok);
        }
        codes
    }
}
