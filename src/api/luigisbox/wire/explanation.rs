//! Why a hit stands where it stands, on request (`explain=true`, ours).

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::{Explanation, Told, WordExplanation};

#[derive(Serialize)]
pub(super) struct ExplanationForm<'a> {
    match_quality: u32,
    boost: Signal<u8>,
    supply: Signal<u8>,
    preferred: u8,
    text_score: f32,
    newness: Signal<f32>,
    margin: Signal<f32>,
    factor: Signal<f32>,
    resemblance: f32,
    behaviour: f32,
    words: Vec<WordForm<'a>>,
}

/// A number, or `true` or `false` of one that is hidden: whether it moves the hit.
#[derive(Serialize)]
#[serde(untagged)]
enum Signal<T> {
    Number(T),
    Moves(bool),
}

impl<T: Copy> From<&Told<T>> for Signal<T> {
    fn from(told: &Told<T>) -> Self {
        match told {
            Told::Number(number) => Self::Number(*number),
            Told::Moves(moves) => Self::Moves(*moves),
        }
    }
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
            boost: (&explanation.boost).into(),
            supply: (&explanation.availability).into(),
            preferred: explanation.preferred,
            text_score: explanation.text_score,
            newness: (&explanation.freshness).into(),
            margin: (&explanation.margin).into(),
            factor: (&explanation.factor).into(),
            resemblance: explanation.resemblance,
            behaviour: explanation.behaviour,
            words: explanation.words.iter().map(WordForm::from).collect(),
        }
    }
}

impl<'a> From<&'a WordExplanation> for WordForm<'a> {
    fn from(word: &'a WordExplanation) -> Self {
        Self {
            met_by: Some(word.met_by.as_str()).filter(|met_by| !met_by.is_empty()),
            edits: word.edits,
            rarity: word.idf,
            worth: word.worth,
            fields: word.fields.iter().copied().collect(),
            attributes: &word.attributes,
        }
    }
}
