//! How fast content is read: the one pass that everything goes through, and the scanner behind it.
//!
//! Run with `cargo bench --bench markers`. The texts are made here, so that the numbers can be compared between machines;
//! what a whole push or tree costs is measured elsewhere.

use ci_guard::guard::markers::{Fences, MarkerSize, lone_separators, read, scan, suspicious};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

const TEXTS: [Text; 7] =
    [Text::Source, Text::Html, Text::Tables, Text::Art, Text::Headings, Text::OneLine, Text::Markers];

/// What the content is like.
#[derive(Clone, Copy, Debug)]
enum Text {
    /// Ordinary source: this file, over and over.
    Source,
    /// Every line starts with `<`, and much else is `<` and `>`.
    Html,
    /// Every line starts with `|` and is full of it, some with two.
    Tables,
    /// Long runs of marker characters that are no markers.
    Art,
    /// A row of seven `=` under every third line.
    Headings,
    /// Everything on one line.
    OneLine,
    /// Nothing but small conflicts.
    Markers,
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self, f)
    }
}

/// Two megabytes of it: more than a core's nearest cache, less than what only memory holds.
fn text(kind: Text) -> Vec<u8> {
    let piece = match kind {
        Text::Source => include_str!("markers.rs").to_owned(),
        Text::Html => "<li><a href=\"#x\">an entry</a></li>\n<br><<>>\n</ul>\n<!-- <<<<<<< -->\n".to_owned(),
        Text::Tables => "| a | b || c | d |\n||-----|----||\n|| x ||| y |||| z |||||||\n".to_owned(),
        Text::Art => format!("{0}{1}\n{1}x\n>>>>>>>>quoted\n|||||||||x\n{0}x\n", "<".repeat(40), ">".repeat(40)),
        Text::Headings => "A heading\n=======\nand a few words below it, as prose has them\n".to_owned(),
        Text::OneLine => "var a=b<c|d>e==f;<<<<<<<g>>>>>>>".to_owned(),
        Text::Markers => "<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> side\n".to_owned(),
    };
    piece.into_bytes().repeat(2_000_000 / 32).into_iter().take(2_000_000).collect()
}

fn bench<R>(bencher: Bencher, kind: Text, run: impl Fn(&[u8]) -> R + Sync) {
    let content = text(kind);
    bencher.counter(BytesCount::of_slice(&content)).bench(|| run(black_box(&content)));
}

#[divan::bench(args = TEXTS)]
fn prefilter(bencher: Bencher, kind: Text) {
    bench(bencher, kind, suspicious);
}

#[divan::bench(args = TEXTS)]
fn scanner(bencher: Bencher, kind: Text) {
    bench(bencher, kind, |content| scan(content, MarkerSize::DEFAULT));
}

#[divan::bench(args = TEXTS)]
fn scanner_of_short_markers(bencher: Bencher, kind: Text) {
    bench(bencher, kind, |content| scan(content, MarkerSize::new(3).unwrap_or_default()));
}

#[divan::bench(args = TEXTS)]
fn reader(bencher: Bencher, kind: Text) {
    bench(bencher, kind, |content| read(b"a.md", content, MarkerSize::DEFAULT));
}

#[divan::bench(args = TEXTS)]
fn fences(bencher: Bencher, kind: Text) {
    bench(bencher, kind, Fences::of);
}

#[divan::bench(args = TEXTS)]
fn separators(bencher: Bencher, kind: Text) {
    bench(bencher, kind, |content| lone_separators(b"a.c", content, MarkerSize::DEFAULT));
}

fn main() {
    divan::main();
}
