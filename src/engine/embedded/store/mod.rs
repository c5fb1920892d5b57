//! The truth of one site: a `SQLite` file, and all SQL of it. One writer at a time, any number of
//! readers; what [`Transaction::commit`] returned from is on the disk.
//!
//! | table | content |
//! |---|---|
//! | `meta` | one row: format, store id, counters |
//! | `heads` | what each identity is now ([`heads`], [`head_row`]) |
//! | `versions` | immutable contents ([`versions`]), read back by [`contents`] |
//! | `log` | what the index has yet to commit, and versions to delete ([`log`]) |
//! | `schema`, `attribute_numbers` | attribute types and the numbers of attributes ([`attributes`]) |
//! | `jobs`, `job_pages`, `job_refusals` | background work ([`jobs`]) |
//! | `engine` | what the site is as an engine of documents ([`engines`]) |
//! | `document_types`, `document_fields`, `documents` | what documents declared, when each was created ([`documents`]) |
//! | `clicks` | how often results were clicked ([`clicks`]) |
//! | `expiry` | how far the deletion of expired objects has come ([`expiry`]) |
//! | `last_writes` | when each type was written to last ([`last_writes`]) |
//! | `files` | files that are fetched, and what came of it ([`files`]) |
//! | `refused_uploads` | objects whose newest upload was refused ([`refused_uploads`]) |
//! | `refused` | what was refused in the last day ([`refused`]) |
//! | `receipts` | what became of documents accepted for later ([`receipts`]) |
//! | `sources` | how far sources have been read ([`sources`]) |
//!
//! | file | for |
//! |---|---|
//! | `open`, `connection`, `meta` | a store opened or made, its connections, what it says of itself |
//! | `upgrade` | a store of an earlier format made one of this |
//! | `reader`, `writer` | any number that read, one that writes |
//! | `head`, `origin` | what a head says, and where its object came from |
//! | `contents`, `decoded`, `codec` | contents read back: as heads say, as they lie there, their form |
//! | `head_cache`, `known_mentions`, `written_types` | what the writer keeps at hand |
//! | `known_heads` | what a transaction does to heads |
//! | `listing`, `unused_names` | walks over all objects, over all contents |
//! | `survey`, `preview` | what there is, and what a commit would delete, for people who look |
//! | `copy`, `restored` | the file as of one moment, beside whoever writes; one that was put back |
//! | `damaged`, `examine`, `sums`, `wal` | what was not what was written, and how that is found |

pub(super) mod attributes;
pub(super) mod clicks;
pub(super) mod codec;
mod connection;
pub(super) mod contents;
mod copy;
mod damaged;
mod decoded;
pub(super) mod documents;
pub(super) mod engines;
mod examine;
pub(super) mod expiry;
mod extent;
#[cfg(test)]
pub(super) mod faults;
pub(super) mod files;
mod head;
mod head_cache;
pub(super) mod head_row;
pub(super) mod heads;
pub(super) mod jobs;
mod known_heads;
mod known_mentions;
pub(super) mod last_writes;
mod leb128;
pub(super) mod listing;
pub(super) mod log;
mod meta;
mod open;
mod origin;
pub(super) mod preview;
mod reader;
pub(super) mod receipts;
pub(super) mod refused;
pub(super) mod refused_uploads;
mod restored;
pub(super) mod sources;
mod sums;
pub(super) mod survey;
pub(super) mod unused_names;
mod upgrade;
pub(super) mod versions;
pub(super) mod wal;
mod weight;
mod writer;
mod written_types;

pub(super) use connection::path;
pub(super) use contents::StoredObject;
pub(super) use copy::Moment;
pub(super) use damaged::Damaged;
pub(super) use examine::{examine, findings};
pub(super) use extent::require_whole;
pub(super) use meta::{FORMAT, Meta, read_format, read_meta};
pub(super) use open::{fold_log, make, open_or_create};
pub(super) use reader::{Reader, Readers};
pub(super) use restored::settle;
/// What reads a store; statements are made of it here alone.
pub(super) use rusqlite::Connection;
pub(super) use writer::{Transaction, Writer};

pub(super) use crate::engine::sqlite::{Severity, StoreError};
