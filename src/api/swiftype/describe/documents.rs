//! Documents, one by one and many at once.

use serde_json::{Value, json};

use super::{ENGINE, TYPE, call, pages};
use crate::api::openapi::schema::{anything, flag, list, map, named, open, some, text};
use crate::api::openapi::{Example, Operation, Verb};

pub(in super::super) const DOCUMENTS: &str = "/engines/{engine}/document_types/{type}/documents";

/// Documents of a request that waits for them.
const BATCH_MAX: usize = 1_000;

fn at(below: &str) -> String {
    format!("{DOCUMENTS}{below}")
}

fn example(name: &'static str, words: &'static str) -> Example {
    Example::new(name, words)
        .with("engine", ENGINE)
        .with("type", TYPE)
}

fn sent(external_id: &str, title: &str) -> Value {
    json!({"external_id": external_id, "fields": [{"name": "title", "value": title, "type": "string"}]})
}

fn stored(external_id: &str, title: &str) -> Value {
    json!({
        "title": title,
        "external_id": external_id,
        "engine_id": "6b0c9041d439f9b790000000",
        "document_type_id": "6b0c9041d439f9b790f7bc58",
        "id": "6b0c9041d439f9b790000001",
        "_id": "6b0c9041d439f9b790000001",
        "updated_at": "2026-11-29T20:51:13Z",
    })
}

fn one() -> Value {
    open(&[("document", named("SentDocument"))])
}

fn many() -> Value {
    open(&[("documents", some(&named("SentDocument"), BATCH_MAX))])
}

fn flags() -> Value {
    list(&flag())
}

pub(in super::super) fn create() -> Operation {
    call(Verb::Post, DOCUMENTS, "createDocument", "Make a document")
        .reads(one())
        .answers(200, "The document", named("Document"))
        .answers(
            409,
            "There is one with this `external_id`",
            named("SwiftypeError"),
        )
        .example(
            example("note", "A note")
                .body(json!({"document": sent("n-1", "Three days among larches")}))
                .answer(200, stored("n-1", "Three days among larches")),
        )
        .example(
            example("again", "The same once more")
                .body(json!({"document": sent("n-1", "Three days among larches")}))
                .answer(409, json!({"error": "Record already exists"})),
        )
}

pub(in super::super) fn create_or_update() -> Operation {
    call(
        Verb::Post,
        &at("/create_or_update"),
        "createOrUpdateDocument",
        "Make a document, or replace all of it",
    )
    .reads(one())
    .answers(200, "The document", named("Document"))
    .example(
        example("note", "A note")
            .body(json!({"document": sent("n-1", "Four days among larches")}))
            .answer(200, stored("n-1", "Four days among larches")),
    )
}

pub(in super::super) fn list_all() -> Operation {
    call(
        Verb::Get,
        DOCUMENTS,
        "listDocuments",
        "The documents of a type",
    )
    .takes(pages())
    .answers(200, "A page of them", list(&named("Document")))
    .example(
        example("all", "The first").answer(200, json!([stored("n-1", "Three days among larches")])),
    )
}

pub(in super::super) fn show() -> Operation {
    call(
        Verb::Get,
        &at("/{document}"),
        "showDocument",
        "One document",
    )
    .answers(200, "The document", named("Document"))
    .example(
        example("note", "By its external_id")
            .with("document", "n-1")
            .answer(200, stored("n-1", "Four days among larches")),
    )
    .example(
        example("unknown", "One that is not there")
            .with("document", "n-99")
            .answer(
                404,
                json!({"error": "Record not found. No entity with id 'n-99'"}),
            ),
    )
}

fn update(path: &str, id: &str) -> Operation {
    call(Verb::Put, path, id, "Change fields of a document")
        .reads(open(&[("fields", map(&anything()))]))
        .answers(200, "The document", named("Document"))
        .example(
            example("title", "Another title")
                .with("document", "n-1")
                .body(json!({"fields": {"title": "Five days among larches"}}))
                .answer(200, stored("n-1", "Five days among larches")),
        )
        .example(
            example("unknown_field", "A field that the document does not have")
                .with("document", "n-1")
                .body(json!({"fields": {"mood": "calm"}}))
                .answer(400, json!({"error": "Error updating field(s). Attempt to set() nonexistent key.  Known keys are: title"})),
        )
}

pub(in super::super) fn update_fields() -> Operation {
    update(&at("/{document}/update_fields"), "updateFields")
}

pub(in super::super) fn update_document() -> Operation {
    update(&at("/{document}"), "updateDocument")
}

pub(in super::super) fn destroy() -> Operation {
    call(
        Verb::Delete,
        &at("/{document}"),
        "deleteDocument",
        "Delete a document",
    )
    .answers_nothing(204, "It is gone")
    .example(
        example("note", "By its external_id")
            .with("document", "n-1")
            .status(204),
    )
}

pub(in super::super) fn bulk_create() -> Operation {
    call(
        Verb::Post,
        &at("/bulk_create"),
        "bulkCreate",
        "Make documents",
    )
    .reads(many())
    .answers(200, "Whether each was made, in order", flags())
    .example(
        example("two", "One that is new, one that is there")
            .body(json!({"documents": [sent("n-2", "Rain gear that works"), sent("n-1", "Again")]}))
            .answer(200, json!([true, false])),
    )
}

pub(in super::super) fn bulk_create_or_update() -> Operation {
    call(
        Verb::Post,
        &at("/bulk_create_or_update"),
        "bulkCreateOrUpdate",
        "Make documents, or replace them",
    )
    .reads(many())
    .answers(200, "Whether each was written, in order", flags())
    .example(
        example("two", "Two notes")
            .body(json!({"documents": [sent("n-2", "Rain gear"), sent("n-3", "A stove for two")]}))
            .answer(200, json!([true, true])),
    )
}

pub(in super::super) fn bulk_create_or_update_verbose() -> Operation {
    let said = json!({"type": "array", "items": {"anyOf": [flag(), text()]}});
    call(
        Verb::Post,
        &at("/bulk_create_or_update_verbose"),
        "bulkCreateOrUpdateVerbose",
        "The same, saying why not",
    )
    .reads(many())
    .answers(200, "`true`, or what is wrong, in order", said)
    .example(
        example("one_wrong", "One whose field is of another type than before")
            .body(json!({"documents": [
                sent("n-3", "A stove for two"),
                {"external_id": "n-4", "fields": [{"name": "title", "value": "Maps", "type": "enum"}]},
            ]}))
            .answer(200, json!([
                true,
                "Invalid type for title: Got enum, but title is already defined as string in schema.",
            ])),
    )
}

pub(in super::super) fn bulk_update() -> Operation {
    let changes = open(&[("external_id", text()), ("fields", map(&anything()))]);
    call(
        Verb::Put,
        &at("/bulk_update"),
        "bulkUpdate",
        "Change fields of documents",
    )
    .reads(open(&[("documents", some(&changes, BATCH_MAX))]))
    .answers(200, "Whether each was changed, in order", flags())
    .example(
        example("two", "One that is there, one that is not")
            .body(json!({"documents": [
                {"external_id": "n-2", "fields": {"title": "Rain gear that works"}},
                {"external_id": "n-99", "fields": {"title": "Nothing"}},
            ]}))
            .answer(200, json!([true, false])),
    )
}

pub(in super::super) fn bulk_destroy() -> Operation {
    call(
        Verb::Post,
        &at("/bulk_destroy"),
        "bulkDestroy",
        "Delete documents",
    )
    .reads(open(&[("documents", some(&text(), BATCH_MAX))]))
    .answers(200, "Whether each was there, in order", flags())
    .example(
        example("two", "One that is there, one that is not")
            .body(json!({"documents": ["n-3", "n-99"]}))
            .answer(200, json!([true, false])),
    )
}
