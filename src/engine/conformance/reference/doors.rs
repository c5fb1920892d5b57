//! The doors of the reference, documents left out. Invariant: every method is one look at, or one change of,
//! one catalog.

use std::sync::Arc;

use async_trait::async_trait;

use super::catalog::{Stored, is_of};
use super::scan::{Entry, Naive, quicksearches};
use super::{Catalog, Reference};
use crate::domain::{
    CommitOutcome, CommitPreview, CommitSurvey, Fingerprint, FoundObject, GenerationCommit, Hit,
    Job, JobLook, JobNumber, JobRefusal, JobRequest, JobStatus, Object, ObjectKey, ObjectPatch,
    RefusedUpload, Scan, ScanPage, ScanPosition, Schema, Scope, SearchQuery, SearchResults, Site,
    SourceCommit, SourceCommitOutcome, SourceName, SourceRows, SourceSurvey, Submission, TrackerId,
    Turn, TypesWanted,
};
use crate::engine::stats::{
    EngineStats, IndexStats, JobStats, OpenSiteStats, SiteStats, StoreStats,
};
use crate::engine::{
    CatalogReads, CatalogWrites, EngineError, Extraction, Jobs, Lifecycle, Readiness, RowsReport,
    Search, Sources, Visibility, WriteReport,
};

impl Catalog {
    fn visibility(&mut self) -> Visibility {
        self.writes += 1;
        Visibility::at(self.writes)
    }

    pub(in crate::engine::conformance) fn naive(&self) -> Naive<'_> {
        let entries = self.objects.values().map(|stored| Entry {
            object: stored.object.clone(),
            first_seen: stored.first_seen,
            updated_at: stored.updated_at,
        });
        Naive {
            schema: &self.schema,
            site: &self.site,
            entries: entries.collect(),
        }
    }
}

#[async_trait]
impl CatalogWrites for Reference {
    async fn replace(
        &self,
        site: &TrackerId,
        objects: Vec<Submission>,
        extraction: Extraction,
    ) -> Result<WriteReport, EngineError> {
        self.with(site, |catalog| WriteReport {
            outcomes: catalog.write(objects, extraction),
            visibility: catalog.visibility(),
        })
    }

    fn remembers(&self, _: Fingerprint, _: Extraction) -> bool {
        false
    }

    async fn patch(
        &self,
        site: &TrackerId,
        patches: Vec<ObjectPatch>,
    ) -> Result<WriteReport, EngineError> {
        self.with(site, |catalog| {
            let conflicts = catalog.site.type_conflicts;
            let outcomes = patches.iter().map(|patch| catalog.patch(patch, conflicts));
            WriteReport {
                outcomes: outcomes.collect(),
                visibility: catalog.visibility(),
            }
        })
    }

    async fn delete(
        &self,
        site: &TrackerId,
        keys: Vec<ObjectKey>,
    ) -> Result<WriteReport, EngineError> {
        self.with(site, |catalog| WriteReport {
            outcomes: keys.iter().map(|key| catalog.delete(key)).collect(),
            visibility: catalog.visibility(),
        })
    }

    async fn note_refused_uploads(
        &self,
        site: &TrackerId,
        uploads: Vec<RefusedUpload>,
    ) -> Result<(), EngineError> {
        self.with(site, |catalog| catalog.note_refused_uploads(uploads))
    }

    async fn commit_generation(
        &self,
        site: &TrackerId,
        commit: GenerationCommit,
    ) -> Result<CommitOutcome, EngineError> {
        self.with(site, |catalog| catalog.commit(&commit))
    }

    async fn wait_visible(&self, site: &TrackerId, _: Visibility) -> Result<(), EngineError> {
        self.with(site, |_| ())
    }
}

#[async_trait]
impl CatalogReads for Reference {
    async fn scan(&self, site: &TrackerId, scan: Scan) -> Result<ScanPage, EngineError> {
        self.with(site, |catalog| {
            let all = catalog.in_order().into_iter();
            let mut left = all.filter(|stored| {
                is_in(&stored.object, &scan.scope) && stored.first_seen > scan.after.0
            });
            let page: Vec<_> = left.by_ref().take(scan.limit).collect();
            let last = page
                .last()
                .map_or(scan.after, |last| ScanPosition(last.first_seen));
            ScanPage {
                objects: page.iter().map(|stored| stored.object.clone()).collect(),
                next: left.next().map(|_| last),
            }
        })
    }

    async fn preview_commit(
        &self,
        site: &TrackerId,
        commit: GenerationCommit,
    ) -> Result<Option<CommitPreview>, EngineError> {
        self.with(site, |catalog| {
            let all = catalog.in_order().into_iter();
            let of_type = all.filter(|stored| stored.object.object_type == commit.object_type);
            let kept = catalog.kept(&commit);
            let is_marked = |stored: &&Stored| is_of(&stored.object, &commit.generation);
            let has_marked = of_type.clone().any(|stored| is_marked(&stored));
            let (staying, others): (Vec<_>, Vec<_>) =
                of_type.partition(|stored| is_marked(stored) || catalog.is_kept(stored, &commit));
            let identities = others.iter().map(|stored| stored.object.identity.clone());
            let survey = CommitSurvey {
                staying: staying.len() as u64,
                leaving: others.len() as u64,
            };
            (!commit.must_exist || has_marked).then(|| CommitPreview {
                count: others.len() as u64,
                is_guarded: commit.is_guarded(survey),
                sample: identities.take(CommitPreview::SAMPLE_MAX).collect(),
                kept,
            })
        })
    }

    async fn count(&self, site: &TrackerId, scope: Scope) -> Result<u64, EngineError> {
        self.with(site, |catalog| {
            let all = catalog.objects.values();
            all.filter(|stored| is_in(&stored.object, &scope)).count() as u64
        })
    }
}

fn is_in(object: &Object, scope: &Scope) -> bool {
    let is_wanted = match &scope.types {
        TypesWanted::All => true,
        TypesWanted::AllBut(types) => !types.contains(&object.object_type),
        TypesWanted::Only(types) => types.contains(&object.object_type),
    };
    is_wanted
        && scope
            .active_at
            .is_none_or(|now| object.schedule().contains(now))
}

#[async_trait]
impl Search for Reference {
    async fn search(
        &self,
        site: &TrackerId,
        query: SearchQuery,
    ) -> Result<SearchResults, EngineError> {
        self.with(site, |catalog| {
            let naive = catalog.naive();
            if let Some(refusal) = naive.refusal(&query) {
                return Err(refusal);
            }
            let hits = |query: &SearchQuery| {
                let page = naive.page(query).into_iter();
                let hits = page.map(|shown| Hit {
                    exact: naive.is_exact(query, &shown),
                    updated_at: shown.updated_at,
                    object: FoundObject::new(Arc::new(shown.whole)),
                    score: None,
                    highlights: Vec::new(),
                    explanation: None,
                });
                hits.collect::<Vec<_>>()
            };
            let groups = quicksearches(&query).into_iter();
            let quicksearch_hits = groups.flat_map(|group| hits(&group)).collect();
            if query.quicksearch_alone {
                return Ok(SearchResults {
                    quicksearch_hits,
                    ..SearchResults::default()
                });
            }
            Ok(SearchResults {
                hits: hits(&query),
                turn: Turn::default(),
                total_hits: naive.found(&query, None).len() as u64,
                quicksearch_hits,
                facets: naive.facets(&query),
                correction: None,
                partial_words: Vec::new(),
                work: 0,
            })
        })?
    }
}

#[async_trait]
impl Jobs for Reference {
    async fn submit_job(
        &self,
        site: &TrackerId,
        request: JobRequest,
    ) -> Result<JobNumber, EngineError> {
        self.with(site, |catalog| catalog.run_job(&request))
    }

    async fn job(&self, site: &TrackerId, number: JobNumber) -> Result<Option<Job>, EngineError> {
        self.with(site, |catalog| {
            let mut jobs = catalog.jobs.iter();
            let found = jobs.find(|(job, ..)| job.number == number);
            found.map(|(job, ..)| job.clone())
        })
    }

    async fn latest_jobs(
        &self,
        site: &TrackerId,
        limit: usize,
    ) -> Result<Vec<JobLook>, EngineError> {
        self.with(site, |catalog| {
            let jobs = catalog.jobs.iter().rev().take(limit);
            let look = |(job, _, ended_at): &(Job, _, _)| JobLook {
                job: job.clone(),
                matched: Some(job.applied + job.refused),
                ended_at: Some(*ended_at),
            };
            jobs.map(look).collect()
        })
    }

    async fn job_refusals(
        &self,
        site: &TrackerId,
        number: JobNumber,
        after: u64,
        limit: usize,
    ) -> Result<Vec<JobRefusal>, EngineError> {
        self.with(site, |catalog| {
            let jobs = catalog.jobs.iter().filter(|(job, ..)| job.number == number);
            let refusals = jobs.flat_map(|(_, refusals, _)| refusals);
            let behind = refusals.filter(|refusal| refusal.position > after);
            behind.take(limit).cloned().collect()
        })
    }
}

#[async_trait]
impl Sources for Reference {
    async fn write_rows(
        &self,
        site: &TrackerId,
        rows: SourceRows,
    ) -> Result<RowsReport, EngineError> {
        self.with(site, |catalog| {
            let outcomes = catalog.write_rows(rows);
            RowsReport {
                is_outrun: outcomes.is_none(),
                outcomes: outcomes.unwrap_or_default(),
                visibility: catalog.visibility(),
            }
        })
    }

    fn are_shared(&self) -> bool {
        false
    }

    async fn bookmark(
        &self,
        site: &TrackerId,
        source: &SourceName,
    ) -> Result<Option<String>, EngineError> {
        self.with(site, |catalog| catalog.bookmarks.get(source).cloned())
    }

    async fn survey_source(
        &self,
        site: &TrackerId,
        commit: SourceCommit,
    ) -> Result<SourceSurvey, EngineError> {
        self.with(site, |catalog| catalog.survey(&commit))
    }

    async fn commit_source(
        &self,
        site: &TrackerId,
        commit: SourceCommit,
    ) -> Result<SourceCommitOutcome, EngineError> {
        self.with(site, |catalog| catalog.commit_source(&commit))
    }
}

#[async_trait]
impl Lifecycle for Reference {
    async fn open_site(&self, site: Site) {
        let mut catalogs = self.catalogs();
        let id = site.tracker_id.clone();
        let new = || Catalog::new(site.clone(), None, self.clock.now());
        let catalog = catalogs.entry(id).or_insert_with(new);
        catalog.site = site;
        catalog.is_open = true;
    }

    async fn close_site(&self, site: &TrackerId) {
        if let Some(catalog) = self.catalogs().get_mut(site) {
            catalog.is_open = false;
        }
    }

    fn readiness(&self) -> Readiness {
        let catalogs = self.catalogs();
        let open = catalogs.values().filter(|catalog| catalog.is_open);
        Readiness {
            serving: open.count(),
            problems: Vec::new(),
        }
    }

    async fn stats(&self, sites_max: usize) -> EngineStats {
        let catalogs = self.catalogs();
        let open = catalogs.iter().filter(|(_, catalog)| catalog.is_open);
        let by_site = open
            .clone()
            .take(sites_max)
            .map(|(site, catalog)| SiteStats {
                site: site.clone(),
                is_well: true,
                open: Some(of_catalog(catalog)),
            });
        EngineStats {
            sites: open.clone().count(),
            by_site: by_site.collect(),
            ..EngineStats::default()
        }
    }

    async fn rebuild_index(&self, site: &TrackerId) -> Result<bool, EngineError> {
        self.with(site, |_| true)
    }

    async fn close(&self) {
        for catalog in self.catalogs().values_mut() {
            catalog.is_open = false;
        }
    }
}

fn of_catalog(catalog: &Catalog) -> OpenSiteStats {
    let is_complete = |job: &Job| job.status == JobStatus::Complete;
    let complete = catalog.jobs.iter().filter(|(job, ..)| is_complete(job));
    OpenSiteStats {
        names: catalog.schema.len(),
        names_max: Schema::ATTRIBUTES_MAX,
        misfits_kept: catalog.misfits_kept,
        visible: catalog.writes,
        index: Some(IndexStats {
            documents: catalog.objects.len() as u64,
            segments: 1,
        }),
        store: Some(StoreStats {
            written: catalog.writes,
            jobs: JobStats {
                complete: complete.count() as u64,
                ..JobStats::default()
            },
            ..StoreStats::default()
        }),
        ..OpenSiteStats::default()
    }
}
