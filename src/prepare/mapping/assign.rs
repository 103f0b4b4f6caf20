//! Claims: which column has been taken for which field, by a `--map` or by its header.
//!
//! Each claim leaves a line for `explain`, so what is told is what was done.

use super::column_map::Source;
use super::columns::{Columns, OurFile};
use super::error::{MappingError, Trouble};
use super::explain::{Line, Use, Why};
use super::field::Field;
use super::header::looks_like_number;
use super::map_flag::{Filler, MapRule};
use super::vocabulary::Meaning;

pub(super) struct Claims<'c> {
    pub(super) columns: &'c Columns,
    rules: Vec<(Source, MapRule)>,
    taken: Vec<bool>,
    lines: Vec<Line>,
}

impl<'c> Claims<'c> {
    /// Gives the columns that rules name to those rules, before anything else can claim them.
    pub(super) fn new(columns: &'c Columns, rules: &[MapRule]) -> Result<Self, MappingError> {
        let mut claims = Self {
            columns,
            rules: Vec::new(),
            taken: vec![false; columns.list.len()],
            lines: Vec::new(),
        };
        for rule in rules {
            let source = match &rule.filler {
                Filler::Fixed(value) => Source::Fixed(value.clone()),
                Filler::Header(wanted) => Source::Column(columns.called(rule.field, wanted)?),
            };
            if let Source::Column(at) = source {
                claims.taken[at] = true;
            }
            if claims.has_rule(rule.field) {
                return Err(columns.error(Trouble::MappedTwice(rule.field)));
            }
            claims.rules.push((source, rule.clone()));
        }
        Ok(claims)
    }

    /// What fills `field`: its rule, or else the only column that means it.
    pub(super) fn field(&mut self, field: Field) -> Result<Option<Source>, MappingError> {
        if let Some(source) = self.ruled(field) {
            return Ok(Some(source));
        }
        let columns = self.columns;
        let mut free = columns.of_field(field).iter().copied().filter(|at| self.is_free(*at));
        match (free.next(), free.next()) {
            (None, _) => Ok(None),
            (Some(first), Some(second)) => Err(columns.ambiguous(field, first, second)),
            (Some(at), None) => {
                drop(free);
                self.claim(at, Use::Field(field), None);
                Ok(Some(Source::Column(at)))
            }
        }
    }

    /// What the rule for `field` fills it with, if there is one.
    pub(super) fn ruled(&mut self, field: Field) -> Option<Source> {
        let (source, rule) = self.rule(field)?.clone();
        let column = source.column();
        self.lines.push(Line {
            column,
            header: self.header(column),
            used_for: Use::Field(field),
            why: Why::Rule(rule.to_string()),
            kind: None,
        });
        Some(source)
    }

    fn rule(&self, field: Field) -> Option<&(Source, MapRule)> {
        self.rules.iter().find(|(_, rule)| rule.field == field)
    }

    pub(super) fn has_rule(&self, field: Field) -> bool {
        self.rule(field).is_some()
    }

    /// The fields that rules fill, as they were typed.
    pub(super) fn ruled_fields(&self) -> impl Iterator<Item = Field> {
        self.rules.iter().map(|(_, rule)| rule.field)
    }

    /// The fixed value that a rule gives `field`.
    pub(super) fn fixed(&self, field: Field) -> Option<&str> {
        match self.rule(field)? {
            (Source::Fixed(value), _) => Some(value),
            (Source::Column(_), _) => None,
        }
    }

    pub(super) fn is_free(&self, at: usize) -> bool {
        !self.taken[at]
    }

    /// Takes column `at` because of what its header means.
    pub(super) fn claim(&mut self, at: usize, used_for: Use, kind: Option<&str>) {
        let why = match (self.columns.list[at].meaning, self.columns.export) {
            (_, Some(export)) => Why::Export(export),
            (Meaning::Own(_), None) => Why::OwnColumn,
            (_, None) => Why::Synonym,
        };
        self.claim_because(at, used_for, kind, why);
    }

    pub(super) fn claim_because(&mut self, at: usize, used_for: Use, kind: Option<&str>, why: Why) {
        self.taken[at] = true;
        self.lines.push(Line {
            column: Some(at),
            header: self.header(Some(at)),
            used_for,
            why,
            kind: kind.map(Into::into),
        });
    }

    fn header(&self, column: Option<usize>) -> Box<str> {
        column.map_or_else(Box::default, |at| self.columns.list[at].shown.clone())
    }

    /// Whether the column is known only through a rule and its header cell is a number: then the
    /// file has no header, and its first line is a row.
    pub(super) fn is_data(&self, source: &Source) -> bool {
        source.column().is_some_and(|at| {
            let column = &self.columns.list[at];
            column.meaning == Meaning::Unknown && looks_like_number(&column.shown)
        })
    }

    /// All claims by column, the columns that nobody claimed among them, fixed values last.
    pub(super) fn into_lines(mut self) -> Vec<Line> {
        // Until it decides about a message, nobody shall think that it does.
        for line in &mut self.lines {
            if line.used_for == Use::Field(Field::LastInboundAt) {
                (line.used_for, line.why) = (Use::Ignored, Why::NotJudged);
            }
        }
        let mut told = vec![false; self.columns.list.len()];
        for at in self.lines.iter().filter_map(|line| line.column) {
            told[at] = true;
        }
        for at in (0..told.len()).filter(|at| !told[*at]) {
            let why = self.why_ignored(at);
            self.claim_because(at, Use::Ignored, None, why);
        }
        self.lines.sort_by_key(|line| line.column.unwrap_or(usize::MAX));
        self.lines
    }

    fn why_ignored(&self, at: usize) -> Why {
        match self.columns.list[at].meaning {
            Meaning::Output => Why::OurOutput(self.columns.ours.unwrap_or(OurFile::Results)),
            Meaning::Own(Field::Type(_) | Field::WaId(_)) | Meaning::GroupLabel(_) => Why::NoNumber,
            Meaning::Own(Field::Phone(_)) | Meaning::Number(_) | Meaning::GroupValue(_)
                if self.has_rule(Field::Phone(1)) =>
            {
                Why::Replaced
            }
            Meaning::Own(field) | Meaning::Synonym(field) if self.has_rule(field) => Why::Replaced,
            _ => Why::Unknown,
        }
    }
}
