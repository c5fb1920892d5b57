//! What was refused lately.

use crate::domain::{Identity, RefusedCall, RefusedLately, RefusedObject, RefusedOfRequest};
use crate::engine::conformance::objects::object_type;
use crate::engine::conformance::shop::{Shop, eventually};
use crate::engine::conformance::{Backend, on_every_backend};

on_every_backend![stored: what_was_refused_is_told_for_a_day];

fn refused(name: &str, reason: &str) -> RefusedObject {
    let identity = Identity::new(name).ok();
    let of_type = Some(object_type("product"));
    RefusedObject::sent(
        identity.as_ref(),
        of_type,
        RefusedCall::Patch,
        reason.to_owned(),
    )
}

async fn what_was_refused_is_told_for_a_day<B: Backend>() {
    let shop = Shop::<B>::open();
    let note = |told: &[RefusedObject]| {
        let refused = RefusedOfRequest {
            count: told.len() as u64,
            told: told.to_vec(),
        };
        shop.engine.refusals.note_refused(shop.id(), refused);
    };
    let list = async |limit| {
        let listed = shop.engine.refusals.refused_lately(shop.id(), limit).await;
        listed.unwrap()
    };
    assert_eq!(list(9).await.listed, []);
    let (one, other) = (refused("a", "x"), refused("", "y"));
    note(std::slice::from_ref(&one));
    eventually(async || list(9).await.listed.len() == 1).await;
    let began = shop.now();
    shop.advance(5_000);
    note(&[one.clone(), other.clone()]);
    eventually(async || list(9).await.listed.len() == 2).await;
    let told = list(9).await;
    let again = told.listed.iter().find(|told| told.object == one);
    let expected = RefusedLately {
        object: one.clone(),
        times: 2,
        first: began,
        last: shop.now(),
    };
    assert_eq!((again, told.more), (Some(&expected), 0));
    assert!(told.listed.iter().any(|told| told.object == other));
    assert_eq!((list(1).await.listed.len(), list(1).await.more), (1, 1));
    shop.advance(RefusedLately::KEPT_S * 1_000 + 1);
    assert_eq!(list(9).await.listed, []);
}
