//! What clients send.

use serde_json::{Value, json};

use crate::api::openapi::schema::{
    anything, filled, flag, like, list, map, named, one_of_texts, open, or_null, text, told,
};

/// Of the names of types.
const TYPE: &str = "^[A-Za-z0-9_-]{1,64}$";

pub(super) fn sent() -> Vec<(&'static str, Value)> {
    [objects(), queries(), vec![event(), recommendation()]].concat()
}

fn objects() -> Vec<(&'static str, Value)> {
    let fields = told(
        map(&anything()),
        "Attributes by name: texts, numbers, booleans, lists of them, or maps of one level",
    );
    vec![
        (
            "Object",
            open(&[
                (
                    "identity",
                    told(filled(), "Of the object, in the whole site"),
                ),
                (
                    "type",
                    told(like(TYPE), "`product`, `category`, or any other word"),
                ),
                (
                    "generation?",
                    told(text(), "Marks the upload that it is of"),
                ),
                ("active_from?", told(or_null(text()), "Not found before")),
                (
                    "active_to?",
                    told(or_null(text()), "Not found from then on"),
                ),
                ("fields", {
                    let mut fields = fields.clone();
                    fields["required"] = json!(["title"]);
                    fields
                }),
                (
                    "nested?",
                    told(
                        list(&open(&[])),
                        "Categories, brands, variants: objects of their own, too",
                    ),
                ),
            ]),
        ),
        (
            "ObjectPatch",
            open(&[
                ("identity", filled()),
                ("type?", text()),
                ("fields?", told(fields, "Only what changes; `null` removes")),
                ("nested?", list(&open(&[]))),
            ]),
        ),
        (
            "ObjectKey",
            open(&[("identity", filled()), ("type", like(TYPE))]),
        ),
    ]
}

fn queries() -> Vec<(&'static str, Value)> {
    vec![
        (
            "UpdateByQuery",
            open(&[
                (
                    "search",
                    open(&[
                        (
                            "types",
                            json!({"type": "array", "items": like(TYPE), "minItems": 1}),
                        ),
                        ("partial", open(&[("fields", map(&anything()))])),
                    ]),
                ),
                ("update", open(&[("fields", map(&anything()))])),
            ]),
        ),
        (
            "FilterNode",
            json!({
                "type": "object",
                "description": "One of `and`, `or`, `not` over further nodes, or a `filter`",
                "properties": {
                    "and": list(&named("FilterNode")),
                    "or": list(&named("FilterNode")),
                    "not": list(&named("FilterNode")),
                    "filter": told(text(), "`attribute:value`, as in `f[]`"),
                },
                "minProperties": 1,
                "maxProperties": 1,
            }),
        ),
    ]
}

fn event() -> (&'static str, Value) {
    (
        "Event",
        open(&[
            (
                "id",
                told(
                    json!({"type": ["string", "integer"]}),
                    "Of the event: sent again, it counts once",
                ),
            ),
            (
                "type",
                one_of_texts(&["pv", "event", "click", "transaction"]),
            ),
            ("tracker_id?", text()),
            (
                "client_id",
                told(
                    json!({"type": ["string", "integer"]}),
                    "Of the visitor's browser",
                ),
            ),
            ("customer_id?", json!({"type": ["string", "integer"]})),
            (
                "local_timestamp?",
                told(json!({"type": "integer"}), "In seconds"),
            ),
            (
                "url?",
                told(text(), "Of a page view: the identity of what is looked at"),
            ),
            (
                "lists?",
                told(
                    map(&open(&[])),
                    "Of a list that was shown: its items and query",
                ),
            ),
            ("action?", told(open(&[]), "Of a click or a conversion")),
            ("consent_granted?", flag()),
        ]),
    )
}

fn recommendation() -> (&'static str, Value) {
    (
        "Recommendation",
        open(&[
            (
                "recommendation_type",
                told(
                    filled(),
                    "The model: `trends`, `item_detail_alternatives`, `basket`, …",
                ),
            ),
            (
                "recommender_client_identifier?",
                told(text(), "The place on the page"),
            ),
            ("user_id?", json!({"type": ["string", "integer", "null"]})),
            (
                "item_ids?",
                told(
                    list(&json!({"type": ["string", "integer"]})),
                    "What it is made for",
                ),
            ),
            (
                "blacklisted_item_ids?",
                told(
                    list(&json!({"type": ["string", "integer"]})),
                    "Never recommended",
                ),
            ),
            (
                "size?",
                told(json!({"type": "integer"}), "Up to 50; 10 unless sent"),
            ),
            (
                "recommendation_context?",
                told(map(&anything()), "Restrictions by attribute"),
            ),
            ("settings_override?", map(&anything())),
            ("hit_fields?", list(&text())),
            ("mark_fallback_results?", flag()),
        ]),
    )
}
