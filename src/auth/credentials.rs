//! Who may sign for which site. Invariant: a private key is never printed; it leaves its wrapper
//! only to compute a digest.

use std::collections::HashMap;
use std::fmt;

use crate::domain::TrackerId;

/// Private keys by site; a site may have several, for rotation.
#[derive(Debug, Default)]
pub struct Credentials {
    pub keys: HashMap<TrackerId, Vec<SecretKey>>,
}

impl Credentials {
    /// The keys of a site; `None` when the site has none.
    pub fn keys_of(&self, site: &TrackerId) -> Option<&[SecretKey]> {
        let keys = self.keys.get(site)?;
        (!keys.is_empty()).then_some(keys)
    }
}

/// A private key: the UTF-8 bytes of the text as configured, not decoded (docs/reference/01-auth.md §1).
pub struct SecretKey(Box<[u8]>);

impl SecretKey {
    pub fn new(text: &str) -> Self {
        Self(text.as_bytes().into())
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey")
    }
}
