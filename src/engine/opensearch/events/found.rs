//! What searches take of what visitors did: what they chose after a query, and queries among what is found. Invariant: a search
//! waits for nothing that is counted; what is counted is taken.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use super::lock;
use crate::domain::{
    AttributeType, QUERY_TYPE, RecordedQuery, SearchQuery, SearchResults, Timestamp,
};
use crate::engine::EngineError;
use crate::engine::events::found;
use crate::engine::opensearch::control::Control;
use crate::engine::opensearch::site::OpenSite;

/// Objects of type `query` that are looked at, of one site.
const OWN_MAX: usize = 10_000;

/// For how long nobody looks for them again.
const OWN_KEPT: Duration = Duration::from_millis(500);

impl OpenSite {
    /// The same query with what visitors chose after it, where that is known.
    pub(in crate::engine::opensearch) fn with_behaviour(
        &self,
        query: &SearchQuery,
    ) -> Option<SearchQuery> {
        // Where a sort decides, nothing is ranked (docs/reference/05-search.md §2).
        let is_heeded = query.heeds_visitors && query.sort.is_empty();
        let text = query.text.as_ref().filter(|_| is_heeded)?;
        let folded = RecordedQuery::fold_typed(text.as_str());
        let events = self.events.as_ref()?;
        let behaviour = events.copy.look(|live| live.behaviour(&folded));
        (!behaviour.is_empty()).then(|| SearchQuery {
            behaviour,
            ..query.clone()
        })
    }

    /// Adds the queries that are found to what a search found.
    pub(in crate::engine::opensearch) async fn add_queries(
        &self,
        control: &Control,
        query: &SearchQuery,
        results: &mut SearchResults,
    ) -> Result<(), EngineError> {
        let Some(events) = self.events.as_ref().filter(|_| found::is_wanted(query)) else {
            return Ok(());
        };
        let settings = self.settings();
        let rules = &settings.rules;
        let has_any = |live: &_| !found::having(live, query, rules).0.is_empty();
        if !events.copy.look(has_any) {
            return Ok(());
        }
        let own = self.own_queries(control, query.now).await?;
        let mut added = Ok(());
        events.copy.look(|live| {
            let is_own = |folded: &str| own.contains(folded);
            added = found::add(live, query, rules, is_own, results, |_| Ok(()));
        });
        added
    }

    /// The folded texts of the queries that the shop has sent as objects, and that can be seen.
    async fn own_queries(
        &self,
        control: &Control,
        now: Timestamp,
    ) -> Result<Arc<HashSet<String>>, EngineError> {
        let events = self.events.as_ref();
        let known = events.and_then(|events| lock(&events.own).clone());
        if let Some((then, own)) = known
            && then.elapsed() < OWN_KEPT
        {
            return Ok(own);
        }
        let began = Instant::now();
        let schema = self.schema(control).await?;
        let mut own = HashSet::new();
        if let Some((number, AttributeType::Text)) = schema.get("title") {
            let field = format!("s.{number}");
            let now = now.as_millis();
            let query = control.alive(
                &[json!({ "term": { "type": QUERY_TYPE } })],
                vec![
                    json!({ "range": { "active_from": { "gt": now } } }),
                    json!({ "range": { "active_to": { "lte": now } } }),
                ],
            );
            let search = json!({
                "query": query,
                "size": OWN_MAX,
                "_source": false,
                "docvalue_fields": [field],
                "track_total_hits": false,
            });
            let found = self.cluster.search(&self.alias, &search).await?;
            for hit in found.hits() {
                let titles = hit.fields.get(&field).into_iter().flatten();
                let titles = titles.filter_map(serde_json::Value::as_str);
                own.extend(titles.map(RecordedQuery::fold_typed));
            }
        }
        let own = Arc::new(own);
        if let Some(events) = events {
            *lock(&events.own) = Some((began, Arc::clone(&own)));
        }
        Ok(own)
    }
}
