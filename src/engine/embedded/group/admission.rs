//! Whether the objects of an element go with the attributes of the site. Invariant: the schema learns every
//! new content, or none of it.

use std::sync::Arc;

use super::staged::Put;
use crate::domain::{Derived, KeptMisfits, MisfitRule, Misfits, Object, Refusal, Schema};
use crate::engine::embedded::edit::Element;

/// `rule` is that of the object itself. What is kept although it does not fit is told of everything in the
/// element, whether it is new or was sent before.
pub(super) fn admit_all(
    schema: &mut Arc<Schema>,
    element: &Element,
    puts: &[Put],
    rule: MisfitRule<'_>,
) -> Result<Vec<KeptMisfits>, Refusal> {
    let before = schema.clone();
    let mut kept = Vec::new();
    let mut puts = puts.iter().peekable();
    for (position, encoded) in element.objects.iter().enumerate() {
        let object = &encoded.object;
        let rule = match position {
            0 => rule,
            _ => MisfitRule {
                conflicts: rule.conflicts,
                ..MisfitRule::default()
            },
        };
        let misfits = match puts.next_if(|put| *put.identity() == object.identity) {
            Some(Put::New { derived, .. }) => match admit(schema, object, derived, rule) {
                Ok(misfits) => misfits,
                Err(refusal) => {
                    *schema = before;
                    return Err(refusal);
                }
            },
            // What others of the group brought along, too, is told with the first of them.
            None if position > 0 => Misfits::default(),
            // The same content was let in when it came first, and types never change.
            Some(Put::Known { .. }) | None => schema.misfits_of(object, rule.judged),
        };
        if !misfits.is_empty() {
            let identity = object.identity.clone();
            kept.push(KeptMisfits { identity, misfits });
        }
    }
    Ok(kept)
}

fn admit(
    schema: &mut Arc<Schema>,
    object: &Object,
    derived: &Derived,
    rule: MisfitRule<'_>,
) -> Result<Misfits, Refusal> {
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
