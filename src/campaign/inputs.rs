//! The run's lists: which inputs there are, what their columns mean, who receives what.
//!
//! Recipients and cards that stand beside the input are read here, whole; the input itself is only
//! opened to see its header. Its rows are `walk`'s.

use std::path::Path;
use std::sync::Arc;

use super::row_filter::{RowFilter, RowSample, can_be_drawn};
use crate::cli::ReadingArgs;
use crate::config::Config;
use crate::exit::{ExitCode, Fatal};
use crate::prepare::mapping::{MapRule, Mapping, MappingError, Wants};
use crate::prepare::message::Contact;
use crate::prepare::parallel::Intake;
use crate::prepare::phone::PhoneNumber;
use crate::prepare::row::{Prepared, Preparer, Recipients, RowOutcome};
use crate::read::csv::Facts;
use crate::read::error::ReadError;
use crate::read::{self, Dialect, Opened, Place, Raw, Record, Source, SourceId};
use crate::record::names;
use crate::report::tally::{Judged, Tally, Verdict};

/// One list and what its columns mean.
#[derive(Debug)]
pub(super) struct Input {
    /// The file.
    pub(super) source: Source,
    /// Which column is what.
    pub(super) mapping: Mapping,
    /// Its header's cells; empty for vCards and lists without a header.
    pub(super) header: Vec<String>,
    /// What was found out about a table.
    pub(super) facts: Option<Facts>,
    dialect: Dialect,
    stamp: read::Stamp,
    pick: RowFilter,
}

/// All lists of a run.
#[derive(Debug)]
pub(super) struct Inputs {
    /// The inputs: the rows that become messages.
    pub(super) inputs: Vec<Input>,
    /// The lists that stand beside them: recipients or cards.
    pub(super) beside: Vec<Input>,
    /// Who receives every contact of the input; empty when the rows say so themselves.
    pub(super) recipients: Vec<PhoneNumber>,
    /// What every recipient in the input gets; empty when the rows are contacts.
    pub(super) cards: Vec<Arc<Contact>>,
    /// What became of the rows of the lists beside.
    pub(super) tally: Tally,
    /// The rows of the lists beside that were rejected, for their own rejects files.
    pub(super) rejected: Vec<Judged>,
}

impl Inputs {
    /// Opens every list, finds out what its columns mean, and reads the recipients or cards.
    ///
    /// # Errors
    /// Everything that makes a list as a whole unusable: exit code 4, or 2 when nobody is to
    /// receive its contacts.
    pub(super) fn open(config: &Config) -> Result<Self, Fatal> {
        let reading = &config.reading;
        let sources =
            read::sources(&config.inputs, reading.format, &names::is_ours).map_err(input)?;
        let wants = match &config.card {
            Some(_) => Wants::Recipients,
            None => Wants::Rows { recipients_given: config.has_recipients() },
        };
        let inputs: Vec<Input> = sources
            .into_iter()
            .map(|source| Input::open(source, wants, config, false))
            .collect::<Result<_, _>>()?;
        let mut lists = Self {
            inputs,
            beside: Vec::new(),
            recipients: config.to.clone(),
            cards: Vec::new(),
            tally: Tally::default(),
            rejected: Vec::new(),
        };
        if let Some(path) = &config.recipients {
            lists.read_recipients(path, config)?;
        }
        if let Some(path) = &config.card {
            lists.read_cards(path, config)?;
        }
        lists.check_roles(config)?;
        lists.pick_rows(&config.reading)?;
        Ok(lists)
    }

    /// Which rows of the inputs are wanted. A sample needs their number, so they are counted first.
    fn pick_rows(&mut self, reading: &ReadingArgs) -> Result<(), Fatal> {
        for list in &mut self.inputs {
            list.pick = RowFilter::in_range(reading.rows);
        }
        let Some(wanted) = reading.sample else { return Ok(()) };
        let mut befores = Vec::with_capacity(self.inputs.len());
        let mut total = 0;
        for list in &self.inputs {
            befores.push(total);
            total += list.count()?;
        }
        let sample = RowSample::draw(wanted, total, reading.seed);
        for (list, before) in self.inputs.iter_mut().zip(befores) {
            list.pick = list.pick.in_sample(sample, before);
        }
        Ok(())
    }

    /// The list that a place is in.
    #[must_use]
    pub(super) fn list(&self, source: SourceId) -> Option<&Input> {
        self.inputs.iter().chain(&self.beside).find(|list| list.source.id == source)
    }

    /// `people.csv:12`, as editors and compilers write it.
    #[must_use]
    pub(super) fn show_place(&self, place: Place) -> String {
        format!("{}:{}", self.source_name(place.source), place.line)
    }

    /// What the user calls a source.
    #[must_use]
    pub(super) fn source_name(&self, source: SourceId) -> &str {
        self.list(source).map_or("", |list| &list.source.name)
    }

    /// What is done with a row of an input; `card` is what the recipients get in this round.
    #[must_use]
    pub(super) fn recipients(&self, card: Option<&Arc<Contact>>) -> Recipients {
        match card {
            Some(card) => Recipients::GetCard(Arc::clone(card)),
            None if self.recipients.is_empty() => Recipients::InRow,
            None => Recipients::Elsewhere,
        }
    }

    /// Whether an input has changed since it was opened first.
    ///
    /// # Errors
    /// When it has, or is gone: exit code 4.
    pub(super) fn check_unchanged(&self) -> Result<(), Fatal> {
        self.inputs.iter().try_for_each(Input::check_unchanged)
    }

    fn read_recipients(&mut self, path: &Path, config: &Config) -> Result<(), Fatal> {
        let given = self.recipients.len();
        let list = self.open_beside(path, Wants::Recipients, config)?;
        if list.facts.is_none() {
            let name = &list.source.name;
            return Err(Fatal::usage(format!(
                "{name} holds vCards; --recipients names who receives the cards, as a table or as plain numbers (did you mean {name} as the input, or --card {name}?)"
            )));
        }
        let mut seen: std::collections::HashMap<PhoneNumber, Option<Place>> =
            self.recipients.iter().map(|to| (*to, None)).collect();
        list.each(Recipients::List, config, |prepared| {
            let Prepared { place, outcome, notes } = prepared;
            let verdict = match outcome {
                RowOutcome::Recipient(to) => match seen.get(&to) {
                    Some(Some(first)) => Verdict::Duplicate(*first),
                    Some(None) => Verdict::Skipped("given as --to too"),
                    None => {
                        seen.insert(to, Some(place));
                        self.recipients.push(to);
                        Verdict::Used
                    }
                },
                other => not_used(other),
            };
            self.note(Judged { place, verdict, notes });
        })?;
        if self.recipients.len() == given {
            return Err(no_row(&list));
        }
        self.beside.push(list);
        Ok(())
    }

    fn read_cards(&mut self, path: &Path, config: &Config) -> Result<(), Fatal> {
        let list = self.open_beside(path, Wants::Cards, config)?;
        list.each(Recipients::Elsewhere, config, |prepared| {
            let Prepared { place, outcome, notes } = prepared;
            let verdict = match outcome {
                RowOutcome::Contact(card) => {
                    let same = |other: &&Arc<Contact>| {
                        other.name == card.name
                            && other
                                .phones
                                .iter()
                                .map(|phone| phone.number)
                                .eq(card.phones.iter().map(|phone| phone.number))
                    };
                    match self.cards.iter().find(same) {
                        Some(first) => Verdict::Duplicate(first.place),
                        None => {
                            self.cards.push(card);
                            Verdict::Used
                        }
                    }
                }
                other => not_used(other),
            };
            self.note(Judged { place, verdict, notes });
        })?;
        if self.cards.is_empty() {
            return Err(no_row(&list));
        }
        self.beside.push(list);
        Ok(())
    }

    fn note(&mut self, judged: Judged) {
        self.tally.count(&judged);
        if matches!(judged.verdict, Verdict::Rejected(_)) {
            self.rejected.push(judged);
        }
    }

    fn open_beside(&self, path: &Path, wants: Wants, config: &Config) -> Result<Input, Fatal> {
        let id = SourceId(u32::try_from(self.inputs.len() + self.beside.len()).unwrap_or(u32::MAX));
        let format = read::format_by_content(path);
        Input::open(Source::file(id, path, format).map_err(input)?, wants, config, true)
    }

    /// What the lists together must have, apart from each one's header.
    fn check_roles(&self, config: &Config) -> Result<(), Fatal> {
        for list in &self.inputs {
            let name = &list.source.name;
            if list.facts.is_none() && config.card.is_some() {
                return Err(Fatal::usage(format!(
                    "{name} holds vCards; with --card the input lists the recipients, as a table or as plain numbers (did you mean --card {name} and the list as the input?)"
                )));
            }
            if list.header.is_empty() && config.card.is_none() && self.recipients.is_empty() {
                return Err(Fatal::usage(format!(
                    "{name} lists contacts, and nobody is named who receives them \
                     (try --to NUMBER or --recipients FILE)"
                )));
            }
        }
        Ok(())
    }
}

impl Input {
    fn open(source: Source, wants: Wants, config: &Config, beside: bool) -> Result<Self, Fatal> {
        let reading = &config.reading;
        let dialect = Dialect { encoding: reading.encoding, delimiter: reading.delimiter };
        let stamp = source.stamp().map_err(input)?;
        let opened = source.open(dialect).map_err(input)?;
        let facts = opened.facts();
        let (mapping, header) = match opened.header() {
            None => (Mapping::default(), Vec::new()),
            Some(row) => {
                let cells: Vec<&str> = row.cells.iter().collect();
                let mapping = mapping_of(&cells, &source.name, wants, &reading.map, beside)
                    .map_err(|error| Fatal::input(error.to_string()))?;
                (mapping, cells.into_iter().map(str::to_owned).collect())
            }
        };
        Ok(Self { source, mapping, header, facts, dialect, stamp, pick: RowFilter::default() })
    }

    /// Whether it has changed since it was opened first.
    ///
    /// # Errors
    /// When it has, or is gone: exit code 4.
    pub(super) fn check_unchanged(&self) -> Result<(), Fatal> {
        match self.source.stamp().map_err(input)? == self.stamp {
            true => Ok(()),
            false => Err(Fatal::input(format!(
                "{} was changed while lipasend was reading it; run the same command again",
                self.source.name
            ))),
        }
    }

    /// The list's rows from the beginning, each prepared for `recipients`.
    ///
    /// # Errors
    /// When it cannot be opened any more.
    pub(super) fn rows(
        &self,
        recipients: Recipients,
        config: &Config,
    ) -> Result<Intake<impl Iterator<Item = Result<Raw, ReadError>> + use<>, ReadError>, Fatal>
    {
        let rows = self.raw_rows()?;
        let preparer = Preparer {
            mapping: self.mapping.clone(),
            recipients,
            rules: config.phones,
            origin: Arc::clone(&config.origin),
            wa_id_from_phone: config.wa_id_from_phone,
            details: config.telling.verbose,
        };
        Ok(Intake::new(rows, Arc::new(preparer)))
    }

    /// The rows as they are read, those that are not wanted marked as skipped.
    fn raw_rows(&self) -> Result<impl Iterator<Item = Result<Raw, ReadError>> + use<>, Fatal> {
        let opened = self.source.open(self.dialect).map_err(input)?;
        let first = self.first_row(&opened).map(|row| Ok(Raw::Record(Record::Row(row))));
        Ok(first.into_iter().chain(opened).map(self.pick.pass()))
    }

    /// How many rows a sample can be drawn from.
    fn count(&self) -> Result<u64, Fatal> {
        let mut count = 0;
        for raw in self.raw_rows()? {
            count += u64::from(can_be_drawn(&raw.map_err(input)?));
        }
        Ok(count)
    }

    /// The header, where it turned out to be a row.
    fn first_row(&self, opened: &Opened) -> Option<read::Row> {
        opened.header().filter(|_| self.mapping.is_headerless()).cloned()
    }

    fn each(
        &self,
        recipients: Recipients,
        config: &Config,
        mut take: impl FnMut(Prepared),
    ) -> Result<(), Fatal> {
        for chunk in self.rows(recipients, config)? {
            chunk.map_err(input)?.into_iter().for_each(&mut take);
        }
        Ok(())
    }
}

/// The columns' meaning. `--map` speaks of the input; a list beside it that maps by itself does so,
/// and only one that does not is tried with the rules.
fn mapping_of(
    header: &[&str],
    source: &str,
    wants: Wants,
    rules: &[MapRule],
    beside: bool,
) -> Result<Mapping, MappingError> {
    match beside {
        false => Mapping::of_header(header, source, wants, rules),
        true => Mapping::of_header(header, source, wants, &[])
            .or_else(|_| Mapping::of_header(header, source, wants, rules)),
    }
}

/// What a row comes to that is no message.
pub(super) fn not_used(outcome: RowOutcome) -> Verdict {
    match outcome {
        RowOutcome::Rejected(reject) => Verdict::Rejected(reject),
        RowOutcome::Skipped(reason) => Verdict::Skipped(reason),
        RowOutcome::Message(..) | RowOutcome::Contact(_) | RowOutcome::Recipient(_) => {
            Verdict::Used
        }
    }
}

fn no_row(list: &Input) -> Fatal {
    Fatal::input(format!(
        "{} has no row that can be used (see what is wrong with lipasend check)",
        list.source.name
    ))
}

fn input(error: ReadError) -> Fatal {
    Fatal::new(ExitCode::Input, error.to_string())
}
