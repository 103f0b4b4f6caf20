//! Tests of the ways to spell a number: all that are read give the same number.

use proptest::prelude::*;

use super::super::options::{PhoneOptions, Role};
use super::super::parse::parse_number;
use super::super::region::Region;
use super::options;
use crate::read::note::NoteKind;

/// Mobile numbers that were made up, by country code and national number.
const NUMBERS: [(&str, &str, &str); 12] = [
    ("KE", "254", "733000456"),
    ("TZ", "255", "754000123"),
    ("NG", "234", "8031234560"),
    ("IN", "91", "9812345670"),
    ("BR", "55", "21987650001"),
    ("MX", "52", "3312345670"),
    ("DE", "49", "16091234567"),
    ("GB", "44", "7911123450"),
    ("US", "1", "6502530123"),
    ("CI", "225", "0707891200"),
    ("SG", "65", "81234560"),
    ("IT", "39", "3481234560"),
];

/// What may stand around a number.
const AROUND: [(&str, &str); 21] = [
    ("", ""),
    (" ", "\u{A0}"),
    ("'", "'"),
    ("\"", "\""),
    ("`", "`"),
    ("’", ""),
    ("‘", "’"),
    ("“", "”"),
    ("„", "“"),
    ("«", "»"),
    ("´", ""),
    ("「", "」"),
    ("『", "』"),
    ("׳", "׳"),
    ("=\"", "\""),
    ("(", ")"),
    ("[", "]"),
    ("<", ">"),
    ("{", "}"),
    ("\u{202A}", "\u{202C}"),
    ("", ","),
];

/// The prefixes that say nothing about the country.
const LABELS: [&str; 6] = ["", "tel:", "Tel: ", "WhatsApp:", "whatsapp: ", "P:"];

/// The zeros of the scripts that are tried.
const ZEROS: [char; 5] = ['0', '٠', '۰', '०', '０'];

/// A number in one way of writing, and the region that it needs.
fn spelling() -> impl Strategy<Value = (String, String, &'static str)> {
    let parts = (
        prop::sample::select(&NUMBERS[..]),
        prop::sample::select(&AROUND[..]),
        prop::sample::select(&LABELS[..]),
        prop::sample::select(&ZEROS[..]),
        "[ .\u{A0}\u{2011}\u{2212}·-]",
        0_usize..12,
    );
    parts.prop_map(|((region, code, national), (open, close), label, zero, separator, style)| {
        let groups = format!("{}{separator}{}", &national[..3], &national[3..]);
        let (number, region) = match style {
            0 => (format!("+{code}{national}"), ""),
            1 => (format!("+{code}{separator}{groups}"), ""),
            2 => (format!("00{code}{national}"), ""),
            3 => (format!("00+{code}{national}"), ""),
            4 => (format!("{code}{national}+"), ""),
            5 => (format!("+{code}{national}.0"), ""),
            6 => (format!("＋{code} {groups}"), ""),
            7 => (format!("{code}{national}"), ""),
            8 => (format!("{code}{national}"), region),
            9 => (format!("++{code}-{groups}"), ""),
            10 => (format!("{code} {groups}"), ""),
            _ => (format!("000{code}{national}"), ""),
        };
        let script = number.chars().map(|c| match c.to_digit(10) {
            Some(digit) => char::from_u32(u32::from(zero) + digit).unwrap(),
            None => c,
        });
        let text = format!("{open}{label}{}{close}", script.collect::<String>());
        (text, format!("{code}{national}"), region)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_spelling_of_a_number_is_the_same_number((text, number, region) in spelling()) {
        let parsed = parse_number(&text, Role::To, &options(region));
        prop_assert_eq!(parsed.map(|parsed| parsed.number.to_string()), Ok(number), "{:?}", text);
    }

    #[test]
    fn what_is_read_with_a_country_code_has_the_digits_of_the_text(
        text in "['“(\\[<]?[+]?[0-9]{1,4}[ ./(-]{0,2}[0-9]{2,6}[ ./)\n-]{0,2}[0-9]{0,6}[ ',#x:+-]?[0-9]{0,3}['”)\\]>]?",
    ) {
        if let Ok(parsed) = parse_number(&text, Role::To, &PhoneOptions::default()) {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            let number = parsed.number.to_string();
            // Only zeros are removed, and nothing is added, without a note (Argentina's 9).
            let mut rest = digits.chars();
            let in_order = number.chars().all(|c| rest.any(|digit| digit == c));
            let rewritten = parsed.notes.contains(NoteKind::Rewritten);
            prop_assert!(rewritten || in_order, "{:?} is {}", text, number);
        }
    }
}

#[test]
fn addresses_of_whatsapp_are_international_numbers() {
    for (_, code, national) in NUMBERS {
        for text in [
            format!("https://wa.me/{code}{national}"),
            format!("wa.me/+{code}{national}?text=Hello"),
            format!("https://api.whatsapp.com/send?phone={code}{national}&text=Hello%20there"),
            format!("{code}{national}@c.us"),
            format!("{code}{national}@s.whatsapp.net"),
        ] {
            let parsed = parse_number(&text, Role::To, &options("JP")).unwrap();
            assert_eq!(parsed.number.to_string(), format!("{code}{national}"), "{text}");
        }
    }
    // Nothing in them is completed with the region.
    assert!(parse_number("wa.me/0733000456", Role::To, &options("KE")).is_err());
}

#[test]
fn national_spellings_are_the_number_of_the_region() {
    for (region, code, national) in NUMBERS {
        // A country's trunk prefix, if it has one.
        let zero = match region {
            "KE" | "TZ" | "NG" | "IN" | "BR" | "DE" | "GB" => "0",
            _ => "",
        };
        for (open, close) in AROUND {
            let text = format!("{open}{zero}{national}{close}");
            let parsed = parse_number(&text, Role::To, &options(region)).unwrap();
            assert_eq!(parsed.number.to_string(), format!("{code}{national}"), "{text}");
            assert_eq!(parsed.completed, region.parse::<Region>().ok(), "{text}");
        }
    }
}
