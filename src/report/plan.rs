//! The plan, printed before anything is sent: the meaning of each list's columns, the counts, the
//! pace, one example, and what is wrong.

use std::fmt::Write as _;
use std::time::Duration;

use super::findings::show_findings;
use super::format::{add_line, counted};
use super::tally::{MessageCounts, Tally};
use super::when::WhenPlan;
use crate::prepare::mapping::{ColumnUse, Mapping, Purpose, Reason};
use crate::prepare::message::{Message, Origin};
use crate::prepare::phone::{Countries, Region};
use crate::read::csv::Delimiter;
use crate::read::spreadsheet::SheetFacts;
use crate::read::{Facts, Place};
use crate::send::rate::Rate;
use crate::units::printable::printable;
use crate::units::{show_duration, show_number};

/// One list in the plan.
#[derive(Debug)]
pub struct ListFacts<'a> {
    /// Its name as the user wrote it.
    pub name: &'a str,
    /// The meaning of its columns.
    pub mapping: &'a Mapping,
    /// The facts about a table; `None` for vCards.
    pub facts: Option<&'a Facts>,
    /// The number of rows that were not UTF-8 and were read as Windows-1252.
    pub windows_1252_rows: u64,
}

/// The plan of a run.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The lists.
    pub lists: Vec<ListFacts<'a>>,
    /// Campaign and sender.
    pub origin: &'a Origin,
    /// Set when the sender is the sandbox number.
    pub sandbox: Option<Sandbox>,
    /// The name of the gateway.
    pub gateway: String,
    /// The highest rate of the run.
    pub rate: Rate,
    /// The highest rate to one recipient.
    pub recipient_rate: Rate,
    /// The most messages to one recipient, among the recipients that were counted.
    pub most_to_one: u64,
    /// The other results files that were read, each with a description of its contents.
    pub other_ledgers: Vec<(String, String)>,
    /// The counts of messages; `left` are to be sent.
    pub messages: MessageCounts,
    /// Messages to be sent that an earlier run may have sent.
    pub in_doubt: u64,
    /// Other senders in the results.
    pub other_senders: Vec<String>,
    /// Sent and unknown messages in the results whose card's numbers a spreadsheet has cut.
    pub damaged: u64,
    /// The most messages of this run.
    pub limit: Option<u64>,
    /// The number of messages that are sent before the others.
    pub canary: u64,
    /// When messages may go.
    pub when: WhenPlan<'a>,
    /// Messages to be sent whose card has no WhatsApp id.
    pub without_wa_id: u64,
    /// The counts of rows.
    pub tally: &'a Tally,
    /// The first message that will be sent.
    pub example: Option<&'a Message>,
    /// True if names and numbers may be shown.
    pub show_values: bool,
    /// The countries that the user or the lists' numbers with `+` speak for.
    pub known: Countries,
    /// The value of `--region`.
    pub region: Option<Region>,
    /// The sender's country; `None` if no sender was given or numbers are sent with `+`.
    pub sender: Option<Region>,
}

/// The sender is the number with which everybody may try the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sandbox {
    /// True if `--from` was not given.
    pub assumed: bool,
}

impl Plan<'_> {
    /// The number of messages that this run will send.
    #[must_use]
    pub fn to_send(&self) -> u64 {
        let due = self.messages.left - self.when.counts.left;
        due.min(self.limit.unwrap_or(u64::MAX))
    }

    /// The time that sending takes at the configured rates.
    #[must_use]
    pub fn duration(&self) -> Duration {
        let all = self.rate.time_for(self.to_send());
        let one =
            self.recipient_rate.time_for(self.most_to_one.min(self.to_send()).saturating_sub(1));
        all.max(one)
    }

    /// The plan as text; `place` formats a place.
    #[must_use]
    pub fn show(&self, place: &dyn Fn(Place) -> String) -> String {
        let mut text = String::new();
        for list in &self.lists {
            show_list(&mut text, list);
        }
        self.show_setup(&mut text);
        show_rows(&mut text, self.tally);
        self.show_countries(&mut text);
        self.show_messages(&mut text);
        show_findings(&mut text, self.tally, self.show_values, place);
        text
    }

    fn show_setup(&self, text: &mut String) {
        let from = self.origin.from;
        let from = match self.sandbox {
            None => from.to_string(),
            Some(Sandbox { assumed }) => format!(
                "{from}, {}: each recipient must first send it the account's join code",
                match assumed {
                    true => "the sandbox number (no --from was given)",
                    false => "the sandbox number",
                }
            ),
        };
        add_line(text, "from", from);
        if !self.origin.campaign.is_empty() {
            add_line(text, "campaign", &self.origin.campaign);
        }
        add_line(text, "gateway", &self.gateway);
        for (file, contents) in &self.other_ledgers {
            add_line(text, "also read", format!("{file}: {contents}"));
        }
    }

    /// The recipients' countries, and what to look at because of them.
    fn show_countries(&self, text: &mut String) {
        let countries = &self.tally.countries;
        let shown = countries.show();
        if !shown.is_empty() {
            add_line(text, "countries", shown);
        }
        for warning in countries.warnings(&self.known, self.region) {
            add_line(text, "warning", warning);
        }
        if let Some(sender) = self.sender
            && countries.abroad(sender) > 0
        {
            let what = format!(
                "{} of another country than the sender ({sender}): try one first (--limit 1; --to-format e164 writes the +)",
                counted(countries.abroad(sender), "recipient")
            );
            add_line(text, "note", what);
        }
    }

    fn show_messages(&self, text: &mut String) {
        let messages = &self.messages;
        let mut parts = format!(
            "{} = {} to send + {} sent before",
            show_number(messages.total),
            show_number(messages.left),
            show_number(messages.already_sent)
        );
        for (number, what) in [
            (messages.refused, "refused before (--retry-refused tries them again)"),
            (messages.unknown, "unknown and held"),
            (messages.held, "held"),
        ] {
            if number > 0 {
                let _ = write!(parts, " + {} {what}", show_number(number));
            }
        }
        add_line(text, "messages", parts);
        if self.in_doubt > 0 {
            let what = format!(
                "{} may have been accepted before: tried again with the same messageId \
                 (--on-unknown hold leaves them)",
                show_number(self.in_doubt)
            );
            add_line(text, "in doubt", what);
        }
        self.when.show(text, self.to_send());
        if self.to_send() > 0 {
            add_line(text, "pace", self.show_pace());
        }
        if self.without_wa_id > 0 {
            let shows = if self.without_wa_id == 1 { "shows" } else { "show" };
            let what = format!(
                "{} without a WhatsApp id {shows} \"Invite to WhatsApp\" (--wa-id-from-phone)",
                counted(self.without_wa_id, "card")
            );
            add_line(text, "note", what);
        }
        if messages.left > 0 && !self.other_senders.is_empty() {
            let what = format!(
                "the messages in the results were sent from {}: from {} they are new and are sent again",
                self.other_senders.join(", "),
                self.origin.from
            );
            add_line(text, "warning", what);
        }
        if self.damaged > 0 {
            let what = format!(
                "a spreadsheet has cut the numbers of {} in the results: a card that was sent under \
                 another name is not noticed",
                counted(self.damaged, "sent or unknown message")
            );
            add_line(text, "warning", what);
        }
        if let Some(example) = self.example.filter(|_| self.show_values) {
            add_line(text, "example", show_message(example));
        }
    }

    fn show_pace(&self) -> String {
        let mut text = format!("{} at {}", counted(self.to_send(), "message"), self.rate);
        if self.to_send() < self.messages.left - self.when.counts.left {
            text.push_str(" (--limit)");
        }
        if self.canary > 0 && self.canary < self.to_send() {
            let _ = write!(text, ", the first {} alone (--canary)", show_number(self.canary));
        }
        if self.duration() > self.rate.time_for(self.to_send()) {
            let _ = write!(
                text,
                ", limited by {} to each recipient ({} to one of them)",
                self.recipient_rate,
                show_number(self.most_to_one)
            );
        }
        if !self.duration().is_zero() {
            let _ = write!(text, ", about {}", show_duration(self.duration()));
        }
        text
    }
}

/// A message on one line.
fn show_message(message: &Message) -> String {
    let phones: Vec<String> = message
        .contact
        .phones
        .iter()
        .map(|phone| match &phone.kind {
            Some(kind) => format!("{} ({kind})", phone.number),
            None => phone.number.to_string(),
        })
        .collect();
    format!("to {}: the card \"{}\" with {}", message.to, message.contact.name, phones.join(", "))
}

fn show_list(text: &mut String, list: &ListFacts<'_>) {
    let _ = writeln!(text, "{} ({})", printable(list.name), show_kind(list));
    if let Some(Facts::Sheet(facts)) = list.facts {
        show_header(text, facts);
    }
    let (plain, others): (Vec<_>, Vec<_>) =
        list.mapping.explain().iter().partition(|column| column.reason == Reason::OwnColumn);
    let (ignored, mapped): (Vec<&ColumnUse>, Vec<&ColumnUse>) =
        others.into_iter().partition(|column| column.purpose == Purpose::Ignored);
    if !plain.is_empty() {
        let names: Vec<String> =
            plain.iter().map(|column| format!("`{}`", column.header)).collect();
        let words = if names.len() == 1 { "by its name" } else { "by their names" };
        add_line(text, "columns", format!("{} {words}", names.join(" ")));
    }
    for (index, column) in mapped.iter().enumerate() {
        let label = if index == 0 && plain.is_empty() { "columns" } else { "" };
        add_line(text, label, column);
    }
    if !ignored.is_empty() {
        add_line(text, "ignored", show_ignored(&ignored));
    }
}

/// What is said of a sheet: the other sheets, the rows above its header, and merged cells in it.
fn show_header(text: &mut String, facts: &SheetFacts) {
    if let Some(others) = facts.show_others() {
        add_line(text, "sheets", format!("not read: {others}"));
    }
    let line = facts.header_line;
    if facts.rows_above > 0 {
        let above = counted(facts.rows_above as u64, "row");
        add_line(text, "header", format!("row {line}; {above} above it not used"));
    }
    if !facts.merged.is_empty() {
        let cells: Vec<_> = facts.merged.iter().map(|cells| printable(cells)).collect();
        let cells = cells.join(" ");
        let what = format!(
            "merged cells in the header ({cells}): only the first column of them has that header"
        );
        add_line(text, "warning", what);
    }
}

/// The names of columns. Columns without a header, as at the end of each row of some exports, are
/// counted.
fn show_ignored(ignored: &[&ColumnUse]) -> String {
    let named = ignored.iter().filter(|column| !column.header.is_empty());
    let mut names: Vec<String> = named.map(|column| format!("`{}`", column.header)).collect();
    match ignored.len() - names.len() {
        0 => {}
        1 => names.push("a column without a header".to_owned()),
        nameless => names.push(format!("{nameless} columns without a header")),
    }
    names.join(" ")
}

/// The kind of a list: `Outlook export, UTF-8, 3 rows read as Windows-1252, semicolons`.
fn show_kind(list: &ListFacts<'_>) -> String {
    let export = list.mapping.export().map(|name| format!("{name} export, ")).unwrap_or_default();
    let facts = match list.facts {
        None => return "vCards".to_owned(),
        Some(Facts::Sheet(facts)) => {
            return format!("{export}spreadsheet, sheet `{}`", printable(&facts.sheet));
        }
        Some(Facts::Csv(facts)) => facts,
    };
    let separators = match facts.delimiter {
        Delimiter::COMMA => "commas".to_owned(),
        Delimiter::SEMICOLON => "semicolons".to_owned(),
        Delimiter::TAB => "TABs".to_owned(),
        other => format!("`{other}` between the cells"),
    };
    let guessed = match list.windows_1252_rows {
        0 => String::new(),
        rows => format!(", {} read as Windows-1252", counted(rows, "row")),
    };
    format!("{export}{}{guessed}, {separators}", facts.encoding)
}

/// The rows as a sum, which shows that none is missing.
pub(super) fn show_rows(text: &mut String, tally: &Tally) {
    let rows = tally.rows;
    let sum = format!(
        "{} read = {} used + {} duplicate + {} rejected + {} skipped",
        show_number(rows.read),
        show_number(rows.used),
        show_number(rows.duplicate),
        show_number(rows.rejected),
        show_number(rows.skipped)
    );
    add_line(text, "rows", sum);
}
