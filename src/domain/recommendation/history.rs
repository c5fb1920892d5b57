//! What one client did lately with objects, as far as it is kept (docs/reference/06-autocomplete-and-others.md §6.6).

use crate::domain::identity::Identity;
use crate::domain::time::Timestamp;

/// An object that a client had to do with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    pub item: Identity,
    /// The last time.
    pub at: Timestamp,
    pub times: u64,
}

/// Each list has the latest first, and each object once. Empty for a client that nobody knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientHistory {
    pub seen: Vec<Remembered>,
    pub clicked: Vec<Remembered>,
    /// Put into the basket, onto a list of wishes.
    pub converted: Vec<Remembered>,
    pub bought: Vec<Remembered>,
}

impl ClientHistory {
    pub fn is_empty(&self) -> bool {
        let Self {
            seen,
            clicked,
            converted,
            bought,
        } = self;
        [seen, clicked, converted, bought]
            .iter()
            .all(|list| list.is_empty())
    }

    pub fn has_bought(&self, item: &Identity) -> bool {
        self.bought.iter().any(|bought| bought.item == *item)
    }

    /// Looked at or clicked and never bought, the latest first.
    pub fn looked_at(&self) -> Vec<Identity> {
        let looked_at = self.seen.iter().chain(&self.clicked);
        latest(looked_at.filter(|one| !self.has_bought(&one.item)))
    }

    /// Clicked and never bought, the latest first.
    pub fn clicked_in_vain(&self) -> Vec<Identity> {
        latest(
            self.clicked
                .iter()
                .filter(|one| !self.has_bought(&one.item)),
        )
    }

    /// The most often bought first.
    pub fn bought_often(&self) -> Vec<Identity> {
        let mut bought: Vec<&Remembered> = self.bought.iter().collect();
        bought.sort_by(|a, b| {
            let by_time = || b.at.cmp(&a.at);
            b.times.cmp(&a.times).then_with(by_time)
        });
        bought.into_iter().map(|one| one.item.clone()).collect()
    }

    pub fn bought_lately(&self) -> Vec<Identity> {
        latest(self.bought.iter())
    }

    /// Everything it had to do with, the latest first.
    pub fn all(&self) -> Vec<Identity> {
        let lists = [&self.seen, &self.clicked, &self.converted, &self.bought];
        latest(lists.into_iter().flatten())
    }
}

/// The objects, each once.
fn latest<'h>(of: impl Iterator<Item = &'h Remembered>) -> Vec<Identity> {
    let mut latest: Vec<&Remembered> = of.collect();
    latest.sort_by_key(|one| std::cmp::Reverse(one.at));
    let mut items: Vec<Identity> = Vec::with_capacity(latest.len());
    for one in latest {
        if !items.contains(&one.item) {
            items.push(one.item.clone());
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remembered(item: &str, at: i64, times: u64) -> Remembered {
        Remembered {
            item: Identity::new(item).expect("an identity"),
            at: Timestamp::from_millis(at),
            times,
        }
    }

    fn named(items: &[Identity]) -> String {
        let texts: Vec<&str> = items.iter().map(Identity::as_str).collect();
        texts.join(" ")
    }

    #[test]
    fn what_was_bought_is_not_looked_at_any_more() {
        let history = ClientHistory {
            seen: vec![remembered("a", 5, 1), remembered("b", 4, 1)],
            clicked: vec![
                remembered("c", 6, 1),
                remembered("a", 3, 9),
                remembered("d", 2, 1),
            ],
            converted: vec![remembered("e", 7, 1)],
            bought: vec![remembered("b", 9, 1), remembered("d", 8, 4)],
        };
        assert_eq!(named(&history.looked_at()), "c a");
        assert_eq!(named(&history.clicked_in_vain()), "c a");
        assert_eq!(named(&history.bought_often()), "d b");
        assert_eq!(named(&history.bought_lately()), "b d");
        assert_eq!(named(&history.all()), "b d e c a");
        assert!(!history.is_empty());
        assert!(ClientHistory::default().is_empty());
    }
}
