//! Ids that say when and in which engine they were given out: 24 hexadecimal digits, laid out as
//! Mongo's object ids (docs/reference/10-swiftype.md §1). Invariant: the text of an id reads back as the same id.

use std::fmt;

use crate::domain::site::TrackerId;
use crate::domain::time::Timestamp;

/// Five bytes that stand for an engine in the ids it gives out. They follow from its tracker id, so
/// that no table is needed to find the engine of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EngineNumber([u8; 5]);

impl EngineNumber {
    pub fn of(site: &TrackerId) -> Self {
        let hash = blake3::hash(site.as_str().as_bytes());
        let mut number = [0; 5];
        number.copy_from_slice(&hash.as_bytes()[..5]);
        Self(number)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StampedId {
    /// The last four bytes of the second since the Unix epoch.
    pub second: u32,
    pub engine: EngineNumber,
    /// Of 24 bits.
    pub counter: u32,
}

impl StampedId {
    const COUNTER_BITS: u32 = 24;
    const DIGITS: usize = 24;

    pub fn new(at: Timestamp, engine: EngineNumber, counter: u64) -> Self {
        Self {
            second: Self::second_of(at.second()),
            engine,
            counter: Self::counter_of(counter),
        }
    }

    /// As much of a second as an id has room for.
    pub fn second_of(second: i64) -> u32 {
        second.rem_euclid(1 << u32::BITS) as u32
    }

    /// The whole second, since the epoch, that the id was given out in: of all that look like it the one nearest
    /// to now. Four bytes begin anew in 2106.
    pub fn whole_second(&self, now: Timestamp) -> i64 {
        let now_s = now.second();
        let ahead = self
            .second
            .wrapping_sub(Self::second_of(now_s))
            .cast_signed();
        now_s.saturating_add(ahead.into())
    }

    /// As much of a longer number as an id has room for.
    pub fn counter_of(number: u64) -> u32 {
        (number & ((1 << Self::COUNTER_BITS) - 1)) as u32
    }

    /// The id of something that has a name: the name stands for the counter.
    pub fn named(at: Timestamp, engine: EngineNumber, name: &str) -> Self {
        let hash = blake3::hash(name.as_bytes());
        let [a, b, c, ..] = *hash.as_bytes();
        Self::new(at, engine, u64::from(u32::from_be_bytes([0, a, b, c])))
    }

    /// `None` for anything but 24 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() != Self::DIGITS || !text.bytes().all(is_digit) {
            return None;
        }
        let number = u128::from_str_radix(text, 16).ok()?;
        let bytes = number.to_be_bytes();
        let mut engine = [0; 5];
        engine.copy_from_slice(&bytes[8..13]);
        Some(Self {
            second: (number >> 64) as u32,
            engine: EngineNumber(engine),
            counter: Self::counter_of(number as u64),
        })
    }
}

impl fmt::Display for StampedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.second)?;
        for byte in self.engine.0 {
            write!(f, "{byte:02x}")?;
        }
        write!(f, "{:06x}", self.counter)
    }
}
