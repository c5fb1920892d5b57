//! The nodes of a cluster, asked in turn. Invariant: a node that could not be connected to, or broke off, rests for a while, unless
//! all of them rest: then the one that has rested longest is asked, for somebody has to find out that it is back.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::Url;

/// How long a node rests.
pub(super) const REST: Duration = Duration::from_secs(30);

pub(super) struct Nodes {
    nodes: Vec<Node>,
    next: AtomicUsize,
}

struct Node {
    base: Url,
    rests_until: Mutex<Option<Instant>>,
}

impl Nodes {
    pub(super) fn new(bases: Vec<Url>) -> Self {
        let node = |base| Node {
            base,
            rests_until: Mutex::new(None),
        };
        Self {
            nodes: bases.into_iter().map(node).collect(),
            next: AtomicUsize::new(0),
        }
    }

    /// Whose turn it is; its number is for [`Self::rest`].
    pub(super) fn pick(&self, now: Instant) -> usize {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let in_turn =
            (0..self.nodes.len()).map(|step| (turn.wrapping_add(step)) % self.nodes.len());
        let mut longest: Option<(usize, Instant)> = None;
        for at in in_turn {
            let Some(until) = self.nodes[at].rests_until(now) else {
                return at;
            };
            if longest.is_none_or(|(_, earliest)| until < earliest) {
                longest = Some((at, until));
            }
        }
        longest.map_or(0, |(at, _)| at)
    }

    pub(super) fn rest(&self, node: usize, now: Instant) {
        self.nodes[node].set(Some(now + REST));
    }

    /// Whether there is one that does not rest.
    pub(super) fn has_any(&self, now: Instant) -> bool {
        self.nodes
            .iter()
            .any(|node| node.rests_until(now).is_none())
    }

    pub(super) fn is_back(&self, node: usize) {
        self.nodes[node].set(None);
    }

    /// The address of a path, behind the prefix that the node has. `path` is encoded and begins with `/`.
    pub(super) fn address(&self, node: usize, path: &str) -> Result<Url, url::ParseError> {
        let base = self.nodes[node].base.as_str().trim_end_matches('/');
        Url::parse(&format!("{base}{path}"))
    }
}

impl Node {
    fn rests_until(&self, now: Instant) -> Option<Instant> {
        let until = self
            .rests_until
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        until.filter(|until| *until > now)
    }

    fn set(&self, until: Option<Instant>) {
        let mut held = self
            .rests_until
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *held = until;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(bases: &[&str]) -> Nodes {
        Nodes::new(
            bases
                .iter()
                .map(|base| Url::parse(base).expect("a URL"))
                .collect(),
        )
    }

    #[test]
    fn nodes_are_asked_in_turn_and_one_that_rests_is_passed_over() {
        let nodes = nodes(&["http://a", "http://b", "http://c"]);
        let now = Instant::now();
        let picked: Vec<usize> = (0..4).map(|_| nodes.pick(now)).collect();
        assert_eq!(picked, [0, 1, 2, 0]);
        nodes.rest(1, now);
        assert!(nodes.has_any(now));
        let picked: Vec<usize> = (0..3).map(|_| nodes.pick(now)).collect();
        assert_eq!(picked, [2, 2, 0]);
        let later = now + REST;
        let picked: Vec<usize> = (0..3).map(|_| nodes.pick(later)).collect();
        assert_eq!(picked, [1, 2, 0], "it has rested");
    }

    #[test]
    fn where_all_rest_the_one_that_began_first_is_asked() {
        let nodes = nodes(&["http://a", "http://b"]);
        let now = Instant::now();
        nodes.rest(1, now);
        nodes.rest(0, now + Duration::from_secs(1));
        assert!(!nodes.has_any(now + Duration::from_secs(1)));
        let now = now + Duration::from_secs(2);
        assert_eq!([nodes.pick(now), nodes.pick(now)], [1, 1]);
        nodes.is_back(0);
        assert_eq!(nodes.pick(now), 0);
    }

    #[test]
    fn a_prefix_of_the_endpoint_stays_before_the_path() {
        let nodes = nodes(&["https://search.example/team/es/"]);
        let address = nodes.address(0, "/_bulk?refresh=false").expect("a URL");
        assert_eq!(
            address.as_str(),
            "https://search.example/team/es/_bulk?refresh=false"
        );
    }
}
