//! The page as a whole: well-formed, and exactly what `deploy/metrics.md` says.

use std::collections::{BTreeMap, HashSet};

use vetrina::telemetry::metrics::names;

use super::figures;
use crate::support::{TestServer, product};

struct Row {
    kind: String,
    labels: Vec<String>,
    meaning: String,
}

/// The table of `deploy/metrics.md`, by name.
fn documented() -> BTreeMap<String, Row> {
    let text = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/metrics.md");
    let text = std::fs::read_to_string(text).expect("the table");
    let mut rows = BTreeMap::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, name, kind, labels, _unit, meaning, _] = cells[..] else {
            continue;
        };
        let Some(name) = name.strip_prefix('`') else {
            continue;
        };
        let labels = labels.split(", ").filter(|label| *label != "–");
        let row = Row {
            kind: kind.to_owned(),
            labels: labels.map(|label| label.replace('`', "")).collect(),
            meaning: meaning.to_owned(),
        };
        rows.insert(name.replace('`', ""), row);
    }
    rows
}

#[test]
fn the_table_names_every_metric_there_is() {
    let mut rows = documented();
    for metric in names::ALL {
        let row = rows.remove(metric.name);
        let row = row.unwrap_or_else(|| panic!("`{}` is not documented", metric.name));
        assert_eq!(row.kind, metric.kind.as_str(), "{}", metric.name);
        assert_eq!(row.labels, metric.labels, "{}", metric.name);
        assert_eq!(row.meaning, metric.meaning, "{}", metric.name);
    }
    assert_eq!(rows.keys().next(), None, "documented, and there is none");
}

#[tokio::test]
async fn the_page_has_what_the_table_names() {
    let server = TestServer::start().await;
    let site = server.site();
    site.replace([product("a").title("Shoe")]).await.ok();
    site.search("shoe").await;
    let rows = documented();
    let page = figures(&server).await;
    for (name, family) in &page.families {
        let row = rows
            .get(name)
            .unwrap_or_else(|| panic!("`{name}` is not documented"));
        assert_eq!(family.kind, row.kind, "{name}");
        assert_eq!(family.help, row.meaning, "{name}");
        let labels: HashSet<&str> = row.labels.iter().map(String::as_str).collect();
        assert_eq!(family.label_names(), labels, "{name}");
    }
    // Those of product sync need a source, those of a cluster one, those of the process the files of Linux.
    let is_expected = |name: &&String| {
        let of_linux = name.starts_with("process_") && !cfg!(target_os = "linux");
        !name.starts_with("vetrina_sync_") && !name.starts_with("vetrina_cluster_") && !of_linux
    };
    let missing: Vec<&String> = rows
        .keys()
        .filter(is_expected)
        .filter(|name| !page.families.contains_key(*name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[tokio::test]
async fn every_site_that_is_served_has_figures_of_its_own() {
    let server = TestServer::builder().site("2-2", "other").start().await;
    let page = figures(&server).await;
    assert!((page.value("vetrina_sites", &[]) - 2.0).abs() < f64::EPSILON);
    for site in [crate::support::TRACKER_ID, "2-2"] {
        let up = page.find("vetrina_site_up", &[("site", site)]);
        assert_eq!(up, Some(1.0), "{site}");
    }
    let label = [("version", env!("CARGO_PKG_VERSION"))];
    assert_eq!(page.find("vetrina_build_info", &label), Some(1.0));
}

#[tokio::test]
async fn two_servers_count_apart() {
    let (one, other) = tokio::join!(TestServer::start(), TestServer::start());
    one.site().replace([product("a").title("Shoe")]).await.ok();
    let accepted = [
        ("api", "content"),
        ("operation", "replace"),
        ("outcome", "accepted"),
    ];
    let of_one = figures(&one).await.find("vetrina_objects_total", &accepted);
    let of_other = figures(&other)
        .await
        .find("vetrina_objects_total", &accepted);
    assert_eq!((of_one, of_other), (Some(1.0), Some(0.0)));
}
