//! What is wrong with a document, in the words of this API (docs/reference/10-swiftype.md §4, §5).

use crate::domain::{DocumentPart, DocumentProblem, FieldName};

pub(in crate::api::swiftype) fn words(problem: &DocumentProblem) -> String {
    match problem {
        DocumentProblem::Missing(part) => {
            format!("Missing required parameter: {}", part.name())
        }
        DocumentProblem::WrongShape(part) => format!("Invalid field type: {}", part.name()),
        DocumentProblem::BadExternalId => {
            "Invalid value for external_id: too long, or with control characters".to_owned()
        }
        DocumentProblem::ReservedName(name) => format!("Invalid field name: {name} is reserved"),
        DocumentProblem::UnknownType { field, got } => {
            format!("Invalid type for {field}: Got {got}")
        }
        DocumentProblem::TypeConflict {
            field,
            got,
            defined,
        } => format!(
            "Invalid type for {field}: Got {}, but {field} is already defined as {} in schema.",
            got.name(),
            defined.name()
        ),
        DocumentProblem::BadValue { field, expected } => {
            format!("Invalid value for {field}: expected {}", expected.name())
        }
        DocumentProblem::TooManyFields { max } => format!("Too many fields: limit is {max}"),
        DocumentProblem::EngineFull { max } => {
            format!(
                "Too many fields in the engine: limit is {max}. Fields of a document type are free again when it is \
                 deleted, attributes of other objects when none has them"
            )
        }
        DocumentProblem::Exists => "Record already exists".to_owned(),
        DocumentProblem::NotFound => "Record not found".to_owned(),
        DocumentProblem::UnknownField { known } => {
            let known: Vec<&str> = known.iter().map(FieldName::as_str).collect();
            // Two blanks, as the hosted service writes them.
            format!(
                "Error updating field(s). Attempt to set() nonexistent key.  Known keys are: {}",
                known.join(", ")
            )
        }
        DocumentProblem::ShopRules => "Invalid value for an object of the catalog".to_owned(),
    }
}

/// What the synchronous bulk calls say.
pub(in crate::api::swiftype) fn verbose_words(problem: &DocumentProblem) -> String {
    match problem {
        DocumentProblem::Missing(
            part @ (DocumentPart::Name | DocumentPart::Type | DocumentPart::Value),
        ) => format!(
            "Invalid field definition: Field definition requires a '{}' attribute",
            part.name()
        ),
        problem => words(problem),
    }
}
