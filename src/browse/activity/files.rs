//! Files of a site: how many wait, and what became of the last ones. Invariant: why one failed is told to who may look,
//! and nowhere else: what the server can reach is nothing that shoppers need to know.

use crate::browse::chart::count;
use crate::browse::link;
use crate::browse::value::{LONG_CHARS, cut, when};
use crate::domain::{FileList, FileLook, FileState};

/// Files that are listed.
pub(super) const FILES_MAX: usize = 50;

pub(super) struct FilesPart {
    pub(super) are_fetched: bool,
    pub(super) waiting: String,
    pub(super) fetched: String,
    pub(super) failed: String,
    pub(super) rows: Vec<FileRow>,
}

pub(super) struct FileRow {
    pub(super) identity: String,
    pub(super) href: String,
    pub(super) url: String,
    pub(super) state: &'static str,
    pub(super) look: &'static str,
    pub(super) reason: Option<String>,
    pub(super) tries: u32,
    pub(super) size: String,
    pub(super) fetched: String,
    pub(super) due: String,
}

impl FilesPart {
    /// `None` where there are no files.
    pub(super) fn of(list: FileList, are_fetched: bool, root: &str, site: &str) -> Option<Self> {
        let FileList { counts, listed } = list;
        (counts.all() > 0).then(|| Self {
            are_fetched,
            waiting: count(counts.waiting),
            fetched: count(counts.fetched),
            failed: count(counts.failed),
            rows: listed
                .into_iter()
                .map(|look| FileRow::of(look, root, site))
                .collect(),
        })
    }
}

impl FileRow {
    fn of(look: FileLook, root: &str, site: &str) -> Self {
        let style = match look.state {
            FileState::Waiting => "wait",
            FileState::Fetched => "good",
            FileState::Failed => "bad",
        };
        Self {
            href: link::of_object(root, site, look.identity.as_str()),
            identity: look.identity.to_string(),
            url: cut(&look.url, LONG_CHARS),
            state: look.state.as_str(),
            look: style,
            reason: look.reason,
            tries: look.tries,
            size: look.bytes.map(count).unwrap_or_default(),
            fetched: look.fetched_at.map(when).unwrap_or_default(),
            due: look.due.map(when).unwrap_or_default(),
        }
    }
}
