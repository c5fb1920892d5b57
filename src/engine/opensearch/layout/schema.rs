//! The attributes of a site as documents beside its catalog, so many a document. Invariant: blocks hold numbers in order and
//! without a gap; what stands behind the count that a site says it has is of a write that did not come to its end.

use serde_json::{Value, json};

use crate::domain::{AttributeType, FieldName, Schema};

/// Attributes of one document.
pub(in crate::engine::opensearch) const BLOCK: u32 = 256;

const TYPES: [(&str, AttributeType); 5] = [
    ("text", AttributeType::Text),
    ("numeric", AttributeType::Numeric),
    ("boolean", AttributeType::Boolean),
    ("date", AttributeType::Date),
    ("geo", AttributeType::Geo),
];

/// The blocks that hold anything from the number on, each with its own number.
pub(in crate::engine::opensearch) fn blocks_since(
    schema: &Schema,
    number: u32,
) -> Vec<(u32, Value)> {
    let blocks = number / BLOCK..schema.next_number().div_ceil(BLOCK);
    let block = |block: u32| {
        let attributes = schema.added_since(block * BLOCK);
        let attributes = attributes.take_while(|(number, _, _)| *number < (block + 1) * BLOCK);
        let attributes: Vec<Value> = attributes
            .map(|(_, name, kind)| json!([name.as_str(), name_of(kind)]))
            .collect();
        (block, json!({ "attributes": attributes }))
    };
    blocks.map(block).collect()
}

/// Adds the attributes of the next block, up to the count that is known to be there; `None` for what cannot be read.
pub(in crate::engine::opensearch) fn add_block(
    schema: &mut Schema,
    block: &Value,
    count: u32,
) -> Option<()> {
    let already = schema.next_number() % BLOCK;
    let attributes = block.get("attributes")?.as_array()?;
    for attribute in attributes.iter().skip(already as usize) {
        if schema.next_number() == count {
            break;
        }
        let (name, kind) = (attribute.get(0)?.as_str()?, attribute.get(1)?.as_str()?);
        let (_, kind) = TYPES.iter().find(|(known, _)| *known == kind)?;
        schema.add(FieldName::new(name), *kind);
    }
    Some(())
}

fn name_of(kind: AttributeType) -> &'static str {
    let found = TYPES.iter().find(|(_, known)| *known == kind);
    found.map_or("text", |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(count: u32) -> Schema {
        let mut schema = Schema::default();
        for number in 0..count {
            let (_, kind) = TYPES[number as usize % TYPES.len()];
            schema.add(FieldName::new(&format!("a.{number}")), kind);
        }
        schema
    }

    fn listed(schema: &Schema) -> Vec<(u32, String, AttributeType)> {
        let all = schema.iter();
        all.map(|(number, name, kind)| (number, name.to_string(), kind))
            .collect()
    }

    #[test]
    fn a_schema_comes_back_from_its_blocks_as_far_as_it_was_taken_over() {
        let whole = schema(2 * BLOCK + 3);
        let blocks = blocks_since(&whole, 0);
        assert_eq!(blocks.len(), 3);
        for count in [1, BLOCK, BLOCK + 1, 2 * BLOCK + 3] {
            let mut read = Schema::default();
            for (_, block) in &blocks {
                add_block(&mut read, block, count).expect("readable");
            }
            assert_eq!(listed(&read), listed(&schema(count)), "{count}");
            // And on from there.
            for (_, block) in blocks_since(&whole, count) {
                add_block(&mut read, &block, whole.next_number()).expect("readable");
            }
            assert_eq!(listed(&read), listed(&whole));
        }
        let touched = |from| {
            blocks_since(&whole, from)
                .iter()
                .map(|(at, _)| *at)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            (touched(BLOCK - 1), touched(BLOCK)),
            (vec![0, 1, 2], vec![1, 2])
        );
        assert!(touched(whole.next_number()).len() <= 1);
    }
}
