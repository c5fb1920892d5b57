//! Random numbers for moments and choices. Invariant: its `Debug` form says the seed, and with the
//! variable `TEST_SEED` set to it the same numbers come again.

use std::hash::{BuildHasher, RandomState};

#[derive(Debug)]
pub(crate) struct Chance {
    #[expect(dead_code, reason = "printed when a test fails")]
    seed: u64,
    state: Hidden,
}

/// Not worth printing.
struct Hidden(u64);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl Chance {
    pub(crate) fn new() -> Self {
        let given = std::env::var("TEST_SEED")
            .ok()
            .and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| RandomState::new().hash_one("seed"));
        Self {
            seed,
            state: Hidden(seed),
        }
    }

    /// Evenly from 0 to `bound`, which is left out.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// Evenly from 0 to 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        self.below(1 << 20) as f64 / f64::from(1 << 20)
    }

    /// `SplitMix64`.
    fn next(&mut self) -> u64 {
        self.state.0 = self.state.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
