//! The words of a catalog in a cluster. Expansion does not wait, so what it asks for is noted down, and everything that was
//! noted is looked up at once; then the text is expanded again. Invariant: a text is expanded for good when nothing was noted, and
//! what was known before holds once the catalog was seen to look as it did then.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::known_words::{Answers, Beginning, FIELDS, KnownWords};
use super::sight::Sight;
use crate::engine::EngineError;
use crate::engine::expand::beginnings::{Listing, begun_by};
use crate::engine::expand::dictionary::Dictionary;
use crate::engine::expand::found_words::{Begun, Spelling};
use crate::engine::ranking::{self, TextField};

/// Looks at the dictionary for one text.
const LOOKS_MAX: usize = 16;

/// What one search knows of the words of a catalog.
pub(super) struct Memo<'m> {
    known: &'m KnownWords,
    /// How the catalog looked when what is known was looked up.
    sight: Option<Sight>,
    /// Whether it has looked so since the search began.
    pub(super) is_proven: bool,
    /// What this search has looked up.
    own: Answers,
    wanted: Mutex<Wanted>,
    /// Whether words that are not known are taken for known: so what is asked for because of them is noted with them.
    guesses: AtomicBool,
    looks: usize,
}

/// What was asked for and is not known.
#[derive(Default)]
pub(super) struct Wanted {
    pub(super) words: BTreeSet<String>,
    pub(super) similar: BTreeSet<String>,
    pub(super) beginnings: BTreeSet<Beginning>,
    /// Queries by their digest.
    pub(super) counts: BTreeMap<String, Value>,
}

impl Wanted {
    fn is_any(&self) -> bool {
        let has_words = !self.words.is_empty() || !self.similar.is_empty();
        has_words || !self.beginnings.is_empty() || !self.counts.is_empty()
    }
}

impl<'m> Memo<'m> {
    pub(super) fn new(known: &'m KnownWords) -> Self {
        Self {
            known,
            sight: known.sight(),
            is_proven: false,
            own: Answers::default(),
            wanted: Mutex::default(),
            guesses: AtomicBool::new(false),
            looks: 0,
        }
    }

    /// Notes what somebody would ask for to whom unknown words were known.
    pub(super) fn guess(&self, ask: impl FnOnce()) {
        self.guesses.store(true, Ordering::Relaxed);
        ask();
        self.guesses.store(false, Ordering::Relaxed);
    }

    /// One more look. Each finds out what the next one asks for.
    pub(super) fn look(&mut self) -> Result<(), EngineError> {
        self.looks += 1;
        if self.looks <= LOOKS_MAX {
            return Ok(());
        }
        Err(EngineError::Internal {
            context: "a text is not expanded to its end",
            source: format!("{} looks at the dictionary", self.looks).into(),
        })
    }

    pub(super) fn wants_any(&mut self) -> bool {
        let wanted = self.wanted.get_mut();
        let wanted = wanted.unwrap_or_else(PoisonError::into_inner);
        wanted.is_any()
    }

    pub(super) fn sight(&self) -> Option<Sight> {
        self.sight
    }

    pub(super) fn take_wanted(&mut self) -> Wanted {
        let wanted = self.wanted.get_mut();
        std::mem::take(wanted.unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, note: impl FnOnce(&mut Wanted)) {
        note(&mut self.wanted.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn read<T>(&self, read: impl Fn(&Answers) -> Option<T>) -> Option<T> {
        let known = || self.known.of(self.sight?, &read);
        read(&self.own).or_else(known)
    }

    /// Keeps what was looked up: for this search, and where it was seen before how the catalog looks, for the next ones.
    pub(super) fn keep(&mut self, add: impl Fn(&mut Answers)) {
        add(&mut self.own);
        if let Some(sight) = self.sight {
            self.known.keep(sight, add);
        }
    }

    /// The catalog was seen to look so, or one cannot tell; whether what was known holds. What was looked up meanwhile does.
    pub(super) fn see(&mut self, sight: Option<Sight>) -> bool {
        self.is_proven = true;
        if sight.is_some() && self.sight == sight {
            return true;
        }
        if let Some(sight) = sight {
            self.known.see(sight);
        }
        let had_known = self.sight.is_some();
        self.sight = sight;
        !had_known
    }

    /// How many objects the query finds; `None` where it is not known yet.
    pub(super) fn count(&self, query: &Value) -> Option<u64> {
        let digest = blake3::hash(query.to_string().as_bytes()).to_hex();
        let known = self.read(|answers| answers.counts.get(digest.as_str()).copied());
        if known.is_none() {
            self.note(|wanted| {
                wanted.counts.insert(digest.to_string(), query.clone());
            });
        }
        known
    }

    /// Types there are, as far as one can tell.
    pub(super) fn types(&self) -> Option<Vec<String>> {
        self.read(|answers| answers.types.clone())
    }

    pub(super) fn average_lengths(&self) -> [f32; FIELDS] {
        let whole = self.read(|answers| answers.whole);
        whole.map_or([0.0; FIELDS], |(_, lengths)| lengths)
    }

    /// In each field, the hidden one last; nothing where it is not known yet.
    fn frequency(&self, word: &str) -> [u64; FIELDS + 1] {
        let known = self.read(|answers| answers.frequencies.get(word).copied());
        known.unwrap_or_else(|| {
            self.note(|wanted| {
                wanted.words.insert(word.to_owned());
            });
            [u64::from(self.guesses.load(Ordering::Relaxed)); FIELDS + 1]
        })
    }
}

impl Dictionary for Memo<'_> {
    type Error = Infallible;

    fn objects(&self) -> u64 {
        self.read(|answers| answers.whole)
            .map_or(0, |(objects, _)| objects)
    }

    fn objects_with(&self, word: &str) -> Result<u64, Infallible> {
        let [.., shown, hidden] = self.frequency(word);
        Ok(shown.max(hidden))
    }

    fn objects_showing(&self, word: &str) -> Result<u64, Infallible> {
        let [.., shown, _] = self.frequency(word);
        Ok(shown)
    }

    fn objects_naming(&self, word: &str) -> Result<u64, Infallible> {
        let [named @ .., _, _] = self.frequency(word);
        Ok(named.into_iter().max().unwrap_or(0))
    }

    fn similar(&self, word: &str) -> Result<Vec<Spelling>, Infallible> {
        if ranking::edits_allowed(word) == 0 {
            return Ok(Vec::new());
        }
        if let Some(known) = self.read(|answers| answers.similar.get(word).cloned()) {
            return Ok(known);
        }
        self.note(|wanted| {
            wanted.similar.insert(word.to_owned());
        });
        Ok(Vec::new())
    }

    fn begun_by(&self, beginning: &str) -> Result<Begun, Infallible> {
        begun_by(self, beginning)
    }
}

impl Listing for Memo<'_> {
    fn beginning_with(
        &self,
        field: TextField,
        beginning: &str,
        is_misspelled: bool,
    ) -> Result<Vec<Spelling>, Infallible> {
        let asked = Beginning {
            is_of_title: field == TextField::Title,
            text: beginning.to_owned(),
            is_misspelled,
        };
        if let Some(known) = self.read(|answers| answers.beginnings.get(&asked).cloned()) {
            return Ok(known);
        }
        self.note(|wanted| {
            wanted.beginnings.insert(asked);
        });
        Ok(Vec::new())
    }
}
