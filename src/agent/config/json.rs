//! JSON files, with comments and trailing commas where an agent takes them: our entries go in and out by cutting the text, so
//! every byte of the rest stays. jsonc-parser says where things are. (Its own editor lays out what it touches anew.)
//!
//! To take away exactly what was added, one thing must be known later: whether a list or object that holds nothing but us was
//! there before, empty. The blanks after its bracket say so ([`Mark`]). A formatter may lose them; then an empty list goes too.

use super::entry;
use jsonc_parser::ast::{self, ObjectProp, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};
use std::collections::BTreeSet;

/// More entries of ours than anybody has; each one costs a reading of the file.
const MOST: usize = 64;

/// What is added: JSON with its keys in order.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    Text(String),
    Number(u32),
    List(Vec<Entry>),
    Object(Vec<(&'static str, Entry)>),
}

impl From<&str> for Entry {
    fn from(text: &str) -> Entry {
        Entry::Text(text.to_owned())
    }
}

impl From<String> for Entry {
    fn from(text: String) -> Entry {
        Entry::Text(text)
    }
}

/// The file with these entries.
pub(super) fn add(
    before: Option<&str>,
    entries: &[(&'static str, Entry)],
    is_versioned: bool,
) -> Result<String, String> {
    let (mark, body) = split(before.unwrap_or_default());
    if body.trim_ascii().is_empty() {
        let style = Style::of(body);
        let events = entries.iter().map(|(event, entry)| (*event, Entry::List(vec![entry.clone()])));
        let mut all = vec![("hooks", Entry::Object(events.collect()))];
        all.extend(is_versioned.then_some(("version", Entry::Number(1))));
        let end = if before.is_none() { style.end } else { "" };
        return Ok(format!("{mark}{body}{}{end}", style.print(&Entry::Object(all), Some(""))));
    }
    let mut text = body.to_owned();
    let had_version = {
        let root = parse(&text)?;
        root.properties.iter().any(|property| ["version", "hooks"].contains(&property.name.as_str()))
    };
    for (event, entry) in entries {
        text = add_one(&text, event, entry)?;
    }
    if is_versioned && !had_version {
        let root = parse(&text)?;
        text = insert(&text, &Spot::of_object(&root), "\"version\": ", &Entry::Number(1));
    }
    parse(&text)?;
    Ok(format!("{mark}{text}"))
}

/// What is left without our entries; nothing if there was nothing else.
pub(super) fn remove(before: &str, is_versioned: bool) -> Result<Option<String>, String> {
    let (mark, body) = split(before);
    if body.trim_ascii().is_empty() {
        return Ok(Some(before.to_owned()));
    }
    let mut text = body.to_owned();
    for _ in 0..MOST {
        let root = parse(&text)?;
        let Some(chain) = last_of_ours(&root) else {
            return Ok(Some(format!("{mark}{text}")));
        };
        // What holds nothing but us goes with us.
        let level = chain.iter().rposition(|(spot, _)| !spot.is_ours_alone(&text));
        let top = &chain[0];
        let version = is_versioned && level.is_none_or(|level| level == 0) && is_our_version(&root, top.1 + 1);
        text = match level {
            _ if version => cut(&text, &top.0, top.1 + 1),
            Some(level) => cut(&text, &chain[level].0, chain[level].1),
            None => {
                let (head, tail) = (&text[..root.range.start], &text[root.range.end..]);
                let rest = format!("{head}{tail}");
                if !rest.trim_ascii().is_empty() {
                    return Ok(Some(format!("{mark}{head}{{}}{tail}"))); // somebody's comments
                }
                return Ok(None); // an empty file is no JSON
            }
        };
    }
    Err(format!("it has more than {MOST} entries of ci-guard"))
}

/// The byte order mark, and the text after it.
fn split(text: &str) -> (&str, &str) {
    text.split_at(if text.starts_with('\u{feff}') { 3 } else { 0 })
}

/// The object that the file is.
fn parse(text: &str) -> Result<ast::Object<'_>, String> {
    let collect = CollectOptions { comments: CommentCollectionStrategy::Off, tokens: false };
    let options = ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = parse_to_ast(text, &collect, &options).map_err(|error| format!("it is no JSON: {error}"))?;
    let Some(Value::Object(root)) = parsed.value else {
        return Err("it is no JSON object".into());
    };
    no_key_twice(&root, "at its top")?;
    if let Some(hooks) = property(&root, "hooks") {
        let Value::Object(hooks) = &hooks.value else {
            return Err("its \"hooks\" are no object".into());
        };
        no_key_twice(hooks, "in its \"hooks\"")?;
    }
    Ok(root)
}

fn no_key_twice(object: &ast::Object, place: &str) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    match object.properties.iter().find(|property| !seen.insert(property.name.as_str())) {
        Some(twice) => Err(format!(
            "it has the key {:?} twice {place}, and which one counts is the agent's secret: keep one of them",
            twice.name.as_str()
        )),
        None => Ok(()),
    }
}

fn property<'a, 'b>(object: &'b ast::Object<'a>, name: &str) -> Option<&'b ObjectProp<'a>> {
    object.properties.iter().find(|property| property.name.as_str() == name)
}

fn add_one(text: &str, event: &'static str, entry: &Entry) -> Result<String, String> {
    let root = parse(text)?;
    let list = || Entry::List(vec![entry.clone()]);
    let Some(Value::Object(hooks)) = property(&root, "hooks").map(|hooks| &hooks.value) else {
        return Ok(insert(text, &Spot::of_object(&root), "\"hooks\": ", &Entry::Object(vec![(event, list())])));
    };
    let Some(there) = property(hooks, event) else {
        return Ok(insert(text, &Spot::of_object(hooks), &format!("\"{event}\": "), &list()));
    };
    let Value::Array(there) = &there.value else {
        return Err(format!("its hooks of {event:?} are no list"));
    };
    let ours: Vec<_> = there.elements.iter().flat_map(handlers).filter(|handler| is_ours(handler)).collect();
    if ours.is_empty() {
        return Ok(insert(text, &Spot::of_list(there), "", entry));
    }
    let mut text = text.to_owned();
    let mut changes: Vec<_> = ours.iter().flat_map(|handler| renewed(handler, entry)).collect();
    changes.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    for (range, command) in changes {
        text.replace_range(range.start..range.end, &quoted(&command));
    }
    Ok(text)
}

/// The names under which a handler has a command line.
const COMMANDS: [&str; 3] = ["command", "bash", "powershell"];

/// The commands of a handler of ours that are no longer right, and what they should be.
fn renewed(handler: &ast::Object, entry: &Entry) -> Vec<(jsonc_parser::common::Range, String)> {
    let mut changes = Vec::new();
    for name in COMMANDS {
        let there = property(handler, name).and_then(|there| there.value.as_string_lit());
        if let (Some(there), Some(new)) = (there, entry.command(name))
            && entry::is_ours(&there.value)
            && there.value != new
        {
            changes.push((there.range, new.to_owned()));
        }
    }
    changes
}

impl Entry {
    /// The command line of this name, here or in the handlers below.
    fn command(&self, name: &str) -> Option<&str> {
        match self {
            Entry::Object(fields) => fields.iter().find_map(|(key, value)| match value {
                Entry::Text(text) if *key == name => Some(text.as_str()),
                value => value.command(name),
            }),
            Entry::List(list) => list.iter().find_map(|value| value.command(name)),
            _ => None,
        }
    }
}

/// What an event's list holds, the flat way or in groups with a matcher.
fn handlers<'a, 'b>(element: &'b Value<'a>) -> Vec<&'b ast::Object<'a>> {
    let Value::Object(element) = element else { return vec![] };
    match property(element, "hooks").map(|hooks| &hooks.value) {
        Some(Value::Array(hooks)) => hooks.elements.iter().filter_map(|handler| handler.as_object()).collect(),
        _ => vec![element],
    }
}

/// Whether all that a handler runs is us: one with another command for another shell is somebody's own.
fn is_ours(handler: &ast::Object) -> bool {
    let mut commands = COMMANDS.iter().filter_map(|name| property(handler, name)).peekable();
    let ours = |command: &ObjectProp| command.value.as_string_lit().is_some_and(|text| entry::is_ours(&text.value));
    commands.peek().is_some() && commands.all(ours)
}

/// The way from the file's object to the last entry of ours: a container and which of its items, level by level.
fn last_of_ours(root: &ast::Object) -> Option<Vec<(Spot, usize)>> {
    let at = root.properties.iter().position(|property| property.name.as_str() == "hooks")?;
    let Value::Object(hooks) = &root.properties[at].value else { return None };
    for (event_at, event) in hooks.properties.iter().enumerate().rev() {
        let Value::Array(list) = &event.value else { continue };
        for (element_at, element) in list.elements.iter().enumerate().rev() {
            let handlers = handlers(element);
            let Some(handler_at) = handlers.iter().rposition(|handler| is_ours(handler)) else { continue };
            let mut chain = vec![
                (Spot::of_object(root), at),
                (Spot::of_object(hooks), event_at),
                (Spot::of_list(list), element_at),
            ];
            // A group goes with its only handler; one that other handlers are in stays.
            let group = element.as_object().and_then(|group| property(group, "hooks")?.value.as_array());
            if let Some(group) = group.filter(|group| group.elements.len() > 1) {
                let own = handlers[handler_at].range;
                let handler_at = group.elements.iter().position(|element| element.range() == own)?;
                chain.push((Spot::of_list(group), handler_at));
            }
            return Some(chain);
        }
    }
    None
}

/// Whether the property there is the version that we wrote behind the hooks.
fn is_our_version(root: &ast::Object, at: usize) -> bool {
    let version = root.properties.get(at).filter(|_| at + 1 == root.properties.len());
    version.is_some_and(|version| {
        version.name.as_str() == "version" && version.value.as_number_lit().is_some_and(|number| number.value == "1")
    })
}

/// A list or object in the text.
struct Spot {
    /// Behind its opening bracket.
    open: usize,
    /// Its closing bracket.
    close: usize,
    /// Its members.
    items: Vec<(usize, usize)>,
}

impl Spot {
    fn of_object(object: &ast::Object) -> Spot {
        let items = object.properties.iter().map(|property| (property.range.start, property.range.end)).collect();
        Spot { open: object.range.start + 1, close: object.range.end - 1, items }
    }

    fn of_list(list: &ast::Array) -> Spot {
        let items = list.elements.iter().map(|element| (element.start(), element.end())).collect();
        Spot { open: list.range.start + 1, close: list.range.end - 1, items }
    }

    /// Whether it holds one member, no comment, and was made for it.
    fn is_ours_alone(&self, text: &str) -> bool {
        let &[(start, end)] = &self.items[..] else { return false };
        let blank = |text: &str| text.chars().all(|c| c.is_ascii_whitespace() || c == ',');
        blank(&text[self.open..start]) && blank(&text[end..self.close]) && Mark::read(&text[self.open..start]).is_none()
    }
}

/// What the blanks between an opening bracket and our entry say of a container that was empty before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// One blank, then a line end: it had no line end inside.
    Narrow,
    /// Two blanks, then a line end: it had one, and needed none of ours.
    Wide,
    /// One blank, then our entry.
    Compact,
}

impl Mark {
    fn read(gap: &str) -> Option<Mark> {
        let starts = |blanks: &str| gap.strip_prefix(blanks).is_some_and(|rest| rest.starts_with(['\n', '\r']));
        match gap {
            " " => Some(Mark::Compact),
            _ if starts(" ") => Some(Mark::Narrow),
            _ if starts("  ") => Some(Mark::Wide),
            _ => None,
        }
    }

    fn blanks(self) -> &'static str {
        if self == Mark::Wide { "  " } else { " " }
    }
}

/// The text with one member more at the end of a container, laid out as its neighbours are.
fn insert(text: &str, spot: &Spot, key: &str, value: &Entry) -> String {
    let style = Style::of(text);
    let base = indent_at(text, spot.open);
    let inner = format!("{base}{}", style.unit);
    let Some(&(last_start, last_end)) = spot.items.last() else {
        let inside = &text[spot.open..spot.close];
        let mark = match (style.is_one_line, inside.contains('\n')) {
            (true, _) => Mark::Compact,
            (_, false) => Mark::Narrow,
            (_, true) => Mark::Wide,
        };
        let entry = match mark {
            Mark::Compact => format!("{key}{}", style.print(value, None)),
            _ => format!("{}{inner}{key}{}", style.end, style.print(value, Some(&inner))),
        };
        let after = if mark == Mark::Narrow { format!("{}{base}", style.end) } else { String::new() };
        return [&text[..spot.open], mark.blanks(), &entry, &after, &text[spot.open..]].concat();
    };
    let tail = Tail::read(text, last_end, spot.close);
    let (comma, trailing) = if tail.comma.is_some() { ("", ",") } else { (",", "") };
    let entry = if text[tail.end..spot.close].contains('\n') {
        let line = line_start(text, last_start);
        let stands_alone = text[line..last_start].bytes().all(|byte| matches!(byte, b' ' | b'\t'));
        let inner = if stands_alone { &text[line..last_start] } else { &inner };
        format!("{}{inner}{key}{}", style.end, style.print(value, Some(inner)))
    } else {
        format!(" {key}{}", style.print(value, None))
    };
    [&text[..last_end], comma, &text[last_end..tail.end], &entry, trailing, &text[tail.end..]].concat()
}

/// The text without one member of a container: what [`insert`] did, undone.
fn cut(text: &str, spot: &Spot, at: usize) -> String {
    let (start, end) = spot.items[at];
    let is_last = at + 1 == spot.items.len();
    let before = Tail::read(text, if at == 0 { spot.open } else { spot.items[at - 1].1 }, start);
    let after = Tail::read(text, end, if is_last { spot.close } else { spot.items[at + 1].0 });
    let stop = after.comma.map_or(end, |comma| comma + 1);
    if spot.items.len() == 1 && before.end == spot.open {
        let rest = &text[stop..];
        let rest = match Mark::read(&text[spot.open..start]) {
            Some(Mark::Narrow) => {
                let added = format!("{}{}", Style::of(text).end, indent_at(text, spot.open));
                rest.strip_prefix(added.as_str()).unwrap_or(rest)
            }
            _ => rest,
        };
        return [&text[..spot.open], rest].concat();
    }
    match (is_last, after.comma, before.comma) {
        (true, None, Some(comma)) => [&text[..comma], &text[comma + 1..before.end], &text[end..]].concat(),
        (false, ..) if !text[before.end..start].contains('\n') => {
            [&text[..start], text[stop..].trim_start_matches([' ', '\t'])].concat()
        }
        _ => [&text[..before.end], &text[stop..]].concat(),
    }
}

/// What stands between a member and the next one, or the closing bracket.
struct Tail {
    comma: Option<usize>,
    /// The end of the last comma or comment; where it began, if there is neither.
    end: usize,
}

impl Tail {
    fn read(text: &str, from: usize, to: usize) -> Tail {
        let mut tail = Tail { comma: None, end: from };
        let mut at = from;
        while at < to {
            let rest = &text[at..to];
            if rest.starts_with("//") {
                let line = rest.split('\n').next().unwrap_or(rest);
                at += line.trim_end_matches('\r').len();
            } else if rest.starts_with("/*") {
                at += rest.find("*/").map_or(rest.len(), |end| end + 2);
            } else if rest.starts_with(',') {
                tail.comma = Some(at);
                at += 1;
            } else {
                at += rest.chars().next().map_or(1, char::len_utf8);
                continue;
            }
            tail.end = at;
        }
        tail
    }
}

/// How the file is laid out.
struct Style {
    /// Its line end.
    end: &'static str,
    /// One level of indentation.
    unit: String,
    /// Whether all of it stands on one line.
    is_one_line: bool,
}

impl Style {
    fn of(text: &str) -> Style {
        let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let is_indent = |c: char| c == ' ' || c == '\t';
        let indents = text.lines().filter(|line| line.trim_start_matches(is_indent).starts_with('"'));
        let unit = indents.map(|line| &line[..line.len() - line.trim_start_matches(is_indent).len()]).next();
        let unit = unit.filter(|unit| !unit.is_empty()).unwrap_or("  ").to_owned();
        let body = text.trim_ascii();
        let is_one_line = !body.contains('\n') && body.contains('"');
        Style { end, unit, is_one_line }
    }

    /// An entry whose first line is indented this much already; on one line without that.
    fn print(&self, entry: &Entry, indent: Option<&str>) -> String {
        let (open, close, members): (_, _, Vec<(String, &Entry)>) = match entry {
            Entry::Text(text) => return quoted(text),
            Entry::Number(number) => return number.to_string(),
            Entry::List(list) => ('[', ']', list.iter().map(|value| (String::new(), value)).collect()),
            Entry::Object(fields) => {
                ('{', '}', fields.iter().map(|(key, value)| (format!("\"{key}\": "), value)).collect())
            }
        };
        let inner = indent.map(|indent| format!("{indent}{}", self.unit));
        let members = members.iter().map(|(key, value)| {
            let lead = inner.as_ref().map(|inner| format!("{}{inner}", self.end)).unwrap_or_default();
            format!("{lead}{key}{}", self.print(value, inner.as_deref()))
        });
        let members = members.collect::<Vec<_>>().join(if indent.is_some() { "," } else { ", " });
        let last = indent.map(|indent| format!("{}{indent}", self.end)).unwrap_or_default();
        format!("{open}{members}{last}{close}")
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |at| at + 1)
}

/// The blanks at the start of the line of this place.
fn indent_at(text: &str, at: usize) -> &str {
    let line = &text[line_start(text, at)..at];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}
