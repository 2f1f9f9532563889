//! Codex's `config.toml`: our entry is a block of tables at the end of the file, which TOML allows wherever the same tables are
//! not written as a value. toml_edit says where things are; the text itself is only ever added to or cut, so every byte of the
//! rest stays. (Written out by toml_edit, a file would keep its comments, but not each of its line ends.)

use super::{PATIENCE, codex, entry};
use crate::agent::Agent;
use std::ops::Range;
use toml_edit::{Document, Item, TableLike};

/// The file with our entry.
pub(super) fn add(before: Option<&str>, program: &str) -> Result<String, String> {
    let command = entry::posix(program, Agent::Codex);
    let text = before.unwrap_or_default();
    let ours = ours(text)?;
    if !ours.is_empty() {
        let mut after = text.to_owned();
        for place in ours.into_iter().rev() {
            if place.command != command {
                after.replace_range(place.at, &literal(&command));
            }
        }
        return Ok(after);
    }
    let end = line_end(text);
    let lines = [
        "[[hooks.PreToolUse]]".to_owned(),
        format!("matcher = {}", literal(codex::TOOLS)),
        String::new(),
        "[[hooks.PreToolUse.hooks]]".to_owned(),
        "type = \"command\"".to_owned(),
        format!("command = {}", literal(&command)),
        format!("timeout = {PATIENCE}"),
    ];
    let block = lines.join(end);
    // A last line end that was missing stays missing: that is how the file is made as it was before.
    let after = match before {
        None => format!("{block}{end}"),
        Some("") => block,
        Some(text) if text.ends_with('\n') => format!("{text}{end}{block}{end}"),
        Some(text) => format!("{text}{end}{end}{block}"),
    };
    match self::ours(&after) {
        Ok(found) if found.len() == 1 => Ok(after),
        _ => {
            Err("its hooks are written as a value, to which no table can be added; write them as [[hooks.PreToolUse]]"
                .into())
        }
    }
}

/// What is left without our entry; nothing if there was nothing else.
pub(super) fn remove(before: &str) -> Result<Option<String>, String> {
    let end = line_end(before);
    let mut after = before.to_owned();
    for place in ours(before)?.into_iter().rev() {
        let block = block_around(&after, &place.at)?;
        let is_at_end = block.end == after.len();
        let ends = if is_at_end { 2 } else { 1 };
        let mut start = block.start;
        for _ in 0..ends {
            start -= if after[..start].ends_with(end) { end.len() } else { 0 };
        }
        let stop = if is_at_end { block.end } else { block.end + end.len() };
        if start == 0 && stop == after.len() && !is_at_end {
            return Ok(None);
        }
        after.replace_range(start..stop, "");
    }
    Ok(Some(after))
}

/// Whether our entry is in the file, be it changed by hand.
pub(super) fn has_ours(text: &str) -> Result<bool, String> {
    Ok(!ours(text)?.is_empty())
}

/// Whether the file has hooks of anybody.
pub(super) fn has_hooks(text: &str) -> bool {
    Document::parse(text)
        .is_ok_and(|document| document.get("hooks").and_then(Item::as_table_like).is_some_and(has_events))
}

/// Codex keeps there what its user trusts, which is no hook.
fn has_events(hooks: &dyn TableLike) -> bool {
    hooks.iter().any(|(name, _)| name != "state")
}

/// One of our commands.
struct Ours {
    command: String,
    /// Its text, quotes included.
    at: Range<usize>,
}

/// Our commands among the hooks before a tool is used, in the order of the text.
fn ours(text: &str) -> Result<Vec<Ours>, String> {
    let document = Document::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
        format!("it is no TOML: line {line}: {}", error.message())
    })?;
    let mut found = Vec::new();
    let events = document.get("hooks").and_then(Item::as_table_like);
    for group in events.and_then(|events| events.get("PreToolUse")).map(tables).unwrap_or_default() {
        for handler in group.get("hooks").map(tables).unwrap_or_default() {
            let Some(value) = handler.get("command") else { continue };
            if let (Some(command), Some(at)) = (value.as_str(), value.span())
                && entry::is_ours(command)
            {
                found.push(Ours { command: command.to_owned(), at });
            }
        }
    }
    found.sort_by_key(|ours| ours.at.start);
    Ok(found)
}

/// The tables of a list, however it is written.
fn tables(item: &Item) -> Vec<&dyn TableLike> {
    if let Some(tables) = item.as_array_of_tables() {
        return tables.iter().map(|table| table as &dyn TableLike).collect();
    }
    let values = item.as_array().into_iter().flatten();
    values.filter_map(|value| value.as_inline_table()).map(|table| table as &dyn TableLike).collect()
}

/// The block that [`add`] wrote around this command, without its last line end.
fn block_around(text: &str, command: &Range<usize>) -> Result<Range<usize>, String> {
    let number = text[..command.start].matches('\n').count() + 1;
    let changed = || {
        format!(
            "line {number} has our entry, but around it the file was changed by hand: remove its [[hooks.PreToolUse]] tables there"
        )
    };
    let line_start = |at: usize| text[..at].rfind('\n').map_or(0, |at| at + 1);
    let mut start = line_start(command.start);
    let above = ["type = ", "[[hooks.PreToolUse.hooks]]", "", "matcher = ", "[[hooks.PreToolUse]]"];
    for want in above {
        let line = start.checked_sub(1).map(|before| line_start(before)..before).ok_or_else(changed)?;
        let found = text[line.clone()].trim_end_matches('\r');
        let fits = if want.ends_with("= ") { found.starts_with(want) } else { found == want };
        if !fits {
            return Err(changed());
        }
        start = line.start;
    }
    let rest = &text[command.end..];
    let rest = rest.strip_prefix(line_end(text)).ok_or_else(changed)?;
    let last = rest.lines().next().filter(|line| line.starts_with("timeout = ")).ok_or_else(changed)?;
    let end = text.len() - rest.len() + last.len();
    Ok(start..end)
}

fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// A basic string. JSON's escapes are TOML's, but for the one of DEL, which JSON leaves raw.
fn literal(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}
