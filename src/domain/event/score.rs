//! How popular an object is (docs/reference/06-autocomplete-and-others.md §3).

/// What happened to one object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ItemCounts {
    pub views: u64,
    pub shown: u64,
    pub clicks: u64,
    pub conversions: u64,
    /// Transactions it was a line of.
    pub transactions: u64,
    pub pieces: u64,
}

impl ItemCounts {
    pub fn score(&self) -> u64 {
        let bought = self.transactions.saturating_mul(10);
        let converted = self.conversions.saturating_mul(5);
        bought.saturating_add(converted).saturating_add(self.clicks)
    }

    pub fn add(&mut self, other: &Self) {
        for (count, more) in [
            (&mut self.views, other.views),
            (&mut self.shown, other.shown),
            (&mut self.clicks, other.clicks),
            (&mut self.conversions, other.conversions),
            (&mut self.transactions, other.transactions),
            (&mut self.pieces, other.pieces),
        ] {
            *count = count.saturating_add(more);
        }
    }
}
