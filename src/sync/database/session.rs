//! The one connection of a source that listens, holds the lock and drains the outbox. Invariant: its
//! end is noticed: nobody waits for a wake-up that cannot come.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use deadpool_postgres::ClientWrapper as Client;
use tokio::sync::{Notify, watch};
use tokio_postgres::tls::TlsStream;
use tokio_postgres::{AsyncMessage, Connection, Socket};

use super::{DbError, answered};
use crate::domain::SourceName;

/// What the triggers notify on; also the schema of the outbox.
pub(in crate::sync) const CHANNEL: &str = "search_sync";

pub(in crate::sync) struct Session {
    client: Client,
    bell: Arc<Bell>,
    /// Closed when the connection ends.
    alive: watch::Receiver<()>,
}

#[derive(Default)]
struct Bell {
    rang: AtomicBool,
    ring: Notify,
}

impl Session {
    pub(super) fn start<T>(
        client: tokio_postgres::Client,
        mut connection: Connection<Socket, T>,
        source: &str,
        hear: impl Fn(&str) + Send + 'static,
    ) -> Self
    where
        T: TlsStream + Unpin + Send + 'static,
    {
        let bell = Arc::new(Bell::default());
        let (keeper, alive) = watch::channel(());
        let rung = Arc::clone(&bell);
        let source = source.to_owned();
        let task = tokio::spawn(async move {
            let _keeper = keeper;
            while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
                let AsyncMessage::Notification(note) = message else {
                    continue;
                };
                // A name has no blanks.
                match note.payload().split_once(' ') {
                    None if note.payload() == source => {
                        rung.rang.store(true, Ordering::Relaxed);
                        rung.ring.notify_one();
                    }
                    Some((of, words)) if of == source => hear(words),
                    _ => {}
                }
            }
        });
        Self {
            client: Client::new(client, task),
            bell,
            alive,
        }
    }

    pub(in crate::sync) fn client(&self) -> &Client {
        &self.client
    }

    pub(in crate::sync) fn into_client(self) -> Client {
        self.client
    }

    pub(in crate::sync) fn is_lost(&self) -> bool {
        self.client.is_closed()
    }

    pub(in crate::sync) async fn listen(&self) -> Result<(), DbError> {
        answered(self.client.batch_execute(&format!("listen {CHANNEL}"))).await
    }

    /// Tells the server that listens for the source.
    pub(in crate::sync) async fn tell(&self, source: &str, words: &str) -> Result<(), DbError> {
        let payload = format!("{source} {words}");
        let sql = "select pg_notify($1, $2)";
        answered(self.client.query_one(sql, &[&CHANNEL, &payload])).await?;
        Ok(())
    }

    /// Whether no other server works on the source; held as long as the connection.
    pub(in crate::sync) async fn lock(&self, source: &SourceName) -> Result<bool, DbError> {
        let number = lock_number(source);
        let sql = "select pg_try_advisory_lock($1)";
        let row = answered(self.client.query_one(sql, &[&number])).await?;
        Ok(row.try_get(0)?)
    }

    /// Whether there was a wake-up since this was last asked.
    pub(in crate::sync) fn was_woken(&self) -> bool {
        self.bell.rang.swap(false, Ordering::Relaxed)
    }

    /// Waits for a wake-up, the end of the connection, or the time to be over.
    pub(in crate::sync) async fn wait(&self, longest: Duration) {
        let mut alive = self.alive.clone();
        let ended = async move { while alive.changed().await.is_ok() {} };
        tokio::select! {
            () = self.bell.ring.notified() => {}
            () = ended => {}
            () = tokio::time::sleep(longest) => {}
        }
    }
}

/// Advisory locks are numbers; this one is the source's on every server.
fn lock_number(source: &SourceName) -> i64 {
    let hash = blake3::hash(format!("vetrina {source}").as_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash.as_bytes()[..8]);
    i64::from_be_bytes(bytes)
}
