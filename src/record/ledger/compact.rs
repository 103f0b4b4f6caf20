//! Compaction: at a clean end only the line that counts is kept of each id.
//!
//! Lines are copied unchanged, so columns of the user's own survive. The file is read twice instead
//! of kept in memory, and the new file replaces the old one only when it is whole.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::reader::Records;
use super::state::{Index, counts_over};
use crate::prepare::message::IdKey;
use crate::read::own_columns::Column;
use crate::record::error::Error;
use crate::record::fs;
use crate::record::memory::Holdings;
use crate::send::outcome::Status;

/// The result of a compaction.
#[derive(Debug)]
pub enum Compaction {
    /// Every id has one line already.
    NotNeeded,
    /// This many lines were dropped, because another line of their id counts.
    Dropped(u64),
    /// The file stays as it is. That is worth a warning; nothing is lost.
    NotPossible(Error),
}

/// A file below this length, in bytes, is compacted for a single line.
const SMALL: u64 = 64 * 1024 * 1024;

/// Returns whether a file of so many lines and bytes is compacted: a large one only when a tenth of
/// its lines is superseded, because all of it is written again.
pub(super) fn is_worth_it(superseded: u64, lines: u64, length: u64) -> bool {
    superseded > 0 && (length < SMALL || superseded >= lines.div_ceil(10))
}

/// The line that counts for an id, by its number among the records.
struct Deciding {
    record: u64,
    status: Status,
}

/// Rewrites the file with only the lines that count. `original` is the open file at `path`, `length`
/// bytes long. `held` gets the last line of the new file.
pub(super) fn compact(
    path: &Path,
    original: &File,
    length: u64,
    held: &mut Holdings,
) -> Compaction {
    match try_compact(path, original, length, held) {
        Ok(0) => Compaction::NotNeeded,
        Ok(dropped) => Compaction::Dropped(dropped),
        Err(error) => Compaction::NotPossible(error),
    }
}

fn try_compact(
    path: &Path,
    original: &File,
    length: u64,
    held: &mut Holdings,
) -> Result<u64, Error> {
    let (deciding, records) = deciding_lines(path, length)?;
    let dropped = records - deciding.len() as u64;
    if dropped == 0 {
        return Ok(0);
    }
    let (file, new) = fs::create_replacement(path).map_err(Error::io("make a copy of", path))?;
    let replaced = write_deciding(path, original, length, file, &new, &deciding);
    if replaced.is_err() {
        // The first error is the one that is reported.
        let _ = fs::remove_if_there(&new);
    }
    (held.last_id, held.last_run) = replaced?;
    Ok(dropped)
}

fn deciding_lines(path: &Path, length: u64) -> Result<(Index<Deciding>, u64), Error> {
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
    records.check_was_whole(length)?;
    Ok((deciding, number))
}

fn write_deciding(
    path: &Path,
    original: &File,
    length: u64,
    file: File,
    new: &Path,
    deciding: &Index<Deciding>,
) -> Result<(String, String), Error> {
    let mut out = BufWriter::with_capacity(256 * 1024, file);
    let mut records = Records::open(path)?;
    out.write_all(records.header()).map_err(Error::io("write", new))?;
    let mut number = 0;
    let mut last = [Vec::new(), Vec::new()];
    while let Some(record) = records.next_record()? {
        let id = IdKey::of_bytes(record.bytes(Column::MessageId));
        if deciding.get(&id).is_some_and(|line| line.record == number) {
            out.write_all(record.raw).map_err(Error::io("write", new))?;
            for (cell, column) in last.iter_mut().zip([Column::MessageId, Column::Run]) {
                cell.clear();
                cell.extend_from_slice(record.bytes(column));
            }
        }
        number += 1;
    }
    // A line that somebody took out of the file meanwhile would be missing in the copy for ever.
    records.check_was_whole(length)?;
    let file = out.into_inner().map_err(|error| Error::io("write", new)(error.into_error()))?;
    fs::copy_access(original, &file).map_err(Error::io("replace", path))?;
    Error::if_touched(path, original, length)?;
    fs::replace(&file, new, path).map_err(Error::io("replace", path))?;
    let [last_id, last_run] = last.map(|cell| String::from_utf8_lossy(&cell).into_owned());
    Ok((last_id, last_run))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::ledger::tests::{Desk, short};
    use crate::record::names;

    #[test]
    fn a_large_file_is_compacted_when_a_tenth_of_its_lines_is_superseded() {
        for (superseded, lines, length, worth_it) in [
            (0, 10, 10, false),
            (1, 1_000_000, SMALL - 1, true),
            (1, 1_000_000, SMALL, false),
            (99_999, 1_000_000, SMALL, false),
            (100_000, 1_000_000, SMALL, true),
            (2, 11, SMALL, true),
            (1, 11, SMALL, false),
        ] {
            assert_eq!(is_worth_it(superseded, lines, length), worth_it, "{superseded} {lines}");
        }
    }

    #[test]
    fn a_file_that_changes_while_it_is_compacted_is_not_replaced() {
        let text = short(&["a,failed,h,", "a,sent,h,"]);
        let length = text.len() as u64;
        let compacted = |read: u64, replaced: bool| {
            let desk = Desk::with(&text);
            let original = fs::open_private(&desk.results()).unwrap();
            if replaced {
                std::fs::remove_file(desk.results()).unwrap();
                desk.put("a.results.csv", &text);
            }
            let mut held = Holdings::default();
            let compaction = compact(&desk.results(), &original, read, &mut held);
            assert!(!names::new_path(&desk.results()).exists());
            (compaction, desk.text() == text)
        };
        for (read, replaced) in [(length - 1, false), (length + 1, false), (length, true)] {
            let (compaction, same) = compacted(read, replaced);
            let Compaction::NotPossible(error) = compaction else { panic!("{compaction:?}") };
            assert!(error.is_touched() && same, "{error}");
        }
        assert!(matches!(compacted(length, false), (Compaction::Dropped(1), false)));
    }
}
