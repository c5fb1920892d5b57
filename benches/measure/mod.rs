//! What the benches share: catalogs, a server of their own, load, and how to print. Invariant: what is
//! prepared (reading, parsing, signing keys) lies outside of what is measured.

#![allow(dead_code, reason = "no bench needs all of it")]

pub(crate) mod beside;
pub(crate) mod catalog;
pub(crate) mod ceilings;
pub(crate) mod events;
pub(crate) mod figures;
pub(crate) mod judged;
pub(crate) mod keystrokes;
pub(crate) mod kinds;
pub(crate) mod load;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod queries;
pub(crate) mod random;
pub(crate) mod reads;
pub(crate) mod schedule;
pub(crate) mod sender;
pub(crate) mod server;
pub(crate) mod sets;
pub(crate) mod table;
pub(crate) mod typos;
pub(crate) mod writer;
pub(crate) mod writes;
