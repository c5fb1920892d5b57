//! The server on a cluster (docs/opensearch.md), through its doors.

mod changes;
mod documents;
mod events;
mod faults;
mod files;
mod frozen;
mod handover;
mod kills;
mod line;
mod messages;
mod moved;
mod moved_work;
mod moves;
mod operation;
mod rebuild;
mod three;
mod variants;
mod writes;
