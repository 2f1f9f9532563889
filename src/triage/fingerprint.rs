//! What makes two failures the same one: a readable key and two hashes, with the version of the recipe in them.
//!
//! Line numbers, ids, times, machine names and paths of the machine have no part in it; commit, branch and job neither.

use super::find::Found;
use crate::model::Fingerprint;
use sha2::{Digest as _, Sha256};

/// The version of the recipe. A change of it makes another fingerprint of the same failure, so it is told.
pub const VERSION: &str = "v1";

/// The fingerprint of what was found; nothing found has none.
pub fn of(found: &Found) -> Option<Fingerprint> {
    let (_, text) = found.failure.as_ref()?;
    let name = found.hit.as_ref().map_or("line", |hit| hit.signature.name);
    let sample: String = text.chars().filter(|c| !c.is_ascii_digit()).collect();
    Some(Fingerprint {
        fine: hash(&[name, &sample]),
        coarse: hash(&[name]),
        key: format!("{name}:{sample}"),
        sample,
        confident: found.hit.is_some(),
    })
}

fn hash(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    hash.update(VERSION);
    for part in parts {
        hash.update([0]);
        hash.update(part);
    }
    let digest = hash.finalize();
    format!("{VERSION}:{}", digest[..16].iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}
