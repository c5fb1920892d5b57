//! Product sync, put together: the workers of all sources, and the routes to them. Without the feature
//! `postgres` there is none, and a configuration that wants one is refused before it comes here.

use std::sync::Arc;

use crate::api::{self, AppState, Description};
use crate::config::Config;
use crate::domain::Clock;
use crate::engine::Engine;
use crate::http::Router;

/// Every route of the API, and what they are.
type Routes = (Router, Arc<Description>);

#[cfg(feature = "postgres")]
pub(super) use with_postgres::Sources;
#[cfg(not(feature = "postgres"))]
pub(super) use without::Sources;

#[cfg(feature = "postgres")]
mod with_postgres {
    use super::{AppState, Arc, Clock, Config, Engine, Routes, api};
    use crate::api::luxmart::{FrontDoor, Searched};
    use crate::auth::RoleTokens;
    use crate::config::{ProductSync, Secret};
    use crate::sync::Syncs;

    #[derive(Clone)]
    pub(in super::super) struct Sources(Option<Arc<Syncs>>);

    impl Sources {
        /// Without any where the backend keeps no rows of sources.
        pub(in super::super) fn start(engine: &Engine, clock: Clock) -> Self {
            let lifecycle = Arc::clone(&engine.lifecycle);
            let catalogs = engine.sources.clone();
            Self(catalogs.map(|catalogs| Syncs::new(catalogs, lifecycle, clock)))
        }

        /// Works on the sources of this configuration from now on.
        pub(in super::super) fn follow(&self, config: &Config) {
            let sources = config.product_sync.as_ref();
            if let Some(syncs) = &self.0 {
                syncs.follow(sources.map_or(&[], |sync| &sync.sources));
            }
        }

        pub(in super::super) fn router(&self, config: &Config, app: AppState) -> Routes {
            match (&config.product_sync, &self.0) {
                (Some(sync), Some(syncs)) => {
                    api::router_with_sync(app, Arc::new(front_door(sync, syncs)))
                }
                _ => api::router(app),
            }
        }

        /// For pages that show them.
        pub(in super::super) fn shown(&self) -> api::ops::Sources {
            self.0
                .as_ref()
                .map(api::ops::Sources::of)
                .unwrap_or_default()
        }

        /// Ends all workers after the page they are at.
        pub(in super::super) async fn close(&self) {
            if let Some(syncs) = &self.0 {
                syncs.close().await;
            }
        }
    }

    fn front_door(sync: &ProductSync, syncs: &Arc<Syncs>) -> FrontDoor {
        fn texts(tokens: &[Secret<String>]) -> impl Iterator<Item = &str> {
            tokens.iter().map(|token| token.expose().as_str())
        }
        FrontDoor {
            tokens: RoleTokens::new(texts(&sync.admin_tokens), texts(&sync.user_tokens)),
            syncs: Arc::clone(syncs),
            unavailable_error: sync.unavailable_error.clone(),
            searched: sync.sources.first().map(|source| Searched {
                tracker: source.tracker.clone(),
                object_type: source.object_type.clone(),
            }),
        }
    }
}

#[cfg(not(feature = "postgres"))]
mod without {
    use super::{AppState, Clock, Config, Engine, Routes, api};

    #[derive(Clone)]
    pub(in super::super) struct Sources;

    impl Sources {
        pub(in super::super) fn start(_: &Engine, _: Clock) -> Self {
            Self
        }

        pub(in super::super) fn follow(&self, _: &Config) {}

        pub(in super::super) fn router(&self, _: &Config, app: AppState) -> Routes {
            api::router(app)
        }

        pub(in super::super) fn shown(&self) -> api::ops::Sources {
            api::ops::Sources::default()
        }

        pub(in super::super) async fn close(&self) {}
    }
}
