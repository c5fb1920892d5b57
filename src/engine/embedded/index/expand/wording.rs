//! How the words of a site are met.

use super::synonyms::Synonyms;
use crate::domain::{Language, QueryRules};
use crate::engine::analysis::Spoken;

#[derive(Clone, Copy)]
pub(in super::super) struct Wording<'a> {
    pub(in super::super) language: Language,
    /// Says which words only join others.
    pub(in super::super) spoken: &'a Spoken,
    /// What the people of the shop have said about words, where a search heeds it.
    pub(in super::super) rules: Option<(&'a QueryRules, &'a Synonyms)>,
}
