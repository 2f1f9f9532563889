//! What hooks saw, noted in a file beside the store: a line an event, added in one write, without a lock and without waiting for the
//! disk. Whoever opens the store next brings it in. A note may be lost with the machine's power; it is never told twice, since
//! events have ids.

use super::rows::{self, Cell};
use super::{Record, Store};
use crate::model::Event;
use anyhow::Result;
use serde_json::Value;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// No journal grows larger: then somebody notes what nobody ever brings in.
const MOST: u64 = 8 << 20;

/// Note events: all of them, or none.
///
/// # Errors
/// It cannot be written, or nobody has brought the journal in for too long.
pub fn note(path: &Path, events: &[Event]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut lines = Vec::new();
    for event in events {
        let cells = rows::cells(event).map(|cell| match cell {
            Cell::Text(text) => text.map_or(Value::Null, Value::String),
            Cell::Number(number) => number.map_or(Value::Null, Value::from),
        });
        serde_json::to_writer(&mut lines, &cells[..])?;
        lines.push(b'\n');
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let data = file.metadata()?;
    if !data.is_file() || data.len() > MOST {
        return Err(io::Error::other("it is full, or no file"));
    }
    file.write_all(&lines)
}

/// Whether anything waits to be brought in.
pub fn is_waiting(path: &Path) -> bool {
    path.exists() || !taken(path).is_empty()
}

/// Bring everything that was noted into the store. What cannot be stored stays, for the next one who comes.
///
/// # Errors
/// The store takes nothing.
pub fn bring_in(path: &Path, store: &mut Store) -> Result<usize> {
    // Under another name, so that nobody adds to what is being read. Whoever died over it has left it under such a name.
    let own =
        path.with_extension(format!("{}-{}.taken", std::process::id(), path.metadata().map_or(0, |data| data.len())));
    let _ = fs::rename(path, own);
    let mut new = 0;
    for file in taken(path) {
        let Ok(records) = read(&file) else { continue };
        new += store.append(&records)?;
        let _ = fs::remove_file(file);
    }
    Ok(new)
}

/// Journals that somebody has taken, and not yet brought in.
fn taken(path: &Path) -> Vec<PathBuf> {
    let (Some(folder), Some(stem)) = (path.parent(), path.file_stem()) else { return Vec::new() };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let start = [stem.as_encoded_bytes(), b"."].concat();
    let is_ours = |file: &PathBuf| {
        let name = file.file_name().unwrap_or_default().as_encoded_bytes();
        name.starts_with(&start) && name.ends_with(b".taken")
    };
    entries.filter(is_ours).collect()
}

/// The events in a file. A line that cannot be read, or that only a later ci-guard knows, is passed over.
fn read(file: &Path) -> io::Result<Vec<Record>> {
    let mut text = String::new();
    File::open(file)?.take(2 * MOST).read_to_string(&mut text)?;
    let event = |line: &str| {
        let cells: Vec<Value> = serde_json::from_str(line).ok()?;
        let cells = cells.into_iter().map(|value| match value {
            Value::String(text) => Cell::Text(Some(text)),
            Value::Number(number) => Cell::Number(number.as_i64()),
            _ => Cell::Text(None),
        });
        rows::event(cells.collect()).map(|event| Record { event, pack: None })
    };
    Ok(text.lines().filter_map(event).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EventKind, Moment, RunContext};
    use crate::store::{Access, Location, Query};
    use std::ops::ControlFlow;
    use std::time::Duration;

    fn event(id: &str) -> Event {
        let run = RunContext { repo: Some("o/r".into()), sha: Some("abc".into()), ..RunContext::default() };
        Event { id: id.into(), verdict: Some("allow\n".into()), ..Event::new(EventKind::Check, Moment(5), run) }
    }

    fn all(store: &mut Store) -> Vec<Event> {
        let mut all = Vec::new();
        let mut each = |event| {
            all.push(event);
            ControlFlow::Continue(())
        };
        store.events(&Query::default(), &mut each).unwrap();
        all
    }

    #[test]
    fn what_was_noted_comes_in_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/audit.journal");
        let location = Location::File(folder.path().join("audit.db"));
        let mut store = Store::open(&location, Access::Write, Duration::from_secs(30)).unwrap().unwrap();
        assert!(!is_waiting(&path));
        assert_eq!(bring_in(&path, &mut store).unwrap(), 0, "no journal, no events");
        note(&path, &["a", "b"].map(event)).unwrap();
        // Somebody took it and died over it; a line was cut by that.
        std::fs::rename(&path, folder.path().join("deep/audit.1-2.taken")).unwrap();
        note(&path, &[event("b")]).unwrap();
        note(&path, &[event("c")]).unwrap();
        std::io::Write::write_all(&mut OpenOptions::new().append(true).open(&path).unwrap(), b"[1,\"x\n[]\n{}\n")
            .unwrap();
        assert!(is_waiting(&path));
        assert_eq!(bring_in(&path, &mut store).unwrap(), 3);
        assert!(!is_waiting(&path));
        let mut found = all(&mut store);
        found.sort_by(|one, other| one.id.cmp(&other.id));
        assert_eq!(found, ["a", "b", "c"].map(event));
    }

    #[test]
    fn a_journal_does_not_grow_for_ever_and_no_pipe_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.journal");
        std::fs::write(&path, vec![b'x'; MOST as usize + 1]).unwrap();
        assert!(note(&path, &[event("a")]).is_err());
        assert!(note(folder.path(), &[event("a")]).is_err());
    }
}
