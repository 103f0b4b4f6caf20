//! The command line as it is typed; the doc comments are the help.
//!
//! Nothing is checked here beyond each option's own form. What the options mean together, with the
//! environment and the file, is `config`'s.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::mock_gateway::GatewayOptions;
use crate::prepare::mapping::MapRule;
use crate::prepare::payload::ToFormat;
use crate::prepare::phone::{NumberStyle, PhoneCheck, Region};
use crate::read::Format;
use crate::read::csv::Delimiter;
use crate::read::encoding::EncodingChoice;
use crate::report::progress::When;
use crate::send::engine::Halt;
use crate::send::pacer::Rate;
use crate::units::{RowRange, parse_duration, parse_some_time};

/// Send WhatsApp contact cards in bulk through the LipaChat gateway.
///
/// Reads CSV rows or vCards, sends each as a contact card, and records every outcome in a results
/// file beside the input. Run the same command again and only what is not sent yet is sent.
#[derive(Debug, Parser)]
#[command(name = "lipasend", version, about, long_about, after_help = START)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const START: &str = "\
Start here:
  lipasend check people.csv               what is wrong with my list?
  lipasend send people.csv --rehearse     send it to a stand-in gateway inside the program
  LIPACHAT_API_KEY=… lipasend send people.csv --from 254…     send it

Each option is also an environment variable (--recipient-rate is LIPASEND_RECIPIENT_RATE) and a
key in a --config file (recipient-rate = \"1/6s\"). Flags come before the environment, the
environment before the file.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check the list, then send what is not sent yet
    Send(Box<CampaignArgs>),
    /// Say what would be sent and what is wrong, without sending (needs no key)
    Check(Box<CampaignArgs>),
    /// Say what results files hold
    Report(ReportArgs),
    /// Run a stand-in gateway on this machine, with faults on request
    MockGateway(Box<GatewayOptions>),
}

/// Everything `send` and `check` can be told.
#[derive(Debug, Clone, Args)]
pub struct CampaignArgs {
    /// The lists: .csv .tsv .txt .vcf .vcard, folders of them, or - for standard input
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
    pub sending: SendingArgs,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub files: FileArgs,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub gateway: GatewayArgs,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub telling: TellingArgs,
}

/// Who gets what.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Who gets what")]
pub struct ContentArgs {
    /// The sender: your WhatsApp Business number, or the sandbox number 254110090747
    #[arg(long, value_name = "NUMBER")]
    pub from: Option<String>,

    /// The campaign's name; the same card to the same person in another campaign is a new message
    #[arg(long, value_name = "NAME", default_value = "")]
    pub campaign: String,

    /// A recipient of every contact in the input (repeatable, or several with commas between)
    #[arg(long, value_name = "NUMBER", value_delimiter = ',')]
    pub to: Vec<String>,

    /// A list of the recipients of every contact in the input
    #[arg(long, value_name = "FILE")]
    pub recipients: Option<PathBuf>,

    /// The card or cards that every recipient in the input gets (.vcf or .csv)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["to", "recipients"])]
    pub card: Option<PathBuf>,

    /// Put each number's own digits behind it as its WhatsApp id where the list gives none
    ///
    /// Without a WhatsApp id the card shows "Invite to WhatsApp" instead of the normal buttons.
    #[arg(long)]
    pub wa_id_from_phone: bool,
}

/// How the lists are read.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Reading the lists")]
pub struct ReadingArgs {
    /// Which column is which field: FIELD=HEADER, FIELD=NUMBER or FIELD==VALUE (repeatable)
    ///
    /// The fields are to, phone, name, type, wa_id, message_id. --map phone=Mobil takes the column
    /// headed Mobil, --map phone=3 the third column, --map type==Work sets the same value everywhere,
    /// --map to== passes a column over.
    #[arg(long, value_name = "FIELD=HEADER")]
    pub map: Vec<MapRule>,

    /// The country of numbers without a country code, like KE
    #[arg(long, value_name = "COUNTRY")]
    pub region: Option<Region>,

    /// How numbers without + are meant
    #[arg(long, value_enum, default_value_t)]
    pub numbers: NumberStyle,

    /// How strictly numbers are judged
    #[arg(long, value_enum, default_value_t)]
    pub phone_check: PhoneCheck,

    /// What the input is, where its name does not say
    #[arg(long, value_enum)]
    pub format: Option<Format>,

    /// The text encoding of the input: auto, utf-8, utf-16le, utf-16be, windows-1252, …
    ///
    /// auto is UTF-16 or UTF-8 by the first bytes; a row that is not UTF-8 is read as Windows-1252,
    /// which the plan says beside the encoding. In vCards it is the charset of values that name none.
    #[arg(long, value_name = "NAME", default_value = "auto")]
    pub encoding: EncodingChoice,

    /// The separator of CSV input: , ; tab or |
    #[arg(long, value_name = "CHAR")]
    pub delimiter: Option<Delimiter>,

    /// Only these rows, counted from 1 in each input: 100-200, 100- or -200
    #[arg(long, value_name = "A-B", allow_negative_numbers = true)]
    pub rows: Option<RowRange>,

    /// Only so many of the rows, chosen at random from all inputs, to try on a few first
    ///
    /// The same rows are chosen each time, until --seed says otherwise.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub sample: Option<u64>,

    /// Which rows --sample chooses: another number, other rows
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

/// How messages are sent.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Sending")]
pub struct SendingArgs {
    /// Messages for the whole run: 10/s, 600/m, unlimited
    #[arg(long, value_name = "RATE", default_value = "10/s")]
    pub rate: Rate,

    /// Messages to one recipient (default 1/6s, WhatsApp's own limit; in a rehearsal unlimited)
    #[arg(long, value_name = "RATE")]
    pub recipient_rate: Option<Rate>,

    /// Messages under way at the same time
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub concurrency: u16,

    /// The longest wait for an answer
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_some_time)]
    pub timeout: Duration,

    /// The longest wait for a connection
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_some_time)]
    pub connect_timeout: Duration,

    /// Tries after the first when something goes wrong on the way
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub retries: u32,

    /// What to do with a message that may have been accepted
    #[arg(long, value_enum, default_value_t)]
    pub on_unknown: OnUnknown,

    /// Try messages again that an earlier run was refused: all, or those with these codes
    ///
    /// The codes are those of the results' error_code column, like 131047 or http_400.
    #[arg(long, value_name = "CODE,…", num_args = 0..=1, require_equals = true, default_missing_value = "all", value_delimiter = ',')]
    pub retry_refused: Vec<String>,

    /// Send cards again that were sent under another name, and so are held back
    ///
    /// A message is held when campaign, sender, recipient and the card's numbers are those of one
    /// that was sent and is no longer in the list: a corrected name, say.
    #[arg(long)]
    pub send_changed: bool,

    /// When to stop by itself: auto, never, fail=20 (messages) or fail=10%
    ///
    /// auto stops after 20 failed attempts in a row, and when the first 20 messages are all refused
    /// for the same reason. A gateway that is down is waited for (--retry-for). What one recipient
    /// is refused for never counts. fail=10% is judged from the 20th message on. A refused key,
    /// account or sender stops every run.
    #[arg(long, value_name = "RULE", default_value_t = Halt::Auto)]
    pub halt: Halt,

    /// How long to wait for a gateway that is down, trying one message now and then
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = parse_duration)]
    pub retry_for: Duration,

    /// Send this many first, and the others only if all of these are accepted
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub canary: u64,

    /// Stop after this many messages
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,

    /// Stop after this much time
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub max_duration: Option<Duration>,
}

/// Where things are kept.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Files")]
pub struct FileArgs {
    /// Where outcomes are recorded (default: contacts.csv → contacts.results.csv)
    #[arg(long, value_name = "FILE")]
    pub results: Option<PathBuf>,

    /// Where rejected rows are written (default: contacts.csv → contacts.rejects.csv)
    ///
    /// `check` writes them only when this is given.
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,

    /// More results files to read: what is sent there is not sent again (repeatable)
    #[arg(long, value_name = "FILE")]
    pub ledger: Vec<PathBuf>,

    /// How long to wait for another run to finish
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = parse_duration)]
    pub lock_wait: Duration,

    /// A TOML file with options: rate = "20/s"
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Which gateway.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Gateway")]
pub struct GatewayArgs {
    /// Send to a stand-in gateway inside the program: nothing leaves this machine
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

    /// Go on with results that belong to another gateway address (after it was renamed)
    #[arg(long)]
    pub adopt_gateway: bool,

    /// How the recipient's number is written: digits, or with a +
    #[arg(long, value_enum, default_value_t)]
    pub to_format: ToFormat,

    /// Certificates to trust in place of the built-in ones, as a PEM file
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

/// What is told, and how.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Telling")]
pub struct TellingArgs {
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

    /// Without a bar, how often a line of progress is written
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = parse_duration)]
    pub stats: Duration,

    /// Write the summary as JSON to a file, or - for standard output
    #[arg(long, value_name = "FILE")]
    pub summary_json: Option<PathBuf>,

    /// Only errors and the summary
    #[arg(long, short, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Every reject, repair and warning
    #[arg(long, short)]
    pub verbose: bool,
}

/// `lipasend report`.
#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    /// Results files
    #[arg(required = true, value_name = "RESULTS")]
    pub results: Vec<PathBuf>,
}

/// What to do with a message that may have been accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum OnUnknown {
    /// Try again with the same messageId, by which the gateway knows a repeat
    #[default]
    Retry,
    /// Never post it again, not in this run either
    Hold,
}
