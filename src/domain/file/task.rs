//! What is to be fetched, and what came of it. Invariant: a ticket stands for one URL of one object, and is never given
//! twice, so that what is brought late is known to be late.

use super::{FILE_CONTENT, FILE_FORMAT, FILE_LANGUAGE, FILE_STATE, FILE_TITLE};
use crate::domain::{FieldName, FieldValue, Identity, Timestamp};

/// Of one URL of one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileTicket(pub u64);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// To be fetched, now or later.
    Waiting,
    Fetched,
    /// It could not be fetched, or nothing can be made of it.
    Failed,
}

impl FileState {
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Fetched, Self::Failed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Fetched => "fetched",
            Self::Failed => "failed",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// What an object says of it.
    pub fn attribute(self) -> (FieldName, FieldValue) {
        (FieldName::new(FILE_STATE), self.as_str().into())
    }
}

/// What a server said of a file, so that it can be asked whether there is another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

/// A file that is to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileTask {
    pub identity: Identity,
    pub ticket: FileTicket,
    pub url: String,
    /// When it was asked for last. Whoever asks later means what is there then.
    pub asked_at: Timestamp,
    /// How often it was tried in vain since it was asked for.
    pub tries: u32,
    /// Of what is there of it; none where nothing is.
    pub validators: Validators,
}

impl FileTask {
    /// Whom it asks, so that nobody is asked for too much at a time.
    pub fn host(&self) -> String {
        host_of(&self.url)
    }
}

/// Host and port of a URL as they are written, without regard to case.
pub fn host_of(url: &str) -> String {
    let (_, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.to_lowercase()
}

/// The text of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFile {
    pub content: String,
    pub format: &'static str,
    pub title: Option<String>,
    pub language: Option<String>,
}

impl FoundFile {
    /// As attributes.
    pub fn into_attributes(self) -> Vec<(FieldName, FieldValue)> {
        let texts = [
            (FILE_CONTENT, Some(self.content)),
            (FILE_FORMAT, Some(self.format.to_owned())),
            (FILE_TITLE, self.title),
            (FILE_LANGUAGE, self.language),
        ];
        let texts = texts.into_iter().filter_map(|(name, text)| {
            let text = text.filter(|text| !text.trim().is_empty())?;
            Some((FieldName::new(name), FieldValue::Text(text)))
        });
        texts.chain([FileState::Fetched.attribute()]).collect()
    }
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileEnd {
    Found {
        file: FoundFile,
        validators: Validators,
        /// Length of what was fetched.
        bytes: u64,
        /// When it is looked after, if ever.
        due: Option<Timestamp>,
    },
    /// The server has what was fetched before.
    Unchanged { due: Option<Timestamp> },
    /// It is tried again then.
    Later { reason: String, due: Timestamp },
    /// It is not tried again by itself.
    Failed {
        reason: String,
        /// There is no such file any more: what was found before goes.
        is_gone: bool,
    },
}

impl FileEnd {
    /// What the words of it take.
    pub fn text_bytes(&self) -> usize {
        match self {
            Self::Found { file, .. } => {
                let beside = [&file.title, &file.language];
                let beside = beside.into_iter().flatten().map(String::len);
                file.content.len() + beside.sum::<usize>()
            }
            Self::Later { reason, .. } | Self::Failed { reason, .. } => reason.len(),
            Self::Unchanged { .. } => 0,
        }
    }
}

/// How a file is, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLook {
    pub identity: Identity,
    pub url: String,
    pub state: FileState,
    /// Tries in vain since it was asked for.
    pub tries: u32,
    pub asked_at: Timestamp,
    /// When it is fetched next, or is looked after.
    pub due: Option<Timestamp>,
    /// When what is there of it was fetched, or last found to be what the server has.
    pub fetched_at: Option<Timestamp>,
    /// Length of what was fetched.
    pub bytes: Option<u64>,
    /// Why the last try failed.
    pub reason: Option<String>,
}

/// Files of a site, by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileCounts {
    pub waiting: u64,
    pub fetched: u64,
    pub failed: u64,
}

impl FileCounts {
    pub fn all(&self) -> u64 {
        self.waiting + self.fetched + self.failed
    }

    pub fn add(&mut self, state: FileState, count: u64) {
        match state {
            FileState::Waiting => self.waiting += count,
            FileState::Fetched => self.fetched += count,
            FileState::Failed => self.failed += count,
        }
    }
}

/// Files of a site: those that something has happened to last come first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileList {
    pub counts: FileCounts,
    pub listed: Vec<FileLook>,
}
