//! What each header means beside the other headers of its file.
//!
//! A word alone is not enough: `Name` beside `Surname` is the first name, `Billing Phone` is the
//! contact's number only where no plainer one stands, and `phonenumber` in a survey is the
//! telephone on which it was filled in.

use super::columns::OurFile;
use super::exports::Export;
use super::field::Field;
use super::header::normalise;
use super::likely;
use super::roles::RoleMeaning;
use super::vocabulary::{self, Meaning, NameFallback, NamePart, NumberType};

/// Parts of headers that only lists of orders have.
const ORDER_PARTS: [&str; 4] = ["order", "lineitem", "financialstatus", "fulfillment"];

/// The header of a survey device's number in the exports of ODK and Kobo.
const SURVEY_DEVICE: &str = "phonenumber";

/// The meanings of a file's columns, from the left.
pub(super) fn meanings(
    headers: &[&str],
    words: &[String],
    export: Option<&Export>,
    ours: Option<OurFile>,
) -> Vec<Meaning> {
    let meaning = |word: &String| {
        if ours.is_some_and(|ours| vocabulary::is_output_column(word, ours)) {
            return Meaning::Output;
        }
        export.and_then(|export| export.meaning(word)).unwrap_or_else(|| Meaning::of_word(word))
    };
    let mut file = InFile { headers, words, meanings: words.iter().map(meaning).collect() };
    if is_survey(headers) {
        file.read_survey();
    }
    file.read_short_words();
    file.find_recipient();
    file.leave_names_of_orders();
    if export.is_none() {
        file.leave_numbers_of_others();
    }
    file.choose_roles();
    file.choose_name();
    file.meanings
}

/// Returns whether a file is a survey's, by the headers that only exports of surveys have (ODK,
/// Kobo), as they are written there: `deviceid`, `meta-instanceID`, `meta/instanceID`, `KEY`,
/// `_uuid`.
pub(super) fn is_survey(headers: &[&str]) -> bool {
    headers.iter().any(|header| {
        let header = header.trim();
        matches!(last_of_group(header), "deviceid" | "instanceID" | "_uuid") || header == "KEY"
    })
}

/// The question's own name, behind the groups that it is in: `respondent/phone`, `person-name`.
fn last_of_group(header: &str) -> &str {
    header.rsplit(['/', '-', ':', '.']).next().unwrap_or(header)
}

/// Returns whether a survey's question is in a group.
pub(super) fn is_in_group(header: &str) -> bool {
    last_of_group(header).len() < header.len()
}

/// The columns of a file while their meanings are found.
pub(super) struct InFile<'h> {
    pub(super) headers: &'h [&'h str],
    pub(super) words: &'h [String],
    pub(super) meanings: Vec<Meaning>,
}

impl InFile<'_> {
    pub(super) fn has(&self, is_wanted: impl Fn(Meaning) -> bool) -> bool {
        self.meanings.iter().any(|meaning| is_wanted(*meaning))
    }

    pub(super) fn has_word(&self, word: &str) -> bool {
        self.words.iter().any(|other| other == word)
    }

    pub(super) fn has_number(&self) -> bool {
        self.has(|meaning| {
            matches!(
                meaning,
                Meaning::Number(_)
                    | Meaning::SpareNumber
                    | Meaning::Own(Field::Phone(_))
                    | Meaning::GroupValue(_)
            )
        })
    }

    pub(super) fn has_name(&self) -> bool {
        self.has(|meaning| {
            matches!(
                meaning,
                Meaning::Own(Field::Name) | Meaning::Synonym(Field::Name) | Meaning::Part(_)
            )
        })
    }

    /// Replaces the meaning of each column with this word.
    fn set(&mut self, word: &str, meaning: Meaning) {
        for at in 0..self.words.len() {
            if self.words[at] == word {
                self.meanings[at] = meaning;
            }
        }
    }

    /// The device's number, and the questions in groups. Those of several groups may be about
    /// several people.
    fn read_survey(&mut self) {
        let mut questions = Vec::new();
        for at in 0..self.headers.len() {
            let header = super::header::shown(self.headers[at]);
            let last = last_of_group(header);
            if header == SURVEY_DEVICE {
                self.meanings[at] = Meaning::SurveyDevice;
            } else if is_in_group(header)
                && matches!(self.meanings[at], Meaning::Unknown | Meaning::Role(..))
            {
                let group = &header[..header.len() - last.len()];
                let meaning = Meaning::of_word(&normalise(last));
                let is_of_person = matches!(meaning, Meaning::Role(..)) || is_of_person(meaning);
                if is_of_person && !likely::is_somebody_else(group) {
                    questions.push((group, at, meaning));
                }
            }
        }
        let first_group = questions.first().map(|(group, ..)| *group);
        let are_of_one = questions.iter().all(|(group, ..)| Some(*group) == first_group);
        for (_, at, meaning) in questions {
            let of_contact = meaning.for_role().map_or(meaning, RoleMeaning::of_contact);
            self.meanings[at] = if are_of_one { of_contact } else { Meaning::Unknown };
        }
    }

    /// Words that mean a number or a name only beside certain others.
    fn read_short_words(&mut self) {
        let mobile = self.has_word("mobile") || self.has_word("cell");
        if mobile {
            self.set("work", Meaning::Number(NumberType::new("Work", 3)));
            self.set("home", Meaning::Number(NumberType::new("Home", 4)));
        }
        if mobile || self.has_word("mobile1") {
            self.set("homenumber", Meaning::Number(NumberType::new("Home", 4)));
            self.set("worknumber", Meaning::Number(NumberType::new("Work", 3)));
            self.set("officenumber", Meaning::Number(NumberType::new("Work", 3)));
        }
        if self.has_word("first") && self.has_word("last") && !self.has_name() {
            self.set("first", Meaning::Part(NamePart::First));
            self.set("middle", Meaning::Part(NamePart::Middle));
            self.set("last", Meaning::Part(NamePart::Last));
        }
        self.read_short_parts();
        let is_counted = self.words.iter().filter(|word| *word == "number").count() == 1;
        let has_name = self.has_name()
            || self.has(|meaning| meaning == Meaning::Fallback(NameFallback::Display));
        if is_counted && has_name && !self.has_number() && !self.has_role_number() {
            self.set("number", Meaning::Number(NumberType::PLAIN));
        }
    }

    /// Words for a part of a name that are one only beside another part: `Given,Surname`.
    fn read_short_parts(&mut self) {
        let has = |file: &Self, part| file.meanings.contains(&Meaning::Part(part));
        if has(self, NamePart::Last) && !has(self, NamePart::First) {
            self.set("given", Meaning::Part(NamePart::First));
            self.set("first", Meaning::Part(NamePart::First));
        }
        if has(self, NamePart::First) && !has(self, NamePart::Last) {
            self.set("family", Meaning::Part(NamePart::Last));
            self.set("last", Meaning::Part(NamePart::Last));
        }
        if has(self, NamePart::First) && has(self, NamePart::Last) {
            self.set("mi", Meaning::Part(NamePart::Middle));
            self.set("middle", Meaning::Part(NamePart::Middle));
        }
    }

    /// In a list of orders `Name` beside the name of who pays is the order's.
    fn leave_names_of_orders(&mut self) {
        let is_order = |word: &String| ORDER_PARTS.iter().any(|part| word.contains(part));
        let pays =
            |meaning| matches!(meaning, Meaning::Role(role, RoleMeaning::Name) if role.pays());
        if self.words.iter().any(is_order) && self.has(pays) {
            self.set("name", Meaning::Unknown);
        }
    }

    /// `Receiver` beside `Receiver Phone` is the recipient's name.
    fn find_recipient(&mut self) {
        for who in ["receiver", "recipient"] {
            let is_number = |word: &String| {
                let meaning = word.strip_prefix(who).and_then(Meaning::of_word_alone);
                matches!(meaning, Some(Meaning::Number(_) | Meaning::Own(Field::Phone(1))))
            };
            if self.has_word(who)
                && !self.has_word("to")
                && let Some(at) = self.words.iter().position(is_number)
            {
                self.set(who, Meaning::Unknown);
                self.meanings[at] = Meaning::Synonym(Field::To);
            }
        }
    }

    /// Decides what `name` and words like it are beside the parts of a name.
    fn choose_name(&mut self) {
        let has = |part| self.meanings.contains(&Meaning::Part(part));
        let (first, last) = (has(NamePart::First), has(NamePart::Last));
        let whole = self.has(|meaning| meaning == Meaning::Synonym(Field::Name));
        if last && !first && !whole {
            // `Name,Surname` and `Initials,Surname`: lists of people.
            match self.has_word("name") {
                true => self.set("name", Meaning::Part(NamePart::First)),
                false => self.set("initials", Meaning::Part(NamePart::First)),
            }
        } else if !first
            && !last
            && self.has_word("name")
            && self.headers.iter().any(|header| likely::is_part_of_name(header))
        {
            self.set("name", Meaning::Unknown);
        }
        if self.has_word("name") && !self.has_number() {
            // It may hold the number.
            self.set("contact", Meaning::Unknown);
        }
        if !self.has_name() {
            self.promote_display_name();
        }
    }

    /// Takes the name that a program shows for the name, where the file has no other.
    fn promote_display_name(&mut self) {
        let display = Meaning::Fallback(NameFallback::Display);
        let shown = |meaning: &Meaning| *meaning == display;
        if self.meanings.iter().filter(|meaning| shown(meaning)).count() == 1
            && let Some(at) = self.meanings.iter().position(shown)
        {
            self.meanings[at] = Meaning::Synonym(Field::Name);
        }
    }
}

/// Returns whether it is a name or a number, or a part of them.
fn is_of_person(meaning: Meaning) -> bool {
    matches!(
        meaning,
        Meaning::Own(Field::Name | Field::Phone(_))
            | Meaning::Synonym(Field::Name)
            | Meaning::Number(_)
            | Meaning::Part(_)
    )
}
