//! Reading a spreadsheet of 300,000 rows with five cells: with calamine alone (its whole sheet, as
//! its users read it, and its cells one by one), and with the reader that gives rows. The figure is
//! rows per second.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::sync::{Arc, OnceLock};

use calamine::{Reader, Xlsx};
use divan::Bencher;
use divan::counter::ItemsCount;
use lipasend::read::SourceId;
use lipasend::read::spreadsheet::{SheetChoice, SheetReader};
use zip::write::SimpleFileOptions;

const ROWS: u32 = 300_000;
const SHEET: &str = "People";

#[derive(Clone)]
struct Bytes(Arc<[u8]>);

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

fn main() {
    divan::main();
}

fn file() -> Cursor<Bytes> {
    static FILE: OnceLock<Bytes> = OnceLock::new();
    Cursor::new(FILE.get_or_init(|| Bytes(workbook().into())).clone())
}

/// Numbers are numbers, and texts are shared ones, as spreadsheet programs write them.
fn workbook() -> Vec<u8> {
    let (mut rows, mut texts) = (String::new(), String::new());
    for row in 1..=ROWS {
        let _ = write!(
            rows,
            "<row r=\"{row}\" spans=\"1:5\"><c r=\"A{row}\"><v>2547{row:08}</v></c><c r=\"B{row}\" t=\"s\"><v>{}\
             </v></c><c r=\"C{row}\"><v>25472{row:07}</v></c><c r=\"D{row}\" t=\"s\"><v>0</v></c><c r=\"E{row}\" \
             t=\"s\"><v>1</v></c></row>",
            row + 1
        );
        let _ = write!(texts, "<si><t>Jane Wanjiku Kamau {row}</t></si>");
    }
    let relation = |kind: &str, target: &str| {
        format!(
            "<Relationships><Relationship Id=\"rId1\" Type=\"x/relationships/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    let parts = [
        ("_rels/.rels", relation("officeDocument", "xl/workbook.xml")),
        ("xl/_rels/workbook.xml.rels", relation("worksheet", "worksheets/sheet1.xml")),
        (
            "xl/workbook.xml",
            format!(
                "<workbook><sheets><sheet name=\"{SHEET}\" r:id=\"rId1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/sharedStrings.xml",
            format!("<sst><si><t>Mobile</t></si><si><t>Nairobi</t></si>{texts}</sst>"),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"),
        ),
    ];
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        archive.start_file(name, SimpleFileOptions::default()).expect("a part");
        archive.write_all(content.as_bytes()).expect("a part");
    }
    archive.finish().expect("an archive").into_inner()
}

fn measured(bencher: Bencher<'_, '_>, read: impl Fn(Cursor<Bytes>) -> usize + Sync) {
    bencher.counter(ItemsCount::new(ROWS)).bench(|| {
        let count = read(divan::black_box(file()));
        assert!(count >= ROWS as usize - 1, "{count} rows");
    });
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn calamine_range(bencher: Bencher<'_, '_>) {
    measured(bencher, |file| {
        let mut book: Xlsx<_> = Xlsx::new(file).expect("a workbook");
        book.worksheet_range(SHEET).expect("a sheet").height()
    });
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn calamine_cells(bencher: Bencher<'_, '_>) {
    measured(bencher, |file| {
        let mut book: Xlsx<_> = Xlsx::new(file).expect("a workbook");
        let mut cells = book.worksheet_cells_reader(SHEET).expect("a sheet");
        let mut count = 0;
        while let Some(cell) = cells.next_cell().expect("a cell") {
            count += usize::from(divan::black_box(cell).get_position().1 == 0);
        }
        count
    });
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn rows(bencher: Bencher<'_, '_>) {
    measured(bencher, |file| {
        SheetReader::open(file, SourceId(0), "a.xlsx", &SheetChoice::default())
            .expect("a sheet")
            .map(divan::black_box)
            .count()
    });
}
