//! The whole query as it was probably meant.

use super::correction::{CorrectedWord, Correction};

#[derive(Clone, Debug, PartialEq)]
pub struct SpellingSuggestion {
    pub text: String,
    /// How near it is to what was typed, between 0 and 1.
    pub score: f32,
}

impl SpellingSuggestion {
    /// `None` where nothing else is meant: every word is kept, or dropped without a replacement.
    pub fn of(correction: &Correction) -> Option<Self> {
        let mut text = String::new();
        let (mut letters, mut edits, mut is_other) = (0, 0, false);
        for word in &correction.words {
            let (typed, meant) = match word {
                CorrectedWord::Kept(word) | CorrectedWord::Dropped(word) => (word, word),
                CorrectedWord::Replaced { typed, by } => {
                    is_other = true;
                    (typed, by)
                }
            };
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(meant);
            let typed_letters = typed.chars().count();
            letters += typed_letters.max(meant.chars().count());
            edits += match word {
                CorrectedWord::Kept(_) => 0,
                CorrectedWord::Replaced { .. } => distance(typed, meant),
                // Nobody knows what it means.
                CorrectedWord::Dropped(_) => typed_letters,
            };
        }
        is_other.then(|| Self {
            text,
            score: 1.0 - edits as f32 / letters.max(1) as f32,
        })
    }
}

/// Letters inserted, left out, changed or swapped with their neighbour, whatever their case.
fn distance(one: &str, other: &str) -> usize {
    let letters = |text: &str| text.to_lowercase().chars().collect::<Vec<char>>();
    let (one, other) = (letters(one), letters(other));
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (i, &a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &b) in other.iter().enumerate() {
            let changed = last[j] + usize::from(a != b);
            let mut edits = changed.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a == other[j - 1] && one[i - 1] == b {
                edits = edits.min(before[j - 1] + 1);
            }
            row.push(edits);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[other.len()]
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn replaced(typed: &str, by: &str) -> CorrectedWord {
        CorrectedWord::Replaced {
            typed: typed.to_owned(),
            by: by.to_owned(),
        }
    }

    fn kept(word: &str) -> CorrectedWord {
        CorrectedWord::Kept(word.to_owned())
    }

    fn of(words: Vec<CorrectedWord>) -> Option<SpellingSuggestion> {
        SpellingSuggestion::of(&Correction::new(words).expect("a change"))
    }

    #[test]
    fn replaced_words_make_a_suggestion() {
        let near = of(vec![kept("red"), replaced("sheos", "shoes")]).expect("a suggestion");
        assert_eq!(near.text, "red shoes");
        assert!((near.score - 7.0 / 8.0).abs() < 1e-6);
        let far = of(vec![kept("red"), replaced("sheoz", "shoes")]).expect("a suggestion");
        assert!(far.score < near.score);
    }

    #[test]
    fn a_word_nobody_knows_stays_and_lowers_the_score() {
        let dropped = || CorrectedWord::Dropped("xyzzy".to_owned());
        assert_eq!(of(vec![kept("red"), dropped()]), None);
        let suggestion = of(vec![replaced("sheos", "shoes"), dropped()]).expect("a suggestion");
        assert_eq!(suggestion.text, "shoes xyzzy");
        assert!(suggestion.score < 0.5);
    }

    #[rstest]
    #[case("", "", 0)]
    #[case("Shoes", "shoes", 0)]
    #[case("sheos", "shoes", 1)]
    #[case("kitten", "sitting", 3)]
    #[case("", "abc", 3)]
    #[case("abc", "", 3)]
    fn distances(#[case] one: &str, #[case] other: &str, #[case] edits: usize) {
        assert_eq!(distance(one, other), edits);
    }
}
