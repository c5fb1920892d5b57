//! Who is asking (contract 01). Pure functions, no transport.

mod signature;

use std::collections::HashMap;

pub use signature::{digest, string_to_sign};

use crate::domain::TrackerId;

/// How strictly requests are checked.
#[derive(Clone, Debug)]
pub struct AuthRules {
    /// How far the request date may be from our clock, in seconds (contract 01 §4).
    pub date_tolerance_s: u32,
    /// Put before the path as received when a reverse proxy took it off; empty for none (contract 01 §3).
    pub path_prefix: String,
}

/// Private keys by site; a site may have several, for rotation.
#[derive(Debug, Default)]
pub struct Credentials {
    pub keys: HashMap<TrackerId, Vec<SecretKey>>,
}

/// A private key; never printed.
pub struct SecretKey(Box<[u8]>);

impl SecretKey {
    pub fn new(text: &str) -> Self {
        Self(text.as_bytes().into())
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey")
    }
}
