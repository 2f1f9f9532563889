//! Many logs, read with every core: each becomes a digest, is worked on, and is handed on in the order in which it was named.

use crate::system::logs::{self, Log};
use crate::system::{interrupt, progress::Progress};
use crate::triage::digest::{Digest, Reader};
use crate::triage::redact;
use anyhow::{Context, Result, anyhow, bail, ensure};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;

/// A worker's stack, as large as that of a program's own thread.
const STACK: usize = 8 << 20;

/// Digest every log and have it worked on by `work`, many on as many threads as there are cores. `each` gets the answers one by
/// one, in the order of `logs`, as soon as those before them are there.
///
/// # Errors
/// Standard input is named twice, no thread can be started, or somebody interrupts it. What is wrong with one log is that
/// log's answer.
pub(super) fn each_in_order<T: Send>(
    logs: &[PathBuf],
    work: impl Fn(&Digest, &Path) -> T + Sync,
    mut each: impl FnMut(Result<T>),
) -> Result<()> {
    let from_stdin = logs.iter().filter(|log| log.as_path() == Path::new("-")).count();
    ensure!(from_stdin < 2, "standard input (-) is named twice, but it can be read only once");
    if from_stdin == 0 {
        interrupt::heed();
    }
    let watch = Watch::of(logs);
    let next = AtomicUsize::new(0);
    let answer = |index: usize| {
        let log = logs.get(index)?;
        let job = || Ok(work(&digest(log, &watch)?, log));
        // Whatever a log does to us, it does it to its own answer only.
        let answer = catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(|_| Err(anyhow!("internal error (a panic)")));
        Some(answer.with_context(|| redact::text(&log.display().to_string())))
    };
    if logs.len() == 1 {
        // A thread has a heap of its own, and to make that grow costs more than to read a log of ordinary size.
        let answer = answer(0);
        ensure!(!interrupt::is_wanted_over(), "it was interrupted");
        answer.into_iter().for_each(each);
        return Ok(());
    }
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let (answers, inbox) = channel();
        for nth in 0..cores.min(logs.len()) {
            let (answers, next, answer) = (answers.clone(), &next, &answer);
            let job = move || {
                while !interrupt::is_wanted_over() {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(answer) = answer(index) else { break };
                    let _ = answers.send((index, answer)); // whoever waits for it outlives this thread
                }
            };
            match thread::Builder::new().name("log".into()).stack_size(STACK).spawn_scoped(scope, job) {
                Err(error) if nth == 0 => bail!("no thread could be started: {error}"),
                Err(_) => break, // fewer will do
                Ok(_) => {}
            }
        }
        drop(answers);
        let mut early = BTreeMap::new();
        let mut turn = 0;
        for (index, answer) in inbox {
            early.insert(index, answer);
            while !interrupt::is_wanted_over()
                && let Some(answer) = early.remove(&turn)
            {
                each(answer);
                turn += 1;
            }
        }
        ensure!(!interrupt::is_wanted_over(), "it was interrupted");
        Ok(())
    })
}

/// Read one log.
fn digest(path: &Path, watch: &Watch) -> Result<Digest> {
    let mut log = Log::open(path)?;
    let mut reader = Reader::default();
    let mut taken = 0;
    while let Some(bytes) = log.next_block()? {
        reader.feed(bytes);
        watch.took(log.taken() - taken);
        taken = log.taken();
        ensure!(!interrupt::is_wanted_over(), "it was interrupted");
    }
    Ok(reader.finish())
}

/// How much was read, for whoever watches a terminal.
struct Watch {
    progress: Progress,
    taken: AtomicU64,
    total: u64,
}

impl Watch {
    fn of(logs: &[PathBuf]) -> Watch {
        let total = logs.iter().map(|log| logs::size(log)).sum();
        Watch { progress: Progress::of("MiB of logs"), taken: AtomicU64::new(0), total }
    }

    fn took(&self, bytes: u64) {
        const MIB: u32 = 20;
        let taken = self.taken.fetch_add(bytes, Ordering::Relaxed) + bytes;
        // Of pipes nobody knows how much there is.
        self.progress.at(taken >> MIB, taken.max(self.total) >> MIB);
    }
}
