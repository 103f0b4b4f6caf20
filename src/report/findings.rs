//! What is wrong with the rows, by kind, for `--verbose`: the number of findings and the first rows,
//! the most frequent kind first. Each row was printed with its reason when it was read.

use std::cmp::Reverse;

use super::format::{add_line, by_frequency, counted};
use super::tally::{Examples, Kind, Tally};
use crate::read::note::NoteKind;
use crate::read::{Place, SourceId};
use crate::units::show_number;

/// Shows the findings.
pub(super) fn show_findings(text: &mut String, tally: &Tally, place: &dyn Fn(Place) -> String) {
    show_rejects(text, tally, place);
    show_same_recipients(text, &tally.same_recipients, place);
    show_edited(text, tally, place);
    if !tally.skipped.is_empty() {
        let numbers = tally.skipped.iter().map(|(reason, kind)| (reason, kind.number)).collect();
        add_line(text, "skipped", by_frequency(&numbers));
    }
    show_notes(text, tally, place);
}

/// Shows the rejected rows by code.
fn show_rejects(text: &mut String, tally: &Tally, place: &dyn Fn(Place) -> String) {
    let mut kinds: Vec<_> = tally.rejects.iter().collect();
    kinds.sort_by_key(|(_, kind)| (Reverse(kind.number), kind.first.first().copied()));
    for (index, (code, kind)) in kinds.into_iter().enumerate() {
        let label = if index == 0 { "rejected" } else { "" };
        let rows = show_rows(kind, None, place);
        add_line(text, label, format!("{} {code}: {rows}", show_number(kind.number)));
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

/// Shows the rows that send another card to the recipient of an earlier row, with the first pair as
/// the example.
fn show_same_recipients(text: &mut String, kind: &Kind<Place>, place: &dyn Fn(Place) -> String) {
    let (Some(first), Some(earlier)) = (kind.first.first(), &kind.example) else { return };
    let what = "sends another card to the recipient of";
    let example = format!("{} {what} {}", place(*first), place(*earlier));
    if kind.number == 1 {
        return add_line(text, "warning", example);
    }
    let rows = show_rows(kind, Some(first.source), place);
    add_line(text, "warning", format!("{}: {rows}", counted(kind.number, "row")));
    add_line(text, "", example);
}

/// Shows the notes on used rows by kind, each with its meaning.
fn show_notes(text: &mut String, tally: &Tally, place: &dyn Fn(Place) -> String) {
    let mut kinds: Vec<_> = tally.notes.iter().collect();
    kinds.sort_by_key(|(kind, notes)| (Reverse(notes.number), kind.code()));
    for (index, (kind, notes)) in kinds.into_iter().enumerate() {
        let label = if index == 0 { "noted" } else { "" };
        let what = format!("{} {}: {}", show_number(notes.number), kind.code(), kind.meaning());
        match kind {
            // Its rows are in a warning already.
            NoteKind::SameRecipient => add_line(text, label, what),
            _ => add_line(text, label, format!("{what}: {}", show_rows(notes, None, place))),
        }
    }
}

/// The messages whose card was, or may have been, sent under another name, and what sending them
/// risks.
fn show_edited(text: &mut String, tally: &Tally, place: &dyn Fn(Place) -> String) {
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
            add_line(text, "", format!("{}  to {to}", place(*contact)));
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

/// Shows that not all recipients were compared, if they were not.
pub(super) fn show_compared(text: &mut String, tally: &Tally) {
    if let Some(compared) = tally.recipients_compared {
        let what = format!(
            "only the first {} recipients were compared to find those who get several cards",
            show_number(compared)
        );
        add_line(text, "warning", what);
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
        let mut kind = Kind::default();
        (kind.number, kind.first, kind.is_cut) = (number, first.to_vec(), is_cut);
        kind.example = Some(example);
        kind
    }

    fn findings(tally: &Tally) -> String {
        let mut text = String::new();
        show_findings(&mut text, tally, &place);
        text
    }

    #[test]
    fn rejects_are_shown_by_kind_and_the_most_frequent_comes_first() {
        let mut tally = Tally::default();
        tally.rejects.insert("phone_missing", kind(1, &[at(0, 9)], "has none".to_owned()));
        tally.rejects.insert("to_date", kind(2, &[at(0, 3), at(1, 4)], "is a date".to_owned()));
        let many: Vec<Place> = (2..=5).map(|line| at(1, line)).collect();
        tally.rejects.insert("to_letters", kind(1_200, &many, "has letters".to_owned()));
        assert_eq!(
            findings(&tally),
            "  rejected   1,200 to_letters: b.csv:2 3 4 5 …\n\
             \x20            2 to_date: a.csv:3 b.csv:4\n\
             \x20            1 phone_missing: a.csv:9\n"
        );
    }

    #[test]
    fn cards_to_one_recipient_are_shown_with_one_example() {
        let mut tally =
            Tally { same_recipients: kind(1, &[at(0, 3)], at(0, 2)), ..Tally::default() };
        let example = "a.csv:3 sends another card to the recipient of a.csv:2\n";
        assert_eq!(findings(&tally), format!("  warning    {example}"));
        tally.same_recipients = kind(3, &[at(0, 3), at(0, 4)], at(0, 2));
        let rows = "  warning    3 rows: 3 4 …\n";
        assert_eq!(findings(&tally), format!("{rows}             {example}"));
    }

    #[test]
    fn every_kind_of_note_is_shown_with_its_meaning_and_its_rows() {
        let notes = NoteKind::ALL.iter().map(|one| (*one, kind(1, &[at(0, 3)], String::new())));
        let text = findings(&Tally { notes: notes.collect(), ..Tally::default() });
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
    fn recipients_that_were_not_compared_are_a_warning() {
        let mut text = String::new();
        show_compared(&mut text, &Tally { recipients_compared: Some(200_000), ..Tally::default() });
        assert_eq!(
            text,
            "  warning    only the first 200,000 recipients were compared to find those who get several \
             cards\n"
        );
    }
}
