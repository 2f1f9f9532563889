//! A progress bar for whoever watches a terminal, once something takes longer than half a second. Nobody else sees it.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// How long nothing is shown.
const PATIENCE: Duration = Duration::from_millis(500);

/// A bar on standard error; it goes away with its owner.
pub struct Progress {
    what: &'static str,
    since: Instant,
    watched: bool,
    bar: OnceLock<ProgressBar>,
}

impl Progress {
    /// Work begins, and may be over before anybody wonders.
    pub fn of(what: &'static str) -> Progress {
        Progress { what, since: Instant::now(), watched: std::io::stderr().is_terminal(), bar: OnceLock::new() }
    }

    /// So much is done, of so much. May be called from any thread.
    pub fn at(&self, done: u64, total: u64) {
        if self.watched && self.since.elapsed() >= PATIENCE {
            let bar = self.bar.get_or_init(|| {
                let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
                let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}");
                bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
                bar.with_message(self.what)
            });
            bar.set_position(done);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}
