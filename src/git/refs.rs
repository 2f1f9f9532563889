//! Refs by their full names. Files and packed refs are read with gix; the reftable format, which gix does not read,
//! is asked of `git for-each-ref` once. Short names are never guessed here: a tag named `main` is not the base.

use super::command::Git;
use super::{Repo, oid};
use crate::model::{Oid, RefTable};
use anyhow::{Context, Result};
use bstr::{BStr, BString, ByteSlice};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::Path;

/// How many symbolic refs may point to each other in a row, as in git.
const MAX_SYMBOLIC: usize = 5;

/// The refs of a repository.
pub struct Refs<'repo> {
    repo: &'repo Repo,
    reftable: Option<OnceCell<Listing>>,
}

/// What `git for-each-ref` said: every ref with its object and, for a symbolic one, the ref it points to.
type Listing = BTreeMap<BString, (Oid, Option<BString>)>;

impl<'repo> Refs<'repo> {
    /// The refs of `repo`, in whichever format it keeps them.
    pub fn of(repo: &'repo Repo) -> Refs<'repo> {
        let format = repo.config("extensions.refStorage").unwrap_or_default();
        let reftable = (!format.is_empty() && !format.eq_ignore_ascii_case(b"files")).then(OnceCell::new);
        Refs { repo, reftable }
    }

    /// The object that the ref with this full name (or `HEAD`) leads to; tags are not peeled. A broken one (an empty
    /// file, a half-written one) leads to git's "no object", which is in no store: it is there, and proves nothing.
    ///
    /// # Errors
    /// Refs cannot be read at all.
    pub fn get(&self, name: &BStr) -> Result<Option<Oid>> {
        let mut name = name.to_owned();
        for _ in 0..=MAX_SYMBOLIC {
            match self.read(name.as_ref())? {
                Some(Target::Object(id)) => return Ok(Some(id)),
                Some(Target::Symbolic(next)) => name = next,
                None => return Ok(None),
            }
        }
        Ok(Some(self.no_object()))
    }

    /// The full name that a symbolic ref points to.
    ///
    /// # Errors
    /// Refs cannot be read at all.
    pub fn symbolic_target(&self, name: &BStr) -> Result<Option<BString>> {
        Ok(match self.read(name)? {
            Some(Target::Symbolic(target)) => Some(target),
            _ => None,
        })
    }

    /// All refs below these prefixes (each ending in `/`). Symbolic ones are left out: what they lead to is there
    /// under its own name.
    ///
    /// # Errors
    /// Refs cannot be listed.
    pub fn below(&self, prefixes: &[&str]) -> Result<RefTable> {
        let mut table = RefTable::default();
        if self.reftable.is_some() {
            for (name, (target, symbolic)) in self.listing()? {
                if symbolic.is_none() && prefixes.iter().any(|prefix| name.starts_with(prefix.as_bytes())) {
                    table.insert(name.clone(), *target);
                }
            }
            return Ok(table);
        }
        let platform = self.repo.inner.references()?;
        for prefix in prefixes {
            for reference in platform.prefixed(*prefix)? {
                // A broken ref (an empty file, a half-written one) proves nothing and hides nothing.
                let Ok(reference) = reference else { continue };
                if let gix::refs::TargetRef::Object(id) = reference.target() {
                    table.insert(reference.name().as_bstr(), oid(id));
                }
            }
        }
        Ok(table)
    }

    fn read(&self, name: &BStr) -> Result<Option<Target>> {
        if self.reftable.is_some() {
            if name == "HEAD" {
                return self.head();
            }
            let entry = self.listing()?.get(name);
            return Ok(entry.map(|(id, symbolic)| match symbolic {
                Some(target) => Target::Symbolic(target.clone()),
                None => Target::Object(*id),
            }));
        }
        let Ok(full) = gix::refs::FullName::try_from(name) else { return Ok(None) };
        let Ok(found) = self.repo.inner.refs.try_find(full.as_ref()) else {
            return Ok(Some(Target::Object(self.no_object())));
        };
        Ok(found.filter(|found| found.name == full).map(|found| match found.target {
            gix::refs::Target::Object(id) => Target::Object(oid(&id)),
            gix::refs::Target::Symbolic(target) => Target::Symbolic(target.into_inner()),
        }))
    }

    fn no_object(&self) -> Oid {
        oid(&self.repo.hash().null())
    }

    fn head(&self) -> Result<Option<Target>> {
        let git = self.git()?;
        let answer = git.ask(["symbolic-ref", "--quiet", "HEAD"])?;
        if answer.code == Some(0) {
            return Ok(Some(Target::Symbolic(answer.stdout.trim_end().into())));
        }
        let answer = git.ask(["rev-parse", "--verify", "--quiet", "HEAD"])?;
        Ok(Oid::from_hex(answer.stdout.trim_ascii()).map(Target::Object))
    }

    fn listing(&self) -> Result<&Listing> {
        let cell = self.reftable.as_ref().expect("only asked where refs are in a reftable");
        if let Some(listing) = cell.get() {
            return Ok(listing);
        }
        let format = "--format=%(objectname) %(refname) %(symref)";
        let output = self.git()?.output(["for-each-ref", format]).context("refs could not be listed")?;
        let listing = output.lines().filter_map(parse_listed).collect();
        Ok(cell.get_or_init(|| listing))
    }

    fn git(&self) -> Result<Git> {
        let git_dir = std::path::absolute(self.repo.git_dir())?;
        Ok(Git::new(Path::new(&git_dir))?.with_git_dir(&git_dir))
    }
}

enum Target {
    Object(Oid),
    Symbolic(BString),
}

/// One line of `for-each-ref`: id, name, and what a symbolic ref points to. No part can hold a space.
fn parse_listed(line: &[u8]) -> Option<(BString, (Oid, Option<BString>))> {
    let mut words = line.split_str(" ");
    let id = Oid::from_hex(words.next()?)?;
    let name = BString::from(words.next()?);
    let symbolic = words.next().filter(|target| !target.is_empty()).map(BString::from);
    Some((name, (id, symbolic)))
}
