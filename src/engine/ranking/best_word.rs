//! What an object has of many words that are worth the same: those that begin as what is being typed does. Invariant: prose
//! repeats what the other fields say, and says no more than they do.

use super::{TextField, word_worth_of_two};

const TITLE: usize = TextField::Title as usize;
const PROSE: usize = TextField::Everything as usize;

/// What the best of the words is worth in one object.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BestWord {
    in_title: f32,
    elsewhere: f32,
    /// Where that is, if it is anything, of [`TextField::ALL`].
    elsewhere_in: u8,
}

impl BestWord {
    /// Of which only the title is known.
    pub fn of_title(in_title: f32) -> Self {
        Self {
            in_title,
            ..Self::default()
        }
    }

    /// One of the words stands in this field of [`TextField::ALL`]; fields are noted in their order.
    #[inline]
    pub fn note(&mut self, field: usize, worth: f32) {
        if field == TITLE {
            self.in_title = self.in_title.max(worth);
        } else if worth > self.elsewhere && !(field == PROSE && self.is_named()) {
            self.elsewhere = worth;
            self.elsewhere_in = field as u8;
        }
    }

    /// Whether a field before prose has a word.
    fn is_named(&self) -> bool {
        self.in_title > 0.0 || self.elsewhere > 0.0 && usize::from(self.elsewhere_in) != PROSE
    }

    /// Whether any field has a word.
    #[inline]
    pub fn is_any(&self) -> bool {
        self.in_title > 0.0 || self.elsewhere > 0.0
    }

    /// What it adds by the title.
    pub fn in_title(&self) -> f32 {
        self.in_title
    }

    /// All it is worth.
    pub fn worth(&self) -> f32 {
        word_worth_of_two(self.in_title, self.elsewhere)
    }

    /// What it is worth in each field.
    pub fn by_field(&self) -> [f32; TextField::ALL.len()] {
        let mut by_field = [0.0; TextField::ALL.len()];
        by_field[usize::from(self.elsewhere_in)] = self.elsewhere;
        by_field[TITLE] = self.in_title;
        by_field
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(noted: &[(TextField, f32)]) -> BestWord {
        let mut best = BestWord::default();
        for (field, worth) in noted {
            best.note(*field as usize, *worth);
        }
        best
    }

    #[test]
    fn prose_says_no_more_than_what_it_repeats() {
        let in_title = best(&[(TextField::Title, 0.5), (TextField::Everything, 0.9)]);
        assert_eq!(in_title, BestWord::of_title(0.5));
        let in_line = best(&[(TextField::Line, 0.5), (TextField::Everything, 0.9)]);
        assert_eq!(in_line, best(&[(TextField::Line, 0.5)]));
        let told = best(&[(TextField::Everything, 0.2), (TextField::Everything, 0.9)]);
        assert_eq!(told, best(&[(TextField::Everything, 0.9)]));
        assert_ne!(told, in_line);
        assert!(told.is_any() && !BestWord::default().is_any());
    }
}
