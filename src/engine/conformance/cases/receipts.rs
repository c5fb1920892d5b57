//! Documents accepted for later, and what became of each (docs/reference/10-swiftype.md §5).

use std::time::Duration;

use super::documents::{book, books, titled};
use crate::domain::{Document, DocumentProblem, Receipt, ReceiptState};
use crate::engine::SubmittedDocument;
use crate::engine::conformance::objects::{everything, integer, object_type};
use crate::engine::conformance::shop::Shop;
use crate::engine::conformance::{Backend, on_every_backend};

on_every_backend![
    found: a_receipt_says_what_became_of_its_document,
    a_document_whose_receipt_is_complete_can_be_found,
    receipts_come_in_the_order_asked_for_and_over_a_restart,
    a_type_that_is_not_there_takes_nothing,
];

fn submitted(id: &str, document: Result<Document, DocumentProblem>) -> SubmittedDocument {
    SubmittedDocument {
        external_id: Some(id.to_owned()),
        document,
    }
}

impl<B: Backend> Shop<B> {
    async fn submit(&self, documents: Vec<SubmittedDocument>) -> Vec<Receipt> {
        let taken = self
            .documents()
            .submit_documents(self.id(), books(), documents);
        taken.await.unwrap().expect("the type is there")
    }

    async fn asked(&self, receipts: &[&Receipt]) -> Vec<Option<Receipt>> {
        let ids = receipts.iter().map(|one| (one.second, one.counter));
        let asked = self.documents().receipts(self.id(), ids.collect());
        asked.await.unwrap()
    }

    /// The receipt once it is pending no more.
    async fn settled(&self, receipt: &Receipt) -> Receipt {
        for _ in 0..6_000 {
            let found = self
                .asked(&[receipt])
                .await
                .remove(0)
                .expect("it was given");
            if found.state != ReceiptState::Pending {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the receipt is pending for ever");
    }
}

async fn a_receipt_says_what_became_of_its_document<B: Backend>() {
    let shop = Shop::<B>::with_books().await;
    let conflict = book(
        "3",
        &[("title", "enum", "T".into()), ("n", "integer", integer(1))],
    );
    let receipts = shop
        .submit(vec![
            submitted("1", Ok(titled("1", "Lion"))),
            submitted("2", Err(DocumentProblem::BadExternalId)),
            submitted("3", Ok(conflict)),
        ])
        .await;
    let numbers: Vec<u32> = receipts.iter().map(|one| one.counter).collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    for (receipt, id) in receipts.iter().zip(["1", "2", "3"]) {
        assert_eq!(receipt.external_id.as_deref(), Some(id));
        assert_eq!(receipt.object_type, object_type("books"));
        assert_eq!(receipt.second, shop.now().second());
    }
    let first = shop.settled(&receipts[0]).await;
    let ReceiptState::Complete(place) = first.state else {
        panic!("{first:?}");
    };
    assert_eq!(place.created_at, shop.now());
    let second = shop.settled(&receipts[1]).await;
    assert_eq!(
        second.state,
        ReceiptState::Failed(DocumentProblem::BadExternalId)
    );
    let third = shop.settled(&receipts[2]).await;
    let is_told = matches!(
        third.state,
        ReceiptState::Failed(DocumentProblem::TypeConflict { .. })
    );
    assert!(is_told, "{third:?}");
    assert_eq!(shop.names().await, ["books:1"]);
}

async fn a_document_whose_receipt_is_complete_can_be_found<B: Backend>() {
    let shop = Shop::<B>::with_books().await;
    let receipts = shop
        .submit(vec![submitted("1", Ok(titled("1", "Lion")))])
        .await;
    shop.settled(&receipts[0]).await;
    let found = shop.engine.search.search(shop.id(), everything()).await;
    assert_eq!(found.unwrap().total_hits, 1);
}

async fn receipts_come_in_the_order_asked_for_and_over_a_restart<B: Backend>() {
    let shop = Shop::<B>::with_books().await;
    let mut receipts = shop
        .submit(vec![submitted("1", Ok(titled("1", "Lion")))])
        .await;
    shop.advance(1_000);
    receipts.extend(
        shop.submit(vec![submitted("2", Ok(titled("2", "Witch")))])
            .await,
    );
    let shop = shop.restart();
    let unknown = Receipt {
        counter: 999,
        ..receipts[0].clone()
    };
    assert_eq!(shop.asked(&[&unknown]).await, [None]);
    // Its number was given, and not in that second.
    let of_another_second = Receipt {
        second: receipts[1].second,
        ..receipts[0].clone()
    };
    let asked = [&receipts[1], &unknown, &of_another_second, &receipts[0]];
    let found = shop.asked(&asked).await;
    let ids = found.iter().map(|one| one.as_ref()?.external_id.as_deref());
    assert_eq!(ids.collect::<Vec<_>>(), [Some("2"), None, None, Some("1")]);
}

async fn a_type_that_is_not_there_takes_nothing<B: Backend>() {
    let shop = Shop::<B>::open();
    let documents = vec![submitted("1", Ok(titled("1", "Lion")))];
    let taken = shop
        .documents()
        .submit_documents(shop.id(), books(), documents);
    assert_eq!(taken.await.unwrap(), None);
    assert!(shop.names().await.is_empty());
}
