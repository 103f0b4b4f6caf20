//! No text makes the reader of numbers panic; a number that is read is read again as itself, and
//! every refusal has a reason.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lipasend::prepare::phone::{PhoneOptions, Role, parse_number, parse_wa_id};

const REGIONS: [&str; 8] = ["", "KE", "DE", "US", "IT", "BR", "SG", "CO"];

fuzz_target!(|input: (u8, &str)| {
    let (choice, text) = input;
    let region = REGIONS[usize::from(choice) % REGIONS.len()].parse().ok();
    let options = PhoneOptions { region, ..PhoneOptions::default() };
    for role in [Role::To, Role::Card] {
        match parse_number(text, role, &options) {
            Ok(parsed) => {
                let again = parse_number(&format!("+{}", parsed.number), role, &options);
                let number = again.expect("a number with + is a number").number;
                assert_eq!(number, parsed.number, "{text}");
            }
            Err(problem) => assert!(!problem.to_string().is_empty()),
        }
    }
    if let Ok(Some(id)) = parse_wa_id(text, &options) {
        assert!(!id.as_str().starts_with('0') && id.as_str().len() >= 5, "{text}");
    }
});
