//! A stand-in for GitHub's API, as the real `gh` wants it: HTTPS on this machine, with a certificate of its own. It keeps comments and what
//! code scanning is given, answers 404 to anything else, and speaks no more HTTP than `gh` does.

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

/// Who comments here.
const LOGIN: &str = "github-actions[bot]";

/// What it was asked: method and path, and the body.
pub(crate) type Asked = Vec<(String, Value)>;

#[derive(Default)]
struct State {
    asked: Asked,
    comments: Vec<Value>,
}

/// It is there as long as the test runs.
pub(crate) struct Forge {
    pub(crate) port: u16,
    /// What clients have to trust.
    pub(crate) certificate: PathBuf,
    state: Arc<Mutex<State>>,
}

impl Forge {
    /// Start one, with its certificate in this folder; or none, without openssl.
    pub(crate) fn start(folder: &Path) -> Option<Forge> {
        let [certificate, key] = ["forge.pem", "forge.key"].map(|name| folder.join(name));
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=forge"])
            .args([
                "-addext",
                "subjectAltName=DNS:localhost",
                "-addext",
                "basicConstraints=critical,CA:FALSE",
                "-keyout",
            ])
            .arg(&key)
            .arg("-out")
            .arg(&certificate)
            .output();
        if !made.is_ok_and(|made| made.status.success()) {
            eprintln!("skipped: no openssl to make a certificate with");
            return None;
        }
        let chain = vec![CertificateDer::from_pem_file(&certificate).unwrap()];
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, PrivateKeyDer::from_pem_file(&key).unwrap())
            .unwrap();
        let (config, state) = (Arc::new(config), Arc::new(Mutex::new(State::default())));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, state) = (Arc::clone(&config), Arc::clone(&shared));
                std::thread::spawn(move || serve(config, stream, &state));
            }
        });
        Some(Forge { port, certificate, state })
    }

    /// What it was asked since the last time.
    pub(crate) fn asked(&self) -> Asked {
        std::mem::take(&mut self.state.lock().unwrap().asked)
    }

    /// The comments that stand there.
    pub(crate) fn comments(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        state.comments.iter().map(|comment| comment["body"].as_str().unwrap().to_owned()).collect()
    }
}

/// One connection, request after request, until the other side has enough.
fn serve(config: Arc<ServerConfig>, stream: TcpStream, state: &Mutex<State>) -> Option<()> {
    let mut stream = BufReader::new(StreamOwned::new(ServerConnection::new(config).ok()?, stream));
    loop {
        let mut head = Vec::new();
        while head.last().is_none_or(|line: &String| !line.trim().is_empty()) {
            let mut line = String::new();
            (stream.read_line(&mut line).ok()? > 0).then_some(())?;
            head.push(line);
        }
        let length =
            head.iter().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        stream.read_exact(&mut body).ok()?;
        let mut words = head.first()?.split(' ');
        let (method, path) = (words.next()?, words.next()?.trim_start_matches("/api/v3"));
        let path = path.split('?').next()?.to_owned();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let (status, answer) = answer(&mut state.lock().unwrap(), method, &path, body);
        let answer = answer.to_string();
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            answer.len()
        );
        stream.get_mut().write_all(format!("{head}{answer}").as_bytes()).ok()?;
    }
}

fn answer(state: &mut State, method: &str, path: &str, body: Value) -> (u16, Value) {
    state.asked.push((format!("{method} {path}"), body.clone()));
    let own = |id: usize, body: &Value| json!({"id": id, "body": body["body"], "user": {"login": LOGIN}});
    match (method, path) {
        ("POST", "/api/graphql") => (200, json!({"data": {"viewer": {"login": LOGIN}}})),
        ("POST", "/repos/o/r/code-scanning/sarifs") => (202, json!({"id": "1", "url": "none"})),
        ("GET", "/repos/o/r/issues/7/comments") => (200, state.comments.clone().into()),
        ("POST", "/repos/o/r/issues/7/comments") => {
            state.comments.push(own(state.comments.len(), &body));
            (201, json!({}))
        }
        ("PATCH", _) => {
            let id = path.strip_prefix("/repos/o/r/issues/comments/").and_then(|id| id.parse::<usize>().ok());
            match id.filter(|id| *id < state.comments.len()) {
                Some(id) => {
                    state.comments[id] = own(id, &body);
                    (200, json!({}))
                }
                None => (404, json!({"message": "Not Found"})),
            }
        }
        _ => (404, json!({"message": "Not Found"})),
    }
}
