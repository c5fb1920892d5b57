//! Sites that are removed and made again under the same name: nothing of the one before says anything of the one after it.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;

use super::cut::{Lost, Network};
use super::documents::{book, books, declared, make_type, put};
use super::{eventually, start};
use crate::domain::{Clock, FieldType, Language, Receipt, Site, TrackerId};
use crate::engine::conformance::cluster::Indices;
use crate::engine::conformance::objects::{NOW, integer, narrow, number, object_type, tracker};
use crate::engine::opensearch::OpenSearchCatalogs;
use crate::engine::{DocumentEngine, Made, Search, SubmittedDocument};

fn made() -> Site {
    Site::of_documents(tracker("made"))
}

async fn make(catalogs: &OpenSearchCatalogs, site: Site) {
    let new = catalogs.make_site(site, "Made".to_owned());
    assert_eq!(new.await.unwrap(), Made::New);
}

async fn make_again(catalogs: &OpenSearchCatalogs, site: Site) {
    catalogs.remove_site(&site.tracker_id).await.unwrap();
    make(catalogs, site).await;
}

async fn types(catalogs: &OpenSearchCatalogs, site: &TrackerId) -> Vec<String> {
    let schema = catalogs.schema(site).await.unwrap();
    let types = schema.document_types().iter();
    types.map(|one| one.object_type.to_string()).collect()
}

/// Both have as many attributes.
#[tokio::test]
async fn attributes_are_those_of_the_site_that_there_is() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let (process, other) = (start(indices.settings()), start(indices.settings()));
    let name = made().tracker_id;
    make(&other, made()).await;
    make_type(&other, &name).await;
    let pages = book("1", &[("pages", "integer", integer(9))]);
    put(&other, &name, pages).await.unwrap();
    assert!(process.made_site(&name).await.unwrap().is_some());
    let known = declared(&process, &name, "pages").await;
    assert_eq!(known, Some(FieldType::Integer));
    make_again(&other, made()).await;
    make_type(&other, &name).await;
    let weight = book("1", &[("weight", "float", number(0.5))]);
    put(&other, &name, weight).await.unwrap();
    // It has not looked which sites there are since.
    let attributes = async |catalogs: &OpenSearchCatalogs| {
        let schema = catalogs.schema(&name).await.unwrap();
        let attributes = schema.iter();
        let names = attributes.map(|(number, name, kind)| format!("{number} {name} {kind:?}"));
        names.collect::<Vec<_>>()
    };
    assert_eq!(attributes(&process).await, attributes(&other).await);
    assert_eq!(declared(&process, &name, "pages").await, None);
}

/// Two of the second life have the numbers that two of the first would have, if these began anew.
#[tokio::test]
async fn who_reads_types_while_a_site_is_made_again_reads_none_of_the_other_one() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let mut settings = indices.settings();
    let network = Network::before(&mut settings, Duration::from_secs(60)).await;
    let (process, other) = (start(settings), start(indices.settings()));
    let name = made().tracker_id;
    make(&other, made()).await;
    make_type(&other, &name).await;
    assert!(process.made_site(&name).await.unwrap().is_some());
    assert_eq!(types(&process, &name).await, ["books"]);
    let make_types = async |names: &[&str]| {
        for of_type in names {
            let made = other.create_document_type(
                &name,
                object_type(of_type),
                (*of_type).to_owned(),
                None,
            );
            assert_eq!(made.await.unwrap(), Made::New);
        }
    };
    make_types(&["films"]).await;
    // It has heard of both types, and asks for the second one when all of that is gone.
    network.lose(Method::POST, "/_mget", Lost::Time);
    let reading = {
        let (process, name) = (Arc::clone(&process), name.clone());
        tokio::spawn(async move { types(&process, &name).await })
    };
    eventually(async || network.has_lost_all()).await;
    make_again(&other, made()).await;
    make_types(&["maps", "plays"]).await;
    network.let_go();
    assert_eq!(reading.await.unwrap(), ["books"]);
    assert_eq!(types(&process, &name).await, ["maps", "plays"]);
}

#[tokio::test]
async fn a_receipt_of_the_site_before_is_none_of_the_one_after_it() {
    let Some(indices) = Indices::new() else {
        return;
    };
    // All of it within a second.
    let catalogs = indices.process(Vec::new(), Clock::new(|| NOW));
    let name = made().tracker_id;
    let submit = async |id: &str| {
        let sent = vec![SubmittedDocument {
            external_id: Some(id.to_owned()),
            document: Ok(book(id, &[])),
        }];
        let given = catalogs.submit_documents(&name, books(), sent).await;
        given.unwrap().unwrap().remove(0)
    };
    let ask = async |receipt: &Receipt| {
        let asked = vec![(receipt.second, receipt.counter)];
        let found = catalogs.receipts(&name, asked).await.unwrap().remove(0);
        found.and_then(|receipt| receipt.external_id)
    };
    make(&catalogs, made()).await;
    make_type(&catalogs, &name).await;
    let before = submit("1").await;
    assert_eq!(ask(&before).await.as_deref(), Some("1"));
    make_again(&catalogs, made()).await;
    make_type(&catalogs, &name).await;
    let after = submit("2").await;
    assert_eq!(ask(&before).await, None);
    assert_eq!(ask(&after).await.as_deref(), Some("2"));
}

/// Whoever writes first says what the index is made with.
#[tokio::test]
async fn whoever_knew_the_site_before_writes_with_the_language_of_the_one_after_it() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let (process, other) = (start(indices.settings()), start(indices.settings()));
    let name = made().tracker_id;
    let of = |language| Site { language, ..made() };
    make(&other, of(Language::Czech)).await;
    assert!(process.made_site(&name).await.unwrap().is_some());
    make_again(&other, of(Language::German)).await;
    process.engines_now().await.unwrap();
    make_type(&process, &name).await;
    let houses = book("1", &[("title", "string", "H\u{e4}user".into())]);
    put(&process, &name, houses).await.unwrap();
    let alias = other.cluster.names.catalog(&name);
    other.cluster.refresh(&alias).await.unwrap();
    for catalogs in [&process, &other] {
        let found = catalogs.search(&name, narrow("haus")).await.unwrap();
        assert_eq!(found.total_hits, 1);
    }
}
