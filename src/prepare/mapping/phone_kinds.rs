//! The words for a kind of telephone, as address books write them in a column `Type`.

/// The words, in lower case. Those that are kinds of customer as well (`Business`, `Private`,
/// `Company`, `Main`) are not among them.
const KINDS: &str = "mobile cell cellular cellphone phone telephone tel voice whatsapp iphone android smartphone \
     handphone work office home landline line car number mobil handy arbeit festnetz portable \
     domicile bureau travail fixe móvil movil celular trabajo casa oficina cellulare lavoro ufficio \
     telemóvel trabalho simu nyumbani kazini";

/// Returns whether a text names a kind of telephone and nothing else: `Mobile`, `* Work`, `Cell 2`.
pub(super) fn is_phone_kind(text: &str) -> bool {
    let mut words =
        text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).peekable();
    words.peek().is_some()
        && words.all(|word| {
            let word = word.to_lowercase();
            KINDS.split(' ').any(|kind| kind == word)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_of_telephone_is_not_a_kind_of_customer() {
        for text in
            ["Mobile", "WORK", "* Home", "Cell 2", "work mobile", "Móvil", "FESTNETZ", "Home line"]
        {
            assert!(is_phone_kind(text), "{text}");
        }
        for text in [
            "Lead",
            "Bad debtor",
            "VIP",
            "incoming",
            "Business",
            "Company",
            "Private",
            "Mobile money",
            "",
            "-",
            "2",
        ] {
            assert!(!is_phone_kind(text), "{text}");
        }
    }
}
