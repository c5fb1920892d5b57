//! `context[…]`: where the visitor is, and which attributes the signals of the ranking are read from
//! (docs/reference/05-search.md §2).

use super::names::plain;
use crate::domain::{GeoPoint, Place, SignalSource, SignalSources};
use crate::http::query_string::QueryString;

/// The value that switches a signal off.
const OFF: &str = "nil";

/// A place that cannot be read is not known.
pub(super) fn read_place(query: &QueryString) -> Place {
    let origin = query.scalar("context[geo_location]");
    let field = query.scalar("context[geo_location_field]");
    Place {
        origin: origin.and_then(GeoPoint::parse),
        field: plain(field.unwrap_or(Place::FIELD_DEFAULT)),
    }
}

/// Either availability switched off switches off both.
pub(super) fn read_signals(query: &QueryString) -> SignalSources {
    let source = |name: &str| match query.scalar(name) {
        None => SignalSource::Usual,
        Some(OFF) => SignalSource::Off,
        Some(name) => SignalSource::Attribute(plain(name)),
    };
    let mut sources = SignalSources {
        availability: source("context[availability_field]"),
        availability_rank: source("context[availability_rank_field]"),
        boost: source("context[boost_field]"),
        freshness: source("context[freshness_field]"),
    };
    let availabilities = [&sources.availability, &sources.availability_rank];
    if availabilities.contains(&&SignalSource::Off) {
        sources.availability = SignalSource::Off;
        sources.availability_rank = SignalSource::Off;
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FieldName;

    fn query(text: &str) -> QueryString {
        QueryString::parse(text).expect("few parameters")
    }

    #[test]
    fn the_place_of_the_visitor_is_read() {
        let place = read_place(&query(
            "context[geo_location]=48.1,17.1&context[geo_location_field]=geo_shop",
        ));
        assert_eq!(place.origin, GeoPoint::new(48.1, 17.1));
        assert_eq!(place.field.as_str(), "geo_shop");
        assert_eq!(read_place(&query("q=x")), Place::default());
        assert_eq!(
            read_place(&query("context[geo_location]=here")).origin,
            None
        );
    }

    #[test]
    fn signals_are_read_from_other_attributes_or_not_at_all() {
        let attribute = |name: &str| SignalSource::Attribute(FieldName::new(name));
        let sources = read_signals(&query(
            "context%5Bboost_field%5D=margin&context[freshness_field]=nil&context[availability_field]=stock",
        ));
        assert_eq!(sources.boost, attribute("margin"));
        assert_eq!(sources.freshness, SignalSource::Off);
        assert_eq!(sources.availability, attribute("stock"));
        assert_eq!(sources.availability_rank, SignalSource::Usual);
        assert_eq!(read_signals(&query("")), SignalSources::default());
    }

    #[test]
    fn one_availability_switched_off_switches_off_both() {
        for (off, other) in [("field", "rank_field"), ("rank_field", "field")] {
            let sources = read_signals(&query(&format!(
                "context[availability_{off}]=nil&context[availability_{other}]=stock"
            )));
            assert_eq!(sources.availability, SignalSource::Off, "{off}");
            assert_eq!(sources.availability_rank, SignalSource::Off, "{off}");
        }
    }
}
