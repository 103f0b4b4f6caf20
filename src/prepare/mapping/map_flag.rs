//! `--map FIELD=HEADER`: the user's own word on what a column means.

use std::fmt;
use std::str::FromStr;

use super::field::Field;

/// One `--map`: `phone=Mobile Nr` (a header), `phone=3` (a column, from 1, when no header is called
/// so) or `type==Work` (a fixed value; `type==` leaves the field empty).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapRule {
    /// The field it fills.
    pub(super) field: Field,
    /// What fills it.
    pub(super) filler: Filler,
}

/// The right side of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Filler {
    /// A header or a column's number.
    Header(Box<str>),
    /// The same value for every row.
    Fixed(Box<str>),
}

impl FromStr for MapRule {
    type Err = MapRuleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (field, filler) =
            text.split_once('=').ok_or_else(|| MapRuleError::NoEquals(text.into()))?;
        let field = field.parse().map_err(|()| MapRuleError::NoField(field.trim().into()))?;
        let filler = match filler.strip_prefix('=') {
            Some(value) => Filler::Fixed(value.trim().into()),
            None if filler.trim().is_empty() => return Err(MapRuleError::NoHeader(field)),
            None => Filler::Header(filler.trim().into()),
        };
        Ok(Self { field, filler })
    }
}

/// As it can be typed again.
impl fmt::Display for MapRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.filler {
            Filler::Header(header) => write!(f, "{}={header}", self.field),
            Filler::Fixed(value) => write!(f, "{}=={value}", self.field),
        }
    }
}

/// Why a `--map` cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MapRuleError {
    /// There is no `=` in it.
    NoEquals(Box<str>),
    /// Its left side is no field.
    NoField(Box<str>),
    /// There is nothing behind the `=`.
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
                "`{word}` is not a field; the fields are to, name, phone, type, wa_id, message_id (and phone_2, type_2, wa_id_2, …)"
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
    fn forms() {
        let header = |field, text: &str| MapRule { field, filler: Filler::Header(text.into()) };
        let fixed = |field, text: &str| MapRule { field, filler: Filler::Fixed(text.into()) };
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
            ("last_inbound_at=Last seen", header(Field::LastInboundAt, "Last seen")),
        ] {
            assert_eq!(text.parse(), Ok(rule), "{text}");
        }
    }

    #[test]
    fn refused_forms() {
        for (text, message) in [
            (
                "phone",
                "`phone` is not FIELD=HEADER (phone=Mobile), FIELD=COLUMN (phone=3) or FIELD==VALUE (type==Work)",
            ),
            (
                "fone=Mobile",
                "`fone` is not a field; the fields are to, name, phone, type, wa_id, message_id (and phone_2, type_2, wa_id_2, …)",
            ),
            (
                "phone_0=Mobile",
                "`phone_0` is not a field; the fields are to, name, phone, type, wa_id, message_id (and phone_2, type_2, wa_id_2, …)",
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
    fn a_rule_reads_back_as_it_is_shown() {
        for text in ["phone=Mobile Nr", "phone_2=3", "type==Work", "type=="] {
            assert_eq!(text.parse::<MapRule>().unwrap().to_string(), text);
        }
    }
}
