//! What the kinds of remarks mean, for somebody who has not read the documentation.

use crate::prepare::phone::{Mark, Repair, Warning};
use crate::read::csv::NOTE_WINDOWS_1252;
use crate::read::vcard::NOTES;

/// Kinds that no list nearer to their origin explains.
const OTHERS: [(&str, &str); 5] = [
    (NOTE_WINDOWS_1252, "not UTF-8: see that the names are right, or say --encoding"),
    ("same_recipient", "another card to somebody who gets one already"),
    (
        "odd_name",
        "a name that looks wrong: a number, a placeholder, broken characters (--verbose shows which)",
    ),
    ("own_number", "a card that holds its recipient's own number (--verbose shows which)"),
    ("phone_left_out", "a number that cannot be used, on a card with better ones"),
];

/// What `kind` means, as a lowercase fragment.
pub(super) fn meaning(kind: &str) -> Option<&'static str> {
    let said = OTHERS.iter().chain(NOTES).find(|(code, _)| *code == kind).map(|(_, words)| *words);
    said.or_else(|| sentence::<Repair>(kind)).or_else(|| sentence::<Warning>(kind))
}

fn sentence<M: Mark + 'static>(kind: &str) -> Option<&'static str> {
    M::ALL.iter().find(|mark| mark.code() == kind).map(|mark| mark.sentence())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_explained() {
        for kind in ["trunk_zero", "spreadsheet", "fixed_line", "no_number", "charset_guessed"] {
            assert!(meaning(kind).is_some(), "{kind}");
        }
        assert_eq!(meaning("fax_left_out"), Some("fax number left out"));
        assert_eq!(meaning("nothing of the kind"), None);
    }
}
