//! Who takes of which share, and when it goes back.

use super::*;

const BODY: usize = 1024;
const NEEDED: usize = BODY * 5;

fn proven(budget: &BodyBudget) -> RequestBudget {
    let request = budget.of_request();
    request.prove();
    request
}

async fn room(request: &RequestBudget, bytes: usize) -> Result<Room, BodyError> {
    declared(request, Some(bytes), bytes).await
}

async fn declared(
    request: &RequestBudget,
    declared: Option<usize>,
    bytes: usize,
) -> Result<Room, BodyError> {
    let mut room = request.room(declared);
    room.hold(bytes).await?;
    Ok(room)
}

async fn kept(request: &RequestBudget) -> Bytes {
    let room = room(request, NEEDED).await.expect("room");
    room.keep(vec![b'x'; BODY].into(), NEEDED)
}

#[tokio::test]
async fn room_is_taken_until_the_request_is_answered_and_its_bytes_are_gone() {
    let budget = BodyBudget::new(8 * NEEDED, 0);
    let [first, second, third] = [(); 3].map(|()| proven(&budget));
    let _others = room(&proven(&budget), 5 * NEEDED).await.expect("room");
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
async fn a_body_may_be_set_aside_all_there_is_for_one_and_never_needs_more() {
    let budget = BodyBudget::new(4 * NEEDED, 0);
    let request = proven(&budget);
    let mut room = room(&request, 8 * NEEDED).await.expect("room");
    room.hold(9 * NEEDED)
        .await
        .expect("nothing more to wait for");
    assert_eq!(budget.proven_bytes(), 3 * NEEDED);
    assert_eq!(room.hold_all(3 * NEEDED).await, Ok(()));
    let never = BodyError::TooHeavy {
        bytes: 4 * NEEDED,
        bytes_max: 3 * NEEDED,
    };
    assert_eq!(room.hold_all(4 * NEEDED).await, Err(never));
    drop(room);
    assert_eq!(budget.proven_bytes(), 0);
}

#[tokio::test]
async fn a_body_that_grows_waits_for_others() {
    let budget = BodyBudget::new(8 * NEEDED, 0);
    let (growing, other) = (proven(&budget), proven(&budget));
    let _other = room(&other, 4 * NEEDED).await.expect("room");
    let mut room = room(&growing, NEEDED).await.expect("room");
    assert_eq!(room.hold(3 * NEEDED).await, Err(BodyError::Overloaded));
    assert!(room.hold(2 * NEEDED).await.is_ok());
}

#[tokio::test]
async fn heavy_bodies_leave_room_for_ordinary_ones() {
    let budget = BodyBudget::new(16 * NEEDED, 0);
    let mut taken = Vec::new();
    for _ in 0..2 {
        taken.push(room(&proven(&budget), 6 * NEEDED).await.expect("room"));
    }
    // Those that wait are in nobody's way.
    let waiting = proven(&budget);
    let waiting = room(&waiting, 6 * NEEDED);
    let ordinary = async {
        tokio::task::yield_now().await;
        let large = room(&proven(&budget), 2 * NEEDED).await.expect("room");
        let refused = room(&proven(&budget), 2 * NEEDED).await.err();
        assert_eq!(refused, Some(BodyError::Overloaded));
        let mut small = Vec::new();
        for _ in 0..10 {
            small.push(room(&proven(&budget), NEEDED / 5).await.expect("room"));
        }
        (large, small)
    };
    let (refused, ordinary) = tokio::join!(waiting, ordinary);
    assert_eq!(refused.err(), Some(BodyError::Overloaded));
    assert_eq!(budget.proven_bytes(), 16 * NEEDED);
    drop((taken, ordinary));
    assert_eq!(budget.proven_bytes(), 0);
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

/// Hundreds that declared a mebibyte and sent it slowly took all that there was for small ones.
#[tokio::test]
async fn beginnings_of_large_bodies_take_nothing_of_what_is_for_small_ones() {
    for said in [None, Some(16 * SMALL_BYTES_MAX)] {
        let budget = BodyBudget::new(0, 16 * SMALL_BYTES_MAX);
        let mut begun = Vec::new();
        loop {
            let request = budget.of_request();
            match declared(&request, said, SMALL_BYTES_MAX).await {
                Ok(room) => begun.push((request, room)),
                Err(error) => break assert_eq!(error, BodyError::Overloaded),
            }
        }
        assert_eq!(begun.len(), 14, "{said:?}");
        let others = [budget.of_request(), budget.of_request()];
        for other in &others {
            assert!(room(other, SMALL_BYTES_MAX).await.is_ok(), "{said:?}");
        }
    }
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
    request.prove_what_was_read(NEEDED).await.expect("room");
    assert_eq!(
        (budget.proven_bytes(), budget.unproven_bytes()),
        (NEEDED, 0)
    );
    drop((request, bytes));
    assert_eq!(budget.proven_bytes(), 0);
}
