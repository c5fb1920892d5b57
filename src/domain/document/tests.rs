//! What is a document, and what its ids say.

use proptest::prelude::*;

use super::*;
use crate::domain::schema::Schema;
use crate::domain::site::TrackerId;
use crate::domain::value::Number;

fn books() -> ObjectType {
    ObjectType::new("books").expect("a type")
}

fn sent(name: &str, field_type: &str, value: Option<FieldValue>) -> SentField {
    SentField {
        name: name.into(),
        field_type: field_type.to_owned(),
        value,
    }
}

fn document(sent: Vec<SentField>) -> Result<Document, DocumentProblem> {
    Document::new(Document::identity(&books(), "1")?, books(), sent)
}

#[test]
fn external_ids_and_identities_lead_to_each_other() {
    let of = |text: &str| Document::identity(&books(), text);
    for external_id in ["1", "a:b", "books:1", "č"] {
        let identity = of(external_id).expect("a good id");
        assert_eq!(Document::external_id(&books(), &identity), external_id);
    }
    assert_eq!(
        of(""),
        Err(DocumentProblem::Missing(DocumentPart::ExternalId))
    );
    assert_eq!(of("a\nb"), Err(DocumentProblem::BadExternalId));
    assert_eq!(of(&"x".repeat(1020)), Err(DocumentProblem::BadExternalId));
    // Written by somebody else: the identity is the external id.
    for other in ["sku-1", "booksellers:1", "books:"] {
        let identity = Identity::new(other).expect("an identity");
        assert_eq!(Document::external_id(&books(), &identity), other);
    }
}

#[test]
fn a_field_that_stands_twice_has_one_type_and_its_last_value() {
    let twice = document(vec![
        sent("a", "enum", Some("1".into())),
        sent("a", "enum", Some("2".into())),
    ]);
    let twice = twice.expect("a good document");
    assert_eq!(twice.object.fields.get("a"), Some(&"2".into()));
    assert_eq!(twice.declared, [("a".into(), FieldType::Enum)]);
    let torn = document(vec![sent("a", "enum", None), sent("a", "string", None)]);
    assert!(matches!(torn, Err(DocumentProblem::TypeConflict { .. })));
}

#[test]
fn what_fits_no_attribute_of_that_name_lies_in_one_of_its_own() {
    let mut schema = Schema::default();
    let types = ["books", "films"].map(|name| ObjectType::new(name).expect("a type"));
    for object_type in &types {
        let now = Timestamp::from_millis(0);
        let new = DocumentType::new(object_type.clone(), object_type.to_string(), now);
        schema.add_document_type(new);
    }
    let [books, films] = &types;
    let mut lies_in = |object_type: &ObjectType, name: &str, field_type| {
        let declared = [(FieldName::new(name), field_type)];
        let new = schema.check_declared(object_type, &declared).expect("new");
        for declaration in new {
            schema.declare(object_type, declaration);
        }
        let field = schema.document_types().get(object_type);
        let field = field.and_then(|known| known.field(name)).expect("declared");
        let (attribute, held) = (field.attribute, field.field_type);
        let name = schema.name(attribute).expect("a name").as_str().to_owned();
        let kind = schema.get(&name).map(|(_, kind)| kind);
        assert_eq!(kind, Some(held.attribute_type()));
        name
    };
    assert_eq!(lies_in(books, "price", FieldType::Integer), "price");
    assert_eq!(lies_in(films, "price", FieldType::String), "films.price");
    assert_eq!(lies_in(films, "title", FieldType::Enum), "title");
    assert_eq!(lies_in(books, "title", FieldType::Date), "books.title");
    // What these names mean to a shop they do not mean here.
    assert_eq!(lies_in(books, "boost", FieldType::Integer), "books.boost");
    assert_eq!(lies_in(books, "type", FieldType::Enum), "books.type");
    assert_eq!(lies_in(books, "films.x", FieldType::Integer), "films.x");
    assert_eq!(lies_in(books, "x", FieldType::Enum), "x");
    assert_eq!(lies_in(films, "x", FieldType::Float), "films.x");
    assert_eq!(lies_in(books, "y", FieldType::Integer), "y");
    assert_eq!(lies_in(books, "films.y", FieldType::Date), "films.y");
    assert_eq!(lies_in(films, "y", FieldType::Enum), "films.y'");

    let again = [(FieldName::new("price"), FieldType::Float)];
    let conflict = schema.check_declared(books, &again);
    assert_eq!(
        conflict,
        Err(DocumentProblem::TypeConflict {
            field: "price".into(),
            got: FieldType::Float,
            defined: FieldType::Integer,
        })
    );
}

#[test]
fn numbers_become_the_kind_that_was_declared() {
    let number = |n| Some(FieldValue::Number(n));
    let integer = |value: FieldValue| FieldType::Integer.accept(value);
    assert_eq!(integer("12".into()), number(Number::Integer(12)));
    assert_eq!(integer(" -7 ".into()), number(Number::Integer(-7)));
    assert_eq!(
        integer(FieldValue::Number(Number::Float(3.0))),
        number(Number::Integer(3))
    );
    assert_eq!(integer(FieldValue::Number(Number::Float(1e300))), None);
    assert_eq!(integer("1.5".into()), None);
    assert_eq!(integer(FieldValue::Bool(true)), None);
    assert_eq!(
        FieldType::Float.accept("1.5".into()),
        number(Number::Float(1.5))
    );
    assert_eq!(FieldType::Float.accept("inf".into()), None);
}

#[test]
fn an_id_holds_when_where_and_which() {
    let engine = EngineNumber::of(&TrackerId::new("bookstore").expect("an id"));
    let other = EngineNumber::of(&TrackerId::new("films").expect("an id"));
    assert_ne!(engine, other);
    let at = Timestamp::parse("2014-11-25T01:00:00Z").expect("a time");
    let id = StampedId::new(at, engine, (1 << 24) + 1);
    let text = id.to_string();
    // The second of the reference's ids is of the same day.
    assert!(text.starts_with("5473"), "{text}");
    assert!(text.ends_with("000001"), "{text}");
    assert_eq!(StampedId::parse(&text), Some(id));
    for bad in [
        "",
        "5473d6142ed96065a900000",
        "5473d6142ed96065a90000011",
        "5473D6142ED96065A9000001",
        "+473d6142ed96065a9000001",
        "5473d6142ed96065a900000g",
    ] {
        assert_eq!(StampedId::parse(bad), None, "{bad}");
    }
}

proptest! {
    #[test]
    fn the_second_of_an_id_is_told_whole_for_decades_around_it(
        given_s in -5_000_000_000_i64..20_000_000_000, later_s in -1_000_000_000_i64..1_000_000_000,
    ) {
        let at = |second: i64| Timestamp::from_millis(second * 1_000);
        let engine = EngineNumber::of(&TrackerId::new("bookstore").expect("an id"));
        let id = StampedId::new(at(given_s), engine, 1);
        prop_assert_eq!(id.whole_second(at(given_s + later_s)), given_s);
    }

    #[test]
    fn any_id_reads_back(second: u32, counter in 0_u32..1 << 24, name in "[a-z]{1,8}") {
        let engine = EngineNumber::of(&TrackerId::new(&name).expect("an id"));
        let id = StampedId { second, engine, counter };
        prop_assert_eq!(StampedId::parse(&id.to_string()), Some(id));
    }

    #[test]
    fn what_was_accepted_can_be_read(text in "[0-9eE.+-]{0,6}|[a-z]{0,3}", at in 0_usize..7) {
        let (_, field_type) = FieldType::ALL[at];
        if let Some(kept) = field_type.accept(text.as_str().into()) {
            prop_assert!(text.is_empty() || field_type.read(&kept).is_some());
            prop_assert_eq!(field_type.accept(kept.clone()), Some(kept));
        }
    }
}
