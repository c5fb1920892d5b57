//! Edits of a site as one batch: what is there is read, the plan decides, and what it decided is written with one number after
//! the other. Invariant: the attributes that a batch brings are taken over before any object that has them is written.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::value::RawValue;

use super::OpenSite;
use super::there::{Missing, There};
use crate::domain::{Change, Identity, Object, Outcome, RefusedUpload, Schema, Timestamp, extract};
use crate::engine::EngineError;
use crate::engine::codec;
use crate::engine::opensearch::client::{Action, CallError, Item, Operation};
use crate::engine::opensearch::control::Control;
use crate::engine::opensearch::layout::document::{Kept, Note};
use crate::engine::opensearch::layout::found_by::MadeWith;
use crate::engine::opensearch::layout::names;
use crate::engine::opensearch::lease::{Held, Lease};
use crate::engine::plan::{Edit, Effect, Element, Head, Plan, Put};

/// Documents that are read at once.
const READ_MAX: usize = 500;
/// Most a batch holds of objects before it is written.
const HELD_BYTES_MAX: usize = 32 << 20;

pub(super) struct Batch<'s> {
    site: &'s OpenSite,
    /// The state of the site as this batch makes it.
    pub(super) control: Control,
    plan: Plan<u64>,
    there: There,
    /// Objects that were read or put, as far as they are known.
    objects: HashMap<Identity, Arc<Object>>,
    /// What has to be written, in no order: all of it is of this batch.
    changed: BTreeSet<Identity>,
    next_number: u64,
    /// What it holds of objects, about.
    bytes: usize,
    now: Timestamp,
}

impl<'s> Batch<'s> {
    /// `number` is the last one that was given behind the fence of the control.
    pub(super) fn new(
        site: &'s OpenSite,
        control: Control,
        schema: Arc<Schema>,
        number: u64,
    ) -> Self {
        let conflicts = site.settings().type_conflicts;
        Self {
            site,
            next_number: number,
            control,
            plan: Plan::new(schema, conflicts, codec::encode_hashed),
            there: There::default(),
            objects: HashMap::new(),
            changed: BTreeSet::new(),
            bytes: 0,
            now: site.clock.now(),
        }
    }

    /// Whether it holds so much that it is to be written before it goes on.
    pub(super) fn is_full(&self) -> bool {
        self.bytes > HELD_BYTES_MAX
    }

    /// Plans the edits, one after the other; how each ended.
    pub(super) async fn apply(&mut self, edits: &[Edit]) -> Result<Vec<Outcome>, EngineError> {
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

    /// Notes refused uploads at the objects that they are of, and at what these nest.
    pub(super) async fn note_refused(
        &mut self,
        uploads: &[RefusedUpload],
    ) -> Result<(), EngineError> {
        self.read_all(uploads.iter().map(|upload| &upload.identity))
            .await?;
        for upload in uploads {
            let Some(kept) = self.there.get(&upload.identity) else {
                continue;
            };
            // Of one that is damaged nobody knows what was nested in it.
            let object = kept.object();
            let nested = object.iter().flat_map(extract);
            let mut all: Vec<Identity> = nested.map(|one| one.object.identity.clone()).collect();
            all.push(upload.identity.clone());
            self.read_all(all.iter()).await?;
            for identity in all {
                self.change_notes(&identity, |notes| {
                    notes.retain(|note| note.by != upload.identity.as_str());
                    notes.push(Note {
                        by: upload.identity.to_string(),
                        generation: upload.generation.as_str().to_owned(),
                    });
                });
            }
        }
        Ok(())
    }

    /// Writes everything. The lease is kept, and what the site says of itself is the batch's.
    pub(super) async fn write(
        mut self,
        lease: &mut Lease,
        mut held: Held,
    ) -> Result<(Held, Arc<Schema>, u64), EngineError> {
        let schema = Arc::clone(self.plan.schema());
        let known = held.control.attributes;
        held.control = self.control.clone();
        if schema.next_number() > known {
            let fence = self.control.first_number();
            self.site.write_schema(&schema, known, fence).await?;
            held.control.attributes = schema.next_number();
            held = lease.change(held).await?;
        }
        let operations = self.operations(&schema);
        if self.next_number > self.control.last_number() {
            // No body is so large; a number behind the next fence would be taken for a later write.
            return Err(EngineError::Overloaded {
                retry_after_s: super::COME_AGAIN_S,
            });
        }
        if !operations.is_empty() {
            let items = self.site.cluster.client.bulk(&operations).await;
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
        }
        Ok((held, schema, self.next_number))
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
            content, before, ..
        } = put;
        let object = &content.object;
        let number = self.take_number();
        let first_seen = before.as_ref().map_or(number, |head| head.first_seen);
        if let Some(before) = before.filter(|before| before.object_type != object.object_type) {
            self.note_write(before.object_type.as_str());
        }
        self.note_write(object.object_type.as_str());
        let raw = String::from_utf8(content.body.clone()).expect("JSON is text");
        let refused = self.there.get(&object.identity);
        let kept = Kept {
            head: Head {
                object_type: object.object_type.clone(),
                generation: object.generation.clone(),
                version: number,
                hash: content.hash,
                first_seen,
                active: object.schedule(),
                origin: None,
            },
            raw: RawValue::from_string(raw).expect("an encoded object is JSON"),
            updated_at: self.now,
            refused: refused.map(|kept| kept.refused.clone()).unwrap_or_default(),
        };
        self.bytes += content.body.len() + object.memory_bytes();
        let identity = object.identity.clone();
        self.objects.insert(identity.clone(), Arc::clone(object));
        self.set(identity, Some(kept));
    }

    fn set(&mut self, identity: Identity, kept: Option<Kept>) {
        self.there.set(identity.clone(), kept);
        self.changed.insert(identity);
    }

    fn note_write(&mut self, object_type: &str) {
        self.control.note_write(object_type, self.now.as_millis());
    }

    /// What the object nests that is there, if anything was noted for it.
    fn noted_for(&self, edit: &Edit) -> Vec<Identity> {
        let Edit::Replace(element) = edit else {
            return Vec::new();
        };
        let own = &element.own().object.identity;
        let is_own = |note: &Note| note.by == own.as_str();
        let noted = self
            .there
            .get(own)
            .filter(|kept| kept.refused.iter().any(is_own));
        let nested = noted.and_then(Kept::object);
        let nested = nested.iter().flat_map(extract);
        nested.map(|one| one.object.identity.clone()).collect()
    }

    /// Takes away what was noted of an object whose upload is taken, and of what was taken out of it.
    async fn forget_refused(&mut self, edit: &Edit, noted: &[Identity]) -> Result<(), EngineError> {
        match edit {
            Edit::Replace(element) => {
                let own = &element.own().object.identity;
                self.read_all(noted.iter()).await?;
                for identity in noted {
                    self.change_notes(identity, |notes| {
                        notes.retain(|note| note.by != own.as_str());
                    });
                }
                for identity in identities(element) {
                    self.change_notes(identity, Vec::clear);
                }
            }
            // Without a generation it belongs to no upload; what the object nests stays what it is.
            Edit::Patch(patch) if patch.generation != Change::Keep => {
                self.change_notes(&patch.identity, Vec::clear);
            }
            Edit::Patch(_) | Edit::Delete(_) | Edit::Recall(_) | Edit::Refuse(_) => {}
        }
        Ok(())
    }

    fn change_notes(&mut self, identity: &Identity, change: impl FnOnce(&mut Vec<Note>)) {
        let number = self.next_number + 1;
        let Some(kept) = self.there.get_mut(identity) else {
            return;
        };
        let before = kept.refused.clone();
        change(&mut kept.refused);
        if kept.refused == before {
            return;
        }
        let mut kept = kept.clone();
        kept.head.version = number;
        self.next_number = number;
        self.set(identity.clone(), Some(kept));
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
    async fn read_all<'i>(
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

    fn operations(&mut self, schema: &Schema) -> Vec<Operation> {
        let changed = std::mem::take(&mut self.changed);
        let mut operations = Vec::with_capacity(changed.len());
        let made = MadeWith::of(&self.site.settings());
        for identity in changed {
            let (version, action) = match self.there.get(&identity) {
                Some(kept) => {
                    let object = self.objects.get(&identity).cloned();
                    // A damaged one stays as it is until it is sent again.
                    let Some(object) = object.or_else(|| kept.object().map(Arc::new)) else {
                        continue;
                    };
                    let document = kept.document(&object, schema, &made);
                    (kept.head.version, Action::Index(document))
                }
                None => (self.take_number(), Action::Delete),
            };
            operations.push(Operation {
                index: self.site.alias.clone(),
                id: names::id(&identity),
                version,
                action,
            });
        }
        operations
    }
}

/// Once the first document was sent, nobody knows how many are there.
fn in_doubt(error: &CallError) -> EngineError {
    tracing::warn!(%error, "a batch was cut off");
    EngineError::InDoubt {
        retry_after_s: super::COME_AGAIN_S,
    }
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
