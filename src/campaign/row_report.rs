//! Writes the CSV of `--report` during the first pass, and puts it into place after it.
//!
//! The lines go to a new file beside the report. It becomes the report as it is when every message
//! was decided on at its row; else one copy puts the later decisions in. A report can be made again,
//! so it is not forced onto the disk.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::inputs::Inputs;
use super::prior_runs::Reason;
use crate::config::Config;
use crate::exit::Fatal;
use crate::prepare::message::Message;
use crate::prepare::phone::Region;
use crate::read::Place;
use crate::read::note::Note;
use crate::record::names;
use crate::record::output_file::{Destination, OutputFile, check_no_name_of_ours, would_overwrite};
use crate::report::decided::{Decided, Decisions, refused_before};
use crate::report::json::is_json_report;
use crate::report::report_file::{ReportFile, ReportForm};
use crate::report::rows_csv::{NamedPlace, RowsCsv, is_report, resolve};
use crate::report::tally::{CheckedRow, Verdict};
use crate::report::terminal;

/// The option that names a report.
pub(super) const FLAG: &str = "--report";

/// The bytes that are written at once.
const BLOCK: usize = 64 * 1024;

/// The CSV reports of a run, which all have the same content.
#[derive(Debug)]
pub(super) struct RowReport {
    /// Nothing without a report.
    spool: Option<NamedTempFile>,
    outputs: Vec<Destination>,
    csv: RowsCsv,
}

impl RowReport {
    /// Opens the files that `--report` names.
    ///
    /// # Errors
    /// When one cannot be written, or is not one of ours: exit code 2.
    pub(super) fn open(config: &Config) -> Result<Self, Fatal> {
        let mut outputs = Vec::new();
        let csv = config.output.report.iter().filter(|report| report.form == ReportForm::Csv);
        for ReportFile { path, form } in csv {
            let output = Destination::open(FLAG, path)?;
            if let Destination::File(file) = &output {
                check_replaceable(path, *form)?;
                file.check_writable(FLAG)?;
            }
            outputs.push(output);
        }
        let mut report = Self { spool: None, outputs, csv: RowsCsv::default() };
        if !report.outputs.is_empty() {
            let spool = report.new_file().map_err(|error| report.unwritten(&error))?;
            report.spool = Some(spool);
            report.csv.header();
        }
        Ok(report)
    }

    /// Makes a private file beside the first report that is a regular file; else where temporary
    /// files are.
    fn new_file(&self) -> io::Result<NamedTempFile> {
        let mut paths = self.outputs.iter().filter_map(regular);
        match paths.next() {
            Some(path) => new_beside(path),
            None => NamedTempFile::new(),
        }
    }

    /// Writes a message's line. `decided` is `None` when the decision comes after the last row; `before`
    /// are the code and the error of a message that an earlier run left refused.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn message(
        &mut self,
        inputs: &Inputs,
        message: &Message,
        country: Option<Region>,
        notes: &[Note],
        decided: Option<Decided>,
        before: Option<&Reason>,
    ) -> Result<(), Fatal> {
        if self.spool.is_none() {
            return Ok(());
        }
        let named =
            |place: Place| -> NamedPlace<'_> { (inputs.source_name(place.source), place.line) };
        let places = (named(message.contact.place), message.to_place.map(named));
        let why = before.filter(|(code, _)| !code.is_empty());
        let why = why.map(|(code, error)| (&**code, refused_before(code, error)));
        let why = why.as_ref().map(|(code, reason)| (*code, reason.as_str()));
        self.csv.message(message, places, country, &inputs.notes_of(message, notes), decided, why);
        self.write_block(BLOCK)
    }

    /// Writes the line of a row that became no message, and nothing for one that did.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn row(&mut self, inputs: &Inputs, checked: &CheckedRow) -> Result<(), Fatal> {
        if self.spool.is_none() || matches!(checked.verdict, Verdict::Used) {
            return Ok(());
        }
        let place = checked.place;
        let first = match checked.verdict {
            Verdict::Duplicate(first) => Some(inputs.show_place(first)),
            _ => None,
        };
        let named = (inputs.source_name(place.source), place.line);
        self.csv.row(named, checked, first.as_deref());
        self.write_block(BLOCK)
    }

    /// Writes the lines if they are at least as many bytes.
    fn write_block(&mut self, least: usize) -> Result<(), Fatal> {
        let Some(spool) = self.spool.as_mut().filter(|_| self.csv.bytes.len() >= least) else {
            return Ok(());
        };
        let written = spool.write_all(&self.csv.bytes);
        self.csv.bytes.clear();
        written.map_err(|error| self.unwritten(&error))
    }

    /// Puts the report into place, with the decisions that came after the last row.
    ///
    /// # Errors
    /// When it cannot be written; what was there before is then still there.
    pub(super) fn finish(mut self, decisions: &Decisions) -> Result<(), Fatal> {
        self.write_block(1)?;
        let Some(mut spool) = self.spool.take() else { return Ok(()) };
        let is_final = decisions.opened().next().is_none();
        let whole = self.outputs.iter().position(|output| regular(output).is_some());
        let whole = whole.filter(|_| is_final);
        for (index, output) in self.outputs.iter_mut().enumerate() {
            if Some(index) != whole {
                let copied = copy(spool.as_file_mut(), output, decisions);
                copied.map_err(|error| unwritten(output, &error))?;
            }
        }
        if let Some(output) = whole.and_then(|index| self.outputs.get(index))
            && let Some(path) = regular(output)
        {
            spool.persist(path).map_err(|error| unwritten(output, &error.error))?;
        }
        Ok(())
    }

    fn unwritten(&self, error: &io::Error) -> Fatal {
        self.outputs
            .first()
            .map_or_else(|| Fatal::internal(error.to_string()), |output| unwritten(output, error))
    }
}

fn regular(output: &Destination) -> Option<&Path> {
    match output {
        Destination::File(OutputFile::Regular(path)) => Some(path),
        Destination::File(OutputFile::Stream(..)) | Destination::Stdout => None,
    }
}

fn unwritten(output: &Destination, error: &io::Error) -> Fatal {
    let path = match output {
        Destination::File(file) => file.path().display().to_string(),
        Destination::Stdout => "standard output".to_owned(),
    };
    Fatal::internal(format!("the report cannot be written to {path}: {error}"))
}

fn new_beside(path: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(".lipasend-").suffix(".new").tempfile_in(names::folder_of(path))
}

/// Copies the lines with all decisions to one output.
fn copy(spool: &mut File, output: &mut Destination, decisions: &Decisions) -> io::Result<()> {
    spool.seek(SeekFrom::Start(0))?;
    match output {
        Destination::Stdout => {
            let mut stdout = terminal::data();
            resolve(spool, &mut stdout, decisions.opened()).and_then(|()| stdout.flush())
        }
        Destination::File(OutputFile::Stream(_, stream)) => {
            resolve(spool, stream, decisions.opened())
        }
        Destination::File(OutputFile::Regular(path)) => {
            let mut new = io::BufWriter::with_capacity(BLOCK, new_beside(path)?);
            resolve(spool, &mut new, decisions.opened())?;
            let new = new.into_inner().map_err(io::IntoInnerError::into_error)?;
            new.persist(path).map(|_| ()).map_err(|error| error.error)
        }
    }
}

/// Checks that a file which exists is empty or a report of this form: a wrong name must not cost a
/// list.
pub(super) fn check_replaceable(path: &Path, form: ReportForm) -> Result<(), Fatal> {
    check_no_name_of_ours(FLAG, path)?;
    // Nothing can be read from a pipe that nobody else writes to.
    if !path.is_file() {
        return Ok(());
    }
    let mut first = Vec::new();
    let read = File::open(path).and_then(|file| file.take(256).read_to_end(&mut first));
    let is_ours = match form {
        ReportForm::Csv => is_report(&first),
        ReportForm::Json => is_json_report(&first),
    };
    match read.is_ok() && (first.is_empty() || is_ours) {
        true => Ok(()),
        false => Err(would_overwrite(FLAG, path, "is no report")),
    }
}
