//! A catalog that comes from another backend: each method has the writer take over what was kept there.

use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::{JobLook, JobRefusal, Outcome, Schema, TrackerId};
use crate::engine::embedded::batch::WriteBatch;
use crate::engine::embedded::catalog::Input;
use crate::engine::embedded::engine::EmbeddedEngine;
use crate::engine::transfer::{Beside, KeptObject, KeptReceipt, MovedTo};
use crate::engine::{DocumentEngine, EngineError};

#[async_trait]
impl MovedTo for EmbeddedEngine {
    async fn take_schema(&self, site: &TrackerId, schema: Arc<Schema>) -> Result<(), EngineError> {
        if self.schema(site).await?.knows_all_of(&schema) {
            return Ok(());
        }
        let work = move |batch: &mut WriteBatch<'_>, ()| batch.take_schema(&schema);
        self.change(site, (), |_| work).await
    }

    async fn take_objects(
        &self,
        site: &TrackerId,
        objects: Vec<KeptObject>,
    ) -> Result<Vec<Outcome>, EngineError> {
        let work = |batch: &mut WriteBatch<'_>, objects| batch.take_objects(objects);
        self.change(site, objects, |_| work).await
    }

    async fn take_beside(&self, site: &TrackerId, beside: Beside) -> Result<(), EngineError> {
        let work = move |batch: &mut WriteBatch<'_>, ()| batch.take_beside(&beside);
        self.change(site, (), |_| work).await
    }

    async fn take_receipts(
        &self,
        site: &TrackerId,
        receipts: Vec<KeptReceipt>,
    ) -> Result<(), EngineError> {
        let work =
            |batch: &mut WriteBatch<'_>, receipts: Vec<KeptReceipt>| batch.take_receipts(&receipts);
        self.change(site, receipts, |_| work).await
    }

    async fn take_job(
        &self,
        site: &TrackerId,
        job: JobLook,
        refusals: Vec<JobRefusal>,
    ) -> Result<(), EngineError> {
        let work = move |batch: &mut WriteBatch<'_>, ()| batch.take_job(&job, &refusals);
        self.change(site, (), |_| work).await
    }
}

impl Input for Vec<KeptReceipt> {
    fn edits(&self) -> usize {
        self.len()
    }

    fn bytes(&self) -> usize {
        self.len() * size_of::<KeptReceipt>()
    }
}

impl Input for Vec<KeptObject> {
    fn edits(&self) -> usize {
        self.len()
    }

    fn bytes(&self) -> usize {
        let each = self.iter();
        each.map(|kept| size_of::<KeptObject>() + kept.object.memory_bytes())
            .sum()
    }
}
