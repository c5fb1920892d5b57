//! Pages of a catalog out of its store. Invariant: a page is one moment; a page takes a bounded amount
//! of memory, and nothing is held between two of them.

use crate::domain::{Identity, Scan, ScanPage, ScanPosition, TrackerId};
use crate::engine::embedded::store::heads::Head;
use crate::engine::embedded::store::{
    Reader, StoreError, StoredObject, documents, listing, refused_uploads,
};
use crate::engine::transfer::{KeptObject, KeptPage, RefusedUploadNote};

/// A page ends with the object that brings it to this many bytes of JSON, or four times as many of memory.
const PAGE_BYTES_MAX: usize = 8 << 20;

pub(in crate::engine::embedded) fn page(
    reader: &Reader,
    site: &TrackerId,
    scan: &Scan,
) -> Result<ScanPage, StoreError> {
    let mut objects = Vec::new();
    let next = walk(reader, site, scan, |_, found| {
        objects.push(found.object);
        Ok(())
    })?;
    Ok(ScanPage { objects, next })
}

/// The same with all that is known of each object.
pub(in crate::engine::embedded) fn kept(
    reader: &Reader,
    site: &TrackerId,
    scan: &Scan,
) -> Result<KeptPage, StoreError> {
    let has_notes = refused_uploads::any(reader)?;
    let mut objects = Vec::new();
    let next = walk(reader, site, scan, |head, found| {
        let identity = &found.object.identity;
        let notes = if has_notes {
            refused_uploads::of(reader, identity)?
        } else {
            Vec::new()
        };
        let notes = notes.into_iter().filter_map(|(by, generation)| {
            let by = Identity::new(&by).ok()?;
            Some(RefusedUploadNote { by, generation })
        });
        objects.push(KeptObject {
            place: head.first_seen,
            order: head.first_seen,
            created_at: documents::known_created_at(reader, head.first_seen)?,
            updated_at: found.updated_at,
            origin: head.origin.clone(),
            refused: notes.collect(),
            object: found.object,
        });
        Ok(())
    })?;
    let next = next.map(|position| position.0);
    Ok(KeptPage { objects, next })
}

/// Calls `each` for the objects of a page, as of one moment; where the next one begins.
fn walk(
    reader: &Reader,
    site: &TrackerId,
    scan: &Scan,
    mut each: impl FnMut(&Head, StoredObject) -> Result<(), StoreError>,
) -> Result<Option<ScanPosition>, StoreError> {
    let snapshot = reader.snapshot()?;
    // One more than wanted tells whether there is a next page.
    let limit = scan.limit.saturating_add(1);
    let after = scan.after.0;
    let mut heads = listing::page(&snapshot, &scan.scope, after, limit, reader.damaged())?;
    let mut has_more = heads.len() > scan.limit;
    heads.truncate(scan.limit);
    let last = heads.len().saturating_sub(1);
    let mut bytes = 0;
    let mut reached = scan.after;
    for (at, head) in heads.into_iter().enumerate() {
        reached = ScanPosition(head.first_seen);
        let Some(found) = reader.current(&head)? else {
            tracing::error!(
                site.tracker_id = site.as_str(),
                version = head.version.0,
                "object has no content in the store; run `vetrina check`"
            );
            continue;
        };
        bytes += found.json_bytes.max(found.object.memory_bytes() / 4);
        each(&head, found)?;
        if bytes >= PAGE_BYTES_MAX && at < last {
            has_more = true;
            break;
        }
    }
    Ok(has_more.then_some(reached))
}
