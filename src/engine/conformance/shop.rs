//! A site of a backend on trial, its clock, and what was said of its last write. Invariant: a search shows
//! all that was written before it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use super::Backend;
use super::objects::{NOW, facet, generation, object_type, site_of};
use crate::domain::{
    Clock, CommitOutcome, CorrectedWord, FacetCounts, FacetKind, GenerationCommit, Job, JobNumber,
    JobRequest, JobStatus, Object, ObjectKey, ObjectPatch, Outcome, RowOutcome, Scan, ScanPosition,
    Scope, SearchQuery, SearchResults, Site, SourceRows, Submission, Timestamp, TrackerId,
};
use crate::engine::{DocumentEngine, Engine, EngineError, Extraction, Sources, Visibility};

pub(super) struct Shop<B> {
    pub(super) backend: B,
    pub(super) engine: Engine,
    /// The first of the sites is the one that is written to.
    pub(super) sites: Vec<Site>,
    now: Arc<AtomicI64>,
}

/// Looks at something that is not done yet, and pauses between them: a minute on the whole.
const LOOKS: usize = 6_000;
const PAUSE: Duration = Duration::from_millis(10);

impl<B: Backend> Shop<B> {
    pub(super) fn open() -> Self {
        Self::of(site_of("shop-1"))
    }

    pub(super) fn of(site: Site) -> Self {
        Self::of_all(vec![site])
    }

    pub(super) fn of_all(sites: Vec<Site>) -> Self {
        let now = Arc::new(AtomicI64::new(NOW.as_millis()));
        let backend = B::start(sites.clone(), clock(&now));
        Self {
            engine: backend.doors(),
            backend,
            sites,
            now,
        }
    }

    /// Of these objects, first seen in this order.
    pub(super) async fn with<O: Into<Object>>(objects: impl IntoIterator<Item = O>) -> Self {
        let shop = Self::open();
        shop.add(objects).await;
        shop
    }

    pub(super) fn restart(self) -> Self {
        let Self {
            backend,
            engine,
            sites,
            now,
        } = self;
        drop(engine);
        let backend = backend.restart(sites.clone(), clock(&now));
        Self {
            engine: backend.doors(),
            backend,
            sites,
            now,
        }
    }

    pub(super) fn id(&self) -> &TrackerId {
        &self.sites[0].tracker_id
    }

    pub(super) fn advance(&self, milliseconds: i64) {
        self.now.fetch_add(milliseconds, Ordering::SeqCst);
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::SeqCst))
    }

    pub(super) fn sources(&self) -> &dyn Sources {
        self.engine.sources.as_deref().unwrap()
    }

    pub(super) fn documents(&self) -> &dyn DocumentEngine {
        self.engine.documents.as_deref().unwrap()
    }

    pub(super) async fn replace<O: Into<Object>>(
        &self,
        objects: impl IntoIterator<Item = O>,
    ) -> Vec<Outcome> {
        let sent = objects
            .into_iter()
            .map(|object| Submission::from(object.into()));
        let writes = &self.engine.writes;
        let sent = sent.collect();
        let report = writes.replace(self.id(), sent, Extraction::Extract).await;
        report.unwrap().outcomes
    }

    /// All of them are taken.
    pub(super) async fn add<O: Into<Object>>(&self, objects: impl IntoIterator<Item = O>) {
        for outcome in self.replace(objects).await {
            assert_eq!(outcome, Outcome::Applied);
        }
    }

    pub(super) async fn patch(&self, patch: ObjectPatch) -> Outcome {
        let report = self.engine.writes.patch(self.id(), vec![patch]).await;
        report.unwrap().outcomes.remove(0)
    }

    pub(super) async fn delete(&self, key: ObjectKey) -> Outcome {
        let report = self.engine.writes.delete(self.id(), vec![key]).await;
        report.unwrap().outcomes.remove(0)
    }

    pub(super) async fn commit(&self, of_type: &str, of: &str) -> CommitOutcome {
        let commit = GenerationCommit {
            object_type: object_type(of_type),
            generation: generation(of),
            must_exist: true,
            guard_percent: 0,
            keeps_refused: false,
        };
        let committed = self.engine.writes.commit_generation(self.id(), commit);
        committed.await.unwrap()
    }

    pub(super) async fn write_rows(&self, rows: SourceRows) -> Vec<RowOutcome> {
        let report = self.sources().write_rows(self.id(), rows).await;
        report.unwrap().outcomes
    }

    /// Waits until all that was written can be found: a write that changes nothing comes after it.
    pub(super) async fn settle(&self) -> Visibility {
        let nothing = super::objects::key("nobody", "nothing");
        let writes = &self.engine.writes;
        let report = writes.delete(self.id(), vec![nothing]).await.unwrap();
        let visibility = report.visibility;
        writes.wait_visible(self.id(), visibility).await.unwrap();
        visibility
    }

    pub(super) async fn try_search(
        &self,
        query: &SearchQuery,
    ) -> Result<SearchResults, EngineError> {
        self.settle().await;
        self.engine.search.search(self.id(), query.clone()).await
    }

    pub(super) async fn search(&self, query: &SearchQuery) -> SearchResults {
        self.try_search(query).await.unwrap()
    }

    /// Identities of the hits, in order.
    pub(super) async fn find(&self, query: &SearchQuery) -> Vec<String> {
        identities(&self.search(query).await)
    }

    /// The same, by name.
    pub(super) async fn find_sorted(&self, query: &SearchQuery) -> String {
        let mut found = self.find(query).await;
        found.sort_unstable();
        found.join(", ")
    }

    pub(super) async fn facet(&self, query: &SearchQuery, field: &str) -> FacetCounts {
        let mut query = query.clone();
        query.facets = vec![facet(field)];
        let mut found = self.search(&query).await.facets;
        found.pop().unwrap()
    }

    /// `red 2, blue 1`
    pub(super) async fn text_facet(&self, query: &SearchQuery, field: &str) -> String {
        told(&self.facet(query, field).await)
    }

    /// Everything there is, as it lies in the store.
    pub(super) async fn stored(&self) -> Vec<Object> {
        let scan = Scan {
            scope: Scope::default(),
            after: ScanPosition::default(),
            limit: 1_000,
        };
        let page = self.engine.reads.scan(self.id(), scan).await.unwrap();
        assert_eq!(page.next, None);
        page.objects
    }

    pub(super) async fn stored_as(&self, identity: &str) -> Option<Object> {
        let mut all = self.stored().await.into_iter();
        all.find(|object| object.identity.as_str() == identity)
    }

    pub(super) async fn names(&self) -> Vec<String> {
        let all = self.stored().await.into_iter();
        all.map(|object| object.identity.to_string()).collect()
    }

    /// The job once it has ended.
    pub(super) async fn run(&self, request: JobRequest) -> Job {
        let number = self.engine.jobs.submit_job(self.id(), request).await;
        self.ended(number.unwrap()).await
    }

    pub(super) async fn ended(&self, number: JobNumber) -> Job {
        for _ in 0..LOOKS {
            let job = self.engine.jobs.job(self.id(), number).await.unwrap();
            let job = job.expect("a job that was queued is known");
            if !matches!(job.status, JobStatus::Queued | JobStatus::Running) {
                return job;
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("the job does not end");
    }
}

/// Waits for what comes by itself.
pub(super) async fn eventually(is_so: impl AsyncFn() -> bool) {
    for _ in 0..LOOKS {
        if is_so().await {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("it never is so");
}

fn clock(now: &Arc<AtomicI64>) -> Clock {
    let now = Arc::clone(now);
    Clock::new(move || Timestamp::from_millis(now.load(Ordering::SeqCst)))
}

pub(super) fn identities(results: &SearchResults) -> Vec<String> {
    let hits = results.hits.iter();
    let shown = hits.map(|hit| hit.object.shown().identity().to_string());
    shown.collect()
}

/// Counts as one text: `red 2, blue 1`, ranges as `0..10 3`, what does not fit behind a semicolon.
pub(super) fn told(facet: &FacetCounts) -> String {
    fn list<T>(buckets: &[crate::domain::FacetBucket<T>], one: impl Fn(&T) -> String) -> String {
        let told = buckets
            .iter()
            .map(|bucket| format!("{} {}", one(&bucket.value), bucket.count));
        told.collect::<Vec<_>>().join(", ")
    }
    let fitting = match &facet.kind {
        FacetKind::Text(buckets) => list(buckets, String::clone),
        FacetKind::Boolean(buckets) => list(buckets, ToString::to_string),
        FacetKind::Number(buckets) => list(buckets, |(from, to)| format!("{from}..{to}")),
        FacetKind::Date(buckets) => list(buckets, |(from, to)| format!("{from}..{to}")),
    };
    match list(&facet.misfits, String::clone) {
        misfits if misfits.is_empty() => fitting,
        misfits => format!("{fitting}; {misfits}"),
    }
}

/// `wool>Wolle`, a dropped word as `-word`.
pub(super) fn correction(found: &SearchResults) -> String {
    let words = found
        .correction
        .iter()
        .flat_map(|correction| &correction.words);
    let words = words.map(|word| match word {
        CorrectedWord::Kept(word) => word.clone(),
        CorrectedWord::Replaced { typed, by } => format!("{typed}>{by}"),
        CorrectedWord::Dropped(word) => format!("-{word}"),
    });
    words.collect::<Vec<_>>().join(" ")
}
