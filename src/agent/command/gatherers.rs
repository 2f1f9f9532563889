//! `xargs`: commands whose words come from what another one writes.

use super::script::State;
use super::simple::{Run, Stream};
use super::words::{UNKNOWN, ansi_c};
use super::wrappers::{Wrapper, start, value_end, wrapper};

/// How often `xargs` runs its command.
const MOST_RUNS: usize = 64;

/// Options of `xargs` that take a value.
const XARGS: Wrapper =
    wrapper("xargs", "aEdILnPs", &["arg-file", "delimiter", "max-lines", "max-args", "max-procs", "max-chars"], 0);

/// `xargs COMMAND`: what it reads comes behind, or in place of a mark. Its last run goes on where this one was.
pub(super) fn xargs(mut run: Run, state: &mut State) -> Option<Run> {
    let at = value_end(&XARGS, &run.words);
    if at >= run.words.len() {
        return None;
    }
    let words = run.words.split_off(at);
    let options = Options(&run.words[1..]);
    let mark = options.value('I', "replace").filter(|mark| !mark.is_empty());
    let read: Vec<String> = match &run.stdin {
        Stream::Known(text) => options.split(text, mark.is_some()).take(1_000).map(str::to_owned).collect(),
        _ => vec![UNKNOWN.to_string()],
    };
    let most = options.value('n', "max-args").and_then(|number| number.parse::<usize>().ok()).filter(|most| *most > 0);
    let each = if mark.is_some() { 1 } else { most.unwrap_or(read.len()).max(1) };
    let mut runs: Vec<Vec<String>> = read.chunks(each).take(MOST_RUNS).map(<[String]>::to_vec).collect();
    if runs.is_empty() {
        // Without anything to read it runs once.
        runs.push(Vec::new());
    }
    let mut made = runs.into_iter().map(|given| Run {
        words: match &mark {
            Some(mark) => words.iter().map(|word| word.replace(mark, &given.concat())).collect(),
            None => words.iter().cloned().chain(given).collect(),
        },
        stdin: Stream::Nothing,
        ..run.clone()
    });
    let last = made.next_back();
    made.for_each(|run| start(run, state));
    last
}

/// The options of `xargs`.
struct Options<'w>(&'w [String]);

impl Options<'_> {
    /// The value of an option: attached, or the next word.
    fn value(&self, letter: char, long: &str) -> Option<String> {
        for (at, word) in self.0.iter().enumerate() {
            let next = || self.0.get(at + 1).cloned();
            if let Some(name) = word.strip_prefix("--") {
                match name.strip_prefix(long) {
                    Some("") => return next(),
                    Some(rest) if rest.starts_with('=') => return Some(rest[1..].to_owned()),
                    _ => continue,
                }
            }
            let takes = word.find(|c| XARGS.short.contains(c)).filter(|at| word[*at..].starts_with(letter));
            if let Some(at) = takes {
                let attached = &word[at + letter.len_utf8()..];
                return if attached.is_empty() { next() } else { Some(attached.to_owned()) };
            }
        }
        None
    }

    /// What it takes for one argument each: words, lines for a mark, or what a delimiter divides.
    fn split<'t>(&self, text: &'t str, lines: bool) -> Box<dyn Iterator<Item = &'t str> + 't> {
        let short = |word: &String| word.starts_with("-0") || word == "-r0" || word == "-t0";
        let nul = self.0.iter().any(|word| word == "--null" || short(word));
        let delimiter = self.value('d', "delimiter").and_then(|it| ansi_c(&it).chars().next());
        match delimiter.or(nul.then_some('\0')) {
            Some(delimiter) => Box::new(text.split_terminator(delimiter)),
            None if lines => Box::new(text.lines().map(str::trim_start).filter(|line| !line.is_empty())),
            None => Box::new(text.split_whitespace()),
        }
    }
}
