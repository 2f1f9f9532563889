//! Secrets that stand among the arguments of a command, in a statement or between the tags of a file of settings.
//!
//! What the value is called decides; only where the name is weak is the value looked at a second time.

use super::{Judge, Shape};

const fn row(
    kind: &'static str,
    needles: &'static [&'static str],
    pattern: &'static str,
    judge: Judge,
    example: &'static str,
    unlike: &'static [&'static str],
) -> Shape {
    Shape { kind, needles, pattern, judge, example, unlike }
}

/// In the order in which they name what they find.
pub(super) const TABLE: &[Shape] = &[
    row(
        "login-password",
        &[
            "docker", "podman", "helm", "oras", "skopeo", "crane", "buildah", "sshpass", "az login", "mysql", "lftp",
            "mariadb",
        ],
        r#"(?i)\b(?:(?:docker|podman|helm|oras|skopeo|crane|buildah|az)\b.*?\blogin\b.*?[\s"']-p(?:[= ]|["'],\s?)?|sshpass\s+-p\s?|(?:mysql|mariadb)(?:dump|admin)?\b.*?\s-p)["']?(?P<secret>[^\s"',]+)"#,
        Judge::Shape,
        "$ docker login -u ci -p {a16} registry.example.org",
        &["docker run -p 8080:80 app", "docker login -u ci --help", "mysql -u root -p"],
    ),
    row(
        "login-password",
        &["twine", "mongo"],
        r#"(?i)\b(?:twine\s+upload|mongo(?:sh|dump|restore|import|export)?\s)[^|;&]*?\s-p[= ]["']?(?P<secret>[^\s"'-][^\s"']+)"#,
        Judge::Shape,
        "twine upload -u __token__ -p {a40} dist/*",
        &["twine upload dist/*", "mongo -u root -p --host x"],
    ),
    row(
        "login-password",
        &["password-stdin"],
        r#"(?:\becho\s+(?:-n\s+)?["']?(?P<secret>[^\s"'|]+)["']?\s*\|.*--password-stdin|--password-stdin.*?<<<\s*["']?(?P<bare>[^\s"']+))"#,
        Judge::Shape,
        "+ echo {a14} | docker login --password-stdin -u ci",
        &["echo $TOKEN | docker login --password-stdin", "docker login --password-stdin < token.txt"],
    ),
    row(
        "login-password",
        &["htpasswd"],
        r#"\bhtpasswd\s+-\w*b\w*\s+(?:-\S+\s+)*\S+\s+\S+\s+["']?(?P<secret>[^\s"']+)"#,
        Judge::Shape,
        "+ htpasswd -b users ci {a12}",
        &["htpasswd -c users ci"],
    ),
    row(
        "publish-key",
        &["nuget", "gem push", "cargo login", "gh secret"],
        r#"\b(?:nuget\s+push\s.*?\s(?:-k|--api-key|-ApiKey)[= ]|gem\s+push\s.*?(?:--key|-k)[= ]|cargo\s+login\s+|gh\s+secret\s+set\s.*?(?:--body|-b)[= ])["']?(?P<secret>[^\s"'-][^\s"']{5,})"#,
        Judge::Password,
        "dotnet nuget push shop.nupkg -k {a46} -s main",
        &["cargo login --help", "gem push shop.gem", "cargo login failed to read"],
    ),
    row(
        "npm-token",
        &[":_authtoken", ":_auth", ":_password"],
        r#":_(?:authToken|auth|password)[\s=]+["']?(?P<secret>[^\s"'$]{8,})"#,
        Judge::Shape,
        "+ npm config set //registry.example.org/:_authToken {a36}",
        &["npm config set //registry.example.org/:_authToken $TOKEN"],
    ),
    row(
        "encryption-key",
        &["openssl"],
        r#"\bopenssl\s.*?\s(?:-k\s+["']?|-K\s+|-pass(?:in|out)?\s+["']?pass:)(?P<secret>[^\s"'-][^\s"']{3,})"#,
        Judge::Shape,
        "+ openssl enc -aes-256-cbc -k {a16} -in a",
        &["openssl enc -d -pass env:KEY", "openssl enc -k $KEY"],
    ),
    row(
        "password",
        &["convertto-securestring"],
        r#"(?i)ConvertTo-SecureString\s+(?:-String\s+)?(?:"(?P<q1>[^"$]+)"|'(?P<q2>[^']+)')"#,
        Judge::Shape,
        "ConvertTo-SecureString \"{a16}\" -AsPlainText",
        &["ConvertTo-SecureString \"$env:KEY\""],
    ),
    row(
        "masked-value",
        &["add-mask::", "set-output", "set-env", "save-state"],
        r"(?i)::(?:add-mask|(?:set-output|set-env|save-state) name=\w*(?:token|secret|passw|pwd|key)\w*)::(?P<secret>\S.*)",
        Judge::Shape,
        "::add-mask::{a30}",
        &["::add-mask::***", "::set-output name=version::1.2.3"],
    ),
    row(
        "password",
        &["password '", "identified by", "password \"", "password is ", "using password "],
        r#"(?i)\b(?:with\s+(?:encrypted\s+)?password\s+|user\s.{0,80}?\spassword\s+|identified\s+(?:with\s+\S+\s+)?by\s+(?:password\s+)?|password\s+is:?\s+|using\s+password\s+)(?:'(?P<q2>[^']+)'|"(?P<q1>[^"]+)"|(?P<bare>[^\s"',;]*[0-9][^\s"',;]*))"#,
        Judge::Password,
        "ALTER USER app WITH PASSWORD '{a16}';",
        &["the password is required", "using password: YES", "password 'is too short'"],
    ),
    row(
        "password",
        &["password", "passphrase", "privatekey", "secret", "token", "apikey", "secretkey"],
        r"(?i)<(?:\w+[.:-])?(?:\w*password|passphrase|\w*secret(?:key)?|privatekey|api-?key|accesskey|\w*token)>(?P<secret>[^<>\s{$]{4,})</",
        Judge::Shape,
        "  <password>{a14}</password>",
        &["<password>${env.PASSWORD}</password>", "<password></password>", "<password>***</password>"],
    ),
    row(
        "password",
        &["value="],
        r#"(?i)\b(?:key|name)=\\?["'][\w.:-]*(?:password|secret|api_?-?key|token|accesskey|privatekey)\\?["']\s+value=\\?["'](?P<secret>[^"'\\]{4,})"#,
        Judge::Shape,
        "<add key=\"ClearTextPassword\" value=\"{a14}\" />",
        &["<add key=\"PageSize\" value=\"abcdefgh1234\" />", "<input name=\"password\" value=\"\">"],
    ),
    row(
        "password",
        &["passw", "secret", "token", "api_key", "apikey", "api-key", "key"],
        r#"(?i)["']--?[a-z-]{0,24}(?:password|passwd|pwd|secret|token|(?:api|access|secret|private|signing|encryption|master)-?_?key)["'],\s{0,3}(?:"(?P<q1>[^"-][^"]{3,})"|'(?P<q2>[^'-][^']{3,})')"#,
        Judge::Shape,
        "exec: [\"deploy\", \"--password\",\"{a14}\"]",
        &["['--token', '--verbose']", "[\"--password\", \"$PASSWORD\"]"],
    ),
    row(
        "url-parameter",
        &["key=", "code=", "auth=", "phpsessid=", "%3d"],
        r#"(?i)(?:[?&](?:key|code|auth|phpsessid)=(?P<secret>[A-Za-z0-9_.~/+-]{20,})|(?:password|passwd|pwd|secret|token|api_?key)%3D(?P<bare>[A-Za-z0-9_.~+-]{4,}))"#,
        Judge::Random,
        "GET https://maps.example.org/x?key={a32} 403",
        &["https://ci.example.org/x?key=shop&page=2", "https://example.org/?code=not-found-in-the-catalogue"],
    ),
    row(
        "authorization",
        &["digest "],
        r#"(?i)digest\s+username=.*?\bresponse="(?P<secret>[0-9a-f]{32,})"#,
        Judge::Shape,
        "> Proxy: Digest username=\"ci\", realm=\"x\", nonce=\"1\", response=\"{h32}\"",
        &["digest response=\"none\""],
    ),
    row(
        "jdbc-password",
        &["jdbc:oracle"],
        r"jdbc:oracle:\w+:[^\s/@:]+/(?P<secret>[^\s/@]+)@",
        Judge::Shape,
        "jdbc:oracle:thin:shop/{a12}@//db:1521/X",
        &["jdbc:oracle:thin:@//db:1521/X"],
    ),
];
