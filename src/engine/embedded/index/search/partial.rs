//! Which words of a text hits have that have not all of it, for the few hits of a page. Invariant: a word is
//! told as it was typed, whatever it was met by.

use std::collections::BTreeSet;

use tantivy::DocId;

use super::collector::PageHit;
use super::context::Search;
use crate::engine::embedded::index::query::among::Among;
use crate::engine::embedded::index::query::keyword::SoughtText;

impl Search<'_> {
    /// In the order typed.
    pub(super) fn partial_words(
        &self,
        text: Option<&SoughtText>,
        page: &[PageHit],
    ) -> tantivy::Result<Vec<String>> {
        let Some(text) = text else {
            return Ok(Vec::new());
        };
        let mut places = BTreeSet::new();
        for (at, segment) in self.segments.iter().enumerate() {
            let here = page.iter().map(|hit| (hit.exact, hit.address));
            let partial = here.filter(|(exact, address)| !exact && address.segment == at);
            let docs: BTreeSet<DocId> = partial.map(|(_, address)| address.doc).collect();
            if docs.is_empty() {
                continue;
            }
            let docs: Vec<DocId> = docs.into_iter().collect();
            let mut words = text.in_segment(segment, Among::Docs(&docs))?;
            self.shared
                .effort()
                .spend(docs.len() as u64 * words.work())?;
            for doc in docs {
                if words.doc() < doc {
                    words.seek(doc);
                }
                if words.doc() == doc {
                    places.extend(words.places_met());
                }
            }
            words.check()?;
        }
        Ok(text.words.typed_at(&places))
    }
}
