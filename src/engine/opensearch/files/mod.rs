//! Files of all sites (docs/reference/02-content.md §8). What is to be fetched stands in the document of its object, and what is
//! due is a question to the cluster: nobody who fetches has to remember anything, and when one dies another one goes on.
//!
//! | file | for |
//! |---|---|
//! | `mod` | the door, and what is asked of the cluster |
//! | `book` | what a site says of its files to all processes |
//! | `share` | who fetches which |

pub(super) mod book;
pub(super) mod share;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use self::share::Slots;
use super::OpenSearchCatalogs;
use super::client::CallError;
use super::cluster::Cluster;
use super::control::Control;
use super::layout::file::StoredFile;
use super::layout::names::Names;
use super::rounds;
use super::site::{Done, FileStep, FileWork, OpenSite, Work, mixed_up};
use crate::domain::{
    FileCounts, FileEnd, FileList, FileLook, FileState, FileTask, Identity, Timestamp, TrackerId,
};
use crate::engine::plan::FileRow;
use crate::engine::{EngineError, Files, Visibility};

/// Between two looks for what others have written.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Sites that are looked at in one request.
const SITES_AT_ONCE: usize = 200;
/// Files of one answer at most, whatever was asked for.
const LISTED_MAX: usize = 1_000;
/// Indices whose files are counted at once.
const INDICES_MAX: usize = 10_000;
/// What a piece of work takes beside its texts.
const WORK_BYTES: usize = 512;

/// What is asked for of a document.
const ASKED_FOR: [&str; 2] = ["identity", "file"];

#[derive(Deserialize)]
struct Told {
    identity: String,
    file: StoredFile,
}

#[async_trait]
impl Files for OpenSearchCatalogs {
    async fn sites_with_files(&self) -> Result<Vec<(TrackerId, Timestamp)>, EngineError> {
        self.cluster.health.check()?;
        let now = self.clock.now();
        let mut first = Vec::new();
        for some in self.all().chunks(SITES_AT_ONCE) {
            for (site, control) in some
                .iter()
                .zip(rounds::controls(&self.cluster, some).await?)
            {
                let Some(control) = control.filter(|control| !control.is_frozen) else {
                    continue;
                };
                let due = match control.files.first() {
                    Some(due) if due <= now => site.first_file(&control, now).await?,
                    due => due,
                };
                first.extend(due.map(|due| (site.id.clone(), due)));
            }
        }
        Ok(first)
    }

    async fn more_files(&self) {
        tokio::select! {
            () = self.sharing.bell.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }

    async fn due_files(
        &self,
        site: &TrackerId,
        busy_hosts: Vec<String>,
        limit: usize,
    ) -> Result<Vec<FileTask>, EngineError> {
        self.site(site)?.due_files(&busy_hosts, limit).await
    }

    async fn finish_file(
        &self,
        site: &TrackerId,
        task: FileTask,
        end: FileEnd,
    ) -> Result<bool, EngineError> {
        let site = self.site(site)?;
        let place = site.unseen_texts.place_for(&end).await;
        let bytes = WORK_BYTES + task.url.len() + end.text_bytes();
        let work = FileWork::Finish(Box::new((task, end)));
        let (step, written) = site.work_on_files(work, bytes).await?;
        let FileStep::Taken(is_taken) = step else {
            return Err(mixed_up(&step));
        };
        if let Some(place) = place.filter(|_| is_taken) {
            site.unseen_texts.keep(place, written.number());
            // It may have been shown before it was told here.
            let (_, shown) = site.numbers();
            site.unseen_texts.shown(shown);
            if site.unseen_texts.is_full() {
                site.show_texts(written).await;
            }
        }
        Ok(is_taken)
    }

    async fn refetch_files(
        &self,
        site: &TrackerId,
        identities: Vec<Identity>,
    ) -> Result<u64, EngineError> {
        let bytes = WORK_BYTES * identities.len();
        let work = FileWork::Refetch(identities);
        match self.site(site)?.work_on_files(work, bytes).await? {
            (FileStep::Asked(count), _) => Ok(count),
            (other, _) => Err(mixed_up(&other)),
        }
    }

    async fn file(
        &self,
        site: &TrackerId,
        identity: Identity,
    ) -> Result<Option<FileLook>, EngineError> {
        let site = self.site(site)?;
        let control = site.glimpse().await?.control;
        let found = site.read(&control, std::slice::from_ref(&identity)).await?;
        let file = found.into_iter().flatten().find_map(|kept| kept.file);
        Ok(file.map(|row| row.into_look(identity)))
    }

    async fn latest_files(&self, site: &TrackerId, limit: usize) -> Result<FileList, EngineError> {
        self.site(site)?.latest_files(limit).await
    }
}

impl OpenSite {
    async fn work_on_files(
        self: &Arc<Self>,
        work: FileWork,
        bytes: usize,
    ) -> Result<(FileStep, Visibility), EngineError> {
        match self.write(Work::Files(work), bytes).await? {
            (Done::Files(step), visibility) => Ok((step, visibility)),
            (other, _) => Err(mixed_up(&other)),
        }
    }

    /// Has searches see the texts that were written. Where that cannot be done now, the cluster does it by itself soon.
    async fn show_texts(&self, written: Visibility) {
        if let Err(error) = self.wait_visible(written).await {
            tracing::debug!(site.tracker_id = %self.id, %error, "texts of files are found later");
            self.unseen_texts.shown(written.number());
        }
    }

    /// From here on searches see what was written of files before the control was read.
    async fn see_files(&self, control: &Control) -> Result<(), EngineError> {
        let changes = control.files.changes;
        if self.files_seen.load(Ordering::Acquire) < changes {
            self.cluster.refresh(&self.alias).await?;
            // Of what somebody is about to write the control may tell already.
            if control.holder.is_none() {
                self.files_seen.fetch_max(changes, Ordering::AcqRel);
            }
        }
        Ok(())
    }

    /// When the next file of this process is due, where one of the site may be by now.
    async fn first_file(
        self: &Arc<Self>,
        control: &Control,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, EngineError> {
        self.made().await?;
        self.see_files(control).await?;
        let first = json!({ "first": { "min": { "field": "file.due" } } });
        let slots = self.sharing.slots();
        let search = json!({
            "query": control.alive(&[json!({ "exists": { "field": "file.due" } })], Vec::new()),
            "size": 0,
            "aggs": {
                "first": { "min": { "field": "file.due" } },
                "own": { "filter": own(&slots), "aggs": first },
            },
        });
        let found = self.cluster.search(&self.alias, &search).await?;
        let of = |told: &Value| {
            let first = told["first"]["value"].as_f64();
            first.map(|first| Timestamp::from_millis(first as i64))
        };
        let first = of(&found.aggregations);
        if control.holder.is_none() && first.is_none_or(|first| first > now) {
            // So that nobody has to look again until then.
            let looked = FileWork::Looked {
                changes: control.files.changes,
                first,
            };
            self.work_on_files(looked, WORK_BYTES).await?;
        }
        Ok(of(&found.aggregations["own"]))
    }

    async fn due_files(
        &self,
        busy_hosts: &[String],
        limit: usize,
    ) -> Result<Vec<FileTask>, EngineError> {
        let mut moment = self.glimpse().await?;
        let due = json!({ "range": { "file.due": { "lte": self.now().as_millis() } } });
        let filter = [due, own(&self.sharing.slots())];
        loop {
            self.see_files(&moment.control).await?;
            let busy = json!({ "terms": { "file.host": busy_hosts } });
            let search = json!({
                "query": moment.control.alive(&filter, vec![busy]),
                "sort": [{ "file.due": "asc" }, { "file.ticket": "asc" }],
                "size": limit.min(LISTED_MAX),
                "_source": ASKED_FOR,
                "track_total_hits": false,
            });
            let found = self.cluster.search(&self.alias, &search).await?;
            if self.holds(&mut moment).await? {
                let files = found.sources().filter_map(told);
                return Ok(files
                    .map(|(identity, row)| row.into_task(identity))
                    .collect());
            }
        }
    }

    async fn latest_files(&self, limit: usize) -> Result<FileList, EngineError> {
        let mut moment = self.moment().await?;
        loop {
            let files = json!({ "exists": { "field": "file.ticket" } });
            let search = json!({
                "query": moment.control.alive(&[files], Vec::new()),
                "sort": [{ "file.changed": "desc" }, { "file.ticket": "desc" }],
                "size": limit.min(LISTED_MAX),
                "_source": ASKED_FOR,
                "track_total_hits": false,
                "aggs": { "states": { "terms": { "field": "file.state" } } },
            });
            let found = self.cluster.search(&self.alias, &search).await?;
            if self.holds(&mut moment).await? {
                let listed = found.sources().filter_map(told);
                return Ok(FileList {
                    counts: counts(&found.aggregations["states"]),
                    listed: listed
                        .map(|(identity, row)| row.into_look(identity))
                        .collect(),
                });
            }
        }
    }
}

impl Cluster {
    /// Files that searches see by state, by alias.
    pub(super) async fn file_counts(&self) -> Result<HashMap<String, FileCounts>, CallError> {
        let states = json!({ "states": { "terms": { "field": "file.state" } } });
        let search = json!({
            "query": { "exists": { "field": "file.ticket" } },
            "size": 0,
            "aggs": { "indices": {
                "terms": { "field": "_index", "size": INDICES_MAX },
                "aggs": states,
            }},
        });
        let all = self.names.all();
        let found = self.search(&all, &search).await?;
        let indices = found.aggregations["indices"]["buckets"].as_array();
        let mut by_alias: HashMap<String, FileCounts> = HashMap::new();
        for index in indices.into_iter().flatten() {
            let name = index["key"].as_str().and_then(Names::of_index);
            let Some((alias, _)) = name else {
                continue;
            };
            // While another index is being made, there are two.
            let known = by_alias.entry(alias.to_owned()).or_default();
            let counted = counts(&index["states"]);
            if counted.all() > known.all() {
                *known = counted;
            }
        }
        Ok(by_alias)
    }
}

/// Files that are fetched by this process.
fn own(slots: &Slots) -> Value {
    match slots {
        Slots::All => json!({ "match_all": {} }),
        Slots::Some(slots) => json!({ "terms": { "file.slot": slots } }),
    }
}

fn told(source: &RawValue) -> Option<(Identity, FileRow)> {
    let told: Told = serde_json::from_str(source.get()).ok()?;
    Some((Identity::new(&told.identity).ok()?, told.file.read()?))
}

fn counts(states: &Value) -> FileCounts {
    let mut counts = FileCounts::default();
    for bucket in states["buckets"].as_array().into_iter().flatten() {
        let state = bucket["key"].as_str().and_then(FileState::from_name);
        if let (Some(state), Some(count)) = (state, bucket["doc_count"].as_u64()) {
            counts.add(state, count);
        }
    }
    counts
}
