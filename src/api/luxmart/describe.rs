//! What the routes of this dialect are (docs/reference/11-product-sync.md §1).

use serde_json::{Value, json};

use crate::api::openapi::schema::{
    closed, list, named, number, one_of_texts, open, or_null, text, told, whole, whole_from,
};
use crate::api::openapi::{Example, Operation, Parameter, Security, Verb};

const SYNC: &str = "/v1/products/search/sync";
const TAG: &str = "Product sync";

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let count = || whole_from(0);
    let instant = || or_null(text());
    let row_failure = closed(&[("key", text()), ("reason", text())]);
    let following = closed(&[
        ("mode", or_null(json!({"type": "string"}))),
        ("lag_seconds", number()),
        ("pending", count()),
    ]);
    let numbers = closed(&[
        ("rows_read", count()),
        ("rows_written", count()),
        ("rows_failed", count()),
        ("pages", count()),
        ("page_ms", count()),
        ("page_ms_mean", count()),
        ("page_ms_max", count()),
    ]);
    let source = closed(&[
        ("name", text()),
        ("sync_id", or_null(text())),
        (
            "status",
            one_of_texts(&[
                "idle",
                "running",
                "complete",
                "failed",
                "cancelled",
                "interrupted",
            ]),
        ),
        ("phase", or_null(text())),
        ("generation", or_null(text())),
        ("total", count()),
        ("indexed", count()),
        ("skipped", count()),
        ("failed", count()),
        ("deleted", count()),
        ("started_at", instant()),
        ("finished_at", instant()),
        ("duration_ms", or_null(whole())),
        ("last_success_at", instant()),
        ("last_error", or_null(text())),
        ("errors", list(&row_failure)),
        ("auto_indexing", following),
        ("numbers", numbers),
    ]);
    vec![
        ("SyncError", closed(&[("error", text())])),
        (
            "SyncStarted",
            closed(&[
                ("message", text()),
                ("sync_id", text()),
                ("status", one_of_texts(&["running"])),
            ]),
        ),
        ("SyncCancelled", closed(&[("message", text())])),
        ("SyncReport", closed(&[("sources", list(&source))])),
        (
            "Variants",
            closed(&[
                ("data", told(list(&open(&[])), "The columns of each row")),
                ("count", count()),
                ("page", whole_from(1)),
                ("size", whole_from(1)),
            ]),
        ),
    ]
}

fn for_administrators(verb: Verb, id: &str, summary: &'static str) -> Operation {
    Operation::new(verb, SYNC, id, TAG, summary)
        .needs(Security::SyncAdmin)
        .takes([Parameter::query(
            "source",
            "Its name; all, or the first, unless sent",
        )])
        .answers(401, "Without a token", named("SyncError"))
        .answers(
            403,
            "With a token that is no administrator's",
            named("SyncError"),
        )
        .answers(404, "There is no such source", named("SyncError"))
        .answers(
            503,
            "The database or the catalog cannot be used now",
            named("SyncError"),
        )
}

pub(super) fn start() -> Operation {
    for_administrators(Verb::Post, "startSync", "Read the whole database again")
        .tells("Answers at once; the work goes on. What is there stays found until all is read, then it is exchanged in one step.")
        .takes([
            Parameter::query("force", "`1`: however many objects would go"),
            Parameter::query("keys", "`1`: only compare keys, and delete what is gone"),
        ])
        .answers(200, "It runs", named("SyncStarted"))
        .example(
            Example::new("started", "A full sync").answer(
                200,
                json!({
                    "message": "Product sync started. This may take a few minutes.",
                    "sync_id": "1796000000-1",
                    "status": "running",
                }),
            ),
        )
        .example(
            Example::new("unknown", "A source that is not there")
                .with("source", "others")
                .answer(404, json!({"error": "Unknown source"})),
        )
}

pub(super) fn status() -> Operation {
    for_administrators(Verb::Get, "syncStatus", "How far syncs are")
        .answers(200, "Every source", named("SyncReport"))
        .example(
            Example::new("unknown", "A source that is not there")
                .with("source", "others")
                .answer(404, json!({"error": "Unknown source"})),
        )
        .example(Example::new("all", "All sources").answer(
            200,
            json!({"sources": [{
                "name": "variants",
                "sync_id": "1796000000-1",
                "status": "complete",
                "phase": null,
                "generation": "1796000000-1",
                "total": 3,
                "indexed": 3,
                "skipped": 0,
                "failed": 0,
                "deleted": 0,
                "started_at": "2026-11-29T20:53:20+00:00",
                "finished_at": "2026-11-29T20:53:21+00:00",
                "duration_ms": 412,
                "last_success_at": "2026-11-29T20:53:21+00:00",
                "last_error": null,
                "errors": [],
                "auto_indexing": {"mode": "outbox", "lag_seconds": 0.0, "pending": 0},
                "numbers": {
                    "rows_read": 3,
                    "rows_written": 3,
                    "rows_failed": 0,
                    "pages": 1,
                    "page_ms": 9,
                    "page_ms_mean": 9,
                    "page_ms_max": 9,
                },
            }]}),
        ))
}

pub(super) fn cancel() -> Operation {
    for_administrators(Verb::Delete, "cancelSync", "End a running sync")
        .tells("It ends after the page it is at, and deletes nothing.")
        .answers(200, "It ends, or there was none", named("SyncCancelled"))
        .example(
            Example::new("cancel", "Whatever runs")
                .answer(200, json!({"message": "No product sync is running."})),
        )
}

pub(super) fn search() -> Operation {
    Operation::new(
        Verb::Get,
        "/v1/products/search",
        "searchVariants",
        TAG,
        "Search the variants of the first source",
    )
    .takes([
        Parameter::query("q", "Words of name, description, SKU, category or brand"),
        Parameter::query("page", "From 1").of(whole_from(1)),
        Parameter::query("size", "Variants of a page; 20 unless sent")
            .of(json!({"type": "integer", "minimum": 1, "maximum": 100})),
        Parameter::query("currency_id", "Of this currency alone"),
        Parameter::query("category_id", "Of this category alone"),
        Parameter::query("store_id", "Of this store alone"),
        Parameter::query("min_price", "Prices from here").of(number()),
        Parameter::query("max_price", "Prices up to here").of(number()),
        Parameter::query("lang", "Taken; words are looked for in every language")
            .of(one_of_texts(&["az", "en", "es", "de"])),
    ])
    .answers(200, "A page", named("Variants"))
    .answers(400, "A parameter that cannot be", named("SyncError"))
    .answers(429, "Too many requests", named("SyncError"))
    .answers(500, "A fault of the server", named("SyncError"))
    .answers(503, "The search cannot be used now", named("SyncError"))
    .example(
        Example::new("nothing", "A word that nothing has")
            .with("q", "harpsichord")
            .answer(200, json!({"data": [], "count": 0, "page": 1, "size": 20})),
    )
    .example(
        Example::new("size", "A page that is too large")
            .with("size", 500)
            .answer(400, json!({"error": "size must be a number from 1 to 100"})),
    )
}
