//! Git's command line: what stands before the subcommand, which subcommands run hooks, and who goes around them.
//!
//! The options of those subcommands are read in [`options`], configuration in [`config`], variables in [`switches`].

use super::config::{self, Meaning};
use super::finding::{Finding, Kind};
use super::instead::{Instead, Typed, missing};
use super::script::State;
use super::simple::{Run, Stream};
use super::words::{UNKNOWN, is_open, is_scratch};
use super::{files, options, patches, protected, script, switches, wrappers};

/// Subcommands that run the hooks which judge what is committed and pushed.
const HOOKED: [&str; 8] = ["push", "commit", "merge", "rebase", "pull", "am", "cherry-pick", "revert"];

/// Subcommands that no alias can replace. (Not all: whoever names an alias like a rarer command gets no denial more.)
const OWN: [&str; 28] = [
    "add",
    "bisect",
    "blame",
    "branch",
    "checkout",
    "clean",
    "clone",
    "config",
    "describe",
    "diff",
    "fetch",
    "grep",
    "init",
    "log",
    "ls-files",
    "ls-remote",
    "mv",
    "remote",
    "reset",
    "restore",
    "rev-parse",
    "rm",
    "show",
    "stash",
    "status",
    "submodule",
    "switch",
    "tag",
];

/// Global options whose value is the next word.
const VALUED: [&str; 7] =
    ["-C", "--git-dir", "--work-tree", "--namespace", "--super-prefix", "--attr-source", "--list-cmds"];

/// A git command line in its parts.
#[derive(Debug, Default)]
struct Call {
    /// What stands before the subcommand, without what leads to other hooks.
    globals: Vec<String>,
    /// `-c` and `--config-env`: key and value.
    settings: Vec<(String, String)>,
    /// `--exec-path=DIR`: other programs under git's names.
    elsewhere: bool,
    subcommand: String,
    rest: Vec<String>,
}

/// Judge `git …`; `run` begins with git's name.
pub(super) fn judge(run: &Run, state: &mut State) {
    let environment = switches::seen(&run.settings, state);
    if let Some(call) = read(&run.words[1..], &environment) {
        judged(&call, run, state);
    }
}

/// Judge `git-push …`, as it stands among git's programs.
pub(super) fn dashed(subcommand: &str, run: &Run, state: &mut State) {
    let call = Call { subcommand: subcommand.to_owned(), rest: run.words[1..].to_vec(), ..Call::default() };
    judged(&call, run, state);
}

/// Take a command line apart; nothing when it runs no subcommand. `--config-env` names a variable of its environment.
fn read(words: &[String], environment: &[(String, String)]) -> Option<Call> {
    let mut call = Call::default();
    let mut words = words.iter();
    loop {
        let word = words.next()?;
        let setting = match word.as_str() {
            "-c" => Some(words.next()?.clone()),
            "--config-env" => Some(from_environment(words.next()?, environment)),
            "-h" | "--help" | "-v" | "--version" | "--html-path" | "--man-path" | "--info-path" => return None,
            word => word.strip_prefix("--config-env=").map(|setting| from_environment(setting, environment)),
        };
        if let Some(setting) = setting {
            let (key, value) = setting.split_once('=').unwrap_or((&setting, ""));
            if config::meaning(key).is_none() {
                call.globals.extend(["-c".to_owned(), setting.clone()]);
            }
            call.settings.push((key.to_owned(), value.to_owned()));
        } else if VALUED.contains(&word.as_str()) {
            call.globals.extend([word.clone(), words.next()?.clone()]);
        } else if word.starts_with('-') {
            call.elsewhere |= word.starts_with("--exec-path=");
            call.globals.push(word.clone());
        } else {
            call.subcommand = word.clone();
            call.rest = words.cloned().collect();
            return Some(call);
        }
    }
}

/// `KEY=VARIABLE` as `KEY=VALUE`.
fn from_environment(setting: &str, environment: &[(String, String)]) -> String {
    let Some((key, variable)) = setting.rsplit_once('=') else { return setting.to_owned() };
    let value = environment.iter().find(|(name, _)| name == variable);
    format!("{key}={}", value.map_or(UNKNOWN.to_string(), |(_, value)| value.clone()))
}

fn judged(call: &Call, run: &Run, state: &mut State) {
    let subcommand = call.subcommand.as_str();
    if is_open(subcommand) {
        let line = run.words.join(" ");
        if script::mentions(&line) {
            state.notice(Kind::Undecided, &line, files::SPLIT);
        }
        return;
    }
    let hooked = HOOKED.contains(&subcommand);
    if !hooked && !OWN.contains(&subcommand) {
        let named = |(key, _): &&(String, String)| {
            key.split_once('.').is_some_and(|(section, name)| {
                section.eq_ignore_ascii_case("alias")
                    && name.trim_end_matches(".command").eq_ignore_ascii_case(subcommand)
            })
        };
        let inherited = switches::configured(&run.settings, state);
        if let Some((_, value)) = call.settings.iter().rev().chain(inherited.iter().rev()).find(named) {
            return alias(value, &call.settings, &call.rest, &run.settings, state);
        }
    }
    let doubtful = state.doubtful;
    match subcommand {
        "config" => {
            // In a repository that this very line has made there is nobody's gate.
            let own = !call.rest.iter().any(|word| matches!(word.as_str(), "--global" | "--system"));
            state.doubtful |= own && in_scratch(call, run, state);
            config::judge(&call.rest, &run.words.join(" "), state);
            state.doubtful = doubtful;
        }
        "worktree" => state.linked |= call.rest.first().is_some_and(|word| word == "add"),
        "send-pack" | "http-push"
            if !call.rest.iter().any(|word| word == "--dry-run" || word == "-n" || word == "-h") =>
        {
            state.deny(Finding::new(Kind::Plumbing, &format!("`git {subcommand}`"), pushed(call, state)));
        }
        "commit-tree" => state.notice(Kind::Plumbing, "`git commit-tree`", "use git commit"),
        "rm" | "mv" => in_its_folder(call, state, |state| {
            for path in call.rest.iter().filter(|word| !word.starts_with('-')) {
                files::changed(path, &format!("`git {subcommand}` on"), state);
            }
        }),
        "apply" => in_its_folder(call, state, |state| patches::git(subcommand, &call.rest, run, state)),
        "submodule" => programs_behind(&call.rest, "foreach", state),
        "bisect" => programs_behind(&call.rest, "run", state),
        _ if hooked => with_hooks(call, run, state),
        _ => {
            let unknown =
                !OWN.contains(&subcommand) && call.settings.iter().any(|(key, _)| config::meaning(key).is_some());
            // It may be an alias of the user's.
            if unknown && !KNOWN.contains(&subcommand) {
                state.notice(Kind::Undecided, &run.words.join(" "), files::SPLIT);
            }
        }
    }
}

/// Go where `-C` says, and come back.
fn in_its_folder(call: &Call, state: &mut State, run: impl FnOnce(&mut State)) {
    state.in_folder(&led_from(call, ""), run);
}

/// Where `-C` leads to.
fn led_from(call: &Call, folder: &str) -> String {
    let folders = call.globals.windows(2).filter(|pair| pair[0] == "-C");
    folders.fold(folder.to_owned(), |folder, pair| protected::joined(&folder, &pair[1]))
}

/// Whether git works in a folder that this very line has made with `mktemp -d`.
fn in_scratch(call: &Call, run: &Run, state: &State) -> bool {
    let elsewhere = |name: &str| ["GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR"].contains(&name);
    let named = |word: &String| word.starts_with("--git-dir") || word.starts_with("--work-tree");
    if state.linked
        || call.globals.iter().any(named)
        || switches::seen(&run.settings, state).iter().any(|(name, _)| elsewhere(name))
    {
        return false;
    }
    is_scratch(&led_from(call, state.folder().unwrap_or_default()))
}

/// Plumbing that tools run with hooks switched off, and that has none.
const KNOWN: [&str; 16] = [
    "apply",
    "cat-file",
    "diff-index",
    "diff-tree",
    "for-each-ref",
    "gc",
    "hash-object",
    "ls-tree",
    "merge-base",
    "read-tree",
    "rev-list",
    "show-ref",
    "update-index",
    "update-ref",
    "worktree",
    "write-tree",
];

/// Judge a subcommand that runs hooks.
fn with_hooks(call: &Call, run: &Run, state: &mut State) {
    let subcommand = call.subcommand.as_str();
    let read = options::read(subcommand, &call.rest).unwrap_or_else(|| options::Read {
        kept: call.rest.clone(),
        idle: call.rest.iter().any(|word| word == "-h" || word == "--help"),
        ..options::Read::default()
    });
    if read.idle {
        return;
    }
    if subcommand == "am" {
        in_its_folder(call, state, |state| patches::git(subcommand, &call.rest, run, state));
    }
    let instead = rebuilt(call, run, &read.kept, state);
    // A commit in a repository that this very line has made is nobody's yet; what is pushed from there is.
    let doubtful = state.doubtful;
    state.doubtful |= subcommand != "push" && in_scratch(call, run, state);
    // `--no-verify$X`: what is not known may be nothing.
    let known: Vec<String> = call.rest.iter().map(|word| word.replace(UNKNOWN, "")).collect();
    if !read.skips && known != call.rest && options::read(subcommand, &known).is_some_and(|read| read.skips) {
        state.notice(Kind::Undecided, &run.words.join(" "), &instead);
    }
    if read.skips {
        let what = format!("`git {subcommand}` without its hooks: {}", run.words.join(" "));
        state.deny(Finding::new(Kind::SkippedHooks, &what, instead.clone()));
    }
    if subcommand == "push" && state.protected.unhooked {
        let what = "`git push` by an agent that runs git without its hook folders; with git 2.54, ci-guard install --configured helps";
        state.notice(Kind::OtherHooks, what, &instead);
    }
    for (key, value) in &call.settings {
        let what = format!("`git {subcommand}` with {key}={value}");
        match config::meaning(key) {
            Some(Meaning::Away(kind)) => state.deny(Finding::new(kind, &what, instead.clone())),
            Some(Meaning::Perhaps) => state.notice(Kind::Undecided, &what, &instead),
            None => {}
        }
    }
    if call.elsewhere {
        state.notice(Kind::Undecided, &run.words.join(" "), &instead);
    }
    switches::judge(&run.settings, &format!("git {subcommand}"), &instead, state);
    state.doubtful = doubtful;
    for program in &read.programs {
        state.nested(program, Some(Vec::new()), &run.settings);
    }
}

/// The command without what is wrong with it.
fn rebuilt(call: &Call, run: &Run, kept: &[String], state: &State) -> Instead {
    let (settings, variables) = switches::kept(&run.settings, state);
    let keys = call.settings.iter().filter(|(key, _)| config::meaning(key).is_some());
    let mut gone = missing(&call.rest, kept);
    gone.extend(keys.map(|(key, _)| format!("-c {key}")));
    gone.extend(variables);
    let words: Vec<String> = ["git".to_owned()]
        .into_iter()
        .chain(globals(call))
        .chain([call.subcommand.clone()])
        .chain(kept.iter().cloned())
        .collect();
    let fed = !matches!(run.stdin, Stream::Nothing) || reads_input(&call.subcommand, kept);
    let typed = Typed { settings: settings.as_deref().unwrap_or_default(), words: &words, gone: &gone, fed };
    match settings {
        Some(_) if !state.outer => typed.without(),
        _ => Typed { words: &[UNKNOWN.to_string()], ..typed }.without(),
    }
}

/// Whether a command reads what a redirection would give it: `-F -`, `--file=-`, `git am` without files.
fn reads_input(subcommand: &str, words: &[String]) -> bool {
    let goes_on = |word: &String| matches!(word.as_str(), "--continue" | "--resolved" | "-r" | "--skip" | "--abort");
    let attached = |word: &String| word.starts_with('-') && (word.ends_with("F-") || word.ends_with("=-"));
    words.iter().any(|word| word == "-" || attached(word))
        || subcommand == "am" && words.iter().all(|word| word.starts_with('-') && !goes_on(word))
}

/// What stands before the subcommand, without aliases: the command that is told needs none.
fn globals(call: &Call) -> Vec<String> {
    let mut kept = Vec::new();
    let mut words = call.globals.iter();
    while let Some(word) = words.next() {
        match words.clone().next().filter(|_| word == "-c") {
            Some(setting) if setting.get(..6).is_some_and(|it| it.eq_ignore_ascii_case("alias.")) => drop(words.next()),
            _ => kept.push(word.clone()),
        }
    }
    kept
}

/// `git send-pack REMOTE REF` as the push that it stands for.
fn pushed(call: &Call, state: &State) -> Instead {
    const PUSH: &str = "use git push with the same remote and branches";
    const BOTH: [&str; 7] = ["--all", "--mirror", "--force", "--verbose", "--atomic", "--thin", "--quiet"];
    let known = |word: &String| !word.starts_with('-') || word == "-f" || BOTH.contains(&word.as_str());
    if state.outer || call.subcommand != "send-pack" || !call.rest.iter().all(known) {
        return PUSH.into();
    }
    let words: Vec<String> = ["git".to_owned()]
        .into_iter()
        .chain(globals(call))
        .chain(["push".to_owned()])
        .chain(call.rest.clone())
        .collect();
    match (Typed { words: &words, ..Typed::default() }.without()) {
        Instead::Command { line, .. } => Instead::Command { line, words: PUSH.to_owned() },
        Instead::Words(_) => PUSH.into(),
    }
}

/// An alias of git's: a git command line without `git`, or behind `!` a text for the shell. Both see what `-c` has set.
pub(super) fn alias(
    value: &str,
    set: &[(String, String)],
    rest: &[String],
    environment: &[(String, String)],
    state: &mut State,
) {
    let Some(_level) = state.deeper() else { return };
    let value = value.trim();
    if is_open(value) {
        return state.notice(Kind::Undecided, "an alias of git's that is not known", files::SPLIT);
    }
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let rest = Some(rest.to_vec());
    if let Some(text) = value.strip_prefix('!') {
        let parameters: Vec<String> = set.iter().map(|(key, value)| quoted(&format!("{key}={value}"))).collect();
        let mut environment = environment.to_vec();
        if !parameters.is_empty() {
            environment.push(("GIT_CONFIG_PARAMETERS".to_owned(), parameters.join(" ")));
        }
        return state.nested(&format!("{text} \"$@\""), rest, &environment);
    }
    let set: String = set.iter().map(|(key, value)| format!("-c {} ", quoted(&format!("{key}={value}")))).collect();
    state.nested(&format!("git {set}{value} \"$@\""), rest, environment);
}

/// `git submodule foreach 'TEXT'`, `git bisect run COMMAND`.
fn programs_behind(rest: &[String], verb: &str, state: &mut State) {
    let Some(at) = rest.iter().position(|word| word == verb) else { return };
    let behind: Vec<String> = rest[at + 1..].iter().skip_while(|word| word.starts_with('-')).cloned().collect();
    let outer = std::mem::replace(&mut state.outer, true);
    match &behind[..] {
        [text] => state.nested(text, None, &[]),
        [] => {}
        _ => wrappers::start(Run::of(behind), state),
    }
    state.outer = outer;
}
