//! Documents of every kind, from a server to a search: found by a phrase, marked, updated, gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::{fetching, file, in_state, meets};
use crate::extract::make::{office, pdf};
use crate::support::{FileHost, answer, eventually};

/// Each kind by its name, as its server declares it, and made of a sentence.
type Kind = (&'static str, &'static str, fn(&str) -> Vec<u8>);

const OFFICE: &str = "application/vnd.openxmlformats-officedocument.";

const KINDS: [Kind; 10] = [
    ("pdf", "application/pdf", |text| pdf::simple(&[text])),
    ("docx", "application/octet-stream", |text| {
        office::docx(&[text])
    }),
    ("odt", "application/vnd.oasis.opendocument.text", |text| {
        office::odt(&[text])
    }),
    ("xlsx", "", |text| office::xlsx(&[&["Step", text]])),
    ("ods", "application/zip", |text| {
        office::ods(&[&["Step", text]])
    }),
    ("pptx", OFFICE, |text| office::pptx(&[&[text]])),
    ("html", "text/html; charset=utf-8", |text| {
        let nav = "<nav>Kitchen Garden</nav>";
        format!(
            "<html lang='en'><title>Doors</title>{nav}<p>{text}</p><script>hidden()</script></html>"
        )
        .into_bytes()
    }),
    ("text", "text/plain; charset=utf-8", |text| {
        text.as_bytes().to_vec()
    }),
    ("csv", "text/csv", |text| {
        format!("step;what\n1;{text}\n").into_bytes()
    }),
    ("markdown", "text/markdown", |text| {
        format!("# Doors\n\n*{text}*\n").into_bytes()
    }),
];

fn sentence(kind: &str, version: usize) -> String {
    let part = ["hinge", "handle"][version];
    format!("Mount the {part} of the {kind}door first")
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_of_every_kind_are_found_marked_updated_and_gone() {
    let version = Arc::new(AtomicUsize::new(0));
    let host = FileHost::start({
        let version = Arc::clone(&version);
        move |request, stream| {
            let version = version.load(Ordering::SeqCst);
            let named = &request.target[1..];
            let (kind, media_type, make) =
                KINDS.iter().find(|kind| kind.0 == named).expect("a kind");
            let headers = format!("Content-Type: {media_type}\r\nETag: \"{version}\"\r\n");
            answer(stream, 200, &headers, &make(&sentence(kind, version)))
        }
    });
    let server = fetching(&[&host], "").start().await;
    let site = server.site();
    let files = KINDS.map(|(kind, ..)| Value::from(file(kind, host.url(&format!("/{kind}")))));
    site.replace(files).await.ok();
    for (kind, ..) in KINDS {
        let hit = in_state(&site, kind, "fetched").await;
        assert_eq!(hit["attributes"]["file_format"], json!([kind]), "{hit}");
        // Others are spelled like it.
        let found = site.search(&format!("{kind}door")).await;
        assert_eq!(found.identities()[0], kind);
        let phrase = format!("mount the hinge of the {kind}door");
        let found = meets(&site, &phrase).await;
        assert!(found.iter().any(|found| found == kind), "{found:?}");
        let page = server
            .get(&format!("/browse/sites/1234-5678/search?q={kind}door"))
            .await;
        let marked = format!("<mark>{kind}door</mark>");
        assert!(
            page.clone().status(200).text().contains(&marked),
            "{kind}: {}",
            page.text()
        );
    }
    let html = in_state(&site, "html", "fetched").await;
    assert_eq!(html["attributes"]["file_title"], json!(["Doors"]));
    assert_eq!(html["attributes"]["file_language"], json!(["en"]));
    assert!(meets(&site, "garden").await.is_empty());
    version.store(1, Ordering::SeqCst);
    let objects: Vec<Value> = KINDS.map(|(kind, ..)| json!({"identity": kind})).into();
    let body = json!({"objects": objects}).to_string();
    site.signed("PATCH", "/v1/content?refetch_files=true", body)
        .await
        .status(200);
    for (kind, ..) in KINDS {
        eventually(&format!("the new text of {kind}"), async || {
            let hit = in_state(&site, kind, "fetched").await;
            let content = hit["attributes"]["content"][0].as_str()?.to_owned();
            content.contains(&sentence(kind, 1)).then_some(())
        })
        .await;
    }
    assert!(meets(&site, "hinge").await.is_empty());
    site.delete(KINDS.map(|(kind, ..)| ("_file", kind)))
        .await
        .status(200);
    assert!(meets(&site, "handle").await.is_empty());
    server.at_rest().await;
    server.stop().await;
}

/// What nobody can read costs its own file.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_fails_with_a_reason() {
    let host = FileHost::start(|request, stream| match request.target.as_str() {
        "/cut" => {
            let whole = office::docx(&["Mount the hinge first"]);
            answer(stream, 200, "", &whole[..whole.len() / 2])
        }
        "/picture" => answer(stream, 200, "", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        _ => answer(
            stream,
            200,
            "Content-Type: text/plain\r\n",
            b"Mount the hinge first",
        ),
    });
    let server = fetching(&[&host], "").start().await;
    let site = server.site();
    site.replace(["cut", "picture", "good"].map(|name| file(name, host.url(&format!("/{name}")))))
        .await
        .ok();
    for name in ["cut", "picture"] {
        in_state(&site, name, "failed").await;
    }
    in_state(&site, "good", "fetched").await;
    let page = crate::support::Figures::read(&server.get("/metrics").await.text());
    let unreadable = page.value("vetrina_file_fetches_total", &[("outcome", "unreadable")]);
    assert_eq!(unreadable.to_bits(), 2.0_f64.to_bits());
    assert_eq!(host.requests().len(), 3);
    server.stop().await;
}
