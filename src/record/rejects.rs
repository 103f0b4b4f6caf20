//! The rows that did not become messages, to be mended and fed back.
//!
//! A rejects file holds the input's own columns, so that it maps by itself when it comes back, and
//! behind them where the row stood and what is wrong with it. It is written beside its place and
//! moved there when it is whole. What somebody has mended is never overwritten: it is kept as
//! `….rejects.bak.csv`.
//!
//! How a file that was mended is told from one that is as we left it: the fraction of a second of
//! its modification time is a digest of its content. Who saves the file changes that time, and a
//! copy on a disk with coarser times loses it; then the file is kept, which is the safe side.

use std::fs::{File, FileTimes};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::error::Error;
use super::ledger::columns::{BOM, csv_line};
use super::{fs, names};
use crate::read::formula::escape_formula;

/// The columns that we put behind the input's own.
pub const COLUMNS: [&str; 4] = ["source", "line", "reject_code", "reject_reason"];

/// One row that was rejected, and why.
#[derive(Debug, Clone, Copy)]
pub struct Reject<'a> {
    /// The input that the row stands in.
    pub source: &'a str,
    /// The line there, from 1.
    pub line: u64,
    /// The reason as a word (`row_broken`).
    pub code: &'a str,
    /// The reason as a sentence, with what to do.
    pub reason: &'a str,
}

/// What became of a rejects file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// No row was rejected. A file that an earlier run wrote, and nobody changed, is gone.
    Nothing,
    /// The rejects are at `path`.
    At {
        /// The file.
        path: PathBuf,
        /// How many rows.
        rows: u64,
        /// Where what somebody had made of the file before is kept.
        kept: Option<PathBuf>,
    },
}

/// The rejects file of one input. Nothing is written before the first reject.
#[derive(Debug)]
pub struct Rejects {
    path: PathBuf,
    delimiter: u8,
    header: Vec<String>,
    /// Which of the input's columns are its own: a mended rejects file has ours too.
    own: Vec<bool>,
    rows: u64,
    /// The file that is to take the path's place, with its name.
    successor: Option<(BufWriter<File>, PathBuf)>,
}

impl Rejects {
    /// Rejects of an input with this header and separator. A `header` that holds all of our four
    /// columns is that of a mended rejects file: they are replaced, not doubled.
    #[must_use]
    pub fn new(path: &Path, header: &[&str], delimiter: u8) -> Self {
        let own = own_columns(header);
        let names = header.iter().zip(&own).filter(|(_, own)| **own).map(|(name, _)| *name);
        Self {
            path: path.to_owned(),
            delimiter,
            header: names.chain(COLUMNS).map(str::to_owned).collect(),
            own,
            rows: 0,
            successor: None,
        }
    }

    /// Where it is put when it is whole.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes one row: the cells of the input as they were meant, then why. A row with too few cells
    /// is filled up; what is too many goes behind our columns, where it can be seen.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write<'a>(
        &mut self,
        cells: impl IntoIterator<Item = &'a str>,
        reject: &Reject<'_>,
    ) -> Result<(), Error> {
        let mut cells = cells.into_iter();
        let line = reject.line.to_string();
        let mut row = Vec::with_capacity(self.own.len() + COLUMNS.len());
        for own in &self.own {
            let cell = cells.next().unwrap_or("");
            if *own {
                row.push(cell);
            }
        }
        row.extend([reject.source, &line, reject.code, reject.reason]);
        for surplus in cells {
            row.push(surplus);
        }
        self.write_row(&row).map_err(Error::io("write the rejects to", &self.path))?;
        self.rows += 1;
        Ok(())
    }

    fn write_row(&mut self, row: &[&str]) -> io::Result<()> {
        if self.successor.is_none() {
            let (file, name) = fs::create_successor(&self.path)?;
            let mut out = BufWriter::new(file);
            out.write_all(BOM)?;
            out.write_all(&guarded_line(self.delimiter, &self.header))?;
            self.successor = Some((out, name));
        }
        let line = guarded_line(self.delimiter, row);
        self.successor.as_mut().map_or(Ok(()), |(out, _)| out.write_all(&line))
    }

    /// Puts the file in its place, or takes an old one away that no longer says anything.
    ///
    /// # Errors
    /// [`Error::Io`]; what was there before is then still there, perhaps under its `bak` name.
    pub fn finish(mut self) -> Result<Written, Error> {
        self.put_in_place().map_err(Error::io("write the rejects to", &self.path))
    }

    fn put_in_place(&mut self) -> io::Result<Written> {
        let untouched = is_as_we_left_it(&self.path)?;
        let Some((out, _)) = &mut self.successor else {
            if untouched {
                fs::remove_if_there(&self.path)?;
            }
            return Ok(Written::Nothing);
        };
        out.flush()?;
        let Some((_, new)) = &self.successor else {
            return Ok(Written::Nothing);
        };
        let same = seal(new)? == digest_of(&self.path)?;
        let kept = if untouched || same { None } else { keep(&self.path)? };
        std::fs::rename(new, &self.path)?;
        fs::sync_folder_of(&self.path)?;
        self.successor = None;
        Ok(Written::At { path: self.path.clone(), rows: self.rows, kept })
    }
}

impl Drop for Rejects {
    /// Half a file says nothing; that it cannot be removed is no news either.
    fn drop(&mut self) {
        if let Some((_, new)) = &self.successor {
            let _ = fs::remove_if_there(new);
        }
    }
}

/// A column of ours counts as ours only when all four are there: an input may well have a `source`.
/// The last one of each name is meant, because we put them behind.
fn own_columns(header: &[&str]) -> Vec<bool> {
    let is = |name: &str, ours: &str| name.trim().eq_ignore_ascii_case(ours);
    let ours: Vec<usize> = COLUMNS
        .iter()
        .filter_map(|column| header.iter().rposition(|name| is(name, column)))
        .collect();
    let mended = ours.len() == COLUMNS.len();
    (0..header.len()).map(|at| !(mended && ours.contains(&at))).collect()
}

fn guarded_line<T: AsRef<str>>(delimiter: u8, cells: &[T]) -> Vec<u8> {
    csv_line(delimiter, false, cells.iter().map(|cell| escape_formula(cell.as_ref())))
}

/// Moves the file out of the way under the first name that is free; `None` when there is none.
fn keep(path: &Path) -> io::Result<Option<PathBuf>> {
    if !path.try_exists()? {
        return Ok(None);
    }
    let free = (1..=u32::MAX).map(|n| names::backup_path(path, n)).find(|name| !name.exists());
    let kept = free.ok_or(io::ErrorKind::AlreadyExists)?;
    std::fs::rename(path, &kept)?;
    Ok(Some(kept))
}

/// Forces the file onto the disk and marks it as ours; gives back its digest.
fn seal(path: &Path) -> io::Result<Option<u64>> {
    let digest = digest_of(path)?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let marked = Duration::from_secs(now.as_secs()) + mark(digest.unwrap_or_default());
    let file = File::options().append(true).open(path)?;
    file.set_times(FileTimes::new().set_modified(SystemTime::UNIX_EPOCH + marked))?;
    file.sync_all()?;
    Ok(digest)
}

/// Whether the file is there and carries the mark of its own content.
fn is_as_we_left_it(path: &Path) -> io::Result<bool> {
    let Some(digest) = digest_of(path)? else {
        return Ok(false);
    };
    let modified = std::fs::metadata(path)?.modified()?.duration_since(SystemTime::UNIX_EPOCH);
    Ok(modified.unwrap_or_default().subsec_nanos() == mark(digest).subsec_nanos())
}

/// A digest as a fraction of a second, in steps of 100 ns: finer ones not every file system keeps.
fn mark(digest: u64) -> Duration {
    Duration::from_nanos((digest ^ (digest >> 32)) % 10_000_000 * 100)
}

/// A digest of the content; `None` when there is no file. FNV-1a, because a later release has to
/// come to the same one.
fn digest_of(path: &Path) -> io::Result<Option<u64>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let mut file = BufReader::with_capacity(64 * 1024, file);
    let mut digest: u64 = 0xcbf2_9ce4_8422_2325;
    loop {
        let block = file.fill_buf()?;
        if block.is_empty() {
            return Ok(Some(digest));
        }
        for byte in block {
            digest = (digest ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        let read = block.len();
        file.consume(read);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const REJECT: Reject<'_> =
        Reject { source: "a.csv", line: 3, code: "no_phone", reason: "no number is left" };

    struct Desk(tempfile::TempDir);

    impl Desk {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn path(&self) -> PathBuf {
            self.0.path().join("a.rejects.csv")
        }

        fn write(&self, header: &[&str], rows: &[&[&str]]) -> Written {
            let mut rejects = Rejects::new(&self.path(), header, b',');
            for row in rows {
                rejects.write(row.iter().copied(), &REJECT).unwrap();
            }
            rejects.finish().unwrap()
        }

        fn text(&self) -> String {
            std::fs::read_to_string(self.path()).unwrap()
        }

        fn files(&self) -> Vec<String> {
            let entries = std::fs::read_dir(self.0.path()).unwrap();
            let mut names: Vec<String> =
                entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        }
    }

    #[test]
    fn a_row_comes_back_as_it_was_with_the_reason_behind_it() {
        for (header, cells, expected) in [
            (
                &["Name", "Phone"][..],
                &["Doe, J", "=1"][..],
                "Name,Phone,source,line,reject_code,reject_reason\n\
                 \"Doe, J\",'=1,a.csv,3,no_phone,no number is left\n",
            ),
            (
                &["name", "phone"],
                &["J"],
                "name,phone,source,line,reject_code,reject_reason\n\
                 J,,a.csv,3,no_phone,no number is left\n",
            ),
            (
                &["name"],
                &["J", "x", "y"],
                "name,source,line,reject_code,reject_reason\n\
                 J,a.csv,3,no_phone,no number is left,x,y\n",
            ),
            (
                &["name", "source", "line", "reject_code", "Reject_Reason "],
                &["J", "old.csv", "9", "old", "was bad"],
                "name,source,line,reject_code,reject_reason\n\
                 J,a.csv,3,no_phone,no number is left\n",
            ),
            (
                &["Source", "name", "source", "line", "reject_code", "reject_reason"],
                &["web", "J", "old.csv", "9", "old", "was bad"],
                "Source,name,source,line,reject_code,reject_reason\n\
                 web,J,a.csv,3,no_phone,no number is left\n",
            ),
            (
                &["name", "source"],
                &["J", "web"],
                "name,source,source,line,reject_code,reject_reason\n\
                 J,web,a.csv,3,no_phone,no number is left\n",
            ),
        ] {
            let desk = Desk::new();
            desk.write(header, &[cells]);
            assert_eq!(desk.text(), format!("\u{feff}{expected}"));
        }
    }

    #[test]
    fn the_inputs_separator_is_kept() {
        let desk = Desk::new();
        let mut rejects = Rejects::new(&desk.path(), &["a", "b"], b';');
        rejects.write(["x;y", "z"], &REJECT).unwrap();
        rejects.finish().unwrap();
        assert!(desk.text().contains("\"x;y\";z;a.csv;3;no_phone;no number is left\n"));
    }

    #[test]
    fn without_rejects_there_is_no_file() {
        let desk = Desk::new();
        assert_eq!(desk.write(&["name"], &[]), Written::Nothing);
        assert_eq!(desk.files(), [""; 0]);
    }

    #[test]
    fn what_we_wrote_last_is_replaced_or_taken_away() {
        let desk = Desk::new();
        desk.write(&["name"], &[&["J"]]);
        let replaced = desk.write(&["name"], &[&["K"], &["L"]]);
        assert_eq!(replaced, Written::At { path: desk.path(), rows: 2, kept: None });
        assert_eq!(desk.files(), ["a.rejects.csv"]);
        assert_eq!(desk.write(&["name"], &[]), Written::Nothing);
        assert_eq!(desk.files(), [""; 0]);
    }

    #[test]
    fn what_somebody_mended_is_kept() {
        let desk = Desk::new();
        desk.write(&["name"], &[&["J"]]);
        for kept in ["a.rejects.bak.csv", "a.rejects.bak.2.csv"] {
            let mended = desk.text() + kept;
            std::fs::write(desk.path(), &mended).unwrap();
            assert_eq!(desk.write(&["name"], &[]), Written::Nothing);
            assert_eq!(desk.text(), mended, "without new rejects it stays");
            let kept = desk.0.path().join(kept);
            let written = desk.write(&["name"], &[&["K"]]);
            assert_eq!(
                written,
                Written::At { path: desk.path(), rows: 1, kept: Some(kept.clone()) }
            );
            assert_eq!(std::fs::read_to_string(kept).unwrap(), mended);
        }
        assert_eq!(desk.files(), ["a.rejects.bak.2.csv", "a.rejects.bak.csv", "a.rejects.csv"]);
    }

    #[test]
    fn a_copy_with_the_same_content_needs_no_keeping() {
        let desk = Desk::new();
        desk.write(&["name"], &[&["J"]]);
        std::fs::write(desk.path(), desk.text()).unwrap();
        let written = desk.write(&["name"], &[&["J"]]);
        assert_eq!(written, Written::At { path: desk.path(), rows: 1, kept: None });
    }

    #[test]
    fn a_run_that_dies_leaves_the_old_file() {
        let desk = Desk::new();
        desk.write(&["name"], &[&["J"]]);
        let before = desk.text();
        let mut rejects = Rejects::new(&desk.path(), &["name"], b',');
        rejects.write(["K"], &REJECT).unwrap();
        drop(rejects);
        assert_eq!(desk.text(), before);
        assert_eq!(desk.files(), ["a.rejects.csv"]);
    }

    #[test]
    #[cfg(unix)]
    fn the_file_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let desk = Desk::new();
        desk.write(&["name"], &[&["J"]]);
        assert_eq!(std::fs::metadata(desk.path()).unwrap().permissions().mode() & 0o777, 0o600);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn a_round_trip_changes_nothing(
            cells in prop::collection::vec("(['=+@;,\"\t\r\n\\-0a]|.){0,9}", 3),
            delimiter in prop::sample::select(vec![b',', b';', b'\t', b'|']),
        ) {
            use crate::read::formula::unescape_formula;
            let desk = Desk::new();
            let mut rejects = Rejects::new(&desk.path(), &["a", "b", "c"], delimiter);
            rejects.write(cells.iter().map(String::as_str), &REJECT).unwrap();
            rejects.finish().unwrap();
            let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_path(desk.path()).unwrap();
            let row = reader.records().next().unwrap().unwrap();
            let back: Vec<&str> = row.iter().take(3).map(unescape_formula).collect();
            prop_assert_eq!(back, cells);
        }
    }
}
