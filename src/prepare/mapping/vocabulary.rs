//! The words that headers are made of, and what each header means by itself.
//!
//! All words are normalised (see [`normalise`]).

use super::columns::OurFile;
use super::field::Field;
use super::header::{normalise, split_number};
use super::roles::{Role, RoleMeaning};
use crate::read::own_columns::{Column, NOT_SENT, NOT_SENT_MARKS, REJECTS, REJECTS_MARKS};
use crate::read::phone_device::{DEVICE_WORDS, Device};

/// The meaning of a header by itself, before the file's other headers and `--map` are considered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A field under its own name.
    Own(Field),
    /// A field under a synonym.
    Synonym(Field),
    /// A number of the contact.
    Number(NumberType),
    /// A number of the contact that counts only where a row has no other.
    SpareNumber,
    /// A number and behind ` - ` the name, in one cell.
    NumberAndName,
    /// A name or a number of somebody with a role: `Customer Phone`, `Billing Name`. The other
    /// headers decide whether this is the contact.
    Role(Role, RoleMeaning),
    /// `Phone N - Value`, `Phone N Number`.
    GroupValue(u16),
    /// `Phone N - Label` or `Phone N - Type`.
    GroupLabel(u16),
    /// A part of the name.
    Part(NamePart),
    /// A substitute for an empty name.
    Fallback(NameFallback),
    /// A number that cannot be on a card.
    LeftOut(Device),
    /// The telephone on which a survey was filled in, not the person's.
    SurveyDevice,
    /// A number that may be that of the person whom the column before it names.
    SomebodyElses,
    /// A column that we add to the files we write.
    Output,
    /// Not known.
    Unknown,
}

impl Meaning {
    /// The meaning of a normalised header.
    pub(super) fn of_word(word: &str) -> Self {
        let word = QUESTIONS.iter().find_map(|before| word.strip_prefix(before)).unwrap_or(word);
        let word = MARKS.iter().find_map(|behind| word.strip_suffix(behind)).unwrap_or(word);
        Self::of_word_alone(word).or_else(|| Role::read(word)).unwrap_or(Self::Unknown)
    }

    /// The meaning of a word that names no role.
    pub(super) fn of_word_alone(word: &str) -> Option<Self> {
        field_named(word)
            .map(Self::Own)
            .or_else(|| synonym(word).map(Self::Synonym))
            .or_else(|| number_column(word))
            .or_else(|| group(word))
            .or_else(|| name_column(word))
    }

    /// The meaning for somebody with a role.
    pub(super) fn for_role(self) -> Option<RoleMeaning> {
        match self {
            Self::Own(Field::Name) | Self::Synonym(Field::Name) => Some(RoleMeaning::Name),
            Self::Own(Field::Phone(1)) => Some(RoleMeaning::Number(NumberType::PLAIN)),
            Self::Number(number_type) => Some(RoleMeaning::Number(number_type)),
            Self::Part(part) => Some(RoleMeaning::Part(part)),
            _ => None,
        }
    }
}

/// What forms and templates write behind a header: `First Name [Required]`.
const MARKS: [&str; 3] = ["required", "mandatory", "optional"];

/// The beginnings of questions in forms.
const QUESTIONS: [&str; 8] = [
    "whatisyour",
    "whatsyour",
    "pleaseenteryour",
    "enteryour",
    "pleaseprovideyour",
    "provideyour",
    "your",
    "my",
];

/// The field with this name: `phone2` is `phone_2`.
pub(super) fn field_named(word: &str) -> Option<Field> {
    match word {
        "to" => return Some(Field::To),
        "name" => return Some(Field::Name),
        "country" => return Some(Field::Country),
        "messageid" => return Some(Field::MessageId),
        "lastinboundat" => return Some(Field::LastInbound),
        _ => {}
    }
    match split_index(word)? {
        ("phone", index) => Some(Field::Phone(index)),
        ("type", index) => Some(Field::Type(index)),
        ("waid", index) => Some(Field::WaId(index)),
        _ => None,
    }
}

/// The field that people call by this word.
fn synonym(word: &str) -> Option<Field> {
    match word {
        "recipient" | "receiver" | "sendto" => return Some(Field::To),
        "lastinbound" => return Some(Field::LastInbound),
        "fullname" | "fullnames" | "names" | "contact" | "contactname" | "contactperson"
        | "formattedname" => return Some(Field::Name),
        word if COUNTRY_WORDS.contains(&word) => return Some(Field::Country),
        _ => {}
    }
    match split_index(word)? {
        ("whatsappid", index) => Some(Field::WaId(index)),
        (
            "phonetype" | "phonelabel" | "phonenumbertype" | "numbertype" | "telephonetype"
            | "telephonelabel",
            index,
        ) => Some(Field::Type(index)),
        _ => None,
    }
}

/// The headers of the country of a row's numbers; those that speak of numbers come first. The
/// country of a nationality, a birth, a bill or a delivery is not among them.
pub(super) const COUNTRY_WORDS: [&str; 14] = [
    "dialcode",
    "callingcode",
    "dialingcode",
    "diallingcode",
    "isdcode",
    "phonecountrycode",
    "mobilecountrycode",
    "whatsappcountrycode",
    "countrydialcode",
    "countrycallingcode",
    "countrycodephone",
    "countrycode",
    "country",
    "countryregion",
];

/// A word and the index at its end, which is 1 where there is none.
fn split_index(word: &str) -> Option<(&str, u16)> {
    let (base, number) = split_number(word)?;
    Some((base, number.unwrap_or(1))).filter(|(_, index)| *index > 0)
}

/// The type that a header gives to the numbers in its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NumberType {
    /// The type shown on the card, if the header names one.
    pub(super) shown: Option<&'static str>,
    /// The order of the card's numbers: those likeliest to be on WhatsApp come first.
    pub(super) rank: u8,
}

impl NumberType {
    /// A column that names no type.
    pub(super) const PLAIN: Self = Self { shown: None, rank: 2 };
    /// A number that counts only where a row has no other.
    pub(super) const SPARE: Self = Self { shown: None, rank: 9 };

    pub(super) const fn new(shown: &'static str, rank: u8) -> Self {
        Self { shown: Some(shown), rank }
    }
}

/// The words for the type of a number.
const NUMBER_TYPES: [(&str, NumberType); 27] = [
    ("whatsapp", NumberType::new("WhatsApp", 0)),
    ("whatsappmobile", NumberType::new("WhatsApp", 0)),
    ("mobilewhatsapp", NumberType::new("WhatsApp", 0)),
    ("mobile", NumberType::new("Cell", 1)),
    ("generalmobile", NumberType::new("Cell", 1)),
    ("personalmobile", NumberType::new("Cell", 1)),
    ("homemobile", NumberType::new("Cell", 1)),
    ("businessmobile", NumberType::new("Cell", 1)),
    ("workmobile", NumberType::new("Cell", 1)),
    ("cell", NumberType::new("Cell", 1)),
    ("cellular", NumberType::new("Cell", 1)),
    ("hand", NumberType::new("Cell", 1)),
    ("iphone", NumberType::new("iPhone", 1)),
    ("", NumberType::PLAIN),
    ("general", NumberType::PLAIN),
    ("contact", NumberType::PLAIN),
    ("personal", NumberType::PLAIN),
    ("office", NumberType::new("Work", 3)),
    ("landline", NumberType::new("Landline", 4)),
    ("business", NumberType::new("Work", 3)),
    ("work", NumberType::new("Work", 3)),
    ("home", NumberType::new("Home", 4)),
    ("primary", NumberType::new("Main", 5)),
    ("main", NumberType::new("Main", 5)),
    ("companymain", NumberType::new("Main", 6)),
    ("other", NumberType::new("Other", 7)),
    ("car", NumberType::new("Car", 8)),
];

/// Words for a telephone. The longer ones come first, so that the whole word is removed.
const TELEPHONE_WORDS: [&str; 10] = [
    "telephonenumber",
    "telephoneno",
    "phonenumber",
    "phoneno",
    "telephone",
    "telnumber",
    "telno",
    "phone",
    "tel",
    "gsm",
];

/// Words for several telephones.
const PLURALS: [&str; 4] = ["phonenumbers", "telephonenumbers", "phones", "telephones"];

/// Reads `Mobile Phone`, `Business Phone 2`, `Person - Phone - Work` or `Home Fax`. The numbers of
/// other people (`Assistant's Phone`) are not the contact's.
fn number_column(word: &str) -> Option<Meaning> {
    let (base, _) = split_number(word)?;
    let base = ["person", "urn"].iter().find_map(|of| base.strip_prefix(of)).unwrap_or(base);
    if let Some(device) = device(base.strip_prefix("phone").unwrap_or(base)) {
        return Some(Meaning::LeftOut(device));
    }
    // All numbers of a person, in a list that may have the one to use in another column.
    if PLURALS.contains(&base) {
        return Some(Meaning::SpareNumber);
    }
    TELEPHONE_WORDS
        .iter()
        .flat_map(|noun| [base.strip_suffix(noun), base.strip_prefix(noun)])
        .find_map(|kind| number_type(kind?))
        .or_else(|| number_without_noun(base))
        .map(Meaning::Number)
}

/// The rest of a word without the noun at its end or its beginning.
pub(super) fn without<'w>(word: &'w str, noun: &str) -> Option<&'w str> {
    word.strip_suffix(noun).or_else(|| word.strip_prefix(noun))
}

/// Reads `Business Fax`, `Fax Number (Home)`, `Pager 2` or `TTY/TDD Phone`.
fn device(word: &str) -> Option<Device> {
    let word = NUMBER_NOUNS.iter().find_map(|noun| word.strip_suffix(noun)).unwrap_or(word);
    let is_named = |device_word: &str| {
        without(word, device_word).is_some_and(|rest| {
            let kind = NUMBER_NOUNS.iter().find_map(|noun| rest.strip_prefix(noun)).unwrap_or(rest);
            number_type(kind).is_some()
        })
    };
    DEVICE_WORDS
        .iter()
        // A column `Modem` holds serial numbers as often as telephone numbers.
        .filter(|(_, device)| *device != Device::Modem)
        .find(|(device_word, _)| is_named(device_word))
        .map(|(_, device)| *device)
}

/// Words that may stand beside a device's.
const NUMBER_NOUNS: [&str; 2] = ["number", "phone"];

fn number_type(word: &str) -> Option<NumberType> {
    NUMBER_TYPES.iter().find(|(name, _)| *name == word).map(|(_, number_type)| *number_type)
}

/// Words for a number behind a type.
const NUMBER_WORDS: [&str; 5] = ["numbers", "number", "num", "nr", "no"];

/// Reads headers that mean a number without saying "phone": `mobile`, `Cell No`, `WhatsApp number`.
fn number_without_noun(word: &str) -> Option<NumberType> {
    let bare = NUMBER_WORDS.iter().find_map(|noun| word.strip_suffix(noun)).unwrap_or(word);
    match bare {
        "msisdn" | "msisdns" | "gsm" => Some(NumberType::PLAIN),
        "mobiles" => number_type("mobile"),
        "wa" | "contact" | "landline" | "hand" if bare == word => None,
        "wa" => number_type("whatsapp"),
        "contact" | "landline" | "whatsapp" | "mobile" | "cell" | "cellular" | "iphone" => {
            number_type(bare)
        }
        _ if bare.ends_with("mobile") || bare.ends_with("whatsapp") => number_type(bare),
        _ => None,
    }
}

/// Google's numbered pairs.
fn group(word: &str) -> Option<Meaning> {
    let rest = word.strip_prefix("phone")?;
    let (number, what) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
    let number = number.parse().ok().filter(|number| *number > 0)?;
    match what {
        "value" | "number" => Some(Meaning::GroupValue(number)),
        "label" | "type" => Some(Meaning::GroupLabel(number)),
        _ => None,
    }
}

/// A part of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NamePart {
    First,
    Middle,
    Last,
}

/// A column whose value replaces an empty name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameFallback {
    /// The name that the program shows, or that the person chose.
    Display,
    FileAs,
    /// The name of the one who gets an order.
    Shipping,
    Organisation,
}

fn name_column(word: &str) -> Option<Meaning> {
    let word = word.strip_prefix("person").unwrap_or(word);
    Some(match word {
        "name" | "savedname" => Meaning::Synonym(Field::Name),
        "firstname" | "firstnames" | "givenname" | "givennames" | "forename" | "forenames"
        | "christianname" | "fname" => Meaning::Part(NamePart::First),
        "middlename" | "middlenames" | "additionalname" | "othername" | "othernames"
        | "secondname" | "thirdname" | "middleinitial" | "mname" | "onames" => {
            Meaning::Part(NamePart::Middle)
        }
        "lastname" | "lastnames" | "familyname" | "surname" | "surnames" | "lname" | "sname" => {
            Meaning::Part(NamePart::Last)
        }
        "displayname" | "completename" | "publicname" | "pushname" => {
            Meaning::Fallback(NameFallback::Display)
        }
        "fileas" => Meaning::Fallback(NameFallback::FileAs),
        "organizationname" | "organization1name" | "organization" | "organisation" | "company"
        | "companyname" => Meaning::Fallback(NameFallback::Organisation),
        _ => return None,
    })
}

/// The kind of our own files that these are the columns of, if any.
pub(super) fn our_file(words: &[&str]) -> Option<OurFile> {
    let has = |name: &str| words.iter().any(|word| is_word_of(word, name));
    if REJECTS_MARKS.iter().all(|name| has(name)) {
        return Some(OurFile::Rejects);
    }
    if Column::MARKS.iter().all(|column| has(column.name())) {
        return Some(OurFile::Results);
    }
    NOT_SENT_MARKS.iter().all(|name| has(name)).then_some(OurFile::NotSent)
}

/// Returns whether this is a column that we add, in this file of ours. The columns of results that
/// are fields of a row keep their meaning.
pub(super) fn is_output_column(word: &str, ours: OurFile) -> bool {
    let is_one_of = |names: &[&str]| names.iter().any(|name| is_word_of(word, name));
    match ours {
        OurFile::Rejects => is_one_of(&REJECTS),
        OurFile::NotSent => is_one_of(&NOT_SENT),
        OurFile::Results => {
            is_one_of(&REJECTS)
                || (field_named(word).is_none() && is_one_of(&Column::ALL.map(Column::name)))
        }
    }
}

/// Returns whether a column's name, normalised, is this word.
fn is_word_of(word: &str, name: &str) -> bool {
    normalise(name) == word
}
