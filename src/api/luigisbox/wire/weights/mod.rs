//! What requests of this API take in memory once they are read (see [`Weights`]). Invariant: at least what is
//! held until the request is answered, in whatever shape it was sent; the tests beside measure it.

use crate::domain::{FieldName, FieldValue};
use crate::http::json::{Copies, ListWeight, Weights};

/// Memory of an allocation beside what was asked for.
const HEAD: usize = 16;

/// An object on its way through the writer: its names, heads and derived attributes.
const OBJECT: usize = 1_000;

/// Objects to be written: read into [`FieldValue`]s, and encoded for the store.
pub const CONTENT: Weights = Weights {
    usual_per_byte: 12,
    byte_tenths: 3,
    copied_byte_tenths: 13,
    map: HEAD,
    element: size_of::<FieldValue>(),
    // With the counters of a name that is shared.
    entry: size_of::<(FieldName, FieldValue)>() + HEAD,
    // Beyond it names are found by a table; two of them while it is read.
    entries_narrow: 32,
    entry_wide: 2 * 57,
    lists: &[
        ListWeight {
            name: "objects",
            each: OBJECT,
            copies: Copies::Times(0),
        },
        // Kept in their object, and objects of their own.
        ListWeight {
            name: "nested",
            each: OBJECT,
            copies: Copies::Times(1),
        },
        // Each is stored with those above it.
        ListWeight {
            name: "ancestors",
            each: OBJECT,
            copies: Copies::ForEachBehind { elements_max: 32 },
        },
    ],
};

#[cfg(test)]
mod tests;
