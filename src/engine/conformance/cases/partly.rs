//! What is found by several words where little has all of them, and by words that nothing has (docs/reference/05-search.md §6).

use crate::domain::{Quicksearch, Site, VariantMode};
use crate::engine::conformance::objects::{filters, narrow, object_type, product, site_of, titled};
use crate::engine::conformance::shop::{Shop, correction, identities};
use crate::engine::conformance::{Backend, on_every_backend};

on_every_backend![
    scored:
    of_what_has_some_of_the_words_the_right_ones_are_taken,
    most_words_belong_to_a_type_that_has_none_with_all,
    what_lacks_a_number_has_not_most_of_the_words,
    what_lacks_the_most_telling_word_has_not_most_of_the_words,
    what_has_one_word_alone_has_not_most_of_three,
    one_of_two_words_is_most_of_them_where_it_tells_most,
    what_is_told_of_a_thing_belongs_to_it,
    what_is_misspelled_is_left_out_where_a_word_is_dropped,
    a_type_that_is_asked_for_has_some_of_the_words_where_another_one_has_all,
    variants_beside_the_hits_are_found_by_all_words,
    codes_are_no_misspellings_of_what_is_called_almost_so,
];

async fn of_what_has_some_of_the_words_the_right_ones_are_taken<B: Backend>() {
    // What is rare tells more, and one of the two is spelt so.
    let mut titles = vec!["Blue lamp".to_owned(), "Grey lamb".to_owned()];
    titles.extend((0..6).map(|at| format!("Hat {at}")));
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let shop = Shop::<B>::with(titled(&titles)).await;
    let found = shop.search(&narrow("lamp hat")).await;
    assert_eq!(identities(&found), ["Blue lamp"]);
    assert_eq!(correction(&found), "lamp -hat");
}

async fn most_words_belong_to_a_type_that_has_none_with_all<B: Backend>() {
    let shop = Shop::<B>::with([
        product("all").titled("Red wool sock"),
        product("most").titled("Wool sock").of_type("article"),
        product("some").titled("Red box").of_type("article"),
    ])
    .await;
    let every = shop.find_sorted(&narrow("red wool sock")).await;
    assert_eq!(every, "all, most");
    let mut articles = narrow("red wool sock");
    articles.filters.any_of = filters(&["type:article"]);
    assert_eq!(shop.find(&articles).await, ["most"]);
}

async fn what_lacks_a_number_has_not_most_of_the_words<B: Backend>() {
    // Others have the number, so that it tells less than the name.
    let mut titles = vec![
        "Zebra phone x10".to_owned(),
        "Zebra phone x11".to_owned(),
        "Zebra phone case".to_owned(),
    ];
    titles.extend((0..6).map(|at| format!("Lamp x10 {at}")));
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let shop = Shop::<B>::with(titled(&titles)).await;
    let found = shop.find_sorted(&narrow("zebra phone x10")).await;
    assert_eq!(found, "Zebra phone x10");
    let found = shop.find_sorted(&narrow("zebra phone rug")).await;
    assert_eq!(found, "Zebra phone case, Zebra phone x10, Zebra phone x11");
}

async fn what_lacks_the_most_telling_word_has_not_most_of_the_words<B: Backend>() {
    let shop = Shop::<B>::with(titled(&[
        "Gold plated earring",
        "Silver earring",
        "Gold plated necklace",
        "Gold plated ring",
        "Lamp one",
        "Lamp two",
        "Lamp three",
        "Lamp four",
    ]))
    .await;
    let found = shop.find_sorted(&narrow("gold plated earring")).await;
    assert_eq!(found, "Gold plated earring");
}

async fn what_has_one_word_alone_has_not_most_of_three<B: Backend>() {
    let mut titles = vec!["Zebra lamp red".to_owned(), "Zebra rug".to_owned()];
    titles.extend((0..10).map(|at| format!("Red lamp {at}")));
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let shop = Shop::<B>::with(titled(&titles)).await;
    let found = shop.find_sorted(&narrow("zebra red lamp")).await;
    assert_eq!(found, "Zebra lamp red");
}

const PROSE: &str = "Whoever reads beneath it soon forgets that there are kalimba players in the yard, and how late it \
                     is for a walk of tall people in the woods";

async fn one_of_two_words_is_most_of_them_where_it_tells_most<B: Backend>() {
    let hats = (0..8).map(|at| product(&format!("hat{at}")).titled("Hat for tall people"));
    let shop = Shop::<B>::with(hats.chain([
        product("mention").titled("Lamp").with("description", PROSE),
        product("it").titled("Kalimba"),
    ]))
    .await;
    let found = shop.find_sorted(&narrow("kalimba tall")).await;
    assert_eq!(found, "it, mention");
}

async fn what_is_told_of_a_thing_belongs_to_it<B: Backend>() {
    let shop = Shop::<B>::with([
        product("named").titled("Kalimba lamp"),
        product("told").titled("Lamp").with("description", PROSE),
        product("other").titled("Lamp"),
    ])
    .await;
    let found = shop.find_sorted(&narrow("kalimba lamp")).await;
    assert_eq!(found, "named, told");
}

async fn what_is_misspelled_is_left_out_where_a_word_is_dropped<B: Backend>() {
    let shop = Shop::<B>::with(titled(&["Blue lamp", "Grey lamb"])).await;
    let found = shop.search(&narrow("lamp qqqqqq")).await;
    assert_eq!(identities(&found), ["Blue lamp"]);
    assert_eq!(correction(&found), "lamp -qqqqqq");
    let found = shop.find_sorted(&narrow("lamp")).await;
    assert_eq!(found, "Blue lamp, Grey lamb");
}

async fn a_type_that_is_asked_for_has_some_of_the_words_where_another_one_has_all<B: Backend>() {
    let shop = Shop::<B>::with([
        product("all").titled("Red lamp"),
        product("some").titled("Lamp").of_type("article"),
    ])
    .await;
    let mut articles = narrow("red lamp");
    articles.filters.any_of = filters(&["type:article"]);
    assert_eq!(shop.find(&articles).await, ["some"]);
    assert_eq!(shop.find(&narrow("red lamp")).await, ["all"]);
}

async fn variants_beside_the_hits_are_found_by_all_words<B: Backend>() {
    let shop = Shop::<B>::of(Site {
        variants: VariantMode::Inside,
        ..site_of("shop-1")
    });
    let shirt = |color: &str| [("title", format!("{color} shirt").as_str().into())];
    shop.add([product("shirt")
        .titled("Shirt")
        .variant(shirt("Red"))
        .variant(shirt("Blue"))])
        .await;
    let mut query = narrow("red shirt");
    query.quicksearch = vec![Quicksearch::new(object_type("variant"), 9)];
    let found = shop.search(&query).await;
    let beside = found.quicksearch_hits.iter();
    let beside = beside.map(|hit| hit.object.shown().identity().as_str());
    assert_eq!(beside.collect::<Vec<_>>(), ["shirt-0"]);
    assert_eq!(identities(&found), ["shirt"]);
}

async fn codes_are_no_misspellings_of_what_is_called_almost_so<B: Backend>() {
    let shop = Shop::<B>::with([
        product("coded").with("product_code", "ZEBRINO OKAPO-4"),
        product("spelt").titled("Zebrina okapi 4"),
    ])
    .await;
    assert_eq!(shop.find(&narrow("zebrino okapo 4")).await, ["coded"]);
    let found = shop.find_sorted(&narrow("zebrino okapo")).await;
    assert_eq!(found, "coded, spelt");
}
