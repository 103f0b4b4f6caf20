//! Tests of the choice between the readings of bare digits: whose number it is. Each row is a way
//! in which a stranger's number could be taken.

use super::super::countries::Countries;
use super::super::options::{NumberStyle, PhoneCheck, PhoneOptions, Role, Roles};
use super::super::parse::parse_number;
use super::{options, parse};

fn countries(codes: &str) -> Countries {
    codes.split(' ').filter_map(|code| code.parse().ok()).collect()
}

fn check(table: &[(&str, &str, Result<&str, &str>)]) {
    for &(region, text, expected) in table {
        let expected = expected.map(str::to_owned);
        assert_eq!(parse(text, &options(region)), expected, "{text:?} in {region:?}");
    }
}

#[test]
fn a_fixed_line_elsewhere_is_not_taken_for_a_bare_number_of_the_region() {
    check(&[
        // No number of Brazil; a fixed line of Poland, a toll-free number of Australia.
        ("BR", "48223344556", Err("to_not_valid")),
        ("BJ", "611800123", Err("to_not_valid")),
        ("KE", "33145678901", Err("to_not_valid")),
        ("IN", "442079460018", Err("to_not_valid")),
        // A mobile number elsewhere is taken, and so is a fixed line of the region.
        ("KE", "33612345678", Ok("33612345678")),
        ("KE", "254202012345", Ok("254202012345")),
        ("KE", "+33145678901", Ok("33145678901")),
    ]);
}

#[test]
fn without_a_region_a_fixed_line_needs_a_country_that_something_speaks_for() {
    let known = PhoneOptions { known: countries("PL KE"), ..options("") };
    assert_eq!(parse("48223344556", &options("")), Err("to_no_country_code"));
    assert_eq!(parse("48223344556", &known), Ok("48223344556".into()));
    assert_eq!(parse("33145678901", &known), Err("to_no_country_code"));
    assert_eq!(parse("33612345678", &known), Ok("33612345678".into()));
    let said = PhoneOptions { numbers: NumberStyle::International, ..options("") };
    assert_eq!(parse("48223344556", &said), Ok("48223344556".into()));
}

#[test]
fn digits_behind_an_area_code_in_brackets_are_national() {
    check(&[
        ("AR", "(11) 4321-5678", Ok("541143215678")),
        ("US", "(650) 253-0000", Ok("16502530000")),
        ("KE", "(0733) 000 456", Ok("254733000456")),
        // Peru's code; the mobile number of a Brazilian whose area code is 51.
        ("BR", "(51) 987650123", Ok("5551987650123")),
        ("", "(51) 987650123", Err("to_no_country_code")),
        ("BR", "(48) 223344556", Err("to_not_valid")),
        ("KE", "(254) 733000456", Ok("254733000456")),
        ("", "(254) 733000456", Err("to_no_country_code")),
    ]);
    let known = PhoneOptions { known: countries("KE"), ..options("") };
    assert_eq!(parse("(254) 733000456", &known), Ok("254733000456".into()));
    assert_eq!(parse("(51) 987650123", &known), Err("to_no_country_code"));
}

#[test]
fn the_regions_exit_code_is_tried_beside_00() {
    check(&[
        ("US", "011 254 733 000456", Ok("254733000456")),
        ("AU", "0011 254 733000456", Ok("254733000456")),
        ("SG", "001 254 733 000 456", Ok("254733000456")),
        ("NG", "009 27111234567", Ok("27111234567")),
        ("RU", "810 254 733 000456", Ok("254733000456")),
        ("HK", "00852 9123 4567", Ok("85291234567")),
        // The United States or Belize.
        ("SG", "001 5012223344", Err("to_ambiguous")),
        ("", "001 5012223344", Ok("15012223344")),
        ("KE", "001 5012223344", Ok("15012223344")),
        // A `+` says that no exit code comes.
        ("SG", "00+15012223344", Ok("15012223344")),
    ]);
}

#[test]
fn a_mobile_number_with_its_own_code_is_taken_against_a_fixed_line_with_the_code_twice() {
    check(&[
        ("DE", "4916091234567", Ok("4916091234567")),
        ("DE", "49 160 9123 4567", Ok("4916091234567")),
        ("ID", "62812345678", Ok("62812345678")),
        ("", "+49 49 160 91234567", Err("to_ambiguous")),
        // One of the zeros of 0049 is missing, or it is a fixed line.
        ("DE", "04916091234567", Err("to_ambiguous")),
    ]);
}

#[test]
fn known_changes_are_made_in_both_readings() {
    check(&[
        ("", "5213312345670", Ok("523312345670")),
        ("", "+52 1 33 1234 5670", Ok("523312345670")),
        ("MX", "33 1234 5670", Ok("523312345670")),
        // Mexico's old form or a number of the United States.
        ("MX", "1 33 1234 5670", Err("to_ambiguous")),
        ("", "+57 0320 456 7891", Ok("573204567891")),
        ("CO", "0320 456 7891", Ok("573204567891")),
    ]);
}

#[test]
fn a_number_with_plus_that_is_only_possible_has_the_length_of_a_mobile_number() {
    check(&[
        ("", "+254933000456", Ok("254933000456")),
        ("", "+25493300045", Err("to_not_valid")),
        ("", "+2549330004567", Err("to_not_valid")),
        ("", "254933000456", Err("to_not_valid")),
    ]);
    let possible =
        PhoneOptions { check: super::super::options::PhoneCheck::Possible, ..options("") };
    assert_eq!(parse("+2549330004567", &possible), Ok("2549330004567".into()));
}

#[test]
fn bare_digits_in_doubt_need_a_country_that_something_speaks_for() {
    let doubted = Roles { to: true, card: false };
    let doubting = PhoneOptions { known: countries("BR"), doubted, ..options("") };
    assert_eq!(parse("51987650123", &doubting), Err("to_no_country_code"));
    assert_eq!(parse("5521987650001", &doubting), Ok("5521987650001".into()));
    assert_eq!(parse("+51987650123", &doubting), Ok("51987650123".into()));
    assert!(parse_number("51987650123", Role::Card, &doubting).is_ok());
}

#[test]
fn only_the_countries_of_the_list_are_taken() {
    let only =
        |codes, region| PhoneOptions { countries: Some(countries(codes)), ..options(region) };
    let table = [
        ("KE UG", "", "+254733000456", Ok("254733000456")),
        ("KE UG", "", "+33612345678", Err("to_other_country")),
        ("KE UG", "", "33612345678", Err("to_other_country")),
        ("KE UG", "KE", "33612345678", Err("to_other_country")),
        ("KE UG", "KE", "0733000456", Ok("254733000456")),
        ("UG", "KE", "0733000456", Err("to_other_country")),
        // In no known range, of the country's code.
        ("KE", "", "+254933000456", Ok("254933000456")),
        ("UG", "", "+254933000456", Err("to_other_country")),
        // The reading of another country is none: this is not ambiguous.
        ("CO", "CO", "18006535174", Ok("5718006535174")),
    ];
    for (codes, region, text, expected) in table {
        let expected: Result<&str, &str> = expected;
        assert_eq!(parse(text, &only(codes, region)), expected.map(str::to_owned), "{text}");
    }
}

#[test]
fn two_numbers_are_never_one() {
    check(&[
        ("NC", "751234 762345", Err("to_several")),
        ("SH", "51234\n52345", Err("to_several")),
        ("KE", "0733000456 0733000457", Err("to_several")),
        ("", "0733000456 0733000457", Err("to_several")),
        ("", "+254733000456 +254733000457", Err("to_several")),
        ("DE", "0171 1234567/8", Err("to_several")),
        ("DE", "030 123456/7", Err("to_several")),
        ("DE", "030 123456\n7", Err("to_several")),
        // A number and a count, or a second extension.
        ("", "+688 901 236 (2)", Err("to_several")),
        ("", "+376 312345 - 380", Err("to_several")),
        // One number in groups, or on two lines.
        ("", "+254 7125/178/22", Ok("254712517822")),
        ("KE", "0733 000\n456", Ok("254733000456")),
        ("NC", "75 12 34", Ok("687751234")),
        ("DE", "030/1234567", Ok("49301234567")),
    ]);
}

#[test]
fn dates_and_fractions_are_no_numbers() {
    check(&[
        ("KE", "2026-03-09", Err("to_date")),
        ("KE", "9/3/2026 08:15", Err("to_date")),
        ("KE", "46123.375", Err("to_date")),
        ("", "+254733000456.000", Err("to_date")),
        ("", "2.5473E+11", Err("to_exponent")),
    ]);
}

#[test]
fn no_reason_advises_to_accept_possible_numbers_without_plus() {
    for (region, text) in [
        ("", "11987650123"),
        ("", "254933000456"),
        ("KE", "933000456"),
        ("KE", "0933000456"),
        ("BR", "48223344556"),
        ("", "00254933000456"),
    ] {
        let reason = parse_number(text, Role::To, &options(region)).unwrap_err().to_string();
        assert!(!reason.contains("--phone-check"), "{text}: {reason}");
    }
}

#[test]
fn a_region_is_suggested_only_where_something_was_said() {
    let suggesting = PhoneOptions { suggest: "UG".parse().ok(), ..options("") };
    let problem = |options| parse_number("0772000456", Role::To, options).unwrap_err();
    assert_eq!(problem(&suggesting).candidate.unwrap().as_str(), "256772000456");
    assert_eq!(problem(&options("")).candidate, None);
}

#[test]
fn a_possible_number_does_not_keep_one_of_two_trunk_zeros() {
    for check in [PhoneCheck::Auto, PhoneCheck::Possible] {
        let options = PhoneOptions { check, ..options("") };
        let problem = parse_number("+27 00 2003 1020", Role::To, &options).unwrap_err();
        assert_eq!(problem.code(Role::To), "to_not_possible", "{check:?}");
    }
}
