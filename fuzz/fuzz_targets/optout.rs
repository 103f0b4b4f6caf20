//! No entry of an opt-out list makes the program panic, and what a list reads as a recipient is
//! blocked by the same text, and by its number in other spellings.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lipasend::eligibility::opt_out::{BLOCKING_DIGITS, OptOuts};
use lipasend::prepare::phone::{PhoneOptions, Role, parse_number};

const REGIONS: [&str; 8] = ["", "KE", "DE", "US", "IT", "BR", "SG", "CO"];

fuzz_target!(|input: (u8, &str)| {
    let (choice, text) = input;
    let region = REGIONS[usize::from(choice) % REGIONS.len()].parse().ok();
    let options = PhoneOptions { region, ..PhoneOptions::default() };
    let mut out = OptOuts::default();
    let added = out.add_text(text, &options);
    for role in [Role::To, Role::Card] {
        let Ok(parsed) = parse_number(text, role, &options) else { continue };
        assert_eq!(added, Ok(true), "{text}");
        assert!(out.contains(&parsed.number), "{text}");
        // Shorter ones may need their `+`.
        if parsed.number.as_bytes().len() < BLOCKING_DIGITS {
            continue;
        }
        for spelled in [format!("+{}", parsed.number), format!("00{} Ann", parsed.number)] {
            let mut out = OptOuts::default();
            assert_eq!(out.add_text(&spelled, &PhoneOptions::default()), Ok(true), "{spelled}");
            assert!(out.contains(&parsed.number), "{spelled}");
        }
    }
});
