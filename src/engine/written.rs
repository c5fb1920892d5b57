//! How words are written that are looked for without accents, in lower case. Invariant: what is told is shown by some object.

use super::analysis;
use crate::domain::{ShownFields, ShownObject, ShownValue, TextForm};

/// Objects asked for each word: most shops write a word in one way.
pub(in crate::engine) const WITNESSES_MAX: usize = 5;
/// Most words that are asked about.
pub(in crate::engine) const WORDS_MAX: usize = 16;

/// How most of the objects write a word; of equally common ways the first.
pub(in crate::engine) fn commonest<'o>(
    objects: impl Iterator<Item = ShownObject<'o>>,
    word: &str,
) -> Option<String> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for spelling in objects.filter_map(|object| spelling(object, word)) {
        match counts.iter_mut().find(|(known, _)| *known == spelling) {
            Some((_, count)) => *count += 1,
            None => counts.push((spelling, 1)),
        }
    }
    let commonest = counts.into_iter().rev().max_by_key(|(_, count)| *count);
    commonest.map(|(spelling, _)| spelling)
}

/// How an object writes a word that the index knows without its accents, in lower case.
fn spelling(object: ShownObject<'_>, word: &str) -> Option<String> {
    const DERIVED: [&str; 2] = ["category", "brand"];
    let markup = |_: &str| TextForm::Markup;
    let title = object
        .fields()
        .get("title")
        .and_then(|title| in_value(title, object.text_form("title"), word));
    let nested = || {
        object
            .nested()
            .find_map(|nested| in_fields(nested.fields(), &markup, word))
    };
    let derived = || {
        let derived = object.derived(&|name| DERIVED.contains(&name));
        in_fields(ShownFields::new(&derived), &markup, word)
    };
    let sent = || in_fields(object.fields(), &|name| object.text_form(name), word);
    title.or_else(sent).or_else(nested).or_else(derived)
}

fn in_fields(
    fields: ShownFields<'_>,
    form: &dyn Fn(&str) -> TextForm,
    word: &str,
) -> Option<String> {
    let mut fields = fields.iter();
    fields.find_map(|(name, value)| in_value(value, form(name.as_str()), word))
}

fn in_value(value: ShownValue<'_>, form: TextForm, word: &str) -> Option<String> {
    match value {
        ShownValue::Text(text) => analysis::as_written(&analysis::seen(text, form), word),
        ShownValue::List(list) => {
            let mut elements = list.iter();
            elements.find_map(|element| in_value(element, form, word))
        }
        ShownValue::Map(inner) => in_fields(inner, &|_| form, word),
        ShownValue::Number(_) | ShownValue::Bool(_) => None,
    }
}
