//! Objects that travel in one request. Invariant: a batch of several objects never makes a body over
//! [`BODY_BYTES_MAX`]; an object that is too big by itself travels alone, and the server refuses it.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::element::Element;

/// A little under the server's 5 MB, so that the count of bytes need not be exact
/// (docs/reference/02-content.md §7).
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

const OPENING: &str = "{\"objects\":[";
const CLOSING: &str = "]}";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Batch(Vec<Element>);

impl Batch {
    pub(super) fn elements(&self) -> &[Element] {
        &self.0
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The request body.
    pub(super) fn body(&self) -> Vec<u8> {
        let bytes: usize = self.0.iter().map(|element| element.json.len() + 1).sum();
        let mut body = Vec::with_capacity(bytes + OPENING.len() + CLOSING.len());
        body.extend_from_slice(OPENING.as_bytes());
        for (position, element) in self.0.iter().enumerate() {
            if position > 0 {
                body.push(b',');
            }
            body.extend_from_slice(element.json.as_bytes());
        }
        body.extend_from_slice(CLOSING.as_bytes());
        body
    }

    /// Two halves in order, so that one bad object can be told from its neighbours; the batch itself
    /// when it is but one object.
    pub(super) fn halves(mut self) -> Result<(Self, Self), Self> {
        if self.0.len() < 2 {
            return Err(self);
        }
        let second = self.0.split_off(self.0.len() / 2);
        Ok((self, Self(second)))
    }

    /// Lines of the objects that the server's error key may mean: an identity, or `object #n` for the
    /// n-th of the batch from 0 (docs/reference/02-content.md §7).
    pub(super) fn lines_of(&self, key: &str) -> Vec<u64> {
        let named = |element: &&Element| element.identity.as_deref() == Some(key);
        let lines: Vec<u64> = self
            .0
            .iter()
            .filter(named)
            .map(|element| element.line)
            .collect();
        if !lines.is_empty() {
            return lines;
        }
        let position = key
            .strip_prefix("object #")
            .and_then(|number| number.parse::<usize>().ok());
        let element = position.and_then(|position| self.0.get(position));
        element.map(|element| element.line).into_iter().collect()
    }
}

/// Distributes objects over connections. The same identity always takes the same one, and batches of
/// one connection are sent one after the other, so a later line of the file wins over an earlier one.
pub(super) struct Lanes {
    open: Vec<Lane>,
    objects_max: usize,
    /// Batches that are full, with the lane they belong to.
    full: VecDeque<(usize, Batch)>,
}

#[derive(Default)]
struct Lane {
    batch: Batch,
    bytes: usize,
}

impl Lanes {
    pub(super) fn new(lanes: usize, objects_max: usize) -> Self {
        Self {
            open: (0..lanes).map(|_| Lane::default()).collect(),
            objects_max,
            full: VecDeque::new(),
        }
    }

    pub(super) fn push(&mut self, element: Element) {
        let number = self.lane_of(element.identity.as_deref());
        let lane = &mut self.open[number];
        let bytes = element.json.len() + 1;
        if lane.batch.len() > 0 && lane.bytes + bytes > BODY_BYTES_MAX {
            self.full.push_back((number, lane.take()));
        }
        lane.bytes += bytes;
        lane.batch.0.push(element);
        if lane.batch.len() >= self.objects_max {
            self.full.push_back((number, lane.take()));
        }
    }

    /// The next batch that is full.
    pub(super) fn pop_full(&mut self) -> Option<(usize, Batch)> {
        self.full.pop_front()
    }

    /// What is left at the end of the file.
    pub(super) fn finish(mut self) -> impl Iterator<Item = (usize, Batch)> {
        for (number, lane) in self.open.iter_mut().enumerate() {
            if lane.batch.len() > 0 {
                self.full.push_back((number, lane.take()));
            }
        }
        self.full.into_iter()
    }

    fn lane_of(&self, identity: Option<&str>) -> usize {
        let mut hasher = DefaultHasher::new();
        identity.hash(&mut hasher);
        (hasher.finish() % self.open.len() as u64) as usize
    }
}

impl Lane {
    fn take(&mut self) -> Batch {
        self.bytes = 0;
        std::mem::take(&mut self.batch)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn element(line: u64, identity: &str, bytes: usize) -> Element {
        Element {
            line,
            identity: Some(identity.to_owned()),
            json: format!("{{\"{}\":1}}", "x".repeat(bytes)),
        }
    }

    fn all_batches(
        mut lanes: Lanes,
        elements: impl IntoIterator<Item = Element>,
    ) -> Vec<(usize, Batch)> {
        let mut batches = Vec::new();
        for element in elements {
            lanes.push(element);
            while let Some(full) = lanes.pop_full() {
                batches.push(full);
            }
        }
        batches.extend(lanes.finish());
        batches
    }

    proptest! {
        #[test]
        fn every_object_travels_once_and_later_lines_of_an_identity_follow_earlier_ones(
            names in prop::collection::vec(0_u8..20, 0..200), lanes in 1_usize..6, objects_max in 1_usize..12,
        ) {
            let elements = (1..).zip(&names).map(|(line, name)| element(line, &name.to_string(), 3));
            let batches = all_batches(Lanes::new(lanes, objects_max), elements);
            let mut sent: Vec<u64> = Vec::new();
            for name in 0..20_u8 {
                let of_name = |element: &&Element| element.identity == Some(name.to_string());
                let homes: Vec<usize> = batches.iter()
                    .filter(|(_, batch)| batch.elements().iter().any(|one| of_name(&one)))
                    .map(|(lane, _)| *lane).collect();
                prop_assert!(homes.windows(2).all(|pair| pair[0] == pair[1]));
                let lines: Vec<u64> = batches.iter()
                    .flat_map(|(_, batch)| batch.elements().iter().filter(of_name))
                    .map(|element| element.line).collect();
                prop_assert!(lines.is_sorted());
                sent.extend(lines);
            }
            sent.sort_unstable();
            prop_assert_eq!(sent, (1..=names.len() as u64).collect::<Vec<_>>());
            prop_assert!(batches.iter().all(|(_, batch)| (1..=objects_max).contains(&batch.len())));
        }
    }

    #[test]
    fn big_objects_share_no_body() {
        let elements = (0..3).map(|line| element(line, "same", BODY_BYTES_MAX * 2 / 5));
        let batches = all_batches(Lanes::new(1, 100), elements);
        assert_eq!(
            batches
                .iter()
                .map(|(_, batch)| batch.len())
                .collect::<Vec<_>>(),
            [2, 1]
        );
        assert!(
            batches
                .iter()
                .all(|(_, batch)| batch.body().len() <= BODY_BYTES_MAX + 64)
        );
    }

    #[test]
    fn the_body_is_the_envelope_of_the_reference() {
        let batch = Batch(vec![element(1, "a", 1), element(2, "b", 2)]);
        assert_eq!(batch.body(), br#"{"objects":[{"x":1},{"xx":1}]}"#);
        assert_eq!(Batch::default().body(), br#"{"objects":[]}"#);
    }

    #[test]
    fn a_batch_halves_down_to_single_objects() {
        let batch = Batch((0..3).map(|line| element(line, "a", 1)).collect());
        let (first, second) = batch.halves().expect("three objects");
        assert_eq!((first.len(), second.len()), (1, 2));
        assert_eq!(first.clone().halves(), Err(first));
    }

    #[test]
    fn error_keys_lead_back_to_lines() {
        let mut nameless = element(9, "", 1);
        nameless.identity = None;
        let batch = Batch(vec![element(7, "a", 1), element(8, "a", 1), nameless]);
        assert_eq!(batch.lines_of("a"), [7, 8]);
        assert_eq!(batch.lines_of("object #2"), [9]);
        assert_eq!(batch.lines_of("object #3"), Vec::<u64>::new());
        assert_eq!(batch.lines_of("b"), Vec::<u64>::new());
    }
}
