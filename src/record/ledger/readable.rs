//! The lines of a results file that can be read, when others cannot and that is accepted
//! (`--accept-results`).
//!
//! An editor that saves the file while a run appends leaves parts of lines in the middle of it. The
//! lines that can be read replace the file; the others are kept beside it first, under the same
//! header. A message whose id can still be read in them is `unknown`, so that it is not sent as a new
//! one. Without a readable header there are no lines: then nothing is taken out.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::broken_line::{SameCells, unknown_lines};
use super::reader::Records;
use super::state::LedgerState;
use crate::read::own_columns::Column;
use crate::record::error::Error;
use crate::record::{fs, names};

/// With more lines than this that cannot be read, the file is not one of ours any more.
const MOST_UNREADABLE: usize = 1000;

/// The lines of one results file.
pub(super) struct Readable {
    /// A file with the header and the lines that can be read.
    copy: tempfile::NamedTempFile,
    /// The file, read to its end.
    records: Records,
    unreadable: Vec<Vec<u8>>,
    /// The number of messages in them that are `unknown` now.
    unknown: u64,
}

/// The lines that were taken out of results.
#[derive(Debug)]
pub struct SetAside {
    /// The file that has them now.
    pub path: PathBuf,
    /// The number of lines.
    pub lines: u64,
    /// The number of messages in them that are `unknown` now.
    pub unknown: u64,
}

impl Readable {
    /// Copies the lines that can be read to a new file in `folder`, and adds a line `unknown` for
    /// each message of the others. With no line to tell it, `gateway` is that of the file.
    ///
    /// # Errors
    /// When the header cannot be read or too many lines cannot; [`Error::Io`].
    pub(super) fn of(path: &Path, folder: &Path, gateway: &str) -> Result<Self, Error> {
        let mut records = Records::open(path)?;
        let new = tempfile::Builder::new().prefix(".lipasend-").suffix(".new").tempfile_in(folder);
        let copy = new.map_err(Error::io("make a copy of", path))?;
        let mut out = BufWriter::with_capacity(256 * 1024, copy.as_file());
        let mut same = SameCells { gateway: gateway.to_owned(), run: String::new() };
        let mut unreadable = Vec::new();
        let mut unknown = 0;
        let copied = out.write_all(records.header()).map_err(Error::io("make a copy of", path));
        copied.and_then(|()| copy_readable(&mut records, &mut out, &mut same, &mut unreadable))?;
        let written = unreadable.iter().try_for_each(|line| {
            for unknown_line in unknown_lines(line, records.layout(), &same) {
                unknown += 1;
                out.write_all(&unknown_line)?;
            }
            Ok(())
        });
        written.and_then(|()| out.flush()).map_err(Error::io("make a copy of", path))?;
        drop(out);
        Ok(Self { copy, records, unreadable, unknown })
    }

    /// The file with the lines that can be read.
    pub(super) fn path(&self) -> &Path {
        self.copy.path()
    }

    /// The number of lines that cannot be read.
    pub(super) fn unreadable(&self) -> u64 {
        self.unreadable.len() as u64
    }

    /// The number of messages in them that are `unknown`.
    pub(super) fn unknown(&self) -> u64 {
        self.unknown
    }

    /// The state of every message after the lines that can be read.
    pub(super) fn state(&self) -> Result<LedgerState, Error> {
        LedgerState::of(&mut Records::open(self.path())?)
    }

    /// Replaces the results; the lines that cannot be read are on the disk before.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Touched`] when somebody changed the file meanwhile.
    pub(super) fn replace(self) -> Result<SetAside, Error> {
        let path = self.records.path();
        let aside = self.keep_unreadable().map_err(Error::io("write beside", path))?;
        let access = File::open(path).and_then(|old| fs::copy_access(&old, self.copy.as_file()));
        access.map_err(Error::io("replace", path))?;
        self.records.check_unchanged()?;
        let replaced = fs::replace(self.copy.as_file(), self.copy.path(), path);
        replaced.map_err(Error::io("replace", path))?;
        Ok(SetAside { path: aside, lines: self.unreadable(), unknown: self.unknown })
    }

    fn keep_unreadable(&self) -> io::Result<PathBuf> {
        let mut text = self.records.header().to_owned();
        for line in &self.unreadable {
            text.extend_from_slice(line);
            if !line.ends_with(b"\n") {
                text.push(b'\n');
            }
        }
        let mut names = (1..).map(|n| names::unreadable_path(self.records.path(), n));
        let (path, file) = loop {
            let path = names.next().ok_or(io::ErrorKind::AlreadyExists)?;
            match fs::create_private(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                created => break (path, created?),
            }
        };
        fs::append(&file, &path, &text)?;
        fs::sync_new(&file, &path)?;
        Ok(path)
    }
}

/// Copies the lines that can be read to `out`, the last line end included, and the others to
/// `unreadable`. `same` receives the cells of the last line.
fn copy_readable(
    records: &mut Records,
    out: &mut impl Write,
    same: &mut SameCells,
    unreadable: &mut Vec<Vec<u8>>,
) -> Result<(), Error> {
    let path = records.path().to_owned();
    loop {
        let (start, line) = (records.offset(), records.next_line());
        match records.next_record() {
            Ok(Some(record)) if record.outcome().is_ok() => {
                let end: &[u8] = if record.raw.ends_with(b"\n") { b"" } else { b"\n" };
                let copied = out.write_all(record.raw).and_then(|()| out.write_all(end));
                copied.map_err(Error::io("make a copy of", &path))?;
                same.gateway = record.text(Column::Gateway).into_owned();
                same.run = record.text(Column::Run).into_owned();
                continue;
            }
            Ok(Some(_)) | Err(Error::Unreadable { .. }) => {}
            // What is torn off is passed over like any other line.
            Ok(None) => {
                if records.torn() == 0 {
                    return Ok(());
                }
            }
            Err(error) => return Err(error),
        }
        let text = records.pass_over_line(start, line)?;
        if !text.iter().all(|byte| *byte == 0 || byte.is_ascii_whitespace()) {
            unreadable.push(text);
        }
        if unreadable.len() > MOST_UNREADABLE {
            let reason = format!(
                "this and {MOST_UNREADABLE} lines before it cannot be read (put a whole copy back)"
            );
            return Err(records.unreadable(line, reason));
        }
    }
}
