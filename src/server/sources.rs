//! Product sync, put together: the workers of all sources, and the routes to them. Without the feature
//! `postgres` there is none, and a configuration that wants one is refused before it comes here.

use std::sync::Arc;

use crate::api::{self, AppState};
use crate::config::Config;
use crate::domain::Clock;
use crate::engine::Engine;
use crate::http::Router;

#[cfg(feature = "postgres")]
pub(super) use with_postgres::Sources;
#[cfg(not(feature = "postgres"))]
pub(super) use without::Sources;

#[cfg(feature = "postgres")]
mod with_postgres {
    use super::{AppState, Arc, Clock, Config, Engine, Router, api};
    use crate::api::luxmart::{FrontDoor, Searched};
    use crate::auth::RoleTokens;
    use crate::config::{ProductSync, Secret};
    use crate::sync::Syncs;

    #[derive(Clone)]
    pub(in super::super) struct Sources(Arc<Syncs>);

    impl Sources {
        pub(in super::super) fn start(engine: Arc<dyn Engine>, clock: Clock) -> Self {
            Self(Syncs::new(engine, clock))
        }

        /// Works on the sources of this configuration from now on.
        pub(in super::super) fn follow(&self, config: &Config) {
            let sources = config.product_sync.as_ref();
            self.0.follow(sources.map_or(&[], |sync| &sync.sources));
        }

        pub(in super::super) fn router(&self, config: &Config, app: AppState) -> Router {
            match &config.product_sync {
                Some(sync) => api::router_with_sync(app, Arc::new(self.front_door(sync))),
                None => api::router(app),
            }
        }

        fn front_door(&self, sync: &ProductSync) -> FrontDoor {
            fn texts(tokens: &[Secret<String>]) -> impl Iterator<Item = &str> {
                tokens.iter().map(|token| token.expose().as_str())
            }
            FrontDoor {
                tokens: RoleTokens::new(texts(&sync.admin_tokens), texts(&sync.user_tokens)),
                syncs: Arc::clone(&self.0),
                unavailable_error: sync.unavailable_error.clone(),
                searched: sync.sources.first().map(|source| Searched {
                    tracker: source.tracker.clone(),
                    object_type: source.object_type.clone(),
                }),
            }
        }

        /// Ends all workers after the page they are at.
        pub(in super::super) async fn close(&self) {
            self.0.close().await;
        }
    }
}

#[cfg(not(feature = "postgres"))]
mod without {
    use super::{AppState, Arc, Clock, Config, Engine, Router, api};

    #[derive(Clone)]
    pub(in super::super) struct Sources;

    impl Sources {
        pub(in super::super) fn start(_: Arc<dyn Engine>, _: Clock) -> Self {
            Self
        }

        pub(in super::super) fn follow(&self, _: &Config) {}

        pub(in super::super) fn router(&self, _: &Config, app: AppState) -> Router {
            api::router(app)
        }

        pub(in super::super) async fn close(&self) {}
    }
}
