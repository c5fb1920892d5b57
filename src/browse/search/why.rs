//! Why a hit stands where it stands, in words and bars, out of what the endpoint explains. Invariant: every number is
//! one of the answer's.

use serde_json::Value;

use crate::browse::chart::{Bar, length, number};

/// Supply that keeps an object behind all others.
const SUPPLY_WORST: f64 = 15.0;

/// Boost of a shop goes this far.
const BOOST_MOST: f64 = 3.0;

pub(super) struct Why {
    pub(super) match_quality: u64,
    pub(super) words: Vec<WordView>,
    pub(super) signals: Vec<Bar>,
}

pub(super) struct WordView {
    /// `None` where the hit has nothing for it.
    pub(super) met_by: Option<String>,
    pub(super) edits: u64,
    pub(super) rarity: String,
    pub(super) worth: String,
    pub(super) length: f64,
    /// Groups of text, with what they count.
    pub(super) fields: Vec<(String, String)>,
    pub(super) attributes: String,
}

/// What the words of a hit are worth together.
pub(super) fn text_score(hit: &Value) -> Option<f64> {
    hit["explanation"]["text_score"].as_f64()
}

/// `best` is the highest score of the page.
pub(super) fn of(explanation: &Value, best: f64) -> Option<Why> {
    explanation.as_object()?;
    let words = explanation["words"].as_array().into_iter().flatten();
    Some(Why {
        match_quality: explanation["match_quality"].as_u64().unwrap_or_default(),
        words: words.map(|word| word_view(word, best)).collect(),
        signals: signals(explanation, best),
    })
}

fn word_view(word: &Value, best: f64) -> WordView {
    let float = |name: &str| word[name].as_f64().unwrap_or_default();
    let fields = word["fields"].as_object().into_iter().flatten();
    let attributes = word["attributes"].as_array().into_iter().flatten();
    let attributes: Vec<&str> = attributes.filter_map(Value::as_str).collect();
    WordView {
        met_by: word["met_by"].as_str().map(str::to_owned),
        edits: word["edits"].as_u64().unwrap_or_default(),
        rarity: number(float("rarity")),
        worth: number(float("worth")),
        length: length(float("worth"), best),
        fields: fields
            .map(|(name, value)| (name.clone(), number(value.as_f64().unwrap_or_default())))
            .collect(),
        attributes: attributes.join(", "),
    }
}

/// Signals in the order of their say; what says nothing is left out.
fn signals(explanation: &Value, best: f64) -> Vec<Bar> {
    let known: [(&str, &str, f64); 9] = [
        ("boost", "Boost of the shop", BOOST_MOST),
        ("supply", "Supply: 1 at once, 15 never", SUPPLY_WORST),
        ("preferred", "Wishes met", 1.0),
        ("text_score", "Words together", best),
        ("newness", "How new it is", 1.0),
        ("margin", "Margin", 1.0),
        ("factor", "Factor of the search", 1.0),
        ("resemblance", "Like the titles of the best", 1.0),
        ("behaviour", "Chosen by visitors", 1.0),
    ];
    let bars = known.into_iter().filter_map(|(name, label, most)| {
        let (value, length) = match &explanation[name] {
            Value::Bool(true) => ("moves the hit".to_owned(), length(1.0, 1.0)),
            Value::Number(signal) => {
                let signal = signal.as_f64()?;
                let neutral = if name == "factor" { 1.0 } else { 0.0 };
                let says_nothing = (signal - neutral).abs() < f64::EPSILON;
                if says_nothing {
                    return None;
                }
                (number(signal), length(signal, most))
            }
            _ => return None,
        };
        Some(Bar {
            label: label.to_owned(),
            value,
            length,
        })
    });
    bars.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "lengths are whole")]
    fn an_explanation_becomes_words_and_bars() {
        let explanation = serde_json::json!({
            "match_quality": 143, "boost": 2, "supply": 3, "preferred": 0, "text_score": 7.5, "newness": 0.0,
            "margin": true, "factor": 1.0, "resemblance": 0.5, "behaviour": 0.0,
            "words": [{"met_by": "tent", "edits": 0, "rarity": 2.9, "worth": 7.5,
                "fields": {"title": 2.5}, "attributes": ["title"]}, {"met_by": null, "edits": 0}]
        });
        let why = of(&explanation, 15.0).expect("there is one");
        assert_eq!(why.match_quality, 143);
        let labels: Vec<&str> = why.signals.iter().map(|bar| bar.label.as_str()).collect();
        assert_eq!(labels.len(), 5, "{labels:?}");
        assert_eq!(why.signals[2].length, 50.0);
        assert_eq!(why.signals[3].value, "moves the hit");
        assert_eq!(why.words[0].length, 50.0);
        assert_eq!(why.words[1].met_by, None);
        assert!(of(&Value::Null, 1.0).is_none());
    }
}
