use std::collections::BTreeSet;

use lipasend::read::note::NoteKind;

use super::desk::{Desk, Ended, project};

/// Phone numbers with one note each, the region being KE.
const PHONES: [&str; 10] = [
    "+254 (0)712345678",
    "00254712345678",
    "0712345678",
    "712345678",
    "254712345678.0",
    "+54 11 15 2345-6789",
    "+254202012345",
    "+254912345678",
    "+254712345678 ext. 5",
    "254712300000",
];

/// Cards with the notes that a vCard can have.
const CARDS: [&[u8]; 12] = [
    b"FN:A\nTEL;FAX:1\nTEL;PAGER:1\nTEL;MODEM:1\nTEL;TYPE=telex:1\nTEL;TYPE=tty:1",
    b"FN:B\nitem1.TEL:1\nitem1.X-ABLabel:ISDN",
    b"FN:C\nTEL;waid=1:+254712345678",
    b"N:D\nTEL:+254712345678",
    b"NICKNAME:E\nTEL:+254712345678",
    b"ORG:F\nTEL:+254712345678",
    b"TEL:+254712345678\nAGENT:\nBEGIN:VCARD\nFN:G\nEND:VCARD",
    b"FN;CHARSET=CP850:H\x9b\nTEL:+254712345678",
    b"FN:I\xe9\nTEL:+254712345678",
    b"FN;CHARSET=UTF-8:J\xe9\nTEL:+254712345678",
    b"FN:L of the\nlong name\nTEL:+254712345678",
    b"FN:\xc3\xab\xc3\xab\xff\nTEL:+254712345678",
];

/// A card at the end of a file that was cut off.
const LAST_CARD: &[u8] = b"BEGIN:VCARD\nFN:K\nTEL:+2547";

/// The codes that a run counted, each of which it also explained.
fn codes(ended: &Ended) -> BTreeSet<String> {
    let screen = ended.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    let summary = ended.summary();
    let codes: BTreeSet<String> = summary["remarks"].as_object().unwrap().keys().cloned().collect();
    for kind in NoteKind::ALL.iter().filter(|kind| codes.contains(kind.code())) {
        let explained =
            format!(" {} {}: {}", summary["remarks"][kind.code()], kind.code(), kind.meaning());
        assert!(screen.contains(&explained), "{explained}\n{screen}");
    }
    codes
}

#[test]
fn every_kind_of_note_can_occur_and_is_explained() {
    let desk = Desk::new();
    let mut rows = b"to,name,phone,phone_2\n".to_vec();
    for (number, phone) in PHONES.iter().enumerate() {
        rows.extend(format!("25472200{number:04},Jane,{phone},\n").bytes());
    }
    rows.extend(b"254733000111,{{name}},254733000111,12\n254733000111,Zo\xeb,254722000111,\n");
    desk.put("rows.csv", rows);
    let whole = CARDS.map(|card| [b"BEGIN:VCARD\n", card, b"\nEND:VCARD\n"].concat());
    desk.put("cards.vcf", [&whole.concat(), LAST_CARD].concat());
    let options = "--region KE --verbose --summary-json -";
    let rows = codes(&desk.run(&format!("check rows.csv {options}")));
    let cards = codes(&desk.run(&format!("check cards.vcf --to 254712345678 {options}")));
    let expected: BTreeSet<String> =
        NoteKind::ALL.iter().map(|kind| kind.code().to_owned()).collect();
    let members = std::fs::read(project("samples/spreadsheets/members.xlsx")).unwrap();
    desk.put("members.xlsx", members);
    let sheet = codes(&desk.run(&format!("check members.xlsx {options}")));
    let all = [rows, cards, sheet].into_iter().flatten();
    assert_eq!(all.collect::<BTreeSet<_>>(), expected);
}

#[test]
fn every_finding_on_rows_names_the_first_ones() {
    let desk = Desk::new();
    let list = "to,name,phone,wa_id\n\
                254712345678,Ann,254722000111,254722000111\n\
                254733456789,Bob,254722000222,\n\
                ,,,\n\
                254733456780,Cid,254722000333,\n\
                254733456781,Dan,254722000444,\n";
    desk.put("people.csv", list).put("stop.csv", "254733456781\n");
    for hours in ["", " --session-missing send --recipient-cap 2/7d"] {
        let line = format!("check people.csv --opt-out stop.csv{hours}");
        desk.run(&line)
            .says("1  empty row (not counted)  row 4\n")
            .says("1  opted out                row 6\n")
            .says("2  cards show \"Invite to WhatsApp\" (--wa-id-from-phone)  rows 3 5\n");
    }
    // The rows stand below words that leave no room for them.
    let folder = "lists/of/the/customers/of/may";
    std::fs::create_dir_all(desk.path(folder)).unwrap();
    desk.put(&format!("{folder}/people.csv"), list).put("more.csv", list);
    let notes = desk.run(&format!("check {folder}/people.csv more.csv --from 256772345671"));
    let below = format!("(--limit 1)\n             rows {folder}/people.csv:2 …\n");
    notes.says(&below);
}
