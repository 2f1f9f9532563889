//! What makes two failures the same one: a readable key and two hashes, with the version of the recipe in them.
//!
//! The recipe: tool and kind; what names the failure (tests, error code, rule); the message; the first frames of its stack
//! that are the repository's, as functions and files; its block; the step only where nothing better is known. Line numbers, ids,
//! times, machine names and paths of the machine have no part in it; commit, branch and job neither.

mod key;
mod normalise;
pub(super) mod paths;

use super::find::Found;
use crate::model::Fingerprint;
use sha2::{Digest as _, Sha256};

/// The version of the recipe. A change of it makes another fingerprint of the same failure, so it is told.
pub const VERSION: &str = "v1";

/// The most bytes of the sample.
const SAMPLE: usize = 4_000;

/// The fingerprint of what was found; nothing found has none.
pub fn of(found: &Found) -> Option<Fingerprint> {
    let parts = key::components(found)?;
    let fine = parts.fine();
    let mut sample = fine.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("\n");
    let mut end = sample.len().min(SAMPLE);
    while !sample.is_char_boundary(end) {
        end -= 1;
    }
    sample.truncate(end);
    Some(Fingerprint {
        fine: hash("fine", &fine),
        coarse: hash("coarse", &parts.coarse()),
        key: parts.key(),
        sample,
        confident: parts.is_confident,
    })
}

/// 128 bits over the parts, each told apart from the next.
fn hash(which: &str, parts: &[String]) -> String {
    let mut hash = Sha256::new();
    hash.update(VERSION);
    hash.update([0]);
    hash.update(which);
    for part in parts {
        hash.update([0]);
        hash.update(part);
    }
    let digest = hash.finalize();
    format!("{VERSION}:{}", digest[..16].iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

#[cfg(test)]
mod tests;
