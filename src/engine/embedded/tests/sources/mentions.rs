//! Bare mentions by rows and by others: whose an object stays, and what it costs.

use super::*;

fn mentioning(identity: &str, category: &str, title: &str, marker: &str) -> Object {
    let mut parts = parts(identity, "In it");
    parts.generation = Some(generation(marker));
    let mut mention = nested(category, "category", title);
    mention.is_mention = true;
    parts.nested = vec![mention];
    Object::new(parts).unwrap()
}

fn category(identity: &str, teaser: &str, marker: &str) -> Object {
    let mut parts = marked(identity, identity, marker).into_parts();
    parts.object_type = ObjectType::new("category").unwrap();
    parts.fields.insert("teaser", teaser.into());
    Object::new(parts).unwrap()
}

#[tokio::test]
async fn what_a_row_made_stays_of_that_row_however_others_mention_it() {
    let shop = Shop::open();
    let rows = vec![row("c1", category("c1", "warm", "c-1"))];
    shop.write("categories", "c-1", rows).await;
    let rows = || vec![row("1", mentioning("1", "c1", "Socks", "p-1"))];
    shop.write("products", "p-1", rows()).await;
    shop.replace(vec![mentioning("2", "c1", "Socks", "api")])
        .await;
    let head = shop.heads()["c1"].clone();
    assert_eq!(head.generation, Some(generation("c-1")));
    assert_eq!(head.origin.as_ref().unwrap().source, source("categories"));
    assert!(head.origin.unwrap().row.is_some());
    // Neither a row that only stays nor a commit of either source takes it away.
    shop.write("products", "p-2", vec![stays("1")]).await;
    let others = || Reach::AllBut(vec![source("categories")]);
    shop.commit_source("products", "p-2", others()).await;
    shop.write("categories", "c-1", vec![stays("c1")]).await;
    shop.commit_source("categories", "c-1", Reach::Own).await;
    assert!(shop.names().await.contains(&"c1".to_owned()));
    // Its row takes it away.
    shop.write("categories", "c-1", vec![row("c1", None)]).await;
    assert!(!shop.names().await.contains(&"c1".to_owned()));
    assert!(shop.check().findings.is_empty());
}

#[tokio::test]
async fn a_mention_by_a_row_writes_no_version_when_it_says_nothing_new() {
    let shop = Shop::open();
    shop.replace(vec![category("c1", "warm", "api")]).await;
    let rows = |marker: &'static str| {
        (0..50).map(move |n| {
            row(
                &n.to_string(),
                mentioning(&n.to_string(), "c1", "c1", marker),
            )
        })
    };
    shop.write("products", "p-1", rows("p-1").collect()).await;
    let head = shop.heads()["c1"].clone();
    assert_eq!(head.generation, Some(generation("p-1")));
    for marker in ["p-1", "p-2"] {
        shop.write("products", marker, rows(marker).collect()).await;
        assert_eq!(shop.heads()["c1"].version, head.version, "{marker}");
    }
    assert!(shop.check().findings.is_empty());
}

#[tokio::test]
async fn words_remembered_with_a_mention_are_not_read_again() {
    let shop = Shop::open();
    shop.replace(vec![category("c1", "warm", "g0")]).await;
    let first = shop.replace(vec![mentioning("1", "c1", "c1", "g1")]).await;
    let version = shop.heads()["c1"].version;
    for marker in ["g1", "g2"] {
        let again = shop
            .replace(vec![mentioning("1", "c1", "c1", marker)])
            .await;
        assert_eq!(again.visibility, first.visibility, "{marker}");
        assert_eq!(shop.heads()["c1"].version, version, "{marker}");
        assert_eq!(shop.heads()["c1"].generation, Some(generation(marker)));
    }
    // Another content is mentioned as that.
    shop.replace(vec![category("c1", "cold", "g2")]).await;
    let version = shop.heads()["c1"].version;
    shop.replace(vec![mentioning("1", "c1", "c1", "g3")]).await;
    assert_eq!(shop.heads()["c1"].version, version);
    assert!(shop.check().findings.is_empty());
}
