//! The errors of reading and writing our files, and their exit codes.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::names::REHEARSAL;
use crate::exit::{ExitCode, Fatal};

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

    /// Returns whether a file could not be read, which does not mean that an outcome was lost.
    #[must_use]
    pub fn is_reading(&self) -> bool {
        match self {
            Self::Io { reading, .. } => *reading,
            Self::Unreadable { .. } | Self::NotALedger { .. } => true,
            Self::OtherGateway { .. } | Self::Locked { .. } => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, action, source, .. } => {
                write!(f, "cannot {action} {}: {source}", path.display())
            }
            Self::Unreadable { path, line, reason } => {
                write!(f, "{} line {line}: {reason}", path.display())
            }
            Self::NotALedger { path } => write!(
                f,
                "{} is not a results file of lipasend: its header has no message_id, status and \
                 gateway (is it the right file?)",
                path.display()
            ),
            Self::OtherGateway { path, theirs, ours } => other_gateway(f, path, theirs, ours),
            Self::Locked { path, holder } if holder.is_empty() => {
                write!(f, "another run holds {}", path.display())
            }
            Self::Locked { path, holder } => {
                write!(
                    f,
                    "another run holds {}: {holder} (wait for it with --lock-wait 5m)",
                    path.display()
                )
            }
        }
    }
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
            Error::OtherGateway { .. } => ExitCode::Usage,
            Error::Locked { .. } => ExitCode::Locked,
            _ => ExitCode::Internal,
        };
        Self::new(code, error.to_string())
    }
}
