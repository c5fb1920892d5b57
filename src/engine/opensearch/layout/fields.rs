//! How fields are called: those of words, and that of what stands for an object.

use crate::engine::ranking::TextField;

/// How a field of words is called.
pub(in crate::engine::opensearch) const fn field_name(field: TextField) -> &'static str {
    match field {
        TextField::Title => "title",
        TextField::Brand => "brand",
        TextField::Category => "category",
        TextField::Codes => "codes",
        TextField::Line => "line",
        TextField::Attributes => "short",
        TextField::Everything => "text",
    }
}

/// How that of hidden words is called.
pub(in crate::engine::opensearch) const HIDDEN: &str = "hidden";

/// Nested documents of what stands for an object.
pub(in crate::engine::opensearch) const STAND_INS: &str = "v";
