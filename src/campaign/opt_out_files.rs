//! The `--opt-out` files: lists of numbers that nothing is sent to.
//!
//! They are read as a list of recipients is, but no number is left out: of several columns of
//! numbers all count, broken rows count, and a list without a header needs none.

use std::path::{Path, PathBuf};

use super::real_header;
use crate::eligibility::opt_out::{BLOCKING_DIGITS, OptOuts, TooShort};
use crate::exit::Fatal;
use crate::prepare::mapping::{Field, InputRole, MapRule, Mapping, MappingError, Purpose};
use crate::prepare::phone::PhoneOptions;
use crate::prepare::phone::country_names::CountryText;
use crate::read::formula::unescape_formula;
use crate::read::plain_file::{self, NotPlain};
use crate::read::{
    self, Cells, Dialect, Place, Record, Row, Source, SourceId, SourceReader, error::ReadError,
};
use crate::units::printable::printable;

/// Rules for what an opt-out list may have and does not need: a name, and ids of messages.
const NOT_NEEDED: [&str; 2] = ["name==-", "message_id=="];

/// Reads the files. `dialect` and `rules` are those of the inputs; a file whose header maps by itself
/// does not need the rules.
///
/// # Errors
/// When a file cannot be read or has no column of numbers, or an entry has too few digits.
pub(super) fn read_opt_outs(
    paths: &[PathBuf],
    dialect: &Dialect,
    rules: &[MapRule],
    phones: &PhoneOptions,
) -> Result<OptOuts, Fatal> {
    let mut out = OptOuts::default();
    for path in paths {
        let file = OptOutFile { source: source(path)?, dialect, rules, phones };
        file.read(&mut out)?;
    }
    Ok(out)
}

fn source(path: &Path) -> Result<Source, Fatal> {
    if let Err(error) = plain_file::open(path)
        && let Some(other) = NotPlain::of(&error)
    {
        return Err(Fatal::input(format!("{} cannot be read: {other}", path.display())));
    }
    let format = read::format_by_content(path).or_else(|| {
        // A list of one number a line, whatever its name ends with.
        path.extension().is_none().then_some(read::Format::Csv)
    });
    Source::file(SourceId(u32::MAX), path, format).map_err(input)
}

/// One of the files.
struct OptOutFile<'a> {
    source: Source,
    dialect: &'a Dialect,
    rules: &'a [MapRule],
    phones: &'a PhoneOptions,
}

/// The cells of a table that hold numbers.
enum NumberCells {
    /// Those in the columns that the header names.
    In { columns: Vec<usize>, mapping: Box<Mapping> },
    /// All: the list has no header, or one column under a word that is none for numbers. If there
    /// are several, that word is a title, and this the error.
    All { error: MappingError, under_title: bool },
}

impl OptOutFile<'_> {
    fn read(&self, out: &mut OptOuts) -> Result<(), Fatal> {
        let mut rows = self.source.open(self.dialect).map_err(input)?;
        let map = |row: &Cells| self.map(row, InputRole::Recipients);
        if let Some(line) = real_header::line_in_sheet(&rows.first_rows(), map) {
            rows.begin_at(line);
        }
        match rows.header().cloned() {
            None => self.read_cards(rows, out),
            Some(header) => self.read_table(header, rows, out),
        }
    }

    fn read_cards(&self, rows: SourceReader, out: &mut OptOuts) -> Result<(), Fatal> {
        for raw in rows {
            match raw.map_err(input)?.into_record() {
                Record::Card(card) => {
                    for phone in &card.phones {
                        self.add(&phone.number, card.place, self.phones, out)?;
                    }
                }
                Record::Row(row) | Record::Broken { row, .. } => {
                    self.add_all(&row, out)?;
                }
                Record::Skipped { .. } => {}
            }
        }
        Ok(())
    }

    fn read_table(&self, header: Row, rows: SourceReader, out: &mut OptOuts) -> Result<(), Fatal> {
        let mut first = header;
        let mut rest = rows.map(|raw| raw.map(read::Raw::into_record));
        // The header may stand below comments.
        while is_comment(&first.cells)
            && let Some(record) = rest.next()
        {
            if let Record::Row(row) | Record::Broken { row, .. } = record.map_err(input)? {
                first = row;
            }
        }
        let cells = self.number_cells(&first.cells)?;
        let mut found = self.add_row(&first, &cells, cells.has_header(), out)?;
        for record in rest {
            match record.map_err(input)? {
                Record::Row(row) => found |= self.add_row(&row, &cells, false, out)?,
                // Its cells may stand in other columns.
                Record::Broken { row, .. } => found |= self.add_broken(&row, &cells, out)?,
                Record::Card(_) | Record::Skipped { .. } => {}
            }
        }
        match cells {
            NumberCells::All { error, .. } if !found => Err(self.no_numbers(&error)),
            _ => Ok(()),
        }
    }

    /// Finds the cells that hold numbers, by the first line.
    fn number_cells(&self, first: &Cells) -> Result<NumberCells, Fatal> {
        let of_recipients = self.map(first, InputRole::Recipients);
        // Of several columns of numbers, all count.
        let mapped = of_recipients
            .or_else(|error| self.map(first, InputRole::Cards).map_err(|_| error))
            .map(|mapping| (number_columns(&mapping), mapping));
        match mapped {
            Ok((columns, mapping)) => Ok(NumberCells::In { columns, mapping: Box::new(mapping) }),
            Err(error) if has_number(first) => Ok(NumberCells::All { error, under_title: false }),
            Err(error) if !has_several_cells(first) => {
                Ok(NumberCells::All { error, under_title: true })
            }
            Err(error) => Err(self.no_numbers(&error)),
        }
    }

    fn map(&self, header: &Cells, role: InputRole) -> Result<Mapping, MappingError> {
        let header: Vec<&str> = header.iter().collect();
        let not_needed: Vec<MapRule> =
            NOT_NEEDED.iter().filter_map(|rule| rule.parse().ok()).collect();
        let map = |rules: &[MapRule]| Mapping::of_header(&header, &self.source.name, role, rules);
        map(&not_needed).or_else(|_| map(self.rules))
    }

    /// The error of a table without a column of numbers.
    fn no_numbers(&self, error: &MappingError) -> Fatal {
        match self.source.open(self.dialect) {
            Ok(rows) => real_header::error(error, rows, InputRole::Recipients, self.rules),
            Err(error) => input(error),
        }
    }

    /// Adds the numbers of a row. Returns whether it has one.
    fn add_row(
        &self,
        row: &Row,
        cells: &NumberCells,
        is_header: bool,
        out: &mut OptOuts,
    ) -> Result<bool, Fatal> {
        let (columns, mapping) = match cells {
            _ if is_header => return Ok(false),
            NumberCells::In { columns, mapping } => (columns, mapping),
            NumberCells::All { error, under_title: true } if has_several_cells(&row.cells) => {
                return Err(self.no_numbers(error));
            }
            NumberCells::All { .. } => return self.add_all(row, out),
        };
        let phones = self.phones_of(mapping.draft(row).country);
        let mut found = false;
        for cell in columns.iter().filter_map(|column| row.cells.get(*column)) {
            found |= self.add(unescape_formula(cell), row.place, &phones, out)?;
        }
        Ok(found)
    }

    fn add_broken(&self, row: &Row, cells: &NumberCells, out: &mut OptOuts) -> Result<bool, Fatal> {
        match cells {
            NumberCells::All { .. } => self.add_row(row, cells, false, out),
            NumberCells::In { .. } => self.add_all(row, out),
        }
    }

    /// Adds what is a number in any cell. Only where nothing else is in the row must its cell be
    /// one.
    fn add_all(&self, row: &Row, out: &mut OptOuts) -> Result<bool, Fatal> {
        let mut filled = filled(&row.cells);
        if !has_several_cells(&row.cells) {
            let only = filled.next().unwrap_or_default();
            return self.add(unescape_formula(only), row.place, self.phones, out);
        }
        let mut found = false;
        for cell in filled {
            found |= out.add_text(unescape_formula(cell), self.phones).unwrap_or_default();
        }
        Ok(found)
    }

    fn add(
        &self,
        entry: &str,
        place: Place,
        phones: &PhoneOptions,
        out: &mut OptOuts,
    ) -> Result<bool, Fatal> {
        out.add_text(entry, phones).map_err(|TooShort| {
            Fatal::input(format!(
                "{}:{}: \"{}\" has too few digits to block a number ({BLOCKING_DIGITS} are needed; correct or remove the line)",
                self.source.name,
                place.line,
                printable(entry.trim()),
            ))
        })
    }

    /// The options for a row with this country: it counts beside `--region`.
    fn phones_of(&self, country: Option<&str>) -> PhoneOptions {
        let mut phones = *self.phones;
        if let Some(region) = country.and_then(|country| CountryText::read(country).region()) {
            phones.known.extend(phones.region);
            phones.region = Some(region);
        }
        phones
    }
}

impl NumberCells {
    /// Returns whether the first line is no entry.
    fn has_header(&self) -> bool {
        matches!(self, Self::In { mapping, .. } if !mapping.is_headerless())
    }
}

fn number_columns(mapping: &Mapping) -> Vec<usize> {
    let has_recipient = mapping.to_column().is_some();
    let is_number = |purpose| match purpose {
        Purpose::Field(Field::To) | Purpose::SpareNumber(_) => true,
        Purpose::Field(Field::Phone(_)) => !has_recipient,
        _ => false,
    };
    let uses = mapping.explain().iter().filter(|column| is_number(column.purpose));
    uses.filter_map(|column| column.column).collect()
}

fn is_comment(cells: &Cells) -> bool {
    cells.get(0).is_some_and(|first| first.trim_start().starts_with(['#', '/']))
}

fn filled(cells: &Cells) -> impl Iterator<Item = &str> {
    cells.iter().filter(|cell| !cell.trim().is_empty())
}

fn has_several_cells(cells: &Cells) -> bool {
    filled(cells).nth(1).is_some()
}

/// Returns whether a cell has the digits of a number.
fn has_number(cells: &Cells) -> bool {
    cells.iter().any(|cell| cell.chars().filter(|c| c.is_numeric()).count() >= BLOCKING_DIGITS)
}

fn input(error: ReadError) -> Fatal {
    Fatal::input(error.to_string())
}

#[cfg(test)]
mod tests;
