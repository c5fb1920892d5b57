//! Distances that begin somewhere, of objects with several points: judged here before they are asked for. Invariant: what is
//! not known by the end of this is asked for by nobody.

use std::sync::PoisonError;

use serde::Deserialize;
use serde_json::json;

use super::asking::Asking;
use super::filter::Ring;
use crate::domain::{Filters, GeoPoint, Page, Quicksearch};
use crate::engine::EngineError;
use crate::engine::opensearch::site::OpenSite;

#[derive(Deserialize)]
struct Found {
    first_seen: u64,
    g: std::collections::HashMap<String, Vec<String>>,
}

/// Finds out what the filters of the search need to know.
pub(super) async fn look_up(
    site: &OpenSite,
    asking: &mut Asking<'_>,
    groups: &[(&Quicksearch, Filters)],
) -> Result<(), EngineError> {
    let query = asking.query;
    let reader = asking.reader();
    reader.narrowing(&query.filters);
    for (_, filters) in groups {
        reader.narrowing(filters);
    }
    for wish in &query.preferred {
        reader.one(&wish.field, &wish.asked);
    }
    let wanted = asking.rings.wanted.get_mut();
    let wanted = std::mem::take(wanted.unwrap_or_else(PoisonError::into_inner));
    for ring in wanted {
        if asking.rings.known.contains_key(&ring.key()) {
            continue;
        }
        let known = judged(site, asking, &ring).await?;
        asking.rings.known.insert(ring.key(), known);
    }
    Ok(())
}

async fn judged(
    site: &OpenSite,
    asking: &Asking<'_>,
    ring: &Ring,
) -> Result<Vec<u64>, EngineError> {
    let number = ring.number.to_string();
    let body = json!({
        "query": asking.control.alive(&[ring.unclear()], Vec::new()),
        "size": Page::RANK_MAX,
        "_source": ["first_seen", format!("g.{number}")],
        "track_total_hits": true,
    });
    let found = site.cluster.search(&site.alias, &body).await?;
    if found.total() > Page::RANK_MAX as u64 {
        return Err(EngineError::TooMuchWork);
    }
    let found = found.sources().filter_map(|source| {
        let found: Found = serde_json::from_str(source.get()).ok()?;
        let mut points = found.g.get(&number)?.iter();
        let is_within = |point: &String| {
            let point = GeoPoint::parse(point);
            point.is_some_and(|point| ring.range.contains(&ring.origin.distance_km(point)))
        };
        points.any(is_within).then_some(found.first_seen)
    });
    Ok(found.collect())
}
