//! How fast a log is read: the one pass that every byte of it goes through.
//!
//! Run with `cargo bench --bench digest`. What a whole triage costs is measured by `benches/triage.sh`.

use ci_guard::triage::digest::Digest;
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

/// What a log is like.
#[derive(Clone, Copy, Debug)]
enum Text {
    /// Nothing of note in it.
    Quiet,
    /// One line in a hundred has an error word.
    Mixed,
    /// Every line has.
    Marked,
    /// Every line is one.
    Words,
    /// No line ever ends.
    OneLine,
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self, f)
    }
}

/// Of ordinary size: kept as a whole. Large: most of it is not.
const SIZES: [usize; 2] = [4_000_000, 64_000_000];

fn text(kind: Text, size: usize) -> Vec<u8> {
    let quiet = "2024-05-01T00:00:07.0000000Z [ 12%] Building CXX object src/CMakeFiles/part.dir/module.cpp.o\n";
    let marked = "2024-05-01T00:00:07.0000000Z src/module.cpp:12:4: error: no member of that name\n";
    let piece = match kind {
        Text::Quiet => quiet.to_owned(),
        Text::Mixed => quiet.repeat(99) + marked,
        Text::Marked => marked.to_owned(),
        Text::Words => "error\n".to_owned(),
        Text::OneLine => "error: and so on ".to_owned(),
    };
    piece.into_bytes().into_iter().cycle().take(size).collect()
}

#[divan::bench(args = [Text::Quiet, Text::Mixed, Text::Marked, Text::Words, Text::OneLine], consts = SIZES, sample_count = 20)]
fn digest<const SIZE: usize>(bencher: Bencher, kind: Text) {
    let log = text(kind, SIZE);
    bencher.counter(BytesCount::of_slice(&log)).bench(|| Digest::of(black_box(&log)));
}

fn main() {
    divan::main();
}
