//! Resolves flags, environment and file into one [`Config`], before the first row is read.
//!
//! `cli` defines the options, `layers` merges the environment and the file into them. Options are
//! checked against each other here; what depends on the inputs' content is checked later.
//!
//! - `api_key_source`: reads the API key; `hidden_keys`: keeps one out of errors
//! - `suggest`: unknown variables and keys, and flags that are neither
//! - `unparsed`: what a command line that cannot be parsed says about its summary
//! - `when`: when a message may go
//! - `named_files`: the files that options name, which no output overwrites

pub mod api_key_source;
pub mod hidden_keys;
pub mod layers;
pub mod named_files;
pub mod suggest;
pub mod unparsed;
pub mod when;

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use self::named_files::read_files;
use self::when::When;
use crate::cli::{CampaignArgs, OnUnknown, OutputArgs, ReadingArgs};
use crate::exit::Fatal;
use crate::prepare::message::Origin;
use crate::prepare::name;
use crate::prepare::phone::{
    self, Countries, NumberStyle, PhoneNumber, PhoneOptions, Region, Role,
};
use crate::record::names::{self, REHEARSAL};
use crate::record::output_file::{NamedFiles, check_is_regular};
use crate::send::engine::EngineOptions;
use crate::send::gateway::{Address, Secret};
use crate::send::outcome::RetryPolicy;
use crate::send::rate::Rate;
use crate::signals::Stop;

/// The default gateway.
const GATEWAY: &str = "https://gateway.lipachat.com";

/// The sandbox number, which every account may send from.
const SANDBOX: &str = "254110090747";

/// WhatsApp's pair rate limit: one message per 6 seconds from one sender to one recipient.
const PAIR_RATE: &str = "1/6s";

/// All resolved options of `send` and `check`.
pub struct Config {
    /// The inputs, as given.
    pub inputs: Vec<PathBuf>,
    /// Recipients given as flags.
    pub to: Vec<PhoneNumber>,
    /// The file with the recipients of every contact.
    pub recipients: Option<PathBuf>,
    /// The file with the cards that every recipient in the inputs gets.
    pub card: Option<PathBuf>,
    /// Campaign and sender.
    pub origin: Arc<Origin>,
    /// True if `from` is the sandbox number because none was given.
    pub sender_assumed: bool,
    /// Options for parsing numbers.
    pub phones: PhoneOptions,
    /// True if a number without a WhatsApp id gets its own digits as its id.
    pub wa_id_from_phone: bool,
    /// Options for reading the inputs.
    pub reading: ReadingArgs,
    /// Options for sending.
    pub engine: EngineOptions,
    /// When a message may go.
    pub when: When,
    /// The number that gets the first card, and nothing else is sent (`--test-to`).
    pub test_to: Option<PhoneNumber>,
    /// The most messages of this run.
    pub limit: Option<u64>,
    /// The refused messages of earlier runs that are sent again.
    pub retry_refused: RetryRefused,
    /// True if edited messages are sent again.
    pub send_changed: bool,
    /// The gateway, or none.
    pub target: Target,
    /// True if results of another gateway address are continued.
    pub adopt_gateway: bool,
    /// The longest wait for a connection.
    pub connect_timeout: Duration,
    /// The longest wait for a response.
    pub timeout: Duration,
    /// Certificates to trust in place of the built-in ones.
    pub ca_file: Option<PathBuf>,
    /// Paths and other options about files.
    pub files: Files,
    /// Options for output.
    pub output: OutputArgs,
    /// What is wrong with the settings and stops no run.
    pub warnings: Vec<String>,
}

/// The gateway that messages are sent to.
pub enum Target {
    /// None: the run is only a check.
    Check {
        /// The gateway whose results count.
        gateway: String,
    },
    /// The mock gateway inside the program.
    Rehearsal,
    /// A real gateway.
    Gateway {
        /// Its address.
        address: Address,
        /// Its API key.
        key: Secret,
    },
}

impl Target {
    /// Returns whether this is LipaChat's own gateway.
    #[must_use]
    pub fn is_the_usual(&self) -> bool {
        GATEWAY.strip_prefix("https://") == Some(&self.name())
    }

    /// The value in the ledger's `gateway` column: `host[:port]`, or `rehearsal`.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Check { gateway } => gateway.clone(),
            Self::Rehearsal => REHEARSAL.to_owned(),
            Self::Gateway { address, .. } => address.name(),
        }
    }

    /// Returns whether messages go to a real gateway.
    #[must_use]
    pub fn is_real(&self) -> bool {
        matches!(self, Self::Gateway { .. })
    }

    /// Returns whether nothing is sent.
    #[must_use]
    pub fn is_check(&self) -> bool {
        matches!(self, Self::Check { .. })
    }
}

/// The refused messages of earlier runs that are sent again (`--retry-refused`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetryRefused {
    /// None of them.
    None,
    /// All of them.
    All,
    /// Those refused with one of these codes.
    Codes(Vec<String>),
}

/// Options about files.
#[derive(Debug, Clone)]
pub struct Files {
    /// The results file.
    pub results: PathBuf,
    /// The rejects file, if one is named.
    pub rejects: Option<PathBuf>,
    /// The not-sent file, if one is named; an empty path if it goes beside the list.
    pub not_sent: Option<PathBuf>,
    /// The other files that options name and that are read, but for ledgers.
    pub read: NamedFiles,
    /// More results files to read.
    pub ledgers: Vec<PathBuf>,
    /// True if results that hold less than is remembered are taken as they are.
    pub accept_results: bool,
    /// The longest wait for another run to finish, if one is given.
    pub lock_wait: Option<Duration>,
}

impl Config {
    /// Resolves and checks the options of `send` or, with `check`, of `check`.
    ///
    /// # Errors
    /// Every error in the options alone: exit code 2.
    pub fn resolve(args: CampaignArgs, check: bool, stop: &Stop) -> Result<Self, Fatal> {
        let check = check || args.output.dry_run;
        let mut phones = PhoneOptions {
            region: args.reading.region,
            numbers: args.reading.numbers,
            check: args.reading.phone_check,
            ..PhoneOptions::default()
        };
        let (from, sender_assumed) = sender(&args, &phones, check)?;
        let countries: Countries = args.reading.countries.iter().copied().collect();
        phones.countries = Some(countries).filter(|countries| !countries.is_empty());
        phones.known = countries;
        // The sandbox number that is assumed is nobody's word.
        phones.known.extend(Region::of(&from).filter(|_| !sender_assumed));
        phones.known.extend(phones.region);
        phones.suggest = phones.known.only();
        let to = recipients(&args.content.to, &phones, from)?;
        let test_to = test_number(&args, &phones, from, check)?;
        let target = target(&args, check, stop)?;
        let rehearsal = args.gateway.rehearse;
        let files = files(&args, rehearsal, check)?;
        check_stdout(&args.output)?;
        let key_file = args.gateway.api_key_file.as_deref().filter(|_| !rehearsal);
        Ok(Self {
            to,
            origin: Arc::new(Origin {
                campaign: name::clean(&args.content.campaign).into_owned(),
                from,
            }),
            sender_assumed,
            phones,
            wa_id_from_phone: args.content.wa_id_from_phone,
            engine: engine_options(&args, rehearsal),
            when: When::resolve(&args.when)?,
            test_to,
            limit: args.sending.limit,
            retry_refused: retry_refused(&args.sending.retry_refused),
            send_changed: args.sending.send_changed,
            warnings: key_file.and_then(api_key_source::readable_by_others).into_iter().collect(),
            target,
            files,
            adopt_gateway: args.gateway.adopt_gateway,
            connect_timeout: args.sending.connect_timeout,
            timeout: args.sending.timeout,
            ca_file: args.gateway.ca_file,
            recipients: args.content.recipients,
            card: args.content.card,
            reading: args.reading,
            output: args.output,
            inputs: args.inputs,
        })
    }

    /// Returns whether the sender is the sandbox number.
    #[must_use]
    pub fn is_sandbox(&self) -> bool {
        self.origin.from.as_str() == SANDBOX
    }

    /// Returns whether `--to` or `--recipients` names the recipients.
    #[must_use]
    pub fn has_recipients(&self) -> bool {
        !self.to.is_empty() || self.recipients.is_some()
    }
}

/// Returns the sender, and whether it was assumed.
fn sender(
    args: &CampaignArgs,
    options: &PhoneOptions,
    check: bool,
) -> Result<(PhoneNumber, bool), Fatal> {
    let given = args.content.from.clone().or_else(|| env::var("LIPACHAT_PHONE_NUMBER").ok());
    let international =
        PhoneOptions { numbers: NumberStyle::International, ..PhoneOptions::default() };
    match given {
        // It usually has its country code, whatever `--region` the lists need. Many are fixed lines.
        Some(text) => Ok((
            number("--from", &text, &international)
                .or_else(|_| number("--from", &text, options))?,
            false,
        )),
        None if check || args.gateway.rehearse => {
            Ok((number("--from", SANDBOX, &PhoneOptions::default())?, true))
        }
        None => Err(Fatal::usage(format!(
            "no sender: use --from NUMBER with your WhatsApp Business number (or {SANDBOX}, the sandbox)"
        ))),
    }
}

fn number(flag: &str, text: &str, options: &PhoneOptions) -> Result<PhoneNumber, Fatal> {
    phone::parse_number(text, Role::To, options)
        .map(|parsed| parsed.number)
        .map_err(|problem| Fatal::usage(format!("{flag} \"{text}\" {problem}")))
}

fn recipients(
    texts: &[String],
    options: &PhoneOptions,
    from: PhoneNumber,
) -> Result<Vec<PhoneNumber>, Fatal> {
    let mut numbers = Vec::with_capacity(texts.len());
    for text in texts {
        let to = number("--to", text, options)?;
        if to == from {
            return Err(Fatal::usage(format!(
                "--to {text} is the sender itself, which WhatsApp refuses"
            )));
        }
        if !numbers.contains(&to) {
            numbers.push(to);
        }
    }
    Ok(numbers)
}

/// Returns the number of `--test-to`.
fn test_number(
    args: &CampaignArgs,
    options: &PhoneOptions,
    from: PhoneNumber,
    check: bool,
) -> Result<Option<PhoneNumber>, Fatal> {
    let Some(text) = &args.sending.test_to else { return Ok(None) };
    if check {
        return Err(Fatal::usage(
            "--test-to sends a message, and a check sends nothing (use lipasend send)",
        ));
    }
    match number("--test-to", text, options)? {
        to if to == from => Err(Fatal::usage(format!(
            "--test-to {text} is the sender itself, which WhatsApp refuses"
        ))),
        to => Ok(Some(to)),
    }
}

fn target(args: &CampaignArgs, check: bool, stop: &Stop) -> Result<Target, Fatal> {
    // A rehearsal ignores a configured gateway.
    match (check, args.gateway.rehearse) {
        (true, true) => return Ok(Target::Check { gateway: REHEARSAL.to_owned() }),
        (false, true) => return Ok(Target::Rehearsal),
        (_, false) => {}
    }
    let address = args.gateway.gateway.clone().or_else(|| env::var("LIPACHAT_GATEWAY_URL").ok());
    let address: Address = address
        .as_deref()
        .unwrap_or(GATEWAY)
        .parse()
        .map_err(|error| Fatal::usage(format!("--gateway: {error}")))?;
    if check {
        return Ok(Target::Check { gateway: address.name() });
    }
    let file = args.gateway.api_key_file.as_deref();
    let key = api_key_source::read(file, args.gateway.api_key_command.as_deref(), stop)?;
    api_key_source::check_is_nowhere_else(&key, &args.content.campaign, &address.name())?;
    Ok(Target::Gateway { address, key })
}

fn engine_options(args: &CampaignArgs, rehearsal: bool) -> EngineOptions {
    let pair_rate = match rehearsal {
        true => Rate::Unlimited,
        false => PAIR_RATE.parse().unwrap_or(Rate::Unlimited),
    };
    EngineOptions {
        rate: args.sending.rate,
        recipient_rate: args.sending.recipient_rate.unwrap_or(pair_rate),
        concurrency: usize::from(args.sending.concurrency),
        retry_policy: RetryPolicy {
            retries: args.sending.retries,
            hold_unknown: args.sending.on_unknown == OnUnknown::Hold,
        },
        to_format: args.gateway.to_format,
        limit: args.sending.limit,
        max_duration: args.sending.max_duration,
        halt: args.sending.halt,
        retry_for: args.sending.retry_for,
        canary: args.sending.canary,
    }
}

fn retry_refused(codes: &[String]) -> RetryRefused {
    match codes {
        [] => RetryRefused::None,
        // In a variable or a file it may be a switch.
        [word] if ["all", "true", "yes", "on", "1"].contains(&word.as_str()) => RetryRefused::All,
        [word] if ["none", "false", "no", "off"].contains(&word.as_str()) => RetryRefused::None,
        codes => RetryRefused::Codes(codes.to_vec()),
    }
}

/// Checks that standard output gets one thing only.
fn check_stdout(output: &OutputArgs) -> Result<(), Fatal> {
    let reports = output.report.iter().filter(|report| report.is_stdout()).count();
    let is_summary = output.summary_json.as_deref() == Some(Path::new("-"));
    let other = match reports {
        0 => return Ok(()),
        1 if is_summary => "--summary-json - goes",
        1 if output.show > 0 => "--show prints",
        1 => return Ok(()),
        _ => "another --report - goes",
    };
    Err(Fatal::usage(format!(
        "--report - goes to standard output, and {other} there too (name a file for one of them)"
    )))
}

/// The name of the results file for a check of several inputs.
const UNNAMED: &str = "lipasend.results.csv";

/// Returns the paths: as named, or beside the only input.
fn files(args: &CampaignArgs, rehearsal: bool, check: bool) -> Result<Files, Fatal> {
    let results = match (&args.files.results, args.inputs.as_slice()) {
        (Some(path), _) => path.clone(),
        (None, [only]) if only != Path::new("-") && !only.is_dir() => {
            names::results_path(only, rehearsal)
        }
        // A check writes no results. It reads those in the folder of the first input.
        (None, [first, ..]) if check && first.is_dir() => first.join(UNNAMED),
        (None, [first, ..]) if check => first.with_file_name(UNNAMED),
        (None, _) => {
            return Err(Fatal::usage(
                "standard input, a folder or several inputs need --results FILE for the outcomes",
            ));
        }
    };
    check_is_regular("--results", &results)?;
    let not_sent = args.files.not_sent.as_ref().map(PathBuf::from);
    for (flag, path) in [("--rejects", &args.files.rejects), ("--not-sent", &not_sent)] {
        if path.as_deref() == Some(Path::new("-")) {
            return Err(Fatal::usage(format!(
                "{flag} needs the name of a file, because standard output has the summary"
            )));
        }
    }
    Ok(Files {
        results,
        rejects: args.files.rejects.clone(),
        not_sent,
        read: read_files(args),
        ledgers: args.files.ledger.clone(),
        accept_results: args.files.accept_results,
        lock_wait: args.files.lock_wait,
    })
}
