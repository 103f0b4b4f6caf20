//! The texts that many messages of results files share, each once: error codes, runs, and where the
//! messages come from.

use std::collections::BTreeSet;

use hashbrown::HashMap;

use crate::record::ledger::{Column, Record};
use crate::record::names::REHEARSAL;

/// Where messages come from: messages of different origins are never the same campaign.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Origin {
    /// The gateway as host or host:port, or [`REHEARSAL`].
    pub(super) gateway: Box<str>,
    pub(super) campaign: Box<str>,
    /// The sender.
    pub(super) from: Box<str>,
}

/// Different values, each once with a number. The last one is found without a search.
#[derive(Debug)]
pub(super) struct Numbered<T> {
    list: Vec<T>,
    numbers: HashMap<T, u32>,
    last: u32,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self { list: Vec::new(), numbers: HashMap::new(), last: 0 }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Numbered<T> {
    /// The number of the value for which `is` holds if it is the last one, else of that which `make`
    /// returns.
    fn number(&mut self, is: impl Fn(&T) -> bool, make: impl FnOnce() -> T) -> u32 {
        if self.list.get(self.last as usize).is_some_and(is) {
            return self.last;
        }
        let value = make();
        self.last = match self.numbers.get(&value) {
            Some(number) => *number,
            None => {
                let number = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
                self.numbers.insert(value.clone(), number);
                self.list.push(value);
                number
            }
        };
        self.last
    }

    pub(super) fn get(&self, number: u32) -> &T {
        &self.list[number as usize]
    }
}

/// The texts that many messages share.
#[derive(Debug, Default)]
pub(super) struct Texts {
    /// Error codes; the empty one too.
    pub(super) codes: Numbered<Box<str>>,
    /// The meaning of each code, as the first line with it says it.
    meanings: Vec<Box<str>>,
    /// The texts of lines without a code, if all have the same.
    without_code: Option<Box<str>>,
    /// Start times of runs, as they stand in the files.
    pub(super) runs: Numbered<Box<str>>,
    pub(super) origins: Numbered<Origin>,
    /// The present name of the gateway of each origin.
    gateways: Vec<Box<str>>,
    /// The present names of gateways that were renamed (`--adopt-gateway`), by their earlier ones.
    renamed: HashMap<Box<str>, Box<str>>,
}

impl Texts {
    /// The number of a line's error code.
    pub(super) fn code(&mut self, record: &Record<'_>) -> u32 {
        let code = record.text(Column::ErrorCode);
        let code = code.trim();
        if code.is_empty() {
            self.note_without_code(&record.text(Column::Error));
        }
        let number = self.codes.number(|known| **known == *code, || code.into());
        if self.meanings.len() == number as usize {
            self.meanings.push(meaning(&record.text(Column::Error)).into());
        }
        number
    }

    /// The number of the empty code, for messages that were sent.
    pub(super) fn no_code(&mut self) -> u32 {
        let number = self.codes.number(|code| code.is_empty(), || "".into());
        if self.meanings.len() == number as usize {
            self.meanings.push("".into());
        }
        number
    }

    /// Takes the error of a line without a code. Different ones have no meaning in common.
    fn note_without_code(&mut self, error: &str) {
        let text = meaning(error);
        match &self.without_code {
            None => self.without_code = Some(text.into()),
            Some(known) if **known == *text => {}
            Some(_) => self.without_code = Some("".into()),
        }
    }

    /// The meaning of a code, as the results say it.
    pub(super) fn meaning(&self, code: u32) -> &str {
        match self.codes.get(code).is_empty() {
            true => self.without_code.as_deref().unwrap_or_default(),
            false => &self.meanings[code as usize],
        }
    }

    /// The number of a line's run.
    pub(super) fn run(&mut self, record: &Record<'_>) -> u32 {
        let run = record.text(Column::Run);
        self.runs.number(|known| **known == *run, || run.trim().into())
    }

    /// The number of where a line comes from.
    pub(super) fn origin(&mut self, record: &Record<'_>) -> u32 {
        let cells = [Column::Gateway, Column::Campaign, Column::From].map(|c| record.bytes(c));
        let is = |known: &Origin| {
            [&known.gateway, &known.campaign, &known.from].map(|text| text.as_bytes()) == cells
        };
        let number = self.origins.number(is, || {
            let text = |column| record.text(column).trim().into();
            let (gateway, campaign) = (text(Column::Gateway), text(Column::Campaign));
            Origin { gateway, campaign, from: text(Column::From) }
        });
        if self.gateways.len() == number as usize {
            let name = &self.origins.get(number).gateway;
            self.gateways.push(self.renamed.get(name).unwrap_or(name).clone());
        }
        number
    }

    /// The present name of an origin's gateway.
    pub(super) fn gateway(&self, origin: u32) -> &str {
        &self.gateways[origin as usize]
    }

    /// Takes the lines of one file, which belong to one gateway: the other names in it are earlier
    /// ones of that in its last line. Returns whether a name changes.
    pub(super) fn rename(&mut self, origins: &BTreeSet<u32>, last: u32) -> bool {
        let present: Box<str> = self.gateway(last).into();
        let earlier: BTreeSet<Box<str>> = origins
            .iter()
            .map(|origin| self.gateway(*origin))
            .filter(|name| **name != *present)
            .map(Box::from)
            .collect();
        if earlier.is_empty() || *present == *REHEARSAL || earlier.contains(REHEARSAL) {
            return false;
        }
        for name in self.gateways.iter_mut().chain(self.renamed.values_mut()) {
            if earlier.contains(name) {
                name.clone_from(&present);
            }
        }
        self.renamed.extend(earlier.into_iter().map(|name| (name, present.clone())));
        true
    }
}

/// The meaning of an error without the gateway's own text, which may contain names, and without the
/// code, which is shown beside it.
fn meaning(error: &str) -> &str {
    let meaning = error.split_once(": ").map_or(error, |(meaning, _)| meaning);
    [" (whatsapp code ", " (http "]
        .iter()
        .fold(meaning, |text, code| text.rsplit_once(code).map_or(text, |(text, _)| text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meaning_is_without_names_and_codes() {
        for (error, expected) in [
            ("the window is closed (whatsapp code 131047): Bob", "the window is closed"),
            ("the gateway failed (http 503): busy", "the gateway failed"),
            ("the answer was lost", "the answer was lost"),
            ("", ""),
        ] {
            assert_eq!(meaning(error), expected);
        }
    }
}
