//! The attributes of a site, followed and kept. Invariant: no object is written that has attributes the site does not say it
//! has, so every process gives a name the same number and type.

use std::sync::Arc;

use super::OpenSite;
use crate::domain::Schema;
use crate::engine::EngineError;
use crate::engine::opensearch::client::{Action, Operation};
use crate::engine::opensearch::control::Control;
use crate::engine::opensearch::kept_documents::KnownSchema;
use crate::engine::opensearch::layout::schema;

impl OpenSite {
    /// Writes the blocks that have attributes from the number on, as the write of this number.
    pub(super) async fn write_schema(
        &self,
        schema: &Schema,
        since: u32,
        version: u64,
    ) -> Result<(), EngineError> {
        let cluster = &self.cluster;
        let blocks = schema::blocks_since(schema, since).into_iter();
        let blocks = blocks.map(|(block, attributes)| Operation {
            index: cluster.names.control(),
            id: self.block_id(block),
            version,
            action: Action::Index(attributes.to_string().into_bytes()),
        });
        let blocks: Vec<Operation> = blocks.collect();
        // One that is superseded is of another process, and then the site cannot be changed any more.
        cluster.client.bulk(&blocks).await?;
        Ok(())
    }

    /// Where a block of attributes is.
    pub(super) fn block_id(&self, block: u32) -> String {
        format!("attributes:{}:{block}", self.id)
    }

    /// All attributes that the control says there are.
    pub(in crate::engine::opensearch) async fn schema(
        &self,
        control: &Control,
    ) -> Result<Arc<Schema>, EngineError> {
        let mut known = self.schema.lock().await;
        self.follow_schema(&mut known, control).await?;
        Ok(Arc::clone(&known.schema))
    }

    /// Adds to what is known of the schema what others have brought since.
    pub(super) async fn follow_schema(
        &self,
        known: &mut KnownSchema,
        control: &Control,
    ) -> Result<(), EngineError> {
        if known.life != control.life || known.schema.next_number() > control.attributes {
            // Of another catalog of this name: the one before was taken away.
            *known = KnownSchema {
                life: control.life,
                ..KnownSchema::default()
            };
        }
        self.follow_attributes(&mut known.schema, control.attributes)
            .await?;
        self.follow_types(known, &control.documents).await
    }

    async fn follow_attributes(
        &self,
        schema: &mut Arc<Schema>,
        count: u32,
    ) -> Result<(), EngineError> {
        if schema.next_number() == count {
            return Ok(());
        }
        let blocks = schema.next_number() / schema::BLOCK..count.div_ceil(schema::BLOCK);
        let ids: Vec<String> = blocks.map(|block| self.block_id(block)).collect();
        let control = self.cluster.names.control();
        let schema = Arc::make_mut(schema);
        for block in self.cluster.get_all(&control, &ids).await? {
            let block = block.and_then(|block| serde_json::from_str(block.get()).ok());
            block.and_then(|block| schema::add_block(schema, &block, count));
        }
        if schema.next_number() == count {
            return Ok(());
        }
        Err(EngineError::Internal {
            context: "attributes of the site are not there",
            source: format!("{} of {count}", schema.next_number()).into(),
        })
    }
}
