//! Cases written by hand, one file a subject. Invariant: a case says by itself what is right.

mod activity;
mod commits;
mod documents;
pub(in crate::engine) mod events;
mod explained;
mod facets;
mod files;
mod filters;
mod inspection;
mod jobs;
mod lifecycle;
mod pages;
mod partly;
mod patches;
mod reads;
mod receipts;
mod refusals;
mod results;
mod scopes;
mod sorts;
mod sources;
mod texts;
mod variants;
mod visibility;
mod words;
mod writes;
