//! The file of git's configuration that is this user's own, and three lines at its end that include another file.
//!
//! Everything else in it stays as it is, to the byte: comments, line ends, a missing last one. It is changed as git changes
//! it: under git's own lock, through links, and only once git reads the draft as what it should be. What the included
//! file says is decided elsewhere.

use super::{cannot, shown, word};
use crate::git::command::Git;
use crate::model::{Trouble, visible};
use crate::system::{env, files, interrupt};
use anyhow::{Result, bail};
use bstr::{BString, ByteSlice};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long git may take to change a file.
const PATIENCE: Duration = Duration::from_secs(2);

const MARK: &[u8] =
    b"# `ci-guard install --global` wrote these three lines, `ci-guard uninstall --global` takes them away";

/// How the path of a file ends that our lines include.
const OURS: &[u8] = b"/ci-guard/gitconfig";

/// What else was made to put the lines there, and goes with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Made {
    #[default]
    Nothing,
    /// The end of the line before.
    LineEnd,
    /// The file.
    File,
}

impl Made {
    const ALL: [Made; 3] = [Made::Nothing, Made::LineEnd, Made::File];

    fn note(self) -> &'static [u8] {
        match self {
            Made::Nothing => b"",
            Made::LineEnd => b" (and the line end before)",
            Made::File => b" (and the file)",
        }
    }
}

/// Where users keep what configures their programs.
pub(crate) fn folder() -> Result<PathBuf> {
    match env::path("XDG_CONFIG_HOME").filter(|path| path.is_absolute()) {
        Some(folder) => Ok(folder),
        None => Ok(home()?.join(".config")),
    }
}

fn home() -> Result<PathBuf> {
    let why = "so nobody can tell where this user's configuration is";
    match env::path("HOME") {
        Some(home) if home.is_absolute() => Ok(home),
        // git would look for another one from every folder.
        Some(home) => bail!(Trouble::new(format!("HOME is {}, which is no absolute path", shown(&home)), why)),
        None => bail!(Trouble::new("HOME is not set", why)),
    }
}

/// The files that git reads as this user's own, the one that has the last word at the end.
pub(crate) fn candidates() -> Result<Vec<PathBuf>> {
    if let Some(only) = env::path("GIT_CONFIG_GLOBAL") {
        return Ok(vec![std::path::absolute(only)?]);
    }
    Ok(vec![folder()?.join("git/config"), home()?.join(".gitconfig")])
}

/// The one that `git config --global` changes: the plain one, unless only the other is there.
pub(crate) fn main(candidates: &[PathBuf]) -> Option<&PathBuf> {
    let there = |file: &&PathBuf| files::exists(file);
    candidates.last().filter(there).or_else(|| candidates.iter().find(there)).or(candidates.last())
}

/// Whether our lines are there.
pub(crate) fn included(file: &Path) -> Result<bool> {
    Ok(read(file)?.is_some_and(|text| without(&text).1.is_some()))
}

/// Put our lines at the end of this file, for `include`. Says whether that changed it.
pub(crate) fn add(git: &Git, file: &Path, include: &Path) -> Result<bool> {
    change(git, file, Some(include), |before| {
        let text = before.unwrap_or_default();
        let (rest, made) = without(text);
        let made = match (before, made) {
            (None, _) => Made::File,
            (_, Some(Made::File)) if rest.is_empty() => Made::File,
            _ if rest.is_empty() || rest.ends_with(b"\n") => Made::Nothing,
            _ => Made::LineEnd,
        };
        Some(with(&rest, made, include))
    })
}

/// Take our lines away. Says whether they were there.
pub(crate) fn take_away(git: &Git, file: &Path) -> Result<bool> {
    change(git, file, None, |before| {
        let before = before?;
        let (rest, made) = without(before);
        let is_ours_alone = made == Some(Made::File) && rest.is_empty();
        (!is_ours_alone).then_some(rest)
    })
}

fn read(file: &Path) -> Result<Option<Vec<u8>>> {
    let why = "it was not changed";
    files::read_regular(file).map_err(|error| Trouble::new(format!("{}: {error:#}", shown(file)), why).into())
}

fn with(rest: &[u8], made: Made, include: &Path) -> Vec<u8> {
    let end = if made == Made::LineEnd { &b"\n"[..] } else { b"" };
    let path = super::takeover::value(include.as_os_str().as_encoded_bytes());
    [rest, end, MARK, made.note(), b"\n[include]\n\tpath = ", &path, b"\n"].concat()
}

/// Whether this line includes a file of ours. `git config include.path X` puts another value in its place, and then it is
/// somebody else's.
fn is_our_path(line: &[u8]) -> bool {
    let value = line.strip_prefix(b"path = ").map(|value| value.trim_with(|c| c == '"'));
    value.is_some_and(|value| value.ends_with(OURS))
}

/// The text without our lines, and what was made for them. A line that somebody has put below them, or in the place of the
/// last one, keeps its section.
fn without(text: &[u8]) -> (Vec<u8>, Option<Made>) {
    let mut rest = Vec::new();
    let mut found = None;
    let mut lines = text.lines_with_terminator().peekable();
    while let Some(line) = lines.next() {
        let made = line
            .trim_ascii()
            .strip_prefix(MARK)
            .and_then(|note| Made::ALL.into_iter().find(|made| made.note() == note));
        let Some(made) = made else {
            rest.extend_from_slice(line);
            continue;
        };
        found = found.or(Some(made));
        let header = lines.next_if(|line| line.trim_ascii() == b"[include]");
        lines.next_if(|line| is_our_path(line.trim_ascii()));
        let below =
            lines.clone().map(|line| line.trim_ascii()).find(|line| !matches!(line.first(), None | Some(b'#' | b';')));
        let is_section = below.is_none_or(|line| line.starts_with(b"["));
        match header {
            Some(header) if !is_section => rest.extend_from_slice(header),
            _ if made == Made::LineEnd && lines.peek().is_none() && rest.ends_with(b"\n") => drop(rest.pop()),
            _ => {}
        }
    }
    (rest, found)
}

/// Put in the place of a file what `edit` makes of it, or nothing. `include` is what it has to include from now on. Says
/// whether that changed it.
fn change(
    git: &Git,
    file: &Path,
    include: Option<&Path>,
    edit: impl Fn(Option<&[u8]>) -> Option<Vec<u8>>,
) -> Result<bool> {
    let changed = || -> Result<_> {
        let before = read(file)?;
        let after = edit(before.as_deref());
        Ok((before != after).then_some(after))
    };
    if changed()?.is_none() {
        return Ok(false);
    }
    let is_there = files::exists(file);
    let real = if is_there { file.canonicalize()? } else { file.to_owned() };
    let data = real.metadata().ok();
    if data.as_ref().is_some_and(|data| data.permissions().readonly()) {
        let trouble = Trouble::new(format!("{} may not be written", shown(&real)), "it was not changed");
        bail!(trouble.run(format!("chmod u+w {}", word(&real))));
    }
    if let Some(folder) = real.parent() {
        fs::create_dir_all(folder).map_err(|error| cannot("made", folder, &error))?;
    }
    let mut lock = real.clone().into_os_string();
    lock.push(".lock");
    let lock = PathBuf::from(lock);
    let mut draft = open_lock(&lock)?;
    let mut fill = || -> Result<bool> {
        // Whoever had the lock before us may have changed it.
        let text = match changed()? {
            None => return Ok(false),
            Some(None) => {
                fs::remove_file(&real).map_err(|error| cannot("removed", &real, &error))?;
                return Ok(true);
            }
            Some(Some(text)) => text,
        };
        let failed = |error: io::Error| cannot("written", &real, &error);
        draft.write_all(&text).and_then(|()| draft.sync_all()).map_err(failed)?;
        if let Some(data) = &data {
            draft.set_permissions(data.permissions()).map_err(failed)?;
        }
        let before = if files::exists(&real) { entries(git, &real)? } else { Vec::new() };
        let (before, after) = (without_ours(before, include), without_ours(entries(git, &lock)?, include));
        if before != after {
            bail!(would_differ(&real, &before, &after));
        }
        fs::rename(&lock, &real).map_err(failed)?;
        Ok(true)
    };
    let done = fill();
    let _ = match done {
        Ok(true) if files::exists(&real) => Ok(()), // the lock has become the file, and another's may be there by now
        _ => fs::remove_file(&lock),
    };
    done
}

/// A change of three lines must change nothing that git reads of the others.
fn would_differ(file: &Path, before: &[BString], after: &[BString]) -> Trouble {
    let other = (0..).find(|&n| before.get(n) != after.get(n)).and_then(|n| before.get(n).or(after.get(n)));
    let key = other.and_then(|entry| entry.lines().next()).map(visible).unwrap_or_default();
    let what =
        format!("without ci-guard's lines or with them, git would read `{key}` of {} in another way", shown(file));
    let why = "it was not changed; put what stands beside our comment into a section of its own";
    Trouble::new(what, why).run(format!("git config --file {} --edit", word(file)))
}

/// git's lock on a file. Whoever changes its configuration is done in no time: that is waited for.
fn open_lock(lock: &Path) -> Result<File> {
    let since = Instant::now();
    loop {
        if interrupt::is_wanted_over() {
            bail!(Trouble::new("this was interrupted", "nothing was changed"));
        }
        match OpenOptions::new().write(true).create_new(true).open(lock) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && since.elapsed() < PATIENCE => {
                sleep(Duration::from_millis(20));
            }
            opened => return Ok(opened.map_err(|error| locked(lock, &error))?),
        }
    }
}

fn locked(lock: &Path, error: &io::Error) -> Trouble {
    if error.kind() != io::ErrorKind::AlreadyExists {
        return cannot("made", lock, error);
    }
    let is_ours = fs::read(lock).is_ok_and(|text| text.contains_str(MARK));
    let by = if is_ours {
        "a ci-guard that was stopped has left it"
    } else {
        "git is changing its configuration, or was stopped when it did"
    };
    let what = format!("{} is there: {by}", shown(lock));
    Trouble::new(what, "nothing was changed; once no git runs any more, remove it").run(format!("rm {}", word(lock)))
}

/// What one file says, as git reads it.
fn entries(git: &Git, file: &Path) -> Result<Vec<BString>> {
    let args = ["config".as_ref(), "--file".as_ref(), file.as_os_str(), "--list".as_ref(), "-z".as_ref()];
    let list = git
        .output(args)
        .map_err(|error| Trouble::new(format!("git cannot read {}: {error:#}", shown(file)), "it was not changed"))?;
    Ok(list.split(|&byte| byte == 0).map(BString::from).collect())
}

/// All but the includes of ours, of which there may have been one, for this file or another.
fn without_ours(mut entries: Vec<BString>, include: Option<&Path>) -> Vec<BString> {
    let ours = |entry: &BString| {
        let Some(path) = entry.strip_prefix(b"include.path\n") else { return false };
        path.ends_with(OURS) || include.is_some_and(|it| it.as_os_str().as_encoded_bytes() == path)
    };
    entries.retain(|entry| !entry.is_empty() && !ours(entry));
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn round(before: &[u8], made: Made) {
        let text = with(before, made, "/h/.config/ci-guard/gitconfig".as_ref());
        assert_eq!(without(&text), (before.to_vec(), Some(made)), "{}", before.as_bstr());
    }

    #[test]
    fn what_was_there_comes_back() {
        for text in ["", "[a]\n\tb = c\n", "[a]\r\n\tb = c\r\n", "# only this\n\n\n"] {
            round(text.as_bytes(), Made::Nothing);
        }
        round(b"[a] b = c", Made::LineEnd);
        round(b"", Made::File);
    }

    #[test]
    fn what_came_later_stays() {
        let ours = with(b"", Made::File, "/h/ci-guard/gitconfig".as_ref());
        for (later, rest) in [
            ("[core]\n\teditor = vi\n", "[core]\n\teditor = vi\n"),
            ("\tpath = other\n", "[include]\n\tpath = other\n"),
            ("# note\n\n\tpath = other\n", "[include]\n# note\n\n\tpath = other\n"),
            ("# note\n", "# note\n"),
        ] {
            let text = [&ours, later.as_bytes()].concat();
            assert_eq!(without(&text), (rest.into(), Some(Made::File)), "{later}");
            let crlf = text.replace("\n", "\r\n");
            assert_eq!(without(&crlf), (rest.replace('\n', "\r\n").into(), Some(Made::File)), "{later}");
        }
    }

    /// `git config --global include.path X` does this.
    #[test]
    fn a_value_that_was_put_in_the_place_of_ours_is_not_ours() {
        for (made, before) in [(Made::File, ""), (Made::Nothing, "[a]\n\tb = c\n"), (Made::LineEnd, "[a] b = c")] {
            let ours = with(before.as_bytes(), made, "/h/ci-guard/gitconfig".as_ref());
            let (_, value) = ours.rsplit_once_str("path = ").unwrap();
            let text = ours.replace(value, "~/other\n");
            let end = if made == Made::LineEnd { "\n" } else { "" };
            let rest = format!("{before}{end}[include]\n\tpath = ~/other\n");
            assert_eq!(without(&text), (rest.into(), Some(made)));
        }
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in "[ab#=\\[\\]\\\\\"\r\n\t ]{0,60}") {
            let made = if text.is_empty() || text.ends_with('\n') { Made::Nothing } else { Made::LineEnd };
            round(text.as_bytes(), made);
        }
    }
}
