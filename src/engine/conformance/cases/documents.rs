//! Documents with declared types, and the types they are of (docs/reference/10-swiftype.md §3 to §7).

use crate::domain::{
    AnswerMemory, Condition, Document, DocumentOutcome, DocumentProblem, EngineNumber, FieldFilter,
    FieldName, FieldValue, Outcome, Refusal, SentField, StampedId, StoredDocument,
};
use crate::engine::conformance::objects::{
    everything, identity, integer, object_type, product, setting,
};
use crate::engine::conformance::shop::Shop;
use crate::engine::conformance::{Backend, on_every_backend};
use crate::engine::{DocumentEdit, DocumentKey, Made, PutMode, WrittenType};

on_every_backend![
    found: a_type_is_made_once_and_goes_with_its_documents,
    a_document_is_created_replaced_and_updated,
    a_declared_type_never_changes,
    documents_are_found_by_every_name_they_have,
    what_was_just_written_is_changed_by_the_id_it_was_given,
    documents_are_listed_in_order_of_creation,
    a_batch_makes_the_type_it_is_sent_to,
    declared_values_are_searched_by_their_types,
    a_patched_document_keeps_its_types,
];

pub(super) fn book(id: &str, fields: &[(&str, &str, FieldValue)]) -> Document {
    let of_type = object_type("books");
    let sent = fields.iter().map(|(name, field_type, value)| SentField {
        name: FieldName::new(name),
        field_type: (*field_type).to_owned(),
        value: Some(value.clone()),
    });
    let identity = Document::identity(&of_type, id).unwrap();
    Document::new(identity, of_type, sent.collect()).unwrap()
}

pub(super) fn titled(id: &str, title: &str) -> Document {
    book(id, &[("title", "string", title.into())])
}

pub(super) fn books() -> WrittenType {
    object_type("books").into()
}

pub(super) fn put(document: Document) -> DocumentEdit {
    let mode = PutMode::CreateOrReplace;
    DocumentEdit::Put { document, mode }
}

fn create(document: Document) -> DocumentEdit {
    let mode = PutMode::Create;
    DocumentEdit::Put { document, mode }
}

pub(super) fn called(key: &str) -> DocumentKey {
    DocumentKey(key.to_owned())
}

fn update(key: &str, name: &str, value: impl Into<Option<FieldValue>>) -> DocumentEdit {
    DocumentEdit::Update {
        key: called(key),
        fields: vec![(name.into(), value.into())],
    }
}

/// A document's title by its external id, or what is wrong.
fn told(outcome: &DocumentOutcome) -> String {
    match outcome {
        DocumentOutcome::Written(stored) => title(stored),
        DocumentOutcome::WrittenUntold(_) => "written".to_owned(),
        DocumentOutcome::Deleted => "deleted".to_owned(),
        DocumentOutcome::Refused(problem) => format!("{problem:?}"),
    }
}

fn title(stored: &StoredDocument) -> String {
    let shown = stored.object.shown();
    let id = Document::external_id(shown.object_type(), shown.identity());
    let title = shown.fields().get("title").unwrap();
    format!("{id} {}", title.texts().collect::<String>())
}

impl<B: Backend> Shop<B> {
    pub(super) async fn with_books() -> Self {
        let shop = Self::open();
        assert_eq!(shop.make_type("books").await, Made::New);
        shop
    }

    pub(super) async fn make_type(&self, of_type: &str) -> Made {
        let made = self.documents().create_document_type(
            self.id(),
            object_type(of_type),
            of_type.to_owned(),
            None,
        );
        made.await.unwrap()
    }

    pub(super) async fn write(&self, edits: Vec<DocumentEdit>) -> Vec<DocumentOutcome> {
        let written = self.documents().write_documents(self.id(), books(), edits);
        written.await.unwrap().expect("the type is there")
    }

    async fn told(&self, edits: Vec<DocumentEdit>) -> Vec<String> {
        self.write(edits).await.iter().map(told).collect()
    }

    async fn book(&self, key: &str) -> Option<StoredDocument> {
        let found = self
            .documents()
            .document(self.id(), object_type("books"), called(key));
        found.await.unwrap()
    }

    async fn page(&self, skip: u64, limit: usize) -> Vec<String> {
        let of_type = object_type("books");
        let page = self
            .documents()
            .documents(self.id(), of_type, skip, limit, AnswerMemory::default())
            .await;
        page.unwrap().iter().map(title).collect()
    }
}

async fn a_type_is_made_once_and_goes_with_its_documents<B: Backend>() {
    let shop = Shop::<B>::with_books().await;
    assert_eq!(shop.make_type("books").await, Made::Exists);
    assert_eq!(shop.make_type("films").await, Made::New);
    shop.add([product("p")]).await;
    shop.write(vec![put(titled("1", "Lion"))]).await;
    let shop = shop.restart();
    let schema = shop.documents().schema(shop.id()).await.unwrap();
    let types: Vec<_> = schema
        .document_types()
        .iter()
        .map(|of| of.name.clone())
        .collect();
    assert_eq!(types, ["books", "films"]);
    let delete = || {
        shop.documents()
            .delete_document_type(shop.id(), object_type("books"))
    };
    assert!(delete().await.unwrap());
    let found = shop
        .engine
        .search
        .search(shop.id(), everything())
        .await
        .unwrap();
    assert_eq!(found.total_hits, 1, "gone when it returns");
    assert!(!delete().await.unwrap());
    let written = shop
        .documents()
        .write_documents(shop.id(), books(), Vec::new());
    assert_eq!(written.await.unwrap(), None);
    assert_eq!(shop.names().await, ["p"]);
}

async fn a_document_is_created_replaced_and_updated<B: Backend>() {
    let shop = Shop::<B>::with_books().await;
    let batch = vec![
        create(titled("1", "Lion")),
        create(titled("1", "Again")),
        put(titled("2", "Witch")),
        DocumentEdit::Refuse(DocumentProblem::BadExternalId),
    ];
    let outcomes = shop.told(batch).await;
    assert_eq!(outcomes, ["1 Lion", "Exists", "2 Witch", "BadExternalId"]);
    let batch = vec![
        update("1", "title", Some("Aslan".into())),
        update("1", "pages", Some(integer(9))),
        update("x", "title", Some("X".into())),
        DocumentEdit::Delete(called("2")),
        DocumentEdit::Delete(called("2")),
    ];
    let known = vec!["title".into()];
    let unknown = format!("{:?}", DocumentProblem::UnknownField { known });
    let expected = ["1 Aslan", &unknown, "NotFound", "deleted", "NotFound"];
    assert_eq!(shop.told(batch).await, expected);
    assert_eq!(shop.page(0, 9).await, ["1 Aslan"]);
    shop.write(vec![put(titled("1", "Tumnus")), put(titled("1", "Lion"))])
        .await;
    assert_eq!(shop.restart().page(0, 9).await, ["1 Lion"]);
}

async fn a_declared_type_never_changes<B: Backend>() {
    let shop = Shop::<B>::with_books().await;
    let typed = |id: &str, field_type: &str, value: FieldValue| {
        put(book(
            id,
            &[
                ("title", "string", "T".into()),
                ("pages", field_type, value),
            ],
        ))
    };
    let outcomes = shop
        .write(vec![
            typed("1", "integer", integer(9)),
            typed("2", "enum", "nine".into()),
            typed("3", "integer", "10".into()),
            update("1", "pages", Some("many".into())),
        ])
        .await;
    assert!(matches!(outcomes[0], DocumentOutcome::Written(_)));
    let DocumentOutcome::Refused(DocumentProblem::TypeConflict { field, .. }) = &outcomes[1] else {
        panic!("{outcomes:?}");
    };
    assert_eq!(field.as_str(), "pages");
    assert!(matches!(outcomes[2], DocumentOutcome::Written(_)));
    let is_told = matches!(
        outcomes[3],
        DocumentOutcome::Refused(DocumentProblem::BadValue { .. })
    );
    assert!(is_told, "{outcomes:?}");
    assert_eq!(shop.page(0, 9).await.len(), 2);
}

async fn documents_are_found_by_every_name_they_have<B: Backend>() {
    let shop = Shop::<B>::with_books().await;
    shop.advance(1_000);
    shop.write(vec![put(titled("1", "Lion")), put(titled("2", "Witch"))])
        .await;
    shop.add([product("p").of_type("books").titled("Shop")])
        .await;
    let places = shop
        .documents()
        .places(shop.id(), ["books:2", "nobody", "p"].map(identity).to_vec());
    let places = places.await.unwrap();
    let (Some(second), None, Some(third)) = (places[0], places[1], places[2]) else {
        panic!("{places:?}");
    };
    assert!(second.first_seen < third.first_seen);
    assert_eq!(second.created_at, shop.now());
    let engine = EngineNumber::of(shop.id());
    let given = StampedId::new(second.created_at, engine, second.first_seen).to_string();
    for (key, expected) in [
        ("2", Some("2 Witch")),
        (given.as_str(), Some("2 Witch")),
        ("books:2", Some("2 Witch")),
        ("p", Some("p Shop")),
        ("3", None),
    ] {
        let found = shop.book(key).await;
        assert_eq!(found.as_ref().map(title).as_deref(), expected, "{key}");
        if key == "2" {
            assert_eq!(found.unwrap().place, second);
        }
    }
    let other = shop
        .documents()
        .document(shop.id(), object_type("films"), called("2"));
    assert_eq!(other.await.unwrap(), None);
}

async fn what_was_just_written_is_changed_by_the_id_it_was_given<B: Backend>() {
    let shop = Shop::<B>::with_books().await;
    for id in ["1", "2"] {
        let written = shop.write(vec![put(titled(id, "Lion"))]).await;
        let [DocumentOutcome::Written(stored)] = &written[..] else {
            panic!("{written:?}");
        };
        let (place, engine) = (stored.place, EngineNumber::of(shop.id()));
        let given = StampedId::new(place.created_at, engine, place.first_seen).to_string();
        let (edit, expected) = match id {
            "1" => (update(&given, "title", Some("Aslan".into())), "1 Aslan"),
            _ => (DocumentEdit::Delete(called(&given)), "deleted"),
        };
        assert_eq!(shop.told(vec![edit]).await, [expected]);
    }
    assert_eq!(shop.page(0, 9).await, ["1 Aslan"]);
}

async fn documents_are_listed_in_order_of_creation<B: Backend>() {
    let shop = Shop::<B>::with_books().await;
    let written = ["3", "1", "2"].map(|id| put(titled(id, "T")));
    shop.write(written.to_vec()).await;
    shop.write(vec![put(titled("3", "New"))]).await;
    for (skip, limit, expected) in [
        (0, 9, &["3 New", "1 T", "2 T"][..]),
        (0, 2, &["3 New", "1 T"]),
        (2, 2, &["2 T"]),
        (3, 2, &[]),
    ] {
        assert_eq!(shop.page(skip, limit).await, expected, "{skip}");
    }
}

async fn a_batch_makes_the_type_it_is_sent_to<B: Backend>() {
    let shop = Shop::<B>::open();
    let of = WrittenType {
        made_as: Some("Books".to_owned()),
        ..books()
    };
    let write = |edits| {
        shop.documents()
            .write_documents(shop.id(), of.clone(), edits)
    };
    let nothing = vec![DocumentEdit::Delete(called("1"))];
    assert_eq!(write(nothing).await.unwrap(), None);
    let refused = vec![DocumentEdit::Refuse(DocumentProblem::BadExternalId)];
    assert_eq!(write(refused).await.unwrap(), None);
    let schema = shop.documents().schema(shop.id()).await.unwrap();
    assert!(schema.document_types().is_empty());
    let some = vec![
        put(titled("1", "Lion")),
        DocumentEdit::Refuse(DocumentProblem::BadExternalId),
    ];
    let outcomes = write(some).await.unwrap().unwrap();
    let outcomes: Vec<String> = outcomes.iter().map(told).collect();
    assert_eq!(outcomes, ["1 Lion", "BadExternalId"]);
    let schema = shop.documents().schema(shop.id()).await.unwrap();
    let made = schema.document_types().get(&object_type("books")).unwrap();
    assert_eq!((made.name.as_str(), made.created_at), ("Books", shop.now()));
}

async fn declared_values_are_searched_by_their_types<B: Backend>() {
    let shop = Shop::<B>::with_books().await;
    shop.add([product("p").with("pages", "many").with("boost", integer(1))])
        .await;
    let typed = |id: &str, pages: i64, boost: &str| {
        put(book(
            id,
            &[
                ("title", "string", "T".into()),
                ("pages", "integer", integer(pages)),
                ("boost", "enum", boost.into()),
            ],
        ))
    };
    shop.write(vec![typed("1", 100, "high"), typed("2", 200, "low")])
        .await;
    let schema = shop.documents().schema(shop.id()).await.unwrap();
    let declared = schema.document_types().get(&object_type("books")).unwrap();
    let attribute = |name: &str| {
        let field = declared.field(name).unwrap();
        schema.name(field.attribute).unwrap().clone()
    };
    let day = Condition::Date(shop.now());
    for (name, condition, expected) in [
        ("pages", Condition::Number(100.0), "books:1"),
        ("pages", Condition::Text("many".to_owned()), ""),
        ("boost", Condition::Text("low".to_owned()), "books:2"),
        ("updated_at", day, "books:1 books:2"),
    ] {
        let mut query = everything();
        query.filters.all_of = vec![FieldFilter::typed(attribute(name), condition)];
        assert_eq!(shop.find(&query).await.join(" "), expected, "{name}");
    }
    // What a field is called says nothing of how documents rank.
    assert_eq!(shop.find(&everything()).await, ["p", "books:1", "books:2"]);
}

async fn a_patched_document_keeps_its_types<B: Backend>() {
    let shop = Shop::<B>::with_books().await;
    let fields = [
        ("title", "string", "T".into()),
        ("pages", "integer", integer(9)),
    ];
    shop.write(vec![put(book("1", &fields))]).await;
    let outcome = shop
        .patch(setting("books:1", "pages", Some("many".into())))
        .await;
    assert!(matches!(
        outcome,
        Outcome::Refused(Refusal::SchemaMismatch(_))
    ));
    let outcome = shop
        .patch(setting("books:1", "pages", Some(integer(10))))
        .await;
    assert_eq!(outcome, Outcome::Applied);
    let stored = shop.stored_as("books:1").await.unwrap();
    assert!(stored.is_document());
    assert_eq!(stored.fields.get("pages"), Some(&integer(10)));
}
