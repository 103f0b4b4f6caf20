//! The finished mapping of one file.

use std::borrow::Cow;

use super::assign::{Assignments, ValueSource};
use super::columns::{Columns, OurFile};
use super::contact_columns::{self, InputRole, RowColumns};
use super::error::{MappingError, MappingErrorKind};
use super::explain::{ColumnUse, Purpose};
use super::field::Field;
use super::likely;
use super::map_flag::MapRule;

/// The cells of a file's rows that make up a draft. The default has no columns: vCards need none.
///
/// Made once per file; for each row [`Mapping::draft`] only picks cells.
#[derive(Debug, Clone, Default)]
pub struct Mapping {
    pub(super) fields: RowColumns,
    /// True if cells may carry the `'` that we put before formulas.
    pub(super) may_be_escaped: bool,
    headers: Vec<Box<str>>,
    export: Option<&'static str>,
    ours: Option<OurFile>,
    uses: Vec<ColumnUse>,
}

impl Mapping {
    /// Finds the fields in a file's header.
    ///
    /// `source` is the file's name as the user knows it. Rules override what a header means by
    /// itself, but not in a not-sent file: there they were applied when it was written, and their
    /// headers are those of another file.
    ///
    /// # Errors
    ///
    /// When a column that `role` needs is missing or ambiguous, or a rule does not fit the file.
    pub fn of_header(
        header: &[&str],
        source: &str,
        role: InputRole,
        rules: &[MapRule],
    ) -> Result<Self, MappingError> {
        let columns = Columns::read(header, source);
        if columns.is_blank() {
            return Err(columns.error(MappingErrorKind::FirstLineIsBlank));
        }
        let rules = if columns.ours == Some(OurFile::NotSent) { &[] } else { rules };
        let mut assignments = Assignments::new(&columns, rules)?;
        let fields = match role {
            InputRole::Recipients => contact_columns::of_recipients(&mut assignments)?,
            InputRole::Rows { .. } | InputRole::Cards => {
                contact_columns::of_contacts(&mut assignments, role)?
            }
        };
        let mapping = Self {
            may_be_escaped: columns.may_be_escaped(),
            export: columns.export,
            ours: columns.ours,
            uses: assignments.into_uses(),
            headers: columns.list.into_iter().map(|column| column.shown).collect(),
            fields,
        };
        Ok(match mapping.is_headerless() {
            true => mapping.without_headers(),
            false => mapping,
        })
    }

    /// Removes the headers, because the first line is data: a person's number must not be shown as
    /// a column's name.
    fn without_headers(mut self) -> Self {
        let of_uses = self.uses.iter_mut().map(|column_use| &mut column_use.header);
        self.headers.iter_mut().chain(of_uses).for_each(|header| *header = Box::default());
        self
    }

    /// Returns whether the file has no header, so that its first line is a row.
    #[must_use]
    pub fn is_headerless(&self) -> bool {
        self.fields.headerless
    }

    /// The export that wrote the file, if its header shows that: `Outlook`.
    #[must_use]
    pub fn export(&self) -> Option<&'static str> {
        self.export
    }

    /// The kind of our own files that its columns show, if any.
    #[must_use]
    pub fn our_file(&self) -> Option<OurFile> {
        self.ours
    }

    /// Returns whether cells may carry the `'` that we put before formulas; drafts are without it.
    #[must_use]
    pub fn may_be_escaped(&self) -> bool {
        self.may_be_escaped
    }

    /// Returns whether each row names its recipient.
    #[must_use]
    pub fn has_recipients(&self) -> bool {
        self.fields.to.is_some()
    }

    /// The column that names the recipient, from 0.
    #[must_use]
    pub fn to_column(&self) -> Option<usize> {
        self.fields.to.as_ref().and_then(ValueSource::column)
    }

    /// Returns whether a column or a `--map` says the country of each row.
    #[must_use]
    pub fn has_countries(&self) -> bool {
        self.fields.country.is_some()
    }

    /// Returns whether a column or a `--map` says when each recipient last wrote.
    #[must_use]
    pub fn has_last_inbound(&self) -> bool {
        self.fields.last_inbound.is_some()
    }

    /// The header of a column that may say when each recipient last wrote; it is only suggested.
    #[must_use]
    pub fn likely_last_inbound(&self) -> Option<&str> {
        if self.has_last_inbound() || self.fields.to.is_none() {
            return None;
        }
        let ignored = self.uses.iter().filter(|one| one.purpose == Purpose::Ignored);
        let ranked = ignored
            .filter_map(|one| Some((likely::rank(Field::LastInbound, &one.header)?, &*one.header)));
        ranked.min_by_key(|(rank, _)| *rank).map(|(_, header)| header)
    }

    /// The use of each column, from the left; fixed values come last.
    #[must_use]
    pub fn explain(&self) -> &[ColumnUse] {
        &self.uses
    }

    /// The user's name for a column (from 0; `None` for a fixed value): its header, or its number
    /// where it has none.
    #[must_use]
    pub fn column_name(&self, column: Option<usize>) -> Cow<'_, str> {
        let Some(at) = column else { return Cow::Borrowed("--map") };
        match self.headers.get(at) {
            Some(header) if !header.is_empty() => Cow::Borrowed(header),
            _ => Cow::Owned((at + 1).to_string()),
        }
    }

    /// The user's names for the columns of the card's numbers, in the card's order; our own field
    /// name where there is none.
    #[must_use]
    pub fn number_columns(&self) -> Vec<Cow<'_, str>> {
        let columns = self.fields.phones.iter().filter_map(|phone| phone.value.column());
        let names: Vec<_> = columns.map(|at| self.column_name(Some(at))).collect();
        if names.is_empty() { vec![Cow::Owned(Field::Phone(1).to_string())] } else { names }
    }

    /// The user's name for the column of `field`; the field's own name when it has no column. For a
    /// number see [`DraftPhone::column`](super::DraftPhone::column).
    #[must_use]
    pub fn field_name(&self, field: Field) -> Cow<'_, str> {
        let column = match field {
            Field::To => self.fields.to.as_ref().and_then(ValueSource::column),
            Field::Country => self.fields.country.as_ref().and_then(ValueSource::column),
            Field::Name => self.fields.name.first_column(),
            Field::MessageId => self.fields.message_id.as_ref().and_then(ValueSource::column),
            Field::LastInbound => self.fields.last_inbound.as_ref().and_then(ValueSource::column),
            Field::Phone(_) | Field::Type(_) | Field::WaId(_) => None,
        };
        match column {
            None => Cow::Owned(field.to_string()),
            column => self.column_name(column),
        }
    }
}
