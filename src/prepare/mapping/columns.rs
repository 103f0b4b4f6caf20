//! A file's header, column by column: its name, its meaning, and how to name it in a `--map`.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::error::{Headers, MappingError, MappingErrorKind};
use super::exports::Export;
use super::field::Field;
use super::header::{looks_like_number, normalise, shown};
use super::in_file;
use super::likely;
use super::roles::{Role, RoleMeaning};
use super::vocabulary::{self, Meaning, NumberType};
use crate::read::formula::unescape_formula;

/// A file that this program wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OurFile {
    /// A rejects file: the input's columns, and why each row was rejected.
    Rejects,
    /// A results file: one outcome per line.
    Results,
    /// A list of the messages that were not sent, in our own columns.
    NotSent,
}

impl OurFile {
    /// The kind of file that has this header, if it is one of ours.
    #[must_use]
    pub fn of(header: &[&str]) -> Option<Self> {
        let words: Vec<String> = header.iter().map(|cell| normalise(cell)).collect();
        vocabulary::our_file(&words.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

/// One column of the header.
pub(super) struct Column {
    /// The header as shown to the user; may be empty.
    pub(super) shown: Box<str>,
    /// The normalised header.
    pub(super) word: String,
    /// Its meaning in this file.
    pub(super) meaning: Meaning,
}

/// All columns of one file.
pub(super) struct Columns {
    /// The file's name, for messages.
    pub(super) source: String,
    /// The columns from the left.
    pub(super) list: Vec<Column>,
    /// The export that wrote the file, if its header shows that.
    pub(super) export: Option<&'static str>,
    /// True if it is a survey's, where a number may be that of anybody who was asked for.
    pub(super) is_survey: bool,
    /// The kind of our own files that it is, if any.
    pub(super) ours: Option<OurFile>,
    by_field: HashMap<Field, Vec<usize>>,
    labels: HashMap<u16, usize>,
}

impl Columns {
    pub(super) fn read(header: &[&str], source: &str) -> Self {
        let words: Vec<String> = header.iter().map(|cell| normalise(cell)).collect();
        let refs: Vec<&str> = words.iter().map(String::as_str).collect();
        let is_survey = in_file::is_survey(header);
        let export = Export::of(&refs).filter(|_| !is_survey);
        let ours = vocabulary::our_file(&refs);
        let header: Vec<&str> = header
            .iter()
            .map(|cell| if ours.is_some() { unescape_formula(cell) } else { cell })
            .collect();
        let words: Vec<String> = header.iter().map(|cell| normalise(cell)).collect();
        let meanings = in_file::meanings(&header, &words, export, ours);
        let list = header.iter().zip(words).zip(meanings);
        let list = list
            .map(|((cell, word), meaning)| Column { shown: shown(cell).into(), meaning, word })
            .collect();
        let mut columns = Self {
            source: source.to_owned(),
            list,
            export: export.map(|export| export.name),
            is_survey,
            ours,
            by_field: HashMap::new(),
            labels: HashMap::new(),
        };
        columns.index();
        columns
    }

    fn index(&mut self) {
        for (at, column) in self.list.iter().enumerate() {
            match column.meaning {
                Meaning::Own(field) | Meaning::Synonym(field) => {
                    self.by_field.entry(field).or_default().push(at);
                }
                Meaning::GroupLabel(number) => {
                    self.labels.entry(number).or_insert(at);
                }
                _ => {}
            }
        }
    }

    /// The columns that mean `field`, from the left.
    pub(super) fn of_field(&self, field: Field) -> &[usize] {
        self.by_field.get(&field).map_or(&[], Vec::as_slice)
    }

    /// The column with both the number and the name, if there is one.
    pub(super) fn number_and_name(&self) -> Option<usize> {
        self.list.iter().position(|column| column.meaning == Meaning::NumberAndName)
    }

    /// The label that goes with the number in column `at`: `Phone N - Value` or `Phone N`.
    pub(super) fn label_of(&self, at: usize) -> Option<usize> {
        match self.list.get(at)?.meaning {
            Meaning::GroupValue(number) | Meaning::Own(Field::Phone(number)) => {
                self.labels.get(&number).copied()
            }
            _ => None,
        }
    }

    /// The type of the contact's number in column `at`; `None` when the column holds none.
    pub(super) fn number_type(&self, at: usize) -> Option<NumberType> {
        match self.list.get(at)?.meaning {
            Meaning::Number(number_type) => Some(number_type),
            Meaning::SpareNumber => Some(NumberType::SPARE),
            Meaning::Own(Field::Phone(_)) | Meaning::GroupValue(_) | Meaning::NumberAndName => {
                Some(NumberType::PLAIN)
            }
            _ => None,
        }
    }

    /// Returns whether the number in column `at` can be the recipient's without the user's word: in
    /// a survey it may be that of anybody who was asked for.
    pub(super) fn can_be_recipient(&self, at: usize) -> bool {
        self.number_type(at).is_some() && (!self.is_survey || !self.is_question(at))
    }

    /// Returns whether the header has a group or a role before the word for a number.
    fn is_question(&self, at: usize) -> bool {
        let column = &self.list[at];
        in_file::is_in_group(&column.shown) || Meaning::of_word(&column.word) != column.meaning
    }

    /// Returns whether the file has our own columns: then `phone` is the first number, whatever the
    /// other columns are. A `type` alone shows nothing: CRMs have one too.
    pub(super) fn has_our_layout(&self) -> bool {
        self.export.is_none()
            && self.list.iter().any(|column| {
                matches!(column.meaning, Meaning::Own(field)
                    if matches!(field, Field::To | Field::WaId(_))
                        || matches!(field, Field::Phone(at) | Field::Type(at) if at > 1))
            })
    }

    /// Returns whether cells may carry the `'` that we put before formulas: in a file that we
    /// wrote, and in one with the header `to` or `phone`, which we may have written.
    pub(super) fn may_be_escaped(&self) -> bool {
        self.ours.is_some()
            || self
                .list
                .iter()
                .any(|column| matches!(column.meaning, Meaning::Own(Field::To | Field::Phone(_))))
    }

    /// The column that a `--map` calls `wanted`: the one with exactly this header, else the one
    /// with the same normalised header, else the one with this number.
    pub(super) fn called(&self, field: Field, wanted: &str) -> Result<usize, MappingError> {
        let exact = self.positions(|column| &*column.shown == wanted);
        let word = normalise(wanted);
        let alike = self.positions(|column| !word.is_empty() && column.word == word);
        match (exact.as_slice(), alike.as_slice()) {
            ([one], _) | ([], [one]) => return Ok(*one),
            ([first, second, ..], _) | ([], [first, second, ..]) => {
                return Err(self.ambiguous(field, *first, *second));
            }
            ([], []) => {}
        }
        match wanted.parse::<usize>() {
            Ok(number) if (1..=self.list.len()).contains(&number) => Ok(number - 1),
            Ok(number) => Err(self.error(MappingErrorKind::NoSuchColumn { field, number })),
            Err(_) => Err(self.not_found(field, wanted)),
        }
    }

    fn positions(&self, matches: impl Fn(&Column) -> bool) -> Vec<usize> {
        (0..self.list.len()).filter(|at| matches(&self.list[*at])).collect()
    }

    /// The columns whose first cell looks like a number.
    pub(super) fn data_columns(&self) -> Vec<usize> {
        self.positions(|column| looks_like_number(&column.shown))
    }

    /// Returns whether the first line is data: no header is known, and one looks like a number.
    pub(super) fn is_data(&self) -> bool {
        self.list.iter().all(|column| column.meaning == Meaning::Unknown)
            && self.list.iter().any(|column| looks_like_number(&column.shown))
    }

    pub(super) fn is_blank(&self) -> bool {
        self.list.iter().all(|column| column.shown.is_empty())
    }

    /// Returns whether the header is one cell that contains several column names.
    fn is_one_cell(&self) -> bool {
        matches!(&self.list[..], [only] if only.shown.contains([',', ';', '\t', '|']))
    }

    /// The character that separates known headers in the only cell.
    fn other_separator(&self) -> Option<char> {
        let [only] = &self.list[..] else { return None };
        let is_known = |part: &str| Meaning::of_word(&normalise(part)) != Meaning::Unknown;
        let separates = |c: &char| {
            c.is_ascii_punctuation()
                && !matches!(c, '_' | '-' | '.' | '/' | '\'' | '"' | '(' | ')')
                && only.shown.split(*c).filter(|part| is_known(part)).count() > 1
        };
        only.shown.chars().find(separates)
    }

    /// The error for this file. If its first line is data, the error says that instead: the line
    /// has no headers to list, and people's numbers must not be shown.
    pub(super) fn error(&self, kind: MappingErrorKind) -> MappingError {
        let shows_headers = matches!(
            kind,
            MappingErrorKind::NotFound { .. }
                | MappingErrorKind::Missing { .. }
                | MappingErrorKind::NoRecipients
                | MappingErrorKind::NoContact { .. }
        );
        MappingError {
            source: self.source.clone(),
            has: Headers(self.list.iter().map(|column| column.shown.clone()).collect()),
            kind: Box::new(match kind {
                _ if shows_headers && self.is_one_cell() => MappingErrorKind::WholeRowsInOneCell,
                kind if shows_headers => match self.other_separator() {
                    Some(separator) => MappingErrorKind::OtherSeparator(separator),
                    None if self.is_data() => MappingErrorKind::FirstLineIsData,
                    None => kind,
                },
                kind => kind,
            }),
        }
    }

    pub(super) fn not_found(&self, field: Field, wanted: &str) -> MappingError {
        self.error(MappingErrorKind::NotFound { wanted: wanted.into(), hint: self.hints(&[field]) })
    }

    /// The flags that name the fields' columns, and whose number a suggested one may be.
    pub(super) fn hints(&self, fields: &[Field]) -> String {
        let flags: Vec<String> = fields.iter().map(|field| self.hint(*field)).collect();
        let mut hints = flags.join(" ");
        for at in fields.iter().filter_map(|field| self.likely(*field)) {
            if self.list[at].meaning == Meaning::SomebodyElses {
                let is_name = |at: &usize| {
                    let word = &self.list[*at].word;
                    self.number_type(*at).is_none()
                        && self.list[*at].meaning != Meaning::SomebodyElses
                        && !word.starts_with("relation")
                };
                let number = &self.list[at].shown;
                if let Some(before) = (0..at).rev().find(is_name) {
                    let before = &self.list[before].shown;
                    let _ = write!(hints, "; `{number}` may be the number of `{before}`");
                }
            }
        }
        hints
    }

    /// The flag that names the field's column: the likeliest one, if there is one.
    pub(super) fn hint(&self, field: Field) -> String {
        if field == Field::Name
            && let Some(flag) = self.name_of_two()
        {
            return flag;
        }
        match self.likely(field) {
            Some(at) => self.map_flag(field, at),
            None => format!("--map {field}=HEADER"),
        }
    }

    /// The flag for a name from two columns: `--map name=Vorname+Nachname`.
    fn name_of_two(&self) -> Option<String> {
        let headers: Vec<&str> = self.list.iter().map(|column| &*column.shown).collect();
        // The name is that of the person whose number is suggested.
        let person = self.likely(Field::Phone(1)).and_then(|at| self.person(at));
        let is_theirs = |at: usize| person.is_some() && self.person(at) == person;
        let is_name = |at: usize| {
            self.number_type(at).is_none() && likely::rank(Field::Name, headers[at]).is_some()
        };
        let has_theirs = (0..headers.len()).any(|at| is_theirs(at) && is_name(at));
        let of_person: Vec<&str> = headers
            .iter()
            .enumerate()
            .map(|(at, header)| if has_theirs && !is_theirs(at) { "" } else { *header })
            .collect();
        let (first, last) = likely::first_and_last(&of_person)?;
        let both = format!("{}+{}", headers[first], headers[last]);
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '+');
        match both.chars().all(plain) {
            true => Some(format!("--map name={both}")),
            false if both.contains(['\'', '\n']) => None,
            false => Some(format!("--map 'name={both}'")),
        }
    }

    pub(super) fn ambiguous(&self, field: Field, first: usize, second: usize) -> MappingError {
        self.error(MappingErrorKind::Ambiguous {
            field,
            at: [first, second],
            columns: [self.quoted(first, second), self.quoted(second, first)],
            hints: [self.map_flag(field, first), self.map_flag(field, second)],
        })
    }

    /// A header in backquotes, with its number when the other one is the same.
    fn quoted(&self, at: usize, other: usize) -> String {
        let header = &self.list[at].shown;
        if *header == self.list[other].shown {
            format!("`{header}` (column {})", at + 1)
        } else {
            format!("`{header}`")
        }
    }

    /// The column whose header suggests that it is the field: the likeliest, or else the leftmost.
    fn likely(&self, field: Field) -> Option<usize> {
        let number = match field {
            Field::Name => self.likely(Field::Phone(1)),
            _ => None,
        };
        let person = number.and_then(|at| self.person(at));
        let is_another = |at: usize| match (person, self.person(at)) {
            (Some(person), other) => other != Some(person),
            // The number that is used names nobody, and this person has one of their own.
            (None, Some(role)) => number.is_some() && self.has_number_of(role),
            (None, None) => false,
        };
        let ranked = (0..self.list.len()).filter(|at| self.may_be(field, *at)).filter_map(|at| {
            let rank = likely::rank(field, &self.list[at].shown)?;
            if field != Field::Name && self.is_number_of_unnamed_family(at) {
                return None;
            }
            let may_be_theirs = self.list[at].meaning == Meaning::SomebodyElses;
            Some((is_another(at), may_be_theirs, rank, at))
        });
        ranked.min().map(|(.., at)| at)
    }

    /// Returns whether the column is a number of somebody's family whom the list does not name, as
    /// `Guardian Phone` beside a pupil's `Name`.
    fn is_number_of_unnamed_family(&self, at: usize) -> bool {
        let is_their_name = |who: usize, column: &Column| {
            likely::family(&column.shown) == Some(who)
                && likely::rank(Field::Name, &column.shown).is_some()
                && likely::rank(Field::Phone(1), &column.shown).is_none()
        };
        likely::family(&self.list[at].shown)
            .is_some_and(|who| !self.list.iter().any(|column| is_their_name(who, column)))
    }

    /// The role of the person whom the column is about: the name and the number that are suggested
    /// must be of one person.
    fn person(&self, at: usize) -> Option<Role> {
        match Meaning::of_word(&self.list[at].word) {
            Meaning::Role(role, _) => Some(role),
            _ => Role::alone(&self.list[at].word),
        }
    }

    fn has_number_of(&self, role: Role) -> bool {
        self.list.iter().any(|column| {
            matches!(Meaning::of_word(&column.word),
                Meaning::Role(other, RoleMeaning::Number(_)) if other == role)
        })
    }

    /// Returns whether the column's own meaning lets it be the field.
    fn may_be(&self, field: Field, at: usize) -> bool {
        match self.list[at].meaning {
            Meaning::Unknown => true,
            Meaning::SomebodyElses => matches!(field, Field::To | Field::Phone(_)),
            Meaning::Number(_) | Meaning::GroupValue(_) | Meaning::Own(Field::Phone(_)) => {
                matches!(field, Field::To | Field::Phone(_))
            }
            Meaning::Own(Field::Name) | Meaning::Synonym(Field::Name) => field == Field::Name,
            _ => false,
        }
    }

    /// The flag that makes column `at` the field, quoted for a shell: by its header if only this
    /// column has it and it can be quoted, else by its number.
    pub(super) fn map_flag(&self, field: Field, at: usize) -> String {
        let header = &*self.list[at].shown;
        let alone = self.positions(|column| &*column.shown == header).len() == 1;
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
        let in_double_quotes =
            header.contains('\'') && !header.contains(['"', '$', '`', '\\', '!']);
        if header.is_empty() || header.starts_with('=') || !alone || header.contains('\n') {
            format!("--map {field}={}", at + 1)
        } else if in_double_quotes {
            format!("--map \"{field}={header}\"")
        } else if header.contains('\'') {
            format!("--map {field}={}", at + 1)
        } else if header.chars().all(plain) {
            format!("--map {field}={header}")
        } else {
            format!("--map '{field}={header}'")
        }
    }
}
