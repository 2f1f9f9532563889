//! Where a store is: a path, `sqlite:` and a path, or a `postgres://` URL. What was typed may hold a password: it is
//! never shown, also not inside of an error.

use crate::model::visible;
use anyhow::{Result, bail, ensure};
use postgres::Config;
use postgres::config::Host;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where a store is.
#[derive(Clone, Debug)]
pub enum Location {
    /// An SQLite file.
    File(PathBuf),
    /// A PostgreSQL database.
    Server(Box<ServerUrl>),
}

/// The URL of a PostgreSQL database, taken apart. It may hold a password, which `Debug` does not show.
#[derive(Clone, Debug)]
pub struct ServerUrl {
    /// What the driver makes of it.
    pub(super) config: Config,
    /// Whether the connection is encrypted.
    pub(super) tls: Tls,
}

/// What the URL says about encryption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tls {
    /// None, as behind a socket or in a private network.
    Off,
    /// The server proves who it is by a certificate that the system trusts, or one of this file.
    Verified(Option<PathBuf>),
}

impl Location {
    /// Read what somebody set.
    ///
    /// # Errors
    /// It is none of the three forms; the message does not quote it.
    pub fn parse(typed: &str) -> Result<Location> {
        if typed.starts_with("postgres://") || typed.starts_with("postgresql://") {
            return server(typed).map(|url| Location::Server(Box::new(url)));
        }
        let path = match typed.strip_prefix("sqlite:") {
            // sqlite:///var/x, sqlite://x and sqlite:x are all in use.
            Some(rest) => rest.strip_prefix("//").unwrap_or(rest),
            None if typed.contains("://") => bail!("it is neither a path nor a sqlite: or postgres:// URL"),
            None if looks_like_a_login(typed) => bail!(
                "it looks like a login and not like a path; a PostgreSQL database is written postgres://USER:PASSWORD@HOST:PORT/NAME, and a file with such a name sqlite:PATH"
            ),
            None if typed.starts_with("file:") => bail!("a file is written as a path alone, without file:"),
            None => typed,
        };
        ensure!(!path.is_empty() && path != ":memory:", "it names no file");
        ensure!(!path.contains('\0'), "no path has a NUL byte");
        Ok(Location::File(Path::new(path).to_owned()))
    }
}

/// Whether a password may be in it, which would end up as the name of a folder that everybody can read.
fn looks_like_a_login(typed: &str) -> bool {
    let typed = typed.to_ascii_lowercase();
    typed.starts_with("postgres:")
        || typed.starts_with("postgresql:")
        || typed.contains("password=")
        || typed.rsplit_once('@').is_some_and(|(before, _)| before.contains(':'))
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::File(path) => f.write_str(&visible(path.as_os_str().as_encoded_bytes())),
            Location::Server(server) => server.fmt(f),
        }
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts = self.config.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => visible(name),
            #[cfg(unix)]
            Host::Unix(path) => visible(path.as_os_str().as_encoded_bytes()),
        });
        let hosts: Vec<String> = hosts.collect();
        let ports: Vec<String> = self.config.get_ports().iter().map(|port| format!(":{port}")).collect();
        let name = self.config.get_dbname().unwrap_or_default();
        write!(f, "postgres://{}{}/{}", hosts.join(","), ports.join(","), visible(name))
    }
}

/// Take `sslmode` and `sslrootcert` out, which are our own business, and leave the rest to the driver.
fn server(typed: &str) -> Result<ServerUrl> {
    let (before, query) = typed.split_once('?').unwrap_or((typed, ""));
    let (mut mode, mut roots, mut rest) = (None, None, Vec::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", value)) => mode = Some(value),
            Some(("sslrootcert", value)) => roots = Some(value),
            _ => rest.push(pair),
        }
    }
    let tls = match (mode, roots) {
        (None | Some("disable"), None) => Tls::Off,
        (None | Some("disable"), Some(_)) => bail!("it names an sslrootcert and no sslmode=verify-full to use it for"),
        // What does not know whom it talks to keeps nobody out: all of these ask for a certificate that holds.
        (Some("require" | "verify-ca" | "verify-full"), None | Some("system")) => Tls::Verified(None),
        (Some("require" | "verify-ca" | "verify-full"), Some(file)) => Tls::Verified(Some(decoded(file)?.into())),
        (Some(_), _) => bail!("its sslmode is none of disable, require, verify-ca, verify-full"),
    };
    let query = if rest.is_empty() { String::new() } else { format!("?{}", rest.join("&")) };
    // The driver's own words may quote a part of the password.
    let config = format!("{before}{query}").parse::<Config>();
    let Ok(config) = config else {
        bail!(
            "it is no PostgreSQL URL; special characters in a name or password are written %40 for @, %2F for /, and so on"
        )
    };
    ensure!(!config.get_hosts().is_empty(), "it names no host");
    // The driver ends a password at the first @. What follows would be shown as the host.
    let has_at = |host: &Host| matches!(host, Host::Tcp(name) if name.contains('@'));
    ensure!(!config.get_hosts().iter().any(has_at), "it has more than one @; in a name or password it is written %40");
    Ok(ServerUrl { config, tls })
}

fn decoded(text: &str) -> Result<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits =
                    [rest.next(), rest.next()].map(|digit| digit.and_then(|digit| (digit as char).to_digit(16)));
                let [Some(high), Some(low)] = digits else {
                    bail!("a % in its sslrootcert is not followed by two digits")
                };
                bytes.push((high * 16 + low) as u8);
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).map_err(|_| anyhow::anyhow!("its sslrootcert is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_forms_are_known() {
        for (typed, want) in [
            ("/var/audit.db", "/var/audit.db"),
            ("audit.db", "audit.db"),
            ("sqlite:audit.db", "audit.db"),
            ("sqlite:///var/audit.db", "/var/audit.db"),
            ("sqlite:/var/audit.db", "/var/audit.db"),
            ("sqlite:a:b@c.db", "a:b@c.db"),
            ("mail@host.db", "mail@host.db"),
            ("postgres://ci:secret@db.example.org:5433/audit", "postgres://db.example.org:5433/audit"),
            ("postgres://u:secret/secret@h/d", "postgres://h:5432/d"),
            ("postgresql://db/audit?sslmode=require", "postgres://db:5432/audit"),
            ("postgres://u@%2Fvar%2Frun%2Fpg/audit?password=secret@x", "postgres:///var/run/pg:5432/audit"),
        ] {
            assert_eq!(Location::parse(typed).unwrap().to_string(), want);
        }
        for typed in [
            "",
            "sqlite:",
            "sqlite::memory:",
            "mysql://root:secret@db/x",
            "postgres://u:secret@h/d?sslmode=maybe",
            "postgres://u@h/d?secret=1",
            "postgres://",
            "postgres://u:secret@secret@127.0.0.1:1/db",
            "postgres:u:secret@host/db",
            "PostgreSQL:secret",
            "ci:secret@host/db",
            "host=db user=ci password=secret",
            "file:audit.db",
        ] {
            let error = Location::parse(typed).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn what_the_url_asks_of_encryption() {
        let tls = |rest: &str| match Location::parse(&format!("postgres://h/d{rest}")) {
            Ok(Location::Server(server)) => Some(server.tls),
            _ => None,
        };
        assert_eq!(tls(""), Some(Tls::Off));
        assert_eq!(tls("?sslmode=disable&connect_timeout=3"), Some(Tls::Off));
        assert_eq!(tls("?sslmode=require"), Some(Tls::Verified(None)));
        assert_eq!(
            tls("?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem"),
            Some(Tls::Verified(Some("/etc/ca.pem".into())))
        );
        for wrong in ["?sslmode=prefer", "?sslrootcert=x", "?sslmode=", "?sslmode=require&sslrootcert=%2"] {
            assert_eq!(tls(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_password_is_shown_by_nothing() {
        let location = Location::parse("postgres://ci:hunter2@db/audit").unwrap();
        assert!(!format!("{location} {location:?}").contains("hunter2"));
    }
}
