//! The last 30 days in memory: what is popular, what visitors chose after which query, and queries by their words.
//! Invariants: it says what the file says, batch by batch; a query is among those that may be shown exactly while two
//! clients have searched for it and its last search found something.
//!
//! | file | for |
//! |---|---|
//! | `load` | all of it read from the file |
//! | `query` | one query |
//! | `look` | what is looked up for answers and reports |

mod load;
mod look;
mod query;

use std::collections::{BTreeSet, HashMap};

use query::{LiveQuery, words};

use super::numbers::Query;
use super::tally::Tally;
use crate::domain::{Group, Identity, ItemCounts, ObjectType};

pub(super) use look::Reported;
pub(in crate::engine) use look::ShownQuery;

/// How far back, today included.
const DAYS: i64 = 30;

/// Objects and queries held; of more the most frequent, and newcomers wait for the next day.
const ITEMS_MAX: usize = 200_000;
const QUERIES_MAX: usize = 100_000;

/// Objects that were chosen after queries, of all queries together, sixteen bytes each.
const CHOSEN_MAX: usize = 1_000_000;

pub(in crate::engine) struct Live {
    pub(in crate::engine) today: i64,
    items: HashMap<u32, LiveItem>,
    queries: HashMap<u32, LiveQuery>,
    by_text: HashMap<Box<str>, u32>,
    /// Those that may be shown, by the rest of their text from each of their words on.
    words: BTreeSet<(Box<str>, u32)>,
    /// In all queries together.
    chosen: usize,
    groups: HashMap<Group, ItemCounts>,
}

struct LiveItem {
    identity: Identity,
    object_type: ObjectType,
    score: u64,
}

impl Live {
    pub(super) fn empty(today: i64) -> Self {
        Self {
            today,
            items: HashMap::new(),
            queries: HashMap::new(),
            by_text: HashMap::new(),
            words: BTreeSet::new(),
            chosen: 0,
            groups: HashMap::new(),
        }
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
                query.add(*day, counts);
            }
        }
        for ((number, typed), times) in &tally.spellings {
            if let Some(query) = self.queries.get_mut(number) {
                query.spell(typed, *times);
            }
        }
        for ((day, group), counts) in &tally.groups {
            if *day >= first {
                self.groups.entry(group.clone()).or_default().add(counts);
            }
        }
        for ((day, number, item), counts) in &tally.pairs {
            if *day >= first {
                self.choose(*number, *item, counts.score());
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
            self.insert(number, LiveQuery::new(folded, state));
        }
    }

    fn insert(&mut self, number: u32, query: LiveQuery) {
        if query.may_be_shown() {
            self.words.extend(words(&query.folded, number));
        }
        self.by_text.insert(query.folded.clone(), number);
        self.queries.insert(number, query);
    }

    fn choose(&mut self, number: u32, item: u32, points: u64) {
        if points > 0
            && let Some(query) = self.queries.get_mut(&number)
        {
            let has_room = self.chosen < CHOSEN_MAX;
            self.chosen += usize::from(query.choose(item, points, has_room));
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
}
