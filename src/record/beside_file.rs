//! A file with rows of a list that is written beside it, to be given as input again.
//!
//! It is written as a new file, which replaces the old one when it is whole. A file that somebody
//! has edited, or that is of another list or campaign, is never overwritten: it is kept as
//! `….bak.csv`. A device
//! or a pipe that the user named gets the rows as they come.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::csv_text::{BOM, csv_line};
use super::earlier_file::{Earlier, digest_of, keep, seal};
use super::error::Error;
use super::fs;
use super::names::Beside;
use super::output_file::{OutputFile, Stream};
use crate::read::formula::escape_formula;

/// The result of writing such a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// There was no row. A file of this list that nobody has edited was removed.
    Nothing,
    /// The rows are at `path`.
    At {
        /// The file.
        path: PathBuf,
        /// The number of rows.
        rows: u64,
        /// The earlier file, if it was kept.
        kept: Option<Kept>,
    },
    /// The file of an earlier run stays, because this run was over part of the list.
    NotReplaced {
        /// The file.
        path: PathBuf,
        /// The number of rows that are not in it.
        rows: u64,
    },
}

/// A file that was at the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its new path.
    pub path: PathBuf,
    /// True if it is of another list, false if the user had edited it or it is of another campaign.
    pub of_another_list: bool,
}

/// The list that the rows are of.
#[derive(Debug, Clone, Copy)]
pub struct List<'a> {
    /// The name that the column `source` has.
    pub source: &'a str,
    /// The header.
    pub header: &'a [&'a str],
    /// The separator.
    pub delimiter: u8,
    /// The campaign that its rows are for, where they depend on one; else empty.
    pub campaign: &'a str,
    /// False if only some of its rows are read. Then the file of an earlier run stays.
    pub whole: bool,
}

/// The file of one kind of one list. Nothing is written before the first row.
#[derive(Debug)]
pub struct BesideFile {
    kind: Beside,
    path: PathBuf,
    source: String,
    campaign: String,
    whole: bool,
    delimiter: u8,
    header: Vec<String>,
    rows: u64,
    out: Out,
}

#[derive(Debug)]
enum Out {
    /// Nothing is written yet.
    None,
    /// The file that is to replace the one at the path, with its name.
    New(BufWriter<File>, PathBuf),
    /// A device or a pipe.
    Stream(BufWriter<Stream>),
}

impl BesideFile {
    /// The file of a list; its header is the list's and the columns of the kind.
    #[must_use]
    pub fn new(kind: Beside, output: OutputFile, list: &List<'_>) -> Self {
        let (path, out) = match output {
            OutputFile::Regular(path) => (path, Out::None),
            OutputFile::Stream(path, stream) => (path, Out::Stream(BufWriter::new(stream))),
        };
        let names = list.header.iter().chain(kind.columns());
        Self {
            kind,
            path,
            source: list.source.to_owned(),
            campaign: list.campaign.to_owned(),
            whole: list.whole,
            delimiter: list.delimiter,
            header: names.map(|name| (*name).to_owned()).collect(),
            rows: 0,
            out,
        }
    }

    /// The path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name of the list.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Writes one row.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write(&mut self, row: &[&str]) -> Result<(), Error> {
        self.write_row(row).map_err(Error::io(self.kind.action(), &self.path))?;
        self.rows += 1;
        Ok(())
    }

    fn write_row(&mut self, row: &[&str]) -> io::Result<()> {
        let mut lines = match self.rows {
            0 => [BOM, &*escaped_line(self.delimiter, &self.header)].concat(),
            _ => Vec::new(),
        };
        lines.extend(escaped_line(self.delimiter, row));
        if let Out::None = self.out {
            let (file, name) = fs::create_replacement(&self.path)?;
            self.out = Out::New(BufWriter::new(file), name);
        }
        match &mut self.out {
            Out::None => Ok(()),
            Out::New(out, _) => out.write_all(&lines),
            Out::Stream(out) => out.write_all(&lines),
        }
    }

    /// Puts the file in its place. Without a row an old one that nobody has edited is removed.
    ///
    /// # Errors
    /// [`Error::Io`]; what was there before is then still there, perhaps under its `bak` name.
    pub fn finish(mut self) -> Result<Written, Error> {
        self.put_in_place().map_err(Error::io(self.kind.action(), &self.path))
    }

    fn put_in_place(&mut self) -> io::Result<Written> {
        let (path, rows) = (self.path.clone(), self.rows);
        if let Out::Stream(out) = &mut self.out {
            out.flush()?;
            return Ok(match rows {
                0 => Written::Nothing,
                rows => Written::At { path, rows, kept: None },
            });
        }
        let earlier = Earlier::at(self.kind, &path, &self.source, &self.campaign)?;
        let Out::New(out, new) = &mut self.out else {
            let is_own = earlier == (Earlier::OfThisList { edited: false });
            if self.whole && is_own {
                fs::remove_if_there(&path)?;
            }
            return Ok(Written::Nothing);
        };
        if !self.whole && earlier != Earlier::None {
            return Ok(Written::NotReplaced { path, rows });
        }
        out.flush()?;
        let same = seal(out.get_ref(), new, &self.campaign)? == digest_of(&path)?;
        let kept = match earlier {
            _ if same => None,
            Earlier::None | Earlier::OfThisList { edited: false } => None,
            Earlier::OfThisList { edited: true } | Earlier::OfAnotherList => keep(&path)?,
        };
        fs::replace(out.get_ref(), new, &path)?;
        self.out = Out::None;
        let of_another_list = earlier == Earlier::OfAnotherList;
        let kept = kept.map(|path| Kept { path, of_another_list });
        Ok(Written::At { path, rows, kept })
    }
}

impl Drop for BesideFile {
    /// Removes a file that is not whole.
    fn drop(&mut self) {
        if let Out::New(_, new) = &self.out {
            let _ = fs::remove_if_there(new);
        }
    }
}

fn escaped_line<T: AsRef<str>>(delimiter: u8, cells: &[T]) -> Vec<u8> {
    csv_line(delimiter, false, cells.iter().map(|cell| escape_formula(cell.as_ref())))
}
