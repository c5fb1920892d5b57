//! Documents that were deleted or written over count in the weight of words until their segments are merged, and the cluster keeps them
//! until what came after them is in a commit of its own. So where many are gone, that is asked for. Invariant: an index of which
//! little is gone is left alone, and a large one is not seen to all the time: all that is left in it is written anew.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::client::{Call, CallError, Method};
use super::cluster::Cluster;
use super::layout::names::Names;

/// It is much if it is more than one for so many that are there.
const THERE_FOR_ONE: u64 = 5;
/// Fewer are never much.
const GONE_MIN: u64 = 100;
/// Between two times for an index, and for each thousand of its documents.
const APART: Duration = Duration::from_secs(60);
const APART_FOR_THOUSAND: Duration = Duration::from_secs(1);

/// When it was asked for last, by index.
pub(super) type Expunged = HashMap<String, Instant>;

#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    indices: HashMap<String, OfIndex>,
}

#[derive(Deserialize)]
struct OfIndex {
    primaries: Primaries,
}

#[derive(Deserialize)]
struct Primaries {
    docs: Docs,
}

#[derive(Clone, Copy, Deserialize)]
struct Docs {
    count: u64,
    deleted: u64,
}

impl Docs {
    fn has_much_gone(self) -> bool {
        self.deleted >= GONE_MIN && self.deleted > self.count / THERE_FOR_ONE
    }

    fn apart(self) -> Duration {
        let thousands = u32::try_from(self.count / 1_000).unwrap_or(u32::MAX);
        APART + APART_FOR_THOUSAND.saturating_mul(thousands)
    }
}

/// Indices of which much is gone, that were not seen to lately.
pub(super) async fn to_expunge(
    cluster: &Cluster,
    expunged: &mut Expunged,
) -> Result<Vec<String>, CallError> {
    let path = format!(
        "/{}/_stats/docs?filter_path=indices.*.primaries.docs",
        cluster.names.all_catalogs()
    );
    let told: Told = cluster.client.call(&Call::get(path)).await?.read()?;
    expunged.retain(|index, _| told.indices.contains_key(index));
    let now = Instant::now();
    let mut found = Vec::new();
    for (index, of) in told.indices {
        let docs = of.primaries.docs;
        let last = expunged.get(&index);
        let is_early = last.is_some_and(|last| now.saturating_duration_since(*last) < docs.apart());
        if Names::of_index(&index).is_some() && docs.has_much_gone() && !is_early {
            expunged.insert(index.clone(), now);
            found.push(index);
        }
    }
    Ok(found)
}

/// Has them taken out of the index. What keeps them a while longer is gone at the next time.
pub(super) async fn expunge(cluster: &Cluster, index: &str) -> Result<(), CallError> {
    let flush = Call::repeatable(Method::POST, format!("/{index}/_flush"));
    cluster.client.call(&flush).await?;
    // It goes on where nobody waits for it any more, and is not asked for twice.
    let path = format!("/{index}/_forcemerge?only_expunge_deletes=true");
    let merge = Call::once(Method::POST, path);
    cluster.client.call(&merge).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn much_is_gone_where_it_is_more_than_a_fifth_and_large_indices_wait_longer() {
        let docs = |count, deleted| Docs { count, deleted };
        assert!(docs(400, 100).has_much_gone());
        assert!(!docs(400, 80).has_much_gone());
        assert!(!docs(0, 99).has_much_gone());
        assert!(docs(0, 100).has_much_gone());
        assert!(!docs(600, 120).has_much_gone());
        assert_eq!(docs(999, 0).apart(), Duration::from_secs(60));
        assert_eq!(docs(1_000_000, 0).apart(), Duration::from_secs(1_060));
    }
}
