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
        ("Number,Push Name,Saved Name", "1,x,n", "n; 1; "),
        ("Number,Push Name,Group", "1,n,g", "n; 1; "),
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
        // In some rows the first column has the whole name.
        ("Name,Surname,Phone", "Thandi Nkosi,Nkosi,1", "Thandi Nkosi; 1; "),
        ("Name,Last Name,Phone", "Ann Doe,Doe,1", "Ann Doe; 1; "),
        ("Surname,Other Names,Name,Phone", "Otieno,Mary,Mary Otieno,1", "Mary Otieno; 1; "),
        ("First Name,Surname,Phone", "Nkosi,Nkosi,1", "Nkosi Nkosi; 1; "),
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
        ("Given,Surname,Phone", "Mary,Otieno,1", "Mary Otieno; 1; "),
        ("F/Name,S/Name,Phone", "Mary,Otieno,1", "Mary Otieno; 1; "),
        ("Last Name,First Name,MI,Phone", "Otieno,Mary,A,1", "Mary A Otieno; 1; "),
        ("FName,MName,LName,Phone", "Mary,A,Otieno,1", "Mary A Otieno; 1; "),
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
fn the_name_of_an_order_is_not_its_customers() {
    for header in ["Name,Order Date,Billing Name,Billing Phone", "Name,Lineitem,Bill To Name,Phone"]
    {
        let mapping = map(header, GIVEN, &[]).unwrap();
        assert_eq!(shown_row(&mapping, "ORD-7,x,n,1"), "n; 1; ", "{header}");
    }
    let mapping = map("Name,Billing Name,Phone", GIVEN, &[]).unwrap();
    assert_eq!(shown_row(&mapping, "n,x,1"), "n; 1; ");
}

/// The other number counts where `Phone` says that it has none.
#[test]
fn a_word_for_an_empty_cell_is_no_number() {
    let header = "First Name,Last Name,Phone,Default Address Phone";
    let mapping = map(header, GIVEN, &[]).unwrap();
    assert_eq!(shown_row(&mapping, "n,m,n/a,1"), "n m; n/a, 1; ");
    assert_eq!(shown_row(&mapping, "n,m,2,1"), "n m; 2; ");
}

#[test]
fn a_country_code_of_the_number_is_the_country() {
    for header in
        ["Name,Phone,ISD Code", "name,phone,phone_country_code", "Name,Phone,Dialing Code"]
    {
        assert!(map(header, GIVEN, &[]).unwrap().has_countries(), "{header}");
    }
    for header in ["Name,Phone,Nationality", "Name,Phone,Country of Birth", "Name,Phone,Code"] {
        assert!(!map(header, GIVEN, &[]).unwrap().has_countries(), "{header}");
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
        ("Member Name,Guardian Phone", "(try --map phone=HEADER --map 'name=Member Name')"),
        ("Guardian Name,Guardian Phone", "--map 'phone=Guardian Phone' --map 'name=Guardian Name'"),
        ("Guardian Name,Parent Phone", "(try --map phone=HEADER --map 'name=Guardian Name')"),
        ("Nome,Telefone do responsável", "(try --map phone=HEADER --map name=Nome)"),
        ("Nombre,Teléfono encargado", "(try --map phone=HEADER --map name=Nombre)"),
        ("Name,Telefon Elternteil", "(try --map phone=HEADER)"),
        ("Customer Phone,Employee Phone,Name", "--map 'phone=Customer Phone'"),
        ("Name,Next of Kin Phone", "--map phone=HEADER"),
        ("Name,Vorname,Mobile", "--map name=Vorname+Name"),
        ("Name,Nachname,Mobile", "--map name=Name+Nachname"),
        ("Name,Apelido,Mobile", "--map name=Name+Apelido"),
        ("Name,Фамилия,Mobile", "--map name=Name+Фамилия"),
        ("Name,Father's Phone", "(try --map phone=HEADER)"),
        ("Father's Name,Father's Phone", "--map \"phone=Father's Phone\""),
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

#[test]
fn a_number_behind_somebody_else_is_theirs() {
    for (header, line, expected) in [
        ("Name,Phone,Next of Kin,Phone", "n,1,Bob,9", "n; 1; "),
        ("Name,Phone Number,Spouse,Mobile Number", "n,1,Bob,9", "n; 1; "),
        ("Names,ID,Tel,N.O.K,Tel", "n,7,1,Bob,9", "n; 1; "),
        ("Name,Phone,Guardian,Phone,Mobile", "n,1,Bob,9,9", "n; 1; "),
        ("Name,Phone,Driver,Phone", "n,1,Bob,9", "n; 1; "),
        ("Name,Phone,Client Name,Phone", "n,1,Bob,9", "n; 1; "),
        ("Name,Phone,Emergency contact name,Relationship,Phone", "n,1,Bob,Son,9", "n; 1; "),
        ("Name,Phone,Next of kin,Next of kin ID,Phone", "n,1,Bob,7,9", "n; 1; "),
        ("Name,Phone,Agent,Branch,Phone", "n,1,Bob,x,9", "n; 1; "),
        // These are the contact's.
        (
            "First Name,Last Name,Spouse,Home Phone,Mobile Phone",
            "n,m,Bob,1,2",
            "n m; 2/Cell, 1/Home; ",
        ),
        ("name,parent_name,phone,mobile", "n,Acme,1,2", "n; 2/Cell, 1; "),
        ("Name,Phone,Email,Phone", "n,1,e,2", "n; 1, 2; "),
        ("Name,Owner,Phone", "n,Joe,1", "n; 1; "),
        ("Name,Father Name,Mobile", "n,Joe,1", "n; 1/Cell; "),
        ("Name,Parent Account,Phone", "n,Acme,1", "n; 1; "),
        ("Name,Next of Kin Phone,Phone", "n,9,1", "n; 1; "),
        ("Company,Phone,Contact Person,Mobile", "Acme,1,n,2", "n; 2/Cell, 1; "),
    ] {
        let mapping = map(header, GIVEN, &[]);
        let mapping = mapping.unwrap_or_else(|error| panic!("{header}: {error}"));
        assert_eq!(shown_row(&mapping, line), expected, "{header}");
    }
    for (header, says) in [
        (
            "Name,Next of Kin,Phone",
            "(try --map phone=Phone; `Phone` may be the number of `Next of Kin`)",
        ),
        ("Student Name,Class,Parent,Phone", "`Phone` may be the number of `Parent`"),
        ("Name,Next of Kin,Relationship,Phone", "`Phone` may be the number of `Next of Kin`"),
        ("Name,Father,Phone,Mother,Phone", "--map phone=3; `Phone` may be the number of `Father`"),
        (
            "Pupil,Guardian Name,Phone",
            "(try --map phone=Phone --map 'name=Guardian Name'; `Phone` may be the number of `Guardian Name`)",
        ),
    ] {
        let error = error(header, GIVEN, &[]);
        assert!(error.contains(says), "{header}: {error}");
    }
    let mapping = map("Name,Phone,Next of Kin,Phone", InputRole::Recipients, &[]).unwrap();
    assert_eq!(mapping.to_column(), Some(1));
    assert!(mapping.explain()[3].to_string().contains("may be the number of the one before it"));
}

/// `Beneficiary Name` and `Beneficiary Phone` are of one person, who is not the one called `Name`.
#[test]
fn the_name_and_the_number_of_a_card_are_of_one_person() {
    for (header, says) in [
        (
            "Policy No,Insured Name,Mobile,Beneficiary Name,Beneficiary Mobile",
            "`name` not found in people.csv; it has: Policy No, Insured Name, Mobile, Beneficiary Name, Beneficiary Mobile (try --map 'name=Insured Name')",
        ),
        ("Policy No,Beneficiary Name,Beneficiary Mobile", "columns `phone` and `name` not found"),
        ("Member Name,Beneficiary Name,Beneficiary Phone", "columns `phone` and `name` not found"),
        ("Name,Beneficiary,Beneficiary Phone", "column `phone` not found"),
        ("Name,Guest Name,Guest Phone", "column `phone` not found"),
        (
            "Child First Name,Child Last Name,Parent First Name,Parent Last Name,Parent Mobile",
            "--map 'phone=Parent Mobile' --map 'name=Parent First Name+Parent Last Name'",
        ),
        ("Customer Name,Customer Phone,Mobile", "--map 'name=Customer Name'"),
        ("Order,Tab Names,Customer,Customer Phone", "(try --map name=Customer)"),
    ] {
        let error = error(header, GIVEN, &[]);
        assert!(error.contains(says), "{header}: {error}");
    }
    for (header, line, expected) in [
        ("Beneficiary Name,Beneficiary Phone,Village", "n,1,v", "n; 1; "),
        ("First Name,Last Name,Billing Name,Billing Phone", "n,m,x,1", "n m; 1; "),
        ("Father's Phone,Student's Name,Student's Phone", "9,n,1", "n; 1; "),
    ] {
        let mapping = map(header, GIVEN, &[]).unwrap();
        assert_eq!(shown_row(&mapping, line), expected, "{header}");
    }
}

/// A fax is known by the label beside its number.
#[test]
fn the_type_of_a_numbered_phone_is_its_label() {
    for header in [
        "Name,Phone 1,Phone 1 Type,Phone 2,Phone 2 Type",
        "Name,Phone 1 Number,Phone 1 Label,Phone 2 Number,Phone 2 Label",
        "Name,Phone 1 - Value,Phone 1 - Type,Phone 2 - Value,Phone 2 - Type",
    ] {
        let mapping = map(header, GIVEN, &[]).unwrap();
        let shown = shown_row(&mapping, "n,1,Mobile,2,Work Fax");
        assert_eq!(shown, "n; 1/Mobile; fax_left_out", "{header}");
    }
}
