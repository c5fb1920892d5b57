//! What was typed, word by word, and the dictionary words that meet each: itself, written together with
//! its neighbour, and, when that finds little, what it may be a misspelling of.

use super::analyzer;
use super::spelling::{Dictionary, Spelling, has_digits};
use crate::domain::{CorrectedWord, Correction, Language, QueryText};
use crate::engine::ranking;

/// A word of a query as the index is asked for it.
pub(super) struct QueryWord {
    pub(super) terms: Vec<QueryTerm>,
    pub(super) rarity: f32,
}

/// One spelling that meets a word.
#[derive(Clone, Debug)]
pub(super) struct QueryTerm {
    pub(super) text: String,
    /// What meeting the word by this spelling is worth, 1 for the word itself.
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
}

impl TypedWords {
    pub(super) fn look_up(
        text: &QueryText,
        language: Language,
        dictionary: &Dictionary<'_>,
    ) -> tantivy::Result<Self> {
        let mut pieces = Vec::new();
        let mut words: Vec<TypedWord> = Vec::new();
        for piece in text.as_str().split_whitespace() {
            let room = ranking::QUERY_WORDS_MAX.saturating_sub(words.len());
            let of_piece = analyzer::query_words(piece, language, room);
            pieces.push((piece.to_owned(), of_piece.len()));
            for analyzer::TypedWord { text, stems } in of_piece {
                let objects = dictionary.objects_with(&text)?;
                let forms = forms(&text, &stems, dictionary)?;
                words.push(TypedWord {
                    text,
                    objects,
                    forms,
                    joined: Vec::new(),
                    similar: Vec::new(),
                    begun: Vec::new(),
                    parts: None,
                });
            }
        }
        for at in 1..words.len() {
            let joined = analyzer::joined(&words[at - 1].text, &words[at].text);
            let objects = dictionary.objects_with(&joined)?;
            if objects > 0 {
                words[at - 1].joined.push((joined.clone(), objects));
                words[at].joined.push((joined, objects));
            }
        }
        Ok(Self { pieces, words })
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
        self.words.iter().all(TypedWord::is_known)
    }

    pub(super) fn tolerate_typos(&mut self, dictionary: &Dictionary<'_>) -> tantivy::Result<()> {
        for word in self.words.iter_mut().filter(|word| !has_digits(&word.text)) {
            word.similar = dictionary.similar(&word.text)?;
            if !word.is_known() {
                word.parts = dictionary.split(&word.text)?;
            }
        }
        Ok(())
    }

    /// The words to ask for: each once, without those that occur nowhere in any spelling.
    pub(super) fn words(&self, objects: u64) -> Vec<QueryWord> {
        let mut seen: Vec<&str> = Vec::new();
        let mut words = Vec::new();
        for word in &self.words {
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
            let is_kept = of_piece.iter().all(|word| word.is_known());
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
    fn is_known(&self) -> bool {
        let is_begun = self.begun.iter().any(|word| word.edits == 0);
        self.objects > 0 || !self.forms.is_empty() || !self.joined.is_empty() || is_begun
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
            terms.push(QueryTerm {
                text: self.text.clone(),
                weight: 1.0,
                edits: 0,
            });
        }
        for (text, objects) in &self.forms {
            with_word += objects;
            terms.push(QueryTerm {
                text: text.clone(),
                weight: ranking::FORM_WEIGHT,
                edits: 0,
            });
        }
        for (text, objects) in &self.joined {
            with_word += objects;
            terms.push(QueryTerm {
                text: text.clone(),
                weight: ranking::JOINED_WEIGHT,
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
                weight: ranking::BEGUN_WEIGHT * ranking::spelling_weight(spelling.edits),
                text: spelling.text.clone(),
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

/// What of the other forms the index knows. A form that is its own stem stands there as it is.
fn forms(
    word: &str,
    stems: &[String],
    dictionary: &Dictionary<'_>,
) -> tantivy::Result<Vec<(String, u64)>> {
    let mut forms = Vec::new();
    for stem in stems {
        for form in [stem.clone(), format!("{}{stem}", analyzer::MARK)] {
            let objects = dictionary.objects_with(&form)?;
            if objects > 0 && form != word {
                forms.push((form, objects));
            }
        }
    }
    Ok(forms)
}

impl QueryTerm {
    fn typo(text: String, edits: u8) -> Self {
        Self {
            text,
            weight: ranking::spelling_weight(edits),
            edits,
        }
    }
}
