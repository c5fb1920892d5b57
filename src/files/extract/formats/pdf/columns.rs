//! Columns that a program wrote line by line, left and right in turn: read that way, every sentence is cut. Invariant:
//! pieces change their order only where both sides look like running text; tables and all else stay as written.

use super::glyphs::Piece;

/// Fewer rows are no column.
const ROWS_MIN: usize = 6;
/// Fewer characters in a row are cells of a table rather than lines of a text.
const CHARS_MIN: usize = 24;
/// Of the size of the font: how far lines of a column begin beside each other.
const RAGGED: f64 = 2.0;

/// The pieces in the order in which they are read.
pub(super) fn ordered(pieces: &[Piece]) -> Vec<Piece> {
    let mut ordered = Vec::with_capacity(pieces.len());
    let mut at = 0;
    while at < pieces.len() {
        let rows = rows_from(&pieces[at..]);
        if rows >= ROWS_MIN && is_text(&pieces[at..at + 2 * rows]) {
            let pairs = &pieces[at..at + 2 * rows];
            ordered.extend(pairs.iter().step_by(2).cloned());
            ordered.extend(pairs.iter().skip(1).step_by(2).cloned());
            at += 2 * rows;
        } else {
            ordered.push(pieces[at].clone());
            at += 1;
        }
    }
    ordered
}

/// How many rows of two pieces begin here, one below the other on both sides of a gap.
fn rows_from(pieces: &[Piece]) -> usize {
    let Some([first_left, first_right]) = pieces.first_chunk() else {
        return 0;
    };
    let is_one_row = |left: &Piece, right: &Piece| {
        let is_level = (left.start.y - right.start.y).abs() < left.size / 2.0;
        let is_written_so = left.along.x > 0.99 && right.along.x > 0.99;
        is_level && is_written_so && left.end.x < right.start.x
    };
    let mut gutter = (f64::NEG_INFINITY, f64::INFINITY);
    let mut rows = 0;
    for pair in pieces.chunks_exact(2) {
        let (left, right) = (&pair[0], &pair[1]);
        gutter = (gutter.0.max(left.end.x), gutter.1.min(right.start.x));
        let begins_alike = |piece: &Piece, first: &Piece| {
            (piece.start.x - first.start.x).abs() < RAGGED * first.size
        };
        let is_alike = begins_alike(left, first_left) && begins_alike(right, first_right);
        let is_below = rows == 0 || left.start.y > pieces[2 * rows - 2].start.y;
        if !(is_one_row(left, right) && is_alike && is_below && gutter.0 < gutter.1) {
            break;
        }
        rows += 1;
    }
    rows
}

/// Whether the lines of both sides are long enough, but for the few that end a paragraph.
fn is_text(pairs: &[Piece]) -> bool {
    (0..2).all(|side| {
        let lines = pairs.iter().skip(side).step_by(2);
        let long = lines.filter(|piece| piece.text.chars().count() >= CHARS_MIN);
        long.count() * 4 >= pairs.len() / 2 * 3
    })
}
