//! Commands that run other commands: seen through until the one is found that does something. Also the shell's own commands
//! that change what the next ones see.
//!
//! What runs elsewhere (`ssh`, `docker`) or stands in files (`make`, `npm run`) is not followed.

use super::finding::{Finding, Kind};
use super::script::{self, State};
use super::simple::{Run, Stream};
use super::words::{UNKNOWN, is_open};
use super::{code, files, find, git, options, output, powershell};

/// How many commands may run one another.
const LONGEST_CHAIN: usize = 40;

/// A command that runs the rest of its words.
struct Wrapper {
    name: &'static str,
    /// One-letter options that take a value.
    short: &'static str,
    /// Long options that take a value as the next word.
    long: &'static [&'static str],
    /// How many words stand before the command.
    skips: usize,
    /// `NAME=value` words may stand before the command.
    settings: bool,
    /// The subcommand without which it runs no other command.
    verbs: &'static [&'static str],
}

const fn wrapper(name: &'static str, short: &'static str, long: &'static [&'static str], skips: usize) -> Wrapper {
    Wrapper { name, short, long, skips, settings: false, verbs: &[] }
}

const fn runner(name: &'static str, verbs: &'static [&'static str]) -> Wrapper {
    Wrapper {
        name,
        short: "pC",
        long: &["package", "dir", "cwd", "prefix", "filter", "with", "from"],
        skips: 0,
        settings: false,
        verbs,
    }
}

const WRAPPERS: [Wrapper; 44] = [
    Wrapper { settings: true, ..wrapper("env", "uC", &["unset", "chdir"], 0) },
    Wrapper {
        settings: true,
        ..wrapper("sudo", "ugUCDhprRtT", &["user", "group", "host", "chdir", "prompt", "role", "type", "chroot"], 0)
    },
    Wrapper { settings: true, ..wrapper("doas", "uC", &[], 0) },
    wrapper("command", "", &[], 0),
    wrapper("builtin", "", &[], 0),
    wrapper("exec", "a", &[], 0),
    wrapper("nohup", "", &[], 0),
    wrapper("time", "fo", &["format", "output"], 0),
    wrapper("coproc", "", &[], 0),
    wrapper("timeout", "ks", &["kill-after", "signal"], 1),
    wrapper("gtimeout", "ks", &["kill-after", "signal"], 1),
    wrapper("nice", "n", &["adjustment"], 0),
    wrapper("ionice", "cn", &["class", "classdata"], 0),
    wrapper("chrt", "TPD", &[], 1),
    wrapper("taskset", "", &[], 1),
    wrapper("setsid", "", &[], 0),
    wrapper("stdbuf", "ioe", &["input", "output", "error"], 0),
    wrapper("unbuffer", "", &[], 0),
    wrapper("caffeinate", "tw", &[], 0),
    wrapper("nocorrect", "", &[], 0),
    wrapper("noglob", "", &[], 0),
    wrapper("busybox", "", &[], 0),
    wrapper("strace", "abeIoOpPsSuEX", &[], 0),
    wrapper("xvfb-run", "nefsp", &[], 0),
    wrapper("dbus-run-session", "", &[], 0),
    wrapper("chronic", "", &[], 0),
    wrapper("winpty", "", &[], 0),
    wrapper("fakeroot", "", &[], 0),
    wrapper("npx", "p", &["package"], 0),
    wrapper("pnpx", "p", &["package"], 0),
    wrapper("bunx", "p", &["package"], 0),
    wrapper("uvx", "p", &["from", "with", "python"], 0),
    runner("npm", &["exec", "x"]),
    runner("pnpm", &["exec", "dlx"]),
    runner("yarn", &["exec", "dlx", "run"]),
    runner("bun", &["x"]),
    runner("uv", &["run"]),
    runner("poetry", &["run"]),
    runner("pipenv", &["run"]),
    runner("pdm", &["run"]),
    runner("bundle", &["exec"]),
    runner("mise", &["exec", "x"]),
    runner("rtx", &["exec", "x"]),
    Wrapper { skips: 1, ..runner("direnv", &["exec"]) },
];

/// Options of `xargs` that take a value.
const XARGS: Wrapper =
    wrapper("xargs", "aEdILnPs", &["arg-file", "delimiter", "max-lines", "max-args", "max-procs", "max-chars"], 0);

/// Judge a command, and whatever it runs.
pub(super) fn start(mut run: Run, state: &mut State) {
    files::judge(&Run { words: Vec::new(), ..run.clone() }, state);
    run.writes.clear();
    for _ in 0..LONGEST_CHAIN {
        match step(run, state) {
            Some(next) => run = next,
            None => return,
        }
    }
    state.notice(Kind::Undecided, "too many commands that run one another", files::SPLIT);
}

/// Judge one command; the command that it runs.
fn step(mut run: Run, state: &mut State) -> Option<Run> {
    let first = run.words.first()?.clone();
    if let Some(alias) = state.aliases.remove(&first) {
        // The rest of the words goes on behind the alias's text.
        let rest = run.words.split_off(1);
        state.nested(&format!("{alias} \"$@\""), Some(rest), &run.settings);
        state.aliases.insert(first, alias);
        return None;
    }
    if let Some(body) = state.function(&first) {
        let arguments = run.words.split_off(1);
        for (name, value) in &run.settings {
            state.set(name, value, true);
        }
        state.call(&first, &body, &arguments);
        return None;
    }
    let name = program(&first);
    if is_open(name) {
        if matters(&run.words) {
            let what = format!("a command whose name is not known: {}", run.words.join(" "));
            state.notice(Kind::Undecided, &what, files::SPLIT);
        }
        return None;
    }
    if let Some(wrapper) = WRAPPERS.iter().find(|wrapper| wrapper.name == name) {
        return unwrapped(wrapper, run, state);
    }
    match name {
        "sh" | "bash" | "dash" | "zsh" | "ksh" | "ash" | "mksh" | "rbash" => shell(&run, state),
        "powershell" | "pwsh" => powershell::started(&run, state),
        "cmd" => foreign_shell(&run, state),
        "eval" => script_of(&run.words[1..].join(" "), None, &run.settings, state),
        "source" | "." => sourced(&run, state),
        "trap" => {
            if let Some(text) = run.words[1..].iter().find(|word| !word.starts_with('-')) {
                script_of(text, None, &[], state);
            }
        }
        "su" | "script" | "flock" => behind_option(&run, state),
        "watch" => {
            let at = value_end(&wrapper("watch", "n", &["interval"], 0), &run.words);
            script_of(&run.words[at..].join(" "), None, &run.settings, state);
        }
        "xargs" => return xargs(run),
        "parallel" => {
            run.words = run
                .words
                .into_iter()
                .skip(1)
                .skip_while(|word| word.starts_with('-'))
                .take_while(|word| word != ":::")
                .collect();
            return Some(run);
        }
        "find" => {
            files::judge(&run, state);
            found(&run, state);
        }
        "git" | "hub" => git::judge(&run, state),
        "python" | "python3" | "node" | "perl" | "ruby" | "php" | "deno" | "bun" => {
            files::judge(&run, state);
            code::judge(name, &run, state);
        }
        "awk" | "gawk" | "mawk" | "nawk" if run.words.iter().any(|word| word.contains("system")) => {
            code::judge(name, &run, state);
        }
        "ci-guard" | "lefthook" | "husky" | "pre-commit" | "prek" | "hk" | "overcommit" => manager(name, &run, state),
        _ => match name.strip_prefix("git-") {
            Some(subcommand) => git::dashed(subcommand, &run, state),
            None if builtin(name, &run, state) => {}
            None => files::judge(&run, state),
        },
    }
    None
}

/// The name of a program, without its folder and Windows' ending.
fn program(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or_default();
    let ending = [".exe", ".cmd", ".EXE"].iter().find(|ending| name.ends_with(**ending));
    ending.map_or(name, |ending| &name[..name.len() - ending.len()])
}

/// Where the words behind a command's options begin, its own skipped words not counted.
fn value_end(wrapper: &Wrapper, words: &[String]) -> usize {
    let mut at = 1;
    while let Some(word) = words.get(at) {
        if word == "--" {
            return at + 1;
        }
        if let Some(long) = word.strip_prefix("--") {
            at += if wrapper.long.contains(&long) { 2 } else { 1 };
        } else if word.len() > 1 && word.starts_with('-') {
            let takes = word.chars().next_back().is_some_and(|last| wrapper.short.contains(last));
            // Attached values end a bundle: `-n10`, `-uroot`.
            let first = word[1..].chars().position(|c| wrapper.short.contains(c));
            at += if takes && first == Some(word.chars().count() - 2) { 2 } else { 1 };
        } else {
            return at;
        }
    }
    at
}

/// The command that a wrapper runs.
fn unwrapped(wrapper: &Wrapper, mut run: Run, state: &mut State) -> Option<Run> {
    let asks = |word: &String| wrapper.name == "command" && word.starts_with('-') && word.contains(['v', 'V']);
    if run.words.get(1).is_some_and(asks) {
        return None;
    }
    if let Some(text) = split_string(&run.words).filter(|_| wrapper.name == "env") {
        script_of(&text, Some(Vec::new()), &run.settings, state);
        return None;
    }
    if let Some((at, folder)) = changes_to(&run.words).filter(|_| wrapper.name == "env") {
        run.words.drain(at..at + 2);
        state.in_folder(&folder, |state| start(run, state));
        return None;
    }
    let mut at = value_end(wrapper, &run.words);
    if !wrapper.verbs.is_empty() {
        if !run.words.get(at).is_some_and(|verb| wrapper.verbs.contains(&verb.as_str())) {
            // `yarn lefthook …` runs what is installed; of the others this is a command of their own.
            return (wrapper.name == "yarn" && at == 1).then(|| Run { words: run.words.split_off(1), ..run });
        }
        let behind = run.words.split_off(at);
        at = value_end(wrapper, &behind);
        run.words = behind;
    }
    at += wrapper.skips;
    if wrapper.skips > 0 && run.words.get(at).is_some_and(|word| word == "--") {
        at += 1;
    }
    while let Some((name, value)) = run.words.get(at).filter(|_| wrapper.settings).and_then(|word| word.split_once('='))
    {
        run.settings.push((name.to_owned(), value.to_owned()));
        at += 1;
    }
    if at >= run.words.len() {
        return None;
    }
    run.words.drain(..at);
    Some(run)
}

/// The folder of `env -C FOLDER COMMAND`.
fn changes_to(words: &[String]) -> Option<(usize, String)> {
    let own = words.iter().skip(1).take_while(|word| word.starts_with('-') || word.contains('=')).count();
    let at = words.iter().take(own + 1).position(|word| word == "-C" || word == "--chdir")?;
    words.get(at + 1).map(|folder| (at, folder.clone()))
}

/// `env -S 'TEXT' WORD…`
fn split_string(words: &[String]) -> Option<String> {
    let at = words
        .iter()
        .position(|word| word.starts_with("-S") || word.starts_with("--split-string") || word.starts_with("-vS"))?;
    if words[1..at].iter().any(|word| !word.starts_with('-') && !word.contains('=')) {
        return None;
    }
    let word = &words[at];
    let attached =
        word.strip_prefix("--split-string=").or_else(|| word.strip_prefix("-S").filter(|rest| !rest.is_empty()));
    // Only its own text is split; the words around it stay words.
    let quoted = |word: &String| format!("'{}'", word.replace('\'', r"'\''"));
    let set = |word: &String| word.split_once('=').map(|(name, value)| format!("{name}={}", quoted(&value.to_owned())));
    let mut parts: Vec<String> = words[1..at].iter().filter_map(set).collect();
    let own = attached.or(words.get(at + 1).map(String::as_str));
    parts.extend(own.map(str::to_owned));
    let behind = at + 1 + usize::from(attached.is_none());
    parts.extend(words.get(behind..).unwrap_or_default().iter().map(quoted));
    Some(parts.join(" "))
}

/// A text that a shell runs; nothing of it may be known.
fn script_of(text: &str, arguments: Option<Vec<String>>, settings: &[(String, String)], state: &mut State) {
    if is_open(text) && text.trim().chars().all(|c| c == UNKNOWN) {
        return state.notice(Kind::Undecided, "a text that is made while it runs, given to a shell", files::SPLIT);
    }
    let Some(_level) = state.deeper() else { return };
    if arguments.is_none() && settings.is_empty() {
        // `eval`, `trap`: in this very shell.
        return script::run(text, state);
    }
    state.nested(text, arguments, settings);
}

/// `sh -c TEXT`, `sh <<EOF`, `TEXT | sh`.
fn shell(run: &Run, state: &mut State) {
    let mut rest = run.words[1..].iter();
    let (mut text, mut from_stdin) = (false, false);
    let mut plain = None;
    while let Some(word) = rest.next() {
        match word.as_str() {
            "--rcfile" | "--init-file" | "-o" | "+o" | "-O" | "+O" => drop(rest.next()),
            "--" | "-" => {
                plain = rest.next();
                break;
            }
            "--help" | "--version" => return,
            long if long.starts_with("--") => {}
            bundle if bundle.len() > 1 && bundle.starts_with(['-', '+']) => {
                // `-n` reads and runs nothing.
                if bundle.starts_with('-') && bundle.contains('n') {
                    return;
                }
                text |= bundle.contains('c');
                from_stdin |= bundle.contains('s');
                if bundle.ends_with('o') {
                    rest.next();
                }
            }
            _ => {
                plain = Some(word);
                break;
            }
        }
    }
    match plain {
        Some(script) if text => {
            let arguments = rest.skip(1).cloned().collect();
            return script_of(script, Some(arguments), &run.settings, state);
        }
        Some(file) if !from_stdin && file != "/dev/stdin" => {
            if let Some(text) = run.substituted.as_ref().filter(|_| is_open(file)) {
                script_of(text, Some(rest.cloned().collect()), &run.settings, state);
            }
            return;
        }
        _ => {}
    }
    let arguments = plain.into_iter().chain(rest).cloned().collect();
    read_from_stdin(run, arguments, state);
}

fn read_from_stdin(run: &Run, arguments: Vec<String>, state: &mut State) {
    match &run.stdin {
        Stream::Known(text) => script_of(text, Some(arguments), &run.settings, state),
        Stream::Unknown => {
            state.notice(Kind::Undecided, "what another program writes, given to a shell", files::SPLIT);
        }
        Stream::Nothing => {}
    }
}

/// Windows' shells: what they are given is read like a POSIX text, and not for sure.
fn foreign_shell(run: &Run, state: &mut State) {
    let given = |word: &String| matches!(word.to_ascii_lowercase().as_str(), "/c" | "/k" | "-c" | "-command");
    let Some(at) = run.words.iter().position(given) else { return };
    let text = run.words[at + 1..].join(" ");
    let doubtful = std::mem::replace(&mut state.doubtful, true);
    script_of(&text, Some(Vec::new()), &run.settings, state);
    state.doubtful = doubtful;
}

/// `source <(TEXT)`, `. /dev/stdin <<EOF`.
fn sourced(run: &Run, state: &mut State) {
    match (run.words.get(1), &run.substituted) {
        (Some(file), _) if file == "/dev/stdin" => read_from_stdin(run, Vec::new(), state),
        (Some(file), Some(text)) if is_open(file) => script_of(text, None, &run.settings, state),
        _ => {}
    }
}

/// `su -c TEXT`, `script -c TEXT`, `flock FILE COMMAND`, `flock FILE -c TEXT`.
fn behind_option(run: &Run, state: &mut State) {
    let given = |word: &String| {
        word == "--command" || (word.starts_with('-') && !word.starts_with("--") && word.ends_with('c'))
    };
    if let Some(text) = run.words.iter().position(given).and_then(|at| run.words.get(at + 1)) {
        return script_of(text, Some(Vec::new()), &run.settings, state);
    }
    if program(&run.words[0]) == "flock" {
        let at = value_end(&wrapper("flock", "wE", &["timeout", "conflict-exit-code"], 1), &run.words) + 1;
        if let Some(words) = run.words.get(at..).filter(|words| !words.is_empty()) {
            start(Run { words: words.to_vec(), ..run.clone() }, state);
        }
    }
}

/// `xargs COMMAND`: what it reads comes behind, or in place of a mark.
fn xargs(mut run: Run) -> Option<Run> {
    let at = value_end(&XARGS, &run.words);
    let mark = run.words[..at.min(run.words.len())].iter().position(|word| word.starts_with("-I")).map(|at| {
        let attached = run.words[at][2..].to_owned();
        if attached.is_empty() { run.words.get(at + 1).cloned().unwrap_or_default() } else { attached }
    });
    if at >= run.words.len() {
        return None;
    }
    run.words.drain(..at);
    let read = match &run.stdin {
        Stream::Known(text) => text.split_whitespace().take(1_000).map(str::to_owned).collect(),
        _ => vec![UNKNOWN.to_string()],
    };
    match mark.filter(|mark| !mark.is_empty()) {
        Some(mark) => {
            let only = if read.len() == 1 { read[0].as_str() } else { "\u{f8ff}" };
            run.words = run.words.iter().map(|word| word.replace(&mark, only)).collect();
        }
        None => run.words.extend(read),
    }
    run.stdin = Stream::Nothing;
    Some(run)
}

/// `find … -exec COMMAND ;`
fn found(run: &Run, state: &mut State) {
    let mut words = run.words.iter();
    while let Some(word) = words.next() {
        if matches!(word.as_str(), "-exec" | "-execdir" | "-ok" | "-okdir") {
            let command = words.by_ref().take_while(|word| *word != ";" && *word != "+");
            let found = find::found(&run.words[1..]);
            let inside = found.first().map_or(UNKNOWN.to_string(), String::clone);
            let each = |word: &String| match word.as_str() {
                "{}" => found.clone(),
                _ => vec![word.replace("{}", &inside)],
            };
            let words = command.flat_map(each).collect();
            start(Run { words, ..run.clone() }, state);
        }
    }
}

/// Whether a command that is not known may go round the hooks: nothing of it is known, or the rest of its words says so.
fn matters(words: &[String]) -> bool {
    let rest = &words[1..];
    let skips = |at: usize| options::read(&rest[at], &rest[at + 1..]).is_some_and(|read| read.skips && !read.idle);
    let commands = rest.iter().enumerate().filter(|(_, word)| matches!(word.as_str(), "commit" | "push" | "am"));
    rest.iter().all(|word| is_open(word))
        || script::mentions(&rest.join(" "))
        || commands.map(|(at, _)| at).take(4).any(skips)
}

/// A hook manager that takes itself away.
fn manager(name: &str, run: &Run, state: &mut State) {
    let goes = |word: &&String| matches!(word.as_str(), "uninstall" | "--uninstall");
    let idle = run.words.iter().any(|word| matches!(word.as_str(), "--help" | "-h" | "help" | "--dry-run"));
    if run.words.iter().skip(1).take(2).any(|word| goes(&word)) && !idle {
        state.deny(Finding::new(Kind::HookFiles, &run.words.join(" "), format!("leave the hooks of {name} installed")));
    }
}

/// The shell's own commands that change what later ones see.
fn builtin(name: &str, run: &Run, state: &mut State) -> bool {
    let words = &run.words[1..];
    match name {
        "cd" | "pushd" => {
            let folder = words.iter().find(|word| !word.starts_with('-') || word.len() == 1);
            state.enter(folder.map(String::as_str).filter(|folder| *folder != "-"));
        }
        "popd" => state.enter(None),
        "alias" => {
            for (name, value) in words.iter().filter_map(|word| word.split_once('=')) {
                if state.aliases.len() < 64 && state.take(value.len()) {
                    state.aliases.insert(name.to_owned(), value.to_owned());
                }
            }
        }
        "set" => {
            for (index, word) in words.iter().take_while(|word| *word != "--").enumerate() {
                let all =
                    word.len() > 1 && !word.starts_with("--") && word.contains('a') && word.starts_with(['-', '+']);
                let named = word == "allexport" && index > 0 && words[index - 1].ends_with('o');
                if all || named {
                    let sign = if named { &words[index - 1] } else { word };
                    state.export_all(sign.starts_with('-'));
                }
            }
            if let Some(at) = words.iter().position(|word| word == "--") {
                state.arguments = Some(words[at + 1..].to_vec());
            }
        }
        "shift" => {
            if let Some(arguments) = &mut state.arguments {
                arguments.drain(..arguments.len().min(1));
            }
        }
        "printf" if words.first().is_some_and(|word| word == "-v") && words.len() > 2 => {
            state.set(&words[1], &output::printf(&words[2..]), false);
        }
        "read" | "mapfile" | "readarray" | "getopts" => {
            let names: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
            if let (true, [only], Stream::Known(text)) = (name == "read", &names[..], &run.stdin) {
                state.set(only, text.lines().next().unwrap_or_default().trim(), false);
                return true;
            }
            for name in words.iter().filter(|word| !word.starts_with('-')) {
                state.set(name, &UNKNOWN.to_string(), false);
            }
        }
        _ => return false,
    }
    true
}
