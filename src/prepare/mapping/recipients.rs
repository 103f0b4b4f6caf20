//! The column that makes up a recipient: `to`, or else the file's only number column.
//!
//! Contacts have several numbers and lists of them are not written for this: which of two numbers
//! receives the messages is not ours to guess.

use super::assign::Claims;
use super::column_map::{Fields, Source};
use super::columns::OurFile;
use super::contact_columns::own_ids;
use super::error::MappingError;
use super::explain::{Use, Why};
use super::field::Field;

/// Claims the recipient's number and when they last wrote.
pub(super) fn fields(claims: &mut Claims<'_>) -> Result<Fields, MappingError> {
    // The ids in a results file are of other messages, not of these recipients.
    if claims.columns.ours != Some(OurFile::Results) {
        own_ids(claims, false)?;
    }
    let named = match claims.field(Field::To)?.filter(Source::gives) {
        Some(to) => Some(to),
        None => claims.ruled(Field::Phone(1)).filter(Source::gives),
    };
    let (to, headerless) = match named {
        Some(to) => {
            let is_data = claims.is_data(&to);
            (to, is_data)
        }
        None => only_number(claims)?,
    };
    Ok(Fields {
        to: Some(to),
        last_inbound_at: claims.field(Field::LastInboundAt)?,
        headerless,
        ..Fields::default()
    })
}

/// The only number column, and whether the file has no header.
fn only_number(claims: &mut Claims<'_>) -> Result<(Source, bool), MappingError> {
    let columns = claims.columns;
    let numbers: Vec<usize> = (0..columns.list.len())
        .filter(|at| claims.is_free(*at) && columns.number_kind(*at).is_some())
        .collect();
    match *numbers.as_slice() {
        [at] => {
            claims.claim(at, Use::Field(Field::To), None);
            return Ok((Source::Column(at), false));
        }
        [first, second, ..] => return Err(columns.ambiguous(Field::To, first, second)),
        [] => {}
    }
    match *columns.data_columns().as_slice() {
        [at] if columns.is_data() => {
            claims.claim_because(at, Use::Field(Field::To), None, Why::OnlyNumbers);
            Ok((Source::Column(at), true))
        }
        _ => Err(columns.not_found(Field::To, "to")),
    }
}
