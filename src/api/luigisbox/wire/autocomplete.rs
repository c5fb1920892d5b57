//! The parameters and the answer of suggestions while somebody types
//! (docs/reference/06-autocomplete-and-others.md §1).

use serde::Serialize;
use uuid::Uuid;

use super::context::{read_place, read_signals};
use super::filter::{SentFilters, read_preferred};
use super::hit::{HitForm, SuggestedHits};
use super::redirect::suggested_url;
use super::search::is_on;
use super::sort::read_type_sorts;
use super::trim::Trim;
use super::types::{BadTypes, TypeRequest, read_types};
use crate::domain::{
    FieldName, HighlightRequest, LastWord, QueryText, Quicksearch, ResultSet, SearchQuery,
    SearchResults, ShownName, Site, Timestamp,
};
use crate::http::query_string::QueryString;

/// Types whose titles products hold in an attribute of that name.
const LEADING: [&str; 2] = ["category", "brand"];

/// What concerns the answer.
#[derive(Debug)]
pub struct Presentation {
    typed: String,
    uses_rules: bool,
    trim: Trim,
}

/// Why parameters are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadAutocomplete {
    Types(BadTypes),
    FilterTooComplex,
}

impl From<BadTypes> for BadAutocomplete {
    fn from(bad: BadTypes) -> Self {
        Self::Types(bad)
    }
}

/// Reads the parameters; unknown ones are ignored. Without a search nothing is typed yet.
pub fn read_autocomplete(
    query: &QueryString,
    now: Timestamp,
) -> Result<(Option<SearchQuery>, Presentation), BadAutocomplete> {
    let quicksearch = groups(&read_types(query)?)?;
    let sent = query.scalar("q").unwrap_or_default();
    let typed = unquoted(sent).to_owned();
    let uses_rules = query.scalar("use_fixits").is_none_or(is_on);
    let presentation = Presentation {
        typed: typed.clone(),
        uses_rules,
        trim: Trim::read(query.scalar("hit_fields"), query.scalar("remove_fields")),
    };
    let search = QueryText::new(&typed).map(|text| SearchQuery {
        last_word: last_word(sent),
        text: Some(text),
        uses_rules,
        preferred: read_preferred(query),
        type_sorts: read_type_sorts(query),
        signals: read_signals(query),
        place: read_place(query),
        quicksearch,
        quicksearch_alone: true,
        finds_queries: true,
        heeds_visitors: true,
        result_set: ResultSet::Narrow,
        all_variants: query.scalar("non_collapsed_variants").is_some_and(is_on),
        highlights: title().into_iter().collect(),
        ..SearchQuery::everything(now)
    });
    Ok((search, presentation))
}

/// Each type once, as it was asked for first.
fn groups(types: &[TypeRequest]) -> Result<Vec<Quicksearch>, BadAutocomplete> {
    let mut groups: Vec<Quicksearch> = Vec::with_capacity(types.len());
    let mut filters = 0;
    for asked in types {
        let name = asked.object_type.as_str();
        if groups
            .iter()
            .any(|known| known.object_type.as_str() == name)
        {
            continue;
        }
        let sent = &asked.filters;
        filters += sent.any_of.len() + sent.all_of.len() + sent.none_of.len();
        let led_to_by = LEADING.iter().find(|leading| **leading == name);
        groups.push(Quicksearch {
            filters: sent.clone(),
            led_to_by: led_to_by.map(|name| FieldName::new(name)),
            ..Quicksearch::new(asked.object_type.clone(), asked.count)
        });
    }
    if filters > SentFilters::FILTERS_MAX {
        return Err(BadAutocomplete::FilterTooComplex);
    }
    Ok(groups)
}

/// Without one pair of quotes around it, which old clients add.
fn unquoted(typed: &str) -> &str {
    let typed = typed.trim();
    let inner = typed
        .strip_prefix('"')
        .and_then(|typed| typed.strip_suffix('"'));
    inner.unwrap_or(typed)
}

/// Who typed a blank has done with the word before it.
fn last_word(typed: &str) -> LastWord {
    if typed.ends_with(char::is_whitespace) {
        LastWord::Whole
    } else {
        LastWord::Begun
    }
}

/// The whole title, whether or not a word of it is met.
fn title() -> Option<HighlightRequest> {
    Some(HighlightRequest {
        field: ShownName::new("title")?,
        chars_max: None,
        fallback: true,
    })
}

/// The body of an answer.
#[derive(Serialize)]
pub struct AutocompleteBody<'a> {
    exact_match_hits_count: usize,
    partial_match_hits_count: usize,
    partial_match_terms: &'a [String],
    hits: SuggestedHits<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggested_url: Option<String>,
    campaigns: [&'a str; 0],
    guid: String,
}

impl<'a> AutocompleteBody<'a> {
    pub fn new(results: &'a SearchResults, presentation: &'a Presentation, site: &Site) -> Self {
        let hits = &results.quicksearch_hits;
        let exact = hits.iter().filter(|hit| hit.exact).count();
        let form = HitForm {
            attributes: site.attributes_form,
            trim: &presentation.trim,
            is_listed: false,
        };
        Self {
            exact_match_hits_count: exact,
            partial_match_hits_count: hits.len() - exact,
            partial_match_terms: &results.partial_words,
            hits: SuggestedHits::new(hits, &presentation.typed, form),
            suggested_url: presentation
                .uses_rules
                .then(|| suggested_url(site, &presentation.typed))
                .flatten(),
            campaigns: [],
            guid: Uuid::new_v4().to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn read(query: &str) -> Result<(Option<SearchQuery>, Presentation), BadAutocomplete> {
        let query = QueryString::parse(query).expect("few parameters");
        read_autocomplete(&query, Timestamp::from_millis(0))
    }

    #[rstest]
    #[case("item:6,category:3", &[("item", 6), ("category", 3)])]
    #[case("item:6,%20brand:99", &[("item", 6), ("brand", 50)])]
    #[case("item:6,item:2", &[("item", 6)])]
    fn types_are_read(#[case] sent: &str, #[case] expected: &[(&str, usize)]) {
        let (search, _) = read(&format!("q=a&type={sent}")).expect("well formed");
        let groups = search.expect("something typed").quicksearch;
        let read: Vec<_> = groups
            .iter()
            .map(|group| (group.object_type.as_str(), group.limit))
            .collect();
        assert_eq!(read, expected);
    }

    #[test]
    fn bad_types_and_too_many_filters_are_refused() {
        let bad = |query: &str| read(query).err();
        assert_eq!(bad("q=a"), Some(BadAutocomplete::Types(BadTypes::Missing)));
        assert_eq!(
            bad("type=item"),
            Some(BadAutocomplete::Types(BadTypes::Malformed))
        );
        let filters = "&f_item[]=a:1".repeat(SentFilters::FILTERS_MAX + 1);
        assert_eq!(
            bad(&format!("type=item:1{filters}")),
            Some(BadAutocomplete::FilterTooComplex)
        );
    }

    #[rstest]
    #[case("q=sock", Some("sock"), LastWord::Begun)]
    #[case("q=%22sock%22", Some("sock"), LastWord::Begun)]
    #[case("q=%22%22sock%22", Some("\"sock"), LastWord::Begun)]
    #[case("q=3,5%22", Some("3,5\""), LastWord::Begun)]
    #[case("q=wool+", Some("wool"), LastWord::Whole)]
    #[case("q=+", None, LastWord::Begun)]
    #[case("q=%22%22", None, LastWord::Begun)]
    #[case("", None, LastWord::Begun)]
    fn what_is_typed_is_read(
        #[case] query: &str,
        #[case] expected: Option<&str>,
        #[case] last_word: LastWord,
    ) {
        let (search, _) = read(&format!("{query}&type=item:1")).expect("well formed");
        assert_eq!(search.is_some(), expected.is_some());
        if let Some(search) = search {
            assert_eq!(search.text.as_ref().map(QueryText::as_str), expected);
            assert_eq!(search.last_word, last_word);
        }
    }

    #[test]
    fn each_type_has_filters_of_its_own() {
        let sent = "type=item:1,brand:1&q=a&f_item[]=a:1&f_must_item[]=b:1&neg_f_item[]=c:1&f_brand[]=d:1\
                    &f_item[]=a:2&f[]=e:1&f_other[]=f:1&prefer[]=g:1";
        let (search, _) = read(sent).expect("well formed");
        let search = search.expect("something typed");
        let told = |filters: &[crate::domain::FieldFilter]| {
            let texts = filters.iter().map(|filter| {
                let value = filter.asked.text().unwrap_or_default();
                format!("{}:{value}", filter.field)
            });
            texts.collect::<Vec<_>>().join(" ")
        };
        let [item, brand] = search.quicksearch.as_slice() else {
            panic!("two types");
        };
        assert_eq!(told(&item.filters.any_of), "a:1 a:2");
        assert_eq!(told(&item.filters.all_of), "b:1");
        assert_eq!(told(&item.filters.none_of), "c:1");
        assert_eq!(told(&brand.filters.any_of), "d:1");
        assert_eq!(told(&search.preferred), "g:1");
        assert_eq!(search.filters, crate::domain::Filters::default());
    }
}
