//! Past events, sent by the shop itself (docs/reference/06-autocomplete-and-others.md §6.8). As those of pages, but
//! that the signature says which site they are of, and that they may be of any age.

use super::{BadEvent, BadEvents, elements, read_body, said_time};
use crate::domain::{Event, Timestamp};

/// Past events of one body.
const EVENTS_MAX: usize = 1_000;

pub fn read_past(body: &[u8], now: Timestamp) -> Result<Vec<Result<Event, BadEvent>>, BadEvents> {
    let sent = elements(body, EVENTS_MAX)?;
    let read = |sent: &serde_json::Value| {
        let sent = sent.as_object().ok_or(BadEvent::NotAnObject)?;
        read_body(sent, past(said_time(sent), now))
    };
    Ok(sent.iter().map(read).collect())
}

/// When it was; never later than now. Milliseconds are far in the future, and no time.
fn past(said_s: Option<f64>, now: Timestamp) -> Option<Timestamp> {
    /// Clocks may differ by so much.
    const AHEAD_MAX_S: f64 = 7.0 * 24.0 * 60.0 * 60.0;
    let Some(said_s) = said_s else {
        return Some(now);
    };
    let ahead = said_s - now.as_millis() as f64 / 1000.0;
    let is_good = said_s.is_finite() && said_s >= 0.0 && ahead <= AHEAD_MAX_S;
    is_good.then(|| Timestamp::from_millis((said_s * 1000.0) as i64).min(now))
}
