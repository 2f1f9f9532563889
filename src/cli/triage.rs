//! `triage` and `decide`: typed words become the question, its answer becomes output and an exit code.

use super::args::{self, DecideFormat, TriageFormat};
use super::audit;
use super::commands::complain;
use super::exit::ExitStatus;
use crate::model::{NextStep, Pack, RunContext};
use crate::ops::audit::Recorder;
use crate::ops::triage::{self, Request};
use crate::output::triage::{self as output, Format};
use crate::system::{files, streams, terminal};
use crate::triage::next_step::{Case, decide};
use anyhow::{Context, Result};
use std::path::Path;

pub(super) fn run_triage(args: args::Triage) -> ExitStatus {
    let format = match args.format {
        TriageFormat::Human => Format::Human,
        TriageFormat::Json => Format::Json,
        TriageFormat::Jsonl => Format::Jsonl,
        TriageFormat::Github => Format::Github,
    };
    let request = Request { logs: args.logs, passing: args.passing, run: args.run.into(), policy: args.policy };
    let mut recorder = if args.no_record { Recorder::off() } else { Recorder::open() };
    let answers = match triage::triage(&request, &mut recorder) {
        Ok(answers) => answers,
        Err(error) => return complain(&format!("{error:#}")),
    };
    let mut status = ExitStatus::Clean;
    let mut packs = Vec::new();
    for answer in answers {
        match answer {
            Ok(pack) => packs.push(pack),
            Err(error) => status = complain(&format!("{error:#}")),
        }
    }
    terminal::stdout(|out| output::write(&packs, format, out));
    recorder.triaged(&packs, request.policy.as_deref());
    audit::warn(recorder.warning());
    status
}

pub(super) fn run_decide(args: args::Decide) -> ExitStatus {
    match next_step(&args) {
        Ok((pack, next)) => {
            terminal::stdout(|out| output::next_step(&next, args.format == DecideFormat::Json, out));
            let mut recorder = Recorder::open();
            recorder.decided(&pack, &next, args.policy.as_deref());
            audit::warn(recorder.warning());
            ExitStatus::Clean
        }
        Err(error) => complain(&format!("{error:#}")),
    }
}

fn next_step(args: &args::Decide) -> Result<(Pack, NextStep)> {
    const MOST: u64 = 64 << 20;
    let bytes = match args.pack == Path::new("-") {
        true => streams::read_stdin_up_to(MOST)?,
        false => files::read_regular_up_to(MOST, &args.pack)?.context("there is no such file")?,
    };
    let pack = output::read(&bytes).map_err(anyhow::Error::msg)?;
    let policy = triage::policy(args.policy.as_deref())?;
    let used = args.retries_used.unwrap_or_else(|| pack.seen.as_ref().map_or(0, |seen| seen.retries_used));
    let case = Case {
        bucket: pack.bucket,
        retries_used: used,
        seen: pack.seen.as_ref(),
        cancelled: pack.cancelled,
        others_need_more: false,
    };
    let next = decide(&case, &policy);
    Ok((pack, next))
}

impl From<args::Run> for RunContext {
    fn from(typed: args::Run) -> RunContext {
        RunContext {
            repo: typed.repo,
            run_id: typed.run_id,
            run_attempt: typed.run_attempt,
            sha: typed.sha,
            branch: typed.branch,
            workflow: typed.workflow,
            job: typed.job,
            step: typed.step,
            url: typed.url,
            artifacts: None,
        }
    }
}
