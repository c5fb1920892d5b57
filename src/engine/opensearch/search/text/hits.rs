//! A page of the hits of a text. Invariant: what is pinned comes first and is counted once.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::candidate::Candidate;
use super::chosen::ChosenSet;
use super::dictionary::Memo;
use super::looking::Looking;
use super::rank::judged;
use super::sight::Sight;
use super::sought::Sought;
use crate::domain::{Filters, Hit, Quicksearch, ResultSet};
use crate::engine::EngineError;
use crate::engine::opensearch::client::CallError;
use crate::engine::opensearch::layout::judged::JUDGED;
use crate::engine::opensearch::search::address::Address;
use crate::engine::opensearch::search::asking::Asking;
use crate::engine::opensearch::search::filter::{all, any, nothing};
use crate::engine::opensearch::search::hits::{Walk, Window};
use crate::engine::opensearch::search::stand_ins::totals::{told, with_total};
use crate::engine::opensearch::searched::{Hit as FoundHit, Searched};
use crate::engine::opensearch::site::OpenSite;
use crate::engine::ranking::{self, Sample};

/// A text on its way through a search.
pub(in crate::engine::opensearch::search) struct ByText {
    pub(in crate::engine::opensearch::search) sought: Sought,
    /// `None`: everything that has one of the words.
    pub(in crate::engine::opensearch::search) chosen: Option<ChosenSet>,
    /// How the catalog looked meanwhile.
    sight: Option<Sight>,
}

/// What a walk by a text found, in its order.
pub(in crate::engine::opensearch::search) struct Looked {
    pub(in crate::engine::opensearch::search) total: u64,
    pub(in crate::engine::opensearch::search) aggregations: Value,
    pub(super) first: Vec<Candidate>,
    pub(super) candidates: Vec<Candidate>,
    pub(super) resemblances: HashMap<Address, f32>,
}

/// The hits of a page of it.
#[derive(Default)]
pub(in crate::engine::opensearch::search) struct TextHits {
    pub(in crate::engine::opensearch::search) hits: Vec<Hit>,
    /// Of hits that have not all words, the places of those they have.
    pub(in crate::engine::opensearch::search) partial: BTreeSet<usize>,
}

impl ByText {
    /// What has to be so of everything that is found.
    pub(in crate::engine::opensearch::search) fn clause(
        &self,
        asking: &Asking<'_>,
        of: Option<&Quicksearch>,
    ) -> Value {
        let by_words = match (&self.chosen, of) {
            (Some(chosen), None) => chosen.main.clone(),
            (Some(chosen), Some(group)) => {
                let of_type = chosen.by_type.get(&group.object_type);
                of_type.cloned().unwrap_or_else(nothing)
            }
            (None, _) => {
                let words = self.sought.queries().map(|word| word.met());
                any(words.chain(self.sought.entirely()).collect())
            }
        };
        match pinned(asking) {
            Some(pinned) => any(vec![by_words, pinned]),
            None => by_words,
        }
    }
}

impl ByText {
    pub(in crate::engine::opensearch::search) fn candidate(
        &self,
        asking: &Asking<'_>,
        hit: &FoundHit,
    ) -> Option<Candidate> {
        self.looking(asking).candidate(hit)
    }

    /// Fields that are read of hits: values, and what is stored.
    pub(in crate::engine::opensearch::search) fn read(
        &self,
        asking: &Asking<'_>,
    ) -> (Vec<String>, Value) {
        let looking = self.looking(asking);
        (looking.values_read(), looking.words_read())
    }

    /// What the query finds, the better the greater the score.
    pub(in crate::engine::opensearch::search) fn scored(
        &self,
        asking: &Asking<'_>,
        query: &Value,
    ) -> Value {
        self.looking(asking).scored(query)
    }

    pub(super) fn looking<'a>(&'a self, asking: &'a Asking<'a>) -> Looking<'a> {
        Looking {
            asking,
            sought: &self.sought,
            is_narrow: self.chosen.is_some(),
        }
    }
}

fn pinned(asking: &Asking<'_>) -> Option<Value> {
    let rule = asking.rule().filter(|rule| !rule.pinned.is_empty())?;
    let names: Vec<&str> = { rule.pinned.iter() }
        .map(crate::domain::Identity::as_str)
        .collect();
    Some(json!({ "terms": { "identity": names } }))
}

impl OpenSite {
    pub(in crate::engine::opensearch::search) async fn by_text(
        &self,
        asking: &Asking<'_>,
        groups: &[(&Quicksearch, Filters)],
    ) -> Result<Option<ByText>, EngineError> {
        let query = asking.query;
        let Some(text) = &query.text else {
            return Ok(None);
        };
        let sets = [query.result_set, asking.site.result_set];
        let is_wide = sets.contains(&ResultSet::Wide);
        let mut memo = Memo::new(&self.memory.words);
        loop {
            let sought = self.sought(asking, text, &mut memo).await?;
            // In a scope everything is found that has one of the words.
            let chosen = if is_wide || sought.scope.is_some() {
                if !memo.is_proven || !sought.is_settled(&memo) {
                    self.look_up_words(&mut memo, asking).await?;
                    continue;
                }
                None
            } else {
                let chosen = self.chosen(asking, &sought, groups, &mut memo).await?;
                if chosen.is_none() {
                    continue;
                }
                chosen
            };
            return Ok(Some(ByText {
                sought,
                chosen,
                sight: memo.sight(),
            }));
        }
    }

    /// Looks at the hits, and puts the best in their order. `query` has the clause of the text in it.
    pub(in crate::engine::opensearch::search) async fn looked(
        &self,
        asking: &Asking<'_>,
        text: &ByText,
        walk: &Walk,
        aggs: Map<String, Value>,
    ) -> Result<Looked, EngineError> {
        let (query, window) = (&walk.query, walk.window);
        let post_filter = all(walk.post_filter.clone());
        let looking = text.looking(asking);
        let mut question = looking.question(query, &post_filter, None);
        let aggs = if asking.has_stand_ins() {
            with_total(aggs, walk)
        } else {
            aggs
        };
        question["aggs"] = asking.counts(aggs, query, asking.counting());
        question["size"] = json!(match window.size {
            0 => 0,
            _ => window.end().max(ranking::RESEMBLANCE_HITS_MAX),
        });
        let pinned = pinned(asking).filter(|_| window.size > 0).map(|pinned| {
            let mut question = looking.question(query, &post_filter, Some(&pinned));
            question["size"] = json!(asking.rule().map_or(0, |rule| rule.pinned.len()));
            question
        });
        let asked_pinned = async {
            match &pinned {
                Some(question) => {
                    let found = self.cluster.search(&self.alias, question).await?;
                    Ok(Some(found))
                }
                None => Ok(None),
            }
        };
        let sample = async {
            match window.size {
                0 => Ok(Arc::new(Sample::new(0, Vec::new()))),
                _ => self.sample_of_titles(asking, text.sight).await,
            }
        };
        let (mut found, found_pinned, sample) =
            tokio::try_join!(self.looked_at(question, window), asked_pinned, sample)?;
        let hits = found.take_hits().into_iter();
        let mut candidates: Vec<Candidate> = hits.flat_map(|hit| looking.candidates(hit)).collect();
        let mut first: Vec<Candidate> = Vec::new();
        if let Some(mut found) = found_pinned {
            let hits = found.take_hits().into_iter();
            first = hits.flat_map(|hit| looking.candidates(hit)).collect();
            let place = |candidate: &Candidate| {
                let mut pinned = asking.rule().into_iter().flat_map(|rule| &rule.pinned);
                pinned.position(|identity| candidate.signals.is_called(identity))
            };
            first.sort_by_key(|one| place(one).unwrap_or(usize::MAX));
            let addresses: BTreeSet<Address> =
                { first.iter() }.map(|one| one.ranked.address).collect();
            candidates.retain(|one| !addresses.contains(&one.ranked.address));
        }
        let is_enough = candidates.len() >= ranking::FEEDBACK_HITS_MIN;
        let sample = Some(sample).filter(|_| is_enough);
        let sample = sample.unwrap_or_else(|| Arc::new(Sample::new(0, Vec::new())));
        let resemblances = looking.rank(&mut candidates, || sample);
        let (total, aggregations) = if asking.has_stand_ins() {
            told(asking, found)
        } else {
            (found.total(), found.aggregations)
        };
        Ok(Looked {
            total,
            aggregations,
            first,
            candidates,
            resemblances,
        })
    }

    /// What is looked at: of large objects fewer, but those up to the end of the page.
    async fn looked_at(
        &self,
        mut question: Value,
        window: Window,
    ) -> Result<Searched, EngineError> {
        loop {
            let size = question["size"].as_u64().unwrap_or(0) as usize;
            match self.cluster.search(&self.alias, &question).await {
                Err(CallError::TooLong { .. }) if size > window.end() => {
                    question["size"] = json!((size / 2).max(window.end()));
                }
                Err(CallError::TooLong { .. }) => return Err(EngineError::TooMuchWork),
                found => return Ok(found?),
            }
        }
    }

    /// Titles spread over the whole catalog, taken anew for each state of it that looks otherwise.
    async fn sample_of_titles(
        &self,
        asking: &Asking<'_>,
        sight: Option<Sight>,
    ) -> Result<Arc<Sample>, EngineError> {
        // Where one cannot tell how it looks, who writes says so.
        let state = sight.ok_or(asking.control.fence);
        if let Some(known) = self.memory.sample(state) {
            return Ok(known);
        }
        let body = json!({
            "query": { "function_score": {
                "query": asking.control.alive(&[], Vec::new()),
                "random_score": { "seed": 1, "field": "first_seen" },
                "boost_mode": "replace",
            }},
            "size": ranking::SAMPLE,
            "stored_fields": "_none_",
            "docvalue_fields": [JUDGED],
            "track_total_hits": false,
        });
        let found = self.cluster.search(&self.alias, &body).await?;
        let titles = found.hits().iter().filter_map(judged);
        let words: Vec<u64> = titles.flat_map(|judged| judged.title_words).collect();
        let sample = Arc::new(Sample::new(found.hits().len(), words));
        self.memory.keep_sample(state, Arc::clone(&sample));
        Ok(sample)
    }
}
