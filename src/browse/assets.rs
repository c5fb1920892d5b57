//! Style and scripts, out of the binary. Invariant: an address names the content, so a browser may keep it for ever
//! and never has an older one.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

/// A file that pages use.
#[derive(Clone, Copy)]
pub(super) struct Asset {
    name: &'static str,
    content_type: &'static str,
    text: &'static str,
}

pub(super) const STYLE: Asset = Asset {
    name: "style.css",
    content_type: "text/css; charset=utf-8",
    text: include_str!("assets/style.css"),
};

pub(super) const SHOP: Asset = Asset {
    name: "shop.js",
    content_type: "text/javascript; charset=utf-8",
    text: include_str!("assets/shop.js"),
};

pub(super) const SUGGEST: Asset = Asset {
    name: "suggest.js",
    content_type: "text/javascript; charset=utf-8",
    text: include_str!("assets/suggest.js"),
};

const ICON: Asset = Asset {
    name: "icon.svg",
    content_type: "image/svg+xml",
    text: include_str!("assets/icon.svg"),
};

const ALL: [Asset; 4] = [STYLE, SHOP, SUGGEST, ICON];

/// Below the first page, with what the file holds.
pub(super) fn address(asset: Asset) -> String {
    let hash = blake3::hash(asset.text.as_bytes()).to_hex();
    format!("/assets/{}?{}", asset.name, &hash[..12])
}

/// Open to everybody: there is nothing in them.
pub(super) async fn show(Path(name): Path<String>) -> Response {
    let Some(asset) = ALL.iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(asset.content_type)),
        (
            CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        ),
    ];
    (headers, asset.text).into_response()
}
