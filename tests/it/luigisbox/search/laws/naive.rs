//! What filters, orders and ranges mean, read from the reference and from nothing else.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Boolean,
    Date,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) identity: String,
    pub(super) object_type: &'static str,
    fields: Map<String, Value>,
}

impl Entry {
    pub(super) fn new(
        (n, (object_type, fields)): (usize, (&'static str, Map<String, Value>)),
    ) -> Self {
        Self {
            identity: format!("o{n}"),
            object_type,
            fields,
        }
    }

    pub(super) fn json(&self) -> Value {
        let mut fields = self.fields.clone();
        fields.insert("title".to_owned(), json!(self.identity));
        json!({"identity": self.identity, "type": self.object_type, "fields": fields})
    }

    pub(super) fn values(&self, field: &str) -> Vec<&Value> {
        match self.fields.get(field) {
            None => Vec::new(),
            Some(Value::Array(list)) => list.iter().collect(),
            Some(one) => vec![one],
        }
    }

    pub(super) fn numbers(&self, field: &str, kind: Kind) -> Vec<f64> {
        let values = self.values(field).into_iter();
        values.filter_map(|value| number(value, kind)).collect()
    }
}

/// Numbers as they are, dates as seconds.
fn number(value: &Value, kind: Kind) -> Option<f64> {
    match (kind, value) {
        (Kind::Number, Value::Number(number)) => number.as_f64(),
        (Kind::Number, Value::String(text)) => text.parse().ok().filter(|n: &f64| n.is_finite()),
        (Kind::Date, Value::String(text)) => seconds(text),
        _ => None,
    }
}

/// `2024-01-10`, or with a time in UTC behind it.
fn seconds(text: &str) -> Option<f64> {
    let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (part(0..4)?, part(5..7)?, part(8..10)?);
    let time = match text.len() {
        10 => 0,
        _ => part(11..13)? * 3600 + part(14..16)? * 60 + part(17..19)?,
    };
    // Days of the civil calendar, March being its first month.
    let (year, month) = (if month <= 2 { year - 1 } else { year }, (month + 9) % 12);
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    Some(((days - 719_468) * 86_400 + time) as f64)
}

/// The text a value is met by.
fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn fits(value: &Value, kind: Kind) -> bool {
    match kind {
        Kind::Text => true,
        Kind::Boolean => value.is_boolean(),
        Kind::Number | Kind::Date => number(value, kind).is_some(),
    }
}

/// Whether any value of the object is what `field:value` asks for.
pub(super) fn holds(object: &Entry, kind: Kind, field: &str, value: &str) -> bool {
    let values = object.values(field);
    if value == "value_missing" {
        return values.is_empty();
    }
    // What does not fit is met by its text.
    let is_text = |own: &&&Value| kind == Kind::Text || !fits(own, kind);
    if values.iter().filter(is_text).any(|own| text(own) == value) {
        return true;
    }
    let as_number = |text: &str, kind| number(&json!(text), kind);
    let is_in_range = |numbers: &[f64], kind: Kind| {
        let Some((from, to)) = value.split_once('|') else {
            return false;
        };
        let bound = |text: &str, open| {
            if text.is_empty() {
                Some(open)
            } else {
                as_number(text, kind)
            }
        };
        let bounds = bound(from, f64::NEG_INFINITY).zip(bound(to, f64::INFINITY));
        bounds.is_some_and(|(from, to)| numbers.iter().any(|n| (from..=to).contains(n)))
    };
    match kind {
        Kind::Text => {
            let numbers: Vec<f64> = values.iter().filter_map(|own| own.as_f64()).collect();
            let dates: Vec<f64> = object.numbers(field, Kind::Date);
            is_in_range(&numbers, Kind::Number) || is_in_range(&dates, Kind::Date)
        }
        Kind::Boolean => {
            let wanted = value.parse().ok();
            wanted.is_some() && values.iter().any(|own| own.as_bool() == wanted)
        }
        Kind::Number | Kind::Date => {
            let own = object.numbers(field, kind);
            let is_exact = as_number(value, kind).is_some_and(|wanted| own.contains(&wanted));
            is_exact || is_in_range(&own, kind)
        }
    }
}

/// A range of a facet: its upper edge belongs to the next one, but for the last. One of few whole numbers is that
/// number alone.
pub(super) fn in_range(value: f64, range: &str, kind: Kind, is_last: bool) -> bool {
    let (from, to) = range.split_once('|').expect("a range has two ends");
    let edge = |text: &str| match kind {
        Kind::Date => seconds(&text.replace("+00:00", "Z")).expect("an instant"),
        _ => text.parse().expect("a number"),
    };
    let (from, to): (f64, f64) = (edge(from), edge(to));
    let has_upper_edge = is_last || from.total_cmp(&to).is_eq();
    from <= value && (value < to || has_upper_edge && value <= to)
}

#[derive(Clone, Debug)]
pub(super) enum Tree {
    Leaf(String, String),
    And(Vec<Tree>),
    Or(Vec<Tree>),
    Not(Vec<Tree>),
}

impl Tree {
    pub(super) fn json(&self) -> Value {
        let list = |members: &[Self]| members.iter().map(Self::json).collect::<Vec<_>>();
        match self {
            Self::Leaf(field, value) => json!({"filter": format!("{field}:{value}")}),
            Self::And(members) => json!({"and": list(members)}),
            Self::Or(members) => json!({"or": list(members)}),
            Self::Not(members) => json!({"not": list(members)}),
        }
    }

    pub(super) fn holds(&self, object: &Entry, kind_of: fn(&str) -> Kind) -> bool {
        let holding = |tree: &Self| tree.holds(object, kind_of);
        match self {
            Self::Leaf(field, value) => holds(object, kind_of(field), field, value),
            Self::And(members) => members.iter().all(holding),
            Self::Or(members) => members.iter().any(holding),
            Self::Not(members) => !members.iter().any(holding),
        }
    }
}

/// Identities by the least value, or by the greatest going down; among texts numbers first, then dates.
/// Objects without a value that fits come last, equal ones as they were sent.
pub(super) fn sorted(objects: &[Entry], field: &str, kind: Kind, descending: bool) -> Vec<String> {
    let mut objects: Vec<(Option<Key>, &Entry)> = objects
        .iter()
        .map(|object| {
            let keys = object.values(field).into_iter();
            let mut keys: Vec<Key> = keys.filter_map(|value| Key::of(value, kind)).collect();
            let first = keys.iter().map(Key::group).min();
            keys.retain(|key| Some(key.group()) == first);
            let keys = keys.into_iter();
            let best = if descending {
                keys.max_by(Key::order)
            } else {
                keys.min_by(Key::order)
            };
            (best, object)
        })
        .collect();
    objects.sort_by(|(one, _), (other, _)| match (one, other) {
        (Some(one), Some(other)) => {
            let within = if descending {
                other.order(one)
            } else {
                one.order(other)
            };
            one.group().cmp(&other.group()).then(within)
        }
        (one, other) => one.is_none().cmp(&other.is_none()),
    });
    objects
        .into_iter()
        .map(|(_, object)| object.identity.clone())
        .collect()
}

#[derive(Debug)]
enum Key {
    Number(f64),
    Date(f64),
    Text(String),
}

impl Key {
    fn of(value: &Value, kind: Kind) -> Option<Self> {
        match (kind, value) {
            (Kind::Text, Value::Number(_)) => value.as_f64().map(Self::Number),
            (Kind::Text, Value::String(text)) => Some(match seconds(text) {
                Some(date) => Self::Date(date),
                None => Self::Text(text.clone()),
            }),
            (Kind::Text, other) => Some(Self::Text(other.to_string())),
            (Kind::Boolean, _) => value.as_bool().map(|flag| Self::Number(flag.into())),
            (Kind::Number | Kind::Date, _) => number(value, kind).map(Self::Number),
        }
    }

    fn group(&self) -> u8 {
        match self {
            Self::Number(_) => 0,
            Self::Date(_) => 1,
            Self::Text(_) => 2,
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) | (Self::Date(one), Self::Date(other)) => {
                one.partial_cmp(other).expect("no NaN")
            }
            (Self::Text(one), Self::Text(other)) => root_collation().compare(one, other),
            _ => Ordering::Equal,
        }
    }
}

/// The order of texts where no language is set.
fn root_collation() -> icu_collator::CollatorBorrowed<'static> {
    let (preferences, options) = <_>::default();
    icu_collator::CollatorBorrowed::try_new(preferences, options).expect("compiled data")
}
