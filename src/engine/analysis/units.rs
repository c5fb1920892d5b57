//! Units of measure, as they stand behind numbers. `500 ml`, `500ml` and `500-ml` are one thing.

/// The unit as it is joined to its number, if the word is one.
pub(super) fn canonical(word: &str) -> Option<&str> {
    match word {
        "in" | "inch" | "inches" | "zoll" => Some(INCH),
        "l" | "ltr" | "litre" | "liter" => Some("l"),
        _ => UNITS.binary_search(&word).ok().map(|at| UNITS[at]),
    }
}

/// What a double prime behind a number means.
pub(super) const INCH: &str = "inch";

/// Sorted.
const UNITS: [&str; 45] = [
    "a", "ah", "bar", "cl", "cm", "dl", "dpi", "ft", "g", "gb", "gbps", "ghz", "hz", "kb", "kg",
    "khz", "km", "kva", "kw", "kwh", "lb", "lm", "m", "ma", "mah", "mb", "mbps", "mg", "mhz", "ml",
    "mm", "mp", "ms", "nm", "oz", "pcs", "ppm", "psi", "px", "rpm", "tb", "v", "va", "w", "wh",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_sorted() {
        assert!(UNITS.is_sorted());
    }
}
