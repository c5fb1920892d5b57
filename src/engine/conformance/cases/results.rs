//! What belongs to the result of several words, and which suggestions stand first (docs/reference/05-search.md §6).

use crate::domain::{Quicksearch, ResultSet, SearchQuery, SearchResults};
use crate::engine::conformance::objects::{
    begun, category, filters, integer, narrow, object_type, product, text, titled,
};
use crate::engine::conformance::shop::{Shop, correction, identities};
use crate::engine::conformance::{Backend, on_every_backend};

on_every_backend![
    scored:
    suggestions_say_which_words_they_have,
    suggestions_that_are_nearly_the_same_make_room,
    categories_are_suggested_by_what_they_lead_to,
    what_is_misspelled_goes_beside_enough_that_is_right,
    what_is_misspelled_stays_where_what_is_right_only_mentions_it,
    most_words_belong_to_few_with_all,
    numbers_and_the_most_telling_word_are_never_missed,
    what_is_in_a_category_called_so_is_all_of_it,
    each_type_has_a_result_of_its_own,
    titles_that_say_what_was_typed_and_resemble_others_come_first,
];

async fn suggestions_say_which_words_they_have<B: Backend>() {
    let shop = Shop::<B>::with([
        product("a").titled("Red lamp"),
        product("b").titled("Blue lamp").of_type("article"),
        product("c").titled("Red sofa").of_type("article"),
    ])
    .await;
    let suggest = |typed: &str, types: &[&str]| SearchQuery {
        quicksearch: types
            .iter()
            .map(|name| Quicksearch::new(object_type(name), 5))
            .collect(),
        quicksearch_alone: true,
        result_set: ResultSet::Narrow,
        ..begun(typed)
    };
    let told = async |query: SearchQuery| {
        let found = shop.search(&query).await;
        let hits = found.quicksearch_hits.iter();
        let mut names: Vec<String> = hits
            .map(|hit| hit.object.shown().identity().to_string())
            .collect();
        names.sort_unstable();
        assert!(found.hits.is_empty() && found.total_hits == 0);
        (names.join(" "), found.partial_words.join(" "))
    };
    let both = &["product", "article"];
    assert_eq!(
        told(suggest("red la", both)).await,
        ("a".to_owned(), String::new())
    );
    // Where nothing has all words, some of them are told.
    let some = told(suggest("blue so", &["product", "article"])).await;
    assert_eq!(some.0, "b c");
    let some = told(suggest("green lamp", both)).await;
    assert_eq!(some, ("a b".to_owned(), "lamp".to_owned()));
}

fn suggested(found: &SearchResults) -> String {
    let hits = found.quicksearch_hits.iter();
    let names = hits.map(|hit| hit.object.shown().identity().to_string());
    names.collect::<Vec<_>>().join(" ")
}

async fn suggestions_that_are_nearly_the_same_make_room<B: Backend>() {
    let shop = Shop::<B>::with([
        product("a").titled("Wool socks for men red"),
        product("b").titled("Wool socks for men blue"),
        product("c").titled("Wool socks for men"),
        product("d").titled("Wool hat"),
        product("e").titled("Wool scarf with a long fringe"),
    ])
    .await;
    let suggest = |limit| SearchQuery {
        quicksearch: vec![Quicksearch::new(object_type("product"), limit)],
        quicksearch_alone: true,
        result_set: ResultSet::Narrow,
        ..begun("woo")
    };
    let few = suggested(&shop.search(&suggest(3)).await);
    let alike = ["a", "b", "c"].iter().filter(|name| few.contains(**name));
    assert_eq!(alike.count(), 1, "{few}");
    assert!(few.contains('d') && few.contains('e'), "{few}");
    let all = suggested(&shop.search(&suggest(5)).await);
    assert_eq!(all.len(), "a b c d e".len(), "nothing is left out: {all}");
}

async fn categories_are_suggested_by_what_they_lead_to<B: Backend>() {
    let kinds = ["Wool socks", "Wool hats", "Wool scarves"];
    let of_kinds = [1, 3, 2];
    let categories = kinds
        .iter()
        .map(|kind| product(kind).titled(kind).of_type("category"));
    let products = kinds.iter().zip(of_kinds).flat_map(|(kind, count)| {
        (0..count).map(move |at| product(&format!("{kind} {at}")).with("kind", *kind))
    });
    // What cannot be had leads nowhere.
    let gone = (0..4).map(|at| {
        product(&format!("gone {at}"))
            .with("kind", "Wool socks")
            .with("availability", integer(0))
    });
    let shop = Shop::<B>::with(categories.chain(products).chain(gone)).await;
    let leading = Quicksearch {
        led_to_by: Some("kind".into()),
        ..Quicksearch::new(object_type("category"), 3)
    };
    let query = SearchQuery {
        quicksearch: vec![leading],
        quicksearch_alone: true,
        result_set: ResultSet::Narrow,
        ..begun("wool")
    };
    let found = suggested(&shop.search(&query).await);
    assert_eq!(found, "Wool hats Wool scarves Wool socks");
}

async fn what_is_misspelled_goes_beside_enough_that_is_right<B: Backend>() {
    let four = ["Bank one", "Bank two", "Bank three", "Back four"];
    let shop = Shop::<B>::with(titled(&four)).await;
    assert_eq!(shop.search(&narrow("bank")).await.total_hits, 3);
    assert_eq!(shop.search(&text("bank")).await.total_hits, 4, "wide");
    let shop = Shop::<B>::with(titled(&four[1..])).await;
    assert_eq!(shop.search(&narrow("bank")).await.total_hits, 3, "too few");
}

async fn what_is_misspelled_stays_where_what_is_right_only_mentions_it<B: Backend>() {
    let called = (0..25).map(|at| product(&format!("called{at}")).titled("Kalimbo"));
    let mentioning = (0..3).map(|at| {
        product(&format!("told{at}")).titled("Lamp").with(
            "description",
            "Whoever reads beneath it soon forgets the kalimba that plays, and how late it is for a walk in the woods",
        )
    });
    let shop = Shop::<B>::with(called.chain(mentioning)).await;
    let found = shop.search(&narrow("kalimba")).await;
    assert_eq!(found.total_hits, 25);
    let hits = identities(&found);
    assert!(hits.iter().all(|hit| hit.starts_with("called")), "{hits:?}");
}

async fn most_words_belong_to_few_with_all<B: Backend>() {
    let shop = Shop::<B>::with(titled(&[
        "Red wool sock",
        "Red wool hat",
        "Red cotton sock",
        "Blue lamp",
        "Red box",
    ]))
    .await;
    let found = shop.find_sorted(&narrow("red wool sock")).await;
    assert!(found.contains("Red wool sock"), "{found}");
    assert!(
        found.contains("Red wool hat") || found.contains("Red cotton sock"),
        "{found}"
    );
    assert!(
        !found.contains("Red box") && !found.contains("Blue lamp"),
        "{found}"
    );
    // Where nothing has enough of the words: what has as much of them as any.
    let found = shop.search(&narrow("blue sock")).await;
    assert!(found.total_hits > 0 && found.total_hits < 4);
    let found = shop.search(&narrow("lamp glove")).await;
    assert_eq!(identities(&found), ["Blue lamp"]);
    assert!(!found.hits[0].exact);
    assert_eq!(correction(&found), "lamp -glove");
}

async fn numbers_and_the_most_telling_word_are_never_missed<B: Backend>() {
    let mut titles = vec![
        "Acme phone case x10",
        "Acme phone case x11",
        "Acme phone strap x10",
    ];
    let others = [
        "Acme phone",
        "Acme case",
        "Acme phone one",
        "Acme phone two",
    ];
    titles.extend(others);
    let shop = Shop::<B>::with(titled(&titles)).await;
    let found = shop.find_sorted(&narrow("acme phone case x10")).await;
    assert!(found.contains("case x10"), "{found}");
    assert!(
        !found.contains("x11"),
        "another model is another thing: {found}"
    );
    let found = shop.find_sorted(&narrow("acme phone strap")).await;
    assert_eq!(found, "Acme phone strap x10");
}

async fn what_is_in_a_category_called_so_is_all_of_it<B: Backend>() {
    let socks = (0..11).map(|at| {
        let name = format!("s{at}");
        product(&name)
            .titled(&format!("Sock {at}"))
            .nesting(category("socks", "Socks"))
    });
    let washing = (0..20).map(|at| {
        let name = format!("w{at}");
        product(&name).titled(&format!("Bag for socks {at}"))
    });
    let shop = Shop::<B>::with(socks.chain(washing)).await;
    let mut query = narrow("socks");
    query.filters.any_of = filters(&["type:product"]);
    let found = shop.find(&query).await;
    assert_eq!(found.len(), 11, "{found:?}");
    assert!(found.iter().all(|name| name.starts_with('s')), "{found:?}");
}

async fn each_type_has_a_result_of_its_own<B: Backend>() {
    let shop = Shop::<B>::with([
        product("p1").titled("Red lamp"),
        product("p2").titled("Blue lamp"),
        product("a1").titled("Red").of_type("article"),
        product("a2").titled("Lamp").of_type("article"),
        product("a3").titled("Sofa").of_type("article"),
    ])
    .await;
    let mut query = narrow("red lamp");
    query.quicksearch = vec![Quicksearch::new(object_type("article"), 5)];
    query.filters.any_of = filters(&["type:product"]);
    let found = shop.search(&query).await;
    assert_eq!(identities(&found), ["p1"]);
    let hits = found.quicksearch_hits.iter();
    let mut names: Vec<String> = hits
        .map(|hit| hit.object.shown().identity().to_string())
        .collect();
    names.sort_unstable();
    assert!(
        !names.is_empty() && !names.contains(&"a3".to_owned()),
        "{names:?}"
    );
}

async fn titles_that_say_what_was_typed_and_resemble_others_come_first<B: Backend>() {
    let mut titles: Vec<String> = (0..12).map(|at| format!("Video projector {at}")).collect();
    titles.insert(0, "Projector lamp for video".to_owned());
    titles.insert(1, "Screen projector video stand holder".to_owned());
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let shop = Shop::<B>::with(titled(&titles)).await;
    let found = shop.find(&text("video projector")).await;
    assert_eq!(found.len(), 14);
    assert!(found[0].starts_with("Video projector"), "{found:?}");
    let place = |name: &str| found.iter().position(|one| one == name).unwrap();
    assert!(place("Projector lamp for video") > 9, "{found:?}");
}
