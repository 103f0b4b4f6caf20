//! `--map FIELD=HEADER`: the user's decision about a column.

use std::fmt;
use std::str::FromStr;

use super::field::Field;
use super::header::normalise;
use super::vocabulary::field_named;

/// One `--map`: `phone=Mobile Nr` (a header), `phone=3` (a column number from 1, if no header is
/// `3`) or `type==Work` (a fixed value; `type==` leaves the field empty).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapRule {
    /// The field it fills.
    pub(super) field: Field,
    /// The source of its value.
    pub(super) value: RuleValue,
}

/// The value that a rule gives to its field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RuleValue {
    /// A column, by its header or its number.
    Header(Box<str>),
    /// The same value for every row.
    Fixed(Box<str>),
}

impl FromStr for MapRule {
    type Err = MapRuleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (field, value) =
            text.split_once('=').ok_or_else(|| MapRuleError::NoEquals(text.into()))?;
        let field = field_named(&normalise(field))
            .ok_or_else(|| MapRuleError::NoField(field.trim().into()))?;
        let value = match value.strip_prefix('=') {
            Some(value) => RuleValue::Fixed(value.trim().into()),
            None if value.trim().is_empty() => return Err(MapRuleError::NoHeader(field)),
            None => RuleValue::Header(value.trim().into()),
        };
        Ok(Self { field, value })
    }
}

/// The rule as it can be typed.
impl fmt::Display for MapRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            RuleValue::Header(header) => write!(f, "{}={header}", self.field),
            RuleValue::Fixed(value) => write!(f, "{}=={value}", self.field),
        }
    }
}

/// The reason why a `--map` cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MapRuleError {
    /// It has no `=`.
    NoEquals(Box<str>),
    /// Its left side is not a field.
    NoField(Box<str>),
    /// Its right side is empty.
    NoHeader(Field),
}

impl fmt::Display for MapRuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEquals(text) => write!(
                f,
                "`{text}` is not FIELD=HEADER (phone=Mobile), FIELD=COLUMN (phone=3) or FIELD==VALUE (type==Work)"
            ),
            Self::NoField(word) => write!(
                f,
                "`{word}` is not a field; the fields are to, name, phone, country, type, wa_id, message_id, last_inbound_at (and phone_2, type_2, wa_id_2, …)"
            ),
            Self::NoHeader(field) => write!(
                f,
                "`{field}=` names no header (try {field}=HEADER, or {field}== to leave it empty)"
            ),
        }
    }
}

impl std::error::Error for MapRuleError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_names_a_header_or_a_fixed_value() {
        let header = |field, text: &str| MapRule { field, value: RuleValue::Header(text.into()) };
        let fixed = |field, text: &str| MapRule { field, value: RuleValue::Fixed(text.into()) };
        for (text, rule) in [
            ("phone=Mobile", header(Field::Phone(1), "Mobile")),
            ("phone_2=Mobile Nr", header(Field::Phone(2), "Mobile Nr")),
            (" Phone 2 = Mobile Nr ", header(Field::Phone(2), "Mobile Nr")),
            ("to=3", header(Field::To, "3")),
            ("name=a=b", header(Field::Name, "a=b")),
            ("waId=WhatsApp", header(Field::WaId(1), "WhatsApp")),
            ("type==Work", fixed(Field::Type(1), "Work")),
            ("type== Work at home ", fixed(Field::Type(1), "Work at home")),
            ("type_2==", fixed(Field::Type(2), "")),
            ("message_id=Id", header(Field::MessageId, "Id")),
        ] {
            assert_eq!(text.parse(), Ok(rule), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_rule_is_rejected() {
        for (text, message) in [
            (
                "phone",
                "`phone` is not FIELD=HEADER (phone=Mobile), FIELD=COLUMN (phone=3) or FIELD==VALUE (type==Work)",
            ),
            (
                "fone=Mobile",
                "`fone` is not a field; the fields are to, name, phone, country, type, wa_id, message_id, last_inbound_at (and phone_2, type_2, wa_id_2, …)",
            ),
            (
                "phone_0=Mobile",
                "`phone_0` is not a field; the fields are to, name, phone, country, type, wa_id, message_id, last_inbound_at (and phone_2, type_2, wa_id_2, …)",
            ),
            (
                "phone= ",
                "`phone=` names no header (try phone=HEADER, or phone== to leave it empty)",
            ),
        ] {
            assert_eq!(text.parse::<MapRule>().unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn a_shown_rule_parses_to_the_same_rule() {
        for text in ["phone=Mobile Nr", "phone_2=3", "type==Work", "type=="] {
            assert_eq!(text.parse::<MapRule>().unwrap().to_string(), text);
        }
    }
}
