//! Document types that are not what they should be. Invariant: what stays begins like what is to be there, so that the rest can be
//! declared behind it; what goes, goes with its documents, which come again.

use super::kept::MovedFrom;
use super::objects::Target;
use crate::domain::{DocumentType, ObjectType, TrackerId};
use crate::engine::EngineError;

/// Deletes types that are not there in the first one, that are something else there, or that come in another order.
pub(super) async fn drop_others(
    from: &dyn MovedFrom,
    to: Target<'_>,
    site: &TrackerId,
) -> Result<(), EngineError> {
    let (had, has) = (
        from.kept_schema(site).await?,
        to.reads.kept_schema(site).await?,
    );
    let mut wanted = had.document_types().iter();
    let stays = |there: &&DocumentType| {
        wanted
            .next()
            .is_some_and(|wanted| begins_like(there, wanted))
    };
    let staying = has.document_types().iter().take_while(stays).count();
    let going = has.document_types().iter().skip(staying);
    let going: Vec<ObjectType> = going.map(|one| one.object_type.clone()).collect();
    for object_type in going {
        to.writes.delete_document_type(site, object_type).await?;
    }
    Ok(())
}

fn begins_like(there: &DocumentType, wanted: &DocumentType) -> bool {
    let fields = wanted.fields().get(..there.fields().len());
    let is_same = |fields: &[_]| declared(fields).eq(declared(there.fields()));
    head(there) == head(wanted) && fields.is_some_and(is_same)
}

/// Whether two types are the same to whoever asks for them; in which attributes their fields lie is each backend's own matter.
pub(super) fn is_same(one: &DocumentType, other: &DocumentType) -> bool {
    head(one) == head(other) && declared(one.fields()).eq(declared(other.fields()))
}

fn head(of: &DocumentType) -> (&ObjectType, &str, i64) {
    (&of.object_type, &of.name, of.created_at.as_millis())
}

fn declared(
    fields: &[crate::domain::DeclaredField],
) -> impl Iterator<Item = (&str, crate::domain::FieldType)> {
    fields
        .iter()
        .map(|field| (field.name.as_str(), field.field_type))
}
