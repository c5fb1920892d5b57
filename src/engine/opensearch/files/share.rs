//! Who fetches which files, where several processes do: each the files of some hosts, so that a host is asked by one of them, and
//! for no more at a time than one may ask. Each says again and again that it is there; who stands still is left out by the
//! others, before their own eyes, and what was its is theirs. Invariant: every host is somebody's as long as anybody fetches.
//! For a moment it may be two processes': then a file is fetched twice, and taken over twice.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, OnceCell};
use uuid::Uuid;

use crate::engine::opensearch::OpenSearchCatalogs;
use crate::engine::opensearch::client::CallError;
use crate::engine::opensearch::cluster::Cluster;
use crate::engine::opensearch::layout::file::SLOTS;

/// Between two times that a process says that it is there.
const BEAT_EVERY: Duration = Duration::from_secs(2);
/// So many are missed at least before it is left out.
const BEATS_MISSED: u32 = 5;
/// Tries to say it beside others who do.
const TRIES_MAX: usize = 10;
/// Where all of them say it.
const ID: &str = "fetchers";

/// How often each process has said that it is there.
type Beats = BTreeMap<String, u64>;

#[derive(Default, Serialize, Deserialize)]
struct Fetchers {
    beats: Beats,
}

/// What one process knows of it.
pub(in crate::engine::opensearch) struct Sharing {
    fetches: bool,
    me: String,
    /// There may be more to fetch.
    pub(in crate::engine::opensearch) bell: Notify,
    is_made: OnceCell<()>,
    has_left: AtomicBool,
    /// The others, and since when each says the same.
    others: Mutex<HashMap<String, (u64, Instant)>>,
    slots: Mutex<Slots>,
}

/// Whose files this process fetches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine::opensearch) enum Slots {
    All,
    Some(Vec<u8>),
}

impl Sharing {
    /// Of one that shares nothing yet: all is its own.
    pub(in crate::engine::opensearch) fn new(fetches: bool) -> Self {
        Self {
            fetches,
            me: Uuid::new_v4().to_string(),
            bell: Notify::new(),
            is_made: OnceCell::new(),
            has_left: AtomicBool::new(false),
            others: Mutex::default(),
            slots: Mutex::new(Slots::All),
        }
    }

    /// Whether files are fetched at all.
    pub(in crate::engine::opensearch) fn fetches(&self) -> bool {
        self.fetches
    }

    pub(in crate::engine::opensearch) fn slots(&self) -> Slots {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.clone()
    }

    /// Says once more that it is there, and looks who else is.
    async fn beat(&self, cluster: &Cluster, patience: Duration) -> Result<(), CallError> {
        self.is_made
            .get_or_try_init(async || cluster.open_control().await.map(drop))
            .await?;
        let control = cluster.names.control();
        for _ in 0..TRIES_MAX {
            if self.has_left.load(Ordering::Acquire) {
                break;
            }
            let told: Option<(Fetchers, _)> = cluster.get(&control, ID).await?;
            let (told, place) = match told {
                Some((told, place)) => (told.beats, Some(place)),
                None => (Beats::new(), None),
            };
            let was_there = told.contains_key(&self.me);
            let mut beats = self.alive(told, patience);
            *beats.entry(self.me.clone()).or_default() += 1;
            let members: Vec<String> = beats.keys().cloned().collect();
            match put(cluster, Fetchers { beats }, place).await {
                Ok(()) => {
                    let is_known = was_there || members.len() == 1;
                    // Otherwise the others hear of it first.
                    self.set(if is_known {
                        mine(&self.me, &members)
                    } else {
                        Slots::Some(Vec::new())
                    });
                    return Ok(());
                }
                Err(error) if error.is_conflict() || error.is_in_doubt() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Those who have not stood still for so long.
    fn alive(&self, told: Beats, patience: Duration) -> Beats {
        let now = Instant::now();
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        others.retain(|name, _| told.contains_key(name));
        let mut alive = Beats::new();
        for (name, beat) in told {
            let (known, since) = others.entry(name.clone()).or_insert((beat, now));
            if *known != beat {
                (*known, *since) = (beat, now);
            }
            if name == self.me || now.duration_since(*since) < patience {
                alive.insert(name, beat);
            }
        }
        alive
    }

    fn set(&self, slots: Slots) {
        let mut known = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if *known != slots {
            *known = slots;
            self.bell.notify_one();
        }
    }

    /// Leaves its part to the others at once.
    pub(in crate::engine::opensearch) async fn leave(&self, cluster: &Cluster) {
        if !self.fetches {
            return;
        }
        self.has_left.store(true, Ordering::Release);
        self.set(Slots::Some(Vec::new()));
        for _ in 0..TRIES_MAX {
            let told: Result<Option<(Fetchers, _)>, _> =
                cluster.get(&cluster.names.control(), ID).await;
            let Ok(Some((mut told, place))) = told else {
                return;
            };
            if told.beats.remove(&self.me).is_none() {
                return;
            }
            match put(cluster, told, Some(place)).await {
                Err(error) if error.is_conflict() => {}
                // Otherwise they find it out by themselves.
                _ => return,
            }
        }
    }
}

async fn put(
    cluster: &Cluster,
    fetchers: Fetchers,
    place: Option<crate::engine::opensearch::cluster::Place>,
) -> Result<(), CallError> {
    let document = serde_json::to_value(fetchers);
    let document = document.map_err(|error| CallError::Unreadable(error.to_string()))?;
    let control = cluster.names.control();
    cluster
        .put_if(&control, ID, &document, place)
        .await
        .map(drop)
}

/// The part of one of them. Whoever comes or goes moves nothing between the others.
fn mine(me: &str, members: &[String]) -> Slots {
    if members.iter().all(|member| member == me) {
        return Slots::All;
    }
    let weight = |member: &str, slot: u8| {
        let mut hasher = blake3::Hasher::new();
        hasher.update(member.as_bytes());
        hasher.update(&[slot]);
        *hasher.finalize().as_bytes()
    };
    let is_mine = |slot: &u8| {
        let owner = members.iter().max_by_key(|member| weight(member, *slot));
        owner.is_some_and(|owner| owner == me)
    };
    Slots::Some((0..SLOTS).filter(is_mine).collect())
}

/// Shares the fetching with others from here on, until the catalogs are dropped.
pub(in crate::engine::opensearch) fn begin(catalogs: &Arc<OpenSearchCatalogs>) {
    if catalogs.sharing.fetches {
        // Nothing until it is known who else is there.
        catalogs.sharing.set(Slots::Some(Vec::new()));
        tokio::spawn(go_on(Arc::downgrade(catalogs)));
    }
}

async fn go_on(catalogs: Weak<OpenSearchCatalogs>) {
    loop {
        {
            let Some(catalogs) = catalogs.upgrade() else {
                return;
            };
            if catalogs.sharing.has_left.load(Ordering::Acquire) {
                return;
            }
            let patience = catalogs.lease.max(BEAT_EVERY * BEATS_MISSED);
            let beaten = catalogs.sharing.beat(&catalogs.cluster, patience);
            if let Err(error) = beaten.await {
                tracing::debug!(%error, "it is not known who else fetches files");
            }
        }
        tokio::time::sleep(BEAT_EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(me: &str, members: &[&str]) -> Vec<u8> {
        let members: Vec<String> = members.iter().map(|&name| name.to_owned()).collect();
        match mine(me, &members) {
            Slots::All => (0..SLOTS).collect(),
            Slots::Some(slots) => slots,
        }
    }

    #[test]
    fn every_part_is_one_process_s() {
        for members in [&["a"][..], &["a", "b"], &["a", "b", "c"]] {
            let parts = members.iter().map(|me| slots(me, members));
            let mut all: Vec<u8> = parts.clone().flatten().collect();
            all.sort_unstable();
            assert_eq!(all, (0..SLOTS).collect::<Vec<u8>>());
            assert!(parts.into_iter().all(|part| !part.is_empty()));
        }
    }

    #[test]
    fn what_the_others_have_stays_theirs_when_one_goes() {
        let before = slots("a", &["a", "b", "c"]);
        let after = slots("a", &["a", "b"]);
        assert!(before.iter().all(|slot| after.contains(slot)));
    }

    #[test]
    fn who_stands_still_is_left_out() {
        let sharing = Sharing::new(true);
        let told = |a: u64, b: u64| {
            let beats = [("a".to_owned(), a), ("b".to_owned(), b)];
            Beats::from([(sharing.me.clone(), 1)])
                .into_iter()
                .chain(beats)
                .collect::<Beats>()
        };
        let patience = Duration::from_millis(50);
        assert_eq!(sharing.alive(told(1, 1), patience).len(), 3);
        std::thread::sleep(patience);
        let alive = sharing.alive(told(2, 1), patience);
        assert!(alive.contains_key("a") && alive.contains_key(&sharing.me));
        assert!(!alive.contains_key("b"));
        // Until it says something again.
        assert!(sharing.alive(told(2, 2), patience).contains_key("b"));
    }
}
