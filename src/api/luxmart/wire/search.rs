//! Parameters and answer of the search (docs/reference/11-product-sync.md §1): variants as the database has them.

use serde_json::{Map, Value, json};

use super::super::Searched;
use super::super::error::Error;
use crate::domain::{
    FieldFilter, Filters, Hit, Number, Page, QueryText, ResultSet, SearchQuery, SearchResults,
    ShownFields, ShownNested, ShownValue, Timestamp,
};
use crate::http::query_string::QueryString;

const SIZE_DEFAULT: usize = 20;
const SIZE_MAX: usize = 100;

/// The window of an answer, as it was asked for.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Window {
    page: usize,
    size: usize,
}

/// Reads the parameters; unknown ones are ignored. Words are looked for in every language, whatever
/// `lang` is.
pub(in super::super) fn read_search(
    query: &QueryString,
    searched: &Searched,
    now: Timestamp,
) -> Result<(SearchQuery, Window), Error> {
    let window = Window {
        page: whole(query, "page", "a number from 1", 1, usize::MAX)?,
        size: whole(
            query,
            "size",
            "a number from 1 to 100",
            SIZE_DEFAULT,
            SIZE_MAX,
        )?,
    };
    let mut filters = Filters::default();
    if let Some(object_type) = &searched.object_type {
        filters.any_of.push(filter("type", object_type.as_str()));
    }
    for name in ["currency_id", "category_id", "store_id"] {
        if let Some(value) = query.scalar(name) {
            filters.any_of.push(filter(name, value));
        }
    }
    let (from, to) = (bound(query, "min_price")?, bound(query, "max_price")?);
    if !from.is_empty() || !to.is_empty() {
        filters
            .any_of
            .push(filter("price_amount", &format!("{from}|{to}")));
    }
    let search = SearchQuery {
        text: query.scalar("q").and_then(QueryText::new),
        result_set: ResultSet::Narrow,
        filters,
        page: Page {
            offset: (window.page - 1).saturating_mul(window.size),
            limit: window.size,
        },
        ..SearchQuery::everything(now)
    };
    Ok((search, window))
}

fn filter(name: &str, value: &str) -> FieldFilter {
    FieldFilter::untyped(name, value)
}

fn whole(
    query: &QueryString,
    name: &'static str,
    rule: &'static str,
    default: usize,
    most: usize,
) -> Result<usize, Error> {
    let Some(text) = query.scalar(name) else {
        return Ok(default);
    };
    let number = text
        .parse()
        .ok()
        .filter(|number| (1..=most).contains(number));
    number.ok_or(Error::BadParameter(name, rule))
}

/// The bound as a filter has it; empty for none.
fn bound<'q>(query: &'q QueryString, name: &'static str) -> Result<&'q str, Error> {
    let text = query.scalar(name).unwrap_or_default();
    let is_number = text.parse::<f64>().is_ok_and(f64::is_finite);
    if text.is_empty() || is_number {
        return Ok(text);
    }
    Err(Error::BadParameter(name, "a number"))
}

pub(in super::super) fn answer(results: Option<&SearchResults>, window: Window) -> Value {
    let hits = results.map_or(&[][..], |results| &results.hits);
    json!({
        "data": hits.iter().map(variant).collect::<Vec<_>>(),
        "count": results.map_or(0, |results| results.total_hits),
        "page": window.page,
        "size": window.size,
    })
}

/// The columns of the row, and of what is nested in it the first category and the brand.
fn variant(hit: &Hit) -> Value {
    let object = hit.object.shown();
    let fields = object.fields();
    let mut variant = Map::new();
    if !fields.contains("id") {
        variant.insert("id".to_owned(), object.identity().as_str().into());
    }
    insert_all(&mut variant, fields);
    for name in ["category", "brand"] {
        let mut nested = object.nested();
        let found = nested.find(|nested| nested.object_type().as_str() == name);
        if let Some(nested) = found.filter(|_| !fields.contains(name)) {
            variant.insert(name.to_owned(), nested_value(nested));
        }
    }
    Value::Object(variant)
}

fn nested_value(nested: ShownNested<'_>) -> Value {
    let mut value = Map::new();
    value.insert("id".to_owned(), nested.identity().as_str().into());
    insert_all(&mut value, nested.fields());
    Value::Object(value)
}

fn insert_all(map: &mut Map<String, Value>, fields: ShownFields<'_>) {
    for (name, value) in fields.iter() {
        map.insert(name.as_str().to_owned(), json_value(value));
    }
}

fn json_value(value: ShownValue<'_>) -> Value {
    match value {
        ShownValue::Text(text) => text.into(),
        ShownValue::Bool(bool) => bool.into(),
        ShownValue::Number(Number::Integer(number)) => number.into(),
        ShownValue::Number(Number::Unsigned(number)) => number.into(),
        ShownValue::Number(Number::Float(number)) => number.into(),
        ShownValue::List(list) => list.iter().map(json_value).collect(),
        ShownValue::Map(fields) => {
            let mut map = Map::new();
            insert_all(&mut map, fields);
            Value::Object(map)
        }
    }
}
