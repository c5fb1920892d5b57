//! Bounds, waiting and who attends.

use super::*;

fn inbox(entries: usize, size: usize) -> Inbox<u32> {
    Inbox::new(Load { entries, size })
}

#[test]
fn what_is_held_is_bounded_until_it_is_released() {
    let inbox = inbox(2, 10);
    assert_eq!(inbox.put(1, 4), Ok(Put::Unattended));
    assert_eq!(inbox.put(2, 7), Err(Refused::Full(2)));
    assert_eq!(inbox.put(2, 6), Ok(Put::Attended));
    assert_eq!(inbox.put(3, 0), Err(Refused::Full(3)));
    assert_eq!(inbox.take(None), Taken::Entry(1));
    assert!(!inbox.would_take(0), "taken is not done");
    inbox.release(Load {
        entries: 1,
        size: 4,
    });
    assert_eq!(inbox.put(3, 4), Ok(Put::Attended));
}

#[test]
fn an_empty_inbox_takes_an_entry_of_any_size() {
    assert_eq!(inbox(1, 10).put(1, 1_000), Ok(Put::Unattended));
}

#[test]
fn whoever_takes_learns_that_others_wait_for_room() {
    let inbox = inbox(1, 1);
    inbox.put_waiting(1, 1);
    assert_eq!(inbox.take(None), Taken::Entry(1));
    std::thread::scope(|scope| {
        let putting = scope.spawn(|| inbox.put_waiting(2, 1));
        // Without a deadline it ends only because of the one that waits.
        assert_eq!(inbox.take(None), Taken::Nothing);
        inbox.release(Load {
            entries: 1,
            size: 1,
        });
        assert_eq!(putting.join().ok(), Some(Put::Attended));
    });
    assert_eq!(inbox.take(None), Taken::Entry(2));
}

#[test]
fn an_attendant_leaves_only_an_empty_inbox() {
    let inbox = inbox(5, 5);
    assert_eq!(inbox.put(1, 1), Ok(Put::Unattended));
    assert!(!inbox.try_leave());
    assert_eq!(inbox.take(None), Taken::Entry(1));
    assert!(inbox.try_leave());
    assert_eq!(inbox.put(2, 1), Ok(Put::Unattended));
}

#[test]
fn a_closed_inbox_hands_out_what_is_in_and_takes_nothing_new() {
    let inbox = inbox(5, 5);
    assert_eq!(inbox.put(1, 1), Ok(Put::Unattended));
    inbox.close();
    assert_eq!(inbox.put(2, 1), Err(Refused::Closed(2)));
    assert_eq!(inbox.take(None), Taken::Entry(1));
    assert_eq!(inbox.take(None), Taken::Closed);
}

#[test]
fn a_panic_hands_out_what_waits_and_frees_the_place() {
    static LEFT: Mutex<Vec<u32>> = Mutex::new(Vec::new());
    let inbox = std::sync::Arc::new(inbox(5, 5));
    assert_eq!(inbox.put(1, 1), Ok(Put::Unattended));
    assert_eq!(inbox.put(2, 1), Ok(Put::Attended));
    start_attendant(
        "panics",
        inbox.clone(),
        |inbox| inbox,
        |inbox| {
            inbox.take(None);
            panic!("on purpose");
        },
        |_, left| LEFT.lock().expect("no panic under this lock").extend(left),
    );
    let patience = std::time::Duration::from_secs(30);
    assert!(inbox.wait_unattended(Instant::now() + patience));
    assert_eq!(inbox.put(3, 1), Ok(Put::Unattended));
    assert_eq!(inbox.take(None), Taken::Entry(3), "nothing is left inside");
}
