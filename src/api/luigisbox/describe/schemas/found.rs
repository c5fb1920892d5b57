//! What searches answer.

use serde_json::{Value, json};

use super::count;
use crate::api::openapi::schema::{
    anything, closed, flag, list, map, named, number, one_of_texts, open, or_null, text, text_of,
    told,
};

pub(super) fn found() -> Vec<(&'static str, Value)> {
    [parts(), answers()].concat()
}

/// What hits and facets are.
fn parts() -> Vec<(&'static str, Value)> {
    vec![
        (
            "Hit",
            closed(&[
                ("url", told(text(), "The identity")),
                ("identity_hash?", or_null(count())),
                ("attributes", map(&anything())),
                ("nested", list(&named("Hit"))),
                ("type", text()),
                ("highlight?", map(&anything())),
                ("exact?", flag()),
                ("alternative?", flag()),
                ("updated_at?", text()),
                (
                    "fallback?",
                    told(flag(), "Of a recommendation, where it was asked for"),
                ),
                ("explanation?", told(open(&[]), "With `explain`")),
            ]),
        ),
        (
            "Facet",
            closed(&[
                ("name", text()),
                ("type", one_of_texts(&["text", "float", "date", "boolean"])),
                ("values", list(&named("FacetValue"))),
            ]),
        ),
        (
            "FacetValue",
            closed(&[
                ("value", text()),
                ("hits_count", count()),
                ("normalized_hits_count?", number()),
                ("color_code?", text()),
                ("label?", text()),
            ]),
        ),
    ]
}

fn answers() -> Vec<(&'static str, Value)> {
    let filters = || list(&text());
    let corrected = || {
        told(
            or_null(text()),
            "HTML: what was replaced or left out is struck",
        )
    };
    vec![
        (
            "SearchAnswer",
            closed(&[
                (
                    "results",
                    closed(&[
                        ("query", text()),
                        ("corrected_query", corrected()),
                        ("filters", filters()),
                        ("filters_negative", filters()),
                        ("accepted_filters", filters()),
                        ("hits", list(&named("Hit"))),
                        ("quicksearch_hits", list(&named("Hit"))),
                        ("facets", list(&named("Facet"))),
                        ("suggested_facet", or_null(named("Facet"))),
                        (
                            "suggested_url?",
                            told(text(), "Where a redirect of the site leads"),
                        ),
                        ("total_hits", count()),
                        ("offset?", text()),
                        ("campaigns", list(&anything())),
                    ]),
                ),
                ("next_page", or_null(text())),
                ("guid", text_of("uuid")),
            ]),
        ),
        (
            "AutocompleteAnswer",
            closed(&[
                ("exact_match_hits_count", count()),
                ("partial_match_hits_count", count()),
                ("partial_match_terms", filters()),
                ("hits", list(&named("Hit"))),
                ("suggested_url?", text()),
                ("campaigns", list(&anything())),
                ("guid", text_of("uuid")),
            ]),
        ),
        (
            "FacetValueAnswer",
            closed(&[(
                "results",
                closed(&[
                    ("query", text()),
                    ("corrected_query", corrected()),
                    ("facet_value_query", text()),
                    ("filters", filters()),
                    ("filters_negative", filters()),
                    ("facets", list(&named("Facet"))),
                ]),
            )]),
        ),
        (
            "TopItems",
            closed(&[("hits", list(&named("Hit"))), ("recommendation_id", text())]),
        ),
        ("TrendingQuery", closed(&[("title", text())])),
        (
            "Recommended",
            closed(&[
                ("generated_at", text()),
                ("model_version", json!({"type": "null"})),
                ("recommendation_id", text_of("uuid")),
                ("recommendation_type", text()),
                ("recommender_client_identifier", text()),
                ("recommender", text()),
                ("recommender_version", text()),
                ("user_id", json!({"type": ["string", "number", "null"]})),
                ("hits", list(&named("Hit"))),
            ]),
        ),
    ]
}
