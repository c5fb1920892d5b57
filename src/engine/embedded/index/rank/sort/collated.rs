//! The texts of a column in the order of a language. Texts of a segment never change, so it is worked out once a
//! segment and kept with its columns. Invariant: ranks compare as the texts do, and equal ones have one.

use std::sync::Arc;

use tantivy::columnar::StrColumn;

use crate::engine::analysis::Collation;
use crate::engine::embedded::index::segments::segment::Segment;

/// Eight bytes a text, less than the column itself takes.
#[derive(Clone)]
pub(super) struct Collated(Arc<Ranks>);

struct Ranks {
    /// By number of the text in its column.
    ranks: Vec<u32>,
    /// The number of a text of each rank.
    numbers: Vec<u32>,
}

impl Collated {
    /// `name`: of the column.
    pub(super) fn open(
        segment: &Segment<'_>,
        name: &str,
        column: &StrColumn,
        collation: &Collation,
    ) -> tantivy::Result<Self> {
        let kept = segment.kept(name, || {
            Ok(Some(Self(Arc::new(Ranks::of(column, collation)?))))
        })?;
        Ok(kept.unwrap_or_else(|| {
            let (ranks, numbers) = (Vec::new(), Vec::new());
            Self(Arc::new(Ranks { ranks, numbers }))
        }))
    }

    pub(super) fn rank(&self, number: u64) -> u64 {
        let rank = self.0.ranks.get(number as usize);
        rank.map_or(u64::MAX, |&rank| u64::from(rank))
    }

    /// The number of a text that has the rank.
    pub(super) fn number(&self, rank: u64) -> u64 {
        let number = self.0.numbers.get(rank as usize);
        number.map_or(u64::MAX, |&number| u64::from(number))
    }
}

impl Ranks {
    fn of(column: &StrColumn, collation: &Collation) -> tantivy::Result<Self> {
        // All keys lie in one buffer: one for each text would cost more than it holds.
        let mut keys: Vec<u8> = Vec::new();
        let mut ends: Vec<usize> = Vec::with_capacity(column.num_terms());
        let mut texts = column.dictionary().stream()?;
        while texts.advance() {
            collation.push_key(texts.key(), &mut keys);
            ends.push(keys.len());
        }
        let key = |number: u32| {
            let at = number as usize;
            let start = at.checked_sub(1).map_or(0, |before| ends[before]);
            &keys[start..ends[at]]
        };
        let mut order: Vec<u32> = (0..ends.len() as u32).collect();
        order.sort_unstable_by(|&one, &other| key(one).cmp(key(other)).then(one.cmp(&other)));
        let mut ranks = vec![0; order.len()];
        let mut numbers: Vec<u32> = Vec::with_capacity(order.len());
        for number in order {
            if numbers.last().is_none_or(|&last| key(last) != key(number)) {
                numbers.push(number);
            }
            ranks[number as usize] = numbers.len() as u32 - 1;
        }
        Ok(Self { ranks, numbers })
    }
}
