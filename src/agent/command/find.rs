//! What `find` finds of the files that are protected: its names and patterns are held against the paths that such files
//! usually have.
//!
//! Nothing is known of other files, and nothing of expressions that leave something out.

use super::protected::{HOOKS, agent_folder, matches};
use super::words::UNKNOWN;

/// An expression with more tests, or with more folders to begin in, is not followed.
const MOST: usize = 16;
/// Longer folders and patterns are not followed.
const LONGEST: usize = 256;

/// Where agents' configuration usually is.
const CONFIGURATION: [&str; 5] = [
    ".claude/settings.json",
    ".claude/settings.local.json",
    ".codex/hooks.json",
    ".cursor/hooks.json",
    ".gemini/settings.json",
];

/// A test of an expression.
enum Test<'w> {
    Name(&'w str),
    Path(&'w str),
    Type(&'w str),
    /// A file that is empty is no hook.
    Never,
}

/// The paths that `find` finds, the surest first. What is not known of them is `UNKNOWN`: a hook's name in a folder that is not
/// known, or anything in a known one.
pub(super) fn found(words: &[String]) -> Vec<String> {
    let roots = roots(words);
    let too_long = roots.len() > MOST || roots.iter().any(|root| root.len() > LONGEST);
    let Some(alternatives) = alternatives(words).filter(|all| restricts(all) && !too_long) else {
        let inside = roots.iter().map(|root| format!("{root}/{UNKNOWN}"));
        // Of these folders it matters that all that is in them is meant.
        let whole = roots.iter().filter(|root| agent_folder(root) && takes_files(words));
        return inside.chain(whole.map(|root| (*root).to_owned())).collect();
    };
    let deepest = words.windows(2).find(|pair| pair[0] == "-maxdepth").and_then(|pair| pair[1].parse().ok());
    let (mut sure, mut perhaps) = (Vec::new(), Vec::new());
    for root in &roots {
        sure.extend(alternatives.iter().flatten().filter_map(|test| directly_in(root, test)));
        for (path, is_said) in candidates(root) {
            let depth = path[root.trim_end_matches('/').len()..].matches('/').count();
            if deepest.is_some_and(|deepest: usize| depth > deepest) {
                continue;
            }
            let Some(tests) = alternatives.iter().find(|tests| accept(tests, &path)) else { continue };
            let by_path = tests.iter().any(|test| match test {
                Test::Path(pattern) => matches!(*root, "." | "./") || names_hooks(pattern),
                _ => false,
            });
            let name = path.rsplit('/').next().unwrap_or_default();
            if is_said || by_path || name == ".husky" {
                sure.push(path);
            } else if HOOKS.contains(&name) && tests.iter().any(|it| matches!(it, Test::Name(it) if *it == name)) {
                perhaps.push(format!("{root}/{UNKNOWN}/{name}"));
            }
        }
    }
    sure.append(&mut perhaps);
    sure
}

/// What a name finds in the very folder, where the folder or the name says what it is.
fn directly_in(root: &str, test: &Test) -> Option<String> {
    let Test::Name(name) = test else { return None };
    let is_said = root.split('/').any(|part| part.starts_with('.') && !matches!(part, "." | ".."));
    let is_elsewhere = !matches!(root, "." | "./");
    (is_said || is_elsewhere && HOOKS.contains(name)).then(|| format!("{root}/{name}"))
}

/// Whether an expression says itself which files are meant; otherwise all that is below its folders.
pub(super) fn is_restricted(words: &[String]) -> bool {
    alternatives(words).is_some_and(|alternatives| restricts(&alternatives))
}

fn restricts(alternatives: &[Vec<Test>]) -> bool {
    let names = |test: &Test| matches!(test, Test::Name(_) | Test::Path(_));
    alternatives.iter().all(|tests| tests.iter().any(names))
}

/// Whether files that are no empty ones are among what is found.
pub(super) fn takes_files(words: &[String]) -> bool {
    let is_not = |at: usize| at > 0 && matches!(words[at - 1].as_str(), "!" | "-not");
    let types = words.windows(2).enumerate().filter(|(at, pair)| pair[0] == "-type" && !is_not(*at));
    let mut types = types.map(|(_, pair)| pair[1].contains('f')).peekable();
    !words.iter().any(|word| word == "-empty") && (types.peek().is_none() || types.any(|is_file| is_file))
}

/// The folders that it begins in.
pub(super) fn roots(words: &[String]) -> Vec<&str> {
    let words = words.iter().map(String::as_str).skip_while(|word| matches!(*word, "-H" | "-L" | "-P"));
    let roots: Vec<_> = words.take_while(|word| !word.starts_with(['-', '(', '!', ')', ','])).collect();
    if roots.is_empty() { vec!["."] } else { roots }
}

/// The tests between one `-o` and the next; nothing where something is left out, or too much is asked.
fn alternatives(words: &[String]) -> Option<Vec<Vec<Test<'_>>>> {
    let mut all = vec![Vec::new()];
    let mut words = words.iter().map(String::as_str);
    let mut count = 0;
    while let Some(word) = words.next() {
        let test = match word {
            "!" | "-not" | "-prune" => return None,
            "-o" | "-or" | "," => {
                all.push(Vec::new());
                continue;
            }
            "-exec" | "-execdir" | "-ok" | "-okdir" => {
                words.by_ref().find(|word| matches!(*word, ";" | "+"));
                continue;
            }
            "-name" | "-iname" => Test::Name(words.next()?),
            "-path" | "-wholename" | "-ipath" | "-iwholename" => Test::Path(words.next()?),
            "-type" => Test::Type(words.next()?),
            "-empty" | "-regex" | "-iregex" => Test::Never,
            _ => continue,
        };
        if let Test::Name(text) | Test::Path(text) = test
            && text.len() > LONGEST
        {
            return None;
        }
        count += 1;
        all.last_mut()?.push(test);
    }
    (count <= MOST).then_some(all)
}

/// The protected files that there may be below a folder, and whether its name says so itself.
fn candidates(root: &str) -> Vec<(String, bool)> {
    let root = root.trim_end_matches('/');
    let hooks = |folder: &'static str| HOOKS.iter().map(move |hook| format!("{folder}/{hook}"));
    let folders = [".git/hooks", ".husky", ".husky/_"];
    let usual = folders.iter().flat_map(|folder| hooks(folder).chain([(*folder).to_owned()]));
    let usual = usual.chain(CONFIGURATION.map(str::to_owned));
    let parts: Vec<_> = root.split('/').collect();
    let dotted = |part: &&str| matches!(*part, ".git" | ".husky" | ".claude" | ".codex" | ".cursor" | ".gemini");
    let Some(said) = parts.iter().rposition(dotted) else {
        let goes_up = parts.iter().all(|part| matches!(*part, "" | "." | ".."));
        let may_be_a_top = goes_up || root.starts_with(['/', '~', UNKNOWN]);
        return if may_be_a_top { usual.map(|path| (format!("{root}/{path}"), false)).collect() } else { Vec::new() };
    };
    let tail = parts[said..].join("/");
    let below = usual.filter_map(|path| {
        path.strip_prefix(&tail).filter(|it| it.is_empty() || it.starts_with('/')).map(str::to_owned)
    });
    below.map(|rest| (format!("{root}{rest}"), true)).collect()
}

fn names_hooks(pattern: &str) -> bool {
    [".git/hooks", ".husky", "hooks/pre-", "hooks/commit-msg"].iter().any(|name| pattern.contains(name))
}

/// Whether a path passes all tests.
fn accept(tests: &[Test], path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let is_folder = matches!(name, "hooks" | ".husky" | "_");
    tests.iter().all(|test| match test {
        Test::Name(pattern) => matches(pattern, name),
        Test::Path(pattern) => matches(pattern, path),
        Test::Type(kind) => kind.contains(if is_folder { 'd' } else { 'f' }),
        Test::Never => false,
    })
}
