//! A hit that was looked at, with all that its place depends on.

use std::collections::BTreeSet;

use crate::domain::WordExplanation;
use crate::engine::opensearch::search::address::Address;
use crate::engine::opensearch::search::asking::Asking;
use crate::engine::opensearch::search::signals::Signals;
use crate::engine::opensearch::searched::Hit as FoundHit;
use crate::engine::ranking::{Met, Ranked};

/// A hit that was looked at.
pub(in crate::engine::opensearch::search) struct Candidate {
    pub(in crate::engine::opensearch::search) ranked: Ranked<Address>,
    pub(in crate::engine::opensearch::search) signals: Signals,
    /// Places of the words it has, among those typed.
    pub(super) places: BTreeSet<usize>,
    /// How it has each word, where that was asked for.
    pub(super) words: Vec<WordExplanation>,
    pub(super) title_words: Vec<u64>,
    /// As it was sent, where it is not too long to be compared.
    pub(super) title: Option<String>,
}

impl Candidate {
    /// Where there is no text.
    pub(in crate::engine::opensearch::search) fn without_text(
        asking: &Asking<'_>,
        hit: &FoundHit,
    ) -> Option<Self> {
        let signals = Signals::read(hit, asking)?;
        Some(Self {
            ranked: signals.ranked(Met::FULL, None),
            signals,
            places: BTreeSet::new(),
            words: Vec::new(),
            title_words: Vec::new(),
            title: None,
        })
    }
}
