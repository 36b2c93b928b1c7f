//! Ctrl-C in a batch: the first lets what is in progress end, the second ends the program at once.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

/// The status of a program that was interrupted, as shells know it.
pub const STATUS: u8 = 130;

static ASKED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C asks the batch to stop.
pub fn watch() {
    // Where nobody can be told of it, Ctrl-C ends the program as ever; reports are whole even so.
    let _ = ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::SeqCst) {
            end();
        }
        let _ = writeln!(
            anstream::stderr(),
            "stopping when what is in progress is done; Ctrl-C again stops at once"
        );
    });
}

/// Whether the batch was asked to stop.
pub fn asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}

#[expect(clippy::exit, reason = "it is asked for twice, and files are whole or not there")]
fn end() -> ! {
    std::process::exit(STATUS.into())
}
