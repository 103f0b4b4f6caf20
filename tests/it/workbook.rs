//! Spreadsheets for the tests, made part by part.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;

/// The parts of a spreadsheet, each with its content.
pub(crate) type Parts = Vec<(String, String)>;

/// Packs parts as a spreadsheet program does.
pub(crate) fn packed(parts: &[(String, String)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        archive.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// The parts of an .xlsx file: sheets with their name, their state and what is in their element.
pub(crate) fn xlsx_parts(sheets: &[(&str, &str, &str)], styles: &str, texts: &str) -> Parts {
    let relation = |id: &str, kind: &str, target: &str| {
        format!(
            "<Relationship Id=\"{id}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}\" Target=\"{target}\"/>"
        )
    };
    let (mut list, mut relations, mut parts) = (String::new(), String::new(), Parts::new());
    for (index, (name, state, content)) in sheets.iter().enumerate() {
        let (id, file) =
            (format!("rId{}", index + 1), format!("worksheets/sheet{}.xml", index + 1));
        list += &format!(
            "<sheet name=\"{name}\" sheetId=\"{}\" state=\"{state}\" r:id=\"{id}\"/>",
            index + 1
        );
        relations += &relation(&id, "worksheet", &file);
        parts.push((format!("xl/{file}"), format!("<worksheet>{content}</worksheet>")));
    }
    let package = relation("rId1", "officeDocument", "xl/workbook.xml");
    let wrapped =
        |word: &str, content: &str| format!("<?xml version=\"1.0\"?><{word}>{content}</{word}>");
    for (name, content) in [
        ("[Content_Types].xml", wrapped("Types", "")),
        ("_rels/.rels", wrapped("Relationships", &package)),
        ("xl/_rels/workbook.xml.rels", wrapped("Relationships", &relations)),
        ("xl/workbook.xml", wrapped("workbook", &format!("<sheets>{list}</sheets>"))),
        ("xl/styles.xml", wrapped("styleSheet", styles)),
        ("xl/sharedStrings.xml", wrapped("sst", texts)),
    ] {
        parts.push((name.to_owned(), content));
    }
    parts
}

/// An .xlsx file with one sheet, `People`, of these rows; a cell without a tag is a text.
pub(crate) fn xlsx(rows: &[&[&str]]) -> Vec<u8> {
    packed(&xlsx_parts(&[("People", "visible", &sheet_data(rows))], "", ""))
}

/// The rows of a sheet as its XML. `=` before a cell: it is a number.
pub(crate) fn sheet_data(rows: &[&[&str]]) -> String {
    let cell = |row: usize, (column, text): (usize, &&str)| {
        let name = format!("{}{}", char::from(b'A' + column as u8), row + 1);
        match text.strip_prefix('=') {
            Some(number) => format!("<c r=\"{name}\"><v>{number}</v></c>"),
            None if text.starts_with('<') => text.replacen("<c", &format!("<c r=\"{name}\""), 1),
            None => format!("<c r=\"{name}\" t=\"inlineStr\"><is><t>{text}</t></is></c>"),
        }
    };
    let row = |(number, cells): (usize, &&[&str])| {
        let cells: String = cells.iter().enumerate().map(|at| cell(number, at)).collect();
        format!("<row r=\"{}\">{cells}</row>", number + 1)
    };
    format!("<sheetData>{}</sheetData>", rows.iter().enumerate().map(row).collect::<String>())
}

/// The parts of an .ods file whose spreadsheet element has this content.
pub(crate) fn ods_parts(content: &str) -> Parts {
    [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet".to_owned()),
        ("META-INF/manifest.xml", "<manifest/>".to_owned()),
        (
            "content.xml",
            format!(
                "<office:document-content><office:automatic-styles><style:style style:name=\"ta2\">\
                 <style:table-properties table:display=\"false\"/></style:style>\
                 </office:automatic-styles><office:body><office:spreadsheet>{content}\
                 </office:spreadsheet></office:body></office:document-content>"
            ),
        ),
    ]
    .map(|(name, content)| (name.to_owned(), content))
    .to_vec()
}
