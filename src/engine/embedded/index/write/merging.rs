//! Which segments are put together, and when. Invariant: while objects come in, each of them is written again
//! about once a layer, whatever the size of the index; segments of the top layer are left alone unless much of
//! them is deleted.

use tantivy::SegmentMeta;
use tantivy::indexer::{MergeCandidate, MergePolicy};

/// Segments of this many objects are not merged any more.
const MERGED_OBJECTS_MAX: u32 = 100_000;
/// Where layers end, in objects. Between two of the larger ones lies a factor of about eight: that is how many
/// segments wait in a layer at most, and each of them is a look-up more for every word of a query.
const LAYER_ENDS: [u32; 3] = [1_000, 12_000, MERGED_OBJECTS_MAX];
/// So many segments of one layer are put together although they do not fill one of the next.
const IN_LAYER_MAX: usize = 10;
/// A segment of which more than one in so many objects is deleted is written anew without them.
const DELETED_SHARE: u32 = 4;

/// Smaller segments that are left alone in an index at rest.
const SMALL_AT_REST_MAX: usize = 3;
/// How many times what would be added to it a segment may be.
const MUCH_LARGER: u32 = 3;

/// While objects come in. A layer is put together as soon as it fills a segment of the next: small commits
/// climb to the top in as many steps as there are layers, large ones in fewer.
#[derive(Debug)]
pub(super) struct Streaming;

impl MergePolicy for Streaming {
    fn compute_merge_candidates(&self, segments: &[SegmentMeta]) -> Vec<MergeCandidate> {
        let mut candidates = Vec::new();
        let mut begin = 0;
        for end in LAYER_ENDS {
            let is_in = |segment: &&SegmentMeta| (begin..end).contains(&segment.num_docs());
            let layer: Vec<&SegmentMeta> = segments.iter().filter(is_in).collect();
            let objects: u32 = layer.iter().map(|segment| segment.num_docs()).sum();
            if layer.len() >= IN_LAYER_MAX || layer.len() > 1 && objects >= end {
                candidates.extend(groups(layer));
            } else {
                candidates.extend(layer.into_iter().filter_map(without_deleted));
            }
            begin = end;
        }
        let is_top = |segment: &&SegmentMeta| segment.num_docs() >= MERGED_OBJECTS_MAX;
        candidates.extend(segments.iter().filter(is_top).filter_map(without_deleted));
        candidates
    }
}

fn without_deleted(segment: &SegmentMeta) -> Option<MergeCandidate> {
    let has_many = segment.num_deleted_docs() > segment.max_doc() / DELETED_SHARE;
    has_many.then(|| MergeCandidate(vec![segment.id()]))
}

/// Segments in their order, as many together as make one that is not merged any more.
fn groups<'s>(segments: impl IntoIterator<Item = &'s SegmentMeta>) -> Vec<MergeCandidate> {
    let mut groups = Vec::new();
    let mut group = Vec::new();
    let mut objects = 0;
    for segment in segments {
        group.push(segment.id());
        objects += segment.num_docs();
        if objects >= MERGED_OBJECTS_MAX {
            groups.push(MergeCandidate(std::mem::take(&mut group)));
            objects = 0;
        }
    }
    groups.push(MergeCandidate(group));
    groups.retain(|group| group.0.len() > 1);
    groups
}

/// Puts small segments together, but for one that is much larger than what would be added to it: an index
/// that gets a little now and then is not written again as a whole every time. Segments that are being
/// merged are not asked about.
#[derive(Debug)]
pub(super) struct AtRest;

impl MergePolicy for AtRest {
    fn compute_merge_candidates(&self, segments: &[SegmentMeta]) -> Vec<MergeCandidate> {
        let is_small = |segment: &&SegmentMeta| segment.num_docs() < MERGED_OBJECTS_MAX;
        let mut small: Vec<&SegmentMeta> = segments.iter().filter(is_small).collect();
        small.sort_unstable_by_key(|segment| segment.num_docs());
        let mut objects: u32 = small.iter().map(|segment| segment.num_docs()).sum();
        while let Some(largest) = small.last().map(|segment| segment.num_docs()) {
            objects -= largest;
            if largest <= objects.saturating_mul(MUCH_LARGER) {
                break;
            }
            small.pop();
        }
        if small.len() <= SMALL_AT_REST_MAX {
            return Vec::new();
        }
        groups(small)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tantivy::Index;
    use tantivy::index::SegmentId;

    use super::*;

    /// Segments by how many objects they have, and how many of those are deleted.
    fn segments(sizes: &[(u32, u32)]) -> Vec<SegmentMeta> {
        let (schema, _) = crate::engine::embedded::index::segments::schema::build();
        let index = Index::create_in_ram(schema);
        let meta = |&(objects, deleted): &(u32, u32)| {
            let id = SegmentId::generate_random();
            let meta = index.new_segment_meta(id, objects);
            if deleted == 0 {
                meta
            } else {
                meta.with_delete_meta(deleted, 1)
            }
        };
        sizes.iter().map(meta).collect()
    }

    /// What would be put together, in objects left, largest first.
    fn merged(policy: &dyn MergePolicy, sizes: &[(u32, u32)]) -> Vec<Vec<u32>> {
        let segments = segments(sizes);
        let objects = |id: &SegmentId| {
            let found = segments.iter().find(|segment| segment.id() == *id);
            found.expect("a candidate is of the segments").num_docs()
        };
        let candidates = policy.compute_merge_candidates(&segments);
        let mut all: Vec<Vec<u32>> = candidates
            .iter()
            .map(|candidate| candidate.0.iter().map(objects).collect())
            .collect();
        all.sort_unstable_by(|a, b| b.cmp(a));
        all
    }

    fn whole(sizes: &[u32]) -> Vec<(u32, u32)> {
        sizes.iter().map(|&objects| (objects, 0)).collect()
    }

    #[test]
    fn a_layer_is_put_together_once_it_fills_a_segment_of_the_next() {
        let waiting = whole(&[120_000, 17_000, 40_000, 2_000, 3_000, 3_000, 3_000]);
        assert!(merged(&Streaming, &waiting).is_empty());
        let full = whole(&[120_000, 17_000, 40_000, 4_000, 4_000, 4_000, 4_000]);
        assert_eq!(merged(&Streaming, &full), [vec![4_000; 4]]);
        let two = whole(&[60_000, 50_000, 600, 500]);
        assert_eq!(
            merged(&Streaming, &two),
            [vec![60_000, 50_000], vec![600, 500]]
        );
    }

    #[test]
    fn many_small_segments_do_not_wait_until_they_are_large() {
        let few = whole(&[10; IN_LAYER_MAX - 1]);
        assert!(merged(&Streaming, &few).is_empty());
        let many = whole(&[10; IN_LAYER_MAX]);
        assert_eq!(merged(&Streaming, &many), [vec![10; IN_LAYER_MAX]]);
    }

    #[test]
    fn what_is_deleted_is_written_away_whatever_the_size() {
        for objects in [40, 4_000, 40_000, 400_000] {
            let quarter = objects / 4;
            assert!(merged(&Streaming, &[(objects, quarter)]).is_empty());
            let more = merged(&Streaming, &[(objects, quarter + 1)]);
            assert_eq!(more, [[objects - quarter - 1]], "{objects}");
        }
        // Two halves of large ones are one again.
        let halves = [(120_000, 60_000), (120_000, 60_000)];
        assert_eq!(merged(&Streaming, &halves), [[60_000, 60_000]]);
    }

    #[test]
    fn no_merge_is_much_larger_than_a_segment_needs_to_be() {
        let much = whole(&[90_000; 5]);
        for policy in [&Streaming as &dyn MergePolicy, &AtRest] {
            let merges = merged(policy, &much);
            assert_eq!(merges, [[90_000; 2]; 2]);
        }
    }

    proptest! {
        /// As a feed does it: what is merged is there at once.
        #[test]
        fn a_feed_leaves_few_segments_and_writes_each_object_few_times(
            commits in proptest::collection::vec(1_300_u32..6_000, 200..400),
        ) {
            let mut sizes: Vec<u32> = Vec::new();
            let (mut came, mut written) = (0_u64, 0_u64);
            for commit in commits {
                sizes.push(commit);
                came += u64::from(commit);
                loop {
                    let merges = merged(&Streaming, &whole(&sizes));
                    let Some(group) = merges.first() else { break };
                    for objects in group {
                        let at = sizes.iter().position(|size| size == objects);
                        sizes.swap_remove(at.expect("it is one of them"));
                        written += u64::from(*objects);
                    }
                    sizes.push(group.iter().sum());
                }
                let small = sizes.iter().filter(|&&size| size < MERGED_OBJECTS_MAX);
                prop_assert!(small.count() < 2 * IN_LAYER_MAX);
            }
            prop_assert!(written <= came * 2);
        }
    }
}
