//! Whose search is next. Clients take turns, whatever each of them has waiting, and none holds more than
//! half of the places: what one asks for, others wait for no longer than for one of its searches. A client
//! is an address as throttling knows it, not a site: all sites share the places, and the visitors of a
//! site must not wait for a stranger who searches the same one. Invariant: who runs and who waits is
//! counted here alone, and nobody waits while there is a place that it may have.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use crate::domain::TrackerId;

/// Those who take turns as one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::engine::embedded) enum Lane {
    Client(IpAddr),
    /// What is done for a site, whoever caused it: reads of its store, searches of our own.
    Site(TrackerId),
}

/// Searches that run and wait; `W` is told when its turn has come.
#[derive(Debug)]
pub(in crate::engine::embedded) struct FairQueue<W> {
    places_max: usize,
    waiting_max: usize,
    running: usize,
    waiting: usize,
    /// Given to the next that waits.
    next_ticket: u64,
    lanes: HashMap<Lane, OfLane<W>>,
    /// Lanes that have something waiting, the next one first.
    order: VecDeque<Lane>,
}

#[derive(Debug)]
struct OfLane<W> {
    running: usize,
    /// With their tickets, the first first.
    waiting: VecDeque<(u64, W)>,
}

/// What was said to somebody who came.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::engine::embedded) enum Entered<W> {
    Runs,
    /// With this ticket. Whoever waited in its stead, because nobody had more waiting, waits no more.
    Waits {
        ticket: u64,
        sent_away: Option<W>,
    },
    /// Everything is full, and nobody has more waiting than the one who came.
    Full,
}

impl<W> FairQueue<W> {
    pub(in crate::engine::embedded) fn new(places_max: usize, waiting_max: usize) -> Self {
        Self {
            places_max: places_max.max(1),
            waiting_max,
            running: 0,
            waiting: 0,
            next_ticket: 0,
            lanes: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    /// Places that one lane may have.
    fn share(&self) -> usize {
        self.places_max.div_ceil(2)
    }

    /// What runs, and what waits.
    pub(in crate::engine::embedded) fn load(&self) -> (usize, usize) {
        (self.running, self.waiting)
    }

    /// Somebody comes.
    pub(in crate::engine::embedded) fn enter(&mut self, lane: &Lane, who: W) -> Entered<W> {
        let of_lane = self.lanes.get(lane);
        let (running, waiting) = of_lane.map_or((0, 0), |of| (of.running, of.waiting.len()));
        if self.running < self.places_max && running < self.share() {
            self.of(lane).running += 1;
            self.running += 1;
            return Entered::Runs;
        }
        let mut sent_away = None;
        if self.waiting >= self.waiting_max {
            match self.send_away(waiting) {
                Some(last) => sent_away = Some(last),
                None => return Entered::Full,
            }
        }
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let of_lane = self.of(lane);
        of_lane.waiting.push_back((ticket, who));
        if of_lane.waiting.len() == 1 {
            self.order.push_back(lane.clone());
        }
        self.waiting += 1;
        Entered::Waits { ticket, sent_away }
    }

    /// The last of those that wait in the longest lane, if that is longer than `waiting` and one more.
    fn send_away(&mut self, waiting: usize) -> Option<W> {
        let lanes = self
            .order
            .iter()
            .filter_map(|lane| self.lanes.get_key_value(lane));
        let (lane, of_lane) = lanes.max_by_key(|(_, of_lane)| of_lane.waiting.len())?;
        if of_lane.waiting.len() <= waiting + 1 {
            return None;
        }
        let lane = lane.clone();
        let (_, last) = self.of(&lane).waiting.pop_back()?;
        self.waiting -= 1;
        self.tidy(&lane);
        Some(last)
    }

    /// Whoever's turn it is now runs; to be asked whenever a place may be free.
    pub(in crate::engine::embedded) fn next(&mut self) -> Option<(Lane, W)> {
        if self.running >= self.places_max {
            return None;
        }
        let share = self.share();
        let lanes = &self.lanes;
        let may_run = |lane: &Lane| lanes.get(lane).is_some_and(|of| of.running < share);
        let at = self.order.iter().position(may_run)?;
        let lane = self.order.remove(at)?;
        let of_lane = self.of(&lane);
        let (_, who) = of_lane.waiting.pop_front()?;
        of_lane.running += 1;
        if !of_lane.waiting.is_empty() {
            self.order.push_back(lane.clone());
        }
        self.running += 1;
        self.waiting -= 1;
        Some((lane, who))
    }

    /// What ran is done.
    pub(in crate::engine::embedded) fn done(&mut self, lane: &Lane) {
        if let Some(of_lane) = self.lanes.get_mut(lane) {
            of_lane.running -= 1;
            self.running -= 1;
        }
        self.tidy(lane);
    }

    /// Who waited with this ticket waits no more; nothing happens when its turn came before.
    pub(in crate::engine::embedded) fn leave(&mut self, lane: &Lane, ticket: u64) {
        if let Some(of_lane) = self.lanes.get_mut(lane) {
            let before = of_lane.waiting.len();
            of_lane.waiting.retain(|(of, _)| *of != ticket);
            self.waiting -= before - of_lane.waiting.len();
        }
        self.tidy(lane);
    }

    fn of(&mut self, lane: &Lane) -> &mut OfLane<W> {
        let empty = || OfLane {
            running: 0,
            waiting: VecDeque::new(),
        };
        self.lanes.entry(lane.clone()).or_insert_with(empty)
    }

    /// Forgets what a lane has no more.
    fn tidy(&mut self, lane: &Lane) {
        let Some(of_lane) = self.lanes.get(lane) else {
            return;
        };
        if of_lane.waiting.is_empty() {
            self.order.retain(|waiting| waiting != lane);
            if of_lane.running == 0 {
                self.lanes.remove(lane);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn client(number: u8) -> Lane {
        Lane::Client(IpAddr::from([192, 0, 2, number]))
    }

    fn ticket<W: std::fmt::Debug>(entered: Entered<W>) -> u64 {
        match entered {
            Entered::Waits { ticket, .. } => ticket,
            other => panic!("{other:?}"),
        }
    }

    /// The attack: a client with a hundred searches waiting, and others with one each.
    #[test]
    fn nobody_waits_behind_all_searches_of_another_client() {
        let mut queue = FairQueue::new(2, 1_000);
        let (greedy, first, second) = (client(1), client(2), client(3));
        assert_eq!(queue.enter(&greedy, 0), Entered::Runs);
        for number in 1..100 {
            ticket(queue.enter(&greedy, number));
        }
        // Half of the places are not for one client.
        assert_eq!(queue.enter(&first, 1_000), Entered::Runs);
        ticket(queue.enter(&second, 2_000));
        ticket(queue.enter(&first, 1_001));
        queue.done(&greedy);
        assert_eq!(queue.next(), Some((greedy.clone(), 1)));
        queue.done(&first);
        assert_eq!(queue.next(), Some((second.clone(), 2_000)));
        queue.done(&second);
        assert_eq!(queue.next(), Some((first, 1_001)));
        assert_eq!(queue.next(), None);
        assert_eq!(queue.load(), (2, 98));
    }

    #[test]
    fn a_full_room_is_left_by_whoever_has_most_waiting() {
        let mut queue = FairQueue::new(1, 3);
        let (greedy, other, third) = (client(1), client(2), client(3));
        assert_eq!(queue.enter(&greedy, 0), Entered::Runs);
        for number in 1..=3 {
            ticket(queue.enter(&greedy, number));
        }
        assert_eq!(queue.enter(&greedy, 4), Entered::Full);
        let entered = queue.enter(&other, 10);
        assert!(matches!(
            entered,
            Entered::Waits {
                sent_away: Some(3),
                ..
            }
        ));
        let entered = queue.enter(&third, 20);
        assert!(matches!(
            entered,
            Entered::Waits {
                sent_away: Some(2),
                ..
            }
        ));
        // All have one now.
        assert_eq!(queue.enter(&client(4), 30), Entered::Full);
        assert_eq!(queue.load(), (1, 3));
    }

    #[test]
    fn who_leaves_is_not_called() {
        let mut queue = FairQueue::new(1, 9);
        let (one, other) = (client(1), client(2));
        assert_eq!(queue.enter(&one, 0), Entered::Runs);
        let left = ticket(queue.enter(&one, 1));
        ticket(queue.enter(&other, 2));
        queue.leave(&one, left);
        queue.leave(&one, left);
        queue.done(&one);
        assert_eq!(queue.next(), Some((other.clone(), 2)));
        queue.done(&other);
        assert_eq!(queue.next(), None);
        assert_eq!(queue.load(), (0, 0));
        assert!(queue.lanes.is_empty() && queue.order.is_empty());
    }

    proptest! {
        /// Whatever comes and goes: the bounds hold, the counts are right, nobody waits in vain, and in the
        /// end nothing is left.
        #[test]
        fn places_are_never_lost_and_never_too_many(
            places in 1_usize..5,
            waiting_max in 0_usize..6,
            steps in proptest::collection::vec((0_u8..3, 0_u8..4), 0..80),
        ) {
            let mut queue = FairQueue::new(places, waiting_max);
            let mut runs: Vec<Lane> = Vec::new();
            let mut waits: Vec<(Lane, u64, usize)> = Vec::new();
            for (at, (what, who)) in steps.into_iter().enumerate() {
                let lane = client(who);
                match what {
                    0 => match queue.enter(&lane, at) {
                        Entered::Runs => runs.push(lane),
                        Entered::Waits { ticket, sent_away } => {
                            waits.retain(|(_, _, who)| Some(*who) != sent_away);
                            waits.push((lane, ticket, at));
                        }
                        Entered::Full => prop_assert_eq!(waits.len(), waiting_max),
                    },
                    1 => if let Some(place) = runs.iter().position(|running| *running == lane) {
                        runs.remove(place);
                        queue.done(&lane);
                    },
                    _ => if let Some(place) = waits.iter().position(|(waiting, ..)| *waiting == lane) {
                        let (lane, ticket, _) = waits.remove(place);
                        queue.leave(&lane, ticket);
                    },
                }
                while let Some((lane, who)) = queue.next() {
                    waits.retain(|(_, _, waiting)| *waiting != who);
                    runs.push(lane);
                }
                prop_assert_eq!(queue.load(), (runs.len(), waits.len()));
                prop_assert!(runs.len() <= places && waits.len() <= waiting_max);
                for (lane, ..) in &waits {
                    let running = runs.iter().filter(|running| *running == lane).count();
                    prop_assert!(runs.len() == places || running == places.div_ceil(2));
                }
            }
            for (lane, ticket, _) in waits {
                queue.leave(&lane, ticket);
            }
            for lane in runs {
                queue.done(&lane);
            }
            prop_assert!(queue.lanes.is_empty() && queue.order.is_empty());
        }
    }
}
