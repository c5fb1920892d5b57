//! The log of a site in the cluster: an index with its head, its entries and a copy of what they count. Invariants: an entry is
//! made where there is none and never changed; what the head says to be gone is read by nobody.
//!
//! Everything is read by its id, which sees what was acknowledged, whatever searches see.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::entry::KeptEntry;
use crate::engine::opensearch::client::{Call, CallError, Method};
use crate::engine::opensearch::cluster::{Cluster, Place};
use crate::engine::opensearch::layout::names::Names;

/// Of what is written here. An index of another version is left alone.
const VERSION: u64 = 1;

const HEAD: &str = "head";

/// What the log says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// Tells it from another log of the same name.
    pub(super) log: String,
    pub(super) secret: String,
    /// When it was begun, by the clock of who did.
    pub(super) begun: i64,
    /// Entries up to this one are gone.
    pub(super) floor: u64,
    /// None of those up to this one is left.
    pub(super) swept: u64,
    pub(super) copy: Option<Copy>,
    /// Somebody is making another copy.
    pub(super) making: Option<Making>,
    /// Copies that will never count any more, of which something may be left.
    pub(super) old: Vec<String>,
}

/// What was counted up to an entry, in pieces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Copy {
    pub(super) name: String,
    pub(super) upto: u64,
    pub(super) pieces: u64,
    /// Of the pieces put together.
    pub(super) hash: String,
    /// The same.
    pub(super) size: u64,
    /// Of the log up to there.
    pub(super) log_bytes: u64,
    /// When it was made, by the clock of who did.
    pub(super) at: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Making {
    pub(super) name: String,
    pub(super) at: i64,
}

#[derive(Serialize, Deserialize)]
struct Piece {
    /// Of which copy.
    piece_of: String,
    data: String,
}

impl Head {
    pub(super) fn new(log: String, secret: &[u8; 32], begun: i64) -> Self {
        Self {
            log,
            secret: hex(secret),
            begun,
            floor: 0,
            swept: 0,
            copy: None,
            making: None,
            old: Vec::new(),
        }
    }

    pub(super) fn secret(&self) -> Option<[u8; 32]> {
        let digits = self.secret.as_bytes();
        let mut bytes = [0; 32];
        if digits.len() != 2 * bytes.len() {
            return None;
        }
        for (byte, digits) in bytes.iter_mut().zip(digits.chunks(2)) {
            let digits = std::str::from_utf8(digits).ok()?;
            *byte = u8::from_str_radix(digits, 16).ok()?;
        }
        Some(bytes)
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The index of a log: what is deleted is looked for by number and by copy, and nothing else is ever searched.
fn index(alias: &str, replicas: u32) -> Value {
    json!({
        "aliases": { alias: {} },
        "settings": {
            "number_of_shards": 1,
            "number_of_replicas": replicas,
            "codec": "best_compression",
        },
        "mappings": {
            "_meta": { "events": VERSION },
            "dynamic": false,
            "properties": {
                "number": { "type": "long" },
                "piece_of": { "type": "keyword" },
            },
        },
    })
}

/// The log of one site.
#[derive(Clone, Copy)]
pub(super) struct Log<'c> {
    pub(super) cluster: &'c Cluster,
    pub(super) alias: &'c str,
}

/// What was found behind an entry.
pub(super) struct Tail {
    pub(super) head: Head,
    /// Without a gap.
    pub(super) entries: Vec<KeptEntry>,
    /// As many as were asked for: there may be more.
    pub(super) is_full: bool,
}

impl Log<'_> {
    /// Makes the index and the head where there are none.
    pub(super) async fn open(&self, first: &Head) -> Result<(), CallError> {
        let ask = Call::get(format!("/{}/_mapping", self.alias));
        if let Some(answer) = self.cluster.client.find(&ask).await? {
            is_ours(&answer.read()?)?;
        } else {
            let path = format!("/{}", Names::index(self.alias, 1));
            let index = index(self.alias, self.cluster.copies.replicas);
            let make = Call::repeatable(Method::PUT, path).with_json(&index);
            match self.cluster.client.call(&make).await {
                Err(error) if !error.is("resource_already_exists_exception") => {
                    return Err(error);
                }
                _ => {}
            }
        }
        match self.put_head(first, None).await {
            // Somebody else was faster, or it was there.
            Err(error) if !error.is_conflict() => Err(error),
            _ => Ok(()),
        }
    }

    pub(super) async fn head(&self) -> Result<Option<(Head, Place)>, CallError> {
        self.cluster.get(self.alias, HEAD).await
    }

    /// Changes the head that was read in this place.
    pub(super) async fn put_head(
        &self,
        head: &Head,
        read: Option<Place>,
    ) -> Result<Place, CallError> {
        let head = document(head)?;
        self.cluster.put_if(self.alias, HEAD, &head, read).await
    }

    /// The head, and so many entries behind one; `None` where there is no log.
    pub(super) async fn tail(&self, behind: u64, most: u64) -> Result<Option<Tail>, CallError> {
        // The head last: what it says to be gone was looked for before that was said, or is gone.
        let entries = (behind + 1..=behind + most).map(entry_id);
        let ids: Vec<String> = entries.chain([HEAD.to_owned()]).collect();
        let mut found = match self.cluster.get_all(self.alias, &ids).await {
            Ok(found) => found,
            // Perhaps there is none: a document of an index that is not there is told as an error of its own.
            Err(error) => {
                return match self.head().await? {
                    Some(_) => Err(error),
                    None => Ok(None),
                };
            }
        };
        let Some(head) = found.pop().flatten() else {
            return Ok(None);
        };
        let head = read(&head)?;
        let there: Vec<Box<RawValue>> = found.into_iter().map_while(|entry| entry).collect();
        let entries: Vec<KeptEntry> = there
            .iter()
            .map(|entry| read(entry))
            .collect::<Result<_, _>>()?;
        Ok(Some(Tail {
            head,
            is_full: entries.len() as u64 == most,
            entries,
        }))
    }

    /// What is there under a number.
    pub(super) async fn entry(&self, number: u64) -> Result<Option<KeptEntry>, CallError> {
        let found = self.cluster.get(self.alias, &entry_id(number)).await?;
        Ok(found.map(|(entry, _)| entry))
    }

    /// Writes an entry where there is none.
    pub(super) async fn append(&self, entry: &KeptEntry) -> Result<(), CallError> {
        let (id, document) = (entry_id(entry.number), document(entry)?);
        let written = self.cluster.put_if(self.alias, &id, &document, None);
        written.await.map(drop)
    }

    /// Takes an entry away that nobody reads.
    pub(super) async fn remove(&self, number: u64) -> Result<(), CallError> {
        let path = format!("/{}/_doc/{}", self.alias, entry_id(number));
        let remove = Call::repeatable(Method::DELETE, path);
        self.cluster.client.find(&remove).await.map(drop)
    }

    pub(super) async fn put_piece(
        &self,
        of: &str,
        number: u64,
        data: String,
    ) -> Result<(), CallError> {
        let piece = document(&Piece {
            piece_of: of.to_owned(),
            data,
        })?;
        let path = format!(
            "/{}/_doc/{}?require_alias=true",
            self.alias,
            piece_id(of, number)
        );
        let call = Call::repeatable(Method::PUT, path).with_json(&piece);
        self.cluster.client.call(&call).await.map(drop)
    }

    pub(super) async fn piece(&self, of: &str, number: u64) -> Result<Option<String>, CallError> {
        let found = self.cluster.get(self.alias, &piece_id(of, number)).await?;
        Ok(found.map(|(piece, _): (Piece, _)| piece.data))
    }

    /// Deletes what the head says to be gone; whether none of it is left.
    pub(super) async fn sweep(&self, head: &Head) -> Result<bool, CallError> {
        let gone = gone(head);
        self.cluster.refresh(self.alias).await?;
        if self.cluster.count(self.alias, &gone).await? == 0 {
            return Ok(true);
        }
        self.cluster.begin_delete(self.alias, &gone).await?;
        Ok(false)
    }
}

/// Entries up to the floor, and pieces of old copies.
fn gone(head: &Head) -> Value {
    json!({ "bool": { "should": [
        { "range": { "number": { "lte": head.floor } } },
        { "terms": { "piece_of": head.old } },
    ]}})
}

fn entry_id(number: u64) -> String {
    format!("entry:{number}")
}

fn piece_id(of: &str, number: u64) -> String {
    format!("piece:{of}:{number}")
}

fn document(of: &impl Serialize) -> Result<Value, CallError> {
    serde_json::to_value(of).map_err(|error| CallError::Unreadable(error.to_string()))
}

fn read<T: for<'d> Deserialize<'d>>(document: &RawValue) -> Result<T, CallError> {
    serde_json::from_str(document.get()).map_err(|error| CallError::Unreadable(error.to_string()))
}

/// Whether an index was made as this program makes it.
fn is_ours(answer: &Value) -> Result<(), CallError> {
    let indices = answer.as_object().into_iter().flat_map(|all| all.values());
    for index in indices {
        let version = index["mappings"]["_meta"]["events"].as_u64();
        if version != Some(VERSION) {
            return Err(CallError::Unreadable(format!(
                "the log of events is of version {version:?}, and this server writes version {VERSION}"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_keeps_its_secret() {
        let secret: [u8; 32] = std::array::from_fn(|at| at as u8 * 7);
        let head = Head::new("l".to_owned(), &secret, 0);
        assert_eq!(head.secret(), Some(secret));
        let broken = Head {
            secret: "ž".repeat(32),
            ..head
        };
        assert_eq!(broken.secret(), None);
    }

    #[test]
    fn what_is_gone_is_below_the_floor_or_of_an_old_copy() {
        let head = Head {
            floor: 7,
            old: vec!["a".to_owned()],
            ..Head::new("l".to_owned(), &[1; 32], 0)
        };
        let expected = json!({ "bool": { "should": [
            { "range": { "number": { "lte": 7 } } },
            { "terms": { "piece_of": ["a"] } },
        ]}});
        assert_eq!(gone(&head), expected);
    }
}
