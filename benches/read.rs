//! Reading rows: the same table in UTF-8, UTF-16 and Windows-1252, side by side, and with every
//! cell in quotes. Rows have four cells and about 60 bytes. The figure is rows per second.

use divan::Bencher;
use divan::counter::ItemsCount;
use lipasend::read::SourceId;
use lipasend::read::csv::{CsvOptions, CsvReader};

const ROWS: u32 = 100_000;

fn main() {
    divan::main();
}

/// A table whose every eighth row holds letters that the encodings write differently.
fn table(quote: &str) -> String {
    let mut text = "to,name,phone,type\n".to_owned();
    for row in 0..ROWS {
        let name = if row % 8 == 0 { "Zoë Ñandú Müller" } else { "Jane Wanjiku Kamau" };
        let cells = [&format!("2547{row:08}"), name, &format!("+254 722 {row:06}"), "Mobile"];
        let cells = cells.map(|cell| format!("{quote}{cell}{quote}"));
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}

fn read(bencher: Bencher<'_, '_>, bytes: &[u8]) {
    bencher.counter(ItemsCount::new(ROWS)).bench(|| {
        let mut reader = CsvReader::open(bytes, SourceId(0), &CsvOptions::default()).ok()?;
        let mut records = Vec::with_capacity(1024);
        loop {
            records.extend(reader.by_ref().take(1024));
            if divan::black_box(&records).is_empty() {
                break;
            }
            records.clear();
        }
        Some(reader.facts())
    });
}

#[divan::bench]
fn utf_8(bencher: Bencher<'_, '_>) {
    read(bencher, table("").as_bytes());
}

#[divan::bench]
fn utf_8_quoted(bencher: Bencher<'_, '_>) {
    read(bencher, table("\"").as_bytes());
}

#[divan::bench]
fn utf_16(bencher: Bencher<'_, '_>) {
    let units = format!("\u{FEFF}{}", table(""));
    read(bencher, &units.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
}

#[divan::bench]
fn windows_1252(bencher: Bencher<'_, '_>) {
    read(bencher, &encoding_rs::WINDOWS_1252.encode(&table("")).0);
}
