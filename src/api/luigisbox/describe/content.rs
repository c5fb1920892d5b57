//! Objects in, changed and out (docs/reference/02-content.md), and the end of an upload
//! (docs/reference/03-update-by-query-and-generations.md §5).

use serde_json::{Value, json};

use super::parameters::{extract, refetch_files, wait_for};
use super::signed;
use crate::api::openapi::schema::{flag, named, open, text};
use crate::api::openapi::{Example, Operation, Parameter, Verb};

const PATH: &str = "/v1/content";
const TAG: &str = "Content";

fn objects(of: &str) -> Value {
    let list = json!({"type": "array", "items": named(of)});
    open(&[("objects", list)])
}

fn report_or_refusal() -> Value {
    json!({"anyOf": [named("WriteReport"), named("RequestError")]})
}

const REFUSED: &str =
    "Some objects were refused, the others were applied; or the request as a whole is unusable";

pub(in super::super) fn replace() -> Operation {
    signed(Verb::Post, PATH, "replaceObjects", TAG, "Insert or replace objects")
        .tells(
            "Each object is stored whole, in place of what had its identity. What is nested in it becomes an object of \
             its own. A batch is applied object by object; 201 means that all of it is on disk. Some hundred objects a \
             request are a good measure.",
        )
        .takes([wait_for(), extract(), refetch_files()])
        .reads(objects("Object"))
        .answers(201, "All objects are stored", named("WriteReport"))
        .answers(400, REFUSED, report_or_refusal())
        .example(
            Example::new("one", "A product with its category")
                .with("wait_for", "visible")
                .body(json!({"objects": [{
                    "identity": "p-2001",
                    "type": "product",
                    "fields": {"title": "Wool socks", "price": "12.90 EUR", "color": ["blue", "grey"], "web_url": "/p/2001-wool-socks"},
                    "nested": [{"identity": "cat-clothing-socks", "type": "category", "fields": {"title": "Socks"}}],
                }]}))
                .answer(201, json!({"ok_count": 1, "errors_count": 0, "errors": {}})),
        )
        .example(
            Example::new("partly", "One that is taken, and one without a title")
                .body(json!({"objects": [
                    {"identity": "p-2002", "type": "product", "fields": {"title": "Felt hat"}},
                    {"identity": "p-2003", "type": "product", "fields": {}},
                ]}))
                .answer(400, json!({
                    "ok_count": 1,
                    "errors_count": 1,
                    "errors": {"p-2003": {
                        "type": "malformed_input",
                        "reason": "incorrect object format",
                        "caused_by": {"title": ["must be filled"]},
                    }},
                })),
        )
        .example(
            Example::new("misshapen", "No list of objects")
                .body(json!({"products": []}))
                .answer(400, json!({
                    "type": "malformed_input",
                    "reason": "incorrect parameters provided",
                    "caused_by": {"objects": ["is missing"]},
                })),
        )
}

pub(in super::super) fn patch() -> Operation {
    signed(Verb::Patch, PATH, "patchObjects", TAG, "Change some attributes of objects")
        .tells("Attributes that are not sent stay as they are, `null` removes one. At most 300 objects.")
        .takes([wait_for(), refetch_files()])
        .reads(objects("ObjectPatch"))
        .answers(200, "All objects are changed", named("WriteReport"))
        .answers(400, REFUSED, report_or_refusal())
        .example(
            Example::new("price", "Another price")
                .body(json!({"objects": [{"identity": "p-2001", "fields": {"price": "9.90 EUR"}}]}))
                .answer(200, json!({"ok_count": 1, "errors_count": 0, "errors": {}})),
        )
        .example(
            Example::new("unknown", "An object that is not there")
                .body(json!({"objects": [{"identity": "p-9999", "fields": {"price": "9.90 EUR"}}]}))
                .answer(400, json!({
                    "ok_count": 0,
                    "errors_count": 1,
                    "errors": {"p-9999": {"type": "not_found", "reason": "Identity not in catalog"}},
                })),
        )
}

pub(in super::super) fn delete() -> Operation {
    signed(Verb::Delete, PATH, "deleteObjects", TAG, "Delete objects")
        .tells("By type and identity. What was nested in them stays. At most 10,000 objects.")
        .takes([wait_for()])
        .reads(objects("ObjectKey"))
        .answers(200, "All objects are gone", named("WriteReport"))
        .answers(400, REFUSED, report_or_refusal())
        .example(
            Example::new("one", "One product")
                .body(json!({"objects": [{"identity": "p-2001", "type": "product"}]}))
                .answer(200, json!({"ok_count": 1, "errors_count": 0, "errors": {}})),
        )
}

pub(in super::super) fn commit() -> Operation {
    signed(
        Verb::Post,
        "/v1/content/commit",
        "commitGeneration",
        TAG,
        "End an upload: delete what it did not send",
    )
    .tells(
        "Every object of the type whose `generation` is another one, or none, is deleted, all in one step. The query string \
         is not signed.",
    )
    .takes([
        Parameter::query("type", "Objects of this type").required(),
        Parameter::query("generation", "The marker of the upload that stays").required(),
        Parameter::query("dry_run", "`true`: says what would be deleted, and deletes nothing").of(flag()),
        Parameter::query("force", "`1`: whatever `commit_guard_percent` of the site says").of(text()),
        Parameter::query("validate_generation", "`false`: also where no object is of the generation").of(flag()),
    ])
    .answers(200, "With `dry_run`", named("WouldCommit"))
    .answers(201, "Done, and visible", named("Committed"))
    .answers(400, "Nothing was deleted", named("RequestError"))
    .example(
        Example::new("trial", "What a commit would delete")
            .with("type", "store")
            .with("generation", "2026-11-29")
            .with("dry_run", true)
            .with("validate_generation", false)
            .answer(200, json!({"would_delete_count": 4, "sample": ["s-1", "s-2", "s-3", "s-4"]})),
    )
    .example(
        Example::new("nothing_uploaded", "A generation that no object is of")
            .with("type", "product")
            .with("generation", "2026-11-30")
            .answer(400, json!({"type": "not_found", "reason": "Generation not in catalog"})),
    )
    .example(
        Example::new("articles", "A type that nothing is of")
            .with("type", "recipe")
            .with("generation", "2026-11-29")
            .with("validate_generation", false)
            .answer(201, json!({"deleted_count": 0})),
    )
}
