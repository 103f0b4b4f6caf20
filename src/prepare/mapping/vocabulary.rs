//! What a header means: our words, the synonyms, and the columns of the known exports.
//!
//! Most exports are read by their words alone; knowing which one it is lets the plan say so, and
//! keeps words that mean something else there (Salesforce's `Type`) from being taken for ours.

use super::field::Field;
use super::header::normalise;
use super::telephone::{Kind, Telephone};
use crate::read::own_columns::{Column, REJECTS, REJECTS_MARKS};
use crate::read::phone_device::Device;

/// The exports by their names and the headers that tell them; the first that fits is it.
const EXPORTS: [(&str, &[&str]); 11] = [
    ("Google Contacts", &["phone1label", "phone1value"]),
    ("Google Contacts (old)", &["phone1type", "phone1value"]),
    ("Outlook", &["firstname", "lastname", "mobilephone", "businessphone"]),
    ("HubSpot", &["recordid", "firstname", "lastname"]),
    ("Mailchimp", &["emailaddress", "memberrating"]),
    ("Salesforce", &["salutation", "firstname", "lastname", "accountname"]),
    ("Salesforce", &["salutation", "firstname", "lastname", "mobile"]),
    ("Salesforce", &["firstname", "lastname", "phone", "mobilephone"]),
    ("Pipedrive", &["personname"]),
    ("Pipedrive", &["name", "email", "phone", "organization"]),
    ("systeme.io", &["email", "firstname", "surname", "phonenumber"]),
];

/// The name of the export that has these header words.
pub(super) fn recognise(words: &[&str]) -> Option<&'static str> {
    EXPORTS
        .iter()
        .find(|(_, signs)| signs.iter().all(|sign| words.contains(sign)))
        .map(|(name, _)| *name)
}

/// A part of a name, in the order in which the parts are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NamePart {
    First,
    Middle,
    Last,
}

/// What a contact is called when its name is empty, the better one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NameFallback {
    FileAs,
    Organisation,
}

/// What a header means by itself, before the file's other headers and `--map` are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A field under its own word.
    Own(Field),
    /// A field under a synonym.
    Synonym(Field),
    /// A number of the contact.
    Number(Kind),
    /// `Phone N - Value`.
    GroupValue(u16),
    /// `Phone N - Label` or `Phone N - Type`.
    GroupLabel(u16),
    /// A part of the name.
    Part(NamePart),
    /// What stands in for an empty name.
    Fallback(NameFallback),
    /// A number that is no telephone's.
    LeftOut(Device),
    /// A column that we add to the files we write.
    Output,
    /// Nothing we know.
    Unknown,
}

impl Meaning {
    pub(super) fn of_word(word: &str) -> Self {
        if let Some(field) = Field::of_own_word(word) {
            return Self::Own(field);
        }
        if let Some(field) = Field::of_synonym(word) {
            return Self::Synonym(field);
        }
        match Telephone::of_word(word) {
            Some(Telephone::Number(kind)) => return Self::Number(kind),
            Some(Telephone::LeftOut(device)) => return Self::LeftOut(device),
            None => {}
        }
        group(word).or_else(|| name(word)).unwrap_or(Self::Unknown)
    }
}

/// Google's numbered pairs.
fn group(word: &str) -> Option<Meaning> {
    let rest = word.strip_prefix("phone")?;
    let (number, what) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
    let number = number.parse().ok().filter(|number| *number > 0)?;
    match what {
        "value" => Some(Meaning::GroupValue(number)),
        "label" | "type" => Some(Meaning::GroupLabel(number)),
        _ => None,
    }
}

fn name(word: &str) -> Option<Meaning> {
    let word = word.strip_prefix("person").unwrap_or(word);
    Some(match word {
        "name" => Meaning::Synonym(Field::Name),
        "firstname" | "givenname" | "forename" | "fname" => Meaning::Part(NamePart::First),
        "middlename" | "additionalname" => Meaning::Part(NamePart::Middle),
        "lastname" | "familyname" | "surname" | "lname" => Meaning::Part(NamePart::Last),
        "fileas" => Meaning::Fallback(NameFallback::FileAs),
        "organizationname" | "organization1name" | "organization" | "organisation" | "company"
        | "companyname" => Meaning::Fallback(NameFallback::Organisation),
        _ => return None,
    })
}

/// Which of our own files this is by its columns, as (rejects, results).
pub(super) fn our_marks(words: &[&str]) -> (bool, bool) {
    let has = |name: &str| words.iter().any(|word| is_word_of(word, name));
    let results = Column::MARKS.iter().all(|column| has(column.name()));
    (REJECTS_MARKS.iter().all(|name| has(name)), results)
}

/// Whether this is a column that we add, in a file of ours: `of_results` when it is a results file.
/// The columns of results that are fields of a row keep their meaning.
pub(super) fn is_output_column(word: &str, of_results: bool) -> bool {
    REJECTS.iter().any(|name| is_word_of(word, name))
        || (of_results
            && Field::of_own_word(word).is_none()
            && Column::ALL.iter().any(|column| is_word_of(word, column.name())))
}

/// Whether a column's name, normalised, is this word.
fn is_word_of(word: &str, name: &str) -> bool {
    normalise(name) == word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_their_meaning() {
        for (word, meaning) in [
            ("to", Meaning::Own(Field::To)),
            ("recipient", Meaning::Synonym(Field::To)),
            ("receiver", Meaning::Synonym(Field::To)),
            ("sendto", Meaning::Synonym(Field::To)),
            ("fullname", Meaning::Synonym(Field::Name)),
            ("contact", Meaning::Synonym(Field::Name)),
            ("contactname", Meaning::Synonym(Field::Name)),
            ("formattedname", Meaning::Synonym(Field::Name)),
            ("personname", Meaning::Synonym(Field::Name)),
            ("whatsappid", Meaning::Synonym(Field::WaId(1))),
            ("whatsappid2", Meaning::Synonym(Field::WaId(2))),
            ("phone1value", Meaning::GroupValue(1)),
            ("phone12label", Meaning::GroupLabel(12)),
            ("phone1type", Meaning::GroupLabel(1)),
            ("phone0value", Meaning::Unknown),
            ("phone99999value", Meaning::Unknown),
            ("phonevalue", Meaning::Unknown),
            ("surname", Meaning::Part(NamePart::Last)),
            ("personfirstname", Meaning::Part(NamePart::First)),
            ("organization1name", Meaning::Fallback(NameFallback::Organisation)),
            ("fax", Meaning::LeftOut(Device::Fax)),
            ("salutation", Meaning::Unknown),
            ("nameprefix", Meaning::Unknown),
            ("phoneticfirstname", Meaning::Unknown),
            ("givennameyomi", Meaning::Unknown),
            ("organization1yominame", Meaning::Unknown),
            ("accountname", Meaning::Unknown),
        ] {
            assert_eq!(Meaning::of_word(word), meaning, "{word}");
        }
    }
}
