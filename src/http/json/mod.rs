//! JSON in and out, as far as every dialect shares it.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;

mod weight;

use super::answers::{Counted, NoRoom, PieceWriter};
pub use weight::{Copies, ListWeight, Weights};

/// `Content-Type` of every JSON answer (docs/reference/07-http-principles.md §3).
pub const CONTENT_TYPE_JSON: HeaderValue =
    HeaderValue::from_static("application/json; charset=utf-8");

/// An answer with this body. Non-ASCII text stands as it is, not as `\u` escapes.
pub fn response(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => ready(status, bytes),
        Err(error) => {
            // Only a map whose keys are no strings, or a failing `Serialize`; we have neither.
            tracing::error!(%error, "an answer could not be written as JSON");
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    }
}

/// An answer with this body, for as long as there is room for it; see [`AnswerRoom::begin`].
///
/// [`AnswerRoom::begin`]: super::AnswerRoom::begin
pub fn written(
    mut writer: PieceWriter,
    status: StatusCode,
    body: &impl Serialize,
) -> Result<Response, NoRoom> {
    // It fails for want of room, or as in `response`.
    serde_json::to_writer(&mut writer, body).map_err(|_| NoRoom)?;
    let mut response = Response::new(writer.into_body());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, CONTENT_TYPE_JSON);
    response.extensions_mut().insert(Counted);
    Ok(response)
}

/// An answer with this body, which is JSON already.
pub fn ready(status: StatusCode, json: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(json));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, CONTENT_TYPE_JSON);
    response
}

/// An answer of the form `{"error": "…"}`.
pub fn error(status: StatusCode, words: &str) -> Response {
    response(status, &serde_json::json!({ "error": words }))
}

/// Whether arrays and objects are nested more than `levels_max` deep. One pass over the bytes, before
/// any parser recurses into them; text that is no JSON gives some answer and no failure.
pub fn nesting_depth_exceeds(json: &[u8], levels_max: usize) -> bool {
    let mut depth: usize = 0;
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => {
                depth += 1;
                if depth > levels_max {
                    return true;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => at = text_end(json, at).behind,
            _ => {}
        }
    }
    false
}

/// Where a text ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct TextEnd {
    /// The closing quote, or the end of what there is.
    at: usize,
    behind: usize,
    has_escapes: bool,
}

/// The end of the text that begins at `from`, behind its opening quote. Most of a body is in texts, so they are
/// looked through by eight bytes at a time.
fn text_end(json: &[u8], from: usize) -> TextEnd {
    let mut at = from;
    let mut has_escapes = false;
    loop {
        while let Some(eight) = json.get(at..at + 8).and_then(|eight| eight.try_into().ok()) {
            if has_quote_or_backslash(u64::from_le_bytes(eight)) {
                break;
            }
            at += 8;
        }
        let last = at + 8;
        loop {
            match json.get(at) {
                None => {
                    let at = json.len();
                    let behind = at;
                    return TextEnd {
                        at,
                        behind,
                        has_escapes,
                    };
                }
                Some(b'"') => {
                    let behind = at + 1;
                    return TextEnd {
                        at,
                        behind,
                        has_escapes,
                    };
                }
                Some(b'\\') => {
                    has_escapes = true;
                    at += 2;
                }
                Some(_) => at += 1,
            }
            if at >= last {
                break;
            }
        }
    }
}

/// Whether one of the eight bytes is a quote or a backslash; it may also say so where none is.
fn has_quote_or_backslash(eight: u64) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let has_zero = |bytes: u64| bytes.wrapping_sub(ONES) & !bytes & HIGHS;
    let quotes = eight ^ (ONES * u64::from(b'"'));
    let backslashes = eight ^ (ONES * u64::from(b'\\'));
    (has_zero(quotes) | has_zero(backslashes)) != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    #[test]
    fn depth_counts_arrays_and_objects_alike() {
        for (json, depth) in [
            ("1", 0),
            ("[]", 1),
            (r#"{"a":[{}]}"#, 3),
            ("[[],[],[[]]]", 3),
            (r#"["[[[[", "\"[[[", "\\", []]"#, 2),
        ] {
            assert!(!nesting_depth_exceeds(json.as_bytes(), depth), "{json}");
            assert!(
                depth == 0 || nesting_depth_exceeds(json.as_bytes(), depth - 1),
                "{json}"
            );
        }
    }

    #[test]
    fn two_hundred_levels_are_noticed_in_broken_json_too() {
        assert!(nesting_depth_exceeds("[".repeat(200).as_bytes(), 64));
        assert!(nesting_depth_exceeds("{\"a\":".repeat(200).as_bytes(), 64));
    }

    fn depth_of(value: &Value) -> usize {
        match value {
            Value::Array(items) => 1 + items.iter().map(depth_of).max().unwrap_or(0),
            Value::Object(map) => 1 + map.values().map(depth_of).max().unwrap_or(0),
            _ => 0,
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::from),
            "\\PC*".prop_map(Value::from)
        ];
        leaf.prop_recursive(6, 32, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::vec(("\\PC*", inner), 0..4)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn depth_of_any_json_is_found_exactly(value in any_json()) {
            let json = serde_json::to_vec(&value).expect("values are writable");
            let depth = depth_of(&value);
            prop_assert!(!nesting_depth_exceeds(&json, depth));
            prop_assert!(depth == 0 || nesting_depth_exceeds(&json, depth - 1));
        }

        #[test]
        fn any_bytes_give_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(!nesting_depth_exceeds(&bytes, bytes.len()));
        }
    }
}
