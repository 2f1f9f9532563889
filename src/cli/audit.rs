//! `history`, `record`, `metrics` and `export`: the audit store, asked and told.

use super::args::{Export, History, HistoryFormat, Metrics, MetricsFormat, RecordOutcome};
use super::commands::{complain, lost};
use super::exit::ExitStatus;
use crate::model::visible;
use crate::ops::audit::{self, Answer, Told, Window};
use crate::output::audit as output;
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
