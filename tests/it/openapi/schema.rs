//! As much of JSON schema as the description uses. Invariant: a word that nobody here knows fails the test.

use serde_json::{Map, Value};

use super::{list, members};

/// What is wrong with a value, with the place of each fault; empty when it is as the schema says.
pub(super) fn faults(value: &Value, schema: &Value, named: &Map<String, Value>) -> Vec<String> {
    let mut faults = Vec::new();
    check("", value, schema, named, &mut faults);
    faults
}

fn check(
    at: &str,
    value: &Value,
    schema: &Value,
    named: &Map<String, Value>,
    faults: &mut Vec<String>,
) {
    for (word, wanted) in members(schema) {
        let is_met = match word.as_str() {
            // What texts look like is left to `.ci/api`, which knows patterns.
            "description" | "format" | "pattern" => true,
            "minLength" => value
                .as_str()
                .is_none_or(|text| text.len() as u64 >= count(wanted)),
            "minItems" => value
                .as_array()
                .is_none_or(|list| list.len() as u64 >= count(wanted)),
            "maxItems" => value
                .as_array()
                .is_none_or(|list| list.len() as u64 <= count(wanted)),
            "$ref" => {
                let name = wanted.as_str().and_then(|path| path.rsplit('/').next());
                let name = name.expect("a name");
                let schema = named.get(name);
                let schema = schema.unwrap_or_else(|| panic!("no schema `{name}`"));
                check(at, value, schema, named, faults);
                true
            }
            "type" => match wanted {
                Value::String(kind) => is_of(value, kind),
                kinds => list(kinds)
                    .iter()
                    .filter_map(Value::as_str)
                    .any(|kind| is_of(value, kind)),
            },
            "enum" => list(wanted).contains(value),
            "minimum" => !value.is_number() || value.as_f64() >= wanted.as_f64(),
            "maximum" => !value.is_number() || value.as_f64() <= wanted.as_f64(),
            "minProperties" => !value.is_object() || members(value).count() as u64 >= count(wanted),
            "maxProperties" => !value.is_object() || members(value).count() as u64 <= count(wanted),
            "anyOf" => list(wanted)
                .iter()
                .any(|schema| self::faults(value, schema, named).is_empty()),
            "required" => {
                let wanted = list(wanted).iter().filter_map(Value::as_str);
                !value.is_object() || wanted.clone().all(|name| value.get(name).is_some())
            }
            "properties" => {
                for (name, schema) in members(wanted) {
                    if let Some(value) = value.get(name) {
                        check(&format!("{at}/{name}"), value, schema, named, faults);
                    }
                }
                true
            }
            "additionalProperties" => {
                let is_known = |name: &str| schema["properties"].get(name).is_some();
                for (name, value) in members(value).filter(|(name, _)| !is_known(name)) {
                    match wanted {
                        Value::Bool(false) => faults.push(format!("{at}/{name} is not described")),
                        schema => check(&format!("{at}/{name}"), value, schema, named, faults),
                    }
                }
                true
            }
            "items" => {
                for (number, value) in list(value).iter().enumerate() {
                    check(&format!("{at}/{number}"), value, wanted, named, faults);
                }
                true
            }
            other => panic!("`{other}` is a word of schemas that is not known here"),
        };
        if !is_met {
            faults.push(format!(
                "{at} is not as `{word}` says: {wanted}, but {value}"
            ));
        }
    }
}

fn count(number: &Value) -> u64 {
    number.as_u64().expect("a count")
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        other => panic!("`{other}` is no type"),
    }
}

#[test]
fn faults_are_found() {
    use serde_json::json;
    let schema = json!({
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"$ref": "#/components/schemas/A"}, "b": {"type": ["integer", "null"]}},
        "additionalProperties": false,
    });
    let mut named = Map::new();
    named.insert(
        "A".to_owned(),
        json!({"type": "array", "items": {"enum": ["x"]}}),
    );
    let faults = |value: Value| super::schema::faults(&value, &schema, &named).len();
    assert_eq!(faults(json!({"a": ["x"], "b": null})), 0);
    for wrong in [
        json!({}),
        json!([]),
        json!({"a": ["y"]}),
        json!({"a": [], "c": 1}),
        json!({"a": [], "b": 1.5}),
    ] {
        assert_ne!(faults(wrong.clone()), 0, "{wrong}");
    }
}
