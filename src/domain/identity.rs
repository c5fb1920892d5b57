//! What names an object, its type and the upload it belongs to. Each is checked once, here.

use std::fmt;
use std::sync::Arc;

use super::problem::Rule;

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:?})"), &self.0)
            }
        }
    };
}

text_type! {
    /// Key of an object, unique in its site across types, compared byte by byte (docs/reference/02-content.md §2).
    Identity
}

impl Identity {
    /// Longest accepted identity, in bytes of UTF-8.
    pub const BYTES_MAX: usize = 1024;

    /// 1 to [`Self::BYTES_MAX`] bytes, not all blank, no control characters.
    pub fn new(text: &str) -> Result<Self, Rule> {
        if text.trim().is_empty() {
            return Err(Rule::Blank);
        }
        if text.len() > Self::BYTES_MAX {
            return Err(Rule::TooLong {
                bytes_max: Self::BYTES_MAX,
            });
        }
        if text.chars().any(char::is_control) {
            return Err(Rule::ControlCharacters);
        }
        Ok(Self(text.into()))
    }
}

text_type! {
    /// Name of a kind of object: `[A-Za-z0-9_-]{1,64}` (docs/reference/02-content.md §2).
    ObjectType
}

impl ObjectType {
    /// Longest accepted type name, in bytes.
    pub const BYTES_MAX: usize = 64;

    pub fn new(text: &str) -> Result<Self, Rule> {
        if text.trim().is_empty() {
            return Err(Rule::Blank);
        }
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        if text.len() > Self::BYTES_MAX || !text.bytes().all(allowed) {
            return Err(Rule::NotTypeName);
        }
        Ok(Self(text.into()))
    }

    /// Types whose objects are variants of a master when they come nested in it (docs/reference/02-content.md §4).
    pub fn is_variant(&self) -> bool {
        matches!(self.as_str(), "variant" | "member")
    }
}

text_type! {
    /// Marker of one full upload, any non-empty text (docs/reference/03-update-by-query-and-generations.md §4).
    Generation
}

impl Generation {
    /// Longest accepted marker, in bytes of UTF-8.
    pub const BYTES_MAX: usize = 1024;

    pub fn new(text: &str) -> Result<Self, Rule> {
        if text.is_empty() {
            return Err(Rule::Blank);
        }
        if text.len() > Self::BYTES_MAX {
            return Err(Rule::TooLong {
                bytes_max: Self::BYTES_MAX,
            });
        }
        Ok(Self(text.into()))
    }
}
