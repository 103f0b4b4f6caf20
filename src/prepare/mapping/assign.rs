//! Assigns columns to fields, by a `--map` or by the header.
//!
//! Each assignment adds a [`ColumnUse`], so the explanation shows what was really done.

use super::columns::{Columns, OurFile};
use super::error::{MappingError, MappingErrorKind};
use super::explain::{ColumnUse, Purpose, Reason};
use super::field::Field;
use super::header::looks_like_number;
use super::map_flag::{MapRule, RuleValue};
use super::vocabulary::Meaning;

/// The source of a field's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ValueSource {
    /// A column, from 0.
    Column(usize),
    /// The same value for every row.
    Fixed(Box<str>),
    /// Columns, joined with blanks; only for a name.
    Joined(Vec<usize>),
}

impl ValueSource {
    pub(super) fn column(&self) -> Option<usize> {
        match self {
            Self::Column(at) => Some(*at),
            Self::Fixed(_) | Self::Joined(_) => None,
        }
    }

    fn columns(&self) -> &[usize] {
        match self {
            Self::Column(at) => std::slice::from_ref(at),
            Self::Fixed(_) => &[],
            Self::Joined(columns) => columns,
        }
    }

    /// Returns whether it can ever give a value: `--map wa_id==` cannot.
    pub(super) fn can_give(&self) -> bool {
        !matches!(self, Self::Fixed(value) if value.is_empty())
    }
}

/// The columns of a file, and the fields they are assigned to.
pub(super) struct Assignments<'c> {
    pub(super) columns: &'c Columns,
    rules: Vec<(ValueSource, MapRule)>,
    taken: Vec<bool>,
    uses: Vec<ColumnUse>,
}

impl<'c> Assignments<'c> {
    /// Reserves the columns that rules name, so that nothing else can take them.
    pub(super) fn new(columns: &'c Columns, rules: &[MapRule]) -> Result<Self, MappingError> {
        let mut assignments = Self {
            columns,
            rules: Vec::new(),
            taken: vec![false; columns.list.len()],
            uses: Vec::new(),
        };
        for rule in rules {
            let source = match &rule.value {
                RuleValue::Fixed(value) => ValueSource::Fixed(value.clone()),
                RuleValue::Header(wanted) => source_of(columns, rule.field, wanted)?,
            };
            for at in source.columns() {
                assignments.taken[*at] = true;
            }
            if assignments.has_rule(rule.field) {
                return Err(columns.error(MappingErrorKind::MappedTwice(rule.field)));
            }
            assignments.rules.push((source, rule.clone()));
        }
        Ok(assignments)
    }

    /// Assigns `field`: to its rule, or else to the only column that means it.
    pub(super) fn field(&mut self, field: Field) -> Result<Option<ValueSource>, MappingError> {
        if let Some(source) = self.by_rule(field) {
            return Ok(Some(source));
        }
        let columns = self.columns;
        let mut free = columns.of_field(field).iter().copied().filter(|at| self.is_free(*at));
        match (free.next(), free.next()) {
            (None, _) => Ok(None),
            (Some(first), Some(second)) => Err(columns.ambiguous(field, first, second)),
            (Some(at), None) => {
                drop(free);
                self.assign(at, Purpose::Field(field), None);
                Ok(Some(ValueSource::Column(at)))
            }
        }
    }

    /// Assigns `field` to its rule, if it has one.
    pub(super) fn by_rule(&mut self, field: Field) -> Option<ValueSource> {
        let (source, rule) = self.rule(field)?.clone();
        let (columns, purpose) = match &source {
            ValueSource::Column(at) => (vec![Some(*at)], Purpose::Field(field)),
            ValueSource::Fixed(_) => (vec![None], Purpose::Field(field)),
            ValueSource::Joined(columns) => {
                (columns.iter().copied().map(Some).collect(), Purpose::NamePart)
            }
        };
        for column in columns {
            self.uses.push(ColumnUse {
                column,
                header: self.header(column),
                purpose,
                reason: Reason::Rule(rule.to_string()),
                number_type: None,
            });
        }
        Some(source)
    }

    fn rule(&self, field: Field) -> Option<&(ValueSource, MapRule)> {
        self.rules.iter().find(|(_, rule)| rule.field == field)
    }

    pub(super) fn has_rule(&self, field: Field) -> bool {
        self.rule(field).is_some()
    }

    /// The fields that have a rule, in the order of the command line.
    pub(super) fn ruled_fields(&self) -> impl Iterator<Item = Field> {
        self.rules.iter().map(|(_, rule)| rule.field)
    }

    /// The fixed value that a rule gives `field`.
    pub(super) fn fixed(&self, field: Field) -> Option<&str> {
        match self.rule(field)? {
            (ValueSource::Fixed(value), _) => Some(value),
            (ValueSource::Column(_) | ValueSource::Joined(_), _) => None,
        }
    }

    pub(super) fn is_free(&self, at: usize) -> bool {
        !self.taken[at]
    }

    /// Takes column `at` because of its header.
    pub(super) fn assign(&mut self, at: usize, purpose: Purpose, number_type: Option<&str>) {
        let reason = match (self.columns.list[at].meaning, self.columns.export) {
            (_, Some(export)) => Reason::Export(export),
            (Meaning::Own(field), None) if purpose == Purpose::Field(field) => Reason::OwnColumn,
            (_, None) => Reason::Synonym,
        };
        self.assign_because(at, purpose, number_type, reason);
    }

    pub(super) fn assign_because(
        &mut self,
        at: usize,
        purpose: Purpose,
        number_type: Option<&str>,
        reason: Reason,
    ) {
        self.taken[at] = true;
        self.uses.push(ColumnUse {
            column: Some(at),
            header: self.header(Some(at)),
            purpose,
            reason,
            number_type: number_type.map(Into::into),
        });
    }

    /// Replaces the reason for the use of column `at`.
    pub(super) fn explain_by(&mut self, at: usize, reason: Reason) {
        if let Some(column_use) = self.uses.iter_mut().find(|one| one.column == Some(at)) {
            column_use.reason = reason;
        }
    }

    fn header(&self, column: Option<usize>) -> Box<str> {
        column.map_or_else(Box::default, |at| self.columns.list[at].shown.clone())
    }

    /// Returns whether only a rule names the column, and its header cell is a number: then the file
    /// has no header, and its first line is a row.
    pub(super) fn is_data(&self, source: &ValueSource) -> bool {
        source.column().is_some_and(|at| {
            let column = &self.columns.list[at];
            column.meaning == Meaning::Unknown && looks_like_number(&column.shown)
        })
    }

    /// The use of every column from the left, ignored ones included; fixed values come last.
    pub(super) fn into_uses(mut self) -> Vec<ColumnUse> {
        let mut explained = vec![false; self.columns.list.len()];
        for at in self.uses.iter().filter_map(|column_use| column_use.column) {
            explained[at] = true;
        }
        for at in (0..explained.len()).filter(|at| !explained[*at]) {
            let reason = self.why_ignored(at);
            self.assign_because(at, Purpose::Ignored, None, reason);
        }
        self.uses.sort_by_key(|column_use| column_use.column.unwrap_or(usize::MAX));
        self.uses
    }

    fn why_ignored(&self, at: usize) -> Reason {
        match self.columns.list[at].meaning {
            Meaning::Output => Reason::OurOutput(self.columns.ours.unwrap_or(OurFile::Results)),
            Meaning::SurveyDevice => Reason::SurveyDevice,
            Meaning::Own(Field::LastInbound) | Meaning::Synonym(Field::LastInbound)
                if !self.has_rule(Field::LastInbound) =>
            {
                Reason::NoRecipient
            }
            Meaning::SomebodyElses => Reason::SomebodyElses,
            Meaning::Own(Field::Type(_) | Field::WaId(_)) | Meaning::GroupLabel(_) => {
                Reason::NoNumber
            }
            Meaning::Own(Field::Phone(_)) | Meaning::Number(_) | Meaning::GroupValue(_)
                if self.has_rule(Field::Phone(1)) =>
            {
                Reason::Replaced
            }
            Meaning::Own(field) | Meaning::Synonym(field) if self.has_rule(field) => {
                Reason::Replaced
            }
            _ => Reason::Unknown,
        }
    }
}

/// The column that a rule calls `wanted`, or the columns of a name that it joins with `+`, when no
/// header has that sign.
fn source_of(columns: &Columns, field: Field, wanted: &str) -> Result<ValueSource, MappingError> {
    let whole = columns.called(field, wanted);
    if whole.is_ok() || !wanted.contains('+') {
        return whole.map(ValueSource::Column);
    }
    let parts: Result<Vec<usize>, MappingError> =
        wanted.split('+').map(|part| columns.called(field, part.trim())).collect();
    match (parts, field) {
        (Ok(parts), Field::Name) => Ok(ValueSource::Joined(parts)),
        (Ok(_), _) => Err(columns.error(MappingErrorKind::OnlyName(field))),
        (Err(error), _) => Err(error),
    }
}
