//! What makes two objects alike: their category, what their attributes have in common, their prices; and what one
//! client likes. Invariant: nothing hidden counts.

use std::collections::{BTreeSet, HashMap};

use crate::domain::facet::DynamicFacets;
use crate::domain::filter::FieldFilter;
use crate::domain::filter_tree::FilterTree;
use crate::domain::hidden::{ShownObject, ShownValue};
use crate::domain::value::{FieldValue, Fields};

/// Levels of a category that attributes of their own name.
const LEVELS: usize = 5;

/// Facts of one object that are compared, and the longest value that is one.
const FACTS_MAX: usize = 64;
const FACT_BYTES_MAX: usize = 64;

/// How much of the likeness is in attributes; the rest is in the price.
const FACTS_SHARE: f64 = 0.6;

/// Up to so much dearer is as good as the same price.
const DEARER: f64 = 1.3;
const CHEAPER_SHARE: f64 = 0.9;

/// The category an object lies in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CategoryOf {
    /// Titles from the top level on.
    Path(Vec<String>),
    /// What an attribute says.
    Named(String),
}

impl CategoryOf {
    /// Whatever lies in it.
    pub fn filter(&self) -> FilterTree {
        FilterTree::Leaf(match self {
            Self::Path(titles) => FieldFilter::untyped("all_categories_path", titles.join("||")),
            Self::Named(name) => FieldFilter::untyped("category", name.as_str()),
        })
    }

    /// The one it lies in; `None` for a top one.
    pub fn above(&self) -> Option<Self> {
        match self {
            Self::Path(titles) if titles.len() > 1 => {
                Some(Self::Path(titles[..titles.len() - 1].to_vec()))
            }
            _ => None,
        }
    }
}

/// What an object is compared by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Traits {
    pub category: Option<CategoryOf>,
    pub brand: Option<String>,
    pub price: Option<f64>,
    /// Names and values of attributes.
    facts: BTreeSet<(String, String)>,
}

impl Traits {
    pub fn of(object: ShownObject<'_>) -> Self {
        let is_level = |name: &str| name.starts_with("main_category_lvl_");
        let keeps = |name: &str| is_level(name) || matches!(name, "brand" | "price_amount");
        let derived = object.derived(&keeps);
        Self {
            category: category(object, &derived),
            brand: first_text(object, &derived, "brand"),
            price: number(object, &derived, "price_amount")
                .or_else(|| number(object, &derived, "price"))
                .filter(|price| *price > 0.0),
            facts: facts(object),
        }
    }

    /// How much another object can take the place of this one, from 0 to 1.
    pub fn likeness(&self, other: &Self) -> f64 {
        let shared = self.facts.intersection(&other.facts).count();
        let shared = shared as f64 / (self.facts.len().max(1)) as f64;
        let prices = self.price.zip(other.price);
        let price = prices.map_or(0.5, |(own, other)| price_likeness(other / own));
        FACTS_SHARE * shared + (1.0 - FACTS_SHARE) * price
    }

    /// The prices among which there are alternatives.
    pub fn price_range(&self) -> Option<FilterTree> {
        let price = self.price?;
        let range = format!("{}|{}", price * 0.7, price * 1.8);
        Some(FilterTree::Leaf(FieldFilter::untyped(
            "price_amount",
            range,
        )))
    }

    /// The facts, as wishes of a search, so many at most.
    pub fn wishes(&self, most: usize) -> Vec<FieldFilter> {
        let facts = self.facts.iter().take(most);
        facts
            .map(|(name, value)| FieldFilter::untyped(name.as_str(), value.as_str()))
            .collect()
    }
}

/// Near, or a bit above.
fn price_likeness(ratio: f64) -> f64 {
    if !ratio.is_finite() || ratio <= 0.0 {
        0.0
    } else if ratio < 1.0 {
        CHEAPER_SHARE * ratio
    } else {
        (DEARER / ratio).min(1.0).powi(2)
    }
}

fn category(object: ShownObject<'_>, derived: &Fields) -> Option<CategoryOf> {
    let level = |number: usize| first_text(object, derived, &format!("main_category_lvl_{number}"));
    let titles: Vec<String> = (1..=LEVELS).map_while(level).collect();
    if !titles.is_empty() {
        return Some(CategoryOf::Path(titles));
    }
    let named = object.fields().get("category")?;
    // The last of a list is the nearest.
    let last = named
        .texts()
        .filter(|name| !name.trim().is_empty())
        .last()?;
    Some(CategoryOf::Named(last.to_owned()))
}

fn first_text(object: ShownObject<'_>, derived: &Fields, name: &str) -> Option<String> {
    let sent = object.fields().get(name);
    let sent = sent.and_then(|value| value.texts().find(|text| !text.trim().is_empty()));
    let found = sent.or_else(|| {
        let elements = derived.get(name)?.elements();
        elements.iter().find_map(|element| element.as_text())
    });
    found.map(str::to_owned)
}

fn number(object: ShownObject<'_>, derived: &Fields, name: &str) -> Option<f64> {
    let number = match object.fields().get(name) {
        Some(ShownValue::Number(number)) => Some(number.as_f64()),
        Some(value) => value.texts().find_map(|text| text.trim().parse().ok()),
        None => derived.get(name).and_then(FieldValue::as_number),
    };
    number.filter(|number| number.is_finite())
}

/// Names and values of what the object has in common with others, if anything.
fn facts(object: ShownObject<'_>) -> BTreeSet<(String, String)> {
    let mut facts = BTreeSet::new();
    for (name, value) in object.fields().iter() {
        let name = name.as_str();
        let is_told = DynamicFacets::may_choose(name)
            && !name.starts_with("availability")
            && !name.starts_with("price")
            && !matches!(name, "category" | "introduced_at");
        if !is_told {
            continue;
        }
        let mut add = |value: String| {
            if facts.len() < FACTS_MAX && !value.is_empty() && value.len() <= FACT_BYTES_MAX {
                facts.insert((name.to_owned(), value));
            }
        };
        match value {
            ShownValue::Number(number) => add(number.to_string()),
            ShownValue::Bool(flag) => add(flag.to_string()),
            texts => texts.texts().for_each(|text| add(text.to_owned())),
        }
    }
    facts
}

/// What a client has had to do with, by category and brand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    categories: HashMap<CategoryOf, f64>,
    brands: HashMap<String, f64>,
    total: f64,
}

impl Profile {
    /// From objects, the latest first.
    pub fn of<'t>(traits: impl IntoIterator<Item = &'t Traits>) -> Self {
        let mut profile = Self::default();
        for (at, one) in traits.into_iter().enumerate() {
            let weight = 1.0 / (1.0 + at as f64 / 10.0);
            profile.total += weight;
            if let Some(category) = &one.category {
                *profile.categories.entry(category.clone()).or_default() += weight;
            }
            if let Some(brand) = &one.brand {
                *profile.brands.entry(brand.clone()).or_default() += weight;
            }
        }
        profile
    }

    /// How much an object resembles what the client had to do with, from 0 to 1.
    pub fn likes(&self, traits: &Traits) -> f64 {
        if self.total == 0.0 {
            return 0.0;
        }
        let of_category = traits.category.as_ref();
        let category = of_category.and_then(|category| self.categories.get(category));
        let brand = traits
            .brand
            .as_ref()
            .and_then(|brand| self.brands.get(brand));
        let sum = category.copied().unwrap_or(0.0) + brand.copied().unwrap_or(0.0);
        sum / (2.0 * self.total)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::domain::hidden::FoundObject;
    use crate::domain::testing::{json, object};

    fn traits(attributes: &Value, nested: &[Value]) -> Traits {
        let found = FoundObject::new(Arc::new(object(attributes, nested)));
        Traits::of(found.shown())
    }

    #[test]
    fn an_object_is_known_by_category_brand_price_and_facts() {
        let category = json!({"identity": "c", "type": "category", "title": "Socks",
            "ancestors": [{"title": "Wear", "url": "w", "type": "category"}]});
        let told = traits(
            &json!({"title": "T", "brand": "Acme", "price": "9.50 €", "color": ["red", "blue"], "size": 7,
                "is_warm": true, "_cost": "x", "web_url": "/a", "description": "d"}),
            &[category],
        );
        let path = ["Wear", "Socks"].map(str::to_owned).to_vec();
        assert_eq!(told.category, Some(CategoryOf::Path(path)));
        assert_eq!(
            told.category.as_ref().and_then(CategoryOf::above),
            Some(CategoryOf::Path(vec!["Wear".into()]))
        );
        assert_eq!(
            (told.brand.as_deref(), told.price),
            (Some("Acme"), Some(9.5))
        );
        let facts: Vec<String> = told
            .facts
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(
            facts,
            [
                "brand=Acme",
                "color=blue",
                "color=red",
                "is_warm=true",
                "size=7"
            ]
        );
        let named = traits(&json!({"title": "T", "category": ["Wear", "Hats"]}), &[]);
        assert_eq!(named.category, Some(CategoryOf::Named("Hats".into())));
    }

    #[test]
    fn a_bit_dearer_is_better_than_cheaper_and_much_dearer_is_worse() {
        let of = |price: f64, color: &str| {
            traits(
                &json!({"title": "T", "price_amount": price, "color": color}),
                &[],
            )
        };
        let own = of(10.0, "red");
        let by = |price: f64| own.likeness(&of(price, "red"));
        assert!(by(11.0) > by(9.5) && by(9.5) > by(5.0) && by(12.0) > by(30.0));
        assert!(own.likeness(&of(10.0, "red")) > own.likeness(&of(10.0, "blue")));
    }

    #[test]
    fn a_client_likes_what_it_had_to_do_with() {
        let of = |brand: &str| {
            traits(
                &json!({"title": "T", "brand": brand, "category": "Hats"}),
                &[],
            )
        };
        let profile = Profile::of([&of("Acme"), &of("Acme"), &of("Hill")]);
        assert!(profile.likes(&of("Acme")) > profile.likes(&of("Hill")));
        assert!(profile.likes(&of("Hill")) > profile.likes(&of("Else")));
        assert!(Profile::default().likes(&of("Acme")) == 0.0);
    }

    proptest! {
        #[test]
        fn likeness_is_between_0_and_1(own in 0.0_f64..1e9, other in 0.0_f64..1e9, colors in proptest::collection::vec("[a-c]", 0..4)) {
            let of = |price: f64, colors: &[String]| traits(&json!({"title": "T", "price_amount": price, "color": colors}), &[]);
            let likeness = of(own, &colors).likeness(&of(other, &["a".to_owned()]));
            prop_assert!((0.0..=1.0).contains(&likeness));
        }
    }
}
