//! Reads spreadsheets: .xlsx (ECMA-376) with calamine, and .ods (OASIS OpenDocument).
//!
//! [`SheetReader`] gives the rows of one sheet as the CSV reader does, with the sheet's own row
//! numbers. A thread reads the file and hands over the rows, a few hundred at a time: the readers
//! of both formats borrow their archive, and memory must not grow with the sheet.
//!
//! - `archive` opens the zip archive and tells what it holds; `scan` looks at the XML of a part
//!   before anything is read from it, so that no file can take more memory than it may, and
//!   `unsaved` finds the formulas without a value there (`tag` has the attributes for both)
//! - `workbook` knows the sheets of an .xlsx file, `xlsx` reads their cells, `ods` reads .ods:
//!   calamine would hold every sheet of such a file in memory, and twice
//! - `text` makes a cell's text, `rows` puts cells together to rows and hands them over

mod archive;
mod choice;
mod ods;
mod problem;
mod reader;
mod rows;
mod scan;
mod tag;
mod text;
mod unsaved;
mod workbook;
mod xlsx;

pub use choice::SheetChoice;
pub use problem::SheetProblem;
pub use reader::{SheetFacts, SheetReader};

/// The most rows of a sheet, in both formats.
const MAX_ROWS: u32 = 1_048_576;

/// What is wrong with a sheet of more rows.
const TOO_MANY_ROWS: &str = "has more than 1,048,576 rows";

/// The first rows, of which one may be the header.
const HEAD_ROWS: usize = 50;

/// The most columns of a sheet, in both formats.
const MAX_COLUMNS: u32 = 16_384;
