//! What each list's columns mean, for the plan: who gets a card, what is on it, and what is not used.
//!
//! Lists whose columns mean the same, like the files of a folder, share a line.

use super::format::{add_line, counted, shortened};
use super::screen::end_of;
use crate::prepare::mapping::{ColumnUse, Field, Mapping, Purpose, Reason};
use crate::read::csv::Delimiter;
use crate::read::spreadsheet::SheetFacts;
use crate::read::{Facts, Place, SourceId};
use crate::units::printable::printable;

/// One list in the plan.
#[derive(Debug)]
pub struct ListFacts<'a> {
    /// Its source.
    pub id: SourceId,
    /// Its name as the user wrote it.
    pub name: &'a str,
    /// The meaning of its columns.
    pub mapping: &'a Mapping,
    /// The facts about a table; `None` for vCards.
    pub facts: Option<&'a Facts>,
    /// The number of rows that were not UTF-8 and were read as Windows-1252.
    pub windows_1252_rows: u64,
}

/// Whether the lists that some rows are in have a column of countries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountryColumn {
    /// None of them has one.
    None,
    /// Some of them have one.
    Some,
    /// All of them have one.
    All,
}

impl CountryColumn {
    /// Of the lists of these rows.
    pub(super) fn of(lists: &[ListFacts<'_>], rows: &[Place]) -> Self {
        let has_column = |row: &Place| {
            let list = lists.iter().find(|list| list.id == row.source);
            let mut columns = list.into_iter().flat_map(|list| list.mapping.explain());
            columns.any(|one| one.purpose == Purpose::Field(Field::Country))
        };
        match rows.iter().filter(|row| has_column(row)).count() {
            0 => Self::None,
            number if number == rows.len() => Self::All,
            _ => Self::Some,
        }
    }
}

/// The most columns that a line names.
const NAMED: usize = 6;

/// The most columns of a list's name.
const NAME: usize = 40;

/// The most lists that a line names.
const LISTS: usize = 3;

/// Adds a line for each purpose of the columns of the lists whose rows become messages.
pub(super) fn show_columns(text: &mut String, lists: &[ListFacts<'_>]) {
    show_each(text, "read as", lists, odd_kind);
    for (label, of) in [
        ("to", to as fn(&[ColumnUse]) -> Option<String>),
        ("last wrote", last_inbound),
        ("card", card),
        ("ids", ids),
        ("not used", not_used),
    ] {
        show_each(text, label, lists, |list| of(list.mapping.explain()));
    }
    lists.iter().for_each(|list| show_header(text, list));
}

/// Adds the lines with each column, for `--verbose`.
pub(super) fn show_all_columns(text: &mut String, lists: &[ListFacts<'_>]) {
    for list in lists {
        add_line(text, "list", format!("{} ({})", printable(list.name), show_kind(list)));
        for (index, column) in list.mapping.explain().iter().enumerate() {
            add_line(text, if index == 0 { "columns" } else { "" }, column);
        }
        show_header(text, list);
    }
}

/// Adds what `of` says of the lists: once where they agree, else with the lists' names.
fn show_each(
    text: &mut String,
    label: &str,
    lists: &[ListFacts<'_>],
    of: impl Fn(&ListFacts<'_>) -> Option<String>,
) {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for list in lists {
        let Some(what) = of(list) else { continue };
        match groups.iter_mut().find(|(known, _)| *known == what) {
            Some((_, names)) => names.push(list.name),
            None => groups.push((what, vec![list.name])),
        }
    }
    let agree = groups.len() == 1;
    for (index, (what, names)) in groups.iter().enumerate() {
        let label = if index == 0 { label } else { "" };
        match agree {
            true => add_line(text, label, what),
            false => add_line(text, label, format!("{what} in {}", show_names(names))),
        }
    }
}

/// The first lists, and how many more there are.
pub(super) fn show_names(names: &[&str]) -> String {
    let mut shown: Vec<String> =
        names.iter().take(LISTS).map(|name| end_of(&printable(name), NAME)).collect();
    if names.len() > LISTS {
        shown.push(format!("{} more", names.len() - LISTS));
    }
    shown.join(", ")
}

/// The recipient's column, and the one of its country.
pub(super) fn to(columns: &[ColumnUse]) -> Option<String> {
    let of_field = |field| columns.iter().find(|one| one.purpose == Purpose::Field(field));
    let mut text = show_column(of_field(Field::To)?);
    let is_spare = |one: &&ColumnUse| one.purpose == Purpose::SpareNumber(Field::To);
    if let Some(spare) = columns.iter().find(is_spare) {
        text += &format!(" or {} where that is empty", show_column(spare));
    }
    if let Some(country) = of_field(Field::Country) {
        text += &format!(" with {} for numbers without a code", show_column(country));
    }
    if !has_card(columns)
        && let Some(kind) = of_field(Field::Type(1))
    {
        text += &format!(" and its type in {}", show_column(kind));
    }
    Some(text)
}

fn last_inbound(columns: &[ColumnUse]) -> Option<String> {
    columns.iter().find(|one| one.purpose == Purpose::Field(Field::LastInbound)).map(show_column)
}

fn ids(columns: &[ColumnUse]) -> Option<String> {
    columns.iter().find(|one| one.purpose == Purpose::Field(Field::MessageId)).map(show_column)
}

/// Returns whether the rows have a card's name or numbers.
fn has_card(columns: &[ColumnUse]) -> bool {
    columns.iter().any(|one| {
        matches!(one.purpose, Purpose::NamePart | Purpose::Field(Field::Name | Field::Phone(_)))
    })
}

/// The columns of the card's name and numbers; with the country's where the row has no recipient.
fn card(columns: &[ColumnUse]) -> Option<String> {
    if !has_card(columns) {
        return None;
    }
    let has_to = columns.iter().any(|one| one.purpose == Purpose::Field(Field::To));
    let shown = columns.iter().filter_map(|one| match one.purpose {
        Purpose::Field(Field::Name | Field::Phone(_) | Field::Type(_) | Field::WaId(_))
        | Purpose::NamePart => Some(show_column(one)),
        Purpose::NameFallback => Some(format!("{} where there is no name", show_column(one))),
        Purpose::SpareNumber(field) if field != Field::To => {
            Some(format!("{} where there is no other", show_column(one)))
        }
        Purpose::Field(Field::Country) if !has_to => {
            Some(format!("with {} for numbers without a code", show_column(one)))
        }
        _ => None,
    });
    join(shown.collect())
}

/// The columns that are passed over, with the reason where there is one to look at.
fn not_used(columns: &[ColumnUse]) -> Option<String> {
    let unused = columns.iter().filter(|one| {
        matches!(one.purpose, Purpose::Ignored | Purpose::LeftOut(_))
            && !matches!(one.reason, Reason::OurOutput(_))
    });
    let (named, nameless): (Vec<_>, Vec<_>) = unused.partition(|one| !one.header.is_empty());
    // Those with a reason come first: one of them may be the column that the user expects.
    let (mut shown, plain): (Vec<_>, Vec<_>) =
        named.into_iter().partition(|one| one.reason != Reason::Unknown);
    shown.extend(plain);
    let mut shown: Vec<String> = shown.into_iter().map(show_unused).collect();
    match nameless.len() {
        0 => {}
        1 => shown.push("a column without a header".to_owned()),
        many => shown.push(format!("{many} columns without a header")),
    }
    join(shown)
}

fn show_unused(column: &ColumnUse) -> String {
    let header = format!("\"{}\"", printable(&shortened(&column.header)));
    match (column.purpose, &column.reason) {
        (Purpose::LeftOut(device), _) => format!("{header} ({})", device.word()),
        (_, Reason::Unknown | Reason::Rule(_)) => header,
        (_, reason) => format!("{header} ({reason})"),
    }
}

/// A column's header, or its number; a fixed value as it was typed.
fn show_column(column: &ColumnUse) -> String {
    match (column.column, &column.reason) {
        (None, reason) => reason.to_string(),
        (Some(at), _) if column.header.is_empty() => format!("column {}", at + 1),
        (Some(_), Reason::Rule(_)) => {
            format!("\"{}\" (--map)", printable(&shortened(&column.header)))
        }
        (Some(_), _) => format!("\"{}\"", printable(&shortened(&column.header))),
    }
}

/// The first of these texts, and how many more there are.
fn join(mut shown: Vec<String>) -> Option<String> {
    if shown.is_empty() {
        return None;
    }
    let more = shown.len().saturating_sub(NAMED);
    shown.truncate(NAMED);
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    Some(shown.join(" "))
}

/// What is said of a sheet: the other sheets, the rows above its header, and merged cells in it.
fn show_header(text: &mut String, list: &ListFacts<'_>) {
    let Some(Facts::Sheet(facts)) = list.facts else { return };
    let SheetFacts { header_line, rows_above, merged, .. } = facts;
    let others = facts.show_others().map(|others| format!("; not read: {others}"));
    let others = others.unwrap_or_default();
    add_line(text, "sheet", format!("\"{}\"{others}", printable(&facts.sheet)));
    if *rows_above > 0 {
        let above = counted(*rows_above as u64, "row");
        add_line(text, "header", format!("row {header_line}; {above} above it not used"));
    }
    if !merged.is_empty() {
        let cells: Vec<_> = merged.iter().map(|cells| printable(cells)).collect();
        let cells = cells.join(" ");
        let what = format!(
            "merged cells in the header ({cells}): only the first column of them has that header"
        );
        add_line(text, "warning", what);
    }
}

/// How a list was read, unless that is what everybody expects: UTF-8 with commas, a sheet, vCards.
fn odd_kind(list: &ListFacts<'_>) -> Option<String> {
    let is_plain = match list.facts {
        None => true,
        Some(Facts::Sheet(_)) => list.mapping.export().is_none(),
        Some(Facts::Csv(facts)) => {
            list.mapping.export().is_none()
                && list.windows_1252_rows == 0
                && facts.delimiter == Delimiter::COMMA
                && facts.encoding == "UTF-8"
        }
    };
    (!is_plain).then(|| show_kind(list))
}

/// The kind of a list: `Outlook export, UTF-8, 3 rows read as Windows-1252, semicolons`.
fn show_kind(list: &ListFacts<'_>) -> String {
    let export = list.mapping.export().map(|name| format!("{name} export, ")).unwrap_or_default();
    let facts = match list.facts {
        None => return "vCards".to_owned(),
        Some(Facts::Sheet(facts)) => {
            return format!("{export}spreadsheet, sheet \"{}\"", printable(&facts.sheet));
        }
        Some(Facts::Csv(facts)) => facts,
    };
    let separators = match facts.delimiter {
        Delimiter::COMMA => "commas".to_owned(),
        Delimiter::SEMICOLON => "semicolons".to_owned(),
        Delimiter::TAB => "TABs".to_owned(),
        other => format!("`{other}` between the cells"),
    };
    let guessed = match list.windows_1252_rows {
        0 => String::new(),
        rows => format!(", {} read as Windows-1252", counted(rows, "row")),
    };
    format!("{export}{}{guessed}, {separators}", facts.encoding)
}
