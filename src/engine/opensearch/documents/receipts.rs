//! Receipts as they are asked for. Invariant: what is told to be complete, searches see from then on.

use std::sync::atomic::Ordering;

use serde_json::value::RawValue;

use crate::domain::{Receipt, ReceiptState};
use crate::engine::opensearch::kept_documents::{self, RECEIPTS_AT_ONCE, ReceiptBlock};
use crate::engine::opensearch::site::OpenSite;
use crate::engine::{EngineError, Visibility};

impl OpenSite {
    /// Counts receipts that were given.
    pub(super) fn note_receipts(&self, given: &[Receipt]) {
        let is_failed = |receipt: &&Receipt| matches!(receipt.state, ReceiptState::Failed(_));
        let failed = given.iter().filter(is_failed).count() as u64;
        let counts = &self.counts;
        counts.receipts_failed.fetch_add(failed, Ordering::Relaxed);
        let complete = given.len() as u64 - failed;
        counts
            .receipts_complete
            .fetch_add(complete, Ordering::Relaxed);
    }

    /// Receipts by second and number, in the order asked for. What is told to be complete, searches see.
    pub(super) async fn receipts(
        &self,
        asked: &[(i64, u32)],
    ) -> Result<Vec<Option<Receipt>>, EngineError> {
        let control = self.glimpse().await?.control;
        let book = &control.documents.receipts;
        // A counter begins anew after so many that several numbers may be meant.
        let asked_for = asked.iter().enumerate();
        let numbers = asked_for.flat_map(|(at, (second, counter))| {
            let numbers = book.numbers(*counter);
            numbers.map(move |number| (at, *second, number))
        });
        let numbers: Vec<(usize, i64, u64)> = numbers.collect();
        let mut blocks: Vec<u64> = numbers
            .iter()
            .map(|(_, _, number)| number / RECEIPTS_AT_ONCE)
            .collect();
        blocks.sort_unstable();
        blocks.dedup();
        let ids: Vec<String> = blocks
            .iter()
            .map(|block| kept_documents::receipts_id(&self.id, *block))
            .collect();
        let found = self
            .cluster
            .get_all(&self.cluster.names.control(), &ids)
            .await?;
        let read = |document: Option<Box<RawValue>>| {
            serde_json::from_str::<ReceiptBlock>(document?.get()).ok()
        };
        let found: Vec<Option<ReceiptBlock>> = found.into_iter().map(read).collect();
        let mut receipts: Vec<Option<Receipt>> = vec![None; asked.len()];
        let mut last_write = 0;
        for (at, second, number) in numbers {
            let block = blocks.binary_search(&(number / RECEIPTS_AT_ONCE)).ok();
            let block = block.and_then(|place| found[place].as_ref());
            let found = block.and_then(|block| Some((block.written, block.read(number)?)));
            let Some((written, receipt)) = found.filter(|(_, found)| found.second == second) else {
                continue;
            };
            last_write = last_write.max(written);
            receipts[at] = Some(receipt);
        }
        self.wait_visible(Visibility::at(last_write)).await?;
        Ok(receipts)
    }

    /// Receipts of so many blocks behind a block, and the last of these; `None` where there are no more.
    pub(in crate::engine::opensearch) async fn receipts_of_blocks(
        &self,
        after: u64,
        limit: u64,
    ) -> Result<(Vec<(u64, Receipt)>, Option<u64>), EngineError> {
        let control = self.glimpse().await?.control;
        let book = &control.documents.receipts;
        let end = book.last / RECEIPTS_AT_ONCE + 1;
        if book.oldest.is_none() || after >= end {
            return Ok((Vec::new(), None));
        }
        // Positions are those of blocks and one more: the first page is behind 0.
        let first = after.max(book.first_block);
        let blocks: Vec<u64> = (first..end.min(first + limit)).collect();
        let ids = blocks
            .iter()
            .map(|block| kept_documents::receipts_id(&self.id, *block));
        let ids: Vec<String> = ids.collect();
        let alias = self.cluster.names.control();
        let found = self.cluster.get_all(&alias, &ids).await?;
        let mut all = Vec::new();
        for (block, document) in blocks.iter().zip(found) {
            let read = document
                .and_then(|document| serde_json::from_str::<ReceiptBlock>(document.get()).ok());
            if let Some(read) = read {
                all.extend(read.all(*block));
            }
        }
        let next = blocks.last().map(|last| last + 1);
        Ok((all, next.filter(|next| *next < end)))
    }
}
