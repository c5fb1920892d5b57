//! What all documents of an index have in common, so that they can be searched together. Invariant: whoever writes into an index,
//! or searches it, does so with what it was made with, whatever the settings of the site say by now.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::mapping;
use crate::domain::{Language, Site, VariantMode};

/// What an index was made with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(in crate::engine::opensearch) struct Made {
    /// Of the mapping and of all that follows from an object.
    pub(in crate::engine::opensearch) version: u64,
    pub(in crate::engine::opensearch) language: String,
    pub(in crate::engine::opensearch) with_links: bool,
    #[serde(default)]
    pub(in crate::engine::opensearch) words_by_attribute: bool,
    /// Whether the variants nested in an object stand for it.
    #[serde(default)]
    pub(in crate::engine::opensearch) has_stand_ins: bool,
}

impl Made {
    /// What an index is made with that is made now.
    pub(in crate::engine::opensearch) fn of(site: &Site) -> Self {
        Self {
            version: mapping::VERSION,
            language: site.language.code().to_owned(),
            with_links: site.search_links,
            words_by_attribute: site.words_by_attribute,
            has_stand_ins: site.variants == VariantMode::Best,
        }
    }

    /// The settings of the site, as far as this has no say.
    pub(in crate::engine::opensearch) fn settings(&self, site: &Arc<Site>) -> Arc<Site> {
        let language = Language::from_code(&self.language).unwrap_or(site.language);
        let mut made = Site::clone(site);
        made.language = language;
        made.search_links = self.with_links;
        made.words_by_attribute = self.words_by_attribute;
        made.variants = match (self.has_stand_ins, site.variants) {
            (true, _) => VariantMode::Best,
            (false, VariantMode::Best) => VariantMode::Inside,
            (false, other) => other,
        };
        if Self::of(&made) == Self::of(site) {
            return Arc::clone(site);
        }
        Arc::new(made)
    }

    /// Whether an index of it can be searched by this server.
    pub(in crate::engine::opensearch) fn can_be_searched(&self) -> bool {
        self.version == mapping::VERSION
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TrackerId;

    #[test]
    fn an_index_says_what_the_settings_are_that_it_is_used_with() {
        let site = Arc::new(Site::new(TrackerId::new("a").expect("a tracker")));
        let now = Made::of(&site);
        assert!(Arc::ptr_eq(&now.settings(&site), &site));
        let czech = Made {
            language: "cs".to_owned(),
            ..now.clone()
        };
        assert_eq!(czech.settings(&site).language, Language::Czech);
        let mut best = Site::clone(&site);
        best.variants = VariantMode::Best;
        assert_eq!(
            now.settings(&Arc::new(best.clone())).variants,
            VariantMode::Inside
        );
        assert_eq!(Made::of(&best).settings(&site).variants, VariantMode::Best);
        assert!(czech.can_be_searched());
        let older = Made {
            version: mapping::VERSION - 1,
            ..now
        };
        assert!(!older.can_be_searched());
    }
}
