//! Which attributes of an object an answer shows. Invariant: an object that was cut down to them is shown as it
//! was before, and takes no more memory than what is shown.

use std::collections::HashSet;
use std::sync::Arc;

use super::hidden::FoundObject;
use super::object::{Object, ObjectParts};
use super::value::Fields;

/// Attributes an answer shows; by default all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projection {
    /// `None` is all.
    pub only: Option<HashSet<String>>,
    /// None of these.
    pub without: HashSet<String>,
}

/// Stands for nested objects among the names.
const NESTED: &str = "nested";

/// Smaller objects are not worth a copy.
const CUT_FROM_BYTES: usize = 64 << 10;

impl Projection {
    /// Whether an attribute of this name is shown; a title always is.
    pub fn keeps(&self, attribute: &str) -> bool {
        attribute == "title" || self.lets_through(attribute)
    }

    pub fn keeps_nested(&self) -> bool {
        self.lets_through(NESTED)
    }

    fn lets_through(&self, name: &str) -> bool {
        let is_listed = self.only.as_ref().is_none_or(|only| only.contains(name));
        is_listed && !self.without.contains(name)
    }

    fn is_all(&self) -> bool {
        self.only.is_none() && self.without.is_empty()
    }

    /// The object without what is not shown; `None` where that is not worth the work. What is derived for the answer
    /// is derived of all of it.
    pub fn cut(&self, object: &Arc<Object>, bytes: usize) -> Option<FoundObject> {
        if self.is_all() || bytes < CUT_FROM_BYTES {
            return None;
        }
        let found = FoundObject::new(Arc::clone(object));
        let derived = found.shown().derived(&|name| self.keeps(name));
        let shown = object.fields.iter();
        let shown = shown.filter(|(name, _)| self.keeps(name.as_str()));
        let fields: Fields = shown
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let cut = Object::from_store(ObjectParts {
            identity: object.identity.clone(),
            object_type: object.object_type.clone(),
            generation: object.generation.clone(),
            active: object.active,
            legacy_url: object.legacy_url.clone(),
            master: object.master.clone(),
            fields,
            nested: if self.keeps_nested() {
                object.nested.clone()
            } else {
                Vec::new()
            },
        });
        let cut = if object.is_document() {
            cut.into_document()
        } else {
            cut
        };
        let cut = cut.written_as(object, |_| false);
        Some(FoundObject::cut(Arc::new(cut), derived))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::{json, object};

    fn only(names: &[&str]) -> Projection {
        Projection {
            only: Some(names.iter().map(|&name| name.to_owned()).collect()),
            without: HashSet::new(),
        }
    }

    #[test]
    fn what_is_cut_down_takes_little_and_shows_the_same() {
        let text = "x".repeat(1 << 20);
        let whole = json!({"title": "Mug", "about": text, "price": "5 €", "color": "red"});
        let whole = Arc::new(object(&whole, &[]));
        let bytes = whole.memory_bytes();
        let projection = only(&["color", "price_amount"]);
        let cut = projection.cut(&whole, bytes).expect("it is large");
        assert!(cut.memory_bytes() < 4_000);
        let shown: Vec<String> = cut
            .shown()
            .fields()
            .iter()
            .map(|(n, _)| n.to_string())
            .collect();
        assert_eq!(shown, ["title", "color"]);
        let keeps = |name: &str| projection.keeps(name);
        let derived = FoundObject::new(whole).shown().derived(&keeps);
        assert!(derived.contains("price_amount"));
        assert_eq!(cut.shown().derived(&keeps), derived);
    }
}
