//! What visitors do and what files say, for tests that need some of it. Invariant: what is not said is what nobody sent.

use crate::domain::{
    Act, ClientId, Event, EventId, EventKind, Faults, FileEnd, FoundFile, Line, ListKind, ListView,
    SentItem, SentList, SentQuery, Timestamp, Validators,
};
use crate::engine::conformance::objects::identity;

pub(in crate::engine) fn client(name: &str) -> ClientId {
    ClientId::new(name).unwrap()
}

pub(in crate::engine) fn event(id: &str, by: &str, at: Timestamp, kind: EventKind) -> Event {
    Event {
        id: EventId::new(id).unwrap(),
        client: client(by),
        customer: None,
        at: Some(at),
        may_be_kept: true,
        variant: None,
        context: Vec::new(),
        kind,
        faults: Faults::default(),
    }
}

/// Items that were shown for a query.
pub(in crate::engine) fn shown(kind: ListKind, query: &str, items: &[&str]) -> EventKind {
    let items = items.iter().enumerate().map(|(at, url)| SentItem {
        url: Some((*url).to_owned()),
        position: Some(at as u64 + 1),
        ..SentItem::default()
    });
    let sent = SentList {
        items: items.collect(),
        query: SentQuery {
            string: Some(query.to_owned()),
            ..SentQuery::default()
        },
    };
    EventKind::Lists(vec![ListView::read(kind, sent, &mut Faults::default())])
}

pub(in crate::engine) fn search_for(query: &str, items: &[&str]) -> EventKind {
    shown(ListKind::SearchResults, query, items)
}

pub(in crate::engine) fn act(act: Act, target: &str) -> EventKind {
    EventKind::Act {
        act,
        target: Some(identity(target)),
    }
}

pub(in crate::engine) fn click_on(target: &str) -> EventKind {
    act(Act::Click, target)
}

/// Of each of these so many pieces.
pub(in crate::engine) fn purchase(items: &[&str], pieces: u32) -> EventKind {
    let lines = items.iter().map(|item| Line {
        item: identity(item),
        pieces,
    });
    EventKind::Transaction(lines.collect())
}

/// A file that has this text and nothing else to say.
pub(in crate::engine) fn found_text(content: &str) -> FileEnd {
    FileEnd::Found {
        file: FoundFile {
            content: content.to_owned(),
            format: "text",
            title: None,
            language: None,
        },
        validators: Validators::default(),
        bytes: content.len() as u64,
        due: None,
    }
}
