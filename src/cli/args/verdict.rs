//! What can be typed after `ci-guard verdict`.

use clap::{Args, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;

const EXIT_CODES: &str = "Exit codes: 0 PASS, WARN or DEGRADED; 1 CRITICAL_FAIL; 2 wrong usage; 3 INFRA_FAIL, or a required reviewer did not run.";

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Verdict {
    /// A reviewer's free text to a verdict: its last line VERDICT: WORD that is neither quoted nor fenced
    #[command(after_help = EXIT_CODES)]
    Parse(VerdictParse),
    /// What several reviewers come to
    ///
    /// Any CRITICAL_FAIL makes CRITICAL_FAIL; nobody who could review INFRA_FAIL; somebody who could not DEGRADED; any WARN makes WARN.
    #[command(after_help = EXIT_CODES)]
    Merge(VerdictMerge),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct VerdictParse {
    /// What the reviewer wrote; - for standard input
    #[arg(default_value = "-", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Who the reviewer is
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// The exit code of the reviewer's process: PASS from one that failed is no pass
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub exit_code: Option<i64>,
    /// How often the reviewer was started again
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub retry_count: u32,
    /// What ci-guard retry said of the reviewer's process
    #[arg(long, value_name = "TYPE", value_enum, ignore_case = true)]
    pub failure_type: Option<FailureType>,
    /// How to print the verdict
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: ParseFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum FailureType {
    /// There is no failure
    #[value(name = "NONE")]
    None,
    /// It is the infrastructure's
    #[value(name = "INFRA")]
    Infra,
    /// It is the work's
    #[value(name = "CODE_QUALITY")]
    CodeQuality,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ParseFormat {
    /// For people
    #[default]
    Human,
    /// One JSON object on one line, which verdict merge reads
    Json,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct VerdictMerge {
    /// Reviewers' answers as JSON: an object, one a line, or an array; a folder stands for the .json and .jsonl files in it
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// Reviewers without whom nothing passes, separated by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = required_name)]
    pub required: Vec<String>,
    /// Every reviewer counts: DEGRADED does not pass
    #[arg(long)]
    pub strict: bool,
    /// Write a comment for the pull request to this file, as Markdown
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub comment: Option<PathBuf>,
    /// Append a section for the step summary to this file [default: what GITHUB_STEP_SUMMARY names]
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, value_hint = ValueHint::FilePath)]
    pub summary: Option<Option<PathBuf>>,
    /// Do not write to the audit store
    #[arg(long)]
    pub no_record: bool,
    /// How to print the verdict
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: MergeFormat,
}

/// A name. An empty one would require nobody, and nobody would notice.
fn required_name(name: &str) -> Result<String, String> {
    match name.trim() {
        "" => Err("a name is empty, and requires nobody: is a variable unset? To require nobody leave the option out"
            .to_owned()),
        name => Ok(name.to_owned()),
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum MergeFormat {
    /// For people
    #[default]
    Human,
    /// One JSON object, schema ci-guard/verdict/v1
    Json,
    /// JUnit XML: a test case a reviewer
    Junit,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}
