//! Keys that are sent as they stand, and which sites each opens (docs/reference/10-swiftype.md §2, §7).
//! Invariant: how long a look-up takes tells nothing about the keys there are.

use std::collections::HashSet;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use super::SecretKey;
use crate::domain::TrackerId;

/// The keys a server knows.
#[derive(Debug, Default)]
pub struct ApiKeys(Vec<ApiKey>);

/// A key somebody was given.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// Names the key and does not give it away.
    pub digest: [u8; 32],
    pub reach: Reach,
}

/// What a key opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    Everything,
    Only(Arc<HashSet<TrackerId>>),
}

impl Reach {
    pub fn includes(&self, site: &TrackerId) -> bool {
        match self {
            Self::Everything => true,
            Self::Only(sites) => sites.contains(site),
        }
    }
}

impl ApiKeys {
    pub fn new(keys: impl IntoIterator<Item = (SecretKey, Reach)>) -> Self {
        let keys = keys.into_iter().map(|(key, reach)| ApiKey {
            digest: digest(key.as_bytes()),
            reach,
        });
        Self(keys.collect())
    }

    /// Nobody was given a key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key that was sent; `None` for one nobody was given.
    pub fn find(&self, sent: &str) -> Option<&ApiKey> {
        let sent = digest(sent.as_bytes());
        let mut found = u64::MAX;
        for (at, key) in (0..).zip(&self.0) {
            let is_it: Choice = key.digest.ct_eq(&sent);
            found.conditional_assign(&at, is_it);
        }
        self.0.get(found as usize)
    }
}

/// Equally long for every key.
fn digest(key: &[u8]) -> [u8; 32] {
    Sha256::digest(key).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_opens_what_it_was_made_for() {
        let [books, films] = ["books", "films"].map(|id| TrackerId::new(id).expect("an id"));
        let only_books = Reach::Only(Arc::new(HashSet::from([books.clone()])));
        let keys = ApiKeys::new([
            (SecretKey::new("master"), Reach::Everything),
            (SecretKey::new("one"), only_books),
        ]);
        let opens = |key, site| keys.find(key).map(|key| key.reach.includes(site));
        assert_eq!(opens("master", &films), Some(true));
        assert_eq!(opens("one", &books), Some(true));
        assert_eq!(opens("one", &films), Some(false));
        for unknown in ["", "On", "one ", "ONE"] {
            assert_eq!(opens(unknown, &books), None, "{unknown}");
        }
        assert!(ApiKeys::default().find("").is_none());
    }
}
