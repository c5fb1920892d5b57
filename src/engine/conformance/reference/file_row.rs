//! What is known of one file. Invariant: its ticket is given once.

use crate::domain::{FileLook, FileTicket, Timestamp, Validators};

/// What is known of one file.
#[derive(Clone, Debug)]
pub(super) struct FileRow {
    pub(super) ticket: FileTicket,
    pub(super) look: FileLook,
    pub(super) validators: Validators,
    pub(super) changed: (Timestamp, FileTicket),
}
