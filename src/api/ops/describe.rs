//! What operators ask for (docs/operations.md).

use serde_json::json;

use crate::api::openapi::schema::{closed, list, named, one_of_texts, text, whole_from};
use crate::api::openapi::{Example, Operation, Parameter, Security, Verb};

const TAG: &str = "The server";

pub(super) fn schemas() -> Vec<(&'static str, serde_json::Value)> {
    let problem = closed(&[("site", text()), ("reason", text())]);
    let error = closed(&[("error", text())]);
    vec![
        ("Alive", closed(&[("status", one_of_texts(&["ok"]))])),
        (
            "Readiness",
            closed(&[
                ("status", one_of_texts(&["ready", "unready", "starting"])),
                ("serving", whole_from(0)),
                ("problems", list(&problem)),
            ]),
        ),
        ("OperatorError", error),
    ]
}

pub(super) fn alive() -> Operation {
    Operation::new(Verb::Get, "/health", "alive", TAG, "Does the process live?")
        .answers(200, "It does", named("Alive"))
        .example(Example::new("alive", "It does").answer(200, json!({"status": "ok"})))
}

pub(super) fn ready() -> Operation {
    Operation::new(
        Verb::Get,
        "/health/ready",
        "ready",
        TAG,
        "Are sites served?",
    )
    .tells("One site in trouble is told, and does not make the server unready.")
    .takes([Parameter::query("site", "Asks for this one alone")])
    .answers(
        200,
        "Sites are served, or the one asked for is",
        named("Readiness"),
    )
    .answers(404, "There is no such site", named("OperatorError"))
    .answers(
        503,
        "The server starts, or serves no site",
        named("Readiness"),
    )
    .example(Example::new("all", "All is well").answer(
        200,
        json!({"status": "ready", "serving": 1, "problems": []}),
    ))
    .example(
        Example::new("unknown", "A site that is not there")
            .with("site", "999-999")
            .answer(404, json!({"error": "Unknown site"})),
    )
}

pub(super) fn metrics() -> Operation {
    Operation::new(
        Verb::Get,
        "/metrics",
        "metrics",
        TAG,
        "Figures for Prometheus",
    )
    .tells("What each means: `deploy/metrics.md`.")
    .needs(Security::AdminToken)
    .answers_in(
        "text/plain; version=0.0.4; charset=utf-8",
        200,
        "In the text format of Prometheus",
        text(),
    )
    .answers(
        401,
        "Without `[admin] token`, or with another",
        named("OperatorError"),
    )
    .answers(
        403,
        "From elsewhere, where no token is set",
        named("OperatorError"),
    )
    .example(
        Example::new("scrape", "One look")
            .answer(200, json!("vetrina_build_info{version=\"0.1.0\"} 1\n")),
    )
}
