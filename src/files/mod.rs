//! Objects that are files: what they say becomes searchable (docs/reference/02-content.md §8). Invariant: nothing of a
//! foreign file is read within the server's own process, and what is to be fetched lies with its object in the store:
//! here nothing has to be remembered, so an end at any moment loses nothing.
//!
//! | part | for |
//! |---|---|
//! | `mod` | [`Downloads`]: begun with the server, told of every configuration, ended with it |
//! | `worker` | takes what is due, as many at a time as there are places |
//! | `one` | one file: fetched, read, handed over |
//! | `fetch` | one file fetched, safely |
//! | `extract` | text out of documents, in a process of its own |
//! | `spool` | where files lie meanwhile |
//! | `retry` | when a file is tried again |

pub mod extract;
mod fetch;
mod one;
mod retry;
mod spool;
mod worker;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::config::Files as Settings;
use crate::domain::Clock;
use crate::engine::Files;
use crate::telemetry::metrics::Metrics;
use extract::{Extractor, Limits};
use fetch::Fetcher;
use spool::Spool;
use worker::Worker;

/// The files of all sites being fetched.
pub struct Downloads {
    worker: Arc<Worker>,
    running: Mutex<Option<JoinHandle<()>>>,
}

/// What is made of a configuration, exchanged whole.
struct Setup {
    settings: Settings,
    fetcher: Fetcher,
    extractor: Extractor,
}

/// What downloads need of the server.
pub struct Surroundings<'a> {
    pub files: Arc<dyn Files>,
    pub clock: Clock,
    pub metrics: Arc<Metrics>,
    pub data_dir: &'a Path,
    /// Below it nothing is fetched.
    pub disk_reserve_bytes: u64,
    /// This program, which reads documents in processes of its own.
    pub program: PathBuf,
}

impl Downloads {
    /// Begins with what is due. An error is one of the configuration or of the data folder.
    pub fn start(around: Surroundings<'_>, settings: &Settings) -> Result<Self, String> {
        let Surroundings {
            files,
            clock,
            metrics,
            data_dir,
            disk_reserve_bytes,
            program,
        } = around;
        let spool = Spool::open(data_dir, disk_reserve_bytes)
            .map_err(|error| format!("the folder of downloads cannot be made: {error}"))?;
        let worker = Arc::new(Worker {
            files,
            clock,
            metrics,
            spool,
            setup: ArcSwap::from_pointee(Setup::new(settings, program.clone())?),
            program,
            has_changed: Notify::new(),
            is_closed: Notify::new(),
        });
        let running = tokio::spawn(Arc::clone(&worker).work());
        Ok(Self {
            worker,
            running: Mutex::new(Some(running)),
        })
    }

    /// Goes on by other settings. What is being fetched ends by those it began with; one that is wrong changes nothing.
    pub fn follow(&self, settings: &Settings) -> Result<(), String> {
        let worker = &self.worker;
        if worker.setup.load().settings != *settings {
            let setup = Setup::new(settings, worker.program.clone())?;
            worker.setup.store(Arc::new(setup));
            worker.has_changed.notify_one();
        }
        Ok(())
    }

    /// Lets go of what is being fetched: it is due at the next start.
    pub async fn close(&self) {
        self.worker.is_closed.notify_one();
        let running = self.running.lock();
        let running = running.unwrap_or_else(PoisonError::into_inner).take();
        if let Some(running) = running
            && let Err(error) = running.await
        {
            tracing::error!(%error, "fetching files ended unexpectedly");
        }
    }
}

/// Removes what downloads have left, where none are made any more.
pub fn clear(data_dir: &Path) {
    if let Err(error) = spool::clear(data_dir) {
        tracing::warn!(%error, "downloads of an earlier start cannot be removed");
    }
}

impl Setup {
    fn new(settings: &Settings, program: PathBuf) -> Result<Self, String> {
        let limits = Limits {
            time: settings.extract_timeout,
            cpu: settings.extract_cpu,
            memory_bytes: settings.extract_memory_bytes,
            text_bytes_max: settings.text_bytes_max,
        };
        Ok(Self {
            fetcher: Fetcher::new(settings)?,
            extractor: Extractor::new(program, limits),
            settings: settings.clone(),
        })
    }
}
