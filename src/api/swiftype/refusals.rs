//! Documents that were refused, kept for people who look for them. Invariant: nobody's answer waits for it.

use super::call::Call;
use super::wire::problem;
use crate::domain::{
    Document, DocumentProblem, Identity, ObjectType, RefusedCall, RefusedLately, RefusedObject,
    RefusedOfRequest, TrackerId,
};
use crate::engine::DocumentEdit;

/// What an edit is of, as far as it says.
pub(super) fn name_of(object_type: &ObjectType, edit: &DocumentEdit) -> Option<Identity> {
    match edit {
        DocumentEdit::Put { document, .. } => Some(document.object.identity.clone()),
        DocumentEdit::Update { key, .. } | DocumentEdit::Delete(key) => {
            Document::identity(object_type, &key.0).ok()
        }
        DocumentEdit::Refuse(_) => None,
    }
}

pub(super) fn note<'p>(
    call: &Call,
    site: &TrackerId,
    object_type: &ObjectType,
    refused: impl Iterator<Item = (Option<Identity>, &'p DocumentProblem)>,
) {
    let mut count = 0;
    let mut told = Vec::new();
    for (identity, problem) in refused {
        count += 1;
        if told.len() < RefusedLately::KEPT_MAX {
            let reason = problem::verbose_words(problem);
            let of_type = Some(object_type.clone());
            let call = RefusedCall::Document;
            told.push(RefusedObject::sent(
                identity.as_ref(),
                of_type,
                call,
                reason,
            ));
        }
    }
    if count > 0 {
        let refusals = &call.app.engine.refusals;
        refusals.note_refused(site, RefusedOfRequest { count, told });
    }
}
