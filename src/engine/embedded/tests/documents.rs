//! Documents over the life of a server: receipts that a restart leaves, that age takes, and a store of a
//! program that knew of no documents. What documents do is tested through HTTP.

use super::*;
use crate::domain::{Document, DocumentOutcome, Receipt, ReceiptState, SentField};
use crate::engine::{DocumentEdit, DocumentEngine, DocumentKey, Made, PutMode, SubmittedDocument};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn books() -> ObjectType {
    ObjectType::new("books").unwrap()
}

fn book(id: &str, field_type: &str) -> Document {
    let title = SentField {
        name: "title".into(),
        field_type: field_type.to_owned(),
        value: Some("Lion".into()),
    };
    let identity = Document::identity(&books(), id).unwrap();
    Document::new(identity, books(), vec![title]).unwrap()
}

async fn with_books() -> Shop {
    let shop = Shop::open();
    let (site, name) = (site(), "Books".to_owned());
    let made = shop.engine.create_document_type(&site, books(), name, None);
    assert_eq!(made.await.unwrap(), Made::New);
    shop
}

async fn submit(shop: &Shop, documents: &[(&str, &str)]) -> Vec<Receipt> {
    let documents = documents.iter().map(|(id, field_type)| SubmittedDocument {
        external_id: Some((*id).to_owned()),
        document: Ok(book(id, field_type)),
    });
    let site = site();
    let submitted = shop
        .engine
        .submit_documents(&site, books().into(), documents.collect());
    submitted.await.unwrap().expect("the type is there")
}

async fn asked(shop: &Shop, receipts: &[Receipt]) -> Vec<Option<Receipt>> {
    let ids = receipts.iter().map(|one| (one.second, one.counter));
    let site = site();
    let found = shop.engine.receipts(&site, ids.collect());
    found.await.unwrap()
}

#[tokio::test]
async fn a_restart_leaves_no_receipt_pending() {
    let shop = with_books().await;
    let receipts = submit(&shop, &[("1", "string"), ("2", "enum")]).await;
    let shop = shop.reopen();
    let [Some(first), Some(second)] = &asked(&shop, &receipts).await[..] else {
        panic!("two receipts");
    };
    let ReceiptState::Complete(place) = first.state else {
        panic!("{first:?}");
    };
    assert!(
        matches!(second.state, ReceiptState::Failed(_)),
        "{second:?}"
    );
    let (site, key) = (site(), DocumentKey("1".to_owned()));
    let found = shop.engine.document(&site, books(), key);
    assert_eq!(found.await.unwrap().expect("it is there").place, place);
}

#[tokio::test]
async fn old_receipts_are_forgotten_and_young_ones_are_not() {
    let shop = with_books().await;
    let old = submit(&shop, &[("1", "string"), ("2", "enum")]).await;
    shop.now.store(NOW_MS + DAY_MS, Ordering::SeqCst);
    let young = submit(&shop, &[("3", "string")]).await;
    let forget = || async {
        let catalog = shop.catalog();
        tokio::task::spawn_blocking(move || purge::forget_receipts(&catalog).unwrap())
            .await
            .unwrap();
    };
    forget().await;
    assert!(asked(&shop, &old).await.iter().all(Option::is_some));
    shop.now
        .store(NOW_MS + DAY_MS + 2 * 60 * 60 * 1000, Ordering::SeqCst);
    forget().await;
    assert_eq!(asked(&shop, &old).await, [None, None]);
    assert!(asked(&shop, &young).await[0].is_some());
}

/// The same shop, after something was done to its store while nobody served it.
fn changed_at_rest(shop: Shop, statements: &str) -> Shop {
    let path = store::path(&shop.folder());
    let Shop {
        data,
        settings,
        engine,
        ..
    } = shop;
    drop(engine);
    let store = rusqlite::Connection::open(path).unwrap();
    store.execute_batch(statements).unwrap();
    drop(store);
    Shop::open_in(data, settings)
}

#[tokio::test]
async fn a_store_from_before_there_were_documents_gets_what_they_need() {
    let shop = Shop::open();
    shop.replace(vec![product("p1", "Sock")]).await;
    let shop = changed_at_rest(
        shop,
        "DROP TRIGGER documents_go_with_heads; DROP TABLE documents; DROP TABLE receipts; \
         DROP TABLE document_types; DROP TABLE document_fields; DROP TABLE engine; \
         DROP TABLE clicks;",
    );
    assert_eq!(shop.engine.card(&site()).await.unwrap().name, None);
    let (site, key) = (site(), DocumentKey("p1".to_owned()));
    let products = ObjectType::new("product").unwrap();
    let found = shop.engine.document(&site, products, key);
    assert!(found.await.unwrap().is_some());
}

#[tokio::test]
async fn types_from_before_last_writes_could_be_searched_by_get_what_they_need() {
    let shop = with_books().await;
    submit(&shop, &[("1", "string")]).await;
    let shop = changed_at_rest(
        shop,
        "DELETE FROM document_fields WHERE name = 'updated_at'; \
         DELETE FROM schema WHERE name = 'books.updated_at'; \
         UPDATE document_fields SET attribute = 0; UPDATE schema SET number = 0; \
         DROP TABLE last_writes;",
    );
    let (schema, site) = (shop.engine.schema(&site()).await.unwrap(), site());
    let books_type = schema.document_types().get(&books()).unwrap();
    let updated_at = books_type.updated_at().expect("an attribute");
    assert_eq!(
        schema.get("books.updated_at").unwrap().0,
        updated_at.attribute
    );
    assert_eq!(books_type.fields().len(), 1);
    assert_eq!(shop.engine.last_write(&site, None).await.unwrap(), None);
    submit(&shop, &[("2", "string")]).await;
    let last = shop.engine.last_write(&site, Some(books())).await.unwrap();
    assert_eq!(last, Some(Timestamp::from_millis(NOW_MS)));
}

#[tokio::test]
async fn when_a_document_was_created_goes_with_it() {
    let shop = with_books().await;
    let put = || {
        vec![DocumentEdit::Put {
            document: book("1", "string"),
            mode: PutMode::Create,
        }]
    };
    let site = site();
    let write = |edits| shop.engine.write_documents(&site, books().into(), edits);
    let created = |outcomes: Option<Vec<DocumentOutcome>>| match outcomes.as_deref() {
        Some([DocumentOutcome::Written(stored)]) => stored.place,
        other => panic!("{other:?}"),
    };
    let first = created(write(put()).await.unwrap());
    let delete = DocumentEdit::Delete(DocumentKey("1".to_owned()));
    let deleted = write(vec![delete]).await.unwrap();
    assert_eq!(deleted, Some(vec![DocumentOutcome::Deleted]));
    shop.now.store(NOW_MS + DAY_MS, Ordering::SeqCst);
    let second = created(write(put()).await.unwrap());
    assert_ne!(first.first_seen, second.first_seen);
    assert_eq!(second.created_at, Timestamp::from_millis(NOW_MS + DAY_MS));
    let rows = shop.catalog().readers.with(|reader| {
        let count = reader.query_row("SELECT count(*) FROM documents", [], |row| row.get(0));
        Ok::<i64, StoreError>(count?)
    });
    assert_eq!(rows.unwrap(), 1);
}
