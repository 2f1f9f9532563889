//! The packs of a repository: which there are, where in them an object is, and the raw entry found there.
//!
//! Nothing is opened before it is asked for. What cannot be opened counts as absent: git, too, looks on in the next
//! pack, and a pack that a `git gc` has just replaced is no fault. Nothing here knows how deltas are put together.

use anyhow::{Context, Result, anyhow, ensure};
use gix::odb::pack::{data, index, multi_index};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::SystemTime;

/// All packs of all object folders, as they were at one moment.
pub(in crate::git) struct Packs {
    packs: Vec<Pack>,
    indexes: Vec<Index>,
    stamps: Vec<Option<SystemTime>>,
}

/// Where an object begins: in which pack (counted within one [`Packs`]), and at which byte of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::git) struct Place {
    pub(in crate::git) pack: u32,
    pub(in crate::git) offset: u64,
}

/// Something that knows where objects are.
enum Index {
    /// One pack's own index.
    One(u32),
    /// A multi-pack-index, and the packs it speaks of in its own order.
    Many { file: Box<multi_index::File>, packs: Vec<u32> },
}

impl Packs {
    /// See which packs these object folders hold.
    pub(in crate::git) fn list(folders: &[PathBuf], hash: gix::hash::Kind) -> Packs {
        let stamps = Packs::stamps(folders);
        let (mut packs, mut indexes) = (Vec::new(), Vec::new());
        for folder in folders {
            let folder = folder.join("pack");
            let mut stems = stems(&folder);
            let many = multi_index::File::at(folder.join("multi-pack-index"), Some(super::MAX_SIZE as usize));
            if let Some(file) = many.ok().filter(|file| file.object_hash() == hash) {
                let first = packs.len() as u32;
                for name in file.index_names() {
                    let stem = folder.join(name.file_name().unwrap_or(OsStr::new(""))).with_extension("");
                    stems.retain(|other| *other != stem);
                    packs.push(Pack::new(stem, hash));
                }
                indexes.push(Index::Many { file: Box::new(file), packs: (first..packs.len() as u32).collect() });
            }
            for stem in stems {
                indexes.push(Index::One(packs.len() as u32));
                packs.push(Pack::new(stem, hash));
            }
        }
        Packs { packs, indexes, stamps }
    }

    /// Whether a pack has come or gone since these were listed.
    pub(in crate::git) fn are_stale(&self, folders: &[PathBuf]) -> bool {
        self.stamps != Packs::stamps(folders)
    }

    fn stamps(folders: &[PathBuf]) -> Vec<Option<SystemTime>> {
        let stamp = |folder: &PathBuf| folder.join("pack").metadata().and_then(|meta| meta.modified()).ok();
        folders.iter().map(stamp).collect()
    }

    /// The places that hold the object, one an index. `hint` is the index that knew the last object; it is asked
    /// first, and is set to the one that knew this.
    pub(in crate::git) fn places<'a>(&'a self, id: &'a gix::oid, hint: &'a mut usize) -> impl Iterator<Item = Place> {
        let first = *hint;
        let others = (0..self.indexes.len()).filter(move |&index| index != first);
        std::iter::once(first).chain(others).filter_map(move |index| {
            let place = self.indexes.get(index)?.place(id, &self.packs)?;
            *hint = index;
            Some(place)
        })
    }

    /// The one place that the entry at `at` means when it names `base` as what it builds upon: its own pack comes
    /// first, as git has it.
    pub(in crate::git) fn base_place(&self, at: Place, base: &gix::oid) -> Option<Place> {
        let own = self.packs[at.pack as usize].index().and_then(|index| place_in(index, base));
        own.map(|offset| Place { offset, ..at }).or_else(|| self.places(base, &mut 0).next())
    }

    /// The pack with this number; an error when it is gone or unreadable.
    pub(in crate::git) fn data(&self, pack: u32) -> Result<&data::File> {
        self.packs[pack as usize].data()
    }
}

impl Index {
    fn place(&self, id: &gix::oid, all: &[Pack]) -> Option<Place> {
        match self {
            Index::One(pack) => {
                let offset = place_in(all[*pack as usize].index()?, id)?;
                Some(Place { pack: *pack, offset })
            }
            Index::Many { file, packs } => {
                let (pack, offset) = file.pack_id_and_pack_offset_at_index(file.lookup(id)?).ok()?;
                Some(Place { pack: *packs.get(pack as usize)?, offset })
            }
        }
    }
}

fn place_in(index: &index::File, id: &gix::oid) -> Option<u64> {
    index.lookup(id).map(|entry| index.pack_offset_at_index(entry))
}

/// One pack and its index, each opened when first needed.
struct Pack {
    stem: PathBuf,
    hash: gix::hash::Kind,
    index: OnceLock<Option<index::File>>,
    data: OnceLock<Result<data::File, String>>,
}

impl Pack {
    fn new(stem: PathBuf, hash: gix::hash::Kind) -> Pack {
        Pack { stem, hash, index: OnceLock::new(), data: OnceLock::new() }
    }

    fn index(&self) -> Option<&index::File> {
        let open = || index::File::at(self.stem.with_extension("idx"), self.hash).ok();
        self.index.get_or_init(open).as_ref()
    }

    fn data(&self) -> Result<&data::File> {
        let open = || data::File::at(self.stem.with_extension("pack"), self.hash).map_err(|error| error.to_string());
        self.data.get_or_init(open).as_ref().map_err(|error| anyhow!("{error}"))
    }
}

/// The packs in a folder, by their paths without an extension, in one order.
fn stems(folder: &Path) -> Vec<PathBuf> {
    let mut stems: Vec<PathBuf> = (folder.read_dir().into_iter().flatten().flatten())
        .map(|entry| entry.path())
        .filter(|path| path.extension() == Some(OsStr::new("idx")))
        .map(|path| path.with_extension(""))
        .collect();
    stems.sort();
    stems
}

/// The entry that begins at `offset`, unless it claims an incredible size.
pub(in crate::git) fn entry(pack: &data::File, offset: u64) -> Result<data::Entry> {
    ensure!(offset < pack.pack_end() as u64, "it would begin behind the end of its pack");
    let entry = pack.entry(offset).map_err(|error| anyhow!("{error}"))?;
    super::credible(entry.decompressed_size, (pack.pack_end() as u64).saturating_sub(entry.data_offset))?;
    Ok(entry)
}

/// The packed bytes of an entry, and whatever follows it in the pack.
pub(in crate::git) fn packed<'p>(pack: &'p data::File, entry: &data::Entry) -> Result<&'p [u8]> {
    pack.entry_slice(entry.data_offset..pack.pack_end() as u64).context("its pack ends too early")
}
