//! Where an object of a source came from, as it lies in a head. Invariant: an origin reads back as it was written.

use super::StoreError;
use crate::domain::SourceName;
use crate::engine::plan::{Origin, RowKey};

/// How [`RowKey`] is stored: `=`, or `>` and the key. Only the latter is in the index.
const IS_IDENTITY: &str = "=";
pub(super) const OTHER: char = '>';

impl Origin {
    pub(super) fn row_key(&self) -> Option<String> {
        self.row.as_ref().map(|row| match row {
            RowKey::Identity => IS_IDENTITY.to_owned(),
            RowKey::Other(key) => format!("{OTHER}{key}"),
        })
    }

    pub(super) fn read(source: &str, row_key: Option<&str>) -> Result<Self, StoreError> {
        let damaged = || StoreError::Damaged("head with a bad origin".into());
        let row = match row_key {
            None => None,
            Some(IS_IDENTITY) => Some(RowKey::Identity),
            Some(other) => {
                let key = other.strip_prefix(OTHER).ok_or_else(damaged)?;
                Some(RowKey::Other(key.into()))
            }
        };
        Ok(Self {
            source: SourceName::new(source).ok_or_else(damaged)?,
            row,
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests {
    use super::*;
    use crate::domain::Identity;

    #[test]
    fn an_origin_reads_back_as_it_was_written() {
        let source = SourceName::new("a").unwrap();
        let identity = Identity::new("7").unwrap();
        let nested = Origin {
            source: source.clone(),
            row: None,
        };
        let origins = ["7", "8", "", "=", ">7"].map(|key| Origin::of_row(&source, key, &identity));
        for origin in origins.into_iter().chain([nested]) {
            let read = Origin::read("a", origin.row_key().as_deref()).unwrap();
            assert_eq!(read, origin);
        }
    }
}
