//! What time it is, as far as anything is deleted for its age. Invariant: it follows time as it really passes
//! (`engine::plan::expiry`): a wall clock that jumps ahead and back takes nothing with it.

use std::time::Instant;

use crate::domain::Timestamp;
use crate::engine::plan::expiry;

#[derive(Debug, Default)]
pub(super) struct Horizon {
    /// How far it is, and when that was; `None` before the file was opened.
    reached: Option<(Timestamp, Instant)>,
}

impl Horizon {
    /// Begins where the file was left. What was reached since is not given up with the file.
    pub(super) fn begin(&mut self, kept: Timestamp) {
        self.reached.get_or_insert_with(|| (kept, Instant::now()));
    }

    /// What may be believed of a wall clock.
    pub(super) fn believed(&mut self, clock: Timestamp) -> Timestamp {
        let Some((reached, looked)) = &mut self.reached else {
            return clock;
        };
        let now = Instant::now();
        *reached = expiry::advance(*reached, clock, now - *looked);
        *looked = now;
        expiry::limit(*reached, clock, false)
    }

    /// As if this much time had passed since it was looked at.
    #[cfg(test)]
    pub(super) fn let_pass(&mut self, passed: std::time::Duration) {
        let far = Timestamp::from_millis(i64::MAX);
        if let Some((reached, _)) = &mut self.reached {
            *reached = expiry::advance(*reached, far, passed);
        }
    }
}
