//! No bytes make the vCard reader panic or hang, and no card in them reaches a whole one behind.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lipasend::read::vcard::{Cards, RawCard};
use lipasend::read::{Record, SourceId};

fuzz_target!(|bytes: &[u8]| {
    // In UTF-16 the ASCII card behind it would be something else.
    let mut file = b"\n\n\n\n".to_vec();
    file.extend(bytes);
    file.extend(b"\r\nBEGIN:VCARD\r\nFN:After\r\nTEL:0722\r\nEND:VCARD\r\n");
    let records: Vec<Record> = Cards::new(&file[..], SourceId(0))
        .filter_map(Result::ok)
        .map(RawCard::into_record)
        .collect();
    let after = records.iter().any(|record| match record {
        Record::Card(card) => {
            let name = card.name.as_ref().map(|(_, name)| name.as_str());
            name == Some("After") && card.phones.iter().any(|phone| phone.number == "0722")
        }
        _ => false,
    });
    // A card with an AGENT and a proper END of its own keeps what looks like one.
    assert!(after || bytes.to_ascii_uppercase().windows(5).any(|part| part == b"AGENT"));
});
