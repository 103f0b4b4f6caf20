//! Opt-out lists of each kind.

use std::fs;

use super::*;
use crate::exit::ExitCode;
use crate::prepare::phone::PhoneNumber;

fn read_in(region: &str, name: &str, content: &[u8]) -> Result<OptOuts, Fatal> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    let phones = PhoneOptions { region: region.parse().ok(), ..PhoneOptions::default() };
    read_opt_outs(&[path], &Dialect::default(), &[], &phones).map_err(|fatal| {
        assert_eq!(fatal.code, ExitCode::Input);
        let folder = format!("{}/", folder.path().display());
        Fatal::input(fatal.message.replace(&folder, ""))
    })
}

fn blocks(out: &OptOuts, digits: &str) -> bool {
    out.contains(&PhoneNumber::from_digits(digits).unwrap())
}

const ANN: &str = "254712345678";
const BEN: &str = "254722000111";

#[test]
fn lists_of_each_kind_block_their_numbers() {
    for (name, list) in [
        ("a.txt", "+254712345678\n254722000111\n"),
        ("a.txt", "phone\n+254712345678\n254722000111\n"),
        ("optout", "+254712345678\r\n\r\n254722000111"),
        ("a.csv", "to\n00254712345678\n+254 722 000 111\n"),
        ("a.csv", "Opted out\n+254712345678\n+254722000111\n"),
        ("a.txt", "# who opted out in 2026\n+254712345678\n# and then\n+254722000111 Ben\n"),
        ("a.txt", "Ann Wanjiku\n+254712345678\n\nBen\n+254722000111\n"),
        ("a.csv", "name,phone\nAnn,+254712345678\nBen 2,254722000111\nCy,\n"),
        ("a.csv", "id;Name;Mobile;Country\n10000001;Ann;0712345678;KE\n2;Ben;0722000111;Kenya\n"),
        ("a.csv", "name,mobile,work phone\nAnn,+254712345678,\nBen,,+254722000111\n"),
        ("a.csv", "name,mobile,phone\nAnn,+254712345678,254722000111\n"),
        ("a.csv", "Ann,+254712345678\nBen,+254722000111\n"),
        ("a.csv", "+254712345678,Ann\n+254722000111,Ben\n"),
        ("a.csv", "to,name,message_id\n254712345678,Ann,m-1\n254722000111,Ben,m-2\n"),
        ("a.csv", "phone\n+254712345678; +254722000111\n"),
        ("a.csv", "name,phone\nAnn,+254712345678\nBen,left,in March,+254722000111\n"),
        ("a.csv", "phone\n'+254712345678\n\"=\"\"254722000111\"\"\"\n"),
        ("a.csv", "phone\n2.54712345678E+11\n254722000111.0\n"),
        ("a.csv", "# exported by a program\nname,phone\nAnn,+254712345678\nBen,+254722000111\n"),
        (
            "a.vcf",
            "BEGIN:VCARD\nVERSION:3.0\nFN:Ann\nTEL:+254712345678\nTEL:+254722000111\nEND:VCARD\n",
        ),
    ] {
        let out =
            read_in("", name, list.as_bytes()).unwrap_or_else(|error| panic!("{list}{error}"));
        assert!(blocks(&out, ANN) && blocks(&out, BEN), "{list}");
        assert!(!blocks(&out, "254733000222") && !blocks(&out, "10000001"), "{list}");
    }
}

#[test]
fn only_the_recipients_of_a_results_file_are_blocked() {
    let results = "message_id,to,name,phone\nm-1,254712345678,Shop,254722000111\n";
    let out = read_in("", "a.csv", results.as_bytes()).unwrap();
    assert!(blocks(&out, ANN) && !blocks(&out, BEN));
}

#[test]
fn a_rows_country_counts_beside_the_region() {
    let list = "phone,country\n0712345678,TZ\n";
    let out = read_in("KE", "a.csv", list.as_bytes()).unwrap();
    assert!(blocks(&out, "255712345678") && blocks(&out, ANN));
    assert!(!blocks(&out, "256712345678"));
}

#[test]
fn an_entry_with_too_few_digits_is_an_error_with_its_line() {
    let too_few = "has too few digits to block a number (8 are needed; correct or remove the line)";
    for (list, expected) in [
        ("phone\n+254712345678\n\n12345\n", format!("a.csv:4: \"12345\" {too_few}")),
        ("+254712345678\n 12345 \n", format!("a.csv:2: \"12345\" {too_few}")),
        ("name,phone\nAnn,2.54713E+11\n", format!("a.csv:2: \"2.54713E+11\" {too_few}")),
    ] {
        assert_eq!(read_in("KE", "a.csv", list.as_bytes()).unwrap_err().message, expected);
    }
}

#[test]
fn a_file_without_numbers_is_an_error() {
    for (name, list, expected) in [
        ("a.csv", "name,email\nAnn,ann@example.com\n", "column `to` not found in a.csv"),
        ("a.csv", "email\nann@example.com\n", "column `to` not found in a.csv"),
        ("a.csv", "", "a.csv is empty"),
        (
            "a.csv",
            "List of March,,\nid,name,phone\n7,Ann,+254712345678\n",
            "a.csv has its header in line 2",
        ),
        ("a.json", "{}", "a.json is JSON"),
    ] {
        let error = read_in("", name, list.as_bytes()).err().map(|error| error.message);
        assert!(
            error.as_deref().is_some_and(|text| text.starts_with(expected)),
            "{list}: {error:?}"
        );
    }
    // Nobody has opted out yet.
    assert!(read_in("", "a.csv", b"phone\n").unwrap().is_empty());
    let missing = [PathBuf::from("missing/optout.csv")];
    let read = read_opt_outs(&missing, &Dialect::default(), &[], &PhoneOptions::default());
    let error = read.unwrap_err();
    assert_eq!(error.code, ExitCode::Input);
    assert!(error.message.starts_with("missing/optout.csv cannot be read: "), "{error}");
}

#[test]
fn a_rule_names_the_column_where_the_header_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs::write(&path, "Kunde,Nummer A,Nummer B\nAnn,+254712345678,+254722000111\n").unwrap();
    let rules = ["to=Nummer A".parse().unwrap()];
    let read = |rules: &[MapRule]| {
        read_opt_outs(
            std::slice::from_ref(&path),
            &Dialect::default(),
            rules,
            &PhoneOptions::default(),
        )
    };
    let out = read(&rules).unwrap();
    assert!(blocks(&out, ANN) && !blocks(&out, BEN));
}
