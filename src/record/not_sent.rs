//! `INPUT.not-sent.csv`: the messages that were not sent, as a list in our own columns that can be
//! given as input again.
//!
//! Each line is a whole message, so that it gets the same id and needs no `--to`, `--recipients` or
//! `--card`. Numbers have a `+`: they are read the same way whatever `--numbers` and `--region` say.

use std::borrow::Cow;
use std::path::Path;

use super::beside_file::{BesideFile, List, Written};
use super::error::Error;
use super::names::Beside;
use super::output_file::OutputFile;
use crate::prepare::message::Message;
use crate::units::printable::printable;

/// A message that was not sent.
#[derive(Debug, Clone, Copy)]
pub struct Unsent<'a> {
    /// The message.
    pub message: &'a Message,
    /// The line of its list.
    pub line: u64,
    /// When its recipient last wrote, if the file has a column for it; empty if it is not known.
    pub last_inbound: &'a str,
    /// `refused`, `failed`, `unknown` or `held`.
    pub status: &'a str,
    /// The code of the failure, or of the reason for holding.
    pub code: &'a str,
    /// The reason in words.
    pub reason: &'a str,
    /// What to do.
    pub next_step: &'a str,
}

/// The columns of all not-sent files of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    /// The most numbers of a card.
    pub numbers: usize,
    /// True if there is a column for when the recipient last wrote.
    pub last_inbound: bool,
}

impl Columns {
    /// The names of the columns of a message.
    fn names(self) -> Vec<String> {
        let mut names = vec!["to".to_owned(), "name".to_owned()];
        for number in 1..=self.numbers.max(1) {
            let suffix = if number == 1 { String::new() } else { format!("_{number}") };
            names.extend(["phone", "type", "wa_id"].map(|name| format!("{name}{suffix}")));
        }
        names.push("message_id".to_owned());
        names.extend(self.last_inbound.then(|| "last_inbound_at".to_owned()));
        names
    }
}

/// The not-sent file of one input. Nothing is written before the first message.
#[derive(Debug)]
pub struct NotSent {
    file: BesideFile,
    columns: Columns,
}

impl NotSent {
    /// The file for the list called `source` in a campaign; `whole` is false when only some of its rows
    /// are read.
    #[must_use]
    pub fn new(
        output: OutputFile,
        source: &str,
        campaign: &str,
        columns: Columns,
        whole: bool,
    ) -> Self {
        let names = columns.names();
        let header: Vec<&str> = names.iter().map(String::as_str).collect();
        let list = List { source, header: &header, delimiter: b',', campaign, whole };
        Self { file: BesideFile::new(Beside::NotSent, output, &list), columns }
    }

    /// Writes one message.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write(&mut self, unsent: &Unsent<'_>) -> Result<(), Error> {
        let Unsent { message, .. } = unsent;
        let number = |number: &str| Cow::Owned(format!("+{number}"));
        let mut row: Vec<Cow<'_, str>> =
            vec![number(message.to.as_str()), (&*message.contact.name).into()];
        let phones = &message.contact.phones;
        for phone in phones {
            row.push(number(phone.number.as_str()));
            row.push(phone.kind.as_deref().unwrap_or_default().into());
            let wa_id = phone.wa_id.map(|wa_id| wa_id.as_str().to_owned());
            row.push(wa_id.unwrap_or_default().into());
        }
        for _ in phones.len()..self.columns.numbers.max(1) {
            row.extend([""; 3].map(Cow::Borrowed));
        }
        let own_id = if message.id.is_own() { message.id.as_str() } else { "" };
        row.push(own_id.into());
        if self.columns.last_inbound {
            row.push(unsent.last_inbound.into());
        }
        let source = self.file.source().to_owned();
        let why = [unsent.status, unsent.code].map(Cow::Borrowed);
        row.extend([source.into(), unsent.line.to_string().into()]);
        row.extend(why);
        row.extend([printable(unsent.reason), unsent.next_step.into()]);
        let row: Vec<&str> = row.iter().map(|cell| &**cell).collect();
        self.file.write(&row)
    }

    /// The path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Puts the file in its place. Without a message an old one is removed.
    ///
    /// # Errors
    /// [`Error::Io`]; what was there before is then still there, perhaps under its `bak` name.
    pub fn finish(self) -> Result<Written, Error> {
        self.file.finish()
    }
}
