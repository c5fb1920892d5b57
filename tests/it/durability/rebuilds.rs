//! An index is derived: whatever happens to it, the store makes it again.

use super::{Home, find, invented, name, products};

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
