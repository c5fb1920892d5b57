//! Which attributes of a hit have a word it was found by, for explanations. Invariant: nothing hidden is
//! named, not even by the form that a word has there, and an attribute is named when the index has that word
//! of it.

use crate::domain::{
    Explanation, Language, ShownFields, ShownObject, ShownValue, TextForm, WordExplanation,
};
use crate::engine::ranking::TextField;
use crate::engine::{analysis, ranking};

/// Most attributes named of one word.
const NAMED_MAX: usize = 20;
/// Derived attributes that have words of their own.
const DERIVED: [&str; 2] = ["category", "brand"];
/// Longest text looked at, in bytes.
const TEXT_BYTES_MAX: usize = 64 << 10;

/// How a hit has a word of the query at best.
pub(in crate::engine) struct BestTerm<'t> {
    pub(in crate::engine) texts: &'t [String],
    /// How far it is from what was typed.
    pub(in crate::engine) edits: u8,
    pub(in crate::engine) worth: f32,
    pub(in crate::engine) by_field: [f32; TextField::ALL.len()],
}

/// What is told of a word; attributes are named when the object is at hand.
pub(in crate::engine) fn explained(idf: f32, best: Option<BestTerm<'_>>) -> WordExplanation {
    let mut explanation = WordExplanation {
        met_by: String::new(),
        edits: 0,
        idf,
        worth: 0.0,
        fields: Vec::new(),
        attributes: Vec::new(),
    };
    if let Some(best) = best {
        let by_field = TextField::ALL.into_iter().zip(best.by_field);
        let counted = by_field.filter(|(_, counts)| *counts > 0.0);
        explanation.met_by = best.texts.join(" ").replace(analysis::MARK, "");
        explanation.edits = best.edits;
        explanation.worth = idf * best.worth;
        explanation.fields = counted
            .map(|(field, counts)| (field.name(), counts))
            .collect();
    }
    explanation
}

/// Names, for each word of the explanation, the attributes that have it.
pub(in crate::engine) fn name_attributes(
    explanation: &mut Explanation,
    object: ShownObject<'_>,
    typed: &str,
    language: Language,
    with_links: bool,
) {
    let typed = analysis::query_words(&analysis::visible(typed), language, usize::MAX);
    let is_typed = |word: &&str| {
        let is_other = |typed: &analysis::TypedWord| {
            let mut texts = typed.others.iter().flat_map(|other| &other.texts);
            texts.any(|text| text == word)
        };
        let mut typed = typed.iter();
        typed.any(|typed| typed.text == **word || is_other(typed))
    };
    let derived = object.derived(&|name| DERIVED.contains(&name));
    for word in &mut explanation.words {
        let words: Vec<&str> = word
            .met_by
            .split(' ')
            .filter(|word| !word.is_empty())
            .collect();
        if words.is_empty() {
            continue;
        }
        let mut finder = Finder {
            words,
            language,
            with_links,
            found: Vec::new(),
        };
        let sent = |name: &str| object.text_form(name);
        finder.look_in(&mut String::new(), object.fields(), &sent);
        let derived = ShownFields::new(&derived);
        finder.look_in(&mut String::new(), derived, &|_| TextForm::Markup);
        // Another form of it may stand in what is hidden alone.
        let is_nameless = finder.found.is_empty() && !finder.words.iter().all(is_typed);
        word.attributes = finder.found;
        if is_nameless {
            word.met_by.clear();
        }
    }
}

struct Finder<'w> {
    words: Vec<&'w str>,
    language: Language,
    with_links: bool,
    found: Vec<String>,
}

impl Finder<'_> {
    fn look_in(
        &mut self,
        path: &mut String,
        fields: ShownFields<'_>,
        form: &dyn Fn(&str) -> TextForm,
    ) {
        let outer = path.len();
        for (name, value) in fields.iter() {
            let is_told = ranking::is_searchable(name.as_str(), self.with_links);
            if !is_told || self.found.len() >= NAMED_MAX {
                continue;
            }
            if outer > 0 {
                path.push('.');
            }
            path.push_str(name.as_str());
            self.look_at(path, value, form(name.as_str()));
            path.truncate(outer);
        }
    }

    fn look_at(&mut self, path: &mut String, value: ShownValue<'_>, form: TextForm) {
        match value {
            ShownValue::Map(inner) => self.look_in(path, inner, &|_| form),
            ShownValue::List(list) => list
                .iter()
                .for_each(|element| self.look_at(path, element, form)),
            ShownValue::Text(text) => self.note(path, text, form),
            ShownValue::Number(number) => self.note(path, &number.to_string(), TextForm::Plain),
            ShownValue::Bool(value) => {
                let value = if value { "true" } else { "false" };
                self.note(path, value, TextForm::Plain);
            }
        }
    }

    fn note(&mut self, path: &str, text: &str, form: TextForm) {
        let mut end = text.len().min(TEXT_BYTES_MAX);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let text = &text[..end];
        let has = || {
            let words = analysis::object_words(&analysis::seen(text, form), self.language);
            words.iter().any(|word| {
                let word = word.trim_start_matches(analysis::MARK);
                self.words.contains(&word)
            })
        };
        let is_known = self.found.iter().any(|known| known == path);
        if !is_known && self.found.len() < NAMED_MAX && has() {
            self.found.push(path.to_owned());
        }
    }
}
