//! Attributes that few objects have (`segments::sparse`): they answer like those with columns of their own. In tests the
//! first six attributes of a catalog have columns; `filled` uses them up.

use super::*;

/// A catalog whose attributes to come are sparse.
fn filled() -> Catalog {
    let mut filler = product("filler");
    for number in 0..6 {
        filler = filler.with(&format!("filler{number}"), "x");
    }
    Catalog::of([filler.object()])
}

/// One object for each, with the value under `a`.
fn with_values(values: impl IntoIterator<Item = FieldValue>) -> Catalog {
    let mut catalog = filled();
    add_values(&mut catalog, values);
    catalog
}

fn add_values(catalog: &mut Catalog, values: impl IntoIterator<Item = FieldValue>) {
    let first = catalog.identities.len();
    let objects = values.into_iter().enumerate().map(|(at, value)| {
        product(&format!("p{}", first + at))
            .with("a", value)
            .object()
    });
    catalog.add(objects);
}

fn is_sparse_somewhere(catalog: &Catalog, name: &str) -> bool {
    let (attribute, _) = catalog.schema.get(name).unwrap();
    let searcher = catalog.index.reader.searcher();
    let segments = catalog.index.segments.of(&searcher);
    let mut values = segments
        .iter()
        .map(|segment| segments::sparse::values(segment, attribute));
    values.any(|values| values.unwrap().is_some())
}

fn order(catalog: &Catalog, field: &str, direction: Direction) -> Vec<String> {
    let mut query = sorted_by(&[(field, direction)]);
    query.filters.none_of = field_filters(&["identity:filler"]);
    let found = catalog.find(&query);
    found.into_iter().map(str::to_owned).collect()
}

#[test]
fn texts_of_sparse_attributes_are_filtered_counted_and_sorted() {
    let long = "long ".repeat(30);
    let too_long = "x".repeat(600);
    let catalog = with_values([
        texts(&["red", "blue"]),
        "blue".into(),
        long.trim().into(),
        too_long.as_str().into(),
    ]);
    assert!(is_sparse_somewhere(&catalog, "a"));
    assert_eq!(catalog.find(&any_of(&["a:blue"])), ["p1", "p2"]);
    assert_eq!(
        catalog.find(&any_of(&[&format!("a:{}", long.trim())])),
        ["p3"]
    );
    assert_eq!(catalog.find(&any_of(&[&format!("a:{too_long}")])), ["p4"]);
    let expected = [("blue", 2), (long.trim(), 1), ("red", 1)];
    let expected = expected.map(|(value, count)| (value.to_owned(), count));
    assert_eq!(catalog.text_facet(&everything(), "a"), expected);
    assert_eq!(
        order(&catalog, "a", Direction::Ascending)[..2],
        ["p1", "p2"]
    );
    assert_eq!(
        order(&catalog, "a", Direction::Descending)[..2],
        ["p1", "p3"]
    );
}

#[test]
fn numbers_of_sparse_attributes_have_ranges_facets_and_an_order() {
    let several = FieldValue::List([7.0, -2.5].map(number).into());
    let catalog = with_values([number(5.0), several, number(-0.0), number(1e300)]);
    assert!(is_sparse_somewhere(&catalog, "a"));
    assert_eq!(catalog.find(&any_of(&["a:0"])), ["p3"]);
    assert_eq!(catalog.find(&any_of(&["a:-3|0"])), ["p2", "p3"]);
    assert_eq!(catalog.find(&any_of(&["a:5|"])), ["p1", "p2", "p4"]);
    assert_eq!(
        order(&catalog, "a", Direction::Ascending),
        ["p2", "p3", "p1", "p4"]
    );
    assert_eq!(
        order(&catalog, "a", Direction::Descending),
        ["p4", "p2", "p1", "p3"]
    );
    let Some(FacetKind::Number(buckets)) = catalog.facet(&everything(), "a") else {
        panic!("no facet");
    };
    let edges = (buckets[0].value.0, buckets[buckets.len() - 1].value.1);
    assert_eq!(edges, (-2.5, 1e300));
    let counted: u64 = buckets.iter().map(|bucket| bucket.count).sum();
    // The two values of one object lie in one range.
    assert_eq!(counted, 4);
}

#[test]
fn a_large_integer_of_a_sparse_attribute_is_no_text_that_does_not_fit() {
    let large = FieldValue::Number(Number::Unsigned(u64::MAX));
    let catalog = with_values([number(1.0), large, "a few".into()]);
    let mut query = everything();
    query.facets = vec![facet("a")];
    let facets = catalog.search(&query).facets;
    let misfits = facets[0].misfits.iter();
    let misfits: Vec<_> = misfits.map(|bucket| bucket.value.as_str()).collect();
    assert_eq!(misfits, ["a few"]);
    assert_eq!(catalog.find(&any_of(&[&format!("a:{}", u64::MAX)])), ["p2"]);
}

#[test]
fn dates_and_booleans_of_sparse_attributes_answer_as_such() {
    let catalog = with_values(["2024-05-01", "1960-01-31T10:00:00Z"].map(FieldValue::from));
    assert_eq!(catalog.find(&any_of(&["a:1950-01-01|2000-01-01"])), ["p2"]);
    assert_eq!(order(&catalog, "a", Direction::Ascending), ["p2", "p1"]);
    let Some(FacetKind::Date(buckets)) = catalog.facet(&everything(), "a") else {
        panic!("no facet");
    };
    assert_eq!(buckets.iter().map(|bucket| bucket.count).sum::<u64>(), 2);

    let catalog = with_values([true, false, true].map(FieldValue::Bool));
    assert_eq!(catalog.find(&any_of(&["a:true"])), ["p1", "p3"]);
    let Some(FacetKind::Boolean(buckets)) = catalog.facet(&everything(), "a") else {
        panic!("no facet");
    };
    let counts: Vec<_> = buckets.iter().map(|b| (b.value, b.count)).collect();
    assert_eq!(counts, [(true, 2), (false, 1)]);
}

#[test]
fn what_has_no_value_of_a_sparse_attribute_is_missing_it() {
    for values in [
        vec![number(5.0), "few".into()],
        vec!["red".into()],
        vec!["2024-05-01".into()],
        vec![FieldValue::Bool(false)],
    ] {
        let catalog = with_values(values);
        let mut query = everything();
        query.filters.all_of = vec![FieldFilter {
            field: "a".into(),
            asked: crate::domain::Asked::Typed(crate::domain::Condition::Missing),
        }];
        assert_eq!(catalog.find(&query), ["filler"]);
    }
}

/// The same catalog answers the same, whichever of its objects have columns.
#[test]
fn an_attribute_that_gets_columns_later_is_read_from_both() {
    let values = || {
        let some = ["red", "blue", "red", "green"].map(FieldValue::from);
        some.into_iter().chain([number(3.0), number(12.0)])
    };
    let mut catalog = with_values(values());
    let (attribute, _) = catalog.schema.get("a").unwrap();
    catalog.writer.give_columns(attribute);
    add_values(&mut catalog, values());
    let asked = |catalog: &Catalog| {
        (
            catalog.text_facet(&everything(), "a"),
            catalog.find(&any_of(&["a:red"])).len(),
            catalog.find(&any_of(&["a:3|12"])).len(),
            order(catalog, "a", Direction::Ascending),
        )
    };
    let before = asked(&catalog);
    assert_eq!(before.0[0], ("red".to_owned(), 4));
    assert_eq!((before.1, before.2), (4, 4));
    // One segment that has both.
    catalog.merge();
    assert!(is_sparse_somewhere(&catalog, "a"));
    assert_eq!(asked(&catalog), before);
}

#[test]
fn facets_of_twenty_thousand_names_are_exact_over_merged_segments() {
    // Of two attributes each, almost as many as a site may have.
    const NAMES: usize = 9_900;
    let mut catalog = filled();
    // But for the one merge that is asked for.
    catalog.writer.never_merge();
    for round in 0..4 {
        for at in 0..NAMES / 10 {
            let mut object = product(&format!("r{round}p{at}"));
            for name in 0..10 {
                let name = at * 10 + name;
                let value = if name % 2 == 0 { "even" } else { "odd" };
                object = object
                    .with(&format!("t{name}"), value)
                    .with(&format!("n{name}"), number(f64::from(round % 3)));
            }
            catalog.queue(&object.object());
        }
        catalog.commit();
    }
    for when in ["apart", "merged"] {
        for name in [0, 1, 777, NAMES - 1] {
            let value = if name % 2 == 0 { "even" } else { "odd" };
            let facet = catalog.text_facet(&everything(), &format!("t{name}"));
            assert_eq!(facet, [(value.to_owned(), 4)], "{when}");
            let of_number = any_of(&[&format!("n{name}:0|1")]);
            assert_eq!(catalog.find(&of_number).len(), 3, "{when}");
        }
        catalog.merge();
    }
    let searcher = catalog.index.reader.searcher();
    assert_eq!(searcher.segment_readers().len(), 1);
}

/// The bug: every writer began to count anew, so what came a little at a time never became common, however much of it
/// there was.
#[test]
fn an_attribute_of_every_object_gets_columns_although_the_writer_was_away_in_between() {
    let mut catalog = filled();
    for at in 0..20 {
        add_values(&mut catalog, [format!("v{at}").as_str().into()]);
        let Catalog {
            writer,
            index,
            schema,
            site,
            identities,
            applied,
        } = catalog;
        drop(writer);
        // As a site that was asleep opens it again.
        let learnt = index.learnt();
        let index = index.knowing(learnt);
        catalog = Catalog {
            writer: index.writer_with(0).unwrap(),
            index,
            schema,
            site,
            identities,
            applied,
        };
    }
    let (attribute, _) = catalog.schema.get("a").unwrap();
    let own_columns = catalog.index.own_columns.lock().unwrap();
    assert!(own_columns.measured().any(|measured| measured == attribute));
}
