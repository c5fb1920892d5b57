//! What comes as another backend has kept it (`engine::transfer`): objects with their places and times, and what lies beside them.
//! Invariant: a place that an object is put to was left before by whatever was there.

use std::sync::Arc;

use super::WriteBatch;
use crate::domain::{Identity, JobLook, JobRefusal, Outcome, Schema};
use crate::engine::embedded::store::heads::{self, Head};
use crate::engine::embedded::store::{
    StoreError, clicks, codec, documents, engines, jobs, last_writes, receipts, refused,
    refused_uploads, sources, versions,
};
use crate::engine::plan::Heads;
use crate::engine::transfer::{Beside, KeptObject, KeptReceipt};

impl WriteBatch<'_> {
    pub(in crate::engine::embedded) fn take_schema(
        &mut self,
        schema: &Schema,
    ) -> Result<(), StoreError> {
        self.execute()?;
        self.plan.learn_schema(schema);
        Ok(())
    }

    /// One outcome per object, in order.
    pub(in crate::engine::embedded) fn take_objects(
        &mut self,
        objects: Vec<KeptObject>,
    ) -> Result<Vec<Outcome>, StoreError> {
        self.execute()?;
        objects
            .into_iter()
            .map(|one| self.take_object(one))
            .collect()
    }

    fn take_object(&mut self, kept: KeptObject) -> Result<Outcome, StoreError> {
        let place = kept.place;
        let admitted = self.plan.admit_kept(&mut self.heads, kept.object)?;
        let (content, derived) = match admitted {
            Ok(admitted) => admitted,
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
        let object = Arc::clone(&content.object);
        let identity = &object.identity;
        if let Some(before) = self.heads.head(identity)? {
            self.leave(identity, &before, before.first_seen != place)?;
        }
        if let Some((other, _)) = heads::at(&self.heads.transaction, place)?
            && other != *identity
            && let Some(before) = self.heads.head(&other)?
        {
            self.leave(&other, &before, true)?;
            self.forget_file(&other)?;
        }
        let transaction = &mut self.heads.transaction;
        let version = transaction.counters.take_version();
        let next = &mut transaction.counters.next_first_seen;
        *next = (*next).max(place.saturating_add(1));
        versions::add(
            transaction,
            version,
            &codec::pack(&content.body),
            kept.updated_at,
        )?;
        let head = Head {
            object_type: object.object_type.clone(),
            generation: object.generation.clone(),
            version,
            hash: content.hash,
            first_seen: place,
            active: object.schedule(),
            origin: kept.origin,
        };
        transaction.put_head(identity, head)?;
        documents::set_created_at(transaction, place, kept.created_at)?;
        for note in &kept.refused {
            if let Some(generation) = note.generation() {
                transaction.notes_refused_uploads();
                refused_uploads::note(transaction, identity, &note.by, &generation)?;
            }
        }
        self.rewritten(place);
        let new = self.kept.version(place, kept.updated_at, &object, derived);
        self.added.insert(version, new);
        self.follow_file(&content)?;
        Ok(Outcome::Applied)
    }

    /// What was there makes room: its version, what was noted of it and, where it is to be somewhere else, its head.
    fn leave(
        &mut self,
        identity: &Identity,
        before: &Head,
        is_elsewhere: bool,
    ) -> Result<(), StoreError> {
        refused_uploads::forget(&self.heads.transaction, identity)?;
        if is_elsewhere {
            self.heads.transaction.delete_head(identity, before)?;
            self.rewritten(before.first_seen);
        }
        self.forget(before.version)
    }

    pub(in crate::engine::embedded) fn take_beside(
        &mut self,
        beside: &Beside,
    ) -> Result<(), StoreError> {
        self.execute()?;
        let now = self.now;
        let transaction = &mut self.heads.transaction;
        let next = &mut transaction.counters.next_first_seen;
        *next = (*next).max(beside.given.places.saturating_add(1));
        engines::give_receipts_behind(transaction, beside.given.receipts)?;
        jobs::number_behind(transaction, beside.given.jobs)?;
        engines::set_card(transaction, &beside.key, beside.created_at)?;
        last_writes::set_all(transaction, &beside.last_writes)?;
        clicks::set_all(transaction, &beside.clicks)?;
        for (source, bookmark) in &beside.bookmarks {
            match bookmark {
                Some(bookmark) => sources::set_bookmark(transaction, source, bookmark)?,
                None => sources::forget_bookmark(transaction, source)?,
            }
        }
        refused::set_all(transaction, &beside.refused, now)
    }

    pub(in crate::engine::embedded) fn take_receipts(
        &mut self,
        receipts: &[KeptReceipt],
    ) -> Result<(), StoreError> {
        self.execute()?;
        let transaction = &self.heads.transaction;
        // Their documents were written before.
        let sequence = transaction.counters.last_sequence;
        for one in receipts {
            receipts::take(transaction, &one.receipt, sequence)?;
        }
        let last = receipts.iter().map(|one| one.number).max();
        engines::give_receipts_behind(transaction, last.unwrap_or_default())
    }

    pub(in crate::engine::embedded) fn take_job(
        &mut self,
        job: &JobLook,
        refusals: &[JobRefusal],
    ) -> Result<(), StoreError> {
        self.execute()?;
        jobs::take(&self.heads.transaction, job, refusals)
    }
}
