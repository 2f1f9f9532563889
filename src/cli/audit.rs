//! `history`, `record`, `metrics` and `export`: the audit store, asked and told.

use super::args::{Export, History, HistoryFormat, Judged as JudgedArgs, Metrics, MetricsFormat, RecordOutcome};
use super::commands::{complain, lost};
use super::exit::ExitStatus;
use crate::model::{counted, visible};
use crate::ops::audit::{self, Answer, Judged, Told, Window};
use crate::output::audit::{self as output, time};
use crate::system::terminal;
use std::ops::ControlFlow;

pub(super) fn run_history(args: History) -> ExitStatus {
    let window = Window { since: Some(args.since), repo: args.repo };
    match audit::history(&window) {
        Ok(answer) if !answer.is_there && args.format == HistoryFormat::Human => empty(&answer),
        Ok(Answer { of, .. }) => {
            let bar = if terminal::is_stdout_watched() { output::Bar::Blocks } else { output::Bar::Digits };
            said(terminal::stdout(|out| match args.format {
                HistoryFormat::Human => output::history(&of, args.since, bar, out),
                HistoryFormat::Json => output::history_json(&of, args.since, window.repo.as_deref(), out),
            }))
        }
        Err(error) => complain(&format!("{error:#}")),
    }
}

pub(super) fn run_metrics(args: Metrics) -> ExitStatus {
    let window = Window { since: Some(args.since), repo: args.repo };
    match audit::metrics(&window) {
        Ok(answer) if !answer.is_there && args.format == MetricsFormat::Human => empty(&answer),
        Ok(Answer { of, .. }) => {
            let about = output::About { since: args.since, repo: window.repo.as_deref() };
            said(terminal::stdout(|out| match args.format {
                MetricsFormat::Human => output::metrics(&of, &about, out),
                MetricsFormat::Json => output::metrics_json(&of, &about, out),
                MetricsFormat::Prometheus => output::prometheus(&of, &about, out),
            }))
        }
        Err(error) => complain(&format!("{error:#}")),
    }
}

pub(super) fn run_export(args: Export) -> ExitStatus {
    let window = Window { since: args.since, repo: args.repo };
    let mut ended = Ok(());
    let arrived = terminal::stdout_as_it_comes(|out| {
        let mut written = Ok(());
        let exported = audit::export(&window, &mut |event| {
            written = output::line(&event, out);
            // Nobody reads any more, or the disk is full.
            if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        ended = exported.map(drop);
        written
    });
    match ended {
        Ok(()) => said(arrived),
        Err(error) => complain(&format!("{error:#}")),
    }
}

pub(super) fn run_record(args: RecordOutcome) -> ExitStatus {
    let told = Told {
        pack: args.pack,
        run: args.run.into(),
        result: args.result.into(),
        at: args.at,
        id: args.id,
        actor: args.actor,
    };
    match audit::record(told) {
        Ok(stored) => {
            let what = if stored.is_new { "stored" } else { "stored before" };
            let about = output::about(&stored.event);
            let (id, place) = (visible(&stored.event.id), &stored.place);
            said(terminal::stdout(|out| writeln!(out, "{what}: {about}, as {id} in {place}")))
        }
        Err(error) => complain(&format!("nothing was stored: {error:#}")),
    }
}

pub(super) fn run_pending() -> ExitStatus {
    match audit::bring_in() {
        Ok((new, place)) => {
            said(terminal::stdout(|out| writeln!(out, "stored: {} in {place}", counted(new, "new event"))))
        }
        Err(error) => complain(&format!("nothing was stored: {error:#}")),
    }
}

pub(super) fn run_judged(args: &JudgedArgs) -> ExitStatus {
    let rev = args.rev.as_deref().unwrap_or("HEAD");
    let judged = audit::commit(rev).and_then(|commit| Ok((commit, audit::judged(commit, args.repo.as_deref())?)));
    let (commit, judged) = match judged {
        Ok(judged) => judged,
        Err(error) => return complain(&format!("nobody can tell whether {} was judged: {error:#}", visible(rev))),
    };
    let (status, words) = match judged {
        Judged::Allowed(at) => {
            (ExitStatus::Clean, format!("a hook judged its push at {} and let it through", time(at)))
        }
        Judged::Stopped(at) => {
            (ExitStatus::Blocked, format!("a hook stopped its push at {}, and it is here all the same", time(at)))
        }
        Judged::Never => (
            ExitStatus::Blocked,
            "no hook judged its push: it came by --no-verify, from another clone or from the forge itself, or it was not pushed yet".to_owned(),
        ),
    };
    let arrived = terminal::stdout(|out| writeln!(out, "{}: {words}", commit.short()));
    if arrived { status } else { lost() }
}

/// Say on standard error what became of a record that nobody asked for.
pub(super) fn warn(trouble: Option<String>) {
    if let Some(trouble) = trouble {
        terminal::stderr(|out| writeln!(out, "ci-guard: {}", visible(trouble)));
    }
}

/// Nothing was ever recorded here, which is no fault.
fn empty<T>(answer: &Answer<T>) -> ExitStatus {
    said(terminal::stdout(|out| match &answer.place {
        Some(place) => writeln!(
            out,
            "Nothing is recorded yet: there is no audit store at {place}. ci-guard triage and ci-guard record outcome begin it."
        ),
        None => writeln!(out, "The audit store is switched off by {}=off.", audit::VARIABLE),
    }))
}

/// An answer is only one if it arrived.
fn said(arrived: bool) -> ExitStatus {
    if arrived { ExitStatus::Clean } else { lost() }
}
