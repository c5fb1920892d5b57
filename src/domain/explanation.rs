//! Why a hit stands where it stands. What the numbers mean says the ranking recipe of the engine;
//! nothing is decided by them once more.

#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Which words of the query the hit has, in their order; none without a text.
    pub words: Vec<WordExplanation>,
    /// Step of the quality of the match: all hits of a higher one come before.
    pub match_quality: u32,
    pub boost: Told<u8>,
    /// 1 for what can be had at once to 15 for what cannot.
    pub availability: Told<u8>,
    /// Wishes of the search that are met.
    pub preferred: u8,
    /// What the words are worth together.
    pub text_score: f32,
    /// From 0 to 1: how new the object is.
    pub freshness: Told<f32>,
    /// From 0 to 1: what the shop earns by it.
    pub margin: Told<f32>,
    /// What the search multiplies the score by.
    pub factor: Told<f32>,
    /// From 0 to 1: how much the title is like those of the other good matches.
    pub resemblance: f32,
    /// From 0 to 1: how much of what visitors chose after this query was the object.
    pub behaviour: f32,
}

/// A signal as far as it may be told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Told<T> {
    Number(T),
    /// It comes from a hidden attribute: whether it moves the hit, and nothing more.
    Moves(bool),
}

impl<T: PartialEq> Told<T> {
    /// `neutral` is what moves no hit.
    pub fn new(signal: T, neutral: &T, is_hidden: bool) -> Self {
        if is_hidden {
            Self::Moves(signal != *neutral)
        } else {
            Self::Number(signal)
        }
    }
}

/// How a hit has one word of the query.
#[derive(Clone, Debug, PartialEq)]
pub struct WordExplanation {
    /// What the hit has; several words for a phrase, none when it has nothing for the word.
    pub met_by: String,
    /// How far it is from what was typed.
    pub edits: u8,
    /// How telling the word is.
    pub idf: f32,
    /// What it adds to the text score.
    pub worth: f32,
    /// What each group of text it stands in counts, by name.
    pub fields: Vec<(&'static str, f32)>,
    /// Attributes that have it, inner ones by their path; the first ones, none hidden.
    pub attributes: Vec<String>,
}
