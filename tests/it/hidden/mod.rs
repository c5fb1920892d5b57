//! What a shop keeps to itself (docs/reference/04-data-layout.md §3): attributes and inner keys that begin
//! with `_`. They find objects, filter and sort them; no answer of any API has them, or what follows from
//! them.

mod canaries;
mod everywhere;
mod instances;
mod shop_front;
mod swiftype;

use serde_json::{Value, json};

/// An answer without what it repeats of the request that asked for it: `typed` is the query text.
fn without_echoes(answer: &Value, typed: &str) -> Value {
    // Errors name what was sent.
    const ECHOES: [&str; 7] = [
        "error",
        "query",
        "filters",
        "filters_negative",
        "next_page",
        "errors",
        "facet_value_query",
    ];
    let together = typed.replace(' ', "");
    match answer {
        Value::Object(map) => {
            let kept = map.iter().filter(|(key, value)| {
                // Neighbours may be met written together.
                let is_echo = |word: &str| typed.contains(word) || together.contains(word);
                let is_typed = *key == "met_by" && value.as_str().is_some_and(is_echo);
                !ECHOES.contains(&key.as_str()) && !is_typed
            });
            kept.map(|(key, value)| {
                let value = match (key.as_str(), value) {
                    ("corrected_query" | "text", Value::String(text)) => {
                        json!(without_typed(text, typed))
                    }
                    ("partial_match_terms", Value::Array(terms)) => {
                        // As they were typed.
                        let others = terms.iter().filter(|term| {
                            let is_typed = |word: &str| term.as_str() == Some(word);
                            !typed.split_whitespace().any(is_typed)
                        });
                        others.cloned().collect()
                    }
                    (_, value) => without_echoes(value, typed),
                };
                (key.clone(), value)
            })
            .collect()
        }
        Value::Array(list) => list.iter().map(|one| without_echoes(one, typed)).collect(),
        one => json!(one),
    }
}

/// A corrected query without the words that were typed, struck or not.
fn without_typed(corrected: &str, typed: &str) -> String {
    let bare = |word: &str| word.replace("<strike>", "").replace("</strike>", "");
    let words = corrected.split_whitespace();
    let others = words.filter(|word| !typed.split_whitespace().any(|one| one == bare(word)));
    others.collect::<Vec<_>>().join(" ")
}
