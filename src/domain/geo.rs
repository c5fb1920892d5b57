//! Points on the globe and how far apart they are (docs/reference/05-search.md §2, §3). Invariant: a
//! [`GeoPoint`] lies on the globe.

use super::filter::Range;
use super::value::{FieldName, parse_number};

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GeoPoint {
    lat: f64,
    lon: f64,
}

impl GeoPoint {
    const EARTH_RADIUS_KM: f64 = 6371.0088;

    /// Degrees; `None` for a point beyond a pole or the date line.
    pub fn new(lat: f64, lon: f64) -> Option<Self> {
        let is_on_globe = (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
        is_on_globe.then_some(Self { lat, lon })
    }

    /// Reads `lat,lon`.
    pub fn parse(text: &str) -> Option<Self> {
        let (lat, lon) = text.split_once(',')?;
        Self::new(parse_number(lat)?, parse_number(lon)?)
    }

    pub fn lat(self) -> f64 {
        self.lat
    }

    pub fn lon(self) -> f64 {
        self.lon
    }

    /// Along the surface, the earth taken for a ball.
    pub fn distance_km(self, other: Self) -> f64 {
        let (lat, other_lat) = (self.lat.to_radians(), other.lat.to_radians());
        let half_lat = (other_lat - lat) / 2.0;
        let half_lon = (other.lon - self.lon).to_radians() / 2.0;
        let chord = half_lat.sin().powi(2) + lat.cos() * other_lat.cos() * half_lon.sin().powi(2);
        2.0 * Self::EARTH_RADIUS_KM * chord.sqrt().min(1.0).asin()
    }
}

/// Where the visitor is, and which points of objects that is compared with.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// `None` when a search does not say; then it cannot ask for distances.
    pub origin: Option<GeoPoint>,
    /// What [`Place::RANGE_NAME`] stands for.
    pub field: FieldName,
}

impl Place {
    /// The name that stands for the distance in filters and sorts, whatever attributes there are.
    pub const RANGE_NAME: &'static str = "geo_range";
    pub const FIELD_DEFAULT: &'static str = "geo_location";

    /// The attribute that a filter or sort of this name means.
    pub fn meant<'a>(&'a self, name: &'a FieldName) -> &'a FieldName {
        if name.as_str() == Self::RANGE_NAME {
            &self.field
        } else {
            name
        }
    }
}

impl Default for Place {
    fn default() -> Self {
        Self {
            origin: None,
            field: FieldName::new(Self::FIELD_DEFAULT),
        }
    }
}

/// Reads `|50km`, `5km|` or `5|50`: kilometres from and to, both inclusive.
pub(super) fn read_distance(value: &str) -> Option<Range<f64>> {
    let kilometres = |text: &str| {
        let text = text.trim();
        let number = text
            .strip_suffix("km")
            .or(text.strip_suffix("KM"))
            .unwrap_or(text);
        parse_number(number).filter(|&km| km >= 0.0)
    };
    Range::read(value.split_once('|')?, kilometres)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn point(lat: f64, lon: f64) -> GeoPoint {
        GeoPoint::new(lat, lon).expect("on the globe")
    }

    /// Well-known pairs, to the kilometre.
    #[rstest]
    #[case(point(48.1486, 17.1077), point(48.2082, 16.3738), 55.0)] // Bratislava, Vienna
    #[case(point(50.0755, 14.4378), point(52.5200, 13.4050), 281.0)] // Prague, Berlin
    #[case(point(51.5074, -0.1278), point(40.7128, -74.0060), 5570.0)] // London, New York
    #[case(point(0.0, 179.5), point(0.0, -179.5), 111.0)]
    #[case(point(90.0, 0.0), point(-90.0, 120.0), 20015.0)]
    fn distances(#[case] one: GeoPoint, #[case] other: GeoPoint, #[case] km: f64) {
        assert!((one.distance_km(other) - km).abs() < 1.0);
    }

    #[rstest]
    #[case("48.1,17.1", Some((48.1, 17.1)))]
    #[case(" -48.1 , 17 ", Some((-48.1, 17.0)))]
    #[case("91,0", None)]
    #[case("0,181", None)]
    #[case("48.1", None)]
    #[case("48.1,17.1,5", None)]
    #[case("NaN,0", None)]
    #[case("", None)]
    fn points_are_read(#[case] text: &str, #[case] expected: Option<(f64, f64)>) {
        let expected = expected.map(|(lat, lon)| point(lat, lon));
        assert_eq!(GeoPoint::parse(text), expected);
    }

    #[rstest]
    #[case("|50km", Some((None, Some(50.0))))]
    #[case("5km|50km", Some((Some(5.0), Some(50.0))))]
    #[case("5|", Some((Some(5.0), None)))]
    #[case("|0", Some((None, Some(0.0))))]
    #[case("50km", None)]
    #[case("|-5km", None)]
    #[case("|50miles", None)]
    fn distance_ranges_are_read(
        #[case] text: &str,
        #[case] expected: Option<(Option<f64>, Option<f64>)>,
    ) {
        let expected = expected.map(|(from, to)| Range { from, to });
        assert_eq!(read_distance(text), expected);
    }

    proptest! {
        #[test]
        fn a_distance_is_the_same_both_ways_and_never_more_than_half_around(
            a in (-90.0..=90.0, -180.0..=180.0), b in (-90.0..=90.0, -180.0..=180.0),
        ) {
            let (a, b) = (point(a.0, a.1), point(b.0, b.1));
            let distance = a.distance_km(b);
            prop_assert!((distance - b.distance_km(a)).abs() < 1e-6);
            prop_assert!((0.0..=20_016.0).contains(&distance));
            prop_assert!(a.distance_km(a) < 1e-6);
        }
    }
}
