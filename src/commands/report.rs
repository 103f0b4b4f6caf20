//! `lipasend report`: counts what results files contain, for people and programs.

use std::path::Path;

use jiff::Timestamp;

use crate::cli::{ReportArgs, ReportForm};
use crate::eligibility::zone::Zone;
use crate::exit::{ExitCode, Fatal};
use crate::record::names;
use crate::record::output_file::{NamedFiles, OutputFile};
use crate::report::results::Results;
use crate::report::terminal;

pub(super) fn run(args: &ReportArgs) -> Result<ExitCode, Fatal> {
    let zone = args.timezone.clone().unwrap_or_else(Zone::system);
    let since = args.since.map(|since| since.time(Timestamp::now(), &zone)).transpose();
    let since = since.map_err(|error| Fatal::usage(format!("--since: {error}")))?;
    let Outputs { reports, not_sent } = Outputs::open(args)?;
    let mut results = Results::read(&args.results, since, zone)?;
    if let Some(mut file) = not_sent {
        let path = file.path().to_owned();
        file.write_with(|out| results.write_not_sent(out, &path))?;
    }
    for (mut file, form) in reports {
        file.write_with(|out| match form {
            ReportForm::Csv => results.write_csv(out),
            ReportForm::Json => results.write_json(out),
        })?;
        results.note_report(file.path());
    }
    terminal::report(&results.screen());
    Ok(ExitCode::Success)
}

/// The files to write, none of them over another one.
struct Outputs {
    reports: Vec<(OutputFile, ReportForm)>,
    not_sent: Option<OutputFile>,
}

impl Outputs {
    fn open(args: &ReportArgs) -> Result<Self, Fatal> {
        let mut named = NamedFiles::default();
        for results in &args.results {
            named.keep(results, "holds results");
            for beside in names::files_of(results) {
                named.keep(&beside, "belongs to results");
            }
        }
        let mut open = |flag: &str, path: &Path, what| {
            named.check(flag, path)?;
            named.keep(path, what);
            let file = OutputFile::open(flag, path)?;
            file.check_writable(flag)?;
            Ok::<_, Fatal>(file)
        };
        let mut reports = Vec::with_capacity(args.report.len());
        for report in &args.report {
            reports.push((open("--report", &report.path, "takes a report")?, report.form));
        }
        let not_sent = args.not_sent.as_deref();
        let not_sent = not_sent.map(|path| open("--not-sent", path, "takes what was not sent"));
        Ok(Self { reports, not_sent: not_sent.transpose()? })
    }
}
