//! The numbers of one row: each is read with the row's country, and what the row says about
//! countries is kept for the plan.

use std::cell::{Cell, RefCell};

use compact_str::CompactString;

use super::phone::country_names::{self, CountryText};
use super::phone::{
    self, CARRIES_CODE, NumberStyle, ParsedNumber, PhoneOptions, PhoneProblem, ProblemKind, Region,
    Role,
};
use crate::read::no_value::says_nothing;
use crate::read::note::NoteKind;

/// What one row says about countries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowCountries {
    /// Whether the number that is written with its country code is of the row's country; `None`
    /// without such a number or country.
    pub agrees: Option<bool>,
    /// The numbers that the row's country completed.
    pub by_column: u16,
    /// The numbers that `--region` completed.
    pub by_region: u16,
    /// Those of `by_column` that are another valid number in `--region`.
    pub also_in_region: u16,
    /// The row's first number of the person that the list is about: the recipient, or else the
    /// contact.
    pub person: Option<Written>,
}

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// With `+` or `00`: the cell says that a country code follows.
    International(Option<Region>),
    /// Bare digits that begin with a country code.
    Bare(Option<Region>),
    /// Without a country code, or with that of the row's country.
    National(Option<Region>),
    /// Bare digits that are refused although they are of this country: nothing else speaks for it, or
    /// they are in an old form.
    Doubted(Option<Region>),
    /// Without `+`, and it fits no country.
    Unread,
}

impl Written {
    /// The region of the number.
    #[must_use]
    pub fn region(self) -> Option<Region> {
        match self {
            Self::International(region) | Self::Bare(region) | Self::National(region) => region,
            Self::Doubted(_) | Self::Unread => None,
        }
    }
}

/// The error of a cell without a usable number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberTrouble<'r> {
    /// What is wrong with the cell.
    Number(PhoneProblem),
    /// The number needs the row's country, and this text names none.
    Country(&'r str),
}

/// The country in a row's own cell.
#[derive(Debug, Clone, Copy)]
enum RowCountry<'r> {
    /// None: `--region` counts.
    None,
    /// A country by its code or name.
    Region(Region),
    /// A calling code: the number beside it is national.
    CallingCode(Region),
    /// A text that does not name one country.
    NotOne(&'r str),
}

/// Reads the numbers of one row.
pub(super) struct RowNumbers<'r> {
    options: &'r PhoneOptions,
    country: RowCountry<'r>,
    /// The role of the number that the list is about.
    person: Role,
    found: Cell<RowCountries>,
}

impl<'r> RowNumbers<'r> {
    /// The numbers of a row with this cell in its column of countries.
    pub(super) fn new(options: &'r PhoneOptions, country: Option<&'r str>, person: Role) -> Self {
        let country = country.map_or(RowCountry::None, RowCountry::read);
        Self { options, country, person, found: Cell::default() }
    }

    /// What the numbers that were read say about countries.
    pub(super) fn countries(&self) -> RowCountries {
        self.found.get()
    }

    /// Parses the number in a cell.
    pub(super) fn parse(&self, text: &str, role: Role) -> Result<ParsedNumber, NumberTrouble<'r>> {
        let parsed = match self.country {
            RowCountry::None => phone::parse_number(text, role, self.options),
            RowCountry::Region(region) => self.parse_in(Some(region), text, role),
            RowCountry::CallingCode(region) => self.beside_code(region, text, role),
            RowCountry::NotOne(country) => {
                return self.without_country(country, text, role).inspect(|parsed| {
                    self.note(parsed, text, role);
                });
            }
        };
        match &parsed {
            Ok(parsed) => self.note(parsed, text, role),
            Err(problem) => self.note_refused(problem, text, role),
        }
        parsed.map_err(NumberTrouble::Number)
    }

    fn parse_in(
        &self,
        region: Option<Region>,
        text: &str,
        role: Role,
    ) -> Result<ParsedNumber, PhoneProblem> {
        match region == self.options.region {
            true => phone::parse_number(text, role, self.options),
            false => phone::parse_number(text, role, &PhoneOptions { region, ..*self.options }),
        }
    }

    /// Parses the number beside a calling code. It is national unless it begins with that code:
    /// `91 | 6581234567` is no number of Singapore.
    fn beside_code(
        &self,
        region: Region,
        text: &str,
        role: Role,
    ) -> Result<ParsedNumber, PhoneProblem> {
        let read = self.parse_in(Some(region), text, role);
        let code = region.calling_code().to_string();
        let may_be_another_countrys = match &read {
            Ok(parsed) => parsed.completed.is_none() && !parsed.number.as_str().starts_with(&code),
            Err(problem) => {
                problem.kind == ProblemKind::Ambiguous
                    && problem.candidate.is_some_and(|own| !own.as_str().starts_with(&code))
            }
        };
        if self.options.numbers != NumberStyle::Auto
            || !may_be_another_countrys
            || phone::is_international(text)
        {
            return read;
        }
        let numbers = NumberStyle::National;
        let options = PhoneOptions { region: Some(region), numbers, ..*self.options };
        phone::parse_number(text, role, &options)
    }

    /// Parses a number in a row whose country is not understood: only one that carries its own
    /// code for certain.
    fn without_country(
        &self,
        country: &'r str,
        text: &str,
        role: Role,
    ) -> Result<ParsedNumber, NumberTrouble<'r>> {
        let carries_code = |parsed: &ParsedNumber| {
            parsed.number.as_bytes().len() >= CARRIES_CODE
                || self.options.numbers == NumberStyle::International
                || phone::is_international(text)
        };
        let may_be_national = |problem: &PhoneProblem| {
            matches!(
                problem.kind,
                ProblemKind::NoCountryCode
                    | ProblemKind::NotValid
                    | ProblemKind::NotPossible
                    | ProblemKind::Ambiguous
            ) && !phone::is_international(text)
        };
        match self.parse_in(None, text, role) {
            Ok(parsed) if carries_code(&parsed) => Ok(parsed),
            Err(problem) if !may_be_national(&problem) => Err(NumberTrouble::Number(problem)),
            _ => Err(NumberTrouble::Country(country)),
        }
    }

    /// Keeps what a number says about countries.
    fn note(&self, parsed: &ParsedNumber, text: &str, role: Role) {
        if role != self.person && parsed.completed.is_none() {
            return;
        }
        let mut found = self.found.get();
        if parsed.completed.is_some() {
            match self.country {
                RowCountry::Region(_) | RowCountry::CallingCode(_) => {
                    found.by_column += 1;
                    found.also_in_region += u16::from(self.is_also_in_region(parsed, text, role));
                }
                RowCountry::None | RowCountry::NotOne(_) => found.by_region += 1,
            }
        }
        if role == self.person {
            let written = match (written(parsed), self.agrees(parsed)) {
                // The row's country speaks for it.
                (Written::Bare(region), Some(true)) => Written::National(region),
                (Written::International(region), agrees) => {
                    found.agrees = agrees.map(|now| now || found.agrees == Some(true));
                    Written::International(region)
                }
                (written, _) => written,
            };
            found.person.get_or_insert(written);
        }
        self.found.set(found);
    }

    fn note_refused(&self, problem: &PhoneProblem, text: &str, role: Role) {
        // With a country in its row, it is no number of that country.
        if role != self.person || !matches!(self.country, RowCountry::None) {
            return;
        }
        let written = match problem.kind {
            ProblemKind::UnknownCountry | ProblemKind::UnknownLine => {
                Written::Doubted(problem.other.as_ref().and_then(Region::of))
            }
            ProblemKind::OldForm => {
                Written::Doubted(problem.candidate.as_ref().and_then(Region::of))
            }
            kind if kind.fits_no_country() && phone::may_be_national(text) => Written::Unread,
            _ => return,
        };
        if !phone::is_bare(text) {
            return;
        }
        let mut found = self.found.get();
        found.person.get_or_insert(written);
        self.found.set(found);
    }

    /// Returns whether a number with its country code is of the row's country. Countries with the
    /// same code share their numbers' form.
    fn agrees(&self, parsed: &ParsedNumber) -> Option<bool> {
        let (RowCountry::Region(region) | RowCountry::CallingCode(region)) = self.country else {
            return None;
        };
        Some(parsed.number.as_str().starts_with(&region.calling_code().to_string()))
    }

    /// Returns whether `--region` would have made another valid number of it.
    fn is_also_in_region(&self, parsed: &ParsedNumber, text: &str, role: Role) -> bool {
        self.options.region.is_some_and(|region| {
            self.parse_in(Some(region), text, role)
                .is_ok_and(|other| other.completed.is_some() && other.number != parsed.number)
        })
    }
}

/// Returns how a number that could be read is written.
fn written(parsed: &ParsedNumber) -> Written {
    let region = Region::of(&parsed.number);
    if parsed.completed.is_some() {
        Written::National(region)
    } else if parsed.with_sign || parsed.notes.contains(NoteKind::DoubleZero) {
        Written::International(region)
    } else {
        Written::Bare(region)
    }
}

impl<'r> RowCountry<'r> {
    fn read(cell: &'r str) -> Self {
        thread_local! {
            // Most rows have the country of the row before.
            static LAST: RefCell<(CompactString, Option<CountryText>)> =
                const { RefCell::new((CompactString::const_new(""), None)) };
        }
        let country = LAST.with_borrow_mut(|(text, country)| {
            if text != cell {
                *country = (!says_nothing(cell)).then(|| CountryText::read(cell));
                text.clear();
                text.push_str(cell);
            }
            *country
        });
        match country {
            None => Self::None,
            Some(CountryText::Region(region)) => Self::Region(region),
            Some(CountryText::CallingCode(region)) => Self::CallingCode(region),
            Some(CountryText::Several | CountryText::Unknown) => Self::NotOne(cell),
        }
    }
}

/// The reason for a reject because a text does not name one country: a fragment behind the text.
pub(super) fn why_country_unknown(text: &str) -> String {
    let why = country_names::why_unknown(text);
    let why = why.trim_end_matches('?');
    format!(
        "{why}, or write the number with + and its country code (--map country== passes the column over)"
    )
}
