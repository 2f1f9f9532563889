//! Which simple commands a text runs, in order, with what is known when each of them starts: variables, functions, aliases,
//! the folder, and what is piped or written into it.
//!
//! Text decides, nothing is run: of a condition both branches count, a loop counts once. What a command means is not known
//! here.

use super::finding::{Finding, Judgement, Kind};
use super::instead::Instead;
use super::scope::Scope;
use super::simple::{Run, Stream, assignment, list_assignment};
use super::{conditions, files, output, parse, protected, words, wrappers};
use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;
use tree_sitter::Node;

/// Nested deeper than this, across all texts in texts, nothing is followed.
const DEEPEST: usize = 160;
/// More commands than this are not followed.
const MOST_COMMANDS: usize = 4_000;
/// More functions than this are not known by name.
const MOST_FUNCTIONS: usize = 64;
/// How many bytes of texts in texts and of expanded variables are followed.
const ROOM: usize = 1024 * 1024;

/// What is known between two commands.
pub(super) struct State<'p> {
    pub protected: &'p protected::Protected,
    /// `$1` and so on; unknown outside of functions and `sh -c`.
    pub arguments: Option<Vec<String>>,
    pub aliases: HashMap<String, String>,
    /// What was found so far.
    pub findings: Vec<Judgement>,
    /// The files that are changed, as far as they are known.
    pub changes: Vec<files::Change>,
    /// Whatever is found is a notice only.
    pub doubtful: bool,
    /// What `trap` was given: it may name functions that are defined behind it.
    pub at_exit: Vec<String>,
    /// The line gives a repository one more working folder, and that may be anywhere.
    pub linked: bool,
    /// What runs now runs on another machine.
    elsewhere: bool,
    /// Another command runs this one, often or elsewhere: alone it would not do the same.
    pub outer: bool,
    pub(super) scope: Scope,
    functions: HashMap<String, Rc<str>>,
    commands: usize,
    depth: Rc<Cell<usize>>,
    room: Cell<usize>,
    patience: Cell<usize>,
}

/// One level of nesting, until it is dropped.
pub(super) struct Level(Rc<Cell<usize>>);

impl Drop for Level {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

impl<'p> State<'p> {
    pub(super) fn new(protected: &'p protected::Protected) -> State<'p> {
        State {
            protected,
            arguments: None,
            aliases: HashMap::new(),
            findings: Vec::new(),
            changes: Vec::new(),
            doubtful: false,
            at_exit: Vec::new(),
            linked: false,
            elsewhere: false,
            outer: false,
            scope: Scope::outermost(),
            functions: HashMap::new(),
            commands: 0,
            depth: Rc::default(),
            room: Cell::new(ROOM),
            patience: Cell::new(parse::PATIENCE),
        }
    }

    /// Go one level down, if there is one.
    pub(super) fn deeper(&self) -> Option<Level> {
        let depth = self.depth.get();
        (depth < DEEPEST).then(|| {
            self.depth.set(depth + 1);
            Level(self.depth.clone())
        })
    }

    /// Take room for so many bytes of derived text.
    pub(super) fn take(&self, bytes: usize) -> bool {
        let left = self.room.get().checked_sub(bytes);
        self.room.set(left.unwrap_or(0));
        left.is_some()
    }

    pub(super) fn function(&self, name: &str) -> Option<Rc<str>> {
        self.functions.get(name).cloned()
    }

    /// Something that is not to be run.
    pub(super) fn deny(&mut self, finding: Finding) {
        if self.elsewhere {
            let is_file = matches!(finding.kind, Kind::HookFiles | Kind::Policy | Kind::AgentConfiguration);
            if !is_file && !self.doubtful {
                self.find(Judgement::Notice(finding));
            }
            return;
        }
        self.find(if self.doubtful { Judgement::Notice(finding) } else { Judgement::Deny(finding) });
    }

    /// Something to be written down.
    pub(super) fn notice(&mut self, kind: Kind, what: &str, instead: impl Into<Instead>) {
        if !self.elsewhere {
            self.find(Judgement::Notice(Finding::new(kind, what, instead)));
        }
    }

    fn find(&mut self, found: Judgement) {
        // One of each is all that can count.
        let denial = |finding: &Judgement| matches!(finding, Judgement::Deny(_));
        if !self.findings.iter().any(|finding| denial(finding) == denial(&found)) {
            self.findings.push(found);
        }
    }

    /// Run something that sees these settings, and leaves nothing behind.
    pub(super) fn in_scope(&mut self, settings: &[(String, String)], run: impl FnOnce(&mut Self)) {
        let scope = self.scope.clone();
        for (name, value) in settings {
            self.set(name, value, true);
        }
        run(self);
        self.scope = scope;
    }

    /// Run a text in a text, in a shell of its own with these arguments and settings.
    pub(super) fn nested(&mut self, text: &str, arguments: Option<Vec<String>>, settings: &[(String, String)]) {
        let scope = self.scope.clone();
        for (name, value) in settings {
            self.set(name, value, true);
        }
        let arguments = std::mem::replace(&mut self.arguments, arguments);
        run(text, self);
        self.arguments = arguments;
        self.scope = scope;
    }

    /// What runs on another machine goes around that one's hooks: what is sure of that is written down, and nothing else. Its
    /// files are not ours.
    pub(super) fn on_another_machine(&mut self, run: impl FnOnce(&mut Self)) {
        let scope = self.scope.clone();
        let doubtful = std::mem::take(&mut self.doubtful);
        let elsewhere = std::mem::replace(&mut self.elsewhere, true);
        let (changes, at_exit) = (self.changes.len(), self.at_exit.len());
        run(self);
        (self.scope, self.doubtful, self.elsewhere) = (scope, doubtful, elsewhere);
        self.changes.truncate(changes);
        self.at_exit.truncate(at_exit);
    }

    /// Run a function, which is not followed into itself.
    pub(super) fn call(&mut self, name: &str, body: &str, arguments: &[String]) {
        let held = self.functions.remove(name);
        let arguments = self.arguments.replace(arguments.to_vec());
        run(body, self);
        self.arguments = arguments;
        self.functions.extend(held.map(|body| (name.to_owned(), body)));
    }
}

/// Follow a text.
pub(super) fn run(text: &str, state: &mut State) {
    let text = &*parse::mended(text);
    let parsed = if state.take(text.len()) { parse::parse(text, &state.patience) } else { None };
    let Some(parsed) = parsed else {
        return state.notice(Kind::Undecided, "a command line too long or too tangled to be read", files::SPLIT);
    };
    let doubtful = state.doubtful;
    let mut walk = Walk { source: text, state, sure: parsed.sure, doubtful, hung: HashMap::new(), before_last: None };
    walk.visit(parsed.root(), &Stream::Nothing);
    state.doubtful = doubtful;
    if parsed.sure < text.len() && mentions(&text[parsed.sure..]) {
        state.notice(Kind::Undecided, "a command line that this reader cannot take apart", files::SPLIT);
    }
}

/// Whether a text that cannot be read has words of ours in it. Enough for a notice, never for a denial.
pub(super) fn mentions(text: &str) -> bool {
    const WORDS: [&str; 8] = [
        "no-veri",
        "hookspath",
        "send-pack",
        "husky=0",
        "lefthook=0",
        ".git/hooks",
        "ci-guard uninstall",
        ".git/ci-guard",
    ];
    let text = text.to_ascii_lowercase();
    WORDS.iter().any(|word| text.contains(word))
}

struct Walk<'t, 's, 'p> {
    source: &'s str,
    state: &'s mut State<'p>,
    sure: usize,
    doubtful: bool,
    /// Statements whose redirections the grammar hangs on a whole list or pipeline. By the last command in it: they are that one's.
    hung: HashMap<usize, Node<'t>>,
    /// What was known when the last one of these started.
    before_last: Option<Scope>,
}

impl<'t> Walk<'t, '_, '_> {
    fn visit(&mut self, node: Node<'t>, stdin: &Stream) {
        if self.state.commands > MOST_COMMANDS {
            return;
        }
        let Some(_level) = self.state.deeper() else {
            return self.state.notice(Kind::Undecided, "a command line nested too deep to be read", files::SPLIT);
        };
        if let Some(statement) = self.hung.remove(&node.id()) {
            self.before_last = Some(self.state.scope.clone());
            return self.redirected(Some(node), Some(statement), stdin);
        }
        match node.kind() {
            "command" => self.redirected(Some(node), None, stdin),
            "redirected_statement" => match node.child_by_field_name("body") {
                Some(body) if body.kind() == "list" => self.list(node, stdin),
                Some(body) if body.kind() == "pipeline" => {
                    self.hung.insert(conditions::last_of(body).id(), node);
                    self.pipeline(body, stdin);
                }
                body => self.redirected(body, Some(node), stdin),
            },
            "pipeline" => self.pipeline(node, stdin),
            "list" => self.list(node, stdin),
            "variable_assignment" => {
                self.inside(node);
                self.assign(node, false);
            }
            "declaration_command" | "unset_command" => self.declaration(node),
            "subshell" | "command_substitution" | "process_substitution" => {
                let scope = self.state.scope.clone();
                self.children(node, stdin);
                self.state.scope = scope;
            }
            "function_definition" => {
                let name = node.child_by_field_name("name");
                let body = node.child_by_field_name("body");
                if let (Some(name), Some(body)) = (name, body) {
                    // Its redirections are the body's.
                    let text = parse::text(self.source, body.start_byte()..node.end_byte());
                    if self.state.functions.len() < MOST_FUNCTIONS && self.state.take(text.len()) {
                        self.state
                            .functions
                            .insert(parse::text(self.source, name.byte_range()).to_owned(), text.into());
                    } else {
                        self.visit(body, &Stream::Nothing);
                    }
                }
            }
            "if_statement" | "case_statement" => self.branches(node, stdin),
            "expansion" => {
                self.children(node, stdin);
                self.defaults(node);
            }
            "while_statement" => self.while_loop(node, stdin),
            "for_statement" => {
                let mut cursor = node.walk();
                let values: Vec<_> = node.children_by_field_name("value", &mut cursor).collect();
                let words: Vec<_> = values
                    .into_iter()
                    .flat_map(|value| words::expand(value, self.source, self.state))
                    .take(2)
                    .collect();
                if let Some(variable) = node.child_by_field_name("variable") {
                    let only = if words.len() == 1 { words[0].clone() } else { words::UNKNOWN.to_string() };
                    self.state.set(parse::text(self.source, variable.byte_range()), &only, false);
                }
                let before = self.state.scope.clone();
                self.children(node, stdin);
                // Of no words there is no round.
                let none = words::UNKNOWN.to_string();
                if words.iter().all(|word| *word == none) {
                    self.perhaps(before);
                }
            }
            "comment" => {}
            _ => self.children(node, stdin),
        }
    }

    fn children(&mut self, node: Node<'t>, stdin: &Stream) {
        let outer = self.state.outer;
        self.state.outer |= matches!(node.kind(), "for_statement" | "c_style_for_statement" | "while_statement");
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            if child.named_child_count() > 0 {
                self.visit(child, stdin);
            }
        }
        self.state.outer = outer;
    }

    /// `if`, `case`: one of the branches runs, or none.
    fn branches(&mut self, node: Node<'t>, stdin: &Stream) {
        let is_branch = |kind: &str| matches!(kind, "elif_clause" | "else_clause" | "case_item");
        let mut cursor = node.walk();
        let parts: Vec<Node> = node.named_children(&mut cursor).collect();
        cursor.reset(node);
        let conditions: Vec<usize> = node.children_by_field_name("condition", &mut cursor).map(|it| it.id()).collect();
        let (first, others): (Vec<Node>, Vec<Node>) = parts.into_iter().partition(|part| !is_branch(part.kind()));
        let (before, first): (Vec<Node>, Vec<Node>) =
            first.into_iter().partition(|part| conditions.contains(&part.id()));
        for part in before {
            self.visit(part, stdin);
        }
        let start = self.state.scope.clone();
        for part in first {
            self.visit(part, stdin);
        }
        let mut ends = Vec::new();
        if node.kind() == "if_statement" {
            ends.push(std::mem::replace(&mut self.state.scope, start.clone()));
        }
        let all = others.last().is_some_and(|last| {
            let value = last.child_by_field_name("value");
            last.kind() == "else_clause"
                || value.is_some_and(|value| parse::text(self.source, value.byte_range()) == "*")
        });
        for part in others {
            self.visit(part, stdin);
            ends.push(std::mem::replace(&mut self.state.scope, start.clone()));
        }
        if !all {
            ends.push(start.clone());
        }
        self.state.scope = Scope::one_of(&start, &ends);
    }

    /// `${NAME:-TEXT}`: the grammar reads no backquotes in the text.
    fn defaults(&mut self, node: Node) {
        let mut cursor = node.walk();
        for part in
            node.named_children(&mut cursor).filter(|part| part.child_count() == 0 && part.kind() != "raw_string")
        {
            let text = parse::text(self.source, part.byte_range());
            if text.contains('`') {
                self.state.nested(&format!(": {text}"), self.state.arguments.clone(), &[]);
            }
        }
    }

    /// What runs while the words of a command are made.
    fn inside(&mut self, node: Node<'t>) {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            match child.kind() {
                "variable_assignment" | "command_name" | "heredoc_redirect" | "file_redirect" => self.inside(child),
                "pipeline" | "list" | "command" | "redirected_statement" => {}
                _ if child.named_child_count() > 0 => self.visit(child, &Stream::Nothing),
                _ => {}
            }
        }
    }

    /// `a && b || c` stands in the tree as a list in a list in a list.
    fn list(&mut self, node: Node<'t>, stdin: &Stream) {
        let mut rest = Vec::new();
        let mut first = node;
        loop {
            if let Some(body) = first.child_by_field_name("body").filter(|body| body.kind() == "list") {
                self.hung.insert(conditions::last_of(body).id(), first);
                first = body;
            }
            if first.kind() != "list" {
                break;
            }
            let mut cursor = first.walk();
            let mut parts = first.named_children(&mut cursor);
            let Some(next) = parts.next() else { break };
            rest.extend(parts.collect::<Vec<_>>().into_iter().rev());
            first = next;
        }
        rest.push(first);
        let mut before = None;
        while let Some(part) = rest.pop() {
            self.visit(part, stdin);
            if before.is_none() && !rest.is_empty() && conditions::may_fail(part, self.source) {
                before = Some(self.state.scope.clone());
            }
        }
        // `[ … ] && NAME=value`: or not.
        if let Some(before) = before {
            self.perhaps(before);
        }
    }

    /// What ran since then may not have run.
    fn perhaps(&mut self, before: Scope) {
        let after = std::mem::take(&mut self.state.scope);
        self.state.scope = Scope::one_of(&before, &[after, before.clone()]);
    }

    /// `while`, `until`: the commands in it may not run.
    fn while_loop(&mut self, node: Node<'t>, stdin: &Stream) {
        let mut cursor = node.walk();
        let conditions: Vec<Node> =
            node.children_by_field_name("condition", &mut cursor).filter(Node::is_named).collect();
        let body = node.child_by_field_name("body");
        for condition in &conditions {
            self.visit(*condition, stdin);
        }
        let before = self.state.scope.clone();
        if let Some(body) = body {
            self.visit(body, stdin);
        }
        if conditions.last().is_some_and(|last| conditions::may_fail(*last, self.source)) {
            self.perhaps(before);
        }
    }

    /// A command or something larger, if any, and the statement that has its redirections.
    fn redirected(&mut self, body: Option<Node<'t>>, statement: Option<Node<'t>>, stdin: &Stream) {
        let Some(node) = statement.or(body) else { return };
        if let Some((run, behind)) = Run::redirected(body, statement, self.source, self.state, stdin.clone()) {
            self.inside(body.unwrap_or(node));
            self.redirects(node);
            let output = if behind.is_empty() { Stream::Nothing } else { output::of(&run) };
            self.start(run, node);
            for next in behind {
                self.visit(next, if next.kind() == "pipeline" { &output } else { &Stream::Nothing });
            }
            return;
        }
        // A group or a loop with redirections: they are its commands'.
        let mut run = Run { stdin: stdin.clone(), ..Run::of(Vec::new()) };
        let mut behind = Vec::new();
        let mut cursor = node.walk();
        for redirect in node.children_by_field_name("redirect", &mut cursor) {
            run.redirect(redirect, self.source, self.state, &mut behind);
        }
        self.redirects(node);
        let stdin = run.stdin.clone();
        self.start(run, node);
        if let Some(body) = body {
            self.visit(body, &stdin);
        }
        for next in behind {
            self.visit(next, &Stream::Nothing);
        }
    }

    /// What runs while redirections are made.
    fn redirects(&mut self, node: Node<'t>) {
        if node.kind() == "redirected_statement" {
            let mut cursor = node.walk();
            for redirect in node.children_by_field_name("redirect", &mut cursor) {
                self.inside(redirect);
            }
        }
    }

    fn pipeline(&mut self, node: Node<'t>, stdin: &Stream) {
        let mut cursor = node.walk();
        let mut stdin = stdin.clone();
        for stage in node.named_children(&mut cursor) {
            if self.state.commands > MOST_COMMANDS {
                return;
            }
            let run = Run::read(stage, self.source, self.state, stdin.clone());
            let output = run.map_or(Stream::Unknown, |(run, _)| output::of(&run));
            let scope = self.state.scope.clone();
            // `a && b 2>&1 | c`: the grammar takes the list into the pipeline, a shell does not.
            let is_list = stage.child_by_field_name("body").is_some_and(|body| body.kind() == "list");
            let list = is_list && stage.kind() == "redirected_statement";
            self.before_last = None;
            self.visit(stage, &stdin);
            self.state.scope = self.before_last.take().filter(|_| list).unwrap_or(scope);
            stdin = output;
        }
    }

    fn assign(&mut self, node: Node, export: bool) {
        if let Some((name, words)) = list_assignment(node, self.source, self.state) {
            self.state.set_list(&name, words);
        } else if let Some((name, value)) = assignment(node, self.source, self.state) {
            self.state.set(&name, &value, export);
        }
    }

    fn declaration(&mut self, node: Node<'t>) {
        self.inside(node);
        let text = parse::text(self.source, node.byte_range());
        let mut cursor = node.walk();
        let parts: Vec<_> = node.named_children(&mut cursor).collect();
        let option = |wanted: char| {
            let flag = |part: &&Node| {
                parse::text(self.source, part.byte_range()).strip_prefix('-').is_some_and(|it| it.contains(wanted))
            };
            parts.iter().any(|part| flag(&part))
        };
        let removes = text.starts_with("unset") || option('n');
        let exports = text.starts_with("export") || (text.starts_with(['d', 't']) && option('x'));
        for part in &parts {
            let name = parse::text(self.source, part.byte_range());
            match part.kind() {
                _ if removes => self.state.unset(name.split('=').next().unwrap_or_default()),
                "variable_assignment" => self.assign(*part, exports),
                _ if exports => self.state.export(name),
                _ => {}
            }
        }
    }

    /// A command is complete.
    fn start(&mut self, run: Run, node: Node) {
        self.state.commands += 1;
        if self.state.commands > MOST_COMMANDS {
            return self.state.notice(Kind::Undecided, "more commands than are followed", files::SPLIT);
        }
        self.state.doubtful = self.doubtful || node.end_byte() > self.sure;
        wrappers::start(run, self.state);
    }
}
