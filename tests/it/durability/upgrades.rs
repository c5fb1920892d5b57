//! Data folders that earlier versions left behind. Invariant: a start of this version keeps every object,
//! and every attribute keeps its type; only what searches find may become more.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Home;
use crate::support::{SiteClient, product, vetrina};

/// Puts a folder of `fixtures/` in the place of the site's data.
fn lay_out(home: &Home, fixture: &str) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let folder = folder.join("tests/it/fixtures").join(fixture);
    let index = home.index();
    std::fs::create_dir_all(&index).expect("a new folder");
    for entry in std::fs::read_dir(folder.join("index")).expect("the fixture has an index") {
        let entry = entry.expect("a readable folder");
        std::fs::copy(entry.path(), index.join(entry.file_name())).expect("a copy");
    }
    let site = index.parent().expect("the index lies in the site's folder");
    std::fs::write(site.join("store.db"), unpacked(&folder.join("store.db.gz"))).expect("a copy");
}

fn unpacked(path: &Path) -> Vec<u8> {
    let file = std::fs::File::open(path).expect("the fixture has a store");
    let mut bytes = Vec::new();
    let mut decoder = flate2::read::GzDecoder::new(file);
    decoder.read_to_end(&mut bytes).expect("a packed store");
    bytes
}

async fn kind_of(site: &SiteClient, attribute: &str) -> Value {
    let answer = site.search(&format!("facets={attribute}&size=0")).await;
    answer.json()["results"]["facets"][0]["type"].clone()
}

/// Made by the version that refused what did not fit, of four items.
#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_layout_5_is_made_again_and_mixed_attributes_with_it() {
    let home = Home::new();
    lay_out(&home, "layout_5");
    let check = vetrina(&["check", "--data-dir"])
        .arg(home.folder.path())
        .output();
    let said = check.expect("the binary runs").stdout;
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(
        said.contains("layout"),
        "the fixture has an index of its time: {said}"
    );

    let server = home.start().await;
    let site = server.site();
    let found = site.search("f[]=type:item&sort=title:asc").await;
    assert_eq!(found.identities(), ["4", "1", "3", "2"]);
    assert_eq!(
        found.hit("3")["attributes"]["special"],
        json!([{"grams": 5}])
    );
    assert_eq!(site.search("f[]=category:Fans").await.identities(), ["4"]);
    for (attribute, kind) in [
        ("airflow", "float"),
        ("code", "text"),
        ("since", "date"),
        ("flag", "boolean"),
        ("special.grams", "float"),
        ("color", "text"),
    ] {
        assert_eq!(kind_of(&site, attribute).await, kind, "{attribute}");
    }
    // Numbers and dates that were texts alone.
    let found = site.search("f[]=type:item&sort=code:asc").await;
    assert_eq!(found.identities(), ["4", "2", "3", "1"]);
    assert_eq!(site.search("f[]=code:6|").await.identities(), ["2"]);
    // What was refused is taken now.
    let odd = product("5")
        .field("airflow", "57 CFM")
        .field("since", "soon");
    site.replace([odd]).await.status(201);
    assert_eq!(site.search("f[]=since:soon").await.identities(), ["5"]);
    assert_eq!(site.search("f[]=airflow:50|200").await.total(), 2);
    home.end(server, "upgraded");
}
