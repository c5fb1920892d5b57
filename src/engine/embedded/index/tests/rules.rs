//! What rules of a site put first or leave out: order, counts, facets and pages.

use proptest::prelude::*;

use super::*;
use crate::domain::{ObjectsEntry, RuleLists};

fn entry(query: &str, objects: &[&str]) -> Vec<ObjectsEntry> {
    if objects.is_empty() {
        return Vec::new();
    }
    vec![ObjectsEntry {
        queries: vec![query.to_owned()],
        objects: objects
            .iter()
            .map(|&identity| identity.to_owned())
            .collect(),
    }]
}

impl Catalog {
    fn rule(&mut self, query: &str, pinned: &[&str], hidden: &[&str]) {
        let lists = RuleLists {
            pins: entry(query, pinned),
            hides: entry(query, hidden),
            ..RuleLists::default()
        };
        self.site.rules = Arc::new(lists.into_rules().unwrap());
    }
}

fn socks() -> Catalog {
    let mut catalog = Catalog::of([
        product("a")
            .with("title", "Wool sock")
            .with("color", "red")
            .object(),
        product("b")
            .with("title", "Wool sock")
            .with("color", "blue")
            .object(),
        product("hat")
            .with("title", "Straw hat")
            .with("color", "red")
            .object(),
    ]);
    catalog.add([
        product("c")
            .with("title", "Wool sock")
            .with("color", "red")
            .object(),
        product("shoe")
            .with("title", "Leather shoe")
            .with("color", "black")
            .object(),
    ]);
    catalog
}

fn counts(facet: &[(String, u64)]) -> String {
    let counts = facet
        .iter()
        .map(|(value, count)| format!("{value} {count}"));
    counts.collect::<Vec<_>>().join(", ")
}

#[test]
fn pinned_objects_come_first_in_their_order_and_count_once() {
    let mut catalog = socks();
    catalog.rule("Wool Sock", &["shoe", "c", "gone", "hat"], &[]);
    let query = text("wool  SOCK");
    let found = catalog.search(&query);
    assert_eq!(catalog.identities(&found), ["shoe", "c", "hat", "a", "b"]);
    assert_eq!(found.total_hits, 5);
    let exact: Vec<bool> = found.hits.iter().map(|hit| hit.exact).collect();
    assert_eq!(exact, [false, true, false, true, true]);
    let facet = catalog.text_facet(&query, "color");
    assert_eq!(counts(&facet), "red 3, black 1, blue 1");
    assert_eq!(
        catalog.find(&text("wool")),
        ["a", "b", "c"],
        "another query"
    );
}

#[test]
fn hidden_objects_are_neither_shown_nor_counted() {
    let mut catalog = socks();
    catalog.rule("wool", &[], &["a", "shoe", "gone"]);
    let query = text("wool");
    assert_eq!(catalog.find(&query), ["b", "c"]);
    assert_eq!(catalog.search(&query).total_hits, 2);
    assert_eq!(
        counts(&catalog.text_facet(&query, "color")),
        "blue 1, red 1"
    );
}

#[test]
fn filters_hold_for_pinned_objects_and_their_facets() {
    let mut catalog = socks();
    catalog.rule("wool", &["shoe", "hat"], &["a"]);
    let mut query = text("wool");
    query.filters.any_of = field_filters(&["color:red"]);
    assert_eq!(catalog.find(&query), ["hat", "c"]);
    assert_eq!(catalog.search(&query).total_hits, 2);
    // The facet does not see the filter on its own field, but it sees the rule.
    let facet = catalog.text_facet(&query, "color");
    assert_eq!(counts(&facet), "red 2, black 1, blue 1");
}

#[test]
fn a_sort_goes_before_pins_but_does_not_change_what_is_found() {
    let mut catalog = socks();
    catalog.rule("wool", &["shoe"], &["a"]);
    let query = SearchQuery {
        sort: sorted_by(&[("color", Direction::Ascending)]).sort,
        ..text("wool")
    };
    assert_eq!(catalog.find(&query), ["shoe", "b", "c"]);
}

#[test]
fn a_query_that_finds_nothing_still_shows_what_is_pinned() {
    let mut catalog = socks();
    catalog.rule("xyzzy", &["hat"], &[]);
    assert_eq!(catalog.find(&text("xyzzy")), ["hat"]);
    let whether = |uses_rules| SearchQuery {
        uses_rules,
        ..text("xyzzy")
    };
    assert_eq!(catalog.find(&whether(true)), ["hat"]);
    assert_eq!(catalog.find(&whether(false)), Vec::<&str>::new());
}

#[test]
fn what_is_not_active_or_deleted_is_not_pinned() {
    let mut catalog = Catalog::new();
    let old = product("old").active(None, Some(-1)).object();
    let deleted = catalog.queue(&product("deleted").object());
    catalog.add([old, product("here").object()]);
    catalog.writer.delete(&[deleted]).unwrap();
    catalog.commit();
    catalog.rule("any", &["old", "deleted", "here"], &[]);
    assert_eq!(catalog.find(&text("any")), ["here"]);
}

const IDENTITIES: [&str; 8] = ["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pages_of_a_ruled_query_are_the_pinned_and_the_rest(
        titles in proptest::collection::vec(proptest::sample::select(vec!["red", "blue", "red blue"]), 8),
        commits in 1_usize..4,
        order in Just(IDENTITIES.to_vec()).prop_shuffle(),
        pinned in 0_usize..4,
        hidden in 0_usize..4,
        size in 1_usize..5,
    ) {
        let mut catalog = Catalog::new();
        let objects: Vec<Object> = IDENTITIES
            .iter()
            .zip(&titles)
            .map(|(identity, &title)| product(identity).with("title", title).object())
            .collect();
        for part in objects.chunks(8_usize.div_ceil(commits)) {
            catalog.add(part.iter().cloned());
        }
        let plain: Vec<String> = catalog.find(&text("red")).iter().map(ToString::to_string).collect();
        let (pinned, hidden) = (&order[..pinned], &order[order.len() - hidden..]);
        catalog.rule("red", pinned, hidden);

        let is_ruled = |identity: &&str| pinned.contains(identity) || hidden.contains(identity);
        let rest = plain.iter().map(String::as_str).filter(|identity| !is_ruled(identity));
        let expected: Vec<&str> = pinned.iter().copied().chain(rest).collect();
        let mut paged = Vec::new();
        for offset in (0..=expected.len()).step_by(size) {
            let page = SearchQuery { page: Page { offset, limit: size }, ..text("red") };
            let found = catalog.search(&page);
            prop_assert_eq!(found.total_hits, expected.len() as u64);
            paged.extend(catalog.identities(&found));
        }
        prop_assert_eq!(paged, expected);
    }
}

#[test]
fn variants_that_stand_for_an_object_are_pinned_and_hidden_with_it() {
    let mut catalog = Catalog::with_variants(VariantMode::Best);
    let shirt = |identity: &str, title: &str| {
        let sizes = ["S", "M"].map(|size| format!("{title} {size}"));
        let nested = sizes
            .iter()
            .fold(product(identity).with("title", title), |shirt, size| {
                shirt.nested("variant", &[("title", size)])
            });
        nested.object()
    };
    catalog.add([shirt("linen", "Linen shirt"), shirt("silk", "Silk shirt")]);
    catalog.add([shirt("wool", "Wool shirt"), product("hat").object()]);
    catalog.rule("shirt", &["hat", "wool"], &["silk"]);
    let found = catalog.search(&text("shirt"));
    assert_eq!(catalog.identities(&found), ["hat", "wool", "linen"]);
    assert_eq!(found.total_hits, 3);
    catalog.rule("shirt", &[], &[]);
    assert_eq!(catalog.search(&text("shirt")).total_hits, 3);
}
