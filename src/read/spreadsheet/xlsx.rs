//! Reads the cells of an .xlsx sheet with calamine, one after another.

use std::io::{Read, Seek, SeekFrom};

use calamine::{Cell, DataRef, Reader, Xlsx, XlsxCellReader, XlsxError};

use super::archive::{Archive, MAX_UNPACKED};
use super::choice::SheetChoice;
use super::problem::SheetProblem;
use super::rows::{RowSink, SheetRow, Stop};
use super::scan::{self, SheetScan};
use super::text::{self, Picture};
use super::workbook::Workbook;
use crate::read::no_value::UNSAVED_FORMULA;

impl From<XlsxError> for SheetProblem {
    fn from(error: XlsxError) -> Self {
        match error {
            XlsxError::Io(error) => error.into(),
            XlsxError::Password => Self::Password,
            error => Self::broken(error),
        }
    }
}

/// Hands over the rows of the chosen sheet.
pub(super) fn read<R: Read + Seek>(
    mut archive: Archive<R>,
    choice: &SheetChoice,
    sink: &mut RowSink,
) -> Result<(), Stop> {
    let workbook = Workbook::of(&mut archive)?;
    let chosen = choice.among(&workbook.sheets)?;
    let name = workbook.sheets[chosen].name.clone();
    let scanned = check_parts(&mut archive, &workbook, &workbook.parts[chosen])?;
    let mut file = archive.into_inner();
    file.seek(SeekFrom::Start(0)).map_err(SheetProblem::from)?;
    let mut book = Xlsx::new(file).map_err(SheetProblem::from)?;
    let cells = book.worksheet_cells_reader(&name).map_err(SheetProblem::from)?;
    sink.sheet(&name, choice.others(&workbook.sheets, chosen))?;
    Rows::of(&scanned, workbook.is_1904, sink).take_all(cells)
}

/// Checks each part that calamine reads before it does.
fn check_parts<R: Read + Seek>(
    archive: &mut Archive<R>,
    workbook: &Workbook,
    sheet: &str,
) -> Result<SheetScan, SheetProblem> {
    let folder = &workbook.folder;
    let strings = format!("{folder}sharedStrings.xml");
    if archive.has(&strings) {
        let (part, length) = archive.part(&strings)?;
        scan::shared_strings(part, length)?;
    }
    let styles = format!("{folder}styles.xml");
    if archive.has(&styles) {
        scan::styles(archive.part(&styles)?.0)?;
    }
    let theme = format!("{folder}theme/theme1.xml");
    if archive.has(&theme) {
        archive.text(&theme)?;
    }
    let (part, length) = archive.part(sheet)?;
    scan::sheet(part, length.min(MAX_UNPACKED))
}

/// Puts the cells of a sheet together to rows.
struct Rows<'a> {
    scanned: &'a SheetScan,
    is_1904: bool,
    row: SheetRow,
    sink: &'a mut RowSink,
}

impl<'a> Rows<'a> {
    fn of(scanned: &'a SheetScan, is_1904: bool, sink: &'a mut RowSink) -> Self {
        Self { scanned, is_1904, row: SheetRow::default(), sink }
    }

    fn take_all<R: Read + Seek>(mut self, mut cells: XlsxCellReader<'_, R>) -> Result<(), Stop> {
        let pictures: Vec<Option<Picture>> = cells
            .styles()
            .iter()
            .map(|style| Picture::of(&style.number_format.as_ref()?.format_code))
            .collect();
        loop {
            match cells.next_cell_with_style_id() {
                Ok(Some((cell, style))) => {
                    let picture = pictures.get(style).and_then(Option::as_ref);
                    self.cell(&cell, picture)?;
                }
                Ok(None) => return self.end_row(0),
                // An error value of a newer program: the cell is empty as with any other error. The
                // next cell is in its place only if it says where that is.
                Err(XlsxError::CellError(_)) if self.scanned.cells_are_named => {}
                Err(error) => return Err(SheetProblem::from(error).into()),
            }
        }
    }

    fn cell(&mut self, cell: &Cell<DataRef<'_>>, picture: Option<&Picture>) -> Result<(), Stop> {
        let (row, column) = cell.get_position();
        let number = row.saturating_add(1);
        if number != self.row.number {
            self.end_row(number)?;
        }
        let text = match cell.get_value() {
            DataRef::Empty if self.scanned.unsaved.binary_search(&(number, column)).is_ok() => {
                return Ok(self.row.cell(column, UNSAVED_FORMULA)?);
            }
            DataRef::Empty | DataRef::Error(_) => return Ok(()),
            DataRef::SharedString(text) => return Ok(self.row.cell(column, text)?),
            DataRef::String(text) => return Ok(self.row.cell(column, text)?),
            DataRef::Float(value) => text::number(*value, picture),
            DataRef::Int(value) => value.to_string(),
            DataRef::Bool(true) => "TRUE".to_owned(),
            DataRef::Bool(false) => "FALSE".to_owned(),
            DataRef::DateTime(date) => text::date(date, self.is_1904),
            DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text::iso_date(text),
        };
        Ok(self.row.cell(column, &text)?)
    }

    /// Hands over the row and begins the one of this number.
    fn end_row(&mut self, next: u32) -> Result<(), Stop> {
        let scanned = self.scanned;
        let new = SheetRow::new(next, scanned.hidden.binary_search(&next).is_ok());
        let mut row = std::mem::replace(&mut self.row, new);
        if row.number > 0 && self.sink.is_in_head() {
            let is_in = |name: &&String| {
                side_by_side(name).is_some_and(|(first, last)| (first..=last).contains(&row.number))
            };
            row.merged = scanned.merged.iter().filter(is_in).cloned().collect();
        }
        if row.number > 0 {
            self.sink.row(row)?;
        }
        Ok(())
    }
}

/// The first and the last row of merged cells that are in more than one column.
fn side_by_side(name: &str) -> Option<(u32, u32)> {
    let part = |cell: &str| {
        let digits = cell.find(|c: char| c.is_ascii_digit())?;
        Some((cell[..digits].to_owned(), cell[digits..].parse::<u32>().ok()?))
    };
    let (first, last) = name.split_once(':')?;
    let ((from, top), (to, bottom)) = (part(first)?, part(last)?);
    (from != to).then_some((top, bottom))
}
