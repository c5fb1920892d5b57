//! Giving up names of attributes that nobody has (docs/reference/04-data-layout.md §2). Invariant: what is
//! given up, no object has, those included that the batch has just admitted.

use super::WriteBatch;
use crate::engine::embedded::store::unused_names::UnusedNames;
use crate::engine::embedded::store::{StoreError, attributes};

impl WriteBatch<'_> {
    /// Gives up what is left once the last contents have been looked at, and says how many attributes went. Where
    /// there are more contents than may be looked at here, what is left is handed back.
    pub(in crate::engine::embedded) fn give_up(
        &mut self,
        mut left: UnusedNames,
        rest_max: usize,
    ) -> Result<Result<u64, UnusedNames>, StoreError> {
        self.execute()?;
        let transaction = &self.heads.transaction;
        if left.strike(transaction, self.plan.schema(), rest_max)? == rest_max {
            return Ok(Err(left));
        }
        let numbers = left.may_go(self.plan.schema());
        if numbers.is_empty() {
            return Ok(Ok(0));
        }
        let schema = self.plan.schema_mut();
        let before = schema.len();
        schema.remove(&numbers);
        let gone = before - schema.len();
        attributes::delete(transaction, &numbers, schema.next_number())?;
        Ok(Ok(gone as u64))
    }
}
