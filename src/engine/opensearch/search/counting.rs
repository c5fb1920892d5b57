//! The facets of one search: what was asked with the hits, what has to be asked besides, and facets nobody named. Invariant:
//! counts are of all that is found, whatever page of it is shown.

use serde_json::{Map, Value, json};

use super::asking::Asking;
use super::facets::{Facet, Seen};
use crate::domain::{DynamicFacets, FacetCounts, FacetKind, FacetRequest, ShownName};
use crate::engine::EngineError;
use crate::engine::facets::Counted;
use crate::engine::opensearch::site::OpenSite;

impl OpenSite {
    /// What the facets say, by the first answers and by what is asked besides.
    pub(super) async fn counted(
        &self,
        asking: &Asking<'_>,
        query: &Value,
        facets: Vec<Facet>,
        first: &Value,
    ) -> Result<Vec<FacetCounts>, EngineError> {
        let (mut counted, mut ranges, mut aggs) = (Vec::new(), Vec::new(), Map::new());
        for (at, facet) in facets.iter().enumerate() {
            let first = &first[facet_name(at)];
            if facet.is_cut(first) {
                return Err(EngineError::TooMuchWork);
            }
            match facet.read(first) {
                Ok(counts) => counted.push(Some(counts)),
                Err(besides) => {
                    aggs.insert(facet_name(at), besides.second());
                    ranges.push((at, besides));
                    counted.push(None);
                }
            }
        }
        if !ranges.is_empty() {
            let told = self.ask_counts(asking, query, aggs).await?;
            for (at, besides) in ranges {
                counted[at] = Some(besides.read(&told[facet_name(at)]));
            }
        }
        let all = facets.iter().zip(counted);
        Ok(all
            .filter_map(|(facet, counts)| Some(facet.counts(counts?)))
            .collect())
    }

    async fn ask_counts(
        &self,
        asking: &Asking<'_>,
        query: &Value,
        aggs: Map<String, Value>,
    ) -> Result<Value, EngineError> {
        let body = json!({
            "query": asking.found(query),
            "size": 0,
            "aggs": asking.counts(aggs, query, asking.counting()),
        });
        let found = self.cluster.search(&self.alias, &body).await?;
        Ok(asking.counted(found.aggregations))
    }

    /// Facets nobody named: on the attributes that most of what is found has, where they help anybody.
    pub(super) async fn dynamic(
        &self,
        asking: &Asking<'_>,
        seen: &Seen<'_>,
        query: &Value,
        covered: &[(u32, usize)],
        dynamic: DynamicFacets,
    ) -> Result<Vec<FacetCounts>, EngineError> {
        let mut choices = Vec::new();
        for &(number, covered) in covered {
            let name = asking
                .schema
                .name(number)
                .map(crate::domain::FieldName::as_str);
            let name = name.filter(|name| DynamicFacets::may_choose(name));
            let is_asked = |name: &ShownName| {
                let mut asked = asking.query.facets.iter();
                asked.any(|asked| asked.field == *name)
            };
            // One value alone would not say whether there are others.
            let request = name.and_then(|name| FacetRequest::new(name, dynamic.values_max.max(2)));
            let request = request.filter(|request| !is_asked(&request.field));
            let facet = request.and_then(|request| Facet::new(&request, seen));
            choices.extend(facet.map(|facet| (facet, covered)));
            // What is useless is counted in vain, so not for ever.
            if choices.len() == 4 * dynamic.facets_max {
                break;
            }
        }
        if choices.is_empty() {
            return Ok(Vec::new());
        }
        let (facets, covered): (Vec<Facet>, Vec<usize>) = choices.into_iter().unzip();
        let told = self.ask_counts(asking, query, first_questions(&facets));
        let told = told.await?;
        let counted = self.counted(asking, query, facets, &told).await?;
        let mut useful = Vec::new();
        for (facet, covered) in counted.into_iter().zip(covered) {
            let FacetCounts {
                field,
                kind,
                misfits,
            } = facet;
            let mut counts = Counted { kind, misfits };
            if counts.is_useful(covered) {
                if let FacetKind::Text(values) = &mut counts.kind {
                    values.truncate(dynamic.values_max);
                }
                counts.misfits.truncate(dynamic.values_max);
                useful.push(FacetCounts {
                    field,
                    kind: counts.kind,
                    misfits: counts.misfits,
                });
            }
        }
        Ok(useful)
    }
}

/// What is asked together with the hits.
pub(super) fn first_questions(facets: &[Facet]) -> Map<String, Value> {
    let questions = facets.iter().enumerate();
    let questions = questions.map(|(at, facet)| (facet_name(at), facet.first()));
    questions.collect()
}

fn facet_name(at: usize) -> String {
    format!("facet-{at}")
}
