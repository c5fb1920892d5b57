//! Fields that the indices of a site have in their mapping already. An index would add each by itself when it meets the first value:
//! a change of the state of the cluster for each document that brings one, which all that comes behind it waits for. So what a
//! batch brings is added before it, in one change. Nothing depends on it but speed; where variants stand for objects, what they
//! are found by has to be there, and is.

use super::OpenSite;
use crate::engine::EngineError;
use crate::engine::opensearch::client::CallError;
use crate::engine::opensearch::control::Control;
use crate::engine::opensearch::layout::mapping;
use crate::engine::opensearch::layout::names::Names;
use crate::engine::opensearch::layout::spaces::Fields;

/// What is known to be there.
#[derive(Debug, Default)]
pub(super) struct Mapped {
    of: Of,
    fields: Fields,
    /// Whether they have what variants are found by that stand for objects, as far as they need it.
    has_stand_ins: bool,
}

/// Which indices it is of: the life of the site, and the number of the one that is being made.
type Of = (u64, Option<u64>);

impl OpenSite {
    /// Adds to the indices that batches write to what they do not have of the fields.
    pub(super) async fn map(&self, control: &Control, fields: Fields) -> Result<(), CallError> {
        self.map_stand_ins(control).await?;
        let of = of(control);
        let new = self.with_mapped(of, |mapped| fields.without(&mapped.fields));
        if new.is_empty() {
            return Ok(());
        }
        for (alias, has_stand_ins) in self.written_to(control) {
            let mapping = new.mapping(has_stand_ins);
            self.cluster.add_fields(&alias, &mapping).await?;
        }
        self.with_mapped(of, |mapped| mapped.fields.add(new));
        Ok(())
    }

    /// The same, where documents bring the fields if this does not.
    pub(super) async fn map_ahead(
        &self,
        control: &Control,
        fields: Fields,
    ) -> Result<(), EngineError> {
        self.map_stand_ins(control).await?;
        if let Err(error) = self.map(control, fields).await {
            // The index does it by itself, or says of each document why not.
            tracing::debug!(site.tracker_id = %self.id, %error, "fields could not be added ahead");
        }
        Ok(())
    }

    /// Sees to it that variants can be found that stand for objects.
    pub(in crate::engine::opensearch) async fn map_stand_ins(
        &self,
        control: &Control,
    ) -> Result<(), CallError> {
        let of = of(control);
        if self.with_mapped(of, |mapped| mapped.has_stand_ins) {
            return Ok(());
        }
        for (alias, has_stand_ins) in self.written_to(control) {
            if has_stand_ins {
                let mapping = mapping::with_stand_ins();
                self.cluster.add_fields(&alias, &mapping).await?;
            }
        }
        self.with_mapped(of, |mapped| mapped.has_stand_ins = true);
        Ok(())
    }

    /// Indices, and whether variants stand for objects there.
    fn written_to(&self, control: &Control) -> impl Iterator<Item = (String, bool)> {
        let next = control.rebuild.as_ref();
        let next = next.map(|next| (Names::next(&self.alias), next.made.has_stand_ins));
        let serving = (self.alias.clone(), self.made_with(control).has_stand_ins);
        next.into_iter().chain([serving])
    }

    fn with_mapped<T>(&self, of: Of, look: impl FnOnce(&mut Mapped) -> T) -> T {
        let mut mapped = self
            .mapped
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if mapped.of != of {
            *mapped = Mapped {
                of,
                ..Mapped::default()
            };
        }
        look(&mut mapped)
    }
}

fn of(control: &Control) -> Of {
    let next = control.rebuild.as_ref();
    (control.life, next.map(|rebuild| rebuild.number))
}
