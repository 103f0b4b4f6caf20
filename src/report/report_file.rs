//! The files of `--report`: the ending of a name says the form.

use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A file that the user named with `--report`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    /// The file; `-` is standard output.
    pub path: PathBuf,
    /// Its form.
    pub form: ReportForm,
}

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportForm {
    /// A line for each message and each row that became none.
    Csv,
    /// The counts.
    Json,
}

impl ReportFile {
    /// Returns whether it goes to standard output.
    #[must_use]
    pub fn is_stdout(&self) -> bool {
        self.path.as_os_str() == "-"
    }
}

impl FromStr for ReportFile {
    type Err = String;

    /// Standard output, which has no ending, gets the CSV.
    fn from_str(text: &str) -> Result<Self, String> {
        let path = PathBuf::from(text);
        let ending = |path: &Path| path.extension().map(|e| e.to_ascii_lowercase());
        let form = match ending(&path).as_deref().and_then(|ending| ending.to_str()) {
            _ if text == "-" => ReportForm::Csv,
            Some("csv") => ReportForm::Csv,
            Some("json") => ReportForm::Json,
            Some("html" | "htm") => {
                return Err("the page comes with a later version; use .csv or .json".to_owned());
            }
            _ => return Err("its name must end in .csv or .json".to_owned()),
        };
        Ok(Self { path, form })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_the_form() {
        for (name, form) in [
            ("a.csv", ReportForm::Csv),
            ("d/A.CSV", ReportForm::Csv),
            ("-", ReportForm::Csv),
            ("a.json", ReportForm::Json),
        ] {
            assert_eq!(name.parse(), Ok(ReportFile { path: name.into(), form }));
        }
        for (name, why) in [
            ("a.html", "the page comes with a later version"),
            ("a.xlsx", ".csv or .json"),
            ("csv", ".csv or .json"),
        ] {
            assert!(name.parse::<ReportFile>().unwrap_err().contains(why), "{name}");
        }
    }
}
