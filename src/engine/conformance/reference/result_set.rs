//! Which objects belong to the result of a text (docs/reference/05-search.md §6), by the rule every backend
//! follows. Invariant: it follows from how what can be seen meets the words, whatever the filters.

use std::collections::BTreeMap;

use crate::domain::{FieldName, FieldValue, Object, TextForm, derive};
use crate::engine::analysis;
use crate::engine::ranking::{self, ChosenSteps, Counts, Step, TextField, WordsMet};

/// What of a catalog is the result of a text.
pub(super) enum ChosenSet {
    /// What has some word: nothing has all, or the set is wide.
    AnyWord,
    /// By type. Of what lacks a word nothing: few objects are asked for few words here.
    Steps(BTreeMap<String, ChosenSteps>),
}

impl ChosenSet {
    /// Of everything that can be seen, by its type.
    pub(super) fn of(seen: impl Iterator<Item = (String, Step)>, words: usize) -> Self {
        let mut by_type: BTreeMap<String, Counts> = BTreeMap::new();
        for (of_type, step) in seen {
            let counts = by_type.entry(of_type).or_default();
            match step {
                Step::Named => counts.named += 1,
                Step::Told => counts.told += 1,
                Step::Attributed => counts.attributed += 1,
                Step::Mentioned => counts.mentioned += 1,
                Step::Most | Step::Some => {}
            }
        }
        if !by_type.values().any(|counts| counts.has_complete()) {
            return Self::AnyWord;
        }
        let steps = by_type.into_iter();
        let steps = steps.map(|(of, counts)| (of, ChosenSteps::of(counts, words)));
        Self::Steps(steps.collect())
    }

    pub(super) fn takes(&self, of_type: &str, step: Step, met: usize) -> bool {
        match self {
            Self::AnyWord => met > 0,
            Self::Steps(by_type) => {
                let steps = by_type.get(of_type);
                steps.is_some_and(|steps| steps.takes(step, false))
            }
        }
    }
}

/// How an object meets words that tell the same, of which it has so many somewhere.
pub(super) fn step(
    object: &Object,
    words: usize,
    met: usize,
    words_in: impl Fn(&[(&FieldName, &FieldValue)]) -> usize,
) -> Step {
    let derived = derive(object).returned;
    let is_derived = |name: &FieldName| matches!(name.as_str(), "category" | "brand");
    let sent = object.fields.iter();
    let sent = sent.filter(|(name, _)| !is_derived(name) || !derived.contains(name.as_str()));
    let computed = derived.iter().filter(|(name, _)| is_derived(name));
    let mut named: Vec<(&FieldName, &FieldValue)> = sent.chain(computed).collect();
    let field_of = |name: &FieldName, value| field_of(name, value, object.text_form(name.as_str()));
    named.retain(|(name, value)| field_of(name, value).is_some());
    let mut says = named.clone();
    says.retain(|(name, value)| field_of(name, value) != Some(TextField::Attributes));
    ranking::step(WordsMet {
        words,
        named: words_in(&named),
        met,
        says_what_it_is: words_in(&says) > 0,
        has_numbers: true,
        has_most_telling: true,
        share: met as f32 / words as f32,
    })
}

fn field_of(name: &FieldName, value: &FieldValue, form: TextForm) -> Option<TextField> {
    let values = value.elements();
    let lines = values.iter().map(|value| match value {
        FieldValue::Text(text) => format!("{}\n", analysis::seen(text, form)),
        FieldValue::Number(number) => format!("{number}\n"),
        FieldValue::Bool(_) | FieldValue::List(_) | FieldValue::Map(_) => String::new(),
    });
    ranking::field_of(name.as_str(), &lines.collect::<String>(), values.len())
}
