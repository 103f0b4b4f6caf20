//! From written digits to a number: where its country code is, and whether the reading holds.
//!
//! What the writer says (`+`) is believed more than what we conclude (`00`, bare digits, a region):
//! our own readings must be valid, because a merely possible one sends messages to strangers.

use super::artefacts;
use super::normalize::{self, Form, Written};
use super::number::PhoneNumber;
use super::options::{NumberStyle, PhoneCheck, PhoneRules, Region, Role};
use super::problem::{PhoneProblem, ProblemKind};
use super::unicode::Ascii;
use super::validate::{self, Verdict, judge};
use crate::read::note::{NoteKind, NoteSet};

/// A number that was read from a cell, and what there is to tell of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The number.
    pub number: PhoneNumber,
    /// What was changed beyond taking separators away, and what looks wrong.
    pub notes: NoteSet,
}

/// One way to read written digits.
#[derive(Clone, Copy)]
struct Candidate {
    verdict: Verdict,
    /// The region that gave the country code, if it was not written.
    region: Option<Region>,
    /// What reading them in this way changes.
    repair: Option<NoteKind>,
}

/// Reads the number in a cell.
///
/// # Errors
/// What is wrong with it and what to do; the caller adds the column and the cell's text.
pub fn read_number(text: &str, role: Role, rules: &PhoneRules) -> Result<Reading, PhoneProblem> {
    let written = normalize::normalize(text).map_err(|kind| PhoneProblem {
        meant: artefacts::in_chat_address(text).and_then(|digits| judge(digits).valid()),
        ..kind.into()
    })?;
    if written.extension && role == Role::To {
        return Err(PhoneProblem {
            meant: choose(&written, rules).ok().and_then(|best| best.verdict.valid()),
            ..ProblemKind::Extension.into()
        });
    }
    let best = choose(&written, rules)?;
    match admit(&best, &written, rules) {
        Ok(reading) => Ok(reading),
        Err(_) if rules.check == PhoneCheck::Off && stands_by_itself(&written) => {
            as_it_stands(&written)
        }
        Err(problem) => Err(problem),
    }
}

/// Reads an explicit WhatsApp id: 8 to 15 digits after cleaning, taken as given. It is the id that
/// the account was registered with, so it need not be a number that is valid today.
///
/// # Errors
/// `wa_id_bad` for anything else.
pub fn read_wa_id(text: &str) -> Result<PhoneNumber, PhoneProblem> {
    normalize::normalize(text)
        .ok()
        .filter(|written| !written.extension)
        .and_then(|written| as_it_stands(&written).ok())
        .map(|reading| reading.number)
        .ok_or_else(|| ProblemKind::WaIdBad.into())
}

/// The best way to read the digits, or why there is none.
fn choose(written: &Written, rules: &PhoneRules) -> Result<Candidate, PhoneProblem> {
    let digits = written.digits.as_str();
    if written.form != Form::Bare {
        return international(written, digits, rules);
    }
    if digits.starts_with('0') || rules.numbers == NumberStyle::National {
        return match rules.region {
            Some(region) => Ok(national(digits, region)),
            None => Err(no_country_code(digits, rules)),
        };
    }
    let own_code = international(written, digits, rules)?;
    match rules.region.filter(|_| rules.numbers == NumberStyle::Auto) {
        Some(region) => match national(digits, region) {
            inner if may_be_doubled(digits, &own_code, &inner, region) => {
                Err(ambiguous(&own_code, &inner))
            }
            inner => better(own_code, inner, rules.check),
        },
        None if own_code.verdict.valid().is_some() => Ok(own_code),
        None => match no_country_code(digits, rules) {
            problem @ PhoneProblem { meant: Some(_), .. } if rules.region.is_none() => Err(problem),
            _ => Ok(own_code),
        },
    }
}

/// The reading in which the digits, `given`, begin with the country code.
fn international(
    written: &Written,
    given: &str,
    rules: &PhoneRules,
) -> Result<Candidate, PhoneProblem> {
    let Some(with_zero) = written.with_zero() else {
        return Ok(with_own_code(given));
    };
    let dropped = Candidate { repair: Some(NoteKind::TrunkZero), ..with_own_code(given) };
    // Italy's zero is no trunk zero, but people write `+39 (0)6` all the same. A kept zero makes
    // numbers that lack a digit look possible, so it is kept only where it makes a valid one.
    match with_own_code(with_zero.as_str()) {
        kept if kept.verdict.valid().is_some() => better(dropped, kept, rules.check),
        _ => Ok(dropped),
    }
}

fn with_own_code(given: &str) -> Candidate {
    let verdict = judge(given);
    let rewritten = verdict.number().filter(|number| number.as_bytes() != given.as_bytes());
    let repair = rewritten.map(|number| rewriting(given, number.as_str()));
    Candidate { verdict, region: None, repair }
}

/// The reading in which the region's country code is missing.
fn national(given: &str, region: Region) -> Candidate {
    let code = region.calling_code().to_string();
    let verdict = judge(Ascii::joined(&[&code, given]).as_str());
    let lost = region.dials_zero() && !given.starts_with('0');
    let repair = if lost { NoteKind::LostZero } else { NoteKind::Completed };
    Candidate { verdict, region: Some(region), repair: Some(repair) }
}

/// What the metadata changed in digits that have their country code.
fn rewriting(given: &str, number: &str) -> NoteKind {
    let same = given.bytes().zip(number.bytes()).take_while(|(a, b)| a == b).count();
    let zero_gone = given[same..].strip_prefix('0') == Some(&number[same..]);
    if zero_gone { NoteKind::TrunkZero } else { NoteKind::Rewritten }
}

/// Whether putting the region's code in front would double it: the digits begin with that code and
/// have a mobile number's length behind it. The metadata ages, and mobile ranges grow; that the
/// doubled number falls into a known range says little then, and it is a stranger's.
fn may_be_doubled(digits: &str, own: &Candidate, inner: &Candidate, region: Region) -> bool {
    matches!(own.verdict, Verdict::Possible(_))
        && inner.verdict.valid().is_some()
        && digits.starts_with(&region.calling_code().to_string())
        && validate::has_mobile_length(digits)
}

fn ambiguous(one: &Candidate, other: &Candidate) -> PhoneProblem {
    PhoneProblem {
        kind: ProblemKind::Ambiguous,
        meant: one.verdict.number(),
        or: other.verdict.number(),
        region: other.region,
    }
}

/// The one of two readings that holds better, the first where they come to the same.
fn better(one: Candidate, other: Candidate, check: PhoneCheck) -> Result<Candidate, PhoneProblem> {
    let rank = |candidate: &Candidate| match candidate.verdict {
        Verdict::Valid { .. } => 2,
        Verdict::Possible(_) => 1,
        Verdict::Impossible => 0,
    };
    let (first, second) = (rank(&one), rank(&other));
    // Of two that are only possible, neither will be taken unless the user lets possible ones pass.
    let both_would_do =
        first == second && (first == 2 || (first == 1 && check == PhoneCheck::Possible));
    if both_would_do && one.verdict.number() != other.verdict.number() {
        return Err(ambiguous(&one, &other));
    }
    Ok(if second > first { other } else { one })
}

/// Lets a reading pass if it is good enough for the rules and for the way it was found.
fn admit(best: &Candidate, written: &Written, rules: &PhoneRules) -> Result<Reading, PhoneProblem> {
    let ours = written.form != Form::Plus || written.extension;
    let possible_will_do = match rules.check {
        PhoneCheck::Auto => !ours,
        PhoneCheck::Valid => false,
        PhoneCheck::Possible | PhoneCheck::Off => true,
    };
    let (number, warning) = match best.verdict {
        Verdict::Valid { number, fixed_line } => {
            (number, fixed_line.then_some(NoteKind::FixedLine))
        }
        Verdict::Possible(number) if possible_will_do => (number, Some(NoteKind::PossibleNotValid)),
        Verdict::Possible(number) => {
            return Err(PhoneProblem {
                meant: Some(number).filter(|number| number.as_str() != written.digits.as_str()),
                region: best.region,
                ..ProblemKind::NotValid.into()
            });
        }
        Verdict::Impossible => {
            let meant = without_mexicos_one(written.digits.as_str());
            return Err(PhoneProblem { meant, ..ProblemKind::NotPossible.into() });
        }
    };
    let extension = written.extension.then_some(NoteKind::ExtensionDropped);
    let rounded = is_rounded(written).then_some(NoteKind::Rounded);
    let mut notes = written.repairs;
    notes.extend([best.repair, warning, extension, rounded].into_iter().flatten());
    Ok(Reading { number, notes })
}

/// Whether a spreadsheet may have cut the last digits and shown the rest as a whole number since.
fn is_rounded(written: &Written) -> bool {
    written.form == Form::Bare && written.digits.as_str().ends_with("00000")
}

/// Mexico's mobile numbers had a `1` behind the 52 until 2020, and many lists still have it.
fn without_mexicos_one(digits: &str) -> Option<PhoneNumber> {
    let national = digits.strip_prefix("521").filter(|national| national.len() == 10)?;
    judge(Ascii::joined(&["52", national]).as_str()).valid()
}

/// Whether digits can be sent to as they are when nothing is to be checked.
fn stands_by_itself(written: &Written) -> bool {
    written.form != Form::Bare || !written.digits.as_str().starts_with('0')
}

fn as_it_stands(written: &Written) -> Result<Reading, PhoneProblem> {
    PhoneNumber::from_digits(written.digits.as_str())
        .filter(|number| normalize::long_enough(number.as_str()))
        .map(|number| Reading { number, notes: written.repairs })
        .ok_or_else(|| ProblemKind::NotPossible.into())
}

/// The problem of a national number without a region, with what it would be in a likely one.
fn no_country_code(digits: &str, rules: &PhoneRules) -> PhoneProblem {
    let region = rules.suggest;
    let meant = region.and_then(|region| national(digits, region).verdict.valid());
    PhoneProblem {
        kind: ProblemKind::NoCountryCode,
        meant,
        or: None,
        region: region.filter(|_| meant.is_some()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rules(region: &str) -> PhoneRules {
        PhoneRules { region: region.parse().ok(), ..PhoneRules::default() }
    }

    fn read(text: &str, rules: &PhoneRules) -> Result<String, &'static str> {
        match read_number(text, Role::To, rules) {
            Ok(reading) => Ok(reading.number.to_string()),
            Err(problem) => Err(problem.code(Role::To)),
        }
    }

    #[test]
    fn numbers_with_their_country_code() {
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
            // Valid as it stands, though 8 is a trunk prefix there.
            ("+375 810 3673 044", "3758103673044"),
        ];
        for (text, number) in table {
            assert_eq!(read(text, &rules("")), Ok(number.into()), "{text}");
        }
    }

    #[test]
    fn national_numbers_by_their_region() {
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
            assert_eq!(read(text, &rules(region)), Ok(number.into()), "{text} in {region}");
        }
    }

    #[test]
    fn what_cannot_be_read_has_its_code() {
        let table = [
            ("", "", "to_missing"),
            ("", "0712345678", "to_no_country_code"),
            ("", "+254712345678 ext 5", "to_extension"),
            ("", "+999123456789", "to_not_possible"),
            ("", "+2547", "to_not_possible"),
            // Seven digits can be dialled only from next door, whatever stands in front.
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
            assert_eq!(read(text, &rules(region)), Err(code), "{text} in {region:?}");
        }
    }

    #[test]
    fn the_regions_code_is_not_put_before_itself_where_that_may_be_a_strangers_number() {
        let table = [
            ("DE", "4915410509424", Err("to_ambiguous")),
            ("ID", "62843551008", Err("to_ambiguous")),
            ("IN", "9123456789", Ok("919123456789")),
            ("KE", "254712345678", Ok("254712345678")),
            ("DE", "+4915410509424", Ok("4915410509424")),
        ];
        for (region, text, expected) in table {
            assert_eq!(read(text, &rules(region)), expected.map(str::to_owned), "{text}");
        }
        // No mobile number is as short as what stands behind the 49 here.
        assert_ne!(read("4911234567", &rules("DE")), Err("to_ambiguous"));
    }

    #[test]
    fn the_whole_file_can_be_one_style() {
        let with = |numbers| PhoneRules { numbers, ..rules("CO") };
        assert_eq!(
            read("18006535174", &with(NumberStyle::International)),
            Ok("18006535174".into())
        );
        assert_eq!(read("18006535174", &with(NumberStyle::National)), Ok("5718006535174".into()));
        let national = PhoneRules { numbers: NumberStyle::National, ..rules("KE") };
        assert_eq!(read("254712345678", &national), Err("to_not_possible"));
        assert_eq!(read("+254712345678", &national), Ok("254712345678".into()));
    }

    #[test]
    fn strictness_decides_about_possible_numbers() {
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
            let read = read(text, &PhoneRules { check, ..rules("") });
            assert_eq!(read.is_ok(), passes, "{text} with {check:?}: {read:?}");
        }
    }

    #[test]
    fn repairs_are_told_apart() {
        use NoteKind::*;
        let table: [(&str, &str, &[NoteKind]); 13] = [
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
        ];
        for (region, text, repairs) in table {
            let reading = read_number(text, Role::To, &rules(region)).unwrap();
            assert_eq!(reading.notes.iter().collect::<Vec<_>>(), repairs, "{text}");
        }
    }

    #[test]
    fn warnings_are_given() {
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
            let reading = read_number(text, Role::Card, &rules("")).unwrap();
            assert_eq!(reading.notes.iter().collect::<Vec<_>>(), warnings, "{text}");
        }
    }

    #[test]
    fn an_extension_is_cut_only_from_a_valid_number() {
        let problem = read_number("+254912345678 x5", Role::Card, &rules("")).unwrap_err();
        assert_eq!(problem.code(Role::Card), "phone_not_valid");
    }

    #[test]
    fn problems_say_what_to_do() {
        let suggesting = PhoneRules { suggest: "KE".parse().ok(), ..PhoneRules::default() };
        let table = [
            (
                "0712345678",
                suggesting,
                "has no country code; with --region KE it would be 254712345678",
            ),
            (
                "712345678",
                suggesting,
                "has no country code; with --region KE it would be 254712345678",
            ),
            (
                "0712345678",
                rules(""),
                "has no country code; write it with one, like +254712345678, or give --region",
            ),
            (
                "18006535174",
                rules("CO"),
                "can be 18006535174 with its own country code or 5718006535174 in the region CO; \
                 write the right one with +, or give --numbers international or --numbers national",
            ),
            (
                "+39 (0)89 3474",
                rules(""),
                "can be 39893474 or 390893474; write the right one with + and without (0)",
            ),
            (
                "254912345678",
                rules(""),
                "is in no range that its country uses, by rlibphonenumber 2.2.15; check its digits \
                 (lists age: --phone-check possible lets all such numbers pass)",
            ),
            (
                "0912345678",
                rules("KE"),
                "would be 254912345678 by the region KE, which is in no range in use, by \
                 rlibphonenumber 2.2.15; check its digits (lists age: --phone-check possible lets \
                 all such numbers pass)",
            ),
            (
                "+254712345678 x5",
                rules(""),
                "has an extension, which no message can reach; leave it out and it is 254712345678",
            ),
        ];
        for (text, rules, message) in table {
            assert_eq!(read_number(text, Role::To, &rules).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn what_was_meant_is_named_where_it_can_be_told() {
        let table = [
            ("https://wa.me/254712345678", "to_letters", Some("254712345678")),
            ("254712345678@s.whatsapp.net", "to_letters", Some("254712345678")),
            ("wa.me/254012345678", "to_letters", None),
            ("5215512345678", "to_not_possible", Some("525512345678")),
            ("+52 1 55 1234 5678", "to_not_possible", Some("525512345678")),
            ("+52 1 55 1234 56789", "to_not_possible", None),
        ];
        for (text, code, meant) in table {
            let problem = read_number(text, Role::To, &rules("")).unwrap_err();
            let number = problem.meant.map(|number| number.to_string());
            assert_eq!((problem.code(Role::To), number.as_deref()), (code, meant), "{text}");
            assert!(meant.is_none_or(|meant| problem.to_string().ends_with(meant)
                || problem.to_string().ends_with(&format!("{meant}?"))));
        }
    }

    #[test]
    fn thousands_separators_are_read_and_judged_like_our_other_readings() {
        assert_eq!(read("254,712,345,678", &rules("")), Ok("254712345678".into()));
        assert_eq!(read("712,345,678", &rules("KE")), Ok("254712345678".into()));
        assert_eq!(read("254,912,345,678", &rules("")), Err("to_not_valid"));
    }

    #[test]
    fn a_whatsapp_id_is_taken_as_given() {
        let good = [
            ("5215512345678", "5215512345678"),
            ("+55 11 2345-6789", "551123456789"),
            ("12345678", "12345678"),
            ("123456789012345", "123456789012345"),
        ];
        for (text, digits) in good {
            assert_eq!(read_wa_id(text).unwrap().as_str(), digits);
        }
        for bad in
            ["", "1234567", "1234567890123456", "+254712345678 x5", "wamid.HBg", "2.54713E+11"]
        {
            assert_eq!(read_wa_id(bad).unwrap_err().code(Role::Card), "wa_id_bad", "{bad}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn nothing_panics_and_what_is_read_is_a_number(
            text in "(tel:|=\"|'|\\+|00|0)?[0-9]{0,15}(\\(0\\)|[.,]0|[eE]\\+?|/|\n| ext|;ext=|\\PC{0,9})[0-9]{0,12}",
            region in prop::sample::select(vec!["", "KE", "IT", "US", "AR"]),
            check in prop::sample::select(vec![PhoneCheck::Auto, PhoneCheck::Valid, PhoneCheck::Possible, PhoneCheck::Off]),
        ) {
            let rules = PhoneRules { check, ..rules(region) };
            for role in [Role::To, Role::Card] {
                match read_number(&text, role, &rules) {
                    Ok(reading) => prop_assert!((5..=15).contains(&reading.number.as_str().len())),
                    Err(problem) => prop_assert!(!problem.to_string().is_empty()),
                }
            }
        }

        #[test]
        fn a_number_read_is_read_again_as_itself(digits in "[1-9][0-9]{7,14}") {
            if let Ok(reading) = read_number(&digits, Role::To, &rules("")) {
                let again = read_number(&format!("+{}", reading.number), Role::To, &rules("KE")).unwrap();
                prop_assert_eq!(again.number, reading.number);
                let warns = |kind| matches!(kind, NoteKind::FixedLine | NoteKind::PossibleNotValid);
                prop_assert!(again.notes.iter().all(warns));
            }
        }

        #[test]
        fn separators_change_nothing(seps in proptest::collection::vec("[ .\u{A0}\u{2011}-]?", 12)) {
            let spelled: String = "254712345678".chars().zip(&seps).flat_map(|(c, sep)| [c.to_string(), sep.clone()]).collect();
            prop_assert_eq!(read(&format!("+{spelled}"), &rules("")), Ok("254712345678".to_owned()));
        }
    }
}
