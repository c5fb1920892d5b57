//! The work of a search (docs/reference/05-search.md §10): what is shared is done once, what is too much is
//! refused, and every walk looks at whether anybody waits.

use super::*;
use crate::domain::{
    DynamicFacets, FieldName, FilterTree, GeoPoint, LastWord, Place, Quicksearch, TypeFilter,
    ValuePattern,
};

const OBJECTS: usize = 600;
const FIELDS: usize = 20;

/// In two segments.
fn catalog() -> Catalog {
    let mut catalog = Catalog::new();
    let point = |lon: usize| {
        let numbers = [("lat", 48.0), ("lon", (lon % 90) as f64)];
        let point = numbers.map(|(name, degrees)| (FieldName::new(name), number(degrees)));
        FieldValue::Map(point.into_iter().collect())
    };
    let object = |n: usize| {
        let product = product(&format!("shoe{n}"))
            .with("title", format!("shoe w{n} common").as_str())
            .with("price_amount", number((n % 100) as f64))
            .with("geo_location", point(n));
        let fields = (0..FIELDS).map(|field| format!("field{field}"));
        let of = |product: Product, field: String| product.with(&field, ["a", "b"][n % 2]);
        fields.fold(product, of).object()
    };
    catalog.add((0..OBJECTS / 2).map(object));
    catalog.add((OBJECTS / 2..OBJECTS).map(object));
    catalog
}

fn work(catalog: &Catalog, query: &SearchQuery) -> u64 {
    let effort = Effort::unbounded();
    catalog.try_search(query, &effort).unwrap();
    effort.spent()
}

/// Objects that cost no less than so many prices looked at.
fn tree(leaves: usize) -> TypeFilter {
    let leaf = |n: usize| {
        FilterTree::Leaf(FieldFilter::untyped(
            "price_amount",
            format!("{n}|{}", n + 1_000),
        ))
    };
    TypeFilter {
        object_type: ObjectType::new("product").unwrap(),
        tree: FilterTree::Any((0..leaves).map(leaf).collect()),
    }
}

fn filtered_by_each_field(query: &mut SearchQuery) {
    for field in 0..FIELDS {
        let field = format!("field{field}");
        query.facets.push(facet(&field));
        let filters = field_filters(&[&format!("{field}:a"), &format!("{field}:b")]);
        query.filters.any_of.extend(filters);
    }
}

fn nearby(ranges: usize) -> SearchQuery {
    let filters: Vec<String> = (0..ranges)
        .map(|n| format!("geo_range:|{}km", 9_000 + n))
        .collect();
    let filters: Vec<&str> = filters.iter().map(String::as_str).collect();
    SearchQuery {
        place: Place {
            origin: GeoPoint::new(48.0, 17.0),
            ..Place::default()
        },
        ..any_of(&filters)
    }
}

/// The attack: 490 ranges, worked out anew for each of 45 facets that has a filter of its own.
#[test]
fn a_tree_is_worked_out_once_however_many_facets_ask_again() {
    let catalog = catalog();
    let mut query = text("shoe");
    query.filters.by_type = vec![tree(200)];
    let of_the_tree = work(&catalog, &query);
    assert!(of_the_tree > 100 * OBJECTS as u64, "{of_the_tree}");
    filtered_by_each_field(&mut query);
    let of_all = work(&catalog, &query);
    // What is beside it: sets of the fields, walks over what has the words, counts.
    let beside = (FIELDS * OBJECTS * 8) as u64;
    assert!(
        of_all < of_the_tree + beside,
        "{of_all} after {of_the_tree}"
    );
    assert_eq!(catalog.search(&query).total_hits, OBJECTS as u64);
}

#[test]
fn a_tree_is_worked_out_once_however_many_types_are_searched_beside() {
    let catalog = catalog();
    let mut query = text("shoe");
    query.filters.by_type = vec![tree(200)];
    let alone = work(&catalog, &query);
    query.quicksearch = (0..10)
        .map(|n| Quicksearch::new(ObjectType::new(&format!("type{n}")).unwrap(), 5))
        .collect();
    let with_others = work(&catalog, &query);
    assert!(with_others < 2 * alone, "{with_others} after {alone}");
}

/// Several facets on one field leave out the same filters.
#[test]
fn facets_on_one_field_ask_again_once() {
    let catalog = catalog();
    let mut query = any_of(&["field0:a"]);
    query.facets = vec![facet("field0")];
    let one = work(&catalog, &query);
    query.facets = vec![facet("field0"); 30];
    let many = work(&catalog, &query);
    let counting = 30 * (OBJECTS as u64 + 10);
    assert!(many < one + counting, "{many} after {one}");
    assert_eq!(catalog.search(&query).facets.len(), 30);
}

/// The attack: 500 distances, each of which measured every point.
#[test]
fn a_point_is_measured_once_however_many_distances_are_asked_for() {
    let catalog = catalog();
    let one = work(&catalog, &nearby(1));
    let many = work(&catalog, &nearby(400));
    // Comparing is a hundred times less than measuring, but not nothing.
    assert!(many < one + 400 * 3 * OBJECTS as u64, "{many} after {one}");
    let mut sorted = nearby(1);
    let key = SortKey {
        field: "geo_location".into(),
        direction: Direction::Ascending,
    };
    sorted.sort = vec![key.clone(), key];
    assert_eq!(catalog.find(&sorted)[0], "shoe17");
}

/// Values are many, and each is folded before it is compared with what was typed.
#[test]
fn values_that_are_compared_with_what_was_typed_are_work() {
    let catalog = catalog();
    let mut query = everything();
    query.facets = vec![facet("title")];
    let counted = work(&catalog, &query);
    query.facets[0].values_with = ValuePattern::new("w7");
    let compared = work(&catalog, &query);
    assert!(
        compared > counted + 64 * OBJECTS as u64,
        "{counted} {compared}"
    );
}

#[test]
fn what_is_too_much_is_refused_and_the_same_each_time() {
    let catalog = catalog();
    let mut query = text("shoe");
    query.filters.by_type = vec![tree(100)];
    filtered_by_each_field(&mut query);
    let needed = work(&catalog, &query);
    assert_eq!(work(&catalog, &query), needed);
    assert!(catalog.try_search(&query, &Effort::new(needed)).is_ok());
    for work_max in [0, needed / 2, needed - 1] {
        let refused = catalog.try_search(&query, &Effort::new(work_max));
        assert!(
            matches!(refused, Err(EngineError::TooMuchWork)),
            "{work_max}"
        );
    }
}

/// Whatever a search is made of, it ends where nobody waits.
#[test]
fn every_part_of_a_search_looks_at_whether_anybody_waits() {
    let catalog = catalog();
    let misspelled = SearchQuery {
        last_word: LastWord::Begun,
        ..text("comon shoo sh")
    };
    let mut preferred = everything();
    preferred.preferred = field_filters(&["field0:a"]);
    let mut faceted = everything();
    faceted.facets = vec![facet("price_amount")];
    let dynamic = SearchQuery {
        dynamic_facets: Some(DynamicFacets {
            facets_max: 5,
            values_max: 5,
        }),
        ..everything()
    };
    let mut in_a_tree = everything();
    in_a_tree.filters.by_type = vec![tree(3)];
    for query in [
        everything(),
        text("shoe"),
        misspelled,
        any_of(&["field0:a"]),
        preferred,
        faceted,
        dynamic,
        in_a_tree,
        nearby(1),
        sorted_by(&[("price_amount", Direction::Ascending)]),
    ] {
        let effort = Effort::unbounded();
        effort.abandon();
        let ended = catalog.try_search(&query, &effort);
        assert!(matches!(ended, Err(EngineError::TimedOut)), "{query:?}");
        // Midway, too: each unit less is an end, not an answer.
        let needed = work(&catalog, &query);
        assert!(needed > 0, "{query:?}");
        for left in (0..needed).step_by((needed / 50).max(1) as usize) {
            let ended = catalog.try_search(&query, &Effort::new(left));
            assert!(matches!(ended, Err(EngineError::TooMuchWork)), "{query:?}");
        }
    }
}
