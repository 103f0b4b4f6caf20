//! SIGINT and SIGTERM: the first one is noticed, the second one leaves at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Which signal came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// A polite `kill`.
    Terminate,
}

/// Whether somebody asked to stop.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    signal: Arc<AtomicUsize>,
}

impl Stop {
    /// Listens for both signals from now on. After the first one, the next ends the process with
    /// 128 and its number, without any cleaning up.
    ///
    /// # Errors
    /// When the system does not let us listen.
    pub fn listen() -> io::Result<Self> {
        let stop = Self::default();
        let armed = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&armed))?;
        }
        for (signal, mark) in [(SIGINT, 1), (SIGTERM, 2)] {
            flag::register(signal, Arc::clone(&armed))?;
            flag::register_usize(signal, Arc::clone(&stop.signal), mark)?;
        }
        Ok(stop)
    }

    /// The signal that asked to stop, if one did.
    #[must_use]
    pub fn signal(&self) -> Option<Signal> {
        match self.signal.load(Ordering::Relaxed) {
            0 => None,
            1 => Some(Signal::Interrupt),
            _ => Some(Signal::Terminate),
        }
    }
}

/// Makes a write beyond the file size limit (`ulimit -f`) fail like one on a full disk. Without it
/// SIGXFSZ ends the process.
///
/// # Errors
/// When the signal handler cannot be installed.
#[cfg(unix)]
pub fn file_size_limit_is_an_error() -> io::Result<()> {
    flag::register(signal_hook::consts::SIGXFSZ, Arc::default()).map(|_| ())
}

/// Does nothing: the system has no such signal.
///
/// # Errors
/// Never.
#[cfg(not(unix))]
pub fn file_size_limit_is_an_error() -> io::Result<()> {
    Ok(())
}
