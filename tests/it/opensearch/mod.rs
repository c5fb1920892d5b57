//! The server on a cluster (docs/opensearch.md), through its doors.

mod faults;
mod files;
mod kills;
mod line;
mod moves;
mod operation;
mod writes;
