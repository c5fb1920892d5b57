//! Files: objects whose text lies elsewhere and is fetched (docs/reference/02-content.md §8). Invariant: what was sent
//! and what was found can always be told apart, and what was found is part of an object whole or not at all.
//!
//! | file | for |
//! |---|---|
//! | `mod` | objects that are files: as they were sent, and with what was found |
//! | `task` | what is to be fetched, and what came of it |

mod task;
#[cfg(test)]
mod tests;

pub use task::{
    FileCounts, FileEnd, FileList, FileLook, FileState, FileTask, FileTicket, FoundFile,
    Validators, host_of,
};

use super::object::Object;
use super::value::{FieldName, FieldValue, Fields};

/// Where the text of a file is; the attribute of an object that says so.
pub const FILE_URL: &str = "url";
/// The text of a file.
pub const FILE_CONTENT: &str = "content";
/// Whether it was fetched.
pub const FILE_STATE: &str = "file_state";
pub const FILE_FORMAT: &str = "file_format";
/// The title that the document gives itself.
pub const FILE_TITLE: &str = "file_title";
pub const FILE_LANGUAGE: &str = "file_language";

/// Longest URL that is fetched.
const URL_BYTES_MAX: usize = 2_048;

/// What makes an object a file: which of its attributes hold what was found, and what was sent under their names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileMark {
    pub found: Vec<FieldName>,
    pub covered: Fields,
}

/// An object with what was found of it before.
#[derive(Debug)]
pub struct SettledFile {
    pub object: Object,
    /// What is there of it is not of this URL: it has to be fetched.
    pub is_new: bool,
}

/// The URL that a value of [`FILE_URL`] is, if it is one that can be fetched.
pub fn fetchable_url(value: &FieldValue) -> Option<&str> {
    // Answers hold values as arrays, and may be sent back.
    let url = match value {
        FieldValue::List(values) if values.len() == 1 => values[0].as_text()?,
        value => value.as_text()?,
    };
    let url = url.trim();
    let has_scheme = |scheme: &str| {
        let start = url.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    let can_be_fetched = has_scheme("http://") || has_scheme("https://");
    (can_be_fetched && url.len() <= URL_BYTES_MAX).then_some(url)
}

impl Object {
    /// The object as a file: it was sent as one.
    #[must_use]
    pub fn into_file(self) -> Self {
        self.with_file_mark(Some(Box::default()))
    }

    pub fn is_file(&self) -> bool {
        self.file_mark().is_some()
    }

    /// Where its text is, if it is a file and names a place that can be fetched.
    pub fn file_url(&self) -> Option<&str> {
        let mark = self.file_mark()?;
        let sent = mark
            .covered
            .get(FILE_URL)
            .or_else(|| self.fields.get(FILE_URL));
        fetchable_url(sent?)
    }

    /// Without what was found.
    #[must_use]
    pub fn as_sent(&self) -> Self {
        let Some(mark) = self.file_mark().filter(|mark| !mark.found.is_empty()) else {
            return self.clone();
        };
        let mut sent = self.clone();
        let fields = sent.fields_mut();
        for name in &mark.found {
            match mark.covered.get(name.as_str()) {
                // In its place, so that what is sent again is the same.
                Some(value) => fields.insert(name.clone(), value.clone()),
                None => drop(fields.remove(name.as_str())),
            }
        }
        sent.with_file_mark(Some(Box::default()))
    }

    /// A file as it was sent, with what was found in the place of what was found before.
    #[must_use]
    pub fn with_found(&self, found: Vec<(FieldName, FieldValue)>) -> Self {
        let mut object = self.as_sent();
        let mut mark = FileMark::default();
        let fields = object.fields_mut();
        for (name, value) in found {
            if let Some(sent) = fields.get(name.as_str()) {
                mark.covered.insert(name.clone(), sent.clone());
            }
            fields.insert(name.clone(), value);
            mark.found.push(name);
        }
        object.with_file_mark(Some(Box::new(mark)))
    }

    /// What was found of it.
    pub fn found(&self) -> Vec<(FieldName, FieldValue)> {
        let names = self.file_mark().into_iter().flat_map(|mark| &mark.found);
        let found = names.filter_map(|name| {
            let value = self.fields.get(name.as_str())?;
            Some((name.clone(), value.clone()))
        });
        found.collect()
    }

    /// A file as it is sent, with what was found of the object that it takes the place of, if that names the same
    /// place. Where files are `fetched`, a new one says that it waits.
    pub fn settled(&self, before: Option<&Object>, are_fetched: bool) -> SettledFile {
        let Some(url) = self.file_url() else {
            return SettledFile {
                object: self.clone(),
                is_new: false,
            };
        };
        if let Some(before) = before.filter(|before| before.file_url() == Some(url)) {
            return SettledFile {
                object: self.with_found(before.found()),
                is_new: false,
            };
        }
        let state = are_fetched.then(|| FileState::Waiting.attribute());
        SettledFile {
            object: self.with_found(state.into_iter().collect()),
            is_new: true,
        }
    }
}
