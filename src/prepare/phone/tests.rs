//! Tests of the whole way from a cell's text to a number: which number it is in this file and in
//! `choice`, the ways to spell one in `spellings`.

mod choice;
mod spellings;

use proptest::prelude::*;

use super::options::{NumberStyle, PhoneCheck, PhoneOptions, Role, Roles};
use super::parse::parse_number;
use crate::read::note::NoteKind;

fn options(region: &str) -> PhoneOptions {
    PhoneOptions { region: region.parse().ok(), ..PhoneOptions::default() }
}

fn parse(text: &str, options: &PhoneOptions) -> Result<String, &'static str> {
    match parse_number(text, Role::To, options) {
        Ok(parsed) => Ok(parsed.number.to_string()),
        Err(problem) => Err(problem.code(Role::To)),
    }
}

#[test]
fn numbers_with_a_country_code_are_parsed() {
    let table = [
        ("254712345678", "254712345678"),
        ("+254712345678", "254712345678"),
        ("00254712345678", "254712345678"),
        ("000254712345678", "254712345678"),
        ("+254 (0)712 345 678", "254712345678"),
        ("+2540712345678", "254712345678"),
        ("254-0712-345-678", "254712345678"),
        ("254712345678.0", "254712345678"),
        ("2.54712345678E+11", "254712345678"),
        ("+254110090747", "254110090747"),
        ("+1 (650) 253-0000", "16502530000"),
        ("+39 06 6982", "39066982"),
        ("+39 (0)6 69812345", "390669812345"),
        ("+39 (0)348 1234567", "393481234567"),
        ("+54 9 11 2345-6789", "5491123456789"),
        ("+54 11 15 2345-6789", "5491123456789"),
        ("+52 55 1234 5678", "525512345678"),
        ("+225 07 12 34 56 78", "2250712345678"),
        ("+7 (8) 912 345-67-89", "79123456789"),
        // Valid as it is, though 8 is a trunk prefix there.
        ("+375 810 3673 044", "3758103673044"),
    ];
    for (text, number) in table {
        assert_eq!(parse(text, &options("")), Ok(number.into()), "{text}");
    }
}

#[test]
fn national_numbers_are_parsed_with_a_region() {
    let table = [
        ("KE", "0712345678", "254712345678"),
        ("KE", "712345678", "254712345678"),
        ("KE", "=\"0712 345 678\"", "254712345678"),
        ("KE", "254712345678", "254712345678"),
        ("KE", "+447911123456", "447911123456"),
        ("KE", "447911123456", "447911123456"),
        ("GB", "(0)7911 123456", "447911123456"),
        ("IT", "06 69812345", "390669812345"),
        ("DK", "32 12 34 56", "4532123456"),
        ("US", "(650) 253-0000", "16502530000"),
        ("US", "1-650-253-0000", "16502530000"),
        ("KZ", "8 701 123 45 67", "77011234567"),
    ];
    for (region, text, number) in table {
        assert_eq!(parse(text, &options(region)), Ok(number.into()), "{text} in {region}");
    }
}

#[test]
fn a_cell_that_cannot_be_parsed_gives_a_reason_code() {
    let table = [
        ("", "", "to_missing"),
        ("", "0712345678", "to_no_country_code"),
        ("", "+254712345678 ext 5", "to_extension"),
        ("", "+999123456789", "to_not_possible"),
        ("", "+2547", "to_not_possible"),
        // Seven digits can be dialled only locally, with a country code or without.
        ("", "+1 2530000", "to_not_possible"),
        ("", "254012345678", "to_not_valid"),
        ("", "00254012345678", "to_not_valid"),
        ("", "+0712345678", "to_not_possible"),
        // With its zero kept, it would have a possible length.
        ("", "+30 (0)212345678", "to_not_possible"),
        ("", "0000000000", "to_no_country_code"),
        ("KE", "0012345678", "to_not_possible"),
        ("KE", "0212", "to_not_possible"),
        ("CO", "18006535174", "to_ambiguous"),
    ];
    for (region, text, code) in table {
        assert_eq!(parse(text, &options(region)), Err(code), "{text} in {region:?}");
    }
}

#[test]
fn the_regions_code_is_not_put_before_digits_that_may_already_have_it() {
    let table = [
        ("DE", "4915410509424", Err("to_ambiguous")),
        ("ID", "62843551008", Err("to_ambiguous")),
        ("IN", "9123456789", Ok("919123456789")),
        ("KE", "254712345678", Ok("254712345678")),
        ("DE", "+4915410509424", Ok("4915410509424")),
    ];
    for (region, text, expected) in table {
        assert_eq!(parse(text, &options(region)), expected.map(str::to_owned), "{text}");
    }
    // The digits after 49 are too few for a mobile number.
    assert_ne!(parse("4911234567", &options("DE")), Err("to_ambiguous"));
}

#[test]
fn bare_digits_can_be_of_one_style() {
    let with = |numbers| PhoneOptions { numbers, ..options("CO") };
    assert_eq!(parse("18006535174", &with(NumberStyle::International)), Ok("18006535174".into()));
    assert_eq!(parse("18006535174", &with(NumberStyle::National)), Ok("5718006535174".into()));
    let national = PhoneOptions { numbers: NumberStyle::National, ..options("KE") };
    assert_eq!(parse("254712345678", &national), Err("to_not_possible"));
    assert_eq!(parse("+254712345678", &national), Ok("254712345678".into()));
}

#[test]
fn the_check_option_decides_about_possible_numbers() {
    use PhoneCheck::*;
    let table = [
        (Auto, "+254912345678", true),
        (Auto, "254912345678", false),
        (Auto, "00254912345678", false),
        (Valid, "+254912345678", false),
        (Possible, "254912345678", true),
        (Off, "254912345678", true),
        (Off, "99912345678", true),
        (Off, "9991234", false),
        (Possible, "99912345678", false),
    ];
    for (check, text, passes) in table {
        let parsed = parse(text, &PhoneOptions { check, ..options("") });
        assert_eq!(parsed.is_ok(), passes, "{text} with {check:?}: {parsed:?}");
    }
}

#[test]
fn each_repair_is_reported() {
    use NoteKind::*;
    let table: [(&str, &str, &[NoteKind]); 15] = [
        ("", "254712345678", &[]),
        ("", "+254 712-345 678", &[]),
        ("", "+254 (0)712345678", &[TrunkZero]),
        ("", "+2540712345678", &[TrunkZero]),
        ("", "00254712345678", &[DoubleZero]),
        ("", "002540712345678", &[TrunkZero, DoubleZero]),
        ("KE", "0712345678", &[Completed]),
        ("KE", "712345678", &[LostZero]),
        ("KE", "254712345678", &[]),
        ("DK", "32123456", &[Completed]),
        ("", "254712345678.0", &[Spreadsheet]),
        ("KE", "712345678.0", &[LostZero, Spreadsheet]),
        ("", "+54 11 15 2345-6789", &[Rewritten]),
        ("", "+261 2 345 678", &[Rewritten, FixedLine]),
        ("", "+672 81 234", &[Rewritten]),
    ];
    for (region, text, repairs) in table {
        let parsed = parse_number(text, Role::To, &options(region)).unwrap();
        assert_eq!(parsed.notes.iter().collect::<Vec<_>>(), repairs, "{text}");
    }
}

#[test]
fn each_warning_is_reported() {
    use NoteKind::*;
    let table: [(&str, &[NoteKind]); 9] = [
        ("+254712345678", &[]),
        ("+16502530000", &[]),
        ("+254202012345", &[FixedLine]),
        ("+254912345678", &[PossibleNotValid]),
        ("+254712345678 ext. 5", &[ExtensionDropped]),
        ("tel:+254-20-2012345;ext=9", &[FixedLine, ExtensionDropped]),
        ("254712300000", &[Rounded]),
        ("254712340000", &[]),
        ("+254712300000", &[]),
    ];
    for (text, warnings) in table {
        let parsed = parse_number(text, Role::Card, &options("")).unwrap();
        assert_eq!(parsed.notes.iter().collect::<Vec<_>>(), warnings, "{text}");
    }
}

#[test]
fn an_extension_is_removed_only_from_a_valid_number() {
    let problem = parse_number("+254912345678 x5", Role::Card, &options("")).unwrap_err();
    assert_eq!(problem.code(Role::Card), "phone_not_valid");
}

#[test]
fn a_problem_says_what_to_do() {
    let suggesting = PhoneOptions { suggest: "KE".parse().ok(), ..PhoneOptions::default() };
    let table = [
        (
            "0712345678",
            suggesting,
            "has no country code; with --region KE it would be 254712345678",
        ),
        ("712345678", suggesting, "has no country code; with --region KE it would be 254712345678"),
        (
            "0712345678",
            options(""),
            "has no country code; write it with one, like +254712345678, or give --region",
        ),
        (
            "18006535174",
            options("CO"),
            "can be 18006535174 with its own country code or 5718006535174 in the region CO; \
             write the right one with +, or give --numbers international or --numbers national",
        ),
        (
            "+39 (0)89 3474",
            options(""),
            "can be 39893474 or 390893474; write the right one with + and nothing else in front",
        ),
        (
            "254912345678",
            options(""),
            "is in no range that its country uses, by libphonenumber 9.0.42; check its digits and \
             write it with + and its country code, or give --region for national numbers",
        ),
        (
            "0912345678",
            options("KE"),
            "is in no range that the region KE uses, by libphonenumber 9.0.42; check its digits \
             and write it with + and its country code",
        ),
        (
            "+2547123456",
            options(""),
            "is in no range that its country uses, by libphonenumber 9.0.42, and does not \
             have the length of a mobile number there; check its digits",
        ),
        ("Mob: 0733000456", options("KE"), "has letters; write the number alone, +254733000456"),
        (
            "\u{1F4DE} +255754000123",
            options(""),
            "has `\u{1F4DE}` where no number has it; write the number alone, +255754000123",
        ),
        (
            "\u{1F1F9}\u{1F1FF} 0754000123",
            options(""),
            "has a flag; write the number in digits only",
        ),
        ("2026-03-09", options("KE"), "is a date; write a telephone number there"),
        (
            "+254712345678 x5",
            options(""),
            "has an extension, which no message can reach; leave it out and it is 254712345678",
        ),
    ];
    for (text, options, message) in table {
        assert_eq!(parse_number(text, Role::To, &options).unwrap_err().to_string(), message);
    }
}

#[test]
fn a_problem_names_the_number_that_the_cell_may_mean() {
    let table = [
        // The number stands in the text, alone.
        ("", "Mob: +255754000123", "to_letters", Some("255754000123")),
        ("", "Asha 255754000123", "to_letters", Some("255754000123")),
        ("KE", "0733 000 456 (mother)", "to_letters", Some("254733000456")),
        ("", "\u{1F1F9}\u{1F1FF} +255 754 000 123", "to_not_possible", Some("255754000123")),
        ("", "+255754000123 !", "to_not_possible", Some("255754000123")),
        ("", "+255754000123 (2)", "to_not_possible", Some("255754000123")),
        (
            "",
            "call +255754000123 at home after 18 o'clock only",
            "to_too_long",
            Some("255754000123"),
        ),
        ("", "Asha or Juma: +255754000123, +255754000124", "to_too_long", None),
        ("", "INV255754000123", "to_letters", None),
        ("", "+2557540001b3", "to_letters", None),
        ("", "wa.me/255954000123", "to_not_valid", None),
        // A country code in front is no digit too many.
        ("IN", "44 20 7946 0018", "to_not_valid", None),
        // The digits of groups and of accounts without a number are none.
        ("", "2547330004561@lid", "to_letters", None),
        ("", "120363025473300456@g.us", "to_letters", None),
        ("", "255754000123@example.com", "to_letters", Some("255754000123")),
        // A code that stands apart belongs to the number.
        ("", "[+49] 15123789190", "to_not_possible", Some("4915123789190")),
        ("", "+49:15123789190", "to_not_possible", Some("4915123789190")),
        ("", "tel:15123789190;phone-context=+49", "to_letters", None),
        // A mask hides digits.
        ("", "+5076140....26", "to_not_possible", None),
        ("", "+372512••••62", "to_not_possible", None),
        ("", "+2771121---08", "to_not_possible", None),
        ("", "+25575400####", "to_not_possible", None),
        ("", "25,57,54,00,01,23", "to_not_possible", Some("255754000123")),
        // A code twice, a zero too many.
        ("", "+255255754000123", "to_not_possible", Some("255754000123")),
        ("KE", "0254733000456", "to_not_possible", Some("254733000456")),
        ("KE", "+0733000456", "to_not_possible", Some("254733000456")),
        ("", "+0733000456", "to_not_possible", None),
        // Old forms.
        ("", "552187650001", "to_not_valid", Some("5521987650001")),
        ("", "+552187650001", "to_not_valid", Some("5521987650001")),
        ("BR", "2187650001", "to_not_valid", Some("5521987650001")),
        ("BJ", "66123400", "to_not_valid", Some("2290166123400")),
        ("", "+225 07 89 12 00", "to_not_valid", Some("2250707891200")),
    ];
    for (region, text, code, candidate) in table {
        let problem = parse_number(text, Role::To, &options(region)).unwrap_err();
        let number = problem.candidate.map(|number| number.to_string());
        assert_eq!((problem.code(Role::To), number.as_deref()), (code, candidate), "{text}");
        let message = problem.to_string();
        assert!(candidate.is_none_or(|number| message.trim_end_matches('?').ends_with(number)));
    }
}

#[test]
fn a_lone_dot_before_the_last_two_digits_is_no_separator() {
    assert_eq!(parse("+2547123456.78", &options("")), Err("to_date"));
    assert_eq!(parse("+254 7123456.78", &options("")), Ok("254712345678".into()));
    assert_eq!(parse("+254.7123456.78", &options("")), Ok("254712345678".into()));
}

#[test]
fn a_number_in_groups_of_thousands_must_be_valid() {
    assert_eq!(parse("254,712,345,678", &options("")), Ok("254712345678".into()));
    assert_eq!(parse("712,345,678", &options("KE")), Ok("254712345678".into()));
    assert_eq!(parse("254,912,345,678", &options("")), Err("to_not_valid"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_gives_a_number_or_a_message(
        text in "(tel:|=\"|'|\\+|00|0)?[0-9]{0,15}(\\(0\\)|[.,]0|[eE]\\+?|/|\n| ext|;ext=|\\PC{0,9})[0-9]{0,12}",
        region in prop::sample::select(vec!["", "KE", "IT", "US", "AR"]),
        check in prop::sample::select(vec![PhoneCheck::Auto, PhoneCheck::Valid, PhoneCheck::Possible, PhoneCheck::Off]),
    ) {
        let options = PhoneOptions { check, ..options(region) };
        for role in [Role::To, Role::Card] {
            match parse_number(&text, role, &options) {
                Ok(parsed) => {
                    prop_assert!((5..=15).contains(&parsed.number.as_str().len()));
                    let again = parse_number(&format!("+{}", parsed.number), role, &options);
                    prop_assert_eq!(again.map(|again| again.number), Ok(parsed.number));
                }
                Err(problem) => prop_assert!(!problem.to_string().is_empty()),
            }
        }
    }

    #[test]
    fn a_cell_of_digits_is_read_like_the_same_digits_with_blanks(
        digits in "[+]?(2547[0-9]{8}|2547[0-9]{3}00000|49151[0-9]{8}|5215[0-9]{9}|5255[0-9]{8}|(44|1|54|)[0-9]{6,12})",
    ) {
        let checks = [PhoneCheck::Auto, PhoneCheck::Valid, PhoneCheck::Possible, PhoneCheck::Off];
        let styles = [NumberStyle::Auto, NumberStyle::International, NumberStyle::National];
        for (check, numbers) in checks.into_iter().flat_map(|check| styles.map(|numbers| (check, numbers))) {
            for (region, to) in [("", false), ("", true), ("KE", false), ("US", false), ("CO", true)] {
                let doubted = Roles { to, card: false };
                let options = PhoneOptions { check, numbers, doubted, ..options(region) };
                let blank = parse_number(&format!(" {digits} "), Role::To, &options);
                prop_assert_eq!(parse_number(&digits, Role::To, &options), blank, "{}", digits);
            }
        }
    }

    /// A text with a blank in front takes the long way.
    #[test]
    fn a_cell_in_groups_is_read_like_the_same_text_with_blanks_around(
        digits in "2547[0-9]{8}|2547[0-9]{3}00000|49151[0-9]{8}|5215[0-9]{9}|00254733[0-9]{6}|(44|1|54|)[0-9]{6,12}",
        separators in prop::collection::vec("[ -]?|--", 15),
        extra in prop::sample::select(vec!["", "", "+", "-", " 2", " - 2"]),
    ) {
        let spelled: String =
            digits.chars().zip(&separators).flat_map(|(c, sep)| [c.to_string(), sep.clone()]).collect();
        let text = format!("+{spelled}{extra}");
        let checks = [PhoneCheck::Auto, PhoneCheck::Valid, PhoneCheck::Possible, PhoneCheck::Off];
        for (check, region) in checks.into_iter().flat_map(|check| ["", "KE", "US"].map(|region| (check, region))) {
            let options = PhoneOptions { check, ..options(region) };
            let blanks = parse_number(&format!(" {text} "), Role::To, &options);
            prop_assert_eq!(parse_number(&text, Role::To, &options), blanks, "{}", text);
        }
    }

    #[test]
    fn a_parsed_number_is_parsed_again_as_itself(digits in "[1-9][0-9]{7,14}") {
        if let Ok(parsed) = parse_number(&digits, Role::To, &options("")) {
            let again = parse_number(&format!("+{}", parsed.number), Role::To, &options("KE")).unwrap();
            prop_assert_eq!(again.number, parsed.number);
            let warns = |kind| matches!(kind, NoteKind::FixedLine | NoteKind::PossibleNotValid);
            prop_assert!(again.notes.iter().all(warns));
        }
    }

    #[test]
    fn separators_do_not_change_the_number(seps in proptest::collection::vec("[ .\u{A0}\u{2011}-]?", 12)) {
        // A dot alone, with one digit or two behind it, makes a fraction.
        prop_assume!(seps[..11].iter().filter(|sep| !sep.is_empty()).count() != 1);
        let spelled: String = "254712345678".chars().zip(&seps).flat_map(|(c, sep)| [c.to_string(), sep.clone()]).collect();
        prop_assert_eq!(parse(&format!("+{spelled}"), &options("")), Ok("254712345678".to_owned()));
    }
}
