//! What searches of a process know of the words of a catalog, as long as it looks the same. Invariant: what is known was looked
//! up after the catalog was seen so, and whoever finds that it looks otherwise forgets it: no word that can be found is missed.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::sight::Sight;
use crate::engine::expand::found_words::Spelling;
use crate::engine::ranking::TextField;

pub(super) const FIELDS: usize = TextField::ALL.len();

/// Entries that are kept. All are forgotten before there are more.
const ENTRIES_MAX: usize = 50_000;

/// What begins so, or almost so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Beginning {
    pub(super) is_of_title: bool,
    pub(super) text: String,
    pub(super) is_misspelled: bool,
}

/// Answers about words.
#[derive(Default)]
pub(super) struct Answers {
    /// Objects with words, and the average length of each field.
    pub(super) whole: Option<(u64, [f32; FIELDS])>,
    /// How many objects have a word in each field, the hidden one last.
    pub(super) frequencies: HashMap<String, [u64; FIELDS + 1]>,
    pub(super) similar: HashMap<String, Vec<Spelling>>,
    pub(super) beginnings: HashMap<Beginning, Vec<Spelling>>,
    /// How many objects a query finds, by its digest.
    pub(super) counts: HashMap<String, u64>,
    /// Types there are.
    pub(super) types: Option<Vec<String>>,
}

impl Answers {
    fn entries(&self) -> usize {
        let lists = self.similar.len() + self.beginnings.len();
        self.frequencies.len() + self.counts.len() + 20 * lists
    }
}

#[derive(Default)]
pub(in crate::engine::opensearch::search) struct KnownWords(Mutex<Known>);

#[derive(Default)]
struct Known {
    sight: Option<Sight>,
    answers: Answers,
}

impl KnownWords {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the catalog looked last.
    pub(super) fn sight(&self) -> Option<Sight> {
        self.lock().sight
    }

    /// It looks so now.
    pub(super) fn see(&self, sight: Sight) {
        let mut known = self.lock();
        if known.sight != Some(sight) {
            *known = Known {
                sight: Some(sight),
                answers: Answers::default(),
            };
        }
    }

    /// What is known of the catalog that looks so.
    pub(super) fn of<T>(
        &self,
        sight: Sight,
        read: impl FnOnce(&Answers) -> Option<T>,
    ) -> Option<T> {
        let known = self.lock();
        (known.sight == Some(sight))
            .then(|| read(&known.answers))
            .flatten()
    }

    /// Keeps what was looked up after the catalog was seen so.
    pub(super) fn keep(&self, sight: Sight, add: impl FnOnce(&mut Answers)) {
        let mut known = self.lock();
        if known.sight != Some(sight) {
            return;
        }
        if known.answers.entries() >= ENTRIES_MAX {
            known.answers = Answers::default();
        }
        add(&mut known.answers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sight(last_write: i64) -> Sight {
        Sight {
            last_write,
            documents: 3,
            dead_changes: 0,
            life: 0,
            made: 0,
        }
    }

    #[test]
    fn what_is_known_of_another_sight_is_forgotten() {
        let known = KnownWords::default();
        let word = |answers: &Answers| answers.counts.get("word").copied();
        let keep = |sight| {
            known.keep(sight, |answers| {
                answers.counts.insert("word".to_owned(), 1);
            });
        };
        keep(sight(1));
        assert_eq!(known.of(sight(1), word), None, "nobody has seen it so");
        known.see(sight(1));
        keep(sight(1));
        known.see(sight(1));
        assert_eq!(known.of(sight(1), word), Some(1));
        assert_eq!(known.of(sight(2), word), None);
        known.see(sight(2));
        keep(sight(1));
        assert_eq!(known.of(sight(2), word), None, "it is of an earlier sight");
        assert_eq!(known.sight(), Some(sight(2)));
    }

    #[test]
    fn what_is_known_has_a_bound() {
        let known = KnownWords::default();
        known.see(sight(1));
        for word in 0..=ENTRIES_MAX {
            known.keep(sight(1), |answers| {
                answers.counts.insert(word.to_string(), 1);
            });
        }
        assert_eq!(known.lock().answers.entries(), 1);
    }
}
