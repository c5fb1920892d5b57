//! Batches that are answered at once, and what became of them.

use serde_json::json;

use super::documents::DOCUMENTS;
use super::{ENGINE, TYPE, call};
use crate::api::openapi::schema::{list, named, open, some, text};
use crate::api::openapi::{Example, Operation, Parameter, Verb};

const RECEIPTS: &str = "/document_receipts";

fn receipt(status: &str) -> serde_json::Value {
    let document = (status == "complete").then_some(
        "http://127.0.0.1:7700/api/v1/engines/6b0c9041d439f9b790000000/document_types/6b0c9041d439f9b790f7bc58/documents/6b0c9041d439f9b790000005.json",
    );
    json!({
        "id": "6b0c9041d439f9b790000001",
        "external_id": "n-5",
        "status": status,
        "errors": [],
        "links": {
            "document_receipt": "http://127.0.0.1:7700/api/v1/document_receipts/6b0c9041d439f9b790000001.json",
            "document": document,
        },
    })
}

pub(in super::super) fn submit() -> Operation {
    call(
        Verb::Post,
        &format!("{DOCUMENTS}/async_bulk_create_or_update"),
        "submitDocuments",
        "Make documents, or replace them, with receipts",
    )
    .reads(open(&[("documents", some(&named("SentDocument"), 100))]))
    .answers(202, "All is on disk; the receipts say when it is found", named("Batch"))
    .leads_to(202, "showReceipt", "receipt", "/document_receipts/0/id")
    .leads_to(202, "pollReceipts", "ids", "/document_receipts/0/id")
    .example(
        Example::new("one", "One note")
            .with("engine", ENGINE)
            .with("type", TYPE)
            .body(json!({"documents": [{
                "external_id": "n-5",
                "fields": [{"name": "title", "value": "Where beeches turn gold", "type": "string"}],
            }]}))
            .answer(202, json!({
                "batch_link": "http://127.0.0.1:7700/api/v1/document_receipts.json?ids=6b0c9041d439f9b790000001",
                "document_receipts": [receipt("pending")],
            })),
    )
    .example(
        Example::new("none", "No documents")
            .with("engine", ENGINE)
            .with("type", TYPE)
            .body(json!({"documents": []}))
            .answer(400, json!({"error": "Invalid field type: documents"})),
    )
}

pub(in super::super) fn poll(verb: Verb) -> Operation {
    let answered =
        |operation: Operation| operation.answers(200, "Each, in order", list(&named("Receipt")));
    if verb == Verb::Get {
        let ids = Parameter::query("ids", "Ids of receipts with commas, up to 1,000").required();
        return answered(call(
            verb,
            RECEIPTS,
            "pollReceipts",
            "What became of documents",
        ))
        .takes([ids])
        .example(
            Example::new("one", "The one of above")
                .with("ids", "6b0c9041d439f9b790000001")
                .answer(200, json!([receipt("complete")])),
        )
        .example(
            Example::new("none", "Without ids")
                .answer(400, json!({"error": "Missing required parameter: ids"})),
        );
    }
    let ids = open(&[("ids", list(&text()))]);
    answered(call(verb, RECEIPTS, "pollReceiptsByPost", "The same, for many"))
        .reads(ids)
        .example(
            Example::new("unknown", "One that is too old to be known")
                .body(json!({"ids": ["4d439f9b7900000000000001"]}))
                .answer(200, json!([{
                    "id": "4d439f9b7900000000000001",
                    "external_id": null,
                    "status": "expired",
                    "errors": [],
                    "links": {
                        "document_receipt": "http://127.0.0.1:7700/api/v1/document_receipts/4d439f9b7900000000000001.json",
                        "document": null,
                    },
                }])),
        )
}

pub(in super::super) fn show() -> Operation {
    call(
        Verb::Get,
        "/document_receipts/{receipt}",
        "showReceipt",
        "What became of one document",
    )
    .takes([Parameter::path("receipt", "Id of the receipt")])
    .answers(200, "Its receipt", named("Receipt"))
    .example(
        Example::new("one", "The one of above")
            .with("receipt", "6b0c9041d439f9b790000001")
            .answer(200, receipt("complete")),
    )
}
