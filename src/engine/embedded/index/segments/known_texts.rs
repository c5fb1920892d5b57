//! The texts of a small dictionary, read once: facets name the same brands and categories with every search, and reading
//! them costs unpacking the dictionary. Invariant: what is kept is what the column has, in its order.

use std::sync::Arc;

use tantivy::columnar::StrColumn;

use super::columns::texts_of;
use super::segment::Segment;

/// Texts of a dictionary that is kept.
const TEXTS_MAX: usize = 8_192;
/// The same in bytes.
const BYTES_MAX: usize = 256 << 10;

/// Texts by their numbers.
pub(in super::super) struct KnownTexts {
    texts: String,
    ends: Vec<u32>,
}

impl KnownTexts {
    fn new(texts: &[String]) -> Self {
        let mut known = Self {
            texts: String::with_capacity(texts.iter().map(String::len).sum()),
            ends: Vec::with_capacity(texts.len()),
        };
        for text in texts {
            known.texts.push_str(text);
            known.ends.push(known.texts.len() as u32);
        }
        known
    }

    pub(in super::super) fn get(&self, number: u64) -> Option<&str> {
        let at = usize::try_from(number).ok()?;
        let end = *self.ends.get(at)? as usize;
        let start = at
            .checked_sub(1)
            .map_or(0, |before| self.ends[before] as usize);
        self.texts.get(start..end)
    }

    fn bytes(&self) -> usize {
        self.texts.len() + self.ends.len() * size_of::<u32>()
    }
}

/// Those of a column of texts of the segment, kept under this name; `None` where they are many.
pub(in super::super) fn of(
    segment: &Segment<'_>,
    name: &str,
    column: &StrColumn,
) -> tantivy::Result<Option<Arc<KnownTexts>>> {
    if column.num_terms() > TEXTS_MAX {
        return Ok(None);
    }
    segment.made(name, || {
        let numbers: Vec<u64> = (0..column.num_terms() as u64).collect();
        let known = KnownTexts::new(&texts_of(column, &numbers)?);
        let bytes = known.bytes();
        // That there are too many bytes is kept as well.
        let fits = bytes <= BYTES_MAX;
        Ok(if fits {
            (Some(Arc::new(known)), bytes)
        } else {
            (None, 0)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_by_their_numbers() {
        let texts = ["", "a", "ž b", "z"].map(str::to_owned);
        let known = KnownTexts::new(&texts);
        for (number, text) in (0..).zip(&texts) {
            assert_eq!(known.get(number), Some(text.as_str()));
        }
        assert_eq!(known.get(4), None);
        assert_eq!(known.get(u64::MAX), None);
        assert_eq!(KnownTexts::new(&[]).get(0), None);
    }
}
