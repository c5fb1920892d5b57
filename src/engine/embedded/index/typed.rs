//! What was typed, word by word, and the dictionary words that meet each: itself, its other forms, its
//! synonyms, written together with its neighbour, and, when that finds little, what it may be a
//! misspelling of.

use super::analyzer;
use super::spelling::{Dictionary, Spelling, has_digits};
use super::text::Wording;
use crate::domain::{CorrectedWord, Correction, Phrase, QueryText};
use crate::engine::ranking;

/// A word of a query as the index is asked for it.
pub(super) struct QueryWord {
    pub(super) terms: Vec<QueryTerm>,
    pub(super) rarity: f32,
}

/// One way to meet a word.
#[derive(Clone, Debug)]
pub(super) struct QueryTerm {
    /// A spelling; several words where the synonym is a phrase, all of which an object must have.
    pub(super) texts: Vec<String>,
    /// What meeting the word by this is worth, 1 for the word itself.
    pub(super) weight: f32,
    /// How far it is from what was typed.
    pub(super) edits: u8,
}

pub(super) struct TypedWords {
    /// Pieces between blanks, as typed, and how many words each holds.
    pieces: Vec<(String, usize)>,
    /// The words of the pieces, in order.
    words: Vec<TypedWord>,
}

struct TypedWord {
    text: String,
    /// Objects that have it.
    objects: u64,
    /// Words of the index that are other forms of it, and the objects that have one.
    forms: Vec<(String, u64)>,
    /// Objects that have it written together with a neighbour.
    joined: Vec<(String, u64)>,
    similar: Vec<Spelling>,
    /// Words that begin with it, when it is the last one and still being typed.
    begun: Vec<Spelling>,
    /// Two known words it falls into, when it is none itself.
    parts: Option<[(String, u64); 2]>,
    /// Other words for it, or for a phrase it is part of, and the objects that have them.
    synonyms: Vec<(Vec<String>, u64)>,
    /// Says nothing about what is looked for.
    is_stop_word: bool,
}

impl TypedWords {
    pub(super) fn look_up(
        text: &QueryText,
        wording: Wording<'_>,
        dictionary: &Dictionary<'_>,
    ) -> tantivy::Result<Self> {
        let mut typed = Self {
            pieces: Vec::new(),
            words: Vec::new(),
        };
        let mut analyzed: Vec<analyzer::TypedWord> = Vec::new();
        for piece in text.as_str().split_whitespace() {
            let room = ranking::QUERY_WORDS_MAX.saturating_sub(analyzed.len());
            let of_piece = analyzer::query_words(piece, wording.language, room);
            typed.pieces.push((piece.to_owned(), of_piece.len()));
            let is_stop_word = wording.is_stop_word(piece);
            for word in &of_piece {
                typed
                    .words
                    .push(TypedWord::look_up(word, is_stop_word, dictionary)?);
            }
            analyzed.extend(of_piece);
        }
        typed.join(wording, dictionary)?;
        typed.add_synonyms(&analyzed, wording, dictionary)?;
        Ok(typed)
    }

    /// Looks up what neighbours make when written together.
    fn join(&mut self, wording: Wording<'_>, dictionary: &Dictionary<'_>) -> tantivy::Result<()> {
        for at in 1..self.words.len() {
            let (words, others) = self.words.split_at_mut(at);
            let (left, right) = (&mut words[at - 1], &mut others[0]);
            let joined = analyzer::joined(&left.text, &right.text);
            for word in analyzer::query_words(&joined, wording.language, 1) {
                let mut known = known_forms(&word, dictionary)?;
                // `coat s` is not `coats`.
                known.retain(|(form, _)| *form != left.text && *form != right.text);
                left.joined.extend_from_slice(&known);
                right.joined.extend(known);
            }
        }
        Ok(())
    }

    fn add_synonyms(
        &mut self,
        analyzed: &[analyzer::TypedWord],
        wording: Wording<'_>,
        dictionary: &Dictionary<'_>,
    ) -> tantivy::Result<()> {
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
    pub(super) fn go_on(&mut self, dictionary: &Dictionary<'_>) -> tantivy::Result<()> {
        if let Some(last) = self.words.last_mut() {
            last.begun = dictionary.begun_by(&last.text)?;
        }
        Ok(())
    }

    /// The last word typed.
    pub(super) fn last(&self) -> Option<&str> {
        self.words.last().map(|word| word.text.as_str())
    }

    /// Whether every word occurs somewhere as typed.
    pub(super) fn all_known(&self) -> bool {
        self.words.iter().all(|word| self.needs_no_other(word))
    }

    /// Whether the word is looked for as it was typed, or need not be looked for.
    fn needs_no_other(&self, word: &TypedWord) -> bool {
        let is_left_out = word.is_stop_word && !self.words.iter().all(|word| word.is_stop_word);
        is_left_out || word.is_known()
    }

    pub(super) fn tolerate_typos(&mut self, dictionary: &Dictionary<'_>) -> tantivy::Result<()> {
        for word in self.words.iter_mut().filter(|word| !has_digits(&word.text)) {
            if word.is_known() && word.objects >= ranking::ENOUGH_OBJECTS as u64 {
                continue;
            }
            word.similar = dictionary.similar(&word.text)?;
            if !word.is_known() {
                word.parts = dictionary.split(&word.text)?;
            }
        }
        Ok(())
    }

    /// The words to ask for: each once, without those that occur nowhere in any spelling, and without
    /// stop words where others are left.
    pub(super) fn words(&self, objects: u64) -> Vec<QueryWord> {
        let telling = self.words_of(|word| !word.is_stop_word, objects);
        if telling.is_empty() {
            self.words_of(|_| true, objects)
        } else {
            telling
        }
    }

    fn words_of(&self, is_asked: impl Fn(&TypedWord) -> bool, objects: u64) -> Vec<QueryWord> {
        let mut seen: Vec<&str> = Vec::new();
        let mut words = Vec::new();
        for word in self.words.iter().filter(|word| is_asked(word)) {
            if seen.contains(&word.text.as_str()) {
                continue;
            }
            seen.push(&word.text);
            words.extend(word.query_words(objects));
        }
        words
    }

    pub(super) fn correction(&self) -> Option<Correction> {
        let mut words = self.words.iter();
        let mut corrected = Vec::with_capacity(self.pieces.len());
        for (piece, count) in &self.pieces {
            let of_piece: Vec<&TypedWord> = words.by_ref().take(*count).collect();
            let is_kept = of_piece.iter().all(|word| self.needs_no_other(word));
            if is_kept {
                corrected.push(CorrectedWord::Kept(piece.clone()));
                continue;
            }
            let by: Vec<String> = of_piece
                .iter()
                .filter_map(|word| word.corrected())
                .collect();
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

impl TypedWord {
    fn look_up(
        word: &analyzer::TypedWord,
        is_stop_word: bool,
        dictionary: &Dictionary<'_>,
    ) -> tantivy::Result<Self> {
        Ok(Self {
            text: word.text.clone(),
            objects: dictionary.objects_with(&word.text)?,
            forms: forms(word, dictionary)?,
            joined: Vec::new(),
            similar: Vec::new(),
            begun: Vec::new(),
            parts: None,
            synonyms: Vec::new(),
            is_stop_word,
        })
    }

    fn is_known(&self) -> bool {
        let is_begun = self.begun.iter().any(|word| word.edits == 0);
        let is_written = self.objects > 0 || !self.forms.is_empty() || !self.joined.is_empty();
        is_written || is_begun || !self.synonyms.is_empty()
    }

    /// Whether it is more likely two words written together than one misspelled.
    fn falls_apart(&self) -> Option<&[(String, u64); 2]> {
        let parts = self.parts.as_ref()?;
        let nearest = self.similar.first();
        let rarer = parts[0].1.min(parts[1].1);
        let is_likelier = nearest.is_none_or(|near| near.edits > 1 || near.objects < rarer);
        is_likelier.then_some(parts)
    }

    /// What stands for it in the corrected query; `None` when it is dropped.
    fn corrected(&self) -> Option<String> {
        if self.is_known() {
            return Some(self.text.clone());
        }
        if let Some([(head, _), (tail, _)]) = self.falls_apart() {
            return Some(format!("{head} {tail}"));
        }
        let nearest = self.begun.first().or(self.similar.first());
        nearest.map(|nearest| nearest.text.clone())
    }

    fn query_words(&self, objects: u64) -> Vec<QueryWord> {
        if !self.is_known()
            && let Some(parts) = self.falls_apart()
        {
            let part = |(text, with): &(String, u64)| QueryWord {
                terms: vec![QueryTerm::typo(text.clone(), 1)],
                rarity: ranking::rarity(*with, objects),
            };
            return parts.iter().map(part).collect();
        }
        let mut terms = Vec::new();
        let mut with_word = self.objects;
        if self.objects > 0 {
            terms.push(QueryTerm::right(self.text.clone(), 1.0));
        }
        let others = [
            (&self.forms, ranking::FORM_WEIGHT),
            (&self.joined, ranking::JOINED_WEIGHT),
        ];
        for (known, weight) in others {
            for (text, objects) in known {
                with_word += objects;
                terms.push(QueryTerm::right(text.clone(), weight));
            }
        }
        for (texts, objects) in &self.synonyms {
            with_word += objects;
            terms.push(QueryTerm {
                texts: texts.clone(),
                weight: ranking::SYNONYM_WEIGHT,
                edits: 0,
            });
        }
        for spelling in &self.begun {
            with_word += if spelling.edits == 0 {
                spelling.objects
            } else {
                0
            };
            terms.push(QueryTerm {
                texts: vec![spelling.text.clone()],
                weight: ranking::BEGUN_WEIGHT * ranking::spelling_weight(spelling.edits),
                edits: spelling.edits,
            });
        }
        for spelling in &self.similar {
            terms.push(QueryTerm::typo(spelling.text.clone(), spelling.edits));
        }
        if !self.is_known() {
            let nearest = self.begun.first().or(self.similar.first());
            with_word = nearest.map_or(0, |nearest| nearest.objects);
        }
        if terms.is_empty() {
            return Vec::new();
        }
        vec![QueryWord {
            terms,
            rarity: ranking::rarity(with_word, objects),
        }]
    }
}

/// What of the other forms of a word the index knows. A form that is its own stem stands there as it
/// is.
fn forms(
    word: &analyzer::TypedWord,
    dictionary: &Dictionary<'_>,
) -> tantivy::Result<Vec<(String, u64)>> {
    let mut forms = Vec::new();
    for stem in &word.stems {
        for form in [stem.clone(), format!("{}{stem}", analyzer::MARK)] {
            let objects = dictionary.objects_with(&form)?;
            if objects > 0 && form != word.text {
                forms.push((form, objects));
            }
        }
    }
    Ok(forms)
}

/// What of a word and its other forms the index knows.
fn known_forms(
    word: &analyzer::TypedWord,
    dictionary: &Dictionary<'_>,
) -> tantivy::Result<Vec<(String, u64)>> {
    let mut known = forms(word, dictionary)?;
    let objects = dictionary.objects_with(&word.text)?;
    if objects > 0 {
        known.push((word.text.clone(), objects));
    }
    Ok(known)
}

/// The phrase, if the index knows all its words, and how many objects have it at most.
fn known_phrase(
    words: &[analyzer::TypedWord],
    dictionary: &Dictionary<'_>,
) -> tantivy::Result<Vec<(Vec<String>, u64)>> {
    let texts: Vec<String> = words.iter().map(|word| word.text.clone()).collect();
    let mut fewest = u64::MAX;
    for text in &texts {
        fewest = fewest.min(dictionary.objects_with(text)?);
    }
    Ok(if fewest > 0 {
        vec![(texts, fewest)]
    } else {
        Vec::new()
    })
}

impl Wording<'_> {
    fn is_stop_word(&self, piece: &str) -> bool {
        let rules = self.rules.filter(|(rules, _)| rules.has_stop_words());
        rules.is_some_and(|(rules, _)| {
            Phrase::new(piece).is_some_and(|word| rules.is_stop_word(&word))
        })
    }
}

impl QueryTerm {
    fn right(text: String, weight: f32) -> Self {
        Self {
            texts: vec![text],
            weight,
            edits: 0,
        }
    }

    fn typo(text: String, edits: u8) -> Self {
        Self {
            texts: vec![text],
            weight: ranking::spelling_weight(edits),
            edits,
        }
    }
}
