//! Ascending numbers as bytes: their count, then each by its distance from the one before.

use crate::engine::embedded::store::leb128::{put_number, take_number};

pub(in crate::engine::embedded) fn encode_ascending(numbers: &[u64]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(2 + numbers.len());
    put_number(&mut bytes, numbers.len() as u64);
    let mut before = 0;
    for &number in numbers {
        put_number(&mut bytes, number.wrapping_sub(before));
        before = number;
    }
    bytes
}

/// `None` when the bytes are not what [`encode_ascending`] writes.
pub(in crate::engine::embedded) fn decode_ascending(mut bytes: &[u8]) -> Option<Vec<u64>> {
    let count = take_number(&mut bytes)?;
    let mut numbers = Vec::new();
    let mut before = 0_u64;
    for _ in 0..count {
        before = before.wrapping_add(take_number(&mut bytes)?);
        numbers.push(before);
    }
    bytes.is_empty().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_read_back_as_written(mut numbers in prop::collection::vec(any::<u64>(), 0..50)) {
            numbers.sort_unstable();
            prop_assert_eq!(decode_ascending(&encode_ascending(&numbers)), Some(numbers));
        }

        #[test]
        fn any_bytes_decode_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Some(numbers) = decode_ascending(&bytes) {
                prop_assert!(numbers.len() <= bytes.len());
            }
        }
    }
}
