//! What a group does about names of attributes that nobody has (contract 04 §2). Invariant: what is given up, no
//! object has, those included that the group has just admitted.

use std::sync::Arc;

use super::Group;
use crate::engine::embedded::names::Left;
use crate::engine::embedded::store::{StoreError, attributes};

impl Group<'_> {
    /// Gives up what is left once the last contents have been looked at, and says how many attributes went. Where
    /// there are more contents than may be looked at here, what is left is handed back.
    pub(in crate::engine::embedded) fn give_up(
        &mut self,
        mut left: Left,
        rest_max: usize,
    ) -> Result<Result<u64, Left>, StoreError> {
        self.flush()?;
        if left.strike(&self.transaction, &self.schema, rest_max)? == rest_max {
            return Ok(Err(left));
        }
        let numbers = left.may_go(&self.schema);
        if numbers.is_empty() {
            return Ok(Ok(0));
        }
        let before = self.schema.len();
        Arc::make_mut(&mut self.schema).remove(&numbers);
        let next = self.schema.next_number();
        attributes::delete(&self.transaction, &numbers, next)?;
        Ok(Ok((before - self.schema.len()) as u64))
    }
}
