//! The kind of a file, found from its first bytes: users also give a spreadsheet, a zip archive, or
//! a web page that was saved instead of the list.

use super::encoding::detect_unicode;

/// The kind of a file by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// Text of any other kind: rows, perhaps.
    Text,
    /// vCards.
    Vcard,
    /// A workbook that is a zip archive: .xlsx and .ods, among others.
    Spreadsheet,
    /// A workbook of another kind: .xls, and .xlsx with a password.
    OtherSpreadsheet,
    /// A compressed file or an archive.
    Archive,
    /// A PDF document.
    Pdf,
    /// A picture.
    Image,
    /// A web page, or a table that a program saved in this format.
    Html,
    /// XML.
    Xml,
    /// JSON.
    Json,
    /// Not text, and none of the above.
    Binary,
    /// No bytes, or only a byte-order mark.
    Empty,
    /// Only blanks and line breaks in the first bytes.
    Blank,
}

const SIGNATURES: &[(&[u8], FileKind)] = &[
    (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", FileKind::OtherSpreadsheet),
    (b"\x1F\x8B", FileKind::Archive),
    (b"BZh", FileKind::Archive),
    (b"\xFD7zXZ\0", FileKind::Archive),
    (b"\x28\xB5\x2F\xFD", FileKind::Archive),
    (b"7z\xBC\xAF\x27\x1C", FileKind::Archive),
    (b"Rar!\x1A\x07", FileKind::Archive),
    (b"%PDF-", FileKind::Pdf),
    (b"\x89PNG\r\n\x1A\n", FileKind::Image),
    (b"\xFF\xD8\xFF", FileKind::Image),
    (b"GIF87a", FileKind::Image),
    (b"GIF89a", FileKind::Image),
    (b"II*\0", FileKind::Image),
    (b"MM\0*", FileKind::Image),
];

/// Names in the first kilobytes of a zip archive that is a workbook.
const WORKBOOK_PARTS: &[&[u8]] = &[
    b"[Content_Types].xml",
    b"xl/",
    b"application/vnd.oasis.opendocument.spreadsheet",
    b"Index/Document.iwa",
];

/// The kind of the file that begins with `head`, the bytes of
/// [`read_head`](super::encoding::read_head).
#[must_use]
pub fn file_kind(head: &[u8]) -> FileKind {
    if head.starts_with(b"PK\x03\x04") {
        return zip(head);
    }
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        return FileKind::Image;
    }
    let signed = SIGNATURES.iter().find(|(signature, _)| head.starts_with(signature));
    match signed {
        Some((_, kind)) => *kind,
        None => text(head),
    }
}

fn zip(bytes: &[u8]) -> FileKind {
    let holds = |part: &&[u8]| memchr::memmem::find(bytes, part).is_some();
    if WORKBOOK_PARTS.iter().any(holds) { FileKind::Spreadsheet } else { FileKind::Archive }
}

fn text(bytes: &[u8]) -> FileKind {
    let head = &bytes[..bytes.len().min(4096)];
    let (text, _) = detect_unicode(head).decode_with_bom_removal(head);
    let start = text.trim_start();
    if text.is_empty() {
        FileKind::Empty
    } else if start.is_empty() {
        FileKind::Blank
    } else if is_binary(&text) {
        FileKind::Binary
    } else {
        markup(start)
    }
}

/// Returns `true` if more than 16 characters, and more than one in 20, are control characters.
/// Fewer may be damage in some cells.
fn is_binary(text: &str) -> bool {
    let is_control =
        |c: &char| c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\x0B' | '\x0C' | '\r');
    let (controls, all) = (text.chars().filter(is_control).count(), text.chars().count());
    controls > 16 && controls * 20 > all
}

fn markup(text: &str) -> FileKind {
    let starts = |word: &str| {
        let head = text.as_bytes().get(..word.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()))
    };
    let inner = text.get(1..).unwrap_or_default().trim_start();
    if starts("BEGIN:VCARD") {
        FileKind::Vcard
    } else if ["<!doctype html", "<html", "<head", "<table", "<meta"].iter().any(|tag| starts(tag))
    {
        FileKind::Html
    } else if starts("<?xml") {
        FileKind::Xml
    } else if (starts("{") && inner.starts_with(['"', '}']))
        || (starts("[") && inner.starts_with(['{', '[', '"', ']']))
    {
        FileKind::Json
    } else {
        FileKind::Text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_found_from_the_first_bytes() {
        let utf_16: Vec<u8> =
            "\u{FEFF}BEGIN:VCARD\r\nVERSION".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (bytes, want) in [
            (&b"to,name\n2547,Jane\n"[..], FileKind::Text),
            (b"PK\x03\x04\x14\0\x06\0 xl/workbook.xml", FileKind::Spreadsheet),
            (b"PK\x03\x04\x14\0[Content_Types].xml", FileKind::Spreadsheet),
            (
                b"PK\x03\x04\x14\0mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
                FileKind::Spreadsheet,
            ),
            (b"PK\x03\x04\x14\0contacts.csv", FileKind::Archive),
            (b"PK,name\n", FileKind::Text),
            (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0", FileKind::OtherSpreadsheet),
            (b"\x1F\x8B\x08\0", FileKind::Archive),
            (b"%PDF-1.7", FileKind::Pdf),
            (b"\x89PNG\r\n\x1A\n\0", FileKind::Image),
            (b"\xFF\xD8\xFF\xE0", FileKind::Image),
            (b"RIFF\0\0\0\0WEBPVP8 ", FileKind::Image),
            (b"\n <!DOCTYPE html><p>", FileKind::Html),
            (b"<html>", FileKind::Html),
            (b"<?xml version=\"1.0\"?>", FileKind::Xml),
            (b"{\n  \"contacts\": []}", FileKind::Json),
            (b"[{\"name\":", FileKind::Json),
            (b"[] ", FileKind::Json),
            (b"[tag],name\n", FileKind::Text),
            (b"{id},name\n", FileKind::Text),
            (b"\xEF\xBB\xBFbegin:vcard\r\n", FileKind::Vcard),
            (&utf_16, FileKind::Vcard),
            (b"", FileKind::Empty),
            (b"\xEF\xBB\xBF", FileKind::Empty),
            (b"\xFF\xFE", FileKind::Empty),
            (b" \r\n\t\n", FileKind::Blank),
            (b"na\0me,to\nJ\x01,2547\n", FileKind::Text),
            (
                b"\x7FELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x03\0\x3E\0\x01",
                FileKind::Binary,
            ),
            (b"Zo\xEB,1\n", FileKind::Text),
        ] {
            assert_eq!(file_kind(bytes), want, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn a_file_is_binary_from_17_control_characters_and_one_in_20() {
        for (controls, letters, want) in [
            (16, 0, FileKind::Text),
            (17, 0, FileKind::Binary),
            (17, 322, FileKind::Binary),
            (17, 323, FileKind::Text),
            (150, 2849, FileKind::Binary),
            (150, 2850, FileKind::Text),
        ] {
            let text = "\x01".repeat(controls) + &"a".repeat(letters);
            assert_eq!(file_kind(text.as_bytes()), want, "{controls} and {letters}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let nothing: [&[u8]; 4] = [b"", b"\xEF\xBB\xBF", b"\xFF\xFE", b"\xFE\xFF"];
            let empty = nothing.contains(&bytes.as_slice());
            proptest::prop_assert_eq!(file_kind(&bytes) == FileKind::Empty, empty);
        }
    }
}
