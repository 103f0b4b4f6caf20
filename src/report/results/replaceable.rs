//! What `report` may write over: a wrong name must not cost a list or results.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::lines;
use super::screen::of_results;
use crate::exit::Fatal;
use crate::read::own_columns::NOT_SENT;
use crate::record::output_file::{check_no_name_of_ours, would_overwrite};
use crate::report::json::is_json_report;
use crate::report::report_file::ReportForm;

/// The most bytes of a header that are read: a list may have hundreds of columns.
const LONGEST_HEADER: u64 = 64 * 1024;

/// What an output is.
#[derive(Debug, Clone, Copy)]
pub enum Output {
    /// A report of this form.
    Report(ReportForm),
    /// The list of what was not sent.
    NotSent,
}

/// Checks that a file which exists is empty or of the same kind, and that the name is not one of a
/// results, rejects or not-sent file of a run.
///
/// # Errors
/// When it is another file: exit code 2.
pub fn check_replaceable(flag: &str, path: &Path, output: Output) -> Result<(), Fatal> {
    check_no_name_of_ours(flag, path)?;
    // Nothing can be read from a pipe that nobody else writes to.
    if !path.is_file() {
        return Ok(());
    }
    let (first, is_ours, what): (_, fn(&[u8]) -> bool, _) = match output {
        Output::Report(ReportForm::Csv) => {
            (first_line(path), is_csv_report, "is no report of results")
        }
        Output::Report(ReportForm::Json) => (first_keys(path), is_json_report, "is no report"),
        Output::NotSent => (first_line(path), is_not_sent, "is no list of what was not sent"),
    };
    match first {
        Ok(first) if first.is_empty() || is_ours(&first) => Ok(()),
        _ => Err(would_overwrite(flag, path, what)),
    }
}

/// The list that results are of, if it is a CSV file beside them.
#[must_use]
pub fn list_beside(results: &Path) -> Option<PathBuf> {
    let list = results.with_file_name(format!("{}.csv", of_results(results)));
    list.is_file().then_some(list)
}

/// Returns whether a path is of a file that has nothing behind its first line.
pub(super) fn holds_no_row(path: &Path) -> bool {
    let length = path.metadata().map(|found| found.len());
    path.is_file()
        && first_line(path).is_ok_and(|first| length.is_ok_and(|all| all <= first.len() as u64))
}

/// The beginning of a report as JSON, which an editor may have split into several lines.
fn first_keys(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut first = Vec::new();
    File::open(path)?.take(256).read_to_end(&mut first)?;
    Ok(first)
}

/// The first line of a file.
fn first_line(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut first = Vec::new();
    let mut text = BufReader::new(File::open(path)?.take(LONGEST_HEADER));
    text.read_until(b'\n', &mut first)?;
    Ok(first)
}

/// Returns whether a header is that of the report of results as CSV, also after a spreadsheet saved
/// it. Results have no column `reason`.
fn is_csv_report(header: &[u8]) -> bool {
    has(header, |joined, text| text.starts_with(&joined(&lines::COLUMNS[..10])))
}

/// Returns whether a header is that of a list of what was not sent.
fn is_not_sent(header: &[u8]) -> bool {
    has(header, |joined, text| {
        text.starts_with(&joined(&["to", "name", "phone"])) && text.contains(&joined(&NOT_SENT))
    })
}

/// Returns whether `is` holds for the text of a header with one of the separators. `is` gets a
/// function that joins names with it.
fn has(header: &[u8], is: impl Fn(&dyn Fn(&[&str]) -> String, &str) -> bool) -> bool {
    let text = String::from_utf8_lossy(header).replace('"', "");
    let text = text.trim_start_matches('\u{feff}');
    [",", ";", "\t"].iter().any(|separator| is(&|names| names.join(separator), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_says_whether_a_file_is_of_the_same_kind() {
        let report = lines::COLUMNS.join(",");
        let list =
            "to,name,phone,phone_2,message_id,source,line,status,error_code,reason,next_step";
        let results = "message_id,campaign,from,to,name,phone,status,error_code,error,attempts";
        for (header, is_report, is_list) in [
            (format!("\u{feff}{report}\n"), true, false),
            (report.replace(',', ";"), true, false),
            (report.replace(",to_source,to_line", ""), true, false),
            (format!("\u{feff}{list}\n"), false, true),
            (format!("\"{}\"", list.replace(',', "\"\t\"")), false, true),
            (results.to_owned(), false, false),
            ("to,name,phone\n".to_owned(), false, false),
            (format!("id,{list}"), false, false),
        ] {
            let header = header.as_bytes();
            assert_eq!((is_csv_report(header), is_not_sent(header)), (is_report, is_list));
        }
    }
}
