//! The nouns of PowerShell's reader: what a text is made of. Nothing is read, resolved or judged here.

use std::rc::Rc;

/// A text, or what stands in a group or a block.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Script {
    pub statements: Vec<Statement>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Statement {
    /// `$NAME = …`; without a name where it is no plain variable.
    Assign { name: String, more: bool, value: Box<Statement> },
    /// Commands that feed one another.
    Pipeline(Vec<Stage>),
    /// What runs because it stands there: a condition, a body.
    Body(Script),
    /// `function NAME { … }`
    Function(String, Rc<Script>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stage {
    Command(Command),
    /// A value, and the text that it was read from.
    Value(Vec<Piece>, String),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Command {
    /// `&` or `.` stands before it.
    pub called: bool,
    pub words: Vec<Word>,
    /// Where redirections write; unsure where no blank stands before them.
    pub writes: Vec<(Word, bool)>,
}

/// One argument.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Word {
    pub pieces: Vec<Piece>,
    /// A comma stands before it: it belongs to the same list.
    pub more: bool,
    /// It begins with a quote: no parameter, whatever it says.
    pub quoted: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Text(String),
    /// `$name`, `$env:NAME`, without the sign, in small letters.
    Variable(String),
    /// `@name`
    Splat(String),
    /// `(…)`, `$(…)`, `@(…)`: runs, and gives a value.
    Group(Script),
    /// `{…}`: runs only if somebody runs it.
    Block(Rc<Script>),
    Comma,
    Unknown,
}
