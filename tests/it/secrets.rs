//! No secret that stands in a log, in its name or in what is said of the run comes out again, in any format.
//!
//! The secrets are made when the test runs: `{a36}` becomes 36 letters and digits. So no scanner takes this file for a leak, and
//! none of them is listed where the program could know it from.

use crate::support::Sandbox;

/// Lines as they stand in logs, one kind of secret each.
const LINES: &[&str] = &[
    "aws: AKIA{u16} is not authorized",
    "export AWS_SECRET_ACCESS_KEY={b40}",
    "aws_session_token = {b200}",
    "remote: Invalid token ghp_{a36}",
    "remote: Invalid token gho_{a36}",
    "remote: Invalid token ghu_{a36}",
    "Cloning https://x-access-token:ghs_{a36}@github.com/acme/shop",
    "refresh ghr_{a36}",
    "gh auth login with github_pat_{a22}_{a59}",
    "HTTP 401 for glpat-{a20}",
    "PRIVATE-TOKEN: glptt-{h40}",
    "runner glrt-{a20} is not registered",
    "CI_JOB_TOKEN=glcbt-64_{a20}",
    "slack: xoxb-{d12}-{d12}-{a24}",
    "curl: (22) https://hooks.slack.com/services/T{u8}/B{u8}/{a24}",
    "stripe: sk_live_{a24} has expired",
    "twilio SK{h32} says no",
    "sendgrid SG.{a22}.{a43}",
    "mailgun key-{h32}",
    "mailchimp {h32}-us7",
    "npm error code E401 npm_{a36}",
    "//registry.npmjs.org/:_authToken={h8}-{h4}-{h4}-{h4}-{h12}",
    "//npm.acme.example/:_auth={b32}",
    "twine upload failed for pypi-AgEIcHlwaS5vcmc{a80}",
    "gem push rubygems_{h48}",
    "cargo publish cio{a32}",
    "docker login: dckr_pat_{a27}",
    "$ docker login -u ci -p {a18} registry.acme.example",
    "hf_{l34} cannot read this model",
    "Incorrect API key provided: sk-proj-{a60}",
    "invalid x-api-key sk-ant-api03-{a90}",
    "API key not valid: AIza{a35}",
    "invalid_grant ya29.{a80}",
    "DefaultEndpointsProtocol=https;AccountName=shop;AccountKey={b86}==",
    "GET https://shop.blob.core.windows.net/a?sv=2022-11-02&sig={a43}%3D",
    "GET https://s3.example.org/a?X-Amz-Signature={h64}",
    "doctl: dop_v1_{h64}",
    "HEROKU_API_KEY={h8}-{h4}-{h4}-{h4}-{h12}",
    "CLOUDFLARE_API_TOKEN: {a40}",
    "FASTLY_API_TOKEN={a32}",
    "DD_API_KEY: \"{h32}\"",
    "NRAK-{u27}",
    "sentry-cli: sntryu_{h64}",
    "Sending to https://{h32}@o1.ingest.sentry.io/2",
    "PAGERDUTY_ROUTING_KEY={h32}",
    "shopify: shpat_{h32}",
    "square: sq0atp-{a22}",
    "https://api.telegram.org/bot{d10}:AA{a33}/send",
    "https://discord.com/api/webhooks/42/{a68}",
    "linear: lin_api_{a40}",
    "notion: ntn_{d11}{a35}",
    "figma: figd_{a40}",
    "newman: PMAK-{h24}-{h34}",
    "TF_TOKEN {a14}.atlasv1.{a67}",
    "vault: hvs.{a95}",
    "doppler: dp.pt.{a43}",
    "pulumi: pul-{h40}",
    "grafana: glsa_{a32}_{h8}",
    "buildkite: bkua_{h40}",
    "circleci: CCIPAT_{a22}_{h40}",
    "CODECOV_TOKEN={h8}-{h4}-{h4}-{h4}-{h12}",
    "jf: AKCp{a69}",
    "jira: ATATT3xFfGF0{a180}",
    "databricks: dapi{h32}",
    "SNYK_TOKEN={h8}-{h4}-{h4}-{h4}-{h12}",
    "sonar: squ_{h40}",
    "sops: AGE-SECRET-KEY-1{u58}",
    "jwt expired: eyJ{a33}.eyJ{a60}.{a43}",
    "> Authorization: Bearer {a40}",
    "> Authorization: Basic {b28}==",
    "< Set-Cookie: session={a32}; Path=/; HttpOnly",
    "postgres://app:{a16}@db.acme.example/shop",
    "redis://:{a16}@cache.acme.example:6379",
    "DB_PASSWORD={a12}",
    "password: {a12}",
    "{\"user\":\"ci\",\"password\":\"{a12}\"}",
    "\\\"client_secret\\\": \\\"{a32}\\\"",
    "Server=db;User Id=sa;Password={a12};",
    "deploy --user ci --password {a12} --now",
    "+ curl -sf -u deploy:{a12} https://repo.acme.example",
    "GET /v1/items?access_token={a40}&page=2",
    "machine git.acme.example login ci password {a14}",
    "db.acme.example:5432:shop:ci:{a14}",
    "    client-key-data: LS0tLS1CRUdJTiBSU0E{b120}",
    "    token: {a64}",
    "{\"auths\":{\"ghcr.io\":{\"auth\":\"{b32}==\"}}}",
    "SECRET_KEY_BASE={h128}",
    r"sent 'a\nghp_{a36}\nb'",
    "cannot read backup_ghp_{a36}.tgz",
    "NPM_TOKEN={l28}",
    "curl -H 'X-Api-Key: {l32}' https://acme.example",
    "HMAC_KEY={a28}",
    "SLACK_WEBHOOK={a28}",
    "CYPRESS_RECORD_KEY: {a28}",
    "run --secret-key {a24} --x",
    "run --credentials {a24} --x",
    "run --password '{l14}' --x",
    "run --api-key {a30}",
    "['docker', 'login', '-u', 'ci', '-p', '{a14}']",
    "exec \"--password\",\"{a14}\"",
    "['--token', '{a30}']",
    "<password>{a14}</password>",
    "<privateKey>{a40}</privateKey>",
    "<add key=\"ApiKey\" value=\"{a32}\" />",
    "+ echo {a14} | docker login --password-stdin -u ci",
    "docker login --password-stdin <<< {a14}",
    "npm config set //npm.acme.example/:_authToken {a36}",
    "cargo login {a35}",
    "twine upload -u __token__ -p {a40} dist/*",
    "dotnet nuget push x.nupkg -k {a46}",
    "gem push --key {a40}",
    "gh secret set X --body {a30}",
    "mongo -u root -p {a14} --host x",
    "htpasswd -b users ci {a12}",
    "openssl enc -aes-256-cbc -k {a16}",
    "openssl aes-256-cbc -K {h64} -iv 0",
    "ConvertTo-SecureString \"{a16}\" -AsPlainText",
    "::add-mask::{a30}",
    "ALTER USER app WITH PASSWORD '{a16}';",
    "CREATE USER app IDENTIFIED BY '{a16}';",
    "https://maps.acme.example/x?key={a32}",
    "body: user%3Da%26password%3D{a16}%26x",
    "password: Some(\"{a16}\")",
    r#"\\\"token\\\":\\\"{a24}\\\""#,
    "hash: $2b$12${a53}",
    "Authorization: Digest username=\"ci\", realm=\"x\", nonce=\"1\", response=\"{h32}\"",
    "resend re_{a8}_{a24}",
    "GCP eyJ0eXBlIjogInNlcnZpY2VfYWNjb3VudCIs{a200}",
    "\"private_key\": \"-----BEGIN PRIVATE KEY-----\\n{b64}\\n{b64}\\n-----END PRIVATE KEY-----\\n\"",
];

/// A line with its holes filled, and what went there. No two secrets are alike.
fn planted(line: &str, seed: usize) -> (String, Vec<String>) {
    let (mut text, mut secrets, mut rest) = (String::new(), Vec::new(), line);
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let hole = after.split_once('}').and_then(|(hole, rest)| Some((hole.get(..1)?, hole[1..].parse().ok()?, rest)));
        let Some((letter, count, after_hole)) = hole else {
            text.push('{');
            rest = after;
            continue;
        };
        let alphabet: &[u8] = match letter {
            "a" => b"k3Zt9QbX7mWv2LrN8cYh5JdPs4Fg6H",
            "h" => b"9f3c07be41d8a62e5",
            "d" => b"7391842650",
            "u" => b"Q7KZ3MWN5XTR2",
            "l" => b"kZtQbXmWvLrNcYhJdPsFgH",
            _ => b"k3Z/9QbX7m+v2LrN8cYh5",
        };
        let pick = |n: usize| alphabet[(n * 7 + n * n / 3 + seed * 5 + secrets.len() * 3) % alphabet.len()] as char;
        let secret: String = (0..count).map(pick).collect();
        text.push_str(&secret);
        secrets.push(secret);
        rest = after_hole;
    }
    text.push_str(rest);
    (text, secrets)
}

/// The pieces of secrets in a text. Short ones stand elsewhere by chance.
fn leaks<'a>(text: &str, secrets: &'a [String]) -> Vec<&'a String> {
    secrets.iter().filter(|secret| secret.len() >= 8 && text.contains(secret.as_str())).collect()
}

fn triage(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let mut command = sandbox.command(crate::support::BINARY);
    let output =
        command.arg("triage").arg("--no-record").args(arguments).current_dir(sandbox.path("")).output().unwrap();
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn no_secret_of_a_log_comes_out() {
    let sandbox = Sandbox::new();
    let mut all = Vec::new();
    let mut names = Vec::new();
    assert!(LINES.len() >= 60, "{}", LINES.len());
    for (index, line) in LINES.iter().enumerate() {
        let (line, secrets) = planted(line, index);
        // The secret stands in the line that is the failure, in what follows it, and far from it.
        let log = format!(
            "setup: {line}\nrunning\n\nerror: deploy failed: {line}\n  {line}\nError: Process completed with exit code 1.\n"
        );
        let name = format!("{index}.log");
        std::fs::write(sandbox.path(&name), log).unwrap();
        names.push(name);
        all.extend(secrets.into_iter().map(|secret| (LINES[index], secret)));
    }
    for format in ["human", "json", "jsonl", "github"] {
        let mut arguments = vec!["--format", format];
        arguments.extend(names.iter().map(String::as_str));
        let text = triage(&sandbox, &arguments);
        assert!(text.contains("[redacted:") && text.contains("deploy failed"), "{format}: {text}");
        let leaked = all.iter().filter(|(_, secret)| secret.len() >= 8 && text.contains(secret.as_str()));
        assert_eq!(leaked.collect::<Vec<_>>(), Vec::<&(&str, String)>::new(), "{format}");
    }
}

#[test]
fn no_secret_of_the_command_line_comes_out() {
    let sandbox = Sandbox::new();
    let (name, in_name) = planted("build-ghp_{a36}.log", 1);
    let (url, in_url) = planted("https://ci:{a20}@ci.acme.example/run/1?access_token={a40}", 2);
    std::fs::write(sandbox.path(&name), "error: deploy failed\nError: Process completed with exit code 1.\n").unwrap();
    for format in ["human", "json", "jsonl", "github"] {
        let text = triage(&sandbox, &["--format", format, "--url", &url, "--job", &url, "--step", &url, &name]);
        assert!(text.contains("deploy failed"), "{format}: {text}");
        assert_eq!(leaks(&text, &[in_name.clone(), in_url.clone()].concat()), Vec::<&String>::new(), "{format}");
    }
}

#[test]
fn a_key_over_many_lines_does_not_come_out() {
    let sandbox = Sandbox::new();
    let (mut log, mut secrets) = ("+ cat deploy.pem\n".to_owned(), Vec::new());
    for (at, line) in ["-----BEGIN RSA PRIVATE KEY-----"].iter().chain(&["{b64}"; 12]).chain(&["{b40}=="]).enumerate() {
        let (line, more) = planted(line, at);
        log.push_str(&format!("{line}\n"));
        secrets.extend(more);
    }
    log.push_str("-----END RSA PRIVATE KEY-----\nerror: deploy failed: bad passphrase\nError: Process completed with exit code 1.\n");
    std::fs::write(sandbox.path("a.log"), log).unwrap();
    for format in ["human", "json", "jsonl", "github"] {
        let text = triage(&sandbox, &["--format", format, "a.log"]);
        assert!(text.contains("deploy failed"), "{format}: {text}");
        assert_eq!(leaks(&text, &secrets), Vec::<&String>::new(), "{format}");
    }
}
