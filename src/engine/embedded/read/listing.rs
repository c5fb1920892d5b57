//! Pages of a catalog out of its store. Invariant: a page is one moment; a page takes a bounded amount
//! of memory, and nothing is held between two of them.

use crate::domain::{Scan, ScanPage, ScanPosition, TrackerId};
use crate::engine::embedded::store::{Reader, StoreError, listing};

/// A page ends with the object that brings it to this many bytes of JSON, or four times as many of memory.
const PAGE_BYTES_MAX: usize = 8 << 20;

pub(in crate::engine::embedded) fn page(
    reader: &Reader,
    site: &TrackerId,
    scan: &Scan,
) -> Result<ScanPage, StoreError> {
    let snapshot = reader.snapshot()?;
    // One more than wanted tells whether there is a next page.
    let limit = scan.limit.saturating_add(1);
    let after = scan.after.0;
    let mut heads = listing::page(&snapshot, &scan.scope, after, limit, reader.damaged())?;
    let mut has_more = heads.len() > scan.limit;
    heads.truncate(scan.limit);
    let last = heads.len().saturating_sub(1);
    let mut page = ScanPage {
        objects: Vec::with_capacity(heads.len()),
        next: None,
    };
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
        page.objects.push(found.object);
        if bytes >= PAGE_BYTES_MAX && at < last {
            has_more = true;
            break;
        }
    }
    page.next = has_more.then_some(reached);
    Ok(page)
}
