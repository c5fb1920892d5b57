//! Values that are kept although they do not fit the type of their attribute
//! (docs/reference/04-data-layout.md §2): what is told of them. Invariant: all are counted, a bounded number
//! is told.

use super::Mismatch;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Misfits {
    listed: Vec<Mismatch>,
    count: u64,
}

impl Misfits {
    /// Most values of one object that are told.
    pub const LISTED_MAX: usize = 10;

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    /// The first of them.
    pub fn listed(&self) -> &[Mismatch] {
        &self.listed
    }

    /// How many more there are.
    pub fn more(&self) -> u64 {
        self.count - self.listed.len() as u64
    }

    pub(super) fn note(&mut self, mismatch: impl FnOnce() -> Mismatch) {
        self.count += 1;
        if self.listed.len() < Self::LISTED_MAX {
            self.listed.push(mismatch());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::schema::AttributeType;

    #[test]
    fn all_misfits_are_counted_and_the_first_are_told() {
        let mut misfits = Misfits::default();
        assert!(misfits.is_empty());
        for n in 0..Misfits::LISTED_MAX + 5 {
            misfits.note(|| Mismatch {
                attribute: "size".into(),
                expected: AttributeType::Numeric,
                value: format!("X{n}"),
            });
        }
        let told: Vec<&str> = misfits.listed().iter().map(|m| m.value.as_str()).collect();
        assert_eq!(told[..2], ["X0", "X1"]);
        assert_eq!(told.len(), Misfits::LISTED_MAX);
        assert_eq!((misfits.count(), misfits.more()), (15, 5));
    }
}
