//! Facets as asked for, `brand,material:5`, and as answered (docs/reference/05-search.md §7).

use std::borrow::Cow;

use serde::Serialize;

use super::names::{entries, name_and_rest};
use crate::domain::{
    DynamicFacets, FacetBucket, FacetCounts, FacetKind, FacetRequest, Timestamp, color_code,
    color_label,
};

/// More than [`FacetRequest::FACETS_MAX`] different facets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyFacets;

/// Reads `facets`. A name repeated counts once; a bad or zero number of values means the default. What is
/// hidden is left out, as what nobody has.
pub(super) fn read_facets(list: &str) -> Result<Vec<FacetRequest>, TooManyFacets> {
    let mut requests: Vec<FacetRequest> = Vec::new();
    for facet in entries(list) {
        let (field, values) = name_and_rest(facet);
        if field.as_str().is_empty()
            || requests
                .iter()
                .any(|known| known.field.as_str() == field.as_str())
        {
            continue;
        }
        if requests.len() == FacetRequest::FACETS_MAX {
            return Err(TooManyFacets);
        }
        requests.extend(FacetRequest::new(
            field.as_str(),
            values_max(values.unwrap_or_default()),
        ));
    }
    Ok(requests)
}

/// Reads `dynamic_facets_size`, `10` or `10:8`; none when it is no number or zero.
pub(super) fn read_dynamic_facets(text: &str) -> Option<DynamicFacets> {
    let (facets, values) = text.split_once(':').unwrap_or((text, ""));
    let facets_max: usize = facets.trim().parse().ok()?;
    (facets_max > 0).then(|| DynamicFacets {
        facets_max: facets_max.min(FacetRequest::FACETS_MAX),
        values_max: values_max(values),
    })
}

fn values_max(text: &str) -> usize {
    match text.trim().parse() {
        Ok(0) | Err(_) => FacetRequest::VALUES_DEFAULT,
        Ok(count) => FacetRequest::VALUES_MAX.min(count),
    }
}

/// One facet of an answer.
#[derive(Debug, Serialize)]
pub(super) struct Facet<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    values: Vec<FacetValue>,
}

#[derive(Debug, Serialize)]
struct FacetValue {
    value: String,
    hits_count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    normalized_hits_count: Option<f64>,
    /// Of colours whose code is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    color_code: Option<String>,
    /// The name in a `name~hex` value.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
}

impl<'a> Facet<'a> {
    pub(super) fn of_no_values(name: &'a str) -> Self {
        Self {
            name,
            kind: "text",
            values: Vec::new(),
        }
    }

    pub(super) fn new(counts: &'a FacetCounts, total_hits: u64) -> Self {
        let name = counts.field.as_str();
        let (kind, mut values) = match &counts.kind {
            FacetKind::Text(buckets) => {
                let mut values = values(buckets, Clone::clone);
                if name.starts_with("color") {
                    values.iter_mut().for_each(FacetValue::describe_color);
                }
                ("text", values)
            }
            FacetKind::Boolean(buckets) => ("boolean", values(buckets, bool::to_string)),
            FacetKind::Number(buckets) => {
                let mut values = values(buckets, number_range);
                for value in &mut values {
                    value.normalized_hits_count = Some(share(value.hits_count, total_hits));
                }
                ("float", values)
            }
            FacetKind::Date(buckets) => ("date", values(buckets, date_range)),
        };
        // What does not fit the type stands behind what does, as it is filtered by
        // (docs/reference/04-data-layout.md §2).
        values.extend(self::values(&counts.misfits, Clone::clone));
        Self { name, kind, values }
    }
}

impl FacetValue {
    fn describe_color(&mut self) {
        self.color_code = color_code(&self.value).map(Cow::into_owned);
        self.label = color_label(&self.value).map(str::to_owned);
    }
}

fn values<T>(buckets: &[FacetBucket<T>], text: impl Fn(&T) -> String) -> Vec<FacetValue> {
    let value = |bucket: &FacetBucket<T>| FacetValue {
        value: text(&bucket.value),
        hits_count: bucket.count,
        normalized_hits_count: None,
        color_code: None,
        label: None,
    };
    buckets.iter().map(value).collect()
}

fn number_range((from, to): &(f64, f64)) -> String {
    format!("{}|{}", decimal(*from), decimal(*to))
}

/// The shortest text that reads back as the same number, never with an exponent, always with a
/// decimal place: `213.0`.
fn decimal(number: f64) -> String {
    let text = number.to_string();
    if text.contains('.') {
        text
    } else {
        text + ".0"
    }
}

fn date_range((from, to): &(Timestamp, Timestamp)) -> String {
    format!("{from}|{to}")
}

/// Two decimals: 36 of 172 is 0.21.
fn share(count: u64, total: u64) -> f64 {
    if total == 0 {
        return 0.0;
    }
    (count as f64 / total as f64 * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::domain::ShownName;

    #[rstest]
    #[case("brand,category,material:5", &[("brand", 30), ("category", 30), ("material", 5)])]
    #[case(" brand , color:7 ,", &[("brand", 30), ("color", 7)])]
    #[case("special.material:3", &[("special.material", 3)])]
    #[case("brand:2,brand:9,brand", &[("brand", 2)])]
    #[case("brand:0,color:-1,size:x,width:", &[("brand", 30), ("color", 30), ("size", 30), ("width", 30)])]
    #[case("brand:1001", &[("brand", 1000)])]
    #[case(",:5,", &[])]
    #[case::hidden("_margin,special._cost:3,nested_variant__cost,brand", &[("brand", 30)])]
    fn facets_are_read(#[case] sent: &str, #[case] expected: &[(&str, usize)]) {
        let requests = read_facets(sent).expect("few facets");
        let read: Vec<_> = requests
            .iter()
            .map(|request| (request.field.as_str(), request.values_max))
            .collect();
        assert_eq!(read, expected);
    }

    #[test]
    fn too_many_facets_are_refused_but_repeats_are_not_counted() {
        let names: Vec<_> = (0..FacetRequest::FACETS_MAX)
            .map(|n| format!("f{n}"))
            .collect();
        let most = names.join(",");
        assert!(read_facets(&format!("{most},f0,f1:5")).is_ok());
        assert_eq!(read_facets(&format!("{most},one_more")), Err(TooManyFacets));
    }

    #[rstest]
    #[case("10", Some((10, 30)))]
    #[case("10:8", Some((10, 8)))]
    #[case("1000:5000", Some((50, 1000)))]
    #[case("3:x", Some((3, 30)))]
    #[case("0", None)]
    #[case("-1:5", None)]
    #[case("", None)]
    fn dynamic_facets_are_read(#[case] sent: &str, #[case] expected: Option<(usize, usize)>) {
        let read = read_dynamic_facets(sent);
        assert_eq!(
            read.map(|read| (read.facets_max, read.values_max)),
            expected
        );
    }

    fn rendered(kind: FacetKind, total_hits: u64) -> serde_json::Value {
        rendered_as("attr", kind, total_hits)
    }

    fn rendered_as(name: &str, kind: FacetKind, total_hits: u64) -> serde_json::Value {
        let field = ShownName::new(name).expect("not hidden");
        let misfits = Vec::new();
        let counts = FacetCounts {
            field,
            kind,
            misfits,
        };
        serde_json::to_value(Facet::new(&counts, total_hits)).expect("string keys")
    }

    fn bucket<T>(value: T, count: u64) -> FacetBucket<T> {
        FacetBucket { value, count }
    }

    #[test]
    fn text_and_boolean_facets_list_values() {
        let text = FacetKind::Text(vec![bucket("Yamaha".to_owned(), 37)]);
        assert_eq!(
            rendered(text, 40),
            json!({"name": "attr", "type": "text", "values": [{"value": "Yamaha", "hits_count": 37}]})
        );
        let boolean = FacetKind::Boolean(vec![bucket(true, 9), bucket(false, 1)]);
        assert_eq!(
            rendered(boolean, 10),
            json!({"name": "attr", "type": "boolean", "values": [
                {"value": "true", "hits_count": 9}, {"value": "false", "hits_count": 1}]})
        );
    }

    #[test]
    fn colors_bring_their_code_and_name() {
        let values = ["White", "Sky~#87ceeb", "plaid"];
        let buckets = values.map(|value| bucket(value.to_owned(), 1)).to_vec();
        assert_eq!(
            rendered_as("color_main", FacetKind::Text(buckets), 3)["values"],
            json!([
                {"value": "White", "hits_count": 1, "color_code": "#ffffff"},
                {"value": "Sky~#87ceeb", "hits_count": 1, "color_code": "#87ceeb", "label": "Sky"},
                {"value": "plaid", "hits_count": 1}
            ])
        );
    }

    #[test]
    fn number_facets_list_ranges_with_their_share_of_the_result() {
        let number = FacetKind::Number(vec![bucket((2.89, 213.0), 36), bucket((213.0, 1e16), 0)]);
        assert_eq!(
            rendered(number, 172),
            json!({"name": "attr", "type": "float", "values": [
                {"value": "2.89|213.0", "hits_count": 36, "normalized_hits_count": 0.21},
                {"value": "213.0|10000000000000000.0", "hits_count": 0, "normalized_hits_count": 0.0}]})
        );
    }

    #[test]
    fn date_facets_list_ranges_of_instants() {
        let from = Timestamp::from_millis(1_704_067_200_000);
        let to = Timestamp::from_millis(1_719_792_000_000);
        let date = FacetKind::Date(vec![bucket((from, to), 4)]);
        assert_eq!(
            rendered(date, 4),
            json!({"name": "attr", "type": "date", "values": [
                {"value": "2024-01-01T00:00:00+00:00|2024-07-01T00:00:00+00:00", "hits_count": 4}]})
        );
    }

    #[rstest]
    #[case(36, 172, 0.21)]
    #[case(172, 172, 1.0)]
    #[case(0, 172, 0.0)]
    #[case(0, 0, 0.0)]
    fn shares_have_two_decimals(#[case] count: u64, #[case] total: u64, #[case] expected: f64) {
        assert!((share(count, total) - expected).abs() < f64::EPSILON);
    }
}
