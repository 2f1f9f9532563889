//! A backend on a thread of its own, so that whoever asks can stop waiting for it.
//!
//! A server may take a connection and never say a word, and a disk on a network may hang: no setting of a driver bounds all of
//! that. The thread of a store that does not answer is left behind; it ends with the process.

use super::Backend;
use anyhow::{Context, Result, anyhow};
use std::convert::Infallible;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

type Job = Box<dyn FnOnce(&mut dyn Backend) + Send>;

/// An open backend that is waited for no longer than this.
pub(super) struct Worker {
    jobs: Option<Sender<Job>>,
    /// Closed when the thread has ended.
    ended: Receiver<Infallible>,
    pub(super) patience: Duration,
    is_stuck: bool,
}

impl Worker {
    /// Open a backend; `None` where there is none to be opened.
    pub(super) fn open(
        open: impl FnOnce() -> Result<Option<Box<dyn Backend>>> + Send + 'static,
        patience: Duration,
    ) -> Result<Option<Worker>> {
        let (jobs, queue) = mpsc::channel::<Job>();
        let (say, opened) = mpsc::channel();
        let (alive, ended) = mpsc::channel();
        let work = move || {
            // Dropped after everything else: the backend is closed by then.
            let _alive = alive;
            match open() {
                Ok(Some(mut backend)) => {
                    let _ = say.send(Ok(true));
                    queue.into_iter().for_each(|job| job(backend.as_mut()));
                }
                other => drop(say.send(other.map(|_| false))),
            }
        };
        std::thread::Builder::new().name("audit store".into()).spawn(work).context("no thread can be started")?;
        let mut worker = Worker { jobs: Some(jobs), ended, patience, is_stuck: false };
        Ok(worker.wait(&opened)?.then_some(worker))
    }

    /// Have the backend do something.
    pub(super) fn ask<T: Send + 'static>(
        &mut self,
        job: impl FnOnce(&mut dyn Backend) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (say, answer) = mpsc::channel();
        let job: Job = Box::new(move |backend| drop(say.send(job(backend))));
        // A thread that has ended takes nothing, and the answer never comes.
        let _ = self.jobs.as_ref().map(|jobs| jobs.send(job));
        self.wait(&answer)
    }

    fn wait<T>(&mut self, answer: &Receiver<Result<T>>) -> Result<T> {
        match answer.recv_timeout(self.patience) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => {
                self.is_stuck = true;
                Err(anyhow!("it did not answer in time"))
            }
            Err(RecvTimeoutError::Disconnected) => Err(anyhow!("its driver broke down")),
        }
    }
}

impl Drop for Worker {
    /// A store is left closed, as long as it still moves.
    fn drop(&mut self) {
        self.jobs = None;
        if !self.is_stuck {
            let _ = self.ended.recv_timeout(self.patience);
        }
    }
}
