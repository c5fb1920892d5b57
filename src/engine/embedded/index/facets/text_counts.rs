//! Counts of texts: per segment by their number in its dictionary, then the most frequent over all
//! segments. Invariants: the result is exact, what is skipped provably cannot be in it; columns hold
//! each value of a document once, so values are counted without asking whose they are.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tantivy::DocId;
use tantivy::columnar::StrColumn;

use super::docs::{SegmentDocs, for_each_block};
use crate::domain::{FacetBucket, FacetRequest};
use crate::engine::embedded::index::effort::Effort;
use crate::engine::embedded::index::segments::columns::{damaged, texts_of};
use crate::engine::embedded::index::segments::known_texts::KnownTexts;

/// Below this many documents per text of the dictionary, counts are made by sorting, not by a table.
const TABLE_SPARSITY: usize = 16;
/// What looking up one text costs, in texts read in order.
const LOOKUP_COST: usize = 32;
/// What comparing a text with what was typed costs, and each of its bytes, in units of work: it is folded first.
const COMPARED: u64 = 64;
const COMPARED_BYTE: u64 = 1;

/// How often each text occurs in a segment's part of a result.
pub(in super::super) struct SegmentCounts {
    texts: StrColumn,
    /// The texts themselves, where they are few.
    known: Option<Arc<KnownTexts>>,
    /// Number in the dictionary and count, numbers ascending, no zero counts.
    counts: Vec<(u64, u64)>,
}

impl SegmentCounts {
    pub(in super::super) fn new(
        texts: StrColumn,
        known: Option<Arc<KnownTexts>>,
        docs: &SegmentDocs,
    ) -> Self {
        let list = docs.list();
        let mut counts = if list.len() < texts.num_terms() / TABLE_SPARSITY {
            counts_by_sorting(&texts, list)
        } else {
            counts_by_table(&texts, list)
        };
        for hit in docs.shared() {
            count_once(&texts, hit, &mut counts);
        }
        Self {
            texts,
            known,
            counts,
        }
    }

    pub(in super::super) fn count_of(&self, text: &str) -> tantivy::Result<u64> {
        let Some(number) = self.texts.dictionary().term_ord(text)? else {
            return Ok(0);
        };
        let at = self
            .counts
            .binary_search_by_key(&number, |&(number, _)| number);
        Ok(at.map_or(0, |at| self.counts[at].1))
    }

    /// The `n`-th greatest count; 0 when there are fewer texts.
    fn nth_count(&self, n: usize) -> u64 {
        let mut counts: Vec<u64> = self.counts.iter().map(|&(_, count)| count).collect();
        if n == 0 || counts.len() < n {
            return 0;
        }
        let (_, nth, _) = counts.select_nth_unstable_by_key(n - 1, |&count| Reverse(count));
        *nth
    }

    fn texts_with(&self, count_min: u64) -> tantivy::Result<Vec<(Cow<'_, str>, u64)>> {
        let kept = self.counts.iter().filter(|&&(_, count)| count >= count_min);
        if let Some(known) = &self.known {
            let texts = kept.map(|&(number, count)| Some((known.get(number)?.into(), count)));
            let texts: Option<Vec<_>> = texts.collect();
            return texts.ok_or_else(|| damaged().into());
        }
        let (numbers, counts): (Vec<u64>, Vec<u64>) = kept.copied().unzip();
        let texts = texts_of(&self.texts, &numbers)?.into_iter();
        Ok(texts.map(Cow::Owned).zip(counts).collect())
    }
}

fn counts_by_table(texts: &StrColumn, docs: &[DocId]) -> Vec<(u64, u64)> {
    let mut table = vec![0_u32; texts.num_terms()];
    for_each_block(texts.ords(), docs, |numbers| {
        for &number in numbers {
            table[number as usize] += 1;
        }
    });
    let counts = (0..).zip(table).filter(|&(_, count)| count > 0);
    counts
        .map(|(number, count)| (number, u64::from(count)))
        .collect()
}

fn counts_by_sorting(texts: &StrColumn, docs: &[DocId]) -> Vec<(u64, u64)> {
    let mut numbers = Vec::with_capacity(docs.len());
    for_each_block(texts.ords(), docs, |block| numbers.extend_from_slice(block));
    numbers.sort_unstable();
    let runs = numbers.chunk_by(|a, b| a == b);
    runs.map(|run| (run[0], run.len() as u64)).collect()
}

/// Takes back what documents of one hit counted more than once.
fn count_once(texts: &StrColumn, hit: &[DocId], counts: &mut [(u64, u64)]) {
    let values = hit.iter().flat_map(|&doc| texts.ords().values_for_doc(doc));
    let mut numbers: Vec<u64> = values.collect();
    numbers.sort_unstable();
    for run in numbers.chunk_by(|a, b| a == b) {
        if let Ok(at) = counts.binary_search_by_key(&run[0], |&(number, _)| number) {
            counts[at].1 -= run.len() as u64 - 1;
        }
    }
}

/// The most frequent texts that are asked for; of equally frequent ones the lesser text first.
pub(in super::super) fn top_values(
    segments: &[SegmentCounts],
    request: &FacetRequest,
    effort: &Effort,
) -> tantivy::Result<Vec<FacetBucket<String>>> {
    let totals = match &request.values_with {
        Some(pattern) => {
            let mut matching = HashMap::new();
            for (text, count) in totals_of_all(segments)? {
                effort.spend(COMPARED + COMPARED_BYTE * text.len() as u64)?;
                if pattern.matches(&text) {
                    matching.insert(text, count);
                }
            }
            matching
        }
        None => totals_of_most_frequent(segments, request.values_max)?,
    };
    Ok(buckets(totals, request.values_max))
}

/// By count descending, then text.
fn buckets(totals: HashMap<Cow<'_, str>, u64>, most: usize) -> Vec<FacetBucket<String>> {
    let mut totals: Vec<_> = totals.into_iter().collect();
    totals.sort_unstable_by(|(a, a_count), (b, b_count)| (b_count, a).cmp(&(a_count, b)));
    totals.truncate(most);
    let buckets = totals.into_iter();
    let buckets = buckets.map(|(value, count)| FacetBucket {
        value: value.into_owned(),
        count,
    });
    buckets.collect()
}

/// The `n` most frequent texts at least.
fn totals_of_most_frequent(
    segments: &[SegmentCounts],
    n: usize,
) -> tantivy::Result<HashMap<Cow<'_, str>, u64>> {
    // A text among the n most frequent occurs at least as often as the n-th of any one segment; so
    // in some segment it occurs at least that often divided by the number of segments.
    let total_min = segments.iter().map(|s| s.nth_count(n)).max().unwrap_or(0);
    let count_min = total_min.div_ceil(segments.len().max(1) as u64).max(1);
    let candidates: usize = segments
        .iter()
        .map(|segment| {
            segment
                .counts
                .iter()
                .filter(|&&(_, count)| count >= count_min)
                .count()
        })
        .sum();
    let texts: usize = segments.iter().map(|segment| segment.counts.len()).sum();

    if segments.len() > 1 && candidates * segments.len() * LOOKUP_COST > texts {
        totals_of_all(segments)
    } else {
        totals_of_candidates(segments, count_min)
    }
}

fn totals_of_all(segments: &[SegmentCounts]) -> tantivy::Result<HashMap<Cow<'_, str>, u64>> {
    let mut totals = HashMap::new();
    for segment in segments {
        for (text, count) in segment.texts_with(1)? {
            *totals.entry(text).or_insert(0) += count;
        }
    }
    Ok(totals)
}

fn totals_of_candidates(
    segments: &[SegmentCounts],
    count_min: u64,
) -> tantivy::Result<HashMap<Cow<'_, str>, u64>> {
    if let [only] = segments {
        return Ok(only.texts_with(count_min)?.into_iter().collect());
    }
    let mut candidates = HashSet::new();
    for segment in segments {
        let texts = segment.texts_with(count_min)?;
        candidates.extend(texts.into_iter().map(|(text, _)| text));
    }
    let mut totals = HashMap::with_capacity(candidates.len());
    for text in candidates {
        let mut total = 0;
        for segment in segments {
            total += segment.count_of(&text)?;
        }
        totals.insert(text, total);
    }
    Ok(totals)
}
