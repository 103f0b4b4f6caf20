//! SIGINT, SIGTERM and SIGHUP: the first one sets a flag, so that the run can end cleanly; a second
//! SIGINT or SIGTERM ends the process at once, after it was reported.
//!
//! SIGINT and SIGHUP are left alone when the process was started with them ignored: `nohup` and
//! shells do that for programs that are to go on. Only Linux shows this (`SigIgn` in
//! `/proc/self/status`); elsewhere the system has no call for it without `unsafe`, and the signals
//! are taken as not ignored.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use std::{fmt, io};

use crossbeam_channel::{RecvTimeoutError, bounded};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::{flag, low_level};

/// The delay before the signals are looked at again.
const POLL: Duration = Duration::from_millis(50);

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
#[derive(Clone, Default)]
pub struct Stop {
    signal: Arc<AtomicUsize>,
    /// What is done before a second signal ends the process.
    report: Arc<Mutex<Option<Report>>>,
}

type Report = Box<dyn FnOnce() + Send>;

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stop").field("signal", &self.signal()).finish_non_exhaustive()
    }
}

impl Stop {
    /// Installs the handlers. After a SIGINT or SIGTERM, the next one of them ends the process with
    /// the exit code 128 and its number, without cleaning up; what was given to
    /// [`at_second_signal`](Self::at_second_signal) is called before. SIGHUP never does: the system
    /// and the shell each send one when a terminal is closed.
    ///
    /// # Errors
    /// When a handler cannot be installed.
    pub fn listen() -> io::Result<Self> {
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
        let report = Arc::clone(&stop.report);
        if exit_at_second(Signals::new(&ending)?, Arc::clone(&armed), report).is_err() {
            // Without a thread the next signal ends the process without a report.
            for signal in ending {
                flag::register(signal, Arc::clone(&armed))?;
            }
        }
        if !is_ignored(SIGHUP) {
            stop.set_on(SIGHUP)?;
        }
        Ok(stop)
    }

    /// Sets what is called before a second signal ends the process. The last call counts.
    pub fn at_second_signal(&self, report: impl FnOnce() + Send + 'static) {
        *self.report.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(report));
    }

    /// Makes a call that a signal does not interrupt, such as a read, in a thread of its own. Returns
    /// `None` when a signal comes first; the thread then ends with the process.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn unless_stopped<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<Option<T>> {
        let (sender, result) = bounded(1);
        thread::Builder::new().spawn(move || {
            let _ = sender.send(call());
        })?;
        loop {
            match result.recv_timeout(POLL) {
                Ok(result) => return Ok(Some(result)),
                Err(RecvTimeoutError::Timeout) if self.signal().is_some() => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(io::Error::other("a thread has ended early"));
                }
            }
        }
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

/// The stack of the thread that reports the second signal.
const STACK: usize = 256 * 1024;

/// Starts the thread that ends the process at the second signal. A handler itself may write nothing.
fn exit_at_second(
    mut signals: Signals,
    armed: Arc<AtomicBool>,
    report: Arc<Mutex<Option<Report>>>,
) -> io::Result<()> {
    let thread = thread::Builder::new().name("signals".to_owned()).stack_size(STACK);
    let wait = move || {
        if let Some(second) = signals.forever().nth(1) {
            armed.store(true, Ordering::Relaxed);
            let report = report.lock().unwrap_or_else(PoisonError::into_inner).take();
            report.into_iter().for_each(|report| report());
            low_level::exit(128 + second);
        }
    };
    thread.spawn(wait).map(|_| ())
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
