//! The vCard reader on files as found in other projects' test folders, which are no part of this
//! one.
//!
//! `LIPASEND_SHARED` names the folder that holds `data/vcards`; without it `../shared` is tried.
//! `cargo test --test vcard_figures -- --ignored --nocapture cards_of` prints the figures; without
//! the data the test fails.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lipasend::read::vcard::{Cards, DecodedCard, NameSource, RawCard};
use lipasend::read::{Record, SkipReason, SourceId};
use serde_json::Value;

/// The folder with `expected.jsonl`.
fn vcards() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let shared = std::env::var_os("LIPASEND_SHARED").map_or(beside, PathBuf::from);
    shared.join("data/vcards")
}

/// A file's cards in the order of their BEGINs.
fn raw(path: &Path) -> Vec<RawCard> {
    let cards = Cards::new(fs::File::open(path).unwrap(), SourceId(0));
    let mut cards = cards.collect::<Result<Vec<RawCard>, _>>().unwrap();
    cards.retain(|card| match card.clone().into_record() {
        Record::Skipped { reason, .. } => reason != SkipReason::NotACard,
        _ => true,
    });
    cards.sort_by_key(RawCard::place);
    cards
}

/// What is read otherwise than the data says, by decision: the whole of N is the name (its prefix,
/// middle names and suffix), and `X-MS-TEL` is a number.
const BY_DECISION: [(&str, &[&str]); 5] = [
    ("v30_comma_separated.vcf 0", &["fn"]),
    ("v30_multibyte_param.vcf 0", &["fn"]),
    ("v30_pager.vcf 0", &["fn"]),
    ("4b62872a-849-0.vcf 0", &["fn"]),
    ("outlook-2007.vcf 0", &["tel", "types", "pref", "waid"]),
];

/// Returns whether a field of a card is read otherwise by decision.
fn is_by_decision(card: &str, field: &str) -> bool {
    BY_DECISION.iter().any(|(of, fields)| card.ends_with(of) && fields.contains(&field))
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn digits(text: &str) -> String {
    let text = text.trim();
    let plus = if text.starts_with('+') { "+" } else { "" };
    plus.chars().chain(text.chars().filter(char::is_ascii_digit)).collect()
}

fn checked(expected: &Value, field: &str) -> bool {
    expected["status"][field] != "disputed"
}

/// Name, numbers, types, version, preference and waid of one card as one text each.
fn found(card: &DecodedCard) -> BTreeMap<&'static str, String> {
    let numbers =
        || card.numbers.iter().filter(|number| number.text.contains(|c: char| c.is_ascii_digit()));
    let name = match &card.name {
        Some((NameSource::Fn, name)) => format!("FN {}", words(name)),
        Some((NameSource::N, name)) => format!("N {}", words(name)),
        _ => String::new(),
    };
    BTreeMap::from([
        ("fn", name),
        ("version", card.version.clone().unwrap_or_default()),
        ("tel", list(numbers().map(|number| digits(&number.text)))),
        ("types", list(numbers().map(|number| sorted(number.types.clone())))),
        ("pref", list(numbers().map(|number| number.preference.is_some().to_string()))),
        ("waid", list(numbers().map(|number| number.wa_id.clone().unwrap_or_default()))),
    ])
}

fn wanted(expected: &Value) -> BTreeMap<&'static str, String> {
    let tels = || {
        let tels = expected["tels"].as_array().unwrap().iter();
        tels.filter(|tel| tel["digits"].as_str().unwrap().contains(|c: char| c.is_ascii_digit()))
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = match (&expected["fn"], &expected["fn_fallback"]) {
        (Value::String(name), _) => format!("FN {}", words(name)),
        (_, Value::String(name)) => format!("N {}", words(name)),
        _ => String::new(),
    };
    let types = |tel: &Value| sorted(tel["types"].as_array().unwrap().iter().map(text).collect());
    BTreeMap::from([
        ("fn", name),
        ("version", text(&expected["version"])),
        ("tel", list(tels().map(|tel| text(&tel["digits"])))),
        ("types", list(tels().map(types))),
        ("pref", list(tels().map(|tel| tel["pref"].to_string()))),
        ("waid", list(tels().map(|tel| text(&tel["waid"])))),
    ])
}

fn sorted(mut types: Vec<String>) -> String {
    types.sort();
    types.join(",")
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(" | ")
}

#[test]
#[ignore = "needs data/vcards in LIPASEND_SHARED or ../shared"]
fn cards_of_other_projects() {
    let folder = vcards();
    let mut files: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in fs::read_to_string(folder.join("expected.jsonl")).unwrap().lines() {
        let card: Value = serde_json::from_str(line).unwrap();
        files.entry(card["file"].as_str().unwrap().to_owned()).or_default().push(card);
    }
    let (mut cards, mut right, mut wrong) = (0, BTreeMap::<_, u32>::new(), Vec::new());
    let mut decided = Vec::new();
    for (file, expected) in &files {
        let raw = raw(&folder.join(file));
        let broken = raw
            .iter()
            .filter(|card| matches!((*card).clone().into_record(), Record::Broken { .. }));
        wrong.extend(broken.map(|card| format!("{file}: broken at line {}", card.place().line)));
        let read: Vec<DecodedCard> = raw.iter().map(RawCard::decode).collect();
        if read.len() != expected.len() {
            wrong.push(format!("{file}: {} cards, not {}", read.len(), expected.len()));
        }
        for (index, (expected, card)) in expected.iter().zip(&read).enumerate() {
            cards += 1;
            let found = found(card);
            for (field, wanted) in wanted(expected) {
                let status = if matches!(field, "pref" | "waid") { "tel" } else { field };
                if !checked(expected, status) {
                    continue;
                } else if found[field] == wanted {
                    *right.entry(field).or_default() += 1;
                } else if is_by_decision(&format!("{file} {index}"), field) {
                    decided.push(format!(
                        "{file} {index} {field}: {:?}, not {wanted:?}",
                        found[field]
                    ));
                } else {
                    wrong.push(format!(
                        "{file} {index} {field}: {:?}, not {wanted:?}",
                        found[field]
                    ));
                }
            }
        }
    }
    println!("{cards} cards in {} files, right: {right:?}", files.len());
    println!("{} otherwise by decision:\n{}", decided.len(), decided.join("\n"));
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// The speed of reading cards of 430 bytes, with and without photos; run with
/// `cargo test --release --test vcard_figures -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement, not a test"]
fn cards_per_second() {
    const CARDS: usize = 100_000;
    let plain: String = (0..CARDS).map(|index| card(index, false)).collect();
    let photos: String = (0..CARDS).map(|index| card(index, index % 20 == 0)).collect();
    println!("{} bytes a card", plain.len() / CARDS);
    let find = |file: &str| seconds(|| Cards::new(file.as_bytes(), SourceId(0)).count());
    let found = [find(&plain), find(&photos)];
    println!("finding: {:.0} cards/s, {:.0} with photos", rate(found[0]), rate(found[1]));
    let one = |file: &str| {
        let records =
            Cards::new(file.as_bytes(), SourceId(0)).map(|card| card.unwrap().into_record());
        seconds(|| records.filter(|record| matches!(record, Record::Card(_))).count())
    };
    let (fast, slow) = (one(&plain), one(&photos));
    println!("one thread: {:.0} cards/s, with photos {:.2} times slower", rate(fast), slow / fast);
    /// Seconds that this thread was on a core, so that a busy machine does not count.
    fn busy() -> f64 {
        let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        stat.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
    }
    fn rate(seconds: f64) -> f64 {
        CARDS as f64 / seconds
    }
    fn seconds(count: impl FnOnce() -> usize) -> f64 {
        let start = busy();
        assert_eq!(count(), CARDS);
        busy() - start
    }
}

/// A card as an iPhone writes it, 430 bytes without the photo.
fn card(index: usize, photo: bool) -> String {
    let photo = if photo {
        format!(
            "PHOTO;ENCODING=b;TYPE=JPEG:{}\r\n",
            format!("{}\r\n ", "/9j/4AAQSkZJRgABAQAAAQAB".repeat(3)).repeat(1_365)
        )
    } else {
        String::new()
    };
    format!(
        "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//Apple Inc.//iPhone OS 17.4//EN\r\n\
         N:Otieno{index:06};Achieng;;;\r\nFN:Achieng Otieno{index:06}\r\nORG:Amani Travel Bookings;\r\n\
         EMAIL;type=INTERNET;type=HOME;type=pref:achieng{index:06}@example.com\r\n\
         TEL;type=CELL;type=VOICE;type=pref:+254 712 {:03} {:03}\r\n\
         TEL;type=WORK;type=VOICE:+254 20 {:03} {:04}\r\n\
         ADR;type=HOME;type=pref:;;Moi Avenue 12;Nairobi;;00100;Kenya\r\n{photo}NOTE:{}\r\nEND:VCARD\r\n",
        index / 1000,
        index % 1000,
        index / 1000,
        index % 1000,
        "x".repeat(32),
    )
}
