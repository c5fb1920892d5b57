//! What is kept of documents beside their catalog, in documents of the control index; pure. Invariant: what one process wrote every other one
//! reads the same.
//!
//! | document | content |
//! |---|---|
//! | `type:SITE:NUMBER` | a document type, and what is declared in it |
//! | `receipts:SITE:BLOCK` | receipts of a batch |
//! | `clicks:SITE:DAY` | clicks by type |

mod book;
mod clicks;
mod ids;
mod receipts;
mod types;

pub(super) use book::{Book, KeptType};
pub(super) use clicks::{Clicks, id as clicks_id};
pub(super) use ids::{Stamps, names_of};
pub(super) use receipts::id as receipts_id;
pub(super) use receipts::{BLOCK as RECEIPTS_AT_ONCE, Block as ReceiptBlock, ReceiptBook};
pub(super) use types::{KnownSchema, Stored as StoredType, encode as encode_type, id as type_id};
