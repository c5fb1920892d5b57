//! Into a real server: what arrives, what is committed, and what is said of what does not arrive.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::{DEMO, TYPES, folder, gzip, import, import_with_input, written};
use crate::support::{SiteClient, TestServer, eventually};

/// A healthy server, its address and a client that searches it.
async fn healthy() -> (TestServer, String, SiteClient) {
    let server = TestServer::start().await;
    let (url, site) = (server.base(), server.site());
    (server, url, site)
}

async fn count(site: &SiteClient, object_type: &str) -> u64 {
    let query = format!("f[]=type:{object_type}&size=0");
    site.search(&query).await.total()
}

/// What was imported can be found a moment later.
async fn becomes(site: &SiteClient, object_type: &str, expected: u64) {
    let what = format!("{expected} of type {object_type}");
    eventually(&what, async || {
        (count(site, object_type).await == expected).then_some(())
    })
    .await;
}

/// Distinct identities of a type, standalone and nested, as a plain scan of the file finds them.
fn distinct(file: &str, object_type: &str) -> u64 {
    fn collect(entry: &Value, object_type: &str, found: &mut std::collections::HashSet<String>) {
        if entry["type"] == object_type {
            found.insert(entry["identity"].to_string());
        }
        let inside = [&entry["nested"], &entry["fields"]["ancestors"]];
        for inner in inside.into_iter().filter_map(Value::as_array).flatten() {
            collect(inner, object_type, found);
        }
    }
    let mut found = std::collections::HashSet::new();
    for line in file.lines() {
        collect(
            &serde_json::from_str(line).expect("a JSON line"),
            object_type,
            &mut found,
        );
    }
    found.len() as u64
}

#[tokio::test(flavor = "multi_thread")]
async fn every_object_of_the_demo_file_arrives_plain_packed_and_piped() {
    let folder = folder();
    for (name, content, options) in [
        ("demo.ndjson", DEMO.as_bytes().to_vec(), &[][..]),
        ("packed", gzip(DEMO.as_bytes()), &["--compress"]),
        ("-", gzip(DEMO.as_bytes()), &["--batch", "7"]),
    ] {
        let (_server, url, site) = healthy().await;
        let ran = if name == "-" {
            import_with_input(&url, Path::new("-"), options, content).await
        } else {
            import(&url, &written(&folder, name, &content), options).await
        };
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.stdout.contains("133 accepted, 0 rejected"), "{ran:?}");
        for object_type in TYPES {
            let expected = distinct(DEMO, object_type);
            assert!(expected > 0, "{object_type}");
            becomes(&site, object_type, expected).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_again_changes_no_object() {
    let (folder, (_server, url, site)) = (folder(), healthy().await);
    let file = written(&folder, "demo.ndjson", DEMO.as_bytes());
    let mut times = Vec::new();
    for _ in 0..2 {
        assert_eq!(
            import(&url, &file, &["--connections", "1"]).await.code,
            Some(0)
        );
        becomes(&site, "product", distinct(DEMO, "product")).await;
        let found = site
            .search("size=200&f[]=type:product&f[]=type:category&f[]=type:brand")
            .await;
        let mut seen: Vec<(String, String)> = found
            .hits()
            .iter()
            .map(|hit| (hit["url"].to_string(), hit["updated_at"].to_string()))
            .collect();
        seen.sort_unstable();
        times.push(seen);
        // `updated_at` has whole seconds: the second import must not fall into the first one's.
        tokio::time::sleep(Duration::from_millis(1100)).await;
    }
    assert!(times[0].len() > 100);
    assert_eq!(times[0], times[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generation_is_committed_type_by_type() {
    let (folder, (_server, url, site)) = (folder(), healthy().await);
    let whole = written(&folder, "whole.ndjson", DEMO.as_bytes());
    let half: String = DEMO.split_inclusive('\n').step_by(2).collect();
    let half_file = written(&folder, "half.ndjson", half.as_bytes());
    assert_eq!(
        import(&url, &whole, &["--generation", "A"]).await.code,
        Some(0)
    );

    let ran = import(&url, &half_file, &["--generation", "B", "--commit"]).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for object_type in TYPES {
        let (before, after) = (distinct(DEMO, object_type), distinct(&half, object_type));
        let line = format!("committed {object_type}: {} deleted", before - after);
        assert!(ran.stdout.contains(&line), "{line} in {ran:?}");
        assert_eq!(count(&site, object_type).await, after, "{object_type}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_objects_are_printed_with_line_and_reason_and_prevent_the_commit() {
    let (folder, (_server, url, site)) = (folder(), healthy().await);
    let good = |name: &str| json!({"identity":name,"type":"product","fields":{"title":name}});
    site.replace([good("older")]).await.ok();
    let content = format!(
        "{}\n{{\"identity\":\n[1]\n\n{}\n{}\n{}\n",
        good("a"),
        json!({"identity":"untitled","type":"product","fields":{}}),
        json!({"type":"product","fields":{"title":"nameless"}}),
        good("b"),
    );
    let file = written(&folder, "mixed.ndjson", content.as_bytes());
    let options = ["--connections", "1", "--generation", "B", "--commit"];
    let ran = import(&url, &file, &options).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.contains("2 accepted, 4 rejected"), "{ran:?}");
    for expected in [
        "line 2: is not valid JSON",
        "line 3: is not a JSON object",
        r#"line 5: untitled: malformed_input: incorrect object format: {"title":["must be filled"]}"#,
        r#"line 6: object #2: malformed_input: incorrect object format: {"identity":["is missing"]}"#,
        "not committed",
    ] {
        assert!(
            ran.stderr.contains(expected),
            "{expected} in {}",
            ran.stderr
        );
    }
    becomes(&site, "product", 3).await;

    let anyway = ["--generation", "B", "--commit", "--commit-anyway"];
    let ran = import(&url, &file, &anyway).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.stdout.contains("committed product: 1 deleted"),
        "{ran:?}"
    );
    assert_eq!(count(&site, "product").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_extraction_nested_objects_stay_inside() {
    let (folder, (_server, url, site)) = (folder(), healthy().await);
    let file = written(&folder, "demo.ndjson", DEMO.as_bytes());
    let ran = import(
        &url,
        &file,
        &["--no-extract", "--generation", "A", "--commit"],
    )
    .await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(!ran.stdout.contains("committed category"), "{ran:?}");
    becomes(&site, "product", distinct(DEMO, "product")).await;
    assert_eq!(count(&site, "category").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_ends_the_import_at_once() {
    let (folder, (_server, url, _site)) = (folder(), healthy().await);
    let file = written(&folder, "demo.ndjson", DEMO.as_bytes());
    let ran = import(&url, &file, &["--key", "wrong", "--connections", "1"]).await;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("signature_mismatch"), "{ran:?}");
    assert!(ran.stdout.contains("0 accepted"), "{ran:?}");
}
