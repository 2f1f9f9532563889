//! Verdicts of the guard and of the gate, kept once they have been said. Nothing here makes anybody wait for an answer.

use super::Recorder;
use crate::audit;
use crate::model::{Event, EventKind, GateReport, Report, RunContext};
use crate::ops::check;
use crate::ops::patch;
use crate::ops::scene::{Place, Scene};
use crate::ops::triage::redacted;
use crate::store::Record;
use crate::system::{env, files};
use crate::triage::context;
use anyhow::Result;
use bstr::{BString, ByteSlice};
use std::path::Path;

/// Keep a verdict of the guard. What went wrong with that, if anything did, is one sentence.
pub fn checked(report: &Report, subject: &check::Subject, typed: Option<&Path>) -> Option<String> {
    let recorder = Recorder::open();
    if recorder.is_on() {
        let (tip, what) = match subject {
            check::Subject::Commit(typed) => (Some(typed.clone()), "commit"),
            check::Subject::Range(typed) => (check::split_range(typed).ok().map(|(_, tip)| tip.to_owned()), "range"),
            check::Subject::Index => (None, "index"),
        };
        let mut codes: Vec<_> = report.findings.iter().map(|finding| finding.rule.id().to_owned()).collect();
        codes.sort();
        codes.dedup();
        let mut event = Event::new(EventKind::Check, recorder.now, place_of(tip.as_deref()));
        event.verdict = Some(report.verdict().id().to_owned());
        event.codes = codes;
        event.extra.insert("subject".into(), what.into());
        note(&recorder, event);
    }
    recorder.keep(typed)
}

/// Keep a verdict of the gate.
pub fn patch_checked(report: &GateReport, subject: &patch::Subject, typed: Option<&Path>) -> Option<String> {
    let recorder = Recorder::open();
    if recorder.is_on() {
        let (tip, what) = match subject {
            patch::Subject::Range(typed) => (check::split_range(typed).ok().map(|(_, tip)| tip.to_owned()), "range"),
            patch::Subject::File(_) | patch::Subject::Stdin => (None, "patch"),
        };
        let mut event = Event::new(EventKind::Patch, recorder.now, place_of(tip.as_deref()));
        event.verdict = Some(report.decision.id().to_owned());
        event.codes = report.codes().iter().map(|code| code.id().to_owned()).collect();
        event.extra.insert("subject".into(), what.into());
        event.extra.insert("tier".into(), report.tier.id().to_owned());
        if let patch::Subject::File(path) = subject
            && let Ok(Some(text)) = files::read_regular_up_to(patch::MAX_TEXT, path)
        {
            event.extra.insert("patch".into(), audit::digest(&text));
        }
        note(&recorder, event);
    }
    recorder.keep(typed)
}

pub(super) fn note(recorder: &Recorder, mut event: Event) {
    event.actor = recorder.actor.clone();
    let extra: Vec<&str> = event.extra.values().map(String::as_str).collect();
    event.id = audit::id(&event, &extra);
    recorder.note_event(Record { event, pack: None });
}

/// Which repository, commit and branch a verdict is about; inside of a job, which run as well.
pub(super) fn place_of(tip: Option<&str>) -> RunContext {
    let job = context::of_job(&|name| env::var(name)?.into_string().ok());
    let here = here(tip).unwrap_or_default();
    // A forge knows its repository's name better than the address that it was fetched from.
    redacted(RunContext { repo: job.repo.clone(), ..RunContext::default() }.or(here).or(job))
}

fn here(tip: Option<&str>) -> Result<RunContext> {
    let place = Place::open()?;
    let scene = Scene::at(&place)?;
    let checked_out = scene.checked_out()?;
    let branch = checked_out.as_ref().and_then(|name| name.strip_prefix(b"refs/heads/"));
    let remote = scene.repo.push_remote(branch);
    let url = remote.and_then(|remote| scene.repo.remote_urls(&remote).into_iter().next());
    Ok(RunContext {
        repo: url.as_ref().and_then(name_in),
        sha: tip.and_then(|tip| scene.resolve(tip).ok()).map(|commit| commit.to_string()),
        branch: branch.filter(|_| tip.is_none_or(|tip| tip == "HEAD")).map(|branch| branch.to_str_lossy().into_owned()),
        ..RunContext::default()
    })
}

/// `owner/name` of a remote's URL; `None` where it has no such thing. No part of it before the path is kept: that may
/// hold a password.
pub(super) fn name_in(url: &BString) -> Option<String> {
    let text = url.to_str().ok()?;
    let path = match text.split_once("://") {
        Some(("file", _)) => return None,
        Some((_, rest)) => rest.split_once('/')?.1,
        // git@host:owner/name
        None => text.split_once(':').filter(|(host, _)| !host.contains('/') && host.len() > 1)?.1,
    };
    let path = path.split(['?', '#']).next()?.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    path.contains('/').then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_is_called_as_its_forge_calls_it() {
        for (url, want) in [
            ("https://github.com/o/r.git", Some("o/r")),
            ("https://u:secret@gitlab.com/g/sub/r.git/", Some("g/sub/r")),
            ("ssh://git@host:2222/o/r", Some("o/r")),
            ("git@github.com:o/r.git", Some("o/r")),
            ("https://host/o/r?x=1", Some("o/r")),
            ("/srv/git/r.git", None),
            ("../r.git", None),
            ("file:///srv/o/r.git", None),
            ("C:/x/y", None),
            ("https://host/r", None),
            ("", None),
        ] {
            assert_eq!(name_in(&url.into()).as_deref(), want, "{url}");
        }
    }
}
