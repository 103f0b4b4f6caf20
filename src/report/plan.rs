//! The plan, printed before anything is sent: how many people get a card, what the columns mean, how
//! long it takes, one example, and what needs fixing. It fits a screen of 24 lines of 80 columns;
//! with `--verbose` it shows everything.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::findings::{show_compared, show_findings};
use super::fix::{Fix, Show, show_places};
use super::format::{add_line, counted, shortened};
pub use super::list_columns::{CountryColumn, ListFacts};
use super::list_columns::{show_all_columns, show_columns, show_names, to};
use super::next_step::{by_number, refused_words};
use super::pace::{Limit, Pace};
use super::screen::{LINES, end_of, fit, height};
use super::tally::{Kind, MessageCounts, RowCounts, Tally};
use super::when::WhenPlan;
use crate::prepare::message::{Message, Origin};
use crate::prepare::phone::{Countries, Region};
use crate::read::{Place, SourceId};
use crate::send::rate::Rate;
use crate::units::printable::printable;
use crate::units::{show_duration, show_number};

/// The most columns of a list's name in the first line.
const NAME: usize = 60;

/// The most lines of what follows the findings of a check.
const BELOW: usize = 6;

/// The most other results files that are named.
const LEDGERS: usize = 3;

/// The codes of refusals that are named.
const CODES: usize = 3;

/// Answers that take longer than this are not to be expected.
const SLOW_ANSWER: Duration = Duration::from_secs(1);

/// What the rows of the lists are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowsAre {
    /// People who get a card each, or each of the cards.
    People,
    /// Cards for people who are named outside of the rows.
    Cards,
}

/// The plan of a run.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The lists; those with people or cards beside the rows come last.
    pub lists: Vec<ListFacts<'a>>,
    /// The number of lists whose rows become messages.
    pub main_lists: usize,
    /// The only list whose rows become messages; `None` if there are several.
    pub only_list: Option<SourceId>,
    /// What their rows are.
    pub rows_are: RowsAre,
    /// The counts of their rows, without those of the lists beside them.
    pub rows: RowCounts,
    /// The rows among these that are nobody: empty ones.
    pub nobody: u64,
    /// The people who are named outside of the rows, as text.
    pub recipients: Option<String>,
    /// The cards that are named outside of the rows, as text.
    pub cards: Option<String>,
    /// Campaign and sender.
    pub origin: &'a Origin,
    /// Set when the sender is the sandbox number.
    pub sandbox: Option<Sandbox>,
    /// The gateway, if it is not the usual one.
    pub gateway: Option<String>,
    /// The highest rate of the run.
    pub rate: Rate,
    /// The highest rate to one recipient.
    pub recipient_rate: Rate,
    /// The number of requests at a time.
    pub concurrency: u64,
    /// How long sending takes.
    pub pace: Pace,
    /// The most messages to one recipient, among the recipients that were counted.
    pub most_to_one: u64,
    /// The other results files that were read, each with a description of its contents.
    pub other_ledgers: Vec<(String, String)>,
    /// The counts of messages; `left` are to be sent.
    pub messages: MessageCounts,
    /// Messages to be sent that an earlier run may have sent.
    pub in_doubt: u64,
    /// The messages that earlier runs left refused, by code.
    pub refused_codes: &'a BTreeMap<String, u64>,
    /// Other senders in the results.
    pub other_senders: Vec<String>,
    /// Sent and unknown messages in the results whose card's numbers a spreadsheet has cut.
    pub damaged: u64,
    /// The number of messages that this run will send.
    pub to_send: u64,
    /// The number of messages that are sent before the others.
    pub canary: u64,
    /// When messages may go.
    pub when: WhenPlan<'a>,
    /// Messages to be sent whose card has no WhatsApp id, with the cards' rows.
    pub without_wa_id: &'a Kind<()>,
    /// The counts of rows.
    pub tally: &'a Tally,
    /// The first message that will be sent.
    pub example: Option<&'a Message>,
    /// True if names and numbers may be shown.
    pub show_values: bool,
    /// True if everything is shown, however long it is.
    pub verbose: bool,
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
    /// The plan as text; `place` formats a place. `below` are the lines that follow it on the screen.
    #[must_use]
    pub fn show(&self, place: &dyn Fn(Place) -> String, below: usize) -> String {
        let head = self.headline() + "\n";
        let facts = self.facts(place);
        let notes: Vec<_> = [self.abroad(), self.wa_ids()].into_iter().flatten().collect();
        if self.verbose {
            let mut text = head + &facts;
            for (words, kind) in &notes {
                let rows = match kind.first.is_empty() {
                    true => String::new(),
                    false => format!(": {}", show_places(kind, None, place)),
                };
                let number = match kind.number {
                    0 => String::new(),
                    number => format!("{} ", show_number(number)),
                };
                add_line(&mut text, "note", format!("{number}{words}{rows}"));
            }
            show_rows(&mut text, self.tally);
            show_findings(&mut text, self.tally, place);
            return text;
        }
        let (values, only, lists) = (self.show_values, self.only_list, &*self.lists);
        let show = Show { values, only, lists, place, notes };
        let fix = Fix::of(self.tally, &show);
        // An empty line stands above the findings.
        let least = if fix.least() == 0 { 0 } else { fix.least() + 1 };
        let room = LINES.saturating_sub(height(&head) + below);
        let facts = fit(&facts, room.saturating_sub(least));
        let fix = fix.show(room.saturating_sub(height(&facts) + 1));
        let mut text = [&*head, &facts, "\n", &fix].concat();
        text.truncate(text.trim_end().len());
        text.push('\n');
        text
    }

    /// What stands below the findings of a check, made to fit.
    #[must_use]
    pub fn fit_below(&self, text: &str) -> String {
        if self.verbose { text.to_owned() } else { fit(text, BELOW) }
    }

    /// The lines between the first one and the findings.
    fn facts(&self, place: &dyn Fn(Place) -> String) -> String {
        let mut text = String::new();
        match self.verbose {
            true => show_all_columns(&mut text, &self.lists),
            false => show_columns(&mut text, &self.lists[..self.main_lists]),
        }
        self.show_people(&mut text);
        self.show_setup(&mut text);
        self.show_countries(&mut text, place);
        self.show_messages(&mut text);
        text
    }

    /// `people.csv   298 people: 265 can be sent, 30 need fixing, 3 duplicates`.
    fn headline(&self) -> String {
        let lists = &self.lists[..self.main_lists];
        let name = match lists {
            [one] => end_of(&printable(one.name), NAME),
            several => format!("{} lists", several.len()),
        };
        let all = self.rows;
        let (read, skipped) = (all.read - self.nobody, all.skipped - self.nobody);
        let rows = RowCounts { read, skipped, ..all };
        if rows.read == 0 {
            let why = match all.read {
                0 => "there is no row below the header",
                _ => "the rows below the header are empty",
            };
            let what = match self.rows_are {
                RowsAre::People => "no people",
                RowsAre::Cards => "no cards",
            };
            return format!("{name}   {what}: {why}\n");
        }
        let again = self.tally.same_recipients.number;
        let for_people;
        let noun = match (self.rows_are, rows.read) {
            (RowsAre::People, _) if again > 0 => {
                for_people = match self.tally.recipients_compared {
                    None => format!("rows for {}", people(rows.read - again)),
                    Some(_) => "rows".to_owned(),
                };
                &*for_people
            }
            (RowsAre::People, 1) => "person",
            (RowsAre::People, _) => "people",
            (RowsAre::Cards, 1) => "card",
            (RowsAre::Cards, _) => "cards",
        };
        let messages = &self.messages;
        let held_now: u64 = self.when.counts.held.values().sum();
        let is_new = messages.left + held_now == messages.total;
        let is_new = is_new && (messages.left > 0 || rows.used == 0);
        let held_rows = if messages.total == rows.used { held_now } else { 0 };
        let is_new = is_new && held_rows == held_now;
        let right = match (is_new, rows.used) {
            (true, _) if held_now > 0 => "can be sent now",
            (true, _) => "can be sent",
            (false, 1) => "is right",
            (false, _) => "are right",
        };
        let mut text = format!("{name}   {} {noun}: ", show_number(rows.read));
        let held = if is_new { held_rows } else { 0 };
        let later = if held > 0 { self.when.counts.left } else { 0 };
        let _ = write!(text, "{} {right}", show_number(rows.used - held - later));
        for (number, one, many) in [
            (later, "later", "later"),
            (held, "held", "held"),
            (rows.rejected, "needs fixing", "need fixing"),
            (rows.duplicate, "duplicate", "duplicates"),
            (rows.skipped, "skipped", "skipped"),
        ] {
            if number > 0 {
                let what = if number == 1 { one } else { many };
                let _ = write!(text, ", {} {what}", show_number(number));
            }
        }
        let beside = self.tally.rows.rejected - rows.rejected;
        if beside > 0 {
            let names: Vec<_> =
                self.lists[self.main_lists..].iter().map(|list| list.name).collect();
            let need = if beside == 1 { "needs" } else { "need" };
            let _ =
                write!(text, "; {} of {} {need} fixing", show_number(beside), show_names(&names));
        }
        text.push('\n');
        text
    }

    /// The people and the cards that are named outside of the rows.
    fn show_people(&self, text: &mut String) {
        if let Some(people) = &self.recipients {
            let beside = self.lists[self.main_lists..].iter();
            let columns: Vec<_> = beside.filter_map(|list| to(list.mapping.explain())).collect();
            match columns.is_empty() {
                true => add_line(text, "to", people),
                false => add_line(text, "to", format!("{people}, {}", columns.join(", "))),
            }
        }
        if let Some(cards) = &self.cards {
            add_line(text, "card", cards);
        }
    }

    fn show_setup(&self, text: &mut String) {
        let from = self.origin.from;
        let from = match self.sandbox {
            None => from.to_string(),
            Some(Sandbox { assumed: true }) => {
                format!("{from}, sandbox (no --from): people must send it a join code")
            }
            Some(Sandbox { assumed: false }) => {
                format!("{from}, the sandbox: people must send it a join code first")
            }
        };
        add_line(text, "from", from);
        if !self.origin.campaign.is_empty() {
            add_line(text, "campaign", &self.origin.campaign);
        }
        if let Some(gateway) = &self.gateway {
            add_line(text, "gateway", gateway);
        }
        let most = if self.verbose { usize::MAX } else { LEDGERS };
        for (index, (file, contents)) in self.other_ledgers.iter().take(most).enumerate() {
            let label = if index == 0 { "also read" } else { "" };
            add_line(text, label, format!("{file}: {contents}"));
        }
        if self.other_ledgers.len() > most {
            let more = (self.other_ledgers.len() - most) as u64;
            add_line(text, "", format!("and {} (--verbose)", counted(more, "more file")));
        }
    }

    /// The recipients' countries, and what to look at because of them.
    fn show_countries(&self, text: &mut String, place: &dyn Fn(Place) -> String) {
        let countries = &self.tally.countries;
        let shown = countries.show();
        if !shown.is_empty() {
            add_line(text, "countries", shown);
        }
        let advice = self.country_advice(place);
        for warning in countries.warnings(&self.known, self.region, &advice) {
            add_line(text, "warning", warning);
        }
    }

    /// What else than `--region` gives the numbers in rows without a country theirs.
    fn country_advice(&self, place: &dyn Fn(Place) -> String) -> String {
        let rows = &self.tally.countries.unread;
        match CountryColumn::of(&self.lists, &rows.first) {
            CountryColumn::None => "add a country column".to_owned(),
            CountryColumn::Some => "give each of these rows its country".to_owned(),
            CountryColumn::All => {
                format!("fill the country of {}", show_places(rows, self.only_list, place))
            }
        }
    }

    /// The note that a card goes to another country than the sender's.
    fn abroad(&self) -> Option<(String, Kind<()>)> {
        let abroad = self.tally.countries.abroad(self.sender?);
        let what = "outside the sender's country: try one first (--limit 1)";
        (abroad.number > 0).then(|| (what.to_owned(), abroad))
    }

    fn show_messages(&self, text: &mut String) {
        if let Some(parts) = self.message_parts() {
            add_line(text, "messages", parts);
        }
        if !self.refused_codes.is_empty() {
            add_line(text, "refused", self.refused_before());
        }
        if self.in_doubt > 0 {
            let what = format!(
                "{} may have been accepted before: tried again with the same messageId \
                 (--on-unknown hold leaves them)",
                show_number(self.in_doubt)
            );
            add_line(text, "in doubt", what);
        }
        self.when.show(text, self.to_send, self.rows.used);
        if self.to_send > 0 {
            add_line(text, "takes", self.show_pace());
        }
        if self.messages.left > 0 && !self.other_senders.is_empty() {
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
        show_compared(text, self.tally);
        let is_shown = self.show_values && self.cards.is_none();
        if let Some(example) = self.example.filter(|_| is_shown) {
            add_line(text, "example", show_message(example));
        }
    }

    /// Why earlier runs left messages refused, the most frequent reasons first.
    fn refused_before(&self) -> String {
        let codes = by_number(self.refused_codes);
        let rest = codes.iter().skip(CODES).map(|(_, number)| number).sum::<u64>();
        let words = |(code, number): &(&str, u64)| {
            let words = refused_words(code).unwrap_or_else(|| "without a code".to_owned());
            format!("{} {words}", show_number(*number))
        };
        let mut words: Vec<String> = codes.iter().take(CODES).map(words).collect();
        if rest > 0 {
            words.push(format!("{} for other reasons", show_number(rest)));
        }
        words.join(", ")
    }

    /// The messages by what becomes of them; `None` if each person gets one now.
    fn message_parts(&self) -> Option<String> {
        let messages = &self.messages;
        if messages.left == messages.total && messages.total == self.rows.used {
            return None;
        }
        let mut parts =
            format!("{} = {} to send", show_number(messages.total), show_number(messages.left));
        for (number, what) in [
            (messages.already_sent, "sent before"),
            (messages.refused, "refused before (--retry-refused tries them again)"),
            (messages.unknown, "unknown, left alone"),
            (messages.held, "held"),
        ] {
            if number > 0 {
                let _ = write!(parts, " + {} {what}", show_number(number));
            }
        }
        Some(parts)
    }

    /// The note that cards do not show a chat.
    fn wa_ids(&self) -> Option<(String, Kind<()>)> {
        let (what, rows) = match (self.without_wa_id.number, self.to_send) {
            (0, _) | (_, 0) => return None,
            (1, 1) => ("the card shows", Kind::default()),
            (cards, all) if cards >= all => ("each card shows", Kind::default()),
            (1, _) => ("card shows", self.without_wa_id.clone()),
            (_, _) => ("cards show", self.without_wa_id.clone()),
        };
        Some((format!("{what} \"Invite to WhatsApp\" (--wa-id-from-phone)"), rows))
    }

    /// How long sending takes, and which limit decides that.
    fn show_pace(&self) -> String {
        let Pace { limit, takes, longest_answer, before_close } = self.pace;
        let mut text = match (takes, limit) {
            (Some(takes), _) => show_duration(takes),
            (None, Limit::Connections) => {
                let allow = if self.concurrency == 1 { "allows" } else { "allow" };
                format!("as fast as {} {allow}", counted(self.concurrency, "connection"))
            }
            (None, _) => "years".to_owned(),
        };
        match limit {
            Limit::None | Limit::Connections => {}
            Limit::RecipientRate => {
                let _ = write!(
                    text,
                    ", limited by {} to each recipient ({} to one of them)",
                    self.recipient_rate,
                    show_number(self.most_to_one)
                );
            }
            Limit::Rate | Limit::Hours => {
                let _ = write!(text, " at {}", self.rate);
            }
        }
        if let Some(before_close) = before_close {
            let _ = write!(
                text,
                ", but only about {} before the hours close",
                counted(before_close, "message")
            );
        } else if limit == Limit::Hours {
            text.push_str(", closed hours included");
        }
        if let Some(answer) = longest_answer.filter(|answer| *answer < SLOW_ANSWER) {
            let _ = write!(
                text,
                " if answers take less than {} (--concurrency {})",
                show_duration(answer),
                self.concurrency
            );
        }
        if self.to_send < self.messages.left - self.when.counts.left {
            let _ = write!(text, "; {} (--limit)", counted(self.to_send, "message"));
        }
        if self.canary > 0 && self.canary < self.to_send {
            let _ = write!(text, "; the first {} alone (--canary)", show_number(self.canary));
        }
        text
    }
}

/// A number of people.
fn people(number: u64) -> String {
    match number {
        1 => "1 person".to_owned(),
        many => format!("{} people", show_number(many)),
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
    let name = shortened(&message.contact.name);
    format!("\"{name}\" {} to {}", phones.join(", "), message.to)
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

#[cfg(test)]
mod tests;
