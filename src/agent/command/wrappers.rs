//! Commands that run other commands: seen through until the one is found that does something.
//!
//! What is a text to run is read in [`shells`]. What stands in files (`make`, `npm run`) is not followed.

use super::finding::{Finding, Kind};
use super::script::{self, State};
use super::shells::{self, script_of};
use super::simple::Run;
use super::words::{UNKNOWN, is_open};
use super::{builtins, code, files, find, gatherers, git, options, powershell};

/// How many commands may run one another.
const LONGEST_CHAIN: usize = 40;

/// A command that runs the rest of its words.
pub(super) struct Wrapper {
    name: &'static str,
    /// One-letter options that take a value.
    pub short: &'static str,
    /// Long options that take a value as the next word.
    long: &'static [&'static str],
    /// How many words stand before the command.
    pub skips: usize,
    /// `NAME=value` words may stand before the command.
    settings: bool,
    /// The subcommand without which it runs no other command.
    verbs: &'static [&'static str],
}

pub(super) const fn wrapper(
    name: &'static str,
    short: &'static str,
    long: &'static [&'static str],
    skips: usize,
) -> Wrapper {
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

const WRAPPERS: [Wrapper; 58] = [
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
    wrapper(
        "setpriv",
        "",
        &[
            "reuid",
            "regid",
            "ruid",
            "euid",
            "rgid",
            "egid",
            "groups",
            "inh-caps",
            "ambient-caps",
            "bounding-set",
            "securebits",
            "pdeathsig",
            "ptracer",
            "selinux-label",
            "apparmor-profile",
            "landlock-access",
            "landlock-rule",
            "seccomp-filter",
        ],
        0,
    ),
    wrapper(
        "unshare",
        "SGRwl",
        &["setuid", "setgid", "root", "wd", "propagation", "setgroups", "monotonic", "boottime"],
        0,
    ),
    wrapper("nsenter", "tSG", &["target", "setuid", "setgid"], 0),
    wrapper("prlimit", "po", &["pid", "output"], 0),
    // Its first word may be the name of a machine, and that is a command of its own with the same options.
    wrapper("setarch", "p", &["pid"], 0),
    wrapper("linux32", "", &[], 0),
    wrapper("linux64", "", &[], 0),
    wrapper("i386", "", &[], 0),
    wrapper("i486", "", &[], 0),
    wrapper("i586", "", &[], 0),
    wrapper("i686", "", &[], 0),
    wrapper("x86_64", "", &[], 0),
    wrapper("aarch64", "", &[], 0),
    wrapper("arm64", "", &[], 0),
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

/// Judge a command, and whatever it runs.
pub(super) fn start(mut run: Run, state: &mut State) {
    files::judge(&Run { words: Vec::new(), ..run.clone() }, state);
    run.writes.clear();
    let outer = state.outer;
    for _ in 0..LONGEST_CHAIN {
        match step(run, state) {
            Some(next) => run = next,
            None => {
                state.outer = outer;
                return;
            }
        }
    }
    state.outer = outer;
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
    state.outer |= matches!(name, "xargs" | "parallel" | "find" | "watch" | "ssh" | "docker" | "podman" | "kubectl");
    match name {
        "sh" | "bash" | "dash" | "zsh" | "ksh" | "ash" | "mksh" | "rbash" => shells::shell(&run, state),
        "powershell" | "pwsh" => powershell::started(&run, state),
        "cmd" => shells::foreign_shell(&run, state),
        "ssh" => shells::remote_shell(&run, state),
        "docker" | "podman" | "nerdctl" | "docker-compose" | "kubectl" => shells::container(&run, state),
        "eval" => script_of(&run.words[1..].join(" "), None, &run.settings, state),
        "source" | "." => shells::sourced(&run, state),
        "trap" => {
            if let Some(text) = run.words[1..].iter().find(|word| !word.starts_with('-')) {
                let text = text.clone();
                script_of(&text, None, &[], state);
                state.at_exit.push(text);
            }
        }
        "runuser" if run.words.iter().any(|word| word == "-u" || word.starts_with("--user")) => {
            return unwrapped(&wrapper("runuser", "ugGw", &["user", "group", "supp-group"], 0), run, state);
        }
        "su" | "runuser" | "sg" | "script" | "flock" => shells::behind_option(&run, state),
        "watch" => {
            let at = value_end(&wrapper("watch", "n", &["interval"], 0), &run.words);
            script_of(&run.words[at..].join(" "), None, &run.settings, state);
        }
        "xargs" => return gatherers::xargs(run, state),
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
            None if builtins::judge(name, &run, state) => {}
            None => files::judge(&run, state),
        },
    }
    None
}

/// The name of a program, without its folder and Windows' ending.
pub(super) fn program(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or_default();
    let ending = [".exe", ".cmd", ".EXE"].iter().find(|ending| name.ends_with(**ending));
    ending.map_or(name, |ending| &name[..name.len() - ending.len()])
}

/// Where the words behind a command's options begin, its own skipped words not counted.
pub(super) fn value_end(wrapper: &Wrapper, words: &[String]) -> usize {
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
    if let Some(bare) = run.words.get_mut(1).filter(|word| wrapper.name == "env" && *word == "-") {
        bare.push('i');
    }
    if let Some(text) = split_string(&run.words).filter(|_| wrapper.name == "env") {
        script_of(&text, Some(Vec::new()), &run.settings, state);
        return None;
    }
    if let Some((at, folder)) = changes_to(&run.words).filter(|_| wrapper.name == "env") {
        let attached = run.words[at].contains('=');
        run.words.drain(at..at + if attached { 1 } else { 2 });
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
    if wrapper.name == "env" && without_home(&run.words[..at.min(run.words.len())]) {
        run.settings.push(("HOME".to_owned(), String::new()));
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

/// The folder of `env -C FOLDER COMMAND`, and where that option stands.
fn changes_to(words: &[String]) -> Option<(usize, String)> {
    let own = words.iter().skip(1).take_while(|word| word.starts_with('-') || word.contains('=')).count();
    words.iter().enumerate().take(own + 1).find_map(|(at, word)| match word.as_str() {
        "-C" | "--chdir" => words.get(at + 1).map(|folder| (at, folder.clone())),
        word => word.strip_prefix("--chdir=").map(|folder| (at, folder.to_owned())),
    })
}

/// `env -S 'TEXT' WORD…`
fn split_string(words: &[String]) -> Option<String> {
    // What stands behind the `S` of a bundle.
    fn bundled(word: &str) -> Option<&str> {
        let (flags, text) = word.strip_prefix('-')?.split_once('S')?;
        flags.chars().all(|flag| "iv0".contains(flag)).then_some(text)
    }
    let at = words.iter().position(|word| bundled(word).is_some() || word.starts_with("--split-string"))?;
    let own = value_end(&WRAPPERS[0], &words[..at]);
    if words.get(own..at)?.iter().any(|word| !word.starts_with('-') && !word.contains('=')) {
        return None;
    }
    let word = &words[at];
    let attached = word.strip_prefix("--split-string=").or_else(|| bundled(word).filter(|rest| !rest.is_empty()));
    // Only its own text is split; the words around it stay words.
    let quoted = |word: &String| format!("'{}'", word.replace('\'', r"'\''"));
    // In it may be more of its options.
    let mut parts = vec!["env".to_owned()];
    parts.extend(words[1..at].iter().map(quoted));
    let own = attached.or(words.get(at + 1).map(String::as_str));
    parts.extend(own.map(str::to_owned));
    let behind = at + 1 + usize::from(attached.is_none());
    parts.extend(words.get(behind..).unwrap_or_default().iter().map(quoted));
    Some(parts.join(" "))
}

/// The folder of the user that a command no longer sees: `env -i`, `env -u HOME`.
fn without_home(words: &[String]) -> bool {
    let flag =
        |word: &String| word.strip_prefix('-').is_some_and(|flags| !flags.starts_with('-') && flags.contains('i'));
    words.iter().any(|word| flag(word) || "--ignore-environment".starts_with(word.as_str()) && word.len() > 3)
        || words.iter().any(|word| matches!(word.as_str(), "-uHOME" | "--unset=HOME"))
        || words.windows(2).any(|pair| matches!(pair[0].as_str(), "-u" | "--unset") && pair[1] == "HOME")
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

/// Whether a command that is not known may go round the hooks. It may not where what follows is nothing that git would take for a
/// subcommand or an option before one (`$EDITOR a.txt`, `$PYTHON -m pytest`), and says nothing of a way round.
fn matters(words: &[String]) -> bool {
    const GITS: [&str; 9] =
        ["-C", "-c", "-p", "-P", "--git-dir", "--work-tree", "--config-env", "--no-pager", "--bare"];
    let is_word = |word: &String| word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') && !word.starts_with('-');
    let rest = &words[1..];
    let is_gits = |word: &String| GITS.contains(&word.split('=').next().unwrap_or_default());
    let skips = |at: usize| options::read(&rest[at], &rest[at + 1..]).is_some_and(|read| read.skips && !read.idle);
    let commands = rest.iter().enumerate().filter(|(_, word)| matches!(word.as_str(), "commit" | "push" | "am"));
    rest.first().is_none_or(|word| is_open(word) || is_word(word) || is_gits(word))
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
