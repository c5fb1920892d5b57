//! Why an object was refused, or taken with a warning, in the words of the API
//! (docs/reference/02-content.md §7, docs/reference/04-data-layout.md §2). Every message a client can get for
//! an object is in this file.

use serde_json::{Map, Value, json};

use crate::domain::{AttributeType, DATE_TIME_WANTED, Misfits, Mismatch, Problems, Refusal};

const POINT_WANTED: &str = r#"must be a point, such as {"lat": 48.15, "lon": 17.11}, lat from -90 to 90 and lon from -180 to 180"#;

/// The entry of one object in `errors`.
pub(super) fn entry(refusal: &Refusal) -> Value {
    match refusal {
        Refusal::Malformed(problems) => json!({
            "type": "malformed_input",
            "reason": "incorrect object format",
            "caused_by": caused_by(problems),
        }),
        Refusal::NotFound => json!({
            "type": "not_found",
            "reason": "Identity not in catalog",
        }),
        Refusal::SchemaMismatch(mismatch) => json!({
            "type": "data_schema_mismatch",
            "reason": format!("failed to parse [attributes.{}]", mismatch.attribute),
            "caused_by": mismatch_cause(mismatch),
        }),
    }
}

/// Messages by attribute; the attributes of nested objects under their position.
pub(in super::super) fn caused_by(problems: &Problems) -> Value {
    let mut root = Map::new();
    for problem in problems.iter() {
        add_message(&mut root, &problem.path, problem.rule.to_string());
    }
    Value::Object(root)
}

/// Adds a message at the end of a path. Where a path runs through another's end, the first stays.
fn add_message(node: &mut Map<String, Value>, path: &[String], message: String) {
    let Some((step, rest)) = path.split_first() else {
        return;
    };
    if rest.is_empty() {
        let messages = node.entry(step).or_insert_with(|| json!([]));
        if let Value::Array(messages) = messages {
            messages.push(message.into());
        }
    } else {
        let child = node.entry(step).or_insert_with(|| json!({}));
        if let Value::Object(child) = child {
            add_message(child, rest, message);
        }
    }
}

fn mismatch_cause(mismatch: &Mismatch) -> Value {
    let value = &mismatch.value;
    let (kind, reason) = match mismatch.expected {
        AttributeType::Numeric => (
            "number_format_exception",
            format!("For input string: \"{value}\""),
        ),
        other => {
            let wanted = match other {
                AttributeType::Date => format!(", {DATE_TIME_WANTED}"),
                AttributeType::Geo => format!(", {POINT_WANTED}"),
                _ => String::new(),
            };
            let kind = type_name(other);
            (
                "illegal_argument_exception",
                format!("failed to parse {kind} field [{value}]{wanted}"),
            )
        }
    };
    json!({"type": kind, "reason": reason})
}

/// The messages of one object in `warnings`.
pub(super) fn warnings(misfits: &Misfits) -> Vec<String> {
    let message = |misfit: &Mismatch| {
        let Mismatch {
            attribute, value, ..
        } = misfit;
        let kind = type_name(misfit.expected);
        format!("`{value}` does not fit the {kind} attribute `{attribute}` and is kept as text")
    };
    let mut messages: Vec<String> = misfits.listed().iter().map(message).collect();
    match misfits.more() {
        0 => {}
        1 => messages.push("1 more value does not fit".to_owned()),
        more => messages.push(format!("{more} more values do not fit")),
    }
    messages
}

fn type_name(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::Text => "text",
        AttributeType::Numeric => "numeric",
        AttributeType::Boolean => "boolean",
        AttributeType::Date => "date",
        AttributeType::Geo => "geo_point",
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::domain::{Problem, Rule};

    fn problem(path: &[&str], rule: Rule) -> Problem {
        Problem {
            path: path.iter().map(|&step| step.to_owned()).collect(),
            rule,
        }
    }

    #[rstest]
    #[case(Rule::Missing, "is missing")]
    #[case(Rule::Blank, "must be filled")]
    #[case(Rule::NotText, "must be a string")]
    #[case(Rule::NotInteger, "must be an integer")]
    #[case(Rule::NotList, "must be an array")]
    #[case(Rule::NotMap, "must be a hash")]
    #[case(Rule::NotDateTime, DATE_TIME_WANTED)]
    #[case(Rule::NotTypeName, "must be a valid type name")]
    #[case(Rule::TooLong { bytes_max: 1024 }, "must be at most 1024 bytes long")]
    #[case(Rule::ControlCharacters, "must not contain control characters")]
    #[case(Rule::NotBetween { min: 1, max: 15 }, "must be between 1 and 15")]
    #[case(Rule::TooManyAttributes { max: 1000 }, "must have at most 1000 attributes")]
    #[case(Rule::TooManyEntries { max: 32 }, "must have at most 32 entries")]
    #[case(
        Rule::SiteAttributesFull { max: 20_000 },
        "must not add to the 20000 attributes the site may have; send names that are there, or delete \
         the objects that have others: a name that no object has is free again"
    )]
    #[case(Rule::NotUnique, "must be unique within the request")]
    #[case(Rule::Unchangeable, "cannot be changed")]
    fn every_rule_has_its_words(#[case] rule: Rule, #[case] words: &str) {
        let problems = Problems::one(["x"], rule);
        assert_eq!(caused_by(&problems), json!({"x": [words]}));
    }

    #[test]
    fn problems_of_nested_objects_stand_under_their_position() {
        let list = vec![
            problem(&["title"], Rule::Blank),
            problem(&["nested", "0", "identity"], Rule::Missing),
            problem(&["nested", "0", "ancestors", "1", "title"], Rule::Blank),
            problem(&["nested", "2"], Rule::NotMap),
            problem(&["title"], Rule::NotText),
        ];
        let problems = Problems::from_list(list).expect("several problems");
        assert_eq!(
            caused_by(&problems),
            json!({
                "title": ["must be filled", "must be a string"],
                "nested": {
                    "0": {
                        "identity": ["is missing"],
                        "ancestors": {"1": {"title": ["must be filled"]}},
                    },
                    "2": ["must be a hash"],
                },
            })
        );
    }

    #[test]
    fn a_path_through_another_ones_end_is_no_panic() {
        let list = vec![
            problem(&["nested"], Rule::NotList),
            problem(&["nested", "0"], Rule::NotMap),
            problem(&["a", "b"], Rule::NotMap),
            problem(&["a"], Rule::NotMap),
            problem(&[], Rule::NotMap),
        ];
        let problems = Problems::from_list(list).expect("several problems");
        assert_eq!(
            caused_by(&problems),
            json!({"nested": ["must be an array"], "a": {"b": ["must be a hash"]}})
        );
    }

    #[test]
    fn objects_not_in_the_catalog_have_no_cause() {
        assert_eq!(
            entry(&Refusal::NotFound),
            json!({"type": "not_found", "reason": "Identity not in catalog"})
        );
    }

    #[rstest]
    #[case(
        AttributeType::Numeric,
        "number_format_exception",
        "For input string: \"abc\""
    )]
    #[case(
        AttributeType::Date,
        "illegal_argument_exception",
        "failed to parse date field [abc], must be a date time, such as 2019-05-17T21:12:35+00:00, 2019-05-17 21:12:35 or 2019-05-17"
    )]
    #[case(
        AttributeType::Boolean,
        "illegal_argument_exception",
        "failed to parse boolean field [abc]"
    )]
    #[case(
        AttributeType::Geo,
        "illegal_argument_exception",
        r#"failed to parse geo_point field [abc], must be a point, such as {"lat": 48.15, "lon": 17.11}, lat from -90 to 90 and lon from -180 to 180"#
    )]
    #[case(
        AttributeType::Text,
        "illegal_argument_exception",
        "failed to parse text field [abc]"
    )]
    fn a_value_of_the_wrong_type_names_the_type(
        #[case] expected: AttributeType,
        #[case] kind: &str,
        #[case] reason: &str,
    ) {
        let mismatch = Mismatch {
            attribute: "price".into(),
            expected,
            value: "abc".to_owned(),
        };
        assert_eq!(
            entry(&Refusal::SchemaMismatch(mismatch)),
            json!({
                "type": "data_schema_mismatch",
                "reason": "failed to parse [attributes.price]",
                "caused_by": {"type": kind, "reason": reason},
            })
        );
    }
}
