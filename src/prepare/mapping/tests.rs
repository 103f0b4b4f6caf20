//! The whole mapping: headers and rows as people have them go in, drafts come out.

mod exports;
mod other_layouts;
mod vocabulary;

use proptest::prelude::*;

use super::*;
use crate::read::own_columns::{Column, NOT_SENT, REJECTS};
use crate::read::vcard::Card;
use crate::read::{Place, Row, SourceId};

const GIVEN: InputRole = InputRole::Rows { recipients_given: true };
const NOT_GIVEN: InputRole = InputRole::Rows { recipients_given: false };

fn cells(line: &str) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
    let record = reader.records().next().unwrap().unwrap();
    record.iter().map(str::to_owned).collect()
}

fn row(cells: &[String]) -> Row {
    Row {
        place: Place { source: SourceId(0), line: 2 },
        cells: cells.iter().map(String::as_str).collect(),
        notes: Vec::new(),
    }
}

fn map(header: &str, role: InputRole, rules: &[&str]) -> Result<Mapping, MappingError> {
    let header = cells(header);
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let rules: Vec<MapRule> = rules.iter().map(|rule| rule.parse().unwrap()).collect();
    Mapping::of_header(&header, "people.csv", role, &rules)
}

/// A draft in one line: `name; number/type/wa_id, …; notes`.
fn shown(draft: &Draft<'_>) -> String {
    let phones: Vec<String> = draft
        .phones
        .iter()
        .map(|phone| {
            let mut text = phone.value.to_owned();
            for more in [phone.kind, phone.wa_id] {
                text.push('/');
                text.push_str(more.unwrap_or_default());
            }
            text.trim_end_matches('/').to_owned()
        })
        .collect();
    let notes: Vec<&str> =
        draft.left_out.iter().map(|number| number.device.note().code()).collect();
    format!("{}; {}; {}", draft.name, phones.join(", "), notes.join(" "))
}

fn shown_row(mapping: &Mapping, line: &str) -> String {
    let row = row(&cells(line));
    shown(&mapping.draft(&row))
}

/// Checks which export a header is recognised as, and the drafts of its rows.
fn assert_rows(header: &str, export: Option<&str>, rows: &[(&str, &str)]) {
    let mapping = map(header, GIVEN, &[]).unwrap();
    assert_eq!(mapping.export(), export, "{header}");
    for (line, expected) in rows {
        assert_eq!(shown_row(&mapping, line), *expected, "{line}");
    }
}

fn error(header: &str, role: InputRole, rules: &[&str]) -> String {
    map(header, role, rules).unwrap_err().to_string()
}

mod our_columns {
    use super::*;

    #[test]
    fn each_of_our_columns_is_mapped() {
        let header = "to,name,phone,type,wa_id,phone_2,type_2,wa_id_2,phone_10,type_10,message_id";
        let mapping = map(header, NOT_GIVEN, &[]).unwrap();
        let row =
            row(&cells(" 254711 , Amina ,254712,Cell,254712345678,254713,Work,,254714,,order-7"));
        let draft = mapping.draft(&row);
        assert_eq!(shown(&draft), "Amina; 254712/Cell/254712345678, 254713/Work, 254714; ");
        assert_eq!(draft.to, Some("254711"));
        assert_eq!(draft.message_id, Some("order-7"));
        assert_eq!(draft.place.line, 2);
        let columns: Vec<_> = draft.phones.iter().map(|phone| phone.column).collect();
        assert_eq!(columns, [Some(2), Some(5), Some(8)]);
        assert_eq!(mapping.column_name(Some(5)), "phone_2");
        assert_eq!(mapping.field_name(Field::To), "to");
        assert!(mapping.has_recipients());
        assert!(!mapping.is_headerless());
        assert_eq!(mapping.export(), None);
    }

    #[test]
    fn blank_cells_and_missing_cells_are_absent() {
        let mapping = map("to,name,phone,type,wa_id,message_id", NOT_GIVEN, &[]).unwrap();
        for line in [" ,\u{a0},\t,,,", "x"] {
            let mut cells = cells(line);
            cells[0] = " ".to_owned();
            let row = row(&cells);
            let draft = mapping.draft(&row);
            assert_eq!((draft.to, draft.message_id), (None, None));
            assert_eq!(shown(&draft), "; ; ");
        }
    }

    #[test]
    fn phone_is_the_first_number_among_our_columns_in_any_spelling() {
        for (header, expected) in [
            ("to,name,phone,mobile", "n; p, m/Cell; "),
            ("Send To, FULL-NAME ,Phone_Number,MSISDN", "n; p, m; "),
            ("recipient,contact,Telephone,Tel.", "n; p, m; "),
            ("Receiver,Formatted Name,Home phone,WhatsApp", "n; m/WhatsApp, p/Home; "),
            ("to,contact name,Phone 2,Phone", "n; m, p; "),
        ] {
            let mapping = map(header, NOT_GIVEN, &[]).unwrap();
            assert_eq!(shown_row(&mapping, "t,n,p,m"), expected, "{header}");
        }
    }

    #[test]
    fn number_columns_are_ordered_by_rank_and_get_their_type_from_the_header() {
        assert_rows(
            "name,phone,home phone,mobile,work phone,whatsapp,fax",
            None,
            &[("n,p,h,m,w,wa,f", "n; wa/WhatsApp, m/Cell, p, w/Work, h/Home; fax_left_out")],
        );
    }

    #[test]
    fn an_organisation_replaces_a_missing_name_only_in_address_books() {
        assert_rows("name,phone,company", None, &[(",p,Acme", "; p; ")]);
        assert_rows("first name,phone,company", None, &[(",p,Acme", "Acme; p; ")]);
    }

    #[test]
    fn a_rejects_file_needs_no_map_flag() {
        for (header, line, expected) in [
            (
                "to,name,phone,source,line,reject_code,reject_reason",
                "t,n,p,people.csv,3,phone_letters,why",
                "n; p; ",
            ),
            (
                "to,First Name,Last Name,Phone 1 - Label,Phone 1 - Value,source,line,reject_code,reject_reason",
                "t,'=Amina,'-Odhiambo,'@Work,'+x,people.csv,3,phone_letters,why",
                "=Amina -Odhiambo; +x/@Work; ",
            ),
        ] {
            let mapping = map(header, NOT_GIVEN, &[]).unwrap();
            assert_eq!(mapping.our_file(), Some(OurFile::Rejects));
            assert_eq!(shown_row(&mapping, line), expected);
        }
    }

    #[test]
    fn a_results_file_is_a_list_of_recipients() {
        let header = Column::ALL.map(Column::name).join(",");
        let mapping = map(&header, InputRole::Recipients, &[]).unwrap();
        assert_eq!(mapping.our_file(), Some(OurFile::Results));
        let row =
            row(&cells("id,,254110090747,254712345678,Amina,254733111222,sent,,,,,,,1,,,,,,"));
        assert_eq!(mapping.draft(&row).to, Some("254712345678"));
    }

    #[test]
    fn the_formula_escape_is_removed_where_we_may_have_put_it() {
        for (cell, name) in [
            ("'=1+1", "=1+1"),
            ("'@x", "@x"),
            ("'-x", "-x"),
            ("'+x", "+x"),
            ("'\tx", "x"),
            ("'\rx", "x"),
            ("''=x", "'=x"),
            ("'+ 254", "+ 254"),
            ("'+254", "'+254"),
            ("'Amina", "'Amina"),
            ("'", "'"),
            ("=1+1", "=1+1"),
        ] {
            let row = row(&[cell.to_owned(), "p".to_owned()]);
            let ours = map("name,phone", GIVEN, &[]).unwrap();
            assert_eq!(ours.draft(&row).name, name, "{cell:?}");
            let theirs = map("Full Name,Mobile", GIVEN, &[]).unwrap();
            assert_eq!(theirs.draft(&row).name, cell.trim(), "{cell:?}");
        }
    }

    #[test]
    fn columns_of_rejected_cards_are_our_own() {
        let columns = Card::columns(3).join(",");
        assert_eq!(columns, "name,phone,type,wa_id,phone_2,type_2,wa_id_2,phone_3,type_3,wa_id_3");
        let mapping = map(&columns, GIVEN, &[]).unwrap();
        assert_eq!(shown_row(&mapping, "A,1,Cell,,,Work,,3,,254"), "A; 1/Cell, 3//254; ");
        assert!(mapping.explain().iter().all(|line| line.reason == Reason::OwnColumn));
    }
}

mod recipients {
    use super::*;

    fn to(header: &str, rules: &[&str]) -> (Option<String>, bool) {
        let mapping = map(header, InputRole::Recipients, rules).unwrap();
        let row = row(&cells("a,b,c,d"));
        (mapping.draft(&row).to.map(str::to_owned), mapping.is_headerless())
    }

    #[test]
    fn the_recipient_column_is_to_or_the_only_number_column() {
        for (header, rules, expected) in [
            ("to,phone", &[][..], "a"),
            ("name,recipient,phone", &[], "b"),
            ("name,phone", &[], "b"),
            ("name,email,Mobile Phone,fax", &[], "c"),
            ("First Name,Last Name,Default Address Phone,Phone", &[], "d"),
            ("Name,Phone numbers,Mobile", &[], "c"),
            ("Name,Phone numbers", &[], "b"),
            ("Name,Phone 1 - Label,Phone 1 - Value", &[], "c"),
            ("name,handy", &["to=handy"], "b"),
            ("name,handy", &["phone=handy"], "b"),
            ("mobile,home phone", &["to=Home Phone"], "b"),
            ("mobile,home phone", &["to=1"], "a"),
            ("name,x", &["to==254"], "254"),
        ] {
            assert_eq!(to(header, rules), (Some(expected.to_owned()), false), "{header}");
        }
    }

    #[test]
    fn a_list_of_numbers_needs_no_header() {
        for (header, rules, expected) in [
            ("+254 712 345 678", &[][..], "a"),
            ("Amina,254712345678", &[], "b"),
            ("254712345678,254733111222", &["to=2"], "b"),
        ] {
            assert_eq!(to(header, rules), (Some(expected.to_owned()), true), "{header}");
        }
        let mapping = map("Amina,254712345678", InputRole::Recipients, &[]).unwrap();
        assert_eq!(mapping.field_name(Field::To), "2");
    }
}

mod rules {
    use super::*;

    #[test]
    fn a_rule_overrides_the_header() {
        for (header, rules, expected) in [
            ("name,phone,handy", &["phone=handy"][..], "n; m; "),
            ("name,phone,handy", &["phone_2=HANDY"], "n; p, m; "),
            ("name,phone,phone_2", &["phone_2=phone"], "n; p; "),
            ("name,phone,x", &["phone_2=3"], "n; p, m; "),
            ("name,phone,mobile", &["type==Work"], "n; m/Work, p/Work; "),
            ("name,phone,type", &["type==Work"], "n; p/Work; "),
            ("name,phone,type", &["type=="], "n; p; "),
            ("name,phone,mobile", &["type_2==Home"], "n; m/Cell, p/Home; "),
            ("who,phone,mobile", &["name=who"], "n; m/Cell, p; "),
            ("who,phone,mobile", &["name==The Shop"], "The Shop; m/Cell, p; "),
            ("name,phone,WhatsApp", &["wa_id=whatsapp"], "n; p//m; "),
            ("first name,last name,phone", &["name=Last Name"], "p; m; "),
            ("3,name,phone", &["name=3"], "n; m; "),
            ("Vorname,phone,Nachname", &["name=Vorname+Nachname"], "n m; p; "),
            ("Nach Name,phone,Vor Name", &["name= vor name + nach name "], "m n; p; "),
            ("first+last,phone,last", &["name=first+last"], "n; p; "),
            ("1,phone,name", &["name=3+1"], "m n; p; "),
            ("Phone 1 - Label,Phone 1 - Value,name", &["type==Work"], "m; p/Work; "),
        ] {
            let mapping = map(header, GIVEN, rules).unwrap();
            assert_eq!(shown_row(&mapping, "n,p,m"), expected, "{header} {rules:?}");
        }
    }

    #[test]
    fn a_fixed_type_does_not_turn_a_fax_into_a_telephone() {
        let mapping = map("name,Phone 1 - Label,Phone 1 - Value", GIVEN, &["type==Work"]).unwrap();
        assert_eq!(shown_row(&mapping, "n,Home Fax,1"), "n; ; fax_left_out");
    }

    #[test]
    fn one_column_may_be_both_recipient_and_contact() {
        let mapping = map("name,phone", NOT_GIVEN, &["to=phone", "phone=phone"]).unwrap();
        let row = row(&cells("n,p"));
        let draft = mapping.draft(&row);
        assert_eq!((draft.to, shown(&draft)), (Some("p"), "n; p; ".to_owned()));
    }

    #[test]
    fn column_numbers_map_a_file_without_a_header() {
        let rules = ["to=1", "name=2", "phone=3"];
        let mapping = map("254712345678,Amina,254733111222", NOT_GIVEN, &rules).unwrap();
        assert!(mapping.is_headerless());
        assert_eq!(mapping.column_name(Some(2)), "3");
    }

    #[test]
    fn an_exact_header_is_preferred_to_a_similar_one_and_to_a_column_number() {
        let mapping = map("name,1,phone,Phone_", GIVEN, &["phone=Phone_", "wa_id=1"]).unwrap();
        assert_eq!(shown_row(&mapping, "n,one,p,q"), "n; q//one; ");
    }
}

mod errors {
    use super::*;

    #[test]
    fn a_missing_column_is_an_error() {
        for (header, role, rules, message) in [
            (
                "name,handy",
                GIVEN,
                &[][..],
                "column `phone` not found in people.csv; it has: name, handy (try --map phone=handy)",
            ),
            (
                "name,mobile",
                GIVEN,
                &["phone=Mobil"],
                "column `Mobil` not found in people.csv; it has: name, mobile (try --map phone=mobile)",
            ),
            (
                "name,Handy Nr",
                GIVEN,
                &["phone=Mobile"],
                "column `Mobile` not found in people.csv; it has: name, Handy Nr (try --map 'phone=Handy Nr')",
            ),
            (
                "email,city",
                InputRole::Cards,
                &[],
                "columns `phone` and `name` not found in people.csv; it has: email, city (try --map phone=HEADER --map name=HEADER)",
            ),
            (
                "phone,Company",
                GIVEN,
                &[],
                "column `name` not found in people.csv; it has: phone, Company (try --map name=HEADER)",
            ),
            (
                "email,Tel. mobil.",
                InputRole::Recipients,
                &[],
                "column `to` not found in people.csv; it has: email, Tel. mobil. (try --map 'to=Tel. mobil.')",
            ),
            (
                "a,b,c,d,e,f,g,h,i,j,k,l,m,n",
                GIVEN,
                &[],
                "columns `phone` and `name` not found in people.csv; it has: a, b, c, d, e, f, g, h, i, j, k, l and 2 more (try --map phone=HEADER --map name=HEADER)",
            ),
            (
                "name,phone",
                GIVEN,
                &["type=9"],
                "column 9 not found in people.csv; it has 2 columns (--map type=9 asks for it)",
            ),
            (
                "name,phone",
                GIVEN,
                &["type=0"],
                "column 0 not found in people.csv; it has 2 columns (--map type=0 asks for it)",
            ),
        ] {
            assert_eq!(error(header, role, rules), message);
        }
    }

    #[test]
    fn an_ambiguous_column_is_an_error() {
        for (header, role, rules, message) in [
            (
                "Recipient,Send to,name,phone",
                NOT_GIVEN,
                &[][..],
                "two columns of people.csv could be `to`: `Recipient` and `Send to` (try --map to=Recipient or --map 'to=Send to')",
            ),
            (
                "to,name,phone,to",
                NOT_GIVEN,
                &[],
                "two columns of people.csv could be `to`: `to` (column 1) and `to` (column 4) (try --map to=1 or --map to=4)",
            ),
            (
                "Name,Contact,phone",
                GIVEN,
                &[],
                "two columns of people.csv could be `name`: `Name` and `Contact` (try --map name=Name or --map name=Contact)",
            ),
            (
                "Mobile Phone,Home Phone",
                InputRole::Recipients,
                &[],
                "two columns of people.csv could be `to`: `Mobile Phone` and `Home Phone` (try --map 'to=Mobile Phone' or --map 'to=Home Phone')",
            ),
            (
                "Home Phone,Home Phone 2,Business Phone,Mobile Phone",
                InputRole::Recipients,
                &[],
                "two columns of people.csv could be `to`: `Mobile Phone` and `Business Phone` (try --map 'to=Mobile Phone' or --map 'to=Business Phone')",
            ),
            (
                "name,x y,x_y",
                GIVEN,
                &["phone=XY"],
                "two columns of people.csv could be `phone`: `x y` and `x_y` (try --map 'phone=x y' or --map phone=x_y)",
            ),
        ] {
            assert_eq!(error(header, role, rules), message);
        }
        assert!(map("Recipient,Send to,name,phone", NOT_GIVEN, &["to=recipient"]).is_ok());
    }

    #[test]
    fn all_that_is_missing_is_named_in_one_error() {
        assert_eq!(
            error("Jina,Simu", NOT_GIVEN, &[]),
            "columns `phone` and `name` not found in people.csv, and nobody who receives them is named; it has: Jina, Simu (try --map phone=Simu --map name=Jina, and --to NUMBER, --recipients FILE or --map to=HEADER; if its rows are the recipients, say what they get with --card FILE)"
        );
        assert_eq!(
            error("to,Vorname,Nachname,Handy", NOT_GIVEN, &[]),
            "columns `phone` and `name` not found in people.csv; it has: to, Vorname, Nachname, Handy (try --map phone=Handy --map name=Vorname+Nachname for the contact; if the rows are recipients, say what they get with --card FILE)"
        );
        assert_eq!(
            error("to^name^phone", NOT_GIVEN, &[]),
            "each row of people.csv is one cell: its separator seems to be ^ (try --delimiter '^')"
        );
        assert_eq!(
            error("Kunde,Vorwahl,Handy", GIVEN, &["phone=Vorwahl+Handy"]),
            "--map phone=… names several columns, but only `name` is put together (for a country code in its own column try --map country=HEADER)"
        );
    }

    #[test]
    fn missing_recipients_and_missing_contacts_are_errors() {
        assert_eq!(
            error("name,phone", NOT_GIVEN, &[]),
            "people.csv lists contacts, but not who receives them; it has: name, phone (try --to NUMBER, --recipients FILE or --map to=HEADER; if its rows are the recipients, say what they get with --card FILE)"
        );
        assert_eq!(
            error("to,name,Handy", NOT_GIVEN, &[]),
            "column `phone` not found in people.csv; it has: to, name, Handy (try --map phone=Handy for the contact's number; if the rows are recipients, say what they get with --card FILE)"
        );
        assert_eq!(
            error("name,phone", NOT_GIVEN, &["to=phone"]),
            "column `phone` not found in people.csv: `phone` is taken for the recipient; it has: name, phone (try --card FILE for what they get, or --map phone=HEADER for the contact's number)"
        );
        assert_eq!(
            error("\"to,name,phone\"", NOT_GIVEN, &[]),
            "each row of people.csv is one cell, separators included (remove the quotes around whole rows, or save it as CSV again)"
        );
        assert_eq!(
            error("254712345678", NOT_GIVEN, &[]),
            "people.csv has no header: its first line is data (if its rows are the recipients, say what they get with --card FILE; else put a line like to,name,phone above it)"
        );
    }

    #[test]
    fn recipients_in_the_rows_and_on_the_command_line_are_an_error() {
        let message = "people.csv names a recipient in each row (column `Send To`), and --to or --recipients names others (leave --to and --recipients out, or ignore the column with --map to==)";
        assert_eq!(error("Send To,name,phone", GIVEN, &[]), message);
        let fixed = "--map to==… names the recipient of people.csv, and --to or --recipients names others (keep one of them)";
        assert_eq!(error("name,phone", GIVEN, &["to==254712345678"]), fixed);
        assert!(!map("Send To,name,phone", GIVEN, &["to=="]).unwrap().has_recipients());
        for role in [NOT_GIVEN, InputRole::Recipients, InputRole::Cards] {
            assert!(map("to,name,phone", role, &[]).is_ok(), "{role:?}");
        }
        // The headers of our own rejects files for contacts, from tables and from vCards.
        for header in [
            "name,phone,type,wa_id,source,line,reject_code,reject_reason",
            "cell_1,cell_2,cell_3,source,line,reject_code,reject_reason",
        ] {
            assert!(map(header, GIVEN, &["name=1", "phone=2"]).is_ok(), "{header}");
        }
    }

    #[test]
    fn a_first_line_that_is_not_a_header_is_an_error() {
        let data = "people.csv has no header: its first line is data (put a line like to,name,phone above it, or number the columns: --map to=1 --map name=2 --map phone=3)";
        assert_eq!(error("254712345678,Amina,254733111222", NOT_GIVEN, &[]), data);
        assert_eq!(error("254712345678,Amina,254733111222", GIVEN, &["phone=1"]), data);
        assert_eq!(error("254712345678,254733111222", InputRole::Recipients, &[]), data);
        assert_eq!(
            error(",\u{feff} ,\"\"", GIVEN, &[]),
            "people.csv has no header: its first line is blank (put a line like to,name,phone there)"
        );
    }

    #[test]
    fn rules_that_do_not_fit_are_errors() {
        assert_eq!(
            error("name,phone", GIVEN, &["phone=phone", "phone_1=name"]),
            "field `phone` is mapped twice (keep one --map phone=…)"
        );
        assert_eq!(
            error("name,phone", GIVEN, &["type_2==Work"]),
            "field `type_2` belongs to a number that people.csv does not have (try --map phone_2=HEADER too)"
        );
    }

    #[test]
    fn message_ids_are_an_error_where_a_row_is_several_messages() {
        let message = "people.csv gives message ids in column `Message ID`, but with --to, --recipients or --card a row is more than one message (remove the column, or try --map message_id==)";
        for role in [GIVEN, InputRole::Cards, InputRole::Recipients] {
            assert_eq!(error("name,phone,Message ID", role, &[]), message);
            assert!(map("name,phone,Message ID", role, &["message_id=="]).is_ok());
        }
        assert!(map("to,name,phone,Message ID", NOT_GIVEN, &[]).is_ok());
    }
}

mod explaining {
    use super::*;

    fn lines(header: &str, role: InputRole, rules: &[&str]) -> Vec<String> {
        let mapping = map(header, role, rules).unwrap();
        mapping.explain().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_column_is_explained() {
        assert_eq!(
            lines("to,Full Name,phone,mobile,type,type_9,City,fax", NOT_GIVEN, &["wa_id=City"]),
            [
                "`to` → to (own column)",
                "`Full Name` → name (synonym)",
                "`phone` → phone (own column)",
                "`mobile` → phone_2, shown as Cell (synonym)",
                "`type` → type (own column)",
                "`type_9` ignored (the file has no such number)",
                "`City` → wa_id (--map wa_id=City)",
                "`fax` left out: fax (synonym)",
            ]
        );
        assert_eq!(
            lines(
                "First Name,Company,Mobile Phone,Business Phone,Last Name,,Notes",
                GIVEN,
                &["type==Home"]
            ),
            [
                "`First Name` → part of name (Outlook)",
                "`Company` → name where there is none (Outlook)",
                "`Mobile Phone` → phone, shown as Home (Outlook)",
                "`Business Phone` → phone_2, shown as Home (Outlook)",
                "`Last Name` → part of name (Outlook)",
                "column 6 ignored",
                "`Notes` ignored",
                "fixed value → type (--map type==Home)",
            ]
        );
        assert_eq!(
            lines(
                "First Name,Last Name,Phone,Mobile No,Type",
                GIVEN,
                &["name=First Name+Last Name"]
            ),
            [
                "`First Name` → part of name (--map name=First Name+Last Name)",
                "`Last Name` → part of name (--map name=First Name+Last Name)",
                "`Phone` → phone_2 (synonym)",
                "`Mobile No` → phone, shown as Cell (synonym)",
                "`Type` → type (where it names a kind of telephone)",
            ]
        );
        assert_eq!(
            lines("name,phone,handy,reject_code,reject_reason", GIVEN, &["phone=handy"]),
            [
                "`name` → name (own column)",
                "`phone` ignored (another one is used instead)",
                "`handy` → phone (--map phone=handy)",
                "`reject_code` ignored (our rejects column)",
                "`reject_reason` ignored (our rejects column)",
            ]
        );
    }

    #[test]
    fn a_number_that_counts_only_without_another_is_explained() {
        assert_eq!(
            lines("Name,Phone,Billing Phone", GIVEN, &[]),
            [
                "`Name` → name (own column)",
                "`Phone` → phone (own column)",
                "`Billing Phone` → phone where there is no other (synonym)",
            ]
        );
    }

    #[test]
    fn every_column_that_we_write_is_recognised_in_a_file_of_ours() {
        let fields = [Column::MessageId, Column::To, Column::Name, Column::Phone];
        let results = Column::ALL.map(Column::name).join(",");
        for (column, line) in Column::ALL.iter().zip(lines(&results, InputRole::Recipients, &[])) {
            let ours = format!("`{}` ignored (our results column)", column.name());
            assert_eq!(line == ours, !fields.contains(column), "{line}");
        }
        let rejects = format!("to,{}", REJECTS.join(","));
        for (name, line) in REJECTS.iter().zip(&lines(&rejects, InputRole::Recipients, &[])[1..]) {
            assert_eq!(*line, format!("`{name}` ignored (our rejects column)"));
        }
        let not_sent = format!("to,{}", NOT_SENT.join(","));
        let shown = &lines(&not_sent, InputRole::Recipients, &[])[1..];
        for (name, line) in NOT_SENT.iter().zip(shown) {
            assert_eq!(*line, format!("`{name}` ignored (our not-sent column)"));
        }
    }

    #[test]
    fn a_file_without_a_header_does_not_show_its_data() {
        assert_eq!(
            lines("254712345678,Amina", InputRole::Recipients, &[]),
            ["column 1 → to (no header; the only column of numbers)", "column 2 ignored"]
        );
    }
}

const WORDS: [&str; 22] = [
    "to",
    "name",
    "phone",
    "phone_2",
    "type",
    "wa_id",
    "mobile",
    "Home Phone",
    "Business Fax",
    "Pager",
    "First Name",
    "Last Name",
    "File As",
    "Company",
    "Phone 1 - Value",
    "Phone 1 - Label",
    "Phone 2 - Value",
    "Phone 2 - Type",
    "Notes",
    "reject_code",
    "reject_reason",
    "254712345678",
];

fn role() -> impl Strategy<Value = InputRole> {
    prop_oneof![Just(GIVEN), Just(NOT_GIVEN), Just(InputRole::Recipients), Just(InputRole::Cards)]
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[0-9+ ]{0,8}",
        1 => Just("1 ::: 2".to_owned()),
        1 => Just("* Work Fax".to_owned()),
        2 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_header_and_no_row_causes_a_panic(
        header in prop::collection::vec(prop_oneof![any::<String>(), prop::sample::select(&WORDS[..]).prop_map(str::to_owned)], 0..8),
        cells in prop::collection::vec(cell(), 0..10),
        rule in "(to|phone|type_2|wa_id)=(=|1|name|phone)?.{0,3}",
        role in role(),
    ) {
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        let rules: Vec<MapRule> = rule.parse().into_iter().collect();
        let row = row(&cells);
        match Mapping::of_header(&header, "people.csv", role, &rules) {
            Ok(mapping) => {
                let _ = mapping.draft(&row);
                let columns = mapping.explain().iter().filter_map(|column_use| column_use.column);
                prop_assert!(columns.count() >= header.len());
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn every_number_is_used_or_noted(
        header in prop::sample::subsequence(&WORDS[..], 1..WORDS.len()).prop_shuffle(),
        cells in prop::collection::vec(cell(), WORDS.len()),
    ) {
        let Ok(mapping) = Mapping::of_header(&header, "people.csv", GIVEN, &[]) else {
            return Ok(());
        };
        let row = row(&cells[..header.len()]);
        let draft = mapping.draft(&row);
        for column_use in mapping.explain() {
            let Some(at) = column_use.column else { continue };
            let is_phone = matches!(column_use.purpose, Purpose::Field(Field::Phone(_)) | Purpose::LeftOut(_));
            let numbers = cells[at].split(":::").filter(|cell| !cell.trim().is_empty()).count();
            if is_phone && numbers > 0 {
                let used = draft.phones.iter().filter(|phone| phone.column == Some(at)).count();
                let noted = draft.left_out.iter().any(|number| number.column == at);
                prop_assert!(used == numbers || noted, "column {at}");
            } else {
                prop_assert!(draft.phones.iter().all(|phone| phone.column != Some(at)));
            }
        }
    }
}
