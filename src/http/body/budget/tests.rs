//! Who takes of which share, and when it goes back.

use super::*;

const BODY: usize = 1024;
const NEEDED: usize = BODY * HELD_PER_BYTE;

fn proven(budget: &BodyBudget) -> RequestBudget {
    let request = budget.of_request();
    request.prove();
    request
}

async fn room(request: &RequestBudget, bytes: usize) -> Result<Room, BodyError> {
    let mut room = request.room();
    room.hold(bytes).await?;
    Ok(room)
}

async fn kept(request: &RequestBudget) -> Bytes {
    let room = room(request, NEEDED).await.expect("room");
    room.keep(vec![b'x'; BODY].into(), NEEDED)
}

#[tokio::test]
async fn room_is_taken_until_the_request_is_answered_and_its_bytes_are_gone() {
    let budget = BodyBudget::new(2 * NEEDED, 0);
    let [first, second, third] = [(); 3].map(|()| proven(&budget));
    let bytes = kept(&first).await;
    drop(kept(&second).await);
    let refused = room(&third, NEEDED).await.err();
    assert_eq!(refused, Some(BodyError::Overloaded));
    drop(first);
    let refused = room(&third, NEEDED).await.err();
    assert_eq!(refused, Some(BodyError::Overloaded));
    drop(bytes);
    assert!(room(&third, NEEDED).await.is_ok());
}

#[tokio::test]
async fn what_was_set_aside_and_not_needed_goes_back_at_once() {
    let budget = BodyBudget::new(20 * NEEDED, 0);
    let request = proven(&budget);
    let room = room(&request, 10 * NEEDED).await.expect("room");
    assert_eq!(budget.proven_bytes(), 10 * NEEDED);
    let _bytes = room.keep(vec![b'x'; BODY].into(), NEEDED);
    assert_eq!(budget.proven_bytes(), NEEDED);
}

#[tokio::test]
async fn a_body_larger_than_the_budget_takes_all_of_it() {
    let budget = BodyBudget::new(NEEDED, 0);
    let request = proven(&budget);
    let mut room = room(&request, 2 * NEEDED).await.expect("room");
    room.hold(3 * NEEDED)
        .await
        .expect("nothing more to wait for");
    assert_eq!(budget.proven_bytes(), NEEDED);
    drop(room);
    assert_eq!(budget.proven_bytes(), 0);
}

#[tokio::test]
async fn a_body_that_grows_waits_for_others() {
    let budget = BodyBudget::new(3 * NEEDED, 0);
    let (growing, other) = (proven(&budget), proven(&budget));
    let mut room = room(&growing, NEEDED).await.expect("room");
    let _bytes = kept(&other).await;
    assert_eq!(room.hold(3 * NEEDED).await, Err(BodyError::Overloaded));
    assert!(room.hold(2 * NEEDED).await.is_ok());
}

#[tokio::test]
async fn what_strangers_take_is_nothing_to_those_who_signed() {
    let budget = BodyBudget::new(NEEDED, 16 * SMALL_BYTES_MAX);
    let strangers = [(); 3].map(|()| budget.of_request());
    let mut taken = Vec::new();
    for (stranger, bytes) in strangers.iter().zip([1, 1, 14]) {
        taken.push(room(stranger, bytes * SMALL_BYTES_MAX).await.expect("room"));
    }
    assert_eq!(budget.unproven_bytes(), 16 * SMALL_BYTES_MAX);
    let refused = room(&strangers[0], 1).await.err();
    assert_eq!(refused, Some(BodyError::Overloaded));
    assert!(room(&proven(&budget), NEEDED).await.is_ok());
    drop(taken);
    assert_eq!(budget.unproven_bytes(), 0);
}

#[tokio::test]
async fn large_bodies_of_strangers_leave_room_for_small_ones() {
    let budget = BodyBudget::new(0, 16 * SMALL_BYTES_MAX);
    let (slow, other) = (budget.of_request(), budget.of_request());
    let mut large = room(&slow, 1).await.expect("room");
    for step in 1..=14 {
        large.hold(step * SMALL_BYTES_MAX).await.expect("room");
    }
    let refused = room(&other, 2 * SMALL_BYTES_MAX).await.err();
    assert_eq!(refused, Some(BodyError::Overloaded));
    assert!(room(&other, SMALL_BYTES_MAX).await.is_ok());
}

#[tokio::test]
async fn a_body_moves_over_when_its_request_is_proven() {
    let budget = BodyBudget::new(2 * NEEDED, 16 * SMALL_BYTES_MAX);
    let request = budget.of_request();
    let mut while_read = room(&request, BODY).await.expect("room");
    assert_eq!(budget.unproven_bytes(), BODY);
    request.prove();
    while_read.hold(NEEDED).await.expect("room");
    assert_eq!(
        (budget.proven_bytes(), budget.unproven_bytes()),
        (NEEDED, 0)
    );
    drop(while_read);

    let request = budget.of_request();
    let room = room(&request, BODY).await.expect("room");
    let bytes = room.keep(vec![b'x'; BODY].into(), BODY);
    request.prove_what_was_read(BODY).await.expect("room");
    assert_eq!(
        (budget.proven_bytes(), budget.unproven_bytes()),
        (NEEDED, 0)
    );
    drop((request, bytes));
    assert_eq!(budget.proven_bytes(), 0);
}
