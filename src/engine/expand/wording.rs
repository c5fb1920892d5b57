//! How the words of a site are met.

use super::synonyms::Synonyms;
use crate::domain::{Language, QueryRules};
use crate::engine::analysis::Spoken;

#[derive(Clone, Copy)]
pub(in crate::engine) struct Wording<'a> {
    pub(in crate::engine) language: Language,
    /// Says which words only join others.
    pub(in crate::engine) spoken: &'a Spoken,
    /// What the people of the shop have said about words, where a search heeds it.
    pub(in crate::engine) rules: Option<(&'a QueryRules, &'a Synonyms)>,
}
