//! Receipts of documents that a batch writes. Invariant: they are written behind the documents, and forgotten only when nobody can ask
//! for them any more.

use super::Batch;
use crate::domain::{DocumentOutcome, ObjectType, Receipt};
use crate::engine::opensearch::kept_documents::{
    self, RECEIPTS_AT_ONCE, ReceiptBlock, ReceiptBook,
};
use crate::engine::transfer::KeptReceipt;
use crate::engine::{EngineError, plan};

/// Blocks of receipts that one batch forgets.
const FORGOTTEN_MAX: usize = 16;

impl Batch<'_> {
    pub(super) fn give_receipts(
        &mut self,
        object_type: &ObjectType,
        external_ids: Vec<Option<String>>,
        outcomes: Vec<DocumentOutcome>,
    ) -> Vec<Receipt> {
        let count = outcomes.len() as u64;
        let last = self.control.documents.receipts.take(count, self.now);
        let receipts = plan::receipts(object_type, external_ids, outcomes, (last, self.now));
        let first = (last + 1 - count) / RECEIPTS_AT_ONCE;
        let written = self.next_number;
        let blocks = receipts.chunks(RECEIPTS_AT_ONCE as usize);
        for (block, some) in (first..).zip(blocks) {
            if let Some(kept) = ReceiptBlock::new(some, written) {
                let id = kept_documents::receipts_id(&self.site.id, block);
                self.keep_beside(id, Some(super::json(&kept)));
            }
        }
        receipts
    }

    /// Forgets some of the receipts that nobody can ask for any more.
    pub(super) async fn forget_receipts(&mut self) -> Result<(), EngineError> {
        let book = self.control.documents.receipts.clone();
        if !book.has_old(self.now) {
            return Ok(());
        }
        let blocks = book.first_block..=book.last / RECEIPTS_AT_ONCE;
        let blocks: Vec<u64> = blocks.take(FORGOTTEN_MAX).collect();
        let id = |block: &u64| kept_documents::receipts_id(&self.site.id, *block);
        let ids: Vec<String> = blocks.iter().map(id).collect();
        let control = self.site.cluster.names.control();
        let found = self.site.cluster.get_all(&control, &ids).await?;
        let (mut first_block, mut oldest) = (book.first_block, None);
        for ((block, id), document) in blocks.into_iter().zip(ids).zip(found) {
            let kept = document
                .and_then(|document| serde_json::from_str::<ReceiptBlock>(document.get()).ok());
            // Those of this batch are not there yet; where numbers of another catalog begin, some never were.
            let is_of_now = block > self.receipts_before / RECEIPTS_AT_ONCE;
            let second = match kept {
                Some(kept) => kept.second,
                None if is_of_now => self.now.second(),
                None => i64::MIN,
            };
            if !ReceiptBook::is_old(second, self.now) {
                oldest = Some(second);
                break;
            }
            self.keep_beside(id, None);
            first_block = block + 1;
        }
        let is_all = first_block > book.last / RECEIPTS_AT_ONCE;
        let book = &mut self.control.documents.receipts;
        book.first_block = first_block;
        if oldest.is_some() || is_all {
            book.oldest = oldest;
        }
        Ok(())
    }

    /// Takes over receipts of another catalog, in order of their numbers; their documents are there.
    pub(super) async fn take_receipts(
        &mut self,
        receipts: &[KeptReceipt],
    ) -> Result<(), EngineError> {
        let written = self.next_number;
        let control = self.site.cluster.names.control();
        for some in receipts.chunk_by(|one, next| block_of(one) == block_of(next)) {
            let id = kept_documents::receipts_id(&self.site.id, block_of(&some[0]));
            let kept: Option<(ReceiptBlock, _)> = self.site.cluster.get(&control, &id).await?;
            let mut block = kept.map(|(kept, _)| kept);
            for KeptReceipt { number, receipt } in some {
                block = Some(ReceiptBlock::put(block, *number, receipt, written));
                let book = &mut self.control.documents.receipts;
                book.take_over(*number, receipt.second);
            }
            if let Some(block) = block {
                self.keep_beside(id, Some(super::json(&block)));
            }
        }
        Ok(())
    }
}

fn block_of(one: &KeptReceipt) -> u64 {
    one.number / RECEIPTS_AT_ONCE
}
