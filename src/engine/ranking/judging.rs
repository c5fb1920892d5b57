//! How an object meets the words of a query, by where it has each of them. Invariant: it is the same whatever found the object.

use super::result_set::{JOINING_WORTH, MENTION_WORTH, Step, WordsMet, step};
use super::{Called, MatchQuality, TextField, word_worth};

/// What of a text query an object meets.
#[derive(Clone, Copy, Debug)]
pub struct Met {
    pub quality: MatchQuality,
    pub called: Called,
    /// Every word, exactly as typed.
    pub exact: bool,
    /// Every word.
    pub is_complete: bool,
}

impl Met {
    /// What an object meets that has the query for an article code.
    pub const CODE: Self = Self {
        quality: MatchQuality::CODE,
        called: Called::OTHERWISE,
        exact: true,
        is_complete: true,
    };

    /// Without a text, everything.
    pub const FULL: Self = Self {
        quality: MatchQuality::FULL,
        called: Called::OTHERWISE,
        exact: true,
        is_complete: true,
    };

    /// What an object meets that has all of the query for a value, beside what it meets of the words.
    pub fn by_value(words: Option<Self>) -> Self {
        let quality = MatchQuality::new(1.0, 0, Called::OTHERWISE);
        Self {
            quality: words.map_or(quality, |words| words.quality.max(quality)),
            called: words.map_or(Called::OTHERWISE, |words| words.called),
            exact: true,
            is_complete: true,
        }
    }
}

/// How an object meets a text query, by where it has the words.
#[derive(Clone, Copy, Debug)]
pub struct Judged {
    pub step: Step,
    /// What it meets of what the words tell, from 0 to 1.
    pub share: f32,
    /// How far the words it has are from what was typed.
    pub edits: u32,
    /// The telling words it has, by their places among those, the first the lowest bit.
    pub words_met: u32,
    /// Those of them that it has by a misspelling alone.
    pub misspelled: u32,
    pub met: Met,
    pub score: f32,
}

/// Where an object says a word; greater is better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said {
    #[default]
    InProse,
    /// Of what the object is like, or goes with.
    InAttributes,
    /// Of what it is: in title, brand, category, codes or a line.
    OfItself,
}

impl Said {
    pub fn by(by_field: &[f32; TextField::ALL.len()]) -> Self {
        let (itself, others) = by_field.split_at(TextField::Attributes as usize);
        if itself.iter().any(|counts| *counts > 0.0) {
            Self::OfItself
        } else if others[0] > 0.0 {
            Self::InAttributes
        } else {
            Self::InProse
        }
    }
}

/// How an object has a word.
#[derive(Debug, Default)]
pub struct WordHere {
    /// `None`: it has not.
    pub edits: Option<u32>,
    /// By no misspelling.
    pub is_as_typed: bool,
    pub is_in_title: bool,
    pub said: Said,
    pub worth: f32,
}

impl WordHere {
    /// It has the word by a term of this weight: what the fields say of it. Of several the one that is worth most counts.
    pub fn add(
        &mut self,
        weight: f32,
        edits: u8,
        is_misspelling: bool,
        by_field: [f32; TextField::ALL.len()],
    ) {
        let [title, .., _] = by_field;
        let edits = u32::from(edits);
        self.edits = Some(self.edits.map_or(edits, |least| least.min(edits)));
        self.is_as_typed |= !is_misspelling;
        self.is_in_title |= title > 0.0;
        self.said = self.said.max(Said::by(&by_field));
        self.worth = self.worth.max(weight * word_worth(by_field));
    }
}

/// What a word of the query is, beside what it is met by.
#[derive(Clone, Copy, Debug)]
pub struct WordAsked {
    pub idf: f32,
    /// What it tells of what is looked for.
    pub tells: f32,
    pub is_telling: bool,
    pub is_joining: bool,
    pub has_digits: bool,
}

impl WordAsked {
    /// By what its worth counts.
    pub fn joining(self) -> f32 {
        if self.is_joining { JOINING_WORTH } else { 1.0 }
    }
}

/// One object looked at word by word.
pub struct Judging {
    met: WordsMet,
    tells: f32,
    told: f32,
    most_told: f32,
    score: f32,
    edits: u32,
    words_met: u32,
    misspelled: u32,
    all_in_title: bool,
}

impl Default for Judging {
    fn default() -> Self {
        Self {
            met: WordsMet {
                words: 0,
                named: 0,
                met: 0,
                says_what_it_is: false,
                has_numbers: true,
                has_most_telling: false,
                share: 0.0,
            },
            tells: 0.0,
            told: 0.0,
            most_told: 0.0,
            score: 0.0,
            edits: 0,
            words_met: 0,
            misspelled: 0,
            all_in_title: true,
        }
    }
}

impl Judging {
    pub fn add(&mut self, word: WordAsked, here: &WordHere) {
        self.score += word.joining() * word.idf * here.worth;
        if !word.is_telling {
            return;
        }
        let met = &mut self.met;
        self.tells += word.tells;
        self.all_in_title &= here.is_in_title;
        met.says_what_it_is |= here.said == Said::OfItself;
        if word.tells > self.most_told {
            self.most_told = word.tells;
            met.has_most_telling = false;
        }
        met.has_most_telling |= word.tells >= self.most_told && here.edits.is_some();
        met.has_numbers &= !word.has_digits || here.edits.is_some();
        if let Some(least) = here.edits {
            self.words_met |= 1 << met.words;
            self.misspelled |= u32::from(!here.is_as_typed) << met.words;
            met.met += 1;
            self.edits += least;
            if here.said > Said::InProse {
                met.named += 1;
                self.told += word.tells;
            } else {
                self.told += word.tells * MENTION_WORTH;
            }
        }
        met.words += 1;
    }

    /// `is_whole`: every word typed is among the words, as it was typed.
    pub fn finish(mut self, called: Called, is_whole: bool) -> Judged {
        let share = self.told / self.tells;
        self.met.share = share;
        let is_complete = self.met.met == self.met.words;
        let edits = self.edits;
        let mut called = called.in_title(self.all_in_title && edits == 0);
        let step = step(self.met);
        if step == Step::Attributed {
            called = called.made_for_it();
        }
        Judged {
            step,
            share,
            edits,
            words_met: self.words_met,
            misspelled: self.misspelled,
            met: Met {
                quality: MatchQuality::new(share, edits, called),
                called,
                exact: is_whole && is_complete && edits == 0,
                is_complete,
            },
            score: self.score,
        }
    }
}

/// The same of an object that is found by any of the words.
#[derive(Debug)]
pub struct Meeting {
    is_complete: bool,
    edits: u32,
    weight: f32,
    weight_met: f32,
}

impl Default for Meeting {
    fn default() -> Self {
        Self {
            is_complete: true,
            edits: 0,
            weight: 0.0,
            weight_met: 0.0,
        }
    }
}

impl Meeting {
    /// `edits`: how far it is from what was typed; `None` where the object has it not.
    pub fn add(&mut self, idf: f32, edits: Option<u32>) {
        self.is_complete &= edits.is_some();
        self.edits += edits.unwrap_or(0);
        self.weight += idf;
        self.weight_met += edits.map_or(0.0, |_| idf);
    }

    pub fn finish(
        self,
        called: Called,
        is_whole: bool,
        is_all_in_title: impl FnOnce() -> bool,
    ) -> Met {
        let Self {
            is_complete, edits, ..
        } = self;
        let share = if is_complete {
            1.0
        } else {
            self.weight_met / self.weight
        };
        let called = called.in_title(is_complete && edits == 0 && is_all_in_title());
        Met {
            quality: MatchQuality::new(share, edits, called),
            called,
            exact: is_whole && is_complete && edits == 0,
            is_complete,
        }
    }
}
