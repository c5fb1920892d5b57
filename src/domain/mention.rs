//! Bare mentions of objects that are there (docs/reference/02-content.md §4). Invariant: a mention takes
//! nothing away but the title, which it knows better, and it changes an object the same way however often it
//! is repeated.

use super::object::{Object, ObjectParts};
use super::rules::TITLE;

/// The object after a mention of it: of another title and upload, with what can be told from the mention
/// where it has no word of its own; `None` when the mention is of another type, and so of another object.
pub fn mentioned(stored: &Object, mention: &Object) -> Option<Object> {
    if stored.object_type != mention.object_type {
        return None;
    }
    let mut parts = ObjectParts::clone(stored);
    parts.generation.clone_from(&mention.generation);
    // A variant is of the object that was sent with it last.
    if mention.master.is_some() {
        parts.master.clone_from(&mention.master);
    }
    for (name, value) in mention.fields.iter() {
        let is_wanted = if parts.fields.contains(name.as_str()) {
            name.as_str() == TITLE
        } else {
            // What documents have is declared by their writer.
            !stored.is_document() && parts.fields.len() < Object::ATTRIBUTES_MAX
        };
        if is_wanted {
            parts.fields.insert(name.clone(), value.clone());
        }
    }
    let kept = || {
        let generation = mention.generation.clone();
        stored.clone().with_generation(generation)
    };
    Some(stored.changed(parts).unwrap_or_else(|_| kept()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::testing::{any_object, fields, identity, json, object, object_type, parts};
    use crate::domain::{Generation, extract};

    fn mention(entry: &serde_json::Value) -> Object {
        let parent = object(&json!({"title": "T"}), std::slice::from_ref(entry));
        let extracted = extract(&parent).pop().expect("one object");
        assert!(extracted.is_mention, "{entry}");
        extracted.object
    }

    fn stored(attributes: &serde_json::Value) -> Object {
        let mut parts = parts(attributes, &[]);
        parts.identity = identity("/c");
        parts.object_type = object_type("category");
        parts.generation = Some(Generation::new("before").expect("valid"));
        Object::new(parts).expect("valid")
    }

    #[test]
    fn a_mention_takes_over_title_and_generation_and_fills_what_is_absent() {
        let mention = mention(&json!({"url": "/c", "type": "category", "title": "New"}));
        let whole = stored(&json!({"title": "Old", "web_url": "/own", "ancestors": [], "x": 1}));
        let after = mentioned(&whole, &mention).expect("the same type");
        assert_eq!(
            after.fields,
            fields(&json!({"title": "New", "web_url": "/own", "ancestors": [], "x": 1}))
        );
        assert_eq!(after.generation, mention.generation);
        let poor = stored(&json!({"title": "Old", "x": 1}));
        let after = mentioned(&poor, &mention).expect("the same type");
        assert_eq!(
            after.fields,
            fields(&json!({"title": "New", "x": 1, "web_url": "/c"}))
        );
    }

    #[test]
    fn a_mention_of_another_type_is_none() {
        let mention = mention(&json!({"url": "/c", "type": "brand", "title": "New"}));
        assert_eq!(mentioned(&stored(&json!({"title": "Old"})), &mention), None);
    }

    proptest! {
        #[test]
        fn a_mention_repeated_changes_nothing_more(stored in any_object(), title in "[a-b]{1,3}") {
            let mut named = parts(&json!({"title": title}), &[]);
            named.fields.insert("web_url", "/w".into());
            let mention = Object::new(named).expect("valid");
            let once = mentioned(&stored, &mention).expect("the same type");
            prop_assert_eq!(mentioned(&once, &mention), Some(once.clone()));
            for (name, value) in stored.fields.iter() {
                prop_assert!(name.as_str() == TITLE || once.fields.get(name.as_str()) == Some(value));
            }
            prop_assert_eq!(&stored.nested, &once.nested);
        }
    }
}
