//! Every object of a catalog, page by page, in order of first appearance (docs/reference/02-content.md §9).
//! Invariant: an object that is there from the first page to the last is on exactly one of them, whatever is
//! written meanwhile: what is replaced keeps its place, what is new comes last.

use super::identity::ObjectType;
use super::object::Object;
use super::time::Timestamp;

/// Place in the order of first appearance; the default is before everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScanPosition(pub u64);

/// Which objects are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    pub types: TypesWanted,
    /// Only what is active at this instant.
    pub active_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TypesWanted {
    #[default]
    All,
    AllBut(Vec<ObjectType>),
    Only(Vec<ObjectType>),
}

/// Asks for one page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    pub scope: Scope,
    pub after: ScanPosition,
    pub limit: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ScanPage {
    /// At most as many as asked for; fewer where they are large.
    pub objects: Vec<Object>,
    /// Where to go on; `None` on the last page.
    pub next: Option<ScanPosition>,
}
