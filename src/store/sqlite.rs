//! The store in an SQLite file: write-ahead log, every commit on the disk before it is reported (but see [`Access::Jot`]), many
//! processes at once.
//!
//! A process may be killed at any moment, also while it makes the file: whoever comes next finds what was committed and
//! goes on from there. The write-ahead log needs a local disk; a folder that several machines mount is no place for it.

use super::rows::{self, Cell, Kind};
use super::{Access, Backend, Failure, PAGE, Query, Record, thin};
use crate::model::{Event, Moment, visible};
use anyhow::{Context, Result, bail, ensure};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSql, ToSqlOutput, Value};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior, params};
use std::fs::{DirBuilder, OpenOptions};
use std::path::Path;
use std::time::{Duration, Instant};

/// One step a version: `user_version` counts the steps that were taken. A step that was released never changes.
const MIGRATIONS: [&str; 2] = [
    "CREATE TABLE ci_guard_event (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, schema INTEGER NOT NULL, at INTEGER NOT NULL,
        kind TEXT NOT NULL, actor TEXT, repo TEXT, sha TEXT, branch TEXT, run_id TEXT, run_attempt INTEGER, workflow TEXT,
        job TEXT, step TEXT, url TEXT, artifacts TEXT, policy TEXT, verdict TEXT, codes TEXT NOT NULL, bucket TEXT,
        action TEXT, fine TEXT, coarse TEXT, signature TEXT, pack TEXT, result TEXT, extra TEXT NOT NULL
    ) STRICT;
    CREATE TABLE ci_guard_pack (
        digest TEXT NOT NULL PRIMARY KEY, at INTEGER NOT NULL, body TEXT NOT NULL, thinned INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE ci_guard_meta (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TRIGGER ci_guard_event_stays BEFORE DELETE ON ci_guard_event
        BEGIN SELECT RAISE(ABORT, 'events are never taken away'); END;
    CREATE TRIGGER ci_guard_event_is_final BEFORE UPDATE ON ci_guard_event
        BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;",
    "CREATE INDEX ci_guard_event_by_fine ON ci_guard_event (fine, at) WHERE fine IS NOT NULL;
    CREATE INDEX ci_guard_event_by_commit ON ci_guard_event (substr(sha, 1, 7), at) WHERE result IS NOT NULL;
    CREATE INDEX ci_guard_event_by_time ON ci_guard_event (at);
    CREATE INDEX ci_guard_pack_by_time ON ci_guard_pack (at) WHERE thinned = 0;",
];

/// "CIGD": tells a store from other people's databases.
const APPLICATION_ID: i64 = 0x4349_4744;

/// An open file.
pub(super) struct Sqlite {
    connection: Connection,
}

pub(super) fn open(path: &Path, access: Access, patience: Duration) -> Result<Option<Sqlite>> {
    match path.metadata() {
        Ok(data) if data.is_dir() => bail!("it is a folder; name a file in it"),
        Ok(data) if !data.is_file() => bail!("it is no regular file"),
        Ok(_) => {}
        Err(error) if access == Access::Read && error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(_) => make(path)?,
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(explain)?;
    let mut store = Sqlite { connection };
    store.prepare(access, patience).map_err(|error| match error.downcast::<rusqlite::Error>() {
        Ok(error) => explain(error),
        Err(error) => error,
    })?;
    Ok(Some(store))
}

/// An empty file that nobody else may read. The files that SQLite puts beside it get the same mode.
fn make(path: &Path) -> Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let shown = || format!("the folder {} cannot be made", visible(folder.as_os_str().as_encoded_bytes()));
        builder.create(folder).with_context(shown)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).context("the file cannot be made")?;
    Ok(())
}

/// What an error means for whoever has to do something about it.
fn explain(error: rusqlite::Error) -> anyhow::Error {
    let hint = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            "it is damaged, or no audit store at all; move it away, and the next event begins a new one"
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "another process has kept it locked for too long",
        Some(ErrorCode::ReadOnly) => "it may not be written to, neither the file nor its folder",
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            "it or a file beside it (-wal, -shm) cannot be opened; its folder must be writable, too"
        }
        Some(ErrorCode::DiskFull) => "the disk is full",
        _ => return anyhow::Error::new(error),
    };
    anyhow::Error::new(error).context(hint)
}

impl Sqlite {
    fn prepare(&mut self, access: Access, patience: Duration) -> Result<()> {
        self.connection.busy_timeout(patience)?;
        self.connection.pragma_update(None, "trusted_schema", false)?;
        // All of it at one moment: somebody else may be making the tables.
        self.connection.execute_batch("BEGIN")?;
        let known = self.is_new_or_ours();
        self.connection.execute_batch("END")?;
        known?;
        self.write_ahead(patience)?;
        match access {
            Access::Jot => self.wait_for_no_disk()?,
            Access::Read | Access::Write => self.connection.pragma_update(None, "synchronous", "FULL")?,
        }
        self.migrate(&MIGRATIONS)
    }

    /// An error where the file holds what is none of ours.
    fn is_new_or_ours(&self) -> Result<()> {
        if self.version()? == 0 {
            let tables = "SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'";
            let strange: i64 = self.connection.query_row(tables, [], |row| row.get(0))?;
            ensure!(strange == 0, "it is an SQLite database of something else");
        }
        Ok(())
    }

    /// Have neither a commit nor the end wait for the disk: what waits is to bring the log into the file, and that is done now,
    /// where the log has become long.
    fn wait_for_no_disk(&self) -> Result<()> {
        // About thirty commits. Whoever opens the file reads all of its log.
        const LONG: u64 = 1 << 20;
        self.connection.pragma_update(None, "synchronous", "NORMAL")?;
        self.connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        self.connection.pragma_update(None, "journal_size_limit", 0)?;
        self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        let log = self.connection.path().map(|path| format!("{path}-wal"));
        if log.and_then(|log| std::fs::metadata(log).ok()).is_some_and(|log| log.len() > LONG) {
            // A log that stays long is slow to read, and no worse.
            let _ = self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        }
        Ok(())
    }

    /// Switch to the write-ahead log. SQLite does not wait by itself where two do so at the same moment.
    fn write_ahead(&self, patience: Duration) -> Result<()> {
        let start = Instant::now();
        loop {
            let switched = self.connection.pragma_update(None, "journal_mode", "WAL");
            match switched.as_ref().map_err(rusqlite::Error::sqlite_error_code) {
                Err(Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)) if start.elapsed() < patience => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                _ => return Ok(switched?),
            }
        }
    }

    fn version(&self) -> Result<usize> {
        // In one statement: between two, somebody else may have made the tables.
        let both = "SELECT application_id, user_version FROM pragma_application_id, pragma_user_version";
        let (id, version): (i64, i64) = self.connection.query_row(both, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        ensure!(id == APPLICATION_ID || (id == 0 && version == 0), "it is an SQLite database of something else");
        let known = MIGRATIONS.len();
        match usize::try_from(version) {
            Ok(version) if version <= known => Ok(version),
            _ => bail!(
                "a later ci-guard wrote it: its schema has version {version}, and this ci-guard knows {known}; update ci-guard"
            ),
        }
    }

    /// Take the steps that are missing, all of them or none.
    fn migrate(&mut self, steps: &[&str]) -> Result<()> {
        if self.version()? >= steps.len() {
            return Ok(());
        }
        // Another process may have been faster: what counts is the version inside of the transaction.
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let taken = self.version().and_then(|version| {
            for step in &steps[version.min(steps.len())..] {
                self.connection.execute_batch(step)?;
            }
            self.connection.pragma_update(None, "application_id", APPLICATION_ID)?;
            self.connection.pragma_update(None, "user_version", steps.len() as i64)?;
            Ok(self.connection.execute_batch("COMMIT")?)
        });
        if taken.is_err() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        taken
    }

    fn select(&mut self, condition: &str, values: impl rusqlite::Params) -> Result<Vec<(i64, Option<Event>)>> {
        let sql = format!("SELECT seq, {} FROM ci_guard_event WHERE {condition}", rows::names());
        let mut statement = self.connection.prepare(&sql).map_err(explain)?;
        let read = |row: &rusqlite::Row<'_>| -> rusqlite::Result<(i64, Option<Event>)> {
            let mut cells = Vec::with_capacity(rows::COLUMNS.len());
            for (column, (_, kind)) in rows::COLUMNS.iter().enumerate() {
                cells.push(match kind {
                    Kind::Text => Cell::Text(row.get(column + 1)?),
                    Kind::Number => Cell::Number(row.get(column + 1)?),
                });
            }
            Ok((row.get(0)?, rows::event(cells)))
        };
        let rows = statement.query_map(values, read).map_err(explain)?;
        rows.collect::<rusqlite::Result<_>>().map_err(explain)
    }
}

impl Backend for Sqlite {
    fn append(&mut self, records: &[Record]) -> Result<usize> {
        let write = |connection: &mut Connection| -> rusqlite::Result<usize> {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut new = 0;
            {
                let marks = vec!["?"; rows::COLUMNS.len()].join(", ");
                let sql = format!(
                    "INSERT INTO ci_guard_event ({}) VALUES ({marks}) ON CONFLICT (id) DO NOTHING",
                    rows::names()
                );
                let mut event = transaction.prepare(&sql)?;
                let mut pack = transaction
                    .prepare("INSERT INTO ci_guard_pack (digest, at, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")?;
                for record in records {
                    let added = event.execute(rusqlite::params_from_iter(rows::cells(&record.event)))?;
                    new += added;
                    if let (Some(digest), Some(body), 1) = (&record.event.pack, &record.pack, added) {
                        pack.execute(params![digest, record.event.at.0, body])?;
                    }
                }
            }
            transaction.commit()?;
            Ok(new)
        };
        write(&mut self.connection).map_err(explain)
    }

    fn page(&mut self, after: i64, query: &Query) -> Result<Vec<(i64, Option<Event>)>> {
        let condition = format!("seq > ?1 AND at >= ?2 AND (?3 IS NULL OR repo = ?3) ORDER BY seq LIMIT {PAGE}");
        let since = query.since.map_or(i64::MIN, |since| since.0);
        self.select(&condition, params![after, since, query.repo])
    }

    fn seen(&mut self, asked: &Failure) -> Result<Vec<Event>> {
        let condition = "repo IS ?2 AND at >= ?3 AND (fine = ?1 OR (result IS NOT NULL AND substr(sha, 1, 7) IN
            (SELECT substr(sha, 1, 7) FROM ci_guard_event WHERE fine = ?1 AND at >= ?3 AND repo IS ?2
            UNION SELECT substr(?4, 1, 7)))) ORDER BY at, seq";
        let rows = self.select(condition, params![asked.fine, asked.repo, asked.since.0, asked.sha])?;
        Ok(rows.into_iter().filter_map(|(_, event)| event).collect())
    }

    fn event(&mut self, id: &str) -> Result<Option<Event>> {
        Ok(self.select("id = ?1", params![id])?.into_iter().find_map(|(_, event)| event))
    }

    fn pack(&mut self, digest: &str) -> Result<Option<String>> {
        let sql = "SELECT body FROM ci_guard_pack WHERE digest = ?";
        self.connection.query_row(sql, [digest], |row| row.get(0)).optional().map_err(explain)
    }

    fn claim_thinning(&mut self, now: Moment, last: Moment) -> Result<bool> {
        let sql = "INSERT INTO ci_guard_meta (name, value) VALUES ('thinned', ?1)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE ci_guard_meta.value <= ?2";
        Ok(self.connection.execute(sql, params![now.0, last.0]).map_err(explain)? == 1)
    }

    fn thin(&mut self, before: Moment) -> Result<usize> {
        let write = |connection: &mut Connection| -> rusqlite::Result<usize> {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let old: Vec<(String, String)> = {
                let sql = format!("SELECT digest, body FROM ci_guard_pack WHERE thinned = 0 AND at < ? LIMIT {PAGE}");
                let mut statement = transaction.prepare(&sql)?;
                let rows = statement.query_map([before.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
                rows.collect::<rusqlite::Result<_>>()?
            };
            for (digest, body) in &old {
                let sql = "UPDATE ci_guard_pack SET body = ?2, thinned = 1 WHERE digest = ?1";
                transaction.execute(sql, params![digest, thin::thinned(body)])?;
            }
            transaction.commit()?;
            Ok(old.len())
        };
        write(&mut self.connection).map_err(explain)
    }
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Owned(match self {
            Cell::Text(text) => text.clone().map_or(Value::Null, Value::Text),
            Cell::Number(number) => number.map_or(Value::Null, Value::Integer),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EventKind, RunContext};

    const PATIENCE: Duration = Duration::from_secs(10);

    fn event(id: &str) -> Record {
        let run = RunContext { repo: Some("o/r".into()), sha: Some("abc".into()), ..RunContext::default() };
        Record { event: Event { id: id.into(), ..Event::new(EventKind::Check, Moment(1), run) }, pack: None }
    }

    fn reopened(path: &Path) -> Sqlite {
        open(path, Access::Write, PATIENCE).unwrap().unwrap()
    }

    #[test]
    fn a_file_of_every_earlier_version_is_brought_up_to_date() {
        let folder = tempfile::tempdir().unwrap();
        for version in 0..=MIGRATIONS.len() {
            let path = folder.path().join(format!("{version}.db"));
            make(&path).unwrap();
            let mut old = Sqlite { connection: Connection::open(&path).unwrap() };
            old.migrate(&MIGRATIONS[..version]).unwrap();
            if version > 0 {
                old.append(&[event("check:old")]).unwrap();
            }
            drop(old);
            let mut new = reopened(&path);
            assert_eq!(new.version().unwrap(), MIGRATIONS.len());
            assert_eq!(new.append(&[event("check:old"), event("check:new")]).unwrap(), if version > 0 { 1 } else { 2 });
            assert_eq!(new.page(i64::MIN, &Query::default()).unwrap().len(), 2);
        }
    }

    #[test]
    fn a_step_that_fails_leaves_the_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.db");
        let mut store = reopened(&path);
        let steps = [MIGRATIONS[0], MIGRATIONS[1], "CREATE TABLE a (b); CREATE TABLE a (b)"];
        assert!(store.migrate(&steps).is_err());
        assert_eq!(store.version().unwrap(), MIGRATIONS.len());
        assert_eq!(store.append(&[event("check:1")]).unwrap(), 1);
    }

    #[test]
    fn events_are_neither_changed_nor_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = reopened(&folder.path().join("audit.db"));
        store.append(&[event("check:1")]).unwrap();
        for sql in ["UPDATE ci_guard_event SET sha = 'x'", "DELETE FROM ci_guard_event"] {
            assert!(store.connection.execute(sql, []).unwrap_err().to_string().contains("events are never"), "{sql}");
        }
    }

    #[test]
    fn what_waits_for_no_disk_is_kept_and_its_log_stays_short() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.db");
        let mut longest = 0;
        for number in 0..200 {
            let mut store = open(&path, Access::Jot, PATIENCE).unwrap().unwrap();
            assert_eq!(store.append(&[event(&format!("retry:{number}"))]).unwrap(), 1);
            drop(store);
            longest = longest.max(std::fs::metadata(folder.path().join("audit.db-wal")).unwrap().len());
        }
        // Two hundred commits are several times as long.
        assert!(longest < 3 << 19, "{longest}");
        assert_eq!(reopened(&path).page(i64::MIN, &Query::default()).unwrap().len(), 200);
    }

    #[test]
    fn both_kinds_of_store_have_the_same_columns() {
        let folder = tempfile::tempdir().unwrap();
        let store = reopened(&folder.path().join("audit.db"));
        let mut statement = store.connection.prepare("SELECT name FROM pragma_table_info('ci_guard_event')").unwrap();
        let names: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let known: Vec<String> = rows::COLUMNS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(names[0], "seq");
        assert_eq!(names[1..], known);
    }
}
