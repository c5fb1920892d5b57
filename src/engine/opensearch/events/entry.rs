//! An entry of the log as a document. Invariant: what this program cannot read is told, and never taken for nothing.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::event::KeptEvent;
use crate::domain::{ClientId, Identity, ObjectType, Timestamp};
use crate::engine::Telling;
use crate::engine::events::{Deed, Entry, Mark};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct KeptEntry {
    /// Its place in the log, from 1.
    pub(super) number: u64,
    /// Tells it from one that somebody else wrote under the same number.
    pub(super) made: String,
    /// When, by the clock of who wrote it.
    at: i64,
    /// Of all entries up to this one.
    pub(super) bytes: u64,
    /// The last entry that forgets somebody, up to this one; 0: none.
    pub(super) forgot: u64,
    /// The objects it names that there are, by type.
    #[serde(default)]
    objects: BTreeMap<String, Vec<String>>,
    deeds: Vec<KeptDeed>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum KeptDeed {
    Record {
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_past: bool,
        events: Vec<KeptEvent>,
    },
    /// By what stands for them.
    Forget(String),
}

impl KeptDeed {
    pub(super) fn record(events: Vec<KeptEvent>, telling: Telling) -> Self {
        Self::Record {
            is_past: telling == Telling::Past,
            events,
        }
    }

    fn read(&self) -> Option<Deed> {
        Some(match self {
            Self::Record { is_past, events } => Deed::Record {
                events: events.iter().map(KeptEvent::read).collect::<Option<_>>()?,
                telling: if *is_past {
                    Telling::Past
                } else {
                    Telling::Now
                },
            },
            Self::Forget(client) => Deed::Forget(ClientId::new(client)?),
        })
    }
}

/// What is to be written into the log, wherever it finds a place.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) made: String,
    pub(super) deeds: Vec<KeptDeed>,
    pub(super) objects: BTreeMap<String, Vec<String>>,
}

impl Draft {
    /// As it is behind the entry of the mark. Its size is about what it takes as a text.
    pub(super) fn behind(&self, mark: &Mark, at: Timestamp) -> KeptEntry {
        let mut entry = KeptEntry {
            number: mark.entry + 1,
            made: self.made.clone(),
            at: at.as_millis(),
            bytes: mark.bytes,
            forgot: mark.forgot,
            objects: self.objects.clone(),
            deeds: self.deeds.clone(),
        };
        let forgets = |deed: &KeptDeed| matches!(deed, KeptDeed::Forget(_));
        if self.deeds.iter().any(forgets) {
            entry.forgot = entry.number;
        }
        entry.bytes += serde_json::to_vec(&entry).map_or(0, |text| text.len() as u64);
        entry
    }
}

impl KeptEntry {
    /// `None` where this program cannot read it.
    pub(super) fn read(&self, log: &str) -> Option<Entry> {
        let mut objects = HashMap::new();
        for (object_type, names) in &self.objects {
            let object_type = ObjectType::new(object_type).ok()?;
            let names = names.iter().filter_map(|name| Identity::new(name).ok());
            objects.extend(names.map(|name| (name, object_type.clone())));
        }
        Some(Entry {
            deeds: self
                .deeds
                .iter()
                .map(KeptDeed::read)
                .collect::<Option<_>>()?,
            objects,
            at: Timestamp::from_millis(self.at),
            mark: Mark {
                log: log.to_owned(),
                entry: self.number,
                made: self.made.clone(),
                bytes: self.bytes,
                forgot: self.forgot,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_says_how_far_the_log_is_and_who_was_forgotten_last() {
        let mark = Mark {
            log: "l".to_owned(),
            entry: 4,
            bytes: 100,
            forgot: 2,
            ..Mark::default()
        };
        let draft = |deeds| Draft {
            made: "m".to_owned(),
            deeds,
            objects: BTreeMap::from([("product".to_owned(), vec!["/a".to_owned()])]),
        };
        let now = Timestamp::from_millis(9);
        let records = draft(vec![KeptDeed::record(Vec::new(), Telling::Past)]).behind(&mark, now);
        assert_eq!((records.number, records.forgot), (5, 2));
        assert!(records.bytes > 100);
        let forgets = draft(vec![KeptDeed::Forget("c".to_owned())]).behind(&mark, now);
        assert_eq!((forgets.number, forgets.forgot), (5, 5));
        let text = serde_json::to_string(&records).expect("JSON");
        let again: KeptEntry = serde_json::from_str(&text).expect("the same");
        assert_eq!(again, records);
        let read = again.read("l").expect("an entry");
        assert_eq!((read.at, read.mark.entry, read.objects.len()), (now, 5, 1));
        assert!(matches!(
            read.deeds.as_slice(),
            [Deed::Record {
                telling: Telling::Past,
                ..
            }]
        ));
    }
}
