//! Printers of what triage found, one file a format, and the artifact pack, which is also read back.

mod github;
mod human;
mod pack;

use crate::model::{NextStep, Pack};
use std::io::{self, Write};

pub use pack::{SCHEMA, read};

/// How packs are printed. docs/triage.md describes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people, and for agents that read like people.
    Human,
    /// The pack, schema `ci-guard/pack/v1`; of several logs, a list of packs.
    Json,
    /// One pack a line.
    Jsonl,
    /// GitHub workflow commands, shown as annotations.
    Github,
}

/// Print packs as `format`. Only `out` can fail.
pub fn write(packs: &[Pack], format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Human => human::write(packs, out),
        Format::Json => pack::json(packs, out),
        Format::Jsonl => packs.iter().try_for_each(|one| pack::line(one, out)),
        Format::Github => github::write(packs, out),
    }
}

/// The pack as a file of its own.
pub fn file(pack: &Pack) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    pack::json(std::slice::from_ref(pack), &mut bytes)?;
    Ok(bytes)
}

/// Print what to do about a pack that was read back.
pub fn next_step(next: &NextStep, json: bool, out: &mut dyn Write) -> io::Result<()> {
    if json { pack::next_step(next, out) } else { human::next_step(next, out) }
}
