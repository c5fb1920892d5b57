//! Amounts of prices, and discounts against the old ones (docs/reference/04-data-layout.md §3, §5).

use super::Attributes;
use super::names::{NAMES, PriceNames};
use crate::domain::price::parse_price;
use crate::domain::value::{FieldName, FieldValue, Fields, Number};

const AMOUNT: &str = "_amount";

/// `<price>_amount` of every `price…` attribute, and the discounts of those that are no old price.
pub(super) fn derive(attributes: &mut Attributes<'_>) {
    for (name, value) in attributes.sent.iter() {
        let name = name.as_str();
        if !is_price(name) {
            continue;
        }
        let Some(stem) = name.strip_suffix(AMOUNT) else {
            derive_one(attributes, name, Some(value));
            continue;
        };
        // An amount sent without its price; with it, the price was or will be met by itself.
        if is_price(stem) && !attributes.sent.contains(stem) {
            derive_one(attributes, stem, None);
        }
    }
}

fn derive_one(attributes: &mut Attributes<'_>, price: &str, sent: Option<&FieldValue>) {
    match price {
        "price" => derive_named(attributes, sent, &NAMES.price),
        "price_old" => add_amount(attributes, &NAMES.price.old_amount, sent),
        _ if is_old_price(price) => {
            add_amount(
                attributes,
                &FieldName::new(&format!("{price}{AMOUNT}")),
                sent,
            );
        }
        _ => derive_named(attributes, sent, &PriceNames::of(price)),
    }
}

fn derive_named(attributes: &mut Attributes<'_>, sent: Option<&FieldValue>, names: &PriceNames) {
    add_amount(attributes, &names.amount, sent);
    let fields = attributes.sent;
    let Some(amount) = amount(fields, &names.amount, sent) else {
        return;
    };
    let old = amount_of_old(fields, names).unwrap_or_default();
    let discount = Discount::between(old, amount);
    attributes.add_returned(&names.discount_absolute, || float(discount.absolute));
    attributes.add_returned(&names.discount_percentage, || float(discount.percentage));
    attributes.add_returned(&names.discount_proportion, || float(discount.proportion));
}

fn add_amount(attributes: &mut Attributes<'_>, name: &FieldName, price: Option<&FieldValue>) {
    if let Some(amount) = price.and_then(stated_amount) {
        attributes.add_returned(name, || float(amount));
    }
}

fn amount_of_old(fields: &Fields, names: &PriceNames) -> Option<f64> {
    amount(fields, &names.old_amount, fields.get(names.old.as_str()))
}

/// The amount sent, else the one the price states.
fn amount(fields: &Fields, name: &FieldName, price: Option<&FieldValue>) -> Option<f64> {
    match fields.get(name.as_str()) {
        Some(sent) => sent.as_number(),
        None => price.and_then(stated_amount),
    }
}

/// The amount of a price sent as text or number.
fn stated_amount(price: &FieldValue) -> Option<f64> {
    match price {
        FieldValue::Text(text) => parse_price(text),
        FieldValue::Number(_) => price.as_number(),
        _ => None,
    }
}

struct Discount {
    absolute: f64,
    percentage: f64,
    proportion: f64,
}

impl Discount {
    /// Nothing off when there is no old price or it is not higher.
    fn between(old: f64, now: f64) -> Self {
        let absolute = (old - now).max(0.0);
        let proportion = if absolute > 0.0 && old > 0.0 {
            absolute / old
        } else {
            0.0
        };
        Self {
            absolute: round(if old > 0.0 { absolute } else { 0.0 }, 2),
            percentage: round(proportion * 100.0, 1),
            proportion: round(proportion, 3),
        }
    }
}

/// Rounds to so many decimals (docs/reference/04-data-layout.md §9).
fn round(number: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    let rounded = (number * scale).round() / scale;
    // Scaling the largest amounts overflows; they have no decimals to round.
    if rounded.is_finite() { rounded } else { number }
}

fn is_price(name: &str) -> bool {
    name == "price" || name.starts_with("price_")
}

fn is_old_price(name: &str) -> bool {
    name.ends_with("_old") || name.starts_with("price_old_")
}

fn float(amount: f64) -> FieldValue {
    FieldValue::Number(Number::Float(amount))
}
