//! What a header means by itself.

use crate::prepare::mapping::Field;
use crate::prepare::mapping::header::normalise;
use crate::prepare::mapping::vocabulary::*;
use crate::read::phone_device::Device;

#[test]
fn a_header_has_one_meaning() {
    for (word, meaning) in [
        ("to", Meaning::Own(Field::To)),
        ("phone", Meaning::Own(Field::Phone(1))),
        ("recipient", Meaning::Synonym(Field::To)),
        ("receiver", Meaning::Synonym(Field::To)),
        ("sendto", Meaning::Synonym(Field::To)),
        ("fullname", Meaning::Synonym(Field::Name)),
        ("contact", Meaning::Synonym(Field::Name)),
        ("contactname", Meaning::Synonym(Field::Name)),
        ("formattedname", Meaning::Synonym(Field::Name)),
        ("personname", Meaning::Synonym(Field::Name)),
        ("country", Meaning::Own(Field::Country)),
        ("countrycode", Meaning::Synonym(Field::Country)),
        ("countryregion", Meaning::Synonym(Field::Country)),
        ("dialcode", Meaning::Synonym(Field::Country)),
        ("callingcode", Meaning::Synonym(Field::Country)),
        ("countryname", Meaning::Unknown),
        ("nationality", Meaning::Unknown),
        ("billingcountry", Meaning::Unknown),
        ("countryofbirth", Meaning::Unknown),
        ("homecountryregion", Meaning::Unknown),
        ("country2", Meaning::Unknown),
        ("whatsappid", Meaning::Synonym(Field::WaId(1))),
        ("whatsappid2", Meaning::Synonym(Field::WaId(2))),
        ("whatsappid0", Meaning::Unknown),
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

#[test]
fn a_field_is_recognised_by_its_name() {
    for (name, field) in [
        ("to", Field::To),
        ("name", Field::Name),
        ("phone", Field::Phone(1)),
        ("phone_2", Field::Phone(2)),
        ("phone_12", Field::Phone(12)),
        ("type", Field::Type(1)),
        ("type_3", Field::Type(3)),
        ("wa_id", Field::WaId(1)),
        ("wa_id_2", Field::WaId(2)),
        ("message_id", Field::MessageId),
        ("country", Field::Country),
    ] {
        assert_eq!(field_named(&normalise(name)), Some(field), "{name}");
        assert_eq!(field.to_string(), name);
    }
    for (name, field) in [
        ("phone_1", Some(Field::Phone(1))),
        ("Wa-ID 2", Some(Field::WaId(2))),
        ("waId", Some(Field::WaId(1))),
        ("phone_0", None),
        ("phone_70000", None),
        ("to2", None),
        ("name2", None),
        ("mobile", None),
        ("", None),
    ] {
        assert_eq!(field_named(&normalise(name)), field, "{name}");
    }
}

#[test]
fn number_columns_give_a_type_and_a_rank() {
    for (word, shown, rank) in [
        ("phonenumber", None, 2),
        ("telephone", None, 2),
        ("tel", None, 2),
        ("msisdn", None, 2),
        ("mobile", Some("Cell"), 1),
        ("cell", Some("Cell"), 1),
        ("whatsapp", Some("WhatsApp"), 0),
        ("mobilephone", Some("Cell"), 1),
        ("mobilephonenumber", Some("Cell"), 1),
        ("mobileno", Some("Cell"), 1),
        ("whatsappphonenumber", Some("WhatsApp"), 0),
        ("whatsappnumber", Some("WhatsApp"), 0),
        ("businessphone", Some("Work"), 3),
        ("businessphone2", Some("Work"), 3),
        ("homephone", Some("Home"), 4),
        ("primaryphone", Some("Main"), 5),
        ("companymainphone", Some("Main"), 6),
        ("otherphone", Some("Other"), 7),
        ("carphone", Some("Car"), 8),
        ("personphonework", Some("Work"), 3),
        ("phonemobile", Some("Cell"), 1),
        ("personphone", None, 2),
    ] {
        let expected = Meaning::Number(NumberType { shown, rank });
        assert_eq!(Meaning::of_word(word), expected, "{word}");
    }
}

#[test]
fn numbers_of_fax_and_pager_are_left_out() {
    for (word, device) in [
        ("businessfax", Device::Fax),
        ("homefax", Device::Fax),
        ("otherfax", Device::Fax),
        ("faxnumber", Device::Fax),
        ("faxphone", Device::Fax),
        ("businessfaxnumber", Device::Fax),
        ("faxnumberhome", Device::Fax),
        ("telefax", Device::Fax),
        ("phonefax", Device::Fax),
        ("personphonefax", Device::Fax),
        ("fax2", Device::Fax),
        ("facsimile", Device::Fax),
        ("pager", Device::Pager),
        ("pagernumber", Device::Pager),
        ("telex", Device::Telex),
        ("isdn", Device::Isdn),
        ("ttytddphone", Device::Tty),
        ("ttytdd", Device::Tty),
        ("tty", Device::Tty),
    ] {
        assert_eq!(Meaning::of_word(word), Meaning::LeftOut(device), "{word}");
    }
}

#[test]
fn other_peoples_numbers_and_other_words_are_unknown() {
    for word in [
        "assistantsphone",
        "asstphone",
        "callback",
        "radiophone",
        "businessnumber",
        "accountnumber",
        "halifax",
        "modem",
        "phonetic",
        "hotel",
        "work",
        "home",
        "number",
        "no",
        "",
    ] {
        assert_eq!(Meaning::of_word(word), Meaning::Unknown, "{word}");
    }
}
