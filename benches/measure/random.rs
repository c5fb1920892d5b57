//! Chance that is the same every time, and slips of the finger.

/// Shortest word that gets a slip.
const SLIP_FROM: usize = 4;

/// The `SplitMix64` generator.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) % bound as u64) as usize
    }

    /// One of them; they are never none.
    pub(crate) fn of<'a, T>(&mut self, some: &'a [T]) -> &'a T {
        &some[self.below(some.len())]
    }

    fn letter(&mut self) -> char {
        char::from(b'a' + self.below(26) as u8)
    }

    /// Inserts, deletes, substitutes or transposes in one word of letters only; `false` when there is
    /// none long enough.
    pub(crate) fn slip(&mut self, words: &mut [String]) -> bool {
        let is_fit = |word: &String| {
            word.chars().count() >= SLIP_FROM && word.chars().all(char::is_alphabetic)
        };
        let fit: Vec<usize> = (0..words.len()).filter(|&at| is_fit(&words[at])).collect();
        if fit.is_empty() {
            return false;
        }
        let word = &mut words[fit[self.below(fit.len())]];
        let before = word.clone();
        while *word == before {
            let mut letters: Vec<char> = before.chars().collect();
            let at = self.below(letters.len());
            match self.below(4) {
                0 => letters.insert(at, self.letter()),
                1 => drop(letters.remove(at)),
                2 => letters[at] = self.letter(),
                _ => letters.swap(at, (at + 1).min(before.chars().count() - 1)),
            }
            *word = letters.into_iter().collect();
        }
        true
    }
}
