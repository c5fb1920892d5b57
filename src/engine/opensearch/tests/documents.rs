//! Documents, their types and their engines, of processes that are cut off in the middle.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use reqwest::Method;

use super::cut::{Lost, Network};
use super::{id, site, start};
use crate::domain::{
    AnswerMemory, Clock, Document, DocumentOutcome, FieldName, FieldType, FieldValue, Receipt,
    ReceiptState, RefusedObject, RefusedOfRequest, SentField, Site, Timestamp, TrackerId,
};
use crate::engine::conformance::cluster::Indices;
use crate::engine::conformance::objects::{integer, object_type, tracker};
use crate::engine::opensearch::OpenSearchCatalogs;
use crate::engine::opensearch::client::Call;
use crate::engine::opensearch::kept_documents;
use crate::engine::{
    DocumentEdit, DocumentEngine, EngineError, Made, PutMode, Refusals, SubmittedDocument,
    WrittenType,
};

pub(super) fn book(name: &str, fields: &[(&str, &str, FieldValue)]) -> Document {
    let of_type = object_type("books");
    let sent = fields.iter().map(|(name, kind, value)| SentField {
        name: FieldName::new(name),
        field_type: (*kind).to_owned(),
        value: Some(value.clone()),
    });
    let identity = Document::identity(&of_type, name).unwrap();
    Document::new(identity, of_type, sent.collect()).unwrap()
}

pub(super) fn books() -> WrittenType {
    object_type("books").into()
}

pub(super) async fn put(
    catalogs: &OpenSearchCatalogs,
    site: &TrackerId,
    document: Document,
) -> Result<DocumentOutcome, EngineError> {
    let mode = PutMode::CreateOrReplace;
    let edits = vec![DocumentEdit::Put { document, mode }];
    let written = catalogs.write_documents(site, books(), edits).await?;
    Ok(written.unwrap().remove(0))
}

pub(super) async fn make_type(catalogs: &OpenSearchCatalogs, site: &TrackerId) {
    let made = catalogs.create_document_type(site, object_type("books"), "Books".to_owned(), None);
    assert_eq!(made.await.unwrap(), Made::New);
}

/// What a field of books is declared as.
pub(super) async fn declared(
    catalogs: &OpenSearchCatalogs,
    site: &TrackerId,
    field: &str,
) -> Option<FieldType> {
    let schema = catalogs.schema(site).await.unwrap();
    let books = schema.document_types().get(&object_type("books"))?;
    books.field(field).map(|field| field.field_type)
}

/// A process behind a network, and one that sees everything; neither waits long for one that stands still.
pub(super) async fn behind(
    indices: &Indices,
) -> (Network, Arc<OpenSearchCatalogs>, Arc<OpenSearchCatalogs>) {
    let mut settings = indices.settings();
    settings.lease = Duration::from_millis(500);
    let other = start(settings.clone());
    let network = Network::before(&mut settings, Duration::from_secs(2)).await;
    settings.client.read_timeout = Duration::from_secs(2);
    settings.client.write_timeout = Duration::from_secs(2);
    (network, start(settings), other)
}

#[tokio::test]
async fn a_declaration_that_was_cut_off_declares_nothing() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let (network, process, other) = behind(&indices).await;
    make_type(&other, &id()).await;
    // The attribute is kept, and the document of the type; then the site would say so.
    network.lose(Method::POST, "/_bulk", Lost::Nothing);
    network.lose(Method::POST, "/_bulk", Lost::Nothing);
    network.lose(Method::PUT, "/_doc/site", Lost::All);
    let pages = |kind: &str, value: FieldValue| book("1", &[("pages", kind, value)]);
    let cut = put(&process, &id(), pages("integer", integer(9))).await;
    assert!(matches!(cut, Err(EngineError::InDoubt { .. })), "{cut:?}");
    assert!(!network.has_lost_all(), "it was cut where it should be");
    for catalogs in [&other, &start(indices.settings())] {
        assert_eq!(declared(catalogs, &id(), "pages").await, None);
    }
    let written = put(&other, &id(), pages("enum", "nine".into()))
        .await
        .unwrap();
    assert!(
        matches!(written, DocumentOutcome::Written(_)),
        "{written:?}"
    );
    network.heal();
    for catalogs in [&process, &start(indices.settings())] {
        assert_eq!(
            declared(catalogs, &id(), "pages").await,
            Some(FieldType::Enum)
        );
    }
    let refused = put(&process, &id(), pages("integer", integer(9)))
        .await
        .unwrap();
    assert!(
        matches!(refused, DocumentOutcome::Refused(_)),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_removal_that_was_cut_off_is_ended_by_another_process() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let (network, process, other) = behind(&indices).await;
    let made = Site::of_documents(tracker("made"));
    let name = &made.tracker_id;
    let cuts = [
        (Method::PUT, "/_doc/site"),
        (Method::POST, "/_bulk"),
        (Method::DELETE, "cat-made"),
        (Method::PUT, "/_doc/engines"),
    ];
    for (method, path) in cuts {
        let new = other.make_site(made.clone(), "Made".to_owned());
        assert_eq!(new.await.unwrap(), Made::New, "{path}");
        make_type(&other, name).await;
        put(&other, name, book("1", &[("pages", "integer", integer(9))]))
            .await
            .unwrap();
        assert!(process.made_site(name).await.unwrap().is_some(), "{path}");
        assert_eq!(
            declared(&process, name, "pages").await,
            Some(FieldType::Integer)
        );
        network.lose(Method::PUT, "/_doc/engines", Lost::Nothing);
        network.lose(method, path, Lost::All);
        let cut = process.remove_site(name).await;
        assert!(cut.is_err(), "{path}");
        assert!(!network.has_lost_all(), "{path}");
        assert_eq!(other.made_site(name).await.unwrap(), None, "{path}");
        // Twice: somebody may be in the middle of it.
        other.end_removals().await.unwrap();
        other.end_removals().await.unwrap();
        network.heal();
        let new = other.make_site(made.clone(), "Again".to_owned());
        assert_eq!(new.await.unwrap(), Made::New, "{path}");
        for catalogs in [&process, &other] {
            assert!(catalogs.made_site(name).await.unwrap().is_some(), "{path}");
            let card = catalogs.card(name).await.unwrap();
            assert_eq!(card.name.as_deref(), Some("Again"), "{path}");
            assert!(
                catalogs
                    .schema(name)
                    .await
                    .unwrap()
                    .document_types()
                    .is_empty()
            );
            let of_type = object_type("books");
            let doors: &dyn DocumentEngine = &**catalogs;
            let listed = doors.documents(name, of_type, 0, 9, AnswerMemory::default());
            assert!(listed.await.unwrap().is_empty(), "{path}");
        }
        other.remove_site(name).await.unwrap();
    }
}

#[tokio::test]
async fn nothing_is_written_where_a_type_cannot_be_read() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let before = start(indices.settings());
    make_type(&before, &id()).await;
    let control = before.cluster.names.control();
    let gone = Call::repeatable(Method::DELETE, format!("/{control}/_doc/type:Shop-1:1"));
    before.cluster.client.call(&gone).await.unwrap();
    drop(before);
    let process = start(indices.settings());
    let refused = put(&process, &id(), book("1", &[])).await;
    assert!(
        matches!(refused, Err(EngineError::Internal { .. })),
        "{refused:?}"
    );
    let (told, _) = process.cluster.control(&id()).await.unwrap().unwrap();
    assert_eq!(told.documents.types.len(), 1);
    assert_eq!(told.holder, None, "others may look");
}

#[tokio::test]
async fn of_a_site_that_one_process_removed_another_one_tells_nothing() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let (process, other) = (start(indices.settings()), start(indices.settings()));
    let made = Site::of_documents(tracker("made"));
    let name = &made.tracker_id;
    let new = other.make_site(made.clone(), "Made".to_owned());
    assert_eq!(new.await.unwrap(), Made::New);
    make_type(&other, name).await;
    assert!(process.made_site(name).await.unwrap().is_some());
    let fields = [("pages", "integer", integer(9))];
    put(&process, name, book("1", &fields)).await.unwrap();
    other.remove_site(name).await.unwrap();
    // It has not looked which sites there are since.
    let is_unknown =
        |error: &EngineError| matches!(error, EngineError::UnknownSite(of) if of == name);
    let schema = process.schema(name).await;
    assert!(schema.as_ref().is_err_and(is_unknown), "{schema:?}");
    let doors: &dyn DocumentEngine = &*process;
    let listed = doors.documents(name, object_type("books"), 0, 9, AnswerMemory::default());
    let listed = listed.await;
    assert!(listed.as_ref().is_err_and(is_unknown), "{listed:?}");
    let made = process.create_document_type(name, object_type("films"), "Films".to_owned(), None);
    let made = made.await;
    assert!(made.as_ref().is_err_and(is_unknown), "{made:?}");
}

#[tokio::test]
async fn nothing_is_left_beside_a_site_that_was_removed() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let catalogs = indices.process(Vec::new(), Clock::system());
    let made = Site::of_documents(tracker("made"));
    let name = &made.tracker_id;
    let new = catalogs.make_site(made.clone(), "Made".to_owned());
    assert_eq!(new.await.unwrap(), Made::New);
    make_type(&catalogs, name).await;
    let fields = [("pages", "integer", integer(9))];
    let sent = vec![SubmittedDocument {
        external_id: None,
        document: Ok(book("1", &fields)),
    }];
    let given = catalogs.submit_documents(name, books(), sent).await;
    given.unwrap().unwrap();
    catalogs
        .count_click(name, object_type("books"), 9)
        .await
        .unwrap();
    let refused = RefusedObject::of_row("a", "1", "why".to_owned());
    let refused = RefusedOfRequest {
        count: 1,
        told: vec![refused],
    };
    catalogs.note_refused(name, refused);
    catalogs.site(name).unwrap().keep_refused(true).await;
    let beside = async || {
        let control = catalogs.cluster.names.control();
        catalogs.cluster.refresh(&control).await.unwrap();
        let ask = Call::get(format!("/{control}/_search?size=100&_source=false"));
        let told = catalogs.cluster.client.call(&ask).await.unwrap();
        let told: serde_json::Value = told.read().unwrap();
        let hits = told["hits"]["hits"].as_array().unwrap().iter();
        let ids = hits.map(|hit| hit["_id"].as_str().unwrap().to_owned());
        ids.filter(|id| id.contains("made"))
            .collect::<BTreeSet<String>>()
    };
    assert!(
        beside().await.contains("refused:made"),
        "{:?}",
        beside().await
    );
    assert!(beside().await.len() > 4, "{:?}", beside().await);
    catalogs.remove_site(name).await.unwrap();
    // What keeps another process from writing it.
    assert_eq!(beside().await, BTreeSet::from(["site:made".to_owned()]));
}

#[tokio::test]
async fn receipts_are_forgotten_when_nobody_can_ask_for_them() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let now = Arc::new(AtomicI64::new(1_700_000_000_000));
    let told = Arc::clone(&now);
    let clock = Clock::new(move || Timestamp::from_millis(told.load(Ordering::SeqCst)));
    let catalogs = indices.process(vec![site()], clock);
    make_type(&catalogs, &id()).await;
    let submit = async |name: &str| {
        let sent = vec![SubmittedDocument {
            external_id: Some(name.to_owned()),
            document: Ok(book(name, &[])),
        }];
        let given = catalogs.submit_documents(&id(), books(), sent).await;
        given.unwrap().unwrap().remove(0)
    };
    let ask = async |receipts: [&Receipt; 2]| {
        let ids = receipts.map(|one| (one.second, one.counter));
        let found = catalogs.receipts(&id(), ids.to_vec()).await.unwrap();
        let states = found.into_iter().map(|one| one.map(|one| one.state));
        states
            .map(|state| matches!(state, Some(ReceiptState::Complete(_))))
            .collect::<Vec<_>>()
    };
    let old = submit("1").await;
    now.fetch_add((Receipt::KEPT_S - 1) * 1_000, Ordering::SeqCst);
    let young = submit("2").await;
    assert_eq!(ask([&old, &young]).await, [true, true]);
    now.fetch_add(2 * 60 * 60 * 1_000, Ordering::SeqCst);
    submit("3").await;
    assert_eq!(ask([&old, &young]).await, [false, true]);
    let block = u64::from(old.counter) / kept_documents::RECEIPTS_AT_ONCE;
    let ids = [kept_documents::receipts_id(&id(), block)];
    let (cluster, control) = (&catalogs.cluster, catalogs.cluster.names.control());
    let kept = cluster.get_all(&control, &ids).await.unwrap();
    assert!(kept[0].is_none(), "it takes no room any more");
}

#[tokio::test]
async fn an_engine_that_two_make_at_once_is_made_once() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let (one, other) = (start(indices.settings()), start(indices.settings()));
    for round in 0..5 {
        let made = Site::of_documents(tracker(&format!("made-{round}")));
        let asks = |of: &Arc<OpenSearchCatalogs>, name: &str| {
            let (of, made, name) = (Arc::clone(of), made.clone(), name.to_owned());
            async move { of.make_site(made, name).await.unwrap() }
        };
        let (first, second) = tokio::join!(asks(&one, "One"), asks(&other, "Other"));
        assert_ne!(first, second, "each was told that it made it, or neither");
        let name = if first == Made::New { "One" } else { "Other" };
        for catalogs in [&one, &other] {
            assert!(
                catalogs
                    .made_site(&made.tracker_id)
                    .await
                    .unwrap()
                    .is_some()
            );
            let card = catalogs.card(&made.tracker_id).await.unwrap();
            assert_eq!(card.name.as_deref(), Some(name));
        }
    }
}

#[tokio::test]
async fn whoever_makes_an_engine_knows_that_it_did_although_the_answer_is_lost() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let (network, process, other) = behind(&indices).await;
    let made = Site::of_documents(tracker("made"));
    network.lose(Method::PUT, "/_doc/engines", Lost::Answer);
    let new = process.make_site(made.clone(), "Made".to_owned()).await;
    assert!(network.has_lost_all());
    assert_eq!(new.unwrap(), Made::New);
    let again = other.make_site(made, "Again".to_owned()).await;
    assert_eq!(again.unwrap(), Made::Exists);
}
