//! Files that are not git's own. Somebody else may have put them there: they are read bounded and never waited for, and
//! written whole or not at all.

use anyhow::{Context, Result, ensure};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// More than any file that is read here ever needs.
const MAX_SIZE: u64 = 16 << 20;

/// The content of a regular file, links followed; `None` when there is none of that name. A pipe or device, from which a read
/// might never come back, is an error.
///
/// # Errors
/// It is no regular file, is larger than 16 MiB, or cannot be read.
pub fn read_regular(path: &Path) -> Result<Option<Vec<u8>>> {
    read_regular_up_to(MAX_SIZE, path)
}

/// The same, with a limit of the caller's own.
///
/// # Errors
/// It is no regular file, is larger than that, or cannot be read.
pub fn read_regular_up_to(limit: u64, path: &Path) -> Result<Option<Vec<u8>>> {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    let metadata = match std::fs::metadata(path) {
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => {
            ensure!(!exists(path), "it is a link that leads nowhere");
            return Ok(None);
        }
        metadata => metadata.context("it cannot be read")?,
    };
    ensure!(metadata.is_file(), "it is no regular file");
    let mut content = Vec::new();
    let file = std::fs::File::open(path).context("it cannot be read")?;
    file.take(limit + 1).read_to_end(&mut content).context("it cannot be read")?;
    ensure!(content.len() as u64 <= limit, "it is larger than {} MiB", limit >> 20);
    Ok(Some(content))
}

/// Make a folder and those above it, where they are not there.
pub fn make_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To be read.
    Data,
    /// To be run.
    Program,
}

/// Put `bytes` at `path`: under another name in the same folder first, then by one rename. Whoever looks meanwhile
/// sees the old file or the new one, and an interruption leaves neither half of it. A device or a pipe stays what it is.
pub fn write(path: &Path, bytes: &[u8], purpose: Purpose) -> io::Result<()> {
    write_with(path, bytes, |file| if purpose == Purpose::Program { make_executable(file) } else { Ok(()) })
}

/// Put `bytes` in the place of what is at `path`, as [`write()`] does: the file keeps its mode, and a link stays a link to the file
/// that changes. Where there is none yet, its folders are made.
///
/// # Errors
/// It is read-only, a link that leads nowhere, or cannot be written.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    if !exists(path) {
        let folder = path.parent().context("it has no folder")?;
        fs::create_dir_all(folder).context("its folder cannot be made")?;
        return write(path, bytes, Purpose::Data).context("it cannot be written");
    }
    let real = path.canonicalize().context("it is a link that leads nowhere")?;
    let mode = real.metadata().context("it cannot be read")?.permissions();
    ensure!(!mode.readonly(), "it is read-only, and that is respected: make it writable first");
    write_with(&real, bytes, |file| file.set_permissions(mode)).context("it cannot be written")
}

/// Take a file away; of a link, the link.
///
/// # Errors
/// It cannot be removed.
pub fn remove(path: &Path) -> Result<()> {
    fs::remove_file(path).context("it cannot be removed")
}

/// Take away the folders around `path`, up to and with `top`, as long as they are empty.
pub fn remove_empty_folders(path: &Path, top: &Path) {
    for folder in path.ancestors().skip(1).take_while(|folder| folder.starts_with(top)) {
        if fs::remove_dir(folder).is_err() {
            return;
        }
    }
}

fn write_with(path: &Path, bytes: &[u8], finish: impl FnOnce(&File) -> io::Result<()>) -> io::Result<()> {
    only_regular(path)?;
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let draft = folder.join(format!(".{name}.{}.new", std::process::id()));
    let _ = fs::remove_file(&draft); // of a process of the same number, long gone
    let fill = || {
        let mut file = OpenOptions::new().write(true).create_new(true).open(&draft)?;
        file.write_all(bytes)?;
        finish(&file)?;
        file.sync_all()?;
        drop(file); // a program that somebody still has open for writing cannot be run
        fs::rename(&draft, path)
    };
    fill().inspect_err(|_| drop(fs::remove_file(&draft)))
}

/// Put `bytes` behind whatever is in a file, in one piece, on a line of their own; one that is not there is made. A pipe or
/// device, which might never take them, is an error.
///
/// # Errors
/// It is no regular file, or cannot be written.
pub fn append(path: &Path, bytes: &[u8]) -> Result<()> {
    only_regular(path)?;
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    let mut last = [b'\n'];
    if file.seek(SeekFrom::End(-1)).is_ok() {
        file.read_exact(&mut last)?;
    }
    let start = if last == *b"\n" { &b""[..] } else { b"\n" };
    Ok(file.write_all(&[start, bytes].concat())?)
}

/// An error where something else than a regular file has this name.
fn only_regular(path: &Path) -> io::Result<()> {
    match path.metadata() {
        Ok(data) if !data.is_file() => Err(io::Error::other("it is no regular file")),
        _ => Ok(()),
    }
}

/// Give what is at `path` a second name, or move it there where the file system knows no second names. It keeps its
/// bytes, mode and times; a link stays a link.
pub fn keep_as(path: &Path, second: &Path) -> io::Result<()> {
    fs::hard_link(path, second).or_else(|_| fs::rename(path, second))
}

/// Whether anything has this name, be it a link that leads nowhere.
pub fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Whether this is a link, wherever it leads.
pub fn is_link(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|data| data.is_symlink())
}

/// Where a file is or would be once its links are followed. What does not exist yet is behind the nearest folder that does.
pub fn behind_links(path: &Path) -> Option<PathBuf> {
    /// As many as git follows, and the kernel.
    const MOST: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST {
        let known = path.ancestors().find(|known| exists(known))?;
        let rest = path.strip_prefix(known).ok()?;
        if let Ok(real) = known.canonicalize() {
            return Some(real.components().chain(rest.components()).collect());
        }
        path = known.parent()?.join(fs::read_link(known).ok()?).join(rest); // it leads to what does not exist yet
    }
    None
}

/// The first bytes of a regular file, links followed; `None` when there is none to read.
pub fn head(path: &Path, limit: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    File::open(path).ok()?.take(limit).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Whether git would run this file: a regular one, links followed, that may be executed.
pub fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|data| data.is_file() && may_execute(&data))
}

/// Whether both are the same in every byte, and both links or both not.
pub fn same(one: &Path, other: &Path) -> bool {
    match (is_link(one), is_link(other)) {
        (true, true) => fs::read_link(one).ok() == fs::read_link(other).ok(),
        (false, false) => fs::read(one).is_ok_and(|bytes| fs::read(other).is_ok_and(|more| bytes == more)),
        _ => false,
    }
}

/// The names in a folder, sorted; none where there is no folder.
pub fn names(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<_> = entries.flatten().map(|entry| PathBuf::from(entry.file_name())).collect();
    names.sort();
    names
}

/// The program that is running, by the name under which the PATH knows it where it does: a package manager moves the
/// file behind that name with every version, and a hook should survive that.
pub fn this_program() -> io::Result<PathBuf> {
    let running = std::env::current_exe()?;
    let real = running.canonicalize()?;
    let name = real.file_name().ok_or(io::ErrorKind::NotFound)?;
    let on_path = super::env::search_path().into_iter().filter(|folder| folder.is_absolute());
    let known = on_path.map(|folder| folder.join(name)).find(|file| file.canonicalize().is_ok_and(|file| file == real));
    Ok(known.unwrap_or(running))
}

#[cfg(unix)]
fn make_executable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o755))
}

#[cfg(unix)]
fn may_execute(data: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    data.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn make_executable(_: &File) -> io::Result<()> {
    Ok(()) // git for Windows does not look
}

#[cfg(not(unix))]
fn may_execute(_: &fs::Metadata) -> bool {
    true
}
