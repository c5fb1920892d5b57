//! What a sample of objects says of their attributes: how many have each, how many values there are, what they look
//! like. Invariant: what is kept of an attribute is bounded, whatever its values are.

use std::collections::{HashMap, HashSet};

use super::chart::length;
use super::link;
use super::value::{SHORT_CHARS, cut, text_of};
use crate::domain::{AttributeType, FieldName, FieldValue, Object, Schema, derive};

/// Most attributes of one sample; of maps whose keys are data there may be many.
const ATTRIBUTES_MAX: usize = 5_000;

/// Different values of one attribute that are told apart.
const DISTINCT_MAX: usize = 200;

/// Values of one attribute that are shown.
const SAMPLES_MAX: usize = 4;

/// Of a shown value; values that differ further behind are taken as one.
const VALUE_CHARS: usize = 60;

/// One attribute.
pub(super) struct FieldRow {
    pub(super) name: String,
    /// What its values are, as the first one said; empty where nobody filters by it.
    pub(super) kind: &'static str,
    pub(super) is_derived: bool,
    pub(super) is_hidden: bool,
    pub(super) objects: usize,
    pub(super) coverage_percent: u32,
    pub(super) coverage_length: f64,
    pub(super) distinct: String,
    /// Values, and searches for what has them where there is a filter for it.
    pub(super) samples: Vec<(String, Option<String>)>,
}

#[derive(Default)]
struct Values {
    objects: usize,
    is_derived: bool,
    distinct: HashSet<String>,
    samples: Vec<String>,
}

impl Values {
    fn add(&mut self, value: &FieldValue) {
        self.objects += 1;
        for element in value.elements() {
            if self.distinct.len() > DISTINCT_MAX {
                return;
            }
            let text = text_of(element, SHORT_CHARS);
            if self.distinct.contains(&text) {
                continue;
            }
            if self.samples.len() < SAMPLES_MAX {
                self.samples.push(text.clone());
            }
            self.distinct.insert(text);
        }
    }
}

/// The attributes of these objects, those that most of them have first.
pub(super) fn of(objects: &[Object], schema: &Schema, root: &str, site: &str) -> Vec<FieldRow> {
    let mut found: HashMap<FieldName, Values> = HashMap::new();
    for object in objects {
        let derived = derive(object);
        let computed = derived.returned.iter().chain(derived.filter_only.iter());
        let sent = object.fields.iter().map(|field| (false, field));
        for (is_derived, (name, value)) in sent.chain(computed.map(|field| (true, field))) {
            if !found.contains_key(name) && found.len() >= ATTRIBUTES_MAX {
                continue;
            }
            let values = found.entry(name.clone()).or_default();
            // What is merged with what was sent is counted once.
            if !is_derived || values.is_derived || values.objects == 0 {
                values.is_derived |= is_derived;
                values.add(value);
            }
        }
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by(|(a, of_a), (b, of_b)| {
        let by_name = || a.cmp(b);
        let by_count = of_b.objects.cmp(&of_a.objects);
        of_a.is_derived
            .cmp(&of_b.is_derived)
            .then(by_count)
            .then_with(by_name)
    });
    let rows = found.into_iter();
    rows.map(|(name, values)| row(&name, values, objects.len(), schema, root, site))
        .collect()
}

fn row(
    name: &FieldName,
    values: Values,
    objects: usize,
    schema: &Schema,
    root: &str,
    site: &str,
) -> FieldRow {
    let share = values.objects as f64 / objects.max(1) as f64;
    let distinct = match values.distinct.len() {
        many if many > DISTINCT_MAX => format!("more than {DISTINCT_MAX}"),
        few => few.to_string(),
    };
    let kind = schema.get(name.as_str()).map(|(_, kind)| kind);
    let samples = values.samples.into_iter().map(|value| {
        let shown = cut(&value, VALUE_CHARS);
        let can_be_asked = kind.is_some() && shown == value;
        let href = can_be_asked.then(|| link::of_filter(root, site, name.as_str(), &value));
        (shown, href)
    });
    FieldRow {
        kind: kind.map_or("", name_of),
        is_derived: values.is_derived,
        is_hidden: name.is_hidden(),
        objects: values.objects,
        coverage_percent: (share * 100.0).round() as u32,
        coverage_length: length(values.objects as f64, objects as f64),
        distinct,
        samples: samples.collect(),
        name: name.to_string(),
    }
}

pub(super) fn name_of(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::Text => "text",
        AttributeType::Numeric => "number",
        AttributeType::Boolean => "boolean",
        AttributeType::Date => "date",
        AttributeType::Geo => "place",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::{json, object};

    #[test]
    fn attributes_are_counted_over_the_sample() {
        let objects = [
            json!({"title": "Mug", "color": ["red", "blue"], "_cost": 1}),
            json!({"title": "Cup", "color": "red", "price": "5 €"}),
        ];
        let objects = objects.map(|fields| object(&fields, &[]));
        let mut schema = Schema::default();
        schema.add(FieldName::new("color"), AttributeType::Text);
        let rows = of(&objects, &schema, "/browse", "a-1");
        let row = |name: &str| rows.iter().find(|row| row.name == name).expect("a row");
        let color = row("color");
        assert_eq!(
            (color.kind, color.objects, color.distinct.as_str()),
            ("text", 2, "2")
        );
        assert_eq!(color.coverage_percent, 100);
        assert_eq!(color.samples[0].0, "red");
        let href = color.samples[0].1.as_deref().expect("it can be asked for");
        assert!(href.ends_with("/search?f[]=color:red"), "{href}");
        let cost = row("_cost");
        assert!(cost.is_hidden && !cost.is_derived && cost.coverage_percent == 50);
        let amount = row("price_amount");
        assert!(amount.is_derived && amount.objects == 1);
        let first: Vec<&str> = rows.iter().map(|row| row.name.as_str()).take(2).collect();
        assert_eq!(first, ["color", "title"]);
    }

    #[test]
    fn of_many_values_a_few_are_kept() {
        let colors: Vec<String> = (0..1_000).map(|number| format!("c{number}")).collect();
        let objects = [object(&json!({"title": "Mug", "tint": colors}), &[])];
        let rows = of(&objects, &Schema::default(), "/browse", "a-1");
        let tint = rows.iter().find(|row| row.name == "tint").expect("a row");
        assert_eq!(tint.distinct, "more than 200");
        assert_eq!(tint.samples.len(), SAMPLES_MAX);
    }
}
