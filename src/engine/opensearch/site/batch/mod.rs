//! Edits of a site as one batch: what is there is read, the plan decides, and what it decided is written with one number after
//! the other. Invariant: the attributes that a batch brings are taken over before any object that has them is written.
//!
//! | file | for |
//! |---|---|
//! | `operations` | what is written, and where |
//! | `files` | what is known of files |
//! | `notes` | uploads that were refused |
//! | `jobs` | what jobs do |
//! | `ahead` | what has to be there before any object |
//! | `documents`, `types` | documents, and their types |
//! | `receipts`, `clicks` | what became of documents, and what was clicked on |
//! | `removal` | all that there is of a site |
//! | `rebuild` | what is done for another index |
//! | `rows` | rows of sources |
//! | `kept` | what comes as another backend has kept it |

mod ahead;
mod clicks;
mod documents;
mod files;
mod jobs;
mod kept;
mod notes;
mod operations;
mod rebuild;
mod receipts;
mod removal;
mod rows;
mod types;

pub(in crate::engine::opensearch) use documents::{DocumentStep, DocumentWork, WriteDocuments};
pub(in crate::engine::opensearch) use files::{FileStep, FileWork};
pub(in crate::engine::opensearch) use jobs::{JobStep, JobWork};
pub(in crate::engine::opensearch) use kept::KeptWork;
pub(in crate::engine::opensearch) use rebuild::{RebuildStep, RebuildWork};
pub(in crate::engine::opensearch) use rows::bookmark_id;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::OpenSite;
use super::there::{Missing, There};
use crate::domain::{Identity, Object, Outcome, Schema, Timestamp};
use crate::engine::EngineError;
use crate::engine::codec;
use crate::engine::opensearch::client::{Action, CallError, Item, Operation};
use crate::engine::opensearch::control::Control;
use crate::engine::opensearch::kept_documents::Clicks;
use crate::engine::opensearch::layout::document::Kept;
use crate::engine::opensearch::layout::spaces::Fields;
use crate::engine::opensearch::lease::{Held, Lease};
use crate::engine::plan::{Edit, Effect, Element, Head, Plan, Put};
use kept::About;

/// Documents that are read at once.
const READ_MAX: usize = 500;
/// Most a batch holds of objects before it is written.
const HELD_BYTES_MAX: usize = 32 << 20;

pub(in crate::engine::opensearch::site) struct Batch<'s> {
    pub(in crate::engine::opensearch::site) site: &'s OpenSite,
    /// The state of the site as this batch makes it.
    pub(in crate::engine::opensearch::site) control: Control,
    plan: Plan<u64>,
    there: There,
    /// Objects that were read or put, as far as they are known.
    objects: HashMap<Identity, Arc<Object>>,
    /// What has to be written, in no order: all of it is of this batch.
    changed: BTreeSet<Identity>,
    /// Where the values of those lie.
    fields: Fields,
    /// Documents beside the catalog, written behind its objects.
    beside: Vec<Operation>,
    next_number: u64,
    /// What is not there yet is created as a document.
    makes_documents: bool,
    /// The last receipt that was given before this batch.
    receipts_before: u64,
    /// Of days that were clicked on in this batch.
    clicks: BTreeMap<i64, Clicks>,
    /// What it holds of objects, about.
    bytes: usize,
    pub(in crate::engine::opensearch::site) now: Timestamp,
}

impl<'s> Batch<'s> {
    /// `number` is the last one that was given behind the fence of the control.
    pub(in crate::engine::opensearch::site) fn new(
        site: &'s OpenSite,
        control: Control,
        schema: Arc<Schema>,
        number: u64,
    ) -> Self {
        let conflicts = site.settings().type_conflicts;
        let made = site.made_with(&control);
        Self {
            site,
            receipts_before: control.documents.receipts.last,
            next_number: number,
            control: Control {
                made: Some(made),
                ..control
            },
            plan: Plan::new(schema, conflicts, codec::encode_hashed)
                .fetching_files(site.sharing.fetches()),
            there: There::default(),
            objects: HashMap::new(),
            changed: BTreeSet::new(),
            fields: Fields::default(),
            beside: Vec::new(),
            makes_documents: false,
            clicks: BTreeMap::new(),
            bytes: 0,
            now: site.clock.now(),
        }
    }

    /// Whether it holds so much that it is to be written before it goes on.
    pub(in crate::engine::opensearch::site) fn is_full(&self) -> bool {
        self.bytes > HELD_BYTES_MAX
    }

    /// Plans the edits, one after the other; how each ended.
    pub(in crate::engine::opensearch::site) async fn apply(
        &mut self,
        edits: &[Edit],
    ) -> Result<Vec<Outcome>, EngineError> {
        self.read_all(edits.iter().flat_map(named)).await?;
        let mut outcomes = Vec::with_capacity(edits.len());
        let mut taken = Vec::new();
        for edit in edits {
            // What one change brings along is told with it, whatever those before it have brought.
            if matches!(edit, Edit::Patch(_) | Edit::Delete(_)) {
                self.execute();
            }
            let noted = self.noted_for(edit);
            let outcome = loop {
                let point = self.plan.schema_point();
                match self.plan.apply(&mut self.there, edit) {
                    Ok(outcome) => break outcome,
                    Err(missing) => {
                        self.plan.restore(point);
                        self.read_missing(missing).await?;
                    }
                }
            };
            if !matches!(outcome, Outcome::Refused(_)) {
                taken.push((edit, noted));
            }
            outcomes.push(outcome);
        }
        self.execute();
        for (edit, noted) in taken {
            self.forget_refused(edit, &noted).await?;
        }
        Ok(outcomes)
    }

    /// Deletes those that ended before the instant; how many those are.
    pub(in crate::engine::opensearch::site) async fn expire(
        &mut self,
        names: &[Identity],
        before: Timestamp,
    ) -> Result<u64, EngineError> {
        self.read_all(names.iter()).await?;
        let mut deleted = 0;
        for name in names {
            let head = self.there.get(name).map(|kept| kept.head.clone());
            let Some(head) = head.filter(|head| head.active.to.is_some_and(|to| to < before))
            else {
                continue;
            };
            self.note_write(head.object_type.as_str());
            self.set(name.clone(), None);
            deleted += 1;
        }
        Ok(deleted)
    }

    /// Writes everything. The lease is kept, and what the site says of itself is the batch's.
    pub(in crate::engine::opensearch::site) async fn write(
        mut self,
        lease: &mut Lease,
        mut held: Held,
    ) -> Result<(Held, Arc<Schema>, u64), EngineError> {
        let schema = Arc::clone(self.plan.schema());
        // Of some of them the site has to say more before.
        let operations = self.operations(&schema);
        self.fields
            .note_attributes(&schema, held.control.attributes);
        self.site
            .map_ahead(&self.control, std::mem::take(&mut self.fields))
            .await?;
        held = self.write_ahead(lease, held).await?;
        if self.next_number > self.control.last_number() {
            // No body is so large; a number behind the next fence would be taken for a later write.
            return Err(EngineError::Overloaded {
                retry_after_s: super::COME_AGAIN_S,
            });
        }
        // What lies beside speaks of the objects: it is not there before they are.
        for some in [operations, std::mem::take(&mut self.beside)] {
            self.send(&some).await?;
        }
        let misfits = &self.site.counts.misfits_kept;
        misfits.fetch_add(self.plan.misfits_kept(), Ordering::Relaxed);
        Ok((held, schema, self.next_number))
    }

    async fn send(&self, operations: &[Operation]) -> Result<(), EngineError> {
        let client = &self.site.cluster.client;
        // Both names that a document is written under may be of one index.
        let items = match self.control.rebuild {
            Some(_) => client.bulk_in_order(operations).await,
            None => client.bulk(operations).await,
        };
        let items = items.map_err(|error| in_doubt(&error))?;
        for (operation, item) in operations.iter().zip(items) {
            // What is superseded was written by this batch before, or by one that came after it: then the site
            // cannot be given back.
            if let Item::Refused { kind, reason } = item {
                let id = &operation.id;
                tracing::error!(site.tracker_id = %self.site.id, id, kind, reason, "a document was refused");
                return Err(EngineError::InDoubt {
                    retry_after_s: super::COME_AGAIN_S,
                });
            }
        }
        Ok(())
    }

    /// Writes a document beside the catalog with the rest, or removes it.
    pub(in crate::engine::opensearch::site) fn keep_beside(
        &mut self,
        id: String,
        document: Option<Vec<u8>>,
    ) {
        let version = self.take_number();
        self.beside.push(Operation {
            index: self.site.cluster.names.control(),
            id,
            version,
            action: document.map_or(Action::Delete, Action::Index),
        });
    }

    fn take_number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    /// Does what is planned, here and not yet in the cluster.
    fn execute(&mut self) {
        let effects: Vec<Effect<u64>> = self.plan.take_effects().collect();
        for effect in effects {
            match effect {
                Effect::Put(put) => self.put(put),
                Effect::Mark(mark) => {
                    let (identity, head) = mark.into_head();
                    let version = self.take_number();
                    if let Some(mut kept) = self.there.get(&identity).cloned() {
                        kept.head = Head { version, ..head };
                        self.set(identity, Some(kept));
                    }
                }
                Effect::Delete { identity, head } => {
                    self.note_write(head.object_type.as_str());
                    self.objects.remove(&identity);
                    self.set(identity, None);
                }
            }
        }
    }

    fn put(&mut self, put: Put<u64>) {
        let Put {
            content,
            before,
            origin,
            ..
        } = put;
        let object = &content.object;
        let number = self.take_number();
        let first_seen = before.as_ref().map_or(number, |head| head.first_seen);
        if let Some(before) = before.filter(|before| before.object_type != object.object_type) {
            self.note_write(before.object_type.as_str());
        }
        self.note_write(object.object_type.as_str());
        let noted = self.there.get(&object.identity);
        let place = noted.and_then(|kept| kept.place);
        let about = About {
            first_seen,
            origin,
            updated_at: self.now,
            created_at: match noted {
                Some(kept) => kept.created_at,
                None => self.makes_documents.then_some(self.now),
            },
            refused: noted.map(|kept| kept.refused.clone()).unwrap_or_default(),
            job: noted.and_then(|kept| kept.job),
            place: place.unwrap_or_else(|| self.control.documents.take_place()),
        };
        self.keep(&content, number, about);
    }

    fn set(&mut self, identity: Identity, kept: Option<Kept>) {
        self.note_file(&identity, kept.as_ref());
        self.there.set(identity.clone(), kept);
        self.changed.insert(identity);
    }

    fn note_write(&mut self, object_type: &str) {
        self.control.note_write(object_type, self.now.as_millis());
    }

    async fn read_missing(&mut self, missing: Missing) -> Result<(), EngineError> {
        match missing {
            Missing::Object(identity) => self.read_all(std::iter::once(&identity)).await,
            Missing::Sources | Missing::Survey => Err(EngineError::Internal {
                context: "an edit asks for what only commits ask for",
                source: format!("{missing:?}").into(),
            }),
        }
    }

    /// Reads what is not known yet.
    pub(in crate::engine::opensearch::site) async fn read_all<'i>(
        &mut self,
        identities: impl Iterator<Item = &'i Identity>,
    ) -> Result<(), EngineError> {
        let unknown = identities.filter(|identity| !self.there.knows(identity));
        let unknown: BTreeSet<Identity> = unknown.cloned().collect();
        let unknown: Vec<Identity> = unknown.into_iter().collect();
        for some in unknown.chunks(READ_MAX) {
            let kept = self.site.read(&self.control, some).await?;
            for (identity, kept) in some.iter().zip(kept) {
                self.bytes += kept.as_ref().map_or(0, |kept| kept.raw.get().len());
                self.there.set(identity.clone(), kept);
            }
        }
        Ok(())
    }
}

/// Once the first document was sent, nobody knows how many are there.
fn in_doubt(error: &CallError) -> EngineError {
    tracing::warn!(%error, "a batch was cut off");
    EngineError::InDoubt {
        retry_after_s: super::COME_AGAIN_S,
    }
}

fn json(document: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(document).expect("a map with text keys can always be written to memory")
}

/// What an edit will ask for, as far as it says so.
fn named(edit: &Edit) -> Vec<&Identity> {
    match edit {
        Edit::Replace(element) => identities(element).collect(),
        Edit::Patch(patch) => vec![&patch.identity],
        Edit::Delete(key) => vec![&key.identity],
        Edit::Recall(_) | Edit::Refuse(_) => Vec::new(),
    }
}

fn identities(element: &Element) -> impl Iterator<Item = &Identity> {
    element
        .contents()
        .iter()
        .map(|content| &content.object.identity)
}
