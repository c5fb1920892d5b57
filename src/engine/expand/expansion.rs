//! What was typed, word by word, and the dictionary words that meet each: itself, its other forms, its
//! synonyms, written together with its neighbour, and, when that finds little, what it may be a
//! misspelling of.

use std::collections::BTreeSet;

use super::beginnings::is_short_beginning;
use super::dictionary::{Dictionary, has_digits};
use super::known::{known_forms, objects_with_all};
use super::query_term::{QueryWord, TypedWord};
use super::wording::Wording;
use crate::domain::{CorrectedWord, Correction, Language, Phrase, QueryText, Typos};
use crate::engine::{analysis, ranking};

pub(in crate::engine) struct TypedWords {
    /// Pieces between blanks, as typed, and how many words each holds.
    pieces: Vec<(String, usize)>,
    /// The words of the pieces, in order.
    words: Vec<TypedWord>,
    /// Whether the last of them is still being typed.
    goes_on: bool,
    language: Language,
}

impl TypedWords {
    pub(in crate::engine) fn look_up<D: Dictionary>(
        text: &QueryText,
        wording: Wording<'_>,
        dictionary: &D,
    ) -> Result<Self, D::Error> {
        let mut typed = Self {
            pieces: Vec::new(),
            words: Vec::new(),
            goes_on: false,
            language: wording.language,
        };
        let mut analyzed: Vec<analysis::TypedWord> = Vec::new();
        for piece in analysis::pieces(text.as_str()) {
            let room = ranking::QUERY_WORDS_MAX.saturating_sub(analyzed.len());
            let of_piece = analysis::query_words(&analysis::visible(piece), wording.language, room);
            typed.pieces.push((piece.to_owned(), of_piece.len()));
            let is_stop_word = wording.is_stop_word(piece);
            let has_longer = of_piece.iter().any(|word| !is_letter(&word.text));
            let is_torn = has_longer && piece.contains(APOSTROPHES);
            for word in &of_piece {
                let is_stop_word = is_stop_word || is_torn && is_letter(&word.text);
                let mut looked_up = TypedWord::look_up(word, is_stop_word, wording, dictionary)?;
                if !is_stop_word {
                    looked_up.add_parts(dictionary)?;
                }
                if wording.language.makes_compounds() && !is_stop_word {
                    looked_up.add_compounds(dictionary)?;
                }
                typed.words.push(looked_up);
            }
            analyzed.extend(of_piece);
        }
        typed.join(wording, dictionary)?;
        typed.add_synonyms(&analyzed, wording, dictionary)?;
        Ok(typed)
    }

    /// Looks up what neighbours make when written together: two, or three of which one is a number.
    fn join<D: Dictionary>(
        &mut self,
        wording: Wording<'_>,
        dictionary: &D,
    ) -> Result<(), D::Error> {
        for start in 0..self.words.len() {
            for length in [2, 3] {
                let Some(some) = self.words.get(start..start + length) else {
                    break;
                };
                if length == 3 && !some.iter().any(|word| has_digits(&word.text)) {
                    continue;
                }
                let texts = some.iter().map(|word| word.text.clone());
                let joined = texts.reduce(|before, word| analysis::joined(&before, &word));
                let word = analysis::query_words(&joined.unwrap_or_default(), wording.language, 2);
                let [word] = word.as_slice() else {
                    continue;
                };
                let mut known = known_forms(word, dictionary)?;
                // `coat s` is not `coats`.
                known.retain(|(form, _)| some.iter().all(|word| *form != word.text));
                for word in &mut self.words[start..start + length] {
                    word.joined.extend_from_slice(&known);
                }
            }
        }
        Ok(())
    }

    fn add_synonyms<D: Dictionary>(
        &mut self,
        analyzed: &[analysis::TypedWord],
        wording: Wording<'_>,
        dictionary: &D,
    ) -> Result<(), D::Error> {
        let Some((_, synonyms)) = wording.rules else {
            return Ok(());
        };
        for (start, length, found) in synonyms.of(analyzed) {
            let known = match found {
                [word] => {
                    let forms = known_forms(word, dictionary)?.into_iter();
                    forms.map(|(text, objects)| (vec![text], objects)).collect()
                }
                phrase => known_phrase(phrase, dictionary)?,
            };
            for word in &mut self.words[start..start + length] {
                word.synonyms.extend_from_slice(&known);
            }
        }
        Ok(())
    }

    /// Takes the last word for the beginning of one, or of many.
    pub(in crate::engine) fn go_on<D: Dictionary>(
        &mut self,
        dictionary: &D,
    ) -> Result<(), D::Error> {
        self.goes_on = true;
        if let Some(last) = self.words.last_mut() {
            let begun = dictionary.begun_by(&last.text)?;
            last.begun = begun.words;
            last.begun_reach = begun.reach;
            last.is_stop_word &= last.begun.is_empty();
        }
        Ok(())
    }

    /// What the last word may become, as words of a title, ascending.
    pub(in crate::engine) fn begun_words(&self) -> Vec<u64> {
        let Some(last) = self.words.last() else {
            return Vec::new();
        };
        let begun = last.begun.iter().map(|word| word.text.as_str());
        let all = begun.chain([last.text.as_str()]);
        let mut words: Vec<u64> = all.flat_map(analysis::title_words).collect();
        words.sort_unstable();
        words
    }

    /// Whether there is one word, being typed, that begins words of enough objects.
    pub(in crate::engine) fn begins_enough(&self) -> bool {
        let [word] = self.words.as_slice() else {
            return false;
        };
        let mut begun = word.begun.iter();
        begun.any(|begun| begun.edits == 0 && begun.objects >= ranking::ENOUGH_OBJECTS as u64)
    }

    /// What stands at these places, as typed.
    pub(in crate::engine) fn pieces_at(&self, places: &BTreeSet<usize>) -> Vec<String> {
        let mut first = 0;
        let mut pieces: Vec<String> = Vec::new();
        for (piece, count) in &self.pieces {
            let mut of_piece = places.range(first..first + count);
            first += count;
            if of_piece.next().is_some() && !pieces.contains(piece) {
                pieces.push(piece.clone());
            }
        }
        pieces
    }

    /// The last word typed.
    pub(in crate::engine) fn last(&self) -> Option<&str> {
        self.words.last().map(|word| word.text.as_str())
    }

    /// Whether every word occurs somewhere as typed.
    pub(in crate::engine) fn all_known(&self) -> bool {
        self.words.iter().all(|word| self.needs_no_other(word))
    }

    /// Whether the word is looked for as it was typed, or need not be looked for.
    fn needs_no_other(&self, word: &TypedWord) -> bool {
        let is_left_out = word.is_stop_word && !self.words.iter().all(|word| word.is_stop_word);
        is_left_out || word.is_known()
    }

    /// Whether a word that says something is met by nothing, however it is spelled.
    pub(in crate::engine) fn drops_any(&self) -> bool {
        let mut words = self.words.iter();
        words.any(|word| !self.needs_no_other(word) && word.corrected().is_none())
    }

    pub(in crate::engine) fn tolerate_typos<D: Dictionary>(
        &mut self,
        typos: Typos,
        dictionary: &D,
    ) -> Result<(), D::Error> {
        let last = self.words.len().saturating_sub(1);
        let goes_on = self.goes_on && typos == Typos::Tolerated;
        for (place, word) in self.words.iter_mut().enumerate() {
            if has_digits(&word.text) {
                continue;
            }
            if word.is_known() && word.objects_with_forms() >= ranking::RIGHT_OBJECTS {
                continue;
            }
            word.similar = dictionary.similar(&word.text)?;
            if goes_on && place == last && is_short_beginning(&word.text) {
                // A few letters may still become anything, but hardly with another one before them.
                let first = word.text.chars().next();
                word.similar
                    .retain(|near| near.text.chars().next() == first);
            }
            if !word.is_known() {
                word.parts = dictionary.split(&word.text)?;
                word.add_forms_of_nearest(self.language, dictionary)?;
            }
        }
        Ok(())
    }

    /// The words to ask for: each once, without those that occur nowhere in any spelling, and without
    /// stop words where others are left.
    pub(in crate::engine) fn words(&self, objects: u64) -> Vec<QueryWord> {
        let mut words = self.words_of(|word| !word.is_stop_word, objects);
        if words.is_empty() {
            words = self.words_of(|_| true, objects);
        }
        // Some fall apart into several.
        words.truncate(ranking::QUERY_WORDS_MAX);
        if let [_, between @ .., _] = words.as_mut_slice() {
            for word in between {
                word.is_joining = self.words[word.place].is_joining;
                word.is_telling &= !word.is_joining;
            }
        }
        let joined = words.iter().position(|word| word.is_joining);
        for word in words.iter_mut().skip(joined.unwrap_or(usize::MAX)) {
            word.tells *= ranking::BEHIND_WORTH;
        }
        if !words.iter().any(|word| word.is_telling) {
            for word in &mut words {
                word.is_telling = true;
            }
        }
        words
    }

    fn words_of(&self, is_asked: impl Fn(&TypedWord) -> bool, objects: u64) -> Vec<QueryWord> {
        let mut seen: Vec<&str> = Vec::new();
        let mut words = Vec::new();
        for (place, word) in self.words.iter().enumerate() {
            if !is_asked(word) || seen.contains(&word.text.as_str()) {
                continue;
            }
            seen.push(&word.text);
            words.extend(word.query_words(place, objects));
        }
        words
    }

    /// What was looked for instead of what was typed, if that is something else; the words at the places
    /// `in_the_way` were not, though they are known.
    pub(in crate::engine) fn correction(&self, in_the_way: &[usize]) -> Option<Correction> {
        let mut words = self.words.iter();
        let mut first = 0;
        let mut corrected = Vec::with_capacity(self.pieces.len());
        for (piece, count) in &self.pieces {
            let of_piece: Vec<&TypedWord> = words.by_ref().take(*count).collect();
            let places = first..first + count;
            first = places.end;
            if *count > 0 && places.clone().all(|place| in_the_way.contains(&place)) {
                corrected.push(CorrectedWord::Dropped(piece.clone()));
                continue;
            }
            let is_kept = of_piece.iter().all(|word| self.needs_no_other(word));
            if is_kept {
                corrected.push(CorrectedWord::Kept(piece.clone()));
                continue;
            }
            // What was torn off a word goes with it.
            let words = of_piece.iter().filter(|word| !word.is_stop_word);
            let by: Vec<String> = words.filter_map(|word| word.corrected()).collect();
            corrected.push(if by.is_empty() {
                CorrectedWord::Dropped(piece.clone())
            } else {
                CorrectedWord::Replaced {
                    typed: piece.clone(),
                    by: by.join(" "),
                }
            });
        }
        Correction::new(corrected)
    }
}

/// Of a word that is being typed even its beginning may be misspelled.
pub(in crate::engine) fn leave_out_misspelled(words: &mut Vec<QueryWord>) {
    for word in &mut *words {
        word.terms.retain(|term| !term.is_misspelling);
    }
    words.retain(|word| !word.terms.is_empty());
}

/// What tears a letter off a word: the `s` of `women's`, the `l` of `l'eau`.
const APOSTROPHES: [char; 3] = ['\'', '’', '‘'];

fn is_letter(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none()
}

/// The phrase, if the index knows all its words, and how many objects have it at most.
fn known_phrase<D: Dictionary>(
    words: &[analysis::TypedWord],
    dictionary: &D,
) -> Result<Vec<(Vec<String>, u64)>, D::Error> {
    let texts: Vec<String> = words.iter().map(|word| word.text.clone()).collect();
    let objects = objects_with_all(&texts, dictionary)?;
    Ok((objects > 0)
        .then_some((texts, objects))
        .into_iter()
        .collect())
}

impl Wording<'_> {
    fn is_stop_word(&self, piece: &str) -> bool {
        let rules = self.rules.filter(|(rules, _)| rules.has_stop_words());
        rules.is_some_and(|(rules, _)| {
            Phrase::new(piece).is_some_and(|word| rules.is_stop_word(&word))
        })
    }
}
