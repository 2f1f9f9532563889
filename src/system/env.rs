//! The environment, read in one place (clippy.toml forbids it elsewhere; gix reads git's own variables itself).
#![allow(clippy::disallowed_methods)]

use std::ffi::OsString;
use std::path::PathBuf;

/// The value of a variable; an empty one counts as unset, as git has it.
pub fn var(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// A variable that names a file or folder.
pub fn path(name: &str) -> Option<PathBuf> {
    var(name).map(PathBuf::from)
}

/// The names of all variables that begin like this.
pub fn names_beginning_with(start: &str) -> Vec<OsString> {
    let names = std::env::vars_os().map(|(name, _)| name);
    names.filter(|name| name.as_encoded_bytes().starts_with(start.as_bytes())).collect()
}

/// The folders in which programs are looked for.
pub fn search_path() -> Vec<PathBuf> {
    var("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default()
}
