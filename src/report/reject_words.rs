//! Each reject code in a few words, with what usually helps. The reason of a rejected row says more.

use super::list_columns::CountryColumn;

/// The words for a code, for the plan: a fragment; a code that is not known stays.
#[must_use]
pub fn reject_words(code: &str) -> &str {
    match code {
        "to_is_sender" => "the recipient is the sender",
        "name_missing" => "no name for the card",
        "name_too_long" => "the name is too long",
        "contact_missing" => "no name and no number for the card",
        "message_id_bad" => "a message id that cannot be used",
        "message_id_conflict" => "the same message id for another message",
        "wa_id_bad" => "a WhatsApp id that cannot be used",
        "country_unknown" => "not a country",
        "row_broken" => "a row that cannot be read",
        "card_broken" => "a vCard that cannot be read",
        "to_missing" => "no number",
        "to_no_country_code" => "no country code",
        "to_not_possible" => "not a possible number",
        "to_not_valid" => "not a number in use",
        "to_other_country" => "of a country not in --countries",
        "to_ambiguous" => "could be two numbers",
        "to_letters" => "letters in the number",
        "to_date" => "a date, not a number",
        "to_exponent" => "last digits lost in a spreadsheet",
        "to_extension" => "a number with an extension",
        "to_several" => "several numbers in one cell",
        "to_too_long" => "longer than any number",
        "phone_missing" => "no number for the card",
        "phone_no_country_code" => "no country code (on the card)",
        "phone_not_possible" => "not a possible number (on the card)",
        "phone_not_valid" => "not a number in use (on the card)",
        "phone_other_country" => "of a country not in --countries (card)",
        "phone_ambiguous" => "could be two numbers (on the card)",
        "phone_letters" => "letters in the card's number",
        "phone_date" => "a date, not a number (on the card)",
        "phone_exponent" => "card's last digits lost in a sheet",
        "phone_extension" => "a card number with an extension",
        "phone_several" => "several card numbers in one cell",
        "phone_too_long" => "card number longer than any number",
        _ => code,
    }
}

/// What helps with all rows of a code at once, if there is such a thing. `country` is whether their
/// lists have a column of countries, which is then empty in these rows.
#[must_use]
pub fn reject_advice(code: &str, country: CountryColumn) -> Option<&'static str> {
    match code {
        "to_no_country_code" | "phone_no_country_code" => Some(match country {
            CountryColumn::None => "add a Country column or --region",
            CountryColumn::Some => "give them a country, or --region",
            CountryColumn::All => "fill their country, or --region",
        }),
        "to_exponent" | "phone_exponent" => Some("make the column text and export again"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepare::phone::{ProblemKind, Role};

    #[test]
    fn codes_about_a_number_have_words_for_both_roles() {
        for kind in [ProblemKind::Missing, ProblemKind::NoCountryCode, ProblemKind::TooLong] {
            let [to, card] = [Role::To, Role::Card].map(|role| kind.code(role));
            assert_ne!(reject_words(to), to);
            assert_ne!(reject_words(card), card);
            assert_ne!(reject_words(to), reject_words(card));
        }
        assert_eq!(reject_words("new_code"), "new_code");
    }
}
