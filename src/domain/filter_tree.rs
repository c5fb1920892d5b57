//! Filters joined by and, or and not (docs/reference/05-search.md §3, POST). Invariant: a list in a tree is
//! not empty; what asks for nothing was left out when the tree was made.

use super::filter::FieldFilter;
use super::identity::ObjectType;

#[derive(Clone, Debug, PartialEq)]
pub enum FilterTree {
    Leaf(FieldFilter),
    /// Every member holds.
    All(Vec<FilterTree>),
    /// At least one member holds.
    Any(Vec<FilterTree>),
    /// No member holds.
    None(Vec<FilterTree>),
}

/// What objects of one type have to meet; objects of other types it says nothing about.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeFilter {
    pub object_type: ObjectType,
    pub tree: FilterTree,
}

impl FilterTree {
    /// Most lists inside each other.
    pub const DEPTH_MAX: usize = 10;
    /// Most leaves of all trees of a search.
    pub const LEAVES_MAX: usize = 500;

    /// Whether the tree holds where each leaf is as `leaf_holds` says.
    pub fn holds(&self, leaf_holds: &impl Fn(&FieldFilter) -> bool) -> bool {
        match self {
            Self::Leaf(filter) => leaf_holds(filter),
            Self::All(members) => members.iter().all(|member| member.holds(leaf_holds)),
            Self::Any(members) => members.iter().any(|member| member.holds(leaf_holds)),
            Self::None(members) => !members.iter().any(|member| member.holds(leaf_holds)),
        }
    }

    /// Every leaf, in the order written.
    pub fn for_each_leaf<'a>(&'a self, each: &mut impl FnMut(&'a FieldFilter)) {
        match self {
            Self::Leaf(filter) => each(filter),
            Self::All(members) | Self::Any(members) | Self::None(members) => {
                for member in members {
                    member.for_each_leaf(each);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(value: &str) -> FilterTree {
        FilterTree::Leaf(FieldFilter::untyped("color", value))
    }

    #[test]
    fn lists_hold_as_their_names_say() {
        let is_red = |filter: &FieldFilter| filter.asked.text() == Some("red");
        let (yes, no) = (|| leaf("red"), || leaf("blue"));
        for (tree, expected) in [
            (FilterTree::All(vec![yes(), yes()]), true),
            (FilterTree::All(vec![yes(), no()]), false),
            (FilterTree::Any(vec![no(), yes()]), true),
            (FilterTree::Any(vec![no(), no()]), false),
            (FilterTree::None(vec![no(), no()]), true),
            (FilterTree::None(vec![no(), yes()]), false),
            (FilterTree::None(vec![FilterTree::None(vec![yes()])]), true),
        ] {
            assert_eq!(tree.holds(&is_red), expected, "{tree:?}");
        }
    }

    #[test]
    fn leaves_come_in_the_order_written() {
        let tree = FilterTree::All(vec![
            leaf("a"),
            FilterTree::None(vec![leaf("b"), leaf("c")]),
        ]);
        let mut seen = Vec::new();
        tree.for_each_leaf(&mut |filter| seen.extend(filter.asked.text()));
        assert_eq!(seen, ["a", "b", "c"]);
    }
}
