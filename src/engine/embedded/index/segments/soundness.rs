//! Whether an index is what was written. Invariant: an index that was found to be damaged answers
//! nothing any more; one that is in doubt answers when its files have been compared with their checksums.
//!
//! Doubt arises where a search panics or cannot read, where somebody wrote to a file that is never written
//! again, and at the start, when nobody knows what the disk did meanwhile.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tantivy::SegmentReader;
use tantivy::index::SegmentId;

use super::files::{self, Stamp};
use crate::engine::EngineError;
use crate::engine::embedded::index::{Index, schema};

/// Indexes up to this size are compared with their checksums before they serve, in bytes: at most a second
/// of a slow disk, a tenth of that where the files are in memory.
const VERIFIED_FIRST_BYTES: u64 = 256 << 20;

/// Between two looks whether somebody wrote to the files.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// So long after files were found to be whole, a search that fails is a mistake of ours and not of the disk.
const SOUND_FOR: Duration = Duration::from_secs(10);

/// Seconds until a search is worth another try while another index is being made.
const RETRY_AFTER_S: u32 = 5;

/// Files of a segment; one with deleted objects has a `.del` besides.
const ENDINGS: [&str; 6] = ["term", "idx", "pos", "fieldnorm", "fast", "store"];

#[derive(Default)]
pub(in super::super) struct Soundness {
    /// What is wrong, for good.
    damage: OnceLock<String>,
    is_told: AtomicBool,
    /// When the last comparison began.
    verified: Mutex<Option<Instant>>,
    looked: Mutex<Looked>,
}

#[derive(Default)]
struct Looked {
    at: Option<Instant>,
    /// By segment and the state of its deletions.
    stamps: HashMap<Version, Vec<Option<Stamp>>>,
}

type Version = (SegmentId, Option<u64>);

impl Soundness {
    /// What was found first counts.
    fn damaged(&self, reason: String) {
        drop(self.damage.set(reason));
    }
}

impl Index {
    /// Why it answers nothing any more.
    pub fn damage(&self) -> Option<&str> {
        self.soundness.damage.get().map(String::as_str)
    }

    /// Has it answer nothing any more, for a reason that lies outside of its files.
    pub fn condemn(&self, reason: &str) {
        self.soundness.damaged(reason.to_owned());
    }

    /// Whether it is small enough to be verified before it serves.
    pub fn is_verified_first(&self) -> bool {
        let bytes = self.folder.as_deref().map(|folder| {
            let bytes = files::committed_bytes(folder, &self.files);
            bytes.unwrap_or_default()
        });
        bytes.unwrap_or_default() <= VERIFIED_FIRST_BYTES
    }

    /// Compares all of it with its checksums; blocks.
    pub fn verify(&self) {
        self.verify_since(Instant::now());
    }

    /// True for the first to ask after it was found to be damaged.
    pub fn is_newly_damaged(&self) -> bool {
        self.damage().is_some() && !self.soundness.is_told.swap(true, Ordering::Relaxed)
    }

    /// Runs what reads the index. What comes of a damaged one is never handed on.
    pub(in super::super) fn guarded<T>(
        &self,
        work: impl FnOnce() -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        if self.was_touched() {
            self.verify();
        }
        self.require_sound()?;
        let began = Instant::now();
        let done = catch_unwind(AssertUnwindSafe(work));
        let is_in_doubt = match &done {
            Err(_panic) => true,
            Ok(done) => matches!(done, Err(EngineError::Internal { .. })),
        };
        if is_in_doubt {
            self.verify_in_doubt(began);
        }
        self.require_sound()?;
        done.unwrap_or_else(|_panic| {
            Err(EngineError::Internal {
                context: "a search ended unexpectedly",
                source: "it panicked".into(),
            })
        })
    }

    fn require_sound(&self) -> Result<(), EngineError> {
        match self.damage() {
            None => Ok(()),
            Some(reason) => Err(EngineError::Unavailable {
                reason: format!("the index is damaged and is being made again: {reason}"),
                retry_after_s: RETRY_AFTER_S,
            }),
        }
    }

    fn verify_in_doubt(&self, since: Instant) {
        let verified = *self
            .soundness
            .verified
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if verified.is_none_or(|verified| verified.elapsed() > SOUND_FOR || verified < since) {
            self.verify_since(since);
        }
    }

    /// Unless somebody has begun to since that moment.
    fn verify_since(&self, since: Instant) {
        let Some(folder) = &self.folder else {
            return;
        };
        let soundness = &self.soundness;
        let mut verified = soundness
            .verified
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if soundness.damage.get().is_some() || verified.is_some_and(|verified| verified >= since) {
            return;
        }
        *verified = Some(Instant::now());
        // What is written to from here on is seen to be.
        self.was_touched();
        match files::damaged(folder, &self.files) {
            Ok(damaged) if damaged.is_empty() => {}
            Ok(damaged) => soundness.damaged(format!("checksum of {}", damaged.join(", "))),
            Err(error) => soundness.damaged(error.to_string()),
        }
        // The list of segments may be of a time when it had no checksum.
        let fits = catch_unwind(AssertUnwindSafe(|| self.fits_its_list()));
        if !fits.unwrap_or(false) {
            soundness.damaged("its list of segments is of other files".to_owned());
        }
    }

    /// Whether every segment has as many documents as the list says.
    fn fits_its_list(&self) -> bool {
        let searcher = self.reader.searcher();
        let mut segments = searcher.segment_readers().iter();
        segments.all(|segment| {
            let column = segment.fast_fields().u64(schema::VERSION_ID);
            column.is_ok_and(|column| column.num_docs() == segment.max_doc())
        })
    }

    /// Whether somebody wrote to a file since it was first looked at; looked at now and then.
    fn was_touched(&self) -> bool {
        let Some(folder) = &self.folder else {
            return false;
        };
        let Ok(mut looked) = self.soundness.looked.try_lock() else {
            // Somebody is looking.
            return false;
        };
        if looked.at.is_some_and(|at| at.elapsed() < LOOK_EVERY) {
            return false;
        }
        let searcher = self.reader.searcher();
        let mut was_touched = false;
        let mut stamps = HashMap::new();
        for segment in searcher.segment_readers() {
            let version = (segment.segment_id(), segment.delete_opstamp());
            let now = stamps_of(folder, segment);
            was_touched |= looked.stamps.get(&version).is_some_and(|then| {
                let mut pairs = then.iter().zip(&now);
                // One that is gone was merged away.
                pairs.any(|(then, now)| now.is_some() && then != now)
            });
            stamps.insert(version, now);
        }
        *looked = Looked {
            at: Some(Instant::now()),
            stamps,
        };
        was_touched
    }
}

fn stamps_of(folder: &Path, segment: &SegmentReader) -> Vec<Option<Stamp>> {
    let name = segment.segment_id().uuid_string();
    let deletions = segment.delete_opstamp().map(|stamp| format!("{stamp}.del"));
    let endings = ENDINGS.into_iter().chain(deletions.as_deref());
    let stamps = endings.map(|ending| Stamp::of(&folder.join(format!("{name}.{ending}"))));
    stamps.collect()
}
