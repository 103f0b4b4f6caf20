//! The errors of reading and writing our files, and their exit codes.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::fs::{self, Touched};
use super::memory::{Found, Memory};
use super::names::{self, REHEARSAL};
use crate::exit::{ExitCode, Fatal};
use crate::limits;

/// An error with one of our files. Its text is a lowercase fragment that names the file and the way
/// out.
#[derive(Debug)]
pub enum Error {
    /// The operating system refused: full disk, read-only folder, missing file.
    Io {
        /// The file.
        path: PathBuf,
        /// The action that failed, as an infinitive (`append to`).
        action: &'static str,
        /// True if the file was being read, and not written.
        reading: bool,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file of ours has a line that cannot be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The line, from 1, as an editor shows it.
        line: u64,
        /// The reason.
        reason: String,
    },
    /// A file has content, but not the header of results.
    NotALedger {
        /// The file.
        path: PathBuf,
    },
    /// The file holds the outcomes of another gateway or of a rehearsal.
    OtherGateway {
        /// The file.
        path: PathBuf,
        /// The gateway that the file names.
        theirs: String,
        /// The gateway of this run.
        ours: String,
    },
    /// Another run holds the lock.
    Locked {
        /// The lock file.
        path: PathBuf,
        /// The holder's text in the lock file; empty when it has not been written yet.
        holder: String,
    },
    /// The folder of the results does not exist.
    NoFolder {
        /// The results file.
        path: PathBuf,
    },
    /// A file of this name is no lock file: a link, a device, or another program's file.
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// Somebody changed a file of this run while the run had it open.
    Touched {
        /// The file.
        path: PathBuf,
        /// The change.
        change: Touched,
        /// The length that the run left it with, in bytes.
        length: u64,
    },
    /// The results hold less than the lock file remembers.
    LessThanRemembered {
        /// The results file.
        path: PathBuf,
        /// The results as they are.
        found: Found,
        /// What is remembered.
        memory: Box<Memory>,
    },
    /// The in-flight file is gone or shorter than the lock file remembers.
    InFlightLost {
        /// The in-flight file.
        path: PathBuf,
        /// Its length, in bytes; 0 when it is gone.
        found: u64,
        /// The length that is remembered.
        length: u64,
    },
    /// The results are shorter than they were when the run began whose in-flight file is there.
    ShorterThanInFlight {
        /// The results file.
        path: PathBuf,
        /// Its length, in bytes.
        found: u64,
        /// The length in the in-flight file.
        length: u64,
    },
}

impl Error {
    /// For `map_err`: an I/O error in writing or changing a file.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_owned(), action, reading: false, source }
    }

    /// For `map_err`: an I/O error in reading a file.
    pub(super) fn reading(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_owned(), action, reading: true, source }
    }

    pub(super) fn other_gateway(path: &Path, theirs: &str, ours: &str) -> Self {
        Self::OtherGateway {
            path: path.to_owned(),
            theirs: theirs.to_owned(),
            ours: ours.to_owned(),
        }
    }

    pub(super) fn not_ours(path: &Path) -> Self {
        Self::NotOurs { path: path.to_owned() }
    }

    /// Checks that the open `file` at `path` is as this run left it, `length` bytes long.
    ///
    /// # Errors
    /// [`Error::Touched`] when it is not; [`Error::Io`].
    pub(super) fn if_touched(path: &Path, file: &File, length: u64) -> Result<(), Self> {
        match fs::touched(path, file, length).map_err(Self::io("look for", path))? {
            None => Ok(()),
            Some(change) => Err(Self::Touched { path: path.to_owned(), change, length }),
        }
    }

    /// Returns whether somebody changed a file of the run during the run.
    #[must_use]
    pub fn is_touched(&self) -> bool {
        matches!(self, Self::Touched { .. })
    }

    /// Returns whether something is missing that is remembered.
    #[must_use]
    pub(super) fn is_loss(&self) -> bool {
        matches!(self, Self::LessThanRemembered { .. } | Self::InFlightLost { .. })
    }

    /// Returns whether a record cannot be read, and not the header above it.
    #[must_use]
    pub(super) fn is_of_a_record(&self) -> bool {
        matches!(self, Self::Unreadable { line, .. } if *line > 1)
    }

    /// Adds another way out to the error of a record.
    pub(super) fn or_accept(self) -> Self {
        match self {
            Self::Unreadable { path, line, reason } => {
                let reason = format!(
                    "{reason}; or add --accept-results to go on without the lines that cannot be \
                     read: they are kept in a file beside it"
                );
                Self::Unreadable { path, line, reason }
            }
            other => other,
        }
    }

    /// Returns whether a file could not be read, which does not mean that an outcome was lost.
    #[must_use]
    pub fn is_reading(&self) -> bool {
        match self {
            Self::Io { reading, .. } => *reading,
            Self::Unreadable { .. } | Self::NotALedger { .. } => true,
            Self::OtherGateway { .. }
            | Self::Locked { .. }
            | Self::NoFolder { .. }
            | Self::NotOurs { .. }
            | Self::Touched { .. }
            | Self::LessThanRemembered { .. }
            | Self::InFlightLost { .. }
            | Self::ShorterThanInFlight { .. } => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, action, source, .. } => {
                let way_out = limits::way_out(source);
                write!(f, "cannot {action} {}: {source}{way_out}", path.display())
            }
            Self::Unreadable { path, line, reason } => {
                write!(f, "{} line {line}: {reason}", path.display())
            }
            Self::NotALedger { path } => write!(
                f,
                "{} is not a results file of lipasend: its header has no message_id, status and \
                 gateway (is it the right file? if a run wrote it, restore it first)",
                path.display()
            ),
            Self::OtherGateway { path, theirs, ours } => other_gateway(f, path, theirs, ours),
            Self::Locked { path, holder } => locked(f, path, holder),
            Self::NoFolder { path } => write!(
                f,
                "{} cannot be written, because there is no folder {} (name another file with \
                 --results)",
                path.display(),
                names::folder_of(path).display()
            ),
            Self::NotOurs { path } => write!(
                f,
                "{} is not a lock file of lipasend, and would be overwritten (move it away, or name \
                 other results with --results)",
                path.display()
            ),
            Self::Touched { path, change, length } => touched(f, path, *change, *length),
            Self::LessThanRemembered { path, found, memory } => less(f, path, *found, memory),
            Self::InFlightLost { path, found, length } => in_flight_lost(f, path, *found, *length),
            Self::ShorterThanInFlight { path, found, length } => shorter(f, path, *found, *length),
        }
    }
}

/// Writes the text of [`Error::Locked`]. A run that holds its in-flight file has lost its lock file.
fn locked(f: &mut fmt::Formatter<'_>, path: &Path, holder: &str) -> fmt::Result {
    write!(f, "another run holds {}", path.display())?;
    match holder {
        "" if names::is_in_flight(path) => f.write_str(
            ", although its lock file was removed (let that run end; then run the same command again)",
        ),
        "" => f.write_str(" (wait for it with --lock-wait 5m)"),
        _ => write!(f, ": {holder} (wait for it with --lock-wait 5m)"),
    }
}

/// Writes the text of [`Error::Touched`].
fn touched(f: &mut fmt::Formatter<'_>, path: &Path, change: Touched, length: u64) -> fmt::Result {
    write!(f, "{} was ", path.display())?;
    match change {
        Touched::Gone => f.write_str("deleted or moved during the run")?,
        Touched::Replaced => f.write_str("replaced by another file during the run")?,
        Touched::Length(found) => {
            write!(f, "changed during the run: it has {found} bytes, and {length} were written")?;
        }
    }
    f.write_str(
        " (leave the files of a run alone until it has ended, then run the same command again)",
    )
}

/// Writes the text of [`Error::LessThanRemembered`].
fn less(f: &mut fmt::Formatter<'_>, path: &Path, found: Found, memory: &Memory) -> fmt::Result {
    let (now, way_out) = match found {
        Found::Gone => ("is gone".to_owned(), "start without it"),
        Found::Empty => ("is empty".to_owned(), "start without it"),
        Found::Holding { messages, sent } => {
            (format!("holds {messages} ({sent} sent)"), "go on with it as it is")
        }
    };
    write!(f, "{} {now}, but {} ", path.display(), names::lock_path(path).display())?;
    let (messages, sent) = match found {
        Found::Holding { messages, sent } => (messages, sent),
        Found::Gone | Found::Empty => (0, 0),
    };
    match memory {
        Memory::Held(held) => write!(
            f,
            "says that it held {} ({} sent): messages that would go out again: {}",
            held.messages,
            held.sent,
            held.messages.saturating_sub(messages).max(held.sent.saturating_sub(sent))
        )?,
        _ => f.write_str(
            "shows that an earlier run wrote it: all messages in it would go out again",
        )?,
    }
    f.write_str(" (put the file back")?;
    if found == Found::Gone && memory.last_line().is_some() {
        f.write_str(", name the file that it was moved to with --ledger")?;
    }
    write!(f, ", or add --accept-results to {way_out})")
}

/// Writes the text of [`Error::InFlightLost`].
fn in_flight_lost(f: &mut fmt::Formatter<'_>, path: &Path, found: u64, length: u64) -> fmt::Result {
    let now = match found {
        0 => "is gone or empty".to_owned(),
        _ => format!("has {found} bytes"),
    };
    write!(
        f,
        "{} {now}, but the last run ended with {length} bytes in it: messages that it had in flight \
         may have been accepted, and would go out again (put the file back, or add \
         --accept-results to go on without it)",
        path.display()
    )
}

/// Writes the text of [`Error::ShorterThanInFlight`].
fn shorter(f: &mut fmt::Formatter<'_>, path: &Path, found: u64, length: u64) -> fmt::Result {
    write!(
        f,
        "{} has {found} bytes, but {} says that it had {length} when the last run began: outcomes \
         are missing, and their messages would go out again (put the results back, or add \
         --accept-results to go on with them as they are)",
        path.display(),
        names::in_flight_path(path).display()
    )
}

/// Writes the text of [`Error::OtherGateway`]. A rehearsal cannot be adopted, so `--adopt-gateway`
/// is not suggested for one.
fn other_gateway(f: &mut fmt::Formatter<'_>, path: &Path, theirs: &str, ours: &str) -> fmt::Result {
    write!(
        f,
        "{}: these results belong to {theirs}, this run sends to {ours} (name another file with --results",
        path.display()
    )?;
    match [theirs, ours].contains(&REHEARSAL) {
        true => f.write_str(")"),
        false => f.write_str(", or add --adopt-gateway if the same gateway got another name)"),
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<Error> for Fatal {
    fn from(error: Error) -> Self {
        let code = match error {
            _ if error.is_reading() => ExitCode::Input,
            Error::Touched { .. }
            | Error::LessThanRemembered { .. }
            | Error::InFlightLost { .. }
            | Error::ShorterThanInFlight { .. } => ExitCode::Input,
            Error::OtherGateway { .. } | Error::NotOurs { .. } | Error::NoFolder { .. } => {
                ExitCode::Usage
            }
            Error::Locked { .. } => ExitCode::Locked,
            _ => ExitCode::Internal,
        };
        Self::new(code, error.to_string())
    }
}
