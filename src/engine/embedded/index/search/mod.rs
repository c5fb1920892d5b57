//! One search, all of it together: hits, count, facets, explanations.
//!
//! | file | for |
//! |---|---|
//! | `execute` | leads one search through the stages |
//! | `context` | one state of the index, and what is looked up before anything is found |
//! | `collector` | one walk: total, best hits, the documents facets are counted over |
//! | `collapse` | variants that are one hit |
//! | `faceting` | which documents each facet counts |
//! | `found` | what a search found, before the store supplies objects |
//! | `witnesses` | who shows how a word of a correction is written |
//! | `own_queries` | objects of type `query` that the shop has sent |
//! | `partial` | which words hits have that have not all |
//! | `explain` | the parts of the rank of a hit |

pub(super) mod collapse;
pub(super) mod collector;
pub(super) mod context;
pub(super) mod execute;
pub(super) mod explain;
pub(super) mod facet_plan;
mod faceting;
pub(super) mod found;
pub(super) mod own_queries;
mod partial;
pub(super) mod witnesses;
