//! Objects that are files: what they say becomes searchable. Invariant: nothing of a foreign file is read within the
//! server's own process.

pub mod extract;
