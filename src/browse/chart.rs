//! Bars, drawn as SVG in the page: a style that stands in a page is no style there. Invariant: a bar is never longer
//! than its frame, whatever the numbers are.

/// Of a bar that is full, in units of its drawing.
const FULL: f64 = 100.0;

/// One of several bars that are compared.
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) value: String,
    /// From 0 to [`FULL`].
    pub(super) length: f64,
}

/// How much of the most something is, as the length of a bar.
pub(super) fn length(part: f64, most: f64) -> f64 {
    let share = part / most;
    if share.is_finite() {
        (share * FULL).clamp(0.0, FULL).round()
    } else {
        0.0
    }
}

/// One of many that stand side by side.
pub(super) struct Column {
    pub(super) x: usize,
    /// From 0 to [`FULL`].
    pub(super) height: f64,
}

/// Columns that are compared with the highest of them. What is not nothing is seen.
pub(super) fn columns(values: impl Iterator<Item = f64>) -> Vec<Column> {
    const WIDTH: usize = 10;
    const SEEN: f64 = 2.0;
    let values: Vec<f64> = values.collect();
    let most = values.iter().copied().fold(0.0, f64::max);
    let column = |(at, value): (usize, f64)| {
        let height = length(value, most);
        Column {
            x: at * WIDTH,
            height: if value > 0.0 {
                height.max(SEEN)
            } else {
                height
            },
        }
    };
    values.into_iter().enumerate().map(column).collect()
}

/// A number as people write it: no more digits than say something.
pub(super) fn number(value: f64) -> String {
    let rounded = if value.abs() >= 100.0 || value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.3}")
    };
    if rounded.contains('.') {
        rounded
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned()
    } else {
        rounded
    }
}

/// A count with its thousands apart.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut spaced = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            spaced.push('\u{a0}');
        }
        spaced.push(digit);
    }
    spaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stay_in_their_frame() {
        for (part, most, expected) in [
            (1.0, 2.0, 50.0),
            (3.0, 2.0, 100.0),
            (-1.0, 2.0, 0.0),
            (1.0, 0.0, 0.0),
            (f64::NAN, 1.0, 0.0),
        ] {
            assert!(
                (length(part, most) - expected).abs() < f64::EPSILON,
                "{part}/{most}"
            );
        }
    }

    #[test]
    fn columns_are_compared_with_the_highest() {
        let heights = |values: &[f64]| -> Vec<f64> {
            let columns = columns(values.iter().copied());
            columns.iter().map(|column| column.height).collect()
        };
        assert_eq!(heights(&[0.0, 1.0, 1000.0]), [0.0, 2.0, 100.0]);
        assert_eq!(heights(&[0.0, 0.0]), [0.0, 0.0]);
    }

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(count(0), "0");
        assert_eq!(count(1_234_567), "1\u{a0}234\u{a0}567");
        assert_eq!(count(999), "999");
        for (value, expected) in [
            (2.0, "2"),
            (0.12345, "0.123"),
            (0.5, "0.5"),
            (1234.56, "1235"),
        ] {
            assert_eq!(number(value), expected);
        }
    }
}
