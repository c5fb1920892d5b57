//! A catalog of one backend made into the catalog of another one, with all that its clients can ask for. Invariant: what is the same
//! already is left alone, so it may be done again at any time, and the last time, when nothing is written to the first one any
//! more, makes them the same.
//!
//! | file | for |
//! |---|---|
//! | `kept` | a catalog as it is kept, whoever keeps it, and the doors to that |
//! | `objects` | objects |
//! | `types` | document types that are not what they should be |
//! | `beside` | what is kept beside objects |
//! | `done` | what may still be asked of requests that were answered: receipts and jobs |

mod beside;
mod done;
mod kept;
mod objects;
mod types;

pub use beside::differences;
pub use kept::{
    Beside, Given, KeptJobs, KeptObject, KeptPage, KeptReceipt, MovedFrom, MovedTo, ReceiptPage,
    RefusedUploadNote,
};
pub use objects::{Tally, Target, Transferred, tally};

use super::EngineError;
use crate::domain::{SourceName, TrackerId};

/// Writes and deletes whatever is not the same. The bookmarks are of these sources.
pub async fn transfer(
    from: &dyn MovedFrom,
    to: Target<'_>,
    site: &TrackerId,
    sources: &[SourceName],
) -> Result<Transferred, EngineError> {
    types::drop_others(from, to, site).await?;
    let done = objects::transfer(from, to, site).await?;
    done::transfer(from, to, site).await?;
    beside::transfer(from, to, site, sources).await?;
    Ok(done)
}
