//! Suggestions for a letter or two are kept: as long as they are right, and no longer.

use super::*;
use crate::domain::{LastWord, Quicksearch, ResultSet};
use crate::engine::embedded::index::query::set_cache::{Beginning, Key};
use crate::engine::ranking;

fn suggest(q: &str, after_ms: i64) -> SearchQuery {
    let product = ObjectType::new("product").unwrap();
    SearchQuery {
        last_word: LastWord::Begun,
        quicksearch: vec![Quicksearch::new(product, 1_000)],
        quicksearch_alone: true,
        result_set: ResultSet::Narrow,
        now: Timestamp::from_millis(NOW.as_millis() + after_ms),
        ..text(q)
    }
}

fn suggested(catalog: &Catalog, query: &SearchQuery) -> Vec<String> {
    let found = catalog.search(query).quicksearch_hits;
    let identities = found
        .iter()
        .map(|hit| catalog.identities[hit.version.0 as usize].clone());
    let mut identities: Vec<String> = identities.filter(|it| !it.ends_with('x')).collect();
    identities.sort_unstable();
    identities.dedup();
    identities
}

/// Of words that begin so there are many, and the commonest stand for the letter.
fn crowd() -> impl Iterator<Item = Object> {
    (0..100).map(|n| product(&format!("s{n}x")).object())
}

fn common(of: &Object) -> impl Iterator<Item = Object> {
    std::iter::repeat_n(of.clone(), ranking::ENOUGH_OBJECTS)
}

/// Whether something is kept for it.
fn is_kept(catalog: &Catalog, query: &SearchQuery) -> bool {
    let keys = (0..1_000).flat_map(|generation| {
        [false, true].map(|is_telling| {
            Key::Beginning(Beginning {
                state: catalog.index.begun_cache.state(generation),
                typed: query.text.as_ref().unwrap().as_str().to_owned(),
                types: vec![ObjectType::new("product").unwrap()],
                all_variants: false,
                is_telling,
            })
        })
    });
    { keys }.any(|key| catalog.index.set_cache.get(&key, query.now).is_some())
}

#[test]
fn what_is_kept_is_of_one_state_of_the_index() {
    let mut catalog = Catalog::of(crowd().chain(common(&product("sock").object())));
    let query = suggest("s", 0);
    assert!(!is_kept(&catalog, &query));
    for _ in 0..2 {
        assert_eq!(suggested(&catalog, &query), ["sock"]);
        assert!(is_kept(&catalog, &query));
    }
    catalog.add(common(&product("sofa").object()));
    assert_eq!(suggested(&catalog, &query), ["sock", "sofa"]);
    assert_eq!(suggested(&catalog, &suggest("sof", 0)), ["sofa"]);
    assert!(
        !is_kept(&catalog, &suggest("sof", 0)),
        "there is less of it"
    );
}

#[test]
fn what_time_alone_may_change_is_not_kept() {
    let coming = product("soap").active(Some(1_000), None).object();
    let mut catalog = Catalog::of(
        { crowd() }
            .chain(common(&product("sock").object()))
            .chain(common(&coming)),
    );
    assert_eq!(suggested(&catalog, &suggest("s", 0)), ["sock"]);
    assert!(!is_kept(&catalog, &suggest("s", 0)));
    let later = suggest("s", 2_000);
    assert_eq!(suggested(&catalog, &later), ["soap", "sock"]);
    assert!(is_kept(&catalog, &later), "nothing is to come any more");
    // The clock was set back: it is not there yet.
    assert!(!is_kept(&catalog, &suggest("s", 0)));
    assert_eq!(suggested(&catalog, &suggest("s", 0)), ["sock"]);

    catalog.add(common(&product("soda").active(None, Some(3_000)).object()));
    assert_eq!(suggested(&catalog, &later), ["soap", "sock", "soda"]);
    assert_eq!(suggested(&catalog, &suggest("s", 3_000)), ["soap", "sock"]);
}

#[test]
fn who_finds_it_kept_is_charged_what_choosing_it_cost() {
    let catalog = Catalog::of(crowd().chain(common(&product("sock").object())));
    let query = suggest("s", 0);
    let spent = [(); 2].map(|()| {
        let effort = Effort::unbounded();
        catalog.try_search(&query, &effort).unwrap();
        effort.spent()
    });
    assert!(is_kept(&catalog, &query));
    assert_eq!(spent[0], spent[1]);
}
