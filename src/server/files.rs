//! Files of objects, fetched where the configuration wants that. Invariant: without `[files] enabled` the server asks
//! nobody for anything.

use std::sync::Arc;

use super::Lasting;
use crate::config::Config;
use crate::files::{Downloads, Surroundings, clear};

/// `None`: nothing is fetched.
#[derive(Clone)]
pub(super) struct FileDownloads(Option<Arc<Downloads>>);

impl FileDownloads {
    pub(super) fn start(lasting: &Lasting, config: &Config) -> Self {
        let files = lasting.engine.files.clone();
        let Some(files) = files.filter(|_| config.files.enabled) else {
            clear(&config.data_dir);
            return Self(None);
        };
        let started = config.program().and_then(|program| {
            let around = Surroundings {
                files,
                clock: lasting.clock.clone(),
                metrics: Arc::clone(&lasting.metrics),
                data_dir: &config.data_dir,
                disk_reserve_bytes: config.storage.disk_reserve_bytes,
                program,
            };
            Downloads::start(around, &config.files)
        });
        match started {
            Ok(downloads) => Self(Some(Arc::new(downloads))),
            Err(error) => {
                // Searches do not hang on it.
                tracing::error!(error, "files are not fetched");
                Self(None)
            }
        }
    }

    /// Goes on by this configuration.
    pub(super) fn follow(&self, config: &Config) {
        if let Some(downloads) = &self.0
            && let Err(error) = downloads.follow(&config.files)
        {
            tracing::error!(error, "files are fetched as before");
        }
    }

    pub(super) async fn close(&self) {
        if let Some(downloads) = &self.0 {
            downloads.close().await;
        }
    }
}
