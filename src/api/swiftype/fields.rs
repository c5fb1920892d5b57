//! Fields of a document type as searches name them: what was declared, and attributes that came through
//! another API (docs/reference/10-swiftype.md §7).

use super::located::DocumentType;
use crate::domain::{self, AttributeType, Document, FieldName, FieldType, ObjectType, Schema};

/// What identifies a document within its type; it is filtered by like a field.
pub(super) const EXTERNAL_ID: &str = "external_id";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// As clients know it.
    pub(super) name: FieldName,
    pub(super) kind: FieldType,
    /// As the catalog knows it.
    pub(super) attribute: FieldName,
    /// Every value is of the type. The type of what came through another API is that of its first value.
    pub(super) is_declared: bool,
    /// Its values have parts of seconds that nobody is shown.
    pub(super) is_shown_in_seconds: bool,
    /// Of external ids: the type they are unique in.
    of_type: Option<ObjectType>,
}

impl Field {
    /// A value as the attribute holds it.
    pub(super) fn stored_value(&self, value: &str) -> String {
        match &self.of_type {
            Some(object_type) => Document::identity(object_type, value)
                .map_or_else(|_| value.to_owned(), |identity| identity.to_string()),
            None => value.to_owned(),
        }
    }
}

impl DocumentType {
    /// `None` for a field no document of the type has had.
    pub(super) fn field(&self, name: &str) -> Option<Field> {
        let schema = &self.engine.schema;
        let declared = self.declared();
        if let Some(field) = declared.and_then(|declared| declared.field(name)) {
            return Some(Field {
                name: field.name.clone(),
                kind: field.field_type,
                is_declared: true,
                is_shown_in_seconds: declared.is_some_and(|of| of.updated_at() == Some(field)),
                attribute: schema.name(field.attribute)?.clone(),
                of_type: None,
            });
        }
        if name == EXTERNAL_ID {
            return Some(Field {
                name: FieldName::new(name),
                kind: FieldType::Enum,
                is_declared: true,
                is_shown_in_seconds: false,
                // What an identity is filtered by, whatever attributes there are.
                attribute: FieldName::new("identity"),
                of_type: Some(self.object_type.clone()),
            });
        }
        let (_, kind) = schema.get(name)?;
        Some(Field {
            name: FieldName::new(name),
            kind: usual_type(kind),
            is_declared: Schema::is_fixed(name, kind),
            is_shown_in_seconds: false,
            attribute: FieldName::new(name),
            of_type: None,
        })
    }

    /// How clients know an attribute of the catalog.
    pub(super) fn name_of_attribute(&self, attribute: &str) -> String {
        let number = self.engine.schema.get(attribute).map(|(number, _)| number);
        let fields = self
            .declared()
            .into_iter()
            .flat_map(|declared| declared.fields().iter().chain(declared.updated_at()));
        let mut named = fields.filter(|field| Some(field.attribute) == number);
        let name = named.next().map_or(attribute, |field| field.name.as_str());
        name.to_owned()
    }

    /// The declared fields of some types, in order of their first use.
    pub(super) fn fields_of(&self, is_wanted: impl Fn(FieldType) -> bool) -> Vec<Field> {
        let declared = self
            .declared()
            .into_iter()
            .flat_map(domain::DocumentType::fields);
        declared
            .filter(|field| is_wanted(field.field_type))
            .filter_map(|field| self.field(field.name.as_str()))
            .collect()
    }
}

/// What an attribute nobody declared is taken for.
fn usual_type(kind: AttributeType) -> FieldType {
    match kind {
        AttributeType::Text => FieldType::String,
        AttributeType::Numeric => FieldType::Float,
        AttributeType::Boolean => FieldType::Enum,
        AttributeType::Date => FieldType::Date,
        AttributeType::Geo => FieldType::Location,
    }
}
