//! What visitors look for, as bars: what most look for, what finds nothing, what nobody clicks on. Invariant: a list has
//! at most [`QUERIES_MAX`] queries, and each leads to its search.

use crate::browse::chart::{count, length};
use crate::browse::failure::Failure;
use crate::browse::link;
use crate::domain::TrackerId;
use crate::engine::{Events, ReportedQuery};

/// Queries of one list.
const QUERIES_MAX: usize = 15;

pub(super) struct QueryChart {
    pub(super) name: &'static str,
    pub(super) meaning: &'static str,
    pub(super) none: &'static str,
    pub(super) rows: Vec<QueryRow>,
}

pub(super) struct QueryRow {
    pub(super) text: String,
    pub(super) href: String,
    pub(super) searches: String,
    /// As a part of the most frequent one of the list.
    pub(super) length: f64,
}

impl QueryChart {
    pub(super) async fn all(
        events: &dyn Events,
        site: &TrackerId,
        root: &str,
    ) -> Result<Vec<Self>, Failure> {
        let popular = events.popular_queries(site, 1, QUERIES_MAX).await?;
        let report = events.query_report(site, QUERIES_MAX).await?;
        let popular = popular.into_iter().map(|one| (one.title, one.searches));
        let reported =
            |list: Vec<ReportedQuery>| list.into_iter().map(|one| (one.title, one.searches));
        let rows = |queries: Vec<(String, u64)>| rows(queries, site, root);
        Ok(vec![
            Self {
                name: "Most frequent",
                meaning: "Queries of at least two visitors that found something.",
                none: "No query was asked by two visitors yet.",
                rows: rows(popular.collect()),
            },
            Self {
                name: "Found nothing",
                meaning: "Queries that found nothing when they were asked last.",
                none: "No query that found nothing is recorded.",
                rows: rows(reported(report.without_results).collect()),
            },
            Self {
                name: "Nobody clicked",
                meaning: "Queries that found something, and nobody clicked on any of it.",
                none: "No query whose hits nobody clicked is recorded.",
                rows: rows(reported(report.without_clicks).collect()),
            },
        ])
    }
}

fn rows(queries: Vec<(String, u64)>, site: &TrackerId, root: &str) -> Vec<QueryRow> {
    let most = queries.iter().map(|(_, searches)| *searches).max();
    let most = most.unwrap_or_default() as f64;
    let row = |(text, searches): (String, u64)| QueryRow {
        href: format!(
            "{}/search?{}",
            link::of_site(root, site.as_str()),
            link::query(&[("q", &text)])
        ),
        text,
        searches: count(searches),
        length: length(searches as f64, most),
    };
    queries.into_iter().map(row).collect()
}
