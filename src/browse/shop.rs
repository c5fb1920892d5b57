//! A shop front to try: a page and a script that ask the public endpoints alone, as a shop's own would. Invariant: what
//! the server knows beside stays out of it; the page has the tracker id and the paths of the endpoints.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::Browse;
use super::assets;
use super::failure::Failure;
use super::gate::Visitor;
use super::page::{self, Frame};
use super::sites::site_of;
use crate::http::query_string::QueryString;

/// Sites to choose from.
const SITES_MAX: usize = 100;

#[derive(Template)]
#[template(path = "shop.html", config = "src/browse/askama.toml")]
struct ShopPage {
    frame: Frame,
    script: String,
    sites: Vec<String>,
    /// `None` where there is none.
    chosen: Option<String>,
    prefix: String,
    image_hosts: String,
}

/// `GET /browse/shop?site=…`; without one the first site there is.
pub(super) async fn show(
    State(browse): State<Browse>,
    visitor: Visitor,
    RawQuery(asked): RawQuery,
) -> Result<Response, Failure> {
    let asked = QueryString::parse(asked.as_deref().unwrap_or_default());
    let asked = asked.map_err(|_| Failure::BadForm)?;
    let stats = browse.app.engine.lifecycle.stats(SITES_MAX).await;
    let sites: Vec<String> = stats
        .by_site
        .iter()
        .map(|one| one.site.to_string())
        .collect();
    let chosen = match asked.scalar("site") {
        Some(named) => Some(site_of(&browse, named).await?.tracker_id.clone()),
        None => stats.by_site.first().map(|one| one.site.clone()),
    };
    let frame = match &chosen {
        Some(site) => Frame::of_site(&browse, &visitor, site, "Shop"),
        None => Frame::new(&browse, &visitor, "Shop"),
    };
    let page = ShopPage {
        frame,
        script: browse.path(&assets::address(assets::SHOP)),
        sites,
        chosen: chosen.map(|site| site.to_string()),
        prefix: browse.path_prefix.clone(),
        image_hosts: browse.image_hosts.join(" "),
    };
    Ok(page::html(StatusCode::OK, &page))
}
