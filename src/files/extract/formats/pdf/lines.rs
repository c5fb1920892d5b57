//! Pieces of lines as a text. Invariant: words that stand apart on the page are apart; one that was hyphenated at the
//! end of a line is whole.

use super::super::super::text::Text;
use super::columns;
use super::glyphs::Piece;

/// Of the size of the font: how far below a line the next one begins that belongs to it.
const LINE_HEIGHT_MAX: f64 = 1.9;
/// How far apart what stands in one line may be from it.
const SAME_LINE: f64 = 0.5;

/// What is between two pieces.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Between {
    Nothing,
    Space,
    Line,
    Paragraph,
}

pub(super) fn write(pieces: &[Piece], text: &mut Text) {
    let pieces = columns::ordered(pieces);
    for (number, piece) in pieces.iter().enumerate() {
        let words = piece.text.trim_end();
        let Some(next) = pieces.get(number + 1) else {
            text.push(words);
            return;
        };
        match between(piece, next) {
            Between::Nothing => text.push(words.trim_end_matches(is_hyphen)),
            Between::Space => {
                text.push(words);
                text.space();
            }
            Between::Line => {
                text.push(words);
                text.line();
            }
            Between::Paragraph => {
                text.push(words);
                text.paragraph();
            }
        }
        if text.is_full() {
            return;
        }
    }
}

fn between(piece: &Piece, next: &Piece) -> Between {
    let size = piece.size.max(next.size);
    let is_same_way = piece.along.dot(next.along) > 0.99;
    let way = next.start - piece.end;
    if is_same_way && way.cross(piece.along).abs() < SAME_LINE * size && way.dot(piece.along) > 0.0
    {
        return Between::Space;
    }
    let below = (next.start - piece.start).cross(piece.along).abs();
    let goes_on = is_same_way && below < LINE_HEIGHT_MAX * size && piece.size < 1.3 * next.size;
    if is_hyphenated(&piece.text, &next.text) {
        Between::Nothing
    } else if goes_on {
        Between::Line
    } else {
        Between::Paragraph
    }
}

fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{ad}' | '\u{2010}')
}

/// Whether a word goes on in the next line. One that is written with a hyphen and broken there loses it.
fn is_hyphenated(line: &str, next: &str) -> bool {
    let line = line.trim_end();
    let Some(head) = line.strip_suffix(is_hyphen) else {
        return false;
    };
    head.ends_with(char::is_alphabetic) && next.trim_start().starts_with(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use kurbo::{Point, Vec2};

    use super::*;

    fn piece(text: &str, x: f64, y: f64) -> Piece {
        Piece {
            text: text.to_owned(),
            start: Point::new(x, y),
            end: Point::new(x + 5.0 * text.len() as f64, y),
            along: Vec2::new(1.0, 0.0),
            size: 10.0,
        }
    }

    fn written(pieces: &[Piece]) -> String {
        let mut text = Text::new(10_000);
        write(pieces, &mut text);
        text.finish().0
    }

    #[test]
    fn lines_cells_and_paragraphs_are_apart() {
        let pieces = vec![
            piece("a cell", 0.0, 0.0),
            piece("another", 200.0, 1.0),
            piece("the next line of exam- ", 0.0, 12.0),
            piece("ples ends in A-", 0.0, 24.0),
            piece("Z", 0.0, 36.0),
            piece("apart", 0.0, 90.0),
        ];
        let seen = "a cell another\nthe next line of examples ends in A-\nZ\n\napart";
        assert_eq!(written(&pieces), seen);
    }

    #[test]
    fn columns_that_are_written_line_by_line_are_read_one_by_one() {
        let rows = |left: &str, right: &str| {
            let row = |number: i32| {
                let y = f64::from(number) * 12.0;
                [
                    piece(&format!("{left} {number}"), 0.0, y),
                    piece(&format!("{right} {number}"), 300.0, y),
                ]
            };
            (0..8).flat_map(row).collect::<Vec<Piece>>()
        };
        let text = written(&rows(
            "a sentence of the left side",
            "the right side has its own",
        ));
        let left: Vec<String> = (0..8)
            .map(|number| format!("a sentence of the left side {number}"))
            .collect();
        assert!(text.starts_with(&left.join("\n")), "{text}");
        let table = written(&rows("apples", "12"));
        assert!(table.starts_with("apples 0 12 0\napples 1 12 1"), "{table}");
    }
}
