//! The exports of other programs, with their headers as they are.

use super::*;

#[test]
fn google_contacts_now() {
    assert_rows(
        "First Name,Middle Name,Last Name,Phonetic First Name,Phonetic Middle Name,Phonetic Last Name,Name Prefix,Name Suffix,Nickname,File As,Organization Name,Organization Title,Organization Department,Birthday,Notes,Photo,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value,Phone 3 - Label,Phone 3 - Value",
        Some("Google Contacts"),
        &[
            (
                "Amina,W.,Odhiambo,A,B,C,Dr,Jr,Ami,Filed,Acme,,,,,,* myContacts,,a@x.ke,Mobile,+254 712 345 678,,,,",
                "Amina W. Odhiambo; +254 712 345 678/Mobile; ",
            ),
            (
                ",,,,,,,,,Filed,Acme,,,,,,,,,Home,0712345678,* Work,0733111222,Work Fax,020111222",
                "Filed; 0733111222/Work, 0712345678/Home; fax_left_out",
            ),
            (
                ",,,,,,,,,,Acme,,,,,,,,,,0712345678 ::: 0733111222,Pager,5551234,Buro,0701",
                "Acme; 0712345678, 0733111222, 0701/Buro; pager_left_out",
            ),
            (",,,,,,,,,,,,,,,,,,,,,,,Work Fax,", "; ; "),
        ],
    );
}

#[test]
fn primary_numbers_come_first_in_their_order() {
    assert_rows(
        "Name,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value,Phone 3 - Label,Phone 3 - Value",
        Some("Google Contacts"),
        &[
            ("n,Home,1,* Work,2 ::: 3,Other,4", "n; 2/Work, 3/Work, 1/Home, 4/Other; "),
            ("n,Home,1 ::: 2,* Work,3,* Mobile,4", "n; 3/Work, 4/Mobile, 1/Home, 2/Home; "),
            ("n,*,1,,2,* ,:::", "n; 1, 2; "),
        ],
    );
}

#[test]
fn google_contacts_old() {
    assert_rows(
        "Name,Given Name,Additional Name,Family Name,Yomi Name,Given Name Yomi,Name Prefix,Nickname,Group Membership,E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Type,Phone 1 - Value,Phone 2 - Type,Phone 2 - Value,Organization 1 - Type,Organization 1 - Name,Organization 1 - Yomi Name",
        Some("Google Contacts (old)"),
        &[
            (
                "Amina Odhiambo,Amina,,Odhiambo,,,,,* My Contacts,,,Mobile,+254712345678 ::: +254733111222,homeFax,020111222,,Acme,",
                "Amina Odhiambo; +254712345678/Mobile, +254733111222/Mobile; fax_left_out",
            ),
            (
                ",Amina,B,Odhiambo,,,,,,,,,0712345678,* Main,0733111222,,Acme,",
                "Amina B Odhiambo; 0733111222/Main, 0712345678; ",
            ),
            (",,,,,,,,,,,,0712345678,,,,Acme,", "Acme; 0712345678; "),
        ],
    );
}

#[test]
fn outlook() {
    let header = "Title,First Name,Middle Name,Last Name,Suffix,Company,Department,Job Title,Business Street,Assistant's Phone,Business Fax,Business Phone,Business Phone 2,Callback,Car Phone,Company Main Phone,Home Fax,Home Phone,Home Phone 2,ISDN,Mobile Phone,Other Fax,Other Phone,Pager,Primary Phone,Radio Phone,TTY/TDD Phone,Telex,Account,E-mail Address,E-mail Type,Notes";
    assert_rows(
        header,
        Some("Outlook"),
        &[
            (
                "Dr,Amina,W,Odhiambo,PhD,Acme,,,,a1,f1,b1,b2,cb,c1,cm,f2,h1,h2,i1,m1,f3,o1,p1,pr,r1,t1,x1,acc,a@x.ke,SMTP,n",
                "Amina W Odhiambo; m1/Cell, b1/Work, b2/Work, h1/Home, h2/Home, pr/Main, cm/Main, o1/Other, c1/Car; fax_left_out fax_left_out isdn_left_out fax_left_out pager_left_out tty_left_out telex_left_out",
            ),
            ("Mr,,,,,Acme,,,,,,+254 20 111222,,,,,,,,,,,,,,,,,,,,", "Acme; +254 20 111222/Work; "),
        ],
    );
}

#[test]
fn hubspot() {
    assert_rows(
        "Record ID,First Name,Last Name,Email,Phone Number,Mobile Phone Number,WhatsApp Phone Number,Contact owner,Associated Company",
        Some("HubSpot"),
        &[
            (
                "101,Amina,Odhiambo,a@x.ke,p,m,w,Brian Owner,Acme",
                "Amina Odhiambo; w/WhatsApp, m/Cell, p; ",
            ),
            ("102,Amina,,a@x.ke,p,,,,", "Amina; p; "),
        ],
    );
    assert_rows(
        "Record ID,First Name,Last Name,Email,Phone Number,Job Title,Company Name",
        Some("HubSpot"),
        &[("101,,,a@x.ke,p,Buyer,Acme", "Acme; p; ")],
    );
}

#[test]
fn salesforce() {
    assert_rows(
        "Salutation,First Name,Last Name,Title,Type,Mailing Street,Phone,Mobile,Fax,Email,Account Name",
        Some("Salesforce"),
        &[(
            "Ms.,Amina,Odhiambo,CEO,Customer,Street 1,p,m,f,a@x.ke,Acme",
            "Amina Odhiambo; m/Cell, p; fax_left_out",
        )],
    );
    assert_rows(
        "FirstName,LastName,Phone,MobilePhone",
        Some("Salesforce"),
        &[("Amina,Odhiambo,p,m", "Amina Odhiambo; m/Cell, p; ")],
    );
}

#[test]
fn mailchimp() {
    assert_rows(
        "Email Address,First Name,Last Name,Address,Phone Number,MEMBER_RATING,OPTIN_TIME,LATITUDE,LEID,NOTES,TAGS",
        Some("Mailchimp"),
        &[("a@x.ke,Amina,Odhiambo,,0712345678,2,2024-01-01,,1,,", "Amina Odhiambo; 0712345678; ")],
    );
}

#[test]
fn pipedrive() {
    assert_rows(
        "Name,Email,Phone,Organization,Owner",
        Some("Pipedrive"),
        &[
            ("Amina Odhiambo,a@x.ke,0712345678,Acme,me", "Amina Odhiambo; 0712345678; "),
            (",a@x.ke,0712345678,Acme,me", "Acme; 0712345678; "),
        ],
    );
    assert_rows(
        "Person - Name,Person - Labels,Person - Organization,Person - Phone - Work,Person - Phone - Home,Person - Phone - Mobile,Person - Phone - Other,Person - ID",
        Some("Pipedrive"),
        &[("Amina,Hot,Acme,w,h,m,o,7", "Amina; m/Cell, w/Work, h/Home, o/Other; ")],
    );
}

#[test]
fn systeme_io() {
    assert_rows(
        "Email,First name,Surname,Phone number,Country,Tags,Date registered",
        Some("systeme.io"),
        &[("a@x.ke,Amina,Odhiambo,+254712345678,KE,,", "Amina Odhiambo; +254712345678; ")],
    );
}

#[test]
fn zoho_is_not_hubspot() {
    assert_rows(
        "Record Id,Lead Owner,Company,First Name,Last Name,Title,Phone,Fax,Mobile,Lead Source",
        Some("Zoho"),
        &[("z1,Owner,Acme,Amina,Odhiambo,CEO,p,,m,Web", "Amina Odhiambo; m/Cell, p; ")],
    );
    assert_rows(
        "Record Id,Contact Owner.id,Contact Owner,First Name,Last Name,Full Name,Phone,Mobile",
        Some("Zoho"),
        &[("z1,7,Owner,Amina,Odhiambo,Amina Odhiambo,p,m", "Amina Odhiambo; m/Cell, p; ")],
    );
}

/// In a shop's orders `Name` is the order's number.
#[test]
fn orders_of_shops() {
    assert_rows(
        "Name,Email,Financial Status,Lineitem name,Billing Name,Billing Phone,Shipping Name,Shipping Phone,Phone",
        Some("Shopify orders"),
        &[
            ("#7,a@x.ke,paid,Lamp,Amina Odhiambo,bp,Juma Ali,sp,p", "Amina Odhiambo; p; "),
            ("#8,a@x.ke,paid,Lamp,Amina Odhiambo,bp,,,", "Amina Odhiambo; bp; "),
            ("#9,,,Bulb,,,,,", "; ; "),
        ],
    );
    assert_rows(
        "Order Number,First Name (Billing),Last Name (Billing),Phone (Billing),First Name (Shipping),Phone (Shipping)",
        Some("WooCommerce"),
        &[("7,Amina,Odhiambo,p,Juma,s", "Amina Odhiambo; p; ")],
    );
    assert_rows(
        "Order ID,Order Date,Customer Name,Customer Phone,Total",
        None,
        &[("7,2026-01-02,Amina,p,9", "Amina; p; ")],
    );
}

#[test]
fn customers_of_shops() {
    assert_rows(
        "Customer ID,First Name,Last Name,Default Address Phone,Phone",
        Some("Shopify customers"),
        &[("7,Amina,Odhiambo,d,p", "Amina Odhiambo; p; "), ("8,Juma,,d,", "Juma; d; ")],
    );
    assert_rows(
        "id,first_name,last_name,display_name,billing_first_name,billing_phone,shipping_phone",
        Some("WooCommerce"),
        &[("7,Amina,Odhiambo,ami,X,b,s", "Amina Odhiambo; b; ")],
    );
}

#[test]
fn a_spare_number_is_the_recipients_where_there_is_no_other() {
    let header = "Customer ID,First Name,Last Name,Default Address Phone,Phone";
    let recipient = |mapping: &Mapping, line: &str| {
        let row = row(&cells(line));
        let draft = mapping.draft(&row);
        (draft.to.unwrap_or_default().to_owned(), draft.spare_to_column)
    };
    let mapping = map(header, InputRole::Recipients, &[]).unwrap();
    for (line, to) in [
        ("7,Amina,A,d,p", ("p", None)),
        ("8,Juma,A,d,", ("d", Some(3))),
        ("9,Juma,A,d,n/a", ("d", Some(3))),
        ("9,Juma,A,-,", ("", None)),
    ] {
        assert_eq!(recipient(&mapping, line), (to.0.to_owned(), to.1), "{line}");
    }
    assert_eq!(mapping.explain()[3].purpose.to_string(), "→ to where there is no other");
    // The user's own choice stands alone.
    let mapping = map(header, InputRole::Recipients, &["to=Phone"]).unwrap();
    assert_eq!(recipient(&mapping, "8,Juma,A,d,"), (String::new(), None));
}

#[test]
fn an_m_pesa_statement_has_number_and_name_in_one_cell() {
    let header = "Receipt No.,Completion Time,Details,Paid In,Other Party Info,A/C No.";
    assert_rows(
        header,
        Some("M-PESA"),
        &[
            ("R1,t,d,5,254712000001 - AMINA W. ODHIAMBO,7", "AMINA W. ODHIAMBO; 254712000001; "),
            ("R1,t,d,5,254712000001 - A - B,7", "A - B; 254712000001; "),
            ("R2,t,d,5,254712***001,", "; 254712***001; "),
        ],
    );
    let mapping = map(header, InputRole::Recipients, &[]).unwrap();
    let row = row(&cells("R1,t,d,5,254712000001 - AMINA,7"));
    assert_eq!(mapping.draft(&row).to, Some("254712000001"));
}

#[test]
fn yahoo_and_brevo() {
    assert_rows(
        "First,Middle,Last,Nickname,Email,Home,Work,Pager,Mobile,Other,Yahoo Phone,Company",
        Some("Yahoo"),
        &[(
            "Amina,W,Odhiambo,Ami,a@x.ke,h,w,,m,,,Acme",
            "Amina W Odhiambo; m/Cell, w/Work, h/Home; ",
        )],
    );
    assert_rows(
        "CONTACT ID;EMAIL;LASTNAME;FIRSTNAME;SMS;LANDLINE_NUMBER".replace(';', ",").as_str(),
        Some("Brevo"),
        &[("7,a@x.ke,Odhiambo,Amina,s,l", "Amina Odhiambo; s; ")],
    );
}

#[test]
fn a_header_with_quotes_and_a_bom_is_recognised() {
    assert_rows(
        "\u{feff}\"first name\", LAST NAME ,\"Phone 1 - label\",phone_1_value",
        Some("Google Contacts"),
        &[("Amina,Odhiambo,* Mobile,0712345678", "Amina Odhiambo; 0712345678/Mobile; ")],
    );
}
