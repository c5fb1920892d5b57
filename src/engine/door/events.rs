//! What visitors did, counted, and what that says of a shop: which objects and queries are popular, what a
//! client looked for (docs/reference/06-autocomplete-and-others.md §3, §4, §6).

use async_trait::async_trait;

use super::EngineError;
use crate::domain::{
    ClientId, Event, Group, Identity, ItemCounts, ObjectType, Recorded, TrackerId,
};

/// Whose word the times of events are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// They are told as they happen.
    Now,
    /// They were kept elsewhere: sessions have no bounds, and what is too old to be counted is dropped.
    Past,
}

/// An object, and how popular it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PopularItem {
    pub identity: Identity,
    pub object_type: ObjectType,
    /// Above zero.
    pub score: u64,
}

/// A query that may be shown to everybody, in its most frequent spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PopularQuery {
    pub title: String,
    /// In the last 30 days.
    pub searches: u64,
}

/// A query of the report for the people of a shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedQuery {
    pub title: String,
    pub searches: u64,
    /// Of them, those that found nothing.
    pub empty: u64,
}

/// Queries of the last 30 days that a shop should look at, the most frequent first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryReport {
    /// Found nothing when they were searched for last.
    pub without_results: Vec<ReportedQuery>,
    /// Found something, and nobody clicked on any of it.
    pub without_clicks: Vec<ReportedQuery>,
    /// What visits are told apart by: lists that were shown, and what was done.
    pub groups: Vec<(Group, ItemCounts)>,
}

/// Events of a site, and what is made of them. A query is in no answer before two clients have searched for it
/// and found something, and none that finds nothing.
#[async_trait]
pub trait Events: Send + Sync + 'static {
    /// Counts events, in order; what became of each. All counted ones are durable. An overload does nothing of it.
    async fn record(
        &self,
        site: &TrackerId,
        events: Vec<Event>,
        telling: Telling,
    ) -> Result<Vec<Recorded>, EngineError>;

    /// Forgets all that is kept of a client or a customer. What was counted stays.
    async fn forget_client(&self, site: &TrackerId, client: ClientId) -> Result<(), EngineError>;

    /// The most popular objects of a type, the first first, whether they are still there or not.
    async fn popular_items(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
        limit: usize,
    ) -> Result<Vec<PopularItem>, EngineError>;

    /// The most frequent queries that were searched for so often at least.
    async fn popular_queries(
        &self,
        site: &TrackerId,
        searches_min: u64,
        limit: usize,
    ) -> Result<Vec<PopularQuery>, EngineError>;

    /// Of those that begin with what was typed, or one of whose words does, the most frequent.
    async fn suggested_queries(
        &self,
        site: &TrackerId,
        typed: &str,
        limit: usize,
    ) -> Result<Vec<PopularQuery>, EngineError>;

    /// What the client searched for last, the latest first.
    async fn queries_of_client(
        &self,
        site: &TrackerId,
        client: ClientId,
        limit: usize,
    ) -> Result<Vec<String>, EngineError>;

    async fn query_report(
        &self,
        site: &TrackerId,
        limit: usize,
    ) -> Result<QueryReport, EngineError>;
}
