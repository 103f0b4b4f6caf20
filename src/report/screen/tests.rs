//! Tests of what is left out of a screen first.

use proptest::prelude::*;

use super::*;

/// Labelled lines with these values.
fn lines(of: &[(&str, &str)]) -> String {
    let mut text = String::new();
    of.iter().for_each(|(label, value)| add_line(&mut text, label, value));
    text
}

#[test]
fn lines_that_fit_stay() {
    let text = lines(&[("to", "\"to\""), ("events", "3 inbound messages")]);
    assert_eq!(fit(&text, 2), text);
    assert_eq!(fit("", 0), "");
}

#[test]
fn extras_are_left_out_before_a_line_is_cut() {
    let long = "nothing says when these people last wrote; outside 24 hours WhatsApp refuses the \
                card, 131047";
    let text = lines(&[
        ("to", "\"to\""),
        ("not used", "\"city\""),
        ("24 hours", long),
        ("events", "3 inbound messages"),
        ("example", "Ann"),
        ("messages", "2 = 2 to send"),
    ]);
    assert_eq!(height(&text), 7);
    let expected = [
        ("to", "\"to\""),
        ("not used", "\"city\""),
        ("24 hours", long),
        ("messages", "2 = 2 to send"),
        ("not shown", "events, example (--verbose)"),
    ];
    assert_eq!(fit(&text, 6), lines(&expected));
    let cut = "nothing says when these people last wrote; outside 24 hours …";
    let expected = [
        ("to", "\"to\""),
        ("24 hours", cut),
        ("messages", "2 = 2 to send"),
        ("not shown", "events, example, not used (--verbose)"),
    ];
    assert_eq!(fit(&text, 4), lines(&expected));
    let expected = [
        ("messages", "2 = 2 to send"),
        ("not shown", "events, example, not used, to, 24 hours (--verbose)"),
    ];
    assert_eq!(fit(&text, 2), lines(&expected));
}

#[test]
fn lines_without_a_label_go_with_the_one_before() {
    let text = lines(&[("also read", "a.csv"), ("", "b.csv"), ("takes", "1 s")]);
    let expected = lines(&[("takes", "1 s"), ("not shown", "also read (--verbose)")]);
    assert_eq!(fit(&text, 2), expected);
    let text = lines(&[("fix", "a.csv"), ("fix", "b.csv"), ("fix", "c.csv")]);
    let expected = lines(&[("fix", "a.csv"), ("not shown", "fix (2 lines) (--verbose)")]);
    assert_eq!(fit(&text, 2), expected);
}

#[test]
fn a_number_is_never_cut() {
    let words = format!("{} 12,345,678 numbers", "of the people x".repeat(4));
    for more in 0..20 {
        let text = format!("  warning    {}{words}\n", "x".repeat(more));
        let cut = cut(&text);
        assert!(height(&cut) == 1 && (!cut.contains("12,") || cut.contains("12,345,678")), "{cut}");
    }
}

#[test]
fn a_path_is_shown_from_its_end() {
    assert_eq!(end_of("people.csv", 10), "people.csv");
    assert_eq!(end_of("lists/people.csv", 11), "…people.csv");
    assert_eq!(end_of("名名名.csv", 7), "…名.csv");
}

proptest! {
    #[test]
    fn what_may_be_left_out_fits_into_any_room(
        of in prop::collection::vec((0..EXTRAS.len() + OTHERS.len(), "\\PC{0,300}"), 0..30),
        room in 2..24_usize,
    ) {
        let labels: Vec<&str> = EXTRAS.into_iter().chain(OTHERS).collect();
        let mut text = lines(&[("messages", "2 = 2 to send")]);
        of.iter().for_each(|(label, value)| add_line(&mut text, labels[*label], value));
        let fitted = fit(&text, room);
        prop_assert!(height(&fitted) <= room, "{fitted}");
        prop_assert!(fitted.contains("2 = 2 to send"));
    }
}
