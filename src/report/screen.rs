//! Makes labelled lines fit a part of a screen: what matters least is left out or cut, and one line
//! names what was left out. Pure: a text becomes a text.

use textwrap::core::display_width;

use super::format::{LABELS, add_line, counted, folded};

/// The lines of a screen.
pub(super) const LINES: usize = 24;

/// The columns of a screen.
pub(super) const WIDTH: usize = 80;

/// The labels of lines that are left out before any line is cut, those that matter least first.
const EXTRAS: [&str; 9] = [
    "events",
    "header",
    "sheet",
    "read as",
    "example",
    "ids",
    "last wrote",
    "also read",
    "not used",
];

/// The labels of the other lines that may be left out, those that matter least first. `messages`
/// stays, because its numbers add up.
const OTHERS: [&str; 16] = [
    "campaign",
    "gateway",
    "recipients",
    "daily cap",
    "from",
    "countries",
    "card",
    "to",
    "list",
    "fix",
    "in doubt",
    "hours",
    "24 hours",
    "warning",
    "note",
    "takes",
];

/// A line with its label, and the lines without one below it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Item {
    label: String,
    text: String,
}

/// The lines that a text takes on a screen.
pub fn height(text: &str) -> usize {
    // A terminal breaks the lines that cannot be folded: commands and long words.
    let rows = |line: &str| display_width(line).div_ceil(WIDTH).max(1);
    folded(text, WIDTH).lines().map(rows).sum()
}

/// The labelled lines of a text, made to fit into `room` lines where they do not. First the extras
/// are left out, then lines without a label, then the ends of long lines, then the others.
pub(super) fn fit(text: &str, room: usize) -> String {
    if height(text) <= room {
        return text.to_owned();
    }
    let mut items = items(text);
    let mut left_out = Vec::new();
    leave_out(&mut items, &EXTRAS, room, &mut left_out);
    shorten(&mut items, first_line, room, &left_out);
    shorten(&mut items, cut, room, &left_out);
    leave_out(&mut items, &OTHERS, room, &mut left_out);
    shown(&items, &left_out)
}

/// Leaves out the items with these labels, in this order and the last one of a label first, until
/// the rest fits.
fn leave_out(items: &mut Vec<Item>, labels: &[&str], room: usize, left_out: &mut Vec<String>) {
    for label in labels {
        while height(&shown(items, left_out)) > room
            && let Some(at) = items.iter().rposition(|item| item.label == *label)
        {
            left_out.push(items.remove(at).label);
        }
    }
}

/// Shortens the items in the order of the labels, until all fit.
fn shorten(items: &mut [Item], short: fn(&str) -> String, room: usize, left_out: &[String]) {
    for label in OTHERS {
        for at in (0..items.len()).rev() {
            if items[at].label == label && height(&shown(items, left_out)) > room {
                items[at].text = short(&items[at].text);
            }
        }
    }
}

/// The items, and the line that names those that were left out.
fn shown(items: &[Item], left_out: &[String]) -> String {
    let mut text: String = items.iter().map(|item| &*item.text).collect();
    let mut labels: Vec<(&str, u64)> = Vec::new();
    for label in left_out {
        match labels.iter_mut().find(|(known, _)| known == label) {
            Some((_, number)) => *number += 1,
            None => labels.push((label, 1)),
        }
    }
    if labels.is_empty() {
        return text;
    }
    let name = |(label, number): &(&str, u64)| match number {
        1 => (*label).to_owned(),
        many => format!("{label} ({})", counted(*many, "line")),
    };
    let names = labels.iter().map(name).collect::<Vec<_>>().join(", ");
    let all = counted(left_out.len() as u64, "line");
    let what = [names, all].map(|what| format!("{what} (--verbose)"));
    let fits = |what: &&String| LABELS + what.chars().count() <= WIDTH;
    add_line(&mut text, "not shown", what.iter().find(fits).unwrap_or(&what[1]));
    text
}

fn items(text: &str) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for line in text.lines() {
        let label = line.get(..LABELS).unwrap_or(line).trim();
        match items.last_mut() {
            Some(last) if label.is_empty() => last.text += &format!("{line}\n"),
            _ => items.push(Item { label: label.to_owned(), text: format!("{line}\n") }),
        }
    }
    items
}

/// The line of an item that has the label.
fn first_line(text: &str) -> String {
    format!("{}\n", text.lines().next().unwrap_or_default())
}

/// The first words of an item, on one line. No word is cut, because it may be a number, but one that
/// is alone on the line.
fn cut(text: &str) -> String {
    if height(text) <= 1 {
        return text.to_owned();
    }
    let first = text.lines().next().unwrap_or_default();
    let mut kept = beginning(first, WIDTH - 2);
    if kept.len() < first.len()
        && !first[kept.len()..].starts_with(' ')
        && let Some(at) = kept.rfind(' ').filter(|at| *at >= LABELS)
    {
        kept = &kept[..at];
    }
    format!("{} …\n", kept.trim_end_matches([' ', ',', ';', ':']))
}

/// As much of the beginning of a text as takes so many columns.
fn beginning(text: &str, columns: usize) -> &str {
    let mut taken = 0;
    let mut fits = |c: char| {
        taken += display_width(c.encode_utf8(&mut [0; 4]));
        taken <= columns
    };
    let end = text.find(|c| !fits(c)).unwrap_or(text.len());
    &text[..end]
}

/// The end of a text that takes more columns than these, with `…` before it: the end of a path says
/// more than its beginning.
pub(super) fn end_of(text: &str, columns: usize) -> String {
    if display_width(text) <= columns {
        return text.to_owned();
    }
    let reversed: String = text.chars().rev().collect();
    let end: String = beginning(&reversed, columns.saturating_sub(1)).chars().rev().collect();
    format!("…{end}")
}

#[cfg(test)]
mod tests;
