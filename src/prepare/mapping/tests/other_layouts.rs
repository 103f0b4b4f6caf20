//! Other lists that people have: more words for numbers and names, and people with roles.

use super::*;

#[test]
fn numbers_under_more_words() {
    for (header, line, expected) in [
        ("Name,Office Phone,iPhone", "n,o,i", "n; i/iPhone, o/Work; "),
        ("Name,Phone : iPhone,Phone : pref", "n,i,", "n; i/iPhone; "),
        (
            "Name,General mobile,Business mobile,Home phone",
            "n,g,b,h",
            "n; g/Cell, b/Cell, h/Home; ",
        ),
        ("Name,Work,Mobile,Phone numbers", "n,w,m,p", "n; m/Cell, w/Work; "),
        ("Name,Mobile 1,Mobile 2,Home number", "n,1,2,h", "n; 1/Cell, 2/Cell, h/Home; "),
        ("Name,URN:Tel,URN:WhatsApp", "n,t,w", "n; w/WhatsApp, t; "),
        ("Name,Number,Message", "n,1,hi", "n; 1; "),
        ("Member Name,Tel No,ID Number", "n,1,7", "n; 1; "),
        ("Client Name,Mobile No,Account Number", "n,1,7", "n; 1/Cell; "),
        ("Customer Name,Contact Number,Contact Person", "Acme,1,n", "n; 1; "),
        ("Timestamp,Your Name,Your WhatsApp Number", "t,n,1", "n; 1/WhatsApp; "),
        ("What is your full name?,Phone Number (WhatsApp)", "n,1", "n; 1/WhatsApp; "),
        ("Phone Number,Saved Name,Public Name,Group Name", "1,,~n,g", "n; 1; "),
        ("Name,Phone numbers", "n,1", "n; 1; "),
        ("Mobile,Display Name", "1,n", "n; 1/Cell; "),
        ("First Name [Required],Last Name [Required],Work Phone", "n,x,1", "n x; 1/Work; "),
        ("Lead Name,Lead Owner,Mobile", "n,x,1", "n; 1/Cell; "),
        ("Country Name,Work,Name,Phone", "Kenya,Teacher,n,1", "n; 1; "),
    ] {
        let mapping = map(header, GIVEN, &[]).unwrap();
        assert_eq!(shown_row(&mapping, line), expected, "{header}");
    }
}

#[test]
fn names_in_parts() {
    for (header, line, expected) in [
        ("Name,Surname,Phone", "Amina,Odhiambo,1", "Amina Odhiambo; 1; "),
        ("Surname,Name,Cell", "Odhiambo,Amina,1", "Amina Odhiambo; 1/Cell; "),
        ("Surname,Other Names,Phone", "Otieno,Mary Achieng,1", "Mary Achieng Otieno; 1; "),
        ("Surname,Forenames,Phone", "Otieno,Mary,1", "Mary Otieno; 1; "),
        (
            "First Name,Second Name,Surname,Phone",
            "Mary,Achieng,Otieno,1",
            "Mary Achieng Otieno; 1; ",
        ),
        ("Initials,Surname,Phone", "M.A.,Otieno,1", "M.A. Otieno; 1; "),
        ("First,Last,Phone", "Mary,Otieno,1", "Mary Otieno; 1; "),
        ("Name,First Name,Phone", "Otieno,Mary,1", "Mary Otieno; 1; "),
        ("Name,First Name,Phone", "Mary Otieno,Mary,1", "Mary Otieno; 1; "),
        ("Name,First Name,Last Name,Phone", "Whole,Mary,Otieno,1", "Whole; 1; "),
        ("Full Name,Surname,Phone", "Mary Otieno,Otieno,1", "Mary Otieno; 1; "),
    ] {
        let mapping = map(header, GIVEN, &[]).unwrap();
        assert_eq!(shown_row(&mapping, line), expected, "{header}");
    }
}

#[test]
fn a_word_for_an_empty_cell_is_no_part_of_a_name() {
    for (line, expected) in [
        ("Mary,-,Otieno,", "Mary Otieno; 1; "),
        ("n/a,,Otieno,", "Otieno; 1; "),
        ("\"=\"\"Mary\"\"\",NULL,\"\"\"Otieno\"\"\",", "Mary Otieno; 1; "),
        ("Mary,,Null,", "Mary Null; 1; "),
        ("-,(blank),,Acme", "Acme; 1; "),
        // Said by the reject.
        ("\\N,,-,", "\\N; 1; "),
        ("Mary,,#REF!,", "Mary #REF!; 1; "),
    ] {
        let header = "First Name,Middle Name,Last Name,Company,Phone";
        let mapping = map(header, GIVEN, &[]).unwrap();
        assert_eq!(shown_row(&mapping, &format!("{line},1")), expected, "{line}");
    }
    let mapping = map("to,name,phone,type", NOT_GIVEN, &[]).unwrap();
    assert_eq!(shown_row(&mapping, "t,n,1,n/a"), "n; 1; ");
}

#[test]
fn a_receiver_beside_the_receivers_number_is_a_name() {
    let mapping = map("Receiver,Receiver Phone,Sender Phone", InputRole::Recipients, &[]).unwrap();
    assert_eq!(mapping.draft(&row(&cells("n,1,2"))).to, Some("1"));
    let mapping = map("Receiver,Sender Phone", InputRole::Recipients, &[]).unwrap();
    assert_eq!(mapping.draft(&row(&cells("1,2"))).to, Some("1"));
}

/// A number or a name that may be somebody else's is never used without the user's word.
#[test]
fn people_with_different_roles_are_not_mixed_up() {
    for (header, says) in [
        (
            "Student Name,Parent Name,Parent Phone",
            "--map 'phone=Parent Phone' --map 'name=Parent Name'",
        ),
        (
            "Buyer First Name,Buyer Last Name,Attendee First Name,Mobile",
            "--map 'name=Buyer First Name+Buyer Last Name'",
        ),
        ("Client Name,Guest Phone", "--map 'phone=Guest Phone'"),
        ("Member Name,Guardian Phone", "--map 'phone=Guardian Phone'"),
        ("Customer Phone,Employee Phone,Name", "--map 'phone=Customer Phone'"),
        ("Name,Next of Kin Phone", "--map phone=HEADER"),
        ("Name,Vorname,Mobile", "--map name=Vorname+Name"),
        ("Name,Nachname,Mobile", "--map name=Name+Nachname"),
        ("Name,Agent Phone,Contact", "--map phone=Contact"),
    ] {
        let error = error(header, GIVEN, &[]);
        assert!(error.contains(says), "{header}: {error}");
    }
}

#[test]
fn questions_of_a_survey_are_the_persons_only_in_contacts() {
    for (header, line) in [
        ("deviceid,phonenumber,respondent/full_name,respondent/phone_number,_uuid", "d,9,n,1,u"),
        ("deviceid,phonenumber,person-name,person-phone,KEY", "d,9,n,1,k"),
        ("phonenumber,respondent_name,respondent_phone,meta-instanceID", "9,n,1,i"),
    ] {
        let mapping = map(header, GIVEN, &[]).unwrap();
        assert_eq!(shown_row(&mapping, line), "n; 1; ", "{header}");
        assert!(error(header, InputRole::Recipients, &[]).contains("column `to` not found"));
    }
    for (header, missing) in [
        ("phonenumber,nok/name,nok/phone,name,KEY", "column `phone`"),
        ("child/name,mother/phone,_uuid", "columns `phone` and `name`"),
        ("buyer/phone,seller/phone,seller/name,_uuid", "columns `phone` and `name`"),
    ] {
        let error = error(header, GIVEN, &[]);
        assert!(error.contains(&format!("{missing} not found")), "{header}: {error}");
    }
}

/// A CRM's `Type` is the kind of customer; whoever gets the card must not read it.
#[test]
fn a_type_that_is_no_kind_of_telephone_is_not_shown() {
    let mapping = map("Name,Phone,Type", GIVEN, &[]).unwrap();
    assert_eq!(shown_row(&mapping, "n,1,Bad debtor"), "n; 1; ");
    assert_eq!(shown_row(&mapping, "n,1,Work mobile"), "n; 1/Work mobile; ");
    // In our own columns, and where the user says so, it is taken literally.
    for (header, rules) in [("to,Name,Phone,Type", &[][..]), ("Name,Phone,Type", &["type=Type"])] {
        let role = if rules.is_empty() { NOT_GIVEN } else { GIVEN };
        let mapping = map(header, role, rules).unwrap();
        let line = if rules.is_empty() { "t,n,1,Hot line" } else { "n,1,Hot line" };
        assert_eq!(shown_row(&mapping, line), "n; 1/Hot line; ", "{header}");
    }
}
