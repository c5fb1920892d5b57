//! By what a number multiplies a score, where a search asks for it (docs/reference/10-swiftype.md §6).

use crate::domain::BoostFunction;

/// Greatest factor: scores stay finite, and products of a few of them do.
pub const FACTOR_MAX: f64 = 1e6;

/// At least 0, at most [`FACTOR_MAX`]; an object without the number counts as one with 0.
pub fn factor(function: BoostFunction, number: Option<f64>) -> f32 {
    let number = number.unwrap_or(0.0);
    let factor = match function {
        BoostFunction::Linear => number,
        // Of 0 it is 0, and nothing in between is negative.
        BoostFunction::Logarithmic => number.max(0.0).ln_1p(),
        BoostFunction::Exponential => number.exp(),
    };
    if factor.is_nan() {
        return 0.0;
    }
    factor.clamp(0.0, FACTOR_MAX) as f32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FUNCTIONS: [BoostFunction; 3] = [
        BoostFunction::Linear,
        BoostFunction::Logarithmic,
        BoostFunction::Exponential,
    ];

    #[test]
    fn more_is_better_and_nothing_is_least() {
        for function in FUNCTIONS {
            let factors = [None, Some(0.0), Some(1.0), Some(2.5), Some(10.0)];
            let factors = factors.map(|number| factor(function, number));
            assert!(factors.is_sorted(), "{function:?}: {factors:?}");
            assert!(factors[2] > factors[1], "{function:?}");
        }
    }

    proptest! {
        #[test]
        fn factors_are_bounded(number in any::<f64>()) {
            for function in FUNCTIONS {
                let factor = factor(function, Some(number));
                prop_assert!((0.0..=FACTOR_MAX as f32).contains(&factor));
            }
        }
    }
}
