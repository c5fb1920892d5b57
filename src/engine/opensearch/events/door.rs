//! The doors to the events of a site. Invariant: answers are of what is counted here, and that is all that was in the log a moment
//! ago, where the cluster can be asked.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::state::{ROOM_UNIT, Request, SiteEvents};
use super::{COME_AGAIN_S, FULL_COME_AGAIN_S, closed, lock};
use crate::domain::{
    ClientHistory, ClientId, Event, Identity, ObjectType, QueryRules, Recorded, RecordedQuery,
    TrackerId,
};
use crate::engine::events::{Live, pseudonym, size_of_events};
use crate::engine::opensearch::OpenSearchCatalogs;
use crate::engine::opensearch::site::OpenSite;
use crate::engine::{
    Affinities, Companion, EngineError, Events, PopularItem, PopularQuery, QueryReport, Telling,
};

/// How old what is counted may be.
const FRESH_FOR: Duration = Duration::from_millis(900);

/// So long after they were asked for, answers no longer wait for more.
const CATCH_UP_WAIT: Duration = Duration::from_secs(2);

impl OpenSite {
    fn events(&self) -> Result<&SiteEvents, EngineError> {
        self.events.as_ref().ok_or(EngineError::Unsupported(
            "events are not counted (`[events] enabled`)",
        ))
    }

    /// Has the follower do something.
    async fn asked<T>(
        self: &Arc<Self>,
        request: impl FnOnce(oneshot::Sender<Result<T, EngineError>>) -> Request,
    ) -> Result<T, EngineError> {
        let events = self.events()?;
        *lock(&events.asked) = Some(Instant::now());
        let (answer, promise) = oneshot::channel();
        let mut request = request(answer);
        // One that has just left is followed by another.
        for _ in 0..2 {
            let queue = self.follower(events).ok_or_else(closed)?;
            match queue.try_send(request) {
                Ok(()) => return promise.await.unwrap_or_else(|_| Err(closed())),
                Err(tokio::sync::mpsc::error::TrySendError::Closed(back)) => request = back,
                Err(tokio::sync::mpsc::error::TrySendError::Full(_)) => {
                    return Err(EngineError::Overloaded {
                        retry_after_s: COME_AGAIN_S,
                    });
                }
            }
        }
        Err(closed())
    }

    /// Returns when all is counted that was in the log a moment ago, or when that takes too long.
    async fn fresh_events(self: &Arc<Self>) -> Result<(), EngineError> {
        let events = self.events()?;
        *lock(&events.asked) = Some(Instant::now());
        let caught_up = *lock(&events.caught_up);
        let is_fresh = caught_up.is_some_and(|then| then.elapsed() < FRESH_FOR);
        if is_fresh && events.copy.is_of_today(self.now()) {
            return Ok(());
        }
        let Some(queue) = self.follower(events) else {
            return Err(closed());
        };
        let (told, caught_up) = oneshot::channel();
        if queue.try_send(Request::CatchUp(told)).is_ok() {
            // What is there then is answered from.
            let _ = timeout(CATCH_UP_WAIT, caught_up).await;
        }
        Ok(())
    }

    /// Looks at what is counted, off the async threads.
    async fn look_at_events<T: Send + 'static>(
        self: Arc<Self>,
        look: impl FnOnce(&OpenSite, &SiteEvents) -> T + Send + 'static,
    ) -> Result<T, EngineError> {
        self.fresh_events().await?;
        let looked = tokio::task::spawn_blocking(move || {
            let events = self.events()?;
            Ok(look(&self, events))
        });
        looked.await.map_err(|error| EngineError::Internal {
            context: "events could not be looked at",
            source: error.into(),
        })?
    }

    async fn look_at_live<T: Default + Send + 'static>(
        self: Arc<Self>,
        look: impl FnOnce(&Live, &QueryRules) -> T + Send + 'static,
    ) -> Result<T, EngineError> {
        self.look_at_events(|site, events| {
            let settings = site.settings();
            events.copy.look(|live| look(live, &settings.rules))
        })
        .await
    }
}

impl SiteEvents {
    /// What stands for a client here; `None` where nothing was ever recorded.
    fn name_of(&self, client: &ClientId) -> Option<ClientId> {
        let secret = *lock(&self.secret);
        secret.and_then(|secret| pseudonym(&secret, client))
    }
}

#[async_trait]
impl Events for OpenSearchCatalogs {
    async fn record(
        &self,
        site: &TrackerId,
        events: Vec<Event>,
        telling: Telling,
    ) -> Result<Vec<Recorded>, EngineError> {
        let site = self.site(site)?;
        let own = site.events()?;
        if own.is_closed.load(Ordering::Acquire) {
            return Err(closed());
        }
        if let Some(reason) = own.copy.full() {
            own.copy.note_overload(events.len());
            return Err(EngineError::Unavailable {
                reason,
                retry_after_s: FULL_COME_AGAIN_S,
            });
        }
        let all = own.settings.queue_bytes / ROOM_UNIT + 1;
        let units = size_of_events(&events).div_ceil(ROOM_UNIT).clamp(1, all);
        let Ok(room) = Arc::clone(&own.room).try_acquire_many_owned(units as u32) else {
            own.copy.note_overload(events.len());
            return Err(EngineError::Overloaded {
                retry_after_s: COME_AGAIN_S,
            });
        };
        site.cluster.health.check()?;
        site.asked(|answer| Request::Record {
            events,
            telling,
            answer,
            room,
        })
        .await
    }

    async fn forget_client(&self, site: &TrackerId, client: ClientId) -> Result<(), EngineError> {
        let site = self.site(site)?;
        site.cluster.health.check()?;
        site.asked(|answer| Request::Forget { client, answer })
            .await
    }

    async fn popular_items(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
        limit: usize,
    ) -> Result<Vec<PopularItem>, EngineError> {
        let look = move |live: &Live, _: &QueryRules| live.popular_items(&object_type, limit);
        self.site(site)?.look_at_live(look).await
    }

    async fn popular_queries(
        &self,
        site: &TrackerId,
        searches_min: u64,
        limit: usize,
    ) -> Result<Vec<PopularQuery>, EngineError> {
        let look =
            move |live: &Live, rules: &QueryRules| live.popular_queries(searches_min, limit, rules);
        self.site(site)?.look_at_live(look).await
    }

    async fn suggested_queries(
        &self,
        site: &TrackerId,
        typed: &str,
        limit: usize,
    ) -> Result<Vec<PopularQuery>, EngineError> {
        let typed = RecordedQuery::fold_typed(typed);
        let look = move |live: &Live, rules: &QueryRules| live.suggested(&typed, limit, rules);
        self.site(site)?.look_at_live(look).await
    }

    async fn queries_of_client(
        &self,
        site: &TrackerId,
        client: ClientId,
        limit: usize,
    ) -> Result<Vec<String>, EngineError> {
        let look = move |site: &OpenSite, events: &SiteEvents| {
            let Some(client) = events.name_of(&client) else {
                return Vec::new();
            };
            let searched = events.copy.searched_by(&client);
            let settings = site.settings();
            { &events.copy }.look(|live| live.titles(searched, limit, &settings.rules))
        };
        self.site(site)?.look_at_events(look).await
    }

    async fn query_report(
        &self,
        site: &TrackerId,
        limit: usize,
    ) -> Result<QueryReport, EngineError> {
        let look = move |live: &Live, _: &QueryRules| live.report(limit);
        self.site(site)?.look_at_live(look).await
    }
}

#[async_trait]
impl Affinities for OpenSearchCatalogs {
    async fn bought_with(
        &self,
        site: &TrackerId,
        items: Vec<Identity>,
        limit: usize,
    ) -> Result<Vec<Companion>, EngineError> {
        let look = move |site: &OpenSite, events: &SiteEvents| {
            let mut found = events.copy.companions_of(&items, site.now());
            found.truncate(limit);
            found
        };
        self.site(site)?.look_at_events(look).await
    }

    async fn history(
        &self,
        site: &TrackerId,
        client: ClientId,
    ) -> Result<ClientHistory, EngineError> {
        let look = move |_: &OpenSite, events: &SiteEvents| {
            let name = events.name_of(&client);
            name.map(|name| events.copy.history_of(&name))
                .unwrap_or_default()
        };
        self.site(site)?.look_at_events(look).await
    }
}
