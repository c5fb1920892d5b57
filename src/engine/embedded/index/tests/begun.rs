//! Words still being typed, and what of a hit is marked.

use super::*;
use crate::domain::{
    BoostFunction, FunctionalBoost, HighlightRequest, LastWord, ShownName, ShownObject,
};

fn begun(q: &str) -> SearchQuery {
    SearchQuery {
        last_word: LastWord::Begun,
        ..text(q)
    }
}

fn titled(titles: &[&str]) -> Catalog {
    let objects = titles.iter().map(|&title| product(title).object());
    Catalog::of(objects)
}

#[test]
fn the_last_word_is_the_beginning_of_one() {
    let catalog = titled(&[
        "Wool socks",
        "Wool sofa",
        "Soft wool",
        "Cotton socks",
        "Also wool",
    ]);
    for (q, expected) in [
        (
            "so",
            &["Wool socks", "Wool sofa", "Soft wool", "Cotton socks"][..],
        ),
        ("SOCK", &["Wool socks", "Cotton socks"]),
        (
            "wool so",
            &[
                "Wool socks",
                "Wool sofa",
                "Soft wool",
                "Cotton socks",
                "Also wool",
            ],
        ),
        ("sock cot", &["Cotton socks"]),
        ("wo socks", &["Wool socks", "Cotton socks"]),
    ] {
        let mut found = catalog.find(&begun(q));
        // Of those that have all words; the rest follows.
        found.truncate(expected.len());
        found.sort_unstable();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(found, expected, "{q}");
    }
    let best = &catalog.find(&begun("wool so"))[..3];
    for title in ["Wool socks", "Wool sofa", "Soft wool"] {
        assert!(best.contains(&title), "{best:?}");
    }
    assert_eq!(
        catalog.find(&text("so")),
        Vec::<&str>::new(),
        "a whole word"
    );
}

#[test]
fn a_whole_word_comes_before_longer_ones() {
    let catalog = titled(&["Sofas", "Sofa", "Sofabed"]);
    assert_eq!(catalog.find(&begun("sofa"))[0], "Sofa");
}

#[test]
fn a_beginning_may_be_misspelled_when_nothing_begins_so() {
    let catalog = titled(&["Headphones", "Hat"]);
    assert_eq!(catalog.find(&begun("haedpho")), ["Headphones"]);
    assert_eq!(catalog.find(&begun("hxa")), Vec::<&str>::new(), "too short");
    assert_eq!(
        catalog.find(&begun("headp4o")),
        Vec::<&str>::new(),
        "a digit"
    );
}

#[test]
fn one_letter_finds_the_commonest_words_of_many() {
    let mut catalog = Catalog::new();
    for commit in 0..3 {
        let rare = (0..100).map(|n| product(&format!("s{commit}x{n} thing")).object());
        let common = (0..4).map(|_| product("sock").object());
        catalog.add(rare.chain(common));
    }
    let query = SearchQuery {
        page: Page {
            offset: 0,
            limit: 12,
        },
        ..begun("s")
    };
    let found = catalog.search(&query);
    assert_eq!(catalog.identities(&found), ["sock"; 12]);
    // Fifty words stand for the letter: `sock`, and of the others 49.
    assert_eq!(found.total_hits, 12 + 49);
}

#[test]
fn other_forms_of_earlier_words_and_filters_count() {
    let mut catalog = Catalog::new();
    catalog.add([
        product("a").with("title", "Red shoe laces").object(),
        product("b")
            .with("title", "Red shoe lamp")
            .of_type("article")
            .object(),
    ]);
    let mut query = begun("red la");
    query.filters.any_of = field_filters(&["type:article"]);
    assert_eq!(catalog.find(&query), ["b"]);
}

fn marked(
    catalog: &Catalog,
    query: &SearchQuery,
    object: &Object,
    request: &HighlightRequest,
) -> String {
    let marked = catalog
        .search(query)
        .marker
        .mark(ShownObject::new(object), request);
    marked.map_or("-".to_owned(), |marked| marked.to_html("[", "]"))
}

#[test]
fn what_was_found_is_marked() {
    let object = product("p")
        .with("title", "Žluté ponožky, T-shirt")
        .with(
            "description",
            "A long story that says nothing of it, and then: ponožky at last",
        )
        .with("color", texts(&["blue", "yellow"]))
        .object();
    let mut catalog = Catalog::of([object.clone()]);
    catalog.site.language = Language::Any;
    let whole = |field: &str, fallback| HighlightRequest {
        field: ShownName::new(field).unwrap(),
        chars_max: None,
        fallback,
    };
    let mark = |query, request: &HighlightRequest| marked(&catalog, &query, &object, request);
    let title = whole("title", false);
    assert_eq!(mark(text("PONOZKY"), &title), "Žluté [ponožky], T-shirt");
    assert_eq!(
        mark(text("ponozki tshirt"), &title),
        "Žluté [ponožky], [T-shirt]"
    );
    assert_eq!(mark(begun("zlu"), &title), "[Žluté] ponožky, T-shirt");
    assert_eq!(mark(text("yellow"), &title), "-");
    assert_eq!(
        mark(text("yellow"), &whole("title", true)),
        "Žluté ponožky, T-shirt"
    );
    assert_eq!(mark(text("yellow"), &whole("color", false)), "[yellow]");
    assert_eq!(mark(text("red"), &whole("color", true)), "blue");
    assert_eq!(mark(everything(), &whole("color", true)), "blue");
    assert_eq!(mark(text("yellow"), &whole("none", true)), "-");
    let fragment = HighlightRequest {
        field: ShownName::new("description").unwrap(),
        chars_max: Some(18),
        fallback: true,
    };
    assert_eq!(mark(text("ponozky"), &fragment), "[ponožky] at last");
    assert_eq!(mark(text("yellow"), &fragment), "A long story that");
}

#[test]
fn functions_of_numbers_multiply_the_score() {
    let mut catalog = Catalog::new();
    for (identity, views) in [("few", 1.0), ("many", 900.0), ("some", 30.0)] {
        let object = product(identity)
            .with("title", "Sock")
            .with("views", number(views));
        catalog.add([object.object()]);
    }
    catalog.add([product("none").with("title", "Sock").object()]);
    for function in [
        BoostFunction::Linear,
        BoostFunction::Logarithmic,
        BoostFunction::Exponential,
    ] {
        let boost = FunctionalBoost {
            field: "views".into(),
            function,
        };
        for query in [text("sock"), everything()] {
            let query = SearchQuery {
                functional_boosts: vec![boost.clone()],
                ..query
            };
            let found = catalog.find(&query);
            assert_eq!(found, ["many", "some", "few", "none"], "{function:?}");
        }
    }
}
