//! What a query is about: a category, a brand, a product, an article. Invariant: of what nobody knows only the
//! name counts.

use super::look::Look;
use super::scope::{Scope, leaf};
use crate::domain::{FieldValue, FilterTree, Hit, Identity, ShownObject, ShownValue, Traits};
use crate::engine::EngineError;

impl Look<'_> {
    /// What lies within any of these; `None` where none of them says anything. `named` is the attribute that names
    /// what is no object.
    pub(super) async fn within(
        &mut self,
        scope: &Scope,
        about: &[Identity],
        named: &[&str],
    ) -> Result<Option<FilterTree>, EngineError> {
        if about.is_empty() {
            return Ok(None);
        }
        let found = self.look_up(about).await?;
        let mut trees = Vec::new();
        for item in about {
            let hit = found
                .iter()
                .find(|hit| hit.object.shown().identity() == item);
            match hit {
                Some(hit) => trees.extend(self.within_one(scope, hit).await?),
                None => trees.extend(named.iter().map(|name| leaf(name, item.as_str()))),
            }
        }
        Ok((!trees.is_empty()).then_some(FilterTree::Any(trees)))
    }

    async fn within_one(
        &mut self,
        scope: &Scope,
        hit: &Hit,
    ) -> Result<Option<FilterTree>, EngineError> {
        let object = hit.object.shown();
        match object.object_type().as_str() {
            "category" => self.within_category(scope, object).await.map(Some),
            "brand" => Ok(Some(leaf("brand", title(object)))),
            _ => {
                let category = Traits::of(object).category;
                Ok(category.map(|category| category.filter()))
            }
        }
    }

    /// What has it nested, or lies below it; else what names it.
    async fn within_category(
        &mut self,
        scope: &Scope,
        category: ShownObject<'_>,
    ) -> Result<FilterTree, EngineError> {
        let derived = category.derived(&|name| name == "hierarchy");
        let above = derived.get("hierarchy").map(FieldValue::elements);
        let above = above.into_iter().flatten().filter_map(|one| one.as_text());
        let path: Vec<&str> = above.chain([title(category)]).collect();
        let nested = FilterTree::Any(vec![
            leaf("nested_category_id", category.identity().as_str()),
            leaf("all_categories_path", &path.join("||")),
        ]);
        let is_there = self.listed(&scope.within(nested.clone()), 0, 0).await?;
        if is_there.total_hits > 0 {
            return Ok(nested);
        }
        Ok(leaf("category", title(category)))
    }
}

/// Its name.
pub(super) fn title(object: ShownObject<'_>) -> &str {
    match object.fields().get("title") {
        Some(ShownValue::Text(title)) => title,
        _ => object.identity().as_str(),
    }
}
