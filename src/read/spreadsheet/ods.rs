//! Reads a sheet of an .ods file: `content.xml` of OASIS `OpenDocument` 1.3, one row after another.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Seek};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::archive::{Archive, MAX_UNPACKED};
use super::choice::{Sheet, SheetChoice};
use super::problem::SheetProblem;
use super::rows::{RowSink, SheetRow, Stop, cell_name};
use super::workbook::attribute;
use super::{MAX_COLUMNS, MAX_ROWS, TOO_MANY_ROWS, scan, text};
use crate::read::no_value::UNSAVED_FORMULA;

const CONTENT: &str = "content.xml";

/// The most sheets; each needs memory for its name.
const MAX_SHEETS: usize = 10_000;

/// The most text of a cell; more is cut. A cell has at most 32,767 characters, or 65,535.
const MAX_TEXT: usize = 1 << 20;

/// Hands over the rows of the chosen sheet.
pub(super) fn read<R: Read + Seek>(
    mut archive: Archive<R>,
    choice: &SheetChoice,
    sink: &mut RowSink,
) -> Result<(), Stop> {
    let (part, length) = archive.part(CONTENT)?;
    scan::scan(part, length.min(MAX_UNPACKED), |_| Ok(()))?;
    let sheets = Content::of(archive.part(CONTENT)?.0).sheets()?;
    let chosen = choice.among(&sheets)?;
    sink.sheet(&sheets[chosen].name, choice.others(&sheets, chosen))?;
    Content::of(archive.part(CONTENT)?.0).rows(chosen, sink)
}

/// The content of a document while it is read.
struct Content<R> {
    xml: Reader<BufReader<R>>,
    buffer: Vec<u8>,
    text: String,
}

impl<R: Read> Content<R> {
    fn of(part: R) -> Self {
        let mut xml = Reader::from_reader(BufReader::with_capacity(1 << 16, part));
        xml.config_mut().expand_empty_elements = true;
        Self { xml, buffer: Vec::with_capacity(1024), text: String::new() }
    }

    /// The document's sheets. A sheet has no tab when its style says so.
    fn sheets(&mut self) -> Result<Vec<Sheet>, SheetProblem> {
        let (mut sheets, mut hidden_styles, mut style) = (Vec::new(), HashSet::new(), None);
        loop {
            match next(&mut self.xml, &mut self.buffer)? {
                Event::Start(tag) => match tag.local_name().as_ref() {
                    "style" => style = attribute(&tag, "name")?,
                    "table-properties" => {
                        let display = attribute(&tag, "display")?;
                        if display.as_deref() == Some("false") && hidden_styles.len() < MAX_SHEETS {
                            hidden_styles.extend(style.take());
                        }
                    }
                    "table" => {
                        let name = attribute(&tag, "name")?.unwrap_or_default();
                        let of_style = attribute(&tag, "style-name")?;
                        let visible = of_style.is_none_or(|style| !hidden_styles.contains(&style));
                        sheets.push(Sheet { name, visible });
                        if sheets.len() > MAX_SHEETS {
                            return Err(SheetProblem::TooLarge("has more than 10,000 sheets"));
                        }
                        skip(&mut self.xml, &mut self.buffer)?;
                    }
                    "tracked-changes" => skip(&mut self.xml, &mut self.buffer)?,
                    _ => {}
                },
                Event::Eof => return Ok(sheets),
                _ => {}
            }
        }
    }

    /// Hands over the rows of the sheet at `index`.
    fn rows(&mut self, index: usize, sink: &mut RowSink) -> Result<(), Stop> {
        let mut before = 0;
        loop {
            let is_table = match next(&mut self.xml, &mut self.buffer)? {
                Event::Start(tag) => match tag.local_name().as_ref() {
                    "table" => true,
                    "tracked-changes" => false,
                    _ => continue,
                },
                Event::Eof => return Ok(()),
                _ => continue,
            };
            if is_table && before == index {
                return self.table(sink);
            }
            before += usize::from(is_table);
            skip(&mut self.xml, &mut self.buffer)?;
        }
    }

    fn table(&mut self, sink: &mut RowSink) -> Result<(), Stop> {
        let (mut number, mut elements) = (0_u32, 0_u32);
        loop {
            let (repeated, hidden) = match next(&mut self.xml, &mut self.buffer)? {
                Event::Start(tag) => match tag.local_name().as_ref() {
                    "table-row" => {
                        elements += 1;
                        if elements > MAX_ROWS {
                            return Err(SheetProblem::TooLarge(TOO_MANY_ROWS).into());
                        }
                        let visibility = attribute(&tag, "visibility")?;
                        let hidden = visibility.is_some_and(|value| value != "visible");
                        (count(&tag, "number-rows-repeated")?, hidden)
                    }
                    "table-row-group" | "table-header-rows" | "table-rows" => continue,
                    _ => {
                        skip(&mut self.xml, &mut self.buffer)?;
                        continue;
                    }
                },
                Event::End(tag) if tag.local_name().as_ref() == "table" => return Ok(()),
                Event::Eof => return Err(SheetProblem::Broken("it ends in a sheet".into()).into()),
                _ => continue,
            };
            let first = SheetRow::new(number.saturating_add(1), hidden);
            let row = self.row(first)?;
            number = number.saturating_add(repeated);
            if row.cells.is_empty() && !row.too_long {
                continue;
            }
            if number > MAX_ROWS {
                return Err(SheetProblem::TooLarge(TOO_MANY_ROWS).into());
            }
            (row.number..=number).try_for_each(|number| sink.row(row.at(number)))?;
        }
    }

    /// Reads the cells of a row.
    fn row(&mut self, mut row: SheetRow) -> Result<SheetRow, SheetProblem> {
        let mut column = 0_u32;
        loop {
            let cell = match next(&mut self.xml, &mut self.buffer)? {
                Event::Start(tag) => match tag.local_name().as_ref() {
                    "table-cell" | "covered-table-cell" => CellTag::of(&tag)?,
                    _ => {
                        skip(&mut self.xml, &mut self.buffer)?;
                        continue;
                    }
                },
                Event::End(tag) if tag.local_name().as_ref() == "table-row" => return Ok(row),
                Event::Eof => return Err(SheetProblem::Broken("it ends in a row".into())),
                _ => continue,
            };
            self.cell_text()?;
            let value = cell.text(&self.text);
            if cell.spanned > 1 {
                let last = column.saturating_add(cell.spanned - 1).min(MAX_COLUMNS);
                let (first, last) = (cell_name(row.number, column), cell_name(row.number, last));
                row.merged.push(format!("{first}:{last}"));
            }
            if !value.is_empty() {
                let end = column.saturating_add(cell.repeated).min(MAX_COLUMNS + 1);
                (column..end).try_for_each(|column| row.cell(column, &value))?;
            }
            column = column.saturating_add(cell.repeated);
        }
    }

    /// Reads the text of a cell up to the cell's end: its paragraphs, without comments and drawings.
    fn cell_text(&mut self) -> Result<(), SheetProblem> {
        self.text.clear();
        let (mut depth, mut paragraphs) = (0_u32, 0_u32);
        loop {
            let skipped = match next(&mut self.xml, &mut self.buffer)? {
                Event::Start(tag) => {
                    let spaces = match tag.local_name().as_ref() {
                        "p" => {
                            paragraphs += 1;
                            if paragraphs > 1 { "\n".to_owned() } else { String::new() }
                        }
                        "s" => " ".repeat(count(&tag, "c")?.min(1_000) as usize),
                        "tab" => "\t".to_owned(),
                        "line-break" => "\n".to_owned(),
                        _ => String::new(),
                    };
                    push(&mut self.text, &spaces);
                    !matches!(
                        tag.local_name().as_ref(),
                        "p" | "s" | "tab" | "line-break" | "span" | "a" | "ruby" | "ruby-base"
                    )
                }
                Event::End(_) if depth == 0 => return Ok(()),
                Event::End(_) => {
                    depth -= 1;
                    continue;
                }
                Event::Text(text) if depth > 0 => {
                    push(&mut self.text, &text.xml10_content());
                    continue;
                }
                Event::CData(text) if depth > 0 => {
                    push(&mut self.text, &text.xml10_content());
                    continue;
                }
                Event::GeneralRef(name) => {
                    let known = quick_xml::escape::resolve_predefined_entity(&name);
                    match name.resolve_char_ref().map_err(SheetProblem::broken)? {
                        Some(c) => push(&mut self.text, c.encode_utf8(&mut [0; 4])),
                        None => push(&mut self.text, known.ok_or(SheetProblem::Entities)?),
                    }
                    continue;
                }
                Event::Eof => return Err(SheetProblem::Broken("it ends in a cell".into())),
                _ => continue,
            };
            match skipped {
                true => skip(&mut self.xml, &mut self.buffer)?,
                false => depth += 1,
            }
        }
    }
}

fn push(text: &mut String, more: &str) {
    if text.len() < MAX_TEXT {
        text.push_str(more);
    }
}

/// What a cell's tag tells.
#[derive(Default)]
struct CellTag {
    kind: String,
    is_error: bool,
    is_formula: bool,
    value: Option<String>,
    repeated: u32,
    spanned: u32,
}

impl CellTag {
    fn of(tag: &BytesStart<'_>) -> Result<Self, SheetProblem> {
        let mut cell = Self { repeated: 1, spanned: 1, ..Self::default() };
        for attribute in tag.attributes().with_checks(false) {
            let attribute = attribute.map_err(SheetProblem::broken)?;
            let value = || attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0);
            let value =
                || Ok::<_, SheetProblem>(value().map_err(SheetProblem::broken)?.into_owned());
            match attribute.key.as_ref() {
                "office:value-type" => cell.kind = value()?,
                "calcext:value-type" => cell.is_error = value()? == "error",
                "office:value"
                | "office:date-value"
                | "office:time-value"
                | "office:boolean-value"
                | "office:string-value" => cell.value = Some(value()?),
                "table:formula" => cell.is_formula = true,
                "table:number-columns-repeated" => cell.repeated = number(&value()?)?,
                "table:number-columns-spanned" => cell.spanned = number(&value()?)?,
                _ => {}
            }
        }
        Ok(cell)
    }

    /// The cell's text; `shown` is what the program shows.
    fn text(&self, shown: &str) -> String {
        let value = || self.value.as_deref().unwrap_or_default();
        match self.kind.as_str() {
            _ if self.is_error => String::new(),
            "float" | "percentage" | "currency" => match value().parse::<f64>() {
                // Error values of before they had a type of their own.
                Ok(_) if shown.starts_with("Err:") || shown.starts_with('#') => String::new(),
                Ok(value) => text::shown_number(value, shown),
                Err(_) => shown.to_owned(),
            },
            "date" => text::iso_date(value()),
            "boolean" => value().to_uppercase(),
            "" if self.is_formula && shown.is_empty() => UNSAVED_FORMULA.to_owned(),
            "string" => self.value.clone().unwrap_or_else(|| shown.to_owned()),
            _ => shown.to_owned(),
        }
    }
}

/// The next piece of the content. It fills the buffer anew.
fn next<'a, R: BufRead>(
    xml: &mut Reader<R>,
    buffer: &'a mut Vec<u8>,
) -> Result<Event<'a>, SheetProblem> {
    buffer.clear();
    xml.read_event_into(buffer).map_err(|error| match error {
        quick_xml::Error::Io(error) => SheetProblem::broken(error),
        error => SheetProblem::broken(error),
    })
}

/// Passes over an element whose start was read, with all that is inside.
fn skip<R: BufRead>(xml: &mut Reader<R>, buffer: &mut Vec<u8>) -> Result<(), SheetProblem> {
    let mut depth = 0_u32;
    loop {
        match next(xml, buffer)? {
            Event::Start(_) => depth += 1,
            Event::End(_) if depth == 0 => return Ok(()),
            Event::End(_) => depth -= 1,
            Event::Eof => return Err(SheetProblem::Broken("it ends too early".to_owned())),
            _ => {}
        }
    }
}

/// The value of an attribute that is a number; 1 when it is not there.
fn count(tag: &BytesStart<'_>, name: &str) -> Result<u32, SheetProblem> {
    attribute(tag, name)?.map_or(Ok(1), |value| number(&value))
}

fn number(text: &str) -> Result<u32, SheetProblem> {
    let number = text.trim().parse::<u32>().ok().filter(|number| *number > 0);
    number.ok_or_else(|| SheetProblem::Broken("it repeats a cell in no way".to_owned()))
}
