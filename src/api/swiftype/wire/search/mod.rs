//! What a search asks (docs/reference/10-swiftype.md §6). Invariant: an option that cannot be is told and
//! left out; the rest of the search is as it was asked.

mod options;
mod problems;

use serde_json::Value;

pub(in crate::api::swiftype) use self::problems::Problems;
use super::super::located::DocumentType;
use super::parameters::Parameters;
use crate::domain::{
    Condition, Document, FieldFilter, LastWord, Page, QueryText, SearchQuery, SearchResults,
    SpellingSuggestion, Timestamp, Typos,
};
use options::Reader;

/// Pages and their sizes go from 1 to this.
const PAGE_MAX: usize = 100;

/// Which of the two calls it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api::swiftype) enum Kind {
    Search,
    Suggest,
}

impl Kind {
    fn page_size(self) -> usize {
        match self {
            Self::Search => 20,
            Self::Suggest => 10,
        }
    }
}

/// When another spelling is told. What is looked for is what was typed, but for [`Self::Retry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api::swiftype) enum Spelling {
    Off,
    /// Where nothing is found.
    Strict,
    Always,
    /// Where nothing is found; then it is looked for instead.
    Retry,
}

/// A search as far as it is the same for every document type.
#[derive(Debug)]
pub(in crate::api::swiftype) struct DocumentSearch {
    kind: Kind,
    /// As it is echoed.
    pub(in crate::api::swiftype) text: String,
    pub(in crate::api::swiftype) page: usize,
    pub(in crate::api::swiftype) per_page: usize,
    pub(in crate::api::swiftype) spelling: Spelling,
    options: Parameters,
}

impl DocumentSearch {
    pub(in crate::api::swiftype) fn read(
        kind: Kind,
        options: Parameters,
        problems: &mut Problems,
    ) -> Self {
        let mut bounded = |name: &'static str, default: usize| {
            let sent = options.number(name);
            match sent.map(|sent| sent.map(usize::try_from)) {
                Ok(None) => default,
                Ok(Some(Ok(number))) if (1..=PAGE_MAX).contains(&number) => number,
                _ => {
                    problems.general(name, format!("must be between 1 and {PAGE_MAX}"));
                    default
                }
            }
        };
        let (page, per_page) = (bounded("page", 1), bounded("per_page", kind.page_size()));
        let spelling = match options.text("spelling").as_deref() {
            None | Some("") => Spelling::Off,
            Some("strict") => Spelling::Strict,
            Some("always") => Spelling::Always,
            Some("retry") => Spelling::Retry,
            Some(_) => {
                problems.general("spelling", "must be one of strict, always, retry");
                Spelling::Off
            }
        };
        let text = options.text("q").unwrap_or_default();
        Self {
            kind,
            text,
            page,
            per_page,
            spelling,
            options,
        }
    }

    pub(in crate::api::swiftype) fn kind(&self) -> Kind {
        self.kind
    }

    /// Names of the document types it is narrowed down to; `None` for all.
    pub(in crate::api::swiftype) fn type_names(
        &self,
        problems: &mut Problems,
    ) -> Option<Vec<String>> {
        match self.options.value("document_types")? {
            Value::String(text) => Some(text.split(',').map(str::to_owned).collect()),
            Value::Array(list) => {
                let texts = list.iter().filter_map(Value::as_str);
                Some(texts.map(str::to_owned).collect())
            }
            _ => {
                problems.general("document_types", "must be a list");
                None
            }
        }
    }

    /// What is asked of one document type.
    pub(in crate::api::swiftype) fn query(
        &self,
        of: &DocumentType,
        now: Timestamp,
        problems: &mut Problems,
    ) -> SearchQuery {
        let mut query = SearchQuery::everything(now);
        query.text = QueryText::new(&self.text);
        query.uses_rules = false;
        query.typos = match self.spelling {
            Spelling::Off => Typos::Off,
            Spelling::Strict | Spelling::Always | Spelling::Retry => Typos::Told,
        };
        query.page = Page {
            offset: (self.page - 1) * self.per_page,
            limit: self.per_page,
        };
        if self.kind == Kind::Suggest {
            query.last_word = LastWord::Begun;
        }
        let mut reader = Reader {
            asked: self,
            of,
            problems,
        };
        reader.add_scope(&mut query);
        query.functional_boosts = reader.boosts();
        let of_type = Condition::Text(of.object_type.to_string());
        query
            .filters
            .all_of
            .push(FieldFilter::typed("type", of_type));
        reader.add_filters(&mut query);
        query.sort = reader.sort();
        if self.kind == Kind::Search {
            query.facets = reader.facets();
        }
        query.highlights = reader.highlights();
        query
    }

    /// What else may be meant, where it shall be told.
    pub(in crate::api::swiftype) fn suggestion(
        &self,
        results: &SearchResults,
    ) -> Option<SpellingSuggestion> {
        let is_wanted = match self.spelling {
            Spelling::Off => false,
            Spelling::Strict | Spelling::Retry => results.total_hits == 0,
            Spelling::Always => true,
        };
        let correction = results.correction.as_ref().filter(|_| is_wanted)?;
        SpellingSuggestion::of(correction)
    }

    /// The fields of a record; `None` for all.
    pub(in crate::api::swiftype) fn fetched(
        &self,
        of: &DocumentType,
        problems: &mut Problems,
    ) -> Option<Vec<String>> {
        let mut reader = Reader {
            asked: self,
            of,
            problems,
        };
        let names = reader.of_type("fetch_fields")?;
        let list = reader.list("fetch_fields", &names)?;
        let names = list.iter().filter_map(Value::as_str);
        let shown = names
            .filter(|name| Document::is_reserved(name) || reader.is_shown("fetch_fields", name));
        Some(shown.map(str::to_owned).collect())
    }
}
