//! Files of `SQLite`: the store of a catalog, and what was counted of events. What lies in them is said where they belong.
//!
//! | file | for |
//! |---|---|
//! | `error` | what can go wrong, and how bad it is |
//! | `connection` | connections, which keep what they commit |

mod connection;
mod error;

pub(super) use connection::{BUSY_TIMEOUT, fit_cache, read_from, write_to};
pub(super) use error::{Severity, StoreError};
