//! The columns of exports of other programs, which are no part of this project.
//!
//! `LIPASEND_SHARED` names the folder that holds `cases/layouts`; without it `../shared` is tried.
//! `cargo test --test layout_figures -- --ignored --nocapture` prints which layouts map by
//! themselves; without the files the test fails.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The fewest layouts that must map by themselves.
const MAP: usize = 50;

/// Parts of headers of columns whose numbers are never the contact's.
const NOT_THE_CONTACTS: [&str; 9] =
    ["assist", "asst", "fax", "pager", "kin", "deviceid", "sender", "emergency", "_id"];

fn layouts() -> Vec<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let shared = std::env::var_os("LIPASEND_SHARED").map_or(beside, PathBuf::from);
    let files = fs::read_dir(shared.join("cases/layouts")).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|kind| kind == "csv"));
    files.sort();
    files
}

/// The cards of a list as `name [numbers]`, or the error.
fn checked(file: &Path, flags: &[&str]) -> Result<Vec<String>, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lipasend"));
    command.arg("check").arg(file).args(flags).args(["--show", "9", "--quiet", "--region", "KE"]);
    let output = command.env_clear().output().unwrap();
    if output.status.code() == Some(4) {
        return Err(String::from_utf8(output.stderr).unwrap());
    }
    let shown = String::from_utf8(output.stdout).unwrap();
    let cards = serde_json::Deserializer::from_str(&shown).into_iter::<Value>();
    Ok(cards.map_while(Result::ok).map(|card| show(&card)).collect())
}

fn show(card: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let numbers = card["phones"].as_array().unwrap().iter();
    let numbers: Vec<String> = numbers
        .map(|phone| format!("{} {}", text(&phone["phone"]), text(&phone["type"])))
        .collect();
    format!("{} [{}]", text(&card["name"]["formattedName"]), numbers.join(", "))
}

/// The digits in the columns whose numbers are never the contact's and that no other column has.
fn foreign_numbers(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let delimiter = if text.lines().next().unwrap().contains(';') { b';' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let headers: Vec<String> = reader.headers().unwrap().iter().map(str::to_lowercase).collect();
    let (mut own, mut foreign) = (Vec::new(), Vec::new());
    for record in reader.records() {
        for (header, cell) in headers.iter().zip(&record.unwrap()) {
            let digits: String = cell.chars().filter(char::is_ascii_digit).collect();
            let is_foreign = NOT_THE_CONTACTS.iter().any(|part| header.contains(part));
            let cells = if is_foreign { &mut foreign } else { &mut own };
            if digits.len() > 8 {
                cells.push(digits);
            }
        }
    }
    foreign.retain(|digits| !own.contains(digits));
    foreign
}

#[test]
#[ignore = "needs cases/layouts in LIPASEND_SHARED or ../shared"]
fn layouts_of_other_programs() {
    let files = layouts();
    let mut mapped = 0;
    for file in &files {
        let name = file.file_stem().unwrap().to_string_lossy();
        match checked(file, &["--to", "254110000001"]) {
            Ok(cards) => {
                println!("{name}: {}", cards.join(" | "));
                mapped += 1;
                for digits in foreign_numbers(file) {
                    assert!(!cards.concat().contains(&digits), "{name}: {digits} is not theirs");
                }
            }
            Err(error) => println!("{name}: {}", error.trim_end()),
        }
    }
    println!("{mapped} of {} layouts map by themselves", files.len());
    assert!(mapped >= MAP);
}
