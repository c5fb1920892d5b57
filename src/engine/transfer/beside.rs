//! What is kept beside objects, moved after them. Invariant: it is compared as it is told by both, so what is not told the same is not
//! called moved.

use super::done;
use super::kept::{Beside, MovedFrom};
use super::objects::Target;
use super::types;
use crate::domain::{SourceName, TrackerId};
use crate::engine::EngineError;

pub(super) async fn transfer(
    from: &dyn MovedFrom,
    to: Target<'_>,
    site: &TrackerId,
    sources: &[SourceName],
) -> Result<(), EngineError> {
    // What was declared since the last object was read, or by none.
    let schema = from.kept_schema(site).await?;
    to.writes.take_schema(site, schema).await?;
    let (had, has) = (
        from.kept_beside(site, sources).await?,
        to.reads.kept_beside(site, sources).await?,
    );
    if !has.given.reaches(&had.given)
        || !different(&had, &has).is_empty()
        || had.refused != has.refused
    {
        to.writes.take_beside(site, had).await?;
    }
    Ok(())
}

/// What is not the same beside the objects, for people; nothing where all is.
pub async fn differences(
    from: &dyn MovedFrom,
    to: &dyn MovedFrom,
    site: &TrackerId,
    sources: &[SourceName],
) -> Result<Vec<&'static str>, EngineError> {
    let (had, has) = (from.kept_schema(site).await?, to.kept_schema(site).await?);
    let (had, has) = (had.document_types(), has.document_types());
    let mut pairs = had.iter().zip(has.iter());
    let mut different_ones = Vec::new();
    if had.len() != has.len() || !pairs.all(|(one, other)| types::is_same(one, other)) {
        different_ones.push("document types");
    }
    let (had, has) = (
        from.kept_beside(site, sources).await?,
        to.kept_beside(site, sources).await?,
    );
    different_ones.extend(different(&had, &has));
    different_ones.extend(done::missing(from, to, site).await?);
    Ok(different_ones)
}

/// Of what was refused some may be forgotten while it is compared: it is left out.
fn different(had: &Beside, has: &Beside) -> Vec<&'static str> {
    let pairs = [
        (
            (&had.key, had.created_at) == (&has.key, has.created_at),
            "the key of the engine",
        ),
        (had.last_writes == has.last_writes, "times of last writes"),
        (had.clicks == has.clicks, "clicks"),
        (had.bookmarks == has.bookmarks, "bookmarks of sources"),
    ];
    let different = pairs.into_iter().filter(|(is_same, _)| !is_same);
    different.map(|(_, name)| name).collect()
}
