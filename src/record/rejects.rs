//! `INPUT.rejects.csv`: the rows that did not become messages, to be fixed and given as input
//! again.
//!
//! A rejects file holds the input's own columns, so that it needs no other `--map`, and behind them
//! the row's place and what is wrong with it.

use std::path::Path;

use super::beside_file::{BesideFile, List, Written};
use super::error::Error;
use super::names::Beside;
use super::output_file::OutputFile;
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

/// The rejects file of one input. Nothing is written before the first reject.
#[derive(Debug)]
pub struct Rejects {
    file: BesideFile,
    /// True for each column that is the input's own: a rejects file that comes back has ours too.
    own: Vec<bool>,
}

impl Rejects {
    /// The rejects of a list. A `header` with all four of our columns is that of a rejects file:
    /// they are replaced, not doubled.
    #[must_use]
    pub fn new(output: OutputFile, list: &List<'_>) -> Self {
        let own = own_columns(list.header);
        let names = list.header.iter().zip(&own).filter(|(_, own)| **own).map(|(name, _)| *name);
        let header: Vec<&str> = names.collect();
        let list = List { header: &header, ..*list };
        Self { file: BesideFile::new(Beside::Rejects, output, &list), own }
    }

    /// The path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
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
        self.file.write(&row)
    }

    /// Puts the file in its place, or removes an old one when no row was rejected.
    ///
    /// # Errors
    /// [`Error::Io`]; what was there before is then still there, perhaps under its `bak` name.
    pub fn finish(self) -> Result<Written, Error> {
        self.file.finish()
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::record::beside_file::Kept;
    use crate::record::fs;
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

        fn rejects(&self, source: &str, header: &[&str], delimiter: u8, whole: bool) -> Rejects {
            let output = OutputFile::open("", &self.path()).unwrap();
            Rejects::new(output, &List { source, header, delimiter, campaign: "", whole })
        }

        fn write(&self, header: &[&str], rows: &[&[&str]]) -> Written {
            let mut rejects = self.rejects("a.csv", header, b',', true);
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
        let mut rejects = desk.rejects("a.csv", &["a", "b"], b';', true);
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
                Written::At {
                    path: desk.path(),
                    rows: 1,
                    kept: Some(Kept { path: kept.clone(), of_another_list: false })
                }
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
        let mut rejects = desk.rejects("a.csv", &["name"], b',', true);
        rejects.write(["K"], &REJECT).unwrap();
        drop(rejects);
        assert_eq!(desk.text(), before);
        assert_eq!(desk.files(), ["a.rejects.csv"]);
    }

    #[test]
    fn the_rejects_of_another_list_stay() {
        let desk = Desk::new();
        desk.write(&["name"], &[&["J"]]);
        let before = desk.text();
        let other = || desk.rejects("a.vcf", &["name"], b',', true);
        assert_eq!(other().finish().unwrap(), Written::Nothing);
        assert_eq!(desk.text(), before);
        let mut rejects = other();
        rejects.write(["K"], &REJECT).unwrap();
        let kept = Kept { path: desk.0.path().join("a.rejects.bak.csv"), of_another_list: true };
        let written = rejects.finish().unwrap();
        assert_eq!(written, Written::At { path: desk.path(), rows: 1, kept: Some(kept.clone()) });
        assert_eq!(std::fs::read_to_string(kept.path).unwrap(), before);
    }

    #[test]
    fn a_run_over_part_of_the_list_replaces_nothing() {
        let desk = Desk::new();
        let part = |rows: &[&str]| {
            let mut rejects = desk.rejects("a.csv", &["name"], b',', false);
            rows.iter().for_each(|row| rejects.write([*row], &REJECT).unwrap());
            rejects.finish().unwrap()
        };
        let path = desk.path();
        assert_eq!(part(&["J"]), Written::At { path: path.clone(), rows: 1, kept: None });
        let before = desk.text();
        assert_eq!(part(&["K", "L"]), Written::NotReplaced { path, rows: 2 });
        assert_eq!(part(&[]), Written::Nothing);
        assert_eq!(desk.text(), before);
        assert_eq!(desk.files(), ["a.rejects.csv"]);
    }

    #[test]
    fn a_device_gets_the_rows_and_stays_a_device() {
        let output = OutputFile::open("", Path::new("/dev/null")).unwrap();
        let list =
            List { source: "a.csv", header: &["name"], delimiter: b',', campaign: "", whole: true };
        let mut rejects = Rejects::new(output, &list);
        rejects.write(["J"], &REJECT).unwrap();
        let path = PathBuf::from("/dev/null");
        assert_eq!(rejects.finish().unwrap(), Written::At { path, rows: 1, kept: None });
        assert!(!Path::new("/dev/null").is_file());
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
            let mut rejects = desk.rejects("a.csv", &["a", "b", "c"], delimiter, true);
            rejects.write(cells.iter().map(String::as_str), &REJECT).unwrap();
            rejects.finish().unwrap();
            let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_path(desk.path()).unwrap();
            let row = reader.records().next().unwrap().unwrap();
            let back: Vec<&str> = row.iter().take(3).map(unescape_formula).collect();
            prop_assert_eq!(back, cells);
        }
    }
}
