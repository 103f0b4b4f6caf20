//! Message ids and card ids: the recipes for them, and their keys in memory.
//!
//! An id depends only on the message's content, recipient, sender and campaign, so a list can be
//! sorted, re-encoded, split or extended, and every message keeps its id.

use std::fmt;
use std::io;
use std::sync::LazyLock;

use sha1::{Digest, Sha1};
use uuid::Uuid;

use super::phone::PhoneNumber;

/// The name from which the namespace is made, whatever gateway is used.
const NAMESPACE_NAME: &str = "https://gateway.lipachat.com/api/v1/whatsapp/contact";

/// The namespace of the ids made by the recipe.
static NAMESPACE: LazyLock<Uuid> =
    LazyLock::new(|| Uuid::new_v5(&Uuid::NAMESPACE_URL, NAMESPACE_NAME.as_bytes()));

/// The namespace in which a row's own id becomes an [`IdKey`]; not used outside the program.
static OWN_IDS: LazyLock<Uuid> = LazyLock::new(|| Uuid::new_v5(&NAMESPACE, b"own message ids"));

/// The longest own message id, in characters.
const OWN_ID_MAX: usize = 100;

/// A message's id at the gateway: a version-5 UUID made by the recipe, or the row's own id.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MessageId {
    key: IdKey,
    text: IdText,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum IdText {
    Recipe([u8; 36]),
    Own(Box<str>),
}

impl MessageId {
    /// The id made by the recipe: a version-5 UUID whose name is the compact JSON array
    /// `[campaign, from, to, formattedName, [phone, …]]`.
    #[must_use]
    pub fn by_recipe(
        campaign: &str,
        from: PhoneNumber,
        to: PhoneNumber,
        formatted_name: &str,
        phones: impl Iterator<Item = PhoneNumber>,
    ) -> Self {
        let mut json = HashedJson::new();
        json.text("[", campaign);
        json.digits(b",\"", from.as_bytes());
        json.digits(b"\",\"", to.as_bytes());
        json.text("\",", formatted_name);
        let (mut before, mut end): (&[u8], &[u8]) = (b",[\"", b",[]]");
        for phone in phones {
            json.digits(before, phone.as_bytes());
            (before, end) = (b"\",\"", b"\"]]");
        }
        let uuid = json.uuid(end);
        Self { key: IdKey(uuid.into_bytes()), text: IdText::Recipe(text_of(uuid)) }
    }

    /// The version-4 UUID of these random bytes, for a message that no other run knows.
    #[must_use]
    pub fn random(bytes: [u8; 16]) -> Self {
        let uuid = uuid::Builder::from_random_bytes(bytes).into_uuid();
        Self { key: IdKey(uuid.into_bytes()), text: IdText::Recipe(text_of(uuid)) }
    }

    /// A row's own id: `[A-Za-z0-9][A-Za-z0-9._:-]{0,99}`; `None` for anything else.
    #[must_use]
    pub fn own(text: &str) -> Option<Self> {
        let fits = text.len() <= OWN_ID_MAX
            && text.starts_with(|first: char| first.is_ascii_alphanumeric())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b));
        fits.then(|| Self { key: IdKey::of(text), text: IdText::Own(text.into()) })
    }

    /// The id as the gateway and the ledger see it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.text {
            IdText::Recipe(text) => std::str::from_utf8(text).unwrap_or_default(),
            IdText::Own(text) => text,
        }
    }

    /// Returns whether the row gave the id.
    #[must_use]
    pub fn is_own(&self) -> bool {
        matches!(self.text, IdText::Own(_))
    }

    /// The sixteen bytes that represent this id in memory.
    #[must_use]
    pub fn key(&self) -> IdKey {
        self.key
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageId({})", self.as_str())
    }
}

/// The id of a card to a recipient: a version-5 UUID whose name is the compact JSON array
/// `[campaign, from, to, [phone, …]]`. It is the message id without the name, so it stays the same
/// when the name is corrected. The results keep it beside the numbers, because a spreadsheet may
/// damage those.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CardId([u8; 36]);

impl CardId {
    /// The id made from a campaign's name as it is sent and from numbers, digits only, in the order
    /// in which they are on the card.
    #[must_use]
    pub fn new<'p>(
        campaign: &str,
        from: &[u8],
        to: &[u8],
        phones: impl IntoIterator<Item = &'p [u8]>,
    ) -> Self {
        let mut json = HashedJson::new();
        json.text("[", campaign);
        json.digits(b",\"", from);
        json.digits(b"\",\"", to);
        let (mut before, mut end): (&[u8], &[u8]) = (b"\",[\"", b"\",[]]");
        for phone in phones {
            json.digits(before, phone);
            (before, end) = (b"\",\"", b"\"]]");
        }
        Self(text_of(json.uuid(end)))
    }

    /// The id as it is in the results.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for CardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CardId({})", self.as_str())
    }
}

/// The text of a UUID, in lower case.
fn text_of(uuid: Uuid) -> [u8; 36] {
    let mut text = [0; 36];
    uuid.hyphenated().encode_lower(&mut text);
    text
}

/// Sixteen bytes that represent a message id in memory: a lower-case UUID's own bytes, or a digest
/// of any other text. Different ids have different keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdKey(pub [u8; 16]);

impl IdKey {
    /// The key of an id's text.
    #[must_use]
    pub fn of(id: &str) -> Self {
        Self::of_bytes(id.as_bytes())
    }

    /// The key of an id's text in bytes.
    #[must_use]
    pub fn of_bytes(id: &[u8]) -> Self {
        let canonical = id.len() == 36 && !id.iter().any(u8::is_ascii_uppercase);
        let uuid = canonical.then(|| Uuid::try_parse_ascii(id).ok()).flatten();
        Self(uuid.unwrap_or_else(|| Uuid::new_v5(&OWN_IDS, id)).into_bytes())
    }

    /// A hash of the key for hash tables. The user's own UUIDs may not be random at all (`…0001`,
    /// `…0002`), so the halves are multiplied with each other.
    #[must_use]
    pub fn spread(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, rest @ ..] = self.0;
        let low = u64::from_le_bytes([a, b, c, d, e, f, g, h]) ^ 0x9e37_79b9_7f4a_7c15;
        let high = u64::from_le_bytes(rest) ^ 0xd1b5_4a32_d192_ed03;
        let product = u128::from(low) * u128::from(high);
        let [a, b, c, d, e, f, g, h, rest @ ..] = product.to_le_bytes();
        u64::from_le_bytes([a, b, c, d, e, f, g, h]) ^ u64::from_le_bytes(rest)
    }
}

/// JSON that is hashed while it is written, without a buffer: every row gets its id this way in
/// every pass. The result is that of `Uuid::new_v5`, but this SHA-1 uses the processor's
/// instructions for it.
struct HashedJson(Sha1);

impl HashedJson {
    fn new() -> Self {
        Self(Sha1::new_with_prefix(NAMESPACE.as_bytes()))
    }

    /// Text as a JSON string, with serde_json's escapes.
    fn text(&mut self, before: &str, text: &str) {
        self.0.update(before);
        // Hashing cannot fail, and a string is always valid JSON.
        let _ = serde_json::to_writer(self, text);
    }

    /// Digits, which need no escaping; the quotes around them are written with their neighbours.
    fn digits(&mut self, before: &[u8], digits: &[u8]) {
        self.0.update(before);
        self.0.update(digits);
    }

    fn uuid(mut self, end: &[u8]) -> Uuid {
        self.0.update(end);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.0.finalize()[..16]);
        uuid::Builder::from_sha1_bytes(bytes).into_uuid()
    }
}

impl io::Write for HashedJson {
    fn write(&mut self, json: &[u8]) -> io::Result<usize> {
        self.0.update(json);
        Ok(json.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::prepare::message::{CardPhone, Contact, Message, Origin};
    use crate::read::{Place, SourceId};

    fn number(digits: &str) -> PhoneNumber {
        PhoneNumber::from_digits(digits).unwrap()
    }

    fn message(campaign: &str, to: &str, name: &str, phones: &[&str]) -> Message {
        let phones = phones
            .iter()
            .map(|digits| CardPhone { number: number(digits), kind: None, wa_id: None })
            .collect();
        let place = Place { source: SourceId(0), line: 1 };
        let origin = Origin { campaign: campaign.into(), from: number("254110090747") };
        let contact = Contact { name: name.into(), phones, place };
        Message::new(&Arc::new(origin), number(to), &Arc::new(contact))
    }

    /// Computed with Python's uuid and json modules. A change here sends every campaign again.
    #[test]
    fn the_recipe_is_pinned() {
        assert_eq!(NAMESPACE.to_string(), "3b9db1d9-a912-5124-882f-6b3971e28e87");
        let table = [
            (
                message("", "254712345678", "Test User", &["254712345678"]),
                "5b333be4-d0fa-5085-9522-d00cb0be8189",
            ),
            (
                message("easter 2026", "254712345678", "Test User", &["254712345678"]),
                "9f7ea60e-8cf3-5bd2-9724-271a4bf2e353",
            ),
            (
                message(
                    "",
                    "4915112345678",
                    "Zoë \"Zo\" O'Néill \\ Söhne",
                    &["254712345678", "442079460958"],
                ),
                "3ef47691-f51e-5b1e-afe3-376b134ea315",
            ),
            (
                message("", "254712345678", "Ñandú 👩\u{200d}🔧 אבג", &["5491123456789"]),
                "d72ddb92-f826-50d7-9367-9b9614f8bf60",
            ),
        ];
        for (message, id) in table {
            assert_eq!(message.id.as_str(), id);
            assert_eq!(message.content_key(), message.id.key());
        }
    }

    /// Computed with Python's uuid and json modules. A change here lets corrected names through that
    /// were sent before.
    #[test]
    fn the_recipe_of_card_ids_is_pinned() {
        let two_phones = ["254712345678", "442079460958"];
        let table = [
            (
                message("", "254712345678", "Test User", &["254712345678"]),
                "cc8d3872-c0bc-515b-ba77-c3748a429bc4",
            ),
            (
                message("easter 2026", "254712345678", "Any", &["254712345678"]),
                "4a1a6eed-17c2-58e1-96b0-7af5f6763071",
            ),
            (
                message("Zoë \"Zo\" \\ 👩\u{200d}🔧", "4915112345678", "Zoë", &two_phones),
                "2b155100-c281-5326-ab23-3909b5125525",
            ),
        ];
        for (message, id) in table {
            assert_eq!(message.card_id().as_str(), id);
        }
        let none: [&[u8]; 0] = [];
        assert_ne!(CardId::new("", b"1", b"2", none), CardId::new("", b"1", b"2", [&b""[..]]));
    }

    #[test]
    fn an_own_id_has_1_to_100_letters_digits_and_signs() {
        for good in ["a", "7", "order-17", "A.b_c:d-e", &"x".repeat(100)] {
            assert_eq!(MessageId::own(good).unwrap().as_str(), good);
        }
        for bad in ["", "-a", ".a", "a b", "ä", "a/b", &"x".repeat(101)] {
            assert!(MessageId::own(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn different_ids_have_different_keys() {
        let ids = [
            "5b333be4-d0fa-5085-9522-d00cb0be8189",
            "5B333BE4-D0FA-5085-9522-D00CB0BE8189",
            "5b333be4d0fa50859522d00cb0be8189",
            "order-17",
        ];
        for (i, a) in ids.iter().enumerate() {
            for (j, b) in ids.iter().enumerate() {
                assert_eq!(IdKey::of(a) == IdKey::of(b), i == j, "{a} {b}");
            }
        }
    }

    #[test]
    fn an_own_id_does_not_change_the_content_key() {
        let plain = message("", "254712345678", "Test User", &["254712345678"]);
        let own = Message { id: MessageId::own("order-17").unwrap(), ..plain.clone() };
        assert_eq!(own.content_key(), plain.content_key());
        assert_ne!(own.id.key(), plain.id.key());
    }
}
