//! Faults of whole programs, found in the bug reports of other readers. Each test names what must not
//! happen again.

use super::*;

const NEXT: &str = "BEGIN:VCARD\nFN:Next\nTEL:2\nEND:VCARD\n";

/// Compares the record of a card of these lines. The card behind it is always read.
fn reads(table: &[(&str, &str)]) {
    for (lines, expected) in table {
        let file = format!("BEGIN:VCARD\nVERSION:2.1\n{lines}\nEND:VCARD\n{NEXT}");
        for end in ["\n", "\r\n", "\r"] {
            let found = shown_all(&file.replace('\n', end));
            assert_eq!(found[0], format!("1: {expected}"), "{lines}");
            assert!(found.len() == 2 && found[1].ends_with(": Next|2|| []"), "{lines} {found:?}");
        }
    }
}

#[test]
fn a_value_that_ends_in_an_equals_sign_never_takes_the_next_property() {
    let fn_of = |behind: &str| format!("FN;ENCODING=QUOTED-PRINTABLE:Zo=C3=AB=\n{behind}");
    for behind in [
        "TEL;CELL:1",
        "TEL:1",
        "tel;type=cell:1",
        "item1.TEL;CELL:1\nitem1.X-ABLabel:",
        "EMAIL:zoe@example.com\nTEL;CELL:1",
        "X-SKYPE:zoe\nTEL;CELL:1",
        "N;ENCODING=QUOTED-PRINTABLE:;Zo=C3=AB;;;=\nTEL;CELL:1",
        "ORG;ENCODING=QUOTED-PRINTABLE:=C3=89x=\nTEL;CELL:1",
        "NOTE;ENCODING=QUOTED-PRINTABLE:=C3=89x=\nTEL;CELL:1",
        "PHOTO;ENCODING=b:AAAA\nTEL;CELL:1",
        // Whose own values end in `=`.
        "PHOTO;ENCODING=BASE64;JPEG:/9j/4A==\nTEL;CELL:1",
        "X-QQ:12=\nTEL;CELL:1",
        "TEL;CELL:1\nEMAIL:a=",
    ] {
        let found = shown_all(&format!("BEGIN:VCARD\n{}\nEND:VCARD\n{NEXT}", fn_of(behind)));
        let kind = if behind == "TEL:1" { "" } else { "Cell" };
        assert_eq!(found[0], format!("1: Zoë|1|{kind}| []"), "{behind}");
        assert!(found.len() == 2 && found[1].ends_with(": Next|2|| []"), "{behind} {found:?}");
    }
    reads(&[
        ("TEL:1\nFN;ENCODING=QUOTED-PRINTABLE:Zo=C3=AB=", "Zoë|1|| []"),
        // A property that is not known: the line may be a piece of the name.
        (
            "FN;ENCODING=QUOTED-PRINTABLE:Zo=C3=AB=\nACCOUNT;X=1:zoe\nTEL:1",
            "Zoë|1|| [not_a_property]",
        ),
        ("FN;ENCODING=QUOTED-PRINTABLE:Zo=C3=AB=\nLINE:zoe\nTEL:1", "Zoë|1|| [not_a_property]"),
        ("N;ENCODING=QUOTED-PRINTABLE:M=C3=9C=\nLLER;MAX\nTEL:1", "MAX MÜLLER|1|| [name_from_n]"),
        // Text goes on.
        ("FN;ENCODING=QUOTED-PRINTABLE:Zo=C3=AB =\nOrg: Zed\nTEL:1", "Zoë Org: Zed|1|| []"),
        ("NOTE;ENCODING=QUOTED-PRINTABLE:call=\nTel: 9\nFN:A\nTEL:1", "A|1|| []"),
        ("FN;ENCODING=QUOTED-PRINTABLE:A=\nTEL=\n Aviv\nTEL:1", "ATEL Aviv|1|| []"),
    ]);
}

#[test]
fn an_encoded_name_never_goes_out_undecoded_or_in_the_wrong_parts() {
    const N: &str = "N;ENCODING=QUOTED-PRINTABLE:";
    reads(&[
        (&format!("{N}Fox=3B Sons;Ann\nTEL:1"), "Ann Fox; Sons|1|| [name_from_n]"),
        (&format!("{N}Fox=5C=3bSons;Ann\nTEL:1"), "Ann Fox;Sons|1|| [name_from_n]"),
        (&format!("{N}Fox=3BAnn=3B=3B=3B\nTEL:1"), "Ann Fox|1|| [name_from_n]"),
        ("FN:=?UTF-8?Q?Zo=C3=AB_B?=\nTEL:1", "Zoë B|1|| []"),
        ("FN:=?iso-8859-1?q?Zo=EB?= Bell\nTEL:1", "Zoë Bell|1|| []"),
        ("FN:=?UTF-8?B?Wm/Dqw==?=\nTEL:1", "Zoë|1|| []"),
        ("FN:=?UTF-8?B?Wm/D?=\n  =?utf-8*de?B?qyBC?=\nTEL:1", "Zoë B|1|| []"),
        ("N:=?UTF-8?Q?B=C3=A9l?=;=?UTF-8?Q?Zo=C3=AB?=\nTEL:1", "Zoë Bél|1|| [name_from_n]"),
        ("FN:a =? b =?x?Z?c?= =?=\nTEL:1", "a =? b =?x?Z?c?= =?=|1|| []"),
    ]);
}

#[test]
fn a_fold_never_cuts_the_name_of_a_property() {
    reads(&[
        ("F\n N:Ann\nT\n EL;CELL:1", "Ann|1|Cell| []"),
        ("FN\n\t:Ann\nTEL\n ;CELL:1", "Ann|1|Cell| []"),
        ("F\n N\n :\n Ann\nTEL:1", "Ann|1|| []"),
        ("FN:Ann\nitem1\n .TEL:1\nitem1.X-ABL\n abel:Shop", "Ann|1|Shop| []"),
        ("NO\n TE:TEL:9\nFN:Ann\nTEL:1", "Ann|1|| []"),
        ("FN;ENCODING=QUO\n TED-PRINTABLE:=C3=\n=89a\nTEL:1", "Éa|1|| []"),
        ("FN:Ann\nTEL;TYPE=CE\n LL:1", "Ann|1|Cell| []"),
        // What is no name is not joined.
        ("FN:Ann\nShop\n TEL:1", "Ann|1|| [not_a_property]"),
    ]);
}

#[test]
fn a_card_whose_begin_is_folded_is_never_lost() {
    for folded in ["BEGIN:\n VCARD", "B\n EGIN:VCARD", "BEGIN\n :VCA\n RD", "begin:vc\n\tard"] {
        for end in ["END:VCARD", "END:\n VCARD", "E\n ND:VCAR\n D", "END\n :VCARD"] {
            let file = format!("{folded}\nFN:Ann\nTEL:1\n{end}\n{NEXT}");
            assert!(looks_like_vcard(file.as_bytes()), "{folded}");
            let found = shown_all(&file);
            assert_eq!(found[0], "1: Ann|1|| []", "{folded} {end}");
            assert!(found.len() == 2 && found[1].ends_with(": Next|2|| []"), "{found:?}");
        }
    }
    assert!(!looks_like_vcard(b"BEGIN:\n VCALENDAR\n"));
}

#[test]
fn a_fold_behind_a_soft_break_never_breaks_a_letter() {
    const QP: &str = "ENCODING=QUOTED-PRINTABLE";
    reads(&[
        (&format!("FN;{QP}:Zo=C3=\n =AB B=\n ell\nTEL:1"), "Zoë Bell|1|| []"),
        (&format!("FN;{QP}:Ann=\n Bell\nTEL:1"), "Ann Bell|1|| []"),
        (&format!("FN;{QP}:=C3=89a=\n  Bell=C3=\n\t=89\nTEL:1"), "Éa BellÉ|1|| []"),
        (&format!("FN;CHARSET=GBK;{QP}:=D5=\n =C5=CE=\n =B0\nTEL:1"), "张伟|1|| []"),
    ]);
}

#[test]
fn a_text_broken_by_a_raw_line_end_is_never_passed_over_in_silence() {
    reads(&[
        ("FN:Ann of the long\n name\nTEL:1", "Ann of the longname|1|| []"),
        ("FN:Ann of the lo\nng name\nTEL:1", "Ann of the lo|1|| [not_a_property]"),
        ("FN:Ann of the\nlong\nTEL:1", "Ann of the|1|| [not_a_property]"),
        ("FN:Ann of the\nHouse: Big\nTEL:1", "Ann of the|1|| [not_a_property]"),
        ("FN: Ann\nTitle: Boss\nTEL: 1", "Ann|1|| []"),
        ("FN:Ann\nORG:Zed\nand Sons\nTEL:1", "Ann|1|| [not_a_property]"),
        ("FN:Ann\nTEL:1\nNOTE:before\nTel: 9\nbehind", "Ann|1|| [not_a_property]"),
        ("FN:Ann\nTEL:1\nLABEL:a\nb c\nPhone: 7\nTel: 9", "Ann|1|| [not_a_property]"),
        ("FN:Ann\nTEL:1\nADR:;;a\nTel: 9", "Ann|1|| [not_a_property]"),
        // A file of nothing but photos, and numbers with a blank in front.
        ("FN:Ann\nNOTE:x\nTEL: 1\nX-A:y", "Ann|1|| []"),
        (
            "FN:Ann\nPHOTO;BASE64:/9j/\nAAQSkZJRgABAQAAAQABAAD/2wBDAAUDBAQEAwUEAAQSkZJRgABAQAAAQABAAD/2wBD\nBA==\nTEL:1",
            "Ann|1|| []",
        ),
    ]);
}

#[test]
fn a_number_that_a_raw_line_end_broke_never_goes_out_without_its_last_digits() {
    reads(&[
        ("FN:Ann\nTEL;HOME:+4930\n1234\nTEL;CELL:1", "Ann|1|Cell| [number_cut_off]"),
        ("FN:Ann\nTEL;HOME:+49 30 \n12-34\nTEL;CELL:1", "Ann|1|Cell| [number_cut_off]"),
        // A second number, and a text.
        ("FN:Ann\nTEL;CELL:1\n+4930", "Ann|1|Cell| [not_a_property]"),
        ("FN:Ann\nTEL;CELL:1\nonly at 9", "Ann|1|Cell| [not_a_property]"),
        ("FN:Ann\nTEL;CELL:1\nNOTE:a\n22", "Ann|1|Cell| [not_a_property]"),
    ]);
}

#[test]
fn a_property_without_its_colon_is_never_passed_over_in_silence() {
    reads(&[
        ("FN:Ann\nTEL;CELL;+4930\nTEL;CELL:1", "Ann|1|Cell| [not_a_property]"),
        ("FN;Ann Bell\nN:Bell;Ann\nTEL:1", "Ann Bell|1|| [not_a_property name_from_n]"),
    ]);
}

#[test]
fn quoted_printable_goes_on_behind_a_raw_line_end() {
    const QP: &str = "ENCODING=QUOTED-PRINTABLE";
    reads(&[
        (&format!("FN;{QP}:Zo=C3\n=AB\nTEL:1"), "Zoë|1|| []"),
        (&format!("FN;{QP}:=D0=90=D0=BD\n=D0=BD=D0=B0=\n=D0=AF\nTEL:1"), "АннаЯ|1|| []"),
        (&format!("FN:A\nNOTE;{QP}:=C3=89\n=C3=89\nTEL:1"), "A|1|| []"),
        ("FN:A\n=C3=89\nTEL:1", "A|1|| [not_a_property]"),
        ("FN;CHARSET=QUOTED-PRINTABLE;ENCODING=UTF-8:Zo=C3=AB\nTEL:1", "Zoë|1|| []"),
        ("FN;TYPE=QUOTED-PRINTABLE:Zo=C3=\n=AB\nTEL:1", "Zoë|1|| []"),
    ]);
}

#[test]
fn a_fax_is_never_sent_a_card_because_its_type_is_written_oddly() {
    for parameter in [
        "type=work type=fax",
        "TYPE==FAX",
        "FAX=1",
        "VALUE=FAX",
        "X-ABLabel=Fax",
        "TYPE=[\"WORK\",\"FAX\"]",
        "TYPE='FAX'",
        "TYPE=work\\;fax",
    ] {
        let lines = format!("FN:A\nTEL;{parameter}:2\nTEL;CELL:1");
        reads(&[(&lines, "A|1|Cell| [fax_left_out]")]);
    }
    reads(&[("FN:A\nTEL;VALUE=uri;X-PLACE=Halifax:1", "A|1|| []")]);
}

#[test]
fn a_card_whose_name_is_a_word_for_none_has_its_next_name() {
    reads(&[
        ("FN:null\nN:Bell;Ann\nTEL:1", "Ann Bell|1|| [name_from_n]"),
        ("FN:null null\nN:null;null;;;\nORG:Zed\nTEL:1", "Zed|1|| [name_from_org]"),
        ("FN:-\nNICKNAME:-,An\nTEL:1", "An|1|| [name_from_nickname]"),
        ("FN:(null)\nTEL:1", "1|1|| [name_from_number]"),
        ("FN:A\nitem1.TEL:1\nitem1.X-ABLabel:=?UTF-8?Q?B=C3=BCro?=", "A|1|Büro| []"),
    ]);
}
