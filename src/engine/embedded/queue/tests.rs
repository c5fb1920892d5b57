//! Bounds, waiting and who attends.

use super::*;

/// A number, and how large it is.
#[derive(Debug, PartialEq, Eq)]
struct Sent(u32, usize);

impl Entry for Sent {
    fn size(&self) -> usize {
        self.1
    }
}

fn inbox(entries: usize, size: usize) -> Inbox<Sent> {
    Inbox::new(Load { entries, size })
}

const NOTHING: Load = Load {
    entries: 0,
    size: 0,
};

/// The next entry with its room.
fn entry(inbox: &Inbox<Sent>, wanted: u32) -> Room<'_, Sent> {
    match inbox.take(None) {
        Taken::Entry(Sent(number, _), room) => {
            assert_eq!(number, wanted);
            room
        }
        other => panic!("{wanted} is not there: {other:?}"),
    }
}

#[test]
fn what_is_held_is_bounded_until_it_is_done() {
    let inbox = inbox(2, 10);
    assert_eq!(inbox.put(Sent(1, 4)), Ok(Put::Unattended));
    assert_eq!(inbox.put(Sent(2, 7)), Err(Refused::Full(Sent(2, 7))));
    assert_eq!(inbox.put(Sent(2, 6)), Ok(Put::Attended));
    assert_eq!(inbox.put(Sent(3, 0)), Err(Refused::Full(Sent(3, 0))));
    let room = entry(&inbox, 1);
    assert!(!inbox.would_take(0), "taken is not done");
    drop(room);
    assert_eq!(inbox.put(Sent(3, 4)), Ok(Put::Attended));
}

/// Whatever becomes of entries, in the end nothing is held.
#[test]
fn what_was_put_in_is_given_back_however_it_goes() {
    let inbox = inbox(9, 99);
    for number in 0..6 {
        assert!(inbox.put(Sent(number, 10)).is_ok());
    }
    drop(entry(&inbox, 0));
    assert!(inbox.take_if(|sent| sent.0 == 7).is_none());
    let second = inbox.take_if(|sent| sent.0 == 1);
    let worker = std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let _room = entry(&inbox, 2);
            panic!("on purpose");
        });
        worker.join()
    });
    assert!(worker.is_err());
    assert_eq!(
        inbox.load().0,
        Load {
            entries: 4,
            size: 40
        }
    );
    assert_eq!(inbox.abandon().len(), 3);
    drop(second);
    assert_eq!(inbox.load().0, NOTHING);
}

#[test]
fn an_empty_inbox_takes_an_entry_of_any_size() {
    assert_eq!(inbox(1, 10).put(Sent(1, 1_000)), Ok(Put::Unattended));
}

#[test]
fn whoever_takes_learns_that_others_wait_for_room() {
    let inbox = inbox(1, 1);
    inbox.put_waiting(Sent(1, 1));
    let room = entry(&inbox, 1);
    std::thread::scope(|scope| {
        let putting = scope.spawn(|| inbox.put_waiting(Sent(2, 1)));
        // Without a deadline it ends only because of the one that waits.
        assert!(matches!(inbox.take(None), Taken::Nothing));
        drop(room);
        assert_eq!(putting.join().ok(), Some(Put::Attended));
    });
    drop(entry(&inbox, 2));
    assert_eq!(inbox.load().0, NOTHING);
}

#[test]
fn an_attendant_leaves_only_an_empty_inbox() {
    let inbox = inbox(5, 5);
    assert_eq!(inbox.put(Sent(1, 1)), Ok(Put::Unattended));
    assert!(!inbox.try_leave());
    drop(entry(&inbox, 1));
    assert!(inbox.try_leave());
    assert_eq!(inbox.put(Sent(2, 1)), Ok(Put::Unattended));
}

#[test]
fn a_closed_inbox_hands_out_what_is_in_and_takes_nothing_new() {
    let inbox = inbox(5, 5);
    assert_eq!(inbox.put(Sent(1, 1)), Ok(Put::Unattended));
    inbox.close();
    assert_eq!(inbox.put(Sent(2, 1)), Err(Refused::Closed(Sent(2, 1))));
    drop(entry(&inbox, 1));
    assert!(matches!(inbox.take(None), Taken::Closed));
    assert_eq!(inbox.load().0, NOTHING);
}

#[test]
fn a_panic_hands_out_what_waits_and_frees_the_place_and_the_room() {
    static LEFT: Mutex<Vec<Sent>> = Mutex::new(Vec::new());
    let inbox = std::sync::Arc::new(inbox(5, 5));
    assert_eq!(inbox.put(Sent(1, 1)), Ok(Put::Unattended));
    assert_eq!(inbox.put(Sent(2, 1)), Ok(Put::Attended));
    start_attendant(
        "panics",
        inbox.clone(),
        |inbox| inbox,
        |inbox| {
            let _taken = inbox.take(None);
            panic!("on purpose");
        },
        |_, left| LEFT.lock().expect("no panic under this lock").extend(left),
    );
    let patience = std::time::Duration::from_secs(30);
    assert!(inbox.wait_unattended(Instant::now() + patience));
    assert_eq!(inbox.load().0, NOTHING);
    assert_eq!(inbox.put(Sent(3, 1)), Ok(Put::Unattended));
    drop(entry(&inbox, 3));
}
