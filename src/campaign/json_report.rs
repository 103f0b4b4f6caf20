//! Writes the JSON of `--report` at the end of a run, from the plan and the summary.
//!
//! The files are opened before anything is sent. A run that ends before its first pass is done
//! writes none.

use std::io::Write;

use super::Run;
use super::finished::Finished;
use super::row_report::{FLAG, check_replaceable};
use super::run_end::how_ended;
use crate::config::{Config, Target};
use crate::exit::{ExitCode, Fatal};
use crate::record::output_file::Destination;
use crate::record::run_ends::HowEnded;
use crate::report::json::{RunReport, Sending};
use crate::report::report_file::ReportForm;
use crate::report::terminal;

/// The JSON reports of a run, which all have the same content.
#[derive(Debug, Default)]
pub(super) struct JsonReports(Vec<Destination>);

impl JsonReports {
    /// Opens the files that `--report` names.
    ///
    /// # Errors
    /// When one cannot be written, or is not one of ours: exit code 2.
    pub(super) fn open(config: &Config) -> Result<Self, Fatal> {
        let mut outputs = Vec::new();
        let json = config.output.report.iter().filter(|report| report.form == ReportForm::Json);
        for report in json {
            let output = Destination::open(FLAG, &report.path)?;
            if let Destination::File(file) = &output {
                check_replaceable(&report.path, report.form)?;
                file.check_writable(FLAG)?;
            }
            outputs.push(output);
        }
        Ok(Self(outputs))
    }

    /// Returns whether there is none.
    pub(super) fn are_none(&self) -> bool {
        self.0.is_empty()
    }

    fn write(self, json: &str) -> Result<(), Fatal> {
        for output in self.0 {
            let (path, written) = match output {
                Destination::Stdout => {
                    let mut out = terminal::data();
                    let written = out.write_all(json.as_bytes()).and_then(|()| out.flush());
                    ("standard output".to_owned(), written)
                }
                Destination::File(mut file) => {
                    let path = file.path().display().to_string();
                    (path, file.write(json.as_bytes()))
                }
            };
            written.map_err(|error| {
                Fatal::internal(format!("the report cannot be written to {path}: {error}"))
            })?;
        }
        Ok(())
    }
}

impl Run<'_> {
    /// Writes the reports of a run that ends with this code.
    ///
    /// # Errors
    /// When one cannot be written; what was there before is then still there.
    pub(super) fn write_json_reports(
        &self,
        reports: JsonReports,
        finished: &Finished,
        exit: ExitCode,
    ) -> Result<(), Fatal> {
        if reports.are_none() {
            return Ok(());
        }
        let config = self.config;
        let gateway = config.target.name();
        let sending = Sending { how: how_it_ended(finished), speed: finished.speed.as_ref() };
        let report = RunReport {
            plan: &self.plan(true),
            summary: &self.summary(finished, exit),
            sending: (!config.target.is_check()).then_some(sending),
            gateway: &gateway,
            rehearsal: matches!(config.target, Target::Rehearsal),
        };
        let json = report.to_json(&|place| (self.inputs.source_name(place.source), place.line));
        reports.write(&json.map_err(|error| Fatal::internal(error.to_string()))?)
    }
}

/// How a run ended, also one that had nothing to send.
fn how_it_ended(finished: &Finished) -> HowEnded {
    match (finished.end, &finished.fatal) {
        (None, None) if finished.to_send_again() > 0 => HowEnded::Limit,
        (None, None) => HowEnded::Done,
        _ => how_ended(finished),
    }
}
