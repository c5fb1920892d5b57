//! Amounts out of formatted price texts (contract 04 §3).

/// The amount a price text states, whatever its thousands and decimal marks: `1 234,56 Kč` is 1234.56.
/// `None` when it holds no digits.
pub fn parse_price(_text: &str) -> Option<f64> {
    todo!()
}
