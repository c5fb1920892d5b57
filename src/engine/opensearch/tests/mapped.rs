//! Attributes are added to the mapping before the documents that bring them, all of a batch in one change.

use serde_json::Value;

use super::{add, id, start};
use crate::domain::Object;
use crate::engine::conformance::cluster::Indices;
use crate::engine::conformance::objects::{integer, product};
use crate::engine::opensearch::OpenSearchCatalogs;
use crate::engine::opensearch::client::Call;

/// How often the mapping of the index has changed.
async fn changes(catalogs: &OpenSearchCatalogs) -> u64 {
    let alias = catalogs.cluster.names.catalog(&id());
    let ask = Call::get(format!("/_cluster/state/metadata/{alias}"));
    let state: Value = catalogs
        .cluster
        .client
        .call(&ask)
        .await
        .unwrap()
        .read()
        .unwrap();
    let indices = state["metadata"]["indices"].as_object().unwrap();
    let versions = indices
        .values()
        .map(|index| index["mapping_version"].as_u64().unwrap());
    versions.sum()
}

#[tokio::test]
async fn a_batch_of_new_attributes_changes_the_mapping_once() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let catalogs = start(indices.settings());
    let object = |number: usize| -> Object {
        let (text, count) = (format!("text {number}"), format!("count {number}"));
        let object = product(&format!("p{number}")).with(&text, "x");
        object.with(&count, integer(number as i64)).object()
    };
    add(&catalogs, [product("first").object()]).await;
    let before = changes(&catalogs).await;
    add(&catalogs, (0..40).map(object)).await;
    assert_eq!(changes(&catalogs).await, before + 1);
    // What is there is not added again.
    add(&catalogs, (20..40).map(object)).await;
    add(&catalogs, (39..41).map(object)).await;
    assert_eq!(changes(&catalogs).await, before + 2);
    // Another process adds nothing that is there, and what is new in one change, too.
    let second = start(indices.settings());
    add(&second, (0..60).map(object)).await;
    assert_eq!(changes(&catalogs).await, before + 3);
}
