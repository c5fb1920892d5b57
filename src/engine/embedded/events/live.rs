//! The last 30 days in memory: what is popular, and queries by the words they begin with. Invariants: it says what
//! the file says, batch by batch; a query is among those that may be shown exactly while two clients have searched
//! for it and its last search found something.

use std::collections::{BTreeSet, HashMap};

use rusqlite::{Connection, params};

use super::numbers::{Query, SPELLINGS_MAX, may_be_shown};
use super::tally::{QueryCounts, Tally};
use crate::domain::{Identity, ItemCounts, ObjectType, QueryRules, word_starts};
use crate::engine::embedded::store::StoreError;
use crate::engine::{PopularItem, PopularQuery, QueryReport, ReportedQuery};

/// How far back, today included.
const DAYS: i64 = 30;

/// Objects and queries held; of more the most frequent, and newcomers wait for the next day.
const ITEMS_MAX: usize = 200_000;
const QUERIES_MAX: usize = 100_000;

/// Entries of the words looked at for one suggestion.
const LOOKED_AT_MAX: usize = 50_000;

/// Fewer searches that found something say nothing about clicks.
const UNCLICKED_SEARCHES_MIN: u64 = 3;

pub(in crate::engine::embedded) struct Live {
    pub(in crate::engine::embedded) today: i64,
    items: HashMap<u32, LiveItem>,
    queries: HashMap<u32, LiveQuery>,
    /// Those that may be shown, by the rest of their text from each of their words on.
    words: BTreeSet<(Box<str>, u32)>,
}

struct LiveItem {
    identity: Identity,
    object_type: ObjectType,
    score: u64,
}

struct LiveQuery {
    folded: Box<str>,
    spellings: Vec<(Box<str>, u64)>,
    searches: u64,
    empty: u64,
    clicks: u64,
    is_shared: bool,
    is_found: bool,
}

/// How many queries the report has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reported {
    pub(super) without_results: usize,
    pub(super) without_clicks: usize,
}

impl Live {
    pub(super) fn empty(today: i64) -> Self {
        Self {
            today,
            items: HashMap::new(),
            queries: HashMap::new(),
            words: BTreeSet::new(),
        }
    }

    pub(in crate::engine::embedded) fn load(
        file: &Connection,
        today: i64,
    ) -> Result<Self, StoreError> {
        let mut live = Self::empty(today);
        let first = today - DAYS + 1;
        let mut rows = file.prepare(
            "SELECT number, identity, type, score FROM items JOIN (\
             SELECT item, sum(clicks) + 5 * sum(conversions) + 10 * sum(transactions) AS score \
             FROM item_days WHERE day >= ?1 GROUP BY item \
             HAVING score > 0 ORDER BY score DESC LIMIT ?2) ON number = item",
        )?;
        let mut rows = rows.query(params![first, ITEMS_MAX as i64])?;
        while let Some(row) = rows.next()? {
            let identity = Identity::new(&row.get::<_, String>(1)?).ok();
            let object_type = ObjectType::new(&row.get::<_, String>(2)?).ok();
            if let Some((identity, object_type)) = identity.zip(object_type) {
                let item = LiveItem {
                    identity,
                    object_type,
                    score: row.get::<_, i64>(3)? as u64,
                };
                live.items.insert(row.get(0)?, item);
            }
        }
        live.load_queries(file, first)?;
        Ok(live)
    }

    fn load_queries(&mut self, file: &Connection, first: i64) -> Result<(), StoreError> {
        let mut rows = file.prepare(
            "SELECT number, folded, is_shared, is_found, searches, empty, clicks FROM queries JOIN (\
             SELECT query, sum(searches) AS searches, sum(empty) AS empty, sum(clicks) AS clicks \
             FROM query_days WHERE day >= ?1 GROUP BY query \
             HAVING searches > 0 ORDER BY searches DESC LIMIT ?2) ON number = query",
        )?;
        let mut rows = rows.query(params![first, QUERIES_MAX as i64])?;
        let mut spellings = file.prepare("SELECT typed, times FROM spellings WHERE query = ?1")?;
        while let Some(row) = rows.next()? {
            let number: u32 = row.get(0)?;
            let spelled = spellings.query_map([number], |row| {
                let typed: String = row.get(0)?;
                Ok((typed.into_boxed_str(), row.get::<_, i64>(1)? as u64))
            })?;
            let query = LiveQuery {
                folded: row.get::<_, String>(1)?.into(),
                spellings: spelled.collect::<Result<_, _>>()?,
                is_shared: row.get(2)?,
                is_found: row.get(3)?,
                searches: row.get::<_, i64>(4)? as u64,
                empty: row.get::<_, i64>(5)? as u64,
                clicks: row.get::<_, i64>(6)? as u64,
            };
            if query.may_be_shown() {
                self.words.extend(words(&query.folded, number));
            }
            self.queries.insert(number, query);
        }
        Ok(())
    }

    /// What a batch counted, once it is on the disk.
    pub(super) fn apply(&mut self, tally: &Tally) {
        let first = self.today - DAYS + 1;
        for ((day, item, _), counts) in &tally.items {
            if *day >= first {
                self.add_item(tally, *item, counts);
            }
        }
        for (number, (folded, state)) in &tally.query_states {
            self.set_query(*number, folded, state);
        }
        for ((day, number), counts) in &tally.queries {
            if *day >= first
                && let Some(query) = self.queries.get_mut(number)
            {
                query.add(counts);
            }
        }
        for ((number, typed), times) in &tally.spellings {
            if let Some(query) = self.queries.get_mut(number) {
                query.spell(typed, *times);
            }
        }
        for number in tally.query_states.keys() {
            self.show_or_hide(*number);
        }
    }

    fn add_item(&mut self, tally: &Tally, number: u32, counts: &ItemCounts) {
        let more = counts.score();
        if more == 0 {
            return;
        }
        if let Some(item) = self.items.get_mut(&number) {
            item.score = item.score.saturating_add(more);
        } else if let Some((identity, object_type)) = tally.item_names.get(&number)
            && self.items.len() < ITEMS_MAX
        {
            let item = LiveItem {
                identity: identity.clone(),
                object_type: object_type.clone(),
                score: more,
            };
            self.items.insert(number, item);
        }
    }

    fn set_query(&mut self, number: u32, folded: &str, state: &Query) {
        if let Some(query) = self.queries.get_mut(&number) {
            query.is_shared = state.is_shared;
            query.is_found = state.is_found;
        } else if self.queries.len() < QUERIES_MAX {
            let query = LiveQuery {
                folded: folded.into(),
                spellings: Vec::new(),
                searches: 0,
                empty: 0,
                clicks: 0,
                is_shared: state.is_shared,
                is_found: state.is_found,
            };
            self.queries.insert(number, query);
        }
    }

    fn show_or_hide(&mut self, number: u32) {
        let Some(query) = self.queries.get(&number) else {
            return;
        };
        for word in words(&query.folded, number) {
            if query.may_be_shown() {
                self.words.insert(word);
            } else {
                self.words.remove(&word);
            }
        }
    }

    /// The most popular of a type, the first first.
    pub(in crate::engine::embedded) fn popular_items(
        &self,
        of: &ObjectType,
        limit: usize,
    ) -> Vec<PopularItem> {
        let of_type = self.items.values().filter(|item| item.object_type == *of);
        let mut items: Vec<&LiveItem> = of_type.collect();
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

    pub(in crate::engine::embedded) fn popular_queries(
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
    pub(in crate::engine::embedded) fn suggested(
        &self,
        typed: &str,
        limit: usize,
        rules: &QueryRules,
    ) -> Vec<PopularQuery> {
        if typed.is_empty() {
            return Vec::new();
        }
        let from = (Box::from(typed), 0);
        let words = self.words.range(from..).take(LOOKED_AT_MAX);
        let begun = words.take_while(|(word, _)| word.starts_with(typed));
        let numbers: BTreeSet<u32> = begun.map(|(_, number)| *number).collect();
        let queries = numbers.iter().filter_map(|number| self.queries.get(number));
        let shown = queries.filter(|query| rules.may_be_suggested(&query.folded));
        most_frequent(shown.collect(), limit)
    }

    /// How a query is shown, if it may be.
    pub(super) fn title(&self, number: u32, rules: &QueryRules) -> Option<String> {
        let query = self.queries.get(&number)?;
        let is_shown = query.may_be_shown() && rules.may_be_suggested(&query.folded);
        is_shown.then(|| query.title().to_owned())
    }

    pub(in crate::engine::embedded) fn report(&self, limit: usize) -> QueryReport {
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
        QueryReport {
            without_results: listed(LiveQuery::is_without_results),
            without_clicks: listed(LiveQuery::is_without_clicks),
        }
    }

    pub(super) fn reported(&self) -> Reported {
        let mut reported = Reported::default();
        for query in self.queries.values() {
            reported.without_results += usize::from(query.is_without_results());
            reported.without_clicks += usize::from(query.is_without_clicks());
        }
        reported
    }
}

impl LiveQuery {
    fn may_be_shown(&self) -> bool {
        self.is_shared && self.is_found && may_be_shown(&self.folded)
    }

    fn is_without_results(&self) -> bool {
        !self.is_found && self.empty > 0
    }

    fn is_without_clicks(&self) -> bool {
        let found = self.searches.saturating_sub(self.empty);
        self.is_found && self.clicks == 0 && found >= UNCLICKED_SEARCHES_MIN
    }

    fn add(&mut self, counts: &QueryCounts) {
        self.searches = self.searches.saturating_add(counts.searches);
        self.empty = self.empty.saturating_add(counts.empty);
        self.clicks = self.clicks.saturating_add(counts.clicks);
    }

    fn spell(&mut self, typed: &str, times: u64) {
        let is_it = |(text, _): &(Box<str>, u64)| **text == *typed;
        match self.spellings.iter().position(is_it) {
            Some(at) => self.spellings[at].1 += times,
            None if self.spellings.len() < SPELLINGS_MAX => {
                self.spellings.push((typed.into(), times));
            }
            None => {}
        }
    }

    /// The most frequent spelling.
    fn title(&self) -> &str {
        let best = self.spellings.iter().max_by(|a, b| {
            let by_text = || b.0.cmp(&a.0);
            a.1.cmp(&b.1).then_with(by_text)
        });
        best.map_or(&self.folded, |(text, _)| text)
    }
}

fn words(folded: &str, number: u32) -> impl Iterator<Item = (Box<str>, u32)> {
    word_starts(folded).map(move |rest| (Box::from(rest), number))
}

fn by_frequency(a: &LiveQuery, b: &LiveQuery) -> std::cmp::Ordering {
    let by_text = || a.folded.cmp(&b.folded);
    b.searches.cmp(&a.searches).then_with(by_text)
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
fn best<T>(all: &mut Vec<T>, limit: usize, order: impl Fn(&T, &T) -> std::cmp::Ordering) {
    if limit == 0 {
        all.clear();
    } else if all.len() > limit {
        all.select_nth_unstable_by(limit - 1, &order);
        all.truncate(limit);
    }
    all.sort_unstable_by(order);
}
