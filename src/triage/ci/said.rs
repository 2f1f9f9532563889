//! What a log says of its run: commit, repository, numbers, and the folder of the checkout. All of it is somebody's text: only
//! what has the right form and length is taken, and the first mention counts, because checkouts come before tests.

use super::{System, pieces};
use crate::model::RunContext;
use crate::triage::context;
use crate::triage::digest::Digest;

pub(super) const NEEDLES: &[&str] = &[
    "head is now at ",
    "checking out ",
    "git checkout ",
    ":refs/remotes/",
    "syncing repository: ",
    "cloning repository ",
    "git clone ",
    "build id: ",
    "complete job name: ",
    "task id: ",
    "github_repository",
    "github_run_id",
    "github_sha",
    "ci_project_path",
    "ci_job_url",
    "ci_commit_sha",
    "travis_repo_slug",
    "build_url",
    "git_commit",
    "buildkite_commit",
    "circle_sha1",
];

/// The longest name or address that is believed.
const LONGEST: usize = 300;
/// Lines at the beginning and at the end in which the folder is looked for.
const HEAD: usize = 4000;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) context: RunContext,
    pub(super) root: Option<String>,
}

/// Look for it.
pub(super) fn of(digest: &Digest, system: Option<System>) -> Said {
    let mut run = RunContext::default();
    let mut short = None;
    for (index, _) in digest.marked().filter(|(_, marks)| marks.marker) {
        pieces(digest.raw(index), |piece| {
            let piece = piece.strip_prefix("[command]").unwrap_or(piece).trim();
            if let Some(sha) = commit(piece) {
                let place = if sha.len() == 40 { &mut run.sha } else { &mut short };
                place.get_or_insert_with(|| sha.to_ascii_lowercase());
            }
            if run.repo.is_none() {
                run.repo = repository(piece);
            }
            told(piece, &mut run);
        });
    }
    // A short name of another commit than the one that was asked for says nothing.
    run.sha = run.sha.or(short);
    Said { context: run, root: root(digest, system) }
}

/// The commit that a line of git, or of a runner, checks out: 7 to 40 hexadecimal digits.
fn commit(piece: &str) -> Option<&str> {
    let word = if let Some(at) = piece.find(":refs/remotes/").filter(|_| piece.contains("git")) {
        piece[..at].rsplit(['+', ' ']).next()
    } else if let Some(rest) = piece.strip_prefix("HEAD is now at ") {
        rest.split(' ').next()
    } else if let Some(rest) = piece.strip_prefix("Checking out ") {
        // `Checking out 1d3c5af1 as main...` (GitLab), `Checking out Revision 1d3c… (main)` (Jenkins).
        rest.strip_prefix("Revision ").unwrap_or(rest).split(' ').next()
    } else {
        let at = piece.find("git checkout ").filter(|&at| at <= 24)?;
        piece[at..].split(' ').find(|word| word.len() == 40)
    };
    word.filter(|word| (7..=40).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .filter(|word| word.bytes().any(|byte| byte.is_ascii_digit()))
}

/// `owner/name`, where a checkout names it.
fn repository(piece: &str) -> Option<String> {
    if let Some(name) = piece.strip_prefix("Syncing repository: ") {
        return named(name).map(str::to_owned);
    }
    let url = piece.strip_prefix("Cloning repository ").or_else(|| {
        let at = piece.find("git clone ").filter(|&at| at <= 24)?;
        piece[at..].split(' ').find(|word| word.contains("://") || word.starts_with("git@"))
    })?;
    named(&context::repository(url)?).map(str::to_owned)
}

/// A repository's name, if it looks like one: two or more parts (GitLab has groups in groups), plain characters.
fn named(name: &str) -> Option<&str> {
    let plain = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
    };
    let parts = name.split('/').count();
    (name.len() <= LONGEST && (2..=8).contains(&parts) && name.split('/').all(plain)).then_some(name)
}

/// Variables that a job prints, and lines of headers.
fn told(piece: &str, run: &mut RunContext) {
    let (key, value) = match piece.split_once(['=', ':']) {
        Some((key, value)) => (key.trim(), value.trim().trim_matches(['"', '\''])),
        None => return,
    };
    let key = key.strip_prefix("export ").or_else(|| key.strip_prefix("declare -x ")).unwrap_or(key);
    let digits = |text: &str| !text.is_empty() && text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit());
    let short = value.len() <= LONGEST && !value.is_empty() && !value.chars().any(char::is_control);
    let address = value.starts_with("https://") || value.starts_with("http://");
    let sha = value.len() == 40 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    let place = match key {
        "GITHUB_REPOSITORY" | "CI_PROJECT_PATH" | "TRAVIS_REPO_SLUG" if named(value).is_some() => &mut run.repo,
        "GITHUB_RUN_ID" | "Build id" if digits(value) => &mut run.run_id,
        "Task ID" if value.len() == 22 && !value.contains(' ') => &mut run.run_id,
        "GITHUB_SHA" | "CI_COMMIT_SHA" | "GIT_COMMIT" | "BUILDKITE_COMMIT" | "CIRCLE_SHA1" if sha => &mut run.sha,
        "BUILD_URL" | "CI_JOB_URL" | "BUILDKITE_BUILD_URL" | "CIRCLE_BUILD_URL" if short && address => &mut run.url,
        "Complete job name" if short => &mut run.job,
        _ => return,
    };
    place.get_or_insert_with(|| value.to_owned());
}

/// Where a system puts a checkout, and how many parts of the path after it belong to the folder.
const ROOTS: &[(System, &str, usize)] = &[
    (System::GitHub, "/home/runner/work/", 2),
    (System::GitHub, "/Users/runner/work/", 2),
    (System::GitHub, "D:\\a\\", 2),
    (System::GitHub, "/__w/", 2),
    (System::Azure, "/home/vsts/work/1/s", 0),
    (System::Azure, "/Users/runner/work/1/s", 0),
    (System::Azure, "D:\\a\\1\\s", 0),
    (System::Azure, "/__w/1/s", 0),
    (System::Travis, "/home/travis/build/", 2),
    (System::Travis, "/Users/travis/build/", 2),
    (System::Travis, "C:\\Users\\travis\\build\\", 2),
    (System::Taskcluster, "/builds/worker/checkouts/", 1),
    (System::GitLab, "/builds/", 2),
    (System::Jenkins, "/home/jenkins/workspace/", 1),
    (System::Jenkins, "/home/jenkins/agent/workspace/", 1),
    (System::Jenkins, "/var/lib/jenkins/workspace/", 1),
    (System::Jenkins, "/var/jenkins_home/workspace/", 1),
    (System::CircleCi, "/home/circleci/project", 0),
    (System::CircleCi, "/home/circleci/repo", 0),
    (System::CircleCi, "/root/project", 0),
    (System::AppVeyor, "C:\\projects\\", 1),
    (System::Buildkite, "/buildkite/builds/", 3),
    (System::Buildkite, "/var/lib/buildkite-agent/builds/", 3),
    (System::Buildkite, "/opt/buildkite-agent/builds/", 3),
    (System::TeamCity, "/opt/buildagent/work/", 1),
    (System::Gitea, "/workspace/", 2),
];

/// Whether a system may use the folders of another: a log that tells of no system may be of any of them.
fn may_be(system: Option<System>, of: System) -> bool {
    system.is_none_or(|system| system == of || (system, of) == (System::Gitea, System::GitHub))
}

/// The folder of the checkout: what most lines near both ends agree on.
fn root(digest: &Digest, system: Option<System>) -> Option<String> {
    let rows = ROOTS.iter().filter(|(of, ..)| may_be(system, *of));
    let rows: Vec<_> =
        rows.map(|(_, prefix, parts)| (memchr::memmem::Finder::new(prefix), prefix.len(), *parts)).collect();
    let mut counts: Vec<(usize, String)> = Vec::new();
    let tail = digest.len().saturating_sub(HEAD / 4).max(HEAD.min(digest.len()));
    for index in (0..HEAD.min(digest.len())).chain(tail..digest.len()) {
        let raw = digest.raw(index);
        let raw = &raw[..raw.len().min(1000)];
        if let Some(workspace) = workspace(raw).filter(|_| may_be(system, System::Jenkins)) {
            return Some(workspace);
        }
        // Few lines have a path; the two bytes that begin them all tell quickly.
        if memchr::memchr2(b'/', b'\\', raw).is_none() {
            continue;
        }
        let hit = rows.iter().find_map(|(finder, prefix, parts)| {
            finder.find_iter(raw).find_map(|at| folder(&raw[at..], *prefix, *parts))
        });
        let Some(hit) = hit else { continue };
        match counts.iter().position(|(_, path)| *path == hit) {
            Some(at) => counts[at].0 += 1,
            None if counts.len() < 16 => counts.push((1, hit)),
            None => {}
        }
    }
    // Of two that are named as often, the first.
    counts.into_iter().rev().max_by_key(|(count, _)| *count).map(|(_, path)| path)
}

/// A path of so many parts after its known beginning.
fn folder(path: &[u8], prefix: usize, parts: usize) -> Option<String> {
    let mut end = prefix;
    for part in 0..parts {
        let separator = usize::from(part > 0);
        if separator == 1 && !matches!(path.get(end), Some(b'/' | b'\\')) {
            return None;
        }
        let name =
            path[end + separator..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"-_.@".contains(byte));
        let length = name.count();
        // `_temp`, `_actions`, `_tool`: the runner's own folders.
        if length == 0 || path[end + separator] == b'_' {
            return None;
        }
        end += separator + length;
    }
    let closed = path.get(end).is_none_or(|byte| !byte.is_ascii_alphanumeric() && !b"-_".contains(byte));
    let path = &path[..end];
    let path = path.strip_suffix(b".").unwrap_or(path);
    let path = path.strip_suffix(b".git").unwrap_or(path);
    closed.then(|| String::from_utf8_lossy(path).into_owned())
}

/// Jenkins says where it works.
fn workspace(raw: &[u8]) -> Option<String> {
    let at = memchr::memmem::find(&raw[..raw.len().min(300)], b"in workspace /")?;
    let head = String::from_utf8_lossy(&raw[..at]);
    let path = String::from_utf8_lossy(raw[at + "in workspace ".len()..].trim_ascii_end()).into_owned();
    let own = head.contains("Building remotely on ") || head.ends_with("Building ");
    (own && path.len() <= LONGEST && !path.contains([' ', '\x1b'])).then_some(path)
}
