//! A catalog of one backend made into the catalog of another one, through the doors of both. Invariant: what is the same already
//! is left alone, so it may be done again at any time, and the last time, when nothing is written to the first one any more,
//! makes them the same.

use std::collections::HashMap;

use super::codec;
use super::{CatalogReads, CatalogWrites, EngineError, Extraction};
use crate::domain::{
    Generation, Identity, Object, ObjectKey, ObjectType, Outcome, Scan, ScanPosition, Scope,
    Submission, TrackerId,
};

/// Objects that are read at once, and that are written at once.
const PAGE: usize = 500;
/// Bytes of objects, as JSON, that are written at once.
const BATCH_BYTES: usize = 4 << 20;
/// Refusals that are told; all are counted.
const TOLD_MAX: usize = 20;

/// What was done.
#[derive(Debug, Default)]
pub struct Transferred {
    /// Objects there are in the first one.
    pub objects: u64,
    pub written: u64,
    pub deleted: u64,
    pub refused: u64,
    /// Some of them, each with its reason.
    pub told: Vec<(Identity, String)>,
}

/// All objects of a catalog: how many, and a sum over all that each of them is, in no order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub objects: u64,
    pub sum: u128,
}

/// What an object is.
type Digest = u128;

struct Writing<'e> {
    to: &'e dyn CatalogWrites,
    site: &'e TrackerId,
    objects: Vec<Object>,
    bytes: usize,
    done: Transferred,
}

/// Writes and deletes whatever is not the same.
pub async fn transfer(
    from: &dyn CatalogReads,
    to: (&dyn CatalogReads, &dyn CatalogWrites),
    site: &TrackerId,
) -> Result<Transferred, EngineError> {
    let (reads, writes) = to;
    let mut there = known(reads, site).await?;
    let mut writing = Writing {
        to: writes,
        site,
        objects: Vec::new(),
        bytes: 0,
        done: Transferred::default(),
    };
    let mut after = Some(ScanPosition::default());
    while let Some(position) = after {
        let page = page(from, site, position).await?;
        after = page.1;
        for object in page.0 {
            writing.done.objects += 1;
            let (digest, bytes) = digest_of(&object);
            match there.remove(&object.identity) {
                Some((_, known)) if known == digest => {}
                _ => writing.add(object, bytes).await?,
            }
        }
    }
    writing.flush().await?;
    let keys = there
        .into_iter()
        .map(|(identity, (object_type, _))| ObjectKey {
            identity,
            object_type,
        });
    let keys: Vec<ObjectKey> = keys.collect();
    for some in keys.chunks(PAGE) {
        writes.delete(site, some.to_vec()).await?;
        writing.done.deleted += some.len() as u64;
    }
    Ok(writing.done)
}

/// What a catalog holds, for a comparison with another one.
pub async fn tally(of: &dyn CatalogReads, site: &TrackerId) -> Result<Tally, EngineError> {
    let mut tally = Tally::default();
    let mut after = Some(ScanPosition::default());
    while let Some(position) = after {
        let (objects, next) = page(of, site, position).await?;
        for object in &objects {
            tally.objects += 1;
            tally.sum = tally.sum.wrapping_add(digest_of(object).0);
        }
        after = next;
    }
    Ok(tally)
}

async fn known(
    of: &dyn CatalogReads,
    site: &TrackerId,
) -> Result<HashMap<Identity, (ObjectType, Digest)>, EngineError> {
    let mut known = HashMap::new();
    let mut after = Some(ScanPosition::default());
    while let Some(position) = after {
        let (objects, next) = page(of, site, position).await?;
        for object in objects {
            let (digest, _) = digest_of(&object);
            known.insert(
                object.identity.clone(),
                (object.object_type.clone(), digest),
            );
        }
        after = next;
    }
    Ok(known)
}

async fn page(
    of: &dyn CatalogReads,
    site: &TrackerId,
    after: ScanPosition,
) -> Result<(Vec<Object>, Option<ScanPosition>), EngineError> {
    let scan = Scan {
        scope: Scope::default(),
        after,
        limit: PAGE,
    };
    let page = of.scan(site, scan).await?;
    // The texts of files are the other one's to fetch: it does so when it gets them.
    let sent = page.objects.iter().map(Object::as_sent);
    Ok((sent.collect(), page.next))
}

/// With the size of its JSON.
fn digest_of(object: &Object) -> (Digest, usize) {
    let json = codec::encode(object);
    let mut hasher = blake3::Hasher::new();
    hasher.update(&json);
    hasher.update(&[0]);
    let generation = object.generation.as_ref().map(Generation::as_str);
    hasher.update(generation.unwrap_or_default().as_bytes());
    let mut half = [0; 16];
    half.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    (u128::from_be_bytes(half), json.len())
}

impl Writing<'_> {
    async fn add(&mut self, object: Object, bytes: usize) -> Result<(), EngineError> {
        let is_full = self.objects.len() >= PAGE || self.bytes + bytes > BATCH_BYTES;
        if is_full && !self.objects.is_empty() {
            self.flush().await?;
        }
        self.bytes += bytes;
        self.objects.push(object);
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), EngineError> {
        self.bytes = 0;
        let objects = std::mem::take(&mut self.objects);
        if objects.is_empty() {
            return Ok(());
        }
        let names: Vec<Identity> = objects.iter().map(|one| one.identity.clone()).collect();
        let sent = objects.into_iter().map(Submission::from).collect();
        let written = self.to.replace(self.site, sent, Extraction::Leave);
        for (identity, outcome) in names.into_iter().zip(written.await?.outcomes) {
            match outcome {
                Outcome::Refused(refusal) => {
                    self.done.refused += 1;
                    if self.done.told.len() < TOLD_MAX {
                        let reason = crate::domain::refusal_reason(&refusal);
                        self.done.told.push((identity, reason));
                    }
                }
                Outcome::Applied | Outcome::AppliedWith(_) => self.done.written += 1,
            }
        }
        Ok(())
    }
}
