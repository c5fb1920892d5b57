//! What a transaction does to heads. Invariant: the heads it knows of are what it would read.

use super::heads::{self, Head};
use super::writer::Transaction;
use super::written_types::WrittenTypes;
use super::{Damaged, StoreError, head_row, sources};
use crate::domain::Identity;
use crate::engine::embedded::ids::VersionId;
use crate::engine::plan::Sweep;

impl Transaction<'_> {
    pub(in crate::engine::embedded) fn head(
        &mut self,
        identity: &Identity,
    ) -> Result<Option<Head>, StoreError> {
        if let Some(head) = self.heads.heads.get(identity) {
            return Ok(Some(head.clone()));
        }
        let head = heads::find(self, identity)?;
        if let Some(head) = &head {
            self.heads.heads.insert(identity.clone(), head.clone());
        }
        Ok(head)
    }

    /// Sets what the identity is now.
    pub(in crate::engine::embedded) fn put_head(
        &mut self,
        identity: &Identity,
        head: Head,
    ) -> Result<(), StoreError> {
        heads::put(self, identity, &head)?;
        self.note_write(&head.object_type);
        self.heads.heads.insert(identity.clone(), head);
        Ok(())
    }

    /// Moves the object to another upload or origin; its content stays.
    pub(in crate::engine::embedded) fn move_head(
        &mut self,
        identity: &Identity,
        moved: Head,
    ) -> Result<(), StoreError> {
        heads::set_marks(self, identity, &moved)?;
        self.heads.heads.insert(identity.clone(), moved);
        Ok(())
    }

    pub(in crate::engine::embedded) fn delete_head(
        &mut self,
        identity: &Identity,
        head: &Head,
    ) -> Result<(), StoreError> {
        heads::delete(self, identity)?;
        self.note_end_of(head);
        self.heads.heads.remove(identity);
        Ok(())
    }

    /// Deletes what the sweep takes, and returns the versions: a head that is not what was written neither goes nor
    /// says what goes. A type that is swept as such counts as written to even where it had no objects.
    pub(in crate::engine::embedded) fn sweep(
        &mut self,
        sweep: &Sweep,
        damaged: &Damaged,
    ) -> Result<Vec<VersionId>, StoreError> {
        let mut written = std::mem::take(&mut self.written);
        let deleted = self.delete_swept(sweep, damaged, &mut written);
        self.written = written;
        let deleted = deleted?;
        self.forget_heads(&deleted);
        Ok(deleted)
    }

    fn delete_swept(
        &self,
        sweep: &Sweep,
        damaged: &Damaged,
        written: &mut WrittenTypes,
    ) -> Result<Vec<VersionId>, StoreError> {
        match sweep {
            Sweep::Unmarked(commit) => {
                let unfit = head_row::find_unfit(self, damaged)?;
                heads::delete_other_generations(self, commit, &unfit, written)
            }
            Sweep::UnmarkedBySource(commit) => {
                let unfit = head_row::find_unfit(self, damaged)?;
                sources::delete_unmarked(self, commit, &unfit, written)
            }
            Sweep::OfType(object_type) => {
                let unfit = head_row::find_unfit(self, damaged)?;
                written.add(object_type);
                heads::delete_of_type(self, object_type, &unfit, written)
            }
            Sweep::Expired { before, limit } => {
                heads::delete_expired(self, *before, *limit, damaged, written)
            }
        }
    }

    /// Which identities were deleted is not told, so none is known any more.
    fn forget_heads(&mut self, deleted: &[VersionId]) {
        if !deleted.is_empty() {
            self.heads.heads.clear();
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests {
    use std::sync::Arc;

    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::super::{Writer, open_or_create};
    use super::*;
    use crate::domain::{
        ActivePeriod, Generation, GenerationCommit, ObjectType, Reach, SourceCommit, SourceName,
        Timestamp,
    };
    use crate::engine::plan::{self, ContentHash, Origin};

    const TYPES: [&str; 3] = ["product", "category", "page"];

    fn source(name: &str) -> SourceName {
        SourceName::new(name).unwrap()
    }

    fn any_type() -> impl Strategy<Value = ObjectType> {
        select(&TYPES[..]).prop_map(|name| ObjectType::new(name).unwrap())
    }

    fn any_generation() -> impl Strategy<Value = Generation> {
        select(&["x", "y"][..]).prop_map(|name| Generation::new(name).unwrap())
    }

    fn any_origin() -> impl Strategy<Value = Option<Origin>> {
        let key = prop::option::of(select(&["o1", "7"][..]));
        prop::option::of((select(&["a", "b", "c"][..]), key)).prop_map(|origin| {
            origin.map(|(name, key)| match key {
                Some(key) => Origin::of_row(&source(name), key, &Identity::new("o1").unwrap()),
                None => Origin {
                    source: source(name),
                    row: None,
                },
            })
        })
    }

    fn any_head() -> impl Strategy<Value = Head> {
        let generation = prop::option::of(any_generation());
        let ends = prop::option::of(0_i64..4);
        (any_type(), generation, any_origin(), ends).prop_map(
            |(object_type, generation, origin, ends)| Head {
                object_type,
                generation,
                version: VersionId(0),
                hash: ContentHash([0; 16]),
                first_seen: 0,
                active: ActivePeriod {
                    from: None,
                    to: ends.map(Timestamp::from_millis),
                },
                origin: origin.map(Arc::new),
            },
        )
    }

    fn any_commit() -> impl Strategy<Value = SourceCommit> {
        let reach = prop_oneof![
            Just(Reach::Own),
            Just(Reach::AllBut(Vec::new())),
            Just(Reach::AllBut(vec![source("b")])),
            Just(Reach::AllBut(vec![source("b"), source("c")])),
        ];
        let object_type = prop::option::of(any_type());
        (any_generation(), object_type, reach).prop_map(|(generation, object_type, reach)| {
            SourceCommit {
                source: source("a"),
                generation,
                object_type,
                reach,
                at_least: 0,
            }
        })
    }

    fn any_sweep() -> impl Strategy<Value = Sweep> {
        prop_oneof![
            1 => (any_type(), any_generation()).prop_map(|(object_type, generation)| {
                Sweep::Unmarked(GenerationCommit {
                    object_type,
                    generation,
                    must_exist: false,
                    guard_percent: 0,
                    keeps_refused: false,
                })
            }),
            3 => any_commit().prop_map(Sweep::UnmarkedBySource),
            1 => any_type().prop_map(Sweep::OfType),
            1 => (0_i64..4).prop_map(|before| Sweep::Expired {
                before: Timestamp::from_millis(before),
                limit: 100,
            }),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        /// What the plan says of each head, in SQL over all of them.
        #[test]
        fn a_sweep_deletes_what_its_rule_says(
            heads in vec(any_head(), 0..12), sweep in any_sweep(), commit in any_commit(),
        ) {
            let folder = tempfile::tempdir().unwrap();
            open_or_create(folder.path(), Timestamp::from_millis(0)).unwrap();
            let mut writer = Writer::open(folder.path(), 0, 0, Arc::default()).unwrap();
            let mut transaction = writer.begin().unwrap();
            let mut all = Vec::new();
            for (at, head) in heads.into_iter().enumerate() {
                let at = at as u64 + 1;
                let head = Head { version: VersionId(at), first_seen: at, ..head };
                let identity = Identity::new(&format!("o{at}")).unwrap();
                transaction.put_head(&identity, head.clone()).unwrap();
                all.push(head);
            }
            let surveyed = sources::survey(&transaction, &commit).unwrap();
            prop_assert_eq!(surveyed, plan::survey(&commit, &all));
            let goes = sweep.rule(&all);
            let expected: Vec<VersionId> =
                all.iter().filter(|head| goes(head)).map(|head| head.version).collect();
            let mut deleted = transaction.sweep(&sweep, &Damaged::default()).unwrap();
            deleted.sort_unstable();
            prop_assert_eq!(deleted, expected);
        }
    }
}
