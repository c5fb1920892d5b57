//! Clients and events by digest. Invariant: without the secret of the site nobody can tell which client a key is,
//! or whether two sites have the same one.

use crate::domain::{ClientId, EventId};

/// Made with the file, and kept in it.
#[derive(Clone)]
pub(super) struct Secret([u8; 32]);

/// Stands for a client or a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ClientKey(pub(super) [u8; 16]);

impl Secret {
    /// From two random ids, 122 bits each.
    pub(super) fn random() -> Self {
        let mut bytes = [0; 32];
        let (first, second) = bytes.split_at_mut(16);
        first.copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        second.copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        Self(bytes)
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn client(&self, id: &ClientId) -> ClientKey {
        ClientKey(self.digest("client", id.as_str()))
    }

    pub(super) fn event(&self, id: &EventId) -> [u8; 16] {
        self.digest("event", id.as_str())
    }

    fn digest(&self, of: &str, text: &str) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(of.as_bytes());
        hasher.update(&[0]);
        hasher.update(text.as_bytes());
        let mut key = [0; 16];
        hasher.finalize_xof().fill(&mut key);
        key
    }
}

impl ClientKey {
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

/// A name that stands for a client where its own is not to be kept: nobody finds the one by the other without the secret.
pub(in crate::engine) fn pseudonym(secret: &[u8; 32], client: &ClientId) -> Option<ClientId> {
    let key = Secret(*secret).client(client);
    ClientId::new(&format!("{:032x}", u128::from_be_bytes(key.0)))
}

/// For [`pseudonym`].
pub(in crate::engine) fn new_secret() -> [u8; 32] {
    Secret::random().0
}
