//! Texts that report a duplicate message: "Duplicate messageId", "message already exists".
//!
//! The gateway documents no such answer, so its wording is not known. A text counts only when the
//! message or its id is the duplicate: "Duplicate phone numbers in phones" is a plain refusal. An
//! unusual wording is therefore not recognised; then a message in doubt stays `unknown`, which
//! is better than a wrong `sent`. HTTP 409 counts whatever its text says.

/// Returns whether `text` says that the gateway already has the message or its id.
pub(super) fn is_of_message(text: &str) -> bool {
    let end_of_clause = |c: char| ".,;:!?()\n".contains(c);
    text.split(end_of_clause).any(|clause| {
        let words = words(clause);
        (0..words.len()).any(|at| match words[at] {
            Word::Duplicate => duplicates_message(&words[at + 1..]),
            Word::Message => is_duplicate(&words[..at], &words[at + 1..]),
            _ => false,
        })
    })
}

/// The classes of words that matter here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    /// "duplicate"
    Duplicate,
    /// "already"
    Already,
    /// "message", "messageId"
    Message,
    /// "the", "same"
    Article,
    /// "of", "with"
    Preposition,
    /// "in", "from": what follows is a place.
    Place,
    /// "is", "id", "value", or an id such as `ca739107-4b0d`.
    Link,
    /// "exists", "sent": what an accepted message has done.
    Verb,
    /// "detected": may follow the message without changing the meaning.
    Report,
    /// Digits only: an own id, or a phone number.
    Number,
    /// Anything else, such as the name of another field.
    Other,
}

/// Returns whether these words, which follow "duplicate", begin with the message.
fn duplicates_message(after: &[Word]) -> bool {
    match skip(after, &[Word::Article, Word::Preposition, Word::Link]) {
        [Word::Message, rest @ ..] => ends_there(rest),
        _ => false,
    }
}

/// Returns whether these words around a message say that it is there already or a duplicate.
fn is_duplicate(before: &[Word], after: &[Word]) -> bool {
    let owner = before.iter().rev().find(|word| **word != Word::Article);
    if matches!(owner, Some(Word::Preposition | Word::Place)) {
        return false; // "the phone of this message already exists"
    }
    let between = [Word::Article, Word::Preposition, Word::Link, Word::Message];
    match skip(own_id(after), &between) {
        [Word::Already, rest @ ..] => {
            matches!(skip(rest, &[Word::Link, Word::Place]), [Word::Verb, ..])
        }
        [Word::Verb, Word::Already, ..] => true,
        [Word::Duplicate, rest @ ..] => ends_there(rest),
        _ => false,
    }
}

/// Returns whether the noun before these words is complete: "message" is not in "message phones".
fn ends_there(after: &[Word]) -> bool {
    !matches!(own_id(after), [Word::Other | Word::Number, ..])
}

/// The words without "id" and a number at their beginning.
fn own_id(after: &[Word]) -> &[Word] {
    match skip(after, &[Word::Link]) {
        [Word::Number, rest @ ..] => rest,
        rest => rest,
    }
}

fn skip<'w>(words: &'w [Word], classes: &[Word]) -> &'w [Word] {
    let skipped = words.iter().take_while(|word| classes.contains(word)).count();
    &words[skipped..]
}

fn words(clause: &str) -> Vec<Word> {
    let tokens = clause.split(|c: char| !c.is_alphanumeric() && c != '-');
    tokens.filter(|token| !token.is_empty()).flat_map(words_of_token).collect()
}

/// The words of a token: two of `messageId` and `message-id`, one of an id with digits.
fn words_of_token(token: &str) -> Vec<Word> {
    if token.chars().all(|c| c.is_ascii_digit()) {
        return vec![Word::Number];
    }
    if token.contains(|c: char| c.is_ascii_digit()) {
        return vec![Word::Link];
    }
    let mut parts = vec![String::new()];
    let mut was_lower = false;
    for c in token.chars() {
        if c == '-' || (was_lower && c.is_uppercase()) {
            parts.push(String::new());
        }
        was_lower = c.is_lowercase();
        if let (true, Some(part)) = (c != '-', parts.last_mut()) {
            part.extend(c.to_lowercase());
        }
    }
    parts.iter().map(|part| class(part)).collect()
}

#[rustfmt::skip]
fn class(word: &str) -> Word {
    match word {
        "duplicate" | "duplicated" => Word::Duplicate,
        "already" => Word::Already,
        "message" | "messages" | "messageid" | "messageids" | "msg" | "msgid" => Word::Message,
        "a" | "an" | "the" | "this" | "that" | "same" | "another" => Word::Article,
        "of" | "for" | "with" => Word::Preposition,
        "in" | "on" | "from" | "by" | "to" | "within" => Word::Place,
        "is" | "are" | "was" | "were" | "has" | "have" | "been" | "be" | "id" | "ids" | "identifier"
        | "value" | "key" | "entry" | "earlier" | "previous" | "existing" => Word::Link,
        "exists" | "exist" | "sent" | "used" | "use" | "processed" | "received" | "accepted"
        | "submitted" | "seen" | "known" | "delivered" | "queued" | "registered" => Word::Verb,
        "detected" | "found" | "error" | "rejected" | "ignored" | "not" | "and" | "" => Word::Report,
        _ => Word::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_duplicate_message_or_message_id_counts() {
        #[rustfmt::skip]
        let cases = [
            ("duplicate message",                                         true),
            ("Duplicate messageId",                                       true),
            ("DUPLICATE_MESSAGE_ID",                                      true),
            ("DuplicateMessageId",                                        true),
            ("Bad request: duplicate message-id 'ca739107-4b0d-4581'",    true),
            ("Duplicate message detected, ignored",                       true),
            ("Duplicate message for recipient 254712345678",              true),
            ("Duplicate messageId 17",                                    true),
            ("duplicate of an earlier message",                           true),
            ("Duplicate entry 'ca739107-4b0d' for key 'message_id'",      true),
            ("messageId already exists",                                  true),
            ("Message ID already exists.",                                true),
            ("message 17 already exists",                                 true),
            ("A message with the same messageId already exists",          true),
            ("Message with id ca739107-4b0d-4581 has already been sent",  true),
            ("The messageId is already in use",                           true),
            ("Rejected: messageId ca739107 was used already",             true),
            ("messageId is a duplicate",                                  true),
            // Something else is the duplicate.
            ("Duplicate phone numbers in phones",                         false),
            ("Duplicate phone numbers in message",                        false),
            ("Duplicate phone numbers in messageId ca739107-4b0d",        false),
            ("Duplicate 254712345678 for message",                        false),
            ("Duplicate message phones",                                  false),
            ("duplicate field `messageId`",                               false),
            ("Message has duplicate phones",                              false),
            ("message: duplicate value in phones",                        false),
            ("Phone number is duplicate, message not sent",               false),
            ("Phone number is duplicate. Message rejected",               false),
            ("Contact already exists",                                    false),
            ("Invalid message: contact already exists",                   false),
            ("The phone number of this message already exists",           false),
            ("Message with this phone already exists",                    false),
            ("Message already has this contact",                          false),
            ("duplicate waId",                                            false),
            ("duplicate request",                                         false),
            ("duplicate",                                                 false),
            ("message",                                                   false),
            ("",                                                          false),
        ];
        for (text, counts) in cases {
            assert_eq!(is_of_message(text), counts, "{text}");
        }
    }
}
