//! Looks at the XML of a part before it is read: its length when it is unpacked, its longest piece
//! between two tags, and what else decides how much memory reading it takes. XML readers hold a
//! piece in memory whole, and calamine makes room for as many texts as a file says that it has.

use std::io::{self, Read};

use memchr::memmem;

use super::problem::SheetProblem;
use super::tag::attribute;
use super::unsaved::UnsavedFormulas;
use super::{MAX_ROWS, TOO_MANY_ROWS};

/// The longest piece between two tags. A cell has at most 32,767 characters.
const MAX_PIECE: usize = 4 << 20;

const BLOCK: usize = 64 << 10;

/// Reads a part to its end and shows it to `look` in pieces of whole tags.
///
/// # Errors
/// When it is longer than `most`, or no part of a spreadsheet.
pub(super) fn scan(
    mut part: impl Read,
    most: u64,
    mut look: impl FnMut(&[u8]) -> Result<(), SheetProblem>,
) -> Result<(), SheetProblem> {
    let mut bytes = Vec::with_capacity(2 * BLOCK);
    let (mut total, mut is_first) = (0, true);
    loop {
        let start = bytes.len();
        let read = fill(&mut part, &mut bytes)?;
        total += read as u64;
        if total > most {
            return Err(SheetProblem::Broken("a part of it is longer than it may be".to_owned()));
        }
        if is_first {
            let declares = |word: &[u8]| memmem::find(&bytes, word).is_some();
            if declares(b"<!DOCTYPE") || declares(b"<!ENTITY") {
                return Err(SheetProblem::Entities);
            }
            is_first = false;
        }
        if read == 0 {
            return look(&bytes);
        }
        match memchr::memrchr(b'<', &bytes[start..]) {
            Some(at) => {
                look(&bytes[..start + at])?;
                bytes.drain(..start + at);
            }
            None if bytes.len() > MAX_PIECE => {
                return Err(SheetProblem::Broken("a cell of it is too long".to_owned()));
            }
            None => {}
        }
    }
}

fn fill(part: &mut impl Read, bytes: &mut Vec<u8>) -> io::Result<usize> {
    part.take(BLOCK as u64).read_to_end(bytes)
}

fn decimal(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.trim().parse().ok()
}

/// Finds each start tag of a local name, with a prefix or without; the tags are whole.
fn tags<'a>(bytes: &'a [u8], name: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    memmem::find_iter(bytes, name).filter_map(move |at| {
        let behind = bytes.get(at + name.len())?;
        let is_whole = behind.is_ascii_whitespace() || matches!(behind, b'>' | b'/');
        let is_start = match bytes[..at].last()? {
            b'<' => true,
            b':' => memchr::memrchr2(b'<', b'/', &bytes[..at]).is_some_and(|at| bytes[at] == b'<'),
            _ => false,
        };
        let tag = &bytes[at..];
        (is_whole && is_start).then(|| &tag[..memchr::memchr(b'>', tag).unwrap_or(tag.len())])
    })
}

/// The memory that calamine needs for the shared texts of a workbook: for each text beside its bytes
/// (those of short texts are fewer than their markup), and at most.
const BYTES_OF_A_TEXT: u64 = 72;
const MAX_TEXTS: u64 = 400 << 20;

/// Checks the shared texts of a workbook.
pub(super) fn shared_strings(part: impl Read, most: u64) -> Result<(), SheetProblem> {
    let too_large = || Err(SheetProblem::TooLarge("needs more than 500 MB of memory"));
    let (mut memory, mut told) = (0, false);
    scan(part, most, |bytes| {
        if !told && let Some(tag) = tags(bytes, b"sst").next() {
            told = true;
            // Room is made for them at once, whether they are there or not.
            if attribute(tag, b"uniqueCount").and_then(decimal).unwrap_or(0) > MAX_TEXTS / 24 {
                return too_large();
            }
        }
        memory += tags(bytes, b"si").count() as u64 * BYTES_OF_A_TEXT + bytes.len() as u64;
        if memory > MAX_TEXTS { too_large() } else { Ok(()) }
    })
}

/// The most cell formats, and the longest text in quotes among them: each of the formats gets a
/// copy of it.
const MAX_FORMATS: usize = 131_072;
const MAX_VALUE: usize = 1_024;

/// Checks the formats of a workbook.
pub(super) fn styles(part: impl Read) -> Result<(), SheetProblem> {
    let mut formats = 0;
    scan(part, 8 << 20, |bytes| {
        formats += tags(bytes, b"xf").count();
        let mut last = 0;
        let mut longest = 0;
        for at in memchr::memchr_iter(b'"', bytes) {
            longest = longest.max(at - last);
            last = at;
        }
        match formats > MAX_FORMATS || longest > MAX_VALUE {
            true => Err(SheetProblem::TooLarge("has too many or too long cell formats")),
            false => Ok(()),
        }
    })
}

/// What is known of a sheet's rows before they are read.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct SheetScan {
    /// The numbers of its hidden rows, in order.
    pub(super) hidden: Vec<u32>,
    /// Its merged cells, like `B1:C1`, of the first thousand.
    pub(super) merged: Vec<String>,
    /// True if its cells say where they are, as in `<c r="A1">`. They need not.
    pub(super) cells_are_named: bool,
    /// The cells with a formula whose value was not saved, in order: row from 1, column from 0.
    pub(super) unsaved: Vec<(u32, u32)>,
}

/// How much of a text inside a cell (`<is>`) has been seen; calamine holds all of it in memory.
#[derive(Default)]
struct InlineText {
    is_open: bool,
    bytes: usize,
}

impl InlineText {
    fn see(&mut self, bytes: &[u8]) -> Result<(), SheetProblem> {
        let begins = tags(bytes, b"is").next().is_some();
        if !begins && !self.is_open {
            return Ok(());
        }
        // What looks like an end may be inside a comment.
        let has_comment = memmem::find(bytes, b"<!").is_some();
        let is_end = |at: &usize| {
            let tag =
                memchr::memrchr(b'<', &bytes[..*at]).map_or(&[][..], |open| &bytes[open..*at]);
            tag.starts_with(b"</") && (tag.len() == 2 || tag.ends_with(b":"))
        };
        let end = memmem::rfind_iter(bytes, b"is>").find(is_end).filter(|_| !has_comment);
        (self.is_open, self.bytes) = match end {
            Some(at) => (tags(&bytes[at..], b"is").next().is_some(), bytes.len() - at),
            None => (true, self.bytes + bytes.len()),
        };
        match self.is_open && self.bytes > MAX_PIECE {
            true => Err(SheetProblem::Broken("a cell of it is too long".to_owned())),
            false => Ok(()),
        }
    }
}

/// The `<v>` of cells, of which calamine reads only the plain form: it takes a shared text's number
/// with blanks around it for that of the first text, and leaves out what is in a CDATA section or
/// behind a comment or an entity.
#[derive(Default, Clone, Copy)]
struct Values {
    /// True if the last tag of the piece before is a cell with a shared text.
    is_shared: bool,
    /// True if it is a cell with a number.
    is_number: bool,
}

impl Values {
    /// What the tag before a value says of it.
    fn of_tag(tag: &[u8]) -> Self {
        let kind = attribute(tag, b"t");
        let is_cell = tag.starts_with(b"<c");
        Self {
            is_shared: kind == Some(b"s"),
            is_number: is_cell && matches!(kind, None | Some(b"n")),
        }
    }

    fn see(&mut self, bytes: &[u8]) -> Result<(), SheetProblem> {
        let is_blank = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_whitespace);
        for at in memmem::find_iter(bytes, b"v>") {
            let open = match at.checked_sub(1).map(|before| bytes[before]) {
                Some(b'<') => at - 1,
                Some(b':') => match memchr::memrchr2(b'<', b'/', &bytes[..at]) {
                    Some(open) if bytes[open] == b'<' => open,
                    _ => continue,
                },
                _ => continue,
            };
            let text = &bytes[at + 2..];
            let (text, behind) = text.split_at(memchr::memchr(b'<', text).unwrap_or(text.len()));
            let is_plain =
                !is_blank(text.first()) && !is_blank(text.last()) && !text.contains(&b'&');
            if is_plain && !behind.starts_with(b"<!") {
                continue;
            }
            // The tag before it is that of the cell, or the end of a formula.
            let cell = memchr::memrchr(b'<', &bytes[..open]);
            let cell = cell.map_or(*self, |cell| Self::of_tag(&bytes[cell..open]));
            if behind.starts_with(b"<!")
                || cell.is_shared
                || (cell.is_number && text.contains(&b'&'))
            {
                return Err(SheetProblem::Broken("a cell of it is in no usual form".to_owned()));
            }
        }
        if let Some(last) = memchr::memrchr(b'<', bytes) {
            *self = Self::of_tag(&bytes[last..]);
        }
        Ok(())
    }
}

/// Checks a sheet and finds its hidden rows and its merged cells.
pub(super) fn sheet(part: impl Read, most: u64) -> Result<SheetScan, SheetProblem> {
    let mut found = SheetScan::default();
    let (mut row, mut rows, mut has_cells) = (0_u32, 0_u32, false);
    let (mut inline, mut values) = (InlineText::default(), Values::default());
    let mut formulas = UnsavedFormulas::default();
    scan(part, most, |bytes| {
        inline.see(bytes)?;
        values.see(bytes)?;
        formulas.see(bytes);
        if !has_cells && let Some(tag) = tags(bytes, b"c").next() {
            has_cells = true;
            found.cells_are_named = attribute(tag, b"r").is_some();
        }
        for tag in tags(bytes, b"row") {
            rows += 1;
            if rows > MAX_ROWS {
                return Err(SheetProblem::TooLarge(TOO_MANY_ROWS));
            }
            let told = attribute(tag, b"r").and_then(decimal);
            row = told.and_then(|row| u32::try_from(row).ok()).unwrap_or(row.saturating_add(1));
            if matches!(attribute(tag, b"hidden"), Some(b"1" | b"true"))
                && found.hidden.last().is_none_or(|last| *last < row)
            {
                found.hidden.push(row);
            }
        }
        for tag in tags(bytes, b"mergeCell") {
            let name = attribute(tag, b"ref").and_then(|name| std::str::from_utf8(name).ok());
            found.merged.extend(name.filter(|_| found.merged.len() < 1_000).map(str::to_owned));
        }
        Ok(())
    })?;
    found.unsaved = formulas.into_cells();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_shared_texts_count_with_all_their_bytes() {
        let text = format!("<si><t>{}</t></si>", "x".repeat(8_000));
        let texts = |bytes: u64| {
            let endless = Endless { block: text.as_bytes(), at: 0 };
            shared_strings(endless.take(bytes), u64::MAX)
        };
        assert!(texts(MAX_TEXTS / 2).is_ok());
        assert!(matches!(texts(MAX_TEXTS + 1), Err(SheetProblem::TooLarge(_))));
    }

    /// A block of bytes again and again.
    struct Endless<'a> {
        block: &'a [u8],
        at: usize,
    }

    impl Read for Endless<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let rest = &self.block[self.at..];
            let read = rest.len().min(buffer.len());
            buffer[..read].copy_from_slice(&rest[..read]);
            self.at = (self.at + read) % self.block.len();
            Ok(read)
        }
    }

    #[test]
    fn hidden_rows_and_merged_cells_are_found_wherever_a_block_ends() {
        let filler = "<c r=\"A1\"><v>row 7 hidden=\"1\"</v></c>".repeat(3_000);
        let text = format!(
            "<sheetData><row r=\"1\">{filler}</row><row hidden='true' r=\"9\"/><x:row r=\"10\" \
             hidden=\"1\">{filler}</x:row><row hidden=\"0\"></row><row xhidden=\"1\" hidden=\"1\">\
             {filler}</row></sheetData><mergeCells><mergeCell ref=\"A1:B2\"/></mergeCells>"
        );
        let found = sheet(text.as_bytes(), u64::MAX).unwrap();
        assert_eq!(found.hidden, [9, 10, 12]);
        assert_eq!(found.merged, ["A1:B2"]);
        assert!(found.cells_are_named);
        let unnamed = "<row><c t=\"s\"><v>1</v></c><c r=\"B1\"/></row>";
        assert!(!sheet(unnamed.as_bytes(), u64::MAX).unwrap().cells_are_named);
    }

    #[test]
    fn a_value_that_calamine_would_read_otherwise_is_a_fault() {
        for (cell, is_read) in [
            ("<c t=\"s\"><v>1</v></c>", true),
            ("<c t=\"s\"><v/></c>", true),
            ("<c t=\"s\"><v> 1</v></c>", false),
            ("<x:c r=\"A1\" t=\"s\">\n<x:v>\n1\n</x:v></x:c>", false),
            ("<c t=\"str\"><f>A1</f><v> a &amp; b </v></c>", true),
            ("<c><v> 254712345678 </v></c>", true),
            ("<c><v>2547&#49;</v></c>", false),
            ("<c><v><![CDATA[1]]></v></c>", false),
            ("<c t=\"n\"><v>25471<!-- -->2</v></c>", false),
        ] {
            let alone = sheet(cell.as_bytes(), u64::MAX);
            assert_eq!(alone.is_ok(), is_read, "{cell}");
            // The end of a block may be between any two tags.
            let block = BLOCK - cell.find("<v").or(cell.find("<x:v")).unwrap();
            let cut = format!("<row>{}{cell}", " ".repeat(block - 5 - 2));
            assert_eq!(sheet(cut.as_bytes(), u64::MAX).is_ok(), is_read, "{cell}");
        }
    }

    #[test]
    fn what_would_take_too_much_memory_is_found_before_it_is_read() {
        let too_large =
            |result: Result<(), SheetProblem>| matches!(result, Err(SheetProblem::TooLarge(_)));
        let declared = b"<sst count=\"3\" uniqueCount=\"99999999999\"><si><t>a</t></si></sst>";
        assert!(too_large(shared_strings(&declared[..], u64::MAX)));
        let many = Repeated::of(b"<si><t/></si>");
        assert!(too_large(shared_strings(many, 1 << 30)));
        assert_eq!(shared_strings(&b"<sst uniqueCount=\"9\"><si/></sst>"[..], 99), Ok(()));
        let long = format!("<xf a=\"{}\"/>", "0".repeat(2_000));
        assert!(too_large(styles(long.as_bytes())));
        let text = |end: &'static [u8]| {
            let runs = Repeated { bytes: b"<r><t>is></t></r>", at: 0 };
            let row = Repeated { bytes: end, at: 0 }.take(end.len() as u64);
            runs.take(3 << 20).chain(row)
        };
        let cell = |end| (&b"<c><x:is>"[..]).chain(text(end)).chain(text(b""));
        assert_eq!(sheet(cell(b"</x:is><x:is>"), u64::MAX), Ok(SheetScan::default()));
        for end in [&b"<is>"[..], b"</c><!--</is>-->", b"</t>is></x>"] {
            assert!(matches!(sheet(cell(end), u64::MAX), Err(SheetProblem::Broken(_))), "{end:?}");
        }
        let piece = io::repeat(b'a').take(MAX_PIECE as u64 + BLOCK as u64);
        assert!(matches!(sheet(piece, u64::MAX), Err(SheetProblem::Broken(_))));
        let entity = b"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"c\">]><a/>";
        assert_eq!(sheet(&entity[..], u64::MAX), Err(SheetProblem::Entities));
        assert!(matches!(sheet(&b"<a/>"[..], 3), Err(SheetProblem::Broken(_))));
    }

    /// The same bytes again and again.
    struct Repeated {
        bytes: &'static [u8],
        at: usize,
    }

    impl Repeated {
        fn of(bytes: &'static [u8]) -> Self {
            Self { bytes, at: 0 }
        }
    }

    impl Read for Repeated {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            for byte in out.iter_mut() {
                *byte = self.bytes[self.at];
                self.at = (self.at + 1) % self.bytes.len();
            }
            Ok(out.len())
        }
    }
}
