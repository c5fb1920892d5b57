//! Texts asked of a cluster and of the embedded engine: the same is found by them, in the same order, for the same reasons.
//! Invariant: objects are written once, so that both know as much of each word.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::generate::queries as other_queries;
use crate::domain::{
    BoostFunction, Explanation, FieldValue, FunctionalBoost, HighlightRequest, Hit, LastWord,
    Object, Page, QueryText, ResultSet, ScopedField, SearchQuery, SearchResults, ShownName, Site,
    Told, Typos,
};
use crate::engine::conformance::backends::{Embedded, OpenSearch};
use crate::engine::conformance::objects::{
    category, everything, filters, integer, number, product, site_of,
};
use crate::engine::conformance::shop::Shop;
use crate::engine::conformance::{Backend, random::compare_times};

const WORDS: [&str; 16] = [
    "headphones",
    "earphones",
    "red",
    "reed",
    "shoe",
    "shoes",
    "notebook",
    "note",
    "book",
    "power",
    "bank",
    "Žlutý",
    "5kg",
    "C++",
    "for",
    "x1",
];
const BRANDS: [&str; 3] = ["Acme", "Red", "Note"];
const COLORS: [&str; 4] = ["red", "blue", "Note book", "headphones"];
const CODES: [&str; 2] = ["4006381333931", "RX-100"];
const DAYS: [&str; 2] = ["2023-11-10", "2023-09-20"];
const TYPED: [&str; 16] = [
    "headphones",
    "eadphones",
    "erphones",
    "red",
    "shoe",
    "note",
    "book",
    "notebook",
    "powerbank",
    "bank",
    "zluty",
    "blue",
    "no",
    "rx100",
    "acme",
    "nothing",
];

fn words(most: usize) -> impl Strategy<Value = String> {
    let words = proptest::collection::vec(select(&WORDS[..]), 1..most);
    words.prop_map(|words| words.join(" "))
}

/// What an object is, without its name.
fn bodies() -> impl Strategy<Value = Vec<(&'static str, FieldValue)>> {
    let texts = (
        words(6),
        proptest::option::of(select(&BRANDS[..])),
        proptest::option::of(select(&COLORS[..])),
        // Longer texts are measured in steps by the embedded engine.
        proptest::option::weighted(0.4, words(14)),
        proptest::option::weighted(0.1, select(&CODES[..])),
    );
    let numbers = (
        proptest::option::weighted(0.2, 0..4_i64),
        proptest::option::weighted(0.2, 0..2_i64),
        proptest::option::weighted(0.3, select(vec![0.1, 0.5, 1.0])),
        proptest::option::weighted(0.3, select(&DAYS[..])),
        proptest::option::weighted(0.7, select(vec![-3.0, 0.0, 0.5, 2.0, 9.0, 40.0])),
        any::<bool>(),
    );
    (texts, numbers).prop_map(|(texts, numbers)| {
        let (title, brand, color, description, code) = texts;
        let (boost, available, margin, day, sold, is_hidden) = numbers;
        let mut fields: Vec<(&str, FieldValue)> = vec![("title", title.as_str().into())];
        fields.extend(brand.map(|brand| ("brand", brand.into())));
        fields.extend(color.map(|color| ("color", color.into())));
        fields.extend(description.map(|told| ("description", told.as_str().into())));
        fields.extend(code.map(|code| ("product_code", code.into())));
        fields.extend(boost.map(|boost| ("boost", integer(boost))));
        fields.extend(available.map(|available| ("availability", integer(available))));
        let name = if is_hidden { "_margin" } else { "margin" };
        fields.extend(margin.map(|margin| (name, number(margin))));
        fields.extend(day.map(|day| ("introduced_at", day.into())));
        fields.extend(sold.map(|sold| ("sold", number(sold))));
        fields
    })
}

fn objects() -> impl Strategy<Value = Vec<Object>> {
    let one = (bodies(), any::<bool>());
    proptest::collection::vec(one, 1..40).prop_map(|bodies| {
        let objects = bodies.into_iter().enumerate();
        let objects = objects.map(|(at, (fields, has_kind))| {
            let made = fields
                .into_iter()
                .fold(product(&format!("p{at}")), |made, (name, value)| {
                    made.with(name, value)
                });
            let kind = category("socks", "Shoes");
            if has_kind { made.nesting(kind) } else { made }.object()
        });
        // Of every attribute there is a value, whatever was drawn.
        let anchor = product("anchor")
            .with("color", "green")
            .with("brand", "B")
            .with("description", "nothing of it")
            .with("product_code", "000")
            .with("sold", number(1.0))
            .with("margin", number(0.0))
            .with("_margin", number(0.0));
        std::iter::once(anchor.object()).chain(objects).collect()
    })
}

fn boosts() -> impl Strategy<Value = Vec<FunctionalBoost>> {
    let functions = vec![
        BoostFunction::Linear,
        BoostFunction::Logarithmic,
        BoostFunction::Exponential,
    ];
    let boost = (select(vec!["sold", "margin", "unknown"]), select(functions));
    let boost = boost.prop_map(|(name, function)| FunctionalBoost {
        field: name.into(),
        function,
    });
    proptest::collection::vec(boost, 1..3)
}

fn scopes() -> impl Strategy<Value = Vec<ScopedField>> {
    let fields = vec![
        ("title", 2.0),
        ("brand", 1.0),
        ("color", 3.0),
        ("description", 0.5),
        ("unknown", 1.0),
    ];
    subsequence(fields, 1..4).prop_map(|fields| {
        let scoped = fields.into_iter().map(|(name, weight)| ScopedField {
            field: name.into(),
            weight,
        });
        scoped.collect()
    })
}

fn queries() -> impl Strategy<Value = SearchQuery> {
    let typed = proptest::collection::vec(select(&TYPED[..]), 0..4);
    let begun = select(vec![LastWord::Whole, LastWord::Begun]);
    let typos = select(vec![Typos::Tolerated, Typos::Told, Typos::Off]);
    let set = select(vec![ResultSet::Narrow, ResultSet::Wide]);
    let scope = proptest::option::weighted(0.3, scopes());
    let whole = proptest::option::weighted(0.2, scopes());
    let boosts = proptest::option::weighted(0.3, boosts());
    let wishes = subsequence(vec!["color:red", "brand:Acme"], 0..2);
    let asked = (typed, begun, typos, set, scope, whole, boosts, wishes);
    (asked, other_queries()).prop_map(|(asked, other)| {
        let (typed, last_word, typos, result_set, scope, whole, boosts, wishes) = asked;
        let text = QueryText::new(&typed.join(" "));
        let boosts = boosts.unwrap_or_default();
        let wishes = if text.is_none() && !boosts.is_empty() {
            Vec::new()
        } else {
            filters(&wishes)
        };
        let highlights = ["title", "description"].map(|name| HighlightRequest {
            field: ShownName::new(name).unwrap(),
            chars_max: None,
            fallback: false,
        });
        SearchQuery {
            text,
            last_word,
            typos,
            result_set,
            scope,
            whole_values: whole.unwrap_or_default(),
            functional_boosts: boosts,
            preferred: wishes,
            highlights: highlights.to_vec(),
            explain: true,
            page: Page {
                offset: other.page.offset,
                limit: 100,
            },
            ..everything()
        }
    })
}

/// Sequences of searches, each of two backends.
const CASES: u32 = 12;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: CASES,
        max_shrink_iters: 60,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_cluster_ranks_as_the_embedded_engine_does(
        words_by_attribute in any::<bool>(),
        objects in objects(),
        queries in proptest::collection::vec(queries(), 1..20),
    ) {
        if OpenSearch::is_there() {
            let site = Site {
                words_by_attribute,
                ..site_of("shop-1")
            };
            compare(&site, &objects, &queries);
        }
    }
}

fn compare(site: &Site, objects: &[Object], queries: &[SearchQuery]) {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(async {
        let embedded = Shop::<Embedded>::of(site.clone());
        let cluster = Shop::<OpenSearch>::of(site.clone());
        embedded.add(objects.to_vec()).await;
        cluster.add(objects.to_vec()).await;
        compare_times(&cluster, &embedded).await;
        for query in queries {
            let (told, expected) = (cluster.search(query).await, embedded.search(query).await);
            check(&told, &expected, query);
        }
    });
}

fn check(told: &SearchResults, expected: &SearchResults, query: &SearchQuery) {
    assert_eq!(told.total_hits, expected.total_hits, "{query:?}");
    assert_eq!(told.correction, expected.correction, "{query:?}");
    let names = |hits: &[Hit]| {
        let names = hits.iter().map(|hit| {
            let name = hit.object.shown().identity().to_string();
            format!("{name} {:?}", hit.score)
        });
        names.collect::<Vec<_>>()
    };
    let both = || {
        format!(
            "{:?}\n{:?}\n{query:?}",
            names(&told.hits),
            names(&expected.hits)
        )
    };
    assert_eq!(told.hits.len(), expected.hits.len(), "{}", both());
    for (told, expected) in told.hits.iter().zip(&expected.hits) {
        let name = |hit: &Hit| hit.object.shown().identity().to_string();
        assert_eq!(name(told), name(expected), "{}", both());
        assert_eq!(told.exact, expected.exact, "{}", both());
        assert_eq!(told.highlights, expected.highlights, "{}", both());
        match (told.score, expected.score) {
            (Some(told), Some(expected)) => assert!(is_near(told, expected), "{}", both()),
            (told, expected) => assert_eq!(told, expected, "{}", both()),
        }
        let explained = |hit: &Hit| hit.explanation.as_deref().map(told_by).unwrap();
        let ((told, numbers), (expected, expected_numbers)) =
            (explained(told), explained(expected));
        assert_eq!(told, expected, "{}", both());
        let are_near = { numbers.iter().zip(&expected_numbers) }
            .all(|(one, other)| is_near((*one).into(), (*other).into()));
        assert!(are_near, "{numbers:?} {expected_numbers:?} {}", both());
    }
}

fn is_near(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-4 * one.abs().max(1e-2)
}

/// What an explanation says in words and whole numbers, and its other numbers.
fn told_by(explanation: &Explanation) -> (String, Vec<f32>) {
    let mut numbers = vec![explanation.text_score, explanation.resemblance];
    let mut moves = Vec::new();
    for told in [
        explanation.freshness,
        explanation.margin,
        explanation.factor,
    ] {
        match told {
            Told::Number(number) => numbers.push(number),
            Told::Moves(is_so) => moves.push(is_so),
        }
    }
    let mut words = Vec::new();
    for word in &explanation.words {
        numbers.extend([word.idf, word.worth]);
        numbers.extend(word.fields.iter().map(|(_, counts)| *counts));
        let fields: Vec<&str> = word.fields.iter().map(|(name, _)| *name).collect();
        words.push(format!(
            "{} {} {fields:?} {:?}",
            word.met_by, word.edits, word.attributes
        ));
    }
    let told = format!(
        "{} {:?} {:?} {} {moves:?} {words:?}",
        explanation.match_quality,
        explanation.boost,
        explanation.availability,
        explanation.preferred,
    );
    (told, numbers)
}
