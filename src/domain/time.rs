//! Instants as the API reads and writes them. Invariant: a [`Timestamp`] is a UTC instant with
//! millisecond precision; the text it came from is not kept.

use std::fmt;

/// Milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Reads every spelling of contract 02 §2: RFC 3339, `YYYY-MM-DD`, `YYYY-MM-DD HH:MM:SS` (UTC),
    /// `yyyyMMddTHHmmssZ`. `None` when it is none of these.
    pub fn parse(_text: &str) -> Option<Self> {
        todo!()
    }

    /// Whether the text alone makes an attribute a date (contract 04 §2): a full RFC 3339 instant or
    /// `YYYY-MM-DD`. Stricter than [`Timestamp::parse`].
    pub fn is_unmistakable(_text: &str) -> bool {
        todo!()
    }
}

/// `YYYY-MM-DDThh:mm:ss+00:00` (contract 07 §7).
impl fmt::Display for Timestamp {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}

/// What time it is. A value handed down from where the server is put together, so that tests can
/// hold it still.
#[derive(Clone)]
pub struct Clock(std::sync::Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(std::sync::Arc::new(now))
    }

    /// The machine's clock.
    pub fn system() -> Self {
        Self::new(|| {
            let since_epoch = std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .unwrap_or_default();
            Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
        })
    }

    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
