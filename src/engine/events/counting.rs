//! What one event counts for. Invariant: an event is counted once, whatever is sent again; what stands behind a
//! refusal to be remembered is counted and leaves no trace of the client.

use std::collections::HashSet;

use rusqlite::{Connection, params};

use super::clients::{Clients, Deed};
use super::groups::Groups;
use super::keys::{ClientKey, Secret};
use super::numbers::{KnownObjects, Numbers, Query};
use super::sessions::{Sessions, Typed};
use super::settings::EventSettings;
use super::tally::{QueryCounts, Tally};
use crate::domain::{
    Act, Event, EventKind, FaultKind, Faults, Group, GroupKind, Identity, ItemCounts, ItemKey,
    Label, Line, ListKind, ListPlace, ListView, Recorded, RecordedQuery, SeenList, Timestamp,
    day_of, week_of,
};
use crate::engine::Telling;
use crate::engine::sqlite::StoreError;

/// Places of recommendations that are counted apart.
const PLACES_MAX: usize = 500;

/// Everything that counting changes, in one transaction.
pub(super) struct Counting<'b> {
    pub(super) file: &'b Connection,
    /// Of the catalog: what is an object, is said there.
    pub(super) catalog: &'b dyn KnownObjects,
    pub(super) settings: EventSettings,
    pub(super) secret: &'b Secret,
    pub(super) sessions: &'b mut Sessions,
    pub(super) numbers: &'b mut Numbers,
    pub(super) clients: &'b mut Clients,
    pub(super) places: &'b mut HashSet<ListPlace>,
    pub(super) groups: &'b mut Groups,
    pub(super) now: Timestamp,
    pub(super) tally: Tally,
    pub(super) faults: Faults,
}

/// Of whom and when.
#[derive(Clone)]
struct Who {
    /// `None` when nothing may be kept of them.
    client: Option<ClientKey>,
    customer: Option<ClientKey>,
    at: Timestamp,
    day: i64,
    /// What its events count for, too.
    groups: Vec<Group>,
}

/// The list that something done belongs to.
#[derive(Clone)]
struct Attribution {
    list: ListKind,
    query: Option<u32>,
    place: Option<ListPlace>,
    variant: Option<Label>,
}

impl Counting<'_> {
    pub(super) fn event(
        &mut self,
        event: &Event,
        telling: Telling,
    ) -> Result<Recorded, StoreError> {
        let today = day_of(self.now);
        let kept_from = today - i64::from(self.settings.counters_kept_days);
        let Some(at) = event.at.filter(|at| day_of(*at) > kept_from) else {
            return Ok(Recorded::Dropped);
        };
        let key = self.secret.event(&event.id);
        let is_new = self
            .file
            .prepare_cached("INSERT OR IGNORE INTO counted VALUES (?1, ?2)")?
            .execute(params![key, today])?;
        if is_new == 0 {
            return Ok(Recorded::Repeated);
        }
        let known = |id| event.may_be_kept.then(|| self.secret.client(id));
        let mut who = Who {
            client: known(&event.client),
            customer: event.customer.as_ref().and_then(known),
            at,
            day: day_of(at),
            groups: Vec::new(),
        };
        if !self.enter(&who, telling)? {
            self.file
                .prepare_cached("DELETE FROM counted WHERE event = ?1")?
                .execute([key])?;
            return Ok(Recorded::OverSession);
        }
        who.groups = self.groups_of(&who, event);
        let who = &who;
        for (kind, times) in event.faults.iter() {
            self.faults.note_times(kind, times);
        }
        match &event.kind {
            EventKind::View(page) => self.view(who, page.as_ref())?,
            EventKind::Lists(views) => {
                for view in views {
                    self.list(who, view)?;
                }
            }
            EventKind::Act { act, target } => self.act(who, *act, target.as_ref())?,
            EventKind::Transaction(lines) => {
                for line in lines {
                    self.line(who, line)?;
                }
                self.basket(who, lines)?;
            }
        }
        Ok(Recorded::Counted)
    }

    /// Whether the session of the client takes one more event.
    fn enter(&mut self, who: &Who, telling: Telling) -> Result<bool, StoreError> {
        let Some(client) = who.client else {
            return Ok(true);
        };
        if let Some(typed) = self.sessions.enter(self.file, client, who.at, self.now)? {
            self.typed(typed)?;
        }
        let max = match telling {
            Telling::Now => self.settings.per_session_max,
            Telling::Past => None,
        };
        let session = self.sessions.of_mut(client);
        Ok(session.is_none_or(|session| session.take(who.at, max)))
    }

    /// The groups that all of an event counts for. What a session said of itself holds for what follows.
    fn groups_of(&mut self, who: &Who, event: &Event) -> Vec<Group> {
        let session = who.client.and_then(|client| self.sessions.of_mut(client));
        let variant = match session {
            Some(session) => {
                if event.variant.is_some() {
                    session.variant.clone_from(&event.variant);
                }
                session.variant.clone()
            }
            None => event.variant.clone(),
        };
        let variant = variant.iter().map(|name| (GroupKind::SessionVariant, name));
        let context = event.context.iter().map(|name| (GroupKind::Context, name));
        let all = variant
            .chain(context)
            .map(|(kind, name)| Group::new(kind, name));
        let mut all: Vec<Group> = all.collect();
        all.retain(|group| self.groups.has(group));
        all
    }

    /// Counts something for the groups of its event, and of the list that it belongs to.
    fn of_groups(&mut self, who: &Who, variant: Option<&Label>, one: &ItemCounts) {
        let of_list = variant.map(|name| Group::new(GroupKind::ListVariant, name));
        let of_list = of_list.filter(|group| self.groups.has(group));
        for group in who.groups.iter().cloned().chain(of_list) {
            let counts = self.tally.groups.entry((who.day, group));
            counts.or_default().add(one);
        }
    }

    /// Counts what was typed for suggestions and led to nothing longer.
    pub(super) fn typed(&mut self, (folded, at): Typed) -> Result<(), StoreError> {
        let day = day_of(at);
        let per_day_max = self.settings.queries_per_day_max;
        match self.numbers.query(self.file, &folded, day, per_day_max)? {
            Some(query) => self.of_query(day, query.number).typed += 1,
            None => self.faults.note(FaultKind::QueryNotKept),
        }
        Ok(())
    }

    fn view(&mut self, who: &Who, page: Option<&Identity>) -> Result<(), StoreError> {
        let item = page.map(|page| self.item(page)).transpose()?.flatten();
        if let Some(item) = item {
            self.of_item(who.day, item, None).views += 1;
            self.remember(who, Deed::Saw, item)?;
        }
        Ok(())
    }

    fn list(&mut self, who: &Who, view: &ListView) -> Result<(), StoreError> {
        let before = who
            .client
            .and_then(|client| self.sessions.of_mut(client))
            .and_then(|session| session.type_next(view));
        if let Some(before) = before {
            self.typed((before, who.at))?;
        }
        if let (None, ListKind::Autocomplete, Some(query)) = (who.client, view.kind, &view.query) {
            self.typed((query.folded().into(), who.at))?;
        }
        let query = match (&view.query, view.kind) {
            (Some(query), ListKind::SearchResults) => self.search(who, view, query)?,
            _ => None,
        };
        for item in &view.items {
            match self.item(item)? {
                Some(item) => self.of_item(who.day, item, Some(view.kind)).shown += 1,
                None => self.faults.note(FaultKind::UnknownIdentity),
            }
        }
        let place = view.place.as_ref().filter(|place| self.has_place(place));
        let place = place.cloned();
        if let Some(place) = &place {
            self.of_place(who.day, place).shown += 1;
        }
        let shown_once = ItemCounts {
            shown: 1,
            ..ItemCounts::default()
        };
        self.of_groups(who, view.variant.as_ref(), &shown_once);
        if let Some(client) = who.client {
            let shown = view.items.iter().chain(&view.suggestions);
            let list = SeenList {
                number: 0,
                at: who.at,
                kind: view.kind,
                query,
                place,
                variant: view.variant.clone(),
                items: shown.map(ItemKey::of).collect(),
            };
            self.sessions.show(self.file, client, list)?;
        }
        Ok(())
    }

    /// The number of the query of a page of results; counts the search, if it is the first page.
    fn search(
        &mut self,
        who: &Who,
        view: &ListView,
        query: &RecordedQuery,
    ) -> Result<Option<u32>, StoreError> {
        let per_day_max = self.settings.queries_per_day_max;
        let folded = query.folded();
        let known = self
            .numbers
            .query(self.file, folded, who.day, per_day_max)?;
        let Some(known) = known else {
            self.faults.note(FaultKind::QueryNotKept);
            return Ok(None);
        };
        let number = known.number;
        if view.searched().is_some() {
            let now: Query = known.searched(who.client, view.is_empty, view.is_filtered);
            self.numbers.set_query(self.file, folded, now)?;
            let counts = self.of_query(who.day, number);
            counts.searches += 1;
            counts.empty += u64::from(view.is_empty);
            let state = (folded.into(), now);
            self.tally.query_states.insert(number, state);
            let spelling = (number, query.typed().into());
            *self.tally.spellings.entry(spelling).or_default() += 1;
            self.remember(who, Deed::SearchedFor, number)?;
        }
        Ok(Some(number))
    }

    fn act(&mut self, who: &Who, act: Act, target: Option<&Identity>) -> Result<(), StoreError> {
        let Some(target) = target else {
            return Ok(());
        };
        let one = match act {
            Act::Click => ItemCounts {
                clicks: 1,
                ..ItemCounts::default()
            },
            Act::Conversion => ItemCounts {
                conversions: 1,
                ..ItemCounts::default()
            },
        };
        let deed = match act {
            Act::Click => Deed::Clicked,
            Act::Conversion => Deed::Converted,
        };
        let origin = self.origin(who, target);
        if who.client.is_some() && origin.is_none() {
            self.faults.note(FaultKind::NeverShown);
        }
        self.done(who, deed, target, origin.as_ref(), &one)
    }

    fn line(&mut self, who: &Who, line: &Line) -> Result<(), StoreError> {
        let one = ItemCounts {
            transactions: 1,
            pieces: u64::from(line.pieces),
            ..ItemCounts::default()
        };
        let origin = self.origin(who, &line.item);
        self.done(who, Deed::Bought, &line.item, origin.as_ref(), &one)
    }

    /// Counts what was bought together, whoever bought it.
    fn basket(&mut self, who: &Who, lines: &[Line]) -> Result<(), StoreError> {
        let mut items = Vec::with_capacity(lines.len());
        for line in lines {
            items.extend(self.item(&line.item)?);
        }
        self.tally.baskets.note(week_of(who.day), items);
        Ok(())
    }

    fn done(
        &mut self,
        who: &Who,
        deed: Deed,
        target: &Identity,
        origin: Option<&Attribution>,
        one: &ItemCounts,
    ) -> Result<(), StoreError> {
        let item = self.item(target)?;
        let list = origin.map(|origin| origin.list);
        let query = origin.and_then(|origin| origin.query);
        let place = origin.and_then(|origin| origin.place.as_ref());
        if let Some(query) = query {
            let counts = self.of_query(who.day, query);
            counts.clicks += one.clicks;
            counts.conversions += one.conversions;
            counts.transactions += one.transactions;
        }
        if let Some(place) = place {
            self.of_place(who.day, place).add(one);
        }
        let variant = origin.and_then(|origin| origin.variant.as_ref());
        self.of_groups(who, variant, one);
        let Some(item) = item else {
            // A suggestion of a query is shown, and no object.
            if origin.is_none() || deed == Deed::Bought {
                self.faults.note(FaultKind::UnknownIdentity);
            }
            return Ok(());
        };
        self.of_item(who.day, item, list).add(one);
        if let Some(query) = query {
            let pair = self.tally.pairs.entry((who.day, query, item));
            pair.or_default().add(one);
        }
        self.remember(who, deed, item)
    }

    fn origin(&self, who: &Who, target: &Identity) -> Option<Attribution> {
        let session = self.sessions.of(who.client?)?;
        let list = session.attributed(ItemKey::of(target), who.at)?;
        Some(Attribution {
            list: list.kind,
            query: list.query,
            place: list.place.clone(),
            variant: list.variant.clone(),
        })
    }

    fn remember(&mut self, who: &Who, deed: Deed, what: u32) -> Result<(), StoreError> {
        for client in who.client.into_iter().chain(who.customer) {
            self.clients.note(self.file, client, deed, what, who.at)?;
        }
        Ok(())
    }

    fn item(&mut self, identity: &Identity) -> Result<Option<u32>, StoreError> {
        let found = self.numbers.item(self.file, self.catalog, identity)?;
        Ok(found.map(|(number, object_type)| {
            let names = self.tally.item_names.entry(number);
            names.or_insert_with(|| (identity.clone(), object_type));
            number
        }))
    }

    fn has_place(&mut self, place: &ListPlace) -> bool {
        if self.places.contains(place) {
            return true;
        }
        self.places.len() < PLACES_MAX && self.places.insert(place.clone())
    }

    fn of_item(&mut self, day: i64, item: u32, list: Option<ListKind>) -> &mut ItemCounts {
        self.tally.items.entry((day, item, list)).or_default()
    }

    fn of_query(&mut self, day: i64, query: u32) -> &mut QueryCounts {
        self.tally.queries.entry((day, query)).or_default()
    }

    fn of_place(&mut self, day: i64, place: &ListPlace) -> &mut ItemCounts {
        self.tally.places.entry((day, place.clone())).or_default()
    }
}
