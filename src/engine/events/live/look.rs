//! What is looked up in the tables for answers and reports. Invariant: only what is for the people of the shop names a
//! query that may not be shown.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::Live;
use super::query::{LiveQuery, by_frequency};
use crate::domain::{Identity, ObjectType, QueryRules};
use crate::engine::ranking::behaviour;
use crate::engine::{PopularItem, PopularQuery, QueryReport, ReportedQuery};

/// Entries of the words looked at for one suggestion, or one search.
const LOOKED_AT_MAX: usize = 50_000;

/// How many queries the report has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::engine::events) struct Reported {
    pub(in crate::engine::events) without_results: usize,
    pub(in crate::engine::events) without_clicks: usize,
}

/// A query as a search finds it.
#[derive(Clone, Copy)]
pub(in crate::engine) struct ShownQuery<'l>(&'l LiveQuery);

impl<'l> ShownQuery<'l> {
    pub(in crate::engine) fn title(self) -> &'l str {
        self.0.title()
    }

    pub(in crate::engine) fn folded(self) -> &'l str {
        &self.0.folded
    }

    /// The day it was searched for last.
    pub(in crate::engine) fn last_day(self) -> i64 {
        self.0.last_day
    }

    /// The most frequent first.
    pub(in crate::engine) fn by_frequency(self, other: Self) -> Ordering {
        by_frequency(self.0, other.0)
    }
}

impl Live {
    /// The most popular of a type, the first first.
    pub(in crate::engine) fn popular_items(
        &self,
        of: &ObjectType,
        limit: usize,
    ) -> Vec<PopularItem> {
        let of_type = self.items.values().filter(|item| item.object_type == *of);
        let mut items: Vec<_> = of_type.collect();
        best(&mut items, limit, |a, b| {
            let by_name = || a.identity.cmp(&b.identity);
            b.score.cmp(&a.score).then_with(by_name)
        });
        let popular = items.into_iter().map(|item| PopularItem {
            identity: item.identity.clone(),
            object_type: item.object_type.clone(),
            score: item.score,
        });
        popular.collect()
    }

    pub(in crate::engine) fn popular_queries(
        &self,
        searches_min: u64,
        limit: usize,
        rules: &QueryRules,
    ) -> Vec<PopularQuery> {
        let shown = self.queries.values().filter(|query| {
            query.may_be_shown()
                && query.searches >= searches_min
                && rules.may_be_suggested(&query.folded)
        });
        most_frequent(shown.collect(), limit)
    }

    /// Of those that begin with what was typed, folded, or one of whose words does.
    pub(in crate::engine) fn suggested(
        &self,
        typed: &str,
        limit: usize,
        rules: &QueryRules,
    ) -> Vec<PopularQuery> {
        if typed.is_empty() {
            return Vec::new();
        }
        let queries = self.with_words_from(typed);
        let shown = queries.filter(|query| rules.may_be_suggested(&query.folded));
        most_frequent(shown.collect(), limit)
    }

    /// Those that have each of the folded words, in any order; all of them where there are none. A last word that is
    /// still being typed is met by what begins with it.
    pub(in crate::engine) fn having(
        &self,
        words: &[&str],
        is_begun: bool,
        rules: &QueryRules,
    ) -> Vec<ShownQuery<'_>> {
        let has_all = |query: &LiveQuery| {
            words.iter().enumerate().all(|(at, word)| {
                let is_typed = is_begun && at + 1 == words.len();
                let mut own = query.folded.split(' ');
                own.any(|own| own == *word || is_typed && own.starts_with(word))
            })
        };
        let may_be_shown = |query: &&LiveQuery| rules.may_be_suggested(&query.folded);
        // The longest word stands in the fewest queries, most of the time.
        if let Some(longest) = words.iter().max_by_key(|word| word.len()) {
            let queries = self.with_words_from(longest);
            let found = queries.filter(|query| has_all(query)).filter(may_be_shown);
            return found.map(ShownQuery).collect();
        }
        let queries = self.queries.values();
        let shown = queries.filter(|query| query.may_be_shown());
        shown.filter(may_be_shown).map(ShownQuery).collect()
    }

    /// Those that may be shown and have this from the beginning of a word on.
    fn with_words_from(&self, beginning: &str) -> impl Iterator<Item = &LiveQuery> {
        let from = (Box::from(beginning), 0);
        let words = self.words.range(from..).take(LOOKED_AT_MAX);
        let begun = words.take_while(|(word, _)| word.starts_with(beginning));
        let numbers: BTreeSet<u32> = begun.map(|(_, number)| *number).collect();
        let queries = numbers.into_iter();
        queries.filter_map(|number| self.queries.get(&number))
    }

    /// What visitors chose after a folded query, and how much of their say each object has. Nothing where one client
    /// alone searched for it: what one does moves nobody else's hits.
    pub(in crate::engine) fn behaviour(&self, folded: &str) -> Vec<(Identity, f32)> {
        let number = self.by_text.get(folded);
        let query = number.and_then(|number| self.queries.get(number));
        let Some(query) = query.filter(|query| query.may_be_shown()) else {
            return Vec::new();
        };
        let chosen = query.chosen.iter();
        let Some(most) = chosen.clone().map(|(_, points)| *points).max() else {
            return Vec::new();
        };
        let known = chosen.filter_map(|(number, points)| {
            let item = self.items.get(number)?;
            Some((item.identity.clone(), behaviour(*points, most)))
        });
        known.collect()
    }

    /// Of these queries, by their numbers, so many of those that may be shown.
    pub(in crate::engine) fn titles(
        &self,
        numbers: Vec<u32>,
        limit: usize,
        rules: &QueryRules,
    ) -> Vec<String> {
        let titles = numbers.into_iter();
        let titles = titles.filter_map(|number| self.title(number, rules));
        titles.take(limit).collect()
    }

    /// How a query is shown, if it may be.
    fn title(&self, number: u32, rules: &QueryRules) -> Option<String> {
        let query = self.queries.get(&number)?;
        let is_shown = query.may_be_shown() && rules.may_be_suggested(&query.folded);
        is_shown.then(|| query.title().to_owned())
    }

    pub(in crate::engine) fn report(&self, limit: usize) -> QueryReport {
        let listed = |wanted: fn(&LiveQuery) -> bool| {
            let mut queries: Vec<_> = self
                .queries
                .values()
                .filter(|query| wanted(query))
                .collect();
            best(&mut queries, limit, |a, b| by_frequency(a, b));
            let reported = queries.into_iter().map(|query| ReportedQuery {
                title: query.title().to_owned(),
                searches: query.searches,
                empty: query.empty,
            });
            reported.collect()
        };
        let mut groups: Vec<_> = self
            .groups
            .iter()
            .map(|(group, counts)| (group.clone(), *counts))
            .collect();
        groups.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        QueryReport {
            groups,
            without_results: listed(LiveQuery::is_without_results),
            without_clicks: listed(LiveQuery::is_without_clicks),
        }
    }

    pub(in crate::engine::events) fn reported(&self) -> Reported {
        let mut reported = Reported::default();
        for query in self.queries.values() {
            reported.without_results += usize::from(query.is_without_results());
            reported.without_clicks += usize::from(query.is_without_clicks());
        }
        reported
    }
}

fn most_frequent(mut queries: Vec<&LiveQuery>, limit: usize) -> Vec<PopularQuery> {
    best(&mut queries, limit, |a, b| by_frequency(a, b));
    let popular = queries.into_iter().map(|query| PopularQuery {
        title: query.title().to_owned(),
        searches: query.searches,
    });
    popular.collect()
}

/// The first so many, in order; the rest goes unsorted.
fn best<T>(all: &mut Vec<T>, limit: usize, order: impl Fn(&T, &T) -> Ordering) {
    if limit == 0 {
        all.clear();
    } else if all.len() > limit {
        all.select_nth_unstable_by(limit - 1, &order);
        all.truncate(limit);
    }
    all.sort_unstable_by(order);
}
