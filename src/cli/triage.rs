//! `triage` and `decide`: typed words become the question, its answer becomes output and an exit code.

use super::args::{self, DecideFormat, TriageFormat};
use super::audit;
use super::commands::{complain, lost};
use super::exit::ExitStatus;
use crate::model::RunContext;
use crate::ops::audit::Recorder;
use crate::ops::triage::{self, Request};
use crate::ops::{decide, packs};
use crate::output::Context;
use crate::output::triage::{self as output, Format};
use crate::system::terminal;

pub(super) fn run_triage(args: args::Triage, verbose: bool) -> ExitStatus {
    let format = match args.format {
        TriageFormat::Human => Format::Human,
        TriageFormat::Json if args.logs.len() > 1 => Format::JsonList,
        TriageFormat::Json => Format::Json,
        TriageFormat::Jsonl => Format::Jsonl,
        TriageFormat::Github => Format::Github,
    };
    let context = Context { verbose, ..Context::default() };
    let stdin = args.logs.iter().chain(&args.passing).filter(|log| log.as_os_str() == "-").count();
    if stdin > 1 {
        return complain("standard input is one log: name - only once among LOG and --passing");
    }
    let request = Request { logs: args.logs, passing: args.passing, run: args.run.into(), policy: args.policy };
    let mut status = ExitStatus::Clean;
    let mut packs = Vec::new();
    let mut arrived = true;
    let recorder = if args.no_record { Recorder::off() } else { Recorder::open() };
    let answered = triage::triage(&request, &recorder, |answer| match answer {
        Ok(pack) => {
            recorder.note(&pack);
            // A line is an answer of its own: nobody has to wait for the thousandth log.
            if format == Format::Jsonl {
                arrived &= terminal::stdout(|out| output::write(std::slice::from_ref(&pack), format, &context, out));
            }
            if format != Format::Jsonl || args.pack.is_some() {
                packs.push(pack);
            }
        }
        Err(error) => status = complain(&format!("{error:#}")),
    });
    if let Err(error) = answered {
        return complain(&format!("{error:#}"));
    }
    if let Some(folder) = &args.pack
        && let Err(error) = packs::write(folder, &packs)
    {
        status = complain(&format!("{error:#}"));
    }
    if format != Format::Jsonl {
        arrived = terminal::stdout(|out| output::write(&packs, format, &context, out));
    }
    if !arrived {
        status = lost();
    }
    audit::warn(recorder.keep(request.policy.as_deref()));
    status
}

pub(super) fn run_decide(args: args::Decide) -> ExitStatus {
    let request = decide::Request { pack: args.pack, retries_used: args.retries_used, policy: args.policy };
    match decide::decide(&request) {
        Ok((pack, next)) => {
            let arrived = terminal::stdout(|out| output::next_step(&next, args.format == DecideFormat::Json, out));
            let recorder = Recorder::open();
            recorder.note_decision(&pack, &next);
            audit::warn(recorder.keep(request.policy.as_deref()));
            if arrived { ExitStatus::Clean } else { lost() }
        }
        Err(error) => complain(&format!("{error:#}")),
    }
}

impl From<args::Run> for RunContext {
    fn from(typed: args::Run) -> RunContext {
        // A variable that is not set, in a script, is an empty word here.
        let said = |typed: Option<String>| typed.filter(|text| !text.trim().is_empty());
        RunContext {
            repo: said(typed.repo),
            run_id: said(typed.run_id),
            run_attempt: typed.run_attempt,
            sha: said(typed.sha),
            branch: said(typed.branch),
            workflow: said(typed.workflow),
            job: said(typed.job),
            step: said(typed.step),
            url: said(typed.url),
            artifacts: None,
        }
    }
}
