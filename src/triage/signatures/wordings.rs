//! Downloads, servers and credentials in the words of any tool: asked when no tool's own row knew the line.
//!
//! Rows of this family are symptoms: a test or a compiler that names a cause in the same step beats them, and they say what
//! could not be had from where, never the bare words timeout or token. A file that a server does not have is the business
//! of the tool's own rows.

use super::{Block, Kind, Rank, Signature};

/// The rows, in the order in which they are asked.
pub(super) const TABLE: &[Signature] = &[
    Signature {
        name: "credentials-missing",
        tool: "generic",
        kind: Kind::Config,
        rank: Rank::Symptom,
        needles: &["credentials", " token", "access key", "api key", "api_key", "license"],
        pattern: concat!(
            r"(?i)^(?:[\w.!]+(?: ?error| ?aborted!)?:? ){0,3}?(?:",
            r"(?:could ?not find|couldn't find|can ?not find|no|missing)(?: (?:the|valid|any|required))?(?: \w+){0,2} (?:credentials|(?:access|api|deploy|auth|personal access|codecov|github|gitlab|npm|\w+_)[ _]?(?:token|key)s?)\b(?: (?:found|configured|provided|set|given|available|specified|for\b.*|were .*))?\W*(?:please.*)?$|",
            r"(?:\w+ ){0,2}(?:credentials|access key|api key|api token|access token|github token|auth token|deploy key|license key) (?:are |is |were |was |has |have )?(?:not (?:configured|provided|found|set|supplied|valid)|missing|invalid|expired)|",
            r"invalid (?:api|access|license|deploy) (?:key|token)(?: provided| supplied|$)|",
            r"the (?:aws access key id|personal access token)\b.* (?:does not exist in our records|is invalid|has expired)|",
            r"you (?:need to|must|have to) (?:provide|set|configure|specify) (?:an? |your )?(?:\w+ ){0,2}(?:api key|access key|api token|access token|github token|credentials))"
        ),
        block: Block::Line,
        example: "Error: No AWS credentials found",
        unlike: &[
            "✓ says that no api key was found (3 ms)",
            "error: missing token `;` before `}`",
            "SyntaxError: Invalid token",
            "    it('fails when credentials are missing')",
        ],
    },
    Signature {
        name: "variable-unset",
        tool: "generic",
        kind: Kind::Config,
        rank: Rank::Symptom,
        needles: &["_KEY", "_TOKEN", "_SECRET", "_PASSWORD", "_USERNAME"],
        pattern: r"^(?:[\w.!-]+:? ){0,3}?(?:\$?(?<id>[A-Z][A-Z0-9_]*_(?:KEY|KEY_ID|TOKEN|SECRET|PASSWORD|USERNAME)) (?:(?:and|or) [A-Z0-9_]+ )?(?:is not set|are not set|must be set|must be provided|is required|is missing|is empty)|(?:[Nn]o|[Mm]issing) \$?[A-Z][A-Z0-9_]*_(?:KEY|KEY_ID|TOKEN|SECRET|PASSWORD)\b(?: (?:set|found|provided|given))?\W*$)",
        block: Block::Line,
        example: "Error: BROWSER_USERNAME and BROWSER_ACCESS_KEY must be set",
        unlike: &["✓ E_MISSING_KEY is required", "undefined: MAP_KEY is not a constant"],
    },
    Signature {
        name: "download-failed",
        tool: "generic",
        kind: Kind::Registry,
        rank: Rank::Symptom,
        needles: &["download", "fetch", "cannot open URL", "couldn't be obtained", "https://", "http://"],
        pattern: concat!(
            r"(?i)^(?:\[?[\w.-]+\]?:? ){0,3}?(?:",
            r"(?:failed to|failed|could(?: not|n't)|unable to|can ?not|error(?: while)?) (?:download(?:ing)?|fetch(?:ing)?|retriev(?:e|ing))\b.*?\bhttps?://[^\sl1](?:[^4]|4[^01]|4[01][^0-9])*$|",
            r"could not download \w+: error downloading https?://|",
            r"could not install \w+ because \w+ could not download |",
            r"the sources of the following couldn't be obtained|",
            r"download failed: (?:status: \[(?:6|7|28|35|56);|https?://)|",
            r"server access error: (?:connection|read timed out|remote host)|",
            r".*\bmax retries exceeded with url\b)"
        ),
        block: Block::Indented,
        example: "tools: Failed to download https://dist.quill.example/channel.toml",
        unlike: &[
            "✗ could not fetch https://shop.example/list when offline",
            "Failed to download https://dist.quill.example/anchor-9.tar.gz: 404 Not Found",
            "failed to fetch http://localhost:8080/health",
        ],
    },
    Signature {
        name: "simulator-lost",
        tool: "xcode",
        kind: Kind::Runner,
        rank: Rank::Symptom,
        needles: &[
            "simulator",
            "before starting test execution",
            "finished bootstrapping",
            "before establishing connection",
        ],
        pattern: r"(?:Timed out waiting [0-9]+ seconds for simulator to boot|[Ll]ost connection to (?:the )?(?:simulator|test manager service)|(?:Test runner|Runner|encountered an error \() ?.*(?:exited|Early unexpected exit).*(?:before (?:starting test execution|establishing connection)|never finished bootstrapping)|Failed to boot the (?:i(?:OS|Phone)|simulator))",
        block: Block::Line,
        example: "Test target HarborTests encountered an error (Early unexpected exit, operation never finished bootstrapping - no restart will be attempted)",
        unlike: &["the simulator of ships has boarded"],
    },
];
