//! The objects of a catalog, with their places, times and origins. Invariant: an object is written only where it is not what it is to
//! be, and never to a place where another one is.

use std::collections::HashMap;

use super::kept::{KeptObject, KeptPage, MovedFrom, MovedTo};
use crate::domain::{
    Generation, Identity, ObjectKey, ObjectType, Outcome, Timestamp, TrackerId, refusal_reason,
};
use crate::engine::plan::{Origin, RowKey};
use crate::engine::{EngineError, codec};

/// Objects that are read at once, and that are written at once.
const PAGE: usize = 500;
/// Bytes of objects, as JSON, that are written at once.
const BATCH_BYTES: usize = 4 << 20;
/// Refusals that are told; all are counted.
const TOLD_MAX: usize = 20;

/// What is read and written where catalogs are to be.
#[derive(Clone, Copy)]
pub struct Target<'t> {
    pub reads: &'t dyn MovedFrom,
    pub writes: &'t dyn MovedTo,
}

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

/// All objects of a catalog: how many, and a sum over all that each of them is, in no order but that of their places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub objects: u64,
    pub sum: u128,
}

/// What an object is.
type Digest = u128;

/// An object where the catalog is to be.
struct There {
    object_type: ObjectType,
    place: u64,
    /// `None` for one that has to be written again, whatever it is.
    digest: Option<Digest>,
}

struct Writing<'e> {
    from: &'e dyn MovedFrom,
    to: Target<'e>,
    site: &'e TrackerId,
    objects: Vec<KeptObject>,
    /// They are where others are to be.
    displaced: Vec<ObjectKey>,
    bytes: usize,
    done: Transferred,
}

/// Writes and deletes whatever is not the same.
pub(super) async fn transfer(
    from: &dyn MovedFrom,
    to: Target<'_>,
    site: &TrackerId,
) -> Result<Transferred, EngineError> {
    let mut there = known(to.reads, site).await?;
    let places = there.iter().map(|(name, one)| (one.place, name.clone()));
    let mut places: HashMap<u64, Identity> = places.collect();
    let mut writing = Writing {
        from,
        to,
        site,
        objects: Vec::new(),
        displaced: Vec::new(),
        bytes: 0,
        done: Transferred::default(),
    };
    let mut after = Some(0);
    while let Some(position) = after {
        let page = page(from, site, position).await?;
        after = page.next;
        for kept in page.objects {
            writing.done.objects += 1;
            let (digest, bytes) = digest_of(&kept);
            let known = there.remove(&kept.object.identity);
            if known.is_some_and(|known| known.digest == Some(digest)) {
                continue;
            }
            // Another one stands there: it goes before, and is written anew if it is somewhere else now.
            let other = places
                .remove(&kept.place)
                .and_then(|name| there.remove_entry(&name));
            if let Some((identity, other)) = other {
                writing.displaced.push(ObjectKey {
                    identity,
                    object_type: other.object_type,
                });
            }
            writing.add(kept, bytes).await?;
        }
    }
    writing.flush().await?;
    let keys = there.into_iter().map(|(identity, one)| ObjectKey {
        identity,
        object_type: one.object_type,
    });
    let keys: Vec<ObjectKey> = keys.collect();
    writing.delete(&keys).await?;
    Ok(writing.done)
}

/// What a catalog holds, for a comparison with another one.
pub async fn tally(of: &dyn MovedFrom, site: &TrackerId) -> Result<Tally, EngineError> {
    let mut tally = Tally::default();
    let mut after = Some(0);
    while let Some(position) = after {
        let page = page(of, site, position).await?;
        for kept in &page.objects {
            tally.objects += 1;
            tally.sum = tally.sum.wrapping_add(digest_of(kept).0);
        }
        after = page.next;
    }
    Ok(tally)
}

async fn known(
    of: &dyn MovedFrom,
    site: &TrackerId,
) -> Result<HashMap<Identity, There>, EngineError> {
    let mut known = HashMap::new();
    let mut after = Some(0);
    while let Some(position) = after {
        let page = page(of, site, position).await?;
        for kept in page.objects {
            // The order is that of the places where a catalog comes to; one that was written there by others may have its own.
            let is_in_order = kept.order == kept.place;
            let one = There {
                object_type: kept.object.object_type.clone(),
                place: kept.place,
                digest: is_in_order.then(|| digest_of(&kept).0),
            };
            known.insert(kept.object.identity.clone(), one);
        }
        after = page.next;
    }
    Ok(known)
}

async fn page(of: &dyn MovedFrom, site: &TrackerId, after: u64) -> Result<KeptPage, EngineError> {
    let mut page = of.kept_objects(site, after, PAGE).await?;
    for kept in &mut page.objects {
        // The texts of files are the other one's to fetch: it does so when it gets them.
        kept.object = kept.object.as_sent();
        kept.refused.sort();
    }
    Ok(page)
}

/// With the size of its JSON.
fn digest_of(kept: &KeptObject) -> (Digest, usize) {
    let json = codec::encode(&kept.object);
    let mut hasher = blake3::Hasher::new();
    let mut add = |part: Option<&[u8]>| {
        let length = part.map_or(u64::MAX, |part| part.len() as u64);
        hasher.update(&length.to_le_bytes());
        hasher.update(part.unwrap_or_default());
    };
    add(Some(&json));
    let generation = kept.object.generation.as_ref().map(Generation::as_str);
    add(generation.map(str::as_bytes));
    add(Some(&kept.place.to_le_bytes()));
    let created_at = kept.created_at.map(|at| at.as_millis().to_le_bytes());
    add(created_at.as_ref().map(<[u8; 8]>::as_slice));
    // A file is changed by whoever fetches it.
    let updated_at = (!kept.object.is_file()).then_some(kept.updated_at);
    let updated_at = updated_at.map(|at: Timestamp| at.as_millis().to_le_bytes());
    add(updated_at.as_ref().map(<[u8; 8]>::as_slice));
    let origin = kept.origin.as_deref();
    add(origin.map(|origin| origin.source.as_str().as_bytes()));
    add(origin.and_then(|origin| row_of(origin, kept)));
    for note in &kept.refused {
        add(Some(note.by.as_str().as_bytes()));
        add(Some(note.generation.as_bytes()));
    }
    let mut half = [0; 16];
    half.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    (u128::from_be_bytes(half), json.len())
}

fn row_of<'k>(origin: &'k Origin, kept: &'k KeptObject) -> Option<&'k [u8]> {
    Some(match origin.row.as_ref()? {
        RowKey::Identity => kept.object.identity.as_str().as_bytes(),
        RowKey::Other(key) => key.as_bytes(),
    })
}

impl Writing<'_> {
    async fn add(&mut self, kept: KeptObject, bytes: usize) -> Result<(), EngineError> {
        let is_full = self.objects.len() >= PAGE || self.bytes + bytes > BATCH_BYTES;
        if is_full && !self.objects.is_empty() {
            self.flush().await?;
        }
        self.bytes += bytes;
        self.objects.push(kept);
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), EngineError> {
        self.bytes = 0;
        let displaced = std::mem::take(&mut self.displaced);
        self.delete(&displaced).await?;
        let objects = std::mem::take(&mut self.objects);
        if objects.is_empty() {
            return Ok(());
        }
        // Read after the objects, so that it has all that they have.
        let schema = self.from.kept_schema(self.site).await?;
        self.to.writes.take_schema(self.site, schema).await?;
        let names = objects.iter().map(|one| one.object.identity.clone());
        let names: Vec<Identity> = names.collect();
        let outcomes = self.to.writes.take_objects(self.site, objects).await?;
        for (identity, outcome) in names.into_iter().zip(outcomes) {
            match outcome {
                Outcome::Refused(refusal) => {
                    self.done.refused += 1;
                    if self.done.told.len() < TOLD_MAX {
                        self.done.told.push((identity, refusal_reason(&refusal)));
                    }
                }
                Outcome::Applied | Outcome::AppliedWith(_) => self.done.written += 1,
            }
        }
        Ok(())
    }

    async fn delete(&mut self, keys: &[ObjectKey]) -> Result<(), EngineError> {
        for some in keys.chunks(PAGE) {
            self.to.writes.delete(self.site, some.to_vec()).await?;
            self.done.deleted += some.len() as u64;
        }
        Ok(())
    }
}
