//! Words looked for in some attributes alone.

use super::*;
use crate::domain::{LastWord, ScopedField};

fn scoped(q: &str, scope: &[(&str, f32)]) -> SearchQuery {
    let field = |&(field, weight): &(&str, f32)| ScopedField {
        field: field.into(),
        weight,
    };
    SearchQuery {
        scope: Some(scope.iter().map(field).collect()),
        ..text(q)
    }
}

fn books(has_words_by_attribute: bool) -> Catalog {
    let settings = IndexSettings {
        has_words_by_attribute,
        ..settings()
    };
    let mut catalog =
        Catalog::over(Index::create_in(RamDirectory::create(), settings, None).unwrap());
    let book = |identity: &str, title: &str, author: &str, tags: &[&str]| {
        product(identity)
            .with("title", title)
            .with("author", author)
            .with("tags", texts(tags))
            .object()
    };
    catalog.add([
        book("moby", "Moby Dick", "Herman Melville", &["whale", "sea"]),
        book("whale", "The whale and the sea", "Ann Reed", &["children"]),
    ]);
    catalog.add([
        book("reed", "Weaving with reed", "Tom Weaver", &["craft"]),
        book("knots", "Knots", "Ann Weaver", &["craft", "Sea"]),
    ]);
    catalog
}

#[test]
fn words_are_found_only_in_the_attributes_asked_for() {
    let catalog = books(true);
    for (q, scope, expected) in [
        ("whale", &[("title", 1.0)][..], &["whale"][..]),
        ("whale", &[("tags", 1.0)], &["moby"]),
        ("whale", &[("author", 1.0)], &[]),
        ("reed", &[("author", 1.0)], &["whale"]),
        ("sea whale", &[("tags", 1.0)], &["moby", "knots"]),
        ("whale", &[("never", 1.0)], &[]),
        ("whael", &[("tags", 1.0)], &["moby"]),
        (
            "ann craft",
            &[("author", 1.0), ("tags", 1.0)],
            &["knots", "whale", "reed"],
        ),
    ] {
        let found = catalog.find(&scoped(q, scope));
        assert_eq!(found, expected, "{q} in {scope:?}");
    }
    assert_eq!(catalog.search(&text("whale")).total_hits, 2, "everywhere");
}

#[test]
fn the_weight_of_an_attribute_decides() {
    let catalog = books(true);
    let find = |title, tags| catalog.find(&scoped("whale", &[("title", title), ("tags", tags)]));
    assert_eq!(find(5.0, 1.0), ["whale", "moby"]);
    assert_eq!(find(1.0, 5.0), ["moby", "whale"]);
}

#[test]
fn begun_words_filters_and_facets_keep_to_the_scope() {
    let catalog = books(true);
    let mut query = SearchQuery {
        last_word: LastWord::Begun,
        ..scoped("se", &[("tags", 1.0)])
    };
    assert_eq!(catalog.find(&query), ["moby", "knots"]);
    let facet = catalog.text_facet(&query, "author");
    assert_eq!(
        facet,
        [
            ("Ann Weaver".to_owned(), 1),
            ("Herman Melville".to_owned(), 1)
        ]
    );
    query.filters.none_of = field_filters(&["author:Ann Weaver"]);
    assert_eq!(catalog.find(&query), ["moby"]);
}

#[test]
fn in_other_indexes_titles_brands_categories_and_codes_are_told_apart() {
    let mut catalog = books(false);
    catalog.add([product("net")
        .with("title", "Net")
        .with("brand", "Whale")
        .object()]);
    assert_eq!(catalog.find(&scoped("whale", &[("title", 1.0)])), ["whale"]);
    assert_eq!(catalog.find(&scoped("whale", &[("brand", 1.0)])), ["net"]);
    let anywhere = catalog.search(&scoped("whale", &[("tags", 1.0)]));
    assert_eq!(anywhere.total_hits, 3);
}
