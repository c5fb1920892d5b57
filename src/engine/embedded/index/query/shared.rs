//! What the walks of one search share: effort, trees and distances. Invariant: each is worked out once.

use std::cell::RefCell;
use std::sync::Arc;

use tantivy::query::Query;

use super::boolean::{BooleanTree, BooleanTreeQuery};
use super::distance::Distances;
use crate::domain::TypeFilter;
use crate::engine::embedded::index::effort::Effort;

/// What one search has worked out.
pub(in super::super) struct Shared {
    effort: Arc<Effort>,
    distances: Arc<Distances>,
    trees: RefCell<Vec<(TypeFilter, BooleanTreeQuery)>>,
}

impl Default for Shared {
    /// Of work of our own.
    fn default() -> Self {
        Self::new(&Effort::unbounded())
    }
}

impl Shared {
    pub(in super::super) fn new(effort: &Arc<Effort>) -> Self {
        Self {
            effort: Arc::clone(effort),
            distances: Arc::new(Distances::new(effort)),
            trees: RefCell::default(),
        }
    }

    pub(in super::super) fn effort(&self) -> &Arc<Effort> {
        &self.effort
    }

    pub(in super::super) fn distances(&self) -> &Arc<Distances> {
        &self.distances
    }

    /// The tree of a filter, made when it is first asked for.
    pub(in super::super) fn tree_of(
        &self,
        filter: &TypeFilter,
        make: impl FnOnce() -> BooleanTree<Arc<dyn Query>>,
    ) -> BooleanTreeQuery {
        let known = self.trees.borrow();
        if let Some((_, tree)) = known.iter().find(|(of, _)| of == filter) {
            return tree.clone();
        }
        drop(known);
        let tree = BooleanTreeQuery::new(make(), &self.effort);
        let entry = (filter.clone(), tree.clone());
        self.trees.borrow_mut().push(entry);
        tree
    }
}
