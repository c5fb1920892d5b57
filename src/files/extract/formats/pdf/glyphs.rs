//! The glyphs of a page as pieces of lines. Invariant: a piece holds what stands beside each other in the order in
//! which it was written; where a gap shows, there is a space, and what was drawn twice at a place is there once.

use std::collections::HashSet;

use hayro_interpret::font::Glyph;
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::{
    BlendMode, ClipPath, Device, GlyphDrawMode, Image, Paint, PathDrawMode, SoftMask,
};
use kurbo::{Affine, BezPath, Point, Vec2};

/// What stands beside each other.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) start: Point,
    /// Where the next glyph would stand.
    pub(super) end: Point,
    /// Where it goes on, of length one.
    pub(super) along: Vec2,
    /// The size of its font.
    pub(super) size: f64,
}

/// Of the size of the font: what is apart as far is another word, what is further apart another piece.
const WORD_GAP: f64 = 0.15;
const PIECE_GAP: f64 = 1.5;
/// How far a glyph may go back before the end of the last one: letters are moved closer, accents over them.
const BACK: f64 = 0.6;
/// How far above or below the line small signs stand.
const BESIDE_LINE: f64 = 0.5;
/// Where the width of a glyph is not known.
const UNKNOWN_ADVANCE: f64 = 0.5;
/// What is drawn so near to the same glyph is drawn for its weight.
const SAME_PLACE: f64 = 0.05;
/// Most glyphs of a page: posters and plans have some 100,000.
const GLYPHS_MAX: usize = 1_000_000;
/// Most characters that a glyph stands for.
const CHARS_MAX: usize = 32;

/// Reads a page.
#[derive(Default)]
pub(super) struct PageReader {
    pieces: Vec<Piece>,
    seen: HashSet<(char, i64, i64)>,
    count: usize,
}

/// A glyph, and where it stands.
struct Placed {
    at: Point,
    along: Vec2,
    size: f64,
    advance: f64,
    is_advance_known: bool,
}

impl PageReader {
    pub(super) fn finish(self) -> Vec<Piece> {
        self.pieces
    }

    fn place(glyph: &Glyph<'_>, transform: Affine) -> Option<Placed> {
        const EM: f64 = 1000.0;
        let at = transform * Point::ZERO;
        let em = transform * Point::new(EM, 0.0) - at;
        let size = (transform * Point::new(0.0, EM) - at).hypot();
        let advance = match glyph {
            Glyph::Outline(outline) => outline.advance_width().map(f64::from),
            Glyph::Type3(_) => None,
        };
        let is_sane = [at.x, at.y, em.x, em.y, size]
            .iter()
            .all(|number| number.is_finite());
        let placed = Placed {
            at,
            along: em / em.hypot(),
            size,
            advance: em.hypot() * advance.map_or(UNKNOWN_ADVANCE, |advance| advance / EM),
            is_advance_known: advance.is_some(),
        };
        (is_sane && size > 0.0 && em.hypot() > 0.0 && placed.advance.is_finite()).then_some(placed)
    }

    /// Whether the same was drawn here before.
    fn is_again(&mut self, first: char, placed: &Placed) -> bool {
        let cell = placed.size * SAME_PLACE;
        let (x, y) = ((placed.at.x / cell) as i64, (placed.at.y / cell) as i64);
        let around = (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (dx, dy)));
        let mut around = around.map(|(dx, dy)| (first, x.saturating_add(dx), y.saturating_add(dy)));
        let is_again = around.any(|place| self.seen.contains(&place));
        self.seen.insert((first, x, y));
        is_again
    }

    fn add(&mut self, text: &str, placed: &Placed) {
        let end = placed.at + placed.along * placed.advance;
        if let Some(piece) = self.pieces.last_mut()
            && let Some(gap) = gap(piece, placed)
        {
            let word_gap = if placed.is_advance_known {
                WORD_GAP
            } else {
                UNKNOWN_ADVANCE + WORD_GAP
            };
            if gap > word_gap * placed.size.max(piece.size) {
                piece.text.push(' ');
            }
            piece.text.push_str(text);
            piece.end = end;
            // Small signs beside a line are no line of their own.
            piece.size = piece.size.max(placed.size);
            return;
        }
        if !text.trim().is_empty() {
            self.pieces.push(Piece {
                text: text.to_owned(),
                start: placed.at,
                end,
                along: placed.along,
                size: placed.size,
            });
        }
    }
}

/// How far behind the end of a piece a glyph stands; `None` where it is not part of it.
fn gap(piece: &Piece, placed: &Placed) -> Option<f64> {
    let size = piece.size.max(placed.size);
    let way = placed.at - piece.end;
    let is_same_way = piece.along.dot(placed.along) > 0.99;
    let gap = way.dot(piece.along);
    let is_on_line = way.cross(piece.along).abs() < BESIDE_LINE * size;
    let is_near = gap > -BACK * size && gap < PIECE_GAP * size;
    (is_same_way && is_on_line && is_near).then_some(gap)
}

impl<'a> Device<'a> for PageReader {
    fn draw_glyph(
        &mut self,
        glyph: &Glyph<'a>,
        transform: Affine,
        glyph_transform: Affine,
        _: &Paint<'a>,
        _: &GlyphDrawMode,
    ) {
        self.count += 1;
        if self.count > GLYPHS_MAX {
            return;
        }
        let Some(meaning) = glyph.as_unicode() else {
            return;
        };
        let text: String = match meaning {
            BfString::Char(c) => c.to_string(),
            BfString::String(text) => text.chars().take(CHARS_MAX).collect(),
        };
        let Some(first) = text.chars().next() else {
            return;
        };
        if let Some(placed) = Self::place(glyph, transform * glyph_transform)
            && !self.is_again(first, &placed)
        {
            self.add(&text, &placed);
        }
    }

    fn set_soft_mask(&mut self, _: Option<SoftMask<'a>>) {}
    fn set_blend_mode(&mut self, _: BlendMode) {}
    fn draw_path(&mut self, _: &BezPath, _: Affine, _: &Paint<'a>, _: &PathDrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'a, '_>, _: Affine) {}
    fn pop_clip_path(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
