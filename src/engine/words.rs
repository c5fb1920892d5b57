//! What of an object `q` finds: every attribute by its text, titles of nested objects, every
//! attribute of nested variants (docs/reference/04-data-layout.md §9).
//! Invariants: the words of every weighted field are among those of [`TextField::Everything`] and those
//! of what is hidden, so a search need only look there to know whether an object matches; in the former
//! there is no word that only hidden attributes have.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::iter;
use std::ops::Range;

use super::analysis;
use super::ranking::{self, TextField};
use crate::domain::{
    AttributeType, Derived, FieldName, FieldValue, Fields, NestedObject, Object, Schema, TextForm,
    Timestamp,
};

/// Where the text of an object goes: written into one buffer, then named by its ranges.
pub(in crate::engine) trait TextSink {
    fn buffer_mut(&mut self) -> &mut String;

    /// A part of the buffer is text of this field.
    fn add_field(&mut self, field: TextField, range: Range<usize>);

    /// A part of the buffer is what of the object is hidden.
    fn add_hidden(&mut self, range: Range<usize>);
}

/// Hands over everything that words find the object by.
pub(in crate::engine) fn push_text_of(
    sink: &mut impl TextSink,
    schema: &Schema,
    object: &Object,
    derived: &Derived,
    with_links: bool,
) {
    let mut weighted: Vec<(TextField, Range<usize>)> = Vec::with_capacity(8);
    let mut push_part = |text: &mut String, part: Part| {
        let whole = text.len();
        let wanted = Wanted::of(part, with_links);
        for (name, value) in searched(schema, object, derived, with_links) {
            let start = text.len();
            let wanted = wanted.written(object.text_form(name.as_str()));
            push_attribute(text, schema, name, value, wanted);
            let of_attribute = start..text.len();
            if !of_attribute.is_empty() {
                let values = value.elements().len();
                let field = ranking::field_of(name.as_str(), &text[of_attribute.clone()], values);
                weighted.extend(field.map(|field| (field, of_attribute)));
            }
        }
        for nested in &object.nested {
            push_nested(text, schema, nested, wanted);
        }
        whole..text.len()
    };
    let shown = push_part(sink.buffer_mut(), Part::Shown);
    let hidden = push_part(sink.buffer_mut(), Part::Hidden);
    for (field, range) in weighted {
        sink.add_field(field, range);
    }
    sink.add_field(TextField::Everything, shown);
    if !hidden.is_empty() {
        sink.add_hidden(hidden);
    }
}

/// The article codes of an object and of its variants, each once. A document has none.
pub(in crate::engine) fn codes(object: &Object) -> BTreeSet<String> {
    if object.is_document() {
        return BTreeSet::new();
    }
    let variants = object.nested.iter();
    let variants = variants.filter(|nested| nested.object_type.is_variant());
    let all = iter::once(&object.fields).chain(variants.map(|variant| &variant.fields));
    let of_codes = all.flat_map(Fields::iter);
    let of_codes = of_codes.filter(|(name, _)| ranking::is_article_code(name.as_str()));
    let values = of_codes.flat_map(|(_, value)| value.elements());
    let codes = values.filter_map(|value| match value {
        FieldValue::Text(text) => analysis::code(&analysis::visible(text)),
        FieldValue::Number(number) => analysis::code(&number.to_string()),
        FieldValue::Bool(_) | FieldValue::List(_) | FieldValue::Map(_) => None,
    });
    codes.collect()
}

/// The titles of the categories that an object is in. A document has none.
pub(in crate::engine) fn kinds<'a>(
    object: &'a Object,
    derived: &'a Derived,
) -> impl Iterator<Item = &'a str> {
    let categories = derived.returned.get("category");
    let categories = categories.or_else(|| object.fields.get("category"));
    let categories = categories.filter(|_| !object.is_document());
    let titles = categories.into_iter().flat_map(FieldValue::elements);
    titles.filter_map(FieldValue::as_text)
}

/// Calls `each` for every attribute that has words, by its number, to write its text behind what stands for the number.
pub(in crate::engine) fn for_each_attribute(
    schema: &Schema,
    object: &Object,
    derived: &Derived,
    with_links: bool,
    mut each: impl FnMut(u32, &dyn Fn(&mut String)),
) {
    for (name, value) in searched(schema, object, derived, with_links) {
        if let Some(attribute) = schema.attribute_of(object, name.as_str()) {
            each(attribute, &|text| {
                let wanted = Wanted::all(with_links);
                push_value(text, value, wanted.written(object.text_form(name.as_str())));
            });
        }
    }
}

/// The attributes that words are looked for in.
fn searched<'a>(
    schema: &'a Schema,
    object: &'a Object,
    derived: &'a Derived,
    with_links: bool,
) -> impl Iterator<Item = (&'a FieldName, &'a FieldValue)> {
    let sent = object.fields.iter().filter(|(name, _)| {
        let replaced = DERIVED.contains(&name.as_str()) && derived.returned.contains(name.as_str());
        !replaced
    });
    let computed = derived.returned.iter();
    let computed = computed.filter(|(name, _)| DERIVED.contains(&name.as_str()));
    let all = sent.chain(computed);
    all.filter(move |(name, _)| {
        if object.is_document() {
            schema.is_searched(&object.object_type, name.as_str())
        } else {
            ranking::is_searchable(name.as_str(), with_links)
        }
    })
}

/// Derived attributes whose words are not all among the sent ones. They hold what was sent under the
/// same name, so they stand for it.
const DERIVED: [&str; 2] = ["category", "brand"];

/// What of an object is written: its words are kept apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Shown,
    /// What has a hidden name, and what lies under one.
    Hidden,
}

/// What of a value is written.
#[derive(Clone, Copy)]
struct Wanted {
    scope: Scope,
    with_links: bool,
    form: TextForm,
}

#[derive(Clone, Copy)]
enum Scope {
    All,
    Nothing,
    /// What of it is of the part, where all above it is shown.
    Of(Part),
}

impl Wanted {
    fn all(with_links: bool) -> Self {
        Self {
            scope: Scope::All,
            with_links,
            form: TextForm::Markup,
        }
    }

    fn of(part: Part, with_links: bool) -> Self {
        Self {
            scope: Scope::Of(part),
            with_links,
            form: TextForm::Markup,
        }
    }

    /// The same of values that are written so.
    fn written(self, form: TextForm) -> Self {
        Self { form, ..self }
    }

    /// What is written of the value of this name or key.
    fn under(self, name: &FieldName) -> Self {
        let scope = match self.scope {
            Scope::Of(Part::Shown) if name.is_hidden() => Scope::Nothing,
            Scope::Of(Part::Hidden) if name.is_hidden() => Scope::All,
            other => other,
        };
        Self { scope, ..self }
    }

    fn has_scalars(self) -> bool {
        matches!(self.scope, Scope::All | Scope::Of(Part::Shown))
    }
}

/// Titles of everything nested, all attributes of variants.
fn push_nested(text: &mut String, schema: &Schema, nested: &NestedObject, wanted: Wanted) {
    if nested.object_type.is_variant() {
        for (name, value) in nested.fields.iter() {
            if ranking::is_searchable(name.as_str(), wanted.with_links) {
                push_attribute(text, schema, name, value, wanted);
            }
        }
    } else if wanted.has_scalars() {
        push_text(text, nested.title(), wanted.form);
    }
    for inner in &nested.nested {
        push_nested(text, schema, inner, wanted);
    }
}

/// Of an instant its day: nobody types the rest, and `00` would find whatever has one.
fn push_attribute(
    text: &mut String,
    schema: &Schema,
    name: &FieldName,
    value: &FieldValue,
    wanted: Wanted,
) {
    let wanted = wanted.under(name);
    let kind = schema.get(name.as_str()).map(|(_, kind)| kind);
    if kind != Some(AttributeType::Date) {
        push_value(text, value, wanted);
        return;
    }
    if !wanted.has_scalars() {
        return;
    }
    for element in value.elements() {
        match element {
            FieldValue::Text(instant) if Timestamp::parse(instant).is_some() => {
                let day = instant.split(['T', 't', ' ']).next();
                push_text(text, day.unwrap_or_default(), wanted.form);
            }
            other => push_scalar(text, other, wanted.form),
        }
    }
}

/// Inner keys at every depth, but for links.
fn push_value(text: &mut String, value: &FieldValue, wanted: Wanted) {
    match value {
        FieldValue::Map(inner) => {
            for (key, value) in inner.iter() {
                if wanted.with_links || !ranking::is_link(key.as_str()) {
                    push_value(text, value, wanted.under(key));
                }
            }
        }
        FieldValue::List(list) => {
            for element in list {
                push_value(text, element, wanted);
            }
        }
        scalar if wanted.has_scalars() => push_scalar(text, scalar, wanted.form),
        _ => {}
    }
}

fn push_scalar(text: &mut String, value: &FieldValue, form: TextForm) {
    match value {
        FieldValue::Text(value) => push_text(text, value, form),
        FieldValue::Number(number) => {
            writeln!(text, "{number}").expect("writing to a string does not fail");
        }
        FieldValue::Bool(value) => {
            push_text(text, if *value { "true" } else { "false" }, TextForm::Plain);
        }
        FieldValue::List(_) | FieldValue::Map(_) => {}
    }
}

/// As people see it. Each value alone: a tag that is not closed in one is no matter of the next.
fn push_text(text: &mut String, value: &str, form: TextForm) {
    text.push_str(&analysis::seen(value, form));
    text.push('\n');
}
