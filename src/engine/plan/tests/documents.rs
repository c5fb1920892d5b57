//! Documents: what they declare comes with them or not at all.

use super::*;
use crate::domain::{DocumentProblem, FieldType, Number, Refusal, Timestamp};
use crate::engine::{Made, PutMode};

fn page() -> ObjectType {
    object_type("page")
}

fn document(name: &str, title: &str) -> Object {
    let mut parts = parts(name, &[("title", title.into())]);
    parts.object_type = page();
    Object::from_store(parts).into_document()
}

fn put(
    plan: &mut Plan<u64>,
    shelf: &mut Shelf,
    name: &str,
    declared: &[(FieldName, FieldType)],
    mode: PutMode,
) -> Result<Arc<Object>, DocumentProblem> {
    let mut encoder = Encoder::new(encode);
    let element = Element::new(document(name, "T"), Extraction::Leave, &mut encoder);
    no_error(plan.put_document(shelf, &page(), &element, declared, mode))
}

fn typed(name: &str, field_type: FieldType) -> (FieldName, FieldType) {
    (FieldName::new(name), field_type)
}

/// A plan with the type and one document, both executed.
fn begun() -> (Shelf, Plan<u64>) {
    let mut shelf = Shelf::default();
    let mut plan = plan(&Arc::default(), TypeConflicts::Refuse);
    let made = plan.create_document_type(&page(), "page", Timestamp::from_millis(0));
    assert_eq!(made, Made::New);
    let declared = [typed("title", FieldType::String)];
    put(&mut plan, &mut shelf, "p1", &declared, PutMode::Create).unwrap();
    shelf.execute(&mut plan);
    // The type, the time of last writes, the title.
    assert_eq!(plan.take_schema_effects().len(), 3);
    (shelf, plan)
}

#[test]
fn a_document_that_may_not_be_there_is_refused_whether_it_is_executed_or_not() {
    let (mut shelf, mut plan) = begun();
    let declared = [typed("size", FieldType::Float)];
    let create = |shelf: &mut Shelf, plan: &mut Plan<u64>, name| {
        put(plan, shelf, name, &declared, PutMode::Create).err()
    };
    let refused = create(&mut shelf, &mut plan, "p1");
    assert_eq!(refused, Some(DocumentProblem::Exists));
    assert!(plan.take_schema_effects().is_empty());
    assert_eq!(create(&mut shelf, &mut plan, "p2"), None);
    let refused = create(&mut shelf, &mut plan, "p2");
    assert_eq!(refused, Some(DocumentProblem::Exists));
    assert_eq!(shelf.execute(&mut plan), 1);
    assert_eq!(plan.take_schema_effects().len(), 1);
}

#[test]
fn a_document_of_another_declared_type_declares_nothing() {
    let (mut shelf, mut plan) = begun();
    let declared = [
        typed("size", FieldType::Float),
        typed("title", FieldType::Float),
    ];
    let refused = put(&mut plan, &mut shelf, "p2", &declared, PutMode::Create);
    assert!(matches!(refused, Err(DocumentProblem::TypeConflict { .. })));
    assert_eq!(shelf.execute(&mut plan), 0);
    assert!(plan.take_schema_effects().is_empty());
    assert_eq!(plan.schema().get("size"), None);
}

#[test]
fn a_type_that_is_restored_leaves_no_attribute() {
    let mut plan = plan(&Arc::default(), TypeConflicts::Refuse);
    let point = plan.schema_point();
    plan.create_document_type(&page(), "page", Timestamp::from_millis(0));
    assert!(!plan.schema().is_empty());
    plan.restore(point);
    assert!(plan.schema().is_empty());
    assert!(plan.schema().document_types().is_empty());
    assert!(plan.take_schema_effects().is_empty());
}

#[test]
fn a_patch_declares_what_it_brings_unless_what_is_in_it_is_refused() {
    let (mut shelf, mut plan) = begun();
    let number = FieldValue::Number(Number::Integer(1));
    let sized = product("s", &[("title", "S".into()), ("weight", number)]);
    no_error(plan.apply(&mut shelf, &Edit::Replace(element(sized))));
    shelf.execute(&mut plan);
    let mut refused = patch("p1", &[("shade", "red".into())]);
    let misfit = [("title", "C".into()), ("weight", "heavy".into())];
    refused.nested = Some(vec![nested("c", &misfit, false)]);
    let outcome = no_error(plan.apply(&mut shelf, &Edit::Patch(Box::new(refused))));
    assert!(matches!(
        outcome,
        Outcome::Refused(Refusal::SchemaMismatch(_))
    ));
    assert_eq!(shelf.execute(&mut plan), 0);
    assert!(plan.take_schema_effects().is_empty());
    assert_eq!(plan.schema().get("shade"), None);
    let fine = Edit::Patch(Box::new(patch("p1", &[("shade", "red".into())])));
    assert_eq!(no_error(plan.apply(&mut shelf, &fine)), Outcome::Applied);
    assert_eq!(shelf.execute(&mut plan), 1);
    assert_eq!(plan.take_schema_effects().len(), 1);
}

#[test]
fn an_update_changes_what_the_document_has_and_nothing_else() {
    let (mut shelf, mut plan) = begun();
    let change = |name: &str| [(FieldName::new(name), Some(FieldValue::from("New")))];
    let update = |shelf: &mut Shelf, plan: &mut Plan<u64>, of: &str, name: &str| {
        no_error(plan.update_document(shelf, &identity(of), &change(name)))
    };
    let unknown = update(&mut shelf, &mut plan, "p1", "size");
    assert!(matches!(unknown, Err(DocumentProblem::UnknownField { .. })));
    let nobody = update(&mut shelf, &mut plan, "p2", "title");
    assert_eq!(nobody.err(), Some(DocumentProblem::NotFound));
    assert_eq!(shelf.execute(&mut plan), 0);
    let updated = update(&mut shelf, &mut plan, "p1", "title").unwrap();
    assert_eq!(shelf.execute(&mut plan), 1);
    assert_eq!(shelf.read()[&identity("p1")], *updated);
    let expected = document("p1", "New");
    assert_eq!(*updated, expected);
}

#[test]
fn the_documents_of_a_deleted_type_go_with_it() {
    let (mut shelf, mut plan) = begun();
    let shop = product("s", &[("title", "S".into())]);
    no_error(plan.apply(&mut shelf, &Edit::Replace(element(shop))));
    shelf.execute(&mut plan);
    let sweep = plan.delete_document_type(&page()).unwrap();
    assert_eq!(shelf.sweep(&sweep), 1);
    assert!(matches!(
        plan.take_schema_effects()[..],
        [SchemaEffect::DeleteType(_)]
    ));
    assert!(plan.delete_document_type(&page()).is_none());
    let left: Vec<&str> = shelf.objects.keys().map(Identity::as_str).collect();
    assert_eq!(left, ["s"]);
}
