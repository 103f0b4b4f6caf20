//! The fields a column can hold, with the words that mean them.
//!
//! Words here are normalised (see `header`). The kinds of number columns are in `telephone`.

use std::fmt;
use std::str::FromStr;

use super::header::{normalise, split_number};

/// A field of a row. Numbered fields count from 1: `phone` is `Phone(1)`, `phone_2` is `Phone(2)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// The recipient's number.
    To,
    /// The contact's name.
    Name,
    /// One of the contact's numbers.
    Phone(u16),
    /// The kind of the number with the same index, in free words.
    Type(u16),
    /// The WhatsApp id of the number with the same index.
    WaId(u16),
    /// The row's own message id.
    MessageId,
    /// When the recipient last wrote.
    LastInboundAt,
}

impl Field {
    /// The field that has this very word for its name: `phone2` for `phone_2`.
    pub(super) fn of_own_word(word: &str) -> Option<Self> {
        match word {
            "to" => return Some(Self::To),
            "name" => return Some(Self::Name),
            "messageid" => return Some(Self::MessageId),
            "lastinboundat" => return Some(Self::LastInboundAt),
            _ => {}
        }
        let (base, number) = split_number(word)?;
        let index = number.unwrap_or(1);
        match base {
            _ if index == 0 => None,
            "phone" => Some(Self::Phone(index)),
            "type" => Some(Self::Type(index)),
            "waid" => Some(Self::WaId(index)),
            _ => None,
        }
    }

    /// The field that people call by this word. Number columns are `telephone`'s.
    pub(super) fn of_synonym(word: &str) -> Option<Self> {
        match word {
            "recipient" | "receiver" | "sendto" => return Some(Self::To),
            "fullname" | "contact" | "contactname" | "formattedname" => return Some(Self::Name),
            _ => {}
        }
        let (base, number) = split_number(word)?;
        let index = number.unwrap_or(1);
        (base == "whatsappid" && index > 0).then_some(Self::WaId(index))
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, index) = match self {
            Self::To => ("to", 1),
            Self::Name => ("name", 1),
            Self::Phone(index) => ("phone", *index),
            Self::Type(index) => ("type", *index),
            Self::WaId(index) => ("wa_id", *index),
            Self::MessageId => ("message_id", 1),
            Self::LastInboundAt => ("last_inbound_at", 1),
        };
        match index {
            1 => f.write_str(word),
            _ => write!(f, "{word}_{index}"),
        }
    }
}

impl FromStr for Field {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::of_own_word(&normalise(text)).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_words() {
        for (word, field) in [
            ("to", Some(Field::To)),
            ("name", Some(Field::Name)),
            ("phone", Some(Field::Phone(1))),
            ("phone1", Some(Field::Phone(1))),
            ("phone12", Some(Field::Phone(12))),
            ("type3", Some(Field::Type(3))),
            ("waid2", Some(Field::WaId(2))),
            ("messageid", Some(Field::MessageId)),
            ("lastinboundat", Some(Field::LastInboundAt)),
            ("phone0", None),
            ("phone70000", None),
            ("to2", None),
            ("name2", None),
            ("mobile", None),
            ("", None),
        ] {
            assert_eq!(Field::of_own_word(word), field, "{word}");
        }
    }

    #[test]
    fn a_field_reads_back_from_its_name() {
        for field in [
            Field::To,
            Field::Name,
            Field::Phone(1),
            Field::Phone(2),
            Field::Type(1),
            Field::Type(7),
            Field::WaId(1),
            Field::WaId(2),
            Field::MessageId,
            Field::LastInboundAt,
        ] {
            assert_eq!(field.to_string().parse(), Ok(field));
        }
        assert_eq!("Wa-ID 2".parse(), Ok(Field::WaId(2)));
        assert_eq!("waId".parse(), Ok(Field::WaId(1)));
    }
}
