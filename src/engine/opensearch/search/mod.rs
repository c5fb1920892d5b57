//! What a search finds in a cluster. The cluster finds, counts and puts in order what it can; words are expanded, judged and
//! ranked here by the same recipe as everywhere (`engine::ranking`). Invariant: what cannot be answered right is refused.
//!
//! | file | for |
//! |---|---|
//! | `filter` | filters as queries |
//! | `rings` | distances that begin somewhere |
//! | `order` | orders on request |
//! | `by_signals` | the order where there is neither one nor a text |
//! | `signals` | what decides about a hit beside its words |
//! | `facets` | counts of values |
//! | `counting` | the facets of one search |
//! | `asking` | one search, as far as its query and the site say |
//! | `text` | what texts find, and in what order |
//! | `memory` | what is known from one search to the next |
//! | `hits` | pages of what is found |
//! | `walks` | what a search and its quicksearches look for |
//! | `stand_ins` | searches where variants stand for objects |
//! | `address` | where a hit lies |
//! | `together` | several questions at the same time |
//! | `answer` | one search from start to end |

mod address;
mod answer;
mod asking;
mod by_signals;
mod counting;
mod facets;
mod filter;
mod hits;
pub(super) mod memory;
mod order;
mod rings;
mod signals;
mod stand_ins;
mod text;
mod together;
mod walks;

use super::control::Control;
use super::site::OpenSite;
use crate::domain::{SearchQuery, SearchResults};
use crate::engine::{EngineError, SearchCapabilities, ranking};

/// What searches of a cluster can be asked for (docs/opensearch.md).
pub(super) const CAPABILITIES: SearchCapabilities = SearchCapabilities {
    single_attributes: true,
    boosts_without_text: true,
    explanations: true,
    ranked_hits_max: Some(ranking::RESEMBLANCE_HITS_MAX),
};

impl OpenSite {
    pub(super) async fn search(&self, query: &SearchQuery) -> Result<SearchResults, EngineError> {
        let known = self.with_behaviour(query);
        let query = known.as_ref().unwrap_or(query);
        let mut moment = self.familiar().await?;
        loop {
            let results = self.answer_at(&moment.control, query).await;
            // What the site has said since may be what was missing.
            if results.is_err() && !moment.is_of_before {
                return results;
            }
            if self.holds(&mut moment).await? {
                return results;
            }
        }
    }

    async fn answer_at(
        &self,
        control: &Control,
        query: &SearchQuery,
    ) -> Result<SearchResults, EngineError> {
        self.check_searchable(control)?;
        let mut results = self.answer(control, query).await?;
        self.add_queries(control, query, &mut results).await?;
        Ok(results)
    }
}
