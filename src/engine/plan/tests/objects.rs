//! Single cases of whole objects: what is half good, damaged, or gone before it was executed.

use super::*;
use crate::domain::{Number, Refusal};

#[test]
fn an_object_is_never_half_merged() {
    let mut shelf = Shelf::default();
    let mut plan = plan(&Arc::default(), TypeConflicts::Refuse);
    let number = |n| FieldValue::Number(Number::Integer(n));
    let first = product("a", &[("title", "A".into()), ("size", number(1))]);
    no_error(plan.apply(&mut shelf, &Edit::Replace(element(first))));
    shelf.execute(&mut plan);
    let (before, schema) = (shelf.read(), attributes(plan.schema()));
    // The object and the first of what is in it are fine, and bring an attribute; the last is not.
    let mut bad = parts("b", &[("title", "B".into()), ("shade", "red".into())]);
    bad.nested = vec![
        nested("c", &[("title", "C".into()), ("weight", number(2))], false),
        nested(
            "d",
            &[("title", "D".into()), ("size", "large".into())],
            false,
        ),
    ];
    let nested_of_bad = bad.nested.clone();
    let bad = Edit::Replace(element(Object::new(bad).unwrap()));
    let outcome = no_error(plan.apply(&mut shelf, &bad));
    assert!(matches!(
        outcome,
        Outcome::Refused(Refusal::SchemaMismatch(_))
    ));
    let mut of_a = patch("a", &[("shade", "red".into())]);
    of_a.nested = Some(nested_of_bad);
    let outcome = no_error(plan.apply(&mut shelf, &Edit::Patch(Box::new(of_a))));
    assert!(matches!(
        outcome,
        Outcome::Refused(Refusal::SchemaMismatch(_))
    ));
    assert_eq!(shelf.execute(&mut plan), 0);
    assert_eq!(shelf.read(), before);
    assert_eq!(attributes(plan.schema()), schema);
}

#[test]
fn what_is_damaged_is_not_there_until_it_is_sent_whole() {
    let mut shelf = Shelf::default();
    let mut plan = plan(&Arc::default(), TypeConflicts::Refuse);
    let mut category = parts("c", &[("title", "C".into()), ("size", "S".into())]);
    category.object_type = object_type("category");
    let category = Object::new(category).unwrap();
    let whole = || Edit::Replace(element(category.clone()));
    no_error(plan.apply(&mut shelf, &whole()));
    shelf.execute(&mut plan);
    let version = shelf.objects[&identity("c")].0.version;
    shelf.damaged.insert(version);
    let of_c = Edit::Patch(Box::new(patch("c", &[("size", "M".into())])));
    let outcome = no_error(plan.apply(&mut shelf, &of_c));
    assert_eq!(outcome, Outcome::Refused(Refusal::NotFound));
    // A mention moves it to its upload, and says nothing of what it is.
    let mut with_mention = parts("a", &[("title", "A".into())]);
    with_mention.generation = Some(generation("x"));
    with_mention.nested = vec![nested("c", &[("title", "Other".into())], true)];
    let with_mention = Edit::Replace(element(Object::new(with_mention).unwrap()));
    no_error(plan.apply(&mut shelf, &with_mention));
    shelf.execute(&mut plan);
    let (head, object) = &shelf.objects[&identity("c")];
    assert_eq!(head.version, version);
    assert_eq!(head.generation, Some(generation("x")));
    assert_eq!(object.fields, category.fields);
    no_error(plan.apply(&mut shelf, &whole()));
    assert_eq!(shelf.execute(&mut plan), 1);
    assert_ne!(shelf.objects[&identity("c")].0.version, version);
}

/// The first edit makes what the second deletes: nothing of either is left to do.
#[test]
fn what_comes_and_goes_within_a_plan_has_no_effects() {
    let mut shelf = Shelf::default();
    let mut plan = plan(&Arc::default(), TypeConflicts::Refuse);
    let key = ObjectKey {
        identity: identity("a"),
        object_type: object_type("product"),
    };
    let put = |title: &str| Edit::Replace(element(product("a", &[("title", title.into())])));
    for _ in 0..2 {
        no_error(plan.apply(&mut shelf, &put("One")));
        let outcome = no_error(plan.apply(&mut shelf, &Edit::Delete(key.clone())));
        assert_eq!(outcome, Outcome::Applied);
    }
    assert_eq!(shelf.execute(&mut plan), 0);
    // One that was there goes, and comes back in a new place.
    no_error(plan.apply(&mut shelf, &put("One")));
    shelf.execute(&mut plan);
    let first_seen = shelf.objects[&identity("a")].0.first_seen;
    no_error(plan.apply(&mut shelf, &put("Two")));
    no_error(plan.apply(&mut shelf, &Edit::Delete(key)));
    no_error(plan.apply(&mut shelf, &put("Three")));
    assert_eq!(shelf.execute(&mut plan), 2);
    assert!(shelf.objects[&identity("a")].0.first_seen > first_seen);
}
