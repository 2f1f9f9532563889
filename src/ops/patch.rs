//! Judging a patch before it lands: from a file, from standard input, or what a range of commits brings.

use crate::model::GateReport;
use std::path::PathBuf;

/// What is to be judged.
pub enum Subject {
    /// A patch file.
    File(PathBuf),
    /// A patch on standard input.
    Stdin,
    /// `BASE..HEAD`, as typed: what HEAD brings over their merge base.
    Range(String),
}

/// A judgement asked for by hand.
pub struct Request {
    /// What to judge.
    pub subject: Subject,
    /// What a patch is to be applied to, as typed; `None` for HEAD.
    pub onto: Option<String>,
    /// What is asked about it.
    pub ask: crate::patch::Ask,
    /// A policy file.
    pub policy: Option<PathBuf>,
}

/// Judge it.
///
/// # Errors
/// It could not be judged.
pub fn check(request: Request) -> anyhow::Result<GateReport> {
    let _ = request;
    anyhow::bail!("not there yet")
}
