//! The server's own pages (docs/browse.md): what is in a catalog, why something is found, a shop front to try.
//! Invariant: they look through the doors of the engine and the public endpoints like everybody else, change nothing but by
//! what the configuration lists, and every text of a catalog is written as text.
//!
//! | file | for |
//! |---|---|
//! | `gate` | who may look: the token, sessions, forms that are ours |
//! | `page`, `failure`, `assets` | what all pages have in common: frame, headers, style, what went wrong |
//! | `sites`, `types`, `commit` | what there is, by site, type and generation |
//! | `activity` | what is going on: jobs, queues, syncs, queries, how long searches take |
//! | `refused` | objects that were refused in the last day |
//! | `actions` | what the configuration lets them do: delete, commit, rebuild, start a sync |
//! | `fields` | what a sample says of the attributes of a type |
//! | `search` | a search as shoppers see it, and why its hits stand where they stand |
//! | `object` | one object: as sent, derived, nested, found or not |
//! | `shop` | a shop front to try, which asks the public endpoints alone |
//! | `docs` | the API to read, as `/openapi.json` describes it |
//! | `signing` | a request signed, and why a signature does not hold |
//! | `value`, `chart`, `link` | attribute values, bars and addresses, as pages show them |

mod actions;
mod activity;
mod assets;
mod chart;
mod commit;
mod docs;
mod failure;
mod fields;
mod gate;
mod link;
mod object;
mod page;
mod refused;
mod search;
mod shop;
mod signing;
mod sites;
mod types;
mod value;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get};

pub use actions::Actions;
pub use gate::Sessions;

use crate::api::{AppState, Description, ops};
use crate::http::compressed;

/// What all pages may use.
#[derive(Clone)]
pub struct Browse(Arc<Parts>);

pub struct Parts {
    pub app: AppState,
    /// What the API says of itself.
    pub api: Arc<Description>,
    /// Who has shown the token; older than any configuration.
    pub sessions: Arc<Sessions>,
    /// What stands before every path where a proxy takes it off; empty for none.
    pub path_prefix: String,
    /// Whether browsers reach the server by https alone, as far as it knows.
    pub is_https: bool,
    /// Hosts that pictures are shown from.
    pub image_hosts: Vec<String>,
    /// Of product sync.
    pub sources: ops::Sources,
    /// What they may do beside showing.
    pub actions: Actions,
}

impl Browse {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// The path of a page, as browsers know it.
    fn path(&self, below: &str) -> String {
        format!("{}{ROOT}{below}", self.path_prefix)
    }
}

impl std::ops::Deref for Browse {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

const ROOT: &str = "/browse";

/// Every page.
pub fn routes(browse: Browse) -> Router {
    let pages = Router::new()
        .route("/browse", get(sites::list))
        .route("/browse/login", get(gate::ask).post(gate::log_in))
        .route("/browse/logout", axum::routing::post(gate::log_out))
        .route("/browse/activity", get(activity::of_server))
        .route("/browse/sites/{site}", get(sites::show))
        .route("/browse/sites/{site}/activity", get(activity::of_site))
        .route(
            "/browse/sites/{site}/act",
            get(actions::ask).post(actions::act),
        )
        .route("/browse/sites/{site}/refused", get(refused::show))
        .route("/browse/sites/{site}/type", get(types::show))
        .route("/browse/sites/{site}/commit", get(commit::show))
        .route("/browse/sites/{site}/search", get(search::show))
        .route("/browse/sites/{site}/object", get(object::show))
        .route("/browse/shop", get(shop::show))
        .route("/browse/signing", get(signing::ask).post(signing::answer))
        .route("/browse/assets/{name}", get(assets::show))
        .route("/browse/{*rest}", any(failure::no_page))
        .route("/docs", get(docs::index))
        .route("/docs/{operation}", get(docs::show))
        .method_not_allowed_fallback(failure::wrong_method)
        .layer(from_fn_with_state(browse.clone(), page::finish));
    compressed(pages).with_state(browse)
}
