//! Why a hit stands where it stands, on request (`explain=true`, ours).

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::{Explanation, WordExplanation};

#[derive(Serialize)]
pub(super) struct ExplanationForm<'a> {
    match_quality: u32,
    boost: u8,
    supply: u8,
    preferred: u8,
    text_score: f32,
    newness: f32,
    margin: f32,
    factor: f32,
    resemblance: f32,
    words: Vec<WordForm<'a>>,
}

#[derive(Serialize)]
struct WordForm<'a> {
    met_by: Option<&'a str>,
    edits: u8,
    rarity: f32,
    worth: f32,
    fields: BTreeMap<&'static str, f32>,
    attributes: &'a [String],
}

impl<'a> From<&'a Explanation> for ExplanationForm<'a> {
    fn from(explanation: &'a Explanation) -> Self {
        Self {
            match_quality: explanation.match_quality,
            boost: explanation.boost,
            supply: explanation.supply,
            preferred: explanation.preferred,
            text_score: explanation.text_score,
            newness: explanation.newness,
            margin: explanation.margin,
            factor: explanation.factor,
            resemblance: explanation.resemblance,
            words: explanation.words.iter().map(WordForm::from).collect(),
        }
    }
}

impl<'a> From<&'a WordExplanation> for WordForm<'a> {
    fn from(word: &'a WordExplanation) -> Self {
        Self {
            met_by: Some(word.met_by.as_str()).filter(|met_by| !met_by.is_empty()),
            edits: word.edits,
            rarity: word.rarity,
            worth: word.worth,
            fields: word.fields.iter().copied().collect(),
            attributes: &word.attributes,
        }
    }
}
