//! A whole object on its way to the store (docs/reference/02-content.md §3). The same words mean the same object
//! whenever they are sent, so an engine that remembers them may leave them unread.

use std::fmt;

use super::identity::{Generation, Identity};
use super::object::Object;
use super::problem::Problems;

/// Stands for everything an object was sent with but its generation. Equal ones are the same object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// Of the words of an object without its generation, in two pieces where it stood between them.
    pub fn of(before: &str, behind: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(before.as_bytes());
        hasher.update(behind.as_bytes());
        let mut half = [0; 16];
        half.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self(half)
    }
}

/// An object to create or replace.
#[derive(Debug)]
pub enum Submission {
    Read {
        object: Object,
        /// `None` where nobody needs to know it again.
        fingerprint: Option<Fingerprint>,
    },
    Unread(Unread),
}

impl Submission {
    /// `None` where nobody needs to know it again.
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        match self {
            Self::Read { fingerprint, .. } => *fingerprint,
            Self::Unread(unread) => Some(unread.fingerprint),
        }
    }
}

/// An object whose words were read before. Invariant: they made an object then, so they do again.
pub struct Unread {
    pub identity: Identity,
    pub generation: Option<Generation>,
    pub fingerprint: Fingerprint,
    /// Length of the words.
    pub bytes: usize,
    read: Box<dyn Fn() -> Result<Object, Problems> + Send + Sync>,
}

impl Unread {
    /// `read` makes the object of the words, its generation included.
    pub fn new(
        identity: Identity,
        generation: Option<Generation>,
        fingerprint: Fingerprint,
        bytes: usize,
        read: impl Fn() -> Result<Object, Problems> + Send + Sync + 'static,
    ) -> Self {
        Self {
            identity,
            generation,
            fingerprint,
            bytes,
            read: Box::new(read),
        }
    }

    pub fn read(&self) -> Result<Object, Problems> {
        (self.read)()
    }
}

impl fmt::Debug for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unread")
            .field("identity", &self.identity)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

impl From<Object> for Submission {
    fn from(object: Object) -> Self {
        Self::Read {
            object,
            fingerprint: None,
        }
    }
}

impl Submission {
    pub fn identity(&self) -> &Identity {
        match self {
            Self::Read { object, .. } => &object.identity,
            Self::Unread(unread) => &unread.identity,
        }
    }

    /// The object, whatever it takes.
    pub fn into_object(self) -> Result<Object, Problems> {
        match self {
            Self::Read { object, .. } => Ok(object),
            Self::Unread(unread) => unread.read(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_have_the_same_fingerprint_and_no_others() {
        let whole = Fingerprint::of("{\"a\":1}", "");
        assert_eq!(whole, Fingerprint::of("{\"a\":", "1}"));
        assert_ne!(whole, Fingerprint::of("{\"a\":2}", ""));
    }
}
