//! Partial changes, of one object or of all that match. Invariant: a patch that is refused leaves the object and the
//! schema as they were.

use super::content::{Element, Encoder};
use super::head::Origins;
use super::{Heads, Plan};
use crate::domain::{
    Identity, Judged, MisfitRule, ObjectPatch, ObjectType, Outcome, Refusal, TypeConflicts,
    UpdateByQuery,
};
use crate::engine::Extraction;

impl<V: Copy + Eq> Plan<V> {
    /// Only what the patch names is judged: the rest was let in before.
    pub(super) fn patch<H: Heads<Version = V>>(
        &mut self,
        heads: &mut H,
        patch: &ObjectPatch,
        conflicts: TypeConflicts,
    ) -> Result<Outcome, H::Error> {
        let Some(current) = self.current(heads, &patch.identity)? else {
            return Ok(Outcome::Refused(Refusal::NotFound));
        };
        // One that is damaged is not there, until it is sent again as a whole.
        let Some(object) = current.object(heads)? else {
            return Ok(Outcome::Refused(Refusal::NotFound));
        };
        // What was found of a file is nobody's to change, and comes back when it is put.
        let patched = match patch.apply(&object.as_sent()) {
            Ok(patched) => patched,
            Err(problems) => return Ok(Outcome::Refused(Refusal::Malformed(problems))),
        };
        let point = self.schema_point();
        if let Err(mismatch) = self.declare_patched(&patched) {
            return Ok(Outcome::Refused(Refusal::SchemaMismatch(mismatch)));
        }
        let extraction = match patch.nested {
            Some(_) => Extraction::Extract,
            None => Extraction::Leave,
        };
        let element = Element::new(patched, extraction, &mut Encoder::new(self.encode));
        let from = Origins {
            own: current.origin,
            extracted: None,
        };
        let rule = MisfitRule {
            conflicts,
            judged: Judged::Only(&patch.fields),
        };
        let outcome = self.replace(heads, &element, &from, rule)?;
        if matches!(outcome, Outcome::Refused(_)) {
            self.restore(point);
        }
        Ok(outcome)
    }

    /// Changes one of the objects that matched; `None` for what is of another type by now, and so not what was
    /// meant: neither changed nor refused.
    pub fn update<H: Heads<Version = V>>(
        &mut self,
        heads: &mut H,
        update: &UpdateByQuery,
        identity: &Identity,
        object_type: &ObjectType,
    ) -> Result<Option<Outcome>, H::Error> {
        if !update.asks_for(object_type) {
            return Ok(None);
        }
        // What does not fit is refused here, whatever the site says (docs/reference/04-data-layout.md §2).
        let patch = update.patch_of(identity.clone());
        self.patch(heads, &patch, TypeConflicts::Refuse).map(Some)
    }
}
