//! What is known of a file, as a part of the document of its object: so it is written, and goes, with it. Invariant: what is
//! read back is what was written.

use serde::{Deserialize, Serialize};

use crate::domain::{FileState, FileTicket, Timestamp, Validators, host_of};
use crate::engine::plan::FileRow;

/// Parts that the hosts of all files fall into, for those who share the fetching.
pub(in crate::engine::opensearch) const SLOTS: u8 = 64;

/// Which of them a host is in.
pub(in crate::engine::opensearch) fn slot_of(host: &str) -> u8 {
    blake3::hash(host.as_bytes()).as_bytes()[0] % SLOTS
}

#[derive(Debug, Serialize, Deserialize)]
pub(in crate::engine::opensearch) struct StoredFile {
    ticket: u64,
    url: String,
    host: String,
    slot: u8,
    state: String,
    tries: u32,
    asked: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<i64>,
    changed: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    fetched: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modified: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl StoredFile {
    pub(in crate::engine::opensearch) fn of(row: &FileRow) -> Self {
        let host = host_of(&row.url);
        Self {
            ticket: row.ticket.0,
            url: row.url.clone(),
            slot: slot_of(&host),
            host,
            state: row.state.as_str().to_owned(),
            tries: row.tries,
            asked: row.asked_at.as_millis(),
            due: row.due.map(Timestamp::as_millis),
            changed: row.changed_at.as_millis(),
            fetched: row.fetched_at.map(Timestamp::as_millis),
            bytes: row.bytes,
            etag: row.validators.etag.clone(),
            last_modified: row.validators.last_modified.clone(),
            reason: row.reason.clone(),
        }
    }

    /// `None` for what was not written by this server.
    pub(in crate::engine::opensearch) fn read(self) -> Option<FileRow> {
        Some(FileRow {
            ticket: FileTicket(self.ticket),
            url: self.url,
            state: FileState::from_name(&self.state)?,
            tries: self.tries,
            asked_at: Timestamp::from_millis(self.asked),
            due: self.due.map(Timestamp::from_millis),
            changed_at: Timestamp::from_millis(self.changed),
            fetched_at: self.fetched.map(Timestamp::from_millis),
            bytes: self.bytes,
            validators: Validators {
                etag: self.etag,
                last_modified: self.last_modified,
            },
            reason: self.reason,
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_back_as_it_was() {
        let at = Timestamp::from_millis;
        let asked = FileRow::asked(FileTicket(7), "https://A.example/x", at(5));
        let tried = FileRow {
            state: FileState::Failed,
            tries: 3,
            due: None,
            changed_at: at(9),
            fetched_at: Some(at(8)),
            bytes: Some(70),
            validators: Validators {
                etag: Some("\"1\"".to_owned()),
                last_modified: Some("yesterday".to_owned()),
            },
            reason: Some("the server answered 503".to_owned()),
            ..asked.clone()
        };
        for row in [asked, tried] {
            let text = serde_json::to_string(&StoredFile::of(&row)).unwrap();
            assert!(text.contains("\"host\":\"a.example\""), "{text}");
            let stored: StoredFile = serde_json::from_str(&text).unwrap();
            assert_eq!(stored.read(), Some(row));
        }
    }
}
