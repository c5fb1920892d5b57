//! Names as something a site can run out of: for which there is always room, which are still in use, and how
//! those go that are not. Invariant: an attribute that an object or a document type has is never given up.

use std::collections::HashSet;
use std::convert::Infallible;
use std::ops::ControlFlow;

use super::walk::{Visitor, walk};
use super::{AttributeType, Schema, attributes};
use crate::domain::derived::{Derived, derive_nested};
use crate::domain::entry::ANCESTORS;
use crate::domain::nested::NestedObject;
use crate::domain::object::Object;
use crate::domain::stand_in::stand_ins_of;
use crate::domain::value::{FieldName, FieldValue, Fields};

/// Attributes that shops everywhere have, and what is derived from them: a feed that used up all names must not
/// keep out a product that has nothing odd about it.
const ALWAYS_TAKEN: [&str; 46] = [
    "title",
    "description",
    "brand",
    "category",
    "all_categories",
    "category_path",
    "all_categories_path",
    "category_lvl_1",
    "category_lvl_2",
    "category_lvl_3",
    "category_lvl_4",
    "category_lvl_5",
    "categories_lvl_1",
    "categories_lvl_2",
    "categories_lvl_3",
    "categories_lvl_4",
    "categories_lvl_5",
    "main_category_lvl_1",
    "main_category_lvl_2",
    "main_category_lvl_3",
    "main_category_lvl_4",
    "main_category_lvl_5",
    "category_upto_lvl_1",
    "category_upto_lvl_2",
    "category_upto_lvl_3",
    "category_upto_lvl_4",
    "category_upto_lvl_5",
    "hierarchy",
    "bool_tags",
    "price",
    "price_amount",
    "price_old",
    "price_old_amount",
    "discount_price_absolute_amount",
    "discount_price_percentage_amount",
    "discount_price_proportion_amount",
    "availability",
    "availability_rank",
    "availability_rank_text",
    "boost",
    "_margin",
    "margin",
    "introduced_at",
    "web_url",
    "image_link",
    "color",
];

/// Whether an attribute of this name is taken whatever number of others there is.
fn is_always_taken(name: &str) -> bool {
    let mut of_nested = ["nested_category_", "nested_brand_"].iter();
    let nested = of_nested.find_map(|stem| name.strip_prefix(stem));
    nested.is_some_and(|field| ["url", "id"].contains(&field))
        || ALWAYS_TAKEN.contains(&nested.unwrap_or(name))
}

impl Schema {
    /// From so many names on a site is short of them.
    const SHORT_FROM: usize = Self::ATTRIBUTES_MAX / 10 * 9;

    /// Whether there is room for an attribute of this name beside `others` that are new, too.
    pub(super) fn has_room(&self, name: &str, others: usize) -> bool {
        let numbers_left = (u32::MAX - self.next_number) as usize;
        let is_free = self.len() + others < Self::ATTRIBUTES_MAX || is_always_taken(name);
        is_free && others < numbers_left
    }

    pub fn is_short_of_names(&self) -> bool {
        self.len() >= Self::SHORT_FROM
    }

    /// Numbers of the attributes that may go: that no document type has declared, and that are worth it. Those that
    /// are always taken and have their type from their name would only come back as they were, and an emptied
    /// catalog can still be sorted by price. Whether an object has them is another question.
    pub fn may_go(&self) -> HashSet<u32> {
        let is_loose = |name: &FieldName, kind| {
            !(is_always_taken(name.as_str()) && Self::is_fixed(name.as_str(), kind))
        };
        let loose = self.iter().filter(|(_, name, kind)| is_loose(name, *kind));
        let mut numbers: HashSet<u32> = loose.map(|(number, ..)| number).collect();
        for document_type in self.document_types().iter() {
            let fields = document_type.fields().iter();
            for field in fields.chain(document_type.updated_at()) {
                numbers.remove(&field.attribute);
            }
        }
        numbers
    }

    /// Calls `each` for every attribute that the object has, by number: of several values several times. What it
    /// would bring along if it were new is what it has.
    pub fn for_each_attribute(
        &self,
        object: &Object,
        derived: &Derived,
        mut each: impl FnMut(u32),
    ) {
        if object.is_document() {
            for (name, _) in object.fields.iter() {
                if let Some(number) = self.attribute_of(object, name.as_str()) {
                    each(number);
                }
            }
            return;
        }
        let mut numbers = Numbers { schema: self, each };
        let ControlFlow::Continue(()) = walk(attributes(object), &mut numbers);
        let ControlFlow::Continue(()) = walk(derived.filterable(), &mut numbers);
        for at in stand_ins_of(object) {
            numbers.walk_variant(&object.nested[at]);
        }
    }

    /// Gives up attributes: their names are as if they had never been there.
    pub fn remove(&mut self, numbers: &HashSet<u32>) {
        let (attributes, by_name) = (&mut self.attributes, &mut self.by_name);
        attributes.retain(|attribute| {
            let stays = !numbers.contains(&attribute.number);
            if !stays {
                by_name.remove(&attribute.name);
            }
            stays
        });
    }

    /// Adds an attribute as it was written down; `false` when its number is not above all others, or its name is
    /// there.
    pub fn restore(&mut self, number: u32, name: FieldName, kind: AttributeType) -> bool {
        if number < self.next_number || number == u32::MAX || self.get(name.as_str()).is_some() {
            return false;
        }
        self.next_number = number;
        self.add(name, kind);
        true
    }

    /// Numbers below this one were given, whether anybody still has them or not.
    pub fn give_from(&mut self, number: u32) {
        self.next_number = self.next_number.max(number);
    }
}

/// Hands out the numbers of what is walked over.
struct Numbers<'s, F> {
    schema: &'s Schema,
    each: F,
}

impl<F: FnMut(u32)> Numbers<'_, F> {
    fn walk_variant(&mut self, variant: &NestedObject) {
        let sent = variant.fields.iter();
        let sent = sent.filter(|(name, _)| name.as_str() != ANCESTORS);
        let ControlFlow::Continue(()) = walk(sent, self);
        let derived = Derived {
            returned: derive_nested(variant, &|_| true),
            filter_only: Fields::new(),
        };
        let ControlFlow::Continue(()) = walk(derived.filterable(), self);
    }
}

impl<'a, F: FnMut(u32)> Visitor<'a> for Numbers<'_, F> {
    type Stop = Infallible;

    fn kind(&self, name: &str) -> Option<AttributeType> {
        self.schema.kind(name)
    }

    fn visit(&mut self, name: &str, _: &'a FieldValue) -> ControlFlow<Infallible> {
        if let Some((number, _)) = self.schema.get(name) {
            (self.each)(number);
        }
        ControlFlow::Continue(())
    }
}
