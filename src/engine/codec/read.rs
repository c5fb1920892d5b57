//! The stored form read back into domain objects. Only [`super::decode`] uses it: what is read here
//! was checked before it was written.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::domain::{
    ActivePeriod, FieldName, FieldValue, Fields, FileMark, Generation, Identity, NestedObject,
    Number, Object, ObjectParts, ObjectType, Timestamp,
};

#[derive(Deserialize)]
pub(in crate::engine) struct Stored {
    identity: String,
    #[serde(rename = "type")]
    object_type: String,
    active_from: Option<i64>,
    active_to: Option<i64>,
    url: Option<String>,
    master: Option<String>,
    #[serde(default)]
    document: bool,
    file: Option<StoredMark>,
    fields: Attributes,
    #[serde(default)]
    nested: Vec<StoredNested>,
}

#[derive(Deserialize)]
struct StoredMark {
    found: Vec<String>,
    covered: Attributes,
}

#[derive(Deserialize)]
struct StoredNested {
    identity: String,
    #[serde(rename = "type")]
    object_type: String,
    url: Option<String>,
    fields: Attributes,
    #[serde(default)]
    nested: Vec<StoredNested>,
}

impl Stored {
    /// `None` when a name is not one that could have been stored.
    pub(in crate::engine) fn into_object(self, generation: Option<Generation>) -> Option<Object> {
        let master = match self.master {
            Some(master) => Some(Identity::new(&master).ok()?),
            None => None,
        };
        let object = Object::from_store(ObjectParts {
            identity: Identity::new(&self.identity).ok()?,
            object_type: ObjectType::new(&self.object_type).ok()?,
            generation,
            active: ActivePeriod {
                from: self.active_from.map(Timestamp::from_millis),
                to: self.active_to.map(Timestamp::from_millis),
            },
            legacy_url: self.url,
            master,
            fields: self.fields.0,
            nested: into_nested(self.nested)?,
        });
        let mark = self.file.map(|mark| {
            let found = mark.found.iter().map(|name| FieldName::new(name));
            Box::new(FileMark {
                found: found.collect(),
                covered: mark.covered.0,
            })
        });
        let object = object.with_file_mark(mark);
        Some(if self.document {
            object.into_document()
        } else {
            object
        })
    }
}

fn into_nested(stored: Vec<StoredNested>) -> Option<Vec<NestedObject>> {
    stored
        .into_iter()
        .map(|nested| {
            Some(NestedObject {
                identity: Identity::new(&nested.identity).ok()?,
                object_type: ObjectType::new(&nested.object_type).ok()?,
                legacy_url: nested.url,
                is_mention: false,
                fields: nested.fields.0,
                nested: into_nested(nested.nested)?,
            })
        })
        .collect()
}

pub(in crate::engine) struct Attributes(pub(in crate::engine) Fields);

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)?.0 {
            FieldValue::Map(fields) => Ok(Self(fields)),
            _ => Err(D::Error::custom("attributes that are no map")),
        }
    }
}

pub(in crate::engine) struct Value(pub(in crate::engine) FieldValue);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor).map(Self)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = FieldValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an attribute value")
    }

    fn visit_str<E>(self, text: &str) -> Result<FieldValue, E> {
        Ok(FieldValue::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<FieldValue, E> {
        Ok(FieldValue::Text(text))
    }

    fn visit_bool<E>(self, value: bool) -> Result<FieldValue, E> {
        Ok(FieldValue::Bool(value))
    }

    fn visit_i64<E>(self, number: i64) -> Result<FieldValue, E> {
        Ok(FieldValue::Number(Number::Integer(number)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<FieldValue, E> {
        let number = i64::try_from(number).map_or(Number::Unsigned(number), Number::Integer);
        Ok(FieldValue::Number(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<FieldValue, E> {
        Ok(FieldValue::Number(Number::Float(number)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<FieldValue, A::Error> {
        let mut list = Vec::new();
        while let Some(Value(value)) = seq.next_element()? {
            list.push(value);
        }
        Ok(FieldValue::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FieldValue, A::Error> {
        let mut fields = Fields::new();
        while let Some((name, Value(value))) = map.next_entry::<String, Value>()? {
            fields.insert(FieldName::new(&name), value);
        }
        Ok(FieldValue::Map(fields))
    }
}
