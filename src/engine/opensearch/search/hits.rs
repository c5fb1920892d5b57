//! Pages of what is found: documents asked for in an order, and the hits they become. Invariant: a hit is one consistent state
//! of an object, and room is taken for it before it is kept.

use std::sync::Arc;

use serde_json::{Value, json};

use super::asking::Asking;
use super::order::Section;
use super::signals::Signals;
use crate::domain::{FieldName, FoundObject, Hit, Page, SearchQuery};
use crate::engine::EngineError;
use crate::engine::opensearch::client::CallError;
use crate::engine::opensearch::layout::document::Kept;
use crate::engine::opensearch::layout::stand_ins;
use crate::engine::opensearch::searched::{Hit as FoundHit, Searched};
use crate::engine::opensearch::site::OpenSite;
use crate::engine::ranking::{MatchQuality, Met};

/// Places of a list, from one up to but without another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) from: usize,
    pub(super) size: usize,
}

impl Window {
    /// Nothing of a page that is out of reach.
    pub(super) fn of(page: Page) -> Self {
        if page.is_beyond_reach() {
            return Self { from: 0, size: 0 };
        }
        Self {
            from: page.offset,
            size: page.limit,
        }
    }

    pub(super) fn end(self) -> usize {
        self.from + self.size
    }

    /// What of it lies in a part of the list that begins there and is so long, as places of that part.
    pub(super) fn within(self, start: usize, length: usize) -> Self {
        let from = self.from.max(start);
        let end = self.end().min(start + length);
        Self {
            from: from.saturating_sub(start),
            size: end.saturating_sub(from),
        }
    }
}

/// What is found: what it has to be, and how it is ordered.
pub(super) struct Walk {
    /// Everything but the filters that some facet does not see.
    pub(super) query: Value,
    /// Those.
    pub(super) post_filter: Vec<Value>,
    pub(super) sections: Vec<Section>,
    pub(super) window: Window,
    /// Whether hits say why they stand where they stand.
    pub(super) explains: bool,
    pub(super) places: Places,
}

/// Who stands in the first places of a text, of those who are equally good matches.
pub(super) enum Places {
    ByRank,
    /// Of those that are nearly the same, few; and first who leads to more by the attribute.
    Suggested(Option<FieldName>),
}

/// A document of a window.
pub(super) struct Document {
    pub(super) kept: Kept,
    /// What was asked of it besides.
    pub(super) told: FoundHit,
}

impl OpenSite {
    /// Asks for a window with whole objects. Where they are too large to come at once, they come in parts.
    pub(super) async fn window(
        &self,
        body: &Value,
        window: Window,
    ) -> Result<(Searched, Vec<Document>), EngineError> {
        let mut asked = body.clone();
        asked["from"] = json!(window.from);
        asked["size"] = json!(window.size);
        asked["track_total_hits"] = json!(true);
        match self.cluster.search(&self.alias, &asked).await {
            Ok(mut found) => {
                let documents = found.take_hits().into_iter().filter_map(|told| {
                    let kept = Kept::read(told.source()?)?;
                    Some(Document { kept, told })
                });
                let documents = documents.collect();
                Ok((found, documents))
            }
            Err(CallError::TooLong { .. }) if window.size > 1 => {
                let half = window.size / 2;
                let first = Window {
                    size: half,
                    ..window
                };
                let rest = Window {
                    from: window.from + half,
                    size: window.size - half,
                };
                let (found, mut documents) = Box::pin(self.window(body, first)).await?;
                let mut without_counts = body.clone();
                without_counts["aggs"] = json!({});
                documents.extend(Box::pin(self.window(&without_counts, rest)).await?.1);
                Ok((found, documents))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Says of a hit, where there is no text, what decides about it.
pub(super) fn tell(asking: &Asking<'_>, walk: &Walk, hit: &mut Hit, signals: &Signals) {
    let is_ranked = walk.sections.is_empty();
    hit.score = is_ranked.then(|| signals.ranked(Met::FULL, None).score());
    let explanation = { walk.explains }
        .then(|| signals.explanation(asking.query, MatchQuality::FULL, Vec::new(), 0.0));
    hit.explanation = explanation.map(Arc::new);
}

/// A hit; `None` for an object that is damaged. What else is said of it `finish` says, which sees the whole object. `stand_in`:
/// the place of what is shown in its place.
pub(super) fn hit(
    kept: &Kept,
    stand_in: Option<u32>,
    query: &SearchQuery,
    finish: impl FnOnce(&mut Hit),
) -> Result<Option<Hit>, EngineError> {
    let Some(object) = kept.object() else {
        return Ok(None);
    };
    let stand_in = stand_in.and_then(|at| stand_ins::shown(&object, at as usize));
    let object = Arc::new(stand_in.unwrap_or(object));
    let bytes = object.memory_bytes();
    let memory = &query.memory;
    let passing = memory.take(bytes).map_err(|_| EngineError::NoRoom)?;
    let mut hit = Hit {
        object: FoundObject::new(Arc::clone(&object)),
        updated_at: kept.updated_at,
        exact: true,
        score: None,
        highlights: Vec::new(),
        explanation: None,
    };
    finish(&mut hit);
    if memory.is_bounded() {
        let mut shown = bytes;
        if let Some(cut) = query.projection.cut(&object, bytes) {
            hit.object = cut;
            shown = hit.object.memory_bytes();
        }
        passing.keep(shown);
    }
    Ok(Some(hit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_cut_along_the_parts_of_a_list() {
        let window = |from, size| Window { from, size };
        let page = window(3, 4);
        for (start, length, part) in [
            (0, 2, window(3, 0)),
            (0, 4, window(3, 1)),
            (0, 9, window(3, 4)),
            (4, 2, window(0, 2)),
            (6, 5, window(0, 1)),
            (7, 5, window(0, 0)),
        ] {
            assert_eq!(page.within(start, length), part, "{start} {length}");
        }
        let beyond = Page {
            offset: Page::RANK_MAX,
            limit: 1,
        };
        assert_eq!(Window::of(beyond).size, 0);
    }
}
