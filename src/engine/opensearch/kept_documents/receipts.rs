//! Receipts of documents accepted for later, some in one document beside the catalog. Invariant: they are written behind the objects that
//! they speak of, in the same batch, and never changed; nobody has one before both are there for good.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::domain::{
    DocumentPlace, ObjectType, Receipt, ReceiptState, StampedId, Timestamp, TrackerId,
};
use crate::engine::codec;

/// Receipts of one document. Those of a batch begin a new one.
pub(in crate::engine::opensearch) const BLOCK: u64 = 128;

/// How much longer they are kept than anybody can ask for them, in seconds.
const KEPT_LONGER_S: i64 = 60 * 60;

/// Which receipts there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine::opensearch) struct ReceiptBook {
    /// Numbers up to this one were given; never twice.
    pub(in crate::engine::opensearch) last: u64,
    /// Blocks below this one are forgotten.
    pub(in crate::engine::opensearch) first_block: u64,
    /// The second of the first block that is there.
    pub(in crate::engine::opensearch) oldest: Option<i64>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(in crate::engine::opensearch) struct Block {
    pub(in crate::engine::opensearch) second: i64,
    #[serde(rename = "type")]
    object_type: String,
    /// The number of the last write of their documents.
    pub(in crate::engine::opensearch) written: u64,
    /// Some numbers may have none where receipts came from another catalog.
    receipts: Vec<Option<One>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct One {
    external_id: Option<String>,
    /// Where the document is, and when it was created; nothing where it was not written.
    place: Option<(u64, i64)>,
    problem: Option<Box<RawValue>>,
    /// Its second and type where they are not those of the block: it came from another catalog.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    own: Option<(i64, String)>,
}

impl ReceiptBook {
    /// Gives so many numbers, in blocks that nobody else has any of; the last one.
    pub(in crate::engine::opensearch) fn take(&mut self, count: u64, now: Timestamp) -> u64 {
        let block = self.last / BLOCK + 1;
        if self.oldest.is_none() {
            (self.first_block, self.oldest) = (block, Some(now.second()));
        }
        self.last = block * BLOCK + count.max(1) - 1;
        self.last
    }

    /// Takes over receipts with numbers of another catalog.
    pub(in crate::engine::opensearch) fn take_over(&mut self, number: u64, second: i64) {
        let block = number / BLOCK;
        self.last = self.last.max(number);
        if self.oldest.is_none() {
            self.first_block = block;
        }
        self.first_block = self.first_block.min(block);
        self.oldest = Some(self.oldest.map_or(second, |oldest| oldest.min(second)));
    }

    /// Gives no number up to this one.
    pub(in crate::engine::opensearch) fn number_behind(&mut self, number: u64) {
        self.last = self.last.max(number);
    }

    /// Whether nobody can ask for those of the second any more.
    pub(in crate::engine::opensearch) fn is_old(second: i64, now: Timestamp) -> bool {
        second.saturating_add(Receipt::KEPT_S + KEPT_LONGER_S) < now.second()
    }

    pub(in crate::engine::opensearch) fn has_old(&self, now: Timestamp) -> bool {
        self.oldest.is_some_and(|oldest| Self::is_old(oldest, now))
    }

    /// The numbers that a counter may stand for, and that are there.
    pub(in crate::engine::opensearch) fn numbers(
        &self,
        counter: u32,
    ) -> impl Iterator<Item = u64> + use<> {
        const ROUND: u64 = 1 << 24;
        let (last, first) = (self.last, self.first_block * BLOCK);
        let below = last - last % ROUND;
        let newest = Some(below + u64::from(counter)).filter(|number| *number <= last);
        let newest = newest.or_else(|| (below + u64::from(counter)).checked_sub(ROUND));
        let numbers = std::iter::successors(newest, |number| number.checked_sub(ROUND));
        numbers.take_while(move |number| *number >= first)
    }
}

impl Block {
    pub(in crate::engine::opensearch) fn new(receipts: &[Receipt], written: u64) -> Option<Self> {
        let first = receipts.first()?;
        Some(Self {
            second: first.second,
            object_type: first.object_type.to_string(),
            written,
            receipts: receipts
                .iter()
                .map(|receipt| Some(One::of(receipt)))
                .collect(),
        })
    }

    /// With a receipt of this number that another catalog gave.
    pub(in crate::engine::opensearch) fn put(
        before: Option<Self>,
        number: u64,
        receipt: &Receipt,
        written: u64,
    ) -> Self {
        let mut block = before.unwrap_or(Self {
            second: receipt.second,
            object_type: receipt.object_type.to_string(),
            written,
            receipts: Vec::new(),
        });
        let at = (number % BLOCK) as usize;
        while block.receipts.len() <= at {
            block.receipts.push(None);
        }
        // Before the second of the block changes, so that it stays what it was for those that have it.
        let (second, object_type) = (block.second, block.object_type.clone());
        if receipt.second > second {
            for one in block.receipts.iter_mut().flatten() {
                one.own.get_or_insert_with(|| (second, object_type.clone()));
            }
            block.second = receipt.second;
        }
        block.written = block.written.max(written);
        block.receipts[at] = Some(One {
            own: Some((receipt.second, receipt.object_type.to_string())),
            ..One::of(receipt)
        });
        block
    }

    /// Those that are there, by their numbers.
    pub(in crate::engine::opensearch) fn all(
        &self,
        block: u64,
    ) -> impl Iterator<Item = (u64, Receipt)> {
        let numbers = block * BLOCK..;
        let there = numbers.take(self.receipts.len());
        there.filter_map(|number| Some((number, self.read(number)?)))
    }

    /// The receipt of this number.
    pub(in crate::engine::opensearch) fn read(&self, number: u64) -> Option<Receipt> {
        let one = self.receipts.get((number % BLOCK) as usize)?.as_ref()?;
        let state = match (&one.problem, one.place) {
            (Some(problem), _) => {
                let json = problem.get().as_bytes();
                ReceiptState::Failed(codec::decode_document_problem(json).ok()?)
            }
            (None, Some((first_seen, created_at))) => ReceiptState::Complete(DocumentPlace {
                first_seen,
                created_at: Timestamp::from_millis(created_at),
            }),
            (None, None) => ReceiptState::Pending,
        };
        let (second, object_type) = match &one.own {
            Some((second, object_type)) => (*second, object_type),
            None => (self.second, &self.object_type),
        };
        Some(Receipt {
            second,
            counter: StampedId::counter_of(number),
            object_type: ObjectType::new(object_type).ok()?,
            external_id: one.external_id.clone(),
            state,
        })
    }
}

impl One {
    fn of(receipt: &Receipt) -> Self {
        let problem = match &receipt.state {
            ReceiptState::Failed(problem) => {
                let json = codec::encode_document_problem(problem);
                let json = String::from_utf8(json).expect("JSON is text");
                Some(RawValue::from_string(json).expect("an encoded problem is JSON"))
            }
            _ => None,
        };
        let place = match &receipt.state {
            ReceiptState::Complete(place) => Some((place.first_seen, place.created_at.as_millis())),
            _ => None,
        };
        Self {
            external_id: receipt.external_id.clone(),
            place,
            problem,
            own: None,
        }
    }
}

pub(in crate::engine::opensearch) fn id(site: &TrackerId, block: u64) -> String {
    format!("receipts:{site}:{block}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_stands_for_the_last_numbers_that_end_so() {
        const ROUND: u64 = 1 << 24;
        let book = |last, first_block| ReceiptBook {
            last,
            first_block,
            oldest: None,
        };
        let of = |book: ReceiptBook, counter| book.numbers(counter).collect::<Vec<_>>();
        assert_eq!(of(book(300, 1), 290), [290]);
        assert_eq!(of(book(300, 1), 301), [] as [u64; 0]);
        assert_eq!(of(book(300, 2), 200), [] as [u64; 0]);
        assert_eq!(of(book(ROUND + 300, 1), 290), [ROUND + 290, 290]);
        assert_eq!(of(book(ROUND + 300, 1), 301), [301]);
        assert_eq!(of(book(ROUND + 300, 3), 290), [ROUND + 290]);
    }

    #[test]
    fn receipts_of_a_batch_begin_a_block_and_grow_old() {
        let mut book = ReceiptBook::default();
        let at = |second: i64| Timestamp::from_millis(second * 1_000);
        assert_eq!(book.take(3, at(50)), BLOCK + 2);
        assert_eq!(book.take(1, at(60)), 2 * BLOCK);
        assert_eq!((book.first_block, book.oldest), (1, Some(50)));
        let old = 50 + Receipt::KEPT_S + KEPT_LONGER_S;
        assert!(!book.has_old(at(old)));
        assert!(book.has_old(at(old + 1)));
    }
}
