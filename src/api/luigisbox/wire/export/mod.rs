//! The parameters of an export, its cursor and the body of a page (docs/reference/02-content.md §9).

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::exported::{Form, Objects};
use super::object::read_type;
use super::trim::Trim;
use super::write_options::BadParameter;
use crate::domain::{
    AttributesForm, ObjectType, Scan, ScanPage, ScanPosition, Scope, Timestamp, TypesWanted,
};
use crate::http::query_string::QueryString;

const SIZE_DEFAULT: usize = 300;
const SIZE_MAX: usize = 500;

/// How long a link is good for.
const LINK_VALID_MS: i64 = 10 * 60 * 1000;

/// Most types one export may name; further ones are ignored.
const TYPES_MAX: usize = 100;

/// What is left out unless it is asked for: recorded queries.
const QUERY_TYPE: &str = "query";

/// An export and how far it is. Its text is opaque to clients and means the same to every server of
/// the site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    #[serde(rename = "p")]
    position: u64,
    #[serde(rename = "e")]
    expires_at: i64,
    #[serde(rename = "t")]
    total: u64,
    #[serde(rename = "s")]
    size: usize,
    #[serde(rename = "h", skip_serializing_if = "Option::is_none")]
    hit_fields: Option<String>,
    #[serde(rename = "r", skip_serializing_if = "Option::is_none")]
    requested_types: Option<String>,
    /// `form=import`
    #[serde(rename = "i")]
    is_import: bool,
}

/// Why a link cannot be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCursor {
    #[error("cursor expired")]
    Expired,
    #[error("cursor is not valid")]
    Unreadable,
}

impl Cursor {
    /// Reads the parameters of a first page. Bad numbers are replaced, as in a search.
    pub fn begin(query: &QueryString) -> Result<Self, BadParameter> {
        let is_import = match query.scalar("form") {
            None => false,
            Some("import") => true,
            Some(_) => {
                return Err(BadParameter {
                    name: "form",
                    expected: "import",
                });
            }
        };
        let owned = |name| query.scalar(name).map(str::to_owned);
        Ok(Self {
            position: ScanPosition::default().0,
            expires_at: 0,
            total: 0,
            size: query
                .scalar("size")
                .and_then(|text| text.trim().parse().ok())
                .filter(|&size| size > 0)
                .unwrap_or(SIZE_DEFAULT)
                .min(SIZE_MAX),
            hit_fields: owned("hit_fields"),
            requested_types: owned("requested_types"),
            is_import,
        })
    }

    /// The same, with the number of objects there are in all.
    #[must_use]
    pub fn of(self, total: u64) -> Self {
        Self { total, ..self }
    }

    /// Reads the `cursor` of a link.
    pub fn read(text: &str, now: Timestamp) -> Result<Self, BadCursor> {
        let json = BASE64_URL_SAFE_NO_PAD.decode(text);
        let json = json.map_err(|_| BadCursor::Unreadable)?;
        let cursor: Self = serde_json::from_slice(&json).map_err(|_| BadCursor::Unreadable)?;
        if !(1..=SIZE_MAX).contains(&cursor.size) || i64::try_from(cursor.position).is_err() {
            return Err(BadCursor::Unreadable);
        }
        if cursor.expires_at < now.as_millis() {
            return Err(BadCursor::Expired);
        }
        Ok(cursor)
    }

    /// The cursor of the page behind a position.
    #[must_use]
    pub fn next(&self, position: ScanPosition, now: Timestamp) -> Self {
        Self {
            position: position.0,
            expires_at: now.as_millis().saturating_add(LINK_VALID_MS),
            ..self.clone()
        }
    }

    pub fn scan(&self, now: Timestamp) -> Scan {
        Scan {
            scope: self.scope(now),
            after: ScanPosition(self.position),
            limit: self.size,
        }
    }

    pub fn scope(&self, now: Timestamp) -> Scope {
        let types = match (&self.requested_types, self.is_import) {
            (Some(list), _) => TypesWanted::Only(read_types(list)),
            (None, true) => TypesWanted::All,
            (None, false) => TypesWanted::AllBut(read_types(QUERY_TYPE)),
        };
        Scope {
            types,
            active_at: (!self.is_import).then_some(now),
        }
    }
}

/// What is no type name is the type of no object.
fn read_types(list: &str) -> Vec<ObjectType> {
    let names = list.split(',').map(str::trim);
    let types = names.filter_map(|name| read_type(name).ok());
    types.take(TYPES_MAX).collect()
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_vec(self).map_err(|_| fmt::Error)?;
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(json))
    }
}

/// The body of a page.
#[derive(Serialize)]
pub struct ExportBody<'a> {
    total: u64,
    objects: Objects<'a>,
    links: Vec<Link>,
}

#[derive(Serialize)]
struct Link {
    rel: &'static str,
    href: String,
}

impl<'a> ExportBody<'a> {
    /// `next` is where the next page is.
    pub fn new(
        page: &'a ScanPage,
        cursor: &Cursor,
        form: AttributesForm,
        next: Option<String>,
    ) -> Self {
        Self {
            total: cursor.total,
            objects: Objects {
                objects: &page.objects,
                form: if cursor.is_import {
                    Form::Import
                } else {
                    let trim = Trim::read(cursor.hit_fields.as_deref(), None);
                    Form::Returned(form, trim)
                },
            },
            links: next
                .map(|href| Link { rel: "next", href })
                .into_iter()
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests;
