//! People with a role in a list: `Customer Phone`, `Billing Name`, `Parent Phone`. The other headers
//! decide whether that person is the contact (see [`super::in_file`]).

use super::field::Field;
use super::vocabulary::{Meaning, NamePart, NumberType, without};

/// The role of a person in a list, by the word before or behind what is known of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Role(pub(super) &'static str);

/// What a column holds of somebody with a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RoleMeaning {
    Name,
    Part(NamePart),
    Number(NumberType),
}

impl RoleMeaning {
    /// The meaning when that person is the contact.
    pub(super) fn of_contact(self) -> Meaning {
        match self {
            Self::Name => Meaning::Synonym(Field::Name),
            Self::Part(part) => Meaning::Part(part),
            Self::Number(number_type) => Meaning::Number(number_type),
        }
    }
}

/// The words for the person whom a row is about, or who ordered or paid.
const ROLES: [&str; 26] = [
    "attendee",
    "beneficiary",
    "billing",
    "billto",
    "borrower",
    "buyer",
    "client",
    "customer",
    "donor",
    "employee",
    "farmer",
    "guest",
    "lead",
    "learner",
    "member",
    "participant",
    "passenger",
    "patient",
    "pupil",
    "respondent",
    "shipping",
    "shipto",
    "student",
    "subscriber",
    "tenant",
    "voter",
];

/// The roles of somebody else than the contact of the row, whose number people give as well.
const RELATIVES: [&str; 4] = ["parent", "guardian", "mother", "father"];

impl Role {
    /// Reads `Customer Phone`, `First Name (Billing)`.
    pub(super) fn read(word: &str) -> Option<Meaning> {
        ROLES.into_iter().chain(RELATIVES).find_map(|role| {
            let rest = without(word, role)?;
            // `Father's Phone`
            let rest = rest.strip_prefix('s').filter(|_| word.starts_with(role)).unwrap_or(rest);
            // `Customer Contact` may be a name or a number.
            let rest = Some(rest).filter(|rest| *rest != "contact")?;
            let what = Meaning::of_word_alone(rest)?.for_role()?;
            Some(Meaning::Role(Self(role), what))
        })
    }

    /// Reads a header that only names somebody with a role: `Customer`.
    pub(super) fn alone(word: &str) -> Option<Self> {
        ROLES.into_iter().chain(RELATIVES).find(|role| *role == word).map(Self)
    }

    /// Returns whether it is the one who pays for an order.
    pub(super) fn pays(self) -> bool {
        matches!(self.0, "billing" | "billto" | "buyer")
    }

    /// Returns whether it is the one who gets an order, who may be somebody else.
    pub(super) fn receives(self) -> bool {
        matches!(self.0, "shipping" | "shipto")
    }

    /// Returns whether a row's contact can be somebody with this role.
    pub(super) fn can_be_contact(self) -> bool {
        !RELATIVES.contains(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_stands_before_or_behind_what_is_known_of_the_person() {
        let number = RoleMeaning::Number(NumberType::PLAIN);
        for (word, role, what) in [
            ("customerphone", "customer", number),
            ("clientname", "client", RoleMeaning::Name),
            ("firstnamebilling", "billing", RoleMeaning::Part(NamePart::First)),
            ("phonebilling", "billing", number),
            ("parentphone", "parent", number),
            ("fathersphone", "father", number),
            ("customersname", "customer", RoleMeaning::Name),
        ] {
            assert_eq!(Role::read(word), Some(Meaning::Role(Role(role), what)), "{word}");
        }
        for word in ["customerid", "customercontact", "clientno", "phone", "billing", "username"] {
            assert_eq!(Role::read(word), None, "{word}");
        }
    }
}
