//! Sites of a data folder in one file, and back. Invariant: what is called a backup is whole: it has a manifest with the
//! size and the checksum of everything in it, which is written last, and it is compared with that before anything is
//! done with it.
//!
//! | file | for |
//! |---|---|
//! | `error` | what keeps a backup from being made or put back |
//! | `manifest` | what a backup says of itself |
//! | `archive` | the file: an ordinary tar, written and read |
//! | `workplace` | where a backup is made |
//! | `make` | copies of running sites, looked at and written down |
//! | `verify` | whether a file is a whole backup |
//! | `restore` | sites put in their places |

mod archive;
mod error;
mod make;
mod manifest;
mod restore;
mod verify;
mod workplace;

pub use error::BackupError;
pub use make::make;
pub use manifest::{LeftOut, Manifest, SiteCopy};
pub use restore::{Restore, RestoredSite};
pub use verify::verify;
