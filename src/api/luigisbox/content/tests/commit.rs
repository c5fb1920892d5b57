//! The commit of a generation (docs/reference/03-update-by-query-and-generations.md §5).

use super::*;

#[tokio::test]
async fn a_commit_deletes_what_the_upload_did_not_mark() {
    let api = TestApi::new();
    let objects = [
        product("1", "one", "X"),
        product("2", "two", "Y"),
        product("3", "three", "Y"),
    ];
    api.call("POST", &json!({"objects": objects})).await;
    let commit = |query: &str| {
        let uri = format!("/v1/content/commit?{query}");
        signed("POST", &uri, "{\n}")
    };
    let not_found = json!({"type": "not_found", "reason": "Generation not in catalog"});
    assert_eq!(
        api.send(commit("type=item&generation=Z")).await,
        (400, not_found)
    );
    assert_eq!(api.titles().len(), 3);
    let deleted = |count: u64| (201, json!({"deleted_count": count}));
    assert_eq!(api.send(commit("type=item&generation=Y")).await, deleted(1));
    assert_eq!(api.send(commit("type=item&generation=Y")).await, deleted(0));
    assert_eq!(api.titles(), ["2=two", "3=three"]);
    let unchecked = commit("type=item&generation=Z&validate_generation=false");
    assert_eq!(api.send(unchecked).await, deleted(2));
    assert_eq!(
        api.send(commit("type=item")).await,
        (
            400,
            incorrect_parameters(&json!({"generation": ["is missing"]}))
        )
    );
}
