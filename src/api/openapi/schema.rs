//! Short words for JSON schemas. Invariant: a map made by [`closed`] has the members listed and no others.

use serde_json::{Map, Value, json};

pub fn text() -> Value {
    json!({"type": "string"})
}

/// A text that is not empty.
pub fn filled() -> Value {
    json!({"type": "string", "minLength": 1})
}

/// A text of this form.
pub fn like(pattern: &str) -> Value {
    json!({"type": "string", "pattern": pattern})
}

/// A text that says more of itself.
pub fn text_of(format: &str) -> Value {
    json!({"type": "string", "format": format})
}

pub fn one_of_texts(texts: &[&str]) -> Value {
    json!({"type": "string", "enum": texts})
}

pub fn whole() -> Value {
    json!({"type": "integer"})
}

pub fn whole_from(least: i64) -> Value {
    json!({"type": "integer", "minimum": least})
}

pub fn whole_between(least: i64, most: i64) -> Value {
    json!({"type": "integer", "minimum": least, "maximum": most})
}

pub fn number() -> Value {
    json!({"type": "number"})
}

pub fn flag() -> Value {
    json!({"type": "boolean"})
}

pub fn anything() -> Value {
    json!({})
}

pub fn list(of: &Value) -> Value {
    json!({"type": "array", "items": of})
}

/// A list that is not empty, and not longer.
pub fn some(of: &Value, most: usize) -> Value {
    json!({"type": "array", "items": of, "minItems": 1, "maxItems": most})
}

/// Any names, all with values of one kind.
pub fn map(of: &Value) -> Value {
    json!({"type": "object", "additionalProperties": of})
}

/// What is called so among the schemas.
pub fn named(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The same, or `null`.
pub fn or_null(schema: Value) -> Value {
    match schema {
        Value::Object(mut words) if words.get("type").is_some_and(Value::is_string) => {
            let kind = words["type"].clone();
            words.insert("type".to_owned(), json!([kind, "null"]));
            Value::Object(words)
        }
        other => json!({"anyOf": [other, {"type": "null"}]}),
    }
}

/// With words for people.
pub fn told(mut schema: Value, words: &str) -> Value {
    schema["description"] = words.into();
    schema
}

/// Exactly these members. A name that ends in `?` may be missing.
pub fn closed(members: &[(&str, Value)]) -> Value {
    let mut schema = open(members);
    schema["additionalProperties"] = false.into();
    schema
}

/// These members, and whatever else there is.
pub fn open(members: &[(&str, Value)]) -> Value {
    let plain = |name: &str| name.trim_end_matches('?').to_owned();
    let properties: Map<String, Value> = members
        .iter()
        .map(|(name, schema)| (plain(name), schema.clone()))
        .collect();
    let required = members.iter().filter(|(name, _)| !name.ends_with('?'));
    let required: Vec<&str> = required.map(|(name, _)| *name).collect();
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}
