//! The filters of a search: `f[]`, `f_must[]`, `neg_f[]`, and `prefer[]` (docs/reference/05-search.md §3).
//! Values are not looked at here: what `5|7` means depends on the type of its attribute, which the engine
//! knows.

use super::names::name_and_rest;
use crate::domain::{FieldFilter, Filters};
use crate::http::query_string::QueryString;

/// More than [`SentFilters::FILTERS_MAX`] filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilterTooComplex;

/// Filters for the engine, and their texts as the answer repeats them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SentFilters {
    pub filters: Filters,
    /// `f[]` and `f_must[]` as sent, in request order.
    pub positive: Vec<String>,
    /// `neg_f[]` as sent.
    pub negative: Vec<String>,
    /// `prefer[]`, which filter nothing.
    pub preferred: Vec<FieldFilter>,
}

impl SentFilters {
    /// Most filters of one search, all kinds together: as many as leaves of a filter tree.
    pub(super) const FILTERS_MAX: usize = 500;

    /// Filters without a colon are ignored and not repeated.
    pub(super) fn read(query: &QueryString) -> Result<Self, FilterTooComplex> {
        let mut sent = Self::default();
        for parameter in query.iter() {
            if parameter.list_name() == "prefer" {
                sent.preferred.extend(field_filter(&parameter.value));
                continue;
            }
            let (kind, echo) = match parameter.list_name() {
                "f" => (&mut sent.filters.any_of, &mut sent.positive),
                "f_must" => (&mut sent.filters.all_of, &mut sent.positive),
                "neg_f" => (&mut sent.filters.none_of, &mut sent.negative),
                _ => continue,
            };
            if let Some(filter) = field_filter(&parameter.value) {
                kind.push(filter);
                echo.push(parameter.value.clone());
            }
        }
        let complex = sent.positive.len() + sent.negative.len() > Self::FILTERS_MAX;
        if complex {
            Err(FilterTooComplex)
        } else {
            Ok(sent)
        }
    }
}

/// `prefer[]`, which filters nothing.
pub(super) fn read_preferred(query: &QueryString) -> Vec<FieldFilter> {
    let sent = query.iter();
    let wishes = sent.filter(|parameter| parameter.list_name() == "prefer");
    wishes
        .filter_map(|wish| field_filter(&wish.value))
        .collect()
}

/// Splits `field:value` at its first colon without a backslash.
pub(super) fn field_filter(text: &str) -> Option<FieldFilter> {
    let (field, value) = name_and_rest(text);
    Some(FieldFilter::untyped(field, value?))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn read(query: &str) -> Result<SentFilters, FilterTooComplex> {
        SentFilters::read(&QueryString::parse(query).expect("few parameters"))
    }

    fn pairs(filters: &[FieldFilter]) -> Vec<(&str, &str)> {
        filters
            .iter()
            .map(|filter| {
                (
                    filter.field.as_str(),
                    filter.asked.text().unwrap_or_default(),
                )
            })
            .collect()
    }

    #[test]
    fn each_kind_of_filter_goes_to_its_place_and_is_echoed_in_request_order() {
        let sent = read(
            "f_must[]=c:1&f[]=a:1&neg_f[]=d:1&f[0]=b:1&f_must=c:2&neg_f[3]=d:2&prefer[]=e:1&prefer=x",
        );
        let sent = sent.expect("few filters");
        assert_eq!(pairs(&sent.filters.any_of), [("a", "1"), ("b", "1")]);
        assert_eq!(pairs(&sent.filters.all_of), [("c", "1"), ("c", "2")]);
        assert_eq!(pairs(&sent.filters.none_of), [("d", "1"), ("d", "2")]);
        assert_eq!(pairs(&sent.preferred), [("e", "1")]);
        assert_eq!(sent.positive, ["c:1", "a:1", "b:1", "c:2"]);
        assert_eq!(sent.negative, ["d:1", "d:2"]);
    }

    #[rstest]
    #[case("f[]=a:b:c", "a", "b:c")]
    #[case("f[]=price_amount:5%7C7", "price_amount", "5|7")]
    #[case("f[]=Rodzaj+cery:Sucha", "Rodzaj cery", "Sucha")]
    #[case("f[]=brand:", "brand", "")]
    #[case("f[]=a%5C:b:c:d", "a:b", "c:d")]
    #[case("f[]=size%5C,+EU:42,5", "size, EU", "42,5")]
    #[case("f[]=:x", "", "x")]
    #[case("f[]=color:+red+", "color", " red ")]
    fn filters_split_at_their_first_colon(
        #[case] query: &str,
        #[case] field: &str,
        #[case] value: &str,
    ) {
        let sent = read(query).expect("few filters");
        assert_eq!(pairs(&sent.filters.any_of), [(field, value)]);
    }

    #[test]
    fn filters_without_a_colon_are_ignored() {
        assert_eq!(read("f[]=brand&f[]=&neg_f[]=x"), Ok(SentFilters::default()));
    }

    #[test]
    fn too_many_filters_are_refused_whatever_their_kinds() {
        let query = |count: usize| {
            let kinds = ["f[]=a:b", "f_must[]=a:b", "neg_f[]=a:b"];
            let filters: Vec<_> = kinds.into_iter().cycle().take(count).collect();
            filters.join("&")
        };
        assert!(read(&query(SentFilters::FILTERS_MAX)).is_ok());
        assert_eq!(
            read(&query(SentFilters::FILTERS_MAX + 1)),
            Err(FilterTooComplex)
        );
    }
}
