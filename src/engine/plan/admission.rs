//! Whether the objects of an element go with the attributes of the site. Invariant: the schema learns every
//! new content, or none of it.

use std::sync::Arc;

use super::content::Element;
use super::draft::Effect;
use crate::domain::{
    Derived, KeptMisfits, MisfitRule, Misfits, Object, Refusal, Schema, SchemaError,
};

/// `rule` is that of the object itself. What is kept although it does not fit is told of everything in the
/// element, whether it is new or was sent before.
pub(super) fn admit_all<V>(
    schema: &mut Arc<Schema>,
    element: &Element,
    effects: &[Effect<V>],
    rule: MisfitRule<'_>,
) -> Result<Vec<KeptMisfits>, Refusal> {
    let before = schema.clone();
    let mut kept = Vec::new();
    let mut effects = effects.iter().peekable();
    for (position, content) in element.contents.iter().enumerate() {
        let object = &content.object;
        let rule = match position {
            0 => rule,
            _ => MisfitRule {
                conflicts: rule.conflicts,
                ..MisfitRule::default()
            },
        };
        let misfits = match effects.next_if(|effect| *effect.identity() == object.identity) {
            Some(Effect::Put(put)) => match learn(schema, object, &put.derived, rule) {
                Ok(misfits) => misfits,
                Err(error) => {
                    *schema = before;
                    return Err(error.into());
                }
            },
            // What others of the batch brought along, too, is told with the first of them.
            None if position > 0 => Misfits::default(),
            // The same content was let in when it came first, and types never change.
            Some(_) | None => schema.misfits_of(object, rule.judged),
        };
        if !misfits.is_empty() {
            let identity = object.identity.clone();
            kept.push(KeptMisfits { identity, misfits });
        }
    }
    Ok(kept)
}

/// Adds the attributes that an object brings to the schema.
pub fn learn(
    schema: &mut Arc<Schema>,
    object: &Object,
    derived: &Derived,
    rule: MisfitRule<'_>,
) -> Result<Misfits, SchemaError> {
    // What a document has was declared before.
    if object.is_document() {
        return Ok(Misfits::default());
    }
    let admission = schema.check(object, derived, rule)?;
    if !admission.new.is_empty() {
        let schema = Arc::make_mut(schema);
        for (name, kind) in admission.new {
            schema.add(name, kind);
        }
    }
    Ok(admission.misfits)
}
