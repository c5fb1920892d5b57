//! What every object of an answer has to meet. Invariant: what is left out by a scope is in no search of it.

use std::collections::HashSet;

use crate::domain::{
    FieldFilter, FilterTree, Filters, Identity, ObjectType, Projection, RecommendationQuery,
    TypeFilter,
};

/// Objects that are left out by the search itself; further ones are left out of what it finds.
const LEFT_OUT_MAX: usize = 300;

#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub(super) types: Vec<ObjectType>,
    members: Vec<FilterTree>,
    pub(super) projection: Projection,
}

impl Scope {
    /// What a query asks of every object.
    pub(super) fn of(query: &RecommendationQuery, taken: &HashSet<Identity>) -> Self {
        let mut members = query.restrictions.clone();
        members.push(can_be_had(query.availability_field.as_str()));
        let left_out = query.never.iter().chain(&query.about).chain(taken);
        let left_out: Vec<FilterTree> = left_out
            .take(LEFT_OUT_MAX)
            .map(|item| leaf("identity", item.as_str()))
            .collect();
        if !left_out.is_empty() {
            members.push(FilterTree::None(left_out));
        }
        Self {
            types: Vec::new(),
            members,
            projection: query.projection.clone(),
        }
    }

    /// Anything, whatever it is: to look up what a query is about.
    pub(super) fn everything(projection: Projection) -> Self {
        Self {
            types: Vec::new(),
            members: Vec::new(),
            projection,
        }
    }

    pub(super) fn with_types(&self, types: Vec<ObjectType>) -> Self {
        Self {
            types,
            ..self.clone()
        }
    }

    pub(super) fn within(&self, tree: FilterTree) -> Self {
        let mut within = self.clone();
        within.members.push(tree);
        within
    }

    pub(super) fn filters(&self) -> Filters {
        let tree = |object_type: &ObjectType| TypeFilter {
            object_type: object_type.clone(),
            tree: FilterTree::All(self.members.clone()),
        };
        let named = |object_type: &ObjectType| FieldFilter::untyped("type", object_type.as_str());
        Filters {
            any_of: self.types.iter().map(named).collect(),
            by_type: if self.members.is_empty() {
                Vec::new()
            } else {
                self.types.iter().map(tree).collect()
            },
            ..Filters::default()
        }
    }
}

pub(super) fn leaf(field: &str, value: &str) -> FilterTree {
    FilterTree::Leaf(FieldFilter::untyped(field, value))
}

/// Not what an attribute says to be none of: of the usual one 0, of a stock nothing or less.
fn can_be_had(field: &str) -> FilterTree {
    FilterTree::None(vec![
        leaf(field, "0"),
        leaf(field, "|0"),
        leaf(field, "false"),
    ])
}
