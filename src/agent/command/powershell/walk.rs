//! Which commands a PowerShell text runs, in order, with what is known when each of them starts.
//!
//! Text decides, nothing is run: of a condition both branches count, a loop counts once, a function where it is called. What
//! a program's words mean is not known here.

use super::cmdlets::{self, Given};
use super::tree::{Command, Piece, Script, Stage, Statement, Word};
use crate::agent::command::finding::Kind;
use crate::agent::command::script::{self, State};
use crate::agent::command::simple::{Run, Stream};
use crate::agent::command::words::{UNKNOWN, is_open};
use crate::agent::command::{files, wrappers};
use std::collections::HashMap;
use std::rc::Rc;

/// More commands than this are not followed.
const MOST_COMMANDS: usize = 2_000;
/// More variables than this are not known.
const MOST_VARIABLES: usize = 64;
/// A longer value is not known.
const LONGEST_VALUE: usize = 4_096;

/// Follow a text; whether it ran any command.
pub(super) fn follow(script: &Script, arguments: &[String], state: &mut State) -> bool {
    let mut walk = Walk {
        state,
        variables: HashMap::new(),
        blocks: HashMap::new(),
        functions: HashMap::new(),
        aliases: HashMap::new(),
        commands: 0,
    };
    walk.set("args", arguments.to_vec());
    walk.script(script);
    walk.commands > 0
}

struct Walk<'w, 'p> {
    state: &'w mut State<'p>,
    /// Every value is a list.
    variables: HashMap<String, Vec<String>>,
    blocks: HashMap<String, Rc<Script>>,
    functions: HashMap<String, Rc<Script>>,
    aliases: HashMap<String, String>,
    commands: usize,
}

fn unknown() -> Vec<String> {
    vec![UNKNOWN.to_string()]
}

impl Walk<'_, '_> {
    fn script(&mut self, script: &Script) {
        if self.commands > MOST_COMMANDS {
            return;
        }
        let Some(_level) = self.state.deeper() else {
            return self.state.notice(Kind::Undecided, "a command line nested too deep to be read", files::SPLIT);
        };
        for statement in &script.statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Body(script) => self.script(script),
            Statement::Function(name, body) => {
                if self.functions.len() < MOST_VARIABLES {
                    self.functions.insert(name.clone(), body.clone());
                }
            }
            Statement::Assign { name, more, value } => self.assign(name, *more, value),
            Statement::Pipeline(stages) => self.pipeline(stages),
        }
    }

    fn pipeline(&mut self, stages: &[Stage]) {
        let mut stdin = Stream::Nothing;
        for stage in stages {
            stdin = match stage {
                Stage::Command(command) => self.command(command, stdin),
                Stage::Value(pieces, text) => {
                    let known = self.value(pieces);
                    self.expression(pieces, text);
                    if known.iter().any(|word| is_open(word)) {
                        Stream::Unknown
                    } else {
                        Stream::Known((known.join("\n") + "\n").into())
                    }
                }
            };
        }
    }

    fn assign(&mut self, name: &str, more: bool, value: &Statement) {
        let known = match value {
            Statement::Pipeline(stages) => match &stages[..] {
                [Stage::Value(pieces, text)] => {
                    if let [Piece::Block(block)] = &pieces[..] {
                        if self.blocks.len() < MOST_VARIABLES {
                            self.blocks.insert(name.to_owned(), block.clone());
                        }
                        return;
                    }
                    let known = self.value(pieces);
                    self.expression(pieces, text);
                    known
                }
                stages => {
                    self.pipeline(stages);
                    unknown()
                }
            },
            other => {
                self.statement(other);
                unknown()
            }
        };
        if let Some(name) = name.strip_prefix("env:") {
            return self.environment(name, if more { UNKNOWN.to_string() } else { known.join(" ") });
        }
        let before = if more { self.variables.get(name).cloned().unwrap_or_else(unknown) } else { Vec::new() };
        self.set(name, [before, known].concat());
    }

    /// A variable that programs see. Windows does not mind the case of its name.
    fn environment(&mut self, name: &str, value: String) {
        let name = name.to_ascii_uppercase();
        match value.as_str() {
            "" => self.state.unset(&name),
            value => self.state.set(&name, value, true),
        }
    }

    fn set(&mut self, name: &str, value: Vec<String>) {
        let name = name.rsplit(':').next().unwrap_or_default();
        let length: usize = value.iter().map(|word| word.len() + 1).sum();
        let value = if length > LONGEST_VALUE || !self.state.take(length) { unknown() } else { value };
        self.blocks.remove(name);
        if !name.is_empty() && (self.variables.len() < MOST_VARIABLES || self.variables.contains_key(name)) {
            self.variables.insert(name.to_owned(), value);
        }
    }

    fn variable(&self, name: &str) -> Vec<String> {
        match name {
            "null" => return Vec::new(),
            "true" | "false" => return vec![name.to_owned()],
            "pwd" => return vec![".".to_owned()],
            _ => {}
        }
        if let Some(name) = name.strip_prefix("env:") {
            let value = self.state.variable(&name.to_ascii_uppercase());
            return value.map_or_else(unknown, |value| vec![value.to_owned()]);
        }
        let name = name.rsplit(':').next().unwrap_or_default();
        match self.variables.get(name) {
            Some(value) if self.state.take(value.iter().map(|word| word.len() + 1).sum()) => value.clone(),
            _ => unknown(),
        }
    }

    /// What pieces come to: a list, whose members commas separate.
    fn value(&self, pieces: &[Piece]) -> Vec<String> {
        let mut list = Vec::new();
        for member in pieces.split(|piece| *piece == Piece::Comma) {
            let parts: Vec<Vec<String>> = member.iter().map(|piece| self.piece(piece)).collect();
            match &parts[..] {
                [only] => list.extend(only.iter().cloned()),
                parts => list.push(parts.iter().map(|part| part.join(" ")).collect()),
            }
        }
        list
    }

    fn piece(&self, piece: &Piece) -> Vec<String> {
        match piece {
            Piece::Text(text) => vec![text.clone()],
            Piece::Variable(name) | Piece::Splat(name) => self.variable(name),
            // `@('a', 'b')`
            Piece::Group(script) => match &script.statements[..] {
                [Statement::Pipeline(stages)] => match &stages[..] {
                    [Stage::Value(pieces, _)] => self.value(pieces),
                    _ => unknown(),
                },
                [] => Vec::new(),
                many => {
                    // A list with one member a line.
                    let mut list = Vec::new();
                    for statement in many {
                        match statement {
                            Statement::Pipeline(stages) => match &stages[..] {
                                [Stage::Value(pieces, _)] => list.extend(self.value(pieces)),
                                _ => return unknown(),
                            },
                            _ => return unknown(),
                        }
                    }
                    list
                }
            },
            Piece::Block(_) | Piece::Comma | Piece::Unknown => unknown(),
        }
    }

    /// What runs while a value is made.
    fn groups(&mut self, pieces: &[Piece]) {
        for piece in pieces {
            if let Piece::Group(script) = piece {
                self.script(script);
            }
        }
    }

    /// A value that stands for itself: what it runs, and the few methods that matter.
    fn expression(&mut self, pieces: &[Piece], text: &str) {
        self.groups(pieces);
        let small: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
        for piece in pieces {
            if let Piece::Block(block) = piece {
                self.perhaps(block, small.contains("}.invoke("));
            }
        }
        if let (Some(Piece::Variable(name)), true) = (pieces.first(), small.contains(".invoke("))
            && let Some(block) = self.blocks.get(name).cloned()
        {
            self.script(&block);
        }
        let last = pieces.iter().rev().find_map(|piece| match piece {
            Piece::Group(_) => Some(self.piece(piece)),
            _ => None,
        });
        let Some(given) = last.filter(|_| small.starts_with('[')) else {
            let acts = [".delete(", ".invoke(", ".moveto(", ".copyto("].iter().any(|method| small.contains(method));
            if acts && small.starts_with(['(', '$']) && script::mentions(text) {
                self.state.notice(
                    Kind::Undecided,
                    "a method of .NET that is called on what goes round the hooks",
                    files::SPLIT,
                );
            }
            return;
        };
        let Some((class, method)) = small.split_once("]::") else { return };
        let class = class.trim_start_matches('[').trim_start_matches("system.");
        let method = method.split('(').next().unwrap_or_default();
        match (class, method, &given[..]) {
            ("environment", "setenvironmentvariable", [name, value, ..]) => {
                self.commands += 1;
                self.environment(name, value.clone());
            }
            ("io.file" | "io.directory", "delete", [path, ..]) => {
                self.files(method, vec!["rm".into(), path.clone()], Vec::new())
            }
            ("io.file" | "io.directory", "move", [from, to, ..]) => {
                self.files(method, vec!["mv".into(), from.clone(), to.clone()], Vec::new());
            }
            ("io.file", "copy", [_, to, ..]) => self.files(method, Vec::new(), vec![to.clone()]),
            ("io.file", method, [path, ..])
                if ["write", "append", "create", "openwrite", "replace"].iter().any(|act| method.starts_with(act)) =>
            {
                self.files(method, Vec::new(), vec![path.clone()]);
            }
            ("diagnostics.process", "start", _) | ("scriptblock", "create", _) if script::mentions(text) => {
                self.state.notice(Kind::Undecided, "a program that is started by way of .NET", files::SPLIT);
            }
            _ => {}
        }
    }

    /// Judge files that a command changes, by the rules for those of other shells.
    fn files(&mut self, command: &str, words: Vec<String>, writes: Vec<String>) {
        let before = self.state.findings.len();
        files::judge(&Run { writes, ..Run::of(words) }, self.state);
        for found in self.state.findings.iter_mut().skip(before).filter(|_| !command.is_empty()) {
            found.by(command);
        }
    }

    /// A block that runs, or that somebody may run.
    fn perhaps(&mut self, block: &Script, sure: bool) {
        let doubtful = self.state.doubtful;
        self.state.doubtful |= !sure;
        self.script(block);
        self.state.doubtful = doubtful;
    }

    /// The words that an argument becomes: a list is several.
    fn words(&self, word: &Word) -> Vec<Given> {
        let texts = match &word.pieces[..] {
            [only] => self.piece(only),
            pieces => vec![pieces.iter().map(|piece| self.piece(piece).join(" ")).collect()],
        };
        let plain = !word.quoted && matches!(word.pieces.first(), Some(Piece::Text(_) | Piece::Splat(_)));
        let splat = matches!(word.pieces[..], [Piece::Splat(_)]);
        let list = texts.into_iter().enumerate();
        list.map(|(at, text)| Given { text, plain, more: if at > 0 { !splat } else { word.more } }).collect()
    }

    /// Judge a command; what it writes.
    fn command(&mut self, command: &Command, stdin: Stream) -> Stream {
        self.commands += 1;
        if self.commands > MOST_COMMANDS {
            self.state.notice(Kind::Undecided, "more commands than are followed", files::SPLIT);
            return Stream::Unknown;
        }
        for word in &command.words {
            self.groups(&word.pieces);
        }
        for (file, apart) in &command.writes {
            let writes = self.words(file).into_iter().map(|word| word.text).collect();
            let doubtful = self.state.doubtful;
            self.state.doubtful |= !apart;
            self.files("", Vec::new(), writes);
            self.state.doubtful = doubtful;
        }
        let blocks: Vec<Rc<Script>> = command.words.iter().filter_map(|word| self.block(word)).collect();
        let Some(first) = command.words.first() else { return Stream::Nothing };
        if command.called && self.block(first).is_some() {
            self.script(&blocks[0]);
            return Stream::Unknown;
        }
        let mut words: Vec<Given> = command.words.iter().flat_map(|word| self.words(word)).collect();
        if words.is_empty() {
            return Stream::Nothing;
        }
        let first = words.remove(0).text;
        let first = self.aliases.get(&first.to_ascii_lowercase()).cloned().unwrap_or(first);
        if let Some(body) = self.functions.remove(&first.to_ascii_lowercase()) {
            let before = self.variables.get("args").cloned();
            self.set("args", words.into_iter().map(|word| word.text).collect());
            self.script(&body);
            self.set("args", before.unwrap_or_default());
            self.functions.insert(first.to_ascii_lowercase(), body);
            return Stream::Unknown;
        }
        self.named(&first, &words, &blocks, stdin)
    }

    /// The block that a word is, or that its variable holds.
    fn block(&self, word: &Word) -> Option<Rc<Script>> {
        match &word.pieces[..] {
            [Piece::Block(block)] => Some(block.clone()),
            [Piece::Variable(name)] => self.blocks.get(name).cloned(),
            _ => None,
        }
    }

    /// A command whose name is known, as far as names go.
    fn named(&mut self, first: &str, words: &[Given], blocks: &[Rc<Script>], stdin: Stream) -> Stream {
        let name = cmdlets::name(first);
        let given = cmdlets::arguments(words);
        let texts = |list: &[Given]| list.iter().map(|word| word.text.clone()).collect::<Vec<_>>();
        let runs = match name.as_str() {
            "foreach-object" | "where-object" | "measure-command" | "start-job" | "start-threadjob" => true,
            "invoke-command" => {
                // There are other machines.
                if given.has("computername", 2) || given.has("session", 2) || given.has("hostname", 1) {
                    return Stream::Unknown;
                }
                true
            }
            _ => false,
        };
        if let (true, Stream::Known(text)) = (runs, &stdin) {
            self.set("_", vec![text.trim_end().to_owned()]);
        }
        let shell = matches!(name.as_str(), "pwsh" | "powershell" | "pwsh.exe" | "powershell.exe");
        for block in blocks {
            self.perhaps(block, runs || shell);
        }
        self.variables.remove("_");
        match name.as_str() {
            _ if runs => {}
            "write-output" => return known(texts(words)),
            "get-item" | "get-childitem" => {
                let pattern = given.get(&["filter", "include"], Some(1)).join(" ");
                let below = |path: &String| match (path.contains(['*', '?']), pattern.is_empty()) {
                    (true, _) => path.clone(),
                    (false, true) => format!("{path}/{UNKNOWN}"),
                    (false, false) => format!("{path}/{pattern}"),
                };
                let paths = given.get(&["path", "literalpath"], Some(0));
                return known(if name == "get-item" { paths } else { paths.iter().map(below).collect() });
            }
            "set-location" | "push-location" => {
                let folder = given.get(&["path", "literalpath"], Some(0));
                self.state.enter(folder.first().map(String::as_str).filter(|folder| *folder != "-"));
            }
            "pop-location" => self.state.enter(None),
            "invoke-expression" => {
                let typed = given.get(&["command"], Some(0));
                self.text(if typed.is_empty() { stdin } else { known(typed) });
            }
            "start-process" => {
                let mut program = given.get(&["filepath"], Some(0));
                // What it is given is joined with blanks, and taken apart again.
                let rest = given.get(&["argumentlist", "args"], Some(1)).join(" ");
                program.extend(rest.split_whitespace().map(|word| word.trim_matches('"').to_owned()));
                self.program(program, Stream::Nothing);
            }
            "set-alias" => {
                let (name, value) = (given.get(&["name"], Some(0)), given.get(&["value"], Some(1)));
                if let (Some(name), Some(value)) = (name.first(), value.first())
                    && self.aliases.len() < MOST_VARIABLES
                    && value.len() < LONGEST_VALUE
                {
                    self.aliases.insert(name.to_ascii_lowercase(), value.clone());
                }
            }
            "set-variable" => {
                let (name, value) = (given.get(&["name"], Some(0)), given.get(&["value"], Some(1)));
                if let Some(name) = name.first() {
                    self.set(&name.to_ascii_lowercase(), value);
                }
            }
            _ => self.changing(first, &name, &given, words, stdin),
        }
        Stream::Unknown
    }

    /// A command that changes files or variables, or a program.
    fn changing(&mut self, first: &str, name: &str, given: &cmdlets::Arguments, words: &[Given], stdin: Stream) {
        let path = given.get(&["path", "literalpath"], Some(0));
        let drive = path.first().and_then(|path| path.get(..4).filter(|it| it.eq_ignore_ascii_case("env:")));
        if let (Some(_), Some(path)) = (drive, path.first()) {
            let value = given.get(&["value"], Some(1)).join(" ");
            return match name {
                "remove-item" | "clear-item" => {
                    self.environment(path[4..].trim_start_matches(['\\', '/']), String::new())
                }
                "set-item" | "new-item" | "set-content" => {
                    self.environment(path[4..].trim_start_matches(['\\', '/']), value);
                }
                _ => {}
            };
        }
        let changes = cmdlets::changes(name, given);
        let own = changes.is_some() && first.contains('-');
        if let Some((mut words, writes)) = changes {
            // `Get-ChildItem .git/hooks | Remove-Item`
            if let (Stream::Known(text), 1) = (&stdin, words.len()) {
                words.extend(text.lines().take(100).map(str::to_owned));
            }
            self.files(first, words, writes);
        }
        // Outside of Windows `rm`, `cp` and `mv` are the system's own.
        if !own {
            let mut all = vec![first.to_owned()];
            all.extend(words.iter().map(|word| word.text.clone()));
            self.program(all, stdin);
        }
    }

    /// A program, by the rules for any shell.
    fn program(&mut self, mut words: Vec<String>, stdin: Stream) {
        let Some(first) = words.first_mut() else { return };
        let small = first.to_ascii_lowercase();
        // Windows does not mind the case of a program's name.
        if small.ends_with(".exe") || matches!(small.as_str(), "git" | "pwsh" | "powershell" | "cmd" | "bash" | "sh") {
            *first = small;
        }
        wrappers::start(Run { stdin, ..Run::of(words) }, self.state);
    }

    /// A text that is run.
    fn text(&mut self, text: Stream) {
        match text {
            Stream::Nothing => {}
            Stream::Known(text) if !text.trim().chars().all(|c| c == UNKNOWN) => {
                let Some(_level) = self.state.deeper() else { return };
                if !self.state.take(text.len()) {
                    return;
                }
                match super::read::read(&text) {
                    Some(script) => self.script(&script),
                    None if script::mentions(&text) => {
                        self.state.notice(
                            Kind::Undecided,
                            "a text that this reader of PowerShell cannot take apart",
                            files::SPLIT,
                        );
                    }
                    None => {}
                }
            }
            Stream::Known(_) | Stream::Unknown => {
                self.state.notice(
                    Kind::Undecided,
                    "a text that is made while it runs, given to PowerShell",
                    files::SPLIT,
                );
            }
        }
    }
}

fn known(words: Vec<String>) -> Stream {
    Stream::Known((words.join(" ") + "\n").into())
}
