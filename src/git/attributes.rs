//! The two attributes of a path that this guard knows, as the `.gitattributes` files of one tree give them.
//!
//! Only files of a tree count. What a user or a machine configures (`info/attributes`, `core.attributesFile`) is
//! left out on purpose: the same push must get the same verdict everywhere.

use super::objects::ObjectStore;
use crate::model::Oid;
use bstr::{BStr, BString, ByteSlice};
use gix_attributes::search::{MetadataCollection, Outcome};
use gix_attributes::{Search, StateRef};

/// How long conflict markers are in a file; git's own attribute.
pub const MARKER_SIZE: &str = "conflict-marker-size";

/// `ignore` where markers in a file are no finding; ours.
pub const MARKERS: &str = "ci-guard-markers";

/// An attribute file beyond this size is not read, as in git.
const MAX_SIZE: usize = 100 << 20;

/// What the attribute files of a tree say.
pub struct Attributes {
    search: Search,
    names: MetadataCollection,
    /// Whether any file mentions one of the two attributes at all.
    mentioned: bool,
    /// Whether any file mentions a marker size of one digit.
    short: bool,
}

impl Attributes {
    /// Read these attribute files, each with its folder (`""`, or ending in `/`).
    pub fn read(store: &ObjectStore, files: &[(BString, Oid)]) -> Attributes {
        let mut reader = store.reader();
        let mut contents: Vec<(&BString, Vec<u8>)> = Vec::new();
        for (folder, id) in files {
            if let Ok(Some(object)) = reader.find(id)
                && object.data.len() <= MAX_SIZE
            {
                contents.push((folder, object.data.to_owned()));
            }
        }
        Attributes::parse(contents)
    }

    fn parse(mut contents: Vec<(&BString, Vec<u8>)>) -> Attributes {
        let mut search = Search::default();
        let mut names = MetadataCollection::default();
        let mentions = |content: &[u8]| [MARKER_SIZE, MARKERS].iter().any(|name| content.contains_str(name));
        let mentioned = contents.iter().any(|(_, content)| mentions(content));
        let short_size = |content: &[u8]| {
            content.find_iter(MARKER_SIZE).any(|at| {
                // `+3` and `03` are 3 as well.
                let value = content[at + MARKER_SIZE.len()..].strip_prefix(b"=").unwrap_or_default();
                let value = value.trim_start_with(|c| c == '+' || c == '0');
                value.first().is_some_and(u8::is_ascii_digit) && !value.get(1).is_some_and(u8::is_ascii_digit)
            })
        };
        let short = contents.iter().any(|(_, content)| short_size(content));
        if mentioned {
            // Nearer files win, so they come last; macros are known to the top folder's file only.
            contents.sort_by_key(|(folder, _)| folder.len());
            for (folder, content) in contents {
                let content = without_traps(&content);
                let source = gix::path::from_bstr(folder.as_bstr()).unwrap_or_default().into_owned();
                let source = source.join(".gitattributes");
                let root = Some(std::path::Path::new(""));
                let _ = search.add_patterns_buffer(&content, source, root, &mut names, folder.is_empty());
            }
        }
        Attributes { search, names, mentioned, short }
    }

    /// Whether some file may have markers of fewer than the usual seven characters.
    pub fn may_shorten_markers(&self) -> bool {
        self.short
    }

    /// The value of an attribute for a file; `None` where it is unset, unspecified or set without a value.
    pub fn value(&self, attribute: &str, path: &BStr) -> Option<BString> {
        if !self.mentioned {
            return None;
        }
        let mut outcome = Outcome::default();
        outcome.initialize_with_selection(&self.names, [attribute]);
        self.search.pattern_matching_relative_path(path, gix_glob::pattern::Case::Sensitive, Some(false), &mut outcome);
        let found = outcome.iter_selected().next()?;
        match found.assignment.state {
            StateRef::Value(value) => Some(value.as_bstr().to_owned()),
            StateRef::Set | StateRef::Unset | StateRef::Unspecified => None,
        }
    }
}

/// The file without patterns that could take for ever: matching many stars is exponential work in git's own way of
/// matching, and whoever is judged has written the file. Nobody needs as many.
fn without_traps(content: &[u8]) -> Vec<u8> {
    const STARS: usize = 12;
    const LENGTH: usize = 2048; // git takes no notice of longer lines
    let pattern = |line: &[u8]| line.trim_start().split(|byte| byte.is_ascii_whitespace()).next().map(<[u8]>::to_vec);
    let harmless = |line: &&[u8]| {
        line.len() < LENGTH
            && pattern(line).is_none_or(|pattern| pattern.iter().filter(|&&byte| byte == b'*').count() <= STARS)
    };
    content.lines_with_terminator().filter(harmless).collect::<Vec<_>>().concat()
}
