//! The command line; the doc comments are the help texts.
//!
//! Only the form of each option is checked here. `config` resolves the options together with the
//! environment and the `--config` file.

mod report;
mod when;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use self::report::ReportArgs;
pub use self::when::{SessionWindow, WhenArgs};
use crate::listen::ListenOptions;
use crate::mock_gateway::GatewayOptions;
use crate::prepare::mapping::MapRule;
use crate::prepare::payload::ToFormat;
use crate::prepare::phone::{NumberStyle, PhoneCheck, Region};
use crate::read::Format;
use crate::read::csv::Delimiter;
use crate::read::encoding::EncodingChoice;
use crate::report::event_log::LogFormat;
use crate::report::progress::When;
use crate::report::report_file::{ReportFile, ReportForm};
use crate::send::engine::Halt;
use crate::send::rate::Rate;
use crate::units::{RowRange, parse_duration, parse_positive_duration};

/// Send WhatsApp contact cards in bulk through the LipaChat gateway.
///
/// Reads CSV rows or vCards, sends each as a contact card, and records every outcome in a results
/// file beside the input. Run the same command again and only what is not sent yet is sent.
#[derive(Debug, Parser)]
#[command(name = "lipasend", version, about, long_about, after_help = START)]
pub struct Cli {
    /// The subcommand.
    #[command(subcommand)]
    pub command: Command,
}

const START: &str = "\
Start here:
  lipasend check people.csv               what is wrong with my list?
  lipasend send people.csv --rehearse     send it to a mock gateway inside the program
  LIPACHAT_API_KEY=… lipasend send people.csv --from 254…     send it

Each option is also an environment variable (--recipient-rate is LIPASEND_RECIPIENT_RATE) and a
key in a --config file (recipient-rate = \"1/6s\"). Flags come before the environment, the
environment before the file.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check the lists, then send what is not sent yet
    Send(Box<CampaignArgs>),
    /// Show what would be sent and what is wrong, without sending (needs no key)
    Check(Box<CampaignArgs>),
    /// Show what results files contain
    Report(ReportArgs),
    /// Keep the gateway's webhook events with their time, for --inbound
    Listen(Box<ListenOptions>),
    /// Run a mock gateway on this machine, with faults on request
    MockGateway(Box<GatewayOptions>),
}

/// The options of `send` and `check`.
#[derive(Debug, Clone, Args)]
pub struct CampaignArgs {
    /// The lists: .csv .tsv .txt .xlsx .ods .vcf .vcard, folders of them, or - for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub content: ContentArgs,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub reading: ReadingArgs,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub when: WhenArgs,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub sending: SendingArgs,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub files: FileArgs,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub gateway: GatewayArgs,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub output: OutputArgs,
}

/// Options about senders, recipients and cards.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Who gets what")]
pub struct ContentArgs {
    /// The sender: your WhatsApp Business number, or the sandbox number 254110090747
    #[arg(long, value_name = "NUMBER")]
    pub from: Option<String>,

    /// The campaign's name. The same card to the same recipient in another campaign is a new message
    #[arg(long, value_name = "NAME", default_value = "")]
    pub campaign: String,

    /// A recipient of every contact in the input (repeatable, or several separated by commas)
    #[arg(long, value_name = "NUMBER", value_delimiter = ',')]
    pub to: Vec<String>,

    /// A file with the recipients of every contact in the input
    #[arg(long, value_name = "FILE")]
    pub recipients: Option<PathBuf>,

    /// The card or cards that every recipient in the input gets (.vcf, .csv, .xlsx or .ods)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["to", "recipients"])]
    pub card: Option<PathBuf>,

    /// Use each number's own digits as its WhatsApp id where the list gives none
    ///
    /// Without a WhatsApp id the card shows "Invite to WhatsApp" instead of the normal buttons.
    #[arg(long)]
    pub wa_id_from_phone: bool,
}

/// Options for reading the lists.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Reading the lists")]
pub struct ReadingArgs {
    /// The field of a column: FIELD=HEADER, FIELD=NUMBER or FIELD==VALUE (repeatable)
    ///
    /// The fields are to, phone, name, country, type, wa_id, message_id, last_inbound_at. --map phone=Mobil uses the column
    /// with the header Mobil, --map phone=3 the third column, --map name=Vorname+Nachname both columns,
    /// --map type==Work sets the same value in every row, --map to== ignores the column.
    #[arg(long, value_name = "FIELD=HEADER")]
    pub map: Vec<MapRule>,

    /// The country of numbers without a country code, like KE or Kenya
    ///
    /// In a row whose country column says another one, that one counts.
    #[arg(long, value_name = "COUNTRY")]
    pub region: Option<Region>,

    /// The countries that the numbers may be of, like KE,UG,TZ: any other number is rejected
    #[arg(long, value_name = "COUNTRY,…", value_delimiter = ',')]
    pub countries: Vec<Region>,

    /// The form of numbers without +
    #[arg(long, value_enum, default_value_t)]
    pub numbers: NumberStyle,

    /// The check that numbers must pass
    #[arg(long, value_enum, default_value_t)]
    pub phone_check: PhoneCheck,

    /// The format of the input, where its name does not tell it
    #[arg(long, value_enum)]
    pub format: Option<Format>,

    /// The text encoding of the input: auto, utf-8, utf-16le, windows-1252, cp850, …
    ///
    /// auto is UTF-16 or UTF-8 by the first bytes; a row that is not UTF-8 is read as Windows-1252,
    /// and the plan shows how many were. In vCards it is the charset of values that name none.
    #[arg(long, value_name = "NAME", default_value = "auto")]
    pub encoding: EncodingChoice,

    /// The separator of CSV input: , ; tab or |
    #[arg(long, value_name = "CHAR")]
    pub delimiter: Option<Delimiter>,

    /// The sheet of a spreadsheet, by its name or number; the first visible one when not given
    ///
    /// It is for the inputs: of a --recipients or --card file the first visible one is read.
    #[arg(long, value_name = "NAME|NUMBER")]
    pub sheet: Option<String>,

    /// Use only these rows, counted from 1 in each input: 100-200, 100- or -200
    #[arg(long, value_name = "A-B", allow_negative_numbers = true)]
    pub rows: Option<RowRange>,

    /// Use only N rows, chosen at random from all inputs, for a first try
    ///
    /// The same rows are chosen each time. Another --seed chooses others.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub sample: Option<u64>,

    /// The seed for --sample: another number chooses other rows
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

/// Options for sending.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Sending")]
pub struct SendingArgs {
    /// The highest rate of the whole run: 10/s, 600/m, unlimited
    #[arg(long, value_name = "RATE", default_value = "10/s")]
    pub rate: Rate,

    /// The highest rate to one recipient (default 1/6s, WhatsApp's own limit; in a rehearsal unlimited)
    #[arg(long, value_name = "RATE")]
    pub recipient_rate: Option<Rate>,

    /// The most requests at the same time
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub concurrency: u16,

    /// The longest wait for an answer
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_positive_duration)]
    pub timeout: Duration,

    /// The longest wait for a connection
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_positive_duration)]
    pub connect_timeout: Duration,

    /// Attempts after the first one, for errors that may pass
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub retries: u32,

    /// Whether a message that may have been accepted is sent again
    #[arg(long, value_enum, default_value_t)]
    pub on_unknown: OnUnknown,

    /// Send messages again that an earlier run recorded as refused: all, or those with these codes
    ///
    /// The codes are those of the results' error_code column, like 131047 or http_400.
    #[arg(long, value_name = "CODE,…", num_args = 0..=1, require_equals = true, default_missing_value = "all", value_delimiter = ',')]
    pub retry_refused: Vec<String>,

    /// Send cards again that were, or may have been, sent under another name, instead of holding them
    ///
    /// A message is held when its campaign, sender, recipient and card numbers are those of one that
    /// was sent and is no longer in the list (the name was corrected, for example): the recipient
    /// would get the card a second time. It is also held when that one is unknown or was in flight:
    /// the recipient might get the card twice.
    #[arg(long)]
    pub send_changed: bool,

    /// When the run stops by itself: auto, never, fail=20 (messages) or fail=10%
    ///
    /// auto stops after 20 failed attempts in a row, and when the first 20 messages are all refused
    /// for the same reason. When the gateway is down, the run waits (--retry-for). Refusals that are
    /// about one recipient do not count. fail=10% applies from the 20th message on. A refused key,
    /// account or sender stops every run.
    #[arg(long, value_name = "RULE", default_value_t = Halt::Auto)]
    pub halt: Halt,

    /// The longest time to try while every answer is trouble: 429, 5xx, no connection or a lost
    /// answer
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = parse_duration)]
    pub retry_for: Duration,

    /// Send this many messages first, and the others only if all of these are accepted
    ///
    /// For a message that is refused for a reason that concerns only its recipient (131026, 131047,
    /// 131049, 130403, 130497) another one takes its place.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub canary: u64,

    /// Send the first card of the plan to this number, with a new id, and end
    ///
    /// Nothing of it is recorded, and hours, caps and the 24-hour rule do not apply. It asks as
    /// `send` does.
    #[arg(long, value_name = "NUMBER")]
    pub test_to: Option<String>,

    /// Stop after this many messages
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,

    /// Stop after this much time
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub max_duration: Option<Duration>,
}

/// Options about files.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Files")]
pub struct FileArgs {
    /// The file for outcomes (default: contacts.csv → contacts.results.csv)
    #[arg(long, value_name = "FILE")]
    pub results: Option<PathBuf>,

    /// The file for rejected rows (default: contacts.csv → contacts.rejects.csv)
    ///
    /// `check` writes them only when this is given.
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,

    /// The file for messages that were not sent (default: contacts.csv → contacts.not-sent.csv)
    ///
    /// It is a list of them with the reasons, to be given as input again. `check` and `--rehearse`
    /// write it only when this is given; without FILE it goes beside the list.
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "", value_parser = clap::value_parser!(OsString))]
    pub not_sent: Option<OsString>,

    /// More results files to read: what is sent there is not sent again (repeatable)
    #[arg(long, value_name = "FILE")]
    pub ledger: Vec<PathBuf>,

    /// Go on with results that hold less than an earlier run wrote
    ///
    /// Without it such results (emptied, cut, restored from a backup, with broken lines) end the
    /// run, because messages would go out again. Broken lines are kept in a file beside them. This is a flag only: no variable and no key of a --config file.
    #[arg(long)]
    pub accept_results: bool,

    /// The longest wait for another run (default: 0s for these results, 10m for others in the folder)
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub lock_wait: Option<Duration>,

    /// A TOML file with options: rate = "20/s"
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Options about the gateway.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Gateway")]
pub struct GatewayArgs {
    /// Send to a mock gateway inside the program: nothing leaves this machine
    #[arg(long)]
    pub rehearse: bool,

    /// The gateway's address (also LIPACHAT_GATEWAY_URL)
    #[arg(long, value_name = "URL")]
    pub gateway: Option<String>,

    /// A file that holds the API key (or set LIPACHAT_API_KEY)
    #[arg(long, value_name = "FILE")]
    pub api_key_file: Option<PathBuf>,

    /// A command that prints the API key
    #[arg(long, value_name = "COMMAND", conflicts_with = "api_key_file")]
    pub api_key_command: Option<String>,

    /// Continue results of another gateway address (after it was renamed)
    #[arg(long)]
    pub adopt_gateway: bool,

    /// The form of the recipient's number in requests: digits, or with a +
    #[arg(long, value_enum, default_value_t)]
    pub to_format: ToFormat,

    /// A PEM file with the certificates to trust instead of the built-in ones
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

/// Options for output.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Do not send: the same as `check`
    #[arg(long)]
    pub dry_run: bool,

    /// Send without asking
    #[arg(long, short)]
    pub yes: bool,

    /// Print the first N requests as they would be sent
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub show: u64,

    /// Draw a progress bar
    #[arg(long, value_enum, default_value_t)]
    pub progress: When,

    /// Without a bar, how often a progress line is printed
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = parse_duration)]
    pub stats: Duration,

    /// The form of what is written to standard error: text, or one JSON object for each event
    #[arg(long, value_enum, default_value_t)]
    pub log_format: LogFormat,

    /// Write a report: FILE.csv or - (CSV on standard output) with every row and message, FILE.json
    /// with the figures (repeatable)
    ///
    /// The CSV has a line for each message, with what is planned for it, and for each row that became
    /// none, with the reason; `send` writes it before it asks. The JSON has the counts, reasons,
    /// countries and pace, and after sending what came of it; it is written when the run ends.
    #[arg(long, value_name = "FILE")]
    pub report: Vec<ReportFile>,

    /// Write the summary as JSON to a file, or - for standard output
    #[arg(long, value_name = "FILE")]
    pub summary_json: Option<PathBuf>,

    /// Print only errors
    #[arg(long, short, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Print every reject and note
    #[arg(long, short)]
    pub verbose: bool,
}

impl OutputArgs {
    /// Returns whether a report of this form is wanted.
    #[must_use]
    pub fn has_report(&self, form: ReportForm) -> bool {
        self.report.iter().any(|report| report.form == form)
    }
}

/// Whether a message that may have been accepted is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum OnUnknown {
    /// Send it again with the same messageId, by which the gateway recognises a repeat
    #[default]
    Retry,
    /// Never send it again, not in this run either
    Hold,
}
