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
async fn what_the_backend_has_not_is_refused_clearly() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let server = cluster.server().await;
    let answer = server.site().search_answer("q=shirt").await.status(501);
    let told = answer.json()["error"].to_string();
    assert!(told.contains("does not know searches"), "{told}");
}
