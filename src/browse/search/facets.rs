//! Facets of an answer, each value a link that puts its filter on or takes it off. Invariant: the filter of a value is
//! the one that a shop would send for it.

use serde_json::Value;

use super::asked::Asked;
use crate::browse::chart::{count, length};
use crate::browse::link::filter;
use crate::browse::value::cut;

/// Values of a facet that are shown at once; the others are in the answer.
const VALUES_MAX: usize = 12;

const LABEL_CHARS: usize = 48;

pub(super) struct FacetView {
    pub(super) name: String,
    pub(super) values: Vec<ValueView>,
    pub(super) left_out: usize,
}

pub(super) struct ValueView {
    pub(super) label: String,
    pub(super) count: String,
    pub(super) is_none: bool,
    pub(super) length: f64,
    pub(super) is_on: bool,
    pub(super) href: String,
}

pub(super) fn of(facets: &Value, asked: &Asked) -> Vec<FacetView> {
    let facets = facets.as_array().into_iter().flatten();
    facets.filter_map(|facet| view(facet, asked)).collect()
}

fn view(facet: &Value, asked: &Asked) -> Option<FacetView> {
    let name = facet["name"].as_str()?;
    let kind = facet["type"].as_str().unwrap_or_default();
    let values = facet["values"].as_array()?;
    let counts = values
        .iter()
        .filter_map(|value| value["hits_count"].as_u64());
    let most = counts.max().unwrap_or_default();
    let shown = values.iter().take(VALUES_MAX).filter_map(|value| {
        let text = value["value"].as_str()?;
        let hits = value["hits_count"].as_u64()?;
        let (is_on, href) = asked.toggled(&filter(name, text));
        Some(ValueView {
            label: cut(&label(text, kind), LABEL_CHARS),
            count: count(hits),
            is_none: hits == 0,
            length: length(hits as f64, most as f64),
            is_on,
            href,
        })
    });
    Some(FacetView {
        name: name.to_owned(),
        values: shown.collect(),
        left_out: values.len().saturating_sub(VALUES_MAX),
    })
}

/// A range as people write it, and of dates the day alone.
fn label(value: &str, kind: &str) -> String {
    let Some((from, to)) = value.split_once('|').filter(|_| kind != "text") else {
        return value.to_owned();
    };
    let end = |text: &str| match kind {
        "date" => text.get(..10).unwrap_or(text).to_owned(),
        _ => text.strip_suffix(".0").unwrap_or(text).to_owned(),
    };
    let (from, to) = (end(from), end(to));
    if from == to {
        from
    } else {
        format!("{from} – {to}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_written_for_people() {
        for (value, kind, expected) in [
            ("14.9|73.31", "float", "14.9 – 73.31"),
            ("1.0|1.0", "float", "1"),
            (
                "2023-05-10T00:00:00+00:00|2023-09-11T00:00:00+00:00",
                "date",
                "2023-05-10 – 2023-09-11",
            ),
            ("a|b", "text", "a|b"),
        ] {
            assert_eq!(label(value, kind), expected);
        }
    }
}
