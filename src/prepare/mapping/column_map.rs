//! The finished mapping of one file.

use std::borrow::Cow;

use super::assign::Claims;
use super::columns::{Columns, OurFile};
use super::error::{MappingError, Trouble};
use super::explain::Line;
use super::field::Field;
use super::map_flag::MapRule;
use super::{contact_columns, recipients};
use crate::read::phone_device::Device;

/// What a file is read for; it decides which fields it must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    /// The rows to send: contacts, with their own `to` unless recipients come from elsewhere.
    Rows {
        /// Whether `--to` or `--recipients` says who receives them.
        recipients_given: bool,
    },
    /// Recipients: `to`, or else the only number column. A list of numbers without a header passes.
    Recipients,
    /// Contacts for recipients that the rows of another file name (`--card FILE.csv`).
    Cards,
}

impl Wants {
    /// Whether each row has to say who receives it, and so is one message.
    pub(super) fn own_recipients(self) -> bool {
        matches!(self, Self::Rows { recipients_given: false })
    }
}

/// Which cells of a file's rows make up a draft. The default has no columns: vCards need none.
///
/// Made once per file; [`Mapping::draft`] then does no more per row than to pick cells.
#[derive(Debug, Clone, Default)]
pub struct Mapping {
    pub(super) fields: Fields,
    /// Whether cells may carry the `'` that we put before formulas.
    pub(super) guarded: bool,
    headers: Vec<Box<str>>,
    export: Option<&'static str>,
    ours: Option<OurFile>,
    lines: Vec<Line>,
}

/// Where each field of a row comes from.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields {
    pub(super) to: Option<Source>,
    pub(super) name: NamePlan,
    pub(super) phones: Vec<PhonePlan>,
    pub(super) message_id: Option<Source>,
    pub(super) last_inbound_at: Option<Source>,
    /// Columns of numbers that cannot show a card.
    pub(super) left_out: Vec<(usize, Device)>,
    /// Whether the first line is a row like the others.
    pub(super) headerless: bool,
}

/// Where a field's value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    Column(usize),
    Fixed(Box<str>),
}

impl Source {
    pub(super) fn column(&self) -> Option<usize> {
        match self {
            Self::Column(at) => Some(*at),
            Self::Fixed(_) => None,
        }
    }

    /// Whether it can ever give a value: `--map wa_id==` cannot.
    pub(super) fn gives(&self) -> bool {
        !matches!(self, Self::Fixed(value) if value.is_empty())
    }
}

/// Where the name comes from, the better source first.
#[derive(Debug, Clone, Default)]
pub(super) struct NamePlan {
    pub(super) whole: Option<Source>,
    /// Put together with blanks between them.
    pub(super) parts: Vec<usize>,
    pub(super) fallbacks: Vec<usize>,
}

/// Where one number of the card comes from.
#[derive(Debug, Clone)]
pub(super) struct PhonePlan {
    pub(super) value: Source,
    /// The type that a rule or a column of ours gives; it stands above the label.
    pub(super) kind: Option<Source>,
    /// The address book's label: a type with a star for the primary number, or a fax's.
    pub(super) label: Option<usize>,
    /// The type when no cell gives one.
    pub(super) otherwise: Option<Box<str>>,
    pub(super) wa_id: Option<Source>,
}

impl Mapping {
    /// Finds the fields in a file's header.
    ///
    /// `source` is the file's name as the user knows it. Rules stand above everything that a header
    /// says by itself.
    ///
    /// # Errors
    ///
    /// When a column that `wants` needs is missing or could be two, or a rule does not fit the file.
    pub fn of_header(
        header: &[&str],
        source: &str,
        wants: Wants,
        rules: &[MapRule],
    ) -> Result<Self, MappingError> {
        let columns = Columns::read(header, source);
        if columns.is_blank() {
            return Err(columns.error(Trouble::FirstLineIsBlank));
        }
        let mut claims = Claims::new(&columns, rules)?;
        let fields = match wants {
            Wants::Recipients => recipients::fields(&mut claims)?,
            Wants::Rows { .. } | Wants::Cards => contact_columns::fields(&mut claims, wants)?,
        };
        let mapping = Self {
            guarded: columns.may_be_guarded(),
            export: columns.export,
            ours: columns.ours,
            lines: claims.into_lines(),
            headers: columns.list.into_iter().map(|column| column.shown).collect(),
            fields,
        };
        Ok(match mapping.is_headerless() {
            true => mapping.without_headers(),
            false => mapping,
        })
    }

    /// The first line is data: nobody's number is to be shown as a column's name.
    fn without_headers(mut self) -> Self {
        let lines = self.lines.iter_mut().map(|line| &mut line.header);
        self.headers.iter_mut().chain(lines).for_each(|header| *header = Box::default());
        self
    }

    /// Whether the file has no header, so that its first line is a row.
    #[must_use]
    pub fn is_headerless(&self) -> bool {
        self.fields.headerless
    }

    /// The export that wrote the file, if its header tells: `Outlook`.
    #[must_use]
    pub fn export(&self) -> Option<&'static str> {
        self.export
    }

    /// Which file of ours it is, if its columns tell.
    #[must_use]
    pub fn our_file(&self) -> Option<OurFile> {
        self.ours
    }

    /// Whether cells may carry the `'` that we put before formulas; drafts come without it.
    #[must_use]
    pub fn is_guarded(&self) -> bool {
        self.guarded
    }

    /// Whether rows say themselves who receives them.
    #[must_use]
    pub fn has_recipients(&self) -> bool {
        self.fields.to.is_some()
    }

    /// The column that names the recipient, from 0.
    #[must_use]
    pub fn to_column(&self) -> Option<usize> {
        self.fields.to.as_ref().and_then(Source::column)
    }

    /// What was decided about each column, from the left; fixed values last.
    #[must_use]
    pub fn explain(&self) -> &[Line] {
        &self.lines
    }

    /// What the user calls a column (from 0; `None` for a fixed value): its header, or its number
    /// where it has none.
    #[must_use]
    pub fn column_name(&self, column: Option<usize>) -> Cow<'_, str> {
        let Some(at) = column else { return Cow::Borrowed("--map") };
        match self.headers.get(at) {
            Some(header) if !header.is_empty() => Cow::Borrowed(header),
            _ => Cow::Owned((at + 1).to_string()),
        }
    }

    /// What the user calls the columns of the card's numbers, the first one first; our own word where
    /// there is none.
    #[must_use]
    pub fn number_columns(&self) -> Vec<Cow<'_, str>> {
        let columns = self.fields.phones.iter().filter_map(|phone| phone.value.column());
        let names: Vec<_> = columns.map(|at| self.column_name(Some(at))).collect();
        if names.is_empty() { vec![Cow::Owned(Field::Phone(1).to_string())] } else { names }
    }

    /// What the user calls the column of `field`; the field's own name when it has no column. The
    /// columns of a number are known by [`super::DraftPhone::column`].
    #[must_use]
    pub fn field_name(&self, field: Field) -> Cow<'_, str> {
        let column = match field {
            Field::To => self.fields.to.as_ref().and_then(Source::column),
            Field::Name => self.fields.name.first_column(),
            Field::MessageId => self.fields.message_id.as_ref().and_then(Source::column),
            Field::LastInboundAt => self.fields.last_inbound_at.as_ref().and_then(Source::column),
            Field::Phone(_) | Field::Type(_) | Field::WaId(_) => None,
        };
        match column {
            None => Cow::Owned(field.to_string()),
            column => self.column_name(column),
        }
    }
}

impl NamePlan {
    fn first_column(&self) -> Option<usize> {
        let whole = self.whole.as_ref().and_then(Source::column);
        whole.or_else(|| self.parts.first().copied())
    }
}
