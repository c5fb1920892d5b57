//! `availability` and `availability_rank` kept in step (docs/reference/04-data-layout.md §3). Invariant: after
//! [`correct`] both are integers, and where there is a rank the availability says the same.

use super::problem::Rule;
use super::value::{FieldValue, Fields, Number};

pub(super) const AVAILABILITY: &str = "availability";
pub(super) const RANK: &str = "availability_rank";

/// Ranks below it are available.
const RANK_UNAVAILABLE: i64 = 15;

/// Reads `availability`: 1, 0, `"1"`, `"0"`, true or false; `""` says nothing.
pub(super) fn read_availability(value: &FieldValue) -> Result<Option<bool>, Rule> {
    if let FieldValue::Bool(available) = value {
        return Ok(Some(*available));
    }
    match read_integer(value)? {
        None => Ok(None),
        Some(0) => Ok(Some(false)),
        Some(1) => Ok(Some(true)),
        Some(_) => Err(Rule::NotBetween { min: 0, max: 1 }),
    }
}

/// Reads `availability_rank`: an integer from 1 to 15, lower is more available; `""` says nothing.
pub(super) fn read_rank(value: &FieldValue) -> Result<Option<i64>, Rule> {
    let rank = read_integer(value)?;
    if rank.is_some_and(|rank| !(1..=RANK_UNAVAILABLE).contains(&rank)) {
        return Err(Rule::NotBetween {
            min: 1,
            max: RANK_UNAVAILABLE,
        });
    }
    Ok(rank)
}

/// Stores both as numbers; a rank decides what the availability is, sent or not.
pub(super) fn correct(fields: &mut Fields) {
    let rank = rank_of(fields);
    let sent = fields
        .get(AVAILABILITY)
        .and_then(|value| read_availability(value).ok().flatten());
    let available = rank.map(|rank| rank < RANK_UNAVAILABLE).or(sent);
    if let Some(rank) = rank {
        set_integer(fields, RANK, rank);
    }
    if let Some(available) = available {
        set_integer(fields, AVAILABILITY, i64::from(available));
    }
}

/// Lets a patch of `availability` alone prevail over the rank that is stored: the rank becomes 15,
/// or is removed when it says unavailable.
pub(super) fn follow_availability(fields: &mut Fields, available: bool) {
    let Some(rank) = rank_of(fields) else { return };
    if available && rank == RANK_UNAVAILABLE {
        fields.remove(RANK);
    } else if !available {
        set_integer(fields, RANK, RANK_UNAVAILABLE);
    }
}

fn rank_of(fields: &Fields) -> Option<i64> {
    fields
        .get(RANK)
        .and_then(|value| read_rank(value).ok().flatten())
}

fn set_integer(fields: &mut Fields, name: &str, integer: i64) {
    let value = FieldValue::Number(Number::Integer(integer));
    if fields.get(name) != Some(&value) {
        fields.insert(name, value);
    }
}

/// An integer, however written; `None` for `""`.
fn read_integer(value: &FieldValue) -> Result<Option<i64>, Rule> {
    if value.as_text() == Some("") {
        return Ok(None);
    }
    let number = value.as_number().ok_or(Rule::NotInteger)?;
    if number.fract() != 0.0 {
        return Err(Rule::NotInteger);
    }
    // Saturates: whatever does not fit is out of every range asked for here.
    Ok(Some(number as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::{fields, json};
    use serde_json::Value;

    fn corrected(sent: &Value) -> Fields {
        let mut attributes = fields(sent);
        correct(&mut attributes);
        attributes
    }

    #[test]
    fn every_spelling_of_availability_is_kept_as_a_number() {
        for (sent, kept) in [
            (json!(1), 1),
            (json!(0), 0),
            (json!("1"), 1),
            (json!("0"), 0),
            (json!(true), 1),
            (json!(false), 0),
            (json!(1.0), 1),
        ] {
            let kept = fields(&json!({ "availability": kept }));
            assert_eq!(corrected(&json!({"availability": sent})), kept, "{sent}");
        }
    }

    #[test]
    fn the_rank_decides_the_availability_sent_or_not() {
        for (rank, availability) in [(1, 1), (14, 1), (15, 0)] {
            for sent in [json!(null), json!(0), json!(1), json!("")] {
                let both = corrected(&json!({"availability": sent, "availability_rank": rank}));
                assert_eq!(
                    both.get("availability"),
                    fields(&json!({"a": availability})).get("a"),
                    "rank {rank}, availability {sent}"
                );
            }
        }
    }

    #[test]
    fn a_rank_is_kept_as_an_integer_and_never_invented() {
        let rank = |sent: &Value| corrected(sent).get(RANK).cloned();
        let three = Some(FieldValue::Number(Number::Integer(3)));
        for spelling in [json!(3), json!(3.0), json!("3")] {
            assert_eq!(rank(&json!({"availability_rank": spelling})), three);
        }
        assert_eq!(rank(&json!({"availability": 0})), None);
    }

    #[test]
    fn anything_else_breaks_a_rule() {
        let value = crate::domain::testing::field_value;
        for (sent, rule) in [
            (json!(2), Rule::NotBetween { min: 0, max: 1 }),
            (json!(-1), Rule::NotBetween { min: 0, max: 1 }),
            (json!(0.5), Rule::NotInteger),
            (json!("yes"), Rule::NotInteger),
            (json!([1]), Rule::NotInteger),
        ] {
            assert_eq!(read_availability(&value(&sent)), Err(rule), "{sent}");
        }
        for (sent, rule) in [
            (json!(0), Rule::NotBetween { min: 1, max: 15 }),
            (json!(16), Rule::NotBetween { min: 1, max: 15 }),
            (json!(1e300), Rule::NotBetween { min: 1, max: 15 }),
            (json!(2.5), Rule::NotInteger),
            (json!("high"), Rule::NotInteger),
            (json!(true), Rule::NotInteger),
            (json!({}), Rule::NotInteger),
        ] {
            assert_eq!(read_rank(&value(&sent)), Err(rule), "{sent}");
        }
    }
}
