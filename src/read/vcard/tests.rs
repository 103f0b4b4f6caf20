//! The reader as a whole: how cards begin and end, the samples, what damage may cost.

use proptest::prelude::*;

use super::*;
use crate::read::note::NoteKind;
use crate::read::{Cells, Place, Record, Row};

#[path = "as_found.rs"]
mod as_found;

/// Every record of a file, in the file's order.
fn records(file: &[u8]) -> Vec<Record> {
    let mut cards: Vec<RawCard> = Cards::new(file, SourceId(7)).collect::<Result<_, _>>().unwrap();
    cards.sort_by_key(RawCard::place);
    cards.into_iter().map(RawCard::into_record).collect()
}

/// A record as one line: its line, what it is, its cells, its notes.
fn shown(record: &Record) -> String {
    let row = |place: Place, cells: &Cells, notes: &[NoteKind]| {
        let cells: Vec<&str> = cells.iter().collect();
        let notes: Vec<&str> = notes.iter().map(|note| note.code()).collect();
        format!("{}: {} [{}]", place.line, cells.join("|"), notes.join(" "))
    };
    match record {
        Record::Card(card) => row(card.place, &card.cells(), &card.notes),
        Record::Broken { row: Row { place, cells, notes }, reason, .. } => {
            format!("{} broken: {reason}", row(*place, cells, notes))
        }
        Record::Skipped { place, reason } => format!("{}: skipped, {reason}", place.line),
        Record::Row(row) => panic!("{row:?}"),
    }
}

fn shown_all(file: &str) -> Vec<String> {
    records(file.as_bytes()).iter().map(shown).collect()
}

#[test]
fn where_cards_begin_and_end() {
    let table: [(&str, &str, &[&str]); 19] = [
        ("letter case and blanks", "\n begin:vcard \nFN:A\nTEL:1\nEnd:vCard\t\n", &["2: A|1|| []"]),
        (
            "glued",
            "BEGIN:VCARD\nFN:A\nTEL:1\nEND:VCARDBEGIN:VCARD\nFN:B\nTEL:2\nEND:VCARD",
            &["1: A|1|| []", "4: B|2|| []"],
        ),
        (
            "lost END",
            "BEGIN:VCARD\nFN:A\nTEL:1\nBEGIN:VCARD\nFN:B\nTEL:2\nEND:VCARD\n",
            &["1: A|1|| [lost_end]", "4: B|2|| []"],
        ),
        (
            "nested",
            "BEGIN:VCARD\nFN:A\nBEGIN:VCARD\nFN:B\nTEL:2\nEND:VCARD\nTEL:1\nEND:VCARD",
            &["1: A|1|| []", "3: B|2|| []"],
        ),
        (
            "lost END and lost BEGIN",
            "BEGIN:VCARD\nFN:A\nTEL:1\nBEGIN:VCARD\nFN:B\nTEL:2\nEND:VCARD\nFN:C\nTEL:3\nEND:VCARD\n",
            &[
                "1: A|1|| [lost_end]",
                "4: B|2|| []",
                "8:  [] broken: lines of a card without BEGIN:VCARD in front: put it back",
            ],
        ),
        (
            "agent below",
            "BEGIN:VCARD\nFN:A\nAGENT:\nBEGIN:VCARD\nFN:B\nTEL:2\nEND:VCARD\nTEL:1\nEND:VCARD",
            &["1: A|1|| [agent_left_out]"],
        ),
        (
            "agent in the line",
            "BEGIN:VCARD\nFN:A\nAGENT:BEGIN:VCARD\nFN:B\nTEL:2\nEND:VCARD\nTEL:1\nEND:VCARD",
            &["1: A|1|| [agent_left_out]"],
        ),
        (
            "agent folded",
            "BEGIN:VCARD\nFN:A\nAGENT:BEGIN:VCARD\n FN:B\n TEL:2\n END:VCARD\nTEL:1\nEND:VCARD",
            &["1: A|1|| []"],
        ),
        (
            "agent escaped",
            "BEGIN:VCARD\nFN:A\nAGENT:BEGIN:VCARD\\nTEL:2\\nEND:VCARD\nTEL:1\nEND:VCARD",
            &["1: A|1|| [agent_left_out]"],
        ),
        (
            "agent cut off",
            "BEGIN:VCARD\nFN:A\nTEL:1\nAGENT:\nBEGIN:VCARD\nFN:B\nTEL:2\nEND:VCARD\nBEGIN:VCARD\nFN:C\nTEL:3\nEND:VCARD\n",
            &["1: A|1|| [agent_left_out lost_end]", "5: B|2|| []", "9: C|3|| []"],
        ),
        (
            "agent's text cut off",
            "BEGIN:VCARD\nFN:A\nTEL:1\nAGENT:NBEGIN:VCARD\nFN:B\nTEL:2\nEND:VCARD\n",
            &["1: A|1|| [lost_end]", "4: B|2|| []"],
        ),
        (
            "agent's fold cut off",
            "BEGIN:VCARD\nFN:A\nTEL:1\nAGENT:BEGIN:VCARD\n FN:TBEGIN:VCARD\nFN:B\nTEL:2\nEND:VCARD\n",
            &["1: A|1|| [lost_end]", "5: B|2|| []"],
        ),
        (
            "agent's fold cut off at its blank",
            "BEGIN:VCARD\nFN:A\nTEL:1\nAGENT:BEGIN:VCARD\n BEGIN:VCARD\nFN:B\nTEL:2\nEND:VCARD\n",
            &["1: A|1|| [lost_end]", "5: B|2|| []"],
        ),
        (
            "cut in a number",
            "BEGIN:VCARD\nFN:A\nTEL:+254\nTEL:+2547123BEGIN:VCARD\nFN:B\nTEL:2\nEND:VCARD\n",
            &["1: A|+254|| [number_cut_off lost_end]", "4: B|2|| []"],
        ),
        (
            "ends in a number",
            "BEGIN:VCARD\nFN:A\nTEL:+2547123",
            &["1: A [number_cut_off lost_end no_number]"],
        ),
        (
            "indented END",
            "BEGIN:VCARD\nTEL:1\nFN:A\n END:VCARD\nBEGIN:VCARD\nFN:B\nTEL:2\nEND:VCARD\n",
            &["1: A|1|| []", "5: B|2|| []"],
        ),
        (
            "group",
            "BEGIN:VCARD\nFN:A\nX-ADDRESSBOOKSERVER-KIND:Group\nEND:VCARD\n",
            &["1: skipped, group card"],
        ),
        (
            "something else",
            "BEGIN:VLIST\nFN:A\nEND:VLIST\nBEGIN:VCARD\nFN:B\nTEL:2\nEND:VCARD",
            &["2: skipped, no vCard", "4: B|2|| []"],
        ),
        (
            "joined files",
            "BEGIN:VCARD\nFN:A\nTEL:1\nEND:VCARD\n\u{feff}BEGIN:VCARD\nFN:B\nTEL:2\nEND:VCARD",
            &["1: A|1|| []", "5: B|2|| []"],
        ),
    ];
    for (what, file, expected) in table {
        for (end, name) in [("\n", "LF"), ("\r\n", "CRLF"), ("\r", "CR")] {
            assert_eq!(shown_all(&file.replace('\n', end)), expected, "{what}, {name}");
        }
    }
}

/// Compares the records of each file, with LF and with CRLF.
fn gives(table: &[(&str, &str, &[&str])]) {
    for (what, file, expected) in table {
        for end in ["\n", "\r\n"] {
            assert_eq!(shown_all(&file.replace('\n', end)), *expected, "{what}");
        }
    }
}

#[test]
fn a_strangers_number_never_goes_out_under_the_first_name() {
    const NO_BEGIN: &str = " broken: lines of a card without BEGIN:VCARD in front: put it back";
    const MIXED: &str =
        " broken: two cards in one: put the lost END:VCARD and BEGIN:VCARD back between them";
    let no_begin = |line: u64| format!("{line}:  []{NO_BEGIN}");
    gives(&[
        (
            "END and BEGIN lost, VERSION first",
            "BEGIN:VCARD\nVERSION:3.0\nFN:One\nTEL:1\nVERSION:3.0\nN:Two;;\nFN:Two\nTEL:2\nEND:VCARD\nBEGIN:VCARD\nFN:C\nTEL:3\nEND:VCARD\n",
            &["1: One|1|| [lost_end]", &no_begin(5), "10: C|3|| []"],
        ),
        (
            "VERSION last",
            "BEGIN:VCARD\nN:One\nTEL:1\nVERSION:2.1\nN:Two\nTEL:2\nVERSION:2.1\nEND:VCARD\n",
            &[&format!("1:  [lost_end]{MIXED}"), &no_begin(7)],
        ),
        (
            "VERSION lost too",
            "BEGIN:VCARD\nVERSION:3.0\nN:One\nFN:One\nTEL:1\nN:Two\nFN:Two\nTEL:2\nEND:VCARD\nBEGIN:VCARD\nFN:C\nTEL:3\nEND:VCARD\n",
            &[&format!("1:  []{MIXED}"), "10: C|3|| []"],
        ),
        (
            "VERSION lost too, the second without N",
            "BEGIN:VCARD\nVERSION:3.0\nFN:One\nN:One\nTEL:1\nFN:Two\nTEL:2\nEND:VCARD\n",
            &[&format!("1:  []{MIXED}")],
        ),
        (
            "the same name again, behind the number",
            "BEGIN:VCARD\nVERSION:3.0\nFN:One\\, MD\nN:One;\nTEL:1\nN:One;;;\nFN:One,  MD\nTEL:2\nEND:VCARD\n",
            &["1: One, MD|1|||2|| []"],
        ),
        (
            "the same name again, in quoted-printable",
            "BEGIN:VCARD\nVERSION:2.1\nFN:Zoé\nTEL:1\nFN;ENCODING=QUOTED-PRINTABLE:Zo=C3=A9\nEND:VCARD\n",
            &["1: Zoé|1|| []"],
        ),
        (
            "another N behind the number, in 4.0",
            "BEGIN:VCARD\nVERSION:4.0\nN:One\nTEL:1\nN:Two\nTEL:2\nEND:VCARD\n",
            &[&format!("1:  []{MIXED}")],
        ),
        (
            "several FN, in 4.0",
            "BEGIN:VCARD\nVERSION:4.0\nFN:One\nFN:First\nN:One\nTEL:1\nEND:VCARD\n",
            &["1: One|1|| []"],
        ),
        (
            "one name in two scripts",
            "BEGIN:VCARD\nVERSION:4.0\nN;ALTID=1;LANGUAGE=jp:a;b\nN;ALTID=1;LANGUAGE=en:c;d\nFN;ALTID=1:ab\nFN;ALTID=1:cd\nTEL:1\nEND:VCARD\n",
            &["1: ab|1|| []"],
        ),
        (
            "VERSION twice at the top, the same names twice",
            "BEGIN:VCARD\nVERSION:3.0\nVERSION:3.0\nN:A\nFN:A\nitem1.N:A\nFN:A\nTEL:1\nEND:VCARD\n",
            &["1: A|1|| []"],
        ),
    ]);
}

#[test]
fn a_mark_in_a_text_is_text() {
    gives(&[
        (
            "BEGIN in a note",
            "BEGIN:VCARD\nVERSION:3.0\nFN:A\nNOTE:see BEGIN:VCARD\nTEL:1\nEND:VCARD\n",
            &["1: A|1|| []"],
        ),
        (
            "a note cut off, before a card that begins with its number",
            "BEGIN:VCARD\nFN:A\nTEL:1\nNOTE:x BEGIN:VCARD\nTEL:2\nFN:B\nEND:VCARD\nBEGIN:VCARD\nFN:C\nTEL:3\nEND:VCARD\n",
            &[
                "1:  [] broken: two cards in one: put the lost END:VCARD and BEGIN:VCARD back between them",
                "8: C|3|| []",
            ],
        ),
        (
            "END in a note before the name",
            "BEGIN:VCARD\nTEL:1\nNOTE:see END:VCARD\nFN:A\nEND:VCARD\n",
            &["1: A|1|| []"],
        ),
        (
            "folded END that is followed by a fold",
            "BEGIN:VCARD\nTEL:1\nNOTE:a\n END:VCARD\n b\nFN:A\nEND:VCARD\n",
            &["1: A|1|| []"],
        ),
        (
            "folded BEGIN that is followed by a fold",
            "BEGIN:VCARD\nFN:A\nNOTE:a\n BEGIN:VCARD\n b\nTEL:1\nEND:VCARD\n",
            &["1: A|1|| []"],
        ),
        (
            "folded END in a name",
            "BEGIN:VCARD\nFN:A \n END:VCARD\n B\nTEL:1\nEND:VCARD\n",
            &["1: A END:VCARDB|1|| []"],
        ),
        (
            "END glued to a note, then the next card",
            "BEGIN:VCARD\nFN:A\nTEL:1\nNOTE:xEND:VCARD\n\nBEGIN: VCARD\nFN:B\nTEL:2\nNOTE:xEND:VCARD",
            &["1: A|1|| []", "6: B|2|| []"],
        ),
        (
            "a note cut off",
            "BEGIN:VCARD\nFN:A\nTEL:1\nNOTE:xBEGIN:VCARD\nVERSION:3.0\nFN:B\nTEL:2\nEND:VCARD",
            &["1: A|1|| [lost_end]", "4: B|2|| []"],
        ),
    ]);
}

#[test]
fn a_blank_line_never_cuts_a_name_or_a_number() {
    let card = "BEGIN:VCARD\nVERSION:2.1\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=91=\n=C3=91 and=\n TEL:9=\nX:y\n\
        TEL;CELL;X-LONG=\"aaaaaaaaaaaaa\":+49 30 12345\n 67\nAGENT:\nBEGIN:VCARD\nFN:B\nTEL:2\nEND:VCARD\n\
        NOTE:a\n TEL:9\nAGENT:BEGIN:VCARD\n FN:C\n TEL:9\n END:VCARD\nEND:VCARD\n";
    for end in ["\n", "\r\r\n", "\n\n", "\n\r", "\r\n\r\n", "\n\n\n", "\r\n \r\n"] {
        let text = shown_all(&card.replace('\n', end));
        let expected = "1: ÑÑ and TEL:9X:y|+49 30 1234567|Cell| [agent_left_out]";
        assert_eq!(text, [expected], "{end:?}");
    }
    for (lines, expected) in [
        ("FN:A very lo\n\n ng name\nTEL:+49 30\n \n 12", "1: A very long name|+49 3012|| []"),
        ("FN:Jane\n  \n Doe\nTEL:1", "1: Jane Doe|1|| []"),
        ("FN;QUOTED-PRINTABLE:=C3=91=\n\n=C3=91\nTEL:1", "1: ÑÑ|1|| []"),
        // The blank line is what the soft break announced.
        ("FN;QUOTED-PRINTABLE:=C3=91=\n\nTEL:1", "1: Ñ|1|| []"),
        ("NOTE;QUOTED-PRINTABLE:a=0D=0A=\n\nitem1.TEL:1\nFN:A", "1: A|1|| []"),
        ("FN:A\nPHOTO;ENCODING=BASE64:\n /9j/4AAQ\n\nTEL:1", "1: A|1|| []"),
    ] {
        assert_eq!(shown_all(&format!("BEGIN:VCARD\n{lines}\nEND:VCARD\n")), [expected], "{lines}");
    }
}

#[test]
fn a_card_in_a_note_never_costs_the_card_around_it() {
    const HEAD: &str = "BEGIN:VCARD\nVERSION:3.0\nFN:A\n";
    for note in [
        r"NOTE:BEGIN:VCARD\nVERSION:3.0\nFN:X\nEND:VCARD",
        r"NOTE:BEGIN:VCARD\r\nFN:X\r\nEND:VCARD",
        "NOTE:BEGIN:VCARD\\nFN:X\\NEND\n :VCARD",
        "NOTE:BEGIN:VCARD\\nFN:X\\\n nEND:VCARD",
        "NOTE:BEGIN:VCARD\\nFN:X\\n\n END:VCARD",
        "NOTE;ENCODING=QUOTED-PRINTABLE:BEGIN:VCARD=0D=0AFN:X=0D=0A=\nEND:VCARD",
        "NOTE;ENCODING=QUOTED-PRINTABLE:BEGIN:VCARD=0D=0AFN:X=\n=0D=0AEND:VCARD",
        "NOTE;ENCODING=QUOTED-PRINTABLE:BEGIN:VCARD=0D=0A=\nFN:X=0D=0A=\nEND:VCARD=0D=0A=\nTEL:9",
        "URL:http://x/?q=BEGIN:VCARD",
        "URL:http://x/BEGIN:VCARD",
    ] {
        let file = format!("{HEAD}{note}\nTEL:1\nEND:VCARD\nBEGIN:VCARD\nFN:B\nTEL:2\nEND:VCARD\n");
        let text = shown_all(&file);
        assert_eq!(text.len(), 2, "{note}: {text:?}");
        assert_eq!(text[0], "1: A|1|| []", "{note}");
        assert!(text[1].ends_with(": B|2|| []"), "{note}: {text:?}");
        let last = shown_all(&format!("{HEAD}TEL:1\n{note}\nEND:VCARD\n"));
        assert_eq!(last, ["1: A|1|| []"], "{note}");
    }
    // An END behind a soft break that is no text.
    let ends = "NOTE;QUOTED-PRINTABLE:a=\nEND:VCARD\n\nBEGIN:VCARD\nFN:B\nTEL:2\nEND:VCARD\n";
    assert_eq!(shown_all(&format!("{HEAD}TEL:1\n{ends}")), ["1: A|1|| []", "8: B|2|| []"]);
}

#[test]
fn a_card_in_one_line_never_takes_the_next_one_with_it() {
    const ONE_LINE: &str = " broken: a card in one line: give each property a line of its own";
    let next = "BEGIN:VCARD\nVERSION:3.0\nFN:K\nTEL:2\nEND:VCARD\n";
    for (line, note) in [
        ("BEGIN:VCARD VERSION:3.0 FN:Q TEL:1 END:VCARD", ""),
        ("BEGIN:VCARD\tx", "lost_end"),
        ("BEGIN:VCARDFN:", "lost_end"),
    ] {
        let text = shown_all(&format!("{line}{next}"));
        let broken = format!("1:  [{note}]{ONE_LINE}");
        assert!(text.len() == 2 && text.contains(&broken), "{text:?}");
        assert!(text.iter().any(|one| one == "1: K|2|| []"), "{text:?}");
        let behind = shown_all(&format!("BEGIN:VCARD\nFN:A\nTEL:1\n{line}{next}"));
        assert!(behind.iter().any(|one| one == "4: K|2|| []"), "{behind:?}");
    }
}

#[test]
fn no_card_vanishes_because_its_lines_are_lost() {
    const ONE_LINE: &str = " broken: a card in one line: give each property a line of its own";
    let broken = |line: u64| format!("{line}:  []{ONE_LINE}");
    gives(&[
        (
            "blanks",
            "BEGIN:VCARD VERSION:3.0 FN:Q TEL:1 END:VCARD\nBEGIN:VCARD\nFN:B\nTEL:2\nEND:VCARD\n",
            &[&broken(1), "2: B|2|| []"],
        ),
        (
            "line ends in letters",
            r"BEGIN:VCARD\nFN:Q\nTEL:1\nEND:VCARD\nBEGIN:VCARD\nFN:R\nTEL:1\nEND:VCARD\n",
            &[&broken(1), &broken(1)],
        ),
        (
            "only the first lines",
            "BEGIN:VCARD VERSION:3.0\nFN:Q\nTEL:1\nEND:VCARD\nBEGIN:VCARD\nFN:B\nTEL:2\nEND:VCARD\n",
            &[&broken(1), "5: B|2|| []"],
        ),
        (
            "in quotes, and behind a card without END",
            "\"BEGIN:VCARD FN:Q END:VCARD\"\nBEGIN:VCARD\nFN:B\nTEL:2\nBEGIN:VCARD FN:R END:VCARD\n",
            &[&broken(1), "2: B|2|| [lost_end]", &broken(5)],
        ),
        (
            "a blank behind the colon",
            "BEGIN: VCARD\nFN:A\nTEL:1\nEND: VCARD\nBEGIN:VCARD\nFN:B\nTEL:2\nEND:VCARD\n",
            &["1: A|1|| []", "5: B|2|| []"],
        ),
    ]);
}

#[test]
fn joined_files_of_different_encodings_lose_no_card_without_a_word() {
    let card = |name: &str| format!("BEGIN:VCARD\r\nFN:{name}\r\nTEL:1\r\nEND:VCARD\r\n");
    let wide = |text: &str, unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    };
    type Order = fn(u16) -> [u8; 2];
    let orders: [[Order; 2]; 2] =
        [[u16::to_le_bytes, u16::to_be_bytes], [u16::to_be_bytes, u16::to_le_bytes]];
    let bad = card("Bad") + &card("Worse");
    let seams = [("", ""), ("", "\r\n"), ("\u{feff}", ""), ("\u{feff}", "\r\n")];
    for ([unit, other], (mark, end)) in
        orders.into_iter().flat_map(|order| seams.map(|seam| (order, seam)))
    {
        let first = format!("{}{end}", card("A").trim_end());
        let marked = format!("{mark}{bad}");
        let inside = [first.clone().into_bytes(), wide(&marked, unit), card("B").into()];
        let behind = [wide(&first, unit), marked.clone().into()];
        let turned = [wide(&first, unit), wide(&marked, other)];
        for (what, file, whole) in [
            ("inside", inside.concat(), 2),
            ("behind", behind.concat(), 1),
            ("turned", turned.concat(), 1),
        ] {
            let text: Vec<String> = records(&file).iter().map(shown).collect();
            let count = |what: &str| text.iter().filter(|one| one.contains(what)).count();
            let counts = (text.len(), count("save the files"), count("|1|| []"));
            assert_eq!(counts, (2 + whole, 2, whole), "{what} {mark:?} {end:?} {text:#?}");
        }
    }
}

#[test]
fn what_a_card_shows() {
    let table = [
        (
            "N:Otieno;Achieng;;;\nTEL;HOME:2\nTEL;CELL;PREF:1",
            "1: Achieng Otieno|1|Cell||2|Home| [name_from_n]",
        ),
        ("TEL;PREF=20:2\nTEL:3\nTEL;PREF=10:1\nFN:A", "1: A|1|||2|||3|| []"),
        ("FN:\nNICKNAME:Achi\nTEL:1", "1: Achi|1|| [name_from_nickname]"),
        ("FN:\u{a0}\u{200b}\nN:\u{200b};Jane\nTEL:1", "1: Jane|1|| [name_from_n]"),
        ("FN;ENCODING=B:SmFuZSBEb2U=\nTEL:1", "1: Jane Doe|1|| []"),
        ("FN;ENCODING=B;CHARSET=UTF-8:SmFu\n  ZSBEb2U=\nTEL:1", "1: Jane Doe|1|| []"),
        ("FN;BASE64;CHARSET=ISO-8859-1:0WFuZPo=\nTEL:1", "1: Ñandú|1|| []"),
        ("FN;ENCODING=B:Jane Doe\nN:Doe;Jane\nTEL:1", "1: Jane Doe|1|| [name_from_n]"),
        ("FN;ENCODING=B:Jane\nN:Doe;Jane\nTEL:1", "1: Jane Doe|1|| [name_from_n]"),
        ("N;ENCODING=BASE64:RG9lO0phbmU=\nTEL:1", "1: Jane Doe|1|| [name_from_n]"),
        ("FN:A\nFN;PREF=2:B\nFN;PREF=1:C\nFN;PREF=1:D\nTEL:1", "1: C|1|| []"),
        ("FN:A\nFN;PREF=1:\nTEL:1", "1: A|1|| []"),
        ("ORG:Amani;Sales\nTEL:1", "1: Amani|1|| [name_from_org]"),
        (
            "TEL;FAX:2\nTEL;waid=254712345678:+254 712",
            "1: +254 712|+254 712||254712345678 [fax_left_out name_from_number]",
        ),
        ("VERSION:3.0", "1:  [no_number]"),
        ("FN:A\nitem1.TEL:1\nitem1.X-ABLabel:Shop", "1: A|1|Shop| []"),
        ("FN;ENCODING=QUOTED-PRINTABLE:=C3=91a=\nnd=C3=BA\nTEL:1", "1: Ñandú|1|| []"),
        ("NOTE;QUOTED-PRINTABLE:call=\nTel: 9=\nTel: 9\nFN:A\nTEL:1", "1: A|1|| []"),
        ("FN:A long na\n me\nTEL:+254 712\n  345 678", "1: A long name|+254 712 345 678|| []"),
        ("PHOTO;ENCODING=b:\n /9j/4AAQ\n TEL:9\n\nFN:A\nTEL:1", "1: A|1|| []"),
    ];
    for (lines, expected) in table {
        let file = format!("BEGIN:VCARD\n{lines}\nEND:VCARD\n");
        assert_eq!(shown_all(&file), [expected], "{lines}");
    }
}

#[test]
fn a_custom_label_that_says_fax_is_never_sent_a_card() {
    let custom = "X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,";
    for (lines, expected) in [
        (format!("TEL;{custom}Fax=20B=C3=BCro):2\nTEL;CELL:1"), "1: A|1|Cell| [fax_left_out]"),
        (format!("TEL;{custom}=D0=A0=D0=B0=D0=B1):1"), "1: A|1|Раб| []"),
        (format!("TEL;{custom}=D0=A0=\n=D0=B0=D0=B1):1"), "1: A|1|Раб| []"),
        (format!("item1.TEL;{custom}x):1\nitem1.X-ABLabel:Shop"), "1: A|1|Shop| []"),
        (
            "TEL;HOME;X-CUSTOM(CHARSET=ISO-8859-1,ENCODING=Q,B=FCro, 2):1".to_owned(),
            "1: A|1|Büro, 2| []",
        ),
        ("TEL;X-CUSTOM(Shop):1\nTEL;X-CUSTOM():2".to_owned(), "1: A|1|Shop||2|| []"),
    ] {
        let file = format!("BEGIN:VCARD\nVERSION:2.1\nFN:A\n{lines}\nEND:VCARD\n");
        assert_eq!(shown_all(&file), [expected], "{lines}");
    }
}

#[test]
fn a_type_is_never_mojibake() {
    let card = |line: &[u8]| [b"BEGIN:VCARD\nFN:A\n", line, b"\nEND:VCARD\n"].concat();
    for (line, expected) in [
        (&b"TEL;TYPE=B\xfcro:1"[..], "1: A|1|Büro| [charset_guessed]"),
        ("TEL;TYPE=Büro:1".as_bytes(), "1: A|1|Büro| []"),
        (b"TEL;CHARSET=windows-1251;TYPE=\xd0\xe0\xe1:1", "1: A|1|Раб| []"),
        (b"N;CHARSET=windows-1251:\xc8\nTEL;TYPE=\xd0\xe0\xe1:1", "1: A|1|Раб| []"),
    ] {
        assert_eq!(records(&card(line)).iter().map(shown).collect::<Vec<_>>(), [expected]);
    }
}

#[test]
fn caps_are_said_and_cost_no_neighbour() {
    let good = |name| format!("BEGIN:VCARD\nFN:{name}\nTEL:1\nEND:VCARD\n");
    let long_line = "x".repeat((8 << 20) + 1);
    let many_lines = " aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
        .repeat((33 << 20) / 74);
    let numbers: String = (0..101).map(|n| format!("TEL:{n}\n")).collect();
    let many_types: String = (0..300_000).map(|n| format!("x{n},")).collect();
    let labels: String =
        (0..100_000).map(|n| format!("i{n}.TEL:{n}\ni{n}.X-ABLabel:x\n")).collect();
    for (lines, reason) in [
        (format!("FN:{long_line}\n"), "a line of more than 8 MiB: take the photo out"),
        (format!("PHOTO:\n{many_lines}"), "a card of more than 32 MiB: take the photos out"),
        (numbers, "a card of more than 100 numbers: split it"),
        ("TEL:1\n".repeat(200_000), "a card of more than 100 numbers: split it"),
        ("FN:1\n".repeat(200_000), "a card of more than 1,000 names and numbers: split it"),
        (labels, "a card of more than 100 numbers: split it"),
        (format!("TEL;TYPE={many_types}:1\n"), "a number of more than 100 types: take them out"),
        (
            format!("FN:{}\n", &long_line[..65_536]),
            "name and numbers of more than 64 KiB: shorten them",
        ),
    ] {
        let file = format!("{}BEGIN:VCARD\n{lines}END:VCARD\n{}", good("A"), good("C"));
        let records = records(file.as_bytes());
        assert_eq!(records.len(), 3);
        assert!(
            matches!(&records[1], Record::Broken { code: "card_broken", reason: said, .. } if said == reason),
            "{reason}"
        );
        assert_eq!(shown(&records[0]), "1: A|1|| []");
        assert!(shown(&records[2]).ends_with(": C|1|| []"));
    }
}

#[test]
fn one_number_many_times_is_never_too_many_numbers() {
    let again = "TEL;waid=254712345678;CELL:1\n".repeat(119);
    let file = format!("BEGIN:VCARD\nFN:A\nTEL:1\n{again}END:VCARD\n");
    assert_eq!(shown_all(&file), ["1: A|1|Cell|254712345678 []"]);
}

#[test]
fn a_name_that_is_cut_off_never_goes_out() {
    const CUT: &str =
        " [lost_end] broken: a card that breaks off in a name or a label: export it again";
    const HEAD: &str = "BEGIN:VCARD\nFN:A\nTEL:1\n";
    let next = "BEGIN:VCARD\nFN:B\nTEL:2\nEND:VCARD\n";
    for line in
        ["FN:Jane Wanj", "N:Wanj", "N:Wanjiru;\n Ja", "FN;CHARS", "item1.X-ABLabel:Fa", "KIND:gr"]
    {
        assert_eq!(shown_all(&format!("{HEAD}{line}")), [format!("1: {CUT}")], "{line}");
        let text = shown_all(&format!("{HEAD}{line}{next}"));
        assert_eq!(text[0], format!("1: {CUT}"), "{line}");
        assert!(text[1].ends_with(": B|2|| []"), "{text:?}");
    }
    // With its END, or in a line that nobody needs, nothing is known to be lost.
    for line in ["FN:AEND:VCARD\n", "FN:A\nEND:VCARD", "NOTE:x", "VERSION:3", "FN:A\n"] {
        let text = shown_all(&format!("{HEAD}{line}"));
        assert!(text[0].starts_with("1: A|1|| ["), "{line} {text:?}");
    }
}

#[test]
fn a_card_that_looks_empty_is_rejected_with_the_reason() {
    let card = |front: &str| {
        let lines = ["BEGIN:VCARD", "VERSION:3.0", "FN:J", "TEL:1", "END:VCARD", ""];
        lines.join(&format!("\n{front}"))
    };
    let indented = "1:  [] broken: a card with blanks in front of its lines: take them out";
    let quoted = "1:  [] broken: a card with > in front of its lines, as in a mail: take them out";
    for (front, expected) in [("  ", indented), ("\t", indented), ("> ", quoted), (">", quoted)] {
        for first in ["", front] {
            let file = format!("{first}{}", card(front));
            let file = file.trim_end_matches(front);
            assert_eq!(shown_all(file), [expected], "{file:?}");
            let text = shown_all(&format!("{file}{}", card("")));
            assert_eq!(text, [expected, "6: J|1|| []"], "{file:?}");
        }
    }
    let no_break = card("").replace("BEGIN:VCARD", "BEGIN:VCARD\u{a0}");
    assert_eq!(shown_all(&no_break), ["1: J|1|| []"]);
    assert_eq!(shown_all("BEGIN:VCARD\n VERSION:3.0\nFN:J\nTEL:1\nEND:VCARD\n"), ["1: J|1|| []"]);
}

#[test]
fn a_line_of_nothing_but_marks_is_taken_apart_without_recursion() {
    let file = format!("{}\nFN:A\nTEL:1\nEND:VCARD\n", "BEGIN:VCARD".repeat(200_000));
    let cards = Cards::new(file.as_bytes(), SourceId(0)).count();
    assert_eq!(cards, 200_000);
}

#[test]
fn vcard_files_are_known_by_their_first_bytes() {
    let utf16: Vec<u8> = "BEGIN:VCARD\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, is) in [
        (&b"\xef\xbb\xbf\r\nbegin:vcard\r\nVERS"[..], true),
        (&utf16, true),
        (b"BEGIN:VCALENDAR\n", false),
        (b"name,phone\nBEGIN:VCARD,1\n", false),
        (b"", false),
    ] {
        assert_eq!(looks_like_vcard(bytes), is, "{bytes:?}");
    }
}

#[test]
fn an_input_without_cards_is_recognised() {
    let mut cards = Cards::new(&b"name,phone\nAmani,1\n"[..], SourceId(0));
    assert!(cards.next().is_none());
    assert_eq!(cards.cards_seen(), 0);
}

/// Compares each sample's cards with the expected ones and with those of `calcard`, which shares no
/// code with us.
#[test]
fn samples() {
    let table: [(&str, &[u8], &[&str]); 7] = [
        (
            "iphone",
            include_bytes!("../../../samples/iphone.vcf"),
            &[
                "1: Njeri Wanjiru|+254 712 345 678|Cell| [fax_left_out]",
                "18: Dr. Jörg Müller-Lüdenscheidt|+49 1512 3456789|Cell||+49 30 23125 014|Home||+49 30 23125 015|Praxis, nachmittags| []",
                "31: Safari Desk|+44 7700 900123|iPhone||+44 20 7946 0123|Main| []",
                "41: skipped, group card",
            ],
        ),
        (
            "google",
            include_bytes!("../../../samples/google.vcf"),
            &[
                "1: Otieno, Achieng|0712345679|Cell||+1 650-253-0199|GRAND_CENTRAL| []",
                "11: Kamau Supplies|+254 733 000 111|||+254 20 222 3344|Work| []",
                "21: Mama Mboga|+254 722 000 222|Cell| [name_from_nickname]",
            ],
        ),
        (
            "android",
            include_bytes!("../../../samples/android.vcf"),
            &[
                "1: José María de los Ángeles Ñandú|+34 612 345 678|Cell||+34 912 345 678|Home| []",
                "9: Faith Kiprono|0712345680|Cell| [name_from_n]",
                "14: *121#|*121#|Cell| [name_from_number]",
                "18: Plumber|+254711000333|Shop| []",
            ],
        ),
        (
            "outlook",
            include_bytes!("../../../samples/outlook.vcf"),
            &[
                "1: Änne Grünwald|+49 (0)89 1234567|Work||+49 (0)1512 3456780|Cell| [charset_guessed fax_left_out]",
                "22: Jane “JD” Doe|+254 720 000 444|Cell| [pager_left_out]",
            ],
        ),
        (
            "whatsapp",
            include_bytes!("../../../samples/whatsapp.vcf"),
            &[
                "1: Baraka|+254 712 345681|Cell|254712345681 []",
                "7: Ana Silva|+55 11 98765-4321|Celular|551187654321 []",
            ],
        ),
        (
            "nextcloud",
            include_bytes!("../../../samples/nextcloud.vcf"),
            &[
                "1: Zawadi Mwangi|+254-712-345-682|Cell||+254 41 222 3355|Home| [extension_dropped]",
                "12: skipped, group card",
                "20: A name that is so long that the program which wrote it had to fold this line: Café “Zum Anker” [no_number]",
            ],
        ),
        (
            "card",
            include_bytes!("../../../samples/card.vcf"),
            &["1: Amani Travel Bookings|+254 711 222 333|Work||+254 20 765 4321|Home| []"],
        ),
    ];
    for (name, file, expected) in table {
        let records = records(file);
        assert_eq!(records.iter().map(shown).collect::<Vec<_>>(), expected, "{name}");
        agrees_with_calcard(name, file);
    }
}

/// Compares version by version what `calcard` reads: the FN and every TEL value.
fn agrees_with_calcard(name: &str, file: &[u8]) {
    use calcard::vcard::{VCard, VCardProperty, VCardValue};

    let texts = |card: &VCard, property: VCardProperty| -> Vec<String> {
        let entries = card.entries.iter().filter(|entry| entry.name == property);
        let values = entries.filter_map(|entry| match entry.values.first() {
            Some(VCardValue::Text(text)) => Some(text.trim().to_owned()),
            _ => None,
        });
        values.filter(|text| !text.is_empty()).collect()
    };
    let bare =
        |text: &str| text.trim_start_matches("tel:").split(";ext=").next().map(str::to_owned);
    // It has no charset of its own to fall back on.
    let text = match std::str::from_utf8(file) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode(file).0.into_owned(),
    };
    let mut parser = calcard::Parser::new(&text);
    for raw in Cards::new(file, SourceId(0)).map(Result::unwrap) {
        let calcard::Entry::VCard(theirs) = parser.entry() else { panic!("{name}: no card") };
        let ours = raw.decode();
        if let Some((NameSource::Fn, shown)) = &ours.name {
            let theirs = texts(&theirs, VCardProperty::Fn);
            assert!(name == "outlook" || theirs.first() == Some(shown), "{name}: {theirs:?}");
        }
        let numbers: Vec<String> = ours.numbers.into_iter().map(|number| number.text).collect();
        let theirs: Vec<String> =
            texts(&theirs, VCardProperty::Tel).iter().filter_map(|tel| bare(tel)).collect();
        assert_eq!(numbers, theirs, "{name}");
    }
}

/// A card with everything that can go wrong in it.
const MIDDLE: &str = "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=91;=\r\n=C3=91\r\n\
    FN;CHARSET=ISO-8859-1:Middle\r\n one\r\nitem1.TEL;TYPE=\"voice,cell\";PREF=1:tel:+1-555;ext=9\r\n\
    item1.X-ABLabel:_$!<Mobile>!$_\r\nTEL;WORK;FAX:2\r\nPHOTO;ENCODING=BASE64:\r\n /9j/4AAQSkZJRgABAQ==\r\n\r\n\
    AGENT:\r\nBEGIN:VCARD\r\nFN:Agent\r\nTEL:3\r\nEND:VCARD\r\n\
    AGENT:BEGIN:VCARD\r\n FN:Text\r\n TEL:5\r\n END:VCARD\r\nNOTE;QUOTED-PRINTABLE:a=\r\nb\r\nTEL:4\r\nEND:VCARD\r\n";

/// One thing done to the middle card.
#[derive(Debug, Clone)]
enum Damage {
    Cut(usize, usize),
    Flip(usize, u8),
    Insert(usize, &'static str),
    Truncate(usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = 0..MIDDLE.len();
    prop_oneof![
        (at.clone(), 0..80usize).prop_map(|(from, length)| Damage::Cut(from, length)),
        (at.clone(), any::<u8>()).prop_map(|(at, byte)| Damage::Flip(at, byte)),
        (
            at.clone(),
            prop::sample::select(vec![
                "\n",
                "\r",
                "\r\n",
                "\r\r\n",
                "=\r\n\r\n",
                " ",
                "=",
                ":",
                "\"",
                "\0",
                "BEGIN:VCARD\n",
                "END:VCARD\n",
                "AGENT:\n",
                "END:VCARDBEGIN:VCARD"
            ])
        )
            .prop_map(|(at, what)| Damage::Insert(at, what)),
        at.prop_map(Damage::Truncate),
    ]
}

fn damaged(damages: &[Damage]) -> Vec<u8> {
    let mut card = MIDDLE.as_bytes().to_vec();
    for damage in damages {
        let length = card.len();
        match *damage {
            Damage::Cut(from, much) => {
                drop(card.drain(from.min(length)..(from + much).min(length)))
            }
            Damage::Flip(at, byte) => card.iter_mut().skip(at).take(1).for_each(|one| *one ^= byte),
            Damage::Insert(at, what) => {
                drop(card.splice(at.min(length)..at.min(length), what.bytes()))
            }
            Damage::Truncate(at) => card.truncate(at),
        }
    }
    card
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// The neighbours come out as if the middle card were whole, and nothing of it slips into them.
    #[test]
    fn damage_never_costs_a_neighbour(damages in prop::collection::vec(damage(), 1..4)) {
        let middle = damaged(&damages);
        let mut file = b"BEGIN:VCARD\r\nFN:Before\r\nTEL;CELL:0711\r\nEND:VCARD\r\n".to_vec();
        file.extend(&middle);
        let after = file.len();
        file.extend(b"BEGIN:VCARD\r\nFN:After\r\nTEL;HOME:0722\r\nEND:VCARD\r\n");
        let records = records(&file);
        let text: Vec<String> = records.iter().map(shown).collect();
        prop_assert!(text.contains(&"1: Before|0711|Cell| []".to_owned()));
        let ends = |file: &[u8]| memchr::memchr2_iter(b'\n', b'\r', file).filter(|at| file[*at] != b'\n' || *at == 0 || file[at - 1] != b'\r').count() as u64;
        let line = 1 + ends(&file[..after]);
        let named = text.iter().filter(|one| one.contains("After") || one.contains("0722"));
        let expected = format!("{line}: After|0722|Home| []");
        prop_assert_eq!(named.collect::<Vec<_>>(), [&expected], "{:?}\n{:#?}", String::from_utf8_lossy(&file), text);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        records(&bytes);
        let mut card = b"BEGIN:VCARD\nFN:".to_vec();
        card.extend(&bytes);
        card.extend(b"\nTEL;TYPE=");
        card.extend(&bytes);
        records(&card);
    }

    /// Any line order, any words: each card is accounted for.
    #[test]
    fn no_lines_make_it_panic(lines in prop::collection::vec(prop::sample::select(vec![
        "BEGIN:VCARD", "END:VCARD", "VERSION:2.1", "FN:x", "FN;QUOTED-PRINTABLE:=", " END:VCARD", "AGENT:",
        "AGENT:BEGIN:VCARD", "TEL;TYPE=\":1", "item1.TEL:1", "item1.X-ABLABEL:y", "", " ", "N:;;", "END:VLIST",
    ]), 0..40)) {
        let file = lines.join("\n");
        let begins = Cards::new(file.as_bytes(), SourceId(0)).filter(|card| card.is_ok()).count();
        prop_assert!(begins <= lines.len());
        records(file.as_bytes());
    }
}
