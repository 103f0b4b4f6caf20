//! The sheets of an .xlsx workbook: their names, whether they have a tab, and the parts they are
//! in. calamine keeps the parts to itself.

use std::collections::HashMap;
use std::io::{Read, Seek};

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use super::archive::Archive;
use super::choice::Sheet;
use super::problem::SheetProblem;

/// A workbook's sheets with cells, in the order of their tabs, each with the name of its part.
pub(super) struct Workbook {
    /// The sheets.
    pub(super) sheets: Vec<Sheet>,
    /// The part of each sheet.
    pub(super) parts: Vec<String>,
    /// The folder of the workbook's own part, like `xl/`.
    pub(super) folder: String,
    /// True if its days count from 1904.
    pub(super) is_1904: bool,
}

impl Workbook {
    /// Reads the list of sheets.
    pub(super) fn of<R: Read + Seek>(archive: &mut Archive<R>) -> Result<Self, SheetProblem> {
        let package = relationships(&archive.text("_rels/.rels")?)?;
        let target = package.into_values().find(|target| target.kind == "officeDocument");
        let target = target.ok_or_else(|| SheetProblem::Broken("it has no workbook".to_owned()))?;
        let path = target.path.trim_start_matches('/').to_owned();
        let (folder, name) = path
            .rsplit_once('/')
            .map_or(("", path.as_str()), |(folder, name)| (&path[..=folder.len()], name));
        let text = archive.text(&path)?;
        let mut root = None;
        each_tag(&text, |tag| {
            root.get_or_insert_with(|| tag.local_name().as_ref().to_owned());
            Ok(())
        })?;
        // A text document or a presentation is packed in the same way.
        if root.is_none_or(|root| root != "workbook") {
            return Err(SheetProblem::NotASpreadsheet);
        }
        let targets = relationships(&archive.text(&format!("{folder}_rels/{name}.rels"))?)?;
        let mut workbook = Self {
            sheets: Vec::new(),
            parts: Vec::new(),
            folder: folder.to_owned(),
            is_1904: false,
        };
        each_tag(&text, |tag| {
            match tag.local_name().as_ref() {
                "sheet" => workbook.add(tag, &targets)?,
                "workbookPr" => {
                    if let Some(told) = attribute(tag, "date1904")? {
                        workbook.is_1904 = matches!(told.as_str(), "1" | "true");
                    }
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(workbook)
    }

    fn add(
        &mut self,
        tag: &BytesStart<'_>,
        targets: &HashMap<String, Target>,
    ) -> Result<(), SheetProblem> {
        let name = attribute(tag, "name")?.unwrap_or_default();
        let target = attribute(tag, "id")?.and_then(|id| targets.get(&id));
        // Charts and dialogs have no cells.
        if let Some(Target { kind, path }) = target
            && kind == "worksheet"
        {
            let state = attribute(tag, "state")?;
            let visible = state.as_deref().is_none_or(|state| state == "visible");
            self.sheets.push(Sheet { name, visible });
            self.parts.push(match path.strip_prefix('/') {
                Some(path) => path.to_owned(),
                None => format!("{}{path}", self.folder),
            });
        }
        Ok(())
    }
}

/// What a relationship of a part leads to.
struct Target {
    /// The last word of its type.
    kind: String,
    path: String,
}

fn relationships(text: &str) -> Result<HashMap<String, Target>, SheetProblem> {
    let mut targets = HashMap::new();
    each_tag(text, |tag| {
        if tag.local_name().as_ref() == "Relationship" {
            let value = |name| Ok::<_, SheetProblem>(attribute(tag, name)?.unwrap_or_default());
            let kind = value("Type")?.rsplit('/').next().unwrap_or_default().to_owned();
            targets.insert(value("Id")?, Target { kind, path: value("Target")? });
        }
        Ok(())
    })?;
    Ok(targets)
}

fn each_tag(
    text: &str,
    mut take: impl FnMut(&BytesStart<'_>) -> Result<(), SheetProblem>,
) -> Result<(), SheetProblem> {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event().map_err(SheetProblem::broken)? {
            Event::Start(tag) | Event::Empty(tag) => take(&tag)?,
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// The value of an attribute, by its name without the prefix.
pub(super) fn attribute(tag: &BytesStart<'_>, name: &str) -> Result<Option<String>, SheetProblem> {
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(SheetProblem::broken)?;
        if attribute.key.local_name().as_ref() == name {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            return Ok(Some(value.map_err(SheetProblem::broken)?.into_owned()));
        }
    }
    Ok(None)
}
