//! SIGINT, SIGTERM and SIGHUP: the first one sets a flag, so that the run can end cleanly; a second
//! SIGINT or SIGTERM ends the process at once, after it was reported.
//!
//! SIGINT and SIGHUP are left alone when the process was started with them ignored: `nohup` and
//! shells do that for programs that are to go on. Only Linux shows this (`SigIgn` in
//! `/proc/self/status`); elsewhere the system has no call for it without `unsafe`, and the signals
//! are taken as not ignored.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::{flag, low_level};

/// A signal that asks the program to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT (Ctrl-C).
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// SIGHUP: the terminal was closed.
    HangUp,
}

/// A flag that is set by the first signal.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    signal: Arc<AtomicUsize>,
}

impl Stop {
    /// Installs the handlers. After a SIGINT or SIGTERM, the next one of them ends the process with
    /// the exit code 128 and its number, without cleaning up; `report` is called before. SIGHUP never
    /// does: the system and the shell each send one when a terminal is closed.
    ///
    /// # Errors
    /// When a handler cannot be installed.
    pub fn listen(report: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let stop = Self::default();
        // A report that cannot be written must not keep the process: then one signal more ends it.
        let armed = Arc::new(AtomicBool::new(false));
        let ignored = ignored_at_start();
        let is_ignored = |signal: i32| ignored >> (signal - 1) & 1 == 1;
        let ending = [SIGINT, SIGTERM].into_iter();
        let ending: Vec<i32> =
            ending.filter(|signal| *signal == SIGTERM || !is_ignored(*signal)).collect();
        for signal in &ending {
            flag::register_conditional_shutdown(*signal, 128 + signal, Arc::clone(&armed))?;
            stop.set_on(*signal)?;
        }
        let mut signals = Signals::new(ending)?;
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            if let Some(second) = signals.forever().nth(1) {
                armed.store(true, Ordering::Relaxed);
                report();
                low_level::exit(128 + second);
            }
        })?;
        if !is_ignored(SIGHUP) {
            stop.set_on(SIGHUP)?;
        }
        Ok(stop)
    }

    fn set_on(&self, signal: i32) -> io::Result<()> {
        let value = usize::try_from(signal).unwrap_or_default();
        flag::register_usize(signal, Arc::clone(&self.signal), value).map(|_| ())
    }

    /// The last signal, if there was one.
    #[must_use]
    pub fn signal(&self) -> Option<Signal> {
        match i32::try_from(self.signal.load(Ordering::Relaxed)) {
            Ok(SIGINT) => Some(Signal::Interrupt),
            Ok(SIGTERM) => Some(Signal::Terminate),
            Ok(SIGHUP) => Some(Signal::HangUp),
            _ => None,
        }
    }
}

/// The signals that this process ignores, one bit each from signal 1 on; none where the system does
/// not show it.
fn ignored_at_start() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignored(&status)
}

/// The signals that the text of `/proc/PID/status` names as ignored.
fn ignored(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// Makes a write beyond the file size limit (`ulimit -f`) an error, as on a full disk. Without this
/// SIGXFSZ ends the process.
///
/// # Errors
/// When the signal handler cannot be installed.
#[cfg(unix)]
pub fn file_size_limit_is_an_error() -> io::Result<()> {
    flag::register(signal_hook::consts::SIGXFSZ, Arc::default()).map(|_| ())
}

/// Does nothing: this system has no such signal.
///
/// # Errors
/// Never.
#[cfg(not(unix))]
pub fn file_size_limit_is_an_error() -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ignored_signals_are_read() {
        for (status, mask) in [
            (
                "Name:\tx\nSigBlk:\t0000000000000001\nSigIgn:\t0000000000001003\nSigCgt:\tf\n",
                0x1003,
            ),
            ("SigIgn:\t0000000000000000\n", 0),
            ("SigIgn:\tnonsense\n", 0),
            ("", 0),
        ] {
            assert_eq!(ignored(status), mask, "{status}");
        }
    }
}
