//! Engines, and the types of documents in them.

use serde_json::{Value, json};

use super::{ENGINE, TYPE, call, pages};
use crate::api::openapi::schema::{list, named, open, text};
use crate::api::openapi::{Example, Operation, Verb};

const ENGINES: &str = "/engines";
const AN_ENGINE: &str = "/engines/{engine}";
const TYPES: &str = "/engines/{engine}/document_types";
const A_TYPE: &str = "/engines/{engine}/document_types/{type}";

fn engine() -> Value {
    json!({
        "name": "Trail notes",
        "slug": ENGINE,
        "key": "d30b773bda9040389bc8",
        "id": "6b0c9041d439f9b790000000",
        "_id": "6b0c9041d439f9b790000000",
        "updated_at": "2026-11-29T20:51:13Z",
        "document_count": 0,
    })
}

fn document_type() -> Value {
    json!({
        "id": "6b0c9041d439f9b790f7bc58",
        "name": TYPE,
        "slug": TYPE,
        "engine_id": "6b0c9041d439f9b790000000",
        "updated_at": "2026-11-29T20:51:13Z",
        "document_count": 0,
        "field_mapping": {},
    })
}

pub(in super::super) fn create() -> Operation {
    call(Verb::Post, ENGINES, "createEngine", "Make an engine")
        .reads(open(&[(
            "engine",
            open(&[("name", text()), ("language?", text())]),
        )]))
        .answers(200, "It is made", named("Engine"))
        .answers(409, "There is one of this name", named("SwiftypeError"))
        .example(
            Example::new("notes", "An engine for notes")
                .body(json!({"engine": {"name": "Trail notes", "language": "en"}}))
                .answer(200, engine()),
        )
        .example(
            Example::new("nameless", "Without a name")
                .body(json!({"engine": {}}))
                .answer(400, json!({"error": "Missing required parameter: name"})),
        )
}

pub(in super::super) fn list_all() -> Operation {
    call(
        Verb::Get,
        ENGINES,
        "listEngines",
        "All engines that the key opens",
    )
    .takes(pages())
    .answers(200, "A page of them", list(&named("Engine")))
    .example(
        Example::new("second", "The second alone")
            .with("page", 2)
            .with("per_page", 1)
            .answer(200, json!([engine()])),
    )
}

pub(in super::super) fn show() -> Operation {
    call(Verb::Get, AN_ENGINE, "showEngine", "One engine")
        .answers(200, "The engine", named("Engine"))
        .example(
            Example::new("notes", "By its name")
                .with("engine", ENGINE)
                .answer(200, engine()),
        )
        .example(
            Example::new("unknown", "One that is not there")
                .with("engine", "no-engine")
                .answer(
                    404,
                    json!({"error": "Record not found. No entity with id 'no-engine'"}),
                ),
        )
}

pub(in super::super) fn destroy() -> Operation {
    call(
        Verb::Delete,
        AN_ENGINE,
        "deleteEngine",
        "Delete an engine with all its documents",
    )
    .answers_nothing(204, "It is gone")
    .example(
        Example::new("configured", "One that the configuration names")
            .with("engine", "1234-5678")
            .answer(
                403,
                json!({"error": "Engine is defined in the configuration."}),
            ),
    )
    .example(
        Example::new("notes", "By its name")
            .with("engine", ENGINE)
            .status(204),
    )
}

pub(in super::super) fn create_type() -> Operation {
    call(
        Verb::Post,
        TYPES,
        "createDocumentType",
        "Make a document type",
    )
    .reads(open(&[("document_type", open(&[("name", text())]))]))
    .answers(200, "It is made", named("DocumentType"))
    .answers(409, "There is one of this name", named("SwiftypeError"))
    .example(
        Example::new("notes", "A type for notes")
            .with("engine", ENGINE)
            .body(json!({"document_type": {"name": TYPE}}))
            .answer(200, document_type()),
    )
}

pub(in super::super) fn list_types() -> Operation {
    call(
        Verb::Get,
        TYPES,
        "listDocumentTypes",
        "The document types of an engine",
    )
    .takes(pages())
    .answers(200, "All of them", list(&named("DocumentType")))
    .example(
        Example::new("all", "All")
            .with("engine", ENGINE)
            .answer(200, json!([document_type()])),
    )
}

pub(in super::super) fn show_type() -> Operation {
    call(Verb::Get, A_TYPE, "showDocumentType", "One document type")
        .answers(200, "The type", named("DocumentType"))
        .example(
            Example::new("notes", "By its name")
                .with("engine", ENGINE)
                .with("type", TYPE)
                .answer(200, document_type()),
        )
}

pub(in super::super) fn destroy_type() -> Operation {
    call(
        Verb::Delete,
        A_TYPE,
        "deleteDocumentType",
        "Delete a document type with its documents",
    )
    .answers_nothing(204, "It is gone")
    .example(
        Example::new("notes", "By its name")
            .with("engine", ENGINE)
            .with("type", TYPE)
            .status(204),
    )
}
