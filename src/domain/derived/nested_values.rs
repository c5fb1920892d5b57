//! `nested_<type>_<field>`: what nested objects hold, for filters on their parent
//! (docs/reference/04-data-layout.md §5).

use super::Attributes;
use crate::domain::entry::ANCESTORS;
use crate::domain::nested::NestedObject;
use crate::domain::value::{FieldName, FieldValue};

/// Identities under `nested_<type>_url` and `nested_<type>_id`, single values of every field under
/// the name of the field. A field called `url` or `id` joins the identities.
pub(super) fn derive(attributes: &mut Attributes<'_>, nested: &[NestedObject]) {
    let mut name = String::new();
    for object in nested {
        name.clear();
        name.push_str("nested_");
        name.push_str(object.object_type.as_str());
        name.push('_');
        let stem = name.len();
        for field in ["url", "id"] {
            name.push_str(field);
            add(attributes, &name, &object.identity.as_str().into());
            name.truncate(stem);
        }
        for (field, value) in object.fields.iter() {
            if field.as_str() == ANCESTORS {
                continue;
            }
            name.push_str(field.as_str());
            for element in value.elements() {
                add(attributes, &name, element);
            }
            name.truncate(stem);
        }
    }
}

fn add(attributes: &mut Attributes<'_>, name: &str, value: &FieldValue) {
    let is_single = !matches!(value, FieldValue::List(_) | FieldValue::Map(_));
    if !is_single || value.as_text() == Some("") || attributes.sent.contains(name) {
        return;
    }
    let filter_only = &mut attributes.derived.filter_only;
    match filter_only.get_mut(name) {
        Some(FieldValue::List(values)) => values.push(value.clone()),
        // Every value under these names is put in a list below.
        Some(_) => {}
        None => filter_only.insert(FieldName::new(name), FieldValue::List(vec![value.clone()])),
    }
}
