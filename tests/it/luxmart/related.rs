//! What a variant is made of beside its own row: a change there reaches it as well.

use serde_json::json;

use super::database::{install, open, open_without_triggers, sections};
use crate::support::eventually;
use crate::sync::Shop;

async fn total(shop: &Shop, query: &str) -> u64 {
    let query = format!("f[]=type:item&size=0&{query}");
    shop.site().search(&query).await.total()
}

async fn becomes(shop: &Shop, query: &str, wanted: u64) {
    eventually(&format!("{wanted} of {query}"), async || {
        (total(shop, query).await == wanted).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variant_is_what_the_shop_knows_of_it() {
    let Some(shop) = open().await else { return };
    assert_eq!(total(&shop, "").await, 24);
    let found = shop.site().search("f[]=type:item&f[]=sku:SKU-1-1").await;
    let attributes = &found.hits()[0]["attributes"];
    assert_eq!(attributes["title"], "Enamel mug 11");
    assert_eq!(attributes["price"], json!(1.5));
    assert_eq!(attributes["category"], json!(["Home", "Kitchen", "Cups"]));
    assert_eq!(attributes["brand"], json!(["Besto"]));
    assert_eq!(attributes["Color"], json!(["Blue"]));
    assert_eq!(attributes["Size"], json!(["Large"]));
    assert_eq!(attributes["availability"], 1);
    assert!(attributes["discount_price"].is_null());
    let categories = shop.site().search("f[]=type:category").await;
    assert_eq!(
        categories.total(),
        4,
        "those above a category of a product, too"
    );
    let check = crate::sync::source_command(
        &sections(),
        &["check", "variants"],
        &[("SHOP_DSN", &shop.database.dsn())],
    );
    let words = String::from_utf8_lossy(&check.stdout);
    assert!(check.status.success(), "{words}");
    assert!(!words.contains("problem"), "{words}");
}

/// The shipped files, in the order of their first lines: a sync, then the outbox beside a running server.
#[tokio::test(flavor = "multi_thread")]
async fn as_shipped_changes_are_followed_and_none_before_the_outbox_is_lost() {
    let Some(shop) = open_without_triggers().await else {
        return;
    };
    assert_eq!(shop.status().await["auto_indexing"]["mode"], "compare");
    shop.run("update categories set name = 'House' where id = 1")
        .await;
    shop.run("update product_variants set is_deleted = true where id = 24")
        .await;
    assert_eq!(total(&shop, "f[]=category:House").await, 0);
    install(&shop.database);
    becomes(&shop, "f[]=category:House", 12).await;
    becomes(&shop, "", 23).await;
    assert_eq!(shop.status().await["auto_indexing"]["mode"], "outbox");
    shop.run("update brands set name = 'Acme Ltd' where id = 1")
        .await;
    // Of twelve one is deleted.
    becomes(&shop, "f[]=brand:Acme Ltd", 11).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_a_product_reaches_all_its_variants() {
    let Some(shop) = open().await else { return };
    shop.run("update products set category_id = 4 where id = 1")
        .await;
    becomes(&shop, "f[]=category:Garden", 14).await;
    shop.run("update products set is_deleted = true where id in (2, 3)")
        .await;
    becomes(&shop, "", 20).await;
    shop.run("update products set is_deleted = false where id = 2")
        .await;
    becomes(&shop, "", 22).await;
    shop.run("update product_variants set is_deleted = true where id = 1")
        .await;
    becomes(&shop, "", 21).await;
    shop.run(
        "insert into products (id, store_id, category_id, currency_id) values (50, 1, 3, 1); \
         insert into product_variants (product_id, name_en, sku, price) values (50, 'Teapot', 'T', 9)",
    )
    .await;
    becomes(&shop, "q=teapot", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_a_category_reaches_what_is_below_it() {
    let Some(shop) = open().await else { return };
    // Two levels above the products.
    shop.run("update categories set name = 'House' where id = 1")
        .await;
    becomes(&shop, "f[]=category:House", 12).await;
    becomes(&shop, "f[]=category:Home", 0).await;
    shop.run("update categories set parent_id = null where id = 3")
        .await;
    becomes(&shop, "f[]=category:Kitchen", 0).await;
    becomes(&shop, "f[]=category:Cups", 12).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_a_brand_or_an_attribute_reaches_what_has_it() {
    let Some(shop) = open().await else { return };
    shop.run("update brands set name = 'Acme Ltd' where id = 1")
        .await;
    becomes(&shop, "f[]=brand:Acme Ltd", 12).await;
    becomes(&shop, "f[]=brand:Acme", 0).await;
    shop.run("update attribute_values set value = 'Crimson' where id = 1")
        .await;
    becomes(&shop, "f[]=Color:Crimson", 12).await;
    shop.run("update attributes set name = 'Paint' where id = 1")
        .await;
    becomes(&shop, "f[]=Paint:Crimson", 12).await;
    becomes(&shop, "f[]=Color:Crimson", 0).await;
    shop.run("delete from variant_attribute_values where variant_id = 2")
        .await;
    becomes(&shop, "f[]=Paint:Crimson", 11).await;
    shop.run("insert into variant_attribute_values values (2, 2)")
        .await;
    becomes(&shop, "f[]=Paint:Blue", 13).await;
}
