//! Attributes computed from what was sent (docs/reference/04-data-layout.md §5). Pure: the same object always
//! gives the same attributes, so they are computed where needed and never stored. Invariant: a sent attribute
//! of the same name wins, except that `brand` is merged.

mod categories;
mod distinct;
mod names;
mod nested_values;
mod prices;

use super::colors::color_code;
use super::identity::Identity;
use super::nested::{NestedObject, ancestor_titles};
use super::object::Object;
use super::value::{FieldName, FieldValue, Fields, Number};
use distinct::Distinct;
use names::NAMES;

pub(super) const BRAND: &str = "brand";

/// Computed attributes of one object. Sent attributes of the same name are already taken into
/// account: what is here replaces or adds to the sent ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Derived {
    /// Returned in hits and filterable, but for [`Derived::OUTPUT_ONLY`].
    pub returned: Fields,
    /// Filterable, never returned: `category_path`, `all_categories_path`, `nested_…`.
    pub filter_only: Fields,
}

impl Derived {
    /// Derived attributes that are returned and cannot be filtered by.
    pub const OUTPUT_ONLY: [&str; 2] = ["original_url", "boosted_via"];

    /// Everything that may be filtered by.
    pub(super) fn filterable(&self) -> impl Iterator<Item = (&FieldName, &FieldValue)> {
        let returned = self.returned.iter();
        returned
            .filter(|(name, _)| !Self::OUTPUT_ONLY.contains(&name.as_str()))
            .chain(self.filter_only.iter())
    }
}

pub fn derive(object: &Object) -> Derived {
    derive_for(Use::Everything, object)
}

/// What of [`derive()`] is returned and kept, without the work for the rest.
pub(super) fn derive_returned(object: &Object, keeps: &dyn Fn(&str) -> bool) -> Fields {
    derive_for(Use::Returned(keeps), object).returned
}

#[derive(Clone, Copy)]
enum Use<'a> {
    Everything,
    /// What is kept; nothing is filtered by it.
    Returned(&'a dyn Fn(&str) -> bool),
}

impl Use<'_> {
    fn is_everything(self) -> bool {
        matches!(self, Self::Everything)
    }

    fn keeps(self, name: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Returned(keeps) => keeps(name),
        }
    }
}

fn derive_for(wanted: Use<'_>, object: &Object) -> Derived {
    if object.is_document() {
        return Derived::default();
    }
    let mut attributes = Attributes::new(&object.fields, wanted);
    categories::derive(&mut attributes, &object.nested);
    merge_brand(&mut attributes, &object.nested);
    derive_from_fields(
        &mut attributes,
        &object.identity,
        object.legacy_url.as_deref(),
    );
    let titles = ancestor_titles(&object.fields);
    if !titles.is_empty() {
        attributes.add_returned(&NAMES.hierarchy, || texts(&titles));
    }
    if wanted.is_everything() {
        nested_values::derive(&mut attributes, &object.nested);
    }
    attributes.derived
}

/// What is returned beside the attributes of an object's embedded copy of another
/// (docs/reference/04-data-layout.md §6): what follows from its own fields.
pub(super) fn derive_nested(nested: &NestedObject, keeps: &dyn Fn(&str) -> bool) -> Fields {
    let mut attributes = Attributes::new(&nested.fields, Use::Returned(keeps));
    derive_from_fields(
        &mut attributes,
        &nested.identity,
        nested.legacy_url.as_deref(),
    );
    attributes.derived.returned
}

fn derive_from_fields(
    attributes: &mut Attributes<'_>,
    identity: &Identity,
    legacy_url: Option<&str>,
) {
    prices::derive(attributes);
    derive_color_codes(attributes);
    derive_bool_tags(attributes);
    attributes.add_returned(&NAMES.boost, || FieldValue::Number(Number::Integer(0)));
    attributes.add_returned(&NAMES.boosted_via, || FieldValue::List(Vec::new()));
    attributes.add_returned(&NAMES.original_url, || {
        legacy_url.unwrap_or(identity.as_str()).into()
    });
}

/// What was sent, and what is added to it.
struct Attributes<'a> {
    sent: &'a Fields,
    wanted: Use<'a>,
    derived: Derived,
}

impl<'a> Attributes<'a> {
    fn new(sent: &'a Fields, wanted: Use<'a>) -> Self {
        Self {
            sent,
            wanted,
            derived: Derived::default(),
        }
    }

    fn add_returned(&mut self, name: &FieldName, value: impl FnOnce() -> FieldValue) {
        if self.wanted.keeps(name.as_str()) && !self.sent.contains(name.as_str()) {
            self.derived.returned.insert(name.clone(), value());
        }
    }

    fn add_filter_only(&mut self, name: &FieldName, value: impl FnOnce() -> FieldValue) {
        if self.wanted.is_everything() && !self.sent.contains(name.as_str()) {
            self.derived.filter_only.insert(name.clone(), value());
        }
    }
}

fn texts(texts: &[&str]) -> FieldValue {
    FieldValue::List(texts.iter().map(|&text| text.into()).collect())
}

/// Brands sent, then titles of nested brands, each once. Nothing when the sent ones name them all.
fn merge_brand(attributes: &mut Attributes<'_>, nested: &[NestedObject]) {
    let sent = attributes.sent.get(BRAND).map(FieldValue::elements);
    let mut sent: Vec<&FieldValue> = sent.into_iter().flatten().collect();
    sent.retain(|brand| brand.as_text() != Some(""));
    let mut brands = Distinct::default();
    for text in sent.iter().filter_map(|brand| brand.as_text()) {
        brands.push(text);
    }
    let texts_sent = brands.len();
    for brand in nested {
        if brand.object_type.as_str() == BRAND {
            brands.push(brand.title());
        }
    }
    let titles = &brands.list()[texts_sent..];
    if !titles.is_empty() {
        let sent = sent.into_iter().cloned();
        let merged = sent.chain(titles.iter().map(|&title| title.into()));
        let merged = FieldValue::List(merged.collect());
        attributes
            .derived
            .returned
            .insert(NAMES.brand.clone(), merged);
    }
}

/// `<color…>_code` for every `color…` attribute of which at least one value has a known code.
fn derive_color_codes(attributes: &mut Attributes<'_>) {
    for (name, value) in attributes.sent.iter() {
        let name = name.as_str();
        if !name.starts_with("color") || name.ends_with("_code") {
            continue;
        }
        let colors = value.elements().iter().filter_map(FieldValue::as_text);
        let codes: Vec<FieldValue> = colors
            .filter_map(color_code)
            .map(|code| code.as_ref().into())
            .collect();
        if !codes.is_empty() {
            let code_name = FieldName::new(&format!("{name}_code"));
            attributes.add_returned(&code_name, || FieldValue::List(codes));
        }
    }
}

/// Names of boolean attributes that are true, where there are boolean attributes. Hidden ones stay
/// hidden.
fn derive_bool_tags(attributes: &mut Attributes<'_>) {
    let mut has_booleans = false;
    let mut tags = Vec::new();
    for (name, value) in attributes.sent.iter() {
        if let FieldValue::Bool(is_true) = value
            && !name.is_hidden()
        {
            has_booleans = true;
            if *is_true {
                tags.push(name.as_str().into());
            }
        }
    }
    if has_booleans {
        attributes.add_returned(&NAMES.bool_tags, || FieldValue::List(tags));
    }
}

#[cfg(test)]
mod tests;
