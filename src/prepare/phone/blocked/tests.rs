//! What entries of opt-out lists block.

use proptest::prelude::*;

use super::super::countries::Countries;
use super::*;

/// Options with this region, and with these known countries.
fn options(region: &str, known: &[&str]) -> PhoneOptions {
    PhoneOptions {
        region: region.parse().ok(),
        known: known.iter().map(|code| code.parse().unwrap()).collect::<Countries>(),
        ..PhoneOptions::default()
    }
}

/// Returns whether the entry blocks the number of the list.
fn blocks(text: &str, options: &PhoneOptions, number: &str) -> bool {
    let blocked = blocked(text, options).unwrap_or_else(|TooShort| panic!("{text} is too short"));
    let number = PhoneNumber::from_digits(number).unwrap();
    blocked.numbers.contains(&canonical(&number))
        || Ending::of(&number).is_some_and(|ending| blocked.endings.contains(&ending))
}

#[test]
fn a_number_is_blocked_in_every_spelling() {
    let nowhere = options("", &[]);
    for text in [
        "+254712345678",
        "254712345678",
        "00254712345678",
        "000254712345678",
        "+254 (0)712 345-678",
        "+2540712345678",
        "(+254) 712/345/678",
        "[+254] 712345678",
        "+254.712.345.678",
        "254,712,345,678",
        "254712345678.0",
        "2.54712345678E+11",
        "'+254712345678",
        "=\"254712345678\"",
        "+٢٥٤ ٧١٢ ٣٤٥ ٦٧٨",
        "＋２５４７１２３４５６７８",
        "https://wa.me/254712345678?text=STOP",
        "254712345678@c.us",
        "254712345678:7@s.whatsapp.net",
        "tel:+254-712-345-678",
        "whatsapp:+254712345678",
        "Ann +254712345678",
        "+254712345678 (Ann)",
        "MOB:+254712345678",
        "+254712345678 ext 12",
        "+254712345678 (2)",
        "254712345678 - 2",
        "254712345678+",
        "+254712345678*",
        "254254712345678",
        "+254 7l2 345 678",
        // National numbers: the country is not known, so their last digits count.
        "0712345678",
        "0712 345 678",
        "(0712) 345678",
        "712345678",
        "712 345 678 Ann",
        "O712345678",
        "011254712345678",
    ] {
        assert!(blocks(text, &nowhere, "254712345678"), "{text}");
        assert!(!blocks(text, &nowhere, "254722000111"), "{text}");
    }
}

#[test]
fn a_national_number_is_read_in_the_region_and_in_known_countries() {
    let kenya = options("KE", &["TZ"]);
    for text in ["0712345678", "712345678", "0712-345-678", "712,345,678.00", "7.12345678E+08"] {
        assert!(blocks(text, &kenya, "254712345678"), "{text}");
        assert!(blocks(text, &kenya, "255712345678"), "{text}");
        assert!(!blocks(text, &kenya, "256712345678"), "{text}");
    }
    assert!(!blocks("254712345678", &kenya, "255712345678"));
    assert!(!blocks("+254712345678", &kenya, "255712345678"));
    // As a number of Denmark, or as one of Kenya without its zero.
    let both = options("KE", &[]);
    for number in ["4520412345", "2544520412345"] {
        assert!(blocks("4520412345", &both, number) || number.len() > 12, "{number}");
    }
}

#[test]
fn old_and_new_forms_are_one_number() {
    for (entry, region, number) in [
        ("+52 1 33 1234 5670", "", "523312345670"),
        ("5213312345670", "", "523312345670"),
        ("+52 33 1234 5670", "", "5213312345670"),
        ("33 1234 5670", "MX", "523312345670"),
        ("+55 21 8765-0001", "", "5521987650001"),
        ("55 21 98765-0001", "", "552187650001"),
        ("(21) 8765-0001", "BR", "5521987650001"),
        ("(21) 98765-0001", "BR", "552187650001"),
        ("+229 66 12 34 00", "", "2290166123400"),
        ("2290166123400", "", "22966123400"),
        ("+225 07 89 12 00", "", "2250707891200"),
        ("+54 9 11 2345-6789", "", "541123456789"),
        ("+54 11 2345-6789", "", "5491123456789"),
    ] {
        assert!(blocks(entry, &options(region, &[]), number), "{entry} in {region:?}, {number}");
    }
}

#[test]
fn two_numbers_in_one_cell_are_both_blocked() {
    for (first, second, region) in [
        ("+254712345678", "+254722000111", ""),
        ("254712345678", "254722000111", ""),
        ("0712345678", "0722000111", ""),
        ("0712345678", "0722000111", "KE"),
        ("0712 345 678", "0722 000 111", "KE"),
        ("+254 712 345 678", "0722 000 111", "KE"),
        ("712345678", "722000111", "KE"),
    ] {
        for between in [" ", "/", " / ", ", ", ";", "\n", " | ", " or ", " ::: ", " & ", "  "] {
            let text = format!("{first}{between}{second}");
            let options = options(region, &[]);
            for number in ["254712345678", "254722000111"] {
                assert!(blocks(&text, &options, number), "{text} in {region:?}: {number}");
            }
        }
    }
}

/// A quote that is not closed makes one cell of the rest of a file.
#[test]
fn a_whole_file_in_one_cell_is_read() {
    let mut text = "Ilo".repeat(1_000);
    for n in 0..3_000 {
        text += &format!("Ann {n}\n+2547{n:08}\n");
    }
    let options = options("KE", &["TZ"]);
    for n in [0, 1_500, 2_999] {
        assert!(blocks(&text, &options, &format!("2547{n:08}")), "{n}");
    }
}

#[test]
fn a_text_without_a_number_blocks_nothing() {
    for text in [
        "",
        " ",
        "-",
        "n/a",
        "Ann Wanjiku",
        "0",
        "0000000000",
        "# numbers of 2026",
        "# 12345",
        "// 1",
        "12 people, added in 2026",
        "Ann 2",
        "阿明",
    ] {
        assert_eq!(blocked(text, &options("KE", &[])), Ok(Blocked::default()), "{text}");
    }
}

#[test]
fn an_entry_with_too_few_digits_is_an_error() {
    for text in ["12345", "1", "712 345", "+254 712", "MOB 712345", "2.54713E+11", "3E+11"] {
        assert_eq!(blocked(text, &options("KE", &[])), Err(TooShort), "{text}");
    }
    // Valid numbers of places with short ones.
    assert!(blocks("+683 8884 012", &options("", &[]), "6838884012"));
    assert!(blocks("7 777 777", &options("MV", &[]), "9607777777"));
}

#[test]
fn what_cannot_be_read_blocks_by_its_last_digits() {
    for (entry, number) in [
        ("12345678", "254712345678"),
        ("x12345678", "254712345678"),
        ("99912345678", "254712345678"),
        ("+0712345678", "254712345678"),
        ("0712345678-2", "254712345678"),
        ("0712345678/9", "254712345678"),
        ("12 34 56 78", "254712345678"),
        ("12,34,56,78", "254712345678"),
    ] {
        assert!(blocks(entry, &options("", &[]), number), "{entry}");
    }
}

proptest! {
    /// Any way to write a number of the list blocks it.
    #[test]
    fn a_number_is_blocked_whatever_stands_in_it(
        index in 0_usize..6,
        separators in proptest::collection::vec(" |-|\\.| - |  |\\)|\\(|/|", 13),
        prefix in "|\\+|00|tel:|'|\\+ ",
        after in "| |;| Ann|\\(old\\)|\\.",
    ) {
        let number = [
            "254712345678", "14155552671", "4915123456789", "5521987650001", "523312345670",
            "2290166123400",
        ][index];
        let spelled: String = number
            .chars()
            .zip(separators.iter().cycle())
            .enumerate()
            .flat_map(|(at, (digit, between))| {
                let between = if at % 3 == 2 && at + 1 < number.len() { between } else { "" };
                std::iter::once(digit).chain(between.chars())
            })
            .collect();
        let text = format!("{prefix}{spelled}{after}");
        prop_assert!(blocks(&text, &options("", &[]), number), "{text}");
        prop_assert!(blocks(&text, &options("KE", &["TZ"]), number), "{text}");
    }

    #[test]
    fn no_text_is_a_panic(text in "\\PC{0,60}", digits in "[0-9 +/,.()-]{0,60}") {
        for text in [text, digits] {
            let _ = blocked(&text, &options("KE", &["BR", "US"]));
        }
    }
}
