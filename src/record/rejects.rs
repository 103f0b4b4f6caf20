//! `INPUT.rejects.csv`: the rows that did not become messages, to be fixed and given as input
//! again.
//!
//! A rejects file holds the input's own columns, so that it needs no other `--map`, and behind them
//! the row's place and what is wrong with it. It is written as a new file, which replaces the old
//! one when it is whole. A file that somebody has edited is never overwritten: it is kept as
//! `….rejects.bak.csv`.
//!
//! The fraction of a second of the file's modification time is a digest of its content; a file
//! without it has been edited. A copy on a disk with coarser times loses it too; then the file is
//! kept, which is the safe side.

use std::fs::{File, FileTimes};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::error::Error;
use super::ledger::columns::{BOM, csv_line};
use super::{fs, names};
use crate::read::formula::escape_formula;
use crate::read::own_columns::REJECTS;

/// The reason why a row was rejected.
#[derive(Debug, Clone, Copy)]
pub struct Reject<'a> {
    /// The input that holds the row.
    pub source: &'a str,
    /// The line of the input, from 1.
    pub line: u64,
    /// The reason as a word (`row_broken`).
    pub code: &'a str,
    /// The reason as a sentence, with what to do.
    pub reason: &'a str,
}

/// The result of writing a rejects file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// No row was rejected. A file that an earlier run wrote and nobody has edited was removed.
    Nothing,
    /// The rejects are at `path`.
    At {
        /// The file.
        path: PathBuf,
        /// The number of rows.
        rows: u64,
        /// The new path of the earlier file, kept because the user had edited it.
        kept: Option<PathBuf>,
    },
}

/// The rejects file of one input. Nothing is written before the first reject.
#[derive(Debug)]
pub struct Rejects {
    path: PathBuf,
    delimiter: u8,
    header: Vec<String>,
    /// True for each column that is the input's own: a rejects file that comes back has ours too.
    own: Vec<bool>,
    rows: u64,
    /// The file that is to replace the one at the path, with its name.
    new: Option<(BufWriter<File>, PathBuf)>,
}

impl Rejects {
    /// The rejects of an input with this header and separator. A `header` with all four of our
    /// columns is that of a rejects file: they are replaced, not doubled.
    #[must_use]
    pub fn new(path: &Path, header: &[&str], delimiter: u8) -> Self {
        let own = own_columns(header);
        let names = header.iter().zip(&own).filter(|(_, own)| **own).map(|(name, _)| *name);
        Self {
            path: path.to_owned(),
            delimiter,
            header: names.chain(REJECTS).map(str::to_owned).collect(),
            own,
            rows: 0,
            new: None,
        }
    }

    /// The path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes one row: the cells of the input, then the reason. A row with too few cells is filled
    /// up; surplus cells go behind our columns, where they can be seen.
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
        let mut row = Vec::with_capacity(self.own.len() + REJECTS.len());
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
        if self.new.is_none() {
            let (file, name) = fs::create_replacement(&self.path)?;
            let mut out = BufWriter::new(file);
            out.write_all(BOM)?;
            out.write_all(&escaped_line(self.delimiter, &self.header))?;
            self.new = Some((out, name));
        }
        let line = escaped_line(self.delimiter, row);
        self.new.as_mut().map_or(Ok(()), |(out, _)| out.write_all(&line))
    }

    /// Puts the file in its place, or removes an old one when no row was rejected.
    ///
    /// # Errors
    /// [`Error::Io`]; what was there before is then still there, perhaps under its `bak` name.
    pub fn finish(mut self) -> Result<Written, Error> {
        self.put_in_place().map_err(Error::io("write the rejects to", &self.path))
    }

    fn put_in_place(&mut self) -> io::Result<Written> {
        let untouched = is_as_we_left_it(&self.path)?;
        let Some((out, new)) = &mut self.new else {
            if untouched {
                fs::remove_if_there(&self.path)?;
            }
            return Ok(Written::Nothing);
        };
        out.flush()?;
        let same = seal(out.get_ref(), new)? == digest_of(&self.path)?;
        let kept = if untouched || same { None } else { keep(&self.path)? };
        fs::replace(out.get_ref(), new, &self.path)?;
        self.new = None;
        Ok(Written::At { path: self.path.clone(), rows: self.rows, kept })
    }
}

impl Drop for Rejects {
    /// Removes a file that is not whole.
    fn drop(&mut self) {
        if let Some((_, new)) = &self.new {
            let _ = fs::remove_if_there(new);
        }
    }
}

/// Returns whether each column is the input's own. Ours count as ours only when all four are there:
/// an input may well have a `source`. The last one of each name is ours, because we put them
/// behind.
fn own_columns(header: &[&str]) -> Vec<bool> {
    let is = |name: &str, ours: &str| name.trim().eq_ignore_ascii_case(ours);
    let ours: Vec<usize> = REJECTS
        .iter()
        .filter_map(|column| header.iter().rposition(|name| is(name, column)))
        .collect();
    let all = ours.len() == REJECTS.len();
    (0..header.len()).map(|at| !(all && ours.contains(&at))).collect()
}

fn escaped_line<T: AsRef<str>>(delimiter: u8, cells: &[T]) -> Vec<u8> {
    csv_line(delimiter, false, cells.iter().map(|cell| escape_formula(cell.as_ref())))
}

/// Renames the file to the first backup name that is free; `None` when there is no file.
fn keep(path: &Path) -> io::Result<Option<PathBuf>> {
    if !path.try_exists()? {
        return Ok(None);
    }
    let free = (1..=u32::MAX).map(|n| names::backup_path(path, n)).find(|name| !name.exists());
    let kept = free.ok_or(io::ErrorKind::AlreadyExists)?;
    std::fs::rename(path, &kept)?;
    Ok(Some(kept))
}

/// Marks the file as ours, and returns its digest.
fn seal(file: &File, path: &Path) -> io::Result<Option<u64>> {
    let digest = digest_of(path)?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let marked = Duration::from_secs(now.as_secs()) + mark(digest.unwrap_or_default());
    file.set_times(FileTimes::new().set_modified(SystemTime::UNIX_EPOCH + marked))?;
    Ok(digest)
}

/// Returns whether the file exists and its modification time is the mark of its content.
fn is_as_we_left_it(path: &Path) -> io::Result<bool> {
    let Some(digest) = digest_of(path)? else {
        return Ok(false);
    };
    let modified = std::fs::metadata(path)?.modified()?.duration_since(SystemTime::UNIX_EPOCH);
    Ok(modified.unwrap_or_default().subsec_nanos() == mark(digest).subsec_nanos())
}

/// A digest as a fraction of a second, in steps of 100 ns: not every file system keeps finer ones.
fn mark(digest: u64) -> Duration {
    Duration::from_nanos((digest ^ (digest >> 32)) % 10_000_000 * 100)
}

/// A digest of the content, by FNV-1a, which later releases must use too; `None` when there is no
/// file.
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
    fn a_row_is_written_unchanged_with_the_reason_behind_it() {
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
    fn a_file_that_nobody_edited_is_replaced_or_removed() {
        let desk = Desk::new();
        desk.write(&["name"], &[&["J"]]);
        let mut replaced = Written::Nothing;
        let calls = fs::calls_of(|| replaced = desk.write(&["name"], &[&["K"], &["L"]]));
        assert_eq!(replaced, Written::At { path: desk.path(), rows: 2, kept: None });
        assert_eq!(
            calls,
            [
                "fsync a.rejects.csv.new",
                "rename to a.rejects.csv",
                "fsync the folder of a.rejects.csv",
            ]
        );
        assert_eq!(desk.files(), ["a.rejects.csv"]);
        assert_eq!(desk.write(&["name"], &[]), Written::Nothing);
        assert_eq!(desk.files(), [""; 0]);
    }

    #[test]
    fn a_file_that_somebody_edited_is_kept() {
        let desk = Desk::new();
        desk.write(&["name"], &[&["J"]]);
        for kept in ["a.rejects.bak.csv", "a.rejects.bak.2.csv"] {
            let edited = desk.text() + kept;
            std::fs::write(desk.path(), &edited).unwrap();
            assert_eq!(desk.write(&["name"], &[]), Written::Nothing);
            assert_eq!(desk.text(), edited, "without new rejects it stays");
            let kept = desk.0.path().join(kept);
            let written = desk.write(&["name"], &[&["K"]]);
            assert_eq!(
                written,
                Written::At { path: desk.path(), rows: 1, kept: Some(kept.clone()) }
            );
            assert_eq!(std::fs::read_to_string(kept).unwrap(), edited);
        }
        assert_eq!(desk.files(), ["a.rejects.bak.2.csv", "a.rejects.bak.csv", "a.rejects.csv"]);
    }

    #[test]
    fn a_copy_with_the_same_content_is_not_kept() {
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
