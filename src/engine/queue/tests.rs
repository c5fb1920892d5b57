//! Bounds, waiting and whose worker it is.

use std::sync::Mutex;
use std::time::Instant;

use super::*;

/// A number, and how large it is.
#[derive(Debug, PartialEq, Eq)]
struct Sent(u32, usize);

impl Queued for Sent {
    fn size(&self) -> usize {
        self.1
    }
}

fn queue(entries: usize, size: usize) -> WorkQueue<Sent> {
    WorkQueue::new(Load { entries, size })
}

const NOTHING: Load = Load {
    entries: 0,
    size: 0,
};

/// The next entry with its room.
fn entry(queue: &WorkQueue<Sent>, wanted: u32) -> Room<'_, Sent> {
    match queue.take(None) {
        Taken::Entry(Sent(number, _), room) => {
            assert_eq!(number, wanted);
            room
        }
        other => panic!("{wanted} is not there: {other:?}"),
    }
}

#[test]
fn what_is_held_is_bounded_until_it_is_done() {
    let queue = queue(2, 10);
    assert_eq!(queue.put(Sent(1, 4)), Ok(Put::NeedsWorker));
    assert_eq!(queue.put(Sent(2, 7)), Err(Refused::Full(Sent(2, 7))));
    assert_eq!(queue.put(Sent(2, 6)), Ok(Put::HasWorker));
    assert_eq!(queue.put(Sent(3, 0)), Err(Refused::Full(Sent(3, 0))));
    let room = entry(&queue, 1);
    assert!(!queue.would_take(0), "taken is not done");
    drop(room);
    assert_eq!(queue.put(Sent(3, 4)), Ok(Put::HasWorker));
}

/// Whatever becomes of entries, in the end nothing is held.
#[test]
fn what_was_put_in_is_given_back_however_it_goes() {
    let queue = queue(9, 99);
    for number in 0..6 {
        assert!(queue.put(Sent(number, 10)).is_ok());
    }
    drop(entry(&queue, 0));
    assert!(queue.take_if(|sent| sent.0 == 7).is_none());
    let second = queue.take_if(|sent| sent.0 == 1);
    let worker = std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let _room = entry(&queue, 2);
            panic!("on purpose");
        });
        worker.join()
    });
    assert!(worker.is_err());
    assert_eq!(
        queue.load().0,
        Load {
            entries: 4,
            size: 40
        }
    );
    assert_eq!(queue.abandon().len(), 3);
    drop(second);
    assert_eq!(queue.load().0, NOTHING);
}

#[test]
fn an_empty_queue_takes_an_entry_of_any_size() {
    assert_eq!(queue(1, 10).put(Sent(1, 1_000)), Ok(Put::NeedsWorker));
}

#[test]
fn whoever_takes_learns_that_others_wait_for_room() {
    let queue = queue(1, 1);
    queue.put_waiting(Sent(1, 1));
    let room = entry(&queue, 1);
    std::thread::scope(|scope| {
        let putting = scope.spawn(|| queue.put_waiting(Sent(2, 1)));
        // Without a deadline it ends only because of the one that waits.
        assert!(matches!(queue.take(None), Taken::Nothing));
        drop(room);
        assert_eq!(putting.join().ok(), Some(Put::HasWorker));
    });
    drop(entry(&queue, 2));
    assert_eq!(queue.load().0, NOTHING);
}

#[test]
fn a_worker_leaves_only_an_empty_queue() {
    let queue = queue(5, 5);
    assert_eq!(queue.put(Sent(1, 1)), Ok(Put::NeedsWorker));
    assert!(!queue.try_leave());
    drop(entry(&queue, 1));
    assert!(queue.try_leave());
    assert_eq!(queue.put(Sent(2, 1)), Ok(Put::NeedsWorker));
}

#[test]
fn a_closed_queue_hands_out_what_is_in_and_takes_nothing_new() {
    let queue = queue(5, 5);
    assert_eq!(queue.put(Sent(1, 1)), Ok(Put::NeedsWorker));
    queue.close();
    assert_eq!(queue.put(Sent(2, 1)), Err(Refused::Closed(Sent(2, 1))));
    drop(entry(&queue, 1));
    assert!(matches!(queue.take(None), Taken::Closed));
    assert_eq!(queue.load().0, NOTHING);
}

#[test]
fn a_panic_hands_out_what_waits_and_frees_the_place_and_the_room() {
    static LEFT: Mutex<Vec<Sent>> = Mutex::new(Vec::new());
    let queue = std::sync::Arc::new(queue(5, 5));
    assert_eq!(queue.put(Sent(1, 1)), Ok(Put::NeedsWorker));
    assert_eq!(queue.put(Sent(2, 1)), Ok(Put::HasWorker));
    start_worker(
        &WorkerPool::new("panics", 1),
        queue.clone(),
        |queue| queue,
        |queue| {
            let _taken = queue.take(None);
            panic!("on purpose");
        },
        |_, left| LEFT.lock().expect("no panic under this lock").extend(left),
    );
    let patience = std::time::Duration::from_secs(30);
    assert!(queue.wait_without_worker(Instant::now() + patience));
    assert_eq!(queue.load().0, NOTHING);
    assert_eq!(queue.put(Sent(3, 1)), Ok(Put::NeedsWorker));
    drop(entry(&queue, 3));
}

/// An index took this for a long silence, and put its segments together in the middle of a feed.
#[test]
fn who_waits_for_room_is_waited_for_once_there_is_room() {
    let queue = queue(8, 10);
    let late = Instant::now() + std::time::Duration::from_secs(60);
    for _ in 0..100 {
        assert!(queue.put(Sent(1, 10)).is_ok());
        let room = entry(&queue, 1);
        std::thread::scope(|scope| {
            scope.spawn(|| queue.put_waiting(Sent(2, 9)));
            while !queue.is_pressed() {
                std::thread::yield_now();
            }
            assert!(matches!(queue.take(Some(late)), Taken::Nothing));
            drop(room);
            let taken = queue.take(Some(late));
            assert!(matches!(taken, Taken::Entry(Sent(2, 9), _)), "{taken:?}");
        });
    }
}
