//! What was found in the rows, by kind, in a JSON report.

use std::cmp::Reverse;

use serde::Serialize;

use super::Places;
use crate::read::Place;
use crate::report::plan::{CountryColumn, Plan};
use crate::report::reject_words::{reject_advice, reject_words};
use crate::report::tally::{Kind, Tally};

/// The place of a row.
#[derive(Serialize)]
pub(super) struct PlaceJson<'a> {
    source: &'a str,
    line: u64,
}

/// Rows of one reject code.
#[derive(Serialize)]
pub(super) struct Rejected<'a> {
    code: &'a str,
    rows: u64,
    meaning: &'a str,
    advice: Option<&'static str>,
    first: Vec<PlaceJson<'a>>,
    more: bool,
    example: &'a str,
}

/// Rows that are skipped for one reason.
#[derive(Serialize)]
pub(super) struct Skipped {
    code: &'static str,
    rows: u64,
    meaning: &'static str,
}

/// Rows whose messages were all in earlier rows.
#[derive(Serialize)]
pub(super) struct Duplicates<'a> {
    rows: u64,
    first: Vec<PlaceJson<'a>>,
    more: bool,
    /// The row that the first of them repeats.
    repeats: Option<PlaceJson<'a>>,
}

/// Notes of one kind.
#[derive(Serialize)]
pub(super) struct Noted<'a> {
    code: &'static str,
    number: u64,
    rows: u64,
    meaning: &'static str,
    first: Vec<PlaceJson<'a>>,
    more: bool,
    example: &'a str,
}

/// The rejected rows by code, the most frequent first.
pub(super) fn rejected<'a>(plan: &'a Plan<'_>, places: Places<'a>) -> Vec<Rejected<'a>> {
    let tally = plan.tally;
    let mut all: Vec<Rejected<'a>> = tally
        .rejects
        .iter()
        .map(|(code, kind)| Rejected {
            code,
            rows: kind.number,
            meaning: reject_words(code),
            advice: reject_advice(code, CountryColumn::of(&plan.lists, &kind.first)),
            first: first(kind, places),
            more: kind.is_cut,
            example: kind.example.as_deref().unwrap_or_default(),
        })
        .collect();
    all.sort_by_key(|rejected| Reverse(rejected.rows));
    all
}

/// The skipped rows by reason, the most frequent first.
pub(super) fn skipped(tally: &Tally) -> Vec<Skipped> {
    let mut all: Vec<Skipped> = tally
        .skipped
        .iter()
        .map(|(reason, kind)| Skipped {
            code: reason.code(),
            rows: kind.number,
            meaning: reason.meaning(),
        })
        .collect();
    all.sort_by_key(|skipped| Reverse(skipped.rows));
    all
}

pub(super) fn duplicates<'a>(tally: &'a Tally, places: Places<'a>) -> Duplicates<'a> {
    let kind = &tally.duplicates;
    Duplicates {
        rows: kind.number,
        first: first(kind, places),
        more: kind.is_cut,
        repeats: kind.example.map(|place| place_json(place, places)),
    }
}

/// The notes by kind, the most frequent first.
pub(super) fn notes<'a>(tally: &'a Tally, places: Places<'a>) -> Vec<Noted<'a>> {
    let mut all: Vec<Noted<'a>> = tally
        .notes
        .iter()
        .map(|(note, kind)| Noted {
            code: note.code(),
            number: kind.number,
            rows: kind.rows,
            meaning: note.meaning(),
            first: first(kind, places),
            more: kind.is_cut,
            example: kind.example.as_deref().unwrap_or_default(),
        })
        .collect();
    all.sort_by_key(|noted| Reverse(noted.number));
    all
}

fn first<'a, E>(kind: &Kind<E>, places: Places<'a>) -> Vec<PlaceJson<'a>> {
    kind.first.iter().map(|place| place_json(*place, places)).collect()
}

fn place_json<'a>(place: Place, places: Places<'a>) -> PlaceJson<'a> {
    let (source, line) = places(place);
    PlaceJson { source, line }
}
