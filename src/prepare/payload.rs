//! The request's JSON, exactly as the gateway documents it: these fields in this order and no
//! others.

use std::fmt;

use serde::{Serialize, Serializer};

use super::message::{CardPhone, Message};
use super::phone::PhoneNumber;

/// The format of the recipient's number (`--to-format`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ToFormat {
    /// 254712345678, as in the documentation's examples
    #[default]
    Digits,
    /// +254712345678
    E164,
}

/// A message's JSON body, borrowed from the message.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Payload<'a> {
    message_id: &'a str,
    to: To<'a>,
    from: &'a str,
    name: Name<'a>,
    phones: Phones<'a>,
}

impl<'a> Payload<'a> {
    /// The body of `message`.
    #[must_use]
    pub fn of(message: &'a Message, to_format: ToFormat) -> Self {
        Self {
            message_id: message.id.as_str(),
            to: To(&message.to, to_format),
            from: message.origin.from.as_str(),
            name: Name { formatted_name: &message.contact.name },
            phones: Phones(&message.contact.phones),
        }
    }

    /// The messageId of the body.
    #[must_use]
    pub fn message_id(&self) -> &'a str {
        self.message_id
    }

    /// Replaces the content of `buffer` by the JSON.
    ///
    /// # Errors
    /// None is known: a buffer accepts everything, and no key is computed.
    pub fn write(&self, buffer: &mut Vec<u8>) -> serde_json::Result<()> {
        buffer.clear();
        serde_json::to_writer(buffer, self)
    }
}

#[derive(Debug)]
struct To<'a>(&'a PhoneNumber, ToFormat);

impl Serialize for To<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.1 {
            ToFormat::Digits => serializer.serialize_str(self.0.as_str()),
            ToFormat::E164 => serializer.collect_str(&Plus(self.0)),
        }
    }
}

struct Plus<'a>(&'a PhoneNumber);

impl fmt::Display for Plus<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.0)
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Name<'a> {
    formatted_name: &'a str,
}

#[derive(Debug)]
struct Phones<'a>(&'a [CardPhone]);

impl Serialize for Phones<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|phone| Phone {
            phone: phone.number.as_str(),
            kind: phone.kind.as_deref(),
            wa_id: phone.wa_id.as_ref().map(PhoneNumber::as_str),
        }))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Phone<'a> {
    phone: &'a str,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wa_id: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::message::{Contact, MessageId, Origin};
    use super::*;
    use crate::read::{Place, SourceId};

    fn number(digits: &str) -> PhoneNumber {
        PhoneNumber::from_digits(digits).unwrap()
    }

    fn message(name: &str, phones: Vec<CardPhone>) -> Message {
        let origin = Origin { campaign: "may".into(), from: number("254110090747") };
        let place = Place { source: SourceId(0), line: 2 };
        let contact = Contact { name: name.into(), phones: phones.into(), place };
        let id = MessageId::own("ca739107-4b0d-4581-acb1-4c4af70555de").unwrap();
        Message::with_id(id, &Arc::new(origin), number("254712345678"), &Arc::new(contact))
    }

    fn json(message: &Message, to_format: ToFormat) -> String {
        let mut buffer = b"old content".to_vec();
        Payload::of(message, to_format).write(&mut buffer).unwrap();
        String::from_utf8(buffer).unwrap()
    }

    #[test]
    fn the_payload_is_as_documented() {
        let phone = CardPhone {
            number: number("254712345678"),
            kind: Some("Cell".into()),
            wa_id: Some(number("254712345678")),
        };
        assert_eq!(
            json(&message("Test User", vec![phone]), ToFormat::Digits),
            concat!(
                r#"{"messageId":"ca739107-4b0d-4581-acb1-4c4af70555de","to":"254712345678","#,
                r#""from":"254110090747","name":{"formattedName":"Test User"},"#,
                r#""phones":[{"phone":"254712345678","type":"Cell","waId":"254712345678"}]}"#,
            )
        );
    }

    #[test]
    fn absent_fields_are_omitted_and_e164_applies_only_to_to() {
        let bare = |digits| CardPhone { number: number(digits), kind: None, wa_id: None };
        let message = message("Zoë \"Z\"\\", vec![bare("254712345678"), bare("4930123456")]);
        assert_eq!(
            json(&message, ToFormat::E164),
            concat!(
                r#"{"messageId":"ca739107-4b0d-4581-acb1-4c4af70555de","to":"+254712345678","#,
                r#""from":"254110090747","name":{"formattedName":"Zoë \"Z\"\\"},"#,
                r#""phones":[{"phone":"254712345678"},{"phone":"4930123456"}]}"#,
            )
        );
    }
}
