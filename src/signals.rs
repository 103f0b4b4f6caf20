//! SIGINT and SIGTERM: the first one sets a flag, the second one ends the process at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// A signal that asks the program to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT (Ctrl-C).
    Interrupt,
    /// SIGTERM.
    Terminate,
}

/// A flag that is set by the first signal.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    signal: Arc<AtomicUsize>,
}

impl Stop {
    /// Installs the handlers of both signals. After the first signal, the next one ends the process
    /// with the exit code 128 and its number, without cleaning up.
    ///
    /// # Errors
    /// When a handler cannot be installed.
    pub fn listen() -> io::Result<Self> {
        let stop = Self::default();
        let armed = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&armed))?;
        }
        for (signal, value) in [(SIGINT, 1), (SIGTERM, 2)] {
            flag::register(signal, Arc::clone(&armed))?;
            flag::register_usize(signal, Arc::clone(&stop.signal), value)?;
        }
        Ok(stop)
    }

    /// The last signal, if there was one.
    #[must_use]
    pub fn signal(&self) -> Option<Signal> {
        match self.signal.load(Ordering::Relaxed) {
            0 => None,
            1 => Some(Signal::Interrupt),
            _ => Some(Signal::Terminate),
        }
    }
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
