//! CSV: cells of a row become a line. Invariant: whatever stands between the cells, each is read without its quotes.

use csv::ReaderBuilder;

use super::super::text::Text;
use super::About;

/// What stands between cells. Where two are as frequent, the first of them: a comma is also part of numbers.
const DELIMITERS: [u8; 4] = [b'\t', b';', b'|', b','];
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

/// The one of which each of the first lines has most, or all of them together.
fn delimiter(cells: &str) -> u8 {
    let lines = cells.lines().filter(|line| !line.trim().is_empty());
    let lines: Vec<&str> = lines.take(LINES).collect();
    let found = |delimiter: u8| {
        let counts = lines.iter().map(|line| count(line, delimiter));
        (counts.clone().min().unwrap_or(0), counts.sum::<usize>())
    };
    let best = DELIMITERS
        .into_iter()
        .rev()
        .max_by_key(|delimiter| found(*delimiter));
    best.unwrap_or(b',')
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
