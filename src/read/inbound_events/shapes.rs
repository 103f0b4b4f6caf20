//! The shapes of events: the gateway's own, with the time of receipt around it or in it, and that of
//! Meta's webhooks (`entry[].changes[].value`). Each may be an item of an array.
//!
//! Only the fields that are asked for are parsed, each by itself: a field of another type than
//! expected is as if it were missing.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{InboundEvent, time};

/// The most values that can be in one another. An event has a few: an array, the body, a text that
/// is the body, `value`.
const MAX_DEPTH: usize = 8;

/// An item of a line.
pub(super) enum Found<'a> {
    /// A person wrote or called.
    Inbound(InboundEvent<'a>),
    /// Another event.
    Status,
    /// No event.
    Unread,
}

/// Receives what is found.
type Take<'t> = &'t mut dyn FnMut(Found<'_>);

/// Reads the events in a line.
pub(super) fn read(line: &str, take: Take<'_>) {
    read_value(line, &Around::default(), take);
}

/// What the values around an event say about it.
#[derive(Clone, Copy, Default)]
struct Around<'a> {
    at: Option<Timestamp>,
    to: Option<&'a str>,
    is_call: bool,
    depth: usize,
}

/// The fields of all shapes.
#[derive(Deserialize)]
struct Fields<'a> {
    // The gateway's event, and one of Meta's messages.
    #[serde(borrow)]
    from: Option<&'a RawValue>,
    #[serde(borrow)]
    to: Option<&'a RawValue>,
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(borrow)]
    button: Option<&'a RawValue>,
    #[serde(borrow)]
    interactive: Option<&'a RawValue>,
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    direction: Option<&'a RawValue>,
    #[serde(borrow)]
    event: Option<&'a RawValue>,
    #[serde(borrow, rename = "messageStatus")]
    message_status: Option<&'a RawValue>,
    // Times.
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
    #[serde(borrow, rename = "createdAt")]
    created_at: Option<&'a RawValue>,
    #[serde(borrow)]
    received_at: Option<&'a RawValue>,
    // What other events are in.
    #[serde(borrow)]
    body: Option<&'a RawValue>,
    #[serde(borrow)]
    entry: Option<&'a RawValue>,
    #[serde(borrow)]
    messages: Option<&'a RawValue>,
    #[serde(borrow)]
    statuses: Option<&'a RawValue>,
    #[serde(borrow)]
    calls: Option<&'a RawValue>,
    #[serde(borrow)]
    metadata: Option<&'a RawValue>,
}

fn read_value(value: &str, around: &Around<'_>, take: Take<'_>) {
    let value = value.trim();
    if around.depth >= MAX_DEPTH {
        return take(Found::Unread);
    }
    let around = Around { depth: around.depth + 1, ..*around };
    match value.as_bytes().first() {
        Some(b'[') => match serde_json::from_str::<Vec<&RawValue>>(value) {
            Ok(items) => items.iter().for_each(|item| read_value(item.get(), &around, take)),
            Err(_) => take(Found::Unread),
        },
        Some(b'{') => match serde_json::from_str::<Fields<'_>>(value) {
            Ok(fields) => read_object(&fields, &around, take),
            Err(_) => take(Found::Unread),
        },
        Some(b'"') => match serde_json::from_str::<String>(value) {
            Ok(text) => read_value(&text, &around, take),
            Err(_) => take(Found::Unread),
        },
        _ => take(Found::Unread),
    }
}

fn read_object(fields: &Fields<'_>, around: &Around<'_>, take: Take<'_>) {
    if let Some(entry) = fields.entry {
        return read_entries(entry, &Around { at: fields.at().or(around.at), ..*around }, take);
    }
    if fields.messages.is_some() || fields.statuses.is_some() || fields.calls.is_some() {
        return read_meta(fields, around, take);
    }
    if fields.is_status() {
        return take(Found::Status);
    }
    match (fields.from.and_then(scalar), fields.body) {
        (from, Some(body)) if from.is_none() || is_json(body) => {
            let at = fields.received_at.and_then(when).or_else(|| fields.at()).or(around.at);
            read_value(body.get(), &Around { at, ..*around }, take);
        }
        (Some(from), _) => take(fields.event(from, around)),
        _ => take(Found::Unread),
    }
}

/// Returns whether a `body` is an event, and not the text of a message.
fn is_json(body: &RawValue) -> bool {
    match scalar(body) {
        Some(text) => text.trim_start().starts_with(['{', '[']),
        None => true,
    }
}

/// One of Meta's webhooks.
#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default)]
    changes: Vec<Change<'a>>,
}

#[derive(Deserialize)]
struct Change<'a> {
    #[serde(borrow)]
    value: Option<&'a RawValue>,
}

fn read_entries(entries: &RawValue, around: &Around<'_>, take: Take<'_>) {
    let Ok(entries) = serde_json::from_str::<Vec<Entry<'_>>>(entries.get()) else {
        return take(Found::Unread);
    };
    for value in entries.iter().flat_map(|entry| &entry.changes).filter_map(|change| change.value) {
        match serde_json::from_str::<Fields<'_>>(value.get()) {
            Ok(fields) => read_meta(&fields, around, take),
            Err(_) => take(Found::Unread),
        }
    }
}

/// Reads the `value` of Meta's webhooks. One without messages, calls and statuses is about
/// something else.
fn read_meta(fields: &Fields<'_>, around: &Around<'_>, take: Take<'_>) {
    #[derive(Deserialize)]
    struct Metadata<'a> {
        #[serde(borrow)]
        display_phone_number: Option<&'a RawValue>,
    }
    let metadata = fields.metadata.and_then(parsed::<Metadata<'_>>);
    let to = metadata.and_then(|metadata| metadata.display_phone_number).and_then(scalar);
    let around = Around { to: to.as_deref().or(around.to), ..*around };
    let mut is_empty = true;
    let mut each = |list: Option<&RawValue>, is_call: bool| {
        let around = Around { is_call, ..around };
        for item in list.and_then(parsed::<Vec<&RawValue>>).unwrap_or_default() {
            is_empty = false;
            match serde_json::from_str::<Fields<'_>>(item.get()) {
                Ok(fields) => match fields.from.and_then(scalar) {
                    Some(from) => take(fields.event(from, &around)),
                    None => take(Found::Unread),
                },
                Err(_) => take(Found::Unread),
            }
        }
    };
    each(fields.messages, false);
    each(fields.calls, true);
    let statuses = fields.statuses.and_then(parsed::<Vec<&RawValue>>).unwrap_or_default();
    statuses.iter().for_each(|_| take(Found::Status));
    if is_empty && statuses.is_empty() {
        take(Found::Status);
    }
}

impl<'a> Fields<'a> {
    /// The event's own time: when the person wrote, or else when it was received.
    fn at(&self) -> Option<Timestamp> {
        let times = [self.timestamp, self.created_at, self.received_at];
        times.into_iter().flatten().find_map(when)
    }

    /// Returns whether it is the status of a message of ours.
    fn is_status(&self) -> bool {
        self.message_status.is_some() || self.event.is_some_and(|event| is(event, "MESSAGE_STATUS"))
    }

    /// The event of a person. WhatsApp's own notes (a person has a new number) and our calls to a
    /// person are none.
    fn event(&self, from: Cow<'a, str>, around: &Around<'a>) -> Found<'a> {
        let is_system = self.kind.is_some_and(|kind| is(kind, "system"));
        let is_ours = self.direction.is_some_and(|direction| is(direction, "BUSINESS_INITIATED"));
        if is_system || (around.is_call && is_ours) {
            return Found::Status;
        }
        Found::Inbound(InboundEvent {
            from,
            to: self.to(around),
            at: self.at().or(around.at),
            text: self.text(),
        })
    }

    /// The business number: the one that Meta names for all messages of a webhook, or the event's.
    fn to(&self, around: &Around<'a>) -> Option<Cow<'a, str>> {
        let to = match around.to {
            Some(to) => Some(Cow::Borrowed(to)),
            None => self.to.and_then(scalar),
        };
        to.filter(|to| !to.trim().is_empty())
    }

    fn text(&self) -> Option<Cow<'a, str>> {
        #[derive(Deserialize)]
        struct Texts<'a> {
            #[serde(borrow)]
            body: Option<&'a RawValue>,
            #[serde(borrow)]
            text: Option<&'a RawValue>,
            #[serde(borrow)]
            title: Option<&'a RawValue>,
            #[serde(borrow)]
            button_reply: Option<&'a RawValue>,
            #[serde(borrow)]
            list_reply: Option<&'a RawValue>,
        }
        let in_text = |text: &'a RawValue| {
            scalar(text).or_else(|| parsed::<Texts<'_>>(text)?.body.and_then(scalar))
        };
        let in_button = |button| parsed::<Texts<'_>>(button)?.text.and_then(scalar);
        let in_interactive = |interactive| {
            let texts = parsed::<Texts<'_>>(interactive)?;
            let reply = texts.button_reply.or(texts.list_reply)?;
            parsed::<Texts<'_>>(reply)?.title.and_then(scalar)
        };
        self.text
            .and_then(in_text)
            .or_else(|| self.button.and_then(in_button))
            .or_else(|| self.interactive.and_then(in_interactive))
            .or_else(|| self.body.and_then(in_text))
    }
}

fn parsed<'a, T: Deserialize<'a>>(value: &'a RawValue) -> Option<T> {
    serde_json::from_str(value.get()).ok()
}

/// The text of a string or a number.
fn scalar(value: &RawValue) -> Option<Cow<'_, str>> {
    let json = value.get();
    match json.as_bytes().first()? {
        b'"' if memchr::memchr(b'\\', json.as_bytes()).is_none() => {
            Some(Cow::Borrowed(&json[1..json.len() - 1]))
        }
        b'"' => serde_json::from_str(json).ok().map(Cow::Owned),
        b'0'..=b'9' | b'-' => Some(Cow::Borrowed(json)),
        _ => None,
    }
}

fn when(value: &RawValue) -> Option<Timestamp> {
    time::parse(&scalar(value)?)
}

fn is(value: &RawValue, word: &str) -> bool {
    scalar(value).is_some_and(|text| text.trim().eq_ignore_ascii_case(word))
}
