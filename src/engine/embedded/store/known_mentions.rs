//! Mentions that change nothing of an object, so that its body need not be read for each of the thousands
//! of products that mention their category. Invariant: a pair says what two contents make of each other,
//! which no write changes, so nothing here is ever stale.

use quick_cache::unsync::Cache;

use crate::engine::plan::ContentHash;

/// As many categories as a large shop has; of more, some are looked at again.
const MENTIONS_KNOWN: usize = 20_000;

pub(super) struct KnownMentions(Cache<(ContentHash, ContentHash), ()>);

impl KnownMentions {
    pub(super) fn new() -> Self {
        Self(Cache::new(MENTIONS_KNOWN))
    }

    /// Whether the content is known to stay as it is when the other one mentions it.
    pub(super) fn is_told_by(&self, content: ContentHash, mention: ContentHash) -> bool {
        content == mention || self.0.contains_key(&(content, mention))
    }

    pub(super) fn note_told(&mut self, content: ContentHash, mention: ContentHash) {
        self.0.insert((content, mention), ());
    }
}
