//! The zip archive that a spreadsheet is: what kind it is of, and its parts, within bounds.

use std::io::{Read, Seek, SeekFrom};

use memchr::memmem;
use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

use super::problem::SheetProblem;

/// The most bytes of all parts together when they are unpacked.
pub(super) const MAX_UNPACKED: u64 = 1 << 30;

/// The most bytes of a part that is read whole.
const MAX_SMALL_PART: u64 = 16 << 20;

/// The most parts of an archive; a workbook with many pictures has some hundred.
const MAX_PARTS: usize = 20_000;

/// The format of a spreadsheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Office Open XML.
    Xlsx,
    /// `OpenDocument`.
    Ods,
}

/// An open archive.
pub(super) struct Archive<R> {
    zip: ZipArchive<R>,
    names: Vec<String>,
}

impl From<ZipError> for SheetProblem {
    fn from(error: ZipError) -> Self {
        match error {
            ZipError::Io(error) => error.into(),
            ZipError::InvalidPassword => Self::Password,
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Self::Password,
            error => Self::broken(error),
        }
    }
}

impl<R: Read + Seek> Archive<R> {
    /// Opens the archive of a spreadsheet.
    pub(super) fn open(mut input: R) -> Result<Self, SheetProblem> {
        check_signature(&mut input)?;
        let zip = ZipArchive::new(input)?;
        if zip.len() > MAX_PARTS {
            return Err(SheetProblem::Broken("it has too many parts".to_owned()));
        }
        let names = zip.file_names().map(|name| Ok(name?.replace('\\', "/")));
        let names: Vec<String> = names.collect::<Result<_, ZipError>>()?;
        let mut archive = Self { zip, names };
        let mut unpacked = 0_u64;
        for index in 0..archive.zip.len() {
            unpacked = unpacked.saturating_add(archive.zip.by_index_raw(index)?.size());
        }
        match unpacked > MAX_UNPACKED {
            true => Err(SheetProblem::TooLarge("is larger than 1 GiB when it is unpacked")),
            false => Ok(archive),
        }
    }

    /// Finds out what it holds.
    pub(super) fn kind(&mut self) -> Result<Kind, SheetProblem> {
        let has = |end: &str| self.names.iter().any(|name| name.ends_with(end));
        if has("encrypted-package") {
            return Err(SheetProblem::Password);
        }
        if has("workbook.bin") || has(".iwa") {
            return Err(SheetProblem::OtherKind);
        }
        if self.has("_rels/.rels") {
            return Ok(Kind::Xlsx);
        }
        if !self.has("mimetype") || !self.text("mimetype")?.contains("opendocument.spreadsheet") {
            return Err(SheetProblem::NotASpreadsheet);
        }
        let encrypted = "encryption-data";
        match self.has("META-INF/manifest.xml")
            && self.text("META-INF/manifest.xml")?.contains(encrypted)
        {
            true => Err(SheetProblem::Password),
            false => Ok(Kind::Ods),
        }
    }

    /// Returns whether it has a part of this name. Names are compared without regard to case, as
    /// spreadsheet programs do.
    pub(super) fn has(&self, name: &str) -> bool {
        self.index(name).is_some()
    }

    /// Opens a part. What is declared of its length holds: more than that is a fault.
    pub(super) fn part(&mut self, name: &str) -> Result<(ZipFile<'_, R>, u64), SheetProblem> {
        let index = self.index(name).ok_or_else(|| {
            SheetProblem::Broken(format!(
                "it has no part {}",
                crate::units::printable::printable(name)
            ))
        })?;
        let part = self.zip.by_index(index)?;
        let length = part.size();
        Ok((part, length))
    }

    /// Reads a small part as text.
    pub(super) fn text(&mut self, name: &str) -> Result<String, SheetProblem> {
        let (part, length) = self.part(name)?;
        let mut bytes = Vec::new();
        let most = length.min(MAX_SMALL_PART);
        part.take(most + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > most {
            return Err(SheetProblem::Broken("a part of it is longer than it may be".to_owned()));
        }
        if memmem::find(&bytes, b"<!DOCTYPE").is_some() {
            return Err(SheetProblem::Entities);
        }
        String::from_utf8(bytes).map_err(SheetProblem::broken)
    }

    /// The file, to be read in another way.
    pub(super) fn into_inner(self) -> R {
        self.zip.into_inner()
    }

    fn index(&self, name: &str) -> Option<usize> {
        let exact = self.names.iter().position(|other| other == name);
        exact.or_else(|| self.names.iter().position(|other| other.eq_ignore_ascii_case(name)))
    }
}

/// Checks that the file begins as a zip archive does. A workbook with a password is in a container
/// of another kind, as an .xls file is.
fn check_signature(input: &mut (impl Read + Seek)) -> Result<(), SheetProblem> {
    let mut head = Vec::new();
    input.by_ref().take(8).read_to_end(&mut head)?;
    if head.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
        return Err(match holds(input, &utf_16("EncryptedPackage"))? {
            true => SheetProblem::Password,
            false => SheetProblem::OtherKind,
        });
    }
    if !head.starts_with(b"PK\x03\x04") {
        return Err(SheetProblem::NotASpreadsheet);
    }
    check_number_of_parts(input)?;
    input.seek(SeekFrom::Start(0))?;
    Ok(())
}

/// The longest end of an archive: its record and a comment.
const MAX_END: u64 = 22 + 65_535;

/// Checks the number of parts that the end of the archive tells: room is made for all at once. An
/// archive with more than a short number holds is none of a spreadsheet program.
fn check_number_of_parts(input: &mut (impl Read + Seek)) -> Result<(), SheetProblem> {
    let length = input.seek(SeekFrom::End(0))?;
    input.seek(SeekFrom::Start(length.saturating_sub(MAX_END)))?;
    let mut end = Vec::new();
    input.by_ref().take(MAX_END).read_to_end(&mut end)?;
    let parts = memmem::rfind(&end, b"PK\x05\x06").and_then(|at| end.get(at + 10..at + 12));
    match parts {
        Some([low, high]) if usize::from(u16::from_le_bytes([*low, *high])) > MAX_PARTS => {
            Err(SheetProblem::Broken("it has too many parts".to_owned()))
        }
        Some(_) => Ok(()),
        None => Err(SheetProblem::Broken("its end is missing".to_owned())),
    }
}

fn utf_16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Returns whether the rest of a file holds some bytes.
fn holds(input: &mut impl Read, wanted: &[u8]) -> Result<bool, SheetProblem> {
    let mut bytes = Vec::new();
    loop {
        let read = input.by_ref().take(1 << 16).read_to_end(&mut bytes)?;
        if memmem::find(&bytes, wanted).is_some() {
            return Ok(true);
        }
        if read == 0 {
            return Ok(false);
        }
        bytes.drain(..bytes.len().saturating_sub(wanted.len()));
    }
}
