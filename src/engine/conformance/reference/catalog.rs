//! What a site has, and how whole objects, mentions, patches, deletions and commits change it
//! (docs/reference/02-content.md §3 to §6, docs/reference/03-update-by-query-and-generations.md §5).
//! Invariant: an element of a batch that is refused leaves nothing behind.

use std::collections::BTreeMap;

use super::file_row::FileRow;
use crate::domain::{
    Extracted, Generation, Identity, Job, JobRefusal, Judged, KeptMisfits, MisfitRule, Misfits,
    NestedObject, Object, ObjectKey, ObjectPatch, ObjectType, Outcome, Receipt, Refusal,
    RefusedLately, Schema, Site, SourceName, Submission, Timestamp, TypeConflicts, derive, extract,
    mentioned,
};
use crate::engine::{EngineCard, Extraction};

#[derive(Clone)]
pub(in crate::engine::conformance) struct Catalog {
    pub(in crate::engine::conformance) site: Site,
    pub(super) is_open: bool,
    pub(super) card: EngineCard,
    pub(in crate::engine::conformance) schema: Schema,
    pub(in crate::engine::conformance) objects: BTreeMap<Identity, Stored>,
    pub(super) next_first_seen: u64,
    /// Writes so far.
    pub(super) writes: u64,
    pub(super) misfits_kept: u64,
    pub(super) jobs: Vec<(Job, Vec<JobRefusal>, Timestamp)>,
    pub(super) bookmarks: BTreeMap<SourceName, String>,
    pub(super) receipts: Vec<Receipt>,
    pub(super) refused: Vec<RefusedLately>,
    pub(super) refused_uploads: Vec<Noted>,
    pub(super) last_writes: BTreeMap<ObjectType, Timestamp>,
    pub(super) files: BTreeMap<Identity, FileRow>,
    /// Given out so far.
    pub(super) tickets: u64,
    pub(super) clicks: BTreeMap<(i64, ObjectType), u64>,
    pub(super) now: Timestamp,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::engine::conformance) struct Stored {
    pub(in crate::engine::conformance) object: Object,
    pub(in crate::engine::conformance) first_seen: u64,
    pub(in crate::engine::conformance) updated_at: Timestamp,
    /// Of what was made as a document.
    pub(super) created_at: Option<Timestamp>,
    pub(super) origin: Option<Origin>,
}

/// What an object was made of.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Origin {
    pub(super) source: SourceName,
    /// `None` for what was nested in the object of a row.
    pub(super) row: Option<String>,
}

/// An object whose upload was refused, or that was taken out of one; the one that was refused, and the upload.
pub(super) type Noted = (Identity, Identity, Generation);

/// One element of a batch: the object as sent first, then what was extracted from it.
pub(super) type Element = Vec<Extracted>;

impl Catalog {
    pub(super) fn new(site: Site, name: Option<String>, now: Timestamp) -> Self {
        let key = format!("key of {}", site.tracker_id);
        Self {
            site,
            is_open: true,
            card: EngineCard {
                key,
                created_at: now,
                name,
            },
            schema: Schema::default(),
            objects: BTreeMap::new(),
            next_first_seen: 1,
            writes: 0,
            misfits_kept: 0,
            jobs: Vec::new(),
            bookmarks: BTreeMap::new(),
            receipts: Vec::new(),
            refused: Vec::new(),
            refused_uploads: Vec::new(),
            last_writes: BTreeMap::new(),
            files: BTreeMap::new(),
            tickets: 0,
            clicks: BTreeMap::new(),
            now,
        }
    }

    pub(super) fn write(
        &mut self,
        objects: Vec<Submission>,
        extraction: Extraction,
    ) -> Vec<Outcome> {
        let before = self.objects.clone();
        let outcomes = objects.into_iter().map(|sent| {
            let object = sent.into_object().expect("it could be read before");
            let element = sent_element(object, extraction);
            let outcome = self.replace(&element, &self.sent(), None, None);
            if !matches!(outcome, Outcome::Refused(_)) {
                self.forget_refused_uploads(&element);
            }
            outcome
        });
        let outcomes = outcomes.collect();
        // What is in the end as it was before was not changed.
        for (identity, stored) in &mut self.objects {
            if let Some(old) = before.get(identity)
                && old.first_seen == stored.first_seen
                && has_same_content(&old.object, &stored.object)
            {
                stored.updated_at = old.updated_at;
            }
        }
        outcomes
    }

    /// The rule for what was sent whole.
    pub(super) fn sent(&self) -> MisfitRule<'static> {
        MisfitRule {
            conflicts: self.site.type_conflicts,
            judged: Judged::All,
        }
    }

    pub(super) fn put_element(
        &mut self,
        element: &Element,
        rule: &MisfitRule<'_>,
        own: Option<&Origin>,
        extracted: Option<&Origin>,
    ) -> Outcome {
        let before = self.clone();
        let mut kept = Vec::new();
        for (at, part) in element.iter().enumerate() {
            let put = if at == 0 {
                self.put(part, own, *rule)
            } else {
                let judged = Judged::All;
                self.put(part, extracted, MisfitRule { judged, ..*rule })
            };
            match put {
                Ok(misfits) if misfits.is_empty() => {}
                Ok(misfits) => kept.push(KeptMisfits {
                    identity: part.object.identity.clone(),
                    misfits,
                }),
                Err(refusal) => {
                    *self = before;
                    return Outcome::Refused(refusal);
                }
            }
        }
        if kept.is_empty() {
            return Outcome::Applied;
        }
        self.misfits_kept += kept.iter().map(|of| of.misfits.count()).sum::<u64>();
        Outcome::AppliedWith(kept)
    }

    fn put(
        &mut self,
        part: &Extracted,
        origin: Option<&Origin>,
        rule: MisfitRule<'_>,
    ) -> Result<Misfits, Refusal> {
        let sent = &as_stored(&part.object);
        let stored = self.objects.get(&sent.identity).cloned();
        let mut after = Stored {
            object: sent.clone(),
            first_seen: self.next_first_seen,
            updated_at: self.now,
            created_at: None,
            origin: origin.cloned(),
        };
        let mut is_same = false;
        if let Some(stored) = &stored {
            if part.is_mention && stored.object.object_type == sent.object_type {
                self.mention(stored, &mut after);
                if *stored == after {
                    return Ok(Misfits::default());
                }
            }
            is_same = has_same_content(&stored.object, &after.object);
            after.first_seen = stored.first_seen;
            after.created_at = stored.created_at;
            if is_same {
                after.updated_at = stored.updated_at;
            }
        }
        let misfits = if sent.is_document() {
            Misfits::default()
        } else if is_same {
            self.schema.misfits_of(sent, rule.judged)
        } else {
            let admission = self.schema.check(sent, &derive(&after.object), rule)?;
            for (name, kind) in admission.new {
                self.schema.add(name, kind);
            }
            admission.misfits
        };
        if !is_same {
            self.note_write(&sent.object_type);
            if let Some(stored) = &stored {
                self.note_write(&stored.object.object_type);
            }
        }
        if stored.is_none() {
            self.next_first_seen += 1;
        }
        self.objects.insert(sent.identity.clone(), after);
        if !self.objects[&sent.identity].object.is_file() {
            self.files.remove(&sent.identity);
        }
        Ok(misfits)
    }

    /// What an object is once another has only named it. What a row made stays of its row, and of the
    /// uploads of that source.
    fn mention(&self, stored: &Stored, after: &mut Stored) {
        let object = mentioned(&stored.object, &after.object)
            .filter(|object| !object.is_document() || self.schema.types_of_changed(object).is_ok())
            .unwrap_or_else(|| stored.object.clone());
        let mut generation = after.object.generation.clone();
        if let Some(own) = stored.origin.as_ref().filter(|own| own.row.is_some()) {
            let is_same_source = after
                .origin
                .as_ref()
                .is_some_and(|of| of.source == own.source);
            if !is_same_source {
                generation.clone_from(&stored.object.generation);
            }
            after.origin.clone_from(&stored.origin);
        }
        *after = Stored {
            object: object.with_generation(generation),
            first_seen: stored.first_seen,
            created_at: stored.created_at,
            origin: after.origin.clone(),
            updated_at: after.updated_at,
        };
        if has_same_content(&stored.object, &after.object) {
            after.updated_at = stored.updated_at;
        }
    }

    pub(super) fn patch(&mut self, patch: &ObjectPatch, conflicts: TypeConflicts) -> Outcome {
        let Some(stored) = self.objects.get(&patch.identity).cloned() else {
            return Outcome::Refused(Refusal::NotFound);
        };
        let patched = match patch.apply(&stored.object.as_sent()) {
            Ok(patched) => patched,
            Err(problems) => return Outcome::Refused(Refusal::Malformed(problems)),
        };
        if patched.is_document() {
            match self.schema.types_of_changed(&patched) {
                Ok(types) => drop(self.declare(&patched.object_type, &types)),
                Err(mismatch) => return Outcome::Refused(Refusal::SchemaMismatch(mismatch)),
            }
        }
        let extraction = match patch.nested {
            Some(_) => Extraction::Extract,
            None => Extraction::Leave,
        };
        let rule = MisfitRule {
            conflicts,
            judged: Judged::Only(&patch.fields),
        };
        self.replace(
            &element(patched, extraction),
            &rule,
            stored.origin.as_ref(),
            None,
        )
    }

    pub(super) fn delete(&mut self, key: &ObjectKey) -> Outcome {
        match self.objects.get(&key.identity) {
            Some(stored) if stored.object.object_type == key.object_type => {
                self.objects.remove(&key.identity);
                self.files.remove(&key.identity);
                self.note_write(&key.object_type);
                Outcome::Applied
            }
            _ => Outcome::Refused(Refusal::NotFound),
        }
    }

    /// How many objects it deleted.
    pub(super) fn delete_where(&mut self, goes: impl Fn(&Stored) -> bool) -> u64 {
        let (gone, kept) = std::mem::take(&mut self.objects)
            .into_iter()
            .partition::<BTreeMap<_, _>, _>(|(_, stored)| goes(stored));
        self.objects = kept;
        self.files
            .retain(|identity, _| self.objects.contains_key(identity));
        for stored in gone.values() {
            self.note_write(&stored.object.object_type);
        }
        gone.len() as u64
    }

    pub(super) fn note_write(&mut self, object_type: &ObjectType) {
        let last = self
            .last_writes
            .entry(object_type.clone())
            .or_insert(self.now);
        *last = self.now.max(*last);
    }

    /// In order of first appearance.
    pub(super) fn in_order(&self) -> Vec<&Stored> {
        let mut all: Vec<&Stored> = self.objects.values().collect();
        all.sort_by_key(|stored| stored.first_seen);
        all
    }
}

pub(super) fn is_of(object: &Object, generation: &Generation) -> bool {
    object.generation.as_ref() == Some(generation)
}

/// That something nested was only mentioned is said to the engine, and no part of what it keeps.
pub(super) fn as_stored(object: &Object) -> Object {
    fn forget(nested: &mut [NestedObject]) {
        for entry in nested {
            entry.is_mention = false;
            forget(&mut entry.nested);
        }
    }
    let mark = object.file_mark().cloned().map(Box::new);
    let mut parts = object.clone().into_parts();
    forget(&mut parts.nested);
    let stored = Object::from_store(parts).with_file_mark(mark);
    if object.is_document() {
        stored.into_document()
    } else {
        stored
    }
}

/// Everything but the upload an object belongs to.
pub(super) fn has_same_content(one: &Object, other: &Object) -> bool {
    one.clone().with_generation(None) == other.clone().with_generation(None)
}

/// An object as it was sent. Only a copy of another catalog, from which nothing is to be taken out, can say
/// whose variant an object is (docs/reference/02-content.md §9).
pub(super) fn sent_element(object: Object, extraction: Extraction) -> Element {
    let object = match extraction {
        Extraction::Extract => object.without_master(),
        Extraction::Leave => object,
    };
    element(object, extraction)
}

/// Each identity once, in the place where it stood last; never that of the object itself.
pub(super) fn element(object: Object, extraction: Extraction) -> Element {
    let mut parts = Vec::new();
    if extraction == Extraction::Extract {
        for later in extract(&object) {
            if later.object.identity == object.identity {
                continue;
            }
            let is_it = |part: &Extracted| part.object.identity == later.object.identity;
            let earlier = parts.iter().position(is_it).map(|at| parts.remove(at));
            parts.push(match earlier {
                Some(earlier) => merged(&earlier, later),
                None => later,
            });
        }
    }
    let sent = Extracted {
        object,
        is_mention: false,
    };
    std::iter::once(sent).chain(parts).collect()
}

fn merged(earlier: &Extracted, later: Extracted) -> Extracted {
    if !later.is_mention {
        return later;
    }
    match mentioned(&earlier.object, &later.object) {
        Some(object) => Extracted {
            object,
            is_mention: earlier.is_mention,
        },
        None => later,
    }
}
