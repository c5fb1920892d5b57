//! The end of a site. Invariant: from the change of its control on nobody writes it, and nothing of it is read; what it held goes after
//! that.

use std::sync::Arc;

use super::Batch;
use crate::domain::Schema;
use crate::engine::opensearch::control::{Control, JobBook};
use crate::engine::opensearch::kept_documents::{self, Book, RECEIPTS_AT_ONCE, ReceiptBook};
use crate::engine::opensearch::layout::schema;
use crate::engine::opensearch::refusals;
use crate::engine::plan::Plan;
use crate::engine::{EngineError, codec};

impl Batch<'_> {
    /// Says that there is nothing of the site, and removes what lies beside its catalog. The catalog is the caller's.
    pub(super) async fn remove_all(&mut self) -> Result<(), EngineError> {
        self.drop_jobs().await?;
        let site = &self.site.id;
        let book = &self.control.documents;
        let blocks = 0..self.control.attributes.div_ceil(schema::BLOCK);
        let mut ids: Vec<String> = blocks.map(|block| self.site.block_id(block)).collect();
        ids.push(refusals::id(site));
        let types = book.types.iter();
        ids.extend(types.map(|one| kept_documents::type_id(site, one.number)));
        let receipts = &book.receipts;
        if receipts.oldest.is_some() {
            let blocks = receipts.first_block..=receipts.last / RECEIPTS_AT_ONCE;
            ids.extend(blocks.map(|block| kept_documents::receipts_id(site, block)));
        }
        if let Some((first, last)) = book.clicked {
            ids.extend((first..=last).map(|day| kept_documents::clicks_id(site, day)));
        }
        for id in ids {
            self.keep_beside(id, None);
        }
        let before = &self.control;
        let (jobs, receipts) = (&before.jobs, &before.documents.receipts);
        self.control = Control {
            fence: before.fence,
            holder: before.holder.clone(),
            // Readers and writers that knew it have to look again.
            life: before.life + 1,
            dead_changes: before.dead_changes + 1,
            is_removed: true,
            // What was given once names nothing else.
            jobs: JobBook {
                last: jobs.last,
                forgotten: jobs.last,
                ..JobBook::default()
            },
            documents: Book {
                last_type: before.documents.last_type,
                places: before.documents.places,
                places_kept: before.documents.places_kept,
                receipts: ReceiptBook {
                    last: receipts.last,
                    first_block: receipts.last / RECEIPTS_AT_ONCE + 1,
                    oldest: None,
                },
                ..Book::default()
            },
            ..Control::default()
        };
        let conflicts = self.site.settings().type_conflicts;
        self.plan = Plan::new(Arc::new(Schema::default()), conflicts, codec::encode_hashed);
        Ok(())
    }
}
