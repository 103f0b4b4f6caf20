//! Figures for parsing: 16,000 numbers in 30 styles, which are not in the repository.
//!
//! `LIPASEND_SHARED=../shared cargo test --test phone_figures -- --ignored --nocapture` prints the
//! table. The folder defaults to `../shared`; without its data the test fails.

#![expect(clippy::print_stdout, reason = "the table is what this test is for")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use lipasend::prepare::phone::{Countries, PhoneNumber, PhoneOptions, Region, Role, parse_number};

const COUNTRY_CODED: [&str; 17] = [
    "plus_digits",
    "plus_grouped",
    "plus_paren0",
    "intl_fmt",
    "00_region",
    "00_noregion",
    "cc_bare_region",
    "cc_bare_noregion",
    "arabic_digits",
    "fullwidth",
    "bidi_zw",
    "uspace",
    "unicode_dash",
    "quote",
    "excel_dot0",
    "weird_plus",
    "tel_uri",
];
/// These also hold forms that may be rejected, so only wrong digits count.
const ONLY_OTHER_DIGITS: [&str; 3] = ["unicode_dash", "tel_uri", "weird_plus"];
const NATIONAL: [&str; 2] = ["national_fmt", "nsn_region"];
const REJECTED: [&str; 8] = [
    "extension",
    "vanity",
    "one_letter",
    "text_around",
    "two_numbers",
    "tel_ctx",
    "junk",
    "hostile",
];

#[derive(Default)]
struct Tally {
    rows: usize,
    true_rows: usize,
    /// Rows with a known number that were accepted.
    accepted: usize,
    /// Rows with a known number that were accepted as another one.
    other_digits: usize,
    /// Rows without a known number that were accepted.
    accepted_untrue: usize,
    rejected: BTreeMap<&'static str, usize>,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.true_rows += other.true_rows;
        self.accepted += other.accepted;
        self.other_digits += other.other_digits;
        self.accepted_untrue += other.accepted_untrue;
    }

    fn accepted_share(&self) -> f64 {
        self.accepted as f64 / self.true_rows as f64
    }

    fn other_share(&self) -> f64 {
        self.other_digits as f64 / self.true_rows as f64
    }
}

fn shared() -> PathBuf {
    std::env::var_os("LIPASEND_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from)
}

/// Returns whether digits are missing; a mantissa with all its digits may be recovered.
fn has_digits_missing(text: &str) -> bool {
    let (mantissa, power) = text.split_once(['e', 'E']).expect("an exponent has an e");
    let decimals = mantissa.split_once(['.', ',']).map_or(0, |(_, decimals)| decimals.len());
    decimals < power.trim_start_matches('+').parse().expect("an exponent is a number")
}

/// Returns whether the text is digits only, which can be anybody's number.
fn is_clean(text: &str) -> bool {
    let text = text.trim();
    text.strip_prefix('+').unwrap_or(text).bytes().all(|b| b.is_ascii_digit())
}

/// Returns whether a label is one that programs write, so that the number behind it is read.
fn has_program_label(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    ["whatsapp:", "tel:", "p:"].iter().any(|label| text.starts_with(label))
}

/// The countries that the list has with `+`, as a run of the program knows them.
fn known(path: &Path) -> Countries {
    let mut known = Countries::default();
    for record in csv::Reader::from_path(path).expect("data/phones.csv is there").records() {
        let record = record.expect("phones.csv is whole");
        if record[2].contains('+') {
            let digits = record[3].trim_start_matches('+');
            known.extend(PhoneNumber::from_digits(digits).as_ref().and_then(Region::of));
        }
    }
    known
}

fn tally(path: &Path) -> (BTreeMap<String, Tally>, Vec<String>) {
    let mut tallies = BTreeMap::<String, Tally>::new();
    let mut suspects = Vec::new();
    let known = known(path);
    for record in csv::Reader::from_path(path).expect("data/phones.csv is there").records() {
        let record = record.expect("phones.csv is whole");
        let [style, region, text, truth] = [0, 1, 2, 3].map(|i| &record[i]);
        let style = match style {
            "exponent" if has_digits_missing(text) => "exponent (digits missing)",
            "hostile" if is_clean(text) => "hostile (clean)",
            "text_around" if has_program_label(text) => "text_around (label)",
            style => style,
        };
        let options =
            PhoneOptions { region: region.parse().ok(), known, ..PhoneOptions::default() };
        let tally = tallies.entry(style.to_owned()).or_default();
        tally.rows += 1;
        tally.true_rows += usize::from(!truth.is_empty());
        match parse_number(text, Role::To, &options) {
            Err(problem) => *tally.rejected.entry(problem.code(Role::To)).or_default() += 1,
            Ok(_) if truth.is_empty() => tally.accepted_untrue += 1,
            Ok(parsed) => {
                tally.accepted += 1;
                if format!("+{}", parsed.number) != truth {
                    tally.other_digits += 1;
                    suspects.push(format!(
                        "{style} {region:?} {text:?}: {} is not {truth}",
                        parsed.number
                    ));
                }
            }
        }
    }
    (tallies, suspects)
}

fn print(tallies: &BTreeMap<String, Tally>) {
    println!(
        "{:18} {:>5} {:>5} {:>8} {:>7} {:>7}  rejected",
        "style", "rows", "true", "accepted", "other", "untrue"
    );
    for (style, t) in tallies {
        println!(
            "{style:18} {:5} {:5} {:8} {:7} {:7}  {:?}",
            t.rows, t.true_rows, t.accepted, t.other_digits, t.accepted_untrue, t.rejected
        );
    }
}

#[test]
#[ignore = "needs data/phones.csv in LIPASEND_SHARED or ../shared"]
fn real_spellings_are_parsed_or_rejected() {
    let path = shared().join("data/phones.csv");
    let (tallies, suspects) = tally(&path);
    print(&tallies);
    suspects.iter().for_each(|suspect| println!("{suspect}"));
    let sum = |styles: &mut dyn Iterator<Item = &str>| {
        styles.fold(Tally::default(), |mut all, style| {
            all.add(&tallies[style]);
            all
        })
    };

    let coded = sum(&mut COUNTRY_CODED.into_iter());
    let lenient = ONLY_OTHER_DIGITS.into_iter().collect::<BTreeSet<_>>();
    let checked = sum(&mut COUNTRY_CODED.into_iter().filter(|style| !lenient.contains(style)));
    println!(
        "country-coded: {:.4} accepted, {:.5} other digits",
        checked.accepted_share(),
        coded.other_share()
    );
    assert!(checked.accepted_share() >= 0.995);
    assert!(coded.other_share() <= 0.000_1);

    let national = sum(&mut NATIONAL.into_iter());
    println!(
        "national: {:.4} accepted, {:.5} other digits",
        national.accepted_share(),
        national.other_share()
    );
    assert!(national.accepted_share() >= 0.969);
    assert!(national.other_share() <= 0.001);

    for style in REJECTED.into_iter().chain(["exponent (digits missing)"]) {
        let tally = &tallies[style];
        assert_eq!(tally.accepted + tally.accepted_untrue, 0, "{style} must be rejected");
    }
    assert_eq!(tallies["text_around (label)"].other_digits, 0, "the number behind a label is read");
    // `wrong_region` has no bound: `0712345061` with the region DE is a good German number, and
    // nothing in it says that it was meant for Zimbabwe. The table shows how often that happens.
}
