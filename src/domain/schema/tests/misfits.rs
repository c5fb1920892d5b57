//! What does not fit the type of its attribute, and what is more than its attribute says
//! (docs/reference/04-data-layout.md §2).

use super::*;

#[rstest]
#[case(json!(5), &[TypedValue::Numeric(5.0), text("5")])]
#[case(json!(5.0), &[TypedValue::Numeric(5.0), text("5.0")])]
#[case(json!("5"), &[text("5")])]
#[case(json!("1970-01-01"), &[TypedValue::Date(Timestamp::from_millis(0)), text("1970-01-01")])]
#[case(
    json!("1970-01-01 00:00:00"),
    &[TypedValue::Date(Timestamp::from_millis(0)), text("1970-01-01 00:00:00")]
)]
#[case(json!("19700101"), &[text("19700101")])]
#[case(json!(true), &[text("true")])]
fn numbers_and_dates_of_a_text_attribute_are_such_besides(
    #[case] later: Value,
    #[case] forms: &[TypedValue<'static>],
) {
    let schema = learned(&[json!({"x": "odd"})]);
    let attributes = json!({"x": later, "title": later});
    let admission = admitted(&schema, &json!({ "x": later }), KEEP).expect("fits");
    assert!(admission.misfits.is_empty());
    assert_eq!(values(&schema, &titled(&attributes, &[]), "x"), forms);
}

#[test]
fn a_title_is_text_and_nothing_else() {
    let schema = learned(&[json!({})]);
    let object = object(&json!({"title": "1970-01-01"}), &[]);
    assert_eq!(values(&schema, &object, "title"), [text("1970-01-01")]);
}

#[rstest]
#[case("price_amount", json!("cheap"))]
#[case("price_eur_old_amount", json!("cheap"))]
#[case("discount_price_absolute_amount", json!("much"))]
#[case("boost", json!("much"))]
#[case("_margin", json!("half"))]
#[case("introduced_at", json!("soon"))]
fn a_type_that_a_name_fixes_refuses_what_does_not_fit(#[case] name: &str, #[case] misfit: Value) {
    let attributes = json!({ name: misfit });
    let found = admitted(&Schema::default(), &attributes, KEEP);
    let Err(SchemaError::Mismatch(mismatch)) = found else {
        panic!("{name} was taken: {found:?}");
    };
    assert_eq!(mismatch.attribute.as_str(), name);
}

#[test]
fn a_patch_is_judged_by_what_it_names() {
    let schema = learned(&[json!({"airflow": 57, "special": {"grams": 5}})]);
    let object = json!({"airflow": "57 CFM", "special": {"grams": "light"}});
    let fields = |names: &[&str]| -> Vec<(FieldName, Option<FieldValue>)> {
        names.iter().map(|&name| (name.into(), None)).collect()
    };
    for (named, told) in [
        (&["color"][..], &[][..]),
        (&["airflow"], &["airflow"]),
        (&["special"], &["special.grams"]),
        (&["spec"], &[]),
        (&["airflow", "special"], &["airflow", "special.grams"]),
    ] {
        let named = fields(named);
        let rule = |conflicts| MisfitRule {
            conflicts,
            judged: Judged::Only(&named),
        };
        let admission = admitted(&schema, &object, rule(TypeConflicts::Keep)).expect("kept");
        let found = admission.misfits.listed().iter();
        let found: Vec<&str> = found.map(|misfit| misfit.attribute.as_str()).collect();
        assert_eq!(found, told);
        let refused = admitted(&schema, &object, rule(TypeConflicts::Refuse));
        assert_eq!(refused.is_err(), !told.is_empty());
    }
}
