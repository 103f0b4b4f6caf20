//! The fields of a row.

use std::fmt;

/// A field of a row. Numbered fields count from 1: `phone` is `Phone(1)`, `phone_2` is `Phone(2)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// The recipient's number.
    To,
    /// The country of the row's numbers.
    Country,
    /// The contact's name.
    Name,
    /// One of the contact's numbers.
    Phone(u16),
    /// The type of the number with the same index, in free words.
    Type(u16),
    /// The WhatsApp id of the number with the same index.
    WaId(u16),
    /// The row's own message id.
    MessageId,
    /// The time at which the recipient last wrote.
    LastInbound,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, index) = match self {
            Self::To => ("to", 1),
            Self::Country => ("country", 1),
            Self::Name => ("name", 1),
            Self::Phone(index) => ("phone", *index),
            Self::Type(index) => ("type", *index),
            Self::WaId(index) => ("wa_id", *index),
            Self::MessageId => ("message_id", 1),
            Self::LastInbound => ("last_inbound_at", 1),
        };
        match index {
            1 => f.write_str(word),
            _ => write!(f, "{word}_{index}"),
        }
    }
}
