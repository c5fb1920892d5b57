//! The ranking recipe both backends follow (contract 05 §6): which text counts how much, and in what
//! order the signals decide. Nothing here knows a backend; the numbers live here and nowhere else.
//!
//! Hits of a text search are ordered by, each deciding only among equals of the one before:
//!
//! 1. [`MatchQuality`]: every word as typed in the title, anywhere, misspelled; then only some of the
//!    words, by how telling they are together
//! 2. `boost`
//! 3. [`Supply`]: available before unavailable, lower rank before higher
//! 4. text score (words by rarity, fields by [`TextField::weight`]), lifted for new objects
//! 5. order of first insertion
//!
//! Without a text, newness takes the place of 1 and 4.

use crate::domain::Timestamp;

/// Most distinct words of a query that are looked at; the rest is ignored.
pub const QUERY_WORDS_MAX: usize = 32;

/// Attributes the signals are read from.
pub const BOOST_ATTRIBUTE: &str = "boost";
pub const AVAILABILITY_ATTRIBUTE: &str = "availability";
pub const AVAILABILITY_RANK_ATTRIBUTE: &str = "availability_rank";
pub const NEWNESS_ATTRIBUTE: &str = "introduced_at";

/// Groups of text that count differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextField {
    Title,
    Brand,
    Category,
    /// EAN, product code and the like.
    Codes,
    /// All text of the object, that of the other groups included.
    Everything,
}

impl TextField {
    pub const ALL: [Self; 5] = [
        Self::Title,
        Self::Brand,
        Self::Category,
        Self::Codes,
        Self::Everything,
    ];

    /// What a word found here adds to the score, times the word's rarity.
    pub const fn weight(self) -> f32 {
        match self {
            Self::Title => 4.0,
            Self::Brand | Self::Category => 1.5,
            Self::Codes => 2.0,
            Self::Everything => 1.0,
        }
    }

    /// Whether a word counts less in longer text. In short lists only its presence counts.
    pub const fn is_length_normalised(self) -> bool {
        matches!(self, Self::Title | Self::Everything)
    }
}

/// Whether `q` finds an object by this attribute: every one but links (contract 04 §9).
/// `ancestors` are read through the categories derived from them.
pub fn is_searchable(attribute: &str) -> bool {
    !matches!(attribute, "web_url" | "url" | "ancestors") && !attribute.starts_with("image_link")
}

/// Whether the attribute holds article codes.
pub fn is_code(attribute: &str) -> bool {
    matches!(
        attribute,
        "ean" | "gtin" | "isbn" | "mpn" | "sku" | "item_id" | "item_group_id" | "id"
    ) || attribute.ends_with("product_code")
}

/// Saturation and length normalisation of word frequencies (BM25).
const SATURATION: f32 = 1.2;
const LENGTH_SHARE: f32 = 0.75;

/// How telling a word is: the fewer objects have it, the more.
pub fn rarity(objects_with_word: u64, objects: u64) -> f32 {
    let with = objects_with_word.min(objects) as f32;
    (1.0 + (objects as f32 - with + 0.5) / (with + 0.5)).ln()
}

/// What `occurrences` of a word in a text of `length` words count, between 0 and 1.
pub fn word_frequency(occurrences: u32, length: u32, average_length: f32) -> f32 {
    let occurrences = occurrences as f32;
    let relative_length = length as f32 / average_length.max(1.0);
    occurrences / (occurrences + SATURATION * (1.0 - LENGTH_SHARE + LENGTH_SHARE * relative_length))
}

/// How well the words of a query were met; greater is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MatchQuality(u32);

impl MatchQuality {
    const STEPS: f32 = 16.0;
    const EDITS_MAX: u32 = 7;

    /// Of an object that meets words of this share of the query's rarity, with so many edits.
    pub fn new(share: f32, edits: u32, all_in_title: bool) -> Self {
        let met = (share.clamp(0.0, 1.0) * Self::STEPS) as u32;
        let right = Self::EDITS_MAX - edits.min(Self::EDITS_MAX);
        Self((met * (Self::EDITS_MAX + 1) + right) * 2 + u32::from(all_in_title))
    }

    /// Whether every word is met.
    pub fn is_complete(self) -> bool {
        self.0 >= 2 * (Self::EDITS_MAX + 1) * Self::STEPS as u32
    }
}

/// Objects that have every word as typed, from which on nothing else is tried.
pub const ENOUGH_OBJECTS: usize = 10;

/// What a word is worth by another form of it.
pub const FORM_WEIGHT: f32 = 0.9;

/// What a word is worth by a longer one that begins with it, while it is being typed.
pub const BEGUN_WEIGHT: f32 = 0.8;

/// What a word is worth where it is written together with its neighbour.
pub const JOINED_WEIGHT: f32 = 0.9;

/// Edits within which another word may be meant: none up to three letters, one up to seven, else two
/// (contract 05 §6).
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
pub struct Supply(u8);

impl Supply {
    const BEST_RANK: f64 = 1.0;
    /// Not available (contract 04 §3).
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
}

/// `boost` as it counts: 0 to 3, 0 when not sent (contract 04 §3).
pub fn boost(sent: Option<f64>) -> u8 {
    sent.unwrap_or(0.0).clamp(0.0, 3.0) as u8
}

const NEWNESS_DAYS: i64 = 60;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How much the text score of an object introduced today is lifted.
const NEWNESS_LIFT: f32 = 0.1;

/// 1 for an object introduced now or later, fading to 0 over 60 days (contract 04 §3).
pub fn newness(introduced: Option<Timestamp>, now: Timestamp) -> f32 {
    let Some(introduced) = introduced else {
        return 0.0;
    };
    let age_ms = now.as_millis().saturating_sub(introduced.as_millis());
    let age_days = age_ms as f32 / DAY_MS as f32;
    (1.0 - age_days / NEWNESS_DAYS as f32).clamp(0.0, 1.0)
}

/// The text score with newness taken in.
pub fn lifted(text_score: f32, newness: f32) -> f32 {
    text_score * (1.0 + NEWNESS_LIFT * newness)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_words_are_better_and_the_title_decides_among_full_matches() {
        let in_title = MatchQuality::new(1.0, 0, true);
        let anywhere = MatchQuality::new(1.0, 0, false);
        let misspelled = MatchQuality::new(1.0, 1, false);
        let much_misspelled = MatchQuality::new(1.0, 40, false);
        let most = MatchQuality::new(0.8, 0, false);
        let little = MatchQuality::new(0.1, 0, false);
        let in_order = [
            in_title,
            anywhere,
            misspelled,
            much_misspelled,
            most,
            little,
        ];
        assert!(in_order.is_sorted_by(|a, b| a > b));
        assert_eq!(
            in_order.map(MatchQuality::is_complete),
            [true, true, true, true, false, false]
        );
    }

    #[test]
    fn unavailable_comes_after_every_rank() {
        let available = Supply::new(Some(1.0), None);
        let ranked = Supply::new(Some(1.0), Some(14.0));
        let unavailable = Supply::new(Some(0.0), Some(3.0));
        assert!(available < ranked && ranked < unavailable);
        assert_eq!(Supply::new(None, None), available);
        assert_eq!(Supply::new(None, Some(15.0)), unavailable);
        assert_eq!(Supply::new(None, Some(f64::MAX)), unavailable);
    }

    #[test]
    fn newness_fades_over_sixty_days() {
        let now = Timestamp::from_millis(100 * DAY_MS);
        let ago = |days: i64| Some(Timestamp::from_millis((100 - days) * DAY_MS));
        assert!((newness(ago(0), now) - 1.0).abs() < 1e-6);
        assert!((newness(ago(30), now) - 0.5).abs() < 1e-6);
        assert!(newness(ago(60), now).abs() < 1e-6);
        assert!(newness(ago(99), now).abs() < 1e-6);
        assert!((newness(ago(-5), now) - 1.0).abs() < 1e-6);
        assert!(newness(None, now).abs() < 1e-6);
        assert!(lifted(2.0, 1.0) > lifted(2.0, 0.0));
    }

    #[test]
    fn rare_words_and_short_texts_count_more() {
        assert!(rarity(1, 1000) > rarity(900, 1000));
        assert!(rarity(2000, 1000) > 0.0, "never negative");
        assert!(word_frequency(1, 3, 10.0) > word_frequency(1, 30, 10.0));
        assert!(word_frequency(3, 10, 10.0) > word_frequency(1, 10, 10.0));
        assert!(word_frequency(1, 0, 0.0).is_finite());
    }

    #[test]
    fn links_are_not_searched() {
        for link in ["web_url", "url", "image_link", "image_link_s", "ancestors"] {
            assert!(!is_searchable(link), "{link}");
        }
        for text in ["title", "_margin", "description", "Rodzaj cery"] {
            assert!(is_searchable(text), "{text}");
        }
    }

    #[test]
    fn boost_counts_from_zero_to_three() {
        assert_eq!(boost(None), 0);
        assert_eq!(boost(Some(2.0)), 2);
        assert_eq!(boost(Some(99.0)), 3);
        assert_eq!(boost(Some(-1.0)), 0);
    }
}
