//! The reasons why a card is rejected, each with what to do about it.

/// The reason why a card is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CardError {
    /// A list or an event among the cards; it is skipped.
    NotACard,
    NoBegin,
    LineTooLong,
    CardTooLarge,
    /// All of it, or its first lines, are in the line of its BEGIN.
    OneLine,
    /// UTF-16 in a file that is not, or the other way round.
    OtherEncoding,
    /// The properties of two cards without END and BEGIN between them.
    Mixed,
    /// Without END, and its last line, a name or a label, without a line end.
    CutOff,
    TooManyNumbers,
    TooManyLines,
    TooManyTypes,
    /// Blanks in front of its lines, so that each seems to continue the one before.
    Indented,
    /// Each line in it begins with `>`, as in an answer to a mail.
    Quoted,
    /// Name and numbers are more than `vcard_parser` is given.
    TooLong,
    /// `vcard_parser` returned an error.
    Refused,
    /// `vcard_parser` returned something else than was written.
    Changed,
}

/// The reasons of all cards that are rejected as broken.
pub fn card_reasons() -> impl Iterator<Item = &'static str> {
    CardError::ALL.into_iter().map(CardError::reason)
}

impl CardError {
    /// All but [`CardError::NotACard`], which is skipped.
    const ALL: [Self; 15] = [
        Self::NoBegin,
        Self::LineTooLong,
        Self::CardTooLarge,
        Self::OneLine,
        Self::OtherEncoding,
        Self::Mixed,
        Self::CutOff,
        Self::TooManyNumbers,
        Self::TooManyLines,
        Self::TooManyTypes,
        Self::Indented,
        Self::Quoted,
        Self::TooLong,
        Self::Refused,
        Self::Changed,
    ];

    /// The reason in the card's reject: what is wrong and what to do.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::NotACard => "no vCard",
            Self::NoBegin => "lines of a card without BEGIN:VCARD in front: put it back",
            Self::LineTooLong => "a line of more than 8 MiB: take the photo out",
            Self::OneLine => "a card in one line: give each property a line of its own",
            Self::OtherEncoding => {
                "a card in another encoding than the file's first: save the files it was joined from as \
                 UTF-8 and join them again"
            }
            Self::Mixed => {
                "two cards in one: put the lost END:VCARD and BEGIN:VCARD back between them"
            }
            Self::CutOff => "a card that breaks off in a name or a label: export it again",
            Self::TooManyNumbers => "a card of more than 100 numbers: split it",
            Self::TooManyLines => "a card of more than 1,000 names and numbers: split it",
            Self::TooManyTypes => "a number of more than 100 types: take them out",
            Self::Indented => "a card with blanks in front of its lines: take them out",
            Self::Quoted => "a card with > in front of its lines, as in a mail: take them out",
            Self::CardTooLarge => "a card of more than 32 MiB: take the photos out",
            Self::TooLong => "name and numbers of more than 64 KiB: shorten them",
            Self::Refused => "the card cannot be parsed: export it again as vCard 4.0",
            Self::Changed => {
                "the card changes in parsing: take odd signs out of its name and numbers"
            }
        }
    }
}
