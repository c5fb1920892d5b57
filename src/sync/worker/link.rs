//! The connection of a source. Invariant: whoever has it has the lock, so no other server writes for the
//! source; what goes wrong is told once, not at every try.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::bookmark::Status;
use super::super::database::{Database, DbError, Session, Shape, Statements};
use super::super::row::RowReader;
use super::{SyncError, Worker, full};
use crate::config::product_sync::AutoMode;

/// A running sync that has been without its connection for so long is interrupted.
const LOCK_WITHIN: Duration = Duration::from_secs(60);

/// A source that is connected to, and what was found out about it.
pub(super) struct Link {
    pub(super) session: Session,
    pub(super) statements: Statements,
    pub(super) rows: Arc<RowReader>,
    pub(super) mode: AutoMode,
    /// Which triggers note down its changes, when they were last looked for.
    pub(super) triggers: Option<String>,
    pub(super) triggers_looked: Instant,
}

impl Worker {
    pub(super) fn database(&self) -> Result<&Database, SyncError> {
        let database = self.handle.database.as_ref();
        Ok(database.map_err(|error| DbError::Unfit(error.to_string()))?)
    }

    /// While there is a connection.
    pub(super) fn link(&self) -> Result<&Link, SyncError> {
        Ok(self.link.as_ref().ok_or(DbError::Lost)?)
    }

    /// Has a connection with the lock, and knows what the query returns.
    pub(super) async fn connect(&mut self) -> Result<(), SyncError> {
        if self
            .link
            .as_ref()
            .is_some_and(|link| !link.session.is_lost())
        {
            return Ok(());
        }
        self.link = None;
        let settings = &self.handle.settings;
        let handle = Arc::clone(&self.handle);
        let hear = move |words: &str| handle.hear(words);
        let session = self.database()?.session(self.source(), hear).await?;
        if !session.lock(&settings.name).await? {
            if self.catalogs.are_shared() {
                self.pass_on(&session).await?;
            }
            return Err(SyncError::Elsewhere);
        }
        // First listen, then look: what comes in between wakes up.
        session.listen().await?;
        let shape = Shape::of(session.client(), settings).await?;
        let triggers_looked = Instant::now();
        let triggers = self.triggers(&session).await?;
        let mode = self.mode_with(triggers.as_ref());
        self.link = Some(Link {
            statements: Statements::new(settings, &shape),
            rows: Arc::new(RowReader::new(settings, &shape)),
            session,
            mode,
            triggers,
            triggers_looked,
        });
        self.looked = None;
        self.note_connected(mode);
        self.take_up().await
    }

    /// Tells what went wrong; a sync that has waited for too long is interrupted.
    pub(super) async fn note_failure(&mut self, error: &SyncError) -> Result<(), SyncError> {
        let source = self.source().to_owned();
        let words = error.to_string();
        let (is_news, away) = {
            let mut live = self.handle.live();
            let since = *live.disconnected_since.get_or_insert_with(Instant::now);
            let is_news = live.problem.as_ref() != Some(&words);
            live.problem = Some(words.clone());
            (is_news, since.elapsed())
        };
        self.link = None;
        if is_news {
            tracing::warn!(
                source,
                error = words,
                "the source cannot be followed; trying again"
            );
        }
        if matches!(error, SyncError::Elsewhere) && self.catalogs.are_shared() {
            return self.look_on().await;
        }
        if !self.bookmark.is_running() || self.is_of_another().await? {
            return Ok(());
        }
        if let SyncError::Database(error) = error
            && !error.is_disconnection()
        {
            self.refusals += 1;
        }
        let now_ms = self.now_ms();
        if self.refusals >= full::PAGE_TRIES {
            self.refusals = 0;
            self.bookmark.end(Status::Failed, Some(words), now_ms);
            tracing::error!(source, "product sync failed");
            self.save().await?;
        } else if away > LOCK_WITHIN {
            self.bookmark.end(Status::Interrupted, Some(words), now_ms);
            tracing::error!(source, "product sync interrupted");
            self.save().await?;
        }
        Ok(())
    }

    /// Tells the server that works on the source what was asked of this one.
    async fn pass_on(&self, session: &Session) -> Result<(), SyncError> {
        for words in self.handle.asked_for() {
            session.tell(self.source(), &words).await?;
        }
        Ok(())
    }

    /// Sees how far the server is that works on the source. Nothing is saved: the bookmark is that one's.
    async fn look_on(&mut self) -> Result<(), SyncError> {
        self.handle.live().disconnected_since = None;
        self.read_bookmark().await?;
        self.handle.note_begun(&self.bookmark.sync_id);
        Ok(())
    }

    /// Whether another server has had the source since this one.
    async fn is_of_another(&mut self) -> Result<bool, SyncError> {
        Ok(self.catalogs.are_shared() && (self.read_bookmark().await? || !self.is_taken_up))
    }
}
