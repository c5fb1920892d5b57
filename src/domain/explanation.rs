//! Why a hit stands where it stands. What the numbers mean says the ranking recipe of the engine;
//! nothing is decided by them once more.

#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Which words of the query the hit has, in their order; none without a text.
    pub words: Vec<WordExplanation>,
    /// Step of the quality of the match: all hits of a higher one come before.
    pub match_quality: u32,
    pub boost: u8,
    /// 1 for what can be had at once to 15 for what cannot.
    pub supply: u8,
    /// Wishes of the search that are met.
    pub preferred: u8,
    /// What the words are worth together.
    pub text_score: f32,
    /// From 0 to 1: how new the object is.
    pub newness: f32,
    /// From 0 to 1: what the shop earns by it.
    pub margin: f32,
    /// What the search multiplies the score by.
    pub factor: f32,
    /// From 0 to 1: how much the title is like those of the other good matches.
    pub resemblance: f32,
}

/// How a hit has one word of the query.
#[derive(Clone, Debug, PartialEq)]
pub struct WordExplanation {
    /// What the hit has; several words for a phrase, none when it has nothing for the word.
    pub met_by: String,
    /// How far it is from what was typed.
    pub edits: u8,
    /// How telling the word is.
    pub rarity: f32,
    /// What it adds to the text score.
    pub worth: f32,
    /// What each group of text it stands in counts, by name.
    pub fields: Vec<(&'static str, f32)>,
    /// Attributes that have it, inner ones by their path; the first ones, none hidden.
    pub attributes: Vec<String>,
}
