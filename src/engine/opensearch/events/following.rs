//! How the log of a site is followed. Invariant: each entry is counted once, behind the one before it, or what is counted is
//! made again of what the cluster has.

use std::sync::Arc;

use super::copies::{fetch, with_copy};
use super::error::FollowError;
use super::lock;
use super::log::{Head, Log, Tail};
use super::state::SiteEvents;
use crate::domain::Recorded;
use crate::engine::events::{Entry, Mark};
use crate::engine::opensearch::site::OpenSite;

/// Entries looked for at once: few while there are none, more while there are many.
const FEW: u64 = 4;
const MANY: u64 = 64;

/// What the follower knows.
pub(super) struct Following {
    pub(super) site: Arc<OpenSite>,
    /// The last entry that is counted here; `None` before that is known.
    pub(super) mark: Option<Mark>,
    pub(super) head: Option<Head>,
    is_opened: bool,
    most: u64,
}

impl Following {
    pub(super) fn new(site: Arc<OpenSite>) -> Self {
        Self {
            site,
            mark: None,
            head: None,
            is_opened: false,
            most: FEW,
        }
    }

    pub(super) fn events(&self) -> &SiteEvents {
        let events = self.site.events.as_ref();
        events.expect("only a site that counts events has a follower")
    }

    pub(super) fn log(&self) -> Log<'_> {
        Log {
            cluster: &self.site.cluster,
            alias: &self.events().alias,
        }
    }

    /// Counts what is behind the last entry; what became of the one that has this mark of who made it.
    pub(super) async fn catch_up(
        &mut self,
        own: Option<&str>,
    ) -> Result<Option<Vec<Vec<Recorded>>>, FollowError> {
        if !self.is_opened {
            self.mark = self.open().await?;
            self.is_opened = true;
        }
        let mut told = None;
        loop {
            let behind = self.mark.as_ref().map_or(0, |mark| mark.entry);
            let Some(tail) = self.log().tail(behind, self.most).await? else {
                // Nobody has recorded anything yet, or somebody has deleted all of it.
                if self.mark.is_some() {
                    self.begin_with_nothing().await?;
                }
                self.head = None;
                return Ok(None);
            };
            *lock(&self.events().secret) = tail.head.secret();
            let is_known = self
                .mark
                .as_ref()
                .is_some_and(|mark| mark.log == tail.head.log && mark.entry >= tail.head.floor);
            if !is_known {
                self.begin_again(&tail.head).await?;
                self.head = Some(tail.head);
                continue;
            }
            let Tail {
                head,
                entries,
                is_full,
            } = tail;
            for entry in entries {
                let is_own = own == Some(&entry.made);
                let read = entry.read(&head.log);
                let recorded = self
                    .count(read.ok_or(FollowError::Unknown(entry.number))?, is_own)
                    .await?;
                if is_own {
                    told = Some(recorded);
                }
            }
            self.head = Some(head);
            self.most = if is_full { MANY } else { FEW };
            if !is_full {
                return Ok(told);
            }
        }
    }

    /// Counts the next entry.
    pub(super) async fn count(
        &mut self,
        entry: Entry,
        is_own: bool,
    ) -> Result<Vec<Vec<Recorded>>, FollowError> {
        let mark = entry.mark.clone();
        let counted = with_copy(&self.site, move |events| events.copy.follow(entry, is_own));
        match counted.await {
            Ok(recorded) => {
                self.mark = Some(mark);
                Ok(recorded)
            }
            Err(FollowError::Copy(error)) if error.is_final => {
                // What cannot be trusted is made again of what the cluster has.
                self.mark = None;
                Err(error.into())
            }
            Err(error) => Err(error),
        }
    }

    /// Goes on with what lies in the folder of this process, if that is of the log as it is.
    async fn open(&self) -> Result<Option<Mark>, FollowError> {
        let site = self.site.id.clone();
        let mark = with_copy(&self.site, move |events| {
            let home = events.shelves.of_site(site.as_str())?;
            match events.copy.open(home) {
                Err(error) if error.is_final => Ok(None),
                opened => opened,
            }
        });
        let Some(mark) = mark.await? else {
            return Ok(None);
        };
        let Some(tail) = self.log().tail(mark.entry, 1).await? else {
            return Ok(Some(mark));
        };
        if mark.entry <= tail.head.floor || tail.head.log != mark.log {
            // The floor says it.
            return Ok(Some(mark));
        }
        // A cluster that was put back to an earlier state has another entry there, or none.
        let there = self.log().entry(mark.entry).await?;
        Ok(Some(mark).filter(|mark| there.is_some_and(|entry| entry.made == mark.made)))
    }

    /// Begins with what the cluster keeps of what was counted, or with nothing where all entries are there.
    async fn begin_again(&mut self, head: &Head) -> Result<(), FollowError> {
        if let Some(copy) = &head.copy {
            self.mark = Some(fetch(&self.site, copy).await?);
        } else {
            self.begin_with_nothing().await?;
            self.mark = Some(Mark {
                log: head.log.clone(),
                ..Mark::default()
            });
        }
        Ok(())
    }

    async fn begin_with_nothing(&mut self) -> Result<(), FollowError> {
        self.mark = None;
        let begun = with_copy(&self.site, |events| {
            events.copy.begin_next()?;
            events.copy.take_next()
        });
        begun.await.map(drop)
    }
}
