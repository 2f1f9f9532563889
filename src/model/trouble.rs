//! A fault as a person needs it: what is wrong, why that matters, and what to run next.

use std::fmt;

/// Something that could not be done. Everything in it is visible text (see [`super::visible`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What is wrong, and where.
    pub what: String,
    /// Why it matters, or what was left undone.
    pub why: String,
    /// Commands to run, in this order. May be empty.
    pub next: Vec<String>,
}

impl Trouble {
    /// A fault whose remedy is told with [`Trouble::run`].
    pub fn new(what: impl Into<String>, why: impl Into<String>) -> Trouble {
        Trouble { what: what.into(), why: why.into(), next: Vec::new() }
    }

    /// Name the next command.
    #[must_use]
    pub fn run(mut self, command: impl Into<String>) -> Trouble {
        self.next.push(command.into());
        self
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.why)
    }
}

impl std::error::Error for Trouble {}
