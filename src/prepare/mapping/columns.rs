//! A file's header, column by column: what each is called, what it means by itself, and how to name
//! it in a `--map`.

use std::collections::HashMap;

use super::error::{Headers, MappingError, Trouble};
use super::field::Field;
use super::header::{looks_like_number, normalise, shown};
use super::telephone::Kind;
use super::vocabulary::{self, Meaning};
use crate::read::formula::unescape_formula;

/// A file that we wrote ourselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OurFile {
    /// A rejects file: an input's columns and why each row was rejected.
    Rejects,
    /// A results file: one outcome a line.
    Results,
}

/// One column of the header.
pub(super) struct Column {
    /// The header as it is shown to the user; may be empty.
    pub(super) shown: Box<str>,
    /// Its normalised word.
    pub(super) word: String,
    /// What it means by itself.
    pub(super) meaning: Meaning,
}

/// All columns of one file.
pub(super) struct Columns {
    /// The file's name, for messages.
    pub(super) source: String,
    /// The columns from the left.
    pub(super) list: Vec<Column>,
    /// The export that wrote the file, if its header tells.
    pub(super) export: Option<&'static str>,
    /// Which of our own files it is, if any.
    pub(super) ours: Option<OurFile>,
    by_field: HashMap<Field, Vec<usize>>,
    labels: HashMap<u16, usize>,
}

impl Columns {
    pub(super) fn read(header: &[&str], source: &str) -> Self {
        let words: Vec<String> = header.iter().map(|cell| normalise(cell)).collect();
        let refs: Vec<&str> = words.iter().map(String::as_str).collect();
        let export = vocabulary::recognise(&refs);
        let ours = match vocabulary::our_marks(&refs) {
            (true, _) => Some(OurFile::Rejects),
            (_, true) => Some(OurFile::Results),
            _ => None,
        };
        let list = header
            .iter()
            .map(|cell| if ours.is_some() { unescape_formula(cell) } else { cell })
            .map(|cell| (cell, normalise(cell)))
            .map(|(cell, word)| Column {
                shown: shown(cell).into(),
                meaning: meaning_in_file(&word, export, ours),
                word,
            })
            .collect();
        let mut columns = Self {
            source: source.to_owned(),
            list,
            export,
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

    /// The label that goes with the number in column `at`, for `Phone N - Value`.
    pub(super) fn label_of(&self, at: usize) -> Option<usize> {
        match self.list.get(at)?.meaning {
            Meaning::GroupValue(number) => self.labels.get(&number).copied(),
            _ => None,
        }
    }

    /// The kind of the contact's number in column `at`; `None` when it holds no such number.
    pub(super) fn number_kind(&self, at: usize) -> Option<Kind> {
        match self.list.get(at)?.meaning {
            Meaning::Number(kind) => Some(kind),
            Meaning::Own(Field::Phone(_)) | Meaning::GroupValue(_) => Some(Kind::PLAIN),
            _ => None,
        }
    }

    /// Whether the file is laid out as ours: then `phone` is the first number, whatever else is there.
    pub(super) fn has_our_layout(&self) -> bool {
        self.export.is_none()
            && self.list.iter().any(|column| {
                matches!(column.meaning, Meaning::Own(field)
                    if matches!(field, Field::To | Field::Type(_) | Field::WaId(_))
                        || matches!(field, Field::Phone(index) if index > 1))
            })
    }

    /// Whether text in it may carry the `'` that we put before formulas: a file we wrote, or one
    /// with `to` or `phone` under that very word, which we may have written.
    pub(super) fn may_be_guarded(&self) -> bool {
        self.ours.is_some()
            || self
                .list
                .iter()
                .any(|column| matches!(column.meaning, Meaning::Own(Field::To | Field::Phone(_))))
    }

    /// The column that a `--map` calls `wanted`: that very header, else the same word, else the
    /// column with this number.
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
            Ok(number) => Err(self.error(Trouble::NoSuchColumn { field, number })),
            Err(_) => Err(self.not_found(field, wanted)),
        }
    }

    fn positions(&self, is_it: impl Fn(&Column) -> bool) -> Vec<usize> {
        (0..self.list.len()).filter(|at| is_it(&self.list[*at])).collect()
    }

    /// The columns whose first cell looks like a number.
    pub(super) fn data_columns(&self) -> Vec<usize> {
        self.positions(|column| looks_like_number(&column.shown))
    }

    /// Whether the first line is data: no word in it is known, and one looks like a number.
    pub(super) fn is_data(&self) -> bool {
        self.list.iter().all(|column| column.meaning == Meaning::Unknown)
            && self.list.iter().any(|column| looks_like_number(&column.shown))
    }

    pub(super) fn is_blank(&self) -> bool {
        self.list.iter().all(|column| column.shown.is_empty())
    }

    /// Whether the header is one cell, with the names of several columns in it.
    fn is_one_cell(&self) -> bool {
        matches!(&self.list[..], [only] if only.shown.contains([',', ';', '\t', '|']))
    }

    /// What is wrong with this file. A line of data has no headers to show, and numbers are not for
    /// showing: there, that is what is wrong.
    pub(super) fn error(&self, trouble: Trouble) -> MappingError {
        let shows_headers = matches!(
            trouble,
            Trouble::NotFound { .. } | Trouble::NoRecipients | Trouble::NoContact { .. }
        );
        MappingError {
            source: self.source.clone(),
            has: Headers(self.list.iter().map(|column| column.shown.clone()).collect()),
            trouble: Box::new(match trouble {
                _ if shows_headers && self.is_one_cell() => Trouble::WholeRowsInOneCell,
                _ if shows_headers && self.is_data() => Trouble::FirstLineIsData,
                trouble => trouble,
            }),
        }
    }

    pub(super) fn not_found(&self, field: Field, wanted: &str) -> MappingError {
        self.error(Trouble::NotFound { wanted: wanted.into(), hint: self.hint(field) })
    }

    /// The flag that names the field's column: the likeliest one, if any is.
    pub(super) fn hint(&self, field: Field) -> String {
        match self.likely(field) {
            Some(at) => self.map_flag(field, at),
            None => format!("--map {field}=HEADER"),
        }
    }

    pub(super) fn ambiguous(&self, field: Field, first: usize, second: usize) -> MappingError {
        self.error(Trouble::Ambiguous {
            field,
            columns: [self.quoted(first, second), self.quoted(second, first)],
            hints: [self.map_flag(field, first), self.map_flag(field, second)],
        })
    }

    /// A header between backquotes, with its number when another one is spelled alike.
    fn quoted(&self, at: usize, other: usize) -> String {
        let header = &self.list[at].shown;
        if *header == self.list[other].shown {
            format!("`{header}` (column {})", at + 1)
        } else {
            format!("`{header}`")
        }
    }

    /// A column whose header speaks of such things.
    fn likely(&self, field: Field) -> Option<usize> {
        let signs: &[&str] = match field {
            Field::To => &["recip", "receiv", "destin", "send", "phone", "mobil", "tel", "number"],
            Field::Phone(_) => &["phone", "mobil", "tel", "cell", "number", "whatsapp", "handy"],
            Field::Name => &["name", "nom", "contact", "customer", "client", "company"],
            _ => &[],
        };
        signs.iter().find_map(|sign| {
            self.list.iter().position(|column| {
                column.word.contains(sign)
                    && !matches!(column.meaning, Meaning::LeftOut(_) | Meaning::Output)
            })
        })
    }

    /// The flag that makes column `at` the field, ready for a shell: by its header if that names
    /// just this column and can be quoted, else by its number.
    pub(super) fn map_flag(&self, field: Field, at: usize) -> String {
        let header = &*self.list[at].shown;
        let alone = self.positions(|column| &*column.shown == header).len() == 1;
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
        if header.is_empty() || header.starts_with('=') || !alone || header.contains(['\'', '\n']) {
            format!("--map {field}={}", at + 1)
        } else if header.chars().all(plain) {
            format!("--map {field}={header}")
        } else {
            format!("--map '{field}={header}'")
        }
    }
}

fn meaning_in_file(word: &str, export: Option<&str>, ours: Option<OurFile>) -> Meaning {
    let meaning = Meaning::of_word(word);
    match meaning {
        _ if ours
            .is_some_and(|ours| vocabulary::is_output_column(word, ours == OurFile::Results)) =>
        {
            Meaning::Output
        }
        // A CRM's `Type` is the customer's, not the number's.
        Meaning::Own(Field::Type(1)) if export.is_some() => Meaning::Unknown,
        _ => meaning,
    }
}
