//! What a shell knows by name: variables, lists, and the folder it is in; and what is left of that where only one of several
//! ways was gone.
//!
//! Functions and aliases are [`script`](super::script)'s: a subshell's never matter behind it.

use super::script::State;
use super::{protected, words};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

/// More variables than this are not known.
const MOST_VARIABLES: usize = 64;
/// A longer value of a variable is not known.
const LONGEST_VALUE: usize = 4_096;

/// A variable; only exported ones reach programs.
#[derive(Clone, PartialEq)]
struct Variable {
    /// None has been set: it is exported, and has whatever the agent's shell has.
    value: Option<Rc<str>>,
    exported: bool,
}

/// What a subshell has of its own.
#[derive(Clone, Default)]
pub(super) struct Scope {
    variables: HashMap<Rc<str>, Variable>,
    lists: HashMap<Rc<str>, Rc<[String]>>,
    /// `set -a`: whatever is set is exported.
    exports_all: bool,
    folder: Option<Rc<str>>,
}

impl Scope {
    /// Where a command line begins.
    pub(super) fn outermost() -> Scope {
        Scope { folder: Some("".into()), ..Scope::default() }
    }

    /// What is known behind a condition: the text does not tell which of these its shell went through. What they do not agree on is
    /// one of several, with [`words::UNKNOWN`] before each.
    pub(super) fn one_of(before: &Scope, ends: &[Scope]) -> Scope {
        let mut after = ends.last().unwrap_or(before).clone();
        if let Some(moved) = ends.iter().find(|end| end.folder != before.folder) {
            after.folder.clone_from(&moved.folder);
        }
        after.exports_all = ends.iter().any(|end| end.exports_all);
        let names: BTreeSet<&Rc<str>> = ends.iter().flat_map(|end| end.variables.keys()).collect();
        for name in names {
            let there: Vec<Option<&Variable>> = ends.iter().map(|end| end.variables.get(name)).collect();
            if there.windows(2).any(|pair| pair[0] != pair[1]) {
                let exported = there.iter().flatten().any(|variable| variable.exported);
                let values: BTreeSet<&str> = there.iter().flatten().filter_map(|it| it.value.as_deref()).collect();
                let value = perhaps(values.into_iter()).join("\n");
                after.variables.insert(name.clone(), Variable { value: Some(bounded(&value)), exported });
            }
        }
        let names: BTreeSet<&Rc<str>> = ends.iter().flat_map(|end| end.lists.keys()).collect();
        for name in names {
            let there: Vec<Option<&Rc<[String]>>> = ends.iter().map(|end| end.lists.get(name)).collect();
            if there.windows(2).any(|pair| pair[0] != pair[1]) {
                let words: BTreeSet<&str> =
                    there.iter().flatten().flat_map(|it| it.iter()).map(String::as_str).collect();
                after.lists.insert(name.clone(), perhaps(words.into_iter()).into());
            }
        }
        after
    }
}

/// Each of these, if any.
fn perhaps<'t>(values: impl Iterator<Item = &'t str>) -> Vec<String> {
    let unknown = words::UNKNOWN.to_string();
    let mark = |value: &str| format!("{unknown}{}", value.trim_start_matches(words::UNKNOWN));
    let found: Vec<String> = values.filter(|value| !value.is_empty()).map(mark).collect();
    if found.is_empty() { vec![unknown] } else { found }
}

/// A value that is not too long to be known.
fn bounded(value: &str) -> Rc<str> {
    if value.len() > LONGEST_VALUE { words::UNKNOWN.to_string().into() } else { value.into() }
}

impl State<'_> {
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        let value = self.scope.variables.get(name)?.value.as_deref()?;
        self.take(value.len()).then_some(value)
    }

    /// What a program sees of the variables that the line has set.
    pub(super) fn exported(&self) -> impl Iterator<Item = (&str, &str)> {
        let exported = self.scope.variables.iter().filter(|(_, variable)| variable.exported);
        exported.filter_map(|(name, variable)| Some((&**name, variable.value.as_deref()?)))
    }

    pub(super) fn set(&mut self, name: &str, value: &str, export: bool) {
        // One member of a list that changes makes the list unknown.
        self.scope.lists.remove(name.split('[').next().unwrap_or_default());
        self.change(name, Some(bounded(value)), export);
    }

    /// Mark a variable for programs to see, whenever it is set.
    pub(super) fn export(&mut self, name: &str) {
        let value = self.scope.variables.get(name).and_then(|variable| variable.value.clone());
        self.change(name, value, true);
    }

    fn change(&mut self, name: &str, value: Option<Rc<str>>, export: bool) {
        let known = self.scope.variables.get(name);
        let exported = export || self.scope.exports_all || known.is_some_and(|variable| variable.exported);
        if known.is_some() || self.scope.variables.len() < MOST_VARIABLES {
            self.scope.variables.insert(name.into(), Variable { value, exported });
        }
    }

    /// The members of a list.
    pub(super) fn list(&self, name: &str) -> Option<Rc<[String]>> {
        let list = self.scope.lists.get(name)?;
        self.take(list.iter().map(|word| word.len() + 1).sum()).then(|| list.clone())
    }

    /// `NAME=(…)`
    pub(super) fn set_list(&mut self, name: &str, words: Vec<String>) {
        self.unset(name);
        let length: usize = words.iter().map(|word| word.len() + 1).sum();
        if length <= LONGEST_VALUE && self.scope.lists.len() < MOST_VARIABLES && self.take(length) {
            self.scope.lists.insert(name.into(), words.into());
        }
    }

    pub(super) fn unset(&mut self, name: &str) {
        self.scope.lists.remove(name);
        self.scope.variables.remove(name);
    }

    /// `set -a`, `set +a`.
    pub(super) fn export_all(&mut self, on: bool) {
        self.scope.exports_all = on;
    }

    /// The folder that paths begin in, below the one the command line begins in; `None` when it is not known.
    pub(super) fn folder(&self) -> Option<&str> {
        self.scope.folder.as_deref()
    }

    pub(super) fn enter(&mut self, folder: Option<&str>) {
        let before = self.scope.folder.as_deref();
        self.scope.folder = match folder {
            Some(folder) if words::is_scratch(folder) => Some(protected::joined("", folder).into()),
            Some(folder) if !words::is_open(folder) => before.map(|before| protected::joined(before, folder).into()),
            _ => None,
        };
        self.scope.folder.take_if(|path| path.len() > LONGEST_VALUE);
    }

    /// Go on in another folder, and come back.
    pub(super) fn in_folder(&mut self, folder: &str, run: impl FnOnce(&mut Self)) {
        let before = self.scope.folder.clone();
        self.enter(Some(folder));
        run(self);
        self.scope.folder = before;
    }
}
