//! Writes of a shop whose catalog lies in a cluster.

use serde_json::{Value, json};

use crate::support::{SearchCluster, TestServer, product};

/// Everything that is exported, by identity.
async fn exported(server: &TestServer) -> Vec<Value> {
    let path = "/v1/content_export?requested_types=product";
    let answer = server.site().signed("GET", path, "{}").await.status(200);
    let objects = answer.json()["objects"].clone();
    objects.as_array().expect("a list").clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn objects_are_written_changed_committed_and_exported() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let server = cluster.server().await;
    let site = server.site();
    let objects = ["/a", "/b"].map(|url| product(url).field("color", "red").generation("g1"));
    site.replace(objects).await.ok();
    let job = site
        .update(json!({"color": "red"}), json!({"sale": true}))
        .await;
    assert_eq!(job["status"], "complete", "{job}");
    site.replace([product("/a").generation("g2")]).await.ok();
    site.commit("product", "g2").await.ok();
    let exported = exported(&server).await;
    assert_eq!(exported.len(), 1, "{exported:?}");
    assert_eq!(exported[0]["attributes"]["title"], "/a");
    // Another process sees what this one has done.
    let other = cluster.server().await;
    assert_eq!(self::exported(&other).await, exported);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_finds_words_counts_facets_marks_and_explains() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let server = cluster.server().await;
    let site = server.site();
    let shirt = |url: &str, color: &str| {
        product(url)
            .field("title", "Wool shirt")
            .field("color", color)
    };
    let objects = [shirt("/a", "red"), shirt("/b", "blue")];
    let body = json!({"objects": objects.map(Value::from)}).to_string();
    let answer = site
        .signed("POST", "/v1/content?wait_for=visible", body)
        .await;
    answer.status(201);
    // A slip of the finger, a filter, and a facet that does not see it.
    let answer = site
        .search_answer("q=wool+shrit&f[]=color:red&facets=color")
        .await
        .status(200)
        .json();
    let results = &answer["results"];
    assert_eq!(results["total_hits"], 1, "{results}");
    assert_eq!(results["hits"][0]["url"], "/a", "{results}");
    let colors = results["facets"][0]["values"].as_array().expect("a list");
    assert_eq!(colors.len(), 2, "{results}");
    let answer = site
        .search_answer("q=shirt&explain=true")
        .await
        .status(200)
        .json();
    let hit = &answer["results"]["hits"][0];
    let word = &hit["explanation"]["words"][0];
    assert_eq!(word["met_by"], "shirt", "{hit}");
    assert_eq!(word["attributes"], json!(["title"]), "{hit}");
}
