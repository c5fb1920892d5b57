//! About how much memory objects take, for budgets. Invariant: all that grows with what was sent is counted,
//! at every depth.

use super::derived::Derived;
use super::nested::NestedObject;
use super::object::Object;
use super::value::{FieldName, FieldValue, Fields};

/// What an allocation takes beside what was asked for, and the counters of a shared name.
const HEAD: usize = 16;

impl Object {
    pub fn memory_bytes(&self) -> usize {
        let covered = self
            .file_mark()
            .map_or(0, |mark| fields_bytes(&mark.covered));
        size_of::<Self>() + fields_bytes(&self.fields) + nested_bytes(&self.nested) + covered
    }
}

impl Derived {
    pub fn memory_bytes(&self) -> usize {
        fields_bytes(&self.returned) + fields_bytes(&self.filter_only)
    }
}

impl Fields {
    pub fn memory_bytes(&self) -> usize {
        fields_bytes(self)
    }
}

impl FieldValue {
    /// Beside the value itself.
    pub fn memory_bytes(&self) -> usize {
        match self {
            Self::Text(text) => HEAD + text.len(),
            Self::Number(_) | Self::Bool(_) => 0,
            Self::List(list) => {
                let each = list.iter();
                HEAD + each
                    .map(|value| size_of::<Self>() + value.memory_bytes())
                    .sum::<usize>()
            }
            Self::Map(fields) => HEAD + fields_bytes(fields),
        }
    }
}

impl NestedObject {
    pub fn memory_bytes(&self) -> usize {
        size_of::<Self>() + fields_bytes(&self.fields) + nested_bytes(&self.nested)
    }
}

fn nested_bytes(nested: &[NestedObject]) -> usize {
    nested.iter().map(NestedObject::memory_bytes).sum()
}

fn fields_bytes(fields: &Fields) -> usize {
    let each = fields.iter();
    each.map(|(name, value)| entry_bytes(name) + value.memory_bytes())
        .sum()
}

/// An entry without what its value holds; its name is counted though it may be shared.
fn entry_bytes(name: &FieldName) -> usize {
    size_of::<(FieldName, FieldValue)>() + HEAD + name.as_str().len()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{json, object};

    #[test]
    fn what_is_sent_at_any_depth_is_counted() {
        let text = "x".repeat(1_000);
        let bytes = |attributes, nested: &[_]| object(&attributes, nested).memory_bytes();
        let plain = bytes(json!({"title": "Mug"}), &[]);
        let category = |fields, nested| json!({"identity": "c", "type": "category", "fields": fields, "nested": nested});
        let above = category(json!({"title": "Mugs", "about": text.as_str()}), json!([]));
        for (sent, nested) in [
            (json!({"title": "Mug", "about": text.as_str()}), None),
            (
                json!({"title": "Mug", "_hidden": {"a": [{"b": text.as_str()}]}}),
                None,
            ),
            (json!({"title": "Mug"}), Some(above.clone())),
            (
                json!({"title": "Mug"}),
                Some(category(json!({"title": "Cups"}), json!([above]))),
            ),
        ] {
            let counted = bytes(sent.clone(), nested.as_slice()) - plain;
            assert!((1_000..2_000).contains(&counted), "{counted} of {sent}");
        }
    }
}
