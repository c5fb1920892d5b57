//! Attributes as they are returned (docs/reference/04-data-layout.md §4). Invariants: `title` is always
//! written, and values keep the JSON type they were sent in.

use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

use super::hit::HitForm;
use crate::domain::{AttributesForm, FieldName, Number, ShownFields, ShownValue};

/// The attributes of a hit or of a nested object: the sent ones in their order, then the derived ones.
pub(super) struct Attributes<'a> {
    pub(super) sent: ShownFields<'a>,
    /// Goes before a sent attribute of the same name; what a sent one wins over is not in it.
    pub(super) derived: ShownFields<'a>,
    pub(super) form: HitForm<'a>,
    /// In place of the title, which then follows as [`UNTOUCHED`].
    pub(super) marked_title: Option<&'a str>,
}

/// The title as it was sent, where marks are in it.
const UNTOUCHED: &str = "title.untouched";

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in self.sent.iter() {
            let value = self.derived.get(name.as_str()).unwrap_or(value);
            self.entry::<S>(&mut map, name, value)?;
        }
        for (name, value) in self.derived.iter() {
            if !self.sent.contains(name.as_str()) {
                self.entry::<S>(&mut map, name, value)?;
            }
        }
        map.end()
    }
}

impl Attributes<'_> {
    fn entry<S: Serializer>(
        &self,
        map: &mut S::SerializeMap,
        name: &FieldName,
        value: ShownValue<'_>,
    ) -> Result<(), S::Error> {
        if !self.form.trim.keeps(name.as_str()) {
            return Ok(());
        }
        match self.marked_title {
            Some(marked) if name.as_str() == "title" => {
                map.serialize_entry("title", marked)?;
                self.value::<S>(map, UNTOUCHED, name, value)
            }
            _ => self.value::<S>(map, name.as_str(), name, value),
        }
    }

    fn value<S: Serializer>(
        &self,
        map: &mut S::SerializeMap,
        key: &str,
        name: &FieldName,
        value: ShownValue<'_>,
    ) -> Result<(), S::Error> {
        match self.form.attributes {
            AttributesForm::AsSent => map.serialize_entry(key, &AsShown(value)),
            AttributesForm::Arrays => map.serialize_entry(key, &Normal { name, value }),
        }
    }
}

/// A value in the JSON shape it was sent in.
struct AsShown<'a>(ShownValue<'a>);

impl Serialize for AsShown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            ShownValue::Text(text) => serializer.serialize_str(text),
            ShownValue::Number(Number::Integer(number)) => serializer.serialize_i64(number),
            ShownValue::Number(Number::Unsigned(number)) => serializer.serialize_u64(number),
            ShownValue::Number(Number::Float(number)) => serializer.serialize_f64(number),
            ShownValue::Bool(flag) => serializer.serialize_bool(flag),
            ShownValue::List(list) => serializer.collect_seq(list.iter().map(AsShown)),
            ShownValue::Map(map) => {
                let entries = map.iter();
                serializer.collect_map(entries.map(|(name, value)| (name.as_str(), AsShown(value))))
            }
        }
    }
}

/// A value in the live form: an array, or a scalar where the name says so.
struct Normal<'a> {
    name: &'a FieldName,
    value: ShownValue<'a>,
}

impl Serialize for Normal<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_scalar = is_scalar(self.name.as_str());
        match self.value {
            ShownValue::List(list) => match list.iter().next() {
                Some(first) if is_scalar => AsShown(first).serialize(serializer),
                _ => serializer.collect_seq(list.iter().map(AsShown)),
            },
            one if is_scalar => AsShown(one).serialize(serializer),
            one => serializer.collect_seq([AsShown(one)]),
        }
    }
}

/// Names whose values are returned bare; all others are returned as arrays.
fn is_scalar(name: &str) -> bool {
    const NAMES: [&str; 6] = [
        "description",
        "availability",
        "availability_rank",
        "boost",
        "item_id",
        "original_url",
    ];
    const PREFIXES: [&str; 3] = ["title", "price", "image_link"];
    const SUFFIXES: [&str; 2] = ["_amount", "_count"];
    NAMES.contains(&name)
        || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;
    use crate::api::luigisbox::wire::trim::Trim;
    use crate::domain::{FieldValue, Fields};

    fn written(form: AttributesForm, sent: &Fields, derived: &Fields, trim: &Trim) -> String {
        let form = HitForm {
            is_listed: false,
            attributes: form,
            trim,
        };
        let attributes = Attributes {
            sent: ShownFields::new(sent),
            derived: ShownFields::new(derived),
            form,
            marked_title: None,
        };
        serde_json::to_string(&attributes).expect("string keys")
    }

    /// The JSON of a value as the content API would have read it.
    fn value(json: &Value) -> FieldValue {
        match json {
            Value::Null => unreachable!("fields hold no null"),
            Value::Bool(flag) => FieldValue::Bool(*flag),
            Value::Number(number) => FieldValue::Number(
                number
                    .as_i64()
                    .map(Number::Integer)
                    .or_else(|| number.as_u64().map(Number::Unsigned))
                    .unwrap_or_else(|| Number::Float(number.as_f64().expect("a JSON number"))),
            ),
            Value::String(text) => FieldValue::Text(text.clone()),
            Value::Array(list) => FieldValue::List(list.iter().map(value).collect()),
            Value::Object(map) => FieldValue::Map(fields(&Value::Object(map.clone()))),
        }
    }

    fn fields(json: &Value) -> Fields {
        let map = json.as_object().expect("an object");
        map.iter()
            .map(|(name, one)| (name.as_str(), value(one)))
            .collect()
    }

    #[rstest]
    // The documented scalars.
    #[case("title", json!("Sock"), json!("Sock"))]
    #[case("price", json!("2.90 EUR"), json!("2.90 EUR"))]
    #[case("price_old", json!(3), json!(3))]
    #[case("price_amount", json!(2.0), json!(2.0))]
    #[case("price_old_amount", json!(2.9), json!(2.9))]
    #[case("availability", json!(1), json!(1))]
    #[case("availability_rank", json!(15), json!(15))]
    #[case("description", json!("d"), json!("d"))]
    #[case("item_id", json!(7), json!(7))]
    #[case("boost", json!(3), json!(3))]
    #[case("image_link", json!("/i"), json!("/i"))]
    // The recorded ones.
    #[case("price_sale", json!(1.5), json!(1.5))]
    #[case("price_omnibus", json!(1.5), json!(1.5))]
    #[case("priceRange", json!("1-2"), json!("1-2"))]
    #[case("discount_price_absolute_amount", json!(6.0), json!(6.0))]
    #[case("image_link_s", json!("/s"), json!("/s"))]
    #[case("title_common", json!("x"), json!("x"))]
    #[case("title.untouched", json!("x"), json!("x"))]
    #[case("original_url", json!("/o"), json!("/o"))]
    #[case("category_count", json!(2), json!(2))]
    // Everything else is an array.
    #[case("brand", json!("NIVEA"), json!(["NIVEA"]))]
    #[case("id", json!(5246), json!([5246]))]
    #[case("searchable", json!(true), json!([true]))]
    #[case("introduced_at", json!("2023-02-15 10:49:59"), json!(["2023-02-15 10:49:59"]))]
    #[case("web_url", json!("/p/1"), json!(["/p/1"]))]
    #[case("color", json!(["blue", "grey"]), json!(["blue", "grey"]))]
    #[case("size", json!("300.0000"), json!(["300.0000"]))]
    #[case("Rodzaj cery", json!("Sucha"), json!(["Sucha"]))]
    #[case("my_price", json!(1), json!([1]))]
    #[case("Title", json!("x"), json!(["x"]))]
    #[case("descriptions", json!("x"), json!(["x"]))]
    #[case("amount", json!(1), json!([1]))]
    // Lists and objects.
    #[case("ancestors", json!([{"url": "a", "x": [1.0]}]), json!([{"url": "a", "x": [1.0]}]))]
    #[case("color", json!([]), json!([]))]
    #[case("price", json!([]), json!([]))]
    #[case("price", json!(["1 EUR", "2 EUR"]), json!("1 EUR"))]
    #[case("special", json!({"material": "wool"}), json!([{"material": "wool"}]))]
    #[case("price_list", json!({"eur": 1}), json!({"eur": 1}))]
    #[case("sizes", json!([[1, 2], "x", false]), json!([[1, 2], "x", false]))]
    fn live_form(#[case] name: &str, #[case] sent: Value, #[case] expected: Value) {
        let fields = Fields::from_iter([(name, value(&sent))]);
        for (form, expected) in [
            (AttributesForm::Arrays, expected),
            (AttributesForm::AsSent, sent),
        ] {
            assert_eq!(
                written(form, &fields, &Fields::new(), &Trim::default()),
                format!("{{{}:{expected}}}", json!(name)),
                "{form:?}"
            );
        }
    }

    #[test]
    fn numbers_and_text_are_printed_as_they_were_sent() {
        let sent = fields(&json!({
            "a": 213.0, "b": 5, "c": 18_446_744_073_709_551_615_u64, "d": "čaj \"x\"", "e": 0.1
        }));
        assert_eq!(
            written(
                AttributesForm::AsSent,
                &sent,
                &Fields::new(),
                &Trim::default()
            ),
            r#"{"a":213.0,"b":5,"c":18446744073709551615,"d":"čaj \"x\"","e":0.1}"#
        );
    }

    #[test]
    fn derived_attributes_replace_sent_ones_in_place_and_follow_the_others() {
        let sent = fields(&json!({"brand": "A", "title": "T", "_margin": 0.2}));
        let derived = fields(&json!({"price_amount": 1.0, "brand": ["A", "B"], "boost": 0}));
        assert_eq!(
            written(AttributesForm::Arrays, &sent, &derived, &Trim::default()),
            r#"{"brand":["A","B"],"title":"T","price_amount":1.0,"boost":0}"#
        );
    }

    #[rstest]
    #[case::everything(None, None, r#"{"title":"T","color":["red"],"boost":0}"#)]
    #[case::listed(Some("color"), None, r#"{"title":"T","color":["red"]}"#)]
    #[case::listed_derived(Some("boost"), None, r#"{"title":"T","boost":0}"#)]
    #[case::hidden_stays_hidden(Some("_margin"), None, r#"{"title":"T"}"#)]
    #[case::removed(None, Some("color,title"), r#"{"title":"T","boost":0}"#)]
    fn only_kept_attributes_are_written(
        #[case] hit_fields: Option<&str>,
        #[case] remove_fields: Option<&str>,
        #[case] kept: &str,
    ) {
        let sent = fields(&json!({"title": "T", "color": "red", "_margin": 1}));
        let derived = fields(&json!({"boost": 0}));
        let trim = Trim::read(hit_fields, remove_fields);
        assert_eq!(
            written(AttributesForm::Arrays, &sent, &derived, &trim),
            kept
        );
    }
}
