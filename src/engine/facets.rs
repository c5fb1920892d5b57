//! What counts over a result say, whatever counts them (docs/reference/05-search.md §7). Invariant: edges of ranges ascend from
//! the least value to the greatest.

use super::asked::TYPE_NAME;
use crate::domain::{AttributeType, FacetBucket, FacetKind, FacetRequest, Schema};

/// What facets count and sorts compare, by the number of the attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Source {
    ObjectType,
    Text(u32),
    Boolean(u32),
    Number(u32),
    Date(u32),
}

impl Source {
    /// `None` for an attribute the site never had, and for points, which have no order.
    pub(in crate::engine) fn find(schema: &Schema, name: &str) -> Option<Self> {
        if name == TYPE_NAME {
            return Some(Self::ObjectType);
        }
        let (number, kind) = schema.get(name)?;
        match kind {
            AttributeType::Text => Some(Self::Text(number)),
            AttributeType::Boolean => Some(Self::Boolean(number)),
            AttributeType::Numeric => Some(Self::Number(number)),
            AttributeType::Date => Some(Self::Date(number)),
            AttributeType::Geo => None,
        }
    }
}

/// From so many different values on, of which none is shared, an attribute identifies its objects.
const IDENTIFYING_VALUES: usize = 10;

/// What was counted of one attribute.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Counted {
    pub(in crate::engine) kind: FacetKind,
    /// What does not fit its type.
    pub(in crate::engine) misfits: Vec<FacetBucket<String>>,
}

impl Counted {
    /// Whether the counts help anybody to narrow a result of which so many objects have the attribute: they tell at least
    /// two groups apart, and not every object from every other.
    pub(in crate::engine) fn is_useful(&self, covered: usize) -> bool {
        let fitting = match &self.kind {
            FacetKind::Text(buckets) => {
                let identifies = covered >= IDENTIFYING_VALUES
                    && buckets.first().is_some_and(|most| most.count == 1);
                return buckets.len() > 1 && !identifies;
            }
            FacetKind::Boolean(buckets) => buckets.len(),
            FacetKind::Number(buckets) => groups(buckets),
            FacetKind::Date(buckets) => groups(buckets),
        };
        fitting + self.misfits.len() > 1
    }
}

fn groups<T>(ranges: &[FacetBucket<T>]) -> usize {
    ranges.iter().filter(|range| range.count > 0).count()
}

/// A range of one value.
pub(in crate::engine) fn single<T: Copy>(value: T, count: u64) -> FacetBucket<(T, T)> {
    FacetBucket {
        value: (value, value),
        count,
    }
}

/// Ascending, from exactly the least to exactly the greatest, whatever is lost in between.
pub(in crate::engine) fn number_edges(least: f64, greatest: f64) -> Vec<f64> {
    if least.total_cmp(&greatest).is_eq() {
        return vec![least, greatest];
    }
    let parts = FacetRequest::RANGES as f64;
    let mut edges = vec![least];
    let mut before = least;
    for at in 1..FacetRequest::RANGES {
        let share = at as f64;
        let edge = (least * (parts - share) + greatest * share) / parts;
        let edge = if edge.is_finite() {
            edge
        } else {
            // Of numbers so great that ten of them are too many.
            least * (1.0 - share / parts) + greatest * (share / parts)
        };
        before = shortest_near(edge, (greatest - least) * EDGE_TOLERANCE).clamp(before, greatest);
        edges.push(before);
    }
    edges.push(greatest);
    edges
}

/// How far an inner edge may lie from where equal widths put it, as a part of the whole width: enough to
/// lose the digits that are there by rounding alone, `23.901000000000003`.
const EDGE_TOLERANCE: f64 = 1e-9;

/// The number with the fewest decimals that is no further away.
fn shortest_near(number: f64, tolerance: f64) -> f64 {
    const DECIMALS_MAX: usize = 15;
    let rounded =
        (0..=DECIMALS_MAX).filter_map(|decimals| format!("{number:.decimals$}").parse().ok());
    let mut near = rounded.filter(|rounded: &f64| (rounded - number).abs() <= tolerance);
    // Plus zero: a minus zero would be printed as one.
    near.next().unwrap_or(number) + 0.0
}

/// Ascending, in whole seconds as they are told, from at most the least to at least the greatest.
pub(in crate::engine) fn date_edges(least: i64, greatest: i64) -> Vec<i64> {
    const SECOND: i128 = 1_000;
    let start = i128::from(least).div_euclid(SECOND);
    let end = -(-i128::from(greatest)).div_euclid(SECOND);
    let parts = if least == greatest {
        1
    } else {
        FacetRequest::RANGES as i128
    };
    let edges = (0..=parts).map(|at| (start + (end - start) * at / parts) * SECOND);
    let bound = |edge: i128| edge.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
    edges.map(bound).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn edges_have_no_more_decimals_than_they_need() {
        let edges = number_edges(2.89, 213.0);
        assert_eq!(edges[1..4], [23.901, 44.912, 65.923]);
        assert_eq!(number_edges(0.0, 10.0)[3..4], [3.0]);
        assert_eq!(number_edges(-1.0, 1.0)[5].to_string(), "0");
        assert_eq!(number_edges(0.0, 1.0 / 3.0)[1..2], [0.033_333_333]);
    }

    #[test]
    fn edges_of_dates_are_whole_seconds_around_what_is_there() {
        assert_eq!(date_edges(0, 100_000)[..3], [0, 10_000, 20_000]);
        assert_eq!(date_edges(1_500, 1_500), [1_000, 2_000]);
        assert_eq!(date_edges(2_000, 2_000), [2_000, 2_000]);
        let narrow = date_edges(-1_500, 900);
        assert_eq!((narrow[0], narrow[10]), (-2_000, 1_000));
        assert!(narrow.is_sorted());
        assert!(date_edges(i64::MIN, i64::MAX).is_sorted());
    }

    proptest! {
        #[test]
        fn edges_ascend_from_the_least_to_the_greatest(
            a in proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL | proptest::num::f64::ZERO,
            b in proptest::num::f64::NORMAL,
        ) {
            for (a, b) in [(a, b), (b, b.next_up()), (a, a.next_up())] {
                let edges = number_edges(a.min(b), a.max(b));
                prop_assert_eq!(edges.len(), FacetRequest::RANGES + 1);
                prop_assert!(edges.is_sorted(), "{:?}", edges);
                prop_assert!(edges.iter().all(|edge| edge.is_finite()));
                prop_assert_eq!((edges[0], edges[edges.len() - 1]), (a.min(b), a.max(b)));
            }
        }
    }
}
