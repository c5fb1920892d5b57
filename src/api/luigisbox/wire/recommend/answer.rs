//! The answer (docs/reference/06-autocomplete-and-others.md §7.2): an array, one entry for each request.

use serde::Serialize;
use serde::ser::{SerializeSeq as _, Serializer};
use serde_json::Value;
use uuid::Uuid;

use super::RecommendRequest;
use crate::api::luigisbox::wire::hit::{HitForm, write_hit};
use crate::domain::{AttributesForm, Site, Timestamp};
use crate::engine::recommend::Recommended;

/// Changes when what models show does.
const VERSION: &str = "1";

pub struct Answers<'a> {
    asked: &'a [RecommendRequest],
    hits: &'a [Vec<Recommended>],
    generated_at: String,
    form: AttributesForm,
}

impl<'a> Answers<'a> {
    pub fn new(
        asked: &'a [RecommendRequest],
        hits: &'a [Vec<Recommended>],
        site: &Site,
        now: Timestamp,
    ) -> Self {
        Self {
            asked,
            hits,
            generated_at: to_the_microsecond(now),
            form: site.attributes_form,
        }
    }
}

impl Serialize for Answers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.asked.len()))?;
        for (asked, hits) in self.asked.iter().zip(self.hits) {
            seq.serialize_element(&RecommendedBody {
                generated_at: &self.generated_at,
                model_version: (),
                recommendation_id: Uuid::new_v4().to_string(),
                recommendation_type: &asked.recommendation_type,
                recommender_client_identifier: &asked.client_identifier,
                recommender: &asked.recommendation_type,
                recommender_version: VERSION,
                user_id: &asked.user_id,
                hits: Hits {
                    listed: hits,
                    marks_fallback: asked.marks_fallback,
                    form: HitForm {
                        attributes: self.form,
                        trim: &asked.trim,
                        is_listed: true,
                    },
                },
            })?;
        }
        seq.end()
    }
}

#[derive(Serialize)]
struct RecommendedBody<'a> {
    generated_at: &'a str,
    model_version: (),
    recommendation_id: String,
    recommendation_type: &'a str,
    recommender_client_identifier: &'a str,
    recommender: &'a str,
    recommender_version: &'static str,
    user_id: &'a Value,
    hits: Hits<'a>,
}

struct Hits<'a> {
    listed: &'a [Recommended],
    marks_fallback: bool,
    form: HitForm<'a>,
}

impl Serialize for Hits<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.listed.len()))?;
        for one in self.listed {
            let mark = self.marks_fallback.then_some(one.is_fallback);
            write_hit(&mut seq, &one.hit, self.form, mark)?;
        }
        seq.end()
    }
}

/// `YYYY-MM-DDThh:mm:ss.ffffff`, UTC, without saying so.
fn to_the_microsecond(now: Timestamp) -> String {
    let whole = now.to_string();
    let second = whole.split('+').next().unwrap_or_default();
    format!("{second}.{:03}000", now.as_millis().rem_euclid(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_the_hosted_service_does() {
        let now = Timestamp::parse("2026-10-04T08:00:00.120Z").expect("a time");
        assert_eq!(to_the_microsecond(now), "2026-10-04T08:00:00.120000");
    }
}
