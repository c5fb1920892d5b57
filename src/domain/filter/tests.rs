//! What filters mean, by the type of their attribute.

use super::*;
use rstest::rstest;

fn is_met(kind: AttributeType, filter: &str, value: &TypedValue<'_>) -> bool {
    Condition::read("x", kind, filter).matches(value)
}

#[test]
fn text_is_met_whole_and_case_sensitive() {
    let is_met =
        |filter, value: &str| is_met(AttributeType::Text, filter, &TypedValue::Text(value.into()));
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
        let is_met = |value| is_met(AttributeType::Boolean, filter, &TypedValue::Boolean(value));
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
