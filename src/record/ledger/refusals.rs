//! The refusals whose code matters to later messages: closed windows, and recipients who stopped
//! messages.

use hashbrown::{HashMap, HashSet};
use jiff::Timestamp;

use super::entry::Record;
use crate::prepare::message::IdKey;
use crate::prepare::phone::PhoneNumber;
use crate::read::own_columns::Column;
use crate::send::outcome::Status;

/// The 24-hour window was closed (WhatsApp's error codes).
const WINDOW_CLOSED: &[u8] = b"131047";

/// The user stopped marketing messages of this business.
const STOPPED: &[u8] = b"131050";

/// The user got as many marketing messages as WhatsApp allows for now.
const USER_LIMITED: &[u8] = b"131049";

/// What results files say about closed windows, limited recipients and those who stopped messages.
#[derive(Debug, Default)]
pub struct Refusals {
    closed: HashMap<IdKey, Timestamp>,
    limited: HashMap<IdKey, Timestamp>,
    stopped: HashSet<PhoneNumber>,
}

impl Refusals {
    /// Adds a line.
    pub(in crate::record) fn note(&mut self, record: &Record<'_>, id: IdKey, status: Status) {
        if status != Status::Refused {
            return;
        }
        let code = record.bytes(Column::ErrorCode).trim_ascii();
        for (times, of) in [(&mut self.closed, WINDOW_CLOSED), (&mut self.limited, USER_LIMITED)] {
            if code == of {
                // Without its time nothing can be known to be later.
                times.insert(id, record.attempted_at().unwrap_or(Timestamp::MAX));
            } else if !times.is_empty() {
                times.remove(&id);
            }
        }
        if code == STOPPED {
            self.stopped.extend(PhoneNumber::from_digits(record.text(Column::To).trim()));
        }
    }

    /// The time of the last attempt of a message that was refused because its recipient's window was
    /// closed.
    #[must_use]
    pub fn closed_at(&self, id: &IdKey) -> Option<Timestamp> {
        self.closed.get(id).copied()
    }

    /// The time of the last attempt of a message that was refused because its recipient got as many
    /// as WhatsApp allows for now.
    #[must_use]
    pub fn limited_at(&self, id: &IdKey) -> Option<Timestamp> {
        self.limited.get(id).copied()
    }

    /// The recipients who stopped messages.
    pub fn stopped(&self) -> impl Iterator<Item = &PhoneNumber> {
        self.stopped.iter()
    }
}
