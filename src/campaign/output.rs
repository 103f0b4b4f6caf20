//! The output of a run (the plan, the question, the summary) and its exit code.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Run;
use super::finished::Finished;
use super::given_back::{options_to_give_also, options_to_leave_out};
use super::inputs::Input;
use super::json_report::JsonReports;
use super::may_go::MayGo;
use super::summary_json::Ended;
use crate::config::Config;
use crate::eligibility::held::Held;
use crate::exit::{ExitCode, Fatal};
use crate::prepare::payload::ToFormat;
use crate::prepare::phone::Region;
use crate::read::{Facts, SourceId};
use crate::record::names::REHEARSAL;
use crate::report::ended::Ending;
use crate::report::event_log::{self, LogEvent};
use crate::report::format::{counted, shortened};
use crate::report::next::NextSteps;
use crate::report::pace::{Load, Pace};
use crate::report::plan::{ListFacts, Plan, RowsAre, Sandbox};
use crate::report::report_file::ReportFile;
use crate::report::screen::height;
use crate::report::summary::Summary;
use crate::report::terminal;
use crate::report::when::WhenPlan;
use crate::send::engine::{End, Halted};
use crate::send::outcome::StopReason;
use crate::units::printable::printable;
use crate::units::{show_duration, show_number};

/// The lines of the question below a plan.
const QUESTION_LINES: usize = 2;

/// The number of numbers and cards that the plan names.
const NAMED: usize = 3;

impl Run<'_> {
    /// Prints the plan to stderr, before the question.
    pub(super) fn print_plan(&self) {
        self.log_plan();
        if !self.config.output.quiet {
            let below = QUESTION_LINES;
            let plan = self.plan(self.shows_values(terminal::stderr_is_terminal()));
            let text = plan.show(&|place| self.inputs.show_place(place), below);
            terminal::report_to_stderr(&text);
        }
    }

    fn log_plan(&self) {
        event_log::write(&LogEvent::Plan {
            rows: self.preflight.tally.rows,
            messages: self.preflight.messages,
            to_send: self.to_send(),
            takes_s: self.pace().takes.map(|takes| takes.as_secs_f64()),
        });
    }

    /// Prints the plan of a check, what there is to say behind it, and what to type next. It goes to
    /// stdout, or to stderr if stdout has something else.
    pub(super) fn print_check(&self, finished: &Finished) -> Result<Ended, Fatal> {
        let exit = self.exit_code(finished);
        let summary = self.summary(finished, exit);
        if event_log::is_on() {
            self.log_plan();
            finished.warnings.iter().for_each(|warning| terminal::message(warning));
        }
        let mut printed = Ok(());
        if !self.config.output.quiet {
            let plan = self.plan(true);
            let below = plan.fit_below(&summary.show_check());
            let words = self.words_behind_the_command();
            let next = NextSteps {
                words: &words,
                has_findings: self.preflight.tally.has_findings(),
                can_send: self.to_send() > 0,
                needs_sender: self.config.sender_assumed,
                needs_results: self.inputs.inputs.len() > 1
                    && !words.iter().any(|word| word.starts_with("--results")),
            };
            let next = next.show();
            let lines = height(&below) + height(&next) + usize::from(!next.is_empty());
            let mut text = plan.show(&|place| self.inputs.show_place(place), lines);
            text.push_str(&below);
            if !next.is_empty() {
                text.push('\n');
                text.push_str(&next);
            }
            match self.stdout_is_taken() {
                true => terminal::report_to_stderr(&text),
                false => printed = terminal::report(&text),
            }
        }
        self.ended(finished, printed)
    }

    /// The end of a run whose result was printed, or could not be.
    fn ended(&self, finished: &Finished, printed: Result<(), Fatal>) -> Result<Ended, Fatal> {
        let exit = match &printed {
            Ok(()) => self.exit_code(finished),
            Err(fatal) => self.exit_code(finished).worst(fatal.code),
        };
        let json = as_json(&self.summary(finished, exit))?;
        Ok(Ended { json, result: printed.map(|()| exit) })
    }

    /// Returns whether stdout has requests, a report or the summary as JSON, and nothing else.
    fn stdout_is_taken(&self) -> bool {
        let output = &self.config.output;
        let summary = output.summary_json.as_ref();
        let has_report = output.report.iter().any(ReportFile::is_stdout);
        output.show > 0 || has_report || summary.is_some_and(|path| path.as_os_str() == "-")
    }

    /// The words of the command line behind `check` or `send`, each quoted for a shell.
    fn words_behind_the_command(&self) -> Vec<String> {
        let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
        let words = words.skip_while(|word| word != "check" && word != "send").skip(1);
        words.filter(|word| word != "--dry-run").map(|word| shell_word(&word)).collect()
    }

    /// "12,300 messages from 254… at 10/s, about 20 min 30 s. Send?"
    pub(super) fn question(&self) -> String {
        let takes = match self.pace().takes {
            Some(takes) => format!(", about {}", show_duration(takes)),
            None => String::new(),
        };
        format!(
            "{} from {} at {}{takes}. Send?",
            counted(self.to_send(), "message"),
            self.config.origin.from,
            self.config.engine.rate,
        )
    }

    /// Counts an input's rows that were read as Windows-1252, the header included.
    fn windows_1252_rows(&self, input: &Input) -> u64 {
        let rows = self.preflight.tally.windows_1252.get(&input.source.id).copied().unwrap_or(0);
        match &input.facts {
            Some(Facts::Csv(facts)) if !input.mapping.is_headerless() => {
                rows + facts.windows_1252_rows
            }
            _ => rows,
        }
    }

    pub(super) fn plan(&self, show_values: bool) -> Plan<'_> {
        let config = self.config;
        let inputs = self.inputs.inputs.iter().chain(&self.inputs.beside);
        Plan {
            lists: inputs
                .map(|input| ListFacts {
                    id: input.source.id,
                    name: &input.source.name,
                    mapping: &input.mapping,
                    facts: input.facts.as_ref(),
                    windows_1252_rows: self.windows_1252_rows(input),
                })
                .collect(),
            main_lists: self.inputs.inputs.len(),
            only_list: self.only_list(),
            rows_are: match self.inputs.recipients.is_empty() {
                true => RowsAre::People,
                false => RowsAre::Cards,
            },
            rows: self.preflight.rows,
            nobody: self.preflight.nobody,
            recipients: self.show_recipients(show_values),
            cards: self.show_cards(show_values),
            origin: &config.origin,
            sandbox: config.is_sandbox().then_some(Sandbox { assumed: config.sender_assumed }),
            gateway: match config.target.name() {
                name if name == REHEARSAL => Some(
                    "a mock gateway inside this program; nothing leaves this machine".to_owned(),
                ),
                name => Some(name).filter(|_| !config.target.is_the_usual()),
            },
            concurrency: config.engine.concurrency as u64,
            pace: self.pace(),
            rate: config.engine.rate,
            recipient_rate: config.engine.recipient_rate,
            most_to_one: self.preflight.most_to_one,
            other_ledgers: self.prior.other_ledgers(),
            messages: self.preflight.messages,
            refused_codes: &self.preflight.refused_codes,
            in_doubt: self.preflight.in_doubt,
            other_senders: self.prior.other_senders(config.origin.from.as_str()),
            damaged: if self.preflight.messages.left > 0 { self.prior.damaged() } else { 0 },
            to_send: self.to_send(),
            canary: config.engine.canary,
            when: self.when_plan(),
            without_wa_id: &self.preflight.without_wa_id,
            tally: &self.preflight.tally,
            example: self.preflight.example.as_ref(),
            show_values,
            verbose: config.output.verbose,
            known: self.inputs.known.union(&config.phones.known),
            region: config.phones.region,
            sender: Region::of(&config.origin.from)
                .filter(|_| !config.sender_assumed && config.engine.to_format == ToFormat::Digits),
        }
    }

    /// The only list whose rows become messages.
    fn only_list(&self) -> Option<SourceId> {
        match self.inputs.inputs.as_slice() {
            [one] => Some(one.source.id),
            _ => None,
        }
    }

    /// The people who get the cards of the rows.
    fn show_recipients(&self, show_values: bool) -> Option<String> {
        let people = &self.inputs.recipients;
        people.first()?;
        let number = match people.len() {
            1 => "1 person".to_owned(),
            many => format!("{} people", show_number(many as u64)),
        };
        Some(match (self.inputs.beside.is_empty(), people.len(), show_values) {
            (true, 1..=NAMED, true) => {
                let numbers = people.iter().map(|(to, _)| to.to_string());
                numbers.collect::<Vec<_>>().join(" ")
            }
            (true, ..) => number,
            (false, ..) => format!("{number} of {}", self.lists_beside()),
        })
    }

    /// The cards that every person in the rows gets.
    fn show_cards(&self, show_values: bool) -> Option<String> {
        let cards = &self.inputs.cards;
        let first = cards.first()?;
        let lists = self.lists_beside();
        Some(match (cards.len(), show_values) {
            (1, true) => {
                let phones = first.phones.iter().map(|phone| phone.number.to_string());
                let phones = phones.collect::<Vec<_>>().join(" ");
                format!("\"{}\" {phones} ({lists})", shortened(&first.name))
            }
            (1, false) => lists,
            (many, _) => format!("{} cards of {lists}", show_number(many as u64)),
        })
    }

    /// The names of the `--recipients` or `--card` files.
    fn lists_beside(&self) -> String {
        let names = self.inputs.beside.iter().map(|one| one.source.name.as_str());
        names.collect::<Vec<_>>().join(", ")
    }

    /// How long sending takes.
    pub(super) fn pace(&self) -> Pace {
        Pace::of(&self.load(), self.may_go.now)
    }

    /// What is to be sent, and the limits.
    pub(super) fn load(&self) -> Load<'_> {
        let engine = &self.config.engine;
        Load {
            messages: self.to_send(),
            most_to_one: self.preflight.most_to_one,
            rate: engine.rate,
            recipient_rate: engine.recipient_rate,
            concurrency: engine.concurrency as u64,
            hours: self.may_go.eligibility.hours.as_ref(),
        }
    }

    /// The number of messages that the plan sends.
    pub(super) fn to_send(&self) -> u64 {
        let due = self.preflight.messages.left - self.preflight.when.left;
        due.min(self.config.limit.unwrap_or(u64::MAX))
    }

    fn when_plan(&self) -> WhenPlan<'_> {
        let MayGo { eligibility, events, now, .. } = self.may_go;
        let inputs = self.inputs.inputs.iter().chain(&self.inputs.beside);
        WhenPlan {
            counts: &self.preflight.when,
            missing: eligibility.session.map(|rule| rule.missing),
            knows_times: !eligibility.heard.is_empty(),
            in_future: eligibility.heard.in_future(),
            likely_column: inputs.into_iter().find_map(|one| one.mapping.likely_last_inbound()),
            events: *events,
            hours: eligibility.hours.as_ref(),
            zone: self.config.when.zone.to_string(),
            caps: self.config.when.caps,
            rate: self.config.engine.rate,
            now: *now,
        }
    }

    /// Returns whether names and numbers may be printed: to a person, not to a log. `person` is
    /// whether the stream is a terminal.
    fn shows_values(&self, person: bool) -> bool {
        let output = &self.config.output;
        self.config.target.is_check() || output.verbose || person
    }

    /// Writes the JSON reports, then prints the summary.
    pub(super) fn end(&self, mut finished: Finished, json: JsonReports) -> Result<Ended, Fatal> {
        let written = self.write_json_reports(json, &finished, self.exit_code(&finished));
        if let Err(error) = written {
            finished.fatal.get_or_insert(error);
        }
        self.print_summary(&finished)
    }

    /// Prints the summary, and returns it as JSON with the exit code.
    fn print_summary(&self, finished: &Finished) -> Result<Ended, Fatal> {
        let exit = self.exit_code(finished);
        let summary = self.summary(finished, exit);
        if event_log::is_on() {
            finished.warnings.iter().for_each(|warning| terminal::message(warning));
        }
        if event_log::is_on() || self.config.output.quiet {
            self.print_trouble(finished, exit);
        }
        let printed = match (self.config.output.quiet, self.stdout_is_taken()) {
            (true, _) => Ok(()),
            (false, true) => {
                terminal::report_to_stderr(&summary.show());
                Ok(())
            }
            (false, false) => terminal::report(&summary.show()),
        };
        self.ended(finished, printed)
    }

    /// Without a summary on stderr: prints why the run ended if that is an error.
    fn print_trouble(&self, finished: &Finished, exit: ExitCode) {
        let is_error = matches!(
            exit,
            ExitCode::Internal
                | ExitCode::Usage
                | ExitCode::Input
                | ExitCode::Unavailable
                | ExitCode::SetUp
        );
        if let (true, Some(why)) = (is_error, self.why_it_ended(finished)) {
            terminal::error(&why);
        }
    }

    /// Ends the run with an error after the first pass: the JSON reports and the summary as JSON have
    /// its counts.
    pub(super) fn fail(
        &self,
        mut finished: Finished,
        fatal: Fatal,
        json: JsonReports,
    ) -> Result<Ended, Fatal> {
        finished.fatal = Some(Fatal::new(fatal.code, fatal.message.clone()));
        let fatal = match self.write_json_reports(json, &finished, fatal.code) {
            Ok(()) => fatal,
            Err(unwritten) => Fatal::internal(format!("{fatal}; {unwritten}")),
        };
        let exit = fatal.code;
        finished.fatal = Some(Fatal::new(exit, fatal.message.clone()));
        Ok(Ended { json: as_json(&self.summary(&finished, exit))?, result: Err(fatal) })
    }

    pub(super) fn summary<'s>(&'s self, finished: &'s Finished, exit: ExitCode) -> Summary<'s> {
        let config = self.config;
        Summary {
            tally: &self.preflight.tally,
            messages: finished.messages,
            refused_before: self.preflight.messages.refused + finished.not_reached.refused(),
            refused_codes: self.refused_before(finished),
            unknown_before: self.preflight.messages.unknown,
            not_reached: &finished.not_reached,
            run: Some(self.began),
            finished_at: Timestamp::now(),
            held: &finished.held,
            errors: &finished.errors,
            exit: exit.number(),
            ended: self.why_it_ended(finished),
            elapsed: finished.elapsed,
            results: finished.results.then_some(config.files.results.as_path()),
            rejects: &finished.rejects,
            not_sent: &finished.not_sent,
            leave_out: options_to_leave_out(config),
            give_also: options_to_give_also(config, finished),
            go_on: self.go_on(finished),
            warnings: &finished.warnings,
        }
    }

    /// The messages that an earlier run left refused and that stay so, by code.
    fn refused_before(&self, finished: &Finished) -> BTreeMap<String, u64> {
        let mut codes = self.preflight.refused_codes.clone();
        for (code, number) in &finished.not_reached.refused_codes {
            *codes.entry(code.clone()).or_default() += number;
        }
        codes
    }

    /// The most severe of all exit codes that apply.
    pub(super) fn exit_code(&self, finished: &Finished) -> ExitCode {
        let messages = &finished.messages;
        let mut code = ExitCode::Success;
        let tally = &self.preflight.tally;
        let held = finished.held.iter().filter(|(held, _)| **held != Held::Edited);
        let held: u64 = held.map(|(_, number)| number).sum();
        let not_sent = messages.not_sent() + tally.edited.held_in_doubt() + held;
        if tally.rows.rejected > 0 || (not_sent > 0 && !self.config.target.is_check()) {
            code = code.worst(ExitCode::Incomplete);
        }
        if finished.to_send_again() > 0
            && self.config.limit.is_some()
            && !self.config.target.is_check()
        {
            code = code.worst(ExitCode::Limit);
        }
        match (finished.end, &finished.fatal) {
            // The error that could not be written has a code of its own.
            (Some(End::NotWritten), Some(fatal)) => code.worst(fatal.code),
            (end, fatal) => {
                let ended = end.map_or(ExitCode::Success, code_of);
                let fatal = fatal.as_ref().map_or(ExitCode::Success, |fatal| fatal.code);
                code.worst(ended).worst(fatal)
            }
        }
    }

    fn why_it_ended(&self, finished: &Finished) -> Option<String> {
        if let Some(fatal) = &finished.fatal {
            return Some(fatal.message.clone());
        }
        let ended = Ending {
            end: finished.end?,
            left: finished.to_send_again(),
            options: &self.config.engine,
            hours: self.config.when.hours.as_ref(),
            zone: &self.config.when.zone,
            now: Timestamp::now(),
        };
        ended.why()
    }

    /// The command that sends what is left, when running again helps. It may contain numbers, so a
    /// log gets "the same command" instead.
    fn go_on(&self, finished: &Finished) -> Option<String> {
        let messages = &finished.messages;
        let held = self.config.engine.retry_policy.hold_unknown;
        let unknown = if held { 0 } else { messages.unknown };
        if finished.to_send_again() + messages.failed + unknown == 0 || !finished.results {
            return None;
        }
        if self.exit_code(finished) == ExitCode::SetUp {
            return Some("the same command, once that is fixed".to_owned());
        }
        if !self.shows_values(terminal::stdout_is_terminal()) {
            return Some("the same command".to_owned());
        }
        let words: Vec<String> =
            std::env::args_os().map(|word| shell_word(&word.to_string_lossy())).collect();
        Some(words.join(" "))
    }
}

fn as_json(summary: &Summary<'_>) -> Result<String, Fatal> {
    summary.to_json().map_err(|error| Fatal::internal(error.to_string()))
}

/// What is reported when a second signal ends the process at once.
pub(super) fn words_at_second_signal(config: &Config) -> &'static str {
    match (config.target.is_check(), config.engine.retry_policy.hold_unknown) {
        (true, _) => "ended at once; nothing was sent",
        (false, false) => {
            "ended at once; nothing is lost: run the same command again, what was in flight keeps its id"
        }
        (false, true) => {
            "ended at once; nothing is lost: what was in flight is unknown (--on-unknown hold)"
        }
    }
}

fn code_of(end: End) -> ExitCode {
    match end {
        End::Done => ExitCode::Success,
        End::NotWritten => ExitCode::Internal,
        End::Refused(StopReason::OwnLimit) => ExitCode::Internal,
        End::Refused(_) => ExitCode::SetUp,
        End::Halted(Halted::Down(_) | Halted::Paused(_) | Halted::Failing) => ExitCode::Unavailable,
        End::Halted(Halted::Refusing | Halted::WrongSetUp | Halted::NoSession | Halted::Canary) => {
            ExitCode::SetUp
        }
        End::Signal(signal) => signal.into(),
        End::MaxDuration | End::OutsideHours(_) => ExitCode::MaxDuration,
        End::DailyCap(_) => ExitCode::DailyCap,
    }
}

/// Quotes a word for a shell; one that cannot be printed as it is, for those that know `$'\x1b'`.
pub(super) fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    if matches!(printable(word), Cow::Borrowed(_)) {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    let byte = |byte: u8| match byte {
        b'\'' | b'\\' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\x{byte:02x}"),
    };
    format!("$'{}'", word.bytes().map(byte).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[test]
    fn a_quoted_word_is_one_word_for_the_shell() {
        for (word, quoted) in [
            ("samples/contacts.csv", "samples/contacts.csv"),
            ("my list.csv", "'my list.csv'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
            ("a\u{1b}'b\u{202e}.csv", r"$'a\x1b\'b\xe2\x80\xae.csv'"),
        ] {
            assert_eq!(shell_word(word), quoted);
        }
    }
}
