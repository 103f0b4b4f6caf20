//! The files that the options of a command name.

use std::path::Path;

use crate::cli::CampaignArgs;
use crate::record::names;
use crate::record::output_file::{NamedFiles, followed};

/// The files that `send` and `check` read and that are not ledgers. The lists of a folder are not
/// known yet.
#[must_use]
pub fn read_files(args: &CampaignArgs) -> NamedFiles {
    let mut named = NamedFiles::default();
    args.inputs.iter().for_each(|path| named.keep(path, "is read as a list"));
    for (path, what) in [
        (&args.content.recipients, "is read as a list"),
        (&args.content.card, "is read as a list"),
        (&args.gateway.api_key_file, "has the API key"),
        (&args.gateway.ca_file, "has certificates"),
        (&args.files.config, "has options (--config)"),
    ] {
        if let Some(path) = path {
            named.keep(path, what);
        }
    }
    args.when.inbound.iter().for_each(|path| named.keep(path, "is read as a file of events"));
    args.when.opt_out.iter().for_each(|path| named.keep(path, "is read as a list of opt-outs"));
    named
}

/// All files that the options name but the summary.
#[must_use]
pub fn all_but_summary(args: &CampaignArgs) -> NamedFiles {
    let mut named = read_files(args);
    args.files.ledger.iter().for_each(|path| named.keep(path, "is a ledger"));
    if let Some(results) = &args.files.results {
        keep_results(&mut named, results);
    }
    args.output.report.iter().for_each(|report| named.keep(&report.path, "takes a report"));
    let not_sent = args.files.not_sent.as_ref().filter(|path| !path.is_empty());
    for (path, what) in [
        (args.files.rejects.as_deref(), "takes the rejects"),
        (not_sent.map(Path::new), "takes the messages that are not sent"),
    ] {
        let Some(path) = path else { continue };
        for path in [path, &names::new_path(path), &names::backup_path(path, 1)] {
            named.keep(path, what);
        }
    }
    named
}

/// Adds the results and the files beside them.
pub fn keep_results(named: &mut NamedFiles, results: &Path) {
    named.keep(results, "holds the results");
    let beside = names::files_of(&followed(results));
    beside.iter().for_each(|path| named.keep(path, "belongs to the results"));
}
