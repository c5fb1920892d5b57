//! What was looked for instead of what was typed.

/// A query with words replaced or dropped, in the order typed. Invariant: at least one is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    pub words: Vec<CorrectedWord>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CorrectedWord {
    Kept(String),
    Replaced {
        typed: String,
        by: String,
    },
    /// It occurs nowhere, nor does anything like it.
    Dropped(String),
}

impl Correction {
    /// The words that stand for others.
    pub fn replacements(&self) -> impl Iterator<Item = &str> {
        let by = self.words.iter().filter_map(|word| match word {
            CorrectedWord::Replaced { by, .. } => Some(by.as_str()),
            CorrectedWord::Kept(_) | CorrectedWord::Dropped(_) => None,
        });
        by.flat_map(|by| by.split(' '))
    }

    /// The same with its replacements written otherwise, where `write` knows how.
    #[must_use]
    pub fn written(mut self, write: impl Fn(&str) -> Option<String>) -> Self {
        for word in &mut self.words {
            if let CorrectedWord::Replaced { by, .. } = word {
                let words = by.split(' ');
                let words = words.map(|word| write(word).unwrap_or_else(|| word.to_owned()));
                *by = words.collect::<Vec<String>>().join(" ");
            }
        }
        self
    }

    /// `None` when every word is kept.
    pub fn new(words: Vec<CorrectedWord>) -> Option<Self> {
        let is_kept = |word: &CorrectedWord| matches!(word, CorrectedWord::Kept(_));
        (!words.iter().all(is_kept)).then_some(Self { words })
    }
}
