//! Pages of a search: `size`, `page`, `from`, and what the answer says of the next one
//! (docs/reference/05-search.md §2, §4). Bad numbers never fail a search, they are replaced.

use crate::domain::Page;
use crate::http::query_string::{Parameter, QueryString};

/// Hits per page when `size` is absent or bad.
const SIZE_DEFAULT: usize = 10;

/// Which hits a request asks for, and in which of the two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Paging {
    start: Start,
    size: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// `page`, counted from 1.
    Page(usize),
    /// `from`, hits left out; only where `page` is absent.
    From(usize),
}

impl Paging {
    pub(super) fn read(query: &QueryString) -> Self {
        let size = query.scalar("size").and_then(whole_number);
        let start = match (query.scalar("page"), query.scalar("from")) {
            (None, Some(from)) => Start::From(whole_number(from).unwrap_or(0)),
            (page, _) => Start::Page(page.and_then(whole_number).unwrap_or(1).max(1)),
        };
        Self {
            start,
            size: size.unwrap_or(SIZE_DEFAULT).min(Page::LIMIT_MAX),
        }
    }

    /// The window the engine is asked for.
    pub(super) fn window(self) -> Page {
        let offset = match self.start {
            Start::Page(page) => (page - 1).saturating_mul(self.size),
            Start::From(from) => from,
        };
        Page {
            offset,
            limit: self.size,
        }
    }

    /// The deprecated `offset`: where a full page ends, absent on a short page.
    pub(super) fn offset(self, hits: usize) -> Option<String> {
        let is_full = self.size > 0 && hits == self.size;
        is_full.then(|| self.end().to_string())
    }

    /// The same request for the page after this one; `None` on the last page, on one out of reach and
    /// when no hits were asked for. Parameters keep their order, the new position comes last.
    pub(super) fn next(self, query: &QueryString, total_hits: u64) -> Option<QueryString> {
        let is_last = self.end() as u64 >= total_hits;
        if is_last || self.size == 0 || self.window().is_beyond_reach() {
            return None;
        }
        let (replaced, name, value): (&[&str], _, _) = match self.start {
            Start::Page(page) => (&["page"], "page", page + 1),
            Start::From(from) if from.is_multiple_of(self.size) => {
                (&["page", "from"], "page", from / self.size + 2)
            }
            Start::From(_) => (&["page", "from"], "from", self.end()),
        };
        let kept = query
            .iter()
            .filter(|parameter| !replaced.contains(&parameter.name.as_str()));
        let position = Parameter {
            name: name.to_owned(),
            value: value.to_string(),
        };
        Some(kept.cloned().chain([position]).collect())
    }

    /// Rank of the last hit a full page has, counted from 1.
    fn end(self) -> usize {
        let window = self.window();
        window.offset.saturating_add(window.limit)
    }
}

/// A number of digits only; one too large for us is the largest we have, which is as far out of reach.
fn whole_number(text: &str) -> Option<usize> {
    let text = text.trim();
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn parse(query: &str) -> QueryString {
        QueryString::parse(query).expect("few parameters")
    }

    #[rstest]
    #[case::defaults("", 0, 10)]
    #[case::size("size=3", 0, 3)]
    #[case::no_hits("size=0", 0, 0)]
    #[case::size_is_capped("size=201", 0, 200)]
    #[case::negative_size("size=-1", 0, 10)]
    #[case::fractional_size("size=2.5", 0, 10)]
    #[case::size_is_no_number("size=all", 0, 10)]
    #[case::huge_size("size=99999999999999999999999", 0, 200)]
    #[case::last_size_wins("size=5&size=7", 0, 7)]
    #[case::page("size=20&page=3", 40, 20)]
    #[case::page_zero("page=0", 0, 10)]
    #[case::negative_page("page=-2", 0, 10)]
    #[case::page_is_no_number("page=x", 0, 10)]
    #[case::from("from=25", 25, 10)]
    #[case::page_goes_before_from("from=25&page=2", 10, 10)]
    #[case::empty_page_is_absent("from=25&page=", 25, 10)]
    #[case::bad_from("from=-1", 0, 10)]
    fn windows(#[case] query: &str, #[case] offset: usize, #[case] limit: usize) {
        let window = Paging::read(&parse(query)).window();
        assert_eq!(window, Page { offset, limit });
    }

    #[rstest]
    #[case::full_first_page("size=10", 10, Some("10"))]
    #[case::full_later_page("size=2&page=3", 2, Some("6"))]
    #[case::from("size=2&from=3", 2, Some("5"))]
    #[case::short_page("size=10", 9, None)]
    #[case::no_hits_asked_for("size=0", 0, None)]
    fn offset_is_told_on_full_pages_only(
        #[case] query: &str,
        #[case] hits: usize,
        #[case] expected: Option<&str>,
    ) {
        let offset = Paging::read(&parse(query)).offset(hits);
        assert_eq!(offset.as_deref(), expected);
    }

    #[rstest]
    #[case::first_page(
        "tracker_id=1-2&q=wool+sock&f[]=type:item&size=10",
        "tracker_id=1-2&q=wool%20sock&f[]=type:item&size=10&page=2"
    )]
    #[case::page_moves_to_the_end("page=2&q=x", "q=x&page=3")]
    #[case::every_page_is_replaced("page=7&q=x&page=2", "q=x&page=3")]
    #[case::size_stays_as_sent("size=300&q=", "size=300&q=&page=2")]
    #[case::from_becomes_a_page("from=20&q=x", "q=x&page=4")]
    #[case::from_between_pages("from=25&q=x", "q=x&from=35")]
    #[case::from_beside_a_page_is_left_alone("from=25&page=1", "from=25&page=2")]
    #[case::empty_page_goes("page=&from=25", "from=35")]
    #[case::list_elements_called_page_stay("page[]=5", "page[]=5&page=2")]
    #[case::repeats_and_unknown_stay("f[]=a:1&v=1&f[]=b:2", "f[]=a:1&v=1&f[]=b:2&page=2")]
    fn the_next_page_repeats_the_request(#[case] query: &str, #[case] expected: &str) {
        let query = parse(query);
        let next = Paging::read(&query).next(&query, 1_000);
        assert_eq!(next.map(|next| next.to_string()).as_deref(), Some(expected));
    }

    #[rstest]
    #[case::exactly_full("size=10&page=2", 20)]
    #[case::short("size=10", 3)]
    #[case::nothing_found("", 0)]
    #[case::no_hits_asked_for("size=0", 50)]
    #[case::past_the_end("page=9", 20)]
    #[case::beyond_reach("size=200&page=51", 50_000)]
    #[case::far_beyond_reach("page=18446744073709551615", 50_000)]
    #[case::from_beyond_reach("from=9995", 50_000)]
    fn there_is_no_next_page(#[case] query: &str, #[case] total_hits: u64) {
        let query = parse(query);
        assert_eq!(Paging::read(&query).next(&query, total_hits), None);
    }

    proptest! {
        #[test]
        fn following_next_page_sees_every_hit_once_and_ends(
            size in 1_usize..=200,
            first in prop_oneof![
                (1_usize..5).prop_map(|page| format!("page={page}")),
                (0_usize..900).prop_map(|from| format!("from={from}")),
            ],
            total in 0_u64..5_000,
        ) {
            let mut query = parse(&format!("f[]=a:b,c&{first}&size={size}"));
            let mut rank = Paging::read(&query).window().offset;
            loop {
                let paging = Paging::read(&query);
                prop_assert_eq!(paging.window().offset, rank);
                prop_assert_eq!(paging.window().limit, size);
                rank += size;
                let Some(next) = paging.next(&query, total) else { break };
                query = parse(&next.to_string());
            }
            prop_assert!(rank as u64 >= total);
        }

        #[test]
        fn no_query_string_fails(sent in ".*", total in any::<u64>()) {
            let query = parse(&sent);
            let paging = Paging::read(&query);
            prop_assert!(paging.window().limit <= Page::LIMIT_MAX);
            paging.next(&query, total);
        }
    }
}
