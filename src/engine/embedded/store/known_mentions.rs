//! Mentions that change nothing of an object, so that its body need not be read for each of the thousands
//! of products that mention their category. Invariant: a pair says what two contents make of each other,
//! which no write changes, so nothing here is ever stale.

use quick_cache::unsync::Cache;

use super::{ContentHash, Transaction};

/// As many categories as a large shop has; of more, some are looked at again.
const MENTIONS_KNOWN: usize = 20_000;

pub(super) struct KnownMentions(Cache<(ContentHash, ContentHash), ()>);

impl KnownMentions {
    pub(super) fn new() -> Self {
        Self(Cache::new(MENTIONS_KNOWN))
    }
}

impl Transaction<'_> {
    /// Whether the content is known to stay as it is when the other one mentions it.
    pub(in crate::engine::embedded) fn is_told_by(
        &self,
        content: ContentHash,
        mention: ContentHash,
    ) -> bool {
        content == mention || self.mentions.0.contains_key(&(content, mention))
    }

    pub(in crate::engine::embedded) fn note_told(
        &mut self,
        content: ContentHash,
        mention: ContentHash,
    ) {
        self.mentions.0.insert((content, mention), ());
    }
}
