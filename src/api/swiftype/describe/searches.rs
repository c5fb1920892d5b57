//! Searches, suggestions, and what is counted of them.

use serde_json::{Value, json};

use super::{ENGINE, TYPE, call, failing, pages};
use crate::api::openapi::schema::{
    anything, list, map, named, one_of_texts, open, text, whole_from,
};
use crate::api::openapi::{Example, Operation, Parameter, Verb};

/// What a route answers: all words, or the beginnings of some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Asked {
    Search,
    Suggest,
}

impl Asked {
    fn word(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Suggest => "suggest",
        }
    }

    fn summary(self) -> &'static str {
        match self {
            Self::Search => "Search",
            Self::Suggest => "Suggestions while somebody types",
        }
    }

    fn query(self) -> &'static str {
        match self {
            Self::Search => "larches",
            Self::Suggest => "lar",
        }
    }
}

fn verb_word(verb: Verb) -> &'static str {
    if verb == Verb::Post { "ByPost" } else { "" }
}

fn query_parameters() -> Vec<Parameter> {
    vec![
        Parameter::query("q", "Words; without them everything is found"),
        Parameter::query("page", "1 to 100").of(whole_from(1)),
        Parameter::query("per_page", "1 to 100; 20, of suggestions 10, unless sent")
            .of(whole_from(1)),
        Parameter::repeated("document_types[]", "Only of these"),
        Parameter::query("spelling", "Whether a correction is told or searched for")
            .of(one_of_texts(&["strict", "always", "retry"])),
    ]
}

/// What only a body can say well.
fn body() -> Value {
    let by_type = || map(&anything());
    open(&[
        ("q?", text()),
        ("page?", whole_from(1)),
        ("per_page?", whole_from(1)),
        ("document_types?", list(&text())),
        ("search_fields?", by_type()),
        ("fetch_fields?", by_type()),
        ("filters?", by_type()),
        ("facets?", by_type()),
        ("sort_field?", by_type()),
        ("sort_direction?", by_type()),
        ("functional_boosts?", by_type()),
        ("highlight_fields?", by_type()),
        ("spelling?", text()),
    ])
}

fn found(asked: Asked) -> Value {
    let mut info = json!({
        "query": asked.query(),
        "current_page": 1,
        "num_pages": 1,
        "per_page": 1,
        "total_result_count": 1,
    });
    if asked == Asked::Search {
        info["facets"] = json!({});
    }
    json!({
        "record_count": 1,
        "records": {TYPE: [{
            "title": "Five days among larches",
            "id": "6b0c9041d439f9b790000001",
            "external_id": "n-1",
            "updated_at": "2026-11-29T20:51:13Z",
            "_score": 144.2,
            "_type": "6b0c9041d439f9b790f7bc58",
            "_index": "6b0c9041d439f9b790000000",
            "_version": null,
            "sort": null,
            "highlight": {"title": "Five days among <em>larches</em>"},
            "_explanation": null,
        }]},
        "info": {TYPE: info},
        "errors": {},
    })
}

/// A search of an engine or of one type, by GET or POST. `place` keeps ids apart where one is routed twice.
pub(in super::super) fn search(verb: Verb, path: &str, place: &str, asked: Asked) -> Operation {
    let id = format!("{}{place}{}", asked.word(), verb_word(verb));
    let mut example = Example::new("larches", "A word")
        .with("engine", ENGINE)
        .with("type", TYPE);
    let operation = call(verb, path, &id, asked.summary()).answers(
        200,
        "What was found; options that cannot be are told in `errors`",
        named("Records"),
    );
    let operation = if verb == Verb::Post {
        example = example.body(json!({"q": asked.query(), "per_page": 1}));
        operation.may_read(body())
    } else {
        example = example.with("q", asked.query()).with("per_page", 1);
        operation.takes(query_parameters())
    };
    operation.example(example.answer(200, found(asked)))
}

/// The same for browsers, with the key of the engine.
pub(in super::super) fn public(verb: Verb, asked: Asked) -> Operation {
    let path = format!("/public/engines/{}", asked.word());
    let id = format!("{}InPublic{}", asked.word(), verb_word(verb));
    let operation = failing(Operation::new(
        verb,
        &path,
        &id,
        super::TAG,
        asked.summary(),
    ))
    .tells("For browsers: `engine_key` is the `key` of the engine and opens nothing else.")
    .answers(200, "What was found", named("Records"));
    let refused = json!({"error": "You need to sign in or sign up before continuing."});
    let example = Example::new("no_key", "With a key that is none").answer(401, refused);
    if verb == Verb::Post {
        let example = example.body(json!({"engine_key": "nobodys", "q": asked.query()}));
        return operation.may_read(body()).example(example);
    }
    let example = example
        .with("engine_key", "nobodys")
        .with("q", asked.query());
    let script = "/**/shown({\"error\":\"You need to sign in or sign up before continuing.\"});";
    let called_back = Example::new("called_back", "The same, as a script for a page")
        .with("engine_key", "nobodys")
        .with("callback", "shown")
        .answer(200, json!(script));
    operation
        .answers_in(
            "text/javascript; charset=utf-8",
            200,
            "With `callback`",
            text(),
        )
        .example(called_back)
        .takes([
            Parameter::query("engine_key", "The key of the engine").required(),
            Parameter::query(
                "callback",
                "The answer as a script that calls this function",
            ),
        ])
        .takes(query_parameters())
        .example(example)
}

pub(in super::super) fn counts(path: &str, place: &str) -> Operation {
    let id = format!("counts{place}");
    let rows = list(&json!({"type": "array", "items": {"type": ["string", "integer"]}}));
    call(Verb::Get, path, &id, "Counts by day, or by query")
        .takes([
            Parameter::path("counter", "Which one").of(one_of_texts(&[
                "searches",
                "autoselects",
                "clicks",
                "top_queries",
                "top_queries_in_range",
                "top_no_result_queries",
                "top_no_result_queries_in_range",
            ])),
            Parameter::query("start_date", "`YYYY-MM-DD`"),
            Parameter::query("end_date", "`YYYY-MM-DD`, up to 30 days on"),
        ])
        .takes(pages())
        .answers(200, "The newest day first. Only clicks are counted", rows)
        .example(
            Example::new("clicks", "Clicks of a day")
                .with("engine", ENGINE)
                .with("type", TYPE)
                .with("counter", "clicks")
                .with("start_date", "2026-11-01")
                .with("end_date", "2026-11-01")
                .answer(200, json!([["2026-11-01", 0]])),
        )
        .example(
            Example::new("bad_range", "A range that ends before it begins")
                .with("engine", ENGINE)
                .with("type", TYPE)
                .with("counter", "clicks")
                .with("start_date", "2026-11-02")
                .with("end_date", "2026-11-01")
                .answer(
                    400,
                    json!({"error": "The time range you specified was invalid."}),
                ),
        )
}

pub(in super::super) fn log_clickthrough() -> Operation {
    let path = "/engines/{engine}/document_types/{type}/analytics/log_clickthrough";
    call(
        Verb::Post,
        path,
        "logClickthrough",
        "Count a click on a result",
    )
    .may_read(open(&[("q", text()), ("id", text())]))
    .takes([
        Parameter::query("q", "What was searched for; here or in the body"),
        Parameter::query("id", "The document; here or in the body"),
    ])
    .answers_text(200, "It is counted")
    .example(
        Example::new("note", "A click on a note")
            .with("engine", ENGINE)
            .with("type", TYPE)
            .body(json!({"q": "larches", "id": "n-1"}))
            .answer(200, json!(" ")),
    )
}
