//! What requests of this API take in memory once they are read (see [`Weights`]). Invariant: at least what is
//! held until the request is answered, in whatever shape it was sent.

use crate::domain::{FieldName, FieldValue};
use crate::http::json::{Copies, ListWeight, Weights};

/// Memory of an allocation beside what was asked for.
const HEAD: usize = 16;

/// Documents to be written. Each field is a map where it is sent, and an entry where it is kept.
pub(in crate::api::swiftype) const DOCUMENTS: Weights = Weights {
    usual_per_byte: 5,
    // The parameters as they were sent, then the form that is stored.
    byte_tenths: 13,
    copied_byte_tenths: 0,
    map: HEAD,
    element: size_of::<FieldValue>() + size_of::<&str>(),
    entry: size_of::<(FieldName, FieldValue)>() + HEAD,
    entries_narrow: 32,
    entry_wide: 2 * 57,
    lists: &[ListWeight {
        name: "documents",
        each: 2_000,
        copies: Copies::Times(0),
    }],
};

#[cfg(test)]
mod tests;
