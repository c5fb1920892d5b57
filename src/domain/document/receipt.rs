//! What became of a document that was accepted for later (docs/reference/10-swiftype.md §5).

use super::{DocumentPlace, DocumentProblem};
use crate::domain::identity::ObjectType;

/// What is known of one accepted document.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    /// The second since the epoch it was given out in, and its number among those of the engine.
    pub second: i64,
    pub counter: u32,
    pub object_type: ObjectType,
    /// `None` when the document had none.
    pub external_id: Option<String>,
    pub state: ReceiptState,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ReceiptState {
    /// On the disk, not yet found by a search.
    Pending,
    /// Found by a search from now on, or gone again.
    Complete(DocumentPlace),
    Failed(DocumentProblem),
}

impl Receipt {
    /// How long a receipt is kept, in seconds.
    pub const KEPT_S: i64 = 24 * 60 * 60;
}
