//! Files (docs/reference/02-content.md §8). Invariant: a row stands for an object that is a file of that URL.

use async_trait::async_trait;

use super::Reference;
use super::catalog::{Catalog, Element, Origin};
use super::file_row::FileRow;
use crate::domain::{
    Extracted, FileCounts, FileEnd, FileList, FileLook, FileState, FileTask, FileTicket, Identity,
    Judged, MisfitRule, Outcome, Timestamp, TrackerId, TypeConflicts, Validators, host_of,
};
use crate::engine::plan::why_not_kept;
use crate::engine::{EngineError, Files};

impl Catalog {
    pub(super) fn replace(
        &mut self,
        element: &Element,
        rule: &MisfitRule<'_>,
        own: Option<&Origin>,
        extracted: Option<&Origin>,
    ) -> Outcome {
        let (settled, is_new) = self.settled(element);
        let mut outcome = self.put_element(&settled, rule, own, extracted);
        // The file without what is not its writer's, where there is no room for that.
        let has_found = !settled[0].object.found().is_empty();
        if matches!(outcome, Outcome::Refused(_)) && has_found {
            outcome = self.put_element(element, rule, own, extracted);
        }
        if !matches!(outcome, Outcome::Refused(_)) {
            self.follow_file(&element[0].object.identity, is_new);
        }
        outcome
    }

    /// The element with what was found of its object before, and whether that has to be fetched.
    fn settled(&self, element: &Element) -> (Element, bool) {
        let mut element = element.clone();
        let own = &element[0].object;
        let before = self.objects.get(&own.identity).map(|stored| &stored.object);
        let settled = own.settled(before, true);
        element[0].object = settled.object;
        (element, settled.is_new)
    }

    /// Its row follows an object that was put.
    fn follow_file(&mut self, identity: &Identity, is_new: bool) {
        let url = self
            .objects
            .get(identity)
            .and_then(|of| of.object.file_url());
        let Some(url) = url.map(str::to_owned) else {
            self.files.remove(identity);
            return;
        };
        let known = self.files.get(identity);
        if !is_new && known.is_some_and(|row| row.look.url == url) {
            return;
        }
        self.tickets += 1;
        let ticket = FileTicket(self.tickets);
        let look = FileLook {
            identity: identity.clone(),
            url,
            state: FileState::Waiting,
            tries: 0,
            asked_at: self.now,
            due: Some(self.now),
            fetched_at: None,
            bytes: None,
            reason: None,
        };
        let row = FileRow {
            ticket,
            look,
            validators: Validators::default(),
            changed: (self.now, ticket),
        };
        self.files.insert(identity.clone(), row);
    }

    fn finish_file(&mut self, task: &FileTask, end: FileEnd) -> bool {
        let is_taken = self.take_over(&task.identity, task.ticket, end);
        if is_taken
            && let Some(row) = self.files.get_mut(&task.identity)
            && row.look.asked_at > task.asked_at
        {
            row.look.state = FileState::Waiting;
            row.look.tries = 0;
            row.look.due = Some(row.look.asked_at);
            row.look.reason = None;
        }
        is_taken
    }

    fn take_over(&mut self, identity: &Identity, ticket: FileTicket, end: FileEnd) -> bool {
        let Some(mut row) = self.files.get(identity).cloned() else {
            return false;
        };
        if row.ticket != ticket {
            return false;
        }
        let object = self.objects[identity].object.clone();
        let mut found = object.found();
        let is_tried = row.look.tries + 1;
        row.changed = (self.now, ticket);
        row.look.tries = 0;
        row.look.reason = None;
        row.look.due = None;
        let mut state = FileState::Fetched;
        match end {
            FileEnd::Found {
                file,
                validators,
                bytes,
                due,
            } => {
                found = file.into_attributes();
                row.validators = validators;
                row.look.bytes = Some(bytes);
                row.look.due = due;
                row.look.fetched_at = Some(self.now);
            }
            FileEnd::Unchanged { due } => {
                row.look.due = due;
                row.look.fetched_at = Some(self.now);
            }
            FileEnd::Later { reason, due } => {
                row.look.state = FileState::Waiting;
                row.look.tries = is_tried;
                row.look.reason = Some(reason);
                row.look.due = Some(due);
                self.files.insert(identity.clone(), row);
                return true;
            }
            FileEnd::Failed { reason, is_gone } => {
                state = FileState::Failed;
                row.look.tries = is_tried;
                row.look.reason = Some(reason);
                if is_gone {
                    found.clear();
                    row.validators = Validators::default();
                    row.look.bytes = None;
                    row.look.fetched_at = None;
                }
            }
        }
        let (name, value) = state.attribute();
        found.retain(|(of, _)| *of != name);
        found.push((name, value));
        row.look.state = state;
        let with_found = Extracted {
            object: object.with_found(found),
            is_mention: false,
        };
        let rule = MisfitRule {
            conflicts: TypeConflicts::Keep,
            judged: Judged::Only(&[]),
        };
        let origin = self.objects[identity].origin.clone();
        let put = self.put_element(&vec![with_found], &rule, origin.as_ref(), None);
        if let Outcome::Refused(refusal) = put
            && state == FileState::Fetched
        {
            let before = self.files[identity].look.clone();
            row.look = FileLook {
                state: FileState::Failed,
                tries: is_tried,
                due: None,
                reason: Some(why_not_kept(&refusal)),
                ..before
            };
        }
        self.files.insert(identity.clone(), row);
        true
    }
}

#[async_trait]
impl Files for Reference {
    async fn sites_with_files(&self) -> Result<Vec<(TrackerId, Timestamp)>, EngineError> {
        let catalogs = self.catalogs();
        let first = catalogs.iter().filter_map(|(site, catalog)| {
            let due = catalog.files.values().filter_map(|row| row.look.due);
            Some((site.clone(), due.min()?))
        });
        Ok(first.collect())
    }

    async fn more_files(&self) {
        tokio::task::yield_now().await;
    }

    async fn due_files(
        &self,
        site: &TrackerId,
        busy_hosts: Vec<String>,
        limit: usize,
    ) -> Result<Vec<FileTask>, EngineError> {
        self.with(site, |catalog| {
            let is_due = |row: &&FileRow| row.look.due.is_some_and(|due| due <= catalog.now);
            let is_busy = |row: &FileRow| busy_hosts.contains(&host_of(&row.look.url));
            let mut due: Vec<&FileRow> = catalog.files.values().filter(is_due).collect();
            due.retain(|row| !is_busy(row));
            due.sort_by_key(|row| (row.look.due, row.ticket));
            let tasks = due.into_iter().take(limit).map(|row| FileTask {
                identity: row.look.identity.clone(),
                ticket: row.ticket,
                url: row.look.url.clone(),
                asked_at: row.look.asked_at,
                tries: row.look.tries,
                validators: row.validators.clone(),
            });
            tasks.collect()
        })
    }

    async fn finish_file(
        &self,
        site: &TrackerId,
        task: FileTask,
        end: FileEnd,
    ) -> Result<bool, EngineError> {
        self.with(site, |catalog| catalog.finish_file(&task, end))
    }

    async fn refetch_files(
        &self,
        site: &TrackerId,
        identities: Vec<Identity>,
    ) -> Result<u64, EngineError> {
        self.with(site, |catalog| {
            let now = catalog.now;
            let mut count = 0;
            for identity in &identities {
                let Some(row) = catalog.files.get_mut(identity) else {
                    continue;
                };
                count += 1;
                row.changed.0 = now;
                let after = Timestamp::from_millis(row.look.asked_at.as_millis() + 1);
                row.look = FileLook {
                    state: FileState::Waiting,
                    tries: 0,
                    asked_at: now.max(after),
                    due: Some(now),
                    reason: None,
                    ..row.look.clone()
                };
            }
            count
        })
    }

    async fn file(
        &self,
        site: &TrackerId,
        identity: Identity,
    ) -> Result<Option<FileLook>, EngineError> {
        self.with(site, |catalog| {
            catalog.files.get(&identity).map(|row| row.look.clone())
        })
    }

    async fn latest_files(&self, site: &TrackerId, limit: usize) -> Result<FileList, EngineError> {
        self.with(site, |catalog| {
            let mut counts = FileCounts::default();
            let mut rows: Vec<&FileRow> = catalog.files.values().collect();
            for row in &rows {
                counts.add(row.look.state, 1);
            }
            rows.sort_by_key(|row| std::cmp::Reverse(row.changed));
            let listed = rows.into_iter().take(limit).map(|row| row.look.clone());
            FileList {
                counts,
                listed: listed.collect(),
            }
        })
    }
}
