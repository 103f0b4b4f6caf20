//! Gives the results of an older version the columns that were added since.
//!
//! The file is copied line by line: the user's own columns, the order, the separator and the line
//! ends stay, and the new columns are behind the others. The copy replaces the file only when it is
//! whole and on the disk, so that a crash leaves one of the two. No in-flight file may refer to a
//! length of the old file.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::append::Appender;
use super::columns::Layout;
use super::reader::Records;
use crate::prepare::message::CardId;
use crate::read::own_columns::Column;
use crate::record::error::Error;
use crate::record::fs;

/// The columns that results of older versions lack.
const ADDED: [Column; 3] = [Column::CardId, Column::ToSource, Column::ToLine];

/// Adds the missing columns to the file that `appender` writes, whose header line this is.
///
/// Returns the error when that is not possible, and the file stays as it is. That is worth a
/// warning: a run can write the columns that it has.
///
/// # Errors
/// [`Error::Io`] when the file is replaced, but a power cut may undo that: then nothing may be
/// written to it.
pub(super) fn upgrade(
    appender: &mut Appender,
    layout: &mut Layout,
    header: &mut Vec<u8>,
) -> Result<Option<Error>, Error> {
    let missing: Vec<Column> =
        ADDED.into_iter().filter(|column| layout.position(*column).is_none()).collect();
    if missing.is_empty() {
        return Ok(None);
    }
    let path = appender.path().to_owned();
    let (file, new) = match fs::create_replacement(&path) {
        Ok(created) => created,
        Err(error) => return Ok(Some(Error::io("make a copy of", &path)(error))),
    };
    let written = write_copy(appender, &missing, &file, &new).and_then(|copy| {
        fs::replace(&file, &new, &path).map_err(Error::io("replace", &path))?;
        Ok(copy)
    });
    match written {
        Ok(copy) => {
            appender.continue_in(file, copy.length);
            (*layout, *header) = (copy.layout, copy.header);
            Ok(None)
        }
        // It has its final name already.
        Err(error) if !new.exists() => Err(error),
        Err(error) => {
            // The first error is the one that is reported.
            let _ = fs::remove_if_there(&new);
            Ok(Some(error))
        }
    }
}

/// The whole copy of a file.
#[derive(Debug)]
struct Copy {
    header: Vec<u8>,
    layout: Layout,
    length: u64,
}

fn write_copy(
    appender: &Appender,
    missing: &[Column],
    file: &File,
    new: &Path,
) -> Result<Copy, Error> {
    let path = appender.path();
    let mut records = Records::open(path)?;
    let delimiter = records.layout().delimiter;
    let names = missing.iter().map(|column| column.name());
    let header = with_cells(records.header(), delimiter, names);
    let layout = Layout::of_header(&header);
    let layout = layout.ok_or_else(|| Error::NotALedger { path: path.to_owned() })?;
    let mut out = BufWriter::with_capacity(256 * 1024, file);
    out.write_all(&header).map_err(Error::io("write", new))?;
    while let Some(record) = records.next_record()? {
        let card_id = record.card_cells().computed_id();
        let cells = missing.iter().map(|column| match column {
            Column::CardId => card_id.as_ref().map_or("", CardId::as_str),
            // Older versions did not record the recipient's row.
            _ => "",
        });
        let line = with_cells(record.raw, delimiter, cells);
        out.write_all(&line).map_err(Error::io("write", new))?;
    }
    records.check_was_whole(appender.length())?;
    out.flush().map_err(Error::io("write", new))?;
    let length = file.metadata().map_err(Error::io("write", new))?.len();
    fs::copy_access(appender.file(), file).map_err(Error::io("replace", path))?;
    Error::if_touched(path, appender.file(), appender.length())?;
    Ok(Copy { header, layout, length })
}

/// A line with more cells, which need no quotes, and with the same line end.
fn with_cells<'c>(line: &[u8], delimiter: u8, cells: impl Iterator<Item = &'c str>) -> Vec<u8> {
    let content = line.strip_suffix(b"\n").unwrap_or(line);
    let content = content.strip_suffix(b"\r").unwrap_or(content);
    let mut longer = Vec::with_capacity(line.len() + 64);
    longer.extend_from_slice(content);
    for cell in cells {
        longer.push(delimiter);
        longer.extend_from_slice(cell.as_bytes());
    }
    longer.extend_from_slice(&line[content.len()..]);
    longer
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::record::ledger::tests::{CARD_ID, Desk, HOST, entry, opening, run};
    use crate::record::ledger::{Ledger, LedgerState};
    use crate::record::memory::Memory;
    use crate::record::other_ledgers::OtherLedgers;
    use crate::send::outcome::Status;

    /// A line of an older version, whose card id is [`CARD_ID`].
    const OLD: &str = "id-1,sent,gateway.lipachat.com,spring,254110090747,254712345678,\
                       254700000001 254700000002";
    const OLD_HEADER: &str = "message_id,status,gateway,campaign,from,to,phone";

    impl Desk {
        fn new_file(&self) -> PathBuf {
            self.folder.path().join("a.results.csv.new")
        }
    }

    #[test]
    fn the_columns_are_added_in_the_files_own_form() {
        let header = OLD_HEADER;
        let semicolons = |text: &str| text.replace(',', ";");
        let added = "card_id,to_source,to_line";
        for (old, new) in [
            (format!("{header}\n"), format!("{header},{added}\n")),
            (
                format!("\u{feff}{header}\n{OLD}\n"),
                format!("\u{feff}{header},{added}\n{OLD},{CARD_ID},,\n"),
            ),
            // A file without a last line end gets one.
            (format!("{header}\n{OLD}"), format!("{header},{added}\n{OLD},{CARD_ID},,\n")),
            (
                semicolons(&format!("{header},note\r\n{OLD},\"a;\"\"b\"\r\n")),
                semicolons(&format!("{header},note,{added}\r\n{OLD},\"a;\"\"b\",{CARD_ID},,\r\n")),
            ),
            (
                format!("note\t{}\n=1\t{}\n", header.replace(',', "\t"), OLD.replace(',', "\t")),
                format!(
                    "note\t{}\t{}\n=1\t{}\t{CARD_ID}\t\t\n",
                    header.replace(',', "\t"),
                    added.replace(',', "\t"),
                    OLD.replace(',', "\t")
                ),
            ),
            // The line ends of each line stay, and lines without content do not count.
            (
                format!("{header}\r\n{OLD}\n,,,,,,\n{OLD}\r\n"),
                format!("{header},{added}\r\n{OLD},{CARD_ID},,\n{OLD},{CARD_ID},,\r\n"),
            ),
            // Somebody has removed two of the columns.
            (
                format!("to_source,{header}\nx,{OLD}\n"),
                format!("to_source,{header},card_id,to_line\nx,{OLD},{CARD_ID},\n"),
            ),
            // Numbers that are not whole.
            (
                format!("{header}\n{}\n", OLD.replace("254712345678", "2.54712E+11")),
                format!("{header},{added}\n{},,,\n", OLD.replace("254712345678", "2.54712E+11")),
            ),
        ] {
            let desk = Desk::with(&old);
            let ledger = desk.open();
            assert!(ledger.not_upgraded().is_none());
            assert_eq!(desk.text(), new, "{old}");
            assert_eq!(ledger.file.length(), new.len() as u64);
            assert!(!desk.new_file().exists());
            drop(ledger);
            drop(desk.open());
            assert_eq!(desk.text(), new, "nothing is added twice");
        }
    }

    #[test]
    fn the_run_goes_on_in_the_new_file() {
        let desk = Desk::with(format!("{OLD_HEADER}\n{OLD}\n"));
        let mut ledger = desk.open();
        ledger.begin(HOST, run()).unwrap();
        let first_line = std::fs::read_to_string(desk.folder.path().join("a.results.csv.inflight"));
        let length = desk.text().len().to_string();
        assert!(first_line.unwrap().split(',').any(|cell| cell == length));
        ledger.append(&entry("id-2", Status::Sent)).unwrap();
        ledger.sync().unwrap();
        assert!(desk.text().ends_with(&format!(",{CARD_ID},people.csv,7\n")), "{}", desk.text());
        assert_eq!(desk.status("id-1"), Some(Status::Sent));
        assert_eq!(desk.status("id-2"), Some(Status::Sent));
    }

    /// What a dead run left in flight refers to the length of the old file.
    #[test]
    fn messages_in_flight_are_recovered_before_the_file_is_replaced() {
        let desk = Desk::with(format!("{OLD_HEADER}\n{OLD}\n"));
        let length = desk.text().len();
        let flying = "x,spring,254110090747,254712345678,J,254700000001 254700000002,c.csv,2";
        let in_flight =
            format!("lipasend-inflight 1,{HOST},{length},2026-03-01T08:00:00Z\n{flying}\n");
        desk.put("a.results.csv.inflight", in_flight);
        let calls = fs::calls_of(|| drop(desk.open()));
        assert_eq!(
            calls,
            [
                "overwrite a.results.csv.lock",
                "write a.results.csv",
                "fdatasync a.results.csv",
                "overwrite a.results.csv.lock",
                "fdatasync a.results.csv.lock",
                "remove a.results.csv.inflight",
                "fsync the folder of a.results.csv.inflight",
                "fsync a.results.csv.new",
                "rename to a.results.csv",
                "fsync the folder of a.results.csv",
                "overwrite a.results.csv.lock",
            ]
        );
        assert_eq!(desk.status("x"), Some(Status::Unknown));
        assert!(desk.text().ends_with(&format!(",{CARD_ID},,\n")), "{}", desk.text());
    }

    #[test]
    fn a_crash_before_the_file_is_replaced_leaves_the_old_one() {
        let old = format!("{OLD_HEADER}\n{OLD}\n");
        let desk = Desk::with(&old);
        drop(desk.open());
        let new = desk.text();
        for cut in 0..=new.len() {
            let desk = Desk::with(&old);
            desk.put("a.results.csv.new", &new[..cut]);
            drop(desk.open());
            assert_eq!(desk.text(), new, "cut at {cut}");
            assert!(!desk.new_file().exists());
        }
    }

    #[test]
    fn a_file_that_cannot_be_replaced_is_continued_as_it_is() {
        let old = format!("{OLD_HEADER}\n{OLD}\n");
        let desk = Desk::with(&old);
        std::fs::create_dir(desk.new_file()).unwrap();
        let mut ledger = desk.open();
        let error = ledger.not_upgraded().unwrap().to_string();
        assert!(error.starts_with("cannot make a copy of "), "{error}");
        ledger.append(&entry("id-2", Status::Sent)).unwrap();
        assert_eq!(desk.text(), format!("{old}{}\n", OLD.replace("id-1", "id-2")));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_is_an_error_of_the_copy() {
        let desk = Desk::with(format!("{OLD_HEADER}\n{OLD}\n"));
        let file = fs::open_private(&desk.results()).unwrap();
        let appender = Appender::new(desk.results(), file, desk.text().len() as u64);
        let full = File::options().append(true).open("/dev/full").unwrap();
        let error = write_copy(&appender, &ADDED, &full, Path::new("/dev/full")).unwrap_err();
        assert!(error.to_string().starts_with("cannot write /dev/full: "), "{error}");
    }

    #[test]
    fn a_file_that_changes_while_it_is_copied_is_not_replaced() {
        let desk = Desk::with(format!("{OLD_HEADER}\n{OLD}\n"));
        let length = desk.text().len() as u64;
        for known in [length - 1, length + 1] {
            let file = fs::open_private(&desk.results()).unwrap();
            let mut appender = Appender::new(desk.results(), file, known);
            let mut header = OLD_HEADER.as_bytes().to_vec();
            let mut layout = Layout::of_header(&header).unwrap();
            let error = upgrade(&mut appender, &mut layout, &mut header).unwrap().unwrap();
            assert!(error.is_touched(), "{error}");
            assert_eq!(desk.text().len() as u64, length);
            assert!(!desk.new_file().exists());
        }
    }

    #[test]
    #[cfg(unix)]
    fn the_mode_and_the_link_that_leads_to_the_file_stay() {
        use std::os::unix::fs::PermissionsExt;
        let desk = Desk::new();
        let real = desk.put("real.csv", format!("{OLD_HEADER}\n{OLD}\n"));
        std::fs::set_permissions(&real, PermissionsExt::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&real, desk.results()).unwrap();
        drop(desk.open());
        assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(std::fs::read_to_string(&real).unwrap().contains(CARD_ID));
        assert!(desk.results().is_symlink());
    }

    #[test]
    fn a_file_that_is_only_read_stays_as_it_is() {
        let old = format!("{OLD_HEADER}\n{OLD}\n");
        let desk = Desk::with(&old);
        Ledger::peek(&desk.results(), &Memory::Nothing, &opening(HOST, false)).unwrap();
        LedgerState::read(&desk.results(), HOST, false).unwrap();
        let other = desk.folder.path().join("b.results.csv");
        OtherLedgers::read(&other, &[], &[desk.results()], HOST, &Memory::Nothing).unwrap();
        assert_eq!(desk.text(), old);
    }
}
