//! Requests for recommendations and their answers (docs/reference/06-autocomplete-and-others.md §7.1, §7.2). Lenient in
//! everything that still says what is wanted: numbers for texts, one for a list, PHP's `[]` for an empty map.

mod answer;
mod context;

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::trim::Trim;
use crate::domain::{ClientId, FieldName, Identity, Model, RecommendationQuery};
pub use answer::Answers;

/// Why a body asks for nothing that can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRecommend {
    #[error("Invalid JSON")]
    Syntax,
    #[error("Too many recommendations: at most {}", RecommendationQuery::BATCH_MAX)]
    TooMany,
    #[error("recommendation_type is missing")]
    NoType,
    #[error("recommendation_context is malformed")]
    Context,
    #[error("Filter too complex")]
    TooComplex,
}

/// One of the requests of a body.
#[derive(Clone, Debug)]
pub struct RecommendRequest {
    pub query: RecommendationQuery,
    /// As sent, to be repeated.
    recommendation_type: String,
    client_identifier: String,
    user_id: Value,
    marks_fallback: bool,
    trim: Trim,
}

/// Reads an array of requests, or one that is alone.
pub fn read_recommend(body: &[u8]) -> Result<Vec<RecommendRequest>, BadRecommend> {
    let sent = match serde_json::from_slice(body).map_err(|_| BadRecommend::Syntax)? {
        Value::Array(list) => list,
        one @ Value::Object(_) => vec![one],
        _ => return Err(BadRecommend::Syntax),
    };
    if sent.len() > RecommendationQuery::BATCH_MAX {
        return Err(BadRecommend::TooMany);
    }
    sent.iter().map(read_one).collect()
}

fn read_one(sent: &Value) -> Result<RecommendRequest, BadRecommend> {
    let sent = sent.as_object().ok_or(BadRecommend::Syntax)?;
    let named = text(sent.get("recommendation_type")).ok_or(BadRecommend::NoType)?;
    let user_id = sent.get("user_id");
    let user_id = user_id.filter(|user| user.is_string() || user.is_number());
    let mut about = identities(sent.get("item_ids"));
    about.truncate(RecommendationQuery::ABOUT_MAX);
    let trim = read_fields(sent.get("hit_fields"));
    let query = RecommendationQuery {
        model: Model::named(&named),
        user: text(user_id).and_then(|user| ClientId::new(&user)),
        about,
        never: identities(sent.get("blacklisted_item_ids"))
            .into_iter()
            .collect(),
        size: read_size(sent.get("size")),
        restrictions: context::read(sent.get("recommendation_context"))?,
        availability_field: availability_field(sent),
        projection: trim.projection().clone(),
    };
    let place = text(sent.get("recommender_client_identifier"));
    Ok(RecommendRequest {
        query,
        client_identifier: place.unwrap_or_else(|| named.clone()),
        recommendation_type: named,
        user_id: user_id.cloned().unwrap_or(Value::Null),
        marks_fallback: is_true(sent.get("mark_fallback_results")),
        trim,
    })
}

/// A text, or a number as its text; blank is none.
fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What can be an identity, of a list or alone, each once.
fn identities(value: Option<&Value>) -> Vec<Identity> {
    let list = match value {
        Some(Value::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let mut known = HashSet::new();
    let texts = list.iter().filter_map(|one| text(Some(one)));
    let read = texts.filter_map(|text| Identity::new(&text).ok());
    read.filter(|item| known.insert(item.clone())).collect()
}

/// What is no number above zero is the usual size.
fn read_size(value: Option<&Value>) -> usize {
    let size = match value {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    let size = size.filter(|size: &f64| *size >= 1.0);
    // Saturates.
    size.map_or(RecommendationQuery::SIZE_DEFAULT, |size| {
        (size as usize).min(RecommendationQuery::SIZE_MAX)
    })
}

/// An array of names, or names with commas between them.
fn read_fields(value: Option<&Value>) -> Trim {
    match value {
        Some(Value::Array(names)) => {
            let names = names.iter().filter_map(|name| text(Some(name)));
            Trim::only(names.map(|name| name.trim().to_owned()).collect())
        }
        Some(Value::String(names)) => Trim::read(Some(names), None),
        _ => Trim::default(),
    }
}

fn availability_field(sent: &Map<String, Value>) -> FieldName {
    let settings = sent.get("settings_override").and_then(Value::as_object);
    let field = settings.and_then(|settings| text(settings.get("availability_field")));
    FieldName::new(field.as_deref().unwrap_or("availability"))
}

fn is_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::Number(number)) => number.as_f64() == Some(1.0),
        Some(Value::String(text)) => matches!(text.as_str(), "true" | "1"),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
