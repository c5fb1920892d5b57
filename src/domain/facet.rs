//! Counts of values over a result (docs/reference/05-search.md §7).

use super::fold::{lower, without_accents};
use super::hidden::{ShownName, is_hidden_path};
use super::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetRequest {
    pub field: ShownName,
    /// Most values listed, and most of those that do not fit; of ranges there are no more and no fewer.
    pub values_max: usize,
    /// Numbers and dates are listed value by value, as texts are, each a range from itself to itself.
    pub each_value: bool,
    /// Texts that do not have it are not listed.
    pub values_with: Option<ValuePattern>,
}

impl FacetRequest {
    pub const VALUES_DEFAULT: usize = 30;
    pub const VALUES_MAX: usize = 1000;
    /// Equal-width ranges of numeric and date facets.
    pub const RANGES: usize = 10;
    /// Most facets of one search.
    pub const FACETS_MAX: usize = 50;

    /// Whether few whole numbers are listed one by one. What a price comes to is a range however few there are.
    pub fn lists_few_integers(&self) -> bool {
        !self.field.as_str().ends_with("_amount")
    }

    /// A usual one; `None` for what is hidden.
    pub fn new(field: &str, values_max: usize) -> Option<Self> {
        Some(Self {
            field: ShownName::new(field)?,
            values_max,
            each_value: false,
            values_with: None,
        })
    }
}

/// What values are looked for by: the beginning of any of their words, whatever the case and the accents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValuePattern(String);

impl ValuePattern {
    /// Longest text that values are looked for by; the rest is cut off, as of a query.
    pub const CHARS_MAX: usize = 512;

    /// `None` when nothing is looked for.
    pub fn new(typed: &str) -> Option<Self> {
        let typed: String = typed.trim().chars().take(Self::CHARS_MAX).collect();
        let folded = folded(&typed);
        let is_empty = folded.is_empty();
        (!is_empty).then_some(Self(folded))
    }

    pub fn matches(&self, value: &str) -> bool {
        let value = folded(value);
        // Getting ready to look for a long text takes longer than looking.
        if value.len() < self.0.len() {
            return false;
        }
        value.match_indices(&self.0).any(|(at, _)| {
            let before = value[..at].chars().next_back();
            before.is_none_or(|c| !c.is_alphanumeric())
        })
    }
}

/// As it is compared, with single blanks between words.
fn folded(text: &str) -> String {
    let mut lowered = String::new();
    lower(text, &mut lowered);
    let words: Vec<&str> = lowered.split_whitespace().collect();
    without_accents(&words.join(" "))
}

/// Facets nobody named: on the attributes that say most of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DynamicFacets {
    pub facets_max: usize,
    pub values_max: usize,
}

impl DynamicFacets {
    /// Whether a facet on an attribute of this name can be of use to somebody who did not ask for it.
    /// Hidden attributes, names, links and what identifies one object are not, nor what repeats other
    /// attributes in another form.
    pub fn may_choose(name: &str) -> bool {
        const NEVER: [&str; 19] = [
            "title",
            "description",
            "url",
            "web_url",
            "original_url",
            "id",
            "identity",
            "ean",
            "gtin",
            "isbn",
            "mpn",
            "sku",
            "price",
            "boost",
            "bool_tags",
            "boosted_via",
            "all_categories",
            "hierarchy",
            "margin",
        ];
        const BEGINNINGS: [&str; 5] = [
            "nested_",
            "image",
            "discount_price_",
            "category_",
            "categories_lvl_",
        ];
        const ENDS: [&str; 6] = ["_id", "_url", "_link", "_code", "_path", "_count"];
        let is_repeated = name.starts_with("main_category_lvl_")
            || name == "all_categories_path"
            || name.starts_with("price_") && !name.ends_with("_amount");
        !is_hidden_path(name)
            && !NEVER.contains(&name)
            && !BEGINNINGS.iter().any(|begin| name.starts_with(begin))
            && !ENDS.iter().any(|end| name.ends_with(end))
            && !is_repeated
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct FacetCounts {
    pub field: ShownName,
    pub kind: FacetKind,
    /// What does not fit the type of the attribute, by count descending, then text; of a text nothing.
    pub misfits: Vec<FacetBucket<String>>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum FacetKind {
    /// By count descending, then value.
    Text(Vec<FacetBucket<String>>),
    Boolean(Vec<FacetBucket<bool>>),
    /// Consecutive ranges, edges shared.
    Number(Vec<FacetBucket<(f64, f64)>>),
    Date(Vec<FacetBucket<(Timestamp, Timestamp)>>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct FacetBucket<T> {
    pub value: T,
    pub count: u64,
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("yam", "Yamaha", true)]
    #[case("YAM", "yamaha", true)]
    #[case("zel", "Żelazo", true)]
    #[case("żel", "zelazo", true)]
    #[case("blu", "Sky blue", true)]
    #[case("sky  bl", " Sky blue", true)]
    #[case("blue sky", "Sky blue", false)]
    #[case("blu", "navy-blue", true)]
    #[case("maha", "Yamaha", false)]
    #[case("strasse", "Straße", true)]
    fn a_value_is_found_by_the_beginning_of_its_words(
        #[case] typed: &str,
        #[case] value: &str,
        #[case] expected: bool,
    ) {
        let pattern = ValuePattern::new(typed).expect("something is looked for");
        assert_eq!(pattern.matches(value), expected);
    }

    #[test]
    fn of_a_text_that_is_too_long_the_beginning_is_looked_for() {
        let long = "a".repeat(ValuePattern::CHARS_MAX);
        let pattern = ValuePattern::new(&format!("{long}b")).expect("something is looked for");
        assert!(pattern.matches(&long));
        assert!(!pattern.matches(&long[1..]));
    }

    #[rstest]
    #[case("")]
    #[case("  ")]
    fn nothing_typed_is_no_pattern(#[case] typed: &str) {
        assert_eq!(ValuePattern::new(typed), None);
    }
}
