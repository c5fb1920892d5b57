//! `explain=true`, our extension: the parts of each hit's rank.

use serde_json::json;

use super::{Catalog, product};
use crate::support::TestServer;

#[tokio::test]
async fn each_hit_tells_what_of_the_query_it_has_and_what_that_counts() {
    let server = TestServer::builder()
        .set_for_site("result_set", "\"wide\"")
        .start()
        .await;
    let catalog = Catalog(server);
    let objects = [
        product(
            "red-shoe",
            json!({"title": "Red shoe", "brand": "Shoe Co", "boost": 2, "availability_rank": 3}),
        ),
        product("hat", json!({"title": "Red hat", "availability": 0})),
    ];
    catalog.0.site().replace(objects.to_vec()).await.ok();
    let answer = catalog.search("q=red+shoes&explain=true").await;
    let (shoe, hat) = (answer.hit("red-shoe"), answer.hit("hat"));
    let explanation = &shoe["explanation"];
    assert_eq!(explanation["boost"], 2);
    assert_eq!(explanation["supply"], 3);
    assert_eq!(hat["explanation"]["supply"], 15);
    let quality = |hit: &serde_json::Value| hit["explanation"]["match_quality"].as_u64();
    assert!(quality(shoe) > quality(hat));
    let words = explanation["words"].as_array().expect("words");
    assert_eq!(words[0]["met_by"], "red");
    assert_eq!(words[1]["met_by"], "shoe");
    let fields = words[1]["fields"].as_object().expect("fields");
    let names: Vec<_> = fields.keys().collect();
    assert_eq!(names, ["brand", "everything", "title"]);
    let worth = |at: usize| words[at]["worth"].as_f64().expect("a number");
    let score = explanation["text_score"].as_f64().expect("a number");
    assert!((worth(0) + worth(1) - score).abs() < 1e-4);
    assert!(hat["explanation"]["words"][1]["met_by"].is_null());
}

#[tokio::test]
async fn nothing_is_explained_unasked() {
    let catalog = Catalog::of([product("hat", json!({"title": "Red hat"}))]).await;
    for parameters in ["q=hat", "q=hat&explain=0"] {
        let answer = catalog.search(parameters).await;
        let hit = answer.hit("hat");
        assert!(hit.get("explanation").is_none(), "{parameters}");
    }
    let listed = catalog.search("explain=1&sort=title:asc").await;
    assert_eq!(listed.hit("hat")["explanation"]["words"], json!([]));
}
