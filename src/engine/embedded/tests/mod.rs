//! The engine as its callers see it, on a real disk: what is written, what a crash leaves, what a
//! bad disk does. Random writes, commits and restarts are in `engine/conformance`.

mod backlog;
mod clock;
mod crash;
mod damage;
mod damaged_heads;
mod damaged_index;
mod documents;
mod events;
mod faults;
mod files;
mod jobs;
mod leftovers;
mod names;
mod reindex;
mod searches;
mod sites;
mod sources;
mod writes;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use super::catalog::Catalog;
use super::follow::rebuild;
use super::ids::Sequence;
use super::maintenance::purge;
use super::offline::check::{self, SiteReport};
use super::sites::CLOSE_WITHIN;
use super::store::{self, StoreError, heads};
use super::write::free_names;
use super::*;
use crate::domain::{
    ActivePeriod, AttributesForm, Clock, CommitOutcome, FieldName, FieldValue, Fingerprint,
    Generation, GenerationCommit, Identity, Language, NestedObject, Object, ObjectKey, ObjectParts,
    ObjectPatch, ObjectType, Outcome, Page, Refusal, ResultSet, SearchQuery, Site, SourceCommit,
    SourceCommitOutcome, SourceName, Submission, Timestamp, TrackerId, Unread, VariantMode,
};
use crate::engine::conformance::objects::patch;
use crate::engine::{
    CatalogReads, CatalogWrites, EngineError, Extraction, Jobs, Lifecycle, Search, Sources,
    WriteReport, folder, queue,
};

const NOW_MS: i64 = 1_700_000_000_000;

/// A running engine of one site, its folder and its clock.
struct Shop {
    data: tempfile::TempDir,
    settings: EmbeddedSettings,
    now: Arc<AtomicI64>,
    engine: EmbeddedEngine,
}

fn settings() -> EmbeddedSettings {
    EmbeddedSettings {
        disk_reserve_bytes: 0,
        // The least a tantivy writer takes: these catalogs are small.
        index_memory_bytes: 16 << 20,
        ..EmbeddedSettings::default()
    }
}

fn site() -> TrackerId {
    tracker("shop-1")
}

fn tracker(id: &str) -> TrackerId {
    TrackerId::new(id).unwrap()
}

fn site_of(id: &str) -> Site {
    Site {
        tracker_id: tracker(id),
        api_allowed: true,
        variants: VariantMode::Inside,
        attributes_form: AttributesForm::Arrays,
        type_conflicts: crate::domain::TypeConflicts::default(),
        language: Language::Any,
        rules: Arc::default(),
        words_by_attribute: false,
        search_links: false,
        result_set: ResultSet::default(),
        commit_guard_percent: 0,
        commit_keeps_refused: false,
    }
}

impl Shop {
    fn open() -> Self {
        Self::open_with(settings())
    }

    fn open_with(settings: EmbeddedSettings) -> Self {
        Self::open_in(tempfile::tempdir().unwrap(), settings)
    }

    fn open_in(data: tempfile::TempDir, settings: EmbeddedSettings) -> Self {
        let now = Arc::new(AtomicI64::new(NOW_MS));
        let engine = engine(data.path(), &[site().as_str()], settings, &now).unwrap();
        Self {
            data,
            settings,
            now,
            engine,
        }
    }

    /// Ends the engine and starts another one on the same folder.
    fn reopen(self) -> Self {
        drop(self.engine);
        Self::open_in(self.data, self.settings)
    }

    fn folder(&self) -> PathBuf {
        folder::of_site(self.data.path(), &site())
    }

    fn catalog(&self) -> Arc<Catalog> {
        self.engine.catalog(&site()).unwrap()
    }

    async fn replace(&self, objects: Vec<Object>) -> WriteReport {
        self.try_replace(objects).await.unwrap()
    }

    async fn try_replace(&self, objects: Vec<Object>) -> Result<WriteReport, EngineError> {
        let objects = objects
            .into_iter()
            .map(|object| self.submitted(object))
            .collect();
        self.engine
            .replace(&site(), objects, Extraction::Extract)
            .await
    }

    /// As the API submits it: unread where its words are remembered.
    fn submitted(&self, object: Object) -> Submission {
        let mut words = object.clone().into_parts();
        let generation = words.generation.take();
        let fingerprint = Fingerprint::of(&format!("{words:?}"), "");
        if !self.engine.remembers(fingerprint, Extraction::Extract) {
            return Submission::Read {
                object,
                fingerprint: Some(fingerprint),
            };
        }
        Submission::Unread(Unread::new(
            object.identity.clone(),
            generation,
            fingerprint,
            0,
            move || Ok(object.clone()),
        ))
    }

    async fn patch_one(&self, patch: ObjectPatch) -> Outcome {
        let mut report = self.engine.patch(&site(), vec![patch]).await.unwrap();
        report.outcomes.remove(0)
    }

    async fn delete_one(&self, identity: &str, of_type: &str) -> Outcome {
        let key = ObjectKey {
            identity: Identity::new(identity).unwrap(),
            object_type: ObjectType::new(of_type).unwrap(),
        };
        let mut report = self.engine.delete(&site(), vec![key]).await.unwrap();
        report.outcomes.remove(0)
    }

    async fn commit(&self, of_type: &str, generation: &str) -> CommitOutcome {
        let commit = GenerationCommit {
            object_type: ObjectType::new(of_type).unwrap(),
            generation: Generation::new(generation).unwrap(),
            must_exist: true,
            guard_percent: 0,
            keeps_refused: false,
        };
        self.engine
            .commit_generation(&site(), commit)
            .await
            .unwrap()
    }

    /// Everything found once all that was written is visible: titles by identity.
    async fn found(&self) -> BTreeMap<String, String> {
        let last = self.stored_sequence();
        self.engine
            .wait_visible(&site(), last.into())
            .await
            .unwrap();
        self.found_now().await
    }

    async fn found_now(&self) -> BTreeMap<String, String> {
        let now = Timestamp::from_millis(self.now.load(Ordering::SeqCst));
        let query = SearchQuery {
            page: Page {
                offset: 0,
                limit: Page::RANK_MAX,
            },
            ..SearchQuery::everything(now)
        };
        let results = self.engine.search(&site(), query).await.unwrap();
        assert_eq!(results.total_hits, results.hits.len() as u64);
        let titled = results.hits.iter().map(|hit| {
            let object = hit.object.shown();
            let mut title = object.fields().get("title").unwrap().texts();
            let title = title.next().unwrap().to_owned();
            (object.identity().to_string(), title)
        });
        let found: BTreeMap<String, String> = titled.collect();
        assert_eq!(found.len(), results.hits.len(), "found twice");
        found
    }

    /// A look for what has expired, so long after the one before.
    fn purge(&self, retention: Duration, looks: &mut purge::Looks, passed: Duration) -> usize {
        let catalog = self.catalog();
        // Away from the async threads: it waits for the writer.
        std::thread::scope(|scope| {
            let purge = scope.spawn(|| purge::purge(&catalog, retention, looks, passed));
            purge.join().unwrap().unwrap()
        })
    }

    fn stored_sequence(&self) -> Sequence {
        self.catalog()
            .readers
            .with(|reader| store::read_meta(reader))
            .unwrap()
            .counters
            .last_sequence
    }

    fn heads(&self) -> BTreeMap<String, heads::Head> {
        let mut all = BTreeMap::new();
        self.catalog()
            .readers
            .with(|reader| {
                heads::for_each(reader, reader.damaged(), |identity, head| {
                    all.insert(identity.to_owned(), head);
                    Ok::<_, StoreError>(())
                })
            })
            .unwrap();
        all
    }

    fn check(&self) -> SiteReport {
        check::check(self.data.path(), &site()).unwrap()
    }
}

fn engine(
    data: &Path,
    sites: &[&str],
    settings: EmbeddedSettings,
    now: &Arc<AtomicI64>,
) -> Result<EmbeddedEngine, EngineError> {
    let now = now.clone();
    let clock = Clock::new(move || Timestamp::from_millis(now.load(Ordering::SeqCst)));
    let sites = sites.iter().map(|id| site_of(id)).collect();
    EmbeddedEngine::open(data, sites, settings, clock)
}

fn parts(identity: &str, title: &str) -> ObjectParts {
    ObjectParts {
        identity: Identity::new(identity).unwrap(),
        object_type: ObjectType::new("product").unwrap(),
        generation: None,
        active: ActivePeriod::default(),
        legacy_url: None,
        master: None,
        fields: [("title", title.into())].into_iter().collect(),
        nested: Vec::new(),
    }
}

fn product(identity: &str, title: &str) -> Object {
    Object::new(parts(identity, title)).unwrap()
}

fn marked(identity: &str, title: &str, generation: &str) -> Object {
    let mut parts = parts(identity, title);
    parts.generation = Some(Generation::new(generation).unwrap());
    Object::new(parts).unwrap()
}

fn nested(identity: &str, of_type: &str, title: &str) -> NestedObject {
    NestedObject {
        identity: Identity::new(identity).unwrap(),
        object_type: ObjectType::new(of_type).unwrap(),
        legacy_url: None,
        is_mention: false,
        fields: [("title", title.into())].into_iter().collect(),
        nested: Vec::new(),
    }
}

fn retitle(identity: &str, title: &str) -> ObjectPatch {
    let mut patch = patch(identity);
    patch.fields = vec![(FieldName::new("title"), Some(title.into()))];
    patch
}

fn titles<const N: usize>(expected: [(&str, &str); N]) -> BTreeMap<String, String> {
    let owned = expected.map(|(identity, title)| (identity.to_owned(), title.to_owned()));
    owned.into_iter().collect()
}

fn all_applied(report: &WriteReport) -> bool {
    report
        .outcomes
        .iter()
        .all(|outcome| *outcome == Outcome::Applied)
}
