//! One word of a query: the dictionary words that meet it, what each is worth, and what stands for it
//! in a corrected query.

use super::dictionary::{Dictionary, has_digits};
use super::found_words::{Reach, Spelling};
use super::known::{apart, forms, others};
pub(in crate::engine) use super::term::{MetBy, QueryTerm};
use super::wording::Wording;
use crate::domain::Language;
use crate::engine::ranking::WordAsked;
use crate::engine::{analysis, ranking};

/// A word of a query as the index is asked for it.
#[derive(Debug)]
pub(in crate::engine) struct QueryWord {
    pub(in crate::engine) terms: Vec<QueryTerm>,
    pub(in crate::engine) idf: f32,
    /// What it tells of what is looked for.
    pub(in crate::engine) tells: f32,
    /// Whether it only joins others.
    pub(in crate::engine) is_joining: bool,
    /// Its place among the words typed.
    pub(in crate::engine) place: usize,
    /// Whether it says what is looked for. What joins other words, or stands in the prose of most objects,
    /// does not.
    pub(in crate::engine) is_telling: bool,
    /// Whether it is a number, a size or a model.
    pub(in crate::engine) has_digits: bool,
}

pub(in crate::engine) struct TypedWord {
    pub(in crate::engine) text: String,
    /// Objects that have it.
    pub(in crate::engine) objects: u64,
    /// Words of the index that are other forms of it, and the objects that have one.
    pub(in crate::engine) forms: Vec<(String, u64)>,
    /// Objects that have it written together with a neighbour.
    pub(in crate::engine) joined: Vec<(String, u64)>,
    /// Other ways to write it, and the objects that have all words of one at most.
    pub(in crate::engine) others: Vec<(analysis::Other, u64)>,
    /// The words of the first of these, where it has several, and the objects that have each.
    apart: Vec<(String, u64)>,
    pub(in crate::engine) similar: Vec<Spelling>,
    /// Other forms of the word it is corrected to.
    pub(in crate::engine) forms_of_nearest: Vec<(String, u64)>,
    /// Words that begin with it, when it is the last one and still being typed.
    pub(in crate::engine) begun: Vec<Spelling>,
    pub(in crate::engine) begun_reach: Reach,
    /// Compounds that begin with it, in languages that make them.
    pub(in crate::engine) compounds: Vec<Spelling>,
    /// Two known words it falls into, when it is none itself.
    pub(in crate::engine) parts: Option<[(String, u64); 2]>,
    /// Other words for it, or for a phrase it is part of, and the objects that have them.
    pub(in crate::engine) synonyms: Vec<(Vec<String>, u64)>,
    /// Says nothing about what is looked for: the shop says so, or it is a letter torn off a word.
    pub(in crate::engine) is_stop_word: bool,
    /// Joins other words, where it stands between them.
    pub(in crate::engine) is_joining: bool,
    /// Most objects have it in their prose.
    pub(in crate::engine) is_prose_of_most: bool,
}

impl QueryWord {
    /// What it is, beside what it is met by.
    pub(in crate::engine) fn asked(&self) -> WordAsked {
        WordAsked {
            idf: self.idf,
            tells: self.tells,
            is_telling: self.is_telling,
            is_joining: self.is_joining,
            has_digits: self.has_digits,
        }
    }

    /// A word that is met in one way, out of what was typed as one.
    fn of_part(term: QueryTerm, place: usize, idf: f32) -> Self {
        Self {
            has_digits: term.texts.iter().any(|text| has_digits(text)),
            terms: vec![term],
            idf,
            tells: idf,
            is_joining: false,
            place,
            is_telling: true,
        }
    }
}

impl TypedWord {
    pub(in crate::engine) fn look_up<D: Dictionary>(
        word: &analysis::TypedWord,
        is_stop_word: bool,
        wording: Wording<'_>,
        dictionary: &D,
    ) -> Result<Self, D::Error> {
        Ok(Self {
            text: word.text.clone(),
            objects: dictionary.objects_with(&word.text)?,
            forms: forms(word, dictionary)?,
            joined: Vec::new(),
            apart: apart(word, dictionary)?,
            others: others(word, dictionary)?,
            similar: Vec::new(),
            forms_of_nearest: Vec::new(),
            begun: Vec::new(),
            begun_reach: Reach::All,
            compounds: Vec::new(),
            parts: None,
            synonyms: Vec::new(),
            is_stop_word,
            is_prose_of_most: dictionary.is_prose_of_most(&word.text)?,
            is_joining: wording.spoken.joins(&word.text),
        })
    }

    pub(in crate::engine) fn add_compounds<D: Dictionary>(
        &mut self,
        dictionary: &D,
    ) -> Result<(), D::Error> {
        /// Shortest words compounds are made of, in letters; what is behind a shorter one is an ending.
        const LETTERS_MIN: usize = 4;
        const ENDING_LETTERS_MAX: usize = 3;
        let letters = self.text.chars().count();
        if letters < LETTERS_MIN || has_digits(&self.text) {
            return Ok(());
        }
        let begun = dictionary.begun_by(&self.text)?.words.into_iter();
        let is_compound = |word: &Spelling| {
            word.edits == 0 && word.text.chars().count() > letters + ENDING_LETTERS_MAX
        };
        self.compounds = begun.filter(is_compound).collect();
        Ok(())
    }

    /// Looks up the two words that it may be written as, where few write it as one.
    pub(in crate::engine) fn add_parts<D: Dictionary>(
        &mut self,
        dictionary: &D,
    ) -> Result<(), D::Error> {
        /// Shortest word that is taken apart although it is known, in characters.
        const CHARS_MIN: usize = 7;
        /// Where more objects have it as one, nobody misses the others.
        const OBJECTS_MAX: u64 = 100;
        let is_rare = (1..OBJECTS_MAX).contains(&self.objects);
        if !is_rare || has_digits(&self.text) || self.text.chars().count() < CHARS_MIN {
            return Ok(());
        }
        if let Some([head, tail]) = dictionary.split(&self.text)? {
            let objects = head.1.min(tail.1);
            let apart = analysis::Other::apart(vec![head.0, tail.0]);
            self.others.push((apart, objects));
        }
        Ok(())
    }

    /// What the corrected query says is looked for as if it had been typed.
    pub(in crate::engine) fn add_forms_of_nearest<D: Dictionary>(
        &mut self,
        language: Language,
        dictionary: &D,
    ) -> Result<(), D::Error> {
        let Some(nearest) = self.nearest() else {
            return Ok(());
        };
        if let [word] = analysis::query_words(&nearest.text, language, 2).as_slice() {
            self.forms_of_nearest = forms(word, dictionary)?;
        }
        Ok(())
    }

    /// The words that it is only known as when it is taken apart: they are met one by one, as if they had been
    /// typed so.
    fn nothing_but_apart(&self) -> Option<&[(String, u64)]> {
        let is_together = self.objects > 0 || !self.forms.is_empty() || !self.joined.is_empty();
        let is_apart = !is_together && self.synonyms.is_empty() && self.begun.is_empty();
        (is_apart && self.others.len() == 1 && !self.apart.is_empty()).then_some(&self.apart)
    }

    /// The word it stands for when it is none itself.
    fn nearest(&self) -> Option<&Spelling> {
        self.begun.first().or(self.similar.first())
    }

    /// How many objects have it or another form of it, those with several of them more than once.
    pub(in crate::engine) fn objects_with_forms(&self) -> u64 {
        let of_forms = self.forms.iter().map(|(_, objects)| objects);
        self.objects + of_forms.sum::<u64>()
    }

    pub(in crate::engine) fn is_known(&self) -> bool {
        let is_begun = self.begun.iter().any(|word| word.edits == 0);
        let is_written = self.objects > 0
            || !self.forms.is_empty()
            || !self.joined.is_empty()
            || !self.others.is_empty();
        is_written || is_begun || !self.synonyms.is_empty() || !self.compounds.is_empty()
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
    pub(in crate::engine) fn corrected(&self) -> Option<String> {
        if self.is_known() {
            return Some(self.text.clone());
        }
        if let Some([(head, _), (tail, _)]) = self.falls_apart() {
            return Some(format!("{head} {tail}"));
        }
        self.nearest().map(|nearest| nearest.text.clone())
    }

    /// The words to ask for in its place.
    pub(in crate::engine) fn query_words(&self, place: usize, objects: u64) -> Vec<QueryWord> {
        if !self.is_known()
            && let Some(parts) = self.falls_apart()
        {
            let part = |(text, with): &(String, u64)| {
                let term = QueryTerm::typo(text.clone(), 1);
                QueryWord::of_part(term, place, ranking::idf(*with, objects))
            };
            return parts.iter().map(part).collect();
        }
        if let Some(apart) = self.nothing_but_apart() {
            let words = apart.iter().map(|(text, with)| {
                let term = QueryTerm::right(text.clone(), 1.0);
                QueryWord::of_part(term, place, ranking::idf(*with, objects))
            });
            return words.collect();
        }
        let mut terms = Vec::new();
        let mut with_word = self.objects;
        // Of one or two letters the word itself is one of those that begin so.
        let is_one_of_begun = !self.begun.is_empty() && self.begun_reach == Reach::Title;
        if self.objects > 0 && !is_one_of_begun {
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
        for (other, objects) in &self.others {
            if other.is_same || with_word == 0 {
                with_word += objects;
            }
            let (weight, edits) = if other.is_same {
                (ranking::JOINED_WEIGHT, 0)
            } else {
                (STRIPPED_WEIGHT, STRIPPED_EDITS)
            };
            terms.push(QueryTerm::of_all(other.texts.clone(), weight, edits));
        }
        for (texts, objects) in &self.synonyms {
            with_word += objects;
            terms.push(QueryTerm::of_all(texts.clone(), ranking::SYNONYM_WEIGHT, 0));
        }
        let begun = self.begun.iter().filter(|word| word.edits == 0);
        with_word += begun.map(|word| word.objects).sum::<u64>();
        terms.extend(self.begun_terms());
        for compound in &self.compounds {
            let (weight, edits) = (ranking::COMPOUND_WEIGHT, ranking::COMPOUND_EDITS);
            terms.push(QueryTerm::of_all(
                vec![compound.text.clone()],
                weight,
                edits,
            ));
        }
        self.push_similar(&mut terms);
        if with_word == 0 {
            let nearest = self.compounds.first();
            with_word = nearest.map_or(0, |nearest| nearest.objects);
        }
        if !self.is_known() {
            let of_forms = self.forms_of_nearest.iter().map(|(_, objects)| *objects);
            let nearest = self.nearest().map_or(0, |nearest| nearest.objects);
            with_word = nearest + of_forms.sum::<u64>();
        }
        if terms.is_empty() {
            return Vec::new();
        }
        vec![QueryWord {
            terms,
            idf: ranking::idf(with_word, objects),
            tells: ranking::idf(with_word, objects),
            is_joining: false,
            place,
            // What is being typed will say something, even where it is a word of prose so far.
            is_telling: !self.is_prose_of_most || !self.begun.is_empty(),
            has_digits: has_digits(&self.text),
        }]
    }

    /// What it may be a misspelling of.
    fn push_similar(&self, terms: &mut Vec<QueryTerm>) {
        for spelling in &self.similar {
            terms.push(QueryTerm::typo(spelling.text.clone(), spelling.edits));
        }
        let edits = self.nearest().map_or(0, |nearest| nearest.edits);
        for (form, _) in &self.forms_of_nearest {
            if self.similar.iter().all(|spelling| spelling.text != *form) {
                terms.push(QueryTerm {
                    weight: ranking::FORM_WEIGHT * ranking::spelling_weight(edits),
                    ..QueryTerm::typo(form.clone(), edits)
                });
            }
        }
    }
}

/// What meeting a word without its signs is worth, and that it is another word: `c` for `c#`.
const STRIPPED_WEIGHT: f32 = 0.5;
const STRIPPED_EDITS: u8 = 1;

impl TypedWord {
    /// What begins with it, which is worth the same whatever it is.
    fn begun_terms(&self) -> Vec<QueryTerm> {
        /// Fewer words are asked for one by one.
        const ANY_WORDS_MIN: usize = 4;
        let is_short = self.begun_reach == Reach::Title;
        let own = Some(&self.text).filter(|_| is_short && self.objects > 0);
        let term = |words: &[Spelling]| QueryTerm {
            texts: words
                .iter()
                .map(|word| &word.text)
                .chain(own)
                .cloned()
                .collect(),
            met_by: match words {
                [_] if own.is_none() => MetBy::All,
                _ => MetBy::Any(self.begun_reach),
            },
            weight: ranking::BEGUN_WEIGHT * ranking::spelling_weight(words[0].edits),
            edits: words[0].edits,
            is_misspelling: words[0].edits > 0,
            objects: words.iter().map(|word| word.objects).sum(),
        };
        let at_once = if self.begun.len() < ANY_WORDS_MIN && !is_short {
            1
        } else {
            self.begun.len()
        };
        // All of them are as far from what was typed.
        self.begun.chunks(at_once).map(term).collect()
    }
}
