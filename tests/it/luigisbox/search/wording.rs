//! What a site's rules say about words: synonyms and stop words (docs/reference/05-search.md §2 `use_fixits`).

use serde_json::json;

use super::{Catalog, product};
use crate::support::TestServer;

const RULES: &str = r#"{ stop_words = ["for"], synonyms = [{ words = ["laptop", "portable computer"] }, { typed = ["sale"], found = ["discount"] }] }"#;

async fn worded() -> Catalog {
    let server = TestServer::builder().set_for_site("rules", RULES);
    let server = server.start().await;
    let objects = [
        product("laptop", json!({"title": "Thin laptop"})),
        product("computer", json!({"title": "Portable computer"})),
        product("case", json!({"title": "Case for a laptop"})),
        product("sale", json!({"title": "Summer sale"})),
        product("discount", json!({"title": "Discount shelf"})),
    ];
    server.site().replace(objects).await.ok();
    Catalog(server)
}

#[tokio::test]
async fn synonyms_find_each_other_and_count_as_full_matches() {
    let catalog = worded().await;
    for q in ["q=laptops", "q=portable+computer"] {
        assert_eq!(
            catalog.found_any_order(q).await,
            "case computer laptop",
            "{q}"
        );
    }
    let answer = catalog.search("q=laptop").await;
    let results = &answer.json()["results"];
    assert!(results["corrected_query"].is_null());
    let hits = results["hits"].as_array().expect("hits");
    assert!(hits.iter().all(|hit| hit["exact"] == true));
    assert_eq!(catalog.found_any_order("q=sale").await, "discount sale");
    assert_eq!(catalog.found_any_order("q=discount").await, "discount");
    assert_eq!(catalog.found("q=discount&use_fixits=0").await, "discount");
    assert_eq!(catalog.found("q=sale&use_fixits=0").await, "sale");
}

#[tokio::test]
async fn stop_words_never_empty_a_query() {
    let catalog = worded().await;
    let answer = catalog.search("q=for+sale").await;
    assert_eq!(answer.total(), 2);
    assert!(answer.json()["results"]["corrected_query"].is_null());
    assert_eq!(catalog.found("q=for").await, "case");
}
