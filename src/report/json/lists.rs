//! The lists and the meaning of their columns, in a JSON report.

use serde::Serialize;

use crate::prepare::mapping::{ColumnUse, Purpose};
use crate::read::Facts;
use crate::report::list_columns::ListFacts;
use crate::report::plan::Plan;

/// One list.
#[derive(Serialize)]
pub(super) struct List<'a> {
    name: &'a str,
    form: &'static str,
    /// False for a list of people or cards beside the rows (`--recipients`, `--card`).
    main: bool,
    export: Option<&'static str>,
    encoding: Option<&'static str>,
    windows_1252_rows: u64,
    delimiter: Option<String>,
    sheet: Option<&'a str>,
    header_line: Option<u64>,
    columns: Vec<Column<'a>>,
}

/// One column, or a fixed value.
#[derive(Serialize)]
struct Column<'a> {
    column: Option<usize>,
    header: &'a str,
    #[serde(rename = "use")]
    purpose: &'static str,
    field: Option<String>,
    number_type: Option<&'a str>,
    reason: String,
}

pub(super) fn lists<'a>(plan: &'a Plan<'_>) -> Vec<List<'a>> {
    let main = plan.main_lists;
    plan.lists.iter().enumerate().map(|(at, list)| List::of(list, at < main)).collect()
}

impl<'a> List<'a> {
    fn of(list: &'a ListFacts<'_>, main: bool) -> Self {
        let (csv, sheet) = match list.facts {
            None => (None, None),
            Some(Facts::Csv(facts)) => (Some(facts), None),
            Some(Facts::Sheet(facts)) => (None, Some(facts)),
        };
        Self {
            name: list.name,
            form: match list.facts {
                None => "vcard",
                Some(Facts::Csv(_)) => "csv",
                Some(Facts::Sheet(_)) => "spreadsheet",
            },
            main,
            export: list.mapping.export(),
            encoding: csv.map(|facts| facts.encoding),
            windows_1252_rows: list.windows_1252_rows,
            delimiter: csv.map(|facts| facts.delimiter.to_string()),
            sheet: sheet.map(|facts| facts.sheet.as_str()),
            header_line: sheet.map(|facts| facts.header_line),
            columns: list.mapping.explain().iter().map(Column::of).collect(),
        }
    }
}

impl<'a> Column<'a> {
    fn of(column: &'a ColumnUse) -> Self {
        let (purpose, field) = match column.purpose {
            Purpose::Field(field) => ("field", Some(field.to_string())),
            Purpose::NamePart => ("name_part", Some("name".to_owned())),
            Purpose::NameFallback => ("spare", Some("name".to_owned())),
            Purpose::SpareNumber(field) => ("spare", Some(field.to_string())),
            Purpose::LeftOut(_) => ("left_out", None),
            Purpose::Ignored => ("ignored", None),
        };
        let reason = match column.purpose {
            Purpose::LeftOut(device) => device.word().to_owned(),
            _ => column.reason.to_string(),
        };
        Self {
            column: column.column.map(|at| at + 1),
            header: &column.header,
            purpose,
            field,
            number_type: column.number_type.as_deref(),
            reason,
        }
    }
}
