//! Events as pages send them (docs/reference/06-autocomplete-and-others.md §6). Lenient in everything that can be
//! counted all the same, which is told as a fault; what cannot be counted is refused in words that name it.

mod lists;
mod past;

use serde_json::{Map, Value};

use crate::domain::{
    Act, ClientId, Event, EventId, EventKind, FaultKind, Faults, Group, Identity, Label, Line,
    Timestamp, moment,
};
pub use past::read_past;

/// Events of one body.
pub const EVENTS_MAX: usize = 100;

/// An event, and the site it says it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentEvent {
    pub tracker: String,
    pub event: Event,
}

/// Why one event cannot be counted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEvent {
    #[error("event is not a JSON object")]
    NotAnObject,
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error("{0} is too long")]
    TooLong(&'static str),
    #[error("type `{0}` is none of `pv`, `event`, `click`, `transaction`")]
    UnknownType(String),
    #[error("lists is empty")]
    NoList,
    #[error("{0} is not an object")]
    NoMap(String),
    #[error("{0} is not an array")]
    NoArray(String),
}

/// Why a body as a whole cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEvents {
    #[error("Invalid JSON")]
    Syntax,
    #[error("body is neither a JSON object nor an array of them")]
    NoEvents,
    #[error("more than {0} events")]
    TooMany(usize),
}

/// Reads one event, or an array of them: each on its own.
pub fn read_events(
    body: &[u8],
    now: Timestamp,
) -> Result<Vec<Result<SentEvent, BadEvent>>, BadEvents> {
    let sent = elements(body, EVENTS_MAX)?;
    Ok(sent.iter().map(|sent| read_event(sent, now)).collect())
}

fn elements(body: &[u8], most: usize) -> Result<Vec<Value>, BadEvents> {
    match serde_json::from_slice(body).map_err(|_| BadEvents::Syntax)? {
        Value::Array(list) if list.is_empty() => Err(BadEvents::NoEvents),
        Value::Array(list) if list.len() > most => Err(BadEvents::TooMany(most)),
        Value::Array(list) => Ok(list),
        one @ Value::Object(_) => Ok(vec![one]),
        _ => Err(BadEvents::NoEvents),
    }
}

fn read_event(sent: &Value, now: Timestamp) -> Result<SentEvent, BadEvent> {
    let sent = sent.as_object().ok_or(BadEvent::NotAnObject)?;
    let said = said_time(sent);
    Ok(SentEvent {
        tracker: text(sent, "tracker_id").ok_or(BadEvent::Missing("tracker_id"))?,
        event: read_body(sent, moment(said, now))?,
    })
}

fn read_body(sent: &Map<String, Value>, at: Option<Timestamp>) -> Result<Event, BadEvent> {
    let kind = text(sent, "type").ok_or(BadEvent::Missing("type"))?;
    let id = text(sent, "id").ok_or(BadEvent::Missing("id"))?;
    let client = text(sent, "client_id").ok_or(BadEvent::Missing("client_id"))?;
    let customer = text(sent, "customer_id");
    let mut faults = Faults::default();
    let kind = match kind.as_str() {
        "pv" => read_view(sent)?,
        "event" => lists::read(sent, &mut faults)?,
        "click" => read_act(sent)?,
        "transaction" => read_transaction(sent, &mut faults)?,
        _ => return Err(BadEvent::UnknownType(kind.chars().take(50).collect())),
    };
    Ok(Event {
        id: EventId::new(&id).ok_or(BadEvent::TooLong("id"))?,
        client: ClientId::new(&client).ok_or(BadEvent::TooLong("client_id"))?,
        customer: customer.as_deref().and_then(ClientId::new),
        at,
        may_be_kept: !is_refused(sent.get("consent_granted")),
        variant: text(sent, "ab_test_variant")
            .as_deref()
            .and_then(Label::new),
        context: read_context(sent.get("context")),
        kind,
        faults,
    })
}

/// The pairs of a flat map of texts, numbers and booleans; what is anything else is no pair.
fn read_context(context: Option<&Value>) -> Vec<Label> {
    let Some(Value::Object(pairs)) = context else {
        return Vec::new();
    };
    let label = |(key, value): (&String, &Value)| {
        let value = match value {
            Value::String(value) if !value.trim().is_empty() => value.clone(),
            Value::Number(value) => value.to_string(),
            Value::Bool(value) => value.to_string(),
            _ => return None,
        };
        Label::new(&format!("{key}:{value}"))
    };
    pairs
        .iter()
        .filter_map(label)
        .take(Group::CONTEXT_MAX)
        .collect()
}

fn read_view(sent: &Map<String, Value>) -> Result<EventKind, BadEvent> {
    let url = text(sent, "url").ok_or(BadEvent::Missing("url"))?;
    Ok(EventKind::View(Identity::new(&url).ok()))
}

fn read_act(sent: &Map<String, Value>) -> Result<EventKind, BadEvent> {
    let action = sent.get("action").ok_or(BadEvent::Missing("action"))?;
    let action = action.as_object();
    let action = action.ok_or_else(|| BadEvent::NoMap("action".to_owned()))?;
    let act = text(action, "type").ok_or(BadEvent::Missing("action.type"))?;
    let target = text(action, "resource_identifier");
    let target = target.ok_or(BadEvent::Missing("action.resource_identifier"))?;
    Ok(EventKind::Act {
        act: Act::named(&act),
        target: Identity::new(&target).ok(),
    })
}

fn read_transaction(sent: &Map<String, Value>, faults: &mut Faults) -> Result<EventKind, BadEvent> {
    let items = sent.get("items").ok_or(BadEvent::Missing("items"))?;
    let items = items.as_array();
    let items = items.ok_or_else(|| BadEvent::NoArray("items".to_owned()))?;
    if items.is_empty() {
        return Err(BadEvent::Missing("items"));
    }
    let mut lines = Vec::new();
    for item in items {
        let item = item.as_object();
        let url = item.and_then(|item| text(item, "url"));
        let Some(identity) = url.and_then(|url| Identity::new(&url).ok()) else {
            faults.note(FaultKind::ItemWithoutUrl);
            continue;
        };
        let number = |name| number(item?.get(name));
        let (count, price) = (number("count"), number("total_price"));
        if count.is_none() || price.is_none() {
            faults.note(FaultKind::IncompleteLine);
        }
        if price.is_some_and(|price| price < 0.0) {
            faults.note(FaultKind::NegativePrice);
        }
        if lines.len() == Event::LINES_MAX {
            faults.note(FaultKind::TooManyItems);
            continue;
        }
        lines.push(Line {
            item: identity,
            // Saturates: a count that is none is one piece.
            pieces: count.map_or(1, |count| (count as u32).clamp(1, 1_000_000)),
        });
    }
    Ok(EventKind::Transaction(lines))
}

/// A text, or a number as its text; blank is missing.
fn text(map: &Map<String, Value>, name: &str) -> Option<String> {
    match map.get(name)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        // Integers are kept to their last digit.
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A number, or the text of one.
fn number(value: Option<&Value>) -> Option<f64> {
    match value? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// In seconds; what is no number is no time at all.
fn said_time(sent: &Map<String, Value>) -> Option<f64> {
    let said = sent.get("local_timestamp").filter(|said| !said.is_null())?;
    Some(number(Some(said)).unwrap_or(f64::NAN))
}

fn is_refused(consent: Option<&Value>) -> bool {
    match consent {
        Some(Value::Bool(consent)) => !consent,
        Some(Value::Number(number)) => number.as_f64() == Some(0.0),
        Some(Value::String(text)) => matches!(text.as_str(), "false" | "0" | "no"),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
