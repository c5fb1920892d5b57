//! The ranking recipe both backends follow (docs/reference/05-search.md §6): which text counts how much, and
//! in what order the signals decide. Nothing here knows a backend; the numbers live here and nowhere else.
//!
//! Hits of a text search are ordered by, each deciding only among equals of the one before:
//!
//! 1. [`MatchQuality`]: the query is an article code of the object; every word as typed, misspelled, then
//!    only some of the words, by how telling they are together and how they are met; in each what has them
//!    in its title, or is of the kind called so
//! 2. `boost`
//! 3. [`Availability`]: available before unavailable, lower rank before higher
//! 4. [`Called`]: the title is the query; a category of it is; it was not made for what is looked for
//! 5. text score: each word by its idf and the fields it stands in ([`word_worth`]), lifted for new
//!    objects, by what the shop earns ([`lifted`]), for those that resemble the other good matches
//!    ([`resemblance`]) and for those that visitors chose after this query ([`behaviour()`])
//! 6. order of first insertion
//!
//! Without a text, freshness takes the place of 1, 4 and 5.

mod behaviour;
mod best_word;
mod feedback;
mod judging;
mod quality;
mod ranked;
mod result_set;
mod suggested;

pub use self::behaviour::{behaviour, lifted_by_behaviour};
pub use self::best_word::BestWord;
pub use self::feedback::{Feedback, ReadTitles, SAMPLE, Sample, TypedTitle};
pub use self::judging::{Judged, Judging, Meeting, Met, Said, WordAsked, WordHere};
pub use self::quality::{Called, MatchQuality};
pub use self::ranked::{
    PREFERENCE_ATTRIBUTE, PRICE_ATTRIBUTE, Ranked, Score, apply_feedback, reach, shown_variant,
};
pub use self::result_set::{
    BEHIND_WORTH, ChosenSteps, Counts, JOINING_WORTH, MENTION_WORTH, Step, WordsMet,
    are_enough_right, most_needs_most_telling, step,
};
pub use self::suggested::{LEADING_HITS_MAX, order_by_led_to, spread};
use crate::domain::Timestamp;
use crate::engine::analysis;

/// Most distinct words of a query that are looked at; the rest is ignored.
pub const QUERY_WORDS_MAX: usize = 32;

/// Attributes the signals are read from.
pub const BOOST_ATTRIBUTE: &str = "boost";
pub const AVAILABILITY_ATTRIBUTE: &str = "availability";
pub const AVAILABILITY_RANK_ATTRIBUTE: &str = "availability_rank";
pub const FRESHNESS_ATTRIBUTE: &str = "introduced_at";
/// What the shop earns, from 0 to 1; the first that an object has counts
/// (docs/reference/04-data-layout.md §3), and is hidden.
pub const MARGIN_ATTRIBUTES: [&str; 2] = ["_margin", "margin"];

/// Groups of text that count differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextField {
    Title,
    Brand,
    Category,
    /// EAN, product code and the like.
    Codes,
    /// What a line says an object is: a short description, the type of a product.
    Line,
    /// Short values of all other attributes: what an object is like, or goes with, not what is told of it.
    Attributes,
    /// All text of the object, that of the other groups included.
    Everything,
}

impl TextField {
    pub const ALL: [Self; 7] = [
        Self::Title,
        Self::Brand,
        Self::Category,
        Self::Codes,
        Self::Line,
        Self::Attributes,
        Self::Everything,
    ];

    /// What a word found here adds to the score, times its idf.
    pub const fn weight(self) -> f32 {
        match self {
            Self::Title => 5.0,
            Self::Brand | Self::Category | Self::Codes | Self::Line | Self::Attributes => 2.0,
            Self::Everything => 1.0,
        }
    }

    /// What so many occurrences of a word count here. Titles end with the kind of the thing, which its name
    /// may have said already (`Mp2220 Digital Projector data projector`). Who says it more often says no more.
    pub fn counted(self, occurrences: u32) -> u32 {
        const IN_TITLE_MAX: u32 = 2;
        match self {
            Self::Title if occurrences > IN_TITLE_MAX => 1,
            _ => occurrences,
        }
    }

    /// How explanations call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Brand => "brand",
            Self::Category => "category",
            Self::Codes => "codes",
            Self::Line => "line",
            Self::Attributes => "attributes",
            Self::Everything => "everything",
        }
    }

    /// How much less a word counts in longer text, from 0 to 1. In short lists only its presence
    /// counts.
    pub const fn b(self) -> Option<f32> {
        match self {
            Self::Title => Some(0.4),
            Self::Line | Self::Attributes => Some(0.3),
            Self::Everything => Some(0.75),
            Self::Brand | Self::Category | Self::Codes => None,
        }
    }
}

/// Longest value that says what an object is like, in bytes; longer ones are prose.
const ATTRIBUTE_BYTES_MAX: usize = 64;

/// Longest description that is a line, in bytes.
const LINE_BYTES_MAX: usize = 84;

/// Where the words of an attribute count beside all text, by what people see of it, a line for each of the
/// values it has at least. A sentence is prose however short it is.
pub fn field_of(attribute: &str, text: &str, values: usize) -> Option<TextField> {
    let is_within = |most: usize| text.len() <= most * values.max(1);
    let is_line = || is_within(LINE_BYTES_MAX) && !text.lines().any(analysis::is_sentence);
    match attribute {
        "title" => Some(TextField::Title),
        "brand" => Some(TextField::Brand),
        "category" => Some(TextField::Category),
        "description" | "product_type" => is_line().then_some(TextField::Line),
        name if is_code(name) => Some(TextField::Codes),
        _ => is_within(ATTRIBUTE_BYTES_MAX).then_some(TextField::Attributes),
    }
}

/// The smallest group of text that has all of this attribute.
pub fn group_of(attribute: &str) -> TextField {
    match attribute {
        "title" => TextField::Title,
        "brand" => TextField::Brand,
        "category" => TextField::Category,
        name if is_code(name) => TextField::Codes,
        _ => TextField::Everything,
    }
}

/// What a word adds by all fields but the one it counts most in, to break ties.
const TIE_BREAKER: f32 = 0.3;

/// What a word is worth that is found in several fields: it is one word, so the best field counts,
/// and the others a little.
pub fn word_worth(by_field: [f32; TextField::ALL.len()]) -> f32 {
    let best = by_field.into_iter().fold(0.0, f32::max);
    let all: f32 = by_field.into_iter().sum();
    best + TIE_BREAKER * (all - best)
}

/// The same of one that two fields add something for.
pub fn word_worth_of_two(one: f32, other: f32) -> f32 {
    let best = one.max(other);
    best + TIE_BREAKER * (one + other - best)
}

/// What a word is worth at most whose title adds so much.
pub fn word_worth_at_most(title: f32) -> f32 {
    word_worth(TextField::ALL.map(|field| match field {
        TextField::Title => title,
        _ => field.weight(),
    }))
}

/// Whether `q` finds an object by this attribute: every one, but links only where a site wants them
/// (docs/reference/04-data-layout.md §9). `ancestors` are read through the categories derived from them.
pub fn is_searchable(attribute: &str, with_links: bool) -> bool {
    attribute != "ancestors" && (with_links || !is_link(attribute))
}

/// Whether an attribute, or a key inside one, is called as links are.
pub fn is_link(attribute: &str) -> bool {
    matches!(attribute, "web_url" | "url") || attribute.starts_with("image_link")
}

/// Whether the attribute holds article codes.
pub fn is_code(attribute: &str) -> bool {
    matches!(
        attribute,
        "ean" | "gtin" | "isbn" | "mpn" | "sku" | "item_id" | "item_group_id" | "id"
    ) || attribute.ends_with("product_code")
}

/// Whether the attribute holds codes that people read off an article and type. Numbers a shop gives for
/// itself are found like other words: `501` is a pair of jeans before it is the five hundred and first row.
pub fn is_article_code(attribute: &str) -> bool {
    is_code(attribute) && !matches!(attribute, "id" | "item_id" | "item_group_id")
}

/// Saturation of word frequencies (BM25).
const K1: f32 = 1.0;

/// How telling a word is: the fewer objects have it, the more.
pub fn idf(objects_with_word: u64, objects: u64) -> f32 {
    let with = objects_with_word.min(objects) as f32;
    (1.0 + (objects as f32 - with + 0.5) / (with + 0.5)).ln()
}

/// What `occurrences` of a word count in a text `relative_length` times as long as the average one,
/// between 0 and 1.
pub fn tf(occurrences: u32, relative_length: f32, b: f32) -> f32 {
    let occurrences = occurrences as f32;
    occurrences / (occurrences + K1 * (1.0 - b + b * relative_length))
}

/// Objects that have every word as typed, from which on nothing else is tried.
pub const ENOUGH_OBJECTS: usize = 10;

/// Objects that have a word in any of its forms, from which on it is no misspelling of another, whatever it
/// stands beside: of eleven chairs none is a chain.
pub const RIGHT_OBJECTS: u64 = 10;

/// What a word is worth by another form of it.
pub const FORM_WEIGHT: f32 = 0.9;

/// What a word is worth by a longer one that begins with it, while it is being typed.
pub const BEGUN_WEIGHT: f32 = 0.8;

/// What a word is worth by a compound that begins with it, which comes after the word itself as a
/// misspelling of it would.
pub const COMPOUND_WEIGHT: f32 = 0.5;
pub const COMPOUND_EDITS: u8 = 1;

/// What a word is worth where it is written together with its neighbour.
pub const JOINED_WEIGHT: f32 = 0.8;

/// What a word is worth by a synonym of it.
pub const SYNONYM_WEIGHT: f32 = 0.9;

/// Edits within which another word may be meant: none up to three letters, one up to seven, else two
/// (docs/reference/05-search.md §6).
pub fn edits_allowed(word: &str) -> u8 {
    match word.chars().count() {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

/// What a word is worth by another spelling.
pub fn spelling_weight(edits: u8) -> f32 {
    0.5_f32.powi(i32::from(edits))
}

/// How readily an object can be had; smaller is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Availability(u8);

impl Availability {
    pub const BEST: Self = Self(Self::BEST_RANK as u8);
    pub const WORST: Self = Self(Self::WORST_RANK as u8);
    const BEST_RANK: f64 = 1.0;
    /// Not available (docs/reference/04-data-layout.md §3).
    const WORST_RANK: f64 = 15.0;

    /// From `availability` and `availability_rank`; an object that states neither is available.
    pub fn new(availability: Option<f64>, rank: Option<f64>) -> Self {
        let unavailable = availability.is_some_and(|availability| availability <= 0.0);
        let rank = if unavailable {
            Self::WORST_RANK
        } else {
            rank.unwrap_or(Self::BEST_RANK)
        };
        Self(rank.clamp(Self::BEST_RANK, Self::WORST_RANK) as u8)
    }

    pub fn can_be_had(self) -> bool {
        f64::from(self.0) < Self::WORST_RANK
    }

    /// 1 for what can be had at once to 15 for what cannot.
    pub fn rank(self) -> u8 {
        self.0
    }
}

/// `boost` as it counts: 0 to 3, 0 when not sent (docs/reference/04-data-layout.md §3).
pub fn boost(sent: Option<f64>) -> u8 {
    sent.unwrap_or(0.0).clamp(0.0, 3.0) as u8
}

pub const FRESHNESS_DAYS: i64 = 60;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How much the text score of an object introduced today is lifted.
pub const FRESHNESS_LIFT: f32 = 0.1;

/// 1 for an object introduced now or later, fading to 0 over 60 days (docs/reference/04-data-layout.md §3).
pub fn freshness(introduced: Option<Timestamp>, now: Timestamp) -> f32 {
    let Some(introduced) = introduced else {
        return 0.0;
    };
    let age_ms = now.as_millis().saturating_sub(introduced.as_millis());
    let age_days = age_ms as f32 / DAY_MS as f32;
    (1.0 - age_days / FRESHNESS_DAYS as f32).clamp(0.0, 1.0)
}

/// What the shop earns as it counts: 0 to 1, 0 when not sent.
pub fn margin(sent: Option<f64>) -> f32 {
    sent.unwrap_or(0.0).clamp(0.0, 1.0) as f32
}

/// How much the text score of an object is lifted that is all margin.
pub const MARGIN_LIFT: f32 = 0.1;

/// The text score with freshness and margin taken in.
pub fn lifted(text_score: f32, freshness: f32, margin: f32) -> f32 {
    text_score * (1.0 + FRESHNESS_LIFT * freshness + MARGIN_LIFT * margin)
}

/// How much of a query stands in a title as it was typed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TitleLikeness {
    /// The title says this and nothing else.
    pub is_whole: bool,
    /// How many neighbouring words of the query are neighbours in the title.
    pub neighbours_kept: usize,
    /// The title names the words as what the thing was made for.
    pub is_made_for: bool,
    /// The title begins with what was typed, of which the last word goes on.
    pub begins: bool,
}

/// The text score with the likeness of the title taken in.
pub fn lifted_by_title(text_score: f32, likeness: TitleLikeness) -> f32 {
    const WHOLE_LIFT: f32 = 0.5;
    const NEIGHBOURS_LIFT: f32 = 0.05;
    const BEGINS_LIFT: f32 = 0.5;
    let whole = if likeness.is_whole { WHOLE_LIFT } else { 0.0 };
    let begins = if likeness.begins { BEGINS_LIFT } else { 0.0 };
    text_score * (1.0 + whole + begins + NEIGHBOURS_LIFT * likeness.neighbours_kept as f32)
}

/// What the good matches of a query have in common says what was meant: of a hundred titles with
/// `mouse` most also say `optical` or `wireless`, few say `pad`. How many of the best matches are
/// asked, and from how many on they have a say.
pub const FEEDBACK_HITS_MAX: usize = 100;
pub const FEEDBACK_HITS_MIN: usize = 3;
/// Best hits by everything else that are put in order anew.
pub const RESEMBLANCE_HITS_MAX: usize = 1_000;
/// Words in common that are looked at, the most telling ones.
pub const FEEDBACK_TERMS_MAX: usize = 40;
/// How much the text score of the object most like the others is lifted.
const RESEMBLANCE_LIFT: f32 = 0.85;

/// How telling it is of the good matches that a word stands in the titles of this share of them, and
/// in this share of all titles; 0 for a word that is no sign of them.
pub fn feedback_term_weight(among_hits: f32, among_all: f32) -> f32 {
    const RARE: f32 = 0.02;
    const TIMES_COMMONER_MIN: f32 = 3.0;
    const SMOOTHING: f32 = 1e-4;
    if among_hits <= RARE || among_hits <= TIMES_COMMONER_MIN * among_all {
        return 0.0;
    }
    among_hits * ((among_hits + SMOOTHING) / (among_all + SMOOTHING)).ln()
}

/// How much a title of `words` words is like those of the good matches, by the sum of the weights of
/// its words; to be divided by that of the one most like them.
pub fn resemblance(weights: f32, words: usize) -> f32 {
    weights / ((words as f32).sqrt() + 1.0)
}

/// The text score with resemblance taken in, which is between 0 and 1.
pub fn lifted_by_feedback(text_score: f32, resemblance: f32) -> f32 {
    text_score * (1.0 + RESEMBLANCE_LIFT * resemblance.clamp(0.0, 1.0))
}

/// Hits whose titles are nearly the same that stand among the first suggestions, while there are others.
pub const ALIKE_MAX: usize = 1;

/// Whether titles are nearly the same that have so many of all their words in common.
pub fn titles_are_alike(common: usize, all: usize) -> bool {
    const SHARE: f32 = 0.7;
    common as f32 >= SHARE * all as f32
}

#[cfg(test)]
mod tests;
