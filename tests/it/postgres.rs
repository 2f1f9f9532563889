//! A PostgreSQL server of our own: Debian's programs, a temporary folder, a password, a certificate. It goes away with its owner.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The password of the only user. No message may hold it.
pub(crate) const PASSWORD: &str = "correct-horse-battery";

/// A running server.
pub(crate) struct Server {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    /// Whether it has a certificate.
    pub(crate) tls: bool,
}

impl Server {
    /// Start one, or say why there is none.
    pub(crate) fn start() -> Result<Server, String> {
        let programs = programs().ok_or("PostgreSQL's initdb and pg_ctl are not installed")?;
        let made =
            as_user("mktemp").args(["-d", "/tmp/ci-guard-pg-XXXXXX"]).output().map_err(|error| error.to_string())?;
        let folder = PathBuf::from(String::from_utf8_lossy(&made.stdout).trim());
        if !folder.is_dir() {
            return Err(format!("no user to run PostgreSQL as: {}", String::from_utf8_lossy(&made.stderr).trim()));
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let port = port.map_err(|error| error.to_string())?.port();
        let mut server = Server { programs, folder, port, tls: false };
        server.certificate();
        server.run()?;
        Ok(server)
    }

    fn run(&self) -> Result<(), String> {
        let data = self.folder.join("data");
        let secret = self.folder.join("password");
        std::fs::write(&secret, PASSWORD).map_err(|error| error.to_string())?;
        let quiet = |command: &mut Command| -> Result<(), String> {
            let ended = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
            if ended.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&ended.stderr).into_owned()) }
        };
        quiet(
            as_user(self.programs.join("initdb"))
                .args(["-U", "ci", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "-N", "--pwfile"])
                .arg(&secret)
                .arg("-D")
                .arg(&data),
        )?;
        let mut options = format!("-k {} -p {} -c listen_addresses=127.0.0.1", self.folder.display(), self.port);
        if self.tls {
            let (certificate, key) = (self.folder.join("server.pem"), self.folder.join("server.key"));
            options +=
                &format!(" -c ssl=on -c ssl_cert_file={} -c ssl_key_file={}", certificate.display(), key.display());
        }
        // The server must not hold our pipes open.
        let mut start = as_user(self.programs.join("pg_ctl"));
        start.args(["-w", "-t", "60", "start", "-o", &options, "-D"]).arg(&data).arg("-l").arg(self.folder.join("log"));
        let status = start.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        match status {
            Ok(status) if status.success() => Ok(()),
            _ => Err(std::fs::read_to_string(self.folder.join("log")).unwrap_or_else(|_| "it does not start".into())),
        }
    }

    /// A certificate of its own for 127.0.0.1, where openssl is there to make one.
    fn certificate(&mut self) {
        let made = as_user("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=ci-guard test"])
            .args([
                "-addext",
                "subjectAltName=IP:127.0.0.1",
                "-addext",
                "basicConstraints=critical,CA:FALSE",
                "-keyout",
            ])
            .arg(self.folder.join("server.key"))
            .arg("-out")
            .arg(self.root_certificate())
            .output();
        self.tls = made.is_ok_and(|made| made.status.success());
    }

    /// What its clients have to trust.
    pub(crate) fn root_certificate(&self) -> PathBuf {
        self.folder.join("server.pem")
    }

    /// The URL of a database, through the socket; `name` is made where it is not `postgres`.
    pub(crate) fn database(&self, name: &str) -> String {
        let made = Command::new(self.programs.join("psql"))
            .env("PGPASSWORD", PASSWORD)
            .args(["-q", "-h"])
            .arg(&self.folder)
            .args([
                "-p",
                &self.port.to_string(),
                "-U",
                "ci",
                "-d",
                "postgres",
                "-c",
                &format!("CREATE DATABASE {name}"),
            ])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let socket = self.folder.to_str().unwrap().replace('/', "%2F");
        format!("postgres://ci:{PASSWORD}@{socket}:{}/{name}", self.port)
    }

    /// The URL of a database over TCP, with further parameters.
    pub(crate) fn over_tcp(&self, name: &str, password: &str, parameters: &str) -> String {
        format!("postgres://ci:{password}@127.0.0.1:{}/{name}{parameters}", self.port)
    }

    /// Run SQL as the owner.
    pub(crate) fn sql(&self, name: &str, sql: &str) -> String {
        let ended = Command::new(self.programs.join("psql"))
            .env("PGPASSWORD", PASSWORD)
            .args(["-q", "-A", "-t", "-h"])
            .arg(&self.folder)
            .args(["-p", &self.port.to_string(), "-U", "ci", "-d", name, "-c", sql])
            .output()
            .unwrap();
        format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr))
            .trim()
            .to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut stop = as_user(self.programs.join("pg_ctl"));
        stop.args(["-m", "immediate", "-w", "stop", "-D"]).arg(self.folder.join("data"));
        let _ = stop.stdin(Stdio::null()).output();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The newest server's programs: on the PATH, or where Debian has them.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).collect::<Vec<_>>();
    let mut debian: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    debian.sort();
    let has_all = |folder: &PathBuf| ["initdb", "pg_ctl", "psql"].iter().all(|name| folder.join(name).is_file());
    on_path.into_iter().chain(debian.into_iter().rev()).find(has_all)
}

/// A program, run as somebody who may run a server: root may not.
fn as_user(program: impl AsRef<Path>) -> Command {
    let mut command = match is_root() {
        true => {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program.as_ref());
            command
        }
        false => Command::new(program.as_ref()),
    };
    command.current_dir("/");
    command
}

/// Whether we may do everything.
pub(crate) fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|ended| ended.stdout.trim_ascii() == b"0")
}
