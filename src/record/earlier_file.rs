//! The file of an earlier run at the path of a new one: of which list it is, whether somebody has
//! edited it, and how it is kept.
//!
//! The fraction of a second of such a file's modification time is a digest of its content and its
//! campaign; a file without it has been edited, or is of another campaign. A copy on a disk with coarser times loses it too; then the file is
//! kept, which is the safe side.
//!
//! The column `source` names the list. The same list may be written in several ways (`a.csv`,
//! `lists/a.csv`), so the last part of its path decides, unless both lists exist and differ.

use std::fs::{File, FileTimes};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::names::{self, Beside};
use crate::read::formula::unescape_formula;
use crate::read::own_columns::REJECTS;

/// The file at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earlier {
    /// There is none.
    None,
    /// It is of the same list, or of none that is known.
    OfThisList {
        /// True if it is not what a run of this campaign wrote.
        edited: bool,
    },
    /// It is of another list.
    OfAnotherList,
}

impl Earlier {
    /// Looks at the file of this kind at `path`; `source` is the list of the new file, and `campaign`
    /// the one that its rows are for.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn at(kind: Beside, path: &Path, source: &str, campaign: &str) -> io::Result<Self> {
        if !path.is_file() {
            return Ok(Self::None);
        }
        match source_in(kind, path)? {
            Some(theirs) if !is_same_list(&theirs, source, path) => Ok(Self::OfAnotherList),
            _ => Ok(Self::OfThisList { edited: !is_as_we_left_it(path, campaign)? }),
        }
    }
}

/// The list that the first record names; `None` when the file has no record with our columns.
fn source_in(kind: Beside, path: &Path) -> io::Result<Option<String>> {
    let mut text = BufReader::new(File::open(path)?);
    if text.fill_buf()?.starts_with(b"\xEF\xBB\xBF") {
        text.consume(3);
    }
    let mut header = Vec::new();
    text.read_until(b'\n', &mut header)?;
    let Some(delimiter) = delimiter_of(kind, &header) else { return Ok(None) };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(io::Read::chain(io::Cursor::new(header), text));
    let Some(column) = reader.byte_headers().ok().and_then(source_column) else { return Ok(None) };
    let first = reader.byte_records().next().and_then(Result::ok);
    let cell = first.as_ref().and_then(|record| record.get(column));
    Ok(cell.map(|cell| unescape_formula(&String::from_utf8_lossy(cell)).to_owned()))
}

/// The separator before the last of our columns in a header.
fn delimiter_of(kind: Beside, header: &[u8]) -> Option<u8> {
    let at = memchr::memmem::rfind(header, kind.columns().last()?.as_bytes())?;
    header[..at].iter().rev().find(|byte| **byte != b'"').copied()
}

/// The column `source` that is ours: the last of this name.
fn source_column(header: &csv::ByteRecord) -> Option<usize> {
    let cells: Vec<&[u8]> = header.iter().collect();
    let is = |cell: &&[u8]| cell.trim_ascii().eq_ignore_ascii_case(REJECTS[0].as_bytes());
    cells.iter().rposition(is)
}

/// Returns whether two names are those of one list; `beside` is the file that says `theirs`. That name
/// may be relative to another working folder, but a list and its files are usually side by side.
fn is_same_list(theirs: &str, ours: &str, beside: &Path) -> bool {
    if theirs == ours {
        return true;
    }
    let (theirs, ours) = (Path::new(theirs), Path::new(ours));
    let same_name = theirs.file_name() == ours.file_name();
    let real = |path: &Path| path.canonicalize().ok();
    let list_beside = names::folder_of(beside).join(theirs.file_name().unwrap_or_default());
    match (real(theirs), real(ours)) {
        (Some(theirs), Some(ours)) if theirs == ours => true,
        (_, Some(ours)) if !theirs.is_absolute() && real(&list_beside).is_some() => {
            real(&list_beside) == Some(ours)
        }
        (Some(_), Some(_)) => false,
        _ => same_name,
    }
}

/// Renames the file to the first backup name that is free; `None` when there is no file.
pub(super) fn keep(path: &Path) -> io::Result<Option<PathBuf>> {
    if !path.try_exists()? {
        return Ok(None);
    }
    let is_free = |name: &PathBuf| std::fs::symlink_metadata(name).is_err();
    let free = (1..=u32::MAX).map(|n| names::backup_path(path, n)).find(is_free);
    let kept = free.ok_or(io::ErrorKind::AlreadyExists)?;
    std::fs::rename(path, &kept)?;
    Ok(Some(kept))
}

/// Marks the file as that of a campaign, and returns the digest of its content.
pub(super) fn seal(file: &File, path: &Path, campaign: &str) -> io::Result<Option<u64>> {
    let digest = digest_of(path)?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let marked = Duration::from_secs(now.as_secs()) + mark(digest.unwrap_or_default(), campaign);
    file.set_times(FileTimes::new().set_modified(SystemTime::UNIX_EPOCH + marked))?;
    Ok(digest)
}

/// Returns whether the file exists and its modification time is the mark of its content and campaign.
fn is_as_we_left_it(path: &Path, campaign: &str) -> io::Result<bool> {
    let Some(digest) = digest_of(path)? else {
        return Ok(false);
    };
    let modified = std::fs::metadata(path)?.modified()?.duration_since(SystemTime::UNIX_EPOCH);
    Ok(modified.unwrap_or_default().subsec_nanos() == mark(digest, campaign).subsec_nanos())
}

/// A digest with a campaign as a fraction of a second, in steps of 100 ns: not every file system
/// keeps finer ones.
fn mark(digest: u64, campaign: &str) -> Duration {
    let digest = with_bytes(digest, campaign.as_bytes());
    Duration::from_nanos((digest ^ (digest >> 32)) % 10_000_000 * 100)
}

/// A digest of the content, by FNV-1a, which later releases must use too; `None` when there is no
/// file.
pub(super) fn digest_of(path: &Path) -> io::Result<Option<u64>> {
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
        digest = with_bytes(digest, block);
        let read = block.len();
        file.consume(read);
    }
}

/// Adds bytes to a digest.
fn with_bytes(digest: u64, bytes: &[u8]) -> u64 {
    let add = |digest: u64, byte: &u8| (digest ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(digest, add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_read_from_the_column_of_ours() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.rejects.csv");
        const OURS: &str = "source,line,reject_code,reject_reason";
        for (text, source) in [
            (format!("\u{feff}name,{OURS}\nJ,a.csv,3,c,r\n"), Some("a.csv")),
            (format!("\u{feff}\"na\nme\",source,{OURS}\nJ,web,\"a, b.csv\",3,c,r\n"), None),
            (format!("source,{OURS}\nweb,\"a, b.csv\",3,c,r\n"), Some("a, b.csv")),
            (format!("name,{OURS}\n\"J\nK\",'=a.csv,3,c,r\n"), Some("=a.csv")),
            (format!("n;{}\nJ;a.csv;3;c;r\n", OURS.replace(',', ";")), Some("a.csv")),
            ("\"n\"\t\"source\"\t\"line\"\t\"reject_code\"\t\"reject_reason\"\r\nJ\ta.csv\t3\tc\tr\r\n".to_owned(), Some("a.csv")),
            (format!("name,{OURS}\n"), None),
            ("name,source\nJ,a.csv\n".to_owned(), None),
            (String::new(), None),
        ] {
            std::fs::write(&path, &text).unwrap();
            assert_eq!(source_in(Beside::Rejects, &path).unwrap().as_deref(), source, "{text}");
        }
    }

    #[test]
    fn one_list_may_be_written_in_several_ways() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        std::fs::create_dir(at("x")).unwrap();
        for name in ["a.csv", "x/a.csv"] {
            std::fs::write(at(name), "").unwrap();
        }
        let beside = folder.path().join("x/a.rejects.csv");
        for (theirs, ours, same) in [
            ("a.csv".to_owned(), "a.csv".to_owned(), true),
            ("a.csv".to_owned(), at("x/a.csv"), true),
            ("x/a.csv".to_owned(), at("x/a.csv"), true),
            ("a.csv".to_owned(), at("a.csv"), false),
            ("lists/a.csv".to_owned(), "a.csv".to_owned(), true),
            (at("x/../a.csv"), at("a.csv"), true),
            (at("x/a.csv"), at("a.csv"), false),
            ("a.vcf".to_owned(), at("a.csv"), false),
            ("standard input".to_owned(), "standard input".to_owned(), true),
            ("standard input".to_owned(), "a.csv".to_owned(), false),
        ] {
            assert_eq!(is_same_list(&theirs, &ours, &beside), same, "{theirs} {ours}");
        }
    }
}
