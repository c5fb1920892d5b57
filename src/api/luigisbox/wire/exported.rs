//! Objects as an export writes them: as a search would return them, or as POST takes them. Written
//! straight from the domain objects, without a JSON tree in between. Invariant: what is hidden is in the
//! second form alone, the complete copy a shop makes for itself.

use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

use super::attributes::Attributes;
use super::hit::HitForm;
use super::object::FILE_AS_SENT;
use super::trim::Trim;
use crate::domain::{
    AttributesForm, FieldValue, Fields, Generation, Identity, NestedObject, Number, Object,
    ObjectType, ShownFields, ShownNested, ShownObject, Timestamp,
};

/// The objects of a page.
pub(super) struct Objects<'a> {
    pub(super) objects: &'a [Object],
    pub(super) form: Form,
}

/// Which of the two ways.
pub(super) enum Form {
    Returned(AttributesForm, Trim),
    Import,
}

impl Serialize for Objects<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.form {
            Form::Import => serializer.collect_seq(self.objects.iter().map(AsPosted)),
            Form::Returned(attributes, trim) => {
                let form = HitForm {
                    attributes: *attributes,
                    trim,
                    is_listed: false,
                };
                let shown = self.objects.iter().map(ShownObject::new);
                serializer.collect_seq(shown.map(|object| Exported { object, form }))
            }
        }
    }
}

/// An object as a search returns it, less what is of the search.
struct Exported<'a> {
    object: ShownObject<'a>,
    form: HitForm<'a>,
}

impl Serialize for Exported<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { object, form } = *self;
        ExportedBody {
            url: object.identity(),
            object_type: object.object_type(),
            sent: object.fields(),
            derived: ShownFields::new(&object.derived(&|_| true)),
            nested: object.nested().collect(),
            form,
        }
        .serialize(serializer)
    }
}

/// An object or a nested one: both are written in one shape.
struct ExportedBody<'a> {
    url: &'a Identity,
    object_type: &'a ObjectType,
    sent: ShownFields<'a>,
    derived: ShownFields<'a>,
    nested: Vec<ShownNested<'a>>,
    form: HitForm<'a>,
}

impl Serialize for ExportedBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let form = self.form;
        let attributes = Attributes {
            sent: self.sent,
            derived: self.derived,
            form,
            marked_title: None,
        };
        let nested = if form.trim.keeps_nested() {
            &self.nested[..]
        } else {
            &[]
        };
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("url", self.url.as_str())?;
        map.serialize_entry("attributes", &attributes)?;
        map.serialize_entry("nested", &ExportedNested { nested, form })?;
        map.serialize_entry("type", self.object_type.as_str())?;
        map.serialize_entry("exact", &true)?;
        map.end()
    }
}

struct ExportedNested<'a> {
    nested: &'a [ShownNested<'a>],
    form: HitForm<'a>,
}

impl Serialize for ExportedNested<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.nested.iter().map(|&nested| OneNested {
            nested,
            form: self.form,
        }))
    }
}

struct OneNested<'a> {
    nested: ShownNested<'a>,
    form: HitForm<'a>,
}

impl Serialize for OneNested<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nested = self.nested;
        ExportedBody {
            url: nested.identity(),
            object_type: nested.object_type(),
            sent: nested.fields(),
            derived: ShownFields::new(&nested.derived(&|_| true)),
            nested: nested.nested().collect(),
            form: self.form,
        }
        .serialize(serializer)
    }
}

/// An object as POST takes it with `?extract=false`, for people.
pub fn posted_json(object: &Object) -> String {
    // Keys are texts and nothing of it fails.
    serde_json::to_string_pretty(&AsPosted(object)).unwrap_or_default()
}

/// An object as POST takes it with `?extract=false`: everything there is of it.
struct AsPosted<'a>(&'a Object);

impl Serialize for AsPosted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // What was found of a file is found again.
        let sent;
        let (object, object_type) = if self.0.is_file() {
            sent = self.0.as_sent();
            (&sent, FILE_AS_SENT)
        } else {
            (self.0, self.0.object_type.as_str())
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("identity", object.identity.as_str())?;
        map.serialize_entry("type", object_type)?;
        let optional = [
            (
                "generation",
                object
                    .generation
                    .as_ref()
                    .map(Generation::as_str)
                    .map(str::to_owned),
            ),
            ("active_from", object.active.from.map(to_the_millisecond)),
            ("active_to", object.active.to.map(to_the_millisecond)),
            ("url", object.legacy_url.clone()),
            ("master", object.master.as_ref().map(Identity::to_string)),
        ];
        for (key, value) in optional {
            if let Some(value) = value {
                map.serialize_entry(key, &value)?;
            }
        }
        map.serialize_entry("fields", &FieldsAsSent(&object.fields))?;
        if !object.nested.is_empty() {
            map.serialize_entry("nested", &NestedAsPosted(&object.nested))?;
        }
        map.end()
    }
}

struct NestedAsPosted<'a>(&'a [NestedObject]);

impl Serialize for NestedAsPosted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(OneNestedAsPosted))
    }
}

struct OneNestedAsPosted<'a>(&'a NestedObject);

impl Serialize for OneNestedAsPosted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nested = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("identity", nested.identity.as_str())?;
        map.serialize_entry("type", nested.object_type.as_str())?;
        if let Some(url) = &nested.legacy_url {
            map.serialize_entry("url", url)?;
        }
        map.serialize_entry("fields", &FieldsAsSent(&nested.fields))?;
        if !nested.nested.is_empty() {
            map.serialize_entry("nested", &NestedAsPosted(&nested.nested))?;
        }
        map.end()
    }
}

struct FieldsAsSent<'a>(&'a Fields);

impl Serialize for FieldsAsSent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries = self.0.iter();
        serializer.collect_map(entries.map(|(name, value)| (name.as_str(), AsSent(value))))
    }
}

/// A value in the JSON shape it was sent in, all of it.
struct AsSent<'a>(&'a FieldValue);

impl Serialize for AsSent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            FieldValue::Text(text) => serializer.serialize_str(text),
            FieldValue::Number(Number::Integer(number)) => serializer.serialize_i64(*number),
            FieldValue::Number(Number::Unsigned(number)) => serializer.serialize_u64(*number),
            FieldValue::Number(Number::Float(number)) => serializer.serialize_f64(*number),
            FieldValue::Bool(flag) => serializer.serialize_bool(*flag),
            FieldValue::List(list) => serializer.collect_seq(list.iter().map(AsSent)),
            FieldValue::Map(map) => FieldsAsSent(map).serialize(serializer),
        }
    }
}

/// RFC 3339, with a fraction where there is one.
fn to_the_millisecond(instant: Timestamp) -> String {
    let seconds = instant.to_string();
    match instant.as_millis().rem_euclid(1000) {
        0 => seconds,
        millis => seconds.replace("+00:00", &format!(".{millis:03}+00:00")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn instants_are_written_as_they_are_read(
            millis in -62_167_219_200_000_i64..=253_402_300_799_999,
        ) {
            let instant = Timestamp::from_millis(millis);
            prop_assert_eq!(Timestamp::parse(&to_the_millisecond(instant)), Some(instant));
        }
    }
}
