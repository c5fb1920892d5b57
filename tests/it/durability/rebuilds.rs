//! An index is derived: whatever happens to it, the store makes it again.

use serde_json::{Value, json};

use super::{Home, find, invented, name, products};
use crate::support::{SiteClient, object, product};

/// A catalog of 300 objects, its server stopped.
async fn stopped_home(prefix: &str) -> Home {
    let home = Home::new();
    let server = home.start().await;
    let mut objects = invented(300);
    for object in &mut objects {
        object["identity"] = format!("{prefix}{}", name(object)).into();
    }
    server.site().replace(objects).await.ok();
    home.end(server, "filled");
    home
}

async fn assert_serves_300(home: &Home, prefix: &str) {
    let server = home.start().await;
    let site = server.site();
    assert_eq!(products(&site).await, 300);
    assert_eq!(find(&site, &[format!("{prefix}p299")]).await.len(), 1);
    home.end(server, prefix);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orderly_end_keeps_everything() {
    assert_serves_300(&stopped_home("x").await, "x").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_index_is_made_again() {
    let home = stopped_home("x").await;
    std::fs::remove_dir_all(home.index()).expect("the index is a folder");
    assert_serves_300(&home, "x").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_index_is_made_again() {
    let home = stopped_home("x").await;
    let mut damaged = 0;
    for entry in std::fs::read_dir(home.index()).expect("the index is a folder") {
        let path = entry.expect("a readable folder").path();
        if path.is_file() {
            std::fs::write(&path, b"damaged").expect("a writable file");
            damaged += 1;
        }
    }
    assert!(damaged > 0);
    assert_serves_300(&home, "x").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_of_another_store_is_not_believed() {
    let (home, other) = (stopped_home("x").await, stopped_home("y").await);
    std::fs::remove_dir_all(home.index()).expect("the index is a folder");
    std::fs::rename(other.index(), home.index()).expect("one file system");
    assert_serves_300(&home, "x").await;
}

/// What is common turns out while objects come in, and again while an index is made: where values lie is another
/// matter before and after, and no answer is.
#[tokio::test(flavor = "multi_thread")]
async fn attributes_that_turn_out_to_be_common_answer_the_same_before_and_after_a_rebuild() {
    const OBJECTS: usize = 1_500;
    let home = Home::new();
    let server = home.start().await;
    let site = server.site();
    let mut names = object("names", "names").title("Names");
    for number in 0..80 {
        names = names.field(&format!("name{number}"), "x");
    }
    site.replace([names]).await.ok();
    // In every other object, of which the first thousand come before anybody can tell.
    let woods = ["oak", "pine", "elm"];
    let objects = (0..OBJECTS).map(|n| {
        let object = product(&format!("p{n}")).title("Lamp");
        if n % 2 == 1 {
            return object.field("seldom", n % 500);
        }
        object
            .field("material", json!([woods[n % woods.len()], "wood"]))
            .field("weight", n as f64 / 8.0)
            .field("made", format!("2025-01-{:02}T00:00:00Z", 1 + n % 28))
            .field("solid", n % 4 == 0)
    });
    let objects: Vec<_> = objects.collect();
    for some in objects.chunks(300) {
        site.replace(some.to_vec()).await.ok();
    }
    let before = answers(&site).await;
    assert_eq!(before[0]["total_hits"], OBJECTS / 2);
    let wood = &before[0]["facets"][0]["values"][0];
    assert_eq!(
        (&wood["value"], &wood["hits_count"]),
        (&json!("wood"), &json!(OBJECTS / 2))
    );
    home.end(server, "filled");

    std::fs::remove_dir_all(home.index()).expect("the index is a folder");
    let server = home.start().await;
    assert_eq!(answers(&server.site()).await, before);
    home.end(server, "made again");
}

async fn answers(site: &SiteClient) -> Vec<Value> {
    let mut answers = Vec::new();
    for query in [
        "f[]=material:wood&facets=material,weight,made,solid,seldom&sort=weight:desc&size=30",
        "f[]=material:elm&f_must[]=solid:true&sort=made:asc&size=30",
        "f[]=weight:10%7C40&facets=seldom&sort=material:asc&size=30",
        "f[]=seldom:7%7C9&facets=material&size=30",
    ] {
        let answer = site.search(query).await;
        answers.push(answer.json()["results"].clone());
    }
    answers
}
