//! Names of derived attributes, made once: objects are derived by the hundred thousand.

use std::array;
use std::sync::LazyLock;

use super::BRAND;
use crate::domain::value::FieldName;

/// Deepest category level that has attributes of its own (docs/reference/04-data-layout.md §5).
pub(super) const LEVELS: usize = 5;

pub(super) static NAMES: LazyLock<Names> = LazyLock::new(Names::new);

pub(super) struct Names {
    pub(super) brand: FieldName,
    pub(super) category: FieldName,
    pub(super) all_categories: FieldName,
    pub(super) category_path: FieldName,
    pub(super) all_categories_path: FieldName,
    pub(super) hierarchy: FieldName,
    /// By level, top level first, as the three after it.
    pub(super) category_lvl: [FieldName; LEVELS],
    pub(super) categories_lvl: [FieldName; LEVELS],
    pub(super) main_category_lvl: [FieldName; LEVELS],
    pub(super) category_upto_lvl: [FieldName; LEVELS],
    pub(super) bool_tags: FieldName,
    pub(super) boost: FieldName,
    pub(super) boosted_via: FieldName,
    pub(super) original_url: FieldName,
    pub(super) price: PriceNames,
}

/// Attributes that belong to one price, `price` or `price_<x>`.
pub(super) struct PriceNames {
    pub(super) amount: FieldName,
    pub(super) old: FieldName,
    pub(super) old_amount: FieldName,
    pub(super) discount_absolute: FieldName,
    pub(super) discount_percentage: FieldName,
    pub(super) discount_proportion: FieldName,
}

impl Names {
    fn new() -> Self {
        let level_names = |stem: &str| {
            array::from_fn(|at| FieldName::new(&format!("{stem}_lvl_{level}", level = at + 1)))
        };
        Self {
            brand: FieldName::new(BRAND),
            category: FieldName::new("category"),
            all_categories: FieldName::new("all_categories"),
            category_path: FieldName::new("category_path"),
            all_categories_path: FieldName::new("all_categories_path"),
            hierarchy: FieldName::new("hierarchy"),
            category_lvl: level_names("category"),
            categories_lvl: level_names("categories"),
            main_category_lvl: level_names("main_category"),
            category_upto_lvl: level_names("category_upto"),
            bool_tags: FieldName::new("bool_tags"),
            boost: FieldName::new("boost"),
            boosted_via: FieldName::new("boosted_via"),
            original_url: FieldName::new("original_url"),
            price: PriceNames::of("price"),
        }
    }
}

impl PriceNames {
    pub(super) fn of(price: &str) -> Self {
        let name = |text: String| FieldName::new(&text);
        Self {
            amount: name(format!("{price}_amount")),
            old: name(format!("{price}_old")),
            old_amount: name(format!("{price}_old_amount")),
            discount_absolute: name(format!("discount_{price}_absolute_amount")),
            discount_percentage: name(format!("discount_{price}_percentage_amount")),
            discount_proportion: name(format!("discount_{price}_proportion_amount")),
        }
    }
}
