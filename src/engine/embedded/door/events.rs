//! The door to the events of a site. Invariant: nothing here blocks an async thread for long.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::oneshot;
use tokio::time::timeout_at;

use crate::domain::{
    ClientId, Event, ObjectType, QueryRules, Recorded, RecordedQuery, TrackerId, day_of,
};
use crate::engine::embedded::catalog::{Catalog, kept};
use crate::engine::embedded::engine::EmbeddedEngine;
use crate::engine::embedded::error::internal;
use crate::engine::embedded::record::{refresh, submit};
use crate::engine::events::{self, Live, Work};
use crate::engine::{EngineError, Events, PopularItem, PopularQuery, QueryReport, Telling};

/// So long after they were asked for, answers no longer wait for the tables of today.
const REFRESH_WAIT: Duration = Duration::from_secs(2);

#[async_trait]
impl Events for EmbeddedEngine {
    async fn record(
        &self,
        site: &TrackerId,
        events: Vec<Event>,
        telling: Telling,
    ) -> Result<Vec<Recorded>, EngineError> {
        let catalog = self.catalog(site)?;
        let done = asked(&catalog, |answer| Work::Record {
            events,
            telling,
            answer,
        })?;
        kept(done).await
    }

    async fn forget_client(&self, site: &TrackerId, client: ClientId) -> Result<(), EngineError> {
        let catalog = self.catalog(site)?;
        let done = asked(&catalog, |answer| Work::Forget { client, answer })?;
        kept(done).await
    }

    async fn popular_items(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
        limit: usize,
    ) -> Result<Vec<PopularItem>, EngineError> {
        let look = move |live: &Live, _: &QueryRules| live.popular_items(&object_type, limit);
        look_at(self.catalog(site)?, look).await
    }

    async fn popular_queries(
        &self,
        site: &TrackerId,
        searches_min: u64,
        limit: usize,
    ) -> Result<Vec<PopularQuery>, EngineError> {
        let look =
            move |live: &Live, rules: &QueryRules| live.popular_queries(searches_min, limit, rules);
        look_at(self.catalog(site)?, look).await
    }

    async fn suggested_queries(
        &self,
        site: &TrackerId,
        typed: &str,
        limit: usize,
    ) -> Result<Vec<PopularQuery>, EngineError> {
        let typed = RecordedQuery::fold_typed(typed);
        let look = move |live: &Live, rules: &QueryRules| live.suggested(&typed, limit, rules);
        look_at(self.catalog(site)?, look).await
    }

    async fn queries_of_client(
        &self,
        site: &TrackerId,
        client: ClientId,
        limit: usize,
    ) -> Result<Vec<String>, EngineError> {
        let catalog = self.catalog(site)?;
        fresh(&catalog).await;
        let read = tokio::task::spawn_blocking(move || {
            let read = events::searched_by(&catalog.folder, &client);
            let searched = { &catalog.events }.read_or_nothing(catalog.tracker_id.as_str(), read);
            let site = catalog.site.load();
            let live = catalog.events.live();
            let live = live.as_ref();
            live.map_or_else(Vec::new, |live| live.titles(searched, limit, &site.rules))
        });
        read.await
            .map_err(|error| internal("queries of a client could not be read", error))
    }

    async fn query_report(
        &self,
        site: &TrackerId,
        limit: usize,
    ) -> Result<QueryReport, EngineError> {
        let look = move |live: &Live, _: &QueryRules| live.report(limit);
        look_at(self.catalog(site)?, look).await
    }
}

fn asked<T>(
    catalog: &Arc<Catalog>,
    work: impl FnOnce(oneshot::Sender<Result<T, EngineError>>) -> Work,
) -> Result<oneshot::Receiver<Result<T, EngineError>>, EngineError> {
    let (answer, promise) = oneshot::channel();
    submit(catalog, work(answer))?;
    Ok(promise)
}

/// Has what is in memory brought to today, and waits for it, but not for long: what is there then is answered from.
async fn fresh(catalog: &Arc<Catalog>) {
    let today = day_of(catalog.clock.now());
    if catalog.events.live_day() == Some(today) {
        return;
    }
    let mut refreshed = pin!(catalog.events.refreshed());
    // What ends from here on is not missed.
    refreshed.as_mut().enable();
    refresh(catalog);
    if let Some(since) = catalog.events.refreshing_since() {
        // What takes longer goes on, and nobody waits for it any more.
        let _ = timeout_at((since + REFRESH_WAIT).into(), refreshed).await;
    }
}

/// Looks at what is in memory, off the async threads.
async fn look_at<T: Default + Send + 'static>(
    catalog: Arc<Catalog>,
    look: impl FnOnce(&Live, &QueryRules) -> T + Send + 'static,
) -> Result<T, EngineError> {
    fresh(&catalog).await;
    let looked = tokio::task::spawn_blocking(move || {
        let site = catalog.site.load();
        let live = catalog.events.live();
        let live = live.as_ref();
        live.map_or_else(T::default, |live| look(live, &site.rules))
    });
    looked
        .await
        .map_err(|error| internal("popular things could not be looked up", error))
}
