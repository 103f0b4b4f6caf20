//! The plan fits a screen, whatever there is to say.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::eligibility::caps::{CapLimits, RecipientCap};
use crate::eligibility::held::Held;
use crate::eligibility::open_hours::{OpenHours, Outside};
use crate::eligibility::session::Missing;
use crate::prepare::mapping::{InputRole, Mapping};
use crate::prepare::phone::{PhoneNumber, ProblemKind, Role};
use crate::prepare::row::Reject;
use crate::prepare::row_numbers::{RowCountries, Written};
use crate::read::note::{Note, NoteKind};
use crate::read::{Cells, SkipReason};
use crate::report::tally::{CheckedRow, EarlierForm, Verdict};
use crate::report::when::{EventFacts, WhenCounts};

/// Choices from random bytes; with none left each choice is the first one.
struct Dice(Vec<u8>);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        u64::from(self.0.pop().unwrap_or(0)) % most
    }

    fn yes(&mut self) -> bool {
        self.below(3) > 0
    }

    fn number(&mut self) -> u64 {
        [0, 1, 2, 37, 4_800, 1_234_567][self.below(6) as usize]
    }

    fn name(&mut self) -> String {
        let names = ["people.csv", "my lists of May/Customers of May.xlsx", "список людей.csv"];
        match self.below(4) {
            3 => format!("{}/people.csv", "folder/of/lists".repeat(1 + self.below(12) as usize)),
            at => names[at as usize].to_owned(),
        }
    }

    fn place(&mut self) -> Place {
        Place { source: SourceId(self.below(2) as u32), line: 2 + self.number() }
    }

    /// Rows with this verdict and perhaps a note.
    fn count(&mut self, tally: &mut Tally, verdict: impl Fn() -> Verdict) {
        for _ in 0..self.below(12) {
            let kind = NoteKind::ALL[self.below(NoteKind::ALL.len() as u64) as usize];
            let note = Note { kind, detail: "column `to`: what stood there".repeat(3) };
            let notes = if self.yes() { vec![note] } else { Vec::new() };
            let (countries, readable) = (RowCountries::default(), None);
            let (place, verdict) = (self.place(), verdict());
            tally.count(&CheckedRow {
                place,
                verdict,
                notes,
                countries,
                readable,
                number_type: None,
            });
        }
    }

    fn tally(&mut self) -> Tally {
        let mut tally = Tally::default();
        self.count(&mut tally, || Verdict::Used);
        let earlier = self.place();
        self.count(&mut tally, || Verdict::Duplicate(earlier));
        for kind in ProblemKind::ALL {
            for role in [Role::To, Role::Card] {
                let reject = || Verdict::Rejected(reject(kind.code(role)));
                self.count(&mut tally, reject);
            }
        }
        for reason in SkipReason::ALL {
            self.count(&mut tally, || Verdict::Skipped(reason));
        }
        for _ in 0..self.below(20) {
            let (place, earlier) = (self.place(), self.place());
            tally.note_same_recipient(place, earlier);
            let earlier = if self.yes() { EarlierForm::Sent } else { EarlierForm::Unknown };
            tally.edited.count(earlier, place, number());
        }
        for code in ["KE", "UG", "TZ", "US", "GB", "CD", "ZA", "NG", "IN", "BR"] {
            for _ in 0..self.below(4) {
                let (region, place) = (code.parse().ok(), self.place());
                tally.countries.recipient(region, Some(place));
                let row =
                    RowCountries { person: Some(Written::Bare(region)), ..Default::default() };
                tally.countries.count(place, &row, true);
            }
        }
        for written in [Written::Unread, Written::Doubted("KE".parse().ok())] {
            for _ in 0..self.below(40) {
                let place = self.place();
                let row = RowCountries { person: Some(written), ..Default::default() };
                tally.countries.count(place, &row, false);
            }
        }
        tally.countries.also_in_region = self.number();
        tally.recipients_compared = self.yes().then_some(200_000);
        tally
    }

    fn counts(&mut self) -> WhenCounts {
        WhenCounts {
            open: self.number(),
            closed: self.number(),
            unknown: self.number(),
            bad: self.number(),
            closing: self.number(),
            held: BTreeMap::from([(Held::RecipientCap, self.number())]),
            left: 0,
            recipients_today: self.number(),
        }
    }
}

fn number() -> PhoneNumber {
    PhoneNumber::from_digits("254712345678").unwrap()
}

fn reject(code: &'static str) -> Reject {
    Reject {
        place: Place { source: SourceId(0), line: 2 },
        code,
        reason: "column \"to\": \"x\" has letters in it".repeat(3),
        suggestion: None,
        cells: Cells::default(),
    }
}

fn when<'a>(dice: &mut Dice, counts: &'a WhenCounts, hours: &'a OpenHours) -> WhenPlan<'a> {
    let events = EventFacts {
        inbound: dice.number(),
        other_number: dice.number(),
        statuses: dice.number(),
        other_lines: dice.number(),
        newest: dice.yes().then_some(Timestamp::UNIX_EPOCH),
    };
    let within = SignedDuration::from_hours(168);
    WhenPlan {
        counts,
        missing: dice.yes().then_some(if dice.yes() { Missing::Hold } else { Missing::Send }),
        knows_times: dice.yes(),
        in_future: dice.number(),
        likely_column: dice.yes().then_some("the last time at which the customer wrote to us"),
        events: dice.yes().then_some(events),
        hours: dice.yes().then_some(hours),
        zone: "America/Argentina/ComodRivadavia".to_owned(),
        caps: CapLimits {
            daily: dice.yes().then(|| dice.number()),
            recipient: dice.yes().then_some(RecipientCap { most: 2, within }),
        },
        rate: Rate::Unlimited,
        now: Timestamp::UNIX_EPOCH,
    }
}

fn mapping(dice: &mut Dice) -> Mapping {
    let columns = ["to", "name", "phone", "country", "last_inbound_at", "message_id", "type"];
    let mut header: Vec<String> = columns.map(str::to_owned).to_vec();
    let more = 0..dice.below(12);
    header.extend(more.map(|n| format!("{n}: {}", "a long header with words ".repeat(2))));
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    Mapping::of_header(&header, "people.csv", InputRole::Rows { recipients_given: false }, &[])
        .unwrap()
}

proptest! {
    #[test]
    fn a_plan_fits_a_screen(bytes in prop::collection::vec(any::<u8>(), 0..1500)) {
        let mut dice = Dice(bytes);
        let (tally, counts) = (dice.tally(), dice.counts());
        let mappings: Vec<Mapping> = (0..1 + dice.below(4)).map(|_| mapping(&mut dice)).collect();
        let names: Vec<String> = mappings.iter().map(|_| dice.name()).collect();
        let lists = mappings.iter().zip(&names);
        let mut without_wa_id = Kind::default();
        (without_wa_id.number, without_wa_id.first) = (dice.number(), vec![dice.place()]);
        let windows_1252_rows = dice.number();
        let lists: Vec<ListFacts<'_>> = lists
            .map(|(mapping, name)| ListFacts { id: SourceId(0), name, mapping, facts: None, windows_1252_rows })
            .collect();
        let hours = OpenHours {
            hours: "Mon-Fri 09:00-12:00,13:00-18:00".parse().unwrap(),
            zone: "America/Argentina/ComodRivadavia".parse().unwrap(),
            outside: Outside::Exit,
        };
        let campaign = if dice.yes() { dice.name() } else { String::new() };
        let origin = Origin { campaign, from: number() };
        let left = dice.number();
        let held = dice.number();
        let before = dice.number();
        let messages = MessageCounts {
            total: left + held + 3 * before,
            already_sent: before,
            refused: before,
            unknown: before,
            held,
            left,
            ..Default::default()
        };
        let codes = ["131026", "131047", "131049", "", "a_code_of_the_future"].into_iter();
        let refused_codes = codes.take(dice.below(6) as usize).map(|code| (code.to_owned(), dice.number()));
        let refused_codes: BTreeMap<String, u64> = refused_codes.collect();
        let plan = Plan {
            refused_codes: &refused_codes,
            main_lists: lists.len().min(1 + dice.below(3) as usize),
            only_list: (lists.len() == 1).then_some(SourceId(0)),
            lists,
            rows_are: if dice.yes() { RowsAre::People } else { RowsAre::Cards },
            rows: tally.rows,
            nobody: tally.nobody(),
            recipients: dice.yes().then(|| format!("300 people of {}", dice.name())),
            cards: dice.yes().then(|| format!("3 cards of {}", dice.name())),
            origin: &origin,
            sandbox: dice.yes().then_some(Sandbox { assumed: true }),
            gateway: dice.yes().then(|| "a mock gateway inside this program".to_owned()),
            rate: Rate::Unlimited,
            recipient_rate: Rate::Unlimited,
            concurrency: 16,
            pace: Pace {
                limit: Limit::RecipientRate,
                takes: dice.yes().then_some(Duration::from_secs(3)),
                longest_answer: dice.yes().then_some(Duration::from_millis(3)),
                before_close: dice.yes().then_some(5),
            },
            most_to_one: dice.number(),
            other_ledgers: (0..dice.below(9)).map(|_| (dice.name(), "9 sent".to_owned())).collect(),
            messages,
            in_doubt: dice.number(),
            other_senders: (0..dice.below(9)).map(|_| number().to_string()).collect(),
            damaged: dice.number(),
            to_send: left,
            canary: dice.number(),
            when: when(&mut dice, &counts, &hours),
            without_wa_id: &without_wa_id,
            tally: &tally,
            example: None,
            show_values: dice.yes(),
            verbose: false,
            known: Countries::default(),
            region: dice.yes().then(|| "KE".parse().unwrap()),
            sender: dice.yes().then(|| "UG".parse().unwrap()),
        };
        let below: String = (0..dice.below(9))
            .map(|_| format!("  fix        {}   3 rows: correct them, then send that file\n", dice.name()))
            .collect();
        let below = plan.fit_below(&below);
        // Behind it: an empty line and three commands, one of which is longer than a line.
        let lines = height(&below) + 5;
        let place = |place: Place| format!("{}:{}", names[place.source.0 as usize % names.len()], place.line);
        let text = plan.show(&place, lines);
        prop_assert!(height(&text) + lines <= LINES, "{} + {lines}\n{text}{below}", height(&text));
        // What needs fixing adds up: each kind is shown with its number or in the sum of the rest.
        prop_assert_eq!(rows_to_fix(&text), tally.rows.rejected);
    }
}

/// The rows of all lines to fix, and those of the kinds that are only counted.
fn rows_to_fix(text: &str) -> u64 {
    let number = |text: &str| text.replace(',', "").parse::<u64>().unwrap_or(0);
    let mut sum = 0;
    let mut is_fix = false;
    for line in text.lines().skip_while(|line| !line.is_empty()).skip(1) {
        let (label, rest) = line.split_at_checked(13).unwrap_or((line, ""));
        match label.trim() {
            "" => {}
            label => is_fix = label == "fix",
        }
        let words: Vec<&str> = rest.split_whitespace().collect();
        sum += match &words[..] {
            ["and", _, "more", _, "to", "fix,", rows, ..] => number(rows),
            [first, ..] if is_fix => number(first),
            _ => 0,
        };
    }
    sum
}
