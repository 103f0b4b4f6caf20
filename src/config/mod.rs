//! Flags, environment and file become one `Config`, all of it checked before the first row is read.
//!
//! `cli` says what can be typed and `file` brings the environment and the file into that form; here
//! everything is resolved and cross-checked. What needs the lists' content is not known here.

pub mod api_key_source;
pub mod layers;

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::cli::{CampaignArgs, OnUnknown, ReadingArgs, TellingArgs};
use crate::exit::Fatal;
use crate::prepare::message::Origin;
use crate::prepare::name;
use crate::prepare::phone::{self, PhoneNumber, PhoneRules, Region, Role};
use crate::record::names::{self, REHEARSAL};
use crate::send::engine::Rules;
use crate::send::gateway::{Address, Secret};
use crate::send::outcome::RetryPolicy;
use crate::send::pacer::Rate;

/// LipaChat's own address.
const GATEWAY: &str = "https://gateway.lipachat.com";

/// The number that everybody may try the gateway with.
const SANDBOX: &str = "254110090747";

/// WhatsApp's own limit for one sender and one recipient.
const PAIR_RATE: &str = "1/6s";

/// Everything a campaign needs to know before the first row is read.
pub struct Config {
    /// The inputs as given.
    pub inputs: Vec<PathBuf>,
    /// Recipients given as flags.
    pub to: Vec<PhoneNumber>,
    /// A list of recipients.
    pub recipients: Option<PathBuf>,
    /// The cards that every recipient in the input gets.
    pub card: Option<PathBuf>,
    /// Campaign and sender.
    pub origin: Arc<Origin>,
    /// Whether the sender was not given: it is the sandbox number then.
    pub sender_assumed: bool,
    /// How numbers are read.
    pub phones: PhoneRules,
    /// Whether numbers are their own WhatsApp ids where the list gives none.
    pub wa_id_from_phone: bool,
    /// How the lists are read.
    pub reading: ReadingArgs,
    /// How messages are sent.
    pub rules: Rules,
    /// The most messages of this run.
    pub limit: Option<u64>,
    /// Which refused messages of earlier runs are tried again.
    pub retry_refused: RetryRefused,
    /// Whether cards that were sent under another name are sent again.
    pub send_changed: bool,
    /// Where to.
    pub target: Target,
    /// Whether results of another gateway address are gone on with.
    pub adopt_gateway: bool,
    /// The longest wait for a connection, and for an answer.
    pub connect_timeout: Duration,
    /// See `connect_timeout`.
    pub timeout: Duration,
    /// Certificates to trust in place of the built-in ones.
    pub ca_file: Option<PathBuf>,
    /// Where things are kept.
    pub files: Files,
    /// What is told, and how.
    pub telling: TellingArgs,
}

/// Where the messages go.
pub enum Target {
    /// Nowhere: only say what would be sent.
    Check {
        /// The gateway whose results are heeded.
        gateway: String,
    },
    /// To a stand-in inside the program.
    Rehearsal,
    /// To a gateway.
    Gateway {
        /// Its address.
        address: Address,
        /// The key; it leaves its type only in the request's header.
        key: Secret,
    },
}

impl Target {
    /// The name in the ledger's `gateway` column: `host[:port]`, or `rehearsal`.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Check { gateway } => gateway.clone(),
            Self::Rehearsal => REHEARSAL.to_owned(),
            Self::Gateway { address, .. } => address.name(),
        }
    }

    /// Whether nothing is to be sent.
    #[must_use]
    pub fn is_check(&self) -> bool {
        matches!(self, Self::Check { .. })
    }
}

/// Which refused messages of earlier runs are tried again (`--retry-refused`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetryRefused {
    /// None of them.
    None,
    /// All of them.
    All,
    /// Those refused with one of these codes.
    Codes(Vec<String>),
}

/// Where things are kept, and the rest of the options about files and the gateway.
#[derive(Debug, Clone)]
pub struct Files {
    /// The results file.
    pub results: PathBuf,
    /// Where rejects go, when said.
    pub rejects: Option<PathBuf>,
    /// More results to heed.
    pub ledgers: Vec<PathBuf>,
    /// How long to wait for another run to finish.
    pub lock_wait: Duration,
}

impl Config {
    /// Resolves and checks what was typed for `send` or, with `check`, for `check`.
    ///
    /// # Errors
    /// Everything that is wrong with the options by themselves: exit code 2.
    pub fn resolve(args: CampaignArgs, check: bool) -> Result<Self, Fatal> {
        let check = check || args.telling.dry_run;
        let mut phones = PhoneRules {
            region: args.reading.region,
            numbers: args.reading.numbers,
            check: args.reading.phone_check,
            ..PhoneRules::default()
        };
        let (from, sender_assumed) = sender(&args, &phones, check)?;
        phones.suggest = Region::of(&from);
        let to = recipients(&args.content.to, &phones, from)?;
        let target = target(&args, check)?;
        let rehearsal = args.gateway.rehearse;
        let files = files(&args, rehearsal, check)?;
        Ok(Self {
            to,
            origin: Arc::new(Origin {
                campaign: name::clean(&args.content.campaign).into_owned(),
                from,
            }),
            sender_assumed,
            phones,
            wa_id_from_phone: args.content.wa_id_from_phone,
            rules: rules(&args, rehearsal),
            limit: args.sending.limit,
            retry_refused: retry_refused(&args.sending.retry_refused),
            send_changed: args.sending.send_changed,
            target,
            files,
            adopt_gateway: args.gateway.adopt_gateway,
            connect_timeout: args.sending.connect_timeout,
            timeout: args.sending.timeout,
            ca_file: args.gateway.ca_file,
            recipients: args.content.recipients,
            card: args.content.card,
            reading: args.reading,
            telling: args.telling,
            inputs: args.inputs,
        })
    }

    /// Whether the sender is the number that everybody may try the gateway with.
    #[must_use]
    pub fn is_sandbox(&self) -> bool {
        self.origin.from.as_str() == SANDBOX
    }

    /// Whether recipients are given apart from the rows.
    #[must_use]
    pub fn has_recipients(&self) -> bool {
        !self.to.is_empty() || self.recipients.is_some()
    }
}

/// The sender, and whether it was not said.
fn sender(
    args: &CampaignArgs,
    rules: &PhoneRules,
    check: bool,
) -> Result<(PhoneNumber, bool), Fatal> {
    let given = args.content.from.clone().or_else(|| env::var("LIPACHAT_PHONE_NUMBER").ok());
    match given {
        // Nearly everybody writes it with its country code, whatever the region of the lists is.
        Some(text) => Ok((
            number("--from", &text, &PhoneRules::default())
                .or_else(|_| number("--from", &text, rules))?,
            false,
        )),
        None if check || args.gateway.rehearse => {
            Ok((number("--from", SANDBOX, &PhoneRules::default())?, true))
        }
        None => Err(Fatal::usage(format!(
            "no sender: use --from NUMBER with your WhatsApp Business number (or {SANDBOX}, the sandbox)"
        ))),
    }
}

fn number(flag: &str, text: &str, rules: &PhoneRules) -> Result<PhoneNumber, Fatal> {
    phone::read_number(text, Role::To, rules)
        .map(|reading| reading.number)
        .map_err(|problem| Fatal::usage(format!("{flag} \"{text}\" {problem}")))
}

fn recipients(
    texts: &[String],
    rules: &PhoneRules,
    from: PhoneNumber,
) -> Result<Vec<PhoneNumber>, Fatal> {
    let mut numbers = Vec::with_capacity(texts.len());
    for text in texts {
        let to = number("--to", text, rules)?;
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

fn target(args: &CampaignArgs, check: bool) -> Result<Target, Fatal> {
    // A rehearsal has a gateway of its own, whatever is configured.
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
    let key = api_key_source::read(file, args.gateway.api_key_command.as_deref())?;
    Ok(Target::Gateway { address, key })
}

fn rules(args: &CampaignArgs, rehearsal: bool) -> Rules {
    let pair_rate = match rehearsal {
        true => Rate::Unlimited,
        false => PAIR_RATE.parse().unwrap_or(Rate::Unlimited),
    };
    Rules {
        rate: args.sending.rate,
        recipient_rate: args.sending.recipient_rate.unwrap_or(pair_rate),
        concurrency: usize::from(args.sending.concurrency),
        retry_policy: RetryPolicy {
            retries: args.sending.retries,
            hold_unknown: args.sending.on_unknown == OnUnknown::Hold,
        },
        to_format: args.gateway.to_format,
        max_duration: args.sending.max_duration,
        halt: args.sending.halt,
        retry_for: args.sending.retry_for,
        canary: args.sending.canary,
    }
}

fn retry_refused(codes: &[String]) -> RetryRefused {
    match codes {
        [] => RetryRefused::None,
        // As a variable or in a file it is a switch too.
        [word] if ["all", "true", "yes", "on", "1"].contains(&word.as_str()) => RetryRefused::All,
        [word] if ["none", "false", "no", "off"].contains(&word.as_str()) => RetryRefused::None,
        codes => RetryRefused::Codes(codes.to_vec()),
    }
}

/// The results file of a check that has none.
const UNSAID: &str = "lipasend.results.csv";

/// Where the results are: said, or beside the only input.
fn files(args: &CampaignArgs, rehearsal: bool, check: bool) -> Result<Files, Fatal> {
    let results = match (&args.files.results, args.inputs.as_slice()) {
        (Some(path), _) => path.clone(),
        (None, [only]) if only != Path::new("-") && !only.is_dir() => {
            names::results_path(only, rehearsal)
        }
        // A check writes no results, and where several inputs' are, nobody has said: beside the
        // first one, so that it heeds what else is there.
        (None, [first, ..]) if check && first.is_dir() => first.join(UNSAID),
        (None, [first, ..]) if check => first.with_file_name(UNSAID),
        (None, _) => {
            return Err(Fatal::usage(
                "standard input, a folder or several inputs need --results FILE for the outcomes",
            ));
        }
    };
    Ok(Files {
        results,
        rejects: args.files.rejects.clone(),
        ledgers: args.files.ledger.clone(),
        lock_wait: args.files.lock_wait,
    })
}
