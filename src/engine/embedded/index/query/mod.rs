//! Which documents a search finds.
//!
//! | file | for |
//! |---|---|
//! | `keyword` | a query text by its words and as a whole: a code, a whole value |
//! | `having` | what has one of some terms or facts |
//! | `names` | the same text as what something is called |
//! | `text` | the words of a query and what each is worth, for the whole index |
//! | `segment_text` | the same on one segment: documents that have its words, in ascending order |
//! | `segment_word` | one of them: where a document has it |
//! | `postings` | one way to meet a word: documents, fields, occurrences |
//! | `field_postings` | one word in the fields of a segment |
//! | `any_word` | what has any of many words that are worth the same |
//! | `among` | which documents a text is asked about |
//! | `limits` | the documents among which such words are looked for |
//! | `begun_cache` | the same, kept for those who type the same letters |
//! | `one_room` | caches of few large things |
//! | `scale` | what occurrences count by the length of the text |
//! | `scope` | words looked for in some attributes alone |
//! | `result_set` | which of the documents that have some word are the result |
//! | `set_cache` | what is suggested for a letter or two, kept |
//! | `fingerprint` | what is asked for, in short |
//! | `first_look` | of much that could be suggested, what is worth a look |
//! | `result_types` | how the objects of each type meet the text |
//! | `result_walk` | one segment walked for it |
//! | `spare_candidates` | the lists this fills, handed on from search to search |
//! | `text_hits` | the documents of a text in a segment, pinned ones among them |
//! | `filter` | one filter as a tantivy query |
//! | `sparse` | a filter on an attribute that may be sparse |
//! | `clauses` | conditions put together |
//! | `fact` | a filter on what is true of few objects |
//! | `filtering` | the filters of a search for each of its walks |
//! | `boolean` | trees of filters, leaf by leaf, as sets of documents |
//! | `distance` | points and distances |
//! | `variants` | which documents of variants are hits |
//! | `pins` | objects that a rule puts first or hides |
//! | `visibility` | who is alive, in the schedule and not hidden |
//! | `shared` | what the walks of one search share |
//! | `matcher` | all of it together: the documents of a search, one after the other |
//! | `candidates` | objects that an update by query may mean |

pub(super) mod among;
mod any_word;
pub(super) mod begun_cache;
pub(super) mod boolean;
pub(super) mod candidates;
mod clauses;
pub(super) mod distance;
mod fact;
mod field_postings;
pub(super) mod filter;
pub(super) mod filtering;
pub(super) mod fingerprint;
pub(super) mod first_look;
mod having;
pub(super) mod keyword;
mod limits;
pub(super) mod matcher;
pub(super) mod names;
mod one_room;
pub(super) mod pins;
pub(super) mod postings;
pub(super) mod result_set;
mod result_types;
mod result_walk;
mod scale;
pub(super) mod scope;
pub(super) mod segment_text;
mod segment_word;
pub(super) mod set_cache;
pub(super) mod shared;
mod spare_candidates;
pub(super) mod sparse;
pub(super) mod text;
pub(super) mod text_hits;
pub(super) mod variants;
pub(super) mod visibility;
