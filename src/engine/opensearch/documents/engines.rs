//! Sites that were made while servers run, which no configuration names: one document beside the catalogs lists them, for all
//! processes. Invariant: a site is made when it stands in the list, and removed when it is marked there; every process has looked at the
//! list within [`FRESH`] before it says what there is, and looks again before it says that one is not.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Mutex;

use crate::domain::{Language, Site, Timestamp, TrackerId};
use crate::engine::opensearch::OpenSearchCatalogs;
use crate::engine::opensearch::client::{Call, CallError, Method};
use crate::engine::opensearch::cluster::{Cluster, Place};
use crate::engine::opensearch::control::Control;
use crate::engine::opensearch::layout::names::Names;
use crate::engine::opensearch::site::{DocumentWork, Work};
use crate::engine::{EngineCard, EngineError, Made};

/// How old the list may be that somebody is told of.
const FRESH: Duration = Duration::from_secs(1);
/// Tries to change what others change as well.
const TRIES_MAX: usize = 10;

const LIST_ID: &str = "engines";

/// The list as a process knows it.
#[derive(Default)]
pub(in crate::engine::opensearch) struct Engines {
    known: RwLock<Arc<Known>>,
    /// Held while somebody looks, and opens and closes what has changed.
    looking: Mutex<Opened>,
}

/// Keys of the sites that are open because of the list, and those that were being removed at the last look of all.
#[derive(Default)]
struct Opened {
    keys: HashMap<TrackerId, String>,
    removing: Vec<TrackerId>,
}

#[derive(Default)]
pub(in crate::engine::opensearch) struct Known {
    looked_at: Option<Instant>,
    made: BTreeMap<TrackerId, Engine>,
}

/// By tracker id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct List {
    engines: BTreeMap<String, Engine>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Engine {
    key: String,
    created_at: i64,
    name: String,
    language: String,
    /// Served no more; some of what it held may still be there.
    #[serde(default)]
    is_removed: bool,
}

impl Engine {
    fn card(&self) -> EngineCard {
        EngineCard {
            key: self.key.clone(),
            created_at: Timestamp::from_millis(self.created_at),
            name: Some(self.name.clone()),
        }
    }

    fn site(&self, id: &TrackerId) -> Site {
        Site {
            language: Language::from_code(&self.language).unwrap_or_default(),
            ..Site::of_documents(id.clone())
        }
    }
}

impl Known {
    fn is_since(&self, instant: Instant) -> bool {
        self.looked_at.is_some_and(|looked| looked >= instant)
    }

    pub(super) fn card(&self, site: &TrackerId) -> Option<EngineCard> {
        self.made.get(site).map(Engine::card)
    }
}

impl OpenSearchCatalogs {
    fn known(&self) -> Arc<Known> {
        let known = &self.engines.known;
        Arc::clone(&known.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The list, as it was a moment ago.
    pub(super) async fn engines_lately(&self) -> Result<Arc<Known>, EngineError> {
        let known = self.known();
        match known.looked_at {
            Some(looked) if looked.elapsed() < FRESH => Ok(known),
            _ => self.engines_now().await,
        }
    }

    /// The list as it is now, with every site open that it names. Of those who ask one looks for all.
    pub(in crate::engine::opensearch) async fn engines_now(
        &self,
    ) -> Result<Arc<Known>, EngineError> {
        self.cluster.health.check()?;
        let asked = Instant::now();
        let mut opened = self.engines.looking.lock().await;
        let known = self.known();
        if known.is_since(asked) {
            return Ok(known);
        }
        let looked_at = Instant::now();
        let list = self.list().await?.map(|(list, _)| list);
        let all = list.unwrap_or_default().engines.into_iter();
        let all = all.filter_map(|(id, engine)| Some((TrackerId::new(&id)?, engine)));
        let (removed, made): (BTreeMap<_, _>, BTreeMap<_, _>) =
            all.partition(|(_, engine)| engine.is_removed);
        self.follow(&mut opened.keys, &made).await;
        opened.removing.retain(|id| removed.contains_key(id));
        let known = Arc::new(Known {
            looked_at: Some(looked_at),
            made,
        });
        let place = &self.engines.known;
        *place.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&known);
        Ok(known)
    }

    /// Opens what was made, and closes what was removed, or made again since.
    async fn follow(
        &self,
        opened: &mut HashMap<TrackerId, String>,
        made: &BTreeMap<TrackerId, Engine>,
    ) {
        let is_gone =
            |id: &TrackerId, key: &String| made.get(id).is_none_or(|engine| engine.key != *key);
        let gone = opened.iter().filter(|(id, key)| is_gone(id, key));
        let gone: Vec<TrackerId> = gone.map(|(id, _)| id.clone()).collect();
        for id in gone {
            opened.remove(&id);
            self.close(&id).await;
        }
        for (id, engine) in made {
            let is_open = self.site(id).is_ok();
            if !is_open {
                self.open(engine.site(id));
                opened.insert(id.clone(), engine.key.clone());
            }
        }
    }

    async fn list(&self) -> Result<Option<(List, Place)>, EngineError> {
        self.cluster.health.check()?;
        let alias = self.cluster.names.control();
        match self.cluster.get::<List>(&alias, LIST_ID).await {
            Ok(list) => Ok(list),
            // Nobody has written anything yet.
            Err(error) if error.is("index_not_found_exception") => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Changes the list, which others may change at the same time; `None` where there was nothing to be changed.
    async fn change_list<T>(
        &self,
        change: impl Fn(&mut List) -> Option<T>,
    ) -> Result<Option<T>, EngineError> {
        self.cluster.open_control().await?;
        let alias = self.cluster.names.control();
        for _ in 0..TRIES_MAX {
            let (mut list, read) = match self.list().await? {
                Some((list, read)) => (list, Some(read)),
                None => (List::default(), None),
            };
            let Some(changed) = change(&mut list) else {
                return Ok(None);
            };
            let document = serde_json::to_value(&list);
            let document = document.map_err(|error| CallError::Unreadable(error.to_string()))?;
            let put = self.cluster.put_if(&alias, LIST_ID, &document, read).await;
            match put {
                Ok(_) => return Ok(Some(changed)),
                Err(error) if error.is_conflict() => {}
                Err(error) if error.is_in_doubt() => {
                    // Perhaps it was done, and only nobody said so.
                    if self.list().await?.is_some_and(|(there, _)| there == list) {
                        return Ok(Some(changed));
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(EngineError::Overloaded { retry_after_s: 1 })
    }

    pub(super) async fn made(&self) -> Result<Vec<Site>, EngineError> {
        let known = self.engines_lately().await?;
        Ok(known.made.iter().map(|(id, made)| made.site(id)).collect())
    }

    pub(super) async fn made_one(&self, id: &TrackerId) -> Result<Option<Site>, EngineError> {
        let mut known = self.engines_lately().await?;
        if !known.made.contains_key(id) {
            // Perhaps somebody has just made it.
            known = self.engines_now().await?;
        }
        Ok(known.made.get(id).map(|made| made.site(id)))
    }

    pub(super) async fn make(&self, site: &Site, name: String) -> Result<Made, EngineError> {
        let id = &site.tracker_id;
        let known = self.engines_now().await?;
        if known.made.contains_key(id) || self.site(id).is_ok() {
            return Ok(Made::Exists);
        }
        // What somebody has not removed to its end is in the way.
        self.end_removal(id).await?;
        if !self.clear(id).await? {
            return Ok(Made::Exists);
        }
        let card = EngineCard::made(self.clock.now(), Some(name));
        let new = Engine {
            key: card.key,
            created_at: card.created_at.as_millis(),
            name: card.name.unwrap_or_default(),
            language: site.language.code().to_owned(),
            is_removed: false,
        };
        let made = self.change_list(|list| {
            let is_new = !list.engines.contains_key(id.as_str());
            is_new.then(|| list.engines.insert(id.to_string(), new.clone()))
        });
        let is_made = made.await?.is_some();
        self.engines_now().await?;
        self.site(id)?.made().await?;
        Ok(if is_made { Made::New } else { Made::Exists })
    }

    /// Makes it the engine that it was where it comes from; `false` where the list does not name it.
    pub(super) async fn set_made_card(
        &self,
        id: &TrackerId,
        key: &str,
        created_at: Timestamp,
    ) -> Result<bool, EngineError> {
        let changed = self.change_list(|list| {
            let engine = list.engines.get_mut(id.as_str())?;
            key.clone_into(&mut engine.key);
            engine.created_at = created_at.as_millis();
            Some(())
        });
        let is_made = changed.await?.is_some();
        self.engines_now().await?;
        Ok(is_made)
    }

    pub(super) async fn remove(&self, id: &TrackerId) -> Result<(), EngineError> {
        let marked = self.change_list(|list| {
            let engine = list.engines.get_mut(id.as_str())?;
            engine.is_removed = true;
            Some(())
        });
        marked
            .await?
            .ok_or_else(|| EngineError::UnknownSite(id.clone()))?;
        self.engines_now().await?;
        self.end_removal(id).await
    }

    /// Ends what others have left in the middle of a removal: marked twice in a row when all sites were looked at.
    pub(in crate::engine::opensearch) async fn end_removals(&self) -> Result<(), EngineError> {
        let Some((list, _)) = self.list().await? else {
            return Ok(());
        };
        let marked = list.engines.iter().filter(|(_, engine)| engine.is_removed);
        let marked: Vec<TrackerId> = marked.filter_map(|(id, _)| TrackerId::new(id)).collect();
        let before = {
            let mut opened = self.engines.looking.lock().await;
            std::mem::replace(&mut opened.removing, marked.clone())
        };
        for id in marked.iter().filter(|id| before.contains(id)) {
            self.end_removal(id).await?;
        }
        Ok(())
    }

    /// Removes all that there is of a site that is marked. It may be done by several at once, and again.
    async fn end_removal(&self, id: &TrackerId) -> Result<(), EngineError> {
        let list = self.list().await?.map(|(list, _)| list).unwrap_or_default();
        let Some(engine) = list.engines.get(id.as_str()) else {
            return Ok(());
        };
        if !engine.is_removed {
            return Ok(());
        }
        // Beside the one that is served no more, or in the process of somebody else.
        let site = Arc::new(self.site_with(engine.site(id)));
        let removed = site.write(Work::Documents(DocumentWork::Remove), 1).await;
        site.close().await;
        match removed {
            // By somebody else, or by one who died before the end.
            Ok(_) | Err(EngineError::UnknownSite(_)) => {}
            Err(error) => return Err(error),
        }
        for alias in [&site.alias, &self.cluster.names.events(id)] {
            remove_index(&self.cluster, alias).await?;
        }
        self.change_list(|list| {
            let engine = list.engines.get(id.as_str())?;
            let is_removed = engine.is_removed;
            is_removed.then(|| list.engines.remove(id.as_str()))
        })
        .await?;
        Ok(())
    }

    /// Lets a site be written that was removed; `false` where there is another one of this name, which some configuration knew.
    async fn clear(&self, id: &TrackerId) -> Result<bool, EngineError> {
        self.cluster.open_control().await?;
        for _ in 0..TRIES_MAX {
            let Some((control, place)) = self.cluster.control(id).await? else {
                return Ok(true);
            };
            if !control.is_removed {
                return Ok(false);
            }
            let cleared = Control {
                fence: control.fence + 1,
                is_removed: false,
                ..control
            };
            match self.cluster.change_control(id, &cleared, Some(place)).await {
                Ok(_) => return Ok(true),
                Err(error) if error.is_conflict() || error.is_in_doubt() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(EngineError::Overloaded { retry_after_s: 1 })
    }
}

/// Removes all indices of a catalog.
async fn remove_index(cluster: &Cluster, alias: &str) -> Result<(), CallError> {
    let ask = Call::get(format!("/{alias}+*/_alias"));
    let Some(answer) = cluster.client.find(&ask).await? else {
        return Ok(());
    };
    let told: Value = answer.read()?;
    for index in told.as_object().into_iter().flatten().map(|(name, _)| name) {
        if Names::of_index(index).is_some_and(|(of, _)| of == alias) {
            let remove = Call::repeatable(Method::DELETE, format!("/{index}"));
            cluster.client.find(&remove).await?;
        }
    }
    Ok(())
}
