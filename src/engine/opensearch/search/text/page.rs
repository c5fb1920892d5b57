//! The hits of a page, with what is said of each. Invariant: a hit is made of one state of its object.

use std::collections::{BTreeSet, HashMap};

use serde_json::json;

use super::candidate::Candidate;
use super::hits::{ByText, Looked, TextHits};
use super::marking::Marking;
use crate::domain::Hit;
use crate::engine::EngineError;
use crate::engine::opensearch::layout::document::Kept;
use crate::engine::opensearch::search::asking::Asking;
use crate::engine::opensearch::search::filter::all;
use crate::engine::opensearch::search::hits::{Document, Places, Walk, Window, hit, tell};
use crate::engine::opensearch::site::OpenSite;

impl OpenSite {
    /// The hits of the window.
    pub(in crate::engine::opensearch::search) async fn ranked(
        &self,
        asking: &Asking<'_>,
        text: &ByText,
        walk: &Walk,
        looked: Looked,
    ) -> Result<TextHits, EngineError> {
        let window = walk.window;
        let Looked {
            first,
            mut candidates,
            resemblances,
            ..
        } = looked;
        if let Places::Suggested(led_to_by) = &walk.places {
            let led_to_by = led_to_by.as_ref();
            self.suggest(asking, &mut candidates, window.end(), led_to_by)
                .await?;
        }
        let pinned = first.len();
        let all = first.into_iter().chain(candidates).enumerate();
        let page: Vec<(usize, Candidate)> = all.skip(window.from).take(window.size).collect();
        let objects = self.objects(page.iter().map(|(_, one)| one)).await?;
        let marking = Marking::new(asking, &text.sought, walk.explains);
        let (mut hits, mut partial) = (Vec::with_capacity(page.len()), BTreeSet::new());
        for (at, one) in page {
            let address = one.ranked.address;
            let Some(kept) = objects.get(&address.first_seen) else {
                continue;
            };
            let is_ranked = at >= pinned;
            if !one.ranked.exact {
                partial.extend(one.places.iter().copied());
            }
            let resemblance = resemblances.get(&address).copied().unwrap_or_default();
            hits.extend(hit(kept, address.stand_in, asking.query, |hit| {
                hit.score = is_ranked.then(|| one.ranked.score());
                marking.mark(hit, Some(one), is_ranked, resemblance);
            })?);
        }
        Ok(TextHits { hits, partial })
    }

    /// Hits of a page whose order what stands for objects decided.
    pub(in crate::engine::opensearch::search) async fn hits_of_listed(
        &self,
        asking: &Asking<'_>,
        text: Option<&ByText>,
        walk: &Walk,
        listed: Vec<Candidate>,
    ) -> Result<Vec<Hit>, EngineError> {
        let objects = self.objects(listed.iter()).await?;
        let marking = text.map(|text| Marking::new(asking, &text.sought, walk.explains));
        let mut hits = Vec::with_capacity(listed.len());
        for one in listed {
            let address = one.ranked.address;
            let Some(kept) = objects.get(&address.first_seen) else {
                continue;
            };
            hits.extend(hit(
                kept,
                address.stand_in,
                asking.query,
                |hit| match &marking {
                    Some(marking) => marking.mark(hit, Some(one), false, 0.0),
                    None => tell(asking, walk, hit, &one.signals),
                },
            )?);
        }
        Ok(hits)
    }

    /// Hits of a page whose order something else decided, as they meet the text.
    pub(in crate::engine::opensearch::search) async fn judged(
        &self,
        asking: &Asking<'_>,
        text: &ByText,
        documents: &[Document],
        explains: bool,
    ) -> Result<Vec<Hit>, EngineError> {
        let looking = text.looking(asking);
        let addresses = documents.iter();
        let addresses: Vec<u64> = addresses.map(|one| one.kept.head.first_seen).collect();
        let these = json!({ "terms": { "first_seen": addresses } });
        let mut question = looking.question(&these, &all(Vec::new()), None);
        question["size"] = json!(addresses.len());
        let found = self.cluster.search(&self.alias, &question).await?;
        let mut candidates: HashMap<u64, Candidate> = { found.hits().iter() }
            .filter_map(|hit| looking.candidate(hit))
            .map(|one| (one.ranked.address.first_seen, one))
            .collect();
        let marking = Marking::new(asking, &text.sought, explains);
        let mut hits = Vec::with_capacity(documents.len());
        for document in documents {
            let one = candidates.remove(&document.kept.head.first_seen);
            hits.extend(hit(&document.kept, None, asking.query, |hit| {
                marking.mark(hit, one, false, 0.0);
            })?);
        }
        Ok(hits)
    }

    /// The objects of candidates, by when they were first seen.
    async fn objects(
        &self,
        candidates: impl Iterator<Item = &Candidate>,
    ) -> Result<HashMap<u64, Kept>, EngineError> {
        let addresses = candidates.map(|one| one.ranked.address.first_seen);
        let addresses: BTreeSet<u64> = addresses.collect();
        let body = json!({
            "query": { "terms": { "first_seen": addresses } },
            "sort": [{ "first_seen": "asc" }],
        });
        let window = Window {
            from: 0,
            size: addresses.len(),
        };
        if addresses.is_empty() {
            return Ok(HashMap::new());
        }
        let (_, documents) = self.window(&body, window).await?;
        let kept = documents.into_iter().map(|document| document.kept);
        Ok(kept.map(|kept| (kept.head.first_seen, kept)).collect())
    }
}
