//! Points of objects: who is how far away. Invariants: an object with several points is where its
//! nearest one is, for filters and for sorts going up; where all points of a segment are measured, it is
//! done once a search.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::columnar::Column;
use tantivy::index::SegmentId;
use tantivy::query::{
    BitSetDocSet, ConstScorer, EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight,
};
use tantivy::{BitSet, DocId, Score, SegmentReader, TantivyError};

use crate::domain::{GeoPoint, Range};
use crate::engine::embedded::index::effort::{Effort, Stop};
use crate::engine::embedded::index::segments::columns::open_points;

/// The points of one attribute in one segment. An object's latitudes and longitudes stand in the same
/// order.
pub(in super::super) struct Points {
    lat: Column<f64>,
    lon: Column<f64>,
}

impl Points {
    /// `None` when no object of the segment has a point.
    pub(in super::super) fn open(
        segment: &SegmentReader,
        attribute: u32,
    ) -> tantivy::Result<Option<Self>> {
        let columns = open_points(segment, attribute)?;
        Ok(columns.map(|(lat, lon)| Self { lat, lon }))
    }

    /// How far each of an object's points is from another, in kilometres.
    pub(in super::super) fn distances_km(
        &self,
        doc: DocId,
        origin: GeoPoint,
    ) -> impl Iterator<Item = f64> + '_ {
        let (lat, lon) = (self.lat.values_for_doc(doc), self.lon.values_for_doc(doc));
        lat.zip(lon)
            .filter_map(|(lat, lon)| GeoPoint::new(lat, lon))
            .map(move |point| origin.distance_km(point))
    }
}

/// What measuring one point costs, in units of work.
const MEASURING: u64 = 16;

/// How far all points of one attribute are away, in one segment.
#[derive(Debug)]
pub(in super::super) struct Measured {
    /// By document; not a number where it has no point.
    first: Vec<f64>,
    /// The further ones of those that have several.
    others: HashMap<DocId, Vec<f64>>,
}

impl Measured {
    fn new(
        points: &Points,
        origin: GeoPoint,
        documents: DocId,
        effort: &Effort,
    ) -> Result<Self, Stop> {
        let mut measured = Self {
            first: Vec::with_capacity(documents as usize),
            others: HashMap::new(),
        };
        let mut steps = effort.walk(1);
        for doc in 0..documents {
            let mut distances = points.distances_km(doc, origin);
            let first = distances.next();
            measured.first.push(first.unwrap_or(f64::NAN));
            let others: Vec<f64> = distances.collect();
            let count = first.iter().len() + others.len();
            if !others.is_empty() {
                measured.others.insert(doc, others);
            }
            steps.take_many(1 + MEASURING * count as u64)?;
        }
        steps.finish()?;
        Ok(measured)
    }

    /// How far each of an object's points is away, in kilometres.
    pub(in super::super) fn distances_km(&self, doc: DocId) -> impl Iterator<Item = f64> + '_ {
        let first = self.first.get(doc as usize);
        let first = first.copied().filter(|distance| !distance.is_nan());
        // Most objects are at one place.
        let has_others = first.is_some() && !self.others.is_empty();
        let others = has_others.then(|| self.others.get(&doc)).flatten();
        first
            .into_iter()
            .chain(others.into_iter().flatten().copied())
    }
}

/// What is measured once: points of an attribute in a segment, and from where.
type Whence = (SegmentId, u32, GeoPoint);

/// Everything that was measured for one search.
#[derive(Debug)]
pub(in super::super) struct Distances {
    effort: Arc<Effort>,
    measured: Mutex<Vec<(Whence, Arc<Measured>)>>,
}

impl Distances {
    pub(in super::super) fn new(effort: &Arc<Effort>) -> Self {
        Self {
            effort: Arc::clone(effort),
            measured: Mutex::default(),
        }
    }

    /// `None` when no object of the segment has a point.
    pub(in super::super) fn of(
        &self,
        segment: &SegmentReader,
        attribute: u32,
        origin: GeoPoint,
    ) -> tantivy::Result<Option<Arc<Measured>>> {
        let whence = (segment.segment_id(), attribute, origin);
        if let Some(known) = self.known(whence) {
            return Ok(Some(known));
        }
        let Some(points) = Points::open(segment, attribute)? else {
            return Ok(None);
        };
        let measured = Measured::new(&points, origin, segment.max_doc(), &self.effort)?;
        let measured = Arc::new(measured);
        // A list is whole, whoever panicked.
        let mut all = self.measured.lock().unwrap_or_else(PoisonError::into_inner);
        all.push((whence, Arc::clone(&measured)));
        Ok(Some(measured))
    }

    /// What was measured already.
    pub(in super::super) fn of_earlier(
        &self,
        segment: &SegmentReader,
        attribute: u32,
        origin: GeoPoint,
    ) -> Option<Arc<Measured>> {
        self.known((segment.segment_id(), attribute, origin))
    }

    fn known(&self, whence: Whence) -> Option<Arc<Measured>> {
        let all = self.measured.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = all.iter();
        let found = all.find(|(known, _)| *known == whence);
        found.map(|(_, measured)| Arc::clone(measured))
    }
}

/// Objects that have a point so many kilometres from another.
#[derive(Clone, Debug)]
pub(in super::super) struct DistanceQuery {
    pub(in super::super) attribute: u32,
    pub(in super::super) origin: GeoPoint,
    pub(in super::super) range: Range<f64>,
    pub(in super::super) distances: Arc<Distances>,
}

impl Query for DistanceQuery {
    fn weight(&self, _scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for DistanceQuery {
    fn scorer(&self, segment: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let Some(measured) = self.distances.of(segment, self.attribute, self.origin)? else {
            return Ok(Box::new(EmptyScorer));
        };
        self.distances.effort.spend(segment.max_doc().into())?;
        let mut found = BitSet::with_max_value(segment.max_doc());
        for doc in 0..segment.max_doc() {
            let mut distances = measured.distances_km(doc);
            if distances.any(|distance| self.range.contains(&distance)) {
                found.insert(doc);
            }
        }
        Ok(Box::new(ConstScorer::new(BitSetDocSet::from(found), boost)))
    }

    fn explain(&self, _segment: &SegmentReader, _doc: DocId) -> tantivy::Result<Explanation> {
        let reason = "a filter has no score to explain".to_owned();
        Err(TantivyError::InvalidArgument(reason))
    }
}
