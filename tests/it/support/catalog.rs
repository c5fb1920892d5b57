//! Objects to send, one line each.

use serde_json::{Value, json};

/// An object as POST takes it, in the making.
#[derive(Clone, Debug)]
pub(crate) struct ObjectJson(Value);

/// An object of any type, with its identity as the title.
pub(crate) fn object(object_type: &str, identity: &str) -> ObjectJson {
    ObjectJson(json!({
        "identity": identity,
        "type": object_type,
        "fields": { "title": identity },
    }))
}

pub(crate) fn product(identity: &str) -> ObjectJson {
    object("product", identity)
}

pub(crate) fn category(identity: &str) -> ObjectJson {
    object("category", identity)
}

pub(crate) fn article(identity: &str) -> ObjectJson {
    object("article", identity)
}

impl ObjectJson {
    pub(crate) fn title(self, title: &str) -> Self {
        self.field("title", title)
    }

    /// Sets an attribute.
    pub(crate) fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0["fields"][name] = value.into();
        self
    }

    /// Sets a key beside `fields`.
    pub(crate) fn key(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0[name] = value.into();
        self
    }

    pub(crate) fn generation(self, generation: &str) -> Self {
        self.key("generation", generation)
    }

    /// Adds a nested object.
    pub(crate) fn nested(mut self, nested: impl Into<Value>) -> Self {
        let nested = nested.into();
        match self.0.get_mut("nested").and_then(Value::as_array_mut) {
            Some(list) => list.push(nested),
            None => self.0["nested"] = json!([nested]),
        }
        self
    }
}

impl From<ObjectJson> for Value {
    fn from(object: ObjectJson) -> Self {
        object.0
    }
}
