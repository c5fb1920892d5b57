//! The titles of hits as they were sent, for what has to tell them apart letter by letter. Invariant: a title
//! is read for hits that were found already, never for all that might be.

use std::collections::HashMap;

use crate::domain::{AttributeType, Schema};
use crate::engine::embedded::index::segments::columns::{Address, open_texts, texts_of};
use crate::engine::embedded::index::segments::segment::Segment;

/// Titles of these documents. One that is too long for a column has none.
pub(in super::super) fn titles(
    addresses: &[Address],
    segments: &[Segment<'_>],
    schema: &Schema,
) -> tantivy::Result<HashMap<Address, String>> {
    let mut titles = HashMap::with_capacity(addresses.len());
    let Some((number, AttributeType::Text)) = schema.get("title") else {
        return Ok(titles);
    };
    for (at, segment) in segments.iter().enumerate() {
        let here = addresses.iter().filter(|address| address.segment == at);
        let here: Vec<Address> = here.copied().collect();
        if here.is_empty() {
            continue;
        }
        let Some(column) = open_texts(segment, number)? else {
            continue;
        };
        let first = |address: Address| Some((column.ords().first(address.doc)?, address));
        let mut numbered: Vec<(u64, Address)> = here.into_iter().filter_map(first).collect();
        numbered.sort_unstable();
        let mut distinct: Vec<u64> = numbered.iter().map(|(number, _)| *number).collect();
        distinct.dedup();
        let texts: HashMap<u64, String> = texts_of(&column, &distinct)?
            .into_iter()
            .zip(&distinct)
            .map(|(text, number)| (*number, text))
            .collect();
        let named = numbered.into_iter();
        titles.extend(
            named.filter_map(|(number, address)| Some((address, texts.get(&number)?.clone()))),
        );
    }
    Ok(titles)
}
