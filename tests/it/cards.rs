use super::desk::Desk;

/// The requests that `check` shows, each as its name and its numbers with types and ids.
fn requests(desk: &Desk, line: &str) -> Vec<String> {
    let ended = desk.run(&format!("check {line} --to 254733456789 --show 99"));
    let lines = ended.stdout.lines().take_while(|line| !line.starts_with("checked"));
    let json = lines.collect::<Vec<_>>().join("\n");
    let values = serde_json::Deserializer::from_str(&json).into_iter();
    values.map_while(Result::ok).map(|request| shown(&request)).collect()
}

fn shown(request: &serde_json::Value) -> String {
    let phones = request["phones"].as_array().unwrap().iter().map(|phone| {
        ["phone", "type", "waId"].map(|key| phone[key].as_str().unwrap_or("-")).join("/")
    });
    let name = request["name"]["formattedName"].as_str().unwrap();
    format!("{name}: {}", phones.collect::<Vec<_>>().join(" "))
}

/// As on a card that `--to` gets, the address's number stands for a missing one.
#[test]
fn with_a_card_a_shops_customer_without_a_number_gets_it_at_that_of_the_address() {
    let desk = Desk::new();
    desk.put("card.csv", "name,phone\nDuka,254711222333\n");
    desk.put(
        "customers.csv",
        "Customer ID,First Name,Last Name,Default Address Phone,Phone\n\
         7,Ann,Doe,+254722000111,+254712345678\n8,Bob,Roe,+254722000112,\n9,Cee,Lo,12,\n",
    );
    let ended = desk.run("check customers.csv --card card.csv").code_is(3);
    for line in [
        "to         \"Phone\" or \"Default Address Phone\" where that is empty\n",
        "3 people: 2 can be sent, 1 needs fixing",
        "row 4, to_not_possible: column `Default Address Phone`: \"12\"",
    ] {
        assert!(ended.stdout.contains(line), "{line}: {}", ended.stdout);
    }
}

fn card(lines: &str) -> String {
    format!("BEGIN:VCARD\r\nVERSION:3.0\r\n{lines}\r\nEND:VCARD\r\n")
}

#[test]
fn a_folded_number_never_loses_its_last_digits_to_a_blank_line() {
    let desk = Desk::new();
    let folded = card("FN:Jane\r\nTEL;type=CELL:+49 30 12345\r\n 67");
    desk.put("cards.vcf", folded.replace('\n', "\r\n"));
    assert_eq!(requests(&desk, "cards.vcf"), ["Jane: 49301234567/Cell/-"]);
}

#[test]
fn a_nameless_card_never_shows_a_number_that_is_not_on_it() {
    let desk = Desk::new();
    desk.put("cards.vcf", card("TEL;CELL:*121#\r\nTEL;CELL:+254 712 345 678"));
    assert_eq!(requests(&desk, "cards.vcf"), ["+254 712 345 678: 254712345678/Cell/-"]);
}

#[test]
fn a_wa_id_is_never_lost_because_the_number_stands_there_twice() {
    let desk = Desk::new();
    let twice = "FN:J\r\nTEL:+254712345678\r\nTEL;CELL;waid=254712345670:+254 712 345 678";
    desk.put("cards.vcf", card(twice));
    let full = "J: 254712345678/Cell/254712345670";
    assert_eq!(requests(&desk, "cards.vcf"), [full]);
    assert_eq!(requests(&desk, "cards.vcf --wa-id-from-phone"), [full]);
    let otherwise = "FN:J\r\nTEL;HOME:+254712345678\r\nTEL;CELL:+254 712 345 678";
    desk.put("cards.vcf", card(otherwise));
    assert_eq!(requests(&desk, "cards.vcf"), ["J: 254712345678/Home/-"]);
}

#[test]
fn encoding_applies_to_cards() {
    let desk = Desk::new();
    let of =
        |name: &[u8]| [b"BEGIN:VCARD\nFN:", name, b"\nTEL:+254712345678\nEND:VCARD\n"].concat();
    desk.put("cards.vcf", of(b"\xc8\xe2\xe0\xed"));
    let named = "cards.vcf --encoding windows-1251";
    assert_eq!(requests(&desk, named), ["Иван: 254712345678/-/-"]);
    assert_eq!(requests(&desk, "cards.vcf"), ["Èâàí: 254712345678/-/-"]);
    // The list beside the cards may be what it was named for.
    desk.put("cards.vcf", of("Иван".as_bytes()));
    assert_eq!(requests(&desk, named), ["Иван: 254712345678/-/-"]);
    for encoding in ["windows-1251", "gbk", "shift_jis", "utf-16le"] {
        desk.put("cards.vcf", of("José Müller".as_bytes()));
        let line = format!("cards.vcf --encoding {encoding}");
        assert_eq!(requests(&desk, &line), ["José Müller: 254712345678/-/-"], "{encoding}");
    }
    let wide: Vec<u8> =
        card("FN:Иван\r\nTEL:+254712345678").encode_utf16().flat_map(u16::to_le_bytes).collect();
    desk.put("cards.vcf", wide);
    for encoding in ["auto", "utf-16le", "windows-1251"] {
        let line = format!("cards.vcf --encoding {encoding}");
        assert_eq!(requests(&desk, &line), ["Иван: 254712345678/-/-"], "{encoding}");
    }
}

#[test]
fn hidden_files_in_a_folder_are_ignored() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("cards")).unwrap();
    desk.put("cards/a.vcf", card("FN:J\r\nTEL:+254712345678"));
    desk.put("cards/._a.vcf", b"\0\x05\x16\x07\0\x02\0\0Mac OS X");
    assert_eq!(requests(&desk, "cards"), ["J: 254712345678/-/-"]);
    desk.put("empty.vcf", "");
    desk.run("check empty.vcf --to 254733456789").complains(4, "empty.vcf is empty");
}

#[test]
fn cards_given_as_recipients_are_an_error_with_the_way_out() {
    let desk = Desk::new();
    desk.put("cards.vcf", card("FN:J\r\nTEL:+254712345678"));
    desk.put("list.csv", "name,phone\nAnn,254712345678\n");
    desk.send("list.csv --recipients cards.vcf").complains(2, "--card cards.vcf");
}

#[test]
fn a_damaged_card_never_sends_half_a_number_or_a_fax() {
    let desk = Desk::new();
    let number = "TEL;CELL:+254 712 345 678";
    for (lines, shown) in [
        ("FN:Ann\r\nTEL;HOME:+49 30 1234\r\n5678", "Ann: 254712345678/Cell/-"),
        ("FN:Ann\r\nTEL;VALUE=FAX:+254 20 123 4567", "Ann: 254712345678/Cell/-"),
        ("FN:null null\r\nN:Bell;Ann;null;;", "Ann Bell: 254712345678/Cell/-"),
        (
            "FN;ENCODING=QUOTED-PRINTABLE:Zo=C3=AB=\r\nX-QQ:12=\r\nTEL;HOME:+254 20 123 4567=",
            "Zoë: 254712345678/Cell/-",
        ),
    ] {
        desk.put("cards.vcf", card(&format!("{lines}\r\n{number}")));
        assert_eq!(requests(&desk, "cards.vcf"), [shown], "{lines}");
    }
}
