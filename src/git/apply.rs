//! `git apply` where it can do no harm: in a private repository beside the real one, whose objects it reads and to which
//! nothing is written.

use super::Repo;
use crate::model::Oid;
use anyhow::{Result, bail};
use std::path::Path;
use std::time::Instant;

/// What came of a patch. The objects it made are gone when this is dropped.
pub struct Trial {
    /// What git said.
    pub verdict: Verdict,
}

/// What git says to a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It applies, and this is the tree then; `None` for one that is empty.
    Applies(Option<Oid>),
    /// It does not; git's words, raw.
    Refused(Vec<u8>),
}

impl Trial {
    /// Apply `patch` to the tree `base` (`None`: to nothing), and be done by `deadline`.
    ///
    /// # Errors
    /// There is no git that can be trusted with it (2.40.1 or newer), objects are missing, or time is up: no verdict.
    pub fn run(_repo: &Repo, _base: Option<Oid>, _patch: &[u8], _deadline: Instant) -> Result<Trial> {
        bail!("not there yet")
    }

    /// The folder that holds the objects it made, to be read before those of the repository.
    pub fn objects(&self) -> &Path {
        Path::new("")
    }
}
