//! What a person asks of a data folder. Invariant: looking changes nothing and may be done beside a running server.
//!
//! | file | for |
//! |---|---|
//! | `check` | whether stores and indexes are whole and agree |
//! | `backup` | sites in one file, and back: made beside a running server, put back without one |
//! | `condition` | how a site lies on the disk, at a glance |
//! | `rebuild` | an index made again, names freed; no server may be running |
//! | `names` | who uses up the names of a site |
//! | `objects` | all objects, page by page, and what is kept beside them, for another backend |
//! | `queries` | what visitors searched for in vain |

pub mod backup;
pub mod check;
pub mod condition;
pub mod names;
pub mod objects;
pub mod queries;
pub mod rebuild;
