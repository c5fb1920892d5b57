//! Recommendations as the engine takes them, and the statistics behind them
//! (docs/reference/06-autocomplete-and-others.md §7). Pure: what was bought, seen and sent is handed in. Invariant:
//! what two objects have to do with each other is said by how often that happened, never by a single event.

mod co_purchase;
mod history;
mod likeness;
mod model;
mod spread;

pub use co_purchase::{CoPurchase, Weekly, week_of};
pub use history::{ClientHistory, Remembered};
pub use likeness::{CategoryOf, Profile, Traits};
pub use model::Model;
pub use spread::spread;

use std::collections::HashSet;

use super::event::ClientId;
use super::filter_tree::FilterTree;
use super::identity::Identity;
use super::projection::Projection;
use super::value::FieldName;

/// One place of a page that asks what to show.
#[derive(Clone, Debug)]
pub struct RecommendationQuery {
    pub model: Model,
    /// For whom; `None` for somebody nobody knows.
    pub user: Option<ClientId>,
    /// What it is about: products, or a category, a brand, an article.
    pub about: Vec<Identity>,
    pub never: HashSet<Identity>,
    pub size: usize,
    /// What every object has to meet.
    pub restrictions: Vec<FilterTree>,
    /// Which attribute says whether an object can be had.
    pub availability_field: FieldName,
    pub projection: Projection,
}

impl RecommendationQuery {
    pub const SIZE_DEFAULT: usize = 10;
    pub const SIZE_MAX: usize = 50;
    /// Objects that it can be about; further ones do not count.
    pub const ABOUT_MAX: usize = 10;
    /// Queries of one request.
    pub const BATCH_MAX: usize = 20;
}
