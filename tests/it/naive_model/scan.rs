//! What a catalog file says, by reading it from top to bottom (docs/reference/02-content.md §4,
//! docs/reference/04-data-layout.md §3, §5).

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

/// Every object the file leaves behind, standalone or extracted, in order of first appearance.
pub(super) struct Scan {
    objects: Vec<Scanned>,
}

pub(super) struct Scanned {
    pub(super) identity: String,
    pub(super) object_type: String,
    /// Extracted from a master: no hit unless its type is asked for.
    is_variant: bool,
    pub(super) brands: BTreeSet<String>,
    /// Titles of all category paths.
    pub(super) categories: BTreeSet<String>,
    /// Every category path and every beginning of one.
    pub(super) paths: BTreeSet<String>,
    pub(super) price: Option<f64>,
}

impl Scan {
    pub(super) fn of(objects: &[Value]) -> Self {
        let mut scan = Self {
            objects: Vec::new(),
        };
        let mut places = HashMap::new();
        let mut put = |object: Scanned| {
            let place = *places
                .entry(object.identity.clone())
                .or_insert(scan.objects.len());
            if place == scan.objects.len() {
                scan.objects.push(object);
            } else {
                scan.objects[place] = object;
            }
        };
        for object in objects {
            put(Scanned::standalone(object));
            for nested in list(&object["nested"]) {
                for ancestor in list(&nested["fields"]["ancestors"]) {
                    put(Scanned::extracted(ancestor));
                }
                put(Scanned::extracted(nested));
            }
        }
        scan
    }

    /// What an unfiltered search finds.
    pub(super) fn visible(&self) -> impl Iterator<Item = &Scanned> {
        self.objects.iter().filter(|object| !object.is_variant)
    }

    pub(super) fn products(&self) -> impl Iterator<Item = &Scanned> {
        self.objects
            .iter()
            .filter(|object| object.object_type == "product")
    }

    /// Identities of the products for which the condition holds.
    pub(super) fn identities(&self, holds: impl Fn(&Scanned) -> bool) -> Vec<String> {
        let holding = self.products().filter(|object| holds(object));
        holding.map(|object| object.identity.clone()).collect()
    }
}

impl Scanned {
    fn standalone(object: &Value) -> Self {
        let mut scanned = Self {
            price: price(&object["fields"]),
            ..Self::extracted(object)
        };
        scanned.is_variant = false;
        let brand = &object["fields"]["brand"];
        scanned.brands.extend(brand.as_str().map(str::to_owned));
        scanned.brands.extend(list(brand).iter().map(text));
        for nested in list(&object["nested"]) {
            match nested["type"].as_str() {
                Some("brand") => {
                    scanned.brands.insert(title(nested));
                }
                Some("category") => scanned.add_path(nested),
                _ => {}
            }
        }
        scanned
    }

    fn add_path(&mut self, category: &Value) {
        let ancestors = list(&category["fields"]["ancestors"]);
        let mut path = String::new();
        for step in ancestors.iter().chain([category]) {
            let title = title(step);
            if !path.is_empty() {
                path.push_str("||");
            }
            path.push_str(&title);
            self.paths.insert(path.clone());
            self.categories.insert(title);
        }
    }

    /// Attributes of what is extracted are not looked at.
    fn extracted(object: &Value) -> Self {
        let object_type = text(&object["type"]);
        Self {
            identity: text(&object["identity"]),
            is_variant: object_type == "variant",
            object_type,
            brands: BTreeSet::new(),
            categories: BTreeSet::new(),
            paths: BTreeSet::new(),
            price: None,
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Inside `fields`, or beside them in the flat form.
fn title(object: &Value) -> String {
    let inside = object["fields"]["title"].as_str();
    inside.map_or_else(|| text(&object["title"]), str::to_owned)
}

/// The amount sent, else the one in the price text. Thousands are not understood, so that no text can
/// be read in two ways.
fn price(fields: &Value) -> Option<f64> {
    if let Some(amount) = fields["price_amount"].as_f64() {
        return Some(amount);
    }
    let price = fields["price"].as_str()?;
    let kept = price
        .chars()
        .filter(|c| c.is_ascii_digit() || matches!(c, '.' | ','));
    let number = kept.collect::<String>().replace(',', ".");
    Some(number.parse().expect("a price without thousands marks"))
}
