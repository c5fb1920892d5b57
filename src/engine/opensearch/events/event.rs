//! One event in an entry. Invariant: no name of a client or a customer is in it, and what may not be kept of one is not there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{
    Act, ClientId, Event, EventId, EventKind, FaultKind, Faults, Identity, Label, Line, ListKind,
    ListPlace, ListView, RecordedQuery, Timestamp,
};
use crate::engine::events::pseudonym;

/// Stands for a client of whom nothing may be kept.
const NOBODY: &str = "-";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct KeptEvent {
    id: String,
    /// What stands for who did it; nothing where nothing may be kept of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    variant: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    context: Vec<String>,
    kind: KeptKind,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    faults: BTreeMap<String, u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KeptKind {
    View(Option<String>),
    Lists(Vec<KeptList>),
    Click(Option<String>),
    Conversion(Option<String>),
    Transaction(Vec<(String, u32)>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KeptList {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    query: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    variant: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    items: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_empty: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_filtered: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_further_page: bool,
}

impl KeptEvent {
    pub(super) fn of(event: &Event, secret: &[u8; 32]) -> Self {
        let known = |client: &ClientId| {
            let name = event.may_be_kept.then(|| pseudonym(secret, client));
            name.flatten().map(|name| name.as_str().to_owned())
        };
        let text = |label: &Label| label.as_str().to_owned();
        Self {
            id: event.id.as_str().to_owned(),
            client: known(&event.client),
            customer: event.customer.as_ref().and_then(known),
            at: event.at.map(Timestamp::as_millis),
            variant: event.variant.as_ref().map(text),
            context: event.context.iter().map(text).collect(),
            kind: KeptKind::of(&event.kind),
            faults: { event.faults.iter() }
                .map(|(kind, times)| (kind.as_str().to_owned(), times))
                .collect(),
        }
    }

    /// `None` where this program cannot read it.
    pub(super) fn read(&self) -> Option<Event> {
        let mut faults = Faults::default();
        for kind in FaultKind::ALL {
            let times = self.faults.get(kind.as_str()).copied();
            faults.note_times(*kind, times.unwrap_or(0));
        }
        let client = self.client.as_deref();
        Some(Event {
            id: EventId::new(&self.id)?,
            client: ClientId::new(client.unwrap_or(NOBODY))?,
            customer: self.customer.as_deref().and_then(ClientId::new),
            at: self.at.map(Timestamp::from_millis),
            may_be_kept: client.is_some(),
            variant: self.variant.as_deref().and_then(Label::new),
            context: { self.context.iter() }
                .filter_map(|name| Label::new(name))
                .collect(),
            kind: self.kind.read()?,
            faults,
        })
    }
}

impl KeptKind {
    fn of(kind: &EventKind) -> Self {
        let text = |identity: &Identity| identity.as_str().to_owned();
        match kind {
            EventKind::View(page) => Self::View(page.as_ref().map(text)),
            EventKind::Lists(views) => Self::Lists(views.iter().map(KeptList::of).collect()),
            EventKind::Act { act, target } => {
                let target = target.as_ref().map(text);
                match act {
                    Act::Click => Self::Click(target),
                    Act::Conversion => Self::Conversion(target),
                }
            }
            EventKind::Transaction(lines) => {
                let lines = lines.iter().map(|line| (text(&line.item), line.pieces));
                Self::Transaction(lines.collect())
            }
        }
    }

    fn read(&self) -> Option<EventKind> {
        let of = |text: &Option<String>| text.as_deref().and_then(identity);
        Some(match self {
            Self::View(page) => EventKind::View(of(page)),
            Self::Lists(views) => {
                let views: Option<Vec<_>> = views.iter().map(KeptList::read).collect();
                EventKind::Lists(views?)
            }
            Self::Click(target) => EventKind::Act {
                act: Act::Click,
                target: of(target),
            },
            Self::Conversion(target) => EventKind::Act {
                act: Act::Conversion,
                target: of(target),
            },
            Self::Transaction(lines) => {
                let lines = lines.iter().filter_map(|(item, pieces)| {
                    Some(Line {
                        item: identity(item)?,
                        pieces: *pieces,
                    })
                });
                EventKind::Transaction(lines.collect())
            }
        })
    }
}

fn identity(text: &str) -> Option<Identity> {
    Identity::new(text).ok()
}

impl KeptList {
    fn of(view: &ListView) -> Self {
        let texts = |identities: &[Identity]| {
            let texts = identities.iter().map(|it| it.as_str().to_owned());
            texts.collect()
        };
        Self {
            name: view.kind.name().to_owned(),
            query: view.query.as_ref().map(|query| query.typed().to_owned()),
            place: view.place.as_ref().map(|place| place.as_str().to_owned()),
            variant: view.variant.as_ref().map(|name| name.as_str().to_owned()),
            items: texts(&view.items),
            suggestions: texts(&view.suggestions),
            is_empty: view.is_empty,
            is_filtered: view.is_filtered,
            is_further_page: view.is_further_page,
        }
    }

    fn read(&self) -> Option<ListView> {
        let identities = |texts: &[String]| texts.iter().filter_map(|it| identity(it)).collect();
        Some(ListView {
            kind: ListKind::named(&self.name)?,
            query: self.query.as_deref().and_then(RecordedQuery::new),
            place: self.place.as_deref().and_then(ListPlace::new),
            variant: self.variant.as_deref().and_then(Label::new),
            items: identities(&self.items),
            suggestions: identities(&self.suggestions),
            is_empty: self.is_empty,
            is_filtered: self.is_filtered,
            is_further_page: self.is_further_page,
        })
    }
}

/// The objects that an event names.
pub(super) fn objects(event: &Event) -> Box<dyn Iterator<Item = &Identity> + '_> {
    match &event.kind {
        EventKind::View(page) => Box::new(page.iter()),
        EventKind::Lists(views) => Box::new(views.iter().flat_map(|view| &view.items)),
        EventKind::Act { target, .. } => Box::new(target.iter()),
        EventKind::Transaction(lines) => Box::new(lines.iter().map(|line| &line.item)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u8; 32] = [7; 32];

    fn event(may_be_kept: bool, kind: EventKind) -> Event {
        let mut faults = Faults::default();
        faults.note_times(FaultKind::NegativePrice, 2);
        Event {
            id: EventId::new("e1").expect("an id"),
            client: ClientId::new("client-7").expect("a client"),
            customer: ClientId::new("customer-9"),
            at: Some(Timestamp::from_millis(5)),
            may_be_kept,
            variant: Label::new("A"),
            context: Label::new("page:home").into_iter().collect(),
            kind,
            faults,
        }
    }

    fn named(text: &str) -> Identity {
        Identity::new(text).expect("an identity")
    }

    fn kinds() -> Vec<EventKind> {
        let list = ListView {
            kind: ListKind::SearchResults,
            query: RecordedQuery::new("Žltý  Sveter"),
            place: ListPlace::new("below"),
            variant: Label::new("B"),
            items: vec![named("/a"), named("/b")],
            suggestions: vec![named("sveter")],
            is_empty: false,
            is_filtered: true,
            is_further_page: true,
        };
        let line = Line {
            item: named("/a"),
            pieces: 3,
        };
        vec![
            EventKind::View(Some(named("/a"))),
            EventKind::View(None),
            EventKind::Lists(vec![list]),
            EventKind::Act {
                act: Act::Click,
                target: Some(named("/a")),
            },
            EventKind::Act {
                act: Act::Conversion,
                target: None,
            },
            EventKind::Transaction(vec![line]),
        ]
    }

    #[test]
    fn an_event_is_read_as_it_was_but_for_the_names_of_clients() {
        for kind in kinds() {
            let event = event(true, kind);
            let text = serde_json::to_string(&KeptEvent::of(&event, &SECRET)).expect("JSON");
            assert!(!text.contains("client-7") && !text.contains("customer-9"));
            let kept: KeptEvent = serde_json::from_str(&text).expect("the same");
            let read = kept.read().expect("an event");
            let expected = Event {
                client: pseudonym(&SECRET, &event.client).expect("a name"),
                customer: event
                    .customer
                    .as_ref()
                    .and_then(|it| pseudonym(&SECRET, it)),
                ..event
            };
            assert_eq!(read, expected);
        }
    }

    #[test]
    fn nothing_is_kept_of_who_does_not_want_it() {
        for kind in kinds() {
            let event = event(false, kind);
            let kept = KeptEvent::of(&event, &SECRET);
            assert_eq!((&kept.client, &kept.customer), (&None, &None));
            let read = kept.read().expect("an event");
            assert!(!read.may_be_kept && read.customer.is_none());
            assert_eq!(read.kind, event.kind);
        }
    }
}
