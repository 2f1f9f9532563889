//! The store in a PostgreSQL database: the same tables, so that many machines share one history.
//!
//! The server's clock and settings are not relied upon: a commit waits for the disk also where the server is set to something
//! faster. No message holds the password, whatever the server or the driver quotes.

use super::location::{ServerUrl, Tls};
use super::rows::{self, Cell, Kind};
use super::{Access, Backend, Failure, PAGE, Query, Record, thin};
use crate::model::{Event, Moment, visible};
use anyhow::{Context, Result, anyhow, bail, ensure};
use postgres::config::SslMode;
use postgres::types::ToSql;
use postgres::{Client, GenericClient, NoTls};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres_rustls::MakeRustlsConnect;

/// One step a version, as in SQLite: `schema` in `ci_guard_meta` counts the steps that were taken.
const MIGRATIONS: [&str; 2] = [
    "CREATE TABLE ci_guard_event (
        seq BIGSERIAL PRIMARY KEY, id TEXT NOT NULL UNIQUE, schema BIGINT NOT NULL, at BIGINT NOT NULL,
        kind TEXT NOT NULL, actor TEXT, repo TEXT, sha TEXT, branch TEXT, run_id TEXT, run_attempt BIGINT, workflow TEXT,
        job TEXT, step TEXT, url TEXT, artifacts TEXT, policy TEXT, verdict TEXT, codes TEXT NOT NULL, bucket TEXT,
        action TEXT, fine TEXT, coarse TEXT, signature TEXT, pack TEXT, result TEXT, extra TEXT NOT NULL
    );
    CREATE TABLE ci_guard_pack (
        digest TEXT NOT NULL PRIMARY KEY, at BIGINT NOT NULL, body TEXT NOT NULL, thinned BIGINT NOT NULL DEFAULT 0
    );
    CREATE FUNCTION ci_guard_event_is_final() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'events are never changed or taken away'; END $$;
    CREATE TRIGGER ci_guard_event_is_final BEFORE UPDATE OR DELETE ON ci_guard_event
        FOR EACH ROW EXECUTE FUNCTION ci_guard_event_is_final();",
    "CREATE INDEX ci_guard_event_by_fine ON ci_guard_event (fine, at) WHERE fine IS NOT NULL;
    CREATE INDEX ci_guard_event_by_commit ON ci_guard_event (substr(sha, 1, 7), at) WHERE result IS NOT NULL;
    CREATE INDEX ci_guard_event_by_time ON ci_guard_event (at);
    CREATE INDEX ci_guard_pack_by_time ON ci_guard_pack (at) WHERE thinned = 0;",
];

/// What all ci-guards take while they change the tables: any number, as long as it is the same.
const LOCK: i64 = 0x4349_4744;

/// An open connection.
pub(super) struct Postgres {
    client: Client,
    secret: Secret,
}

/// What no message may hold.
#[derive(Clone)]
struct Secret(Option<String>);

impl Secret {
    /// An error's text and those of its causes, without the secret.
    fn hide(&self, error: &dyn Error) -> anyhow::Error {
        let (mut text, mut cause) = (error.to_string(), error.source());
        while let Some(next) = cause {
            let more = next.to_string();
            if !text.contains(&more) {
                text = format!("{text}: {more}");
            }
            cause = next.source();
        }
        let text = visible(match &self.0 {
            Some(secret) => text.replace(secret.as_str(), "***"),
            None => text,
        });
        if text.contains("no encryption") || text.contains("SSL off") {
            return anyhow!("{text}; the server wants TLS, which sslmode=verify-full in the URL asks for");
        }
        anyhow!("{text}")
    }
}

pub(super) fn open(url: &ServerUrl, access: Access, patience: Duration) -> Result<Option<Postgres>> {
    let mut config = url.config.clone();
    let password = config.get_password().map(|password| String::from_utf8_lossy(password).into_owned());
    let secret = Secret(password.filter(|password| !password.is_empty()));
    config.application_name("ci-guard");
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(patience.min(Duration::from_secs(5)));
    }
    config.tcp_user_timeout(patience);
    let client = match &url.tls {
        Tls::Off => config.ssl_mode(SslMode::Disable).connect(NoTls),
        Tls::Verified(roots) => config.ssl_mode(SslMode::Require).connect(encryption(roots.as_deref())?),
    };
    let client = client.map_err(|error| secret.hide(&error))?;
    let mut store = Postgres { client, secret };
    store.settings(patience).map_err(|error| store.secret.hide(&error))?;
    let known = MIGRATIONS.len();
    let version = version(&mut store.client).map_err(|error| store.secret.hide(&error))?;
    match (usize::try_from(version), access) {
        (Ok(0), Access::Read) => return Ok(None),
        (Ok(version), _) if version < known => store.migrate(&MIGRATIONS)?,
        (Ok(version), _) if version == known => {}
        _ => bail!(
            "a later ci-guard made its tables: their schema has version {version}, and this ci-guard knows {known}; update ci-guard"
        ),
    }
    Ok(Some(store))
}

/// TLS with a certificate that holds: one that the system trusts, or one of this file.
fn encryption(roots: Option<&Path>) -> Result<MakeRustlsConnect> {
    let Some(file) = roots else {
        let (connect, _) =
            MakeRustlsConnect::with_native_certs().map_err(|_| anyhow!("the system trusts no certificate"))?;
        return Ok(connect);
    };
    let shown = || format!("sslrootcert {}", visible(file.as_os_str().as_encoded_bytes()));
    let mut trusted = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| anyhow!("{error}")).with_context(shown)? {
        let certificate = certificate.map_err(|error| anyhow!("{error}")).with_context(shown)?;
        trusted.add(certificate).with_context(shown)?;
    }
    ensure!(!trusted.is_empty(), "{} holds no certificate", shown());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(MakeRustlsConnect::new(config.with_root_certificates(trusted).with_no_client_auth()))
}

/// How many steps were taken; 0 where there are no tables. Asked of the catalogue itself: a name that is only looked up may
/// come from a cache, which does not know yet what another connection has just made.
fn version(client: &mut impl GenericClient) -> Result<i64, postgres::Error> {
    let tables = "SELECT EXISTS (SELECT FROM pg_class WHERE relname = 'ci_guard_meta' AND pg_table_is_visible(oid))";
    let tables = client.query_one(tables, &[])?;
    if !tables.get::<_, bool>(0) {
        return Ok(0);
    }
    let row = client.query_opt("SELECT value FROM ci_guard_meta WHERE name = 'schema'", &[])?;
    Ok(row.map_or(0, |row| row.get(0)))
}

impl Postgres {
    fn settings(&mut self, patience: Duration) -> Result<(), postgres::Error> {
        let patience = patience.as_millis();
        self.client.batch_execute(&format!(
            "SET synchronous_commit = on; SET lock_timeout = {patience}; SET statement_timeout = {patience}; SET client_min_messages = error"
        ))
    }

    fn migrate(&mut self, steps: &[&str]) -> Result<()> {
        let take = |client: &mut Client| -> Result<(), postgres::Error> {
            let mut transaction = client.transaction()?;
            transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK])?;
            // Another machine may have been faster: what counts is the version behind the lock.
            let taken = version(&mut transaction)?.try_into().unwrap_or(usize::MAX);
            if taken < steps.len() {
                transaction.batch_execute(
                    "CREATE TABLE IF NOT EXISTS ci_guard_meta (name TEXT NOT NULL PRIMARY KEY, value BIGINT NOT NULL)",
                )?;
                for step in &steps[taken..] {
                    transaction.batch_execute(step)?;
                }
                transaction.execute(
                    "INSERT INTO ci_guard_meta (name, value) VALUES ('schema', $1)
                    ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                    &[&(steps.len() as i64)],
                )?;
            }
            transaction.commit()
        };
        let taken = take(&mut self.client);
        taken.map_err(|error| self.secret.hide(&error)).context("its tables cannot be made")
    }

    fn attempt<T>(&mut self, work: impl FnOnce(&mut Client) -> Result<T, postgres::Error>) -> Result<T> {
        work(&mut self.client).map_err(|error| self.secret.hide(&error))
    }

    fn select(&mut self, condition: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<(i64, Option<Event>)>> {
        let sql = format!("SELECT seq, {} FROM ci_guard_event WHERE {condition}", rows::names());
        let rows = self.attempt(|client| client.query(&sql, values))?;
        let read = |row: &postgres::Row| -> Result<(i64, Option<Event>), postgres::Error> {
            let mut cells = Vec::with_capacity(rows::COLUMNS.len());
            for (column, (_, kind)) in rows::COLUMNS.iter().enumerate() {
                cells.push(match kind {
                    Kind::Text => Cell::Text(row.try_get(column + 1)?),
                    Kind::Number => Cell::Number(row.try_get(column + 1)?),
                });
            }
            Ok((row.try_get(0)?, rows::event(cells)))
        };
        let rows: Result<Vec<_>, _> = rows.iter().map(read).collect();
        rows.map_err(|error| self.secret.hide(&error))
    }
}

impl Backend for Postgres {
    fn append(&mut self, records: &[Record]) -> Result<usize> {
        let marks: Vec<String> = (1..=rows::COLUMNS.len()).map(|place| format!("${place}")).collect();
        let event = format!(
            "INSERT INTO ci_guard_event ({}) VALUES ({}) ON CONFLICT (id) DO NOTHING",
            rows::names(),
            marks.join(", ")
        );
        let pack = "INSERT INTO ci_guard_pack (digest, at, body) VALUES ($1, $2, $3) ON CONFLICT (digest) DO NOTHING";
        self.attempt(|client| {
            let mut transaction = client.transaction()?;
            let event = transaction.prepare(&event)?;
            let mut new = 0;
            // In one order everywhere: two transactions with the same events would otherwise wait for each other.
            let mut ordered: Vec<&Record> = records.iter().collect();
            ordered.sort_by(|one, other| one.event.id.cmp(&other.event.id));
            for record in ordered {
                let cells = rows::cells(&record.event);
                let values: Vec<&(dyn ToSql + Sync)> = cells.iter().map(value).collect();
                let added = transaction.execute(&event, &values)?;
                new += usize::try_from(added).unwrap_or(0);
                if let (Some(digest), Some(body), 1) = (&record.event.pack, &record.pack, added) {
                    transaction.execute(pack, &[digest, &record.event.at.0, body])?;
                }
            }
            transaction.commit()?;
            Ok(new)
        })
    }

    fn page(&mut self, after: i64, query: &Query) -> Result<Vec<(i64, Option<Event>)>> {
        let condition =
            format!("seq > $1 AND at >= $2 AND ($3::text IS NULL OR repo = $3::text) ORDER BY seq LIMIT {PAGE}");
        let since = query.since.map_or(i64::MIN, |since| since.0);
        self.select(&condition, &[&after, &since, &query.repo])
    }

    fn seen(&mut self, asked: &Failure) -> Result<Vec<Event>> {
        let condition = "repo IS NOT DISTINCT FROM $2::text AND at >= $3 AND (fine = $1 OR
            (result IS NOT NULL AND substr(sha, 1, 7) IN (SELECT substr(sha, 1, 7) FROM ci_guard_event
            WHERE fine = $1 AND at >= $3 AND repo IS NOT DISTINCT FROM $2::text
            UNION SELECT substr($4::text, 1, 7)))) ORDER BY at, seq";
        let rows = self.select(condition, &[&asked.fine, &asked.repo, &asked.since.0, &asked.sha])?;
        Ok(rows.into_iter().filter_map(|(_, event)| event).collect())
    }

    fn event(&mut self, id: &str) -> Result<Option<Event>> {
        Ok(self.select("id = $1", &[&id])?.into_iter().find_map(|(_, event)| event))
    }

    fn pack(&mut self, digest: &str) -> Result<Option<String>> {
        let row =
            self.attempt(|client| client.query_opt("SELECT body FROM ci_guard_pack WHERE digest = $1", &[&digest]))?;
        Ok(row.map(|row| row.get(0)))
    }

    fn claim_thinning(&mut self, now: Moment, last: Moment) -> Result<bool> {
        let sql = "INSERT INTO ci_guard_meta (name, value) VALUES ('thinned', $1)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE ci_guard_meta.value <= $2";
        Ok(self.attempt(|client| client.execute(sql, &[&now.0, &last.0]))? == 1)
    }

    fn thin(&mut self, before: Moment) -> Result<usize> {
        let select = format!("SELECT digest, body FROM ci_guard_pack WHERE thinned = 0 AND at < $1 LIMIT {PAGE}");
        self.attempt(|client| {
            let mut transaction = client.transaction()?;
            let old = transaction.query(&select, &[&before.0])?;
            for row in &old {
                let (digest, body): (String, String) = (row.get(0), row.get(1));
                let sql = "UPDATE ci_guard_pack SET body = $2, thinned = 1 WHERE digest = $1";
                transaction.execute(sql, &[&digest, &thin::thinned(&body)])?;
            }
            transaction.commit()?;
            Ok(old.len())
        })
    }
}

fn value(cell: &Cell) -> &(dyn ToSql + Sync) {
    match cell {
        Cell::Text(text) => text,
        Cell::Number(number) => number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_holds_the_password() {
        let error = std::io::Error::other("login as u with hunter2 failed\x1b");
        assert_eq!(Secret(Some("hunter2".into())).hide(&error).to_string(), "login as u with *** failed\\x1b");
        let error = std::io::Error::other("no pg_hba.conf entry for host \"x\", no encryption");
        assert!(Secret(None).hide(&error).to_string().contains("sslmode=verify-full"));
    }

    #[test]
    fn a_certificate_that_cannot_be_read_is_named() {
        let Err(error) = encryption(Some(Path::new("/nowhere/ca.pem"))) else { panic!("no such file") };
        assert!(format!("{error:#}").starts_with("sslrootcert /nowhere/ca.pem: "), "{error:#}");
    }
}
