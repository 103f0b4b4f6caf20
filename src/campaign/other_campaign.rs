//! Not-sent files that are given back in another campaign than the one whose messages they hold.
//!
//! The campaign is part of a message's id, so in another one they are new messages: who may have got
//! one gets it a second time. Without `--campaign` that is a mistake, and an error; with another name
//! it may be intended, and is a warning where somebody may get a message twice.
//!
//! The results beside the file say of which campaign its messages are. Only messages that ended are
//! compared, because held ones are in no results, and none whose id in this campaign stands in any
//! results that were read.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::inputs::{Input, Inputs};
use super::output::shell_word;
use super::prior_runs::PriorRuns;
use super::row_filter::Wanted;
use crate::config::{Config, Target};
use crate::exit::Fatal;
use crate::prepare::mapping::OurFile;
use crate::prepare::message::MessageId;
use crate::prepare::phone::PhoneNumber;
use crate::read::formula::unescape_formula;
use crate::read::own_columns::NOT_SENT;
use crate::read::{Cells, Raw, Record};
use crate::record::ledger::{Column, Records, counts_over};
use crate::record::names;
use crate::report::format::counted;
use crate::send::outcome::Status;
use crate::units::printable::printable;

/// Checks every not-sent file among the inputs. Returns warnings.
///
/// # Errors
/// When no campaign is given, and the results say that the messages are of one: exit code 2.
pub(super) fn check(
    config: &Config,
    inputs: &Inputs,
    prior: &PriorRuns,
) -> Result<Vec<String>, Fatal> {
    let mut warnings = Vec::new();
    for input in &inputs.inputs {
        if input.mapping.our_file() != Some(OurFile::NotSent) {
            continue;
        }
        let mut ended = Ended::read(input, config)?;
        let beside = results_of(input, &ended, config);
        for results in &beside {
            ended.compare(results, true, config)?;
        }
        for results in prior.readable(config).filter(|path| !beside.iter().any(|one| one == path)) {
            ended.compare(results, false, config)?;
        }
        let name = &input.source.name;
        match config.origin.campaign.is_empty() {
            true => ended.of_a_campaign(name)?,
            false => warnings.extend(ended.may_go_out_again(name, &config.origin.campaign)),
        }
    }
    Ok(warnings)
}

/// The results files that may hold the messages of a not-sent file: those of the run, and those
/// beside the file of the list that it names.
fn results_of(input: &Input, ended: &Ended, config: &Config) -> Vec<PathBuf> {
    let rehearsal = matches!(config.target, Target::Rehearsal);
    let mut paths = vec![config.files.results.clone()];
    if let Some(path) = &input.source.path {
        paths.push(names::results_path(path, rehearsal));
        let list = PathBuf::from(&ended.source);
        let list = list.file_name().map(|name| path.with_file_name(name));
        paths.extend(list.map(|list| names::results_path(&list, rehearsal)));
    }
    paths.sort();
    paths.dedup();
    paths.retain(|path| path.is_file());
    paths
}

/// The messages of a not-sent file that ended refused, failed or unknown.
#[derive(Debug, Default)]
struct Ended {
    /// The list that the file names.
    source: String,
    messages: HashMap<Content, Found>,
}

/// The recipient, the name and the numbers of a message, as in the results.
type Content = [String; 3];

/// What the results say about one message.
#[derive(Debug)]
struct Found {
    /// Its id in this campaign.
    id: MessageId,
    /// True if the results know this id.
    is_known: bool,
    /// The same card to the same recipient in other campaigns.
    elsewhere: BTreeMap<String, Status>,
}

impl Ended {
    /// Reads a not-sent file.
    fn read(input: &Input, config: &Config) -> Result<Self, Fatal> {
        let columns = Columns::of(input);
        let mut ended = Self::default();
        for raw in input.raw_rows(Wanted::All, false)? {
            let raw = raw.map_err(|error| Fatal::input(error.to_string()))?;
            let Raw::Record(Record::Row(row)) = raw else { continue };
            if ended.source.is_empty() {
                ended.source = columns.cell(&row.cells, columns.source).to_owned();
            }
            if let Some((content, id)) = columns.message(&row.cells, config) {
                let found = Found { id, is_known: false, elsewhere: BTreeMap::new() };
                ended.messages.insert(content, found);
            }
        }
        Ok(ended)
    }

    /// Compares the messages with a results file. One that is not ours says nothing, and one that is
    /// not `beside` the list says only which messages this campaign knows.
    fn compare(&mut self, results: &Path, beside: bool, config: &Config) -> Result<(), Fatal> {
        let Ok(mut records) = Records::open(results) else { return Ok(()) };
        while let Some(record) = records.next_record()? {
            let Some(status) = record.status() else { continue };
            if record.text(Column::From) != config.origin.from.as_str() {
                continue;
            }
            let content = [Column::To, Column::Name, Column::Phone];
            let content = content.map(|column| record.text(column).into_owned());
            let Some(found) = self.messages.get_mut(&content) else { continue };
            match record.text(Column::MessageId) == found.id.as_str() {
                true => found.is_known = true,
                false if !beside => {}
                false => {
                    let campaign = record.text(Column::Campaign).into_owned();
                    let known = found.elsewhere.entry(campaign).or_insert(status);
                    if counts_over(status, *known) {
                        *known = status;
                    }
                }
            }
        }
        Ok(())
    }

    /// The messages that only other campaigns know.
    fn unknown_here(&self) -> impl Iterator<Item = &BTreeMap<String, Status>> {
        self.messages.values().filter(|found| !found.is_known).map(|found| &found.elsewhere)
    }

    /// The campaign that most of these messages are of, and their number.
    fn campaign<'a>(
        of: impl Iterator<Item = (&'a String, &'a Status)>,
    ) -> Option<(&'a String, u64)> {
        let mut campaigns: BTreeMap<&String, u64> = BTreeMap::new();
        of.for_each(|(campaign, _)| *campaigns.entry(campaign).or_default() += 1);
        campaigns.into_iter().max_by_key(|(_, number)| *number)
    }

    /// The error of a file whose messages are of a campaign, when none is given.
    fn of_a_campaign(&self, name: &str) -> Result<(), Fatal> {
        let Some((campaign, number)) = Self::campaign(self.unknown_here().flatten()) else {
            return Ok(());
        };
        Err(Fatal::usage(format!(
            "{name} holds {} of the campaign `{}`: without it they get other ids, and somebody may get a message twice (try --campaign {}; with a new name they are sent as new messages)",
            counted(number, "message"),
            printable(campaign),
            shell_word(campaign),
        )))
    }

    /// The warning about messages that were sent in another campaign, or may have been.
    fn may_go_out_again(&self, name: &str, ours: &str) -> Option<String> {
        let may_be_sent = |status: &Status| matches!(status, Status::Sent | Status::Unknown);
        let again = self.unknown_here().flatten().filter(|(_, status)| may_be_sent(status));
        let (campaign, number) = Self::campaign(again)?;
        let theirs = match campaign.as_str() {
            "" => "without a campaign".to_owned(),
            campaign => format!("in the campaign `{}`", printable(campaign)),
        };
        let go = if number == 1 { "it is a new one and goes" } else { "they are new ones and go" };
        Some(format!(
            "{} of {name} may have been sent {theirs}: in `{}` {go} out again",
            counted(number, "message"),
            printable(ours),
        ))
    }
}

/// The columns of a not-sent file that say which message a line is, from 0.
struct Columns {
    to: Option<usize>,
    name: Option<usize>,
    phones: Vec<usize>,
    message_id: Option<usize>,
    source: Option<usize>,
    status: Option<usize>,
}

impl Columns {
    fn of(input: &Input) -> Self {
        let header = || input.header.iter().map(|cell| cell.trim());
        let at = |wanted: &str| header().position(|cell| cell == wanted);
        let is_phone = |cell: &str| {
            cell == "phone"
                || cell.strip_prefix("phone_").is_some_and(|number| number.parse::<u32>().is_ok())
        };
        Self {
            to: at("to"),
            name: at("name"),
            phones: (0..)
                .zip(header())
                .filter(|(_, cell)| is_phone(cell))
                .map(|one| one.0)
                .collect(),
            message_id: at("message_id"),
            source: at(NOT_SENT[0]),
            status: at(NOT_SENT[2]),
        }
    }

    /// The cell of a column, as it was before it was escaped.
    fn cell<'c>(&self, cells: &'c Cells, column: Option<usize>) -> &'c str {
        unescape_formula(column.and_then(|at| cells.get(at)).unwrap_or_default()).trim()
    }

    /// The message of a line that ended, with its id in this campaign; `None` for a held one, one with
    /// an id of its own, and one that was changed so that it is no message of ours.
    fn message(&self, cells: &Cells, config: &Config) -> Option<(Content, MessageId)> {
        let status = Status::named(self.cell(cells, self.status).as_bytes())?;
        if status == Status::Sent || !self.cell(cells, self.message_id).is_empty() {
            return None;
        }
        let number = |column| {
            PhoneNumber::from_digits(self.cell(cells, Some(column)).trim_start_matches('+'))
        };
        let to = number(self.to?)?;
        let name = self.cell(cells, self.name);
        let phones = self.phones.iter().copied();
        let phones: Option<Vec<PhoneNumber>> =
            phones.filter(|at| !self.cell(cells, Some(*at)).is_empty()).map(number).collect();
        let phones = phones?;
        let shown: Vec<&str> = phones.iter().map(PhoneNumber::as_str).collect();
        let content = [to.as_str().to_owned(), name.to_owned(), shown.join(" ")];
        let origin = &config.origin;
        let id = MessageId::by_recipe(&origin.campaign, origin.from, to, name, phones.into_iter());
        Some((content, id))
    }
}
