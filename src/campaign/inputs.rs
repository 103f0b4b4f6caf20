//! The inputs of a run: their files, the meaning of their columns, and who receives what.
//!
//! `--recipients` and `--card` files are read here, whole. An input is only opened to map its
//! header; its rows are read by `scan`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::first_look;
use super::given_back;
use super::real_header;
use super::row_filter::{RowFilter, RowSample, Wanted, can_be_drawn};
use crate::cli::ReadingArgs;
use crate::config::Config;
use crate::eligibility::opt_out::OptOuts;
use crate::exit::{ExitCode, Fatal};
use crate::prepare::last_inbound::LastInbound;
use crate::prepare::mapping::{InputRole, MapRule, Mapping, MappingError, OurFile};
use crate::prepare::message::{Contact, Message};
use crate::prepare::parallel::PreparedChunks;
use crate::prepare::phone::{Countries, PhoneNumber, PhoneOptions};
use crate::prepare::row::{Prepared, Preparer, Readable, Recipients, RowOutcome};
use crate::prepare::row_numbers::RowCountries;
use crate::read::error::ReadError;
use crate::read::note::Note;
use crate::read::plain_file::{self, NotPlain};
use crate::read::spreadsheet::SheetChoice;
use crate::read::{
    self, Cells, Dialect, Facts, Place, Raw, Record, SkipReason, Source, SourceId, SourceReader,
    Stamp,
};
use crate::record::names;
use crate::report::report_file::ReportForm;
use crate::report::tally::{CheckedRow, Tally, Verdict};
use crate::signals::Stop;
use crate::units::printable::printable;

/// One file and the meaning of its columns.
#[derive(Debug)]
pub(super) struct Input {
    /// The file.
    pub(super) source: Source,
    /// The fields of its columns.
    pub(super) mapping: Mapping,
    /// Its header's cells; empty for vCards and for tables without a header.
    pub(super) header: Vec<String>,
    /// The encoding, delimiter and counts of a table; nothing for vCards.
    pub(super) facts: Option<Facts>,
    dialect: Dialect,
    /// The last stamp with which the file had the content of the first pass.
    stamp: Mutex<Stamp>,
    /// True if the rows are read again to be sent, and must then be those that were shown.
    compared: bool,
    filter: RowFilter,
    /// The options for its numbers, with the countries that the lists speak for.
    phones: PhoneOptions,
}

/// All input files of a run.
#[derive(Debug)]
pub(super) struct Inputs {
    /// The inputs: the rows that become messages.
    pub(super) inputs: Vec<Input>,
    /// The `--recipients` and `--card` files.
    pub(super) beside: Vec<Input>,
    /// The recipients of every contact, each with its row when it has one; empty when each row
    /// names its own.
    pub(super) recipients: Vec<(PhoneNumber, Option<Place>)>,
    /// The cards that every recipient in the inputs gets; empty when the rows are contacts.
    pub(super) cards: Vec<Arc<Contact>>,
    /// The countries of the inputs' numbers with `+`, from a first look.
    pub(super) known: Countries,
    /// Counts of the rows in `beside`.
    pub(super) tally: Tally,
    /// The notes on the rows in `beside` that are used, if a report lists the rows.
    notes_beside: HashMap<Place, Vec<Note>>,
    /// The rows in `beside` that are not used, for their own rejects files and the reports.
    pub(super) not_used: Vec<CheckedRow>,
    /// When recipients in `beside` last wrote.
    pub(super) heard: Vec<(PhoneNumber, LastInbound)>,
}

impl Inputs {
    /// Opens every file, maps its columns, and reads the recipients and cards.
    ///
    /// # Errors
    /// Everything that makes a whole file unusable: exit code 4, or 2 when its contacts have no
    /// recipient.
    pub(super) fn open(config: &Config, stop: &Stop) -> Result<Self, Fatal> {
        let role = match &config.card {
            Some(_) => InputRole::Recipients,
            None => InputRole::Rows { recipients_given: config.has_recipients() },
        };
        let mut inputs = Self::of_role(role, config, stop)?;
        inputs.recipients = config.to.iter().map(|to| (*to, None)).collect();
        inputs.look()?;
        if let Some(path) = &config.recipients {
            inputs.read_recipients(path, config)?;
        }
        if let Some(path) = &config.card {
            inputs.read_cards(path, config)?;
        }
        inputs.check_roles(config)?;
        inputs.filter_rows(&config.reading)?;
        Ok(inputs)
    }

    /// Opens the inputs without the files beside them.
    fn of_role(role: InputRole, config: &Config, stop: &Stop) -> Result<Self, Fatal> {
        let sources = read::sources(&config.inputs, config.reading.format, &names::is_ours, stop);
        let sources = sources.map_err(|error| match stop.signal() {
            Some(_) => Fatal::stopped_before_sending(stop),
            None => input(error),
        });
        let inputs = sources?.into_iter();
        let inputs = inputs.map(|source| Input::open(source, role, config, false));
        Ok(Self {
            known: Countries::default(),
            inputs: inputs.collect::<Result<_, _>>()?,
            beside: Vec::new(),
            recipients: Vec::new(),
            cards: Vec::new(),
            tally: Tally::default(),
            notes_beside: HashMap::new(),
            not_used: Vec::new(),
            heard: Vec::new(),
        })
    }

    /// Opens the inputs as lists of contacts, whoever receives them.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub(super) fn open_as_cards(config: &Config, stop: &Stop) -> Result<Self, Fatal> {
        let mut inputs = Self::of_role(InputRole::Cards, config, stop)?;
        inputs.look()?;
        // Nobody in the lists is written to.
        inputs.recipients = vec![(config.origin.from, None)];
        inputs.filter_rows(&config.reading)?;
        Ok(inputs)
    }

    /// Takes a first look at every input: what one of them says about countries holds for all.
    fn look(&mut self) -> Result<(), Fatal> {
        for input in &mut self.inputs {
            let found = first_look::look(input)?;
            input.phones.doubted = found.doubted;
            self.known = self.known.union(&found.countries);
        }
        self.inputs.iter_mut().for_each(|input| input.knows(&self.known));
        Ok(())
    }

    /// Sets which rows are used. A sample needs the number of rows, so they are counted first.
    fn filter_rows(&mut self, reading: &ReadingArgs) -> Result<(), Fatal> {
        for input in &mut self.inputs {
            input.filter = RowFilter::in_range(reading.rows);
        }
        let Some(wanted) = reading.sample else { return Ok(()) };
        let mut befores = Vec::with_capacity(self.inputs.len());
        let mut total = 0;
        for input in &self.inputs {
            befores.push(total);
            total += input.count()?;
        }
        let sample = RowSample::draw(wanted, total, reading.seed);
        for (input, before) in self.inputs.iter_mut().zip(befores) {
            input.filter = input.filter.in_sample(sample, before);
        }
        Ok(())
    }

    /// The file that a place is in.
    #[must_use]
    pub(super) fn input(&self, source: SourceId) -> Option<&Input> {
        self.inputs.iter().chain(&self.beside).find(|input| input.source.id == source)
    }

    /// `people.csv:12`, as editors and compilers write it.
    #[must_use]
    pub(super) fn show_place(&self, place: Place) -> String {
        format!("{}:{}", self.source_name(place.source), place.line)
    }

    /// The name of a source, as given by the user.
    #[must_use]
    pub(super) fn source_name(&self, source: SourceId) -> &str {
        self.input(source).map_or("", |input| &input.source.name)
    }

    /// Returns the recipients of the rows; with `card`, the rows are the recipients of that card.
    #[must_use]
    pub(super) fn recipients(&self, card: Option<&Arc<Contact>>) -> Recipients {
        match card {
            Some(card) => Recipients::GetCard(Arc::clone(card)),
            None if self.recipients.is_empty() => Recipients::InRow,
            None => Recipients::Elsewhere,
        }
    }

    /// Checks that each input has the content of the first pass.
    ///
    /// # Errors
    /// When one has not, or is gone: exit code 4.
    pub(super) fn check_unchanged(&self) -> Result<(), Fatal> {
        self.inputs.iter().try_for_each(Input::check_unchanged)
    }

    /// Returns whether rows of the inputs may be left out.
    #[must_use]
    pub(super) fn are_filtered(&self) -> bool {
        self.inputs.iter().any(|input| input.filter.leaves_out())
    }

    fn read_recipients(&mut self, path: &Path, config: &Config) -> Result<(), Fatal> {
        let given = self.recipients.len();
        let input = self.open_beside(path, InputRole::Recipients, config)?;
        if input.facts.is_none() {
            let name = &input.source.name;
            return Err(Fatal::usage(format!(
                "{name} holds vCards; --recipients names who receives the cards, as a table or as plain numbers (did you mean {name} as the input, or --card {name}?)"
            )));
        }
        let mut seen: std::collections::HashMap<PhoneNumber, Option<Place>> =
            self.recipients.iter().copied().collect();
        input.each(Recipients::List, config, |prepared| {
            let Prepared { place, outcome, notes, countries, last_inbound, mut readable, .. } =
                prepared;
            if let (RowOutcome::Recipient(to), Some(wrote)) = (&outcome, last_inbound) {
                self.heard.push((*to, wrote));
            }
            let to = match &outcome {
                RowOutcome::Recipient(to) => Some(*to),
                _ => None,
            };
            let verdict = match outcome {
                RowOutcome::Recipient(to) => match seen.get(&to) {
                    Some(Some(first)) => Verdict::Duplicate(*first),
                    Some(None) => Verdict::Skipped(SkipReason::GivenAsTo),
                    None => {
                        seen.insert(to, Some(place));
                        self.recipients.push((to, Some(place)));
                        Verdict::Used
                    }
                },
                other => not_used(other),
            };
            if to.is_some() && !matches!(verdict, Verdict::Used) {
                readable = Some(Box::new(Readable { to, ..Readable::default() }));
            }
            self.count(
                CheckedRow { place, verdict, notes, countries, readable, number_type: None },
                config,
            );
        })?;
        if self.recipients.len() == given {
            return Err(no_row(&input));
        }
        self.beside.push(input);
        Ok(())
    }

    /// Leaves out the recipients that have opted out; the rows of a list are skipped. Returns those
    /// that `--to` names.
    ///
    /// # Errors
    /// When none is left: exit code 2.
    pub(super) fn leave_out(&mut self, opt_outs: &OptOuts) -> Result<Vec<PhoneNumber>, Fatal> {
        let (mut named, mut rows) = (Vec::new(), Vec::new());
        let before = self.recipients.len();
        self.recipients.retain(|(to, place)| {
            let out = opt_outs.contains(to);
            match place {
                _ if !out => {}
                None => named.push(*to),
                Some(place) => rows.push((*place, *to)),
            }
            !out
        });
        if before > 0 && self.recipients.is_empty() {
            return Err(Fatal::usage("every recipient has opted out: there is nobody to send to"));
        }
        for (place, to) in rows {
            self.tally.used_row_is_skipped(place, SkipReason::OptedOut);
            self.not_used.push(CheckedRow {
                place,
                verdict: Verdict::Skipped(SkipReason::OptedOut),
                notes: self.notes_beside.remove(&place).unwrap_or_default(),
                countries: RowCountries::default(),
                readable: Some(Box::new(Readable { to: Some(to), ..Readable::default() })),
                number_type: None,
            });
        }
        Ok(named)
    }

    /// Returns whether a column says when each recipient last wrote.
    pub(super) fn have_last_inbound(&self) -> bool {
        self.inputs.iter().chain(&self.beside).any(|input| input.mapping.has_last_inbound())
    }

    fn read_cards(&mut self, path: &Path, config: &Config) -> Result<(), Fatal> {
        let input = self.open_beside(path, InputRole::Cards, config)?;
        input.each(Recipients::Elsewhere, config, |prepared| {
            let Prepared { place, outcome, notes, countries, mut readable, .. } = prepared;
            let verdict = match outcome {
                RowOutcome::Contact(card) => {
                    let unused = Readable { to: None, name: card.name.clone() };
                    readable = Some(Box::new(unused));
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
            self.count(
                CheckedRow { place, verdict, notes, countries, readable, number_type: None },
                config,
            );
        })?;
        if self.cards.is_empty() {
            return Err(no_row(&input));
        }
        self.beside.push(input);
        Ok(())
    }

    fn count(&mut self, checked: CheckedRow, config: &Config) {
        self.tally.count(&checked);
        match checked.verdict {
            Verdict::Used
                if checked.notes.is_empty() || !config.output.has_report(ReportForm::Csv) => {}
            Verdict::Used => {
                self.notes_beside.insert(checked.place, checked.notes);
            }
            _ => self.not_used.push(checked),
        }
    }

    /// The notes on a message's row and on the rows of its card and its recipient in `beside`.
    pub(super) fn notes_of<'n>(&self, message: &Message, notes: &'n [Note]) -> Cow<'n, [Note]> {
        if self.notes_beside.is_empty() {
            return Cow::Borrowed(notes);
        }
        let places = [Some(message.contact.place), message.to_place];
        let beside = places.iter().flatten().filter_map(|place| self.notes_beside.get(place));
        Cow::Owned(notes.iter().chain(beside.flatten()).cloned().collect())
    }

    fn open_beside(&self, path: &Path, role: InputRole, config: &Config) -> Result<Input, Fatal> {
        let id = SourceId(u32::try_from(self.inputs.len() + self.beside.len()).unwrap_or(u32::MAX));
        // `Source` would suggest standard input, which only an input can be.
        if let Err(error) = plain_file::open(path)
            && let Some(other) = NotPlain::of(&error)
        {
            return Err(Fatal::input(format!("{} cannot be read: {other}", path.display())));
        }
        let format = read::format_by_content(path);
        let source = Source::file(id, path, format).map_err(input)?;
        let mut opened = Input::open(source, role, config, true)?;
        let found = first_look::look(&opened)?;
        opened.phones.doubted = found.doubted;
        opened.knows(&self.known.union(&found.countries));
        Ok(opened)
    }

    /// Checks what depends on several files or flags, not on one header.
    fn check_roles(&self, config: &Config) -> Result<(), Fatal> {
        for input in &self.inputs {
            let name = &input.source.name;
            if input.facts.is_none() && config.card.is_some() {
                return Err(Fatal::usage(format!(
                    "{name} holds vCards; with --card the input lists the recipients, as a table or as plain numbers (did you mean --card {name} and the list as the input?)"
                )));
            }
            if input.header.is_empty() && config.card.is_none() && self.recipients.is_empty() {
                return Err(Fatal::usage(format!(
                    "{name} lists contacts, but no recipient is named \
                     (try --to NUMBER or --recipients FILE)"
                )));
            }
        }
        Ok(())
    }
}

impl Input {
    fn open(source: Source, role: InputRole, config: &Config, beside: bool) -> Result<Self, Fatal> {
        let reading = &config.reading;
        let dialect = Dialect {
            encoding: reading.encoding,
            delimiter: reading.delimiter,
            // The sheet of one workbook says nothing about another.
            sheet: SheetChoice(reading.sheet.clone().filter(|_| !beside)),
        };
        let stamp = source.stamp().map_err(input)?;
        let dialect = given_back::dialect_of(&source, dialect).map_err(input)?;
        let mut opened = source.open(&dialect).map_err(input)?;
        let map = |row: &Cells| {
            let cells: Vec<&str> = row.iter().collect();
            mapping_of(&cells, &source.name, role, &reading.map, beside)
        };
        if let Some(line) = real_header::line_in_sheet(&opened.first_rows(), map) {
            opened.begin_at(line);
        }
        let facts = opened.facts();
        let (mapping, header) = match opened.header() {
            None => (Mapping::default(), Vec::new()),
            Some(row) => {
                if !beside && given_back::our_file(&row.cells) == Some(OurFile::NotSent) {
                    given_back::check_options(&source.name, config)?;
                }
                let header: Vec<String> = row.cells.iter().map(str::to_owned).collect();
                let mapped = map(&row.cells);
                let mapping = mapped.map_err(|error| {
                    let mut fatal = real_header::error(&error, opened, role, &reading.map);
                    if let Some(Facts::Sheet(sheet)) = &facts
                        && let Some(others) = sheet.show_others()
                    {
                        let name = printable(&sheet.sheet);
                        let _ = write!(
                            fatal.message,
                            "; this is its sheet `{name}`, others are {others} (--sheet names the one to read)"
                        );
                    }
                    fatal
                })?;
                (mapping, header)
            }
        };
        Ok(Self {
            source,
            mapping,
            header,
            facts,
            dialect,
            stamp: Mutex::new(stamp),
            compared: !beside && !config.target.is_check(),
            filter: RowFilter::default(),
            phones: config.phones,
        })
    }

    /// Adds the countries that the lists speak for. The only one of the user's is suggested unless
    /// the lists speak for others alone; without one, the only one of the lists.
    fn knows(&mut self, listed: &Countries) {
        let user = self.phones.known;
        self.phones.suggest = match user.is_empty() {
            true => listed.only(),
            false => user.only().filter(|one| listed.is_empty() || listed.contains(*one)),
        };
        self.phones.known = user.union(listed);
    }

    /// Checks that the file has the content of the first pass. It is read only when its stamp is
    /// another one: a new time, or a copy in its place, ends no run.
    ///
    /// This ends the run early. That no message is sent that was not shown does not depend on it:
    /// the bytes of each pass are [compared](Source::open_compared) as they are read.
    ///
    /// # Errors
    /// When it has not, or is gone: exit code 4.
    pub(super) fn check_unchanged(&self) -> Result<(), Fatal> {
        let now = self.source.stamp().map_err(input)?;
        let mut known = self.stamp.lock().unwrap_or_else(PoisonError::into_inner);
        if *known != now {
            if !self.source.has_same_content().map_err(input)? {
                return Err(self.changed());
            }
            *known = now;
        }
        Ok(())
    }

    fn changed(&self) -> Fatal {
        input(ReadError::Changed { name: self.source.name.clone() })
    }

    /// Returns the file's wanted rows from the beginning, each prepared for `recipients`.
    ///
    /// # Errors
    /// When it cannot be opened any more.
    pub(super) fn rows(
        &self,
        wanted: Wanted,
        recipients: Recipients,
        config: &Config,
    ) -> Result<
        PreparedChunks<impl Iterator<Item = Result<Raw, ReadError>> + use<>, ReadError>,
        Fatal,
    > {
        let rows = self.raw_rows(wanted, self.compared)?;
        let preparer = Preparer {
            mapping: self.mapping.clone(),
            recipients,
            phone_options: self.phones,
            origin: Arc::clone(&config.origin),
            wa_id_from_phone: config.wa_id_from_phone,
            time_zone: config.when.zone.time_zone().clone(),
            details: config.output.verbose,
            number_types: config.output.has_report(ReportForm::Json),
            reads_rejects: config.output.has_report(ReportForm::Csv),
        };
        Ok(PreparedChunks::new(rows, Arc::new(preparer)))
    }

    /// Returns the rows as they are read; those that are not wanted are marked as skipped.
    pub(super) fn raw_rows(
        &self,
        wanted: Wanted,
        compared: bool,
    ) -> Result<impl Iterator<Item = Result<Raw, ReadError>> + use<>, Fatal> {
        let opened = match compared {
            true => self.source.open_compared(&self.dialect),
            false => self.source.open(&self.dialect),
        };
        let mut opened = opened.map_err(input)?;
        if let Some(Facts::Sheet(facts)) = &self.facts {
            opened.begin_at(facts.header_line);
        }
        // Its columns were mapped when it was opened for the first time.
        let header = opened.header().map(|row| row.cells.iter());
        if header.is_some_and(|cells| !cells.eq(self.header.iter().map(String::as_str))) {
            return Err(self.changed());
        }
        let first = self.first_row(&opened).map(|row| Ok(Raw::Record(Record::Row(row))));
        let filter = match wanted {
            Wanted::Used => self.filter,
            Wanted::All => RowFilter::default(),
        };
        Ok(first.into_iter().chain(opened).map(filter.pass()))
    }

    /// Counts the rows that a sample can be drawn from.
    fn count(&self) -> Result<u64, Fatal> {
        let mut count = 0;
        for raw in self.raw_rows(Wanted::Used, false)? {
            count += u64::from(can_be_drawn(&raw.map_err(input)?));
        }
        Ok(count)
    }

    /// The first line, when it is a row and no header.
    fn first_row(&self, opened: &SourceReader) -> Option<read::Row> {
        opened.header().filter(|_| self.mapping.is_headerless()).cloned()
    }

    fn each(
        &self,
        recipients: Recipients,
        config: &Config,
        mut take: impl FnMut(Prepared),
    ) -> Result<(), Fatal> {
        for chunk in self.rows(Wanted::Used, recipients, config)? {
            chunk.map_err(input)?.into_iter().for_each(&mut take);
        }
        Ok(())
    }
}

/// Maps a header. `--map` is for the inputs; a `--recipients` or `--card` file is mapped with it
/// only when its header does not map by itself.
fn mapping_of(
    header: &[&str],
    source: &str,
    role: InputRole,
    rules: &[MapRule],
    beside: bool,
) -> Result<Mapping, MappingError> {
    match beside {
        false => Mapping::of_header(header, source, role, rules),
        true => Mapping::of_header(header, source, role, &[])
            .or_else(|_| Mapping::of_header(header, source, role, rules)),
    }
}

/// The verdict on a row that is not a message.
pub(super) fn not_used(outcome: RowOutcome) -> Verdict {
    match outcome {
        RowOutcome::Rejected(reject) => Verdict::Rejected(reject),
        RowOutcome::Skipped(reason) => Verdict::Skipped(reason),
        RowOutcome::Message(..) | RowOutcome::Contact(_) | RowOutcome::Recipient(_) => {
            Verdict::Used
        }
    }
}

fn no_row(input: &Input) -> Fatal {
    Fatal::input(format!(
        "{} has no row that can be used (see what is wrong with lipasend check)",
        input.source.name
    ))
}

fn input(error: ReadError) -> Fatal {
    Fatal::new(ExitCode::Input, error.to_string())
}
