//! Points of objects: who is how far away. Invariant: an object with several points is where its
//! nearest one is, for filters and for sorts going up.

use tantivy::columnar::Column;
use tantivy::query::{
    BitSetDocSet, ConstScorer, EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight,
};
use tantivy::{BitSet, DocId, Score, SegmentReader, TantivyError};

use super::columns::open_part;
use super::document::Part;
use super::schema::NUMBERS;
use crate::domain::{GeoPoint, Range};

/// The points of one attribute in one segment. An object's latitudes and longitudes stand in the same
/// order.
pub(super) struct Points {
    lat: Column<f64>,
    lon: Column<f64>,
}

impl Points {
    /// `None` when no object of the segment has a point.
    pub(super) fn open(segment: &SegmentReader, attribute: u32) -> tantivy::Result<Option<Self>> {
        let lat = open_part(segment, NUMBERS, attribute, Part::Latitude)?;
        let lon = open_part(segment, NUMBERS, attribute, Part::Longitude)?;
        Ok(lat.zip(lon).map(|(lat, lon)| Self { lat, lon }))
    }

    /// How far each of an object's points is from another, in kilometres.
    pub(super) fn distances_km(
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

/// Objects that have a point so many kilometres from another.
#[derive(Clone, Debug)]
pub(super) struct DistanceQuery {
    pub(super) attribute: u32,
    pub(super) origin: GeoPoint,
    pub(super) range: Range<f64>,
}

impl Query for DistanceQuery {
    fn weight(&self, _scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for DistanceQuery {
    fn scorer(&self, segment: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let Some(points) = Points::open(segment, self.attribute)? else {
            return Ok(Box::new(EmptyScorer));
        };
        let mut found = BitSet::with_max_value(segment.max_doc());
        for doc in 0..segment.max_doc() {
            let mut distances = points.distances_km(doc, self.origin);
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
