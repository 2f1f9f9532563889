//! Trees, the patches between them as git writes them, and what may become of a patch on its way: the material for
//! `patch_truth`. Everything is drawn from a seed.

use crate::support::Repo;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Numbers from a seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.roll() % end as u64) as usize
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

/// Names that are easily taken for something else. No folder is also a file.
const NAMES: [&str; 26] = [
    "a.txt",
    "b.txt",
    "Makefile",
    "Makefile.md",
    "src/main.c",
    "src/lib/deep.c",
    "src/b/src/b",
    "b/b/b",
    "with space",
    "two  spaces",
    "x b/x",
    "trail ",
    "tab\tname",
    "quote\"d",
    "back\\slash",
    "line\nend",
    "\u{fc}ml\u{e4}ut",
    "-dash",
    "f",
    "f.orig",
    "dev/null",
    ".github/workflows/ci.yml",
    "2020-01-01",
    "n 2020-01-01 10:00:00",
    "carriage\rreturn",
    "q/ q",
];

const LINES: [&str; 14] = [
    "one",
    "two",
    "three",
    "",
    "--- a/a.txt",
    "+++ b/a.txt",
    "-- ",
    "- x",
    "@@ -1 +1 @@",
    "diff --git a/f b/f",
    " indented",
    "+",
    "\ttab",
    "\\ No newline at end of file",
];

/// What stands at a path.
#[derive(Clone)]
pub(crate) struct Node {
    mode: &'static str,
    content: Vec<u8>,
}

pub(crate) type Tree = BTreeMap<&'static str, Node>;

fn text(dice: &mut Dice) -> Vec<u8> {
    let mut text = Vec::new();
    for _ in 0..dice.below(14) {
        text.extend_from_slice(dice.pick(&LINES).as_bytes());
        text.extend_from_slice(if dice.one_in(30) { b"\r\n" } else { b"\n" });
    }
    if dice.one_in(6) {
        text.pop();
    }
    text
}

fn node(dice: &mut Dice) -> Node {
    match dice.below(12) {
        0 => Node { mode: "120000", content: dice.pick(&NAMES).replace('\n', "").into_bytes() },
        1 => Node { mode: "160000", content: format!("{:040x}", 1 + dice.below(9)).into_bytes() },
        2 => Node { mode: "100644", content: Vec::new() },
        3 | 4 => {
            let size = 1 + dice.below(700);
            let step = dice.below(5);
            Node { mode: "100644", content: (0..size).map(|at| (at * step) as u8).chain([0, 1]).collect() }
        }
        5 => Node { mode: "100755", content: text(dice) },
        _ => Node { mode: "100644", content: text(dice) },
    }
}

pub(crate) fn tree(dice: &mut Dice) -> Tree {
    let count = 2 + dice.below(9);
    (0..count).map(|_| (dice.pick(&NAMES), node(dice))).collect()
}

/// Another tree that has come from this one.
pub(crate) fn edited(tree: &Tree, dice: &mut Dice) -> Tree {
    let mut tree = tree.clone();
    for _ in 0..1 + dice.below(4) {
        let names: Vec<&str> = tree.keys().copied().collect();
        let Some(&name) = names.get(dice.below(names.len() + 1)) else {
            tree.insert(dice.pick(&NAMES), node(dice));
            continue;
        };
        let mut node_there = tree[name].clone();
        match dice.below(9) {
            0 => {
                tree.remove(name);
            }
            1 => {
                tree.insert(name, node(dice));
            }
            2 | 3 => {
                touch(&mut node_there, dice);
                tree.remove(name);
                tree.insert(dice.pick(&NAMES), node_there);
            }
            4 => {
                tree.insert(dice.pick(&NAMES), node_there);
            }
            5 => {
                if let Some(mode) = [("100644", "100755"), ("100755", "100644")].iter().find(|m| m.0 == node_there.mode)
                {
                    node_there.mode = mode.1;
                }
                tree.insert(name, node_there);
            }
            _ => {
                touch(&mut node_there, dice);
                tree.insert(name, node_there);
            }
        }
    }
    tree
}

fn touch(node: &mut Node, dice: &mut Dice) {
    if !node.mode.starts_with("100") || node.content.contains(&0) {
        node.content.push(b'1');
        if node.mode == "160000" {
            node.content.remove(0);
        }
        return;
    }
    let mut lines: Vec<Vec<u8>> = node.content.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
    for _ in 0..1 + dice.below(3) {
        let at = dice.below(lines.len() + 1);
        match dice.below(3) {
            0 if at < lines.len() => {
                lines.remove(at);
            }
            1 if at < lines.len() => lines[at] = format!("{}\n", dice.pick(&LINES)).into_bytes(),
            _ => lines.insert(at, format!("{}\n", dice.pick(&LINES)).into_bytes()),
        }
    }
    node.content = lines.concat();
}

/// Messages that could be taken for patches.
const MESSAGES: [&str; 7] = [
    "plain\n",
    "points\n\n- one\n- two\n+ three\n\n-- \nsigned\n",
    "an example\n\n    diff --git a/x b/x\n    @@ -1 +1 @@\n\n> @@ -1 +1 @@\n",
    "a rule\n\n---\nbelow it\n--- a/x\n",
    "From here on\n\nFrom: me\ncommit something\n",
    "colours \u{1b}[1mbold\u{1b}[m\n\n3,4c5\n< a\n",
    "context\n\n*** a\n--- b\n",
];

/// Store trees as the commits `refs/t/0`, `refs/t/1` and so on; each odd one is a child of the one before.
pub(crate) fn store(repo: &Repo, trees: &[Tree], dice: &mut Dice) {
    let mut stream = Vec::new();
    for (number, tree) in trees.iter().enumerate() {
        let message = dice.pick(&MESSAGES);
        let mut head = String::new();
        write!(head, "commit refs/t/{number}\ncommitter C <c@example.org> 1767225600 +0000\n").unwrap();
        write!(head, "data {}\n{message}", message.len()).unwrap();
        if number % 2 == 1 {
            writeln!(head, "from refs/t/{}", number - 1).unwrap();
        }
        head.push_str("deleteall\n");
        stream.extend_from_slice(head.as_bytes());
        for (name, node) in tree {
            let mut quoted = String::new();
            for byte in name.bytes() {
                write!(quoted, "\\{byte:03o}").unwrap();
            }
            let inline = node.mode != "160000";
            let what = if inline { "inline".into() } else { String::from_utf8(node.content.clone()).unwrap() };
            stream.extend_from_slice(format!("M {} {what} \"{quoted}\"\n", node.mode).as_bytes());
            if inline {
                stream.extend_from_slice(format!("data {}\n", node.content.len()).as_bytes());
                stream.extend_from_slice(&node.content);
                stream.push(b'\n');
            }
        }
    }
    repo.import(stream);
}

/// A patch as git wrote it.
pub(crate) struct Made {
    pub(crate) bytes: Vec<u8>,
    pub(crate) options: Vec<String>,
    /// It holds everything that is needed to apply it where it was made.
    pub(crate) is_whole: bool,
}

/// The patch from tree `number` to the next one, in one of the many ways that git can write it.
pub(crate) fn make(repo: &Repo, number: usize, dice: &mut Dice) -> Made {
    let (old, new) = (format!("refs/t/{number}"), format!("refs/t/{}", number + 1));
    let mut options: Vec<String> = Vec::new();
    let mut is_whole = true;
    for (chance, words) in [
        (3, "-M"),
        (4, "-C --find-copies-harder -M40%"),
        (3, "--no-renames"),
        (8, "-B"),
        (5, "--full-index"),
        (6, "--patience"),
        (6, "-R"),
        (6, "--function-context"),
        (8, "--src-prefix=old/ --dst-prefix=new/"),
        (8, "--stat"),
        (8, "--summary"),
        (9, "--raw"),
        (9, "--submodule=short"),
    ] {
        if dice.one_in(chance) {
            options.extend(words.split(' ').map(str::to_owned));
        }
    }
    // Of these git does not always apply what it wrote: renames onto files that are there, hunks that overlap.
    is_whole &= !options.iter().any(|option| option == "-B" || option == "--function-context");
    let has = |option: &str, options: &[String]| options.iter().any(|o| o == option);
    match dice.below(8) {
        0 => options.push("-U0".into()),
        1 => options.push("-U1".into()),
        2 => options.push("-U5".into()),
        _ => {}
    }
    // With full ids git finds the object of a binary file whose data is not in the patch.
    if dice.one_in(8) && !has("--full-index", &options) {
        is_whole = false;
    } else {
        options.push("--binary".into());
    }
    if dice.one_in(10) {
        options.push("--no-prefix".into());
        is_whole = false;
    }
    if dice.one_in(12) {
        options.push("--irreversible-delete".into());
        is_whole = false;
    }
    let config = if dice.one_in(4) { "core.quotePath=false" } else { "core.quotePath=true" };
    let mut args = vec!["-c", config];
    let is_reverse = has("-R", &options);
    let range = format!("{old}..{new}");
    match dice.below(6) {
        0 if !is_reverse => args.extend(["format-patch", "--stdout", &range]),
        1 if !is_reverse => args.extend(["format-patch", "--stdout", "--attach", &range]),
        2 if !is_reverse => args.extend(["show", &new]),
        3 if !is_reverse => args.extend(["log", "-p", &range]),
        _ => args.extend(if is_reverse { ["diff", &new, &old] } else { ["diff", &old, &new] }),
    }
    args.extend(options.iter().map(String::as_str));
    args.push("--");
    let made = repo.command("git").args(&args).output().unwrap();
    assert!(made.status.success(), "{args:?} {}", String::from_utf8_lossy(&made.stderr));
    Made { bytes: made.stdout, options: args.iter().map(|&arg| arg.to_owned()).collect(), is_whole }
}

/// The same patch as a `diff` that knows nothing of git would write it; binary changes and renames are lost.
pub(crate) fn traditional(patch: &[u8], dice: &mut Dice) -> Vec<u8> {
    let stamps = ["", "\t2020-01-01 10:00:00.000000000 +0100", "\t1970-01-01 00:00:00.000000000 +0000", " 2020-01-01"];
    let drop = ["diff --git ", "index ", "new file", "deleted file", "old mode", "new mode", "similarity", "rename "];
    let lines = patch.split_inclusive(|&byte| byte == b'\n');
    let kept = lines.filter(|line| !drop.iter().any(|drop| line.starts_with(drop.as_bytes())));
    let mut out = Vec::new();
    for line in kept {
        if (line.starts_with(b"--- ") || line.starts_with(b"+++ ")) && dice.one_in(2) {
            out.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line));
            out.extend_from_slice(dice.pick(&stamps).as_bytes());
            out.push(b'\n');
        } else {
            out.extend_from_slice(line);
        }
    }
    out
}

/// Lines that somebody may put anywhere.
const STRAYS: [&str; 44] = [
    "--- a/NAME",
    "+++ b/NAME",
    "--- NAME",
    "+++ NAME",
    "--- /dev/null",
    "+++ /dev/null",
    "@@ -1 +1 @@",
    "@@ -0,0 +1 @@",
    "@@ -1,2 +1 @@ x",
    "@@ -1 +0,0 @@",
    "diff --git a/NAME b/NAME",
    "diff --git a/NAME b/OTHER",
    "diff --git NAME NAME",
    "diff --git \"a/NAME\" \"b/NAME\"",
    "rename from NAME",
    "rename to NAME",
    "copy from NAME",
    "copy to NAME",
    "new file mode 100644",
    "new file mode 120000",
    "deleted file mode 100644",
    "old mode 100644",
    "new mode 100755",
    "index 1234567..89abcde 100644",
    "index 0000000..e69de29",
    "similarity index 100%",
    "\\ No newline at end of file",
    "-- ",
    "2.47.3",
    "GIT binary patch",
    "literal 0",
    "",
    " ",
    "+added",
    "-removed",
    " context",
    "prose",
    "From 1234567890123456789012345678901234567890 Mon Sep 17 00:00:00 2001\nSubject: x\n",
    "commit 1234567890123456789012345678901234567890",
    "Binary files a/NAME and b/NAME differ",
    "diff --cc NAME",
    "--- a/NAME\n+++ b/NAME\n@@ -1 +1 @@\n-one\n+two",
    "--- a/NAME\n+++ b/NAME\n@@ -0,0 +1 @@\n+two",
    "diff --git a/NAME b/NAME\nold mode 100644\nnew mode 100755",
];

/// What may become of a patch: one to three accidents or lies.
pub(crate) fn spoiled(patch: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = patch.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
    let accidents = if dice.one_in(3) { 2 + dice.below(2) } else { 1 };
    for _ in 0..accidents {
        lines.retain(|line| !line.is_empty());
        if lines.is_empty() {
            return stray(dice);
        }
        let any = dice.below(lines.len());
        // Headers are few beside lines of content, and more can be done to them.
        let headers: Vec<usize> = (0..lines.len()).filter(|&at| is_header(&lines[at])).collect();
        let at = if dice.one_in(2) && !headers.is_empty() { headers[dice.below(headers.len())] } else { any };
        match dice.below(15) {
            0 => {
                lines.remove(at);
            }
            1 => lines.insert(at, lines[at].clone()),
            2 => lines.swap(at, any),
            3 => {
                let byte = dice.below(lines[at].len());
                lines[at][byte] = b"+- \\@ab/\"\t\n\r0179\0"[dice.below(17)];
            }
            4 => lines[at][0] = b"+- \\@d"[dice.below(6)],
            5 => recount(&mut lines[at], dice),
            6 => lines.extend(other.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec)),
            7 => {
                let other: Vec<_> = other.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
                lines.splice(at..at, other);
            }
            8 if dice.one_in(3) => {
                for line in &mut lines {
                    if line.ends_with(b"\n") {
                        line.pop();
                        line.extend_from_slice(b"\r\n");
                    }
                }
            }
            9 => {
                let keep = dice.below(lines[at].len() + 1);
                lines[at].truncate(keep);
                if dice.one_in(2) {
                    lines.truncate(at + 1);
                }
            }
            10..=12 => lines.insert(at, stray(dice)),
            13 => {
                let name = dice.pick(&NAMES);
                let line = String::from_utf8_lossy(&lines[at]).into_owned();
                if let Some((head, _)) = line.split_once('/').or_else(|| line.rsplit_once(' ')) {
                    lines[at] = format!("{head}/{name}\n").into_bytes();
                }
            }
            _ => {
                let end = (at + 1 + dice.below(5)).min(lines.len());
                let piece: Vec<_> = lines.drain(at..end).collect();
                let to = dice.below(lines.len() + 1);
                lines.splice(to..to, piece);
            }
        }
    }
    lines.concat()
}

fn is_header(line: &[u8]) -> bool {
    let words = [
        "diff ", "--- ", "+++ ", "@@ ", "index ", "rename ", "copy ", "old mode", "new ", "deleted ", "GIT ",
        "literal ",
    ];
    words.iter().any(|word| line.starts_with(word.as_bytes()))
}

fn stray(dice: &mut Dice) -> Vec<u8> {
    let line = dice.pick(&STRAYS).replace("NAME", dice.pick(&NAMES)).replace("OTHER", dice.pick(&NAMES));
    (line + "\n").into_bytes()
}

/// Another number somewhere in a hunk header.
fn recount(line: &mut [u8], dice: &mut Dice) {
    let digits: Vec<usize> = (0..line.len()).filter(|&at| line[at].is_ascii_digit()).collect();
    if !digits.is_empty() {
        line[digits[dice.below(digits.len())]] = b'0' + dice.below(6) as u8;
    }
}
