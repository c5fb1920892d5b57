//! Texts that look like markup and are none: code, formulas, what a page shows of tags. What was found in a file is
//! text as people see it, and stays so wherever it is looked at.

use serde_json::{Value, json};

use super::{fetching, file, in_state, meets};
use crate::support::{FileHost, TRACKER_ID, TestServer, answer, object, plain};
use crate::swiftype::{Client, KEY};

const CODE: &str = "fn names() -> Vec<Zanzibárium> where a < b && c > d { \"&lt;b&gt;hinge&lt;/b&gt;\" } \
                    <script>lantern</script> <b>unclosed";

/// What a browser shows of it is the same text.
fn page() -> String {
    let code = CODE.replace('&', "&amp;").replace('<', "&lt;");
    format!("<!DOCTYPE html><html><head><title>Vec&lt;Lamp&gt;</title></head><p>{code}</p></html>")
}

async fn with_files() -> (TestServer, FileHost) {
    let host = FileHost::start(|request, stream| match request.target.as_str() {
        "/page" => answer(
            stream,
            200,
            "Content-Type: text/html\r\n",
            page().as_bytes(),
        ),
        _ => plain(stream, CODE),
    });
    let server = fetching(&[&host], "")
        .set("swiftype.api_keys", format!("[{KEY:?}]"))
        .start()
        .await;
    let files = ["code", "page"].map(|name| file(name, host.url(&format!("/{name}"))).title(name));
    server.site().replace(files).await.ok();
    (server, host)
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_of_markup_in_a_file_are_signs() {
    let (server, _host) = with_files().await;
    let site = server.site();
    let names = if cfg!(feature = "files") {
        vec!["code", "page"]
    } else {
        vec!["code"]
    };
    for name in &names {
        let hit = in_state(&site, name, "fetched").await;
        assert_eq!(hit["attributes"]["content"], json!([CODE]), "{name}");
    }
    for word in [
        "zanzibarium",
        "lantern",
        "unclosed",
        "lt hinge gt",
        "where a b",
    ] {
        assert_eq!(meets(&site, word).await, names, "{word}");
    }
    let suggested = server
        .get(&format!(
            "/autocomplete/v2?tracker_id={TRACKER_ID}&type=file:9&q=zanzibarium"
        ))
        .await
        .status(200)
        .json();
    let suggested = suggested["hits"].as_array().expect("hits").len();
    assert_eq!(suggested, names.len());
    let explained = site.search("q=zanzibarium&explain=true&size=1").await;
    let words = &explained.hits()[0]["explanation"]["words"];
    assert_eq!(words[0]["attributes"], json!(["content"]), "{words}");
    // Written as the file has it, with its accents.
    let corrected = site.search("q=zanzibariun").await;
    assert_eq!(
        corrected.json()["results"]["corrected_query"],
        "<strike>zanzibariun</strike> <b>zanzibárium</b>"
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_marked_in_a_file_is_the_text_escaped() {
    let (server, _host) = with_files().await;
    let site = server.site();
    in_state(&site, "code", "fetched").await;
    // Of what is sent, markup is no text, as before.
    let sent = object("file", "sent").field("content", "Vec <b>zanzibarium</b> &amp; more");
    site.replace([sent]).await.ok();
    let path = format!("/engines/{TRACKER_ID}/document_types/file/search");
    let options = json!({
        "q": "zanzibarium", "per_page": 9,
        "highlight_fields": {"file": {"content": {"size": 1000, "fallback": true}}},
    });
    let found = Client::of(&server)
        .post(&path, options)
        .await
        .status(200)
        .json();
    let marked = |name: &str| -> Value {
        let records = found["records"]["file"].as_array().expect("records");
        let record = records.iter().find(|record| record["external_id"] == name);
        record.unwrap_or_else(|| panic!("{name}: {found}"))["highlight"]["content"].clone()
    };
    let escaped = CODE
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace("Zanzibárium", "<em>Zanzibárium</em>");
    assert_eq!(marked("code"), escaped);
    assert_eq!(marked("sent"), "Vec <em>zanzibarium</em> &amp; more");
    let page = format!("/browse/sites/{TRACKER_ID}/search?q=zanzibarium");
    let page = server.get(&page).await.status(200).text();
    assert!(
        page.contains("Vec&lt;<mark>Zanzibárium</mark>&gt;")
            || page.contains("Vec&#60;<mark>Zanzibárium</mark>&#62;"),
        "{page}"
    );
    server.stop().await;
}
