//! The JSON of an agent, read for the few fields that matter. Everything else is passed over without being kept, so that a file
//! of many megabytes costs nothing but the time to read past it.
//!
//! Tolerant on purpose: a byte order mark, bytes that are no UTF-8, half a surrogate pair (which JavaScript writes), fields of the
//! wrong type, fields twice (the last one counts, as in JavaScript) and anything after the object are no reason to give up.

use crate::agent::patch;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// The names of fields that somebody here asks for.
const WANTED: &[&str] = &[
    "agent",
    "args",
    "command",
    "cmd",
    "conversation_id",
    "cursor_version",
    "cwd",
    "dir_path",
    "file_path",
    "filePath",
    "generation_id",
    "hook_event_name",
    "hookEventName",
    "input",
    "notebook_path",
    "notebookPath",
    "patch",
    "patchText",
    "path",
    "paths",
    "new_path",
    "old_path",
    "session_id",
    "sessionID",
    "sessionId",
    "target_file",
    "timestamp",
    "tool",
    "toolArgs",
    "tool_input",
    "toolInput",
    "toolName",
    "tool_name",
    "tool_use_id",
    "transcript_path",
    "turn_id",
    "workdir",
    "working_directory",
    "workspace_roots",
];

/// How many members of a list are kept.
const LIST: usize = 4096;

/// The wanted fields of one object.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    /// Each name once.
    kept: Vec<(&'static str, Node)>,
    /// Where the object was expected, a text stood that is none: a tool's input may be a bare patch.
    bare: Option<String>,
}

#[derive(Clone, Debug)]
enum Node {
    Text(String),
    Object(Fields),
    List(Vec<Node>),
    /// A number, a truth value or nothing.
    Plain,
}

impl Fields {
    /// Read an object.
    pub(super) fn read(bytes: &[u8]) -> Result<Fields, String> {
        let text = String::from_utf8_lossy(bytes);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        if text.trim_ascii().is_empty() {
            return Err("the agent sent nothing".into());
        }
        match parse(text).or_else(|_| parse(&without_half_pairs(text))) {
            Ok(Node::Object(fields)) => Ok(fields),
            Ok(_) => Err("what the agent sent is no JSON object".into()),
            Err(error) => Err(format!("what the agent sent is not readable JSON: {error}")),
        }
    }

    /// The first of these fields that is a text.
    pub(super) fn text(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| match self.node(name) {
            Some(Node::Text(text)) => Some(text.as_str()),
            _ => None,
        })
    }

    /// Whether a field is there, of whatever type.
    pub(super) fn has(&self, name: &str) -> bool {
        self.node(name).is_some()
    }

    /// The folder that an agent has open, where it says which: the first, if there are several.
    pub(super) fn root(&self) -> Option<String> {
        let Some(Node::List(roots)) = self.node("workspace_roots") else { return None };
        match roots.first() {
            Some(Node::Text(root)) if !root.is_empty() => Some(root.clone()),
            _ => None,
        }
    }

    /// A list of words as one command line, each quoted for a POSIX shell.
    pub(super) fn words(&self, name: &str) -> Option<String> {
        let Some(Node::List(list)) = self.node(name) else { return None };
        let words = list.iter().map(|node| match node {
            Node::Text(word) => Some(format!("'{}'", word.replace('\'', r"'\''"))),
            _ => None,
        });
        words.collect::<Option<Vec<_>>>().map(|words| words.join(" "))
    }

    /// What the tool is given: an object, or a text that holds one.
    pub(super) fn input(&self) -> Cow<'_, Fields> {
        let found = ["tool_input", "toolInput", "toolArgs", "args"].iter().find_map(|name| self.node(name));
        match found {
            Some(Node::Object(fields)) => Cow::Borrowed(fields),
            Some(Node::Text(text)) => Cow::Owned(match Fields::read(text.as_bytes()) {
                Ok(fields) => fields,
                Err(_) => Fields { kept: vec![], bare: Some(text.clone()) },
            }),
            _ => Cow::Owned(Fields::default()),
        }
    }

    /// The files that a tool with this input changes.
    pub(super) fn paths(&self) -> Vec<String> {
        const NAMES: [&str; 9] = [
            "file_path",
            "filePath",
            "path",
            "notebook_path",
            "notebookPath",
            "target_file",
            "paths",
            "new_path",
            "old_path",
        ];
        let mut paths = Vec::new();
        for name in NAMES {
            match self.node(name) {
                Some(Node::Text(path)) => paths.push(path.clone()),
                Some(Node::List(list)) => paths.extend(list.iter().filter_map(|node| match node {
                    Node::Text(path) => Some(path.clone()),
                    _ => None,
                })),
                _ => {}
            }
        }
        let texts = ["patch", "patchText", "input", "command"].into_iter().filter_map(|name| self.text(&[name]));
        for text in texts.chain(self.bare.as_deref()) {
            paths.extend(patch::paths(text));
        }
        paths
    }

    fn node(&self, name: &str) -> Option<&Node> {
        self.kept.iter().find(|(kept, _)| *kept == name).map(|(_, node)| node)
    }
}

fn parse(text: &str) -> Result<Node, serde_json::Error> {
    Seed.deserialize(&mut serde_json::Deserializer::from_str(text))
}

/// The text with `\ud800` and the like, where the other half is missing, replaced by the sign for "unknown".
fn without_half_pairs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let unit = |text: &str| {
            let digits = text.strip_prefix("\\u")?.get(..4)?;
            u32::from_str_radix(digits, 16).ok()
        };
        let length = match (unit(rest), rest.get(6..).and_then(unit)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                out.push_str("\\ufffd");
                rest = &rest[6..];
                continue;
            }
            _ => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

/// Reads one value. serde_json itself ends at 128 levels.
struct Seed;

impl<'de> DeserializeSeed<'de> for Seed {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Plain)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Plain)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Plain)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Plain)
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Plain)
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut kept = Vec::new();
        while kept.len() < LIST {
            match list.next_element_seed(Seed)? {
                Some(node) => kept.push(node),
                None => return Ok(Node::List(kept)),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Node::List(kept))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut fields = Fields::default();
        while let Some(name) = map.next_key_seed(Name)? {
            let Some(name) = name else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let node = map.next_value_seed(Seed)?;
            match fields.kept.iter_mut().find(|(kept, _)| *kept == name) {
                Some(place) => place.1 = node,
                None => fields.kept.push((name, node)),
            }
        }
        Ok(Node::Object(fields))
    }
}

/// Reads a field's name, and whether anybody asks for it.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<&'static str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<&'static str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(WANTED.iter().find(|wanted| **wanted == name).copied())
    }
}
