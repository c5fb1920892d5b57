//! Why there is no text. Invariant: each reason is a sentence that tells people what is the matter with their file, or
//! that nothing is.

use super::Format;

/// Why a file gave no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    #[error("its format is not one that text can be read from ({0})")]
    UnknownFormat(String),
    #[error("the file is empty")]
    Empty,
    #[error("the file is encrypted")]
    Encrypted,
    #[error("the file is damaged: {0}")]
    Damaged(String),
    #[error("the file unfolds to more than {0} MB")]
    Unfolds(u64),
    #[error("reading it took more than {0} s of processor time")]
    Processor(u64),
    #[error("reading it took more than {0} MB of memory")]
    Memory(u64),
    #[error("reading it took more than {0} s")]
    Time(u64),
    #[error("this build reads plain text in UTF-8 only, not {}", .0.name())]
    NotBuiltIn(Format),
    #[error("what reads it failed: {0}")]
    Failed(String),
    #[error("what reads it was ended from outside: {0}")]
    Ended(String),
    #[error("what reads it could not be started: {0}")]
    NotStarted(String),
    #[error("the file could not be opened: {0}")]
    NotOpened(String),
}

impl Reason {
    /// Whether the same bytes would fail again. What is not final is the machine's: it was busy, or had no room.
    pub fn is_final(&self) -> bool {
        match self {
            Self::UnknownFormat(_)
            | Self::Empty
            | Self::Encrypted
            | Self::Damaged(_)
            | Self::Unfolds(_)
            | Self::Processor(_)
            | Self::Memory(_)
            | Self::NotBuiltIn(_)
            | Self::Failed(_) => true,
            Self::Time(_) | Self::Ended(_) | Self::NotStarted(_) | Self::NotOpened(_) => false,
        }
    }

    pub(super) fn damaged(what: impl std::fmt::Display) -> Self {
        /// Libraries put pieces of the file into their words.
        const CHARS_MAX: usize = 200;
        let words = what.to_string();
        let shown = |c: char| if c.is_control() { ' ' } else { c };
        Self::Damaged(words.chars().take(CHARS_MAX).map(shown).collect())
    }
}
