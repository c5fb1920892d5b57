//! What is said of a hit by its text: whether it has every word as typed, texts with what the words meet marked, why it stands
//! where it stands. Invariant: it is said of the whole object, whatever of it is shown.

use std::sync::Arc;

use super::candidate::Candidate;
use super::sought::Sought;
use crate::domain::{Hit, Language, QueryText, SearchQuery};
use crate::engine::highlight::Marker;
use crate::engine::met_by::name_attributes;
use crate::engine::opensearch::search::asking::Asking;
use crate::engine::ranking::{Called, MatchQuality};

pub(super) struct Marking<'a> {
    query: &'a SearchQuery,
    marker: Marker,
    explains: bool,
    language: Language,
    with_links: bool,
}

impl<'a> Marking<'a> {
    pub(super) fn new(asking: &Asking<'a>, sought: &Sought, explains: bool) -> Self {
        Self {
            query: asking.query,
            marker: sought.marker(),
            explains,
            language: asking.site.language,
            with_links: asking.site.search_links,
        }
    }

    /// `candidate`: what was found out about it; `None` where nothing was. Where it is not ranked, something else put it in its
    /// place.
    pub(super) fn mark(
        &self,
        hit: &mut Hit,
        candidate: Option<Candidate>,
        is_ranked: bool,
        resemblance: f32,
    ) {
        let query = self.query;
        hit.exact = candidate.as_ref().is_some_and(|one| one.ranked.exact);
        let requests = query.highlights.iter().take(SearchQuery::HIGHLIGHTS_MAX);
        let texts = requests.filter_map(|request| {
            let text = self.marker.mark(hit.object.shown(), request)?;
            Some((request.field.clone(), text))
        });
        hit.highlights = texts.collect();
        let Some(candidate) = candidate.filter(|_| self.explains) else {
            return;
        };
        let quality = if is_ranked {
            candidate.ranked.quality()
        } else {
            MatchQuality::new(0.0, u32::MAX, Called::OTHERWISE)
        };
        let (signals, words) = (candidate.signals, candidate.words);
        let mut explanation = signals.explanation(query, quality, words, resemblance);
        let typed = query.text.as_ref().map_or("", QueryText::as_str);
        let shown = hit.object.shown();
        name_attributes(
            &mut explanation,
            shown,
            typed,
            self.language,
            self.with_links,
        );
        hit.explanation = Some(Arc::new(explanation));
    }
}
