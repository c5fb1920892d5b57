//! Whether an object can be found, and why not; and what nests it. Invariant: it is the index that is asked, as a
//! search asks it; nothing is concluded from settings alone.

use crate::browse::value::when;
use crate::domain::{
    FieldFilter, Identity, Inspected, Object, Page, SearchQuery, SearchResults, Timestamp,
    TrackerId,
};
use crate::engine::{Engine, EngineError};

/// What nests an object: so many are named.
const NESTING_SHOWN: usize = 10;

/// Whether searches find an object; instants are written for people.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Visible {
    Found,
    /// Where its type is asked for; elsewhere its master stands for it.
    BehindMaster,
    NotYetActive(String),
    Expired(String),
    /// The index has not come to it yet.
    Waiting,
    /// The index shows what the object was before.
    WaitingWithEarlier(String),
}

pub(super) async fn visibility(
    engine: &Engine,
    site: &TrackerId,
    found: &Inspected,
    now: Timestamp,
) -> Result<Visible, EngineError> {
    let object = &found.object;
    let schedule = object.schedule();
    if let Some(from) = schedule.from.filter(|from| now < *from) {
        return Ok(Visible::NotYetActive(when(from)));
    }
    if let Some(to) = schedule.to.filter(|to| *to <= now) {
        return Ok(Visible::Expired(when(to)));
    }
    let is_it = |results: &SearchResults| {
        let mut hits = results.hits.iter();
        let hit = hits.find(|hit| *hit.object.shown().identity() == object.identity);
        hit.map(|hit| hit.updated_at)
    };
    let mut query = filtered("url", object.identity.as_str(), now);
    let everywhere = engine.search.search(site, query.clone()).await?;
    if let Some(shown) = is_it(&everywhere) {
        return Ok(of_shown(shown, found));
    }
    let of_type = FieldFilter::untyped("type", object.object_type.as_str());
    query.filters.all_of.push(of_type);
    query.all_variants = true;
    let among_its_type = engine.search.search(site, query).await?;
    Ok(match is_it(&among_its_type) {
        Some(shown) if shown == found.updated_at => Visible::BehindMaster,
        Some(shown) => of_shown(shown, found),
        None => Visible::Waiting,
    })
}

fn of_shown(shown: Timestamp, found: &Inspected) -> Visible {
    if shown == found.updated_at {
        Visible::Found
    } else {
        Visible::WaitingWithEarlier(when(shown))
    }
}

/// What nests an object.
pub(super) struct Nesting {
    /// What holds the identities of what is nested.
    pub(super) field: String,
    pub(super) count: u64,
    /// Identities and titles.
    pub(super) first: Vec<(Identity, String)>,
}

/// `None` where nothing does that a search would find.
pub(super) async fn nested_in(
    engine: &Engine,
    site: &TrackerId,
    object: &Object,
    now: Timestamp,
) -> Result<Option<Nesting>, EngineError> {
    let field = format!("nested_{}_id", object.object_type);
    let query = filtered(&field, object.identity.as_str(), now);
    let results = match engine.search.search(site, query).await {
        Err(EngineError::UnknownAttribute(_)) => return Ok(None),
        results => results?,
    };
    let first = results.hits.iter().map(|hit| {
        let object = hit.object.shown();
        let title = object.fields().get("title");
        let title = title.and_then(|title| title.texts().next());
        let identity = object.identity().clone();
        let title = title.unwrap_or(identity.as_str()).to_owned();
        (identity, title)
    });
    Ok((results.total_hits > 0).then(|| Nesting {
        field,
        count: results.total_hits,
        first: first.collect(),
    }))
}

fn filtered(field: &str, value: &str, now: Timestamp) -> SearchQuery {
    let mut query = SearchQuery::everything(now);
    query
        .filters
        .all_of
        .push(FieldFilter::untyped(field, value));
    query.page = Page {
        offset: 0,
        limit: NESTING_SHOWN,
    };
    query
}
