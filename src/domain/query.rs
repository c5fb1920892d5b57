//! A search as the engine takes it.

use std::net::IpAddr;

use super::answer_memory::AnswerMemory;
use super::facet::{DynamicFacets, FacetRequest};
use super::filter::{FieldFilter, Filters};
use super::geo::Place;
use super::identity::{Identity, ObjectType};
use super::marked_text::HighlightRequest;
use super::projection::Projection;
use super::site::ResultSet;
use super::sort::{SortKey, TypeSort};
use super::time::Timestamp;
use super::value::FieldName;

/// What the visitor typed, trimmed, never blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryText(String);

impl QueryText {
    /// Longest query text looked at; the rest is cut off.
    pub const CHARS_MAX: usize = 512;

    /// `None` when the text is blank.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.chars().take(Self::CHARS_MAX).collect()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says one thing, and none follows from the others"
)]
pub struct SearchQuery {
    /// `None` lists everything the filters let through.
    pub text: Option<QueryText>,
    /// Whether what the site's rules say of the text is done.
    pub uses_rules: bool,
    pub last_word: LastWord,
    pub typos: Typos,
    /// Where the site does not say otherwise. A scope finds everything that has one of the words.
    pub result_set: ResultSet,
    /// Where words are looked for; `None` is everywhere.
    pub scope: Option<Vec<ScopedField>>,
    /// Attributes that also meet the text by a value that is the same, letter by letter.
    pub whole_values: Vec<ScopedField>,
    /// By what the score of an object is multiplied.
    pub functional_boosts: Vec<FunctionalBoost>,
    pub filters: Filters,
    /// Found before others that are as good in everything but the words; filters nothing.
    pub preferred: Vec<FieldFilter>,
    /// Empty: by relevance.
    pub sort: Vec<SortKey>,
    /// Orders of their own for some types.
    pub type_sorts: Vec<TypeSort>,
    pub signals: SignalSources,
    pub place: Place,
    pub page: Page,
    pub facets: Vec<FacetRequest>,
    pub dynamic_facets: Option<DynamicFacets>,
    pub quicksearch: Vec<Quicksearch>,
    /// Suggestions: no hits, no total, no facets are wanted beside, and what is nearly the same does not take
    /// all places.
    pub quicksearch_alone: bool,
    /// Every variant is a hit, whatever the site does otherwise.
    pub all_variants: bool,
    /// Of which attributes hits come with their text, what the words meet marked in it.
    pub highlights: Vec<HighlightRequest>,
    /// Whether hits say why they stand where they stand.
    pub explain: bool,
    /// Whether queries that visitors searched for are objects among the others
    /// (docs/reference/06-autocomplete-and-others.md §6).
    pub finds_queries: bool,
    /// Whether what visitors chose after this query has a say in its order (docs/reference/05-search.md §6).
    pub heeds_visitors: bool,
    /// What visitors chose after this query, and how much of their say each object has, from 0 to 1. An engine that
    /// counts events knows better than who asks, and fills it in.
    pub behaviour: Vec<(Identity, f32)>,
    /// What of a hit is shown: nothing else need be kept of it.
    pub projection: Projection,
    /// Room for the hits.
    pub memory: AnswerMemory,
    /// Objects inactive at this instant are not found.
    pub now: Timestamp,
    pub asker: Asker,
}

/// For whom a search is made, as far as others share the places with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asker {
    /// Those who take turns as one. `None`: nobody from outside.
    pub client: Option<IpAddr>,
    /// Work that earlier searches of the same request have done: one request, however many searches it
    /// takes, may ask for no more than one search may.
    pub work_done: u64,
}

impl SearchQuery {
    /// Most attributes of a scope; further ones are ignored.
    pub const SCOPE_MAX: usize = 64;
    /// Most attributes compared with the whole text; further ones are ignored.
    pub const WHOLE_VALUES_MAX: usize = 1_000;
    /// Most functional boosts; further ones are ignored.
    pub const BOOSTS_MAX: usize = 16;
    /// Most attributes results are ordered by, and those of each type; further ones are ignored.
    pub const SORT_KEYS_MAX: usize = 10;
    /// Most attributes highlighted; further ones are ignored.
    pub const HIGHLIGHTS_MAX: usize = 64;

    /// Everything, none of it shown: to be narrowed down.
    pub fn everything(now: Timestamp) -> Self {
        Self {
            text: None,
            uses_rules: true,
            last_word: LastWord::default(),
            typos: Typos::default(),
            result_set: ResultSet::Wide,
            scope: None,
            whole_values: Vec::new(),
            functional_boosts: Vec::new(),
            filters: Filters::default(),
            preferred: Vec::new(),
            sort: Vec::new(),
            type_sorts: Vec::new(),
            signals: SignalSources::default(),
            place: Place::default(),
            page: Page {
                offset: 0,
                limit: 0,
            },
            facets: Vec::new(),
            dynamic_facets: None,
            quicksearch: Vec::new(),
            quicksearch_alone: false,
            all_variants: false,
            highlights: Vec::new(),
            explain: false,
            finds_queries: false,
            heeds_visitors: false,
            behaviour: Vec::new(),
            projection: Projection::default(),
            memory: AnswerMemory::default(),
            now,
            asker: Asker::default(),
        }
    }
}

/// The first hits of one type, found by the words of a search, filters of their own, and by nothing else the
/// search asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Quicksearch {
    pub object_type: ObjectType,
    pub limit: usize,
    pub filters: Filters,
    /// The attribute by which other objects lead to one of these, holding its title: of suggestions those
    /// come first that more objects lead to which can be had.
    pub led_to_by: Option<FieldName>,
}

impl Quicksearch {
    pub fn new(object_type: ObjectType, limit: usize) -> Self {
        Self {
            object_type,
            limit,
            filters: Filters::default(),
            led_to_by: None,
        }
    }

    pub const LIMIT_DEFAULT: usize = 10;
    /// Most types of one search; further ones are ignored.
    pub const TYPES_MAX: usize = 20;
}

/// Where one signal of the ranking is read from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SignalSource {
    #[default]
    Usual,
    Attribute(FieldName),
    Off,
}

impl SignalSource {
    /// The attribute, where `usual` is what it is usually read from.
    pub fn attribute<'a>(&'a self, usual: &'a str) -> Option<&'a str> {
        match self {
            Self::Usual => Some(usual),
            Self::Attribute(name) => Some(name.as_str()),
            Self::Off => None,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignalSources {
    pub availability: SignalSource,
    pub availability_rank: SignalSource,
    pub boost: SignalSource,
    pub freshness: SignalSource,
}

/// Whether a text ends where its last word does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LastWord {
    #[default]
    Whole,
    /// It is being typed: every word that begins with it is meant.
    Begun,
}

/// Whether words spelled much like those of a text are met, too. Other forms of a word, and what it makes
/// with its neighbour, are no misspellings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Typos {
    #[default]
    Tolerated,
    /// They are told in the correction, and not met.
    Told,
    /// Nobody asks for them, so nobody looks for them.
    Off,
}

/// An attribute that is looked into, and what finding something there counts.
#[derive(Clone, Debug, PartialEq)]
pub struct ScopedField {
    pub field: FieldName,
    /// Above zero; 1 is usual.
    pub weight: f32,
}

/// An attribute whose number multiplies the score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionalBoost {
    pub field: FieldName,
    pub function: BoostFunction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoostFunction {
    Linear,
    Logarithmic,
    Exponential,
}

/// A window of the ordered results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    pub offset: usize,
    pub limit: usize,
}

impl Page {
    /// Hits beyond this rank are never returned (docs/reference/05-search.md §2).
    pub const RANK_MAX: usize = 10_000;
    /// Most hits of one page.
    pub const LIMIT_MAX: usize = 200;

    /// Whether the window reaches past [`Self::RANK_MAX`]; such a page has no hits.
    pub fn is_beyond_reach(self) -> bool {
        self.offset.saturating_add(self.limit) > Self::RANK_MAX
    }
}
