//! One search from start to end. Invariant: all its questions are asked with what the site said when it began.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use super::asking::Asking;
use super::by_signals::by_signals;
use super::counting::first_questions;
use super::facets::{self, Facet, Seen};
use super::filter::all;
use super::hits::{Document, Walk, Window, hit, tell};
use super::order::{Section, section_name};
use super::rings;
use super::signals::{self, Signals};
use super::stand_ins::Listed;
use super::text::{ByText, Looked, TextHits};
use super::together::all_of;
use super::walks::{walk_of_group, walk_of_hits};
use crate::domain::{
    Correction, FacetRequest, Filters, Hit, Quicksearch, SearchQuery, SearchResults,
};
use crate::engine::EngineError;
use crate::engine::asked::{self, filters_of};
use crate::engine::opensearch::control::Control;
use crate::engine::opensearch::layout::document::Kept;
use crate::engine::opensearch::site::OpenSite;
use crate::engine::written;

impl OpenSite {
    pub(super) async fn answer(
        &self,
        control: &Control,
        query: &SearchQuery,
    ) -> Result<SearchResults, EngineError> {
        let schema = self.schema(control).await?;
        self.map_stand_ins(control).await?;
        asked::check_distances(query, &schema)?;
        let settings = self.made_with(control).settings(&self.settings());
        let mut asking = Asking::new(query, settings, schema, control)?;
        let groups = query.quicksearch.iter().take(Quicksearch::TYPES_MAX);
        let groups: Vec<(&Quicksearch, Filters)> = groups
            .map(|group| (group, filters_of(query, group)))
            .collect();
        rings::look_up(self, &mut asking, &groups).await?;
        let text = self.by_text(&asking, &groups).await?;
        let text = text.as_ref();
        let mut results = SearchResults::default();
        let found = async {
            if query.quicksearch_alone {
                return Ok(());
            }
            self.find(&asking, text, &mut results).await
        };
        let of_groups = groups.iter().map(|(group, filters)| async {
            let walk = walk_of_group(&asking, text, group, filters)?;
            let looked = self.looked_over(&asking, text, &walk, Map::new()).await?;
            self.page_of(&asking, text, &walk, looked).await
        });
        let of_groups = all_of(of_groups.collect());
        let correction = async {
            match text.filter(|_| !query.quicksearch_alone) {
                Some(text) => self.correction(&asking, text).await,
                None => Ok(None),
            }
        };
        let ((), of_groups, correction) = tokio::try_join!(found, of_groups, correction)?;
        let mut partial = BTreeSet::new();
        for found in of_groups {
            results.quicksearch_hits.extend(found.hits);
            partial.extend(found.partial);
        }
        results.correction = correction;
        if let Some(text) = text.filter(|_| query.quicksearch_alone) {
            results.partial_words = text.sought.typed_at(&partial);
        }
        Ok(results)
    }

    /// What was looked for instead of what was typed, in words as the shop writes them.
    async fn correction(
        &self,
        asking: &Asking<'_>,
        text: &ByText,
    ) -> Result<Option<Correction>, EngineError> {
        let in_the_way = text.chosen.as_ref().map_or(&[][..], |set| &set.in_the_way);
        let Some(correction) = text.sought.correction(in_the_way) else {
            return Ok(None);
        };
        let words: Vec<String> = { correction.replacements() }
            .take(written::WORDS_MAX)
            .map(str::to_owned)
            .collect();
        let mut spellings: HashMap<String, String> = HashMap::new();
        let shown = words.iter();
        let shown = shown.map(|word| self.showing(asking, word, written::WITNESSES_MAX));
        let shown = all_of(shown.collect()).await?;
        for (word, kept) in words.into_iter().zip(shown) {
            let objects = kept.iter().filter_map(Kept::object);
            let objects: Vec<crate::domain::Object> = objects.collect();
            let shown = objects.iter().map(crate::domain::ShownObject::new);
            if let Some(spelling) = written::commonest(shown, &word) {
                spellings.insert(word, spelling);
            }
        }
        Ok(Some(
            correction.written(|word| spellings.get(word).cloned()),
        ))
    }

    /// The hits of the page, how many there are, and what is counted over them.
    async fn find(
        &self,
        asking: &Asking<'_>,
        text: Option<&ByText>,
        results: &mut SearchResults,
    ) -> Result<(), EngineError> {
        let query = asking.query;
        let narrowing = asking.narrowing(&query.filters);
        let reader = asking.reader();
        let seen = Seen {
            reader: &reader,
            narrowing: &narrowing,
            filters: &query.filters,
            all_variants: query.all_variants,
        };
        let requests = query.facets.iter().take(FacetRequest::FACETS_MAX);
        let facets: Vec<Facet> = requests
            .filter_map(|request| Facet::new(request, &seen))
            .collect();
        let walk = walk_of_hits(asking, text, &narrowing)?;
        let mut aggs = first_questions(&facets);
        if query.dynamic_facets.is_some() {
            let most = json!({ "terms": { "field": "has", "size": facets::ATTRIBUTES_MAX } });
            let found = all(walk.post_filter.clone());
            aggs.insert(
                "covered".to_owned(),
                json!({ "filter": found, "aggs": { "has": most } }),
            );
        }
        let mut looked = self.looked_over(asking, text, &walk, aggs).await?;
        let (total, aggregations) = looked.take_told();
        let counted = self.counted(asking, &walk.query, facets, &aggregations);
        let dynamic = async {
            let Some(dynamic) = query.dynamic_facets else {
                return Ok(Vec::new());
            };
            let covered = facets::covered(&aggregations["covered"]["has"]);
            self.dynamic(asking, &seen, &walk.query, &covered, dynamic)
                .await
        };
        let page = self.page_of(asking, text, &walk, looked);
        let (page, counted, chosen) = tokio::try_join!(page, counted, dynamic)?;
        results.total_hits = total;
        results.hits = page.hits;
        results.facets = counted;
        let room = FacetRequest::FACETS_MAX.saturating_sub(results.facets.len());
        let most = query.dynamic_facets.map_or(0, |dynamic| dynamic.facets_max);
        results
            .facets
            .extend(chosen.into_iter().take(most.min(room)));
        Ok(())
    }

    /// What there is of the walk, and its order as far as the window goes.
    async fn looked_over(
        &self,
        asking: &Asking<'_>,
        text: Option<&ByText>,
        walk: &Walk,
        aggs: Map<String, Value>,
    ) -> Result<LookedOver, EngineError> {
        if let Some(text) = text.filter(|_| walk.sections.is_empty()) {
            let looked = self.looked(asking, text, walk, aggs).await?;
            return Ok(LookedOver::Ranked(looked));
        }
        if asking.has_stand_ins() {
            let listed = self.listed(asking, text, walk, aggs).await?;
            return Ok(LookedOver::OfStandIns(listed));
        }
        let is_told = text.is_none() && (walk.sections.is_empty() || walk.explains);
        let (found, documents) = self.walk(asking, walk, is_told, aggs).await?;
        Ok(LookedOver::Listed(found, documents))
    }

    /// The hits of the window.
    async fn page_of(
        &self,
        asking: &Asking<'_>,
        text: Option<&ByText>,
        walk: &Walk,
        looked: LookedOver,
    ) -> Result<TextHits, EngineError> {
        let hits = match (text, looked) {
            (Some(text), LookedOver::Ranked(looked)) => {
                return self.ranked(asking, text, walk, looked).await;
            }
            (text, LookedOver::OfStandIns(listed)) => {
                let listed = self.hits_of_listed(asking, text, walk, listed.hits);
                listed.await?
            }
            (Some(text), LookedOver::Listed(_, documents)) if !documents.is_empty() => {
                { self.judged(asking, text, &documents, walk.explains) }.await?
            }
            (_, LookedOver::Listed(_, documents)) => listed(asking, walk, &documents)?,
            // Without a text nothing is ranked by one.
            (None, LookedOver::Ranked(_)) => Vec::new(),
        };
        Ok(TextHits {
            hits,
            partial: BTreeSet::new(),
        })
    }

    /// The documents of the window, one section after the other, and what the questions say of all that is found. Where it is
    /// to be told what decides about each, that is asked for with it.
    async fn walk(
        &self,
        asking: &Asking<'_>,
        walk: &Walk,
        is_told: bool,
        mut aggs: Map<String, Value>,
    ) -> Result<(Walked, Vec<Document>), EngineError> {
        let of_section = |section: &Section| {
            let mut filter = walk.post_filter.clone();
            filter.extend(section.filter.clone());
            all(filter)
        };
        let query = if is_told {
            let found = [&walk.query];
            json!({ "bool": { "filter": found, "should": signals::wishes(asking) } })
        } else {
            walk.query.clone()
        };
        let body = |query: &Value, post_filter: Value, sort: &[Value]| {
            let mut body = json!({ "query": query, "post_filter": post_filter, "sort": sort });
            if is_told {
                body["docvalue_fields"] = json!(signals::fields(asking));
            }
            body
        };
        match walk.sections.as_slice() {
            [] => {
                let by = by_signals(&asking.reader(), asking.query, &query);
                let mut body = body(&by.query, all(walk.post_filter.clone()), &by.sort);
                body["aggs"] = Value::Object(aggs);
                let (found, documents) = self.window(&body, walk.window).await?;
                Ok((Walked::of(found), documents))
            }
            [whole] => {
                let mut body = body(&query, of_section(whole), &whole.sort);
                body["aggs"] = Value::Object(aggs);
                let (found, documents) = self.window(&body, walk.window).await?;
                Ok((Walked::of(found), documents))
            }
            sections => {
                for (at, section) in sections.iter().enumerate() {
                    aggs.insert(section_name(at), json!({ "filter": of_section(section) }));
                }
                let mut counting = body(&query, all(walk.post_filter.clone()), &[]);
                counting["aggs"] = Value::Object(aggs);
                let nothing = Window { from: 0, size: 0 };
                let (found, _) = self.window(&counting, nothing).await?;
                let found = Walked::of(found);
                let (mut documents, mut start) = (Vec::new(), 0);
                for (at, section) in sections.iter().enumerate() {
                    let of_it = &found.aggregations[section_name(at)]["doc_count"];
                    let length = of_it.as_u64().unwrap_or(0) as usize;
                    let window = walk.window.within(start, length);
                    start += length;
                    if window.size > 0 {
                        let body = body(&query, of_section(section), &section.sort);
                        documents.extend(self.window(&body, window).await?.1);
                    }
                }
                Ok((found, documents))
            }
        }
    }
}

/// A walk before its hits are made.
enum LookedOver {
    Ranked(Looked),
    Listed(Walked, Vec<Document>),
    OfStandIns(Listed),
}

impl LookedOver {
    /// How many there are, and what was counted over them.
    fn take_told(&mut self) -> (u64, Value) {
        match self {
            Self::Ranked(Looked {
                total,
                aggregations,
                ..
            })
            | Self::Listed(
                Walked {
                    total,
                    aggregations,
                },
                _,
            )
            | Self::OfStandIns(Listed {
                total,
                aggregations,
                ..
            }) => (*total, aggregations.take()),
        }
    }
}

/// What the cluster says of all that is found.
struct Walked {
    total: u64,
    aggregations: Value,
}

impl Walked {
    fn of(found: crate::engine::opensearch::searched::Searched) -> Self {
        Self {
            total: found.total(),
            aggregations: found.aggregations,
        }
    }
}

/// Hits where there is no text.
fn listed(
    asking: &Asking<'_>,
    walk: &Walk,
    documents: &[Document],
) -> Result<Vec<Hit>, EngineError> {
    let hits = documents.iter().filter_map(|document| {
        let finish = |hit: &mut Hit| {
            if let Some(signals) = Signals::read(&document.told, asking) {
                tell(asking, walk, hit, &signals);
            }
        };
        hit(&document.kept, None, asking.query, finish).transpose()
    });
    hits.collect()
}
