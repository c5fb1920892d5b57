//! About how much memory objects take, for budgets. Invariant: all that grows with what was sent is counted,
//! at every depth.

use super::nested::NestedObject;
use super::object::Object;
use super::value::{FieldValue, Fields};

impl Object {
    pub(super) fn memory_bytes(&self) -> usize {
        size_of::<Self>() + fields_bytes(&self.fields) + nested_bytes(&self.nested)
    }
}

fn nested_bytes(nested: &[NestedObject]) -> usize {
    let each = nested.iter();
    each.map(|one| {
        size_of::<NestedObject>() + fields_bytes(&one.fields) + nested_bytes(&one.nested)
    })
    .sum()
}

fn fields_bytes(fields: &Fields) -> usize {
    let each = fields
        .iter()
        .map(|(name, value)| size_of::<FieldValue>() + name.as_str().len() + value_bytes(value));
    each.sum()
}

fn value_bytes(value: &FieldValue) -> usize {
    match value {
        FieldValue::Text(text) => text.len(),
        FieldValue::Number(_) | FieldValue::Bool(_) => 0,
        FieldValue::List(list) => {
            let each = list.iter();
            each.map(|value| size_of::<FieldValue>() + value_bytes(value))
                .sum()
        }
        FieldValue::Map(fields) => fields_bytes(fields),
    }
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
