//! What belongs to the result of a query: sets too large for `cases/result_set.json`, and the set of a site that
//! wants the wide one.

use serde_json::json;

use super::{Catalog, product};
use crate::support::{ObjectJson, SearchAnswer, TestServer};

/// So many products of this title and more fields.
fn many(prefix: &str, count: usize, title: &str, maker: &str) -> Vec<ObjectJson> {
    let one = |n| {
        product(
            &format!("{prefix}{n}"),
            json!({"title": format!("{title} {prefix}{n}"), "maker": maker, "price_amount": 100 + n}),
        )
    };
    (0..count).map(one).collect()
}

fn mentioning(identity: &str) -> ObjectJson {
    let text =
        "Goes well with a red dress and with much else that is worn in the evening by the sea";
    product(
        identity,
        json!({"title": "Scarf", "maker": "Far", "price_amount": 1, "description": text}),
    )
}

#[tokio::test]
async fn prose_is_no_reason_to_be_found_where_enough_say_what_they_are() {
    let mut objects = many("red-dress-", 2, "Red dress", "Near");
    objects.push(mentioning("scarf"));
    objects.push(product(
        "bra",
        json!({"title": "Red bra", "price_amount": 2}),
    ));
    let few = Catalog::of_list(objects.clone()).await;
    assert_eq!(few.search("q=red+dress").await.total(), 3);
    assert_eq!(
        few.search("q=red+dress&sort=price_amount:asc")
            .await
            .identities()[0],
        "scarf"
    );

    objects.extend(many("more-", 8, "Red dress", "Near"));
    let enough = Catalog::of_list(objects).await;
    for parameters in [
        "q=red+dress&sort=price_amount:asc&size=50",
        "q=red+dress&size=50",
        "q=red+dress&size=50&sort=price_amount:desc",
    ] {
        let answer = enough.search(parameters).await;
        assert_eq!(answer.total(), 10, "{parameters}");
        assert_eq!(answer.identities().len(), 10, "{parameters}");
        assert!(!answer.identities().contains(&"scarf".to_owned()));
    }
    assert_eq!(
        enough
            .counts("q=red+dress&facets=maker&size=0", "maker")
            .await,
        ["Near 10"]
    );
    // Chosen before the filters, for facets that leave one out as well.
    assert_eq!(enough.search("q=red+dress&f[]=maker:Far").await.total(), 0);
    assert_eq!(
        enough
            .counts("q=red+dress&f[]=maker:Far&facets=maker", "maker")
            .await,
        ["Near 10"]
    );
    let page = enough.search("q=red+dress&size=4&page=3").await;
    assert_eq!(page.identities().len(), 2);
}

#[tokio::test]
async fn dynamic_facets_and_ranges_stand_on_the_set() {
    let mut objects = many("a", 6, "Red dress", "One");
    objects.extend(many("b", 6, "Red dress", "Two"));
    objects.push(mentioning("scarf"));
    objects.extend(many("c", 30, "Red hat", "Three"));
    let catalog = Catalog::of_list(objects).await;
    let answer = catalog
        .search("q=red+dress&size=0&facets=price_amount:3&dynamic_facets_size=1")
        .await;
    let ranges = answer.facet("price_amount");
    let counted: u64 = ranges.iter().map(|(_, count)| count).sum();
    assert_eq!(counted, 12);
    assert!(ranges[0].0.starts_with("100.0|"), "{ranges:?}");
    let makers = answer.facet("maker");
    assert_eq!(makers, [("One".to_owned(), 6), ("Two".to_owned(), 6)]);
}

#[tokio::test]
async fn a_word_that_ten_objects_have_in_some_form_is_no_misspelling_of_another() {
    let mut objects = many("c", 6, "Chair", "Ada");
    objects.extend(many("k", 12, "Office chain", "Bea"));
    let few = Catalog::of_list(objects.clone()).await;
    let answer = few.search("q=office+chair&facets=maker").await;
    assert_eq!(answer.facet("maker"), [("Bea".to_owned(), 12)]);
    objects.extend(many("d", 4, "Chairs", "Ada"));
    let catalog = Catalog::of_list(objects).await;
    let answer = catalog.search("q=office+chair&facets=maker").await;
    assert_eq!(answer.facet("maker"), [("Ada".to_owned(), 10)]);
    assert_eq!(
        answer.json()["results"]["corrected_query"],
        "<strike>office</strike> chair"
    );
}

#[tokio::test]
async fn a_category_of_that_name_is_the_set_where_it_is_much_of_it() {
    let drinks = |n: usize| {
        let cola = product(
            &format!("cola{n}"),
            json!({"title": format!("Cola {n}"), "price_amount": 50 + n}),
        );
        let nested = json!({"type": "category", "identity": "cold", "title": "Cold Drinks", "web_url": "/c/cold"});
        cola.nested(nested)
    };
    let mut objects: Vec<ObjectJson> = (0..10).map(drinks).collect();
    objects.extend(many("juice", 20, "Cold drinks press juice", "Near"));
    let catalog = Catalog::of_list(objects.clone()).await;
    let all = "f[]=type:product&size=50";
    for q in ["cold+drinks", "cold+drink", "COLD+DRINKS"] {
        let answer = catalog.search(&format!("q={q}&{all}")).await;
        assert_eq!(answer.total(), 10, "{q}");
    }
    // A small part of what is called so is not all that is meant, but comes first.
    objects.extend(many("more", 30, "Cold drinks bottle", "Near"));
    let catalog = Catalog::of_list(objects).await;
    let answer = catalog.search(&format!("q=cold+drinks&{all}")).await;
    assert_eq!(answer.total(), 60);
    let first = &answer.identities()[..10];
    assert!(first.iter().all(|id| id.starts_with("cola")), "{first:?}");
}

#[tokio::test]
async fn a_word_in_the_way_is_struck_and_several_may_be_but_never_all() {
    let mut objects = many("mug", 3, "Coffee mug", "Near");
    objects.push(product("tractor", json!({"title": "Tractor"})));
    let catalog = Catalog::of_list(objects).await;
    let answer = catalog.search("q=tractor+mug").await;
    assert_eq!(answer.identities(), ["tractor"]);
    assert_eq!(answer.hit("tractor")["exact"], false);
    let corrected = |answer: &SearchAnswer| answer.json()["results"]["corrected_query"].clone();
    assert_eq!(corrected(&answer), "tractor <strike>mug</strike>");
    let answer = catalog.search("q=xyzzyq+coffee+mug+qwxyz").await;
    assert_eq!(answer.total(), 3);
    assert_eq!(
        corrected(&answer),
        "<strike>xyzzyq</strike> coffee mug <strike>qwxyz</strike>"
    );
    assert_eq!(catalog.search("q=xyzzyq+qwxyz").await.total(), 0);
}

#[tokio::test]
async fn a_site_may_want_everything_that_has_a_word() {
    let server = TestServer::builder()
        .set_for_site("result_set", "\"wide\"")
        .start()
        .await;
    let objects = [
        product("both", json!({"title": "Red dress"})),
        product("one", json!({"title": "Red bra"})),
        product("other", json!({"title": "Blue dress"})),
        product("none", json!({"title": "Hat"})),
    ];
    server.site().replace(objects.to_vec()).await.ok();
    let wide = server.site().search("q=red+dress").await;
    assert_eq!(wide.total(), 3);
    assert_eq!(wide.identities()[0], "both");
    let narrow = Catalog::of(objects).await;
    assert_eq!(narrow.found("q=red+dress").await, "both");
}

#[tokio::test]
async fn words_that_join_others_are_no_condition_in_the_language_of_the_site() {
    let server = TestServer::builder()
        .set_for_site("language", "\"cs\"")
        .start()
        .await;
    let objects = [
        product("for", json!({"title": "Pouzdro pro telefon"})),
        product("on", json!({"title": "Pouzdro na telefon"})),
        product("phone", json!({"title": "Telefon pro seniory"})),
        product("pro", json!({"title": "Telefon Max Pro"})),
    ];
    server.site().replace(objects.to_vec()).await.ok();
    let mut found = server
        .site()
        .search("q=pouzdro+pro+telefon")
        .await
        .identities();
    found.sort();
    assert_eq!(found, ["for", "on"]);
    // At the end of a query it joins nothing.
    assert_eq!(
        server.site().search("q=max+pro").await.identities(),
        ["pro"]
    );
}
