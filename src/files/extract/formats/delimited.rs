//! CSV: cells of a row become a line. Invariant: whatever stands between the cells, each is read without its quotes.

use csv::ReaderBuilder;

use super::super::text::Text;
use super::About;

/// What stands between cells; where the first lines do not tell, the first of these.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// How many lines tell.
const LINES: usize = 20;

pub(super) fn read(cells: &str, text: &mut Text) -> About {
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter(cells))
        .has_headers(false)
        .flexible(true)
        .from_reader(cells.as_bytes());
    let mut row = csv::StringRecord::new();
    // Nothing can go wrong with what is in memory and UTF-8.
    while matches!(reader.read_record(&mut row), Ok(true)) {
        for cell in &row {
            text.push(cell);
            text.space();
        }
        text.line();
        if text.is_full() {
            break;
        }
    }
    About::default()
}

/// The one of which each of the first lines has most.
fn delimiter(cells: &str) -> u8 {
    let fewest = |delimiter: u8| {
        let lines = cells.lines().filter(|line| !line.trim().is_empty());
        let counts = lines.take(LINES).map(|line| count(line, delimiter));
        counts.min().unwrap_or(0)
    };
    let mut best = (DELIMITERS[0], fewest(DELIMITERS[0]));
    for delimiter in &DELIMITERS[1..] {
        let count = fewest(*delimiter);
        if count > best.1 {
            best = (*delimiter, count);
        }
    }
    best.0
}

/// Outside of quotes.
fn count(line: &str, delimiter: u8) -> usize {
    let mut is_quoted = false;
    let counts = line.bytes().filter(|byte| {
        is_quoted ^= *byte == b'"';
        !is_quoted && *byte == delimiter
    });
    counts.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_whatever_is_between_them() {
        for (cells, seen) in [
            ("a,b\n1,2\n", "a b\n1 2"),
            ("a;b,c\n1;2,5\n", "a b,c\n1 2,5"),
            ("a\tb c\r\n1\t2\r\n", "a b c\n1 2"),
            ("\"a;b\";\"c \"\"d\"\"\ne\"\n", "a;b c \"d\" e"),
            ("one column\nof words\n", "one column\nof words"),
            ("a,b,c\nd\n\ne,,f\n", "a b c\nd\ne f"),
            ("\"never closed;a\nb", "never closed;a b"),
        ] {
            let mut text = Text::new(1000);
            read(cells, &mut text);
            assert_eq!(text.finish().0, seen, "{cells:?}");
        }
    }
}
