//! One line of a file of past events (docs/reference/06-autocomplete-and-others.md §6.8). Pure: a line in, an event
//! as the server takes it out, or why it is none.

use serde_json::{Map, Value, json};

use crate::domain::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// One JSON object a line: an event, or a line of an order
    Ndjson,
    /// Without a header: order, identity, user, time
    Csv,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Read {
    /// Of a line of an order: the order and who made it, which say what belongs to it.
    pub(super) order: Option<String>,
    pub(super) event: Value,
}

/// The event of a line.
pub(super) fn read(format: Format, line: &str) -> Result<Read, String> {
    match format {
        Format::Ndjson => {
            let sent: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
            let Value::Object(sent) = sent else {
                return Err("is no JSON object".to_owned());
            };
            // What has a type is an event; lines of orders have none.
            if sent.contains_key("type") {
                return Ok(Read {
                    order: None,
                    event: Value::Object(sent),
                });
            }
            order_line(&sent)
        }
        Format::Csv => {
            let cells = cells(line)?;
            let [order, identity, user, time] = cells.as_slice() else {
                let count = cells.len();
                return Err(format!("has {count} cells instead of 4"));
            };
            let cells = [
                ("order_id", order),
                ("identity", identity),
                ("auth_user_id", user),
                ("created_at", time),
            ];
            let sent = cells.map(|(name, cell)| (name.to_owned(), json!(cell)));
            order_line(&sent.into_iter().collect())
        }
    }
}

/// A line of an order as a transaction.
fn order_line(sent: &Map<String, Value>) -> Result<Read, String> {
    let text = |names: &[&str]| {
        let values = names.iter().filter_map(|name| sent.get(*name));
        let mut texts = values.filter_map(|value| match value {
            Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
        texts.next()
    };
    let missing = |name: &str| format!("`{name}` is missing");
    let order = text(&["order_id"]).ok_or_else(|| missing("order_id"))?;
    let identity = text(&["identity", "url"]).ok_or_else(|| missing("identity"))?;
    let time = text(&["created_at"]).ok_or_else(|| missing("created_at"))?;
    let at = Timestamp::parse(&time).ok_or_else(|| format!("`{time}` is no time"))?;
    // Without a user nothing can be kept of one: the order stands for it.
    let user = text(&["auth_user_id", "user_id"]);
    let id = blake3::hash(format!("{order}\0{identity}").as_bytes()).to_hex();
    let event = json!({
        "id": format!("order-{}", &id[..32]),
        "type": "transaction",
        "client_id": user.clone().unwrap_or_else(|| format!("order-{}", &id[32..])),
        "consent_granted": user.is_some(),
        "local_timestamp": at.second(),
        "items": [{"url": identity, "count": 1, "total_price": 0}],
    });
    let whose = user.unwrap_or_default();
    Ok(Read {
        order: Some(format!("{order}\0{whose}")),
        event,
    })
}

/// The cells of a line: quotes around a cell are taken off, two inside are one.
fn cells(line: &str) -> Result<Vec<String>, String> {
    let mut cells = vec![String::new()];
    let mut chars = line.trim_end_matches(['\r', '\n']).chars().peekable();
    let mut is_quoted = false;
    while let Some(c) = chars.next() {
        let is_empty = cells.last().is_some_and(String::is_empty);
        let mut push = |c| cells.last_mut().map(|cell| cell.push(c));
        match (c, is_quoted) {
            ('"', true) if chars.next_if_eq(&'"').is_some() => {
                push('"');
            }
            ('"', true) => is_quoted = false,
            ('"', false) if is_empty => is_quoted = true,
            (',', false) => cells.push(String::new()),
            _ => {
                push(c);
            }
        }
    }
    if is_quoted {
        return Err("has a quote that does not end".to_owned());
    }
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_of_an_order_is_a_transaction() {
        let csv = "7,\"sku \"\"1\"\", a\",u-77,2026-01-31 10:00:00";
        let json = r#"{"order_id":7,"url":"sku \"1\", a","user_id":"u-77","created_at":"2026-01-31T10:00:00Z"}"#;
        let from_csv = read(Format::Csv, csv).expect("a line");
        assert_eq!(from_csv, read(Format::Ndjson, json).expect("a line"));
        assert_eq!(from_csv.order.as_deref(), Some("7\0u-77"));
        let from_csv = from_csv.event;
        assert_eq!(from_csv["local_timestamp"], 1_769_853_600);
        assert_eq!(from_csv["client_id"], "u-77");
        assert_eq!(from_csv["consent_granted"], true);
        assert_eq!(from_csv["items"][0]["url"], "sku \"1\", a");
        let other = read(Format::Csv, "8,a,,2026-01-31 10:00:00").expect("a line");
        assert_eq!(other.event["consent_granted"], false);
    }

    #[test]
    fn an_event_is_sent_as_it_stands() {
        let event = r#"{"id":"1","type":"pv","client_id":401267318254711900,"url":"a"}"#;
        let read = read(Format::Ndjson, event).expect("an event");
        assert_eq!((read.event.to_string().as_str(), read.order), (event, None));
    }

    #[test]
    fn what_is_wrong_with_a_line_is_said() {
        for (format, line, words) in [
            (Format::Csv, "1,a,u", "has 3 cells instead of 4"),
            (
                Format::Csv,
                "1,\"a,u,2026-01-31",
                "has a quote that does not end",
            ),
            (Format::Csv, ",a,u,2026-01-31", "`order_id` is missing"),
            (Format::Csv, "1,,u,2026-01-31", "`identity` is missing"),
            (Format::Csv, "1,a,u,soon", "`soon` is no time"),
            (Format::Ndjson, "[]", "is no JSON object"),
            (
                Format::Ndjson,
                "{\"order_id\":1,\"url\":\"a\"}",
                "`created_at` is missing",
            ),
        ] {
            assert_eq!(read(format, line), Err(words.to_owned()), "{line}");
        }
    }

    proptest! {
        #[test]
        fn cells_come_back_as_they_were_written(wanted in proptest::collection::vec("[a\", é]{0,5}", 1..6)) {
            let quoted = wanted.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")));
            let line = quoted.collect::<Vec<_>>().join(",");
            prop_assert_eq!(cells(&line), Ok(wanted));
        }
    }
}
