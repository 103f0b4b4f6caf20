//! BEGIN and END that may be text themselves, as in a note that holds a scanned card.

use super::super::begun::{Doubt, begins_another};
use super::super::markers::{self, Mark, strip_suffix};
use super::super::property::{Name, strip_prefix};
use super::Finder;

impl Finder {
    /// Whether a mark is perhaps no mark: behind the text of a property that nobody needs, or alone
    /// in a line that goes on with the one before. The next line tells.
    pub(super) fn is_doubtful(&self, mark: Mark, text: &[u8], before: &[u8]) -> bool {
        if self.open.is_empty() {
            return false;
        }
        let last = self.last.name;
        let folded = last.is_some() && matches!(text, [b' ' | b'\t', ..]);
        let soft = self.is_soft_broken(text);
        let unneeded = match before.trim_ascii().is_empty() {
            true if soft => return mark == Mark::End && last == Some(Name::Other),
            true => return folded && last != Some(Name::Agent),
            false if folded || soft => last == Some(Name::Other),
            false => matches!(Name::of(before), Some((Name::Other, _))),
        };
        unneeded && (is_apart(before) || (folded && is_rest_of_line_end(before)))
    }

    /// Decides by the line behind it whether a doubtful mark was one: behind an END comes a BEGIN,
    /// behind a BEGIN come version and name. Text goes on with its property.
    pub(super) fn settle(&mut self, doubt: Doubt, next: &[u8]) {
        self.doubt = None;
        let folded = matches!(next, [b' ' | b'\t', ..]);
        let names_card = || Name::of(next).is_some_and(|(name, _)| begins_another(name));
        match doubt.mark {
            Mark::End if markers::opens_with_begin(next) => self.end(),
            Mark::Begin if !folded && names_card() => self.begin(doubt.number, doubt.unicode),
            mark => {
                if let Some(open) = self.open.last_mut().filter(|_| mark == Mark::Begin) {
                    open.card.may_be_two();
                }
                if doubt.alone {
                    self.go_on(mark.text(), false);
                }
            }
        }
    }

    /// Whether quoted-printable text goes on behind an END that begins its line: `END:VCARD=0D=0A`.
    pub(super) fn goes_on_behind_end(&self, text: &[u8]) -> bool {
        self.last.soft_break
            && matches!(strip_prefix(text, Mark::End.text()), Some([b'=', ..]))
            && self.is_soft_broken(text)
    }
}

/// Whether a text is apart from the mark behind it: by a sign, a blank or a line end as texts write
/// it. One that was cut off ends in a word more often than not.
fn is_apart(before: &[u8]) -> bool {
    const LINE_ENDS: [&[u8]; 4] = [b"\\n", b"\\r", b"=0A", b"=0D"];
    let by_sign = |last: &u8| last.is_ascii_punctuation() || last.is_ascii_whitespace();
    before.last().is_some_and(by_sign)
        || LINE_ENDS.iter().any(|end| strip_suffix(before, end).is_some())
}

/// Whether a fold fell between the backslash of a line end and its letter.
fn is_rest_of_line_end(folded: &[u8]) -> bool {
    folded.trim_ascii().eq_ignore_ascii_case(b"n")
}
