//! The scan of many blobs: the same answers as reading one after the other, whatever the packs are like.

use crate::objects::{all_objects, deep_history, files, folder, history, id, store};
use crate::packs::{Claim, Entry, append, write, zlib};
use crate::support::{Repo, Sandbox};
use bstr::ByteSlice;
use ci_guard::git::blobs::{Scanned, Watch, scan};
use ci_guard::git::objects::ObjectStore;
use ci_guard::model::Oid;
use gix::hash::Kind::Sha1;
use proptest::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

fn has_mark(content: &[u8]) -> bool {
    content.find(b"MARK").is_some()
}

fn scanned(store: &ObjectStore, ids: &[Oid]) -> Scanned {
    scan(store, ids, &has_mark, &Watch::default())
}

fn commit_bytes(repo: &Repo<'_>, files: &[(String, Vec<u8>)]) {
    for (path, content) in files {
        std::fs::write(repo.dir.join(path), content).unwrap();
    }
    repo.commit("files", &[]);
}

fn blob(repo: &Repo<'_>, path: &str) -> Oid {
    id(&repo.rev(&format!("HEAD:{path}")))
}

/// What a simple reader of everything, git itself, would call a hit.
fn assert_naive_agrees(repo: &Repo<'_>) {
    let blobs: Vec<_> = all_objects(repo).into_iter().filter(|(_, kind, _)| kind == "blob").collect();
    let ids: Vec<Oid> = blobs.iter().map(|(id, ..)| *id).collect();
    let is_hit = |content: &[u8]| !content.iter().take(8000).any(|&byte| byte == 0) && has_mark(content);
    let hits: Vec<Oid> = blobs.iter().filter(|(_, _, content)| is_hit(content)).map(|(id, ..)| *id).collect();
    let found = scanned(&store(repo), &ids);
    assert_eq!((found.missing, found.unreadable, found.stopped), (vec![], vec![], false));
    assert_eq!((found.count, found.hits), (ids.len() as u64, hits));
}

#[test]
fn a_nul_decides_within_8000_bytes_and_not_beyond() {
    let text = |nul: Option<usize>| {
        let mut text = b"some text that may be packed as a delta\n".repeat(300);
        text.extend(b"MARK");
        if let Some(at) = nul {
            text[at] = 0;
        }
        text
    };
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("r");
    let files = [("no", None), ("first", Some(0)), ("last", Some(7999)), ("after", Some(8000)), ("late", Some(11_000))];
    commit_bytes(&repo, &files.map(|(name, nul)| (name.to_owned(), text(nul))));
    let ids = files.map(|(name, _)| blob(&repo, name));
    for packing in [&["version"][..], &["repack", "-qad", "--depth=0"], &["repack", "-qadf", "--depth=50"]] {
        repo.git(packing);
        assert_eq!(scanned(&store(&repo), &ids).hits, [ids[0], ids[3], ids[4]], "{packing:?}");
    }
}

#[test]
fn nothing_little_and_much() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("r");
    assert_eq!(scanned(&store(&repo), &[]), Scanned::default());
    let mut large = b"a line of a large file\n".repeat(1 << 20);
    large.extend(b"MARK");
    let files = [("empty", vec![]), ("small", b"MARK".to_vec()), ("large", large), ("edges", vec![b'x'; 8000])];
    commit_bytes(&repo, &files.map(|(name, content)| (name.to_owned(), content)));
    let ids = ["empty", "small", "large", "edges"].map(|name| blob(&repo, name));
    for packing in [&["version"][..], &["repack", "-qad"]] {
        repo.git(packing);
        let found = scanned(&store(&repo), &ids);
        assert_eq!((found.count, found.bytes), (4, 4 + (23 << 20) + 4 + 8000));
        assert_eq!(found.hits, [ids[1], ids[2]]);
    }
}

#[test]
fn missing_unreadable_and_other_kinds_are_told_apart() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("r");
    history(&repo, 30);
    commit_bytes(&repo, &[("marked".into(), b"MARK".to_vec())]);
    let (marked, nowhere, other) = (blob(&repo, "marked"), id(&"1".repeat(40)), id(&"1".repeat(64)));
    let (tree, commit) = (id(&repo.rev("HEAD^{tree}")), id(&repo.rev("HEAD")));
    for packing in [&["version"][..], &["repack", "-qad"]] {
        repo.git(packing);
        let found = scanned(&store(&repo), &[nowhere, marked, tree, marked, commit, nowhere, other]);
        assert_eq!((&found.hits[..], &found.missing[..], found.count), (&[marked][..], &[nowhere, other][..], 1));
        let reasons: Vec<_> = found.unreadable.iter().map(|(_, reason)| &reason[..]).collect();
        let [first, second] =
            [format!("object {tree} is a tree, no blob"), format!("object {commit} is a commit, no blob")];
        assert_eq!(reasons, [first, second]);
    }
}

#[test]
fn ids_of_either_hash_and_a_history_of_deltas() {
    for format in ["sha1", "sha256"] {
        let sandbox = Sandbox::new();
        let repo = sandbox.repo_with("r", &[&format!("--object-format={format}")]);
        deep_history(&repo);
        commit_bytes(&repo, &[("grows.txt".into(), b"MARK".to_vec())]);
        assert_naive_agrees(&repo);
        repo.git(&["repack", "-qadf"]);
        assert_naive_agrees(&repo);
    }
}

#[test]
fn it_tells_how_far_it_is_and_can_be_stopped() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("r");
    let files: Vec<_> =
        (0..1000).map(|number| (format!("{number}"), format!("file {number}\n").into_bytes())).collect();
    commit_bytes(&repo, &files);
    repo.git(&["repack", "-qad"]);
    let ids: Vec<Oid> = repo.git(&["ls-tree", "-r", "--object-only", "HEAD"]).lines().map(id).collect();
    let (stop, told) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let progress = |done, total| told.lock().unwrap().push((done, total));
    let found = scan(&store(&repo), &ids, &has_mark, &Watch { stop: &stop, progress: &progress });
    assert_eq!((found.count, found.stopped), (1000, false));
    assert_eq!(told.lock().unwrap().iter().max(), Some(&(1000, 1000)));
    let progress = |_, _| stop.store(true, Ordering::Relaxed);
    let found = scan(&store(&repo), &ids, &has_mark, &Watch { stop: &stop, progress: &progress });
    assert!(found.stopped && found.count > 0, "{found:?}");
    let found = scan(&store(&repo), &ids, &has_mark, &Watch { stop: &stop, progress: &progress });
    assert_eq!((found.stopped, found.count), (true, 0));
}

#[test]
fn a_pack_that_lies_is_unreadable_and_the_rest_is_read() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("r");
    let lie = |name, claim, size, packed: Vec<u8>| Entry { id: [name; 20], claim, size, packed };
    let bomb = [4, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x90, 4]; // promises 34 GB of a base of 4 bytes
    let entries = [
        Entry::new(1, Claim::Whole(3), b"MARK"),
        Entry::new(2, Claim::Upon([1; 20]), &append(4, b" and more")),
        Entry::new(3, Claim::Upon([2; 20]), &append(13, b" and more")),
        Entry::new(4, Claim::Upon([4; 20]), &append(4, b"upon itself")),
        Entry::new(5, Claim::Upon([6; 20]), &append(4, b"in a circle")),
        Entry::new(6, Claim::Upon([5; 20]), &append(4, b"in a circle")),
        Entry::new(7, Claim::Upon([99; 20]), &append(4, b"upon nothing")),
        Entry::new(8, Claim::Back(0), &append(4, b"upon itself")),
        Entry::new(9, Claim::Back(1 << 40), &append(4, b"before the beginning")),
        Entry::new(10, Claim::Back(3), &append(4, b"upon the middle of something")),
        lie(11, Claim::Whole(3), 5, zlib(b"MARK")),
        lie(12, Claim::Whole(3), 3, zlib(b"MARK")),
        lie(13, Claim::Whole(3), u64::MAX >> 4, zlib(b"MARK")),
        lie(14, Claim::Whole(3), 900 << 20, zlib(b"MARK")),
        lie(15, Claim::Whole(3), 4, vec![0xff; 30]),
        Entry::new(16, Claim::Whole(0), b"of no kind"),
        Entry::new(17, Claim::Whole(5), b"of no kind"),
        Entry::new(18, Claim::Upon([1; 20]), &bomb),
        Entry::new(19, Claim::Upon([1; 20]), &append(5, b"of another base")),
        Entry::new(20, Claim::Upon([18; 20]), &append(4, b"upon a bomb")),
        Entry::new(21, Claim::Whole(2), b"a tree"),
        Entry::new(22, Claim::Upon([21; 20]), &append(6, b" that grew")),
        lie(23, Claim::Whole(3), 4, zlib(b"MARK")[..6].to_vec()),
    ];
    write(&folder(&repo), &entries);
    let ids: Vec<Oid> = (1..=23).map(|name| Oid::from_bytes(&[name; 20]).unwrap()).collect();
    let store = ObjectStore::open(&[folder(&repo)], Sha1);
    let found = scanned(&store, &ids);
    assert_eq!((&found.hits[..], found.count), (&ids[..3], 3));
    assert_eq!(found.missing, []);
    assert_eq!(found.unreadable.iter().map(|(id, _)| *id).collect::<Vec<_>>(), &ids[3..]);
    // Alone, in any order, each is what it was together.
    let mut reader = store.reader();
    for id in ids.iter().rev() {
        assert_eq!(scanned(&store, &[*id]).hits.len(), usize::from(found.hits.contains(id)));
        assert_eq!(reader.find(id).is_ok(), found.hits.contains(id) || matches!(id.as_bytes()[0], 21 | 22), "{id}");
    }
}

#[test]
fn a_very_long_chain_ends() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("r");
    let name = |number: u32| {
        let mut id = [7; 20];
        id[..4].copy_from_slice(&number.to_be_bytes());
        id
    };
    let same = [4, 4, 0x90, 4];
    let mut entries = vec![Entry { id: name(0), ..Entry::new(0, Claim::Whole(3), b"MARK") }];
    entries.extend((1..12_000).map(|n| Entry { id: name(n), ..Entry::new(0, Claim::Upon(name(n - 1)), &same) }));
    write(&folder(&repo), &entries);
    let store = ObjectStore::open(&[folder(&repo)], Sha1);
    let ids: Vec<Oid> = entries.iter().map(|entry| Oid::from_bytes(&entry.id).unwrap()).collect();
    assert_eq!(scanned(&store, &ids).hits.len(), ids.len(), "together they are one family, however deep");
    let error = format!("{:#}", store.reader().find(ids.last().unwrap()).unwrap_err());
    assert!(error.ends_with("a chain of deltas has no end"), "{error}");
}

#[test]
fn heavy_families_wait_for_each_other_and_end() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("r");
    let mut text = vec![b'x'; 36 << 20];
    text[..4].copy_from_slice(b"MARK");
    let whole = |name| Entry::new(name, Claim::Whole(3), &text);
    // Of a base of 36 MiB: itself, as three copies of 12 MiB that all begin with the mark; and its first four bytes.
    let size = [0x80, 0x80, 0x80, 0x12];
    let heavy = [&size[..], &size, &[0xc0, 0xc0].repeat(3)].concat();
    let light = [&size[..], &[4, 0x90, 4]].concat();
    let mut entries = vec![];
    for name in [1, 11] {
        entries.push(whole(name));
        entries.push(Entry::new(name + 1, Claim::Upon([name; 20]), &light));
        entries.push(Entry::new(name + 2, Claim::Upon([name; 20]), &heavy));
        entries.push(Entry::new(name + 3, Claim::Upon([name + 2; 20]), &light));
        entries.push(whole(name + 4));
    }
    write(&folder(&repo), &entries);
    let ids: Vec<Oid> = entries.iter().map(|entry| Oid::from_bytes(&entry.id).unwrap()).collect();
    let found = scanned(&ObjectStore::open(&[folder(&repo)], Sha1), &ids);
    assert_eq!((found.unreadable, found.hits.len()), (vec![], ids.len()));
}

/// Content that packs well, badly, binary or not, and now and then a mark.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => Just(b"the quick brown fox\n".to_vec()),
        4 => Just(b"jumps over the lazy dog\n".to_vec()),
        1 => Just(b"MARK\n".to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..300),
        1 => proptest::collection::vec(1..=255u8, 0..300),
    ];
    (proptest::collection::vec(piece, 0..40), prop_oneof![6 => Just(1usize), 1 => Just(30)])
        .prop_map(|(pieces, times)| pieces.concat().repeat(times))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn as_git_reads_it(rounds in proptest::collection::vec(proptest::collection::vec((0..12u8, content()), 1..12), 1..5),
                       depth in 0..60u8, keep_loose: bool) {
        let sandbox = Sandbox::new();
        let repo = sandbox.repo("r");
        for (number, files) in rounds.iter().enumerate() {
            let files: Vec<_> = files.iter().map(|(name, content)| (format!("f{name}"), content.clone())).collect();
            commit_bytes(&repo, &files);
            if number + 1 < rounds.len() || !keep_loose {
                repo.git(&["repack", if depth % 2 == 0 { "-qad" } else { "-qd" }, &format!("--depth={depth}")]);
            }
        }
        assert_naive_agrees(&repo);
    }
}

#[test]
fn a_damaged_pack_never_panics_and_never_hangs() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("r");
    history(&repo, 20);
    repo.git(&["repack", "-qadf", "--depth=50", "--window=2"]);
    let blobs = all_objects(&repo).into_iter().filter(|object| object.1 == "blob");
    let ids: Vec<Oid> = blobs.map(|object| object.0).collect();
    let pack = &files(&folder(&repo), ".pack")[0];
    let whole = std::fs::read(pack).unwrap();
    std::fs::remove_file(pack).unwrap(); // git made it read-only
    let damage = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40);
    proptest!(ProptestConfig::with_cases(300), |(places in damage)| {
        let mut bytes = whole.clone();
        for (place, byte) in places {
            bytes[place.index(whole.len())] = byte;
        }
        std::fs::write(pack, bytes).unwrap();
        let found = scanned(&ObjectStore::open(&[folder(&repo)], Sha1), &ids);
        prop_assert_eq!(found.missing, vec![]);
        prop_assert_eq!(found.count as usize + found.unreadable.len(), ids.len());
    });
}
