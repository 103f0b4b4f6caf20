//! What can still be read of a broken line of the results: the ids of its messages.
//!
//! A line without its end, or two lines that were joined, may be of a message that was sent. What
//! became of it is not known, so the message is `unknown`.

use std::borrow::Cow;
use std::collections::HashSet;

use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::columns::Layout;
use super::content::card_id_of;
use crate::prepare::message::MessageId;
use crate::read::formula::unescape_formula;
use crate::read::own_columns::Column;
use crate::send::outcome::Status;

/// The error code of a message whose line was broken.
pub(super) const BROKEN_LINE: &str = "broken_line";

/// The columns, other than `message_id`, in which a UUID may stand.
const OTHER_IDS: [Column; 3] = [Column::CardId, Column::GatewayMessageId, Column::Wamid];

/// Returns a whole line `unknown` for each message of a broken line. `known` has the cells of which
/// each line of a run has the same.
pub(super) fn unknown_lines(line: &[u8], layout: &Layout, known: &SameCells) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(line).replace('\0', "\u{fffd}");
    let broken = BrokenLine::new(&text, layout);
    let whole = broken.is_consistent();
    let unknown = |id: &str| {
        layout.line(|column| match column {
            Column::MessageId => Cow::Borrowed(id),
            Column::Status => Cow::Borrowed(Status::Unknown.as_str()),
            Column::ErrorCode => Cow::Borrowed(BROKEN_LINE),
            Column::Error => Cow::Borrowed("its line in the results could not be read"),
            Column::Gateway => Cow::Borrowed(known.gateway.as_str()),
            Column::Run => Cow::Borrowed(known.run.as_str()),
            _ if whole => Cow::Borrowed(broken.cell(column)),
            Column::Attempts => Cow::Borrowed("1"),
            _ => Cow::Borrowed(""),
        })
    };
    broken.ids().into_iter().map(unknown).collect()
}

/// The cells that are the same in all lines of one run.
#[derive(Debug, Default)]
pub(super) struct SameCells {
    pub(super) gateway: String,
    pub(super) run: String,
}

/// A broken line, split at every separator, in quotes or not.
struct BrokenLine<'a> {
    cells: Vec<&'a str>,
    layout: &'a Layout,
}

impl<'a> BrokenLine<'a> {
    fn new(text: &'a str, layout: &'a Layout) -> Self {
        let cell = |cell: &'a str| cell.trim_matches(|c: char| c == '"' || c.is_whitespace());
        let cells = text.split(char::from(layout.delimiter)).map(cell).collect();
        Self { cells, layout }
    }

    /// The cell at the position of a column.
    fn cell(&self, column: Column) -> &'a str {
        self.layout.position(column).and_then(|at| self.cells.get(at)).copied().unwrap_or_default()
    }

    /// Returns whether each cell is that of its column: the card id is that of the others.
    fn is_consistent(&self) -> bool {
        let card = [Column::Campaign, Column::From, Column::To, Column::Phone];
        let id = card_id_of(card.map(|column| unescape_formula(self.cell(column)).as_bytes()));
        self.cells.len() == self.layout.width()
            && id.is_some_and(|id| id.as_str() == self.cell(Column::CardId))
    }

    /// The ids of the messages, each once.
    fn ids(&self) -> Vec<&'a str> {
        let mut seen = HashSet::new();
        let uuids = self.cells.iter().enumerate().filter_map(|(at, cell)| {
            let id = uuid_at_end(cell)?;
            (id.len() < cell.len() || !self.is_of_another_column(at)).then_some(id)
        });
        uuids.chain(self.own_id()).filter(|id| seen.insert(*id)).collect()
    }

    /// Returns whether a cell is at the position of another id, from the line's beginning or from
    /// its end.
    fn is_of_another_column(&self, at: usize) -> bool {
        let (width, cells) = (self.layout.width(), self.cells.len());
        let is_there = |position: usize| at == position || width - position == cells - at;
        self.layout.position(Column::MessageId) != Some(at)
            && OTHER_IDS.iter().filter_map(|id| self.layout.position(*id)).any(is_there)
    }

    /// An id that the user has given, in a line that begins as one of ours: half of an id must not
    /// be taken for a whole one.
    fn own_id(&self) -> Option<&'a str> {
        let is_number = |cell: &str| !cell.is_empty() && cell.bytes().all(|b| b.is_ascii_digit());
        let begins = is_number(self.cell(Column::From)) && is_number(self.cell(Column::To));
        let id = unescape_formula(self.cell(Column::MessageId));
        (begins && uuid_at_end(id).is_none() && MessageId::own(id).is_some()).then_some(id)
    }
}

/// The UUID with which a cell ends.
fn uuid_at_end(cell: &str) -> Option<&str> {
    let id = cell.get(cell.len().checked_sub(Hyphenated::LENGTH)?..)?;
    // The other forms that it parses have other lengths.
    Uuid::try_parse(id).is_ok().then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "11111111-1111-5111-8111-111111111111";
    const TWO: &str = "22222222-2222-5222-8222-222222222222";
    const CARD: &str = "cc8d3872-c0bc-515b-ba77-c3748a429bc4";

    fn line(id: &str, card: &str) -> String {
        let phone = "254712345678";
        format!(
            "{id},,254110090747,{phone},\"Doe, J\",{phone},sent,{TWO},SENT,{TWO},200,,,1,,9,a.csv,2,g,r,{card},,"
        )
    }

    fn ids(text: &str) -> Vec<String> {
        let lines = unknown_lines(text.as_bytes(), &Layout::ours(), &SameCells::default());
        let id =
            |line: &Vec<u8>| String::from_utf8_lossy(line).split(',').next().map(str::to_owned);
        lines.iter().filter_map(id).collect()
    }

    #[test]
    fn the_ids_of_a_broken_line_are_found_and_no_others() {
        let whole = line(ONE, CARD);
        for (text, expected) in [
            (whole.as_str(), &[ONE][..]),
            (&whole.replace("Doe, J", "Doe J"), &[ONE]),
            (&whole[..36], &[ONE]),
            (&whole[..35], &[]),
            (&whole[40..], &[]),
            (&format!("{}{}", &whole[..60], line(TWO, CARD)), &[ONE, TWO]),
            (&format!("{}{whole}", &line(TWO, CARD)[..60]), &[TWO, ONE]),
            (&whole.replace("1111-1111", "1\0\0\0\0\0\0\0\0"), &[]),
            (&whole.replace("sent", "\0\0\0\0"), &[ONE]),
            (&line("order-17", CARD), &["order-17"]),
            (&line("order-17", CARD)[..40], &["order-17"]),
            (&line("order-17", CARD)[..20], &[]),
            (&line("order-17", CARD)[22..], &[]),
            ("", &[]),
            ("x", &[]),
        ] {
            assert_eq!(ids(text), expected, "{text}");
        }
    }

    #[test]
    fn the_cells_of_a_line_are_kept_only_when_they_belong_together() {
        let layout = Layout::ours();
        let known = SameCells { gateway: "g".to_owned(), run: "r".to_owned() };
        // The card id of these numbers is pinned in `message_id.rs`.
        let unquoted = line(ONE, CARD).replace("\"Doe, J\"", "\"Doe J").replace("sent", "se\0t");
        for (text, expected) in [
            (
                unquoted.clone(),
                format!("{ONE},,254110090747,254712345678,Doe J,254712345678,unknown,"),
            ),
            (unquoted.replace("345678,\"", "345679,\""), format!("{ONE},,,,,,unknown,")),
            (unquoted[..99].to_owned(), format!("{ONE},,,,,,unknown,")),
        ] {
            let lines = unknown_lines(text.as_bytes(), &layout, &known);
            let found = String::from_utf8_lossy(&lines[0]);
            assert!(found.starts_with(&expected), "{found}");
            assert_eq!(found.matches(',').count(), layout.width() - 1);
        }
    }
}
