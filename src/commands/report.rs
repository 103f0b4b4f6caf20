//! `lipasend report`: counts what results files contain, for people and programs.

use std::io::Write as _;
use std::path::Path;

use jiff::Timestamp;

use crate::cli::ReportArgs;
use crate::eligibility::zone::Zone;
use crate::exit::{ExitCode, Fatal};
use crate::record::names;
use crate::record::output_file::{Destination, NamedFiles, OutputFile};
use crate::report::report_file::ReportForm;
use crate::report::results::Results;
use crate::report::results::replaceable::{Output, check_replaceable, list_beside};
use crate::report::terminal;

pub(super) fn run(args: &ReportArgs) -> Result<ExitCode, Fatal> {
    let zone = args.timezone.clone().unwrap_or_else(Zone::system);
    let since = args.since.map(|since| since.time(Timestamp::now(), &zone)).transpose();
    let since = since.map_err(|error| Fatal::usage(format!("--since: {error}")))?;
    let Outputs { reports, not_sent, stdout_is_taken } = Outputs::open(args)?;
    let mut results = Results::read(&args.results, since, zone)?;
    if let Some(file) = not_sent {
        results.write_not_sent(file)?;
    }
    for (destination, form) in reports {
        write_report(&mut results, destination, form)?;
    }
    if !stdout_is_taken {
        terminal::report(&results.screen())?;
    }
    Ok(ExitCode::Success)
}

fn write_report(results: &mut Results, to: Destination, form: ReportForm) -> Result<(), Fatal> {
    match to {
        Destination::Stdout => {
            let (mut out, name) = (terminal::data(), "standard output");
            results.write(form, &mut out, name)?;
            out.flush()
                .map_err(|error| Fatal::internal(format!("{name} cannot be written: {error}")))
        }
        Destination::File(mut file) => {
            let name = file.path().display().to_string();
            file.write_with(|out| results.write(form, out, &name))?;
            results.note_report(file.path());
            Ok(())
        }
    }
}

/// The files to write, none of them over another one.
struct Outputs {
    reports: Vec<(Destination, ReportForm)>,
    not_sent: Option<OutputFile>,
    /// True if a report is on standard output: then nothing else is.
    stdout_is_taken: bool,
}

impl Outputs {
    fn open(args: &ReportArgs) -> Result<Self, Fatal> {
        let mut named = NamedFiles::default();
        for results in &args.results {
            named.keep(results, "holds results");
            for beside in names::files_of(results) {
                named.keep(&beside, "belongs to results");
            }
            if let Some(list) = list_beside(results) {
                named.keep(&list, "is the list of the results");
            }
        }
        let mut check = |flag: &str, path: &Path, what| {
            named.check(flag, path)?;
            named.keep(path, what);
            Ok::<_, Fatal>(())
        };
        let mut reports = Vec::with_capacity(args.report.len());
        let mut stdout_is_taken = false;
        for report in &args.report {
            check("--report", &report.path, "takes a report")?;
            let destination = Destination::open("--report", &report.path)?;
            match &destination {
                Destination::File(file) => {
                    check_replaceable("--report", file.path(), Output::Report(report.form))?;
                    file.check_writable("--report")?;
                }
                Destination::Stdout if stdout_is_taken => {
                    return Err(Fatal::usage("only one report can go to standard output"));
                }
                Destination::Stdout => stdout_is_taken = true,
            }
            reports.push((destination, report.form));
        }
        let not_sent = match &args.not_sent {
            None => None,
            Some(path) if path.as_os_str() == "-" => {
                return Err(Fatal::usage("--not-sent needs the name of a file, not -"));
            }
            Some(path) => {
                check("--not-sent", path, "takes what was not sent")?;
                let file = OutputFile::open("--not-sent", path)?;
                check_replaceable("--not-sent", path, Output::NotSent)?;
                file.check_writable("--not-sent")?;
                Some(file)
            }
        };
        Ok(Self { reports, not_sent, stdout_is_taken })
    }
}
