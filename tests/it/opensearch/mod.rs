//! The server on a cluster (docs/opensearch.md), through its doors.

mod events;
mod faults;
mod kills;
mod line;
mod moves;
mod operation;
mod writes;
