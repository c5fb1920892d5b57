//! How many objects that can be had somebody is led to: a category to those that hold its title in `category`.
//! Invariant: a segment is counted once, and again when twice as many of its objects are gone, so that a
//! suggestion costs no walk over a catalog.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::Searcher;
use tantivy::columnar::StrColumn;

use super::hit_titles::titles;
use super::relevance::Ranked;
use super::signal::NumberSignal;
use crate::domain::{AttributeType, Schema};
use crate::engine::embedded::index::segments::columns::{Address, first, open_texts};
use crate::engine::embedded::index::segments::schema::STAND_IN;
use crate::engine::embedded::index::segments::segment::Segment;
use crate::engine::ranking::{self, Availability};

/// Attributes whose counts are kept.
const ATTRIBUTES_MAX: usize = 8;
/// Different values of an attribute that are counted; what is beyond leads nowhere.
const VALUES_MAX: usize = 200_000;

/// What the values of one attribute lead to, in one state of the index.
pub(in super::super) struct LedTo {
    state: u64,
    attribute: u32,
    available: HashMap<String, u64>,
}

/// Those of the state of the index that was searched last.
#[derive(Default)]
pub(in super::super) struct LedToCache(Mutex<Vec<Arc<LedTo>>>);

impl LedToCache {
    /// `None` for an attribute that the site has not, or that is no text.
    pub(in super::super) fn of(
        &self,
        attribute: &str,
        schema: &Schema,
        searcher: &Searcher,
        segments: &[Segment<'_>],
    ) -> tantivy::Result<Option<Arc<LedTo>>> {
        let Some((attribute, AttributeType::Text)) = schema.get(attribute) else {
            return Ok(None);
        };
        let state = searcher.generation().generation_id();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|led| led.state == state);
        if let Some(led) = known.iter().find(|led| led.attribute == attribute) {
            return Ok(Some(Arc::clone(led)));
        }
        let mut available = HashMap::new();
        for segment in segments {
            add(segment, attribute, schema, &mut available)?;
        }
        let led = Arc::new(LedTo {
            state,
            attribute,
            available,
        });
        if known.len() < ATTRIBUTES_MAX {
            known.push(Arc::clone(&led));
        }
        Ok(Some(led))
    }
}

impl LedTo {
    /// Puts hits, best first, that are equally good matches in order by what they lead to.
    pub(in super::super) fn sort(
        &self,
        ranked: &mut [Ranked],
        segments: &[Segment<'_>],
        schema: &Schema,
    ) -> tantivy::Result<()> {
        let best = ranked.iter().take(ranking::LEADING_HITS_MAX);
        let addresses: Vec<Address> = best.map(|hit| hit.address).collect();
        let titles = titles(&addresses, segments, schema)?;
        ranking::order_by_led_to(ranked, |address| {
            self.available.get(titles.get(address)?).copied()
        });
        Ok(())
    }
}

fn add(
    segment: &Segment<'_>,
    attribute: u32,
    schema: &Schema,
    available: &mut HashMap<String, u64>,
) -> tantivy::Result<()> {
    let Some(column) = open_texts(segment, attribute)? else {
        return Ok(());
    };
    // Objects that are gone are left out again when there are twice as many.
    let gone = segment
        .num_deleted_docs()
        .checked_ilog2()
        .map_or(0, |log| log + 1);
    let kept = segment.kept(&format!("{attribute} available {gone}"), || {
        counts(segment, &column, schema).map(|counts| Some(Arc::new(counts)))
    })?;
    let Some(counts) = kept else { return Ok(()) };
    let mut texts = column.dictionary().stream()?;
    for &count in counts.iter() {
        if !texts.advance() {
            break;
        }
        let Ok(text) = std::str::from_utf8(texts.key()) else {
            continue;
        };
        if count == 0 {
            continue;
        }
        if let Some(known) = available.get_mut(text) {
            *known += u64::from(count);
        } else if available.len() < VALUES_MAX {
            available.insert(text.to_owned(), u64::from(count));
        }
    }
    Ok(())
}

/// By their numbers in the dictionary, how many objects that can be had have the texts.
fn counts(segment: &Segment<'_>, column: &StrColumn, schema: &Schema) -> tantivy::Result<Vec<u32>> {
    let signal = |name| NumberSignal::open(segment, schema, Some(name));
    let availability = signal(ranking::AVAILABILITY_ATTRIBUTE)?;
    let rank = signal(ranking::AVAILABILITY_RANK_ATTRIBUTE)?;
    // Of an object and its variants only the object counts.
    let stand_ins = segment.numbers::<u64>(STAND_IN)?;
    let mut counts = vec![0_u32; column.num_terms()];
    for doc in segment.doc_ids_alive() {
        if first(stand_ins.as_ref(), doc).is_some()
            || !Availability::new(availability.of(doc), rank.of(doc)).can_be_had()
        {
            continue;
        }
        for number in column.ords().values_for_doc(doc) {
            if let Some(count) = counts.get_mut(number as usize) {
                *count += 1;
            }
        }
    }
    Ok(counts)
}
