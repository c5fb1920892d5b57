//! The lists of an event: shapes in, [`SentList`] out, whose meaning is the domain's.

use serde_json::{Map, Value};

use super::{BadEvent, number, text};
use crate::domain::{
    EventKind, FaultKind, Faults, ListKind, ListView, SentItem, SentList, SentQuery,
};

/// Names among the filters of a query that are no choice of the visitor.
const RESERVED: [&str; 3] = ["sort by", "_Guid", "_Variant"];

pub(super) fn read(sent: &Map<String, Value>, faults: &mut Faults) -> Result<EventKind, BadEvent> {
    let lists = sent.get("lists").ok_or(BadEvent::Missing("lists"))?;
    let lists = lists.as_object();
    let lists = lists.ok_or_else(|| BadEvent::NoMap("lists".to_owned()))?;
    if lists.is_empty() {
        return Err(BadEvent::NoList);
    }
    let mut views = Vec::new();
    for (name, list) in lists {
        match ListKind::named(name) {
            Some(kind) => views.push(ListView::read(kind, read_list(name, list)?, faults)),
            None => faults.note(FaultKind::UnknownList),
        }
    }
    Ok(EventKind::Lists(views))
}

fn read_list(name: &str, list: &Value) -> Result<SentList, BadEvent> {
    let list = list.as_object();
    let list = list.ok_or_else(|| BadEvent::NoMap(format!("lists.{name}")))?;
    let items = list.get("items").and_then(Value::as_array);
    let items = items.ok_or_else(|| BadEvent::NoArray(format!("lists.{name}.items")))?;
    Ok(SentList {
        items: items.iter().map(read_item).collect(),
        query: list
            .get("query")
            .and_then(Value::as_object)
            .map_or_else(SentQuery::default, read_query),
    })
}

/// What is no object is an item without anything.
fn read_item(item: &Value) -> SentItem {
    let Some(item) = item.as_object() else {
        return SentItem::default();
    };
    let object_type = text(item, "type");
    SentItem {
        url: text(item, "url"),
        has_title: text(item, "title").is_some(),
        has_type: object_type.is_some(),
        is_query: object_type.as_deref() == Some("query"),
        position: number(item.get("position"))
            .filter(|position| *position >= 0.0)
            .map(|position| position as u64),
        price: item.get("price").and_then(Value::as_f64),
    }
}

fn read_query(query: &Map<String, Value>) -> SentQuery {
    let map = |name: &str| query.get(name).and_then(Value::as_object);
    let filters = map("filters");
    let chosen = |filters: &Map<String, Value>| {
        let mut names = filters.keys();
        names.any(|name| !RESERVED.contains(&name.as_str()))
    };
    SentQuery {
        string: text(query, "string"),
        is_filtered: filters.is_some_and(chosen),
        has_scopes: map("scopes").is_some_and(|scopes| !scopes.is_empty()),
        place: filters.and_then(|filters| text(filters, "RecommenderClientId")),
        variant: filters.and_then(|filters| text(filters, "_Variant")),
    }
}
