//! What puts a document before others whatever is looked for: the shop's boost, and whether it can be had. Invariant:
//! both are read from the attributes that the search names.

use std::cmp::Reverse;

use tantivy::DocId;

use super::signal::NumberSignal;
use crate::domain::{AttributeType, Schema, SignalSource, SignalSources};
use crate::engine::embedded::index::query::first_look::Standing;
use crate::engine::embedded::index::segments::segment::Segment;
use crate::engine::ranking::{self, Availability};

pub(in super::super) struct FixedSignals {
    boost: NumberSignal,
    availability: NumberSignal,
    availability_rank: NumberSignal,
}

impl FixedSignals {
    pub(in super::super) fn open(
        segment: &Segment<'_>,
        schema: &Schema,
        sources: &SignalSources,
    ) -> tantivy::Result<Self> {
        let number = |source: &SignalSource, usual| {
            let name = source.attribute(usual);
            NumberSignal::open(segment, schema, name)
        };
        Ok(Self {
            boost: number(&sources.boost, ranking::BOOST_ATTRIBUTE)?,
            availability: number(&sources.availability, ranking::AVAILABILITY_ATTRIBUTE)?,
            availability_rank: number(
                &sources.availability_rank,
                ranking::AVAILABILITY_RANK_ATTRIBUTE,
            )?,
        })
    }

    /// What they are read from.
    pub(in super::super) fn attributes(
        schema: &Schema,
        sources: &SignalSources,
    ) -> [Option<(u32, AttributeType)>; 3] {
        let named = [
            sources.boost.attribute(ranking::BOOST_ATTRIBUTE),
            sources
                .availability
                .attribute(ranking::AVAILABILITY_ATTRIBUTE),
            sources
                .availability_rank
                .attribute(ranking::AVAILABILITY_RANK_ATTRIBUTE),
        ];
        named.map(|name| schema.get(name?))
    }

    pub(super) fn boost(&self, doc: DocId) -> u8 {
        ranking::boost(self.boost.of(doc))
    }

    pub(super) fn availability(&self, doc: DocId) -> Availability {
        Availability::new(self.availability.of(doc), self.availability_rank.of(doc))
    }

    /// None stands better.
    pub(in super::super) fn best_standing(&self) -> Standing {
        let boost = ranking::boost(self.boost.greatest());
        (Reverse(boost), Availability::BEST)
    }

    pub(in super::super) fn standing(&self, doc: DocId) -> Standing {
        (Reverse(self.boost(doc)), self.availability(doc))
    }
}
