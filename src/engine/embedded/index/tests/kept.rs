//! What searches keep for the next ones: it is what they would find themselves, and costs what finding it does.

use super::*;
use crate::domain::{LastWord, Quicksearch, ResultSet, RuleLists, SynonymsEntry};

fn shirt(identity: &str, color: &str, brand: &str) -> Product {
    product(identity)
        .with("title", "Shirt")
        .with("color", color)
        .with("brand", brand)
}

fn shop() -> Catalog {
    Catalog::of([
        shirt("a", "red", "Acme").object(),
        shirt("b", "red", "Bolt").object(),
        shirt("c", "blue", "Acme").object(),
    ])
}

/// A search as shops make it: narrow, so that it is known what is found.
fn narrow(q: &str) -> SearchQuery {
    SearchQuery {
        result_set: ResultSet::Narrow,
        ..text(q)
    }
}

fn with_facets(query: SearchQuery, fields: &[&str]) -> SearchQuery {
    SearchQuery {
        facets: fields.iter().map(|field| facet(field)).collect(),
        ..query
    }
}

fn filtered(query: SearchQuery, filters: &[&str]) -> SearchQuery {
    let mut query = query;
    query.filters.any_of = field_filters(filters);
    query
}

fn later(query: SearchQuery, ms: i64) -> SearchQuery {
    SearchQuery {
        now: Timestamp::from_millis(NOW.as_millis() + ms),
        ..query
    }
}

/// `red 2, blue 1; …`, a facet after the other.
fn told(catalog: &Catalog, query: &SearchQuery) -> String {
    let found = catalog.search(query);
    let facets = found.facets.iter().map(|counts| {
        let FacetKind::Text(buckets) = &counts.kind else {
            panic!("no texts: {counts:?}");
        };
        let values = buckets
            .iter()
            .map(|bucket| format!("{} {}", bucket.value, bucket.count));
        values.collect::<Vec<_>>().join(", ")
    });
    facets.collect::<Vec<_>>().join("; ")
}

/// How often something is kept that was not before.
fn grows(catalog: &Catalog, query: &SearchQuery) -> [bool; 2] {
    let bytes = || {
        let index = &catalog.index;
        [index.facet_cache.bytes(), index.set_cache.bytes()]
    };
    let before = bytes();
    catalog.search(query);
    let after = bytes();
    [before[0] < after[0], before[1] < after[1]]
}

fn spent(catalog: &Catalog, query: &SearchQuery) -> u64 {
    let effort = Effort::unbounded();
    catalog.try_search(query, &effort).unwrap();
    effort.spent()
}

#[test]
fn counts_are_kept_for_the_same_filters_and_facets_alone() {
    let catalog = shop();
    let page =
        |filters: &[&str], fields: &[&str]| with_facets(filtered(everything(), filters), fields);
    for (query, is_new, expected) in [
        (page(&["brand:Acme"], &["color"]), true, "blue 1, red 1"),
        (page(&["brand:Acme"], &["color"]), false, "blue 1, red 1"),
        (page(&["brand:Bolt"], &["color"]), true, "red 1"),
        (page(&["brand:Acme"], &["brand"]), true, "Acme 2, Bolt 1"),
        // Who filters by brands does not see that in their facet, whatever the brand.
        (page(&["brand:Bolt"], &["brand"]), false, "Acme 2, Bolt 1"),
        (page(&[], &["color"]), true, "red 2, blue 1"),
    ] {
        assert_eq!(grows(&catalog, &query)[0], is_new, "{query:?}");
        assert_eq!(told(&catalog, &query), expected, "{query:?}");
    }
    let mut one = page(&[], &["color"]);
    one.facets[0].values_max = 1;
    assert_eq!(told(&catalog, &one), "red 2", "another number of values");
    let mut none_of = page(&[], &["color"]);
    none_of.filters.none_of = field_filters(&["brand:Bolt"]);
    assert_eq!(told(&catalog, &none_of), "blue 1, red 1");
    let mut all_of = page(&[], &["color"]);
    all_of.filters.all_of = field_filters(&["brand:Bolt"]);
    assert_eq!(told(&catalog, &all_of), "red 1");
}

#[test]
fn what_is_kept_is_of_one_state_of_the_index() {
    let mut catalog = shop();
    let page = with_facets(everything(), &["color"]);
    let search = with_facets(filtered(narrow("shirt"), &["brand:Acme"]), &["color"]);
    for _ in 0..2 {
        assert_eq!(told(&catalog, &page), "red 2, blue 1");
        assert_eq!(told(&catalog, &search), "blue 1, red 1");
        assert_eq!(catalog.find(&search), ["a", "c"]);
    }
    catalog.add([shirt("d", "blue", "Acme").object()]);
    assert_eq!(told(&catalog, &page), "blue 2, red 2");
    assert_eq!(told(&catalog, &search), "blue 2, red 1");
    assert_eq!(catalog.find(&search), ["a", "c", "d"]);

    catalog.writer.delete(&[VersionId(2)]).unwrap();
    catalog.commit();
    assert_eq!(told(&catalog, &page), "red 2, blue 1");
    assert_eq!(catalog.find(&search), ["a", "d"]);
    assert_eq!(told(&catalog, &search), "blue 1, red 1");
}

#[test]
fn what_time_alone_may_change_is_not_kept() {
    let coming = shirt("later", "blue", "Acme").active(Some(1_000), None);
    let mut catalog = shop();
    catalog.add([coming.object()]);
    let page = with_facets(everything(), &["color"]);
    let search = with_facets(narrow("shirt"), &["color"]);
    for query in [&page, &search] {
        assert_eq!(grows(&catalog, query), [false; 2]);
        assert_eq!(told(&catalog, query), "red 2, blue 1");
        let query = later(query.clone(), 1_000);
        assert!(grows(&catalog, &query)[0], "nothing is to come any more");
        assert_eq!(told(&catalog, &query), "blue 2, red 2");
    }
    // The clock was set back: it is not there yet.
    assert_eq!(told(&catalog, &page), "red 2, blue 1");
    assert_eq!(told(&catalog, &search), "red 2, blue 1");

    let going = shirt("going", "blue", "Acme").active(None, Some(5_000));
    catalog.add([going.object()]);
    let page = later(page, 2_000);
    assert_eq!(told(&catalog, &page), "blue 3, red 2");
    assert_eq!(told(&catalog, &later(page, 5_000)), "blue 2, red 2");
}

#[test]
fn a_text_is_kept_for_whatever_it_is_filtered_by() {
    let catalog = shop();
    assert!(grows(&catalog, &narrow("shirt"))[1]);
    for filters in [&["brand:Acme"][..], &["color:blue"], &["brand:Bolt"]] {
        assert!(!grows(&catalog, &filtered(narrow("shirt"), filters))[1]);
    }
    assert!(!grows(&catalog, &narrow("SHIRT"))[1], "the same words");
    assert_eq!(
        catalog.find(&filtered(narrow("shirt"), &["color:blue"])),
        ["c"]
    );
    // Other types, or another text, are another question.
    assert!(grows(&catalog, &filtered(narrow("shirt"), &["type:product"]))[1]);
    assert!(grows(&catalog, &narrow("shirt acme"))[1]);
    assert_eq!(catalog.find(&narrow("shirt acme")), ["a", "c"]);
}

#[test]
fn what_the_site_says_of_words_counts_at_once() {
    let mut catalog = shop();
    assert!(catalog.find(&narrow("blouse")).is_empty());
    let entry = SynonymsEntry::Mutual(vec!["blouse".to_owned(), "blue".to_owned()]);
    let lists = RuleLists {
        synonyms: vec![entry],
        ..RuleLists::default()
    };
    catalog.site.rules = Arc::new(lists.into_rules().unwrap());
    assert_eq!(catalog.find(&narrow("blouse")), ["c"]);
    let lists = RuleLists {
        stop_words: vec!["red".to_owned()],
        ..RuleLists::default()
    };
    assert_eq!(catalog.find(&narrow("red shirt")), ["a", "b"]);
    catalog.site.rules = Arc::new(lists.into_rules().unwrap());
    assert_eq!(catalog.find(&narrow("red shirt")), ["a", "b", "c"]);
    assert!(catalog.find(&narrow("blouse")).is_empty());
}

#[test]
fn who_finds_it_kept_is_charged_what_finding_it_cost() {
    let catalog = shop();
    let facets = ["color", "brand", "color"];
    for query in [
        with_facets(
            filtered(everything(), &["brand:Acme", "color:red"]),
            &facets,
        ),
        with_facets(
            filtered(narrow("shirt"), &["brand:Acme", "color:red"]),
            &facets,
        ),
        with_facets(narrow("shrit"), &facets),
    ] {
        let first = spent(&catalog, &query);
        assert_eq!(spent(&catalog, &query), first);
        // Some of it kept, some not.
        let more = with_facets(query.clone(), &["title", "color", "brand"]);
        assert_eq!(spent(&catalog, &more), spent(&shop(), &more));
    }
}

#[test]
fn another_spelling_is_met_as_soon_as_it_is_there() {
    let mut catalog = shop();
    catalog.add([product("socks").object()]);
    for _ in 0..2 {
        assert_eq!(catalog.find(&narrow("sokcs")), ["socks"]);
    }
    catalog.add([product("sokc").object()]);
    assert_eq!(catalog.find(&narrow("sokc")), ["sokc"]);
    assert_eq!(catalog.find(&narrow("sokcz")), ["sokc"]);
}

fn suggest(q: &str) -> SearchQuery {
    SearchQuery {
        last_word: LastWord::Begun,
        quicksearch: vec![Quicksearch::new(ObjectType::new("product").unwrap(), 1_000)],
        quicksearch_alone: true,
        ..narrow(q)
    }
}

fn suggested(catalog: &Catalog, q: &str) -> Vec<String> {
    let hits = catalog.search(&suggest(q)).quicksearch_hits;
    let identities = hits
        .iter()
        .map(|hit| catalog.identities[hit.version.0 as usize].clone());
    let mut identities: Vec<String> = identities.collect();
    identities.sort_unstable();
    identities
}

/// Many words begin so, and few objects have the word before: those alone are asked which of them they have.
#[test]
fn what_is_typed_behind_a_rare_word_is_found_among_what_has_that() {
    let crowd = (0..2_000).map(|n| {
        let title = format!("common s{}", n % 60);
        product(&format!("crowd{n}"))
            .with("title", title.as_str())
            .object()
    });
    let mut catalog = Catalog::of(crowd);
    let rare = [
        ("r1", "rare s1"),
        ("r2", "s7 rare"),
        ("r3", "rare hat"),
        ("r4", "rare common s3"),
    ];
    let rare = rare.map(|(identity, title)| product(identity).with("title", title).object());
    catalog.add(rare);
    assert_eq!(suggested(&catalog, "rare s"), ["r1", "r2", "r4"]);
    assert_eq!(suggested(&catalog, "rare s1"), ["r1"]);
    // One has all of them, which are few: others have most.
    assert_eq!(suggested(&catalog, "rare common s"), ["r1", "r2", "r4"]);
    assert_eq!(suggested(&catalog, "rare h"), ["r3"]);
    // Nothing has all of it: what has some is found among everything.
    assert_eq!(suggested(&catalog, "hat s").len(), 1);
}

/// Of equally common words that begin so, always the same stand for the beginning.
#[test]
fn the_same_beginning_means_the_same_words_every_time() {
    let answers: Vec<Vec<String>> = (0..6)
        .map(|_| {
            let crowd = (0..120).map(|n| product(&format!("s{n:03}x")).object());
            suggested(&Catalog::of(crowd), "s")
        })
        .collect();
    assert_eq!(answers[0].len(), 50);
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}
