//! Many short texts looked for at once, ignoring ASCII case, in as many bytes as a log has.
//!
//! An automaton over a thousand needles costs milliseconds to build and a load a byte that waits for the one before. This
//! looks at four bytes at every second place instead, one place not waiting for another: if no needle has these four at a
//! place that it chose as rare, nothing can begin there. What passes that test is compared byte by byte, so the answer is
//! exact. Building it takes a fraction of a millisecond.
//!
//! What a needle stands for is its owner's business.

/// Sets the bit that ASCII letters of both cases differ in. Other bytes fall together too; the comparison tells them apart.
const FOLD: u32 = 0x2020_2020;
/// How many bits of a hash choose a bit of the filter: 32 KiB. With less, ordinary text passes by chance; more is slower to reach.
const FILTER_BITS: u32 = 18;
/// How many bits choose where the needles behind it are listed.
const HEAD_BITS: u32 = 12;
/// All four bytes, the first three, the last three. A needle of three or four bytes does not fill every window of four in
/// which it can stand.
const MASKS: [u32; 3] = [!0, 0x00ff_ffff, 0xffff_ff00];
/// How many bits of a hash choose a bit for what is ordinary. By chance, few others share one.
const ORDINARY_BITS: u32 = 16;
/// The bytes that logs are full of, the most common first; all others are rarer.
const COMMON: &[u8] = b" e0taoinsr1l-.d/2cmup:3gf5b4h_689=7vykw,x\"'()[]";
/// What logs say when all is well. Four bytes that are in here turn up everywhere.
const ORDINARY: &str = "https://www.github.com/ http://registry.example.org/ archive.ubuntu.com/ubuntu/pool/main/ amd64 \
    downloading downloaded installing installed building built compiling compiled running checking testing tests passed \
    setting up unpacking preparing selecting previously unselected packages fetching receiving objects resolving remote: \
    counting compressing cloning into branch origin/master refs/heads/ commit checkout modules object projects subproject \
    target/debug/release/version: versions ... ms) kb] mb/s) (1.5 mb) [info] [debug] [warning] warning: using include \
    /usr/local/lib/python3 /usr/bin/ /home/runner/work/ /home/travis/build/ node_modules/ src/main/java/org/apache/ \
    src/test/java/ .java .class .cpp .py .js .rs .go -std=c++11 -wall -o2 -c -o cmakefiles/ .dir/ cxx object executing \
    execution task :compilejava up-to-date from-cache gradle maven-plugin default-cli @ --- travis_time: travis_fold:start: \
    end: export ruby gems bundle requirement already satisfied collecting site-packages (from connecting to connected \
    saved loading loaded starting started stopping finished completed done in seconds generating generated reading \
    writing copying creating created removing updating updated processing configure configuring checking whether the for \
    yes no ok not and with type returns function functions handler expected support default value values options config \
    localhost:8080 context contents content extension file files filename directory library libraries binary system \
    server client session request response message number string line lines column group users name names service \
    \x1b[0m \x1b[1m \x1b[32m \x1b[33m \x1b[36m \x1b[39m \x1b[0;32m \x1b[0;33m \x1b[1;32m ..... ----- ===== ##### ***** 00000 ing: ing \
    tion tions tion: sion sion: ment ments able ated ally ence 2024-01-01t 00:00:00.000z";
/// The end of a list.
const NONE: u16 = u16::MAX;

/// The needles, ready to be looked for.
#[derive(Debug)]
pub(super) struct Needles<T> {
    filter: Box<[u64; 1 << (FILTER_BITS - 6)]>,
    heads: Box<[u16; 1 << HEAD_BITS]>,
    keys: Vec<Key>,
    /// Each with what it stands for.
    texts: Vec<(Vec<u8>, T)>,
    /// Only the first mask is in use.
    all_long: bool,
}

/// Four bytes (or three) by which a needle is recognised.
#[derive(Debug)]
struct Key {
    gram: u32,
    needle: u16,
    /// How far the four bytes stand behind the needle's first byte.
    offset: i16,
    /// The next key of the same hash.
    next: u16,
}

impl<T: Default> Needles<T> {
    /// Needles of three bytes or more, each with what it stands for. That of needles that are the same is joined.
    pub(super) fn new<'a>(needles: impl IntoIterator<Item = (&'a str, T)>, join: impl Fn(&mut T, T)) -> Needles<T> {
        let mut texts: Vec<_> =
            needles.into_iter().map(|(text, owner)| (text.to_ascii_lowercase().into_bytes(), owner)).collect();
        texts.sort_by(|(one, _), (other, _)| one.cmp(other));
        texts.dedup_by(|(text, owner), (kept, all)| {
            let same = text == kept;
            if same {
                join(all, std::mem::take(owner));
            }
            same
        });
        texts.retain(|(text, _)| text.len() >= 3);
        let mut built = Needles {
            filter: Box::new([0; 1 << (FILTER_BITS - 6)]),
            heads: Box::new([NONE; 1 << HEAD_BITS]),
            keys: Vec::with_capacity(2 * texts.len()),
            all_long: texts.iter().all(|(text, _)| text.len() > 4),
            texts: Vec::new(),
        };
        let ordinary = Ordinary::new();
        for (index, (text, _)) in texts.iter().enumerate() {
            for (gram, offset) in keys(text, &ordinary) {
                built.add(Key { gram, offset, needle: index as u16, next: NONE });
            }
        }
        built.texts = texts;
        built
    }

    fn add(&mut self, mut key: Key) {
        let mut admit = |gram: u32| {
            let bit = hash(gram, FILTER_BITS);
            self.filter[bit / 64] |= 1 << (bit % 64);
        };
        match key.gram {
            // Any byte may stand where there is none.
            gram if gram & !MASKS[1] == 0 => (0..=255).for_each(|any| admit((gram | any << 24) | FOLD)),
            gram if gram & !MASKS[2] == 0 => (0..=255).for_each(|any| admit((gram | any) | FOLD)),
            gram => admit(gram),
        }
        let head = &mut self.heads[hash(key.gram, HEAD_BITS)];
        key.next = std::mem::replace(head, self.keys.len() as u16);
        self.keys.push(key);
    }

    /// Call `found` for every needle in `text`, with a place inside of it and what it stands for. Places never go back.
    pub(super) fn scan<'s>(&'s self, text: &[u8], mut found: impl FnMut(usize, &'s T)) {
        const STEP: usize = 16;
        let mut at = 0;
        while let Some(window) = text.get(at..at + STEP + 2).and_then(|window| <&[u8; STEP + 2]>::try_from(window).ok())
        {
            let mut hits = 0_u32;
            for place in 0..STEP / 2 {
                let gram = [window[2 * place], window[2 * place + 1], window[2 * place + 2], window[2 * place + 3]];
                hits |= u32::from(self.admits(u32::from_le_bytes(gram) | FOLD)) << place;
            }
            while hits != 0 {
                self.compare(text, at + 2 * hits.trailing_zeros() as usize, &mut found);
                hits &= hits - 1;
            }
            at += STEP;
        }
        while at < text.len() {
            if self.admits(gram_at(text, at)) {
                self.compare(text, at, &mut found);
            }
            at += 2;
        }
    }

    #[inline]
    fn admits(&self, gram: u32) -> bool {
        let bit = hash(gram, FILTER_BITS);
        self.filter[bit / 64] >> (bit % 64) & 1 != 0
    }

    /// Which needles stand around `at`.
    fn compare<'s>(&'s self, text: &[u8], at: usize, found: &mut impl FnMut(usize, &'s T)) {
        let here = gram_at(text, at);
        for mask in &MASKS[..if self.all_long { 1 } else { MASKS.len() }] {
            let gram = here & mask;
            let mut next = self.heads[hash(gram, HEAD_BITS)];
            while let Some(key) = self.keys.get(usize::from(next)) {
                next = key.next;
                if key.gram != gram {
                    continue;
                }
                let (needle, owner) = &self.texts[usize::from(key.needle)];
                let start = at.wrapping_add_signed(-isize::from(key.offset));
                let there = start.checked_add(needle.len()).and_then(|end| text.get(start..end));
                if there.is_some_and(|there| there.eq_ignore_ascii_case(needle)) {
                    found(at.max(start), owner);
                }
            }
        }
    }
}

/// The keys of a needle: one for each evenness of the place where it begins, so that every second place is enough.
fn keys(text: &[u8], ordinary: &Ordinary) -> [(u32, i16); 2] {
    match text {
        [a, b, c] => [(gram([*a, *b, *c, 0]), 0), (gram([0, *a, *b, *c]), -1)],
        [a, b, c, d] => {
            let inside = (gram([*a, *b, *c, *d]), 0);
            let [before, after] = [(gram([0, *a, *b, *c]), -1), (gram([*b, *c, *d, 0]), 1)];
            [inside, if rarity(*d) < rarity(*a) { before } else { after }]
        }
        _ => {
            let gram = |at: usize| gram([text[at], text[at + 1], text[at + 2], text[at + 3]]);
            let rare = |at: usize| {
                let bytes: usize = text[at..at + 4].iter().map(|&byte| rarity(byte)).sum();
                if ordinary.has(gram(at)) { bytes } else { bytes + 1000 }
            };
            // The needles are short; an offset beyond this would not be worth its type.
            let last = (text.len() - 5).min(100);
            let best = (0..=last).max_by_key(|&at| rare(at).min(rare(at + 1))).unwrap_or(0);
            [best, best + 1].map(|at| (gram(at), at as i16))
        }
    }
}

fn rarity(byte: u8) -> usize {
    const RARITY: [u8; 256] = {
        let mut rarity = [COMMON.len() as u8 + 4; 256];
        let mut at = COMMON.len();
        while at > 0 {
            at -= 1;
            rarity[COMMON[at] as usize] = at as u8;
            rarity[COMMON[at].to_ascii_uppercase() as usize] = at as u8;
        }
        rarity
    };
    usize::from(RARITY[usize::from(byte)])
}

/// The four bytes that turn up in [`ORDINARY`]. Needles are better known by others.
struct Ordinary([u64; 1 << (ORDINARY_BITS - 6)]);

impl Ordinary {
    fn new() -> Ordinary {
        let mut set = [0; 1 << (ORDINARY_BITS - 6)];
        for four in ORDINARY.as_bytes().windows(4) {
            let bit = hash(gram([four[0], four[1], four[2], four[3]]), ORDINARY_BITS);
            set[bit / 64] |= 1 << (bit % 64);
        }
        Ordinary(set)
    }

    fn has(&self, gram: u32) -> bool {
        let bit = hash(gram, ORDINARY_BITS);
        self.0[bit / 64] >> (bit % 64) & 1 != 0
    }
}

/// Folded, but for bytes that are none.
fn gram(bytes: [u8; 4]) -> u32 {
    u32::from_le_bytes(bytes.map(|byte| if byte == 0 { 0 } else { byte | 0x20 }))
}

/// The four bytes at a place, blanks behind the end.
#[inline]
fn gram_at(text: &[u8], at: usize) -> u32 {
    let byte = |at: usize| text.get(at).copied().unwrap_or_default();
    u32::from_le_bytes([byte(at), byte(at + 1), byte(at + 2), byte(at + 3)]) | FOLD
}

#[inline]
fn hash(gram: u32, bits: u32) -> usize {
    (gram.wrapping_mul(0x9E37_79B1) >> (32 - bits)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// How often each bit was found, and how often it is there.
    fn seen(needles: &[(&str, u8)], text: &[u8]) -> [[usize; 8]; 2] {
        let mut counts = [[0; 8]; 2];
        let mut last = 0;
        Needles::new(needles.iter().copied(), |all, bits| *all |= bits).scan(text, |at, bits| {
            assert!(at >= last, "places never go back");
            last = at;
            counts[0][bits.trailing_zeros() as usize] += 1;
        });
        for (needle, bits) in needles {
            let there = text.windows(needle.len()).filter(|there| there.eq_ignore_ascii_case(needle.as_bytes()));
            counts[1][bits.trailing_zeros() as usize] += there.count();
        }
        counts
    }

    #[test]
    fn every_needle_is_found_at_every_place() {
        let needles = [("err", 1), ("fail", 2), ("panic", 4), ("##[error]", 8), ("❌ ", 16), ("exit code", 32)];
        for (needle, bits) in needles {
            for before in 0..40 {
                for after in 0..5 {
                    for text in [needle.to_owned(), needle.to_uppercase()] {
                        let text = format!("{}{text}{}", "x".repeat(before), "y".repeat(after));
                        let mut hits = Vec::new();
                        Needles::new(needles, |_, _| ()).scan(text.as_bytes(), |at, bits| hits.push((at, *bits)));
                        let inside = |hit: &(usize, u8)| (before..before + needle.len()).contains(&hit.0);
                        assert!(hits.iter().all(inside), "{text:?}: {hits:?}");
                        assert_eq!(hits.iter().filter(|hit| hit.1 == bits).count(), 1, "{text:?}: {hits:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn needles_that_are_the_same_are_one() {
        let mut hits = Vec::new();
        let needles = Needles::new([("Error", 1), ("error", 4), ("ERRORS", 2)], |all, bits| *all |= bits);
        needles.scan(b"an error", |_, bits| hits.push(*bits));
        assert_eq!(hits, [5]);
    }

    proptest! {
        #[test]
        fn the_answer_is_that_of_looking_everywhere(text in "[abAB\0\n\x01!é]{0,80}") {
            let needles = [("aba", 1), ("abab", 2), ("bbbb", 4), ("babab", 8), ("a!a", 16), ("bé", 32), ("aaaaaaaaa", 64)];
            let [found, there] = seen(&needles, text.as_bytes());
            prop_assert_eq!(found, there);
        }
    }
}
