//! Domain objects as serde sees them, borrowed.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::domain::{
    FieldName, FieldValue, Fields, FileMark, Identity, NestedObject, Number, Object, Timestamp,
};

pub(in crate::engine) struct Stored<'a>(pub &'a Object);

impl Serialize for Stored<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let object = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("identity", object.identity.as_str())?;
        map.serialize_entry("type", object.object_type.as_str())?;
        if let Some(from) = object.active.from.map(Timestamp::as_millis) {
            map.serialize_entry("active_from", &from)?;
        }
        if let Some(to) = object.active.to.map(Timestamp::as_millis) {
            map.serialize_entry("active_to", &to)?;
        }
        if let Some(url) = &object.legacy_url {
            map.serialize_entry("url", url)?;
        }
        if let Some(master) = object.master.as_ref().map(Identity::as_str) {
            map.serialize_entry("master", master)?;
        }
        if object.is_document() {
            map.serialize_entry("document", &true)?;
        }
        if let Some(mark) = object.file_mark() {
            map.serialize_entry("file", &Mark(mark))?;
        }
        serialize_content(&mut map, &object.fields, &object.nested)?;
        map.end()
    }
}

/// What of an object was found, and what was sent under the same names.
struct Mark<'a>(&'a FileMark);

impl Serialize for Mark<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let FileMark { found, covered } = self.0;
        let names: Vec<&str> = found.iter().map(FieldName::as_str).collect();
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("found", &names)?;
        map.serialize_entry("covered", &Attributes(covered))?;
        map.end()
    }
}

struct Nested<'a>(&'a NestedObject);

impl Serialize for Nested<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nested = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("identity", nested.identity.as_str())?;
        map.serialize_entry("type", nested.object_type.as_str())?;
        if let Some(url) = &nested.legacy_url {
            map.serialize_entry("url", url)?;
        }
        serialize_content(&mut map, &nested.fields, &nested.nested)?;
        map.end()
    }
}

fn serialize_content<M: SerializeMap>(
    map: &mut M,
    fields: &Fields,
    nested: &[NestedObject],
) -> Result<(), M::Error> {
    map.serialize_entry("fields", &Attributes(fields))?;
    if !nested.is_empty() {
        map.serialize_entry("nested", &NestedList(nested))?;
    }
    Ok(())
}

struct NestedList<'a>(&'a [NestedObject]);

impl Serialize for NestedList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Nested))
    }
}

pub(in crate::engine) struct Attributes<'a>(pub(in crate::engine) &'a Fields);

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            self.0
                .iter()
                .map(|(name, value)| (name.as_str(), Value(value))),
        )
    }
}

pub(in crate::engine) struct Value<'a>(pub(in crate::engine) &'a FieldValue);

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            FieldValue::Text(text) => serializer.serialize_str(text),
            FieldValue::Number(Number::Integer(number)) => serializer.serialize_i64(*number),
            FieldValue::Number(Number::Unsigned(number)) => serializer.serialize_u64(*number),
            FieldValue::Number(Number::Float(number)) => serializer.serialize_f64(*number),
            FieldValue::Bool(value) => serializer.serialize_bool(*value),
            FieldValue::List(list) => serializer.collect_seq(list.iter().map(Value)),
            FieldValue::Map(fields) => Attributes(fields).serialize(serializer),
        }
    }
}
