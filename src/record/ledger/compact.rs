//! One line for each id: what a clean end leaves behind.
//!
//! Lines are copied as they stand, so columns of the user's own survive. The file is read twice
//! instead of held in memory, and takes the old one's place only when it is whole.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::columns::Column;
use super::index::Index;
use super::reader::Records;
use super::state::counts_over;
use crate::record::error::Error;
use crate::record::fs;
use crate::send::outcome::Status;

/// What came of a compaction.
#[derive(Debug)]
pub enum Compaction {
    /// Every id has one line already.
    NotNeeded,
    /// So many lines were dropped because a later or better one counts.
    Dropped(u64),
    /// The file stays as it is, which is no harm: a warning, not a failure.
    NotPossible(Error),
}

/// The line that counts for an id, by its number among the records.
struct Deciding {
    record: u64,
    status: Status,
}

/// Rewrites the file with only the lines that count. `original` is the file itself, held open.
pub(super) fn compact(path: &Path, original: &File) -> Compaction {
    match try_compact(path, original) {
        Ok(0) => Compaction::NotNeeded,
        Ok(dropped) => Compaction::Dropped(dropped),
        Err(error) => Compaction::NotPossible(error),
    }
}

fn try_compact(path: &Path, original: &File) -> Result<u64, Error> {
    let (deciding, records) = deciding_lines(path)?;
    let dropped = records - deciding.len() as u64;
    if dropped == 0 {
        return Ok(0);
    }
    let (file, new) = fs::create_successor(path).map_err(Error::io("make a copy of", path))?;
    let replaced = write_deciding(path, original, file, &new, &deciding);
    if replaced.is_err() {
        // It is only half of a file, and what went wrong is already being told.
        let _ = fs::remove_if_there(&new);
    }
    replaced.map(|()| dropped)
}

fn deciding_lines(path: &Path) -> Result<(Index<Deciding>, u64), Error> {
    let mut records = Records::open(path)?;
    let mut deciding: Index<Deciding> = Index::default();
    let mut number = 0;
    while let Some(record) = records.next_record()? {
        let line = record.line;
        let (id, status) = match record.outcome() {
            Ok(outcome) => outcome,
            Err(reason) => return Err(records.unreadable(line, reason)),
        };
        let this = Deciding { record: number, status };
        deciding.put(id, this, |earlier, later| {
            if counts_over(later.status, earlier.status) {
                *earlier = later;
            }
        });
        number += 1;
    }
    Ok((deciding, number))
}

fn write_deciding(
    path: &Path,
    original: &File,
    file: File,
    new: &Path,
    deciding: &Index<Deciding>,
) -> Result<(), Error> {
    let mut out = BufWriter::with_capacity(256 * 1024, file);
    let mut records = Records::open(path)?;
    out.write_all(records.header()).map_err(Error::io("write", new))?;
    let mut number = 0;
    while let Some(record) = records.next_record()? {
        let id = crate::prepare::message::IdKey::of_bytes(record.bytes(Column::MessageId));
        if deciding.get(&id).is_some_and(|line| line.record == number) {
            out.write_all(record.raw).map_err(Error::io("write", new))?;
        }
        number += 1;
    }
    put_in_place(path, original, new, out).map_err(Error::io("replace", path))
}

fn put_in_place(path: &Path, original: &File, new: &Path, out: BufWriter<File>) -> io::Result<()> {
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    fs::copy_access(original, &file)?;
    file.sync_all()?;
    std::fs::rename(new, path)?;
    fs::sync_folder_of(path)
}
