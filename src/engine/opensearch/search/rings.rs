//! Distances that begin somewhere, of objects with several points: judged here before they are asked for. Invariant: what is
//! not known by the end of this is asked for by nobody.

use std::sync::PoisonError;

use serde::Deserialize;
use serde_json::{Value, json};

use super::asking::Asking;
use super::filter::{Ring, all, any, term};
use crate::domain::{Filters, GeoPoint, Page, Quicksearch, STAND_INS_MAX, TypedValue, derive};
use crate::engine::EngineError;
use crate::engine::opensearch::layout::document::Kept;
use crate::engine::opensearch::layout::fields::STAND_INS;
use crate::engine::opensearch::layout::stand_ins;
use crate::engine::opensearch::site::OpenSite;

/// Most that is looked at of what stands for objects: each is a query.
const UNCLEAR_MAX: usize = 500;

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

/// Finds those of which it is so.
async fn judged(site: &OpenSite, asking: &Asking<'_>, ring: &Ring) -> Result<Value, EngineError> {
    if asking.has_stand_ins() {
        return of_stand_ins(site, asking, ring).await;
    }
    let number = ring.number.to_string();
    let body = json!({
        "query": asking.there(&ring.unclear()),
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
        let points = found.g.get(&number)?.iter();
        let mut points = points.filter_map(|point| GeoPoint::parse(point));
        points
            .any(|point| is_within(ring, point))
            .then_some(found.first_seen)
    });
    let found: Vec<u64> = found.collect();
    Ok(json!({ "terms": { "first_seen": found } }))
}

/// The same of what stands for objects: the cluster says which are unclear, their points are read of the objects.
async fn of_stand_ins(
    site: &OpenSite,
    asking: &Asking<'_>,
    ring: &Ring,
) -> Result<Value, EngineError> {
    let mut unclear = asking.object(&ring.unclear());
    unclear["nested"]["inner_hits"] = json!({
        "name": STAND_INS,
        "size": STAND_INS_MAX,
        "_source": false,
    });
    let body = json!({
        "query": asking.scored(unclear),
        "size": UNCLEAR_MAX,
        "track_total_hits": true,
    });
    let mut found = site.cluster.search(&site.alias, &body).await?;
    if found.total() > UNCLEAR_MAX as u64 {
        return Err(EngineError::TooMuchWork);
    }
    let mut known = Vec::new();
    for mut hit in found.take_hits() {
        let Some(object) = hit
            .source()
            .and_then(Kept::read)
            .and_then(|kept| kept.object())
        else {
            continue;
        };
        let places = hit.take_inner(STAND_INS).into_iter();
        for place in places.filter_map(|one| one.place()) {
            let shown = stand_ins::shown(&object, place as usize);
            let shown = shown.as_ref().unwrap_or(&object);
            let mut is_so = false;
            asking
                .schema
                .for_each_value(shown, &derive(shown), |number, value| {
                    if let (true, TypedValue::Geo { lat, lon }) = (number == ring.number, value) {
                        let point = GeoPoint::new(lat, lon);
                        is_so |= point.is_some_and(|point| is_within(ring, point));
                    }
                });
            if is_so {
                let names = [&shown.identity, &object.identity];
                known.push(all(names
                    .map(|name| term("identity", name.as_str()))
                    .to_vec()));
            }
        }
    }
    if known.len() > UNCLEAR_MAX {
        return Err(EngineError::TooMuchWork);
    }
    Ok(any(known))
}

fn is_within(ring: &Ring, point: GeoPoint) -> bool {
    ring.range.contains(&ring.origin.distance_km(point))
}
