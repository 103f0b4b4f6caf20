//! The exports of common programs: how a header shows that it is one, and the words with another
//! meaning there.
//!
//! Most exports are read by their words alone. Recognising one lets the plan name it, and gives a
//! word its meaning in it: in a shop's orders `Name` is the order's number.

use super::field::Field;
use super::vocabulary::{Meaning, NameFallback, NamePart, NumberType};

/// An export of another program.
#[derive(Debug)]
pub(super) struct Export {
    /// Its name, as the plan shows it.
    pub(super) name: &'static str,
    /// The headers that together show it, normalised.
    signs: &'static [&'static str],
    /// The headers with another meaning than elsewhere.
    meanings: &'static [(&'static str, Meaning)],
}

impl Export {
    const fn new(name: &'static str, signs: &'static [&'static str]) -> Self {
        Self { name, signs, meanings: &[] }
    }

    const fn with(self, meanings: &'static [(&'static str, Meaning)]) -> Self {
        Self { meanings, ..self }
    }

    /// The export that has these headers, normalised; the first match counts.
    pub(super) fn of(words: &[&str]) -> Option<&'static Self> {
        EXPORTS.iter().find(|export| export.signs.iter().all(|sign| words.contains(sign)))
    }

    /// The meaning of a header in this export, if it is another one than elsewhere.
    pub(super) fn meaning(&self, word: &str) -> Option<Meaning> {
        // In a CRM's export `Type` is the customer's type, not the number's.
        if word == "type" {
            return Some(Meaning::Unknown);
        }
        self.meanings.iter().find(|(header, _)| *header == word).map(|(_, meaning)| *meaning)
    }
}

const WORK: Meaning = Meaning::Number(NumberType::new("Work", 3));
const HOME: Meaning = Meaning::Number(NumberType::new("Home", 4));
const MAIN: Meaning = Meaning::Number(NumberType::new("Main", 5));
const OTHER: Meaning = Meaning::Number(NumberType::new("Other", 7));
const SPARE: Meaning = Meaning::SpareNumber;
const NAME: Meaning = Meaning::Synonym(Field::Name);

const EXPORTS: [Export; 25] = [
    Export::new("Google Contacts", &["phone1label", "phone1value"]),
    Export::new("Google Contacts (old)", &["phone1type", "phone1value"]),
    Export::new("Outlook", &["firstname", "lastname", "mobilephone", "businessphone"]),
    Export::new("Shopify orders", &["name", "lineitemname", "billingname"]).with(SHOP_ORDERS),
    Export::new("Shopify customers", &["firstname", "lastname", "defaultaddressphone"])
        .with(&[("defaultaddressphone", SPARE)]),
    Export::new("WooCommerce", &["billingfirstname", "billingphone"]),
    Export::new("WooCommerce", &["firstnamebilling", "phonebilling"]),
    Export::new("Zoho", &["recordid", "leadowner"]),
    Export::new("Zoho", &["recordid", "contactownerid"]),
    Export::new("Zoho", &["recordid", "contactowner", "accountname"]),
    Export::new("Zoho", &["recordid", "contactowner", "mailingstreet"]),
    Export::new("HubSpot", &["recordidcontact"]),
    Export::new("HubSpot", &["recordid", "firstname", "lastname", "phonenumber"]),
    Export::new("HubSpot", &["recordid", "firstname", "lastname", "mobilephonenumber"]),
    Export::new("Mailchimp", &["emailaddress", "memberrating"]),
    Export::new("Brevo", &["email", "firstname", "lastname", "sms"])
        .with(&[("sms", SPARE), ("landlinenumber", SPARE)]),
    Export::new("Yahoo", &["first", "last", "yahoophone"]).with(&[
        ("first", Meaning::Part(NamePart::First)),
        ("middle", Meaning::Part(NamePart::Middle)),
        ("last", Meaning::Part(NamePart::Last)),
        ("nickname", Meaning::Fallback(NameFallback::Display)),
        ("home", HOME),
        ("work", WORK),
        ("other", OTHER),
        ("yahoophone", OTHER),
        ("primary", MAIN),
    ]),
    Export::new("Salesforce", &["salutation", "firstname", "lastname", "accountname"]),
    Export::new("Salesforce", &["salutation", "firstname", "lastname", "mobile"]),
    Export::new("Salesforce", &["firstname", "lastname", "phone", "mobilephone"]),
    Export::new("Pipedrive", &["personname"]),
    Export::new("Pipedrive", &["name", "email", "phone", "organization"]),
    Export::new("systeme.io", &["email", "firstname", "surname", "phonenumber"]),
    Export::new("M-PESA", &["receiptno", "otherpartyinfo"])
        .with(&[("otherpartyinfo", Meaning::NumberAndName)]),
    Export::new("WhatsApp group", &["phonenumber", "savedname", "publicname"])
        .with(&[("savedname", NAME)]),
];

/// `Name` is the order's number, and the person is the one who pays.
const SHOP_ORDERS: &[(&str, Meaning)] = &[
    ("name", Meaning::Unknown),
    ("billingname", NAME),
    ("shippingname", Meaning::Fallback(NameFallback::Shipping)),
    ("billingphone", SPARE),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_is_known_by_its_headers() {
        for (words, name) in [
            (&["recordid", "leadowner", "firstname", "lastname", "phone"][..], Some("Zoho")),
            (&["recordid", "contactowner", "firstname", "lastname", "accountname"], Some("Zoho")),
            (
                &["recordid", "firstname", "lastname", "phonenumber", "contactowner"],
                Some("HubSpot"),
            ),
            (&["recordid", "firstname", "lastname", "phone"], None),
            (&["name", "phone"], None),
        ] {
            assert_eq!(Export::of(words).map(|export| export.name), name, "{words:?}");
        }
    }

    #[test]
    fn the_type_in_an_export_is_not_the_numbers() {
        for export in &EXPORTS {
            assert_eq!(export.meaning("type"), Some(Meaning::Unknown), "{}", export.name);
            assert_eq!(export.meaning("mobile"), None, "{}", export.name);
        }
    }
}
