//! Being stopped from outside: Ctrl-C, a closed terminal, a polite kill. It is noted, so that whoever runs another program
//! can end it and take away what it has lying about. A kill that asks nobody leaves both behind; no repository minds.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// How long tidying up may take.
const GRACE: Duration = Duration::from_secs(2);

/// What shells say of a program that was interrupted.
const INTERRUPTED: i32 = 130;

static STOPPED: AtomicBool = AtomicBool::new(false);

/// From now on, being stopped is noted instead of ending the process at once. Not before standard input was read: nobody
/// could leave that then.
pub fn heed() {
    // Without it, the process ends as any other does.
    let _ = ctrlc::set_handler(|| {
        STOPPED.store(true, Ordering::Relaxed);
        thread::sleep(GRACE);
        std::process::exit(INTERRUPTED);
    });
}

/// Whether somebody wants this to end.
pub fn is_wanted_over() -> bool {
    STOPPED.load(Ordering::Relaxed)
}
