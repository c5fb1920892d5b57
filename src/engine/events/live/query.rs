//! One query of the last 30 days. Invariant: it may be shown while two clients have searched for it and its last search
//! found something, and its title is its most frequent spelling.

use std::cmp::Ordering;

use crate::domain::word_starts;
use crate::engine::events::numbers::{Query, SPELLINGS_MAX, may_be_shown};
use crate::engine::events::tally::QueryCounts;

/// Fewer searches that found something say nothing about clicks.
const UNCLICKED_SEARCHES_MIN: u64 = 3;

/// Objects that are held of those chosen after one query.
const CHOSEN_MAX: usize = 50;

pub(super) struct LiveQuery {
    pub(super) folded: Box<str>,
    pub(super) spellings: Vec<(Box<str>, u64)>,
    pub(super) searches: u64,
    pub(super) empty: u64,
    pub(super) clicks: u64,
    pub(super) is_shared: bool,
    pub(super) is_found: bool,
    pub(super) last_day: i64,
    /// Objects by number, and what was done with each after a search for this.
    pub(super) chosen: Vec<(u32, u64)>,
}

impl LiveQuery {
    pub(super) fn new(folded: &str, state: &Query) -> Self {
        Self {
            folded: folded.into(),
            spellings: Vec::new(),
            searches: 0,
            empty: 0,
            clicks: 0,
            is_shared: state.is_shared,
            is_found: state.is_found,
            last_day: 0,
            chosen: Vec::new(),
        }
    }

    pub(super) fn may_be_shown(&self) -> bool {
        self.is_shared && self.is_found && may_be_shown(&self.folded)
    }

    pub(super) fn is_without_results(&self) -> bool {
        !self.is_found && self.empty > 0
    }

    pub(super) fn is_without_clicks(&self) -> bool {
        let found = self.searches.saturating_sub(self.empty);
        self.is_found && self.clicks == 0 && found >= UNCLICKED_SEARCHES_MIN
    }

    pub(super) fn add(&mut self, day: i64, counts: &QueryCounts) {
        self.searches = self.searches.saturating_add(counts.searches);
        self.empty = self.empty.saturating_add(counts.empty);
        self.clicks = self.clicks.saturating_add(counts.clicks);
        self.last_day = self.last_day.max(day);
    }

    pub(super) fn spell(&mut self, typed: &str, times: u64) {
        let is_it = |(text, _): &(Box<str>, u64)| **text == *typed;
        match self.spellings.iter().position(is_it) {
            Some(at) => self.spellings[at].1 += times,
            None if self.spellings.len() < SPELLINGS_MAX => {
                self.spellings.push((typed.into(), times));
            }
            None => {}
        }
    }

    /// Takes note of what was done with an object; whether it is one more that is held. Beyond the bound a newcomer
    /// waits for the next day, when the most chosen are read from the file.
    pub(super) fn choose(&mut self, item: u32, points: u64, has_room: bool) -> bool {
        if let Some((_, held)) = self.chosen.iter_mut().find(|(held, _)| *held == item) {
            *held = held.saturating_add(points);
            return false;
        }
        let is_new = has_room && self.chosen.len() < CHOSEN_MAX;
        if is_new {
            self.chosen.push((item, points));
        }
        is_new
    }

    /// The most frequent spelling.
    pub(super) fn title(&self) -> &str {
        let best = self.spellings.iter().max_by(|a, b| {
            let by_text = || b.0.cmp(&a.0);
            a.1.cmp(&b.1).then_with(by_text)
        });
        best.map_or(&self.folded, |(text, _)| text)
    }
}

/// The words of a query, each with what follows it.
pub(super) fn words(folded: &str, number: u32) -> impl Iterator<Item = (Box<str>, u32)> {
    word_starts(folded).map(move |rest| (Box::from(rest), number))
}

/// The most frequent first.
pub(super) fn by_frequency(a: &LiveQuery, b: &LiveQuery) -> Ordering {
    let by_text = || a.folded.cmp(&b.folded);
    b.searches.cmp(&a.searches).then_with(by_text)
}
