//! The events of one client that belong together, and what it was shown in them
//! (docs/reference/06-autocomplete-and-others.md §6.6). Invariants: what is kept of a session is bounded; a click
//! belongs to the latest list before it that showed what was clicked, in the same session or to none.

use std::collections::VecDeque;

use super::Label;
use super::list::{ListKind, ListView, Place};
use crate::domain::identity::Identity;
use crate::domain::time::Timestamp;

/// Stands for what was shown: a digest of its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemKey(pub u64);

impl ItemKey {
    pub fn of(identity: &Identity) -> Self {
        let hash = blake3::hash(identity.as_str().as_bytes());
        let (first, _) = hash.as_bytes().split_at(8);
        Self(
            first
                .iter()
                .fold(0, |key, byte| (key << 8) | u64::from(*byte)),
        )
    }
}

/// A list that the client saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenList {
    /// Of this list, for whoever keeps it elsewhere too.
    pub number: u64,
    pub at: Timestamp,
    pub kind: ListKind,
    /// The number of its query, where that is kept.
    pub query: Option<u32>,
    pub place: Option<Place>,
    /// The variant of an A/B test that it was of.
    pub variant: Option<Label>,
    pub items: Vec<ItemKey>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub last: Timestamp,
    pub events: u32,
    pub lists: VecDeque<SeenList>,
    /// The last thing typed for suggestions, folded: not counted until it is known what came next.
    pub typed: Option<Box<str>>,
    /// The variant of an A/B test that it is of, as it was said last.
    pub variant: Option<Label>,
}

impl Session {
    /// It ends after so long without events.
    pub const ENDS_AFTER_MS: i64 = 30 * 60 * 1000;
    /// Lists that are kept; of more the latest.
    pub const LISTS_MAX: usize = 20;

    pub fn begun(at: Timestamp) -> Self {
        Self {
            last: at,
            events: 0,
            lists: VecDeque::new(),
            typed: None,
            variant: None,
        }
    }

    /// Whether an event at this time begins another session.
    pub fn is_over(&self, at: Timestamp) -> bool {
        at.as_millis().saturating_sub(self.last.as_millis()) > Self::ENDS_AFTER_MS
    }

    /// Takes one more event, unless there are as many as there may be.
    pub fn take(&mut self, at: Timestamp, events_max: Option<u32>) -> bool {
        if events_max.is_some_and(|max| self.events >= max) {
            return false;
        }
        self.events = self.events.saturating_add(1);
        self.last = self.last.max(at);
        true
    }

    /// Remembers a list; gives back one that is remembered no more for it.
    pub fn show(&mut self, list: SeenList) -> Option<SeenList> {
        self.lists.push_back(list);
        let is_full = self.lists.len() > Self::LISTS_MAX;
        is_full.then(|| self.lists.pop_front()).flatten()
    }

    /// The list that something done at this time belongs to.
    pub fn attributed(&self, item: ItemKey, at: Timestamp) -> Option<&SeenList> {
        let is_before = |list: &&SeenList| {
            let age = at.as_millis().saturating_sub(list.at.as_millis());
            (0..=Self::ENDS_AFTER_MS).contains(&age)
        };
        let mut lists = self.lists.iter().rev().filter(is_before);
        lists.find(|list| list.items.contains(&item))
    }

    /// What was typed before, if that was more than the beginning of what comes now: it counts.
    pub fn type_next(&mut self, view: &ListView) -> Option<Box<str>> {
        let next = view.query.as_ref()?.folded();
        let typed = (view.kind == ListKind::Autocomplete).then(|| next.into());
        let before = std::mem::replace(&mut self.typed, typed);
        before.filter(|before| !next.starts_with(&**before))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fault::Faults;
    use super::super::list::{SentList, SentQuery};
    use super::*;

    const MINUTE: i64 = 60_000;

    fn ms(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn list(number: u64, at: i64, items: &[u64]) -> SeenList {
        SeenList {
            number,
            at: ms(at),
            kind: ListKind::SearchResults,
            query: None,
            place: None,
            variant: None,
            items: items.iter().copied().map(ItemKey).collect(),
        }
    }

    fn number(session: &Session, item: u64, at: i64) -> Option<u64> {
        let list = session.attributed(ItemKey(item), ms(at));
        list.map(|list| list.number)
    }

    #[test]
    fn a_click_belongs_to_the_latest_list_before_it() {
        let mut session = Session::begun(ms(0));
        session.show(list(1, 0, &[1, 2]));
        session.show(list(2, MINUTE, &[2, 3]));
        session.show(list(3, 2 * MINUTE, &[3]));
        session.last = ms(2 * MINUTE);
        assert_eq!(number(&session, 2, 3 * MINUTE), Some(2));
        assert_eq!(number(&session, 3, 3 * MINUTE), Some(3));
        assert_eq!(
            number(&session, 3, 90_000),
            Some(2),
            "sent late, done before"
        );
        assert_eq!(number(&session, 1, 3 * MINUTE), Some(1));
        assert_eq!(number(&session, 9, 3 * MINUTE), None);
        assert_eq!(number(&session, 1, 31 * MINUTE), None, "too long ago");
    }

    #[test]
    fn a_session_ends_after_half_an_hour_and_has_only_so_many_events() {
        let mut session = Session::begun(ms(0));
        assert!(session.take(ms(0), Some(2)) && session.take(ms(MINUTE), Some(2)));
        assert!(!session.take(ms(2 * MINUTE), Some(2)));
        assert!(!session.is_over(ms(31 * MINUTE)) && session.is_over(ms(32 * MINUTE)));
    }

    fn typed(kind: ListKind, text: &str) -> ListView {
        let sent = SentList {
            query: SentQuery {
                string: Some(text.to_owned()),
                ..SentQuery::default()
            },
            ..SentList::default()
        };
        ListView::read(kind, sent, &mut Faults::default())
    }

    #[test]
    fn what_begins_the_next_query_was_not_meant() {
        let mut session = Session::begun(ms(0));
        let mut next = |kind, text| {
            let counted = session.type_next(&typed(kind, text));
            counted.map(|text| text.to_string())
        };
        assert_eq!(next(ListKind::Autocomplete, "wo"), None);
        assert_eq!(next(ListKind::Autocomplete, "Wool"), None);
        assert_eq!(next(ListKind::SearchResults, "wool hat"), None);
        assert_eq!(next(ListKind::Autocomplete, "shoe"), None);
        assert_eq!(next(ListKind::Autocomplete, "hat"), Some("shoe".to_owned()));
        assert_eq!(next(ListKind::SearchResults, "x"), Some("hat".to_owned()));
        assert_eq!(next(ListKind::SearchResults, "y"), None);
    }

    proptest! {
        /// Against a look through everything that was ever shown.
        #[test]
        fn attribution_is_what_a_look_through_all_lists_finds(
            shown in proptest::collection::vec((0_i64..20, proptest::collection::vec(0_u64..6, 0..4)), 0..40),
            item in 0_u64..6,
            later in 0_i64..60,
        ) {
            let mut session = Session::begun(ms(0));
            let mut all = Vec::new();
            let mut now = 0;
            for (number, (pause, items)) in shown.iter().enumerate() {
                now += pause * MINUTE / 4;
                let list = list(number as u64, now, items);
                session.take(ms(now), None);
                session.show(list.clone());
                all.push(list);
            }
            let at = now + later * MINUTE;
            let kept = all.iter().rev().take(Session::LISTS_MAX);
            let expected = kept
                .filter(|list| at - list.at.as_millis() <= Session::ENDS_AFTER_MS)
                .find(|list| list.items.contains(&ItemKey(item)))
                .map(|list| list.number);
            prop_assert_eq!(number(&session, item, at), expected);
            prop_assert!(session.lists.len() <= Session::LISTS_MAX);
        }
    }
}
