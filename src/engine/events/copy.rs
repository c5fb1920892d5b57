//! A copy of counted events that can be made again: of a log that is kept elsewhere, entry by entry, or of another copy of it.
//! Invariant: it holds what the entries up to its mark count, and what the turns between them make of that.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use tokio::sync::oneshot;

use super::look::{companions_of, history_of, searched_by};
use super::mark::Mark;
use super::numbers::KnownObjects;
use super::settings::EventSettings;
use super::work::Work;
use super::{EventLog, Live, Surroundings, file, is_final, lock};
use crate::domain::{
    ClientHistory, ClientId, Event, Identity, ObjectType, Recorded, Timestamp, day_of,
};
use crate::engine::folder;
use crate::engine::sqlite::StoreError;
use crate::engine::stats::EventStats;
use crate::engine::{Companion, Telling};

/// Processes that may have copies in one folder.
const SHELVES_MAX: usize = 64;

/// Of a copy that is being put down.
const UNFINISHED: &str = "unfinished";

#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub(in crate::engine) struct CopyError {
    pub(in crate::engine) reason: String,
    /// Whether the copy is to be made again.
    pub(in crate::engine) is_final: bool,
}

impl From<StoreError> for CopyError {
    fn from(error: StoreError) -> Self {
        Self {
            reason: error.to_string(),
            is_final: is_final(&error),
        }
    }
}

impl From<std::io::Error> for CopyError {
    fn from(error: std::io::Error) -> Self {
        Self::from(StoreError::from(error))
    }
}

/// A folder for copies in which one process works at a time. What another one left is taken over.
pub(in crate::engine) struct Shelf {
    folder: PathBuf,
    _lock: folder::Lock,
}

impl Shelf {
    pub(in crate::engine) fn take(among: &Path) -> Result<Self, CopyError> {
        for number in 0..SHELVES_MAX {
            let folder = among.join(number.to_string());
            folder::create(&folder)?;
            if let Some(lock) = folder::Lock::take(&folder)? {
                return Ok(Self {
                    folder,
                    _lock: lock,
                });
            }
        }
        Err(CopyError {
            reason: format!("{SHELVES_MAX} processes work in {}", among.display()),
            is_final: false,
        })
    }

    /// Where the copies of a site lie.
    pub(in crate::engine) fn of_site(&self, site: &str) -> PathBuf {
        self.folder.join(site)
    }
}

/// What an entry says that was done.
pub(in crate::engine) enum Deed {
    Record {
        events: Vec<Event>,
        telling: Telling,
    },
    Forget(ClientId),
}

/// An entry of the log.
pub(in crate::engine) struct Entry {
    pub(in crate::engine) deeds: Vec<Deed>,
    /// Objects that there were.
    pub(in crate::engine) objects: HashMap<Identity, ObjectType>,
    /// When it was written.
    pub(in crate::engine) at: Timestamp,
    pub(in crate::engine) mark: Mark,
}

impl KnownObjects for HashMap<Identity, ObjectType> {
    fn type_of(&self, identity: &Identity) -> Result<Option<ObjectType>, StoreError> {
        Ok(self.get(identity).cloned())
    }
}

/// The copy of one site.
pub(in crate::engine) struct EventCopy {
    log: EventLog,
    site: String,
    disk_reserve_bytes: u64,
    /// `None` before it is opened.
    place: RwLock<Option<Place>>,
}

#[derive(Clone)]
struct Place {
    home: PathBuf,
    /// Of the folder in it that counts.
    number: u64,
}

impl Place {
    fn folder(&self) -> PathBuf {
        self.home.join(self.number.to_string())
    }
}

impl EventCopy {
    pub(in crate::engine) fn new(
        settings: EventSettings,
        site: &str,
        disk_reserve_bytes: u64,
    ) -> Self {
        Self {
            log: EventLog::new(settings),
            site: site.to_owned(),
            disk_reserve_bytes,
            place: RwLock::default(),
        }
    }

    /// Goes on with what lies there, if anything does; how far that is.
    pub(in crate::engine) fn open(&self, home: PathBuf) -> Result<Option<Mark>, CopyError> {
        folder::create(&home)?;
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&home)? {
            let name = entry?.file_name();
            numbers.extend(name.to_str().and_then(|name| name.parse::<u64>().ok()));
        }
        let number = numbers.iter().copied().max().unwrap_or(0);
        for old in numbers.into_iter().filter(|old| *old != number) {
            folder::remove(&home.join(old.to_string()))?;
        }
        let place = Place { home, number };
        folder::create(&place.folder())?;
        self.set(place);
        self.mark()
    }

    fn set(&self, place: Place) {
        *self.place.write().unwrap_or_else(PoisonError::into_inner) = Some(place);
    }

    fn place(&self) -> Result<Place, CopyError> {
        let place = self.place.read().unwrap_or_else(PoisonError::into_inner);
        place.clone().ok_or_else(|| CopyError {
            reason: "events have no folder yet".to_owned(),
            is_final: false,
        })
    }

    fn mark(&self) -> Result<Option<Mark>, CopyError> {
        mark_of(&self.place()?.folder())
    }

    /// Counts an entry; what became of each event of each of its deeds.
    pub(in crate::engine) fn follow(
        &self,
        entry: Entry,
        is_own: bool,
    ) -> Result<Vec<Vec<Recorded>>, CopyError> {
        let mut works = Vec::with_capacity(entry.deeds.len() + 1);
        for deed in entry.deeds {
            works.push(match deed {
                Deed::Record { events, telling } => Work::Record {
                    events,
                    telling,
                    answer: oneshot::channel().0,
                },
                Deed::Forget(client) => Work::Forget {
                    client,
                    answer: oneshot::channel().0,
                },
            });
        }
        works.push(Work::Follow(entry.mark));
        let mut recorded = self.batch(&works, &entry.objects, entry.at, is_own)?;
        recorded.pop();
        Ok(recorded)
    }

    fn batch(
        &self,
        works: &[Work],
        objects: &HashMap<Identity, ObjectType>,
        now: Timestamp,
        is_told: bool,
    ) -> Result<Vec<Vec<Recorded>>, CopyError> {
        let place = self.place()?.folder();
        let around = self.around(&place, objects, now);
        let done = if is_told {
            self.log.batch(&around, works)
        } else {
            // Whoever was asked to count it tells of it.
            self.log.write(&around, works).map(|batch| {
                *lock(&self.log.trouble) = None;
                batch.recorded
            })
        };
        done.map_err(|error| {
            self.log.failed(&self.site, &error);
            error.into()
        })
    }

    fn around<'s>(
        &self,
        folder: &'s Path,
        catalog: &'s HashMap<Identity, ObjectType>,
        now: Timestamp,
    ) -> Surroundings<'s> {
        Surroundings {
            folder,
            catalog,
            disk_reserve_bytes: self.disk_reserve_bytes,
            now,
        }
    }

    /// Brings the tables in memory to today.
    pub(in crate::engine) fn refresh(&self, now: Timestamp) -> Result<(), CopyError> {
        let Some(asked) = self.log.ask_refresh() else {
            return Ok(());
        };
        let none = HashMap::new();
        self.batch(&[Work::Refresh(asked)], &none, now, false)
            .map(drop)
    }

    /// Has what is too old looked for.
    pub(in crate::engine) fn maintain(&self, now: Timestamp) -> Result<(), CopyError> {
        if !self.log.is_at_work() && self.log.full().is_none() {
            return Ok(());
        }
        self.batch(&[Work::Maintain], &HashMap::new(), now, false)
            .map(drop)
    }

    /// One turn of what is done between the entries; whether there is more.
    pub(in crate::engine) fn turn(&self, now: Timestamp) -> Result<bool, CopyError> {
        let (place, none) = (self.place()?.folder(), HashMap::new());
        let around = self.around(&place, &none, now);
        if self.log.has_to_learn() {
            self.log.learn(&self.site, &around);
        }
        if self.log.has_to_clear() {
            self.log.clear(&self.site, &around);
        }
        Ok(self.has_turns())
    }

    pub(in crate::engine) fn has_turns(&self) -> bool {
        self.log.has_to_learn() || self.log.has_to_clear()
    }

    /// Whether the tables in memory are those of today.
    pub(in crate::engine) fn is_of_today(&self, now: Timestamp) -> bool {
        self.log.live_day() == Some(day_of(now))
    }

    /// Why no more events are counted, if the file takes what it may.
    pub(in crate::engine) fn full(&self) -> Option<String> {
        self.log.full().map(|full| full.to_string())
    }

    pub(in crate::engine) fn problem(&self) -> Option<String> {
        self.log.problem()
    }

    pub(in crate::engine) fn stats(&self) -> EventStats {
        self.log.stats()
    }

    /// Takes note of events that found no room.
    pub(in crate::engine) fn note_overload(&self, events: usize) {
        self.log.counts.note_overload(events);
    }

    /// Looks at what is in memory.
    pub(in crate::engine) fn look<T: Default>(&self, look: impl FnOnce(&Live) -> T) -> T {
        self.log.live().as_ref().map(look).unwrap_or_default()
    }

    /// The queries that a client searched for last, by their numbers.
    pub(in crate::engine) fn searched_by(&self, client: &ClientId) -> Vec<u32> {
        self.read(|folder| searched_by(folder, client))
    }

    pub(in crate::engine) fn history_of(&self, client: &ClientId) -> ClientHistory {
        self.read(|folder| history_of(folder, client))
    }

    pub(in crate::engine) fn companions_of(
        &self,
        items: &[Identity],
        now: Timestamp,
    ) -> Vec<Companion> {
        let first_week = self.log.first_week(now);
        self.read(|folder| companions_of(folder, items, first_week))
    }

    fn read<T: Default>(&self, read: impl FnOnce(&Path) -> Result<T, StoreError>) -> T {
        let Ok(place) = self.place() else {
            return T::default();
        };
        self.log.read_or_nothing(&self.site, read(&place.folder()))
    }

    /// Writes what it holds into a file of its own; how far that is. What was deleted is not in it.
    pub(in crate::engine) fn write_down(&self, path: &Path) -> Result<Option<Mark>, CopyError> {
        let folder = self.place()?.folder();
        let Some(connection) = file::open_for_reading(&folder)? else {
            return Ok(None);
        };
        let place = path.to_string_lossy();
        connection
            .execute("VACUUM INTO ?1", [&*place])
            .map_err(StoreError::from)?;
        let written = file::open_file_for_reading(path)?;
        Ok(Mark::read(&written)?)
    }

    /// A place beside the copy for what is being made.
    pub(in crate::engine) fn scratch(&self, name: &str) -> Result<PathBuf, CopyError> {
        Ok(self.place()?.home.join(name))
    }

    /// Begins another copy, which is the one that counts once it is taken: where its file is to be written.
    pub(in crate::engine) fn begin_next(&self) -> Result<PathBuf, CopyError> {
        let next = self.scratch(UNFINISHED)?;
        folder::remove(&next)?;
        folder::create(&next)?;
        Ok(file::path(&next))
    }

    /// From here on the one counts that was begun; how far it is.
    pub(in crate::engine) fn take_next(&self) -> Result<Option<Mark>, CopyError> {
        let place = self.place()?;
        let next = Place {
            number: place.number + 1,
            home: place.home.clone(),
        };
        fs::rename(place.home.join(UNFINISHED), next.folder())?;
        self.set(next);
        self.log.give_up();
        self.log.fall_asleep();
        folder::remove(&place.folder())?;
        self.mark()
    }

    pub(in crate::engine) fn close(&self) {
        self.log.give_up();
    }
}

/// How far a copy is that lies in a folder.
fn mark_of(folder: &Path) -> Result<Option<Mark>, CopyError> {
    match file::open_for_reading(folder)? {
        Some(connection) => Ok(Mark::read(&connection)?),
        None => Ok(None),
    }
}
