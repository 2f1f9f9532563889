//! PowerShell's own commands: their aliases, how their parameters are read, and which files they change.
//!
//! Only those that change files, run something or set variables; of all others nothing is known, and nothing follows.

use super::super::words::is_open;

/// Aliases of the commands known here, and the old commands that PowerShell has under their names.
const ALIASES: [(&str, &str); 56] = [
    ("gci", "get-childitem"),
    ("dir", "get-childitem"),
    ("ls", "get-childitem"),
    ("gi", "get-item"),
    ("%", "foreach-object"),
    ("foreach", "foreach-object"),
    ("?", "where-object"),
    ("where", "where-object"),
    ("ac", "add-content"),
    ("cat", "get-content"),
    ("gc", "get-content"),
    ("type", "get-content"),
    ("cd", "set-location"),
    ("chdir", "set-location"),
    ("sl", "set-location"),
    ("pushd", "push-location"),
    ("popd", "pop-location"),
    ("clc", "clear-content"),
    ("copy", "copy-item"),
    ("cp", "copy-item"),
    ("cpi", "copy-item"),
    ("del", "remove-item"),
    ("erase", "remove-item"),
    ("rd", "remove-item"),
    ("ri", "remove-item"),
    ("rm", "remove-item"),
    ("rmdir", "remove-item"),
    ("move", "move-item"),
    ("mi", "move-item"),
    ("mv", "move-item"),
    ("ren", "rename-item"),
    ("rni", "rename-item"),
    ("ni", "new-item"),
    ("sc", "set-content"),
    ("si", "set-item"),
    ("cli", "clear-item"),
    ("tee", "tee-object"),
    ("echo", "write-output"),
    ("write", "write-output"),
    ("iex", "invoke-expression"),
    ("icm", "invoke-command"),
    ("saps", "start-process"),
    ("start", "start-process"),
    ("sajb", "start-job"),
    ("sal", "set-alias"),
    ("nal", "set-alias"),
    ("new-alias", "set-alias"),
    ("sv", "set-variable"),
    ("set", "set-variable"),
    ("nv", "set-variable"),
    ("new-variable", "set-variable"),
    ("iwr", "invoke-webrequest"),
    ("irm", "invoke-webrequest"),
    ("invoke-restmethod", "invoke-webrequest"),
    ("sort", "sort-object"),
    ("ii", "invoke-item"),
];

/// The full name, in small letters.
pub(super) fn name(typed: &str) -> String {
    let small = typed.to_ascii_lowercase();
    let small = small.rsplit('\\').next().unwrap_or_default().to_owned();
    ALIASES.iter().find(|(alias, _)| *alias == small).map_or(small, |(_, name)| (*name).to_owned())
}

/// A word of a command, and whether it can be a parameter.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub text: String,
    pub plain: bool,
    /// It belongs to the list of the one before.
    pub more: bool,
}

/// The arguments of a command: lists by the name of their parameter, and those without one.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    named: Vec<(String, Vec<String>)>,
    pub positions: Vec<Vec<String>>,
}

/// Parameters that are switches: what stands behind them is not theirs.
const SWITCHES: [&str; 20] = [
    "recurse",
    "force",
    "whatif",
    "confirm",
    "verbose",
    "debug",
    "passthru",
    "append",
    "nonewline",
    "noclobber",
    "wait",
    "nonewwindow",
    "asjob",
    "container",
    "asbytestream",
    "noenumerate",
    "raw",
    "parallel",
    "rf",
    "fr",
];

/// Sort the words of a command.
pub(super) fn arguments(words: &[Given]) -> Arguments {
    let mut sorted = Arguments::default();
    let mut wants: Option<String> = None;
    for word in words {
        let name = word.text.strip_prefix(['-', '\u{2013}', '\u{2014}', '\u{2015}']);
        let name = name.filter(|name| word.plain && name.chars().next().is_some_and(|c| c.is_ascii_alphabetic()));
        if let (Some(name), false) = (name, word.more) {
            let (name, value) = name.split_once(':').map_or((name, None), |(name, value)| (name, Some(value)));
            let name = name.to_ascii_lowercase();
            let is_switch = SWITCHES.iter().any(|switch| switch.starts_with(&name)) && !is_valued(&name);
            wants = (!is_switch && value.is_none_or(str::is_empty)).then(|| name.clone());
            sorted.named.push((name, value.filter(|value| !value.is_empty()).map(str::to_owned).into_iter().collect()));
            continue;
        }
        let text = word.text.clone();
        if word.more {
            let last_named = sorted.named.last_mut().filter(|_| wants.is_some());
            match (last_named, sorted.positions.last_mut()) {
                (Some((_, list)), _) | (None, Some(list)) => list.push(text),
                (None, None) => sorted.positions.push(vec![text]),
            }
        } else if let Some(values) =
            sorted.named.last_mut().filter(|(name, list)| Some(name) == wants.as_ref() && list.is_empty())
        {
            values.1.push(text);
        } else {
            wants = None;
            sorted.positions.push(vec![text]);
        }
    }
    sorted
}

/// Short for a parameter with a value rather than for a switch.
fn is_valued(name: &str) -> bool {
    matches!(name, "p" | "pa" | "a" | "ar" | "arg" | "args" | "fi")
}

impl Arguments {
    /// The values of a parameter by (the beginning of) one of its names, else those at this position.
    pub(super) fn get(&self, names: &[&str], position: Option<usize>) -> Vec<String> {
        let asked = |given: &str| names.iter().any(|name| name.starts_with(given));
        match self.named.iter().find(|(name, _)| asked(name)) {
            Some((_, values)) => values.clone(),
            None => position.and_then(|at| self.positions.get(at)).cloned().unwrap_or_default(),
        }
    }

    /// Whether a parameter is there, under at least the beginning `least` of its name.
    pub(super) fn has(&self, name: &str, least: usize) -> bool {
        self.named.iter().any(|(given, _)| given.len() >= least && name.starts_with(given.as_str()))
    }
}

/// The words for the rules of files, and the files that are written, where a command changes files.
pub(super) fn changes(name: &str, given: &Arguments) -> Option<(Vec<String>, Vec<String>)> {
    let path = || given.get(&["path", "literalpath", "lp", "pspath"], Some(0));
    let words = |name: &str, words: Vec<String>| Some(([vec![name.to_owned()], words].concat(), Vec::new()));
    if given.has("whatif", 2) || given.has("wi", 2) {
        return Some((Vec::new(), Vec::new()));
    }
    match name {
        "remove-item" | "clear-item" | "rename-item" => words("rm", path()),
        "move-item" => words("mv", [path(), given.get(&["destination"], Some(1))].concat()),
        "copy-item" => words("cp", [path(), given.get(&["destination"], Some(1))].concat()),
        "set-content" | "add-content" | "clear-content" | "set-item" => Some((Vec::new(), path())),
        "out-file" | "tee-object" | "export-csv" | "export-clixml" => {
            Some((Vec::new(), given.get(&["filepath", "path", "literalpath", "lp", "pspath"], Some(0))))
        }
        "invoke-webrequest" => Some((Vec::new(), given.get(&["outfile"], None))),
        "new-item" => {
            let kind = given.get(&["itemtype", "type"], None);
            if kind.iter().any(|kind| kind.eq_ignore_ascii_case("directory")) {
                return Some((Vec::new(), Vec::new()));
            }
            let paths = path();
            let names = given.get(&["name"], None);
            let below = |path: &String| match names.first() {
                Some(name) if !is_open(name) => format!("{path}/{name}"),
                _ => path.clone(),
            };
            let paths = if paths.is_empty() { names.clone() } else { paths.iter().map(below).collect() };
            Some((Vec::new(), paths))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Given, arguments, changes, name};

    #[test]
    fn which_files_a_command_changes() {
        let table = [
            ("ri .git/hooks/x -Force", "rm .git/hooks/x", ""),
            ("Remove-Item -Recurse -Path a", "rm a", ""),
            ("del -LiteralPath:a", "rm a", ""),
            ("Set-Content -Value x -Path a", "", "a"),
            ("sc a x", "", "a"),
            ("Out-File -Append a", "", "a"),
            ("Out-File -FilePath a -Encoding utf8", "", "a"),
            ("copy a b", "cp a b", ""),
            ("Copy-Item -Destination b -Path a -Force", "cp a b", ""),
            ("ren a b", "rm a", ""),
            ("New-Item -Path d -Name f -Force", "", "d/f"),
            ("New-Item -ItemType Directory -Path d", "", ""),
            ("iwr https://x -OutFile a", "", "a"),
            ("Remove-Item a -WhatIf", "", ""),
        ];
        for (line, words, writes) in table {
            let mut typed = line.split(' ');
            let command = name(typed.next().unwrap());
            let given: Vec<Given> =
                typed.map(|word| Given { text: word.to_owned(), plain: true, more: false }).collect();
            let (said, files) = changes(&command, &arguments(&given)).unwrap();
            assert_eq!((said.join(" ").as_str(), files.join(" ").as_str()), (words, writes), "{line}");
        }
    }
}
