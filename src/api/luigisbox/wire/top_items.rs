//! The answer of top items and of trending queries (docs/reference/06-autocomplete-and-others.md §3, §4).

use serde::Serialize;
use serde::ser::{SerializeSeq as _, Serializer};

use super::hit::{HitForm, write_hits};
use super::trim::Trim;
use crate::domain::{Hit, Site};
use crate::http::query_string::QueryString;

/// What was found of one type.
pub enum Group {
    Objects(Vec<Hit>),
    /// Queries by their titles.
    Queries(Vec<String>),
}

/// Which attributes come along.
pub struct TopTrim(Trim);

impl TopTrim {
    pub fn read(query: &QueryString) -> Self {
        Self(Trim::read(
            query.scalar("hit_fields"),
            query.scalar("remove_fields"),
        ))
    }
}

#[derive(Serialize)]
pub struct TopItems<'a> {
    hits: Groups<'a>,
    recommendation_id: &'static str,
}

impl<'a> TopItems<'a> {
    pub fn new(groups: &'a [Group], trim: &'a TopTrim, site: &Site) -> Self {
        Self {
            hits: Groups {
                groups,
                form: HitForm {
                    attributes: site.attributes_form,
                    trim: &trim.0,
                    is_listed: true,
                },
            },
            recommendation_id: "default",
        }
    }
}

struct Groups<'a> {
    groups: &'a [Group],
    form: HitForm<'a>,
}

impl Serialize for Groups<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        for group in self.groups {
            match group {
                Group::Objects(hits) => write_hits(&mut seq, hits, self.form)?,
                Group::Queries(titles) => {
                    for title in titles {
                        seq.serialize_element(&QueryHit::new(title))?;
                    }
                }
            }
        }
        seq.end()
    }
}

/// A query as an object of type `query`.
#[derive(Serialize)]
struct QueryHit<'a> {
    url: &'a str,
    attributes: Title<'a>,
    nested: [(); 0],
    #[serde(rename = "type")]
    object_type: &'static str,
    exact: bool,
}

#[derive(Serialize)]
struct Title<'a> {
    title: &'a str,
}

impl<'a> QueryHit<'a> {
    fn new(title: &'a str) -> Self {
        Self {
            url: title,
            attributes: Title { title },
            nested: [],
            object_type: "query",
            exact: true,
        }
    }
}

/// One of the trending queries.
#[derive(Serialize)]
pub struct TrendingQuery {
    pub title: String,
}
