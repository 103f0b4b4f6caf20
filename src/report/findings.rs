//! What is wrong with the rows, by kind: the number of rows, the first of them, and one example,
//! the most frequent kind first. A list with one mistake in each row has one kind of mistake.

use std::cmp::Reverse;

use super::format::{add_line, by_frequency, counted};
use super::tally::{Examples, Kind, Tally};
use crate::read::note::NoteKind;
use crate::read::{Place, SourceId};
use crate::units::show_number;

/// Shows the findings; `values` is whether texts of the list may be shown.
pub(super) fn show_findings(
    text: &mut String,
    tally: &Tally,
    values: bool,
    place: &dyn Fn(Place) -> String,
) {
    show_rejects(text, tally, values, place);
    show_pairs(text, "duplicate", &tally.duplicates, "is the same message as", place);
    if tally.rows.read == 0 {
        add_line(text, "warning", "there is a header, and no row below it");
    }
    let what = "sends another card to the recipient of";
    show_pairs(text, "warning", &tally.same_recipients, what, place);
    if let Some(compared) = tally.recipients_compared {
        let what = format!(
            "only the first {} recipients were compared to find those who get several cards",
            show_number(compared)
        );
        add_line(text, "warning", what);
    }
    show_edited(text, tally, values, place);
    if !tally.skipped.is_empty() {
        add_line(text, "skipped", by_frequency(&tally.skipped));
    }
    show_notes(text, tally, values, place);
}

/// Shows the rejected rows by code.
fn show_rejects(text: &mut String, tally: &Tally, values: bool, place: &dyn Fn(Place) -> String) {
    let mut kinds: Vec<_> = tally.rejects.iter().collect();
    // With --verbose each one was printed before, and no example is shown.
    let mut hint = " (--verbose shows all)";
    kinds.sort_by_key(|(_, kind)| (Reverse(kind.number), kind.first.first().copied()));
    for (index, (code, kind)) in kinds.into_iter().enumerate() {
        let label = if index == 0 { "rejected" } else { "" };
        let number = show_number(kind.number);
        let more = if kind.is_cut && kind.shown_example().is_some() {
            std::mem::take(&mut hint)
        } else {
            ""
        };
        match kind.shown_example().filter(|_| values).zip(kind.first.first()) {
            Some((reason, only)) if kind.number == 1 => {
                add_line(text, label, format!("{number} {code}: {}  {reason}", place(*only)));
            }
            Some((reason, first)) => {
                let rows = show_rows(kind, Some(first.source), place);
                add_line(text, label, format!("{number} {code}: rows {rows}{more}"));
                add_line(text, "", format!("{}  {reason}", place(*first)));
            }
            None => {
                let rows = show_rows(kind, None, place);
                add_line(text, label, format!("{number} {code}: {rows}{more}"));
            }
        }
    }
}

/// The first rows of a kind: their lines, with the list's name where it is not the one before. At
/// first this is `known`.
fn show_rows<E>(
    kind: &Kind<E>,
    mut known: Option<SourceId>,
    place: &dyn Fn(Place) -> String,
) -> String {
    let show = |row: &Place| match known.replace(row.source) == Some(row.source) {
        true => row.line.to_string(),
        false => place(*row),
    };
    let mut rows: Vec<String> = kind.first.iter().map(show).collect();
    if kind.is_cut {
        rows.push("…".to_owned());
    }
    rows.join(" ")
}

/// Shows rows that belong to an earlier row each, with the first pair as the example.
fn show_pairs(
    text: &mut String,
    label: &str,
    kind: &Kind<Place>,
    what: &str,
    place: &dyn Fn(Place) -> String,
) {
    let (Some(first), Some(earlier)) = (kind.first.first(), kind.shown_example()) else { return };
    let example = format!("{} {what} {}", place(*first), place(*earlier));
    if kind.number == 1 {
        return add_line(text, label, example);
    }
    let rows = show_rows(kind, Some(first.source), place);
    add_line(text, label, format!("{}: {rows}", counted(kind.number, "row")));
    add_line(text, "", example);
}

/// Shows the notes on used rows by kind, each with its meaning.
fn show_notes(text: &mut String, tally: &Tally, values: bool, place: &dyn Fn(Place) -> String) {
    let mut kinds: Vec<_> = tally.notes.iter().collect();
    kinds.sort_by_key(|(kind, notes)| (Reverse(notes.number), kind.code()));
    let mut hint = " (--verbose shows all)";
    for (index, (kind, notes)) in kinds.into_iter().enumerate() {
        let label = if index == 0 { "noted" } else { "" };
        let what = format!("{} {}: {}", show_number(notes.number), kind.code(), kind.meaning());
        // Its rows are in a warning already.
        if *kind == NoteKind::SameRecipient {
            add_line(text, label, what);
            continue;
        }
        let more = if notes.is_cut && notes.shown_example().is_some() {
            std::mem::take(&mut hint)
        } else {
            ""
        };
        let detail = notes.shown_example().filter(|detail| values && !detail.is_empty());
        match (detail, notes.first.as_slice()) {
            (Some(detail), [only]) => {
                add_line(text, label, what);
                add_line(text, "", format!("{}  {detail}", place(*only)));
            }
            (Some(detail), [first, ..]) => {
                let rows = show_rows(notes, Some(first.source), place);
                add_line(text, label, format!("{what}: rows {rows}{more}"));
                add_line(text, "", format!("{}  {detail}", place(*first)));
            }
            _ => {
                let rows = show_rows(notes, None, place);
                add_line(text, label, format!("{what}: {rows}{more}"));
            }
        }
    }
}

/// The messages whose card was, or may have been, sent under another name, and what sending them
/// risks.
fn show_edited(text: &mut String, tally: &Tally, values: bool, place: &dyn Fn(Place) -> String) {
    let edited = &tally.edited;
    for (messages, was_sent, risk) in [
        (&edited.after_sent, "was sent", "the recipient gets it a second time, under the new name"),
        (
            &edited.after_unknown,
            "may have been sent",
            "the recipient may get it twice, under two ids",
        ),
    ] {
        if messages.number == 0 {
            continue;
        }
        let number = counted(messages.number, "message");
        let what = match edited.are_sent {
            false => format!("(--send-changed sends it: {risk})"),
            true => format!("and --send-changed sends it: {risk}"),
        };
        let what = format!("{number}: the same card {was_sent} under another name {what}");
        add_line(text, edited.label(), what);
        for (contact, to) in &messages.first {
            let recipient = if values { format!("  to {to}") } else { String::new() };
            add_line(text, "", place(*contact) + &recipient);
        }
        show_more(text, messages);
    }
}

/// Adds the number of messages after the first few.
fn show_more(text: &mut String, messages: &Examples) {
    let more = messages.number.saturating_sub(messages.first.len() as u64);
    if more > 0 {
        add_line(text, "", format!("and {} more", show_number(more)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(source: u32, line: u64) -> Place {
        Place { source: SourceId(source), line }
    }

    fn place(place: Place) -> String {
        format!("{}.csv:{}", ["a", "b"][place.source.0 as usize], place.line)
    }

    fn kind<E>(number: u64, first: &[Place], example: E) -> Kind<E> {
        let is_cut = number > first.len() as u64;
        Kind { number, first: first.to_vec(), is_cut, example: Some(example), is_printed: false }
    }

    fn findings(tally: &Tally, values: bool) -> String {
        let mut text = String::new();
        show_findings(&mut text, tally, values, &place);
        text
    }

    #[test]
    fn rejects_are_told_by_kind_and_the_most_frequent_comes_first() {
        let mut tally = Tally::default();
        tally.rows.read = 1;
        tally.rejects.insert("phone_missing", kind(1, &[at(0, 9)], "has none".to_owned()));
        tally.rejects.insert("to_date", kind(2, &[at(0, 3), at(1, 4)], "is a date".to_owned()));
        let many: Vec<Place> = (2..=5).map(|line| at(1, line)).collect();
        tally.rejects.insert("to_letters", kind(1_200, &many, "has letters".to_owned()));
        assert_eq!(
            findings(&tally, true),
            "  rejected   1,200 to_letters: rows 2 3 4 5 … (--verbose shows all)\n\
             \x20            b.csv:2  has letters\n\
             \x20            2 to_date: rows 3 b.csv:4\n\
             \x20            a.csv:3  is a date\n\
             \x20            1 phone_missing: a.csv:9  has none\n"
        );
        assert_eq!(
            findings(&tally, false),
            "  rejected   1,200 to_letters: b.csv:2 3 4 5 … (--verbose shows all)\n\
             \x20            2 to_date: a.csv:3 b.csv:4\n\
             \x20            1 phone_missing: a.csv:9\n"
        );
    }

    #[test]
    fn duplicates_are_told_with_one_example() {
        let mut tally = Tally::default();
        tally.rows.read = 1;
        tally.duplicates = kind(1, &[at(0, 3)], at(0, 2));
        assert_eq!(
            findings(&tally, false),
            "  duplicate  a.csv:3 is the same message as a.csv:2\n"
        );
        tally.duplicates = kind(3, &[at(0, 3), at(0, 4)], at(0, 2));
        assert_eq!(
            findings(&tally, false),
            "  duplicate  3 rows: 3 4 …\n\
             \x20            a.csv:3 is the same message as a.csv:2\n"
        );
    }

    #[test]
    fn every_kind_of_note_is_shown_with_its_meaning_and_its_rows() {
        let notes = NoteKind::ALL.iter().map(|one| (*one, kind(1, &[at(0, 3)], String::new())));
        let mut text = String::new();
        let tally = Tally { notes: notes.collect(), ..Tally::default() };
        show_notes(&mut text, &tally, true, &place);
        let mut kinds = NoteKind::ALL.to_vec();
        kinds.sort_by_key(|kind| kind.code());
        let mut label = "noted";
        for (shown, kind) in text.lines().zip(&kinds) {
            let rows = if *kind == NoteKind::SameRecipient { "" } else { ": a.csv:3" };
            let meaning = kind.meaning();
            assert_eq!(shown, format!("  {label:<10} 1 {}: {meaning}{rows}", kind.code()));
            label = "";
        }
        assert_eq!(text.lines().count(), kinds.len());
    }

    #[test]
    fn notes_have_an_example_where_values_may_be_shown() {
        let mut tally = Tally::default();
        tally.rows.read = 1;
        let read = || "\"0712\" read as 254712".to_owned();
        tally.notes.insert(NoteKind::Completed, kind(12, &[at(0, 2), at(1, 3)], read()));
        tally.notes.insert(NoteKind::TrunkZero, kind(1, &[at(0, 4)], read()));
        tally.notes.insert(NoteKind::HiddenRow, kind(4, &[at(0, 2), at(0, 3)], String::new()));
        let completed = "12 completed: a national number got the region's country code";
        let hidden = "4 hidden_row: a row that the spreadsheet hides was read too: a.csv:2 3 …";
        let trunk = "1 trunk_zero: a trunk zero after the country code was dropped";
        assert_eq!(
            findings(&tally, true),
            format!(
                "  noted      {completed}: rows 2 b.csv:3 … (--verbose shows all)\n\
                 \x20            a.csv:2  \"0712\" read as 254712\n\
                 \x20            {hidden}\n\
                 \x20            {trunk}\n\
                 \x20            a.csv:4  \"0712\" read as 254712\n"
            )
        );
        assert_eq!(
            findings(&tally, false),
            format!(
                "  noted      {completed}: a.csv:2 b.csv:3 … (--verbose shows all)\n\
                 \x20            {hidden}\n\
                 \x20            {trunk}: a.csv:4\n"
            )
        );
    }

    #[test]
    fn recipients_that_were_not_compared_are_a_warning() {
        let mut tally = Tally { recipients_compared: Some(200_000), ..Tally::default() };
        tally.rows.read = 1;
        assert_eq!(
            findings(&tally, false),
            "  warning    only the first 200,000 recipients were compared to find those who get several \
             cards\n"
        );
    }
}
