//! Why a document was not written, as JSON in its receipt. Everything is stored by name, so that its
//! order in the program may change.

use serde::{Deserialize, Serialize};

use super::Unreadable;
use crate::domain::{DocumentPart, DocumentProblem, FieldName, FieldType};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stored {
    Missing(String),
    WrongShape(String),
    BadExternalId,
    ReservedName(String),
    UnknownType {
        field: String,
        got: String,
    },
    TypeConflict {
        field: String,
        got: String,
        defined: String,
    },
    BadValue {
        field: String,
        expected: String,
    },
    TooManyFields {
        max: usize,
    },
    EngineFull {
        max: usize,
    },
    Exists,
    NotFound,
    UnknownField {
        known: Vec<String>,
    },
    ShopRules,
}

pub(in crate::engine) fn encode_document_problem(problem: &DocumentProblem) -> Vec<u8> {
    let text = |name: &FieldName| name.as_str().to_owned();
    let word = |field_type: &FieldType| field_type.name().to_owned();
    let stored = match problem {
        DocumentProblem::Missing(part) => Stored::Missing(part.name().to_owned()),
        DocumentProblem::WrongShape(part) => Stored::WrongShape(part.name().to_owned()),
        DocumentProblem::BadExternalId => Stored::BadExternalId,
        DocumentProblem::ReservedName(name) => Stored::ReservedName(text(name)),
        DocumentProblem::UnknownType { field, got } => Stored::UnknownType {
            field: text(field),
            got: got.clone(),
        },
        DocumentProblem::TypeConflict {
            field,
            got,
            defined,
        } => Stored::TypeConflict {
            field: text(field),
            got: word(got),
            defined: word(defined),
        },
        DocumentProblem::BadValue { field, expected } => Stored::BadValue {
            field: text(field),
            expected: word(expected),
        },
        DocumentProblem::TooManyFields { max } => Stored::TooManyFields { max: *max },
        DocumentProblem::EngineFull { max } => Stored::EngineFull { max: *max },
        DocumentProblem::Exists => Stored::Exists,
        DocumentProblem::NotFound => Stored::NotFound,
        DocumentProblem::UnknownField { known } => Stored::UnknownField {
            known: known.iter().map(text).collect(),
        },
        DocumentProblem::ShopRules => Stored::ShopRules,
    };
    serde_json::to_vec(&stored).expect("maps with text keys can always be written to memory")
}

pub(in crate::engine) fn decode_document_problem(
    json: &[u8],
) -> Result<DocumentProblem, Unreadable> {
    let damaged = |what: &str| Unreadable::Problem(what.to_owned());
    let part = |name: String| DocumentPart::from_name(&name).ok_or_else(|| damaged(&name));
    let word = |name: String| FieldType::from_name(&name).ok_or_else(|| damaged(&name));
    let name = |text: String| FieldName::new(&text);
    let stored = serde_json::from_slice(json)?;
    Ok(match stored {
        Stored::Missing(missing) => DocumentProblem::Missing(part(missing)?),
        Stored::WrongShape(wrong) => DocumentProblem::WrongShape(part(wrong)?),
        Stored::BadExternalId => DocumentProblem::BadExternalId,
        Stored::ReservedName(text) => DocumentProblem::ReservedName(name(text)),
        Stored::UnknownType { field, got } => DocumentProblem::UnknownType {
            field: name(field),
            got,
        },
        Stored::TypeConflict {
            field,
            got,
            defined,
        } => DocumentProblem::TypeConflict {
            field: name(field),
            got: word(got)?,
            defined: word(defined)?,
        },
        Stored::BadValue { field, expected } => DocumentProblem::BadValue {
            field: name(field),
            expected: word(expected)?,
        },
        Stored::TooManyFields { max } => DocumentProblem::TooManyFields { max },
        Stored::EngineFull { max } => DocumentProblem::EngineFull { max },
        Stored::Exists => DocumentProblem::Exists,
        Stored::NotFound => DocumentProblem::NotFound,
        Stored::UnknownField { known } => DocumentProblem::UnknownField {
            known: known.into_iter().map(name).collect(),
        },
        Stored::ShopRules => DocumentProblem::ShopRules,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_reads_back() {
        let field = FieldName::new("title");
        let mut problems = vec![
            DocumentProblem::BadExternalId,
            DocumentProblem::ReservedName(field.clone()),
            DocumentProblem::UnknownType {
                field: field.clone(),
                got: "nonsense".to_owned(),
            },
            DocumentProblem::TooManyFields { max: 7 },
            DocumentProblem::EngineFull { max: 8 },
            DocumentProblem::Exists,
            DocumentProblem::NotFound,
            DocumentProblem::UnknownField {
                known: vec![field.clone()],
            },
            DocumentProblem::ShopRules,
        ];
        for (_, part) in DocumentPart::ALL {
            problems.push(DocumentProblem::Missing(part));
            problems.push(DocumentProblem::WrongShape(part));
        }
        for (_, field_type) in FieldType::ALL {
            problems.push(DocumentProblem::TypeConflict {
                field: field.clone(),
                got: field_type,
                defined: FieldType::String,
            });
            problems.push(DocumentProblem::BadValue {
                field: field.clone(),
                expected: field_type,
            });
        }
        for problem in problems {
            let stored = encode_document_problem(&problem);
            let read = decode_document_problem(&stored).expect("it was written here");
            assert_eq!(read, problem);
        }
        assert!(decode_document_problem(b"{\"missing\":\"sense\"}").is_err());
    }
}
