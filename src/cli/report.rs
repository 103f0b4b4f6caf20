//! The options of `report`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use crate::eligibility::zone::Zone;
use crate::report::results::since::Since;

/// `lipasend report`.
#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    /// Results files; a message that is in several counts once
    #[arg(required = true, value_name = "RESULTS")]
    pub results: Vec<PathBuf>,

    /// Count only what was last attempted since then: 2026-11-27, 2026-11-27T08:00:00Z, 24h or 7d
    #[arg(long, value_name = "TIME")]
    pub since: Option<Since>,

    /// The time zone of the times on the screen, and of --since (default: the system's)
    #[arg(long, value_name = "ZONE")]
    pub timezone: Option<Zone>,

    /// Write the report to a file too: .csv (a line for each message) or .json (repeatable)
    #[arg(long, value_name = "FILE")]
    pub report: Vec<ReportFile>,

    /// Write what was not sent as a list, to be sent again
    #[arg(long, value_name = "FILE")]
    pub not_sent: Option<PathBuf>,
}

/// A report in a file. The ending of its name is the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    /// The file.
    pub path: PathBuf,
    /// The form.
    pub form: ReportForm,
}

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportForm {
    /// A line for each message.
    Csv,
    /// Counts.
    Json,
}

impl FromStr for ReportFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let path = PathBuf::from(text);
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let form = match &*ending {
            "csv" => ReportForm::Csv,
            "json" => ReportForm::Json,
            "html" | "htm" => {
                return Err("the page comes with a later version (use .csv or .json)".to_owned());
            }
            _ => return Err("the name must end with .csv or .json".to_owned()),
        };
        Ok(Self { path, form })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_is_the_form() {
        for (name, form) in [
            ("a.csv", Ok(ReportForm::Csv)),
            ("a/b.JSON", Ok(ReportForm::Json)),
            ("a.html", Err("later version")),
            ("a.csv.gz", Err("must end with .csv or .json")),
            ("-", Err("must end with")),
            ("csv", Err("must end with")),
        ] {
            match (name.parse::<ReportFile>(), form) {
                (Ok(file), Ok(form)) => assert_eq!(file.form, form, "{name}"),
                (Err(error), Err(part)) => assert!(error.contains(part), "{name}: {error}"),
                (file, _) => panic!("{name}: {file:?}"),
            }
        }
    }
}
