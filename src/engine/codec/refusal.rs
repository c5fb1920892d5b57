//! Why a job could not change an object, as JSON. Rules are stored by name, so that their
//! order in the program may change.

use serde::{Deserialize, Serialize};

use super::Unreadable;
use crate::domain::{AttributeType, FieldName, Mismatch, Problem, Problems, Refusal, Rule};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stored {
    NotFound,
    Malformed(Vec<(Vec<String>, StoredRule)>),
    Mismatch {
        attribute: String,
        expected: StoredType,
        value: String,
    },
}

/// [`Rule`], name by name.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredRule {
    Missing,
    Blank,
    NotText,
    NotInteger,
    NotList,
    NotMap,
    NotDateTime,
    NotTypeName,
    TooLong { bytes_max: usize },
    ControlCharacters,
    NotBetween { min: i64, max: i64 },
    TooManyAttributes { max: usize },
    TooManyEntries { max: usize },
    SiteAttributesFull { max: usize },
    MentionsTooMuch,
    NotUnique,
    Unchangeable,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredType {
    Text,
    Numeric,
    Boolean,
    Date,
    Geo,
}

pub(in crate::engine) fn encode_refusal(refusal: &Refusal) -> Vec<u8> {
    let stored = match refusal {
        Refusal::NotFound => Stored::NotFound,
        Refusal::Malformed(problems) => Stored::Malformed(
            problems
                .iter()
                .map(|problem| (problem.path.clone(), problem.rule.into()))
                .collect(),
        ),
        Refusal::SchemaMismatch(mismatch) => Stored::Mismatch {
            attribute: mismatch.attribute.as_str().to_owned(),
            expected: mismatch.expected.into(),
            value: mismatch.value.clone(),
        },
    };
    serde_json::to_vec(&stored).expect("maps with text keys can always be written to memory")
}

pub(in crate::engine) fn decode_refusal(json: &[u8]) -> Result<Refusal, Unreadable> {
    Ok(match serde_json::from_slice(json)? {
        Stored::NotFound => Refusal::NotFound,
        Stored::Malformed(list) => {
            let list = list.into_iter().map(|(path, rule)| Problem {
                path,
                rule: rule.into(),
            });
            let problems = Problems::from_list(list.collect());
            Refusal::Malformed(problems.ok_or(Unreadable::Refusal)?)
        }
        Stored::Mismatch {
            attribute,
            expected,
            value,
        } => Refusal::SchemaMismatch(Mismatch {
            attribute: FieldName::new(&attribute),
            expected: expected.into(),
            value,
        }),
    })
}

/// The two directions between enums whose variants have the same names and fields.
macro_rules! paired {
    ($ours:ident <=> $stored:ident { $($variant:ident $({ $($field:ident),* })?),* $(,)? }) => {
        impl From<$ours> for $stored {
            fn from(value: $ours) -> Self {
                match value {
                    $($ours::$variant $({ $($field),* })? => Self::$variant $({ $($field),* })?),*
                }
            }
        }
        impl From<$stored> for $ours {
            fn from(value: $stored) -> Self {
                match value {
                    $($stored::$variant $({ $($field),* })? => Self::$variant $({ $($field),* })?),*
                }
            }
        }
    };
}

paired! { AttributeType <=> StoredType { Text, Numeric, Boolean, Date, Geo } }

paired! { Rule <=> StoredRule {
    Missing,
    Blank,
    NotText,
    NotInteger,
    NotList,
    NotMap,
    NotDateTime,
    NotTypeName,
    TooLong { bytes_max },
    ControlCharacters,
    NotBetween { min, max },
    TooManyAttributes { max },
    TooManyEntries { max },
    SiteAttributesFull { max },
    MentionsTooMuch,
    NotUnique,
    Unchangeable,
} }

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn malformed(rule: Rule) -> Refusal {
        Refusal::Malformed(Problems::one(["nested", "0", "title"], rule))
    }

    #[rstest]
    #[case(Refusal::NotFound)]
    #[case(malformed(Rule::Blank))]
    #[case(malformed(Rule::TooLong { bytes_max: 7 }))]
    #[case(malformed(Rule::NotBetween { min: -1, max: 15 }))]
    #[case(malformed(Rule::TooManyAttributes { max: 1000 }))]
    #[case(malformed(Rule::TooManyEntries { max: 32 }))]
    #[case(malformed(Rule::SiteAttributesFull { max: 20_000 }))]
    #[case(malformed(Rule::MentionsTooMuch))]
    #[case(Refusal::SchemaMismatch(Mismatch {
        attribute: "price".into(),
        expected: AttributeType::Numeric,
        value: "wrong \"sale\" price".to_owned(),
    }))]
    fn a_refusal_reads_back_as_written(#[case] refusal: Refusal) {
        let read = decode_refusal(&encode_refusal(&refusal)).expect("was written here");
        assert_eq!(read, refusal);
    }

    #[test]
    fn what_was_not_written_here_is_damage() {
        for json in ["", "{}", "\"odd\"", "{\"malformed\":[]}"] {
            assert!(decode_refusal(json.as_bytes()).is_err(), "{json}");
        }
    }
}
