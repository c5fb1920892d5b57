//! PATCH of files: who names the type `_file` has the file fetched, who names `file` or no type changes an attribute.

use serde_json::json;

use super::{fetching, file, in_state, meets};
use crate::support::{FileHost, TestServer, object, plain, product};

fn host() -> FileHost {
    FileHost::start(|request, stream| plain(stream, &format!("hinge {}", &request.target[1..])))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_patched_as_a_file_is_one_from_then_on() {
    let host = host();
    let server = fetching(&[&host], "").start().await;
    let site = server.site();
    let with_url = object("file", "with-url").field("url", host.url("/a"));
    site.replace([
        with_url,
        object("file", "inside"),
        object("file", "beside"),
        object("file", "plain"),
    ])
    .await
    .ok();
    // A link of an object that was not sent as a file is an attribute like others.
    site.patch([
        json!({"identity": "plain", "type": "file", "fields": {"url": host.url("/plain")}}),
        json!({"identity": "with-url", "fields": {"url": host.url("/b")}}),
    ])
    .await
    .ok();
    server.at_rest().await;
    assert_eq!(host.connections(), 0);
    let answer = site
        .patch([
            json!({"identity": "with-url", "type": "_file"}),
            json!({"identity": "inside", "type": "_file", "fields": {"url": host.url("/inside")}}),
            json!({"identity": "beside", "type": "_file", "url": host.url("/beside")}),
        ])
        .await;
    assert_eq!(answer.status(200).json()["warnings"], json!(null));
    for (name, content) in [
        ("with-url", "hinge b"),
        ("inside", "hinge inside"),
        ("beside", "hinge beside"),
    ] {
        let hit = in_state(&site, name, "fetched").await;
        assert_eq!(hit["type"], "file");
        assert_eq!(hit["attributes"]["content"], json!([content]));
    }
    assert_eq!(
        meets(&site, "hinge").await,
        ["beside", "inside", "with-url"]
    );
    // The same again asks for nothing; another place is fetched, whatever the type is called.
    site.patch([
        json!({"identity": "inside", "type": "_file"}),
        json!({"identity": "beside", "type": "file", "fields": {"url": host.url("/moved")}}),
    ])
    .await
    .ok();
    super::eventually("the other place", async || {
        (meets(&site, "moved").await == ["beside"]).then_some(())
    })
    .await;
    server.at_rest().await;
    assert_eq!(host.requests().len(), 4);
    let exported = site.signed("GET", "/v1/content_export?form=import", Vec::new());
    let exported = exported.await.ok().json()["objects"].clone();
    let objects = exported.as_array().expect("objects").iter();
    let types = objects.map(|object| (object["identity"].as_str(), object["type"].as_str()));
    let types: std::collections::BTreeMap<_, _> = types.collect();
    assert_eq!(types[&Some("inside")], Some("_file"));
    assert_eq!(types[&Some("plain")], Some("file"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_makes_no_file_of_another_type() {
    let host = host();
    let server = fetching(&[&host], "").start().await;
    let site = server.site();
    site.replace([product("p1")]).await.ok();
    let patch = json!({"identity": "p1", "type": "_file", "fields": {"url": host.url("/p"), "color": "red"}});
    let answer = site.patch([patch]).await.status(400).json();
    assert_eq!(
        answer["errors"]["p1"]["caused_by"],
        json!({"type": ["cannot be changed"]})
    );
    assert_eq!(site.search("red").await.total(), 0);
    // A name is no place: the older spelling of `identity` changes nothing of where the file is.
    let url = host.url("/named");
    site.replace([file(&url, host.url("/there"))]).await.ok();
    text_of(&server, "there").await;
    site.patch([json!({"url": url, "type": "_file", "fields": {"color": "blue"}})])
        .await
        .ok();
    server.at_rest().await;
    assert_eq!(meets(&site, "there blue").await, [url]);
    assert_eq!(host.requests().len(), 1);
    server.stop().await;
}

async fn text_of(server: &TestServer, word: &str) {
    super::eventually("the text", async || {
        (meets(&server.site(), word).await.len() == 1).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_that_has_nothing_fetched_is_told_so() {
    let host = host();
    let server = fetching(&[&host], "").start().await;
    let sent = [
        object("file", "a"),
        object("file", "b"),
        object("file", "c"),
    ];
    let patches = || {
        [
            json!({"identity": "a", "type": "_file", "fields": {"url": "ftp://127.0.0.1/x"}}),
            json!({"identity": "b", "type": "_file", "fields": {"url": null}}),
            json!({"identity": "c", "type": "file", "fields": {"url": "ftp://127.0.0.1/x"}}),
        ]
    };
    let site = server.site();
    site.replace(sent.clone()).await.ok();
    let answer = site.patch(patches()).await.status(200).json();
    let warnings = answer["warnings"].as_object().expect("warnings");
    assert_eq!(warnings.keys().collect::<Vec<_>>(), ["a", "b"]);
    server.stop().await;
    let off = TestServer::start().await;
    let site = off.site();
    site.replace(sent).await.ok();
    let patch = json!({"identity": "a", "type": "_file", "fields": {"url": host.url("/a")}});
    let answer = site.patch([patch]).await.status(200).json();
    let told = answer["warnings"]["a"][0].as_str().expect("words");
    assert!(told.contains("fetches no files"), "{told}");
    assert_eq!(host.connections(), 0);
    off.stop().await;
}
