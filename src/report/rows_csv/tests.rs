//! Tests of the lines of a report.

use std::sync::Arc;

use super::*;
use crate::eligibility::held::Held;
use crate::prepare::message::{CardPhone, Contact, Origin};
use crate::prepare::phone::PhoneNumber;
use crate::prepare::row::Reject;
use crate::prepare::row_numbers::RowCountries;
use crate::read::{Cells, Place, SkipReason, SourceId};

fn number(digits: &str) -> PhoneNumber {
    PhoneNumber::from_digits(digits).unwrap()
}

fn message(name: &str) -> Message {
    let phone = |digits: &str| CardPhone { number: number(digits), kind: None, wa_id: None };
    let contact = Contact {
        name: name.into(),
        phones: ["254722000111", "254722000112"].into_iter().map(phone).collect(),
        place: Place { source: SourceId(0), line: 2 },
    };
    let origin = Origin { campaign: String::new(), from: number("254110090747") };
    Message::new(&Arc::new(origin), number("254712345678"), &Arc::new(contact))
}

fn text(csv: &RowsCsv) -> String {
    String::from_utf8(csv.bytes.clone()).unwrap()
}

#[test]
fn a_message_has_its_row_and_what_was_decided() {
    let ann = message("Ann");
    let id = ann.id.as_str();
    let left_out = Note {
        kind: NoteKind::PhoneLeftOut,
        detail: "phone_letters: column `phone_2` has letters".to_owned(),
    };
    let notes = [Note::from(NoteKind::Completed), NoteKind::Completed.into(), left_out];
    let kenya = Region::of(&ann.to);
    let mut csv = RowsCsv::default();
    csv.message(&ann, (("a.csv", 2), None), kenya, &notes, Some(Decided::Send), None);
    let cards = (("b,c.vcf", 10), Some(("a.csv", 7)));
    csv.message(&ann, cards, None, &[], Some(Decided::Held(Held::Edited)), None);
    let edited = Held::Edited.meaning();
    assert_eq!(
        text(&csv),
        format!(
            "a.csv,2,used,,,,254712345678,KE,Ann,254722000111 254722000112,{id},send,\
             completed phone_left_out(phone_letters),,\n\
             \"b,c.vcf\",10,used,edited,\"{edited}\",,254712345678,,Ann,254722000111 254722000112,\
             {id},held,,a.csv,7\n"
        )
    );
}

#[test]
fn a_row_without_a_message_has_its_reason() {
    let place = Place { source: SourceId(0), line: 3 };
    let reject = Reject {
        place,
        code: "to_not_valid",
        reason: "column `to`: \"0\u{1b}\" is none, did you mean +254712345678?".to_owned(),
        suggestion: Some(number("254712345678")),
        cells: Cells::default(),
    };
    let mut csv = RowsCsv::default();
    for (verdict, first) in [
        (Verdict::Rejected(reject), None),
        (Verdict::Duplicate(place), Some("a.csv:2")),
        (Verdict::Skipped(SkipReason::OutsideRows), None),
    ] {
        let notes = vec![Note::from(NoteKind::Windows1252)];
        let countries = RowCountries::default();
        let to = number("254712345678");
        let readable = match verdict {
            Verdict::Duplicate(_) => Some(Box::new(Readable { to: Some(to), name: "Ann".into() })),
            _ => None,
        };
        csv.row(
            ("a.csv", 3),
            &CheckedRow { place, verdict, notes, countries, readable, number_type: None },
            first,
        );
    }
    let expected = "a.csv,3,rejected,to_not_valid,\"column `to`: \"\"0\\u{1b}\"\" is none, did you mean +254712345678?\",+254712345678,,,,,,,read_as_windows-1252,,\n\
         a.csv,3,duplicate,,the same message as a.csv:2,,254712345678,KE,Ann,,,,read_as_windows-1252,,\n\
         a.csv,3,skipped,outside_rows,outside --rows,,,,,,,,read_as_windows-1252,,\n";
    assert_eq!(text(&csv), expected);
    for line in expected.lines() {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
        assert_eq!(reader.records().next().unwrap().unwrap().len(), COLUMNS.len());
    }
}

#[test]
fn marks_are_replaced_in_the_order_of_the_lines() {
    let decisions = [Decided::Held(Held::SessionClosed), Decided::Send, Decided::Refused];
    let mut open = RowsCsv::default();
    let mut known = RowsCsv::default();
    for decided in decisions {
        for (csv, decided) in [(&mut open, None), (&mut known, Some(decided))] {
            csv.message(&message("Ann"), (("a.csv", 2), None), None, &[], decided, None);
        }
        for csv in [&mut open, &mut known] {
            csv.message(
                &message("Ben"),
                (("a.csv", 3), None),
                None,
                &[],
                Some(Decided::AlreadySent),
                None,
            );
        }
    }
    let mut resolved = Vec::new();
    resolve(&mut &*open.bytes, &mut resolved, decisions.into_iter()).unwrap();
    assert_eq!(String::from_utf8(resolved).unwrap(), text(&known));
    // A mark may be the last byte that is read at once.
    let mut bytewise = Vec::new();
    for byte in &open.bytes {
        bytewise.push([*byte]);
    }
    let mut chained: Box<dyn Read> = Box::new(io::empty());
    for byte in &bytewise {
        chained = Box::new(chained.chain(&byte[..]));
    }
    let mut resolved = Vec::new();
    resolve(&mut chained, &mut resolved, decisions.into_iter()).unwrap();
    assert_eq!(String::from_utf8(resolved).unwrap(), text(&known));
}

#[test]
fn a_report_is_recognised_by_its_header() {
    let mut csv = RowsCsv::default();
    csv.header();
    assert!(is_report(&csv.bytes));
    assert!(is_report(b"source;line;verdict;code;reason\r\n"));
    assert!(is_report(b"\"source\",\"line\",\"verdict\",\"code\"\n"));
    assert!(!is_report(b"source,line,reject_code\n"));
    assert!(!is_report(b"to,name,phone\n"));
}
