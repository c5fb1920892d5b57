//! What is kept of a file beside its object (docs/reference/02-content.md §8): whether it is to be fetched, when, and what
//! came of the last try. Each backend writes it down in its own way. Invariant: a row stands for an object that is there and
//! was sent as a file with this URL.

use crate::domain::{
    FieldName, FieldValue, FileEnd, FileLook, FileState, FileTask, FileTicket, Identity, Refusal,
    Timestamp, Validators,
};

/// What is known of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    pub ticket: FileTicket,
    pub url: String,
    pub state: FileState,
    /// Tries in vain since it was asked for.
    pub tries: u32,
    pub asked_at: Timestamp,
    /// `None`: not by itself any more.
    pub due: Option<Timestamp>,
    pub changed_at: Timestamp,
    pub fetched_at: Option<Timestamp>,
    pub bytes: Option<u64>,
    pub validators: Validators,
    pub reason: Option<String>,
}

/// What came of a try, as its row keeps it.
#[derive(Debug)]
pub struct Tried {
    state: FileState,
    due: Option<Timestamp>,
    reason: Option<String>,
    /// Of what is there of it now; `None` leaves what is known.
    fetched: Option<(Validators, u64)>,
    /// Nothing is there of it any more.
    is_gone: bool,
    is_in_vain: bool,
}

/// What becomes of the object.
pub(super) enum FileChange {
    /// This was found of it.
    Found(Vec<(FieldName, FieldValue)>),
    /// It says how its file is, and keeps what was found of it, or not.
    Says {
        state: FileState,
        keeps_found: bool,
    },
    Nothing,
}

impl FileRow {
    /// One that is asked for.
    pub fn asked(ticket: FileTicket, url: &str, now: Timestamp) -> Self {
        Self {
            ticket,
            url: url.to_owned(),
            state: FileState::Waiting,
            tries: 0,
            asked_at: now,
            due: Some(now),
            changed_at: now,
            fetched_at: None,
            bytes: None,
            validators: Validators::default(),
            reason: None,
        }
    }

    /// Whether the object that names this URL needs no other row: that was asked for before, and nothing is `new` about it.
    pub fn stands_for(&self, url: &str, is_new: bool) -> bool {
        !is_new && self.url == url
    }

    /// It is to be fetched again, whatever is there of it. No two times of asking are the same.
    pub fn ask_again(&mut self, now: Timestamp) {
        let later = Timestamp::from_millis(self.asked_at.as_millis().saturating_add(1));
        self.state = FileState::Waiting;
        self.tries = 0;
        self.asked_at = now.max(later);
        self.due = Some(now);
        self.changed_at = now;
        self.reason = None;
    }

    /// Keeps what came of a try. A file that was asked for again meanwhile waits for another one.
    pub fn end(&mut self, task: &FileTask, tried: Tried, now: Timestamp) {
        self.state = tried.state;
        self.due = tried.due;
        self.reason = tried.reason;
        self.changed_at = now;
        self.tries = if tried.is_in_vain { self.tries + 1 } else { 0 };
        if tried.state == FileState::Fetched {
            self.fetched_at = Some(now);
        }
        if tried.is_gone {
            (self.fetched_at, self.bytes) = (None, None);
            self.validators = Validators::default();
        }
        if let Some((validators, bytes)) = tried.fetched {
            (self.validators, self.bytes) = (validators, Some(bytes));
        }
        if self.asked_at > task.asked_at {
            self.state = FileState::Waiting;
            self.tries = 0;
            self.due = Some(self.asked_at);
            self.reason = None;
        }
    }

    pub fn into_task(self, identity: Identity) -> FileTask {
        FileTask {
            identity,
            ticket: self.ticket,
            url: self.url,
            asked_at: self.asked_at,
            tries: self.tries,
            validators: self.validators,
        }
    }

    pub fn into_look(self, identity: Identity) -> FileLook {
        FileLook {
            identity,
            url: self.url,
            state: self.state,
            tries: self.tries,
            asked_at: self.asked_at,
            due: self.due,
            fetched_at: self.fetched_at,
            bytes: self.bytes,
            reason: self.reason,
        }
    }
}

impl Tried {
    /// What a try does to the object, and what its row keeps if that is done.
    pub(super) fn of(end: FileEnd) -> (FileChange, Self) {
        match end {
            FileEnd::Found {
                file,
                validators,
                bytes,
                due,
            } => (
                FileChange::Found(file.into_attributes()),
                Self {
                    due,
                    fetched: Some((validators, bytes)),
                    ..Self::well()
                },
            ),
            FileEnd::Unchanged { due } => (
                FileChange::Says {
                    state: FileState::Fetched,
                    keeps_found: true,
                },
                Self {
                    due,
                    ..Self::well()
                },
            ),
            FileEnd::Later { reason, due } => (
                FileChange::Nothing,
                Self {
                    state: FileState::Waiting,
                    due: Some(due),
                    ..Self::in_vain(reason)
                },
            ),
            FileEnd::Failed { reason, is_gone } => (
                FileChange::Says {
                    state: FileState::Failed,
                    keeps_found: !is_gone,
                },
                Self {
                    is_gone,
                    ..Self::in_vain(reason)
                },
            ),
        }
    }

    /// The site has no room for what was found.
    pub(super) fn not_kept(refusal: &Refusal) -> Self {
        Self::in_vain(why_not_kept(refusal))
    }

    fn well() -> Self {
        Self {
            state: FileState::Fetched,
            due: None,
            reason: None,
            fetched: None,
            is_gone: false,
            is_in_vain: false,
        }
    }

    /// It is not tried again by itself.
    fn in_vain(reason: String) -> Self {
        Self {
            state: FileState::Failed,
            reason: Some(reason),
            is_in_vain: true,
            ..Self::well()
        }
    }
}

/// Why what was found cannot be kept, for people.
pub fn why_not_kept(refusal: &Refusal) -> String {
    let reason = crate::domain::refusal_reason(refusal);
    format!("the text cannot be kept: {reason}")
}
