//! Routes with their descriptions. Invariant: both come in by one door, together.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{on, options};
use serde_json::Value;

use super::Operation;

/// Some routes, what they do, and the schemas that they speak of.
pub struct Described<S> {
    router: Router<S>,
    operations: Vec<Operation>,
    schemas: Vec<(&'static str, Value)>,
}

impl<S: Clone + Send + Sync + 'static> Described<S> {
    pub fn new() -> Self {
        Self {
            router: Router::new(),
            operations: Vec::new(),
            schemas: Vec::new(),
        }
    }

    /// Serves what is described.
    #[must_use]
    pub fn on<H, T>(mut self, operation: Operation, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let methods = on(operation.verb().filter(), handler);
        self.router = self.router.route(operation.path(), methods);
        self.operations.push(operation);
        self
    }

    /// Answers the questions of browsers at every path there is so far. They are no calls of their own, and not
    /// described.
    #[must_use]
    pub fn preflighted<H, T>(mut self, handler: &H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        for path in self.paths() {
            self.router = self.router.route(&path, options(handler.clone()));
        }
        self
    }

    /// Tells what schemas mean that the operations name.
    #[must_use]
    pub fn with_schemas(
        mut self,
        schemas: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Self {
        self.schemas.extend(schemas);
        self
    }

    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.operations.extend(other.operations);
        self.schemas.extend(other.schemas);
        self
    }

    /// Puts the same routes behind something: layers, fallbacks, a state.
    #[must_use]
    pub fn wrap<R>(self, wrap: impl FnOnce(Router<S>) -> Router<R>) -> Described<R> {
        Described {
            router: wrap(self.router),
            operations: self.operations,
            schemas: self.schemas,
        }
    }

    /// The same below a path; `wrap` puts the routes there.
    #[must_use]
    pub fn below<R>(
        self,
        base: &str,
        wrap: impl FnOnce(&str, Router<S>) -> Router<R>,
    ) -> Described<R> {
        let operations = self.operations.into_iter();
        Described {
            router: wrap(base, self.router),
            operations: operations.map(|operation| operation.below(base)).collect(),
            schemas: self.schemas,
        }
    }

    /// Every path once, in order.
    pub fn paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = Vec::new();
        for operation in &self.operations {
            if !paths.iter().any(|path| path == operation.path()) {
                paths.push(operation.path().to_owned());
            }
        }
        paths
    }

    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    pub fn schemas(&self) -> &[(&'static str, Value)] {
        &self.schemas
    }

    pub fn into_router(self) -> Router<S> {
        self.router
    }
}

impl<S: Clone + Send + Sync + 'static> Default for Described<S> {
    fn default() -> Self {
        Self::new()
    }
}
