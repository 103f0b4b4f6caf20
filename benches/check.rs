//! From bytes to identified messages: rows a second through reading, mapping, numbers and ids.
//!
//! `cargo bench --bench check`; the whole program on a million rows is measured by
//! `benches/figures`.
//!
//! What a report costs is measured in instructions, which do not depend on what else the machine
//! does. A report may cost a check at most 15 % (`--report r.csv`, `--report r.json`), and a check
//! without one nothing. With a list of 30,000 rows:
//!
//!     valgrind --tool=callgrind --callgrind-out-file=/dev/null \
//!         target/release/lipasend check rows.csv --from 254110090747 --report r.json

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use lipasend::prepare::dedup::{Occurrence, SeenMessages};
use lipasend::prepare::mapping::{InputRole, Mapping};
use lipasend::prepare::message::Origin;
use lipasend::prepare::parallel::PreparedChunks;
use lipasend::prepare::phone::{PhoneNumber, PhoneOptions};
use lipasend::prepare::row::{Preparer, Recipients, RowOutcome};
use lipasend::read::{Dialect, Format, Source, SourceId};

const ROWS: usize = 100_000;

fn main() {
    divan::main();
}

/// Rows with a recipient and a card's number, all different.
fn list() -> tempfile::NamedTempFile {
    let mut text = String::from("to,name,phone\n");
    for n in 0..ROWS {
        let _ = writeln!(text, "25471{n:07},Person Number {n},+25472{n:07}");
    }
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(text.as_bytes()).expect("room for it");
    file
}

fn preparer() -> Arc<Preparer> {
    let from = PhoneNumber::from_digits("254110090747").expect("a number");
    let role = InputRole::Rows { recipients_given: false };
    Arc::new(Preparer {
        mapping: Mapping::of_header(&["to", "name", "phone"], "list", role, &[])
            .expect("our columns"),
        recipients: Recipients::InRow,
        phone_options: PhoneOptions::default(),
        origin: Arc::new(Origin { campaign: String::new(), from }),
        wa_id_from_phone: false,
        time_zone: jiff::tz::TimeZone::UTC,
        details: false,
        reads_rejects: false,
        number_types: false,
    })
}

#[divan::bench(sample_count = 10)]
fn bytes_to_identified_messages(bencher: Bencher<'_, '_>) {
    let file = list();
    let preparer = preparer();
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        let source = Source::file(SourceId(0), file.path(), Some(Format::Csv)).expect("a file");
        let rows = source.open(&Dialect::default()).expect("a table");
        let mut seen = SeenMessages::default();
        let mut messages = 0;
        for chunk in PreparedChunks::new(rows, Arc::clone(&preparer)) {
            for prepared in chunk.expect("rows") {
                let RowOutcome::Message(message, _) = prepared.outcome else {
                    panic!("{prepared:?}")
                };
                let occurrence = seen.insert(&message, prepared.place);
                assert_eq!(occurrence, Occurrence::First);
                messages += 1;
            }
        }
        assert_eq!(messages, ROWS);
    });
}
