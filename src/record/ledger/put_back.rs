//! Writes the outcomes of a run to the results again after somebody changed, replaced or deleted
//! the file during the run.
//!
//! An editor that saves what it read earlier drops the lines that were written since, however long
//! ago they were synced. So each line of the run that the file at the path lacks is appended to it,
//! in its layout.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufWriter, Seek};
use std::path::Path;

use super::columns::Layout;
use super::entry::{Record, time};
use super::reader::Records;
use super::repair_end;
use super::state::LedgerState;
use crate::prepare::message::IdKey;
use crate::read::formula::escape_formula;
use crate::read::own_columns::Column;
use crate::record::error::Error;
use crate::record::fs;

use jiff::Timestamp;

/// The number of bytes that are written at once.
const BLOCK: usize = 256 * 1024;

/// The lines of a run, and what is needed to write them again.
pub(super) struct RunLines<'a> {
    /// The file at the path of the results when the run began.
    pub(super) original: &'a File,
    /// Every line of the run, without a header.
    pub(super) copy: &'a File,
    /// The layout of these lines.
    pub(super) layout: &'a Layout,
    pub(super) gateway: &'a str,
    pub(super) run: Timestamp,
}

impl RunLines<'_> {
    /// Appends each line that the results lack; a file that is gone is made again from the original.
    /// Returns the number of lines that it lacked.
    ///
    /// # Errors
    /// When the file cannot be read or written, or is changed again meanwhile.
    pub(super) fn put_back(&self, path: &Path) -> Result<u64, Error> {
        if std::fs::symlink_metadata(path).is_err_and(|e| e.kind() == io::ErrorKind::NotFound) {
            self.restore(path).map_err(Error::io("restore", path))?;
        }
        if !std::fs::symlink_metadata(path).is_ok_and(|there| there.is_file()) {
            return Err(Error::io("write to", path)(io::Error::other("it is not a file")));
        }
        // What cannot be read as results is left as it is, and so is a rehearsal for a real gateway.
        LedgerState::read(path, self.gateway, true)?;
        let file = fs::open_private(path).map_err(Error::io("open", path))?;
        let mut records = Records::open(path)?;
        let there = self.ids_in(&mut records)?;
        let mut length = repair_end(&file, &records)?;
        let layout = records.layout().clone();
        let (mut lines, mut count) = (Vec::new(), 0);
        let mut write = |lines: &mut Vec<u8>| -> Result<(), Error> {
            fs::append(&file, path, lines).map_err(Error::io("append to", path))?;
            length += lines.len() as u64;
            lines.clear();
            Ok(())
        };
        self.each_missing(path, &there, |record| {
            lines.extend(layout.line(|column| escaped(record.text(column))));
            count += 1;
            if lines.len() < BLOCK { Ok(()) } else { write(&mut lines) }
        })?;
        write(&mut lines)?;
        fs::sync_data(&file, path).map_err(Error::io("sync", path))?;
        Error::if_touched(path, &file, length)?;
        Ok(count)
    }

    /// The lines of the run that the file at the path lacks, or all of them when that file cannot be
    /// read.
    pub(super) fn missing(&self, path: &Path) -> Result<Vec<u8>, Error> {
        let mut there = HashSet::new();
        if let Ok(mut records) = Records::open(path) {
            there = self.ids_in(&mut records).unwrap_or_default();
        }
        let mut lines = Vec::new();
        self.each_missing(path, &there, |record| {
            lines.extend_from_slice(record.raw);
            Ok(())
        })?;
        Ok(lines)
    }

    /// The ids that have a line of this run.
    fn ids_in(&self, records: &mut Records) -> Result<HashSet<IdKey>, Error> {
        let run = time(self.run);
        let mut ids = HashSet::new();
        while let Some(record) = records.next_record()? {
            if record.bytes(Column::Run) == run.as_bytes() {
                ids.insert(IdKey::of_bytes(record.bytes(Column::MessageId)));
            }
        }
        Ok(ids)
    }

    fn each_missing(
        &self,
        path: &Path,
        there: &HashSet<IdKey>,
        mut visit: impl FnMut(&Record<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut copy = self.copy;
        copy.rewind().map_err(Error::io("read the copy of", path))?;
        let mut records = Records::bare(copy, path, self.layout.clone(), 1);
        while let Some(record) = records.next_record()? {
            if !there.contains(&IdKey::of_bytes(record.bytes(Column::MessageId))) {
                visit(&record)?;
            }
        }
        Ok(())
    }

    /// Makes the file again from the original, which is still open although it has no name.
    fn restore(&self, path: &Path) -> io::Result<()> {
        let mut original = self.original;
        original.rewind()?;
        let (file, new) = fs::create_replacement(path)?;
        let mut out = BufWriter::with_capacity(BLOCK, file);
        io::copy(&mut original, &mut out)?;
        let file = out.into_inner()?;
        fs::copy_access(self.original, &file)?;
        fs::replace(&file, &new, path)
    }
}

/// A cell as it is written, from what was read.
fn escaped(cell: Cow<'_, str>) -> Cow<'_, str> {
    match cell {
        Cow::Borrowed(cell) => escape_formula(cell),
        Cow::Owned(cell) => Cow::Owned(escape_formula(&cell).into_owned()),
    }
}
