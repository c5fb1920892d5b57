//! Files that are sent, change, are sent again, moved and taken away, also while they are being fetched.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::{fetching, file, in_state, meets, section};
use crate::support::{
    FileHost, Gate, Request, SiteClient, TestServer, answer, eventually, object, plain,
};

/// A text with a tag, and 304 for who has it.
fn tagged(
    request: &Request,
    stream: &mut std::net::TcpStream,
    text: &str,
    tag: &str,
) -> std::io::Result<()> {
    if request.header("if-none-match") == tag {
        return answer(stream, 304, "", b"");
    }
    let headers = format!(
        "Content-Type: text/plain\r\nETag: {tag}\r\nLast-Modified: Mon, 02 Nov 2026 08:00:00 GMT\r\n"
    );
    answer(stream, 200, &headers, text.as_bytes())
}

/// Has the file of an object fetched again.
pub(crate) async fn refetch(site: &SiteClient, identity: &str) {
    let body = json!({"objects": [{"identity": identity}]}).to_string();
    let path = "/v1/content?refetch_files=true";
    site.signed("PATCH", path, body).await.status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_found_by_its_text_which_is_highlighted() {
    let host =
        FileHost::start(|_, stream| plain(stream, "Always mount the upper hinge before the door."));
    let server = fetching(&[&host], "").start().await;
    let site = server.site();
    let answer = site
        .replace([file("manual", host.url("/manual.txt?v=1#top")).title("Manual")])
        .await;
    assert_eq!(answer.status(201).json()["warnings"], json!(null));
    assert_eq!(meets(&site, "Manual").await, ["manual"]);
    let hit = in_state(&site, "manual", "fetched").await;
    assert_eq!(hit["type"], "file");
    assert_eq!(
        hit["attributes"]["content"],
        json!(["Always mount the upper hinge before the door."])
    );
    assert_eq!(hit["attributes"]["file_format"], json!(["text"]));
    let found = site.search("q=upper+hinge&qu=0").await;
    assert_eq!(found.identities(), ["manual"]);
    let asked = host.requests();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        (asked[0].method.as_str(), asked[0].target.as_str()),
        ("GET", "/manual.txt?v=1")
    );
    for header in ["cookie", "referer", "authorization", "if-none-match"] {
        assert_eq!(asked[0].header(header), "", "{header}");
    }
    assert!(asked[0].header("user-agent").starts_with("vetrina/"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_top_level_url_is_the_place_where_no_other_is_named() {
    let host =
        FileHost::start(|request, stream| plain(stream, &format!("this is {}", request.target)));
    let server = fetching(&[&host], "").start().await;
    let site = server.site();
    let url = host.url("/top");
    site.replace([json!({"type": "_file", "url": url, "fields": {"title": "T"}})])
        .await
        .ok();
    let named = object("_file", "b")
        .key("url", "ignored")
        .field("url", host.url("/inside"));
    site.replace([named]).await.ok();
    eventually("both", async || (host.requests().len() == 2).then_some(())).await;
    in_state(&site, "b", "fetched").await;
    let mut asked: Vec<String> = host.requests().into_iter().map(|of| of.target).collect();
    asked.sort();
    assert_eq!(asked, ["/inside", "/top"]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_again_unchanged_fetches_nothing() {
    let host = FileHost::start(|_, stream| plain(stream, "Mount the hinge first."));
    let server = fetching(&[&host], "").start().await;
    let site = server.site();
    let sent = |generation: &str| file("manual", host.url("/m")).generation(generation);
    site.replace([sent("1")]).await.ok();
    let before = in_state(&site, "manual", "fetched").await;
    for generation in ["2", "3", "3"] {
        site.replace([sent(generation)]).await.ok();
    }
    site.replace([sent("4").field("color", "red")]).await.ok();
    site.patch([json!({"identity": "manual", "fields": {"brand": "Acme"}})])
        .await
        .ok();
    site.commit("_file", "4").await.ok();
    let after = in_state(&site, "manual", "fetched").await;
    assert_eq!(
        after["attributes"]["content"],
        before["attributes"]["content"]
    );
    assert_eq!(meets(&site, "hinge red Acme").await, ["manual"]);
    assert_eq!(host.requests().len(), 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_asked_for_again_when_that_is_wanted_and_updated_when_it_has_changed() {
    let version = Arc::new(AtomicUsize::new(0));
    let host = FileHost::start({
        let version = Arc::clone(&version);
        move |request, stream| match version.load(Ordering::SeqCst) {
            0 => tagged(request, stream, "Mount the hinge first.", "\"a\""),
            1 => tagged(request, stream, "Mount the door first.", "\"b\""),
            _ => answer(stream, 404, "", b"no hinge, no door"),
        }
    });
    let server = fetching(&[&host], "").start().await;
    let site = server.site();
    site.replace([file("manual", host.url("/m"))]).await.ok();
    in_state(&site, "manual", "fetched").await;
    let asked = async |count: usize| {
        eventually("another request", async || {
            (host.requests().len() == count).then_some(())
        })
        .await;
        server.at_rest().await;
    };
    refetch(&site, "manual").await;
    asked(2).await;
    let conditional = host.requests().remove(1);
    assert_eq!(conditional.header("if-none-match"), "\"a\"");
    assert_eq!(
        conditional.header("if-modified-since"),
        "Mon, 02 Nov 2026 08:00:00 GMT"
    );
    assert_eq!(meets(&site, "hinge").await, ["manual"]);
    version.store(1, Ordering::SeqCst);
    // By a whole object too.
    let body = json!({"objects": [Value::from(file("manual", host.url("/m")))]}).to_string();
    site.signed("POST", "/v1/content?refetch_files=true", body)
        .await
        .status(201);
    asked(3).await;
    eventually("the new text", async || {
        (meets(&site, "door").await == ["manual"]).then_some(())
    })
    .await;
    assert!(meets(&site, "hinge").await.is_empty());
    // It is gone from where it was.
    version.store(2, Ordering::SeqCst);
    refetch(&site, "manual").await;
    in_state(&site, "manual", "failed").await;
    assert!(meets(&site, "door").await.is_empty());
    server.stop().await;
}

/// What is being fetched may be what was there before.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_asked_for_again_while_it_is_fetched_is_fetched_once_more() {
    let gate = Gate::default();
    let asked = Arc::new(AtomicUsize::new(0));
    let host = FileHost::start({
        let (gate, asked) = (gate.clone(), Arc::clone(&asked));
        move |_, stream| {
            if asked.fetch_add(1, Ordering::SeqCst) == 0 {
                gate.pass();
                return plain(stream, "Mount the hinge first.");
            }
            plain(stream, "Mount the door first.")
        }
    });
    let server = fetching(&[&host], "").start().await;
    let site = server.site();
    site.replace([file("manual", host.url("/m"))]).await.ok();
    eventually("a request", async || {
        (asked.load(Ordering::SeqCst) == 1).then_some(())
    })
    .await;
    // More than once within a moment too.
    refetch(&site, "manual").await;
    refetch(&site, "manual").await;
    gate.open();
    eventually("the text of now", async || {
        (meets(&site, "door").await == ["manual"]).then_some(())
    })
    .await;
    assert!(meets(&site, "hinge").await.is_empty());
    in_state(&site, "manual", "fetched").await;
    server.at_rest().await;
    assert_eq!(host.requests().len(), 2);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_looked_after_by_themselves_where_that_is_set() {
    let host = FileHost::start(|request, stream| {
        tagged(request, stream, "Mount the hinge first.", "\"a\"")
    });
    let server = fetching(&[&host], "refresh_after_s = 1").start().await;
    let site = server.site();
    site.replace([file("manual", host.url("/m"))]).await.ok();
    eventually("three looks", async || {
        (host.requests().len() >= 3).then_some(())
    })
    .await;
    assert_eq!(host.requests()[2].header("if-none-match"), "\"a\"");
    assert_eq!(meets(&site, "hinge").await, ["manual"]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_place_is_fetched_and_the_text_of_the_first_is_gone_at_once() {
    let gate = Gate::default();
    let host = FileHost::start({
        let gate = gate.clone();
        move |request, stream| {
            if request.target == "/second" {
                gate.pass();
            }
            plain(stream, &format!("text of {}", &request.target[1..]))
        }
    });
    let server = fetching(&[&host], "").start().await;
    let site = server.site();
    site.replace([file("manual", host.url("/first"))])
        .await
        .ok();
    in_state(&site, "manual", "fetched").await;
    site.patch([json!({"identity": "manual", "fields": {"url": host.url("/second")}})])
        .await
        .ok();
    assert!(meets(&site, "first").await.is_empty());
    in_state(&site, "manual", "waiting").await;
    gate.open();
    in_state(&site, "manual", "fetched").await;
    assert_eq!(meets(&site, "second").await, ["manual"]);
    server.stop().await;
}

/// Files that are being fetched while something is done to their objects: they come late, and find another world.
pub(crate) struct Late {
    gate: Gate,
    host: FileHost,
}

impl Late {
    pub(crate) fn new() -> Self {
        let gate = Gate::default();
        let host = FileHost::start({
            let gate = gate.clone();
            move |request, stream| {
                if request.target.starts_with("/slow") {
                    gate.pass();
                }
                plain(stream, &format!("hinge {}", &request.target[1..]))
            }
        });
        Self { gate, host }
    }

    /// For the server that fetches: all at once.
    pub(crate) fn section(&self) -> String {
        let more = "downloads_concurrent_max = 16\ndownloads_per_host_max = 16";
        section(&[&self.host], more)
    }

    /// What this server fetches is written to what still asks for it, and nowhere else.
    pub(crate) async fn comes(&self, to: &TestServer, site: &SiteClient) {
        let host = &self.host;
        let names = [
            "deleted",
            "patched",
            "moved",
            "replaced",
            "plain",
            "committed",
            "anew",
        ];
        let sent = |name: &str| file(name, host.url(&format!("/slow-{name}"))).generation("1");
        site.replace(names.map(sent)).await.ok();
        eventually("all requests", async || {
            (host.requests().len() == names.len()).then_some(())
        })
        .await;
        site.delete([("_file", "deleted"), ("file", "anew")])
            .await
            .status(200);
        let moved = host.url("/quick-moved");
        site.patch([
            json!({"identity": "patched", "generation": "2", "fields": {"color": "red"}}),
            json!({"identity": "moved", "generation": "2", "fields": {"url": moved}}),
        ])
        .await
        .ok();
        let replaced = sent("replaced").generation("2").field("color", "blue");
        let plain = object("file", "plain")
            .field("url", host.url("/slow-plain"))
            .generation("2");
        site.replace([replaced, plain, sent("anew").generation("2")])
            .await
            .ok();
        site.commit("file", "2").await.ok();
        self.gate.open();
        for name in ["patched", "moved", "replaced", "anew"] {
            in_state(site, name, "fetched").await;
        }
        to.at_rest().await;
        assert_eq!(
            meets(site, "hinge").await,
            ["anew", "moved", "patched", "replaced"]
        );
        assert_eq!(site.search("f[]=type:file&size=9").await.total(), 5);
        let moved = in_state(site, "moved", "fetched").await;
        assert_eq!(moved["attributes"]["content"], json!(["hinge quick-moved"]));
        assert_eq!(site.search("hinge red").await.identities()[0], "patched");
        assert_eq!(site.search("hinge blue").await.identities()[0], "replaced");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_late_is_written_to_what_still_asks_for_it_and_nowhere_else() {
    let late = Late::new();
    let server = TestServer::builder()
        .sections(&late.section())
        .start()
        .await;
    late.comes(&server, &server.site()).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_gives_back_what_was_sent_and_importing_it_gives_the_same() {
    let host = FileHost::start(|request, stream| {
        plain(stream, &format!("hinge {}", &request.target[1..]))
    });
    let server = fetching(&[&host], "").start().await;
    let site = server.site();
    let sent = file("manual", host.url("/one"))
        .field("content", "by hand")
        .field("color", "red")
        .generation("7");
    site.replace([
        Value::from(sent.clone()),
        file("other", host.url("/two")).into(),
    ])
    .await
    .ok();
    for name in ["manual", "other"] {
        in_state(&site, name, "fetched").await;
    }
    let exported = async |site: &crate::support::SiteClient, form: &str| {
        let path = format!("/v1/content_export?{form}");
        site.signed("GET", &path, Vec::new()).await.ok().json()["objects"].clone()
    };
    let objects = exported(&site, "form=import").await;
    assert_eq!(objects[0], Value::from(sent));
    assert_eq!(objects[1]["type"], "_file");
    // As people see it, with what was found.
    let shown = exported(&site, "").await;
    assert_eq!(shown[0]["type"], "file");
    assert_eq!(shown[0]["attributes"]["content"], json!(["hinge one"]));
    let second = fetching(&[&host], "").start().await;
    let copy = second.site();
    let body = json!({"objects": objects}).to_string();
    copy.signed("POST", "/v1/content?extract=false", body)
        .await
        .status(201);
    for name in ["manual", "other"] {
        in_state(&copy, name, "fetched").await;
    }
    assert_eq!(exported(&copy, "").await, shown);
    assert_eq!(exported(&copy, "form=import").await, objects);
    second.stop().await;
    server.stop().await;
}
