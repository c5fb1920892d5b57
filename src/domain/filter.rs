//! Filters as sent, and what they mean once the type of their attribute is known (contract 05 §3).

use super::filter_tree::TypeFilter;
use super::geo::{GeoPoint, read_distance};
use super::schema::{AttributeType, Schema, TypedValue, date};
use super::time::Timestamp;
use super::value::{FieldName, parse_number};

/// What is asked of one field.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldFilter {
    pub field: FieldName,
    pub asked: Asked,
}

/// What a filter asks, as far as it is known before the type of the attribute is.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// The value of a `field:value`: what it means the type of the attribute says.
    Untyped(String),
    Typed(Condition),
}

impl FieldFilter {
    pub fn untyped(field: impl Into<FieldName>, value: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            asked: Asked::Untyped(value.into()),
        }
    }

    pub fn typed(field: impl Into<FieldName>, condition: Condition) -> Self {
        Self {
            field: field.into(),
            asked: Asked::Typed(condition),
        }
    }
}

impl Asked {
    /// What is asked of an attribute of this name and type.
    pub fn of(&self, name: &str, kind: AttributeType, origin: Option<GeoPoint>) -> Condition {
        match (self, kind, origin) {
            (Self::Typed(condition), ..) => condition.clone(),
            (Self::Untyped(value), AttributeType::Geo, Some(origin)) => {
                Condition::read_distance(origin, value)
            }
            (Self::Untyped(value), ..) => Condition::read(name, kind, value),
        }
    }

    /// Whether objects without the attribute are asked for.
    pub fn is_missing(&self) -> bool {
        match self {
            Self::Untyped(value) => value == MISSING,
            Self::Typed(condition) => *condition == Condition::Missing,
        }
    }

    /// The text that is asked for, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Untyped(text) | Self::Typed(Condition::Text(text)) => Some(text),
            Self::Typed(_) => None,
        }
    }
}

/// All filters of a search. Values of one field in `any_of` are alternatives, fields are joined by AND.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filters {
    /// `f[]`
    pub any_of: Vec<FieldFilter>,
    /// `f_must[]`
    pub all_of: Vec<FieldFilter>,
    /// `neg_f[]`
    pub none_of: Vec<FieldFilter>,
    /// Trees of a POST, each for the objects of its type.
    pub by_type: Vec<TypeFilter>,
}

impl Filters {
    /// `any_of` by field, fields in order of first appearance.
    pub fn any_of_by_field(&self) -> Vec<(&FieldName, Vec<&Asked>)> {
        let mut groups: Vec<(&FieldName, Vec<&Asked>)> = Vec::new();
        for filter in &self.any_of {
            match groups.iter_mut().find(|(field, _)| *field == &filter.field) {
                Some((_, values)) => values.push(&filter.asked),
                None => groups.push((&filter.field, vec![&filter.asked])),
            }
        }
        groups
    }

    /// Every filter, wherever it stands.
    pub fn for_each<'a>(&'a self, mut each: impl FnMut(&'a FieldFilter)) {
        let lists = [&self.any_of, &self.all_of, &self.none_of];
        lists.into_iter().flatten().for_each(&mut each);
        for filter in &self.by_type {
            filter.tree.for_each_leaf(&mut each);
        }
    }
}

/// Both bounds inclusive; an absent bound is open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range<T> {
    pub from: Option<T>,
    pub to: Option<T>,
}

/// The filter value that asks for objects without the attribute.
const MISSING: &str = "value_missing";

/// What a filter value asks of an attribute of a known type. A text is asked for in attributes of every
/// type: what did not fit is kept as one.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// `value_missing`
    Missing,
    Text(String),
    Boolean(bool),
    Number(f64),
    NumberRange(Range<f64>),
    Date(Timestamp),
    DateRange(Range<Timestamp>),
    /// Of points so many kilometres from another.
    Distance(GeoPoint, Range<f64>),
    /// Any of these.
    AnyOf(Vec<Condition>),
    /// The value cannot be one of this type: matches nothing.
    Nothing,
}

impl Condition {
    /// Reads a filter value by the type of its attribute, and by its name where that fixes the type. What is no
    /// value of the type is a text that was kept although it does not fit. `from|to` is a range, of a text
    /// attribute one of the numbers or dates in it, or exactly that text (contract 04 §2).
    pub fn read(name: &str, kind: AttributeType, value: &str) -> Self {
        if value == MISSING {
            return Self::Missing;
        }
        let mut any_of = Self::read_fitting(name, kind, value);
        if !Schema::is_fixed(name, kind) {
            any_of.extend(Self::read_unfitting(name, kind, value));
        }
        Self::any(any_of)
    }

    /// What may be among the values of an attribute whose type was only inferred.
    fn read_unfitting(name: &str, kind: AttributeType, value: &str) -> Vec<Self> {
        let mut any_of = Vec::new();
        if kind == AttributeType::Text && value.contains('|') {
            any_of.extend(number_range(value));
            any_of.extend(date_range(name, value));
        }
        // `""` is kept with an object but never matched (contract 04 §1).
        if !value.is_empty() && !is_value(kind, value) {
            any_of.push(Self::Text(value.to_owned()));
        }
        any_of
    }

    fn read_fitting(name: &str, kind: AttributeType, value: &str) -> Vec<Self> {
        let condition = match kind {
            AttributeType::Text => (!value.is_empty()).then(|| Self::Text(value.to_owned())),
            AttributeType::Boolean => value.parse().ok().map(Self::Boolean),
            AttributeType::Numeric if value.contains('|') => number_range(value),
            AttributeType::Numeric => parse_number(value).map(Self::Number),
            AttributeType::Date if value.contains('|') => date_range(name, value),
            AttributeType::Date => date(name, value).map(Self::Date),
            // Points are asked for by distance, which has to say where from.
            AttributeType::Geo => None,
        };
        condition.into_iter().collect()
    }

    fn any(mut any_of: Vec<Self>) -> Self {
        match any_of.len() {
            0 => Self::Nothing,
            1 => any_of.remove(0),
            _ => Self::AnyOf(any_of),
        }
    }

    /// Reads a filter value of points, `|50km` from somewhere; what is no distance is a text.
    pub fn read_distance(origin: GeoPoint, value: &str) -> Self {
        if value == MISSING {
            return Self::Missing;
        }
        match read_distance(value) {
            Some(range) => Self::Distance(origin, range),
            None => Self::any(Self::read_unfitting("", AttributeType::Geo, value)),
        }
    }

    /// Whether one value of an attribute is what is asked for; an object is, when any of its values
    /// is. [`Self::Missing`] asks for objects without a value, so no value is what it asks for.
    #[expect(
        clippy::float_cmp,
        reason = "a filter asks for exactly the number that was sent"
    )]
    pub fn matches(&self, value: &TypedValue<'_>) -> bool {
        match (self, value) {
            (Self::AnyOf(conditions), value) => conditions.iter().any(|one| one.matches(value)),
            (Self::Text(wanted), TypedValue::Text(text)) => wanted == text,
            (Self::Boolean(wanted), TypedValue::Boolean(boolean)) => wanted == boolean,
            (Self::Number(wanted), TypedValue::Numeric(number)) => wanted == number,
            (Self::NumberRange(range), TypedValue::Numeric(number)) => range.contains(number),
            (Self::Date(wanted), TypedValue::Date(date)) => wanted == date,
            (Self::DateRange(range), TypedValue::Date(date)) => range.contains(date),
            (Self::Distance(origin, range), &TypedValue::Geo { lat, lon }) => {
                GeoPoint::new(lat, lon)
                    .is_some_and(|point| range.contains(&origin.distance_km(point)))
            }
            _ => false,
        }
    }
}

fn number_range(value: &str) -> Option<Condition> {
    let range = Range::read(value.split_once('|')?, parse_number);
    range.map(Condition::NumberRange)
}

fn date_range(name: &str, value: &str) -> Option<Condition> {
    let range = Range::read(value.split_once('|')?, |text| date(name, text));
    range.map(Condition::DateRange)
}

/// Whether an object that has this text has a value of the type, so that it is not kept as a text.
fn is_value(kind: AttributeType, text: &str) -> bool {
    match kind {
        AttributeType::Text => true,
        AttributeType::Numeric => parse_number(text).is_some(),
        AttributeType::Boolean => text.parse::<bool>().is_ok(),
        // `20190517` is a date as a text; a JSON number like that was kept as its text.
        AttributeType::Date => Timestamp::parse(text).is_some() && parse_number(text).is_none(),
        AttributeType::Geo => false,
    }
}

impl<T: PartialOrd> Range<T> {
    pub fn contains(&self, value: &T) -> bool {
        self.from.as_ref().is_none_or(|from| from <= value)
            && self.to.as_ref().is_none_or(|to| value <= to)
    }

    /// `None` when a bound is neither empty nor readable.
    pub(super) fn read(bounds: (&str, &str), parse: impl Fn(&str) -> Option<T>) -> Option<Self> {
        let bound = |text: &str| match text {
            "" => Some(None),
            text => parse(text).map(Some),
        };
        Some(Self {
            from: bound(bounds.0)?,
            to: bound(bounds.1)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn is_met(kind: AttributeType, filter: &str, value: &TypedValue<'_>) -> bool {
        Condition::read("x", kind, filter).matches(value)
    }

    #[test]
    fn text_is_met_whole_and_case_sensitive() {
        let is_met = |filter, value: &str| {
            is_met(AttributeType::Text, filter, &TypedValue::Text(value.into()))
        };
        assert!(is_met("Navy Blue", "Navy Blue"));
        assert!(is_met("A|B", "A|B"));
        assert!(is_met("5|", "5|"));
        assert!(!is_met("navy blue", "Navy Blue"));
        assert!(!is_met("Navy", "Navy Blue"));
        assert_eq!(
            Condition::read("x", AttributeType::Text, ""),
            Condition::Nothing
        );
    }

    #[rstest]
    #[case("5", &[5.0])]
    #[case("5.0", &[5.0])]
    #[case("5|7", &[5.0, 6.5, 7.0])]
    #[case("6|", &[6.5, 7.0, 8.0])]
    #[case("|6.5", &[4.0, 5.0, 6.5])]
    #[case("|", &[4.0, 5.0, 6.5, 7.0, 8.0])]
    #[case("7|5", &[])]
    #[case("abc", &[])]
    #[case("5|x", &[])]
    #[case("5|6|7", &[])]
    #[case("NaN|", &[])]
    #[case("|inf", &[])]
    #[case("", &[])]
    fn numbers_are_met_by_value_or_inclusive_range(#[case] filter: &str, #[case] met: &[f64]) {
        let numbers = [4.0, 5.0, 6.5, 7.0, 8.0].into_iter();
        let found: Vec<f64> = numbers
            .filter(|&number| is_met(AttributeType::Numeric, filter, &TypedValue::Numeric(number)))
            .collect();
        assert_eq!(found, met);
    }

    #[rstest]
    #[case("2024-01-02", &[2])]
    #[case("2024-01-02T01:00:00+01:00", &[2])]
    #[case("2024-01-01|2024-01-02 00:00:00", &[1, 2])]
    #[case("2024-01-02|", &[2, 3])]
    #[case("|20240102T000000Z", &[1, 2])]
    #[case("|", &[1, 2, 3])]
    #[case("yesterday|", &[])]
    fn dates_are_met_by_instant_or_inclusive_range(#[case] filter: &str, #[case] met: &[u8]) {
        let days = [1, 2, 3].into_iter();
        let found: Vec<u8> = days
            .filter(|day| {
                let date = Timestamp::parse(&format!("2024-01-0{day}")).expect("a date");
                is_met(AttributeType::Date, filter, &TypedValue::Date(date))
            })
            .collect();
        assert_eq!(found, met);
    }

    #[test]
    fn booleans_are_true_or_false_and_nothing_else() {
        for (filter, on_true, on_false) in [
            ("true", true, false),
            ("false", false, true),
            ("1", false, false),
            ("TRUE", false, false),
        ] {
            let is_met =
                |value| is_met(AttributeType::Boolean, filter, &TypedValue::Boolean(value));
            assert_eq!(
                (is_met(true), is_met(false)),
                (on_true, on_false),
                "{filter}"
            );
        }
    }

    #[rstest]
    #[case("5|7", &[5.0, 6.5])]
    #[case("|5", &[4.0, 5.0])]
    #[case("|", &[4.0, 5.0, 6.5, 8.0])]
    #[case("a|7", &[])]
    #[case("5", &[])]
    fn numbers_of_a_text_attribute_are_met_by_ranges(#[case] filter: &str, #[case] met: &[f64]) {
        let condition = Condition::read("x", AttributeType::Text, filter);
        let numbers = [4.0, 5.0, 6.5, 8.0].into_iter();
        let found: Vec<f64> = numbers
            .filter(|&number| condition.matches(&TypedValue::Numeric(number)))
            .collect();
        assert_eq!(found, met);
        // The text itself is met besides, and nothing that spells a number in the range.
        assert!(condition.matches(&TypedValue::Text(filter.into())));
        assert!(!condition.matches(&TypedValue::Text("6".into())));
    }

    #[test]
    fn dates_of_a_text_attribute_are_met_by_ranges() {
        let condition = Condition::read("x", AttributeType::Text, "2024-01-01|2024-01-02");
        let on = |date: &str| TypedValue::Date(Timestamp::parse(date).expect("a date"));
        assert!(condition.matches(&on("2024-01-02")));
        assert!(!condition.matches(&on("2024-01-03")));
        assert!(!condition.matches(&TypedValue::Text("2024-01-02".into())));
    }

    #[rstest]
    #[case(AttributeType::Numeric, "57 CFM", true)]
    #[case(AttributeType::Numeric, "57", false)]
    #[case(AttributeType::Numeric, "5|7", true)]
    #[case(AttributeType::Numeric, "", false)]
    #[case(AttributeType::Boolean, "1", true)]
    #[case(AttributeType::Boolean, "true", false)]
    #[case(AttributeType::Date, "soon", true)]
    #[case(AttributeType::Date, "2024-01-01", false)]
    #[case(AttributeType::Date, "20190517", true)]
    fn what_does_not_fit_is_met_by_its_text(
        #[case] kind: AttributeType,
        #[case] text: &str,
        #[case] expected: bool,
    ) {
        let value = TypedValue::Text(text.into());
        assert_eq!(is_met(kind, text, &value), expected);
        // Where a name fixes the type there is no such value.
        for fixed in ["price_amount", "introduced_at"] {
            if Schema::is_fixed(fixed, kind) {
                assert!(!Condition::read(fixed, kind, text).matches(&value));
            }
        }
    }

    #[test]
    fn a_missing_value_can_be_asked_for_whatever_the_type() {
        use AttributeType::{Boolean, Date, Geo, Numeric, Text};
        for kind in [Text, Numeric, Boolean, Date, Geo] {
            assert_eq!(
                Condition::read("x", kind, "value_missing"),
                Condition::Missing
            );
        }
        assert!(!Condition::Missing.matches(&TypedValue::Numeric(1.0)));
    }

    #[test]
    fn points_are_met_by_their_distance_from_another() {
        let bratislava = GeoPoint::new(48.15, 17.11).expect("on the globe");
        let vienna = TypedValue::Geo {
            lat: 48.21,
            lon: 16.37,
        };
        for (filter, is_met) in [
            ("|60km", true),
            ("|50km", false),
            ("50|", true),
            ("10km|20km", false),
            ("sixty", false),
            ("value_missing", false),
        ] {
            let condition = Condition::read_distance(bratislava, filter);
            assert_eq!(condition.matches(&vienna), is_met, "{filter}");
        }
        // Without a point to measure from there is nothing to ask for.
        let nowhere = Condition::read("x", AttributeType::Geo, "|50km");
        assert!(!nowhere.matches(&vienna));
    }
}
