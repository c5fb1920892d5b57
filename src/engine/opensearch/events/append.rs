//! How what is recorded gets into the log. Invariant: an entry is written by somebody who has counted all before it, under the
//! next number, where there is none; what was answered is there, and what became of its events is what everybody counts.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::entry::{Draft, KeptDeed};
use super::error::FollowError;
use super::event::{self, KeptEvent};
use super::following::Following;
use super::log::Head;
use super::waiting::Work;
use super::{COME_AGAIN_S, lock};
use crate::domain::{Identity, ObjectType, Recorded};
use crate::engine::EngineError;
use crate::engine::events::{new_secret, pseudonym};

/// How long somebody tries to get an entry into the log while others are faster.
const TRY_FOR: Duration = Duration::from_secs(20);

/// Pauses between two tries.
const PAUSE_MS_MAX: u64 = 20;

/// Objects looked up at once.
const OBJECTS_AT_ONCE: usize = 200;

/// Objects whose types are remembered.
const TYPES_MAX: usize = 50_000;

impl Following {
    /// Writes all of it as one entry, and answers.
    pub(super) async fn append(&mut self, works: Vec<Work>) -> Result<(), FollowError> {
        match self.entered(&works).await {
            Ok(recorded) => {
                for (work, recorded) in works.into_iter().zip(recorded) {
                    // Whoever asked may have gone.
                    match work {
                        Work::Record { answer, .. } => drop(answer.send(Ok(recorded))),
                        Work::Forget { answer, .. } => drop(answer.send(Ok(()))),
                    }
                }
                Ok(())
            }
            Err(error) => {
                let told = error.to_string();
                let error = EngineError::from(error);
                let for_others = others(&error);
                let mut first = Some(error);
                for work in works {
                    let error = first.take().unwrap_or_else(&for_others);
                    match work {
                        Work::Record { answer, .. } => drop(answer.send(Err(error))),
                        Work::Forget { answer, .. } => drop(answer.send(Err(error))),
                    }
                }
                Err(FollowError::Answered(told))
            }
        }
    }

    async fn entered(&mut self, works: &[Work]) -> Result<Vec<Vec<Recorded>>, FollowError> {
        self.catch_up(None).await?;
        let forgets = |work: &Work| matches!(work, Work::Forget { .. });
        if self.head.is_none() && works.iter().all(forgets) {
            // Nothing was ever kept.
            return Ok(works.iter().map(|_| Vec::new()).collect());
        }
        if self.head.is_none() {
            self.begin_log().await?;
        }
        let mut draft = self.draft(works).await?;
        let began = Instant::now();
        let (mut is_in_doubt, mut is_again) = (false, false);
        loop {
            // Perhaps the last try was done, and only nobody said so.
            if std::mem::replace(&mut is_again, true)
                && let Some(recorded) = self.catch_up(Some(&draft.made)).await?
            {
                return Ok(recorded);
            }
            let Some(mark) = self.mark.clone() else {
                self.begin_log().await?;
                continue;
            };
            if began.elapsed() > TRY_FOR {
                let retry_after_s = COME_AGAIN_S;
                return Err(FollowError::Engine(if is_in_doubt {
                    EngineError::InDoubt { retry_after_s }
                } else {
                    EngineError::Overloaded { retry_after_s }
                }));
            }
            let entry = draft.behind(&mark, self.site.now());
            match self.log().append(&entry).await {
                Ok(()) => {}
                Err(error) if error.is_conflict() || error.is_in_doubt() => {
                    is_in_doubt |= error.is_in_doubt();
                    let pause = rand_ms();
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                    continue;
                }
                Err(error) => return Err(error.into()),
            }
            // Where numbers are gone, a place is free that nobody reads.
            let head = self.log().head().await?;
            let is_read =
                head.is_some_and(|(head, _)| head.log == mark.log && head.floor < entry.number);
            if !is_read {
                self.log().remove(entry.number).await?;
                draft.made = Uuid::new_v4().to_string();
                continue;
            }
            let read = entry.read(&mark.log);
            let read = read.ok_or(FollowError::Unknown(entry.number))?;
            return self.count(read, true).await;
        }
    }

    async fn begin_log(&mut self) -> Result<(), FollowError> {
        let now = self.site.now().as_millis();
        let first = Head::new(Uuid::new_v4().to_string(), &new_secret(), now);
        self.log().open(&first).await?;
        self.catch_up(None).await.map(drop)
    }

    /// What is to be written: clients by what stands for them, objects with the types they have.
    async fn draft(&self, works: &[Work]) -> Result<Draft, FollowError> {
        let secret = *lock(&self.events().secret);
        let secret = secret.ok_or_else(|| {
            let broken = "its head cannot be read".to_owned();
            FollowError::Broken(broken)
        })?;
        let mut deeds = Vec::with_capacity(works.len());
        let mut named = BTreeSet::new();
        for work in works {
            deeds.push(match work {
                Work::Record {
                    events, telling, ..
                } => {
                    named.extend(events.iter().flat_map(event::objects).cloned());
                    let events = events.iter().map(|event| KeptEvent::of(event, &secret));
                    KeptDeed::record(events.collect(), *telling)
                }
                Work::Forget { client, .. } => {
                    let name = pseudonym(&secret, client);
                    KeptDeed::Forget(name.map_or_else(String::new, |it| it.as_str().to_owned()))
                }
            });
        }
        Ok(Draft {
            made: Uuid::new_v4().to_string(),
            deeds,
            objects: self.types(named).await?,
        })
    }

    /// The objects among these that there are, by type.
    async fn types(
        &self,
        named: BTreeSet<Identity>,
    ) -> Result<BTreeMap<String, Vec<String>>, FollowError> {
        let mut known: HashMap<Identity, ObjectType> = HashMap::new();
        let mut unknown = Vec::new();
        {
            let types = lock(&self.events().types);
            for name in named {
                match types.get(&name) {
                    Some(object_type) => drop(known.insert(name, object_type.clone())),
                    None => unknown.push(name),
                }
            }
        }
        if !unknown.is_empty() {
            self.site.made().await?;
            let control = self.site.cluster.control(&self.site.id).await?;
            let control = control.map(|(control, _)| control).unwrap_or_default();
            for some in unknown.chunks(OBJECTS_AT_ONCE) {
                let found = self.site.read(&control, some).await?;
                let there = some.iter().zip(found).filter_map(|(name, kept)| {
                    let object_type = kept?.head.object_type;
                    Some((name.clone(), object_type))
                });
                let there: Vec<_> = there.collect();
                let mut types = lock(&self.events().types);
                if types.len() > TYPES_MAX {
                    types.clear();
                }
                types.extend(there.iter().cloned());
                drop(types);
                known.extend(there);
            }
        }
        let mut by_type: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, object_type) in known {
            let of_type = by_type.entry(object_type.as_str().to_owned());
            of_type.or_default().push(name.as_str().to_owned());
        }
        Ok(by_type)
    }
}

/// The same error for everybody else who waited.
fn others(error: &EngineError) -> impl Fn() -> EngineError + use<> {
    let (is_in_doubt, is_overload) = (
        matches!(error, EngineError::InDoubt { .. }),
        matches!(error, EngineError::Overloaded { .. }),
    );
    let reason = error.to_string();
    move || {
        let (reason, retry_after_s) = (reason.clone(), COME_AGAIN_S);
        match (is_in_doubt, is_overload) {
            (true, _) => EngineError::InDoubt { retry_after_s },
            (_, true) => EngineError::Overloaded { retry_after_s },
            _ => EngineError::Unavailable {
                reason,
                retry_after_s,
            },
        }
    }
}

/// Some milliseconds, so that two who met do not meet again.
fn rand_ms() -> u64 {
    u64::from(Uuid::new_v4().as_bytes()[0]) % PAUSE_MS_MAX
}
