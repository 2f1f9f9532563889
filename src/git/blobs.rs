//! Placeholder until the fast reader lands.
use super::objects::ObjectStore;
use crate::model::Oid;

/// What a scan found.
#[derive(Default)]
pub struct Scanned {
    /// Blobs that the test holds for.
    pub hits: Vec<Oid>,
    /// Blobs that could not be read.
    pub unreadable: Vec<Oid>,
    /// How many were read.
    pub count: u64,
    /// How many bytes they hold.
    pub bytes: u64,
}

/// Which blobs `test` holds for.
pub fn scan(store: &ObjectStore, ids: &[Oid], test: &(dyn Fn(&[u8]) -> bool + Sync)) -> Scanned {
    let mut out = Scanned::default();
    let mut reader = store.reader();
    for id in ids {
        match reader.find(id) {
            Ok(Some(object)) => {
                out.count += 1;
                out.bytes += object.data.len() as u64;
                if test(object.data) {
                    out.hits.push(*id);
                }
            }
            _ => out.unreadable.push(*id),
        }
    }
    out
}
